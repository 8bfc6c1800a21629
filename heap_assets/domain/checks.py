"""Checks of domain tables: one row a key, and every live row of the feed accounted for."""

from collections.abc import Iterator

import dagster as dg

from heap_assets.bucket.status import feed_table
from heap_assets.domain.fold import KEY_MEMORY, domain_table, live_files
from heap_assets.engine import Engine
from heap_assets.engine.sql import columns
from heap_assets.lake import Lake
from heap_assets.orchestration.resources import LakeResource
from heap_assets.settings import FeedSpec


def domain_checks(spec: FeedSpec, key: dg.AssetKey) -> Iterator[dg.AssetChecksDefinition]:
    """The blocking checks of one domain table."""

    @dg.asset_check(asset=key, name="unique_keys", blocking=True, description="One row a key, none without one")
    def unique_keys(lake: LakeResource) -> dg.AssetCheckResult:
        doubled, empty = count_bad_keys(lake.open(), spec)
        return dg.AssetCheckResult(passed=not doubled and not empty, metadata={"doubled": doubled, "null": empty})

    @dg.asset_check(asset=key, name="accounting", blocking=True, description="Live feed rows = rows + superseded rows")
    def accounting(lake: LakeResource) -> dg.AssetCheckResult:
        live, keys, rows = count_rows(lake.open(), spec)
        return dg.AssetCheckResult(
            passed=keys == rows, metadata={"live": live, "keys": keys, "rows": rows, "superseded": live - keys}
        )

    yield unique_keys
    yield accounting


def count_bad_keys(lake: Lake, spec: FeedSpec) -> tuple[int, int]:
    """Keys that have more than one row, and rows with a null in their key."""
    table = lake.open(domain_table(spec))
    keys = columns(spec.primary_key)
    nothing = " OR ".join(f"{columns([name])} IS NULL" for name in spec.primary_key)
    with Engine(KEY_MEMORY) as engine:
        engine.bind("rows", table.absolute(table.files), table.schema)
        doubled = engine.value(f"SELECT count(*) FROM (SELECT 1 FROM rows GROUP BY {keys} HAVING count(*) > 1)")
        return int(doubled), int(engine.value(f"SELECT count(*) FROM rows WHERE {nothing}"))


def count_rows(lake: Lake, spec: FeedSpec) -> tuple[int, int, int]:
    """Live rows of the feed as of the fold, distinct keys among them, and rows of the domain table."""
    table = lake.open(domain_table(spec))
    feed = lake.open(feed_table(spec), table.transactions[f"fold:{spec.name}"])
    files = live_files(spec, feed)
    with Engine(KEY_MEMORY) as engine:
        engine.bind("live", feed.absolute(files), feed.schema)
        keys = engine.value(f"SELECT count(*) FROM (SELECT DISTINCT {columns(spec.primary_key)} FROM live)")
    return sum(file.rows for file in files), int(keys), table.rows
