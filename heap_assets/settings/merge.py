"""One entry under `feeds:` laid over the built-in feed of the same name: what it leaves out keeps its default."""

from dataclasses import replace
from typing import Any

from heap_assets.settings.entries import FeedSettings
from heap_assets.settings.feeds import FeedSpec, FieldSpec, event_feed

_DIRECT = (
    "table",
    "pattern",
    "load",
    "required",
    "settle",
    "error_threshold",
    "on_failed_delivery",
    "stitch",
)


def merged(entry: FeedSettings, base: FeedSpec | None) -> FeedSpec:
    """The entry over the built-in feed, or complete by itself.

    Names match whatever their case; a declared field keeps its spelling, every other column is in lower case.
    """
    start = _start(entry, base)
    spelt = {(item.rename or name).lower(): item.rename or name for name, item in entry.fields.items()}

    def column(name: str) -> str:
        return spelt.get(name.lower(), name.lower())

    changes: dict[str, Any] = entry.model_dump(exclude_none=True, include=set(_DIRECT))
    if entry.primary_key is not None:
        changes["primary_key"] = tuple(column(name) for name in entry.primary_key)
    if entry.tie_break is not None:
        changes["tie_break"] = tuple(column(name) for name in entry.tie_break)
    if entry.last_updated is not None:
        changes["last_updated"] = column(entry.last_updated)
    if entry.limits is not None:
        given = entry.limits.model_dump(exclude_none=True)
        changes["limits"] = tuple(sorted((name, int(value)) for name, value in given.items()))
    if entry.file is not None:
        changes["file"] = entry.file.form()
    if entry.fields:
        changes["fields"] = tuple(
            FieldSpec(name, item.rename or name, item.type, item.format, item.required)
            for name, item in entry.fields.items()
        )
    tags = {column(name): (tag,) if isinstance(tag, str) else tuple(tag) for name, tag in entry.semantics.items()}
    return replace(start, semantics=tuple((start.tags | tags).items()), **changes)


def _start(entry: FeedSettings, base: FeedSpec | None) -> FeedSpec:
    delivery = entry.delivery or ("heap_connect" if base else "files")
    if base is not None:
        return replace(base, delivery=delivery)
    if delivery == "heap_connect" and entry.table:
        return replace(event_feed(entry.feed, entry.table), source=entry.source)
    return FeedSpec(entry.source, entry.feed, delivery, ())
