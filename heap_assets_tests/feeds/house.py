"""One feed of a small bucket, brought up to date step by step: what landing did, what the tables hold afterwards."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from heap_assets import open_lake
from heap_assets.bucket.status import Status, feed_statuses
from heap_assets.domain.fold import Folded
from heap_assets.feeds.days import DayReport, land_days
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.laws.chain import ALL_DAYS, CountingBucket, fold_counted


class House:
    """A bucket, a lake, and one feed by its lake name; `settings` are sections of heap_assets.yaml."""

    def __init__(self, folder: Path, feed: str, **settings: Any) -> None:
        self.builder = BucketBuilder(folder)
        self.bucket = CountingBucket(self.builder.bucket())
        self.lake = self.builder.lake()
        self.feed = feed
        self.configure(**settings)

    def configure(self, **settings: Any) -> None:
        self.settings = self.builder.settings(**settings)
        self.spec = self.settings.feed(self.feed)

    def land(self, days: Sequence[date] = ALL_DAYS, skip_failed: bool = False) -> dict[date, DayReport]:
        """One pass of landing; the report of each day."""
        reports = land_days(self.bucket, self.lake, self.settings, self.spec, days, skip_failed)
        return {report.day: report for report in reports}

    def fold(self) -> Folded:
        return fold_counted(self.lake, self.spec)

    def up_to_date(self, **options: Any) -> list[dict[str, Any]]:
        """Land and fold; the rows that the domain table then shows."""
        self.land(**options)
        self.fold()
        return self.rows()

    def rows(self) -> list[dict[str, Any]]:
        return sorted(open_lake(self.settings).read(self.spec.display).to_pylist(), key=lambda row: row["_pk"])

    def keys(self) -> list[str]:
        return [row["_pk"] for row in self.rows()]

    def keys_after_fold(self) -> list[str]:
        self.fold()
        return self.keys()

    def statuses(self) -> dict[str, Status]:
        """The status of every delivery of the feed."""
        return {row.delivery.delivery: row.status for row in feed_statuses(self.lake, self.settings, self.spec)}

    def reason(self, delivery: str) -> str:
        known = {row.delivery.delivery: row for row in feed_statuses(self.lake, self.settings, self.spec)}
        return known[delivery].reason or ""

    def quarantine(self) -> list[dict[str, Any]]:
        return open_lake(self.settings).read("quarantine").to_pylist()
