"""Which fields two records are compared in: those that the table has and that are filled often enough.

How a field is compared is in `compare`, what its levels mean in `model`. The level of every field of a pair goes into
one whole number, the vector, so that pairs stay in the engine and numpy sees the distinct vectors alone.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from heap_assets.engine import Engine, quote
from heap_assets.stitch.options import StitchOptions

Levels = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Vectors = np.ndarray[tuple[int], np.dtype[np.int64]]

LEVELS = {
    "given": 7,
    "surname": 4,
    "middle": 3,
    "suffix": 2,
    "email": 5,
    "phone": 3,
    "birthdate": 5,
    "place": 59,
    "mailbox": 3,
    "lone_suffix": 2,
    "exact": 2,
    "text": 4,
    "code": 3,
    "date": 4,
}
"""The greatest level of each kind; level 0 is `missing on a side`, 1 is `equal`."""

AREAS = 12
"""Levels of an area, 0 for none included: a level of `place` is the address's times this, and the area's."""
POSTAL_AREAS, CITY_AREAS = range(1, 8), range(8, 12)
"""Areas told by postal codes that both have, and by cities alone: a missing part must be no evidence."""
EQUAL_AREAS, OTHER_AREAS = (1, 8), (7, 11)

BUILT_IN = ("given", "surname", "middle", "suffix", "email", "phone", "birthdate", "place", "mailbox", "lone_suffix")
ASIDES = ("mailbox", "lone_suffix")
"""Fields that tell what others leave open: they are neither equal nor unlike by themselves."""
DERIVED = ("place", *ASIDES)
"""Fields that have no column of their own."""
PLACE = ("address", "postal", "city")
LISTS = {"email": "emails", "phone": "phones"}
"""Fields of which a record may have several, and the column that holds them all."""
NAMES = ("given", "surname", "middle")
FURTHER = ("state", "country", "po_box", "company", "gender")
SEPARATION = "conflict"
COLUMN_OF = {"given-name": "given", "middle-name": "middle", "generational-suffix": "suffix"}
"""Semantics whose standardised column is called otherwise; of all others it is the tag in snake_case."""


@dataclass(frozen=True)
class Field:
    """One compared concept: built in, or a custom semantic `x_<name>`; one that only a rule asks is not modelled."""

    name: str
    kind: str
    modelled: bool = True

    @property
    def levels(self) -> int:
        """The greatest level."""
        return LEVELS[self.kind]

    @property
    def built_in(self) -> bool:
        """Whether the model knows this field by itself."""
        return self.name in BUILT_IN


@dataclass(frozen=True)
class Layout:
    """The fields of one resolution, in the order of their digits; behind them stands the digit of a hard conflict.

    `filled` is the number of records that have each column of the standardised table, as far as anything asks for it:
    a share FILLED, and of other columns as many as make one.
    """

    fields: tuple[Field, ...]
    filled: Mapping[str, int] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields in order."""
        return tuple(one.name for one in self.fields)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the standardised table that are there: compared, for blocking alone, and keys."""
        return tuple(self.filled)

    def has(self, *columns: str) -> bool:
        """Whether all these columns are there."""
        return all(column in self.filled for column in columns)

    def index(self, name: str) -> int | None:
        """The place of a field, None where it is not compared."""
        return self.names.index(name) if name in self.names else None

    def strides(self) -> list[int]:
        """What each field's level is multiplied by in a vector; the last is the conflict's."""
        strides = [1]
        for one in self.fields:
            strides.append(strides[-1] * (one.levels + 1))
        return strides

    def levels_of(self, vectors: Vectors) -> Levels:
        """Levels by vector and field, those of one field side by side in memory: models read them field by field."""
        strides = np.array(self.strides()[:-1], dtype=np.int64)
        radix = np.array([one.levels + 1 for one in self.fields], dtype=np.int64)
        by_field: Levels = vectors[None, :] // strides[:, None] % radix[:, None]
        return by_field.T

    def conflicts_of(self, vectors: Vectors) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the two records conflict in a separation key, by vector."""
        return vectors // self.strides()[-1] > 0

    def keys(self, prefix: str) -> tuple[str, ...]:
        """Key columns of one kind: `fk_`, `sk_` or `bk_`."""
        return tuple(column for column in self.columns if column.startswith(prefix))


def layout_of(engine: Engine, records: str, options: StitchOptions) -> Layout:
    """The fields that a table of standardised records can be compared in.

    In order of names, so that no order of columns shows. A column that fewer than max(2, 0.05 %) of the rows fill is
    not there: a handful of values teaches a model nothing. A key column needs two rows.
    """
    names = engine.rows(f"SELECT * FROM {quote(records)} LIMIT 0").schema.names
    asked = [name for name in sorted(names) if name in _ALL or name.startswith(("x_", "fk_", "sk_", "bk_"))]
    rows = int(engine.value(f"SELECT count(*) FROM {quote(records)}"))
    least = max(2, math.ceil(rows * 0.0005))
    counts = ", ".join(_counted(records, name, max(least, math.ceil(rows * FILLED.get(name, 0)))) for name in asked)
    row = engine.rows(f"SELECT {counts}").to_pylist()[0] if counts else {}
    filled = {
        name: row[name] for name in asked if row[name] >= (2 if name.startswith(("fk_", "sk_", "bk_")) else least)
    }
    for one, several in LISTS.items():
        filled.pop(several, None)
        if one in filled and row.get(several):
            filled[several] = row[several]
    return Layout(tuple(_fields(filled, options)), filled)


def _counted(records: str, name: str, most: int) -> str:
    """A column of its filled rows; the engine stops reading where it has found `most`."""
    some = f"SELECT 1 FROM {quote(records)} WHERE {quote(name)} IS NOT NULL LIMIT {most}"
    return f"(SELECT count(*) FROM ({some})) AS {quote(name)}"


FILLED = {"email": 0.3, "phone": 0.3}
"""Where so many records have one, contacts do the blocking (`strategies`)."""
_ALL = {*NAMES, "suffix", "email", "phone", "emails", "phones", "birthdate", *PLACE, *FURTHER}


def _fields(filled: Mapping[str, int], options: StitchOptions) -> Iterable[Field]:
    for name in (name for name in BUILT_IN if name not in DERIVED):
        if name in filled:
            yield Field(name, name)
    if any(name in filled for name in PLACE):
        yield Field("place", "place")
    if "email" in filled and "given" in filled:
        yield Field("mailbox", "mailbox")
    if "suffix" in filled:
        yield Field("lone_suffix", "lone_suffix")
    custom = [name for name in filled if name.startswith("x_")]
    yield from (Field(name, options.kinds.get(name.removeprefix("x_"), "exact")) for name in sorted(custom))
    compared = {*BUILT_IN, *custom}
    yield from (
        Field(name, "text", modelled=False) for name in _of_rules(options) if name not in compared and name in filled
    )


def _of_rules(options: StitchOptions) -> Sequence[str]:
    return sorted({condition.field for rule in options.rules for condition in rule.conditions})
