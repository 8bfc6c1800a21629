"""The one normaliser of times: text, epochs and typed values -> UTC microseconds (heap_delivery.md 1.11).

Text is rewritten to ISO 8601 by a chain of patterns, for every date and time order of amperity_behaviour.md 1.6, and
then cast once. The rules are SQL over a text expression, so that the order of rows in a fold reads times as landing
does. A declared format (settings.date_formats) is brought into the same chain.
"""

from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine, literal
from heap_assets.settings.date_formats import DateFormat

UTC_MICROS = pa.timestamp("us", "UTC")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_REST = r"([ T].*)?$"
_DATES = (
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})" + _REST, r"\1-\2-\3\4"),
    (r"^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$", r"\1-\2-\3 \4:\5:\6"),
    (r"^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})" + _REST, r"\1-\2-\3\4"),
    (r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})" + _REST, r"~\3-\1-\2\4"),
    *(
        (rf"^([0-9]{{1,2}})(?:-{name}-|{name}| {name} )([0-9]{{4}}|[0-9]{{2}})" + _REST, rf"~\2-{number:02d}-\1\3")
        for number, name in enumerate(_MONTHS, 1)
    ),
    # two digits of a year mean 1969 to 2068, as in POSIX, whatever the clock says when they are read
    (r"^~([0-5][0-9]|6[0-8])-", r"20\1-"),
    (r"^~(69|[7-9][0-9])-", r"19\1-"),
    (r"^~", ""),
    (r"^[0-9]{0,3}([^0-9].*)?$", ""),  # no year of four digits: the cast would take 02-01-26 for the year 2
)
_TIMES = (
    (r" *(UTC|GMT|Z)$", "+00"),
    (r" +([+-][0-9]{2}:?[0-9]{0,2})$", r"\1"),
    (r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2"),
    (r"([ T][0-9]{2})([0-9]{2})([0-9]{2})([.][0-9]+)?([+-][0-9:]+)?$", r"\1:\2:\3\4\5"),
    (r"([0-9]) ?[AP]M", r"\1"),
    (r"^([0-9-]{8,10}[ T][0-9]{1,2})([+-][0-9:]+)?$", r"\1:00\2"),
)
_ISO = "[0-9]{4}-.*"
_HALF_DAY = "[0-9] ?[AP]M"
_CLOCK = r".*[ T](0?[1-9]|1[0-2])(:[0-9]{2})*([.][0-9]+)? ?[AP]M( ?(Z|UTC|GMT|[+-][0-9:]+))?"
_TWELVE = r"[ T]12(:[0-9]{2})*([.][0-9]+)? ?[AP]M"
_MICROS = """
CASE WHEN abs({0}::HUGEINT) < 100000000000 THEN {0} * 1000000 WHEN abs({0}::HUGEINT) < 100000000000000 THEN {0} * 1000
     WHEN abs({0}::HUGEINT) < 100000000000000000 THEN {0} ELSE {0} // 1000 END
"""
_TIME_OF_EPOCH = f"CASE WHEN v <> 0 THEN make_timestamptz({_MICROS.format('v')}) END"


def time_of_text(text: str) -> str:
    """SQL: the TIMESTAMPTZ that the text expression says, null where it says none.

    Digits are an epoch by magnitude, unless they are a day (20260102) or a second of the calendar (20260102030405).
    """
    digits = f"regexp_full_match(trim({text}), '[+-]?[0-9]+')"
    calendar = f"regexp_full_match(trim({text}), '(19[0-9]{{2}}|20[0-9]{{2}}|9999)[0-9]{{4}}([0-9]{{6}})?')"
    number = f"TRY_CAST(trim({text}) AS BIGINT)"
    return f"""
coalesce(
    CASE WHEN NOT {digits} OR {calendar} THEN {written_time(text)} END,
    CASE WHEN {digits} AND {number} <> 0 THEN make_timestamptz({_MICROS.format(number)}) END)
"""


def written_time(text: str) -> str:
    """SQL: the same for text that is no epoch, whatever digits it holds; ISO 8601, the usual case, asks no chain."""
    iso = f"regexp_replace(trim({text}), ' *(UTC|GMT|Z)$', '+00')"
    return f"""
coalesce(
    CASE WHEN regexp_full_match(trim({text}), '{_ISO}') THEN TRY_CAST({iso} AS TIMESTAMPTZ) END,
    CASE WHEN regexp_full_match(trim({text}), '[0-9].*[0-9A-Za-z]')
         THEN TRY_CAST({_chain(text)} AS TIMESTAMPTZ) + {_half_day(text)} END)
"""


def in_format(text: str, form: DateFormat) -> str:
    """SQL: text in a declared format, rewritten so that `written_time` reads it; null where it is none."""
    found = f"regexp_full_match({text}, {literal(form.pattern)})"
    day, clock = (f"regexp_replace({text}, {literal(form.pattern)}, {literal(put)})" for put in (form.day, form.clock))
    if form.day_of_year:
        day = f"try_strptime({day}, '%Y-%j')::DATE::VARCHAR"
    return f"CASE WHEN {found} THEN {day} || {clock} END"


def date_of_text(text: str) -> str:
    """SQL: the DATE that stands in the text, alone or before a time; the time and its zone do not move it."""
    day = f"regexp_extract({_chain(text)}, '^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}')"
    return f"CASE WHEN {written_time(text)} IS NOT NULL THEN TRY_CAST({day} AS DATE) END"


_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000}  # nanoseconds do not reach beyond the years 1 to 9999


