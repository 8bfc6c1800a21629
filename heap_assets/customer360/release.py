"""Publishing a build: every name mapped to the version that the build has of it.

In one commit that readers see or do not see.
"""

from collections.abc import Mapping

from heap_assets.bucket.status import Status, statuses
from heap_assets.customer360.resolved import clickstream_view
from heap_assets.customer360.steps import all_steps
from heap_assets.domain.fold import is_behind
from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.engine import Engine
from heap_assets.errors import CommitConflict, DeliveriesOutstanding, StitchedTableEmpty
from heap_assets.lake import Lake, Release, TableVersion, View, current_release, publish
from heap_assets.settings import Settings
from heap_assets.stitch.amperity_ids import IDS_STEP, shares_moved_and_gone
from heap_assets.stitch.build import SNAPSHOT, Build, emptied_tables, is_made, pin_domains, run_step

REDO_ATTEMPTS = 5


def release_map(build: Build) -> Mapping[str, TableVersion | View]:
    """What every released name stands for in this build; ReleaseIncomplete where a table of it was not made."""
    specs = {f"domain/{spec.domain_name}": spec for spec in build.settings.feed_specs()}
    names: dict[str, TableVersion | View] = {}
    for table, version in build.domains().items():
        spec = specs.get(table)
        name = spec.display if spec else table.rpartition("/")[2]
        names[name] = TableVersion(table, version, spec.primary_key if spec else ())
    for table in (SNAPSHOT, *(step.table for step in all_steps(build.settings))):
        names[table.rpartition("/")[2]] = TableVersion(table, build.version(table))
    views = (("unified_sessions", "sessions", "hidden_sessions", "session_id"),)
    for name, heap_table, hidden, key in (*views, ("unified_pageviews", "pageviews", "hidden_events", "event_id")):
        heap = build.heap_spec(heap_table)
        if heap is not None:
            names[name] = clickstream_view(heap.display, hidden, key)
    return names


def publish_build(build: Build, run_id: str | None) -> Release:
    """Make the build the current release.

    Where another release came first, IDs and what follows are made again on that base, for IDs rest on the current
    registry alone. The same set is not released twice.
    """
    for _ in range(REDO_ATTEMPTS):
        try:
            _bring_onto_base(build)
            with Engine() as engine:
                shares = shares_moved_and_gone(build, engine)
            return publish(build.lake, build.base, release_map(build), run_id, shares)
        except CommitConflict:
            build.base = current_release(build.lake)
    raise CommitConflict("other releases kept coming first", todo="Run again when the other runs have ended.")


def _bring_onto_base(build: Build) -> None:
    """Make again what another release has overtaken: IDs rest on the base's registry, and no domain table goes back."""
    overtaken = any(version < (build.base_version(table) or 0) for table, version in build.domains().items())
    if overtaken:
        pin_domains(build)
        require_filled(build)
    if overtaken or not is_made(build, IDS_STEP):
        for step in all_steps(build.settings):
            run_step(build, step)


def build_release(lake: Lake, settings: Settings, run_id: str | None = None) -> Release:
    """Everything from the domain tables to a release, without Dagster."""
    build = Build.begin(lake, settings)
    pin_domains(build)
    require_filled(build)
    for step in all_steps(settings):
        run_step(build, step)
    return publish_build(build, run_id)


def require_filled(build: Build) -> None:
    """StitchedTableEmpty where a stitched table has lost all its rows since the base release.

    Unless that is allowed.
    """
    emptied = emptied_tables(build, build.table)
    if emptied:
        raise StitchedTableEmpty(
            f"{', '.join(emptied)} has become empty", todo="See its feed, or stitch.allowed_empty_tables."
        )


def require_no_outstanding(lake: Lake, settings: Settings) -> None:
    """DeliveriesOutstanding where a delivery failed or was refused and is not skipped.

    It names them (interfaces.md 6).
    """
    stuck = [row for row in statuses(lake, settings) if row.status in (Status.FAILED, Status.REFUSED)]
    if stuck:
        named = ", ".join(f"{row.delivery.feed} {row.delivery.delivery} ({row.status})" for row in stuck[:5])
        more = f" and {len(stuck) - 5} more" if len(stuck) > 5 else ""
        raise DeliveriesOutstanding(
            f"{len(stuck)} deliveries could not be read: {named}{more}",
            todo="`heap-assets deliveries` says why; `heap-assets run --skip-failed` goes on without them.",
        )


def is_release_behind(lake: Lake, settings: Settings) -> bool:
    """Whether a build now would make something else than the current release."""
    release = current_release(lake)
    if release is None:
        return True
    specs = settings.feed_specs()
    if any(is_behind(lake, spec) for spec in specs):
        return True
    build = Build.begin(lake, settings)
    tables = [f"domain/{spec.domain_name}" for spec in specs] + [RESOLVED_USERS]
    newest = {table: lake.open(table).version for table in tables if lake.exists(table)}
    return dict(build.domains()) != newest or dict(release_map(build)) != dict(release.tables)
