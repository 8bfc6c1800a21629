"""Landing by file date: what a feed's partition is asked to do, and what it then reports.

Landing itself is in `landing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import DeliveryStatus, Status, feed_statuses, landed_deliveries
from heap_assets.bucket.store import Bucket
from heap_assets.feeds.landing import Landing, land, open_feed_table
from heap_assets.feeds.quarantine import QUARANTINE, quarantined_rows
from heap_assets.lake import Lake
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
        if skip_failed or spec.on_failed_delivery == "skip":
            _skip_refused(lake, wanted)
        if turn:
            wanted = [row for row in wanted if row.status is Status.PENDING]
        landing.join(land(bucket, lake, spec, wanted, skip_failed, again and not turn, known))
        after = [row for row in feed_statuses(lake, settings, spec) if row.delivery.file_date in asked]
        if not any(row.status is Status.PENDING for row in after):
            break
    quarantine = lake.find(QUARANTINE)
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
        miscounted = sum(abs(read.read - read.rows - len(read.rejects)) for read in read_now)
        reports.append(replace(report, unreadable_times=unreadable, miscounted=miscounted))
    return reports


def _skip_refused(lake: Lake, rows: Sequence[DeliveryStatus]) -> None:
    """What was refused before and is not read again for its content is skipped in this content, with its reason."""
    stuck = [row for row in rows if row.status in (Status.REFUSED, Status.FAILED) and not row.to_read]
    append_events(
        lake,
        [DeliveryEvent(Event.SKIPPED, row.delivery, code=row.arrival.code, reason=row.arrival.reason) for row in stuck],
    )
