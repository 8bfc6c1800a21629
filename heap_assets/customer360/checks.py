"""Checks of the customer 360: one row a person, and a release that holds every table that it names."""

from collections.abc import Sequence

import dagster as dg

from heap_assets.customer360.assets import RELEASE
from heap_assets.customer360.behaviour import CUSTOMER_360
from heap_assets.customer360.merged import MERGED
from heap_assets.engine import Engine
from heap_assets.errors import HeapAssetsError
from heap_assets.lake import Lake, TableVersion, View, current_release
from heap_assets.orchestration.resources import LakeResource
from heap_assets.stitch.assets import step_key


def customer_360_checks() -> Sequence[dg.AssetChecksDefinition]:
    """The blocking checks of profiles, and the check of the release."""
    return [_unique(MERGED), _unique(CUSTOMER_360), _complete()]


def _unique(table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=step_key(table), name="unique_amperity_id", blocking=True, description="One row an Amperity ID, none null"
    )
    def unique_amperity_id(lake: LakeResource) -> dg.AssetCheckResult:
        held = lake.open().open(table)
        with Engine() as engine:
            engine.bind("people", held.absolute(held.files), held.schema)
            bad = engine.value("SELECT count(*) - count(DISTINCT amperity_id) FROM people")
        return dg.AssetCheckResult(passed=not bad, metadata={"doubled_or_null": int(bad)})

    return unique_amperity_id


def _complete() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=step_key(RELEASE),
        name="release_complete",
        description="Every table version that the release names can be opened, and every view reads names of it",
    )
    def release_complete(lake: LakeResource) -> dg.AssetCheckResult:
        missing = missing_entries(lake.open())
        return dg.AssetCheckResult(passed=not missing, metadata={"missing": ", ".join(missing) or "none"})

    return release_complete


def missing_entries(lake: Lake) -> list[str]:
    """Names of the current release that cannot be read in the version that it gives."""
    from heap_assets.catalog import PLACE

    release = current_release(lake)
    if release is None:
        return ["release"]
    missing = []
    for name, entry in release.tables.items():
        if isinstance(entry, View):
            missing += [f"{name}: {other}" for other in PLACE.findall(entry.sql) if other not in release.tables]
        elif not _readable(lake, entry):
            missing.append(name)
    return missing


def _readable(lake: Lake, entry: TableVersion) -> bool:
    try:
        table = lake.open(entry.table, entry.version)
    except HeapAssetsError:
        return False
    return all((table.root / file.path).is_file() for file in table.files)
