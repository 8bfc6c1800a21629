"""`format` of a date or datetime field: the letters of Java and Joda, taken apart. Reading text by it is for feeds."""

import re
from dataclasses import dataclass
from functools import lru_cache

_PART = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_ZONE = "Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?"
_NUMBERS = "yMdDHhmsS"
LETTERS = "y M d D H h m s S a E z Z X"


@dataclass(frozen=True)
class DateFormat:
    """A format as a pattern (without regard to case) and what its groups are put together to.

    `day`: as one of the day orders that are always read (`2026-01-02`, `01/02/26`, `02-Jan-2026`), or year and day of
    the year, where `day_of_year` is set. `clock`: what stands behind it, nothing where the format names no time.
    """

    pattern: str
    day: str
    clock: str
    day_of_year: bool


@lru_cache(maxsize=256)
def date_format(written: str) -> DateFormat:
    """The format that these letters describe; ValueError says what is not understood, or missing."""
    parts = [found.group() for found in _PART.finditer(written)]
    pattern, places = "(?i)", dict[str, int]()
    for place, part in enumerate(parts):
        letter = "z" if part[0] in "ZXx" else part[0]
        if not (part[0].isascii() and part[0].isalpha()):
            pattern += re.escape(_literal(part))
            continue
        if letter in places:
            raise ValueError(f"names {part[0]} twice")
        beside = any(0 <= at < len(parts) and parts[at][0] in _NUMBERS for at in (place - 1, place + 1))
        pattern += _group(part, letter, exact=beside)
        if letter != "E":
            places[letter] = len(places) + 1
    _complete(places)
    two_digits = "yy" in parts
    named = any(part.startswith("MMM") for part in parts)
    return DateFormat(pattern, _day(places, two_digits, named), _clock(places), "D" in places)


def _literal(part: str) -> str:
    if not part.startswith("'") or len(part) == 1:
        return part
    return part[1:-1].replace("''", "'") or "'"


def _group(part: str, letter: str, exact: bool) -> str:
    count = len(part)
    if letter == "y":
        return "([0-9]{2})" if count == 2 else "([0-9]{4})"
    if letter == "M" and count > 2:
        return f"({_MONTHS})" + ("[a-z]*" if count > 3 else "")
    widths = {"M": 2, "d": 2, "H": 2, "h": 2, "m": 2, "s": 2, "D": 3, "S": 9}
    if letter in widths:
        return f"([0-9]{{{count}}})" if exact else f"([0-9]{{1,{widths[letter]}}})"
    others = {"a": "([ap]m)", "E": "(?:[a-z]+)", "z": f"({_ZONE})"}
    if letter in others:
        return others[letter]
    raise ValueError(f"holds {part}, which is not understood; letters are {LETTERS}, others stand in quotes: 'T'")


def _complete(places: dict[str, int]) -> None:
    day = {"y", "D"} if "D" in places else {"y", "M", "d"}
    if not day <= set(places):
        raise ValueError("must name year, month and day (y, M, d), or year and day of the year (y, D)")
    if "h" in places and ("a" not in places or "H" in places):
        raise ValueError("h counts to twelve and needs a (AM or PM); H counts to 23")


def _day(places: dict[str, int], two_digits: bool, named: bool) -> str:
    year = f"\\{places['y']}"
    if "D" in places:
        return f"{year}-\\{places['D']}"
    month, day = f"\\{places['M']}", f"\\{places['d']}"
    if named:
        return f"{day}-{month}-{year}"
    return f"{month}/{day}/{year}" if two_digits else f"{year}-{month}-{day}"


def _clock(places: dict[str, int]) -> str:
    hour = places.get("H") or places.get("h")
    if hour is None:
        return ""
    minute, second = (f"\\{places[letter]}" if letter in places else "00" for letter in "ms")
    fraction = f".\\{places['S']}" if "S" in places else ""
    half = f" \\{places['a']}" if "h" in places else ""
    zone = f"\\{places['z']}" if "z" in places else ""
    return f" \\{hour}:{minute}:{second}{fraction}{half}{zone}"
