"""The customer 360 as assets: one a step, and the release that makes the whole set visible at once."""

import dagster as dg

from heap_assets.customer360.release import publish_build
from heap_assets.customer360.steps import all_steps, customer_360_steps
from heap_assets.lake import current_release
from heap_assets.orchestration.metadata import markdown_table
from heap_assets.orchestration.resources import LakeResource
from heap_assets.settings import Settings
from heap_assets.stitch.assets import build_of_run, step_assets, step_key

RELEASE = "customer_360/release"


def customer_360_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The steps of the customer 360, and its release."""
    return [*step_assets(settings, customer_360_steps(settings), "customer_360"), release_asset(settings)]


def last_tables(settings: Settings) -> list[str]:
    """Tables that no other step reads: when they are made, all are."""
    steps = all_steps(settings)
    read = {table for step in steps for table in step.after}
    return [step.table for step in steps if step.table not in read]


def release_asset(settings: Settings) -> dg.AssetsDefinition:
    """The set that readers see."""

    @dg.asset(
        key=step_key(RELEASE),
        group_name="customer_360",
        deps=[step_key(table) for table in last_tables(settings)],
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="Publishes every table of this build at once: readers see the set that was current, or this one.",
        kinds={"deltalake"},
    )
    def release(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
        house = lake.open()
        before = current_release(house)
        made = publish_build(build_of_run(context, house, settings), context.run.run_id)
        new = before is None or made.release != before.release
        context.log.info(f"release {made.release} is current{'' if new else ' already, with the very same tables'}")
        rows = [(name, getattr(entry, "version", "view")) for name, entry in sorted(made.tables.items())]
        return dg.MaterializeResult(
            metadata={
                "release": made.release,
                "base": made.base or "none",
                "published": new,
                "records_moved": made.records_moved,
                "records_gone": made.records_gone,
                "tables": dg.MetadataValue.md(markdown_table(("name", "version"), rows)),
            },
            data_version=dg.DataVersion(made.release),
        )

    return release
