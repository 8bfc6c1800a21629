"""Partitions by file date, and the few things that are asked of days."""

from collections.abc import Iterable
from datetime import date, timedelta

import dagster as dg

from heap_assets.settings import Settings


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


def range_tags(first: date, last: date) -> dict[str, str]:
    """Run tags for one run over a stretch of file dates."""
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }
