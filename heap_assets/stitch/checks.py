"""Checks of Stitch: nothing is built on a delivery that failed, and every record has exactly one Amperity ID."""

from collections.abc import Sequence

import dagster as dg

from heap_assets.bucket.status import Status, statuses
from heap_assets.engine import Engine
from heap_assets.errors import StitchedTableEmpty
from heap_assets.lake import Table
from heap_assets.orchestration.metadata import markdown_table
from heap_assets.orchestration.resources import LakeResource
from heap_assets.settings import Settings
from heap_assets.stitch.assets import step_key
from heap_assets.stitch.build import SNAPSHOT, Build, emptied_tables
from heap_assets.stitch.coalesced import COALESCED


def stitch_checks(settings: Settings) -> Sequence[dg.AssetChecksDefinition]:
    """The blocking checks before the first step and after the last."""

    @dg.asset_check(
        asset=step_key(SNAPSHOT),
        name="no_failed_delivery",
        blocking=True,
        description="No delivery is failed or refused without being skipped",
    )
    def no_failed_delivery(lake: LakeResource) -> dg.AssetCheckResult:
        stuck = [row for row in statuses(lake.open(), settings) if row.status in (Status.FAILED, Status.REFUSED)]
        rows = [(row.delivery.feed, row.delivery.delivery, row.status, row.reason or "") for row in stuck]
        shown = dg.MetadataValue.md(markdown_table(("feed", "delivery", "status", "reason"), rows))
        count = "1 delivery is" if len(stuck) == 1 else f"{len(stuck):,} deliveries are"
        told = f"{count} failed or refused: mend the cause, exclude what is wrong, or run with --skip-failed"
        return dg.AssetCheckResult(
            passed=not stuck,
            description=told if stuck else None,
            metadata={"stuck": len(stuck), **({"deliveries": shown} if rows else {})},
        )

    @dg.asset_check(
        asset=step_key(SNAPSHOT),
        name="no_table_emptied",
        blocking=True,
        description="No stitched table has lost all the rows that it has in the current release",
    )
    def no_table_emptied(lake: LakeResource) -> dg.AssetCheckResult:
        house = lake.open()
        emptied = emptied_tables(Build.begin(house, settings), house.open)
        named = ", ".join(emptied)
        told = str(
            StitchedTableEmpty(f"{named} has become empty", todo="See its feed, or stitch.allowed_empty_tables.")
        )
        return dg.AssetCheckResult(
            passed=not emptied, description=told if emptied else None, metadata={"emptied": named or "none"}
        )

    @dg.asset_check(
        asset=step_key(COALESCED),
        name="one_id_a_record",
        blocking=True,
        description="(datasource, pk) is unique and amperity_id never null",
    )
    def one_id_a_record(lake: LakeResource) -> dg.AssetCheckResult:
        doubled, without = count_bad_records(lake.open().open(COALESCED))
        return dg.AssetCheckResult(passed=not doubled and not without, metadata={"doubled": doubled, "null": without})

    return [no_failed_delivery, no_table_emptied, one_id_a_record]


def count_bad_records(table: Table) -> tuple[int, int]:
    """Records that stand more than once, and records without an Amperity ID."""
    with Engine() as engine:
        engine.bind("coalesced", table.absolute(table.files), table.schema)
        doubled = engine.value(
            "SELECT count(*) FROM (SELECT 1 FROM coalesced GROUP BY datasource, pk HAVING count(*) > 1)"
        )
        return int(doubled), int(engine.value("SELECT count(*) FROM coalesced WHERE amperity_id IS NULL"))
