"""A small bucket under real Dagster definitions, with an instance of its own in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from heap_assets import build_definitions
from heap_assets.orchestration.options import RunOptions
from heap_assets.orchestration.partitions import range_tags
from heap_assets.settings import Settings
from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB, RELEASE_JOB
from heap_assets_tests.builders import BucketBuilder

CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {"id": ["ck", "fk-customer-id"], "email": "email"},
    "stitch": True,
}


def at(day: int, hour: int = 6) -> datetime:
    """A moment on a day of January 2026."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


@dataclass(frozen=True)
class Plant:
    """Bucket, lake, definitions and instance of one test."""

    bucket: BucketBuilder
    instance: dg.DagsterInstance
    heap_connect: bool = True

    @cached_property
    def settings(self) -> Settings:
        source = {"bucket": str(self.bucket.root), "heap_connect": self.heap_connect}
        return self.bucket.settings(source=source, feeds=[CUSTOMERS])

    @cached_property
    def defs(self) -> dg.Definitions:
        return build_definitions(self.settings)

    def feeds(self, first: int, last: int, *only: str, options: RunOptions = RunOptions()) -> dg.ExecuteInProcessResult:
        """One run over a range of days of January 2026, of all feeds or of these."""
        day = at(first).date(), at(last).date()
        return self.job(FEEDS_JOB, *only, tags={**range_tags(*day), **options.tags()})

    def domain(self, *only: str) -> dg.ExecuteInProcessResult:
        """One run of all domain tables, or of these."""
        return self.job(DOMAIN_JOB, *only)

    def release(self) -> dg.ExecuteInProcessResult:
        """One run from Stitch to the release."""
        return self.job(RELEASE_JOB)

    def job(self, name: str, *only: str, tags: Mapping[str, str] | None = None) -> dg.ExecuteInProcessResult:
        """One run of a job, or of these assets of it; it may fail."""
        return self.defs.resolve_job_def(name).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(key.split("/")) for key in only] or None,
            tags=dict(tags or {}),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    def green(self, feed: str) -> list[int]:
        """Days of January on which a feed's partition is materialised."""
        return sorted(int(day[-2:]) for day in self.instance.get_materialized_partitions(dg.AssetKey(feed.split("/"))))

    def facts(self, key: str, partition: int | None = None) -> dict[str, Any]:
        """Metadata of the newest materialisation of an asset, or of a day of January of it."""
        chosen = dg.AssetRecordsFilter(
            dg.AssetKey(key.split("/")),
            asset_partitions=[at(partition).date().isoformat()] if partition is not None else None,
        )
        record = self.instance.fetch_materializations(chosen, limit=1).records[0]
        made = record.asset_materialization
        assert made is not None
        return {name: value.value for name, value in made.metadata.items()}


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """An empty bucket and an instance that has seen nothing."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Plant(BucketBuilder(tmp_path), instance)


@pytest.fixture
def files_plant(tmp_path: Path) -> Iterator[Plant]:
    """The same with CRM files alone: one feed instead of five, for tests that run what a sensor asks for."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Plant(BucketBuilder(tmp_path), instance, heap_connect=False)


@pytest.fixture(scope="module")
def shared_plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The same for all tests of a module, which build on each other through a fixture of the module."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Plant(BucketBuilder(tmp_path_factory.mktemp("plant")), instance)


def user(user_id: int, **values: Any) -> dict[str, Any]:
    """A row of users."""
    return {"user_id": user_id, "last_modified": 1, **values}


def view(user_id: int, event_id: int) -> dict[str, Any]:
    """A row of pageviews."""
    return {"user_id": user_id, "event_id": event_id, "time": "2026-01-01 10:00:00"}
