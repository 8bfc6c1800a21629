"""Which file dates are to be materialised: those with something to read, and gaps up to the newest day delivered.

What a day's run then does is known to `feeds`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import dagster as dg

from heap_assets.bucket.deliveries import delivery_order
from heap_assets.bucket.status import DeliveryStatus, Status
from heap_assets.feeds.assets import feed_key
from heap_assets.orchestration.partitions import file_dates
from heap_assets.settings import FeedSpec, Settings


def missing_days(instance: dg.DagsterInstance, settings: Settings, known: Sequence[DeliveryStatus]) -> set[date]:
    """File dates up to the newest delivered that some feed was never materialised for.

    A day without a delivery is materialised too, empty, so that no day stays grey. A day on which the feed itself has
    something outstanding is none of these: it is read when that is due. But where reading cannot mend it (a required
    file is not there, a manifest is not valid), its partition is run once, so that it stands there as failed.
    """
    counted = [row for row in known if row.status is not Status.IGNORED]
    wanted = set(_up_to_newest(settings, (row.delivery.file_date for row in counted)))
    missing: set[date] = set()
    for spec in settings.feed_specs():
        rows = [row for row in counted if row.outstanding and row.delivery.feed == spec.name]
        stuck = {row.delivery.file_date for row in rows}
        done = instance.get_materialized_partitions(feed_key(spec))
        missing |= {day for day in wanted - stuck if day.isoformat() not in done}
        beyond_reading = stuck - {row.delivery.file_date for row in rows if row.to_read}
        missing |= _not_failed(instance, settings, spec, beyond_reading & wanted)
    return missing


def _not_failed(instance: dg.DagsterInstance, settings: Settings, spec: FeedSpec, days: set[date]) -> set[date]:
    """Those of the days that do not stand as failed."""
    if not days:
        return set()
    keys = sorted(day.isoformat() for day in days)
    states = instance.get_status_by_partition(feed_key(spec), keys, file_dates(settings)) or {}
    return {day for day in days if states.get(day.isoformat()) is not dg.AssetPartitionStatus.FAILED}


def days_of_full_copies(settings: Settings, known: Sequence[DeliveryStatus]) -> set[date]:
    """The file date of each feed's greatest full delivery that is to be read.

    Once that has landed, whatever it has voided is not read at all, however many runs the days are spread over.
    """
    found: set[date] = set()
    for spec in settings.feed_specs():
        full = [row.delivery for row in known if row.delivery.feed == spec.name and row.delivery.full and row.to_read]
        if full:
            greatest = max(full, key=lambda d: delivery_order(spec, d.delivery, d.file_date.isoformat()))
            found.add(greatest.file_date)
    return found


def _up_to_newest(settings: Settings, dates: Iterable[date]) -> list[date]:
    newest = max((day for day in dates if settings.start_date <= day <= settings.today()), default=None)
    if newest is None:
        return []
    return [settings.start_date + timedelta(days=number) for number in range((newest - settings.start_date).days + 1)]
