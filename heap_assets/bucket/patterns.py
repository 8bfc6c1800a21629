"""File patterns of dated feeds: `crm/customers_{yyyy}-{MM}-{dd}*.csv.gz` to a date. Listing is in `store`."""

import re
from datetime import date
from functools import lru_cache

from heap_assets.errors import SettingsError

_PARTS = {"{yyyy}": "(?P<year>[0-9]{4})", "{MM}": "(?P<month>[0-9]{2})", "{dd}": "(?P<day>[0-9]{2})", "*": "[^/]*"}
_TOKEN = re.compile(r"\{yyyy\}|\{MM\}|\{dd\}|\*")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    written, last = "", 0
    for token in _TOKEN.finditer(pattern):
        written += re.escape(pattern[last : token.start()]) + _PARTS[token.group()]
        last = token.end()
    try:
        return re.compile(written + re.escape(pattern[last:]))
    except re.error:
        raise SettingsError("a pattern may name each of {yyyy}, {MM}, {dd} once", where=pattern) from None


def file_date(pattern: str, key: str) -> date | None:
    """The date in a key that matches the pattern in full; None where it does not, or names no day of the calendar.

    `*` never crosses a slash (amperity_behaviour.md 1.2).
    """
    found = _compiled(pattern).fullmatch(key)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except (ValueError, KeyError):
        return None
