"""What a person decides about deliveries: take one out, put it back, have it read again. A run then carries it out.

Each decision is an event beside the others; what it adds up to is in `arrivals` and `status`.
"""

from collections.abc import Sequence

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events
from heap_assets.bucket.status import DeliveryStatus, Status, statuses
from heap_assets.errors import UsageError
from heap_assets.lake import Lake
from heap_assets.settings import Settings

STUCK = (Status.REFUSED, Status.FAILED, Status.SKIPPED)


def named(lake: Lake, settings: Settings, name: str) -> list[DeliveryStatus]:
    """Every feed's delivery that a name means: a dump id, a file's key, a file date, or any of them behind `feed:`.

    Raises UsageError where there is none, or where it is of several feeds that have nothing to do with one another.
    """
    specs = {spec.name: spec for spec in settings.feed_specs()}
    known = [row for row in statuses(lake, settings) if row.delivery.feed in specs]
    found = [row for row in known if name in _names(row, specs[row.delivery.feed].display, settings.source.root)]
    if not found:
        raise UsageError(f"there is no delivery {name}", todo="`heap-assets deliveries` lists them.")
    dated = [row for row in found if specs[row.delivery.feed].delivery == "files"]
    if dated and len(found) > 1:
        choices = ", ".join(f"{row.delivery.feed}:{row.delivery.delivery}" for row in found)
        raise UsageError(f"{name} is a delivery of several feeds", where=choices, todo="Name one of these.")
    return found


def exclude(lake: Lake, rows: Sequence[DeliveryStatus], reason: str) -> None:
    """Record that these deliveries shall not count, with the reason."""
    append_events(lake, [DeliveryEvent(Event.EXCLUDED, row.delivery, reason=reason) for row in rows])


def restore(lake: Lake, rows: Sequence[DeliveryStatus]) -> None:
    """Record that these deliveries count again."""
    append_events(lake, [DeliveryEvent(Event.RESTORED, row.delivery) for row in rows])


def replayable(rows: Sequence[DeliveryStatus]) -> list[DeliveryStatus]:
    """Deliveries that reading again may mend: not those whose manifest or pattern is at fault."""
    return [row for row in rows if row.status in STUCK and not row.arrival.unreadable]


def replay(lake: Lake, rows: Sequence[DeliveryStatus]) -> None:
    """Record that these deliveries are to be read again in the content that was refused, failed or skipped."""
    append_events(lake, [DeliveryEvent(Event.REPLAYED, row.delivery) for row in rows])


def _names(row: DeliveryStatus, display: str, root: str) -> set[str]:
    ids = {row.delivery.delivery, row.delivery.delivery.removeprefix(root)}
    return ids | {f"{lead}:{name}" for lead in (row.delivery.feed, display) for name in ids}
