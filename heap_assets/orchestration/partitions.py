"""Partitions by file date, and the few things that are asked of days."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import dagster as dg

from heap_assets.settings import Settings

# A quarter. Dagster records each day of each feed in two events (20 ms of CPU on SQLite), and records none before the
# run is done with the feed: fewer days a run show how far a long history is, more days fold and start less often.
DAYS_A_RUN = 92


def file_dates(settings: Settings) -> dg.DailyPartitionsDefinition:
    """One partition a file date, from start_date to today; `end_offset=1` for a delivery of today is a delivery."""
    return dg.DailyPartitionsDefinition(
        start_date=settings.start_date.isoformat(), timezone=settings.timezone, end_offset=1
    )


def stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days as unbroken stretches (first, last), oldest first: each can be one run."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def bounded(days: Iterable[date], first: Collection[date] = ()) -> list[list[tuple[date, date]]]:
    """Days as runs of at most DAYS_A_RUN file dates, in the order in which they are to be started: newest first.

    The days `first` come before all others. Each list holds the stretches of one bound, each a run.
    """
    chosen = set(days)
    order = sorted(chosen & set(first), reverse=True) + sorted(chosen - set(first), reverse=True)
    batches = [order[begin : begin + DAYS_A_RUN] for begin in range(0, len(order), DAYS_A_RUN)]
    return [
        sorted(stretches(batch), key=lambda run: (not _holds(run, first), -run[1].toordinal())) for batch in batches
    ]


def _holds(run: tuple[date, date], days: Collection[date]) -> bool:
    return any(run[0] <= day <= run[1] for day in days)


def range_tags(first: date, last: date) -> dict[str, str]:
    """Run tags for one run over a stretch of file dates."""
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }
