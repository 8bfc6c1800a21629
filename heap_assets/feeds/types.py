"""From delivered columns to the feed's types: declared fields, Heap's ids, and the one normaliser of times.

Columns that nobody declared stay as delivered. How differing types of one column are joined is in `drift`.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine
from heap_assets.feeds.decode.float_text import float_text
from heap_assets.feeds.times import (
    UTC_MICROS,
    date_of_text,
    in_format,
    normalise_times,
    through,
    within_calendar,
    written_time,
)
from heap_assets.settings import FeedSpec
from heap_assets.settings.date_formats import date_format
from heap_assets.settings.feeds import FieldSpec

HEAP_IDS = frozenset({"user_id", "session_id", "event_id", "from_user_id", "to_user_id"})
ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": UTC_MICROS,
}


@dataclass(frozen=True)
class Coerced:
    """A column in its type; `refused` marks rows whose value is none of that type.

    `unreadable` counts times made null.
    """

    values: pa.Array
    refused: pa.Array | None = None
    unreadable: int = 0


def column_type(spec: FeedSpec, name: str) -> pa.DataType | None:
    """The type that a column of this feed must have; None where it is kept as delivered."""
    declared = next((item for item in spec.fields if item.name == name and item.type), None)
    if declared is not None:
        return _declared_type(str(declared.type))
    if name in spec.time_fields:
        return UTC_MICROS
    if spec.delivery == "heap_connect" and name in HEAP_IDS:
        return pa.int64()
    return None


def _declared_type(written: str) -> pa.DataType:
    if written.startswith("decimal"):
        precision, scale = written.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return ARROW_TYPES[written]


def base_columns(spec: FeedSpec) -> list[pa.Field]:
    """Columns that a feed's table has before anything arrived: key, order, times and declared fields."""
    fallback = pa.string()
    names = [*spec.primary_key, *filter(None, [spec.last_updated]), *spec.tie_break, *spec.time_fields]
    names += [item.name for item in spec.fields]
    return [pa.field(name, column_type(spec, name) or fallback) for name in dict.fromkeys(names)]


def coerce(spec: FeedSpec, name: str, values: pa.Array, engine: Engine) -> Coerced:
    """A delivered column in the type of `column_type`; values of undeclared columns pass as they are."""
    wanted = column_type(spec, name)
    if wanted is None:
        held = within_calendar(values)
        return Coerced(held, unreadable=held.null_count - values.null_count)
    declared = next((item for item in spec.fields if item.name == name and item.type), None)
    if wanted == UTC_MICROS and (declared is None or not declared.format):
        times, unreadable = normalise_times(values, engine)
        if declared is None:
            return Coerced(times, unreadable=unreadable)
        return Coerced(times, _refused(values, times))
    if values.type == wanted:
        return Coerced(within_calendar(values), _refused(values, within_calendar(values)))
    cast = _fast(values, wanted) if declared is None or not declared.format else None
    if cast is None:
        cast = _slow(values, declared, wanted, engine)
    cast = within_calendar(cast)
    return Coerced(cast, _refused(values, cast))


def _fast(values: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """Arrow's own cast, where it is exact; None sends the column through SQL, value by value.

    It must take nothing that SQL would not, or a value would depend on its neighbours: Arrow reads 0x1F as 31.
    """
    text = pa.types.is_string(values.type)
    if pa.types.is_boolean(wanted) or not (text or pa.types.is_integer(values.type)):
        return None
    if text and wanted == pa.string():
        return values
    if text and (pa.types.is_decimal(wanted) or pc.any(pc.match_substring_regex(values, "(?i)[xn]")).as_py()):
        return None
    try:
        cast = values.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    finite = not pa.types.is_floating(wanted) or pc.all(pc.is_finite(cast)).as_py() is not False
    return cast if finite else None


def _slow(values: pa.Array, declared: FieldSpec | None, wanted: pa.DataType, engine: Engine) -> pa.Array:
    if wanted == pa.string():
        return canonical_text(values, engine)
    if pa.types.is_floating(values.type) and pa.types.is_integer(wanted):
        # from 2^53 on several integers are one float: which was meant, nobody can know (T31)
        values = pc.if_else(pc.less(pc.abs(values), 2.0**53), values, pa.scalar(None, values.type))
    text = canonical_text(values, engine) if not pa.types.is_string(values.type) else values
    return through(engine, text, _expression(declared, wanted)).cast(wanted)


def canonical_text(values: pa.Array, engine: Engine) -> pa.Array:
    """Values of any type as the text in which types are joined: 5, 5.5, true (architecture.md 4)."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_integer(values.type):
        return values.cast(pa.string())
    if pa.types.is_binary(values.type):
        return through(engine, values, "TRY_CAST(v AS VARCHAR)")
    if pa.types.is_floating(values.type):
        return float_text(values)
    return through(engine, values, "v::VARCHAR")


def _expression(declared: FieldSpec | None, wanted: pa.DataType) -> str:
    """SQL that reads `v` as a type, null where it is none of it: rounded, cut or without end is none of it."""
    text = "nullif(trim(v), '')"
    if pa.types.is_integer(wanted):
        return f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST({text} AS BIGINT) END"
    if pa.types.is_boolean(wanted):
        return (
            f"CASE WHEN lower({text}) IN ('true', 'yes', '1') THEN TRUE"
            f" WHEN lower({text}) IN ('false', 'no', '0') THEN FALSE END"
        )
    if pa.types.is_decimal(wanted):
        plain = f"regexp_full_match({text}, '[+-]?[0-9]*([.][0-9]{{0,{wanted.scale}}}0*)?')"
        return f"CASE WHEN {plain} THEN TRY_CAST({text} AS DECIMAL({wanted.precision}, {wanted.scale})) END"
    if pa.types.is_floating(wanted):
        number = f"regexp_full_match({text}, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?')"
        return f"CASE WHEN {number} AND abs(TRY_CAST({text} AS DOUBLE)) < 'inf' THEN TRY_CAST({text} AS DOUBLE) END"
    if declared is not None and declared.format:
        text = in_format(text, date_format(declared.format))
    return date_of_text(text) if pa.types.is_date(wanted) else written_time(text)


def _refused(delivered: pa.Array, made: pa.Array) -> pa.Array | None:
    """Rows that had a value and lost it; blank text is none, nor is `NULL` for a boolean (amperity_behaviour 2.2)."""
    if made.null_count == delivered.null_count:
        return None
    had = pc.is_valid(delivered)
    if pa.types.is_string(delivered.type):
        nothing = ["", "null"] if pa.types.is_boolean(made.type) else [""]
        text = pc.utf8_lower(pc.utf8_trim_whitespace(delivered))
        had = pc.and_(had, pc.invert(pc.is_in(text, pa.array(nothing))))
    lost = pc.fill_null(pc.and_(had, pc.is_null(made)), False)
    return lost if pc.any(lost).as_py() else None
