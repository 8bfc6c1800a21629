"""Which columns tell the rows of a feed apart, and which says what is newest: by names, types and counts alone.

A key is unique within one file: the next file may bring the same keys again, which is what an upsert is for.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.feeds.inference.model import OBJECT, ColumnGuess, KeyGuess, Sample

_ID = re.compile(
    r"id|.*_id|.*[a-z]id|key|.*_key|uuid|guid|.*_(uuid|guid)|.*_?(no|nr|number|code|ref|nummer)|line|line_?item|position|pos|seq|sequence|sku|identity"
)
_FIRST = re.compile(r"id|uuid|guid|key|pk")
_UPDATED = (
    r"updated_?(at|on|ts|date|time)?",
    r"last_?(updated|modified)\w*",
    r"modified\w*",
    r"\w*_?(updated|modified|changed)\w*",
)
MOST_COLUMNS = 3
_UNFIT = frozenset(
    (
        "given-name",
        "surname",
        "full-name",
        "title",
        "city",
        "state",
        "postal",
        "country",
        "gender",
        "birthdate",
        "update-dt",
    )
)


def suggest_key(sample: Sample, columns: Sequence[ColumnGuess], feed: str) -> KeyGuess:
    """The fewest columns that are never null and unique in each file of the sample; ids before anything else.

    Where nothing is unique, what comes nearest; updated_at and people's names are bad keys (amperity_behaviour.md 2.3).
    """
    ranked = sorted(columns, key=lambda column: _rank(column, feed, list(columns).index(column)))
    likely = [column for column in ranked if _likely(column)]
    best = KeyGuess((ranked[0].name,), 0.0)
    for chosen in _choices(likely, ranked):
        share = _share(sample, chosen)
        if share > best.share:
            best = KeyGuess(tuple(column.name for column in chosen), share)
        if share == 1.0:
            return best
    return best


def suggest_last_updated(columns: Sequence[ColumnGuess]) -> str | None:
    """The column that says when a row was changed last, by its name, where its values are dates or times."""
    dated = [column for column in columns if column.guess.type in ("date", "datetime") and column.filled]
    for names in _UPDATED:
        for column in dated:
            if re.fullmatch(names, column.name):
                return column.name
    return next((column.name for column in dated if "update-dt" in column.tags), None)


def _choices(likely: Sequence[ColumnGuess], ranked: Sequence[ColumnGuess]) -> Iterator[Sequence[ColumnGuess]]:
    for column in likely:
        yield (column,)
    for size in range(2, MOST_COLUMNS + 1):
        yield from combinations(likely[:6], size)
    for column in ranked:
        if column not in likely:
            yield (column,)
    yield from combinations(ranked[:6], 2)


def _likely(column: ColumnGuess) -> bool:
    """Whether a column may be part of a key: an id by name, or a day or name of something beside one."""
    return _is_id(column) or (
        column.guess.type in ("date", "datetime", "string", "integer") and not _UNFIT & set(column.tags)
    )


def _is_id(column: ColumnGuess) -> bool:
    return _ID.fullmatch(column.name) is not None and not _UNFIT & set(column.tags) and "phone" not in column.tags


def _rank(column: ColumnGuess, feed: str, place: int) -> tuple[int, int, int]:
    own = {f"{word}_id" for word in (feed, feed.removesuffix("s"), feed.removesuffix("es"), re.sub("ies$", "y", feed))}
    if _FIRST.fullmatch(column.name) or column.name in own:
        return 0, 0, place
    if _is_id(column):
        return 1, int(not column.name.endswith("id")), place
    if _UNFIT & set(column.tags) or column.guess.type.startswith(("float", "decimal", "boolean")):
        return 4, 0, place
    return (2 if "email" in column.tags or not place else 3), 0, place


def _share(sample: Sample, chosen: Sequence[ColumnGuess]) -> float:
    """The share of rows whose key is whole and stands once in its file."""
    names = [column.delivered for column in chosen]
    if not sample.rows.num_rows:
        return 0.0
    rows = sample.rows.select([*names, OBJECT])
    for name in names:
        kept = pc.is_valid(rows[name])
        if pa.types.is_string(rows[name].type):
            kept = pc.and_(kept, pc.not_equal(pc.utf8_trim_whitespace(rows[name]), pa.scalar("")))
        rows = rows.filter(pc.fill_null(kept, False))
    if not rows.num_rows:
        return 0.0
    counted = rows.group_by(rows.column_names).aggregate([([], "count_all")])["count_all"]
    once = pc.sum(pc.equal(counted, 1).cast(pa.int64())).as_py() or 0
    return float(once / sample.rows.num_rows)
