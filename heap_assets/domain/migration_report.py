"""What is strange in user_migrations: cycles, users that went two ways, targets without a row, super-identities.

Nothing is decided here; where users went is in `migrations`.
"""

from dataclasses import dataclass

from heap_assets.bucket.status import feed_table
from heap_assets.domain.fold import domain_table, live_files
from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.engine import Engine
from heap_assets.lake import Lake
from heap_assets.settings import FeedSpec

SUPER_IDENTITY = 1000  # Heap lets ten users a month become one (heap_delivery.md 3.1): this many is a constant, `null`


@dataclass(frozen=True)
class MigrationReport:
    """Counts of users: all that migrated, in a cycle, listed with several targets, and the targets.

    `without_row`: targets that Heap:Users has no row of; `most_in_one`: users that went to one and the same;
    `super_identities`: targets of more than a thousand.
    """

    migrated: int
    in_cycle: int
    several_targets: int
    targets: int
    without_row: int
    most_in_one: int
    super_identities: int


def migration_report(lake: Lake, migrations: FeedSpec, users: FeedSpec | None) -> MigrationReport:
    """The report on what `heap_resolved_users` holds now, and on the migrations that it was made from."""
    resolved = lake.open(RESOLVED_USERS)
    feed = lake.find(feed_table(migrations))
    known = lake.find(domain_table(users)) if users else None
    with Engine() as engine:
        engine.bind("resolved", resolved.absolute(resolved.files), resolved.schema)
        several = 0
        if feed is not None:
            engine.bind("live", feed.absolute(live_files(migrations, feed)), feed.schema)
            several = engine.value(
                "SELECT count(*) FROM (SELECT from_user_id FROM live GROUP BY from_user_id"
                " HAVING min(to_user_id) < max(to_user_id)) AS listed"
            )
        engine.keep("targets", "SELECT resolved_user_id, count(*) AS users FROM resolved GROUP BY resolved_user_id")
        without_row = 0
        if known is not None:
            engine.bind("users", known.absolute(known.files), known.schema)
            without_row = engine.value(
                "SELECT count(*) FROM targets WHERE resolved_user_id NOT IN (SELECT user_id FROM users)"
            )
        counts = engine.rows(
            "SELECT count(*) AS targets, coalesce(max(users), 0) AS most_in_one,"
            f" count(*) FILTER (WHERE users > {SUPER_IDENTITY}) AS super_identities FROM targets"
        ).to_pylist()[0]
        in_cycle = engine.value("SELECT count(*) FROM resolved WHERE in_cycle")
    return MigrationReport(resolved.rows, int(in_cycle), int(several), without_row=int(without_row), **counts)
