"""Landing by file date: what a feed's partition is asked to do, and what it then reports.

Landing itself is in `landing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events
from heap_assets.bucket.deliveries import delivery_order
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import DeliveryStatus, Status, feed_statuses, folder_of, landed_deliveries
from heap_assets.bucket.store import Bucket
from heap_assets.feeds.drift import Delivered, Drift, delivered_columns, drift
from heap_assets.feeds.landing import Landing, land, open_feed_table
from heap_assets.feeds.quarantine import QUARANTINE, quarantined_rows
from heap_assets.lake import DataFile, Lake
from heap_assets.settings import FeedSpec, Settings

LOOKS = 5


@dataclass(frozen=True)
class DayReport:
    """One file date of a feed: its deliveries with status, rows landed and quarantined, and whether all of it is in."""

    day: date
    deliveries: tuple[DeliveryStatus, ...]
    landed: int
    quarantined: int
    unreadable_times: int = 0
    miscounted: int = 0
    drift: tuple[Drift, ...] = ()

    @property
    def read(self) -> int:
        """Rows read: landed and quarantined."""
        return self.landed + self.quarantined

    @property
    def complete(self) -> bool:
        """Whether no delivery of the day is pending, failed or refused."""
        return not any(row.outstanding for row in self.deliveries)


def land_days(
    bucket: Bucket,
    lake: Lake,
    settings: Settings,
    spec: FeedSpec,
    days: Sequence[date],
    skip_failed: bool = False,
    again: bool = False,
) -> list[DayReport]:
    """Land whatever these file dates have and the ledger has not (with `again`, all that the bucket still has of them).

    A day without a delivery reports no rows. What has become due by the landing itself (a full copy was taken out, and
    what it had replaced counts again) or came meanwhile is landed too.

    Raises BucketUnreachable where the bucket cannot be listed; everything else is in the reports.
    """
    asked = set(days)
    landing, after = Landing(), []
    for turn in range(LOOKS):
        known = landed_deliveries(spec, open_feed_table(lake, spec))
        discover(bucket, lake, settings)
        wanted = [row for row in feed_statuses(lake, settings, spec) if row.delivery.file_date in asked]
        if skip_failed:
            _skip_refused(lake, wanted)
        if turn:
            wanted = [row for row in wanted if row.status is Status.PENDING]
        landing.join(land(bucket, lake, spec, wanted, skip_failed, again and not turn, known))
        after = [row for row in feed_statuses(lake, settings, spec) if row.delivery.file_date in asked]
        if not any(row.status is Status.PENDING for row in after):
            break
    quarantine = lake.find(QUARANTINE)
    drifted = _drift(lake, spec, landing)
    reports = []
    by_day: dict[date, list[DeliveryStatus]] = {}
    for row in after:
        by_day.setdefault(row.delivery.file_date, []).append(row)
    for day in sorted(asked):
        rows = tuple(by_day.get(day, ()))
        report = DayReport(
            day, rows, sum(row.rows for row in rows), sum(quarantined_rows(quarantine, row.delivery) for row in rows)
        )
        read_now = [landing.landed[row.delivery.delivery] for row in rows if row.delivery.delivery in landing.landed]
        unreadable = sum(read.unreadable_times for read in read_now)
        miscounted = sum(abs(read.read - read.rows - read.rejected) for read in read_now)
        told = tuple(item for item in drifted if item.file_date == day)
        reports.append(replace(report, unreadable_times=unreadable, miscounted=miscounted, drift=told))
    return reports


def _drift(lake: Lake, spec: FeedSpec, landing: Landing) -> list[Drift]:
    """What is other in each delivery that was read than in the one before it, in the order of deliveries.

    Known from what reading learnt, and of deliveries that landed before from the footers of their files in the lake.
    """
    if not landing.landed:
        return []
    table = open_feed_table(lake, spec)
    kept = {item.name: item.type for item in table.schema}
    names = {folder_of(name): name for name in landed_deliveries(spec, table)}
    files: dict[str, list[DataFile]] = {}
    for file in table.files:
        files.setdefault(names.get(file.delivery_folder, ""), []).append(file)
    dates = {name: held[0].file_date for name, held in files.items()}
    dates |= {name: read.delivery.file_date.isoformat() for name, read in landing.landed.items() if read.delivered}
    before: Delivered = {}
    found, previous = [], ""
    for name in sorted(dates, key=lambda name: delivery_order(spec, name, dates[name])):
        read = landing.landed.get(name)
        if read is not None:
            if previous and previous not in landing.landed:
                before = delivered_columns(table.root, files[previous])
            told = drift(read.delivery, read.delivered, before, kept, read.remark)
            found += [told] if told else []
            before = read.delivered
        previous = name
    return found


def _skip_refused(lake: Lake, rows: Sequence[DeliveryStatus]) -> None:
    """What was refused before and is not read again for its content is skipped in this content, with its reason."""
    stuck = [row for row in rows if row.status in (Status.REFUSED, Status.FAILED) and not row.to_read]
    append_events(
        lake,
        [
            DeliveryEvent(
                Event.SKIPPED, row.delivery, code=row.arrival.code, reason=row.arrival.reason, terms=row.arrival.terms
            )
            for row in stuck
        ],
    )
