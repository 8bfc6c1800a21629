"""Heap users, sessions and pageviews by person: small tables that say who is who and what is double.

The clickstream itself is a view.

A changed ID rewrites no clickstream (architecture.md 5).
"""

from collections.abc import Callable

import pyarrow as pa

from heap_assets.catalog import HIDDEN_COLUMNS, SYSTEM_COLUMNS
from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.domain.precedence import delivery_order_sql
from heap_assets.engine import Engine, quote
from heap_assets.engine.sql import columns
from heap_assets.lake import View
from heap_assets.lake.derived import Rows
from heap_assets.stitch.amperity_ids import REGISTRY
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.records import RECORDS

IDENTITIES = "customer_360/heap_identities"
HIDDEN_EVENTS = "customer_360/hidden_events"
HIDDEN_SESSIONS = "customer_360/hidden_sessions"
UNIFIED_USERS = "customer_360/unified_users"
_IDENTITIES = pa.schema([("user_id", pa.int64()), ("resolved_user_id", pa.int64()), ("amperity_id", pa.string())])


def heap_domain(build: Build, table: str) -> str | None:
    """The domain table of a Heap feed in this build, or None."""
    spec = build.heap_spec(table)
    return f"domain/{spec.domain_name}" if spec else None


def _heap(table: str) -> Callable[[Build], list[str]]:
    def domains(build: Build) -> list[str]:
        held = heap_domain(build, table)
        resolved = [RESOLVED_USERS] if RESOLVED_USERS in build.domains() else []
        return [held, *resolved] if held else resolved

    return domains


def _bind_resolved(build: Build, engine: Engine) -> None:
    if RESOLVED_USERS in build.domains():
        build.bind(engine, "resolved", RESOLVED_USERS)
    else:
        engine.bind("resolved", [], _IDENTITIES)


def produce_identities(build: Build, engine: Engine) -> Rows:
    """One row a Heap user that has a row or was migrated: where it ended, and whose it is.

    The ID is null where the user is in no stitched table.
    """
    _bind_resolved(build, engine)
    build.bind(engine, "records", RECORDS)
    build.bind(engine, "registry", REGISTRY)
    users = build.heap_spec("users")
    known = "SELECT user_id FROM resolved UNION SELECT resolved_user_id FROM resolved"
    if users is not None:
        build.bind_domain(engine, "users", users)
        known += " UNION SELECT user_id FROM users"
    return engine.stream(f"""
        WITH known AS ({known}),
        owners AS (
            SELECT heap_user_id, min(i.amperity_id) AS amperity_id
            FROM records AS r JOIN registry AS i ON r.datasource = i.datasource AND r.pk = i.pk AND i.active
            WHERE heap_user_id IS NOT NULL GROUP BY heap_user_id
        )
        SELECT k.user_id, coalesce(m.resolved_user_id, k.user_id) AS resolved_user_id, o.amperity_id
        FROM known AS k LEFT JOIN resolved AS m ON k.user_id = m.user_id
        LEFT JOIN owners AS o ON coalesce(m.resolved_user_id, k.user_id) = o.heap_user_id
    """)


def produce_hidden(build: Build, engine: Engine, table: str, key: str) -> Rows:
    """Rows of a clickstream table that are double after resolution, as (user_id, `key`).

    The row of the terminal id stays.

    Only users that went somewhere, and where they went, can hold doubles.
    """
    _bind_resolved(build, engine)
    spec = build.heap_spec(table)
    if spec is None:
        return pa.schema([("user_id", pa.int64()), (key, pa.int64())]).empty_table()
    build.bind(engine, "events", f"domain/{spec.domain_name}")
    order = ", ".join(f"{term} DESC" for term in delivery_order_sql(spec))
    return engine.stream(f"""
        WITH moved AS (
            SELECT user_id, resolved_user_id FROM resolved
            UNION SELECT resolved_user_id, resolved_user_id FROM resolved
        ),
        ranked AS (
            SELECT e.user_id, e.{quote(key)}, row_number() OVER (
                PARTITION BY m.resolved_user_id, e.{quote(key)}
                ORDER BY e.user_id = m.resolved_user_id DESC, {order}, e._object_index DESC, e._row DESC, e.user_id
            ) AS place
            FROM events AS e JOIN moved AS m ON e.user_id = m.user_id
        )
        SELECT user_id, {quote(key)} FROM ranked WHERE place > 1
    """)


