"""From delivered columns to the feed's types: declared fields, Heap's ids, and the one normaliser of times.

Columns that nobody declared stay as delivered. How differing types of one column are joined is in `drift`.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine, literal
from heap_assets.feeds.decode.float_text import float_text
from heap_assets.settings import FeedSpec
from heap_assets.settings.feeds import FieldSpec

UTC_MICROS = pa.timestamp("us", "UTC")
HEAP_IDS = frozenset({"user_id", "session_id", "event_id", "from_user_id", "to_user_id"})
ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": UTC_MICROS,
}
_PATTERN_PARTS = (("yyyy", "%Y"), ("yy", "%y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))


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
        return Coerced(values)
    declared = next((item for item in spec.fields if item.name == name and item.type), None)
    if wanted == UTC_MICROS and (declared is None or not declared.format):
        times, unreadable = normalise_times(values, engine)
        if declared is None:
            return Coerced(times, unreadable=unreadable)
        return Coerced(times, _refused(values, times))
    if values.type == wanted:
        return Coerced(values)
    cast = _fast(values, wanted) if declared is None or not declared.format else None
    if cast is None:
        cast = _slow(values, declared, wanted, engine)
    return Coerced(cast, _refused(values, cast))


def normalise_times(values: pa.Array, engine: Engine) -> tuple[pa.Array, int]:
    """Times in any form that Heap was seen to write as UTC microseconds.

    And how many were none (heap_delivery.md 1.11).

    Text with or without a zone, ISO-8601, epoch seconds, milli-, micro- or nanoseconds by magnitude; `0` and blanks are
    null without being counted.
    """
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        return values.cast(UTC_MICROS), 0
    if pa.types.is_integer(values.type):
        return _from_epoch(values.cast(pa.int64()), engine), 0
    if pa.types.is_string(values.type):
        try:
            return pc.assume_timezone(values.cast(pa.timestamp("us")), "UTC"), 0
        except pa.ArrowInvalid:
            times = _through(engine, values.cast(pa.string()), _TIME_OF_TEXT)
    else:
        times = _through(engine, values.cast(pa.string()), _TIME_OF_TEXT)
    blank = pc.is_in(pc.utf8_trim_whitespace(values.cast(pa.string())), pa.array(["", "0", None]))
    return times, pc.sum(pc.and_(pc.invert(blank), pc.is_null(times))).as_py() or 0


_MICROS = """
CASE WHEN abs({0}::HUGEINT) < 100000000000 THEN {0} * 1000000 WHEN abs({0}::HUGEINT) < 100000000000000 THEN {0} * 1000
     WHEN abs({0}::HUGEINT) < 100000000000000000 THEN {0} ELSE {0} // 1000 END
"""
_TIME_OF_EPOCH = f"CASE WHEN v <> 0 THEN make_timestamptz({_MICROS.format('v')}) END"
_TIME_OF_TEXT = f"""
CASE WHEN regexp_full_match(trim(v), '[+-]?[0-9]+') AND TRY_CAST(trim(v) AS BIGINT) <> 0
     THEN make_timestamptz({_MICROS.format("TRY_CAST(trim(v) AS BIGINT)")})
     WHEN regexp_full_match(trim(v), '[0-9]{{4}}-.*')
     THEN TRY_CAST(
        regexp_replace(regexp_replace(trim(v), ' *(UTC|GMT|Z)$', '+00'), '^([0-9-]{{10}}[ T][0-9]{{2}})$', '\\1:00')
        AS TIMESTAMPTZ) END
"""


def _from_epoch(values: pa.Array, engine: Engine) -> pa.Array:
    present = values.drop_null()
    limits = pc.min_max(present).as_py()
    if len(present) and limits["min"] >= 10**14 and limits["max"] < 10**17:
        return values.cast(UTC_MICROS)
    return _through(engine, values, _TIME_OF_EPOCH)


def _fast(values: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """Arrow's own cast, where it is exact; None sends the column through SQL, value by value.

    It must take nothing that SQL would not, or a value would depend on its neighbours: Arrow reads 0x1F as 31.
    """
    exact = pa.types.is_integer(values.type) or pa.types.is_string(values.type)
    if not exact or pa.types.is_boolean(wanted):
        return None
    if pa.types.is_string(values.type) and pc.any(pc.match_substring(values, "x", ignore_case=True)).as_py():
        return values if wanted == pa.string() else None
    try:
        return values.cast(wanted)
    except pa.ArrowInvalid:
        return None


def _slow(values: pa.Array, declared: FieldSpec | None, wanted: pa.DataType, engine: Engine) -> pa.Array:
    if wanted == pa.string():
        return canonical_text(values, engine)
    text = canonical_text(values, engine) if not pa.types.is_string(values.type) else values
    return _through(engine, text, _expression(declared, wanted)).cast(wanted)


def canonical_text(values: pa.Array, engine: Engine) -> pa.Array:
    """Values of any type as the text in which types are joined: 5, 5.5, true (architecture.md 4)."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_integer(values.type):
        return values.cast(pa.string())
    if pa.types.is_binary(values.type):
        return _through(engine, values, "TRY_CAST(v AS VARCHAR)")
    if pa.types.is_floating(values.type):
        return float_text(values)
    return _through(engine, values, "v::VARCHAR")


def _expression(declared: FieldSpec | None, wanted: pa.DataType) -> str:
    text = "nullif(trim(v), '')"
    if pa.types.is_integer(wanted):
        return f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST({text} AS BIGINT) END"
    if pa.types.is_boolean(wanted):
        return (
            f"CASE WHEN lower({text}) IN ('true', 'yes', '1') THEN TRUE"
            f" WHEN lower({text}) IN ('false', 'no', '0') THEN FALSE END"
        )
    if declared is not None and declared.format:
        parsed = f"try_strptime({text}, {literal(_strptime(declared.format))})"
        return f"{parsed}::DATE" if pa.types.is_date(wanted) else f"{parsed}::TIMESTAMPTZ"
    if pa.types.is_date(wanted):
        iso = f"regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}.*')"
        return f"CASE WHEN {iso} THEN TRY_CAST(left({text}, 10) AS DATE) END"
    if pa.types.is_decimal(wanted):
        return f"TRY_CAST({text} AS DECIMAL({wanted.precision}, {wanted.scale}))"
    return f"TRY_CAST({text} AS DOUBLE)"


def _strptime(pattern: str) -> str:
    for part, code in _PATTERN_PARTS:
        pattern = pattern.replace(part, code)
    return pattern


def _refused(delivered: pa.Array, made: pa.Array) -> pa.Array | None:
    """Rows that had a value and lost it; blank text counts as no value."""
    if made.null_count == delivered.null_count:
        return None
    had = pc.is_valid(delivered)
    if pa.types.is_string(delivered.type):
        had = pc.and_(had, pc.not_equal(pc.utf8_trim_whitespace(delivered), pa.scalar("")))
    lost = pc.fill_null(pc.and_(had, pc.is_null(made)), False)
    return lost if pc.any(lost).as_py() else None


def _through(engine: Engine, values: pa.Array, expression: str) -> pa.Array:
    engine.bind_arrow("_delivered", pa.Table.from_arrays([values], names=["v"]))
    made = engine.rows(f"SELECT {expression} AS v FROM _delivered")["v"]
    return pa.concat_arrays(made.chunks) if made.num_chunks != 1 else made.chunk(0)
