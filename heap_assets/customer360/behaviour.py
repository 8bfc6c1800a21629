"""What each person did on site and in app: first and last seen, sessions, pageviews.

And customer_360, where it meets the profile.
"""

import pyarrow as pa

from heap_assets.customer360.merged import MERGED
from heap_assets.customer360.resolved import HIDDEN_EVENTS, HIDDEN_SESSIONS, IDENTITIES, heap_domain
from heap_assets.engine import Engine, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step

BEHAVIOUR = "customer_360/customer_behaviour"
CUSTOMER_360 = "customer_360/customer_360"
PROFILE = ("given_name", "surname", "email", "phone", "address", "city", "state", "postal", "birthdate", "gender")


def clickstream_domains(build: Build) -> list[str]:
    """The clickstream domain tables of a build."""
    return [name for name in (heap_domain(build, table) for table in ("sessions", "pageviews")) if name]


def produce_behaviour(build: Build, engine: Engine) -> Rows:
    """One row a person that was seen: events are counted by Heap user first, so that few rows meet the join."""
    build.bind(engine, "identities", IDENTITIES)
    sessions = _by_user(build, engine, "sessions", HIDDEN_SESSIONS, "session_id")
    pageviews = _by_user(build, engine, "pageviews", HIDDEN_EVENTS, "event_id")
    return engine.stream(f"""
        WITH seen AS (
            SELECT user_id, events AS sessions, 0 AS pageviews, first_seen, last_seen FROM ({sessions})
            UNION ALL
            SELECT user_id, 0 AS sessions, events AS pageviews, first_seen, last_seen FROM ({pageviews})
        )
        SELECT i.amperity_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
            sum(sessions)::BIGINT AS sessions, sum(pageviews)::BIGINT AS pageviews
        FROM seen JOIN identities AS i USING (user_id)
        WHERE i.amperity_id IS NOT NULL GROUP BY i.amperity_id
    """)


def _by_user(build: Build, engine: Engine, table: str, hidden: str, key: str) -> str:
    """Events of each Heap user, without those that are double."""
    spec = build.heap_spec(table)
    if spec is None:
        return (
            "SELECT 0::BIGINT AS user_id, 0::BIGINT AS events, NULL::TIMESTAMPTZ AS first_seen,"
            " NULL::TIMESTAMPTZ AS last_seen WHERE FALSE"
        )
    build.bind(engine, table, f"domain/{spec.domain_name}")
    build.bind(engine, f"hidden_{table}", hidden)
    return f"""
        SELECT user_id, count(*) AS events, min(time) AS first_seen, max(time) AS last_seen
        FROM {table} ANTI JOIN hidden_{table} USING (user_id, {quote(key)}) GROUP BY user_id
    """


def produce_customer_360(build: Build, engine: Engine) -> Rows:
    """One row a person: the profile, and what the person did; `amperity_id` is unique."""
    build.bind(engine, "behaviour", BEHAVIOUR)
    return _profiles(build, engine)


def produce_profiles(build: Build, engine: Engine) -> Rows:
    """The same where nobody's behaviour is known: no feed is Heap's."""
    engine.bind("behaviour", [], _BEHAVIOUR)
    return _profiles(build, engine)


_BEHAVIOUR = pa.schema(
    [
        ("amperity_id", pa.string()),
        ("first_seen", pa.timestamp("us", "UTC")),
        ("last_seen", pa.timestamp("us", "UTC")),
        ("sessions", pa.int64()),
        ("pageviews", pa.int64()),
    ]
)


def _profiles(build: Build, engine: Engine) -> Rows:
    schema: pa.Schema = build.bind(engine, "merged", MERGED)
    profile = ", ".join(f"m.{quote(name)}" for name in PROFILE if name in schema.names)
    return engine.stream(f"""
        SELECT m.amperity_id, {profile}, b.first_seen, b.last_seen,
            coalesce(b.sessions, 0)::BIGINT AS sessions, coalesce(b.pageviews, 0)::BIGINT AS pageviews
        FROM merged AS m LEFT JOIN behaviour AS b ON m.amperity_id = b.amperity_id
    """)


BEHAVIOUR_STEP = Step(
    BEHAVIOUR,
    "What each person did: first and last seen, sessions and pageviews",
    produce_behaviour,
    (IDENTITIES, HIDDEN_EVENTS, HIDDEN_SESSIONS),
    clickstream_domains,
)
CUSTOMER_360_STEP = Step(
    CUSTOMER_360,
    "One row a person: who it is and what it did",
    produce_customer_360,
    (MERGED, BEHAVIOUR),
)
PROFILES_STEP = Step(CUSTOMER_360, "One row a person: who it is", produce_profiles, (MERGED,))