def within_calendar(values: pa.Array) -> pa.Array:
    """Dates and times with null for those outside the years 1 to 9999: neither Python nor JSON has a word for them.

    One such value, a slip of a client's clock, stopped every page and every export that showed its column.
    """
    kind = values.type
    day = 1 if pa.types.is_date32(kind) else _A_DAY.get(kind.unit) if pa.types.is_timestamp(kind) else None
    if day is None:
        return values
    least, most = -719_162 * day, 2_932_897 * day - 1
    numbers = values.view(pa.int32() if day == 1 else pa.int64())
    found = pc.min_max(numbers).as_py()
    if found["min"] is None or least <= found["min"] <= found["max"] <= most:
        return values
    held = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, most))
    return pc.if_else(held, values, pa.scalar(None, values.type))


def normalise_times(values: pa.Array, engine: Engine) -> tuple[pa.Array, int]:
    """Times in any form as UTC microseconds, and how many were none.

    `0` and blanks are null without being counted.
    """
    times, unreadable = _times(values, engine)
    held = within_calendar(times)
    return held, unreadable + held.null_count - times.null_count


def _times(values: pa.Array, engine: Engine) -> tuple[pa.Array, int]:
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        held = within_calendar(values)  # beyond it a cast has no room
        safe = getattr(values.type, "unit", "") != "ns"
        return held.cast(UTC_MICROS, safe=safe), held.null_count - values.null_count
    if pa.types.is_integer(values.type):
        return _from_epoch(values.cast(pa.int64()), engine), 0
    text = values.cast(pa.string())
    if pa.types.is_string(values.type):
        with suppress(pa.ArrowInvalid):  # ISO 8601 throughout, the usual case, needs no SQL
            return pc.assume_timezone(values.cast(pa.timestamp("us")), "UTC"), 0
    times = through(engine, text, time_of_text("v"))
    blank = pc.is_in(pc.utf8_trim_whitespace(text), pa.array(["", "0", None]))
    return times, pc.sum(pc.and_(pc.invert(blank), pc.is_null(times))).as_py() or 0


def through(engine: Engine, values: pa.Array, expression: str) -> pa.Array:
    """A column, called `v`, brought through an SQL expression."""
    engine.bind_arrow("_delivered", pa.Table.from_arrays([values], names=["v"]))
    made = engine.rows(f"SELECT {expression} AS v FROM _delivered")["v"]
    return pa.concat_arrays(made.chunks) if made.num_chunks != 1 else made.chunk(0)


def _from_epoch(values: pa.Array, engine: Engine) -> pa.Array:
    present = values.drop_null()
    limits = pc.min_max(present).as_py()
    if len(present) and limits["min"] >= 10**14 and limits["max"] < 10**17:
        return values.cast(UTC_MICROS)
    return through(engine, values, _TIME_OF_EPOCH)


def _chain(text: str) -> str:
    """The text as ISO 8601, or as something that no cast takes; what begins as ISO 8601 needs no date pattern."""
    trimmed = f"upper(trim({text}))"
    dated = trimmed
    for pattern, put in _DATES:
        dated = f"regexp_replace({dated}, {literal(pattern)}, {literal(put)})"
    chained = f"CASE WHEN regexp_full_match({trimmed}, '{_ISO}') THEN {trimmed} ELSE {dated} END"
    for pattern, put in _TIMES:
        chained = f"regexp_replace({chained}, {literal(pattern)}, {literal(put)})"
    return chained


def _half_day(text: str) -> str:
    """What AM and PM add to the hour as it is written; null where the clock has no such hour."""
    upper = f"upper(trim({text}))"
    return f"""
CASE WHEN NOT regexp_matches({upper}, '{_HALF_DAY}') THEN INTERVAL 0 HOUR
     WHEN NOT regexp_full_match({upper}, {literal(_CLOCK)}) THEN NULL
     WHEN regexp_matches({upper}, '[0-9] ?AM') AND regexp_matches({upper}, '{_TWELVE}') THEN INTERVAL (-12) HOUR
     WHEN regexp_matches({upper}, '[0-9] ?PM') AND NOT regexp_matches({upper}, '{_TWELVE}') THEN INTERVAL 12 HOUR
     ELSE INTERVAL 0 HOUR END
"""
