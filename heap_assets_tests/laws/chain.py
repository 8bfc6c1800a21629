"""The chain without Dagster: land, fold, release; a bucket that counts what is read of it; files of a lake."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from heap_assets.bucket.deliveries import ObjectMeta, ObjectRef
from heap_assets.bucket.status import feed_table
from heap_assets.bucket.store import Bucket
from heap_assets.customer360.release import build_release
from heap_assets.domain.fold import Folded, domain_table, fold, live_files
from heap_assets.domain.migrations import build_resolved_users
from heap_assets.feeds.days import DayReport, land_days
from heap_assets.lake import Lake, Release, Table
from heap_assets.settings import FeedSpec, Settings
from heap_assets_tests.laws.world import FIRST_DAY

ALL_DAYS = tuple(FIRST_DAY + timedelta(days=place) for place in range(-1, 10))


@dataclass
class CountingBucket:
    """A bucket, and how many manifests and data objects were read through it."""

    inner: Bucket
    manifests: int = 0
    objects: int = 0

    @property
    def name(self) -> str:
        return self.inner.name

    def list(self, prefix: str) -> Iterator[ObjectMeta]:
        return self.inner.list(prefix)

    def read(self, key: str, version: str) -> bytes:
        self.manifests += 1
        return self.inner.read(key, version)

    @contextmanager
    def fetch(self, ref: ObjectRef) -> Iterator[Path]:
        self.objects += 1
        with self.inner.fetch(ref) as path:
            yield path


def land_all(
    bucket: Bucket, lake: Lake, settings: Settings, specs: Iterable[FeedSpec], days: Sequence[date] = ALL_DAYS
) -> dict[str, list[DayReport]]:
    """One pass over these days of these feeds."""
    return {spec.name: land_days(bucket, lake, settings, spec, days) for spec in specs}


def fold_counted(lake: Lake, spec: FeedSpec) -> Folded:
    """A fold, held to its own accounting against the tables before and after."""
    before, live = lake.find(domain_table(spec)), live_files(spec, lake.open(feed_table(spec)))
    counted = _live_paths(lake, spec, before)
    folded = fold(lake, spec)
    assert folded.added == folded.inserted + folded.updated + folded.superseded
    assert folded.rows == lake.open(domain_table(spec)).rows
    assert folded.live == sum(file.rows for file in live)
    if not folded.refolded:
        assert folded.added == sum(file.rows for file in live if file.path not in counted)
        assert folded.rows == (before.rows if before else 0) + folded.inserted - folded.removed
    return folded


def run_chain(bucket: Bucket, lake: Lake, settings: Settings) -> Release:
    """Everything: land what there is, fold every feed, publish."""
    specs = settings.feed_specs()
    land_all(bucket, lake, settings, specs)
    for spec in specs:
        fold(lake, spec)
    migrations = next((spec for spec in specs if spec.table == "user_migrations"), None)
    if migrations is not None:
        build_resolved_users(lake, lake.find(domain_table(migrations)))
    return build_release(lake, settings)


def files_below(root: Path) -> dict[str, tuple[int, int]]:
    """Every file of a lake with its size and modification time: what is equal was not written."""
    paths = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def _live_paths(lake: Lake, spec: FeedSpec, folded: Table | None) -> set[str]:
    """Files that the last fold counted as live."""
    version = folded.transactions.get(f"fold:{spec.name}") if folded else None
    return set() if version is None else {file.path for file in live_files(spec, lake.open(feed_table(spec), version))}
