"""What became of each delivery: the record of arrivals joined with the ledgers of the feed tables.

`deliveries` is this view.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from heap_assets.bucket.arrivals import Arrival, Event, read_arrivals
from heap_assets.bucket.deliveries import Delivery, delivery_order, terms
from heap_assets.bucket.required import is_stand_in, newest_day, with_missing
from heap_assets.lake import Lake, Table
from heap_assets.lake.derived import hash62
from heap_assets.settings import FeedSpec, Settings

SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("delivery", pa.string()),
        ("file_date", pa.date32()),
        ("load", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("objects", pa.int64()),
        ("bytes", pa.int64()),
        ("rows", pa.int64()),
        ("first_seen", pa.timestamp("us", "UTC")),
        ("fingerprint", pa.int64()),
    ]
)
TAKE_OUT = "to be taken out"


class Status(StrEnum):
    """Where a delivery stands (interfaces.md 5)."""

    LANDED = "landed"
    PENDING = "pending"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"
    IGNORED = "ignored"
    GONE = "gone"


@dataclass(frozen=True)
class DeliveryStatus:
    """One delivery with its status; `rows` are those that its feed table holds now."""

    arrival: Arrival
    status: Status
    reason: str | None
    rows: int

    @property
    def delivery(self) -> Delivery:
        """The delivery as last seen."""
        return self.arrival.delivery

    @property
    def outstanding(self) -> bool:
        """Whether something is to be read, or was tried in vain."""
        return self.status in (Status.PENDING, Status.FAILED, Status.REFUSED)

    @property
    def to_read(self) -> bool:
        """Whether a run would try it now: new content, or weather that may have passed."""
        return self.status is Status.PENDING or (self.status is Status.FAILED and not self.arrival.unreadable)


def feed_table(spec: FeedSpec) -> str:
    """The lake's name of a feed's table."""
    return f"feeds/{spec.name}"


def folder_of(delivery: str) -> str:
    """The folder of a delivery's files in its feed table: plain ASCII, one to one.

    Paths go into the log raw (lake_notes.md 1).
    """
    return delivery if delivery.isdigit() else f"d{hash62(delivery):016x}"


def landed_deliveries(spec: FeedSpec, table: Table | None) -> Mapping[str, int]:
    """Deliveries that the ledger holds now, with their transaction version; withdrawn ones are left out."""
    if table is None:
        return {}
    lead = f"delivery:{spec.name}:"
    return {app.removeprefix(lead): at for app, at in table.transactions.items() if app.startswith(lead) and at}


def horizon(spec: FeedSpec, landed: Mapping[str, int]) -> tuple[int | str, str] | None:
    """The order of the greatest full delivery landed: what is before it is void. None where there is none."""
    return max((delivery_order(spec, name, None) for name, at in landed.items() if at % 2), default=None)


def statuses(lake: Lake, settings: Settings) -> list[DeliveryStatus]:
    """Every delivery seen with its status, by feed and order."""
    specs = {spec.name: spec for spec in settings.feed_specs()}
    by_feed: dict[str, list[Arrival]] = {}
    known = read_arrivals(lake)
    for arrival in known.values():
        by_feed.setdefault(arrival.delivery.feed, []).append(arrival)
    newest = newest_day(settings, known.values())
    for spec in specs.values():
        by_feed[spec.name] = list(with_missing(settings, spec, by_feed.get(spec.name, ()), newest))
    return [
        row for feed, arrivals in sorted(by_feed.items()) for row in _of_feed(lake, settings, specs.get(feed), arrivals)
    ]


def feed_statuses(lake: Lake, settings: Settings, spec: FeedSpec) -> list[DeliveryStatus]:
    """The deliveries of one feed with their status, in order."""
    known = read_arrivals(lake).values()
    arrivals = [item for item in known if item.delivery.feed == spec.name]
    return _of_feed(lake, settings, spec, list(with_missing(settings, spec, arrivals, newest_day(settings, known))))


def as_table(rows: Iterable[DeliveryStatus]) -> pa.Table:
    """The view `deliveries`."""
    return pa.Table.from_pylist([_shown(row) for row in rows], schema=SCHEMA)


def _of_feed(lake: Lake, settings: Settings, spec: FeedSpec | None, arrivals: list[Arrival]) -> list[DeliveryStatus]:
    if spec is None:
        arrivals = [item for item in arrivals if not is_stand_in(item.delivery)]
        return [DeliveryStatus(arrival, Status.IGNORED, arrival.reason, 0) for arrival in arrivals]
    if not arrivals:
        return []
    table = lake.find(feed_table(spec))
    landed = landed_deliveries(spec, table)
    rows = table.rows_by_folder if table else {}
    limit = horizon(spec, landed)
    found = []
    for arrival in arrivals:
        status, reason = _status(settings, spec, arrival, landed, limit)
        found.append(DeliveryStatus(arrival, status, reason, rows.get(folder_of(arrival.delivery.delivery), 0)))
    return sorted(
        found, key=lambda row: delivery_order(spec, row.delivery.delivery, row.delivery.file_date.isoformat())
    )


def _status(
    settings: Settings,
    spec: FeedSpec,
    arrival: Arrival,
    landed: Mapping[str, int],
    limit: tuple[int | str, str] | None,
) -> tuple[Status, str | None]:
    delivery = arrival.delivery
    held = landed.get(delivery.delivery, 0)
    if arrival.outcome is Event.IGNORED:
        return Status.IGNORED, arrival.reason
    if arrival.excluded or arrival.withdrawn:
        return _taken_out(arrival, held)
    if held == delivery.ledger_version:
        return Status.LANDED, arrival.remark
    if delivery.file_date < settings.start_date:
        return Status.IGNORED, f"before start_date {settings.start_date}"
    order = delivery_order(spec, delivery.delivery, delivery.file_date.isoformat())
    if limit is not None and order < limit and not is_stand_in(delivery):
        return Status.SUPERSEDED, "a later full delivery has replaced it"
    if arrival.gone:
        what = "a newer version of it" if held else "it"
        told = f"{what} left the bucket before it could be read; {arrival.reason}"
        return (Status.LANDED if held else Status.GONE), told
    return _unread(spec, arrival)


def _unread(spec: FeedSpec, arrival: Arrival) -> tuple[Status, str | None]:
    """What counts and has not landed: to be read, or tried in vain; under other terms, it is tried again."""
    if arrival.outcome is None or not arrival.stuck:
        return Status.PENDING, None
    if arrival.terms not in (None, terms(spec)) and not arrival.unreadable:
        return Status.PENDING, "refused under other settings"
    skipped = spec.on_failed_delivery == "skip"
    return Status.SKIPPED if skipped else Status(arrival.outcome.value), arrival.reason


def _taken_out(arrival: Arrival, held: int) -> tuple[Status, str | None]:
    if held:
        return Status.PENDING, TAKE_OUT
    if arrival.excluded:
        return Status.EXCLUDED, arrival.excluded_because
    if arrival.manifest is None:
        return Status.IGNORED, arrival.reason
    return Status.GONE, "its manifest no longer lists it"


def _shown(row: DeliveryStatus) -> dict[str, object]:
    delivery = row.delivery
    return {
        "feed": delivery.feed,
        "delivery": delivery.delivery,
        "file_date": delivery.file_date,
        "load": "full" if delivery.full else "incremental",
        "status": row.status.value,
        "reason": row.reason,
        "objects": len(delivery.objects),
        "bytes": delivery.bytes,
        "rows": row.rows,
        "first_seen": row.arrival.first_seen,
        "fingerprint": delivery.fingerprint,
    }