def produce_unified_users(build: Build, engine: Engine) -> Rows:
    """One row a resolved user that has a row in Heap:Users: the terminal id's row wins, the next fills what it lacks.

    `joindate` is the earliest and `last_modified` the latest of all (T48). Users have properties of any name: one named
    as a column of ours gives way, and the rank goes by a name that no property has.
    """
    spec = build.heap_spec("users")
    if spec is None:
        return _IDENTITIES.empty_table()
    schema = build.bind_domain(engine, "users", spec)
    build.bind(engine, "identities", IDENTITIES)
    kept = [name for name in schema.names if name not in _LEFT_OUT]
    rank = quote(next(name for name in ("rank", *(f"rank_{n}" for n in range(len(kept) + 1))) if name not in kept))
    lines = ",\n            ".join(_surviving(name, rank) for name in kept)
    return engine.stream(f"""
        WITH ranked AS (
            SELECT u.user_id, {columns(kept, "u")}, i.resolved_user_id, i.amperity_id, row_number() OVER (
                PARTITION BY i.resolved_user_id
                ORDER BY u.user_id = i.resolved_user_id DESC, u._updated DESC NULLS LAST, u._delivery::BIGINT DESC,
                    u._row DESC, u.user_id
            ) AS {rank}
            FROM users AS u JOIN identities AS i ON u.user_id = i.user_id
        )
        SELECT resolved_user_id, min(amperity_id) AS amperity_id, arg_min(user_id, {rank}) AS user_id,
            count(*) AS user_ids,
            {lines}
        FROM ranked GROUP BY resolved_user_id
    """)


_EXTREMES = {"joindate": "min", "last_modified": "max"}
_OURS = ("user_id", "resolved_user_id", "amperity_id", "user_ids")
_LEFT_OUT = frozenset((*_OURS, *SYSTEM_COLUMNS, *HIDDEN_COLUMNS))


def _surviving(name: str, rank: str) -> str:
    column = quote(name)
    if name in _EXTREMES:
        return f"{_EXTREMES[name]}({column}) AS {column}"
    return f"arg_min({column}, {rank}) FILTER (WHERE {column} IS NOT NULL) AS {column}"


def clickstream_view(display: str, hidden: str, key: str) -> View:
    """A clickstream table by person: its own columns, `resolved_user_id`, `amperity_id`.

    Less the rows that are double.
    """
    return View(f"""
        SELECT e.*, coalesce(i.resolved_user_id, e.user_id) AS resolved_user_id, i.amperity_id
        FROM {{{display}}} AS e
        LEFT JOIN {{heap_identities}} AS i ON e.user_id = i.user_id
        ANTI JOIN {{{hidden}}} AS h ON e.user_id = h.user_id AND e.{quote(key)} = h.{quote(key)}
    """)


IDENTITIES_STEP = Step(
    IDENTITIES,
    "Every Heap user: the user it ended as after user_migrations, and the Amperity ID of its person",
    produce_identities,
    (RECORDS, REGISTRY),
    _heap("users"),
)
HIDDEN_EVENTS_STEP = Step(
    HIDDEN_EVENTS,
    "Pageviews that user_migrations made double: they are left out of unified_pageviews",
    lambda build, engine: produce_hidden(build, engine, "pageviews", "event_id"),
    domains=_heap("pageviews"),
)
HIDDEN_SESSIONS_STEP = Step(
    HIDDEN_SESSIONS,
    "Sessions that user_migrations made double: they are left out of unified_sessions",
    lambda build, engine: produce_hidden(build, engine, "sessions", "session_id"),
    domains=_heap("sessions"),
)
UNIFIED_USERS_STEP = Step(
    UNIFIED_USERS,
    "One row a Heap user after user_migrations, with the Amperity ID of its person",
    produce_unified_users,
    (IDENTITIES,),
    _heap("users"),
)
