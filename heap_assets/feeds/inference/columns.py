"""The type of a column from its values: the feed's own coercion tells which fit. Names only decide where values cannot.

What a column means is in `meanings`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine
from heap_assets.feeds.inference.model import TypeGuess
from heap_assets.feeds.types import coerce
from heap_assets.settings import FeedSpec
from heap_assets.settings.feeds import FieldSpec

ENOUGH = 0.98  # of the values that are there; below it text, which rejects nothing
_DATES = (
    "yyyy/MM/dd",
    "MM/dd/yyyy",
    "dd/MM/yyyy",
    "dd.MM.yyyy",
    "dd-MM-yyyy",
    "MM-dd-yyyy",
    "yyyy.MM.dd",
    "MM/dd/yy",
    "dd/MM/yy",
    "dd.MM.yy",
)
_TIMES = (" HH:mm:ss", " HH:mm", "THH:mm:ss")
_ISO_DATE, _ISO_TIME = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{0,2})?",
)
_WHOLE, _FLOAT = r"-?(0|[1-9]\d{0,17})", r"-?\d*\.?\d+([eE][-+]?\d+)?"
SCALES = (2, 4, 9)  # digits behind the point: prices are decimals, never floats (2.2)
_TEXT_NAMES = re.compile(
    r"(^|_)(id|ids|key|code|no|nr|number|sku|ean|upc|isbn|zip|plz|cp|postal|postcode|uuid|guid)($|_)|id$"
)
_PHONE_NAMES = re.compile(
    r"phone|mobile|cell|telefon|(^|_)(tel|fax|handy|msisdn)($|_)|postal|postcode|zip|ssn|tax|vat|iban"
)
_TIME_NAMES = re.compile(r"(_at|_on|_ts)$|date|time|(^|_)(dt|dob|born|ts|day|birth\w*)($|_)|modified|updated|created")


def type_of(name: str, values: pa.ChunkedArray, engine: Engine) -> TypeGuess:
    """The narrowest declared type that at least 98 % of a column's text fits without losing anything.

    Ids, codes, phones and postal codes stay text, as does whatever has leading zeros (amperity_behaviour.md 2.2). A
    column that comes typed (Avro) is that type.
    """
    if not pa.types.is_string(values.type):
        return TypeGuess(_typed(values.type))
    texts, weights = _distinct(values)
    if not len(texts):
        return TypeGuess()
    judge = _Judge(texts, weights, engine)
    for found in (*_numbers(name, judge), *_moments(name, judge)):
        if found.share >= ENOUGH:
            return found
    return TypeGuess()


def _typed(kind: pa.DataType) -> str:
    tests = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "float"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_date, "date"),
    )
    return next((name for test, name in tests if test(kind)), "string")


def _distinct(values: pa.ChunkedArray) -> tuple[pa.Array, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The values that say something, each once, with how often it stands."""
    bare = pc.utf8_trim_whitespace(values.drop_null())
    bare = bare.filter(pc.not_equal(bare, pa.scalar("")))
    counted = pc.value_counts(bare)
    return counted.field("values"), np.asarray(counted.field("counts"), dtype=np.int64)


class _Judge:
    """Shares of a column's values that have a shape, or that a type takes."""

    def __init__(self, texts: pa.Array, weights: "np.ndarray[tuple[int], np.dtype[np.int64]]", engine: Engine) -> None:
        self.texts, self.weights, self.engine = texts, weights, engine

    def shaped(self, shape: str) -> float:
        """The share that a regular expression matches in full."""
        hits = np.asarray(pc.match_substring_regex(self.texts, f"^(?:{shape})$"))
        return float(self.weights[hits].sum() / self.weights.sum())

    def fits(self, kind: str, form: str | None = None) -> float:
        """The share that the feed's own coercion to a type takes."""
        field = FieldSpec("value", "value", kind, form)
        spec = FeedSpec("Inspected", "Column", "files", (), fields=(field,))
        refused = coerce(spec, "value", self.texts, self.engine).refused
        lost = 0 if refused is None else self.weights[np.asarray(refused)].sum()
        return float(1 - lost / self.weights.sum())

    def guess(self, kind: str, shape: str, form: str | None = None) -> TypeGuess:
        """A type by the smaller of the two shares; coercion is asked only where the shape promises something."""
        shaped = self.shaped(shape)
        return TypeGuess(kind, min(shaped, self.fits(kind, form)) if shaped >= ENOUGH else 0.0, form)


def _numbers(name: str, judge: _Judge) -> Iterator[TypeGuess]:
    yield judge.guess("boolean", r"(?i)true|false|yes|no")
    if _TEXT_NAMES.search(name) or _PHONE_NAMES.search(name) or judge.shaped(r"-?0\d+"):
        return
    if not (_TIME_NAMES.search(name) and judge.shaped(r"(19|20)\d{6}|\d{10}|\d{13}|\d{16}") >= ENOUGH):
        yield judge.guess("integer", _WHOLE)
        for scale in SCALES:
            yield judge.guess(f"decimal(38,{scale})", rf"{_WHOLE}|-?(0|[1-9]\d{{0,27}})?\.\d{{1,{scale}}}")
        yield judge.guess("float", _FLOAT)


def _moments(name: str, judge: _Judge) -> Iterator[TypeGuess]:
    yield judge.guess("date", _ISO_DATE)
    yield judge.guess("datetime", f"{_ISO_DATE}|{_ISO_TIME}")
    if _TIME_NAMES.search(name):
        yield judge.guess("date", r"(19|20)\d{6}", "yyyyMMdd")
        yield judge.guess("datetime", r"1\d{9}|1\d{12}|1\d{15}")
    yield from _best_of("date", judge, _DATES)
    for time in _TIMES:
        yield from _best_of("datetime", judge, [f"{form}{time}" for form in _DATES])


def _best_of(kind: str, judge: _Judge, forms: Sequence[str]) -> Iterator[TypeGuess]:
    """The form that fits best; of equals the first, and the second is told."""
    found = [judge.guess(kind, shape_of(form), form) for form in forms]
    found = sorted((item for item in found if item.share >= ENOUGH), key=lambda item: -item.share)
    if found:
        second = next((item.format for item in found[1:] if item.share == found[0].share), None)
        yield TypeGuess(kind, found[0].share, found[0].format, second)


@lru_cache(maxsize=128)
def shape_of(form: str) -> str:
    """A date format as a regular expression: years in full, other numbers of one or two digits."""
    parts = {
        "yyyy": r"\d{4}",
        "yy": r"\d{2}",
        "MM": r"\d{1,2}",
        "dd": r"\d{1,2}",
        "HH": r"\d{1,2}",
        "mm": r"\d{2}",
        "ss": r"\d{2}",
    }
    return re.sub(r"yyyy|yy|MM|dd|HH|mm|ss|.", lambda found: parts.get(found.group(), re.escape(found.group())), form)
