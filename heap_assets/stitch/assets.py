"""Stitch as assets: the snapshot of domain tables that a build reads, then one asset a step."""

from collections.abc import Sequence

import dagster as dg

from heap_assets.domain.assets import domain_key
from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.lake import Lake
from heap_assets.orchestration.metadata import table_metadata
from heap_assets.orchestration.options import run_options
from heap_assets.orchestration.resources import LakeResource
from heap_assets.settings import Settings
from heap_assets.stitch.build import SNAPSHOT, Build, Step, pin_domains, run_step
from heap_assets.stitch.source_records import SOURCE
from heap_assets.stitch.steps import STITCH_STEPS

VERSION = "lake_version"


def stitch_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The snapshot and the steps of Stitch, in order."""
    return [snapshot_asset(settings), *step_assets(settings, STITCH_STEPS, "stitch")]


def step_key(table: str) -> dg.AssetKey:
    """The asset key of a derived table: `stitch/unified_coalesced`."""
    return dg.AssetKey(table.split("/"))


def snapshot_asset(settings: Settings) -> dg.AssetsDefinition:
    """Which version of each domain table this build reads."""
    migrated = any(spec.table == "user_migrations" for spec in settings.feed_specs())
    deps = [domain_key(spec) for spec in settings.feed_specs()] + ([step_key(RESOLVED_USERS)] if migrated else [])

    @dg.asset(
        key=step_key(SNAPSHOT),
        group_name="stitch",
        deps=deps,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="The version of every domain table that this build reads, pinned for all steps behind it.",
        kinds={"deltalake"},
    )
    def domain_snapshot(lake: LakeResource) -> dg.MaterializeResult:
        build = Build.begin(lake.open(), settings)
        return built(build.lake, SNAPSHOT, pin_domains(build))

    return domain_snapshot


def step_assets(settings: Settings, steps: Sequence[Step], group: str) -> list[dg.AssetsDefinition]:
    """One asset a step, depending on the steps that it reads; domain tables come through the snapshot."""
    return [_step_asset(settings, step, group) for step in steps]


def _step_asset(settings: Settings, step: Step, group: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=step_key(step.table),
        group_name=group,
        deps=[step_key(table) for table in step.after],
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=_described(settings, step),
        code_version=step.code,
        kinds={"deltalake", "duckdb"},
    )
    def derived(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
        build = build_of_run(context, lake.open(), settings)
        return built(build.lake, step.table, run_step(build, step))

    return derived


def _described(settings: Settings, step: Step) -> str:
    """What a step makes; with the records, the tags that look like a slip of the pen."""
    slips = settings.warnings() if step.table == SOURCE else []
    return "\n\n".join([step.description, *(f"Warning: {slip}" for slip in slips)])


def build_of_run(context: dg.AssetExecutionContext, lake: Lake, settings: Settings) -> Build:
    """The build that this run is making.

    Tables that the run has materialised at its versions, all others as released.
    """
    build = Build.begin(lake, settings)
    options = run_options(context.run.tags)
    build.afresh, build.retrain = options.rebuild, options.retrain
    for event in context.instance.all_logs(context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        made = event.asset_materialization
        if made is not None and VERSION in made.metadata:
            build.versions["/".join(made.asset_key.path)] = int(str(made.metadata[VERSION].value))
    return build


def built(lake: Lake, table: str, version: int) -> dg.MaterializeResult:
    """What the UI is told of a derived table; its data version is the hash of its inputs."""
    held = lake.open(table, version)
    return dg.MaterializeResult(
        metadata=table_metadata(held, table.rpartition("/")[2]),
        data_version=dg.DataVersion(str(held.transactions.get("inputs", version))),
    )
