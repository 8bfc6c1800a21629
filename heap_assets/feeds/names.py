"""What delivered fields are called in a feed's table: case does not count, and no two fields are one column."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from heap_assets.settings import FeedSpec
from heap_assets.settings.feeds import RESERVED_COLUMNS


def column_names(spec: FeedSpec, delivered: Sequence[str]) -> list[str]:
    """The column of each delivered field of one file, in its order: renamed by settings, else its name in lower case.

    Later files may differ in case. Where one file holds two names that differ only by case, the lower-case one keeps
    the name; the other, like a name of ours, gets four hex digits of its own spelling behind it (interfaces.md 3). A
    field that the settings rename to a name that is delivered too has it: tags and types are meant for that one.
    """
    wanted = [_wanted(spec, name) for name in delivered]
    renamed = {item.delivered.lower() for item in spec.fields if item.delivered.lower() != item.name.lower()}
    keeper: dict[str, str] = {}
    pairs = list(zip(delivered, wanted, strict=True))
    for name, column in sorted(pairs, key=lambda pair: _claim(pair[0], pair[1], renamed)):
        keeper.setdefault(column.lower(), name)
    for reserved in RESERVED_COLUMNS:
        keeper.pop(reserved, None)
    return [column if keeper.get(column.lower()) == name else f"{column}__{_digits(name)}" for name, column in pairs]


def spelt_as(spec: FeedSpec, columns: Iterable[str]) -> FeedSpec:
    """The feed with its columns spelt as its table spells them.

    A field may be declared in other letters than those in which it landed before anybody declared it, and no table can
    hold both.
    """
    known = {name.lower(): name for name in columns}

    def spelt(name: str) -> str:
        return known.get(name.lower(), name)

    return replace(
        spec,
        primary_key=tuple(map(spelt, spec.primary_key)),
        last_updated=spelt(spec.last_updated) if spec.last_updated else None,
        tie_break=tuple(map(spelt, spec.tie_break)),
        time_fields=tuple(map(spelt, spec.time_fields)),
        fields=tuple(replace(item, name=spelt(item.name)) for item in spec.fields),
    )


def _claim(name: str, column: str, renamed: set[str]) -> tuple[bool, bool, str]:
    """Who comes first to a column: a field renamed to it, then the one spelt like it, then the least spelling."""
    return name.lower() not in renamed, name != column, name


def _wanted(spec: FeedSpec, delivered: str) -> str:
    for item in spec.fields:
        if item.delivered.lower() == delivered.lower():
            return item.name
    return delivered.lower()


def _digits(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:4]
