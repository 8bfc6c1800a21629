"""Domain tables as assets: each brings itself to what its feed says now; and where Heap users went."""

from typing import Any

import dagster as dg

from heap_assets.bucket.status import feed_table
from heap_assets.domain.checks import domain_checks
from heap_assets.domain.fold import Folded, domain_table, fold
from heap_assets.domain.migration_report import migration_report
from heap_assets.domain.migrations import RESOLVED_USERS, build_resolved_users
from heap_assets.feeds.assets import feed_key
from heap_assets.feeds.landing import open_feed_table
from heap_assets.orchestration.automation import after_feed_lands
from heap_assets.orchestration.metadata import bars, table_metadata
from heap_assets.orchestration.options import run_options
from heap_assets.orchestration.resources import LakeResource
from heap_assets.settings import FeedSpec, Settings

NOTHING_STRANGE = "nothing_strange_in_migrations"


def domain_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset a feed, and resolved users where there are Heap feeds."""
    assets = [domain_asset(spec) for spec in settings.feed_specs()]
    tables = {spec.table: spec for spec in settings.feed_specs() if spec.table}
    migrations = tables.get("user_migrations")
    return [*assets, resolved_users_asset(migrations, tables.get("users"))] if migrations else assets


def domain_asset_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """The checks of every domain table."""
    return [check for spec in settings.feed_specs() for check in domain_checks(spec, domain_key(spec))]


def domain_key(spec: FeedSpec) -> dg.AssetKey:
    """The asset key of a domain table: `domain/heap_users`."""
    return dg.AssetKey(["domain", spec.domain_name])


def domain_asset(spec: FeedSpec) -> dg.AssetsDefinition:
    """The domain table of one feed: a fold over all its file dates."""

    @dg.asset(
        key=domain_key(spec),
        group_name="domain_tables",
        deps=[dg.AssetDep(feed_key(spec), partition_mapping=dg.AllPartitionMapping())],
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=after_feed_lands(),
        description=f"{spec.display}: what holds now, one row a key ({', '.join(spec.primary_key)}).",
        kinds={"deltalake", "duckdb"},
        metadata={"dagster/table_name": spec.display, "display_name": spec.display},
    )
    def domain(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:
        house = lake.open()
        open_feed_table(house, spec)
        folded = fold(house, spec, run_options(context.run.tags).rebuild)
        context.log.info(f"{spec.display}: {folded.rows:,} rows; {_told(folded)}")
        table = house.open(domain_table(spec))
        return dg.MaterializeResult(
            metadata={
                **table_metadata(table, spec.display),
                **_counts(folded),
                **_by_file_date(house.open(feed_table(spec))),
            },
            data_version=dg.DataVersion(str(folded.version)),
        )

    return domain


def resolved_users_asset(migrations: FeedSpec, users: FeedSpec | None) -> dg.AssetsDefinition:
    """The terminal user of every migrated one, chains and cycles followed."""

    @dg.asset(
        key=dg.AssetKey(RESOLVED_USERS.split("/")),
        group_name="domain_tables",
        deps=[domain_key(migrations)],
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=after_feed_lands() & ~dg.AutomationCondition.any_deps_missing(),
        check_specs=[
            dg.AssetCheckSpec(
                NOTHING_STRANGE,
                asset=dg.AssetKey(RESOLVED_USERS.split("/")),
                description="No cycles, no user with two targets, no target of more than a thousand users",
            )
        ],
        description="Where each migrated Heap user ended: chains followed, cycles to their least id.",
        kinds={"deltalake", "python"},
    )
    def heap_resolved_users(lake: LakeResource) -> dg.MaterializeResult:
        house = lake.open()
        version = build_resolved_users(house, house.find(domain_table(migrations)))
        table = house.open(RESOLVED_USERS, version)
        report = migration_report(house, migrations, users)
        strange = report.in_cycle or report.several_targets or report.super_identities
        return dg.MaterializeResult(
            metadata={**table_metadata(table), **{f"users_{name}": count for name, count in vars(report).items()}},
            data_version=dg.DataVersion(str(version)),
            check_results=[
                dg.AssetCheckResult(
                    check_name=NOTHING_STRANGE,
                    passed=not strange,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata=vars(report),
                )
            ],
        )

    return heap_resolved_users


def _counts(folded: Folded) -> dict[str, int]:
    names = ("added", "inserted", "updated", "superseded", "removed", "revived")
    return {f"rows_{name}": getattr(folded, name) for name in names} | {"rows_live_in_feed": folded.live}


def _told(folded: Folded) -> str:
    if not folded.changed:
        return "nothing new"
    return ", ".join(f"{count:,} {name.removeprefix('rows_')}" for name, count in _counts(folded).items() if count)


def _by_file_date(feed: Any) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for file in feed.files:
        if file.file_date:
            counts[file.file_date] = counts.get(file.file_date, 0) + file.rows
    return (
        {"feed_rows_by_file_date": bars(dict(sorted(counts.items())[-60:]), "feed rows by file date")} if counts else {}
    )
