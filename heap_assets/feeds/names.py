"""What delivered fields are called in a feed's table: case does not count, and no two fields are one column."""

import hashlib
from collections.abc import Sequence

from heap_assets.settings import FeedSpec

_SYSTEM = {"_pk", "_file_date", "_delivery", "_object", "_object_version", "_object_index", "_row", "_updated"}
_PLACES = {"_file", "_place", "file_index", "file_row_number"}  # what the engine calls a row's place in its files
RESERVED = frozenset(_SYSTEM | _PLACES)


def column_names(spec: FeedSpec, delivered: Sequence[str]) -> list[str]:
    """The column of each delivered field of one file, in its order: renamed by settings, else its name in lower case.

    Later files may differ in case. Where one file holds two names that differ only by case, the lower-case one keeps
    the name; the other, like a name of ours, gets four hex digits of its own spelling behind it (interfaces.md 3).
    """
    wanted = [_wanted(spec, name) for name in delivered]
    keeper: dict[str, str] = {}
    for name, column in zip(delivered, wanted, strict=True):
        held = keeper.get(column)
        if held is None or (name == column and held != column) or (held != column and name < held):
            keeper[column] = name
    return [
        column if keeper[column] == name and column not in RESERVED else f"{column}__{_digits(name)}"
        for name, column in zip(delivered, wanted, strict=True)
    ]


def _wanted(spec: FeedSpec, delivered: str) -> str:
    for item in spec.fields:
        if item.delivered.lower() == delivered.lower():
            return item.name
    return delivered.lower()


def _digits(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:4]
