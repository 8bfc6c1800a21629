"""Stable Amperity IDs: each cluster takes over the ID of the published cluster that it shares most records with.

Others get a new one.

Published IDs stand in the registry of the base release, never of a run that was not published (architecture.md 5).
"""

from dataclasses import dataclass

import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.stages import CLUSTERS

REGISTRY = "stitch/amperity_ids"
_EMPTY = pa.schema(
    [("amperity_id", pa.string()), ("datasource", pa.string()), ("pk", pa.string()), ("active", pa.bool_())]
)


@dataclass(frozen=True)
class Overlap:
    """How many records a published ID shares with a cluster now; `least` is the first of them, which breaks ties."""

    amperity_id: str
    cluster: tuple[bool, int]
    shared: int
    active: bool
    least: str


def produce_amperity_ids(build: Build, engine: Engine) -> Rows:
    """The registry: every record with its ID now (active).

    And behind them the members of IDs that nobody has any more.
    """
    build.bind(engine, "clusters", CLUSTERS)
    held = build.base_version(REGISTRY)
    if held is None:
        engine.bind("registry", [], _EMPTY)
    else:
        table = build.lake.open(REGISTRY, held)
        engine.bind("registry", table.absolute(table.files), table.schema)
    engine.keep("shares", _OVERLAPS)
    engine.keep("taken_over", _UNRIVALLED)
    rest = [_overlap(row) for row in engine.rows(_RIVALS).to_pylist()]
    engine.bind_arrow("matched", _as_table(match(rest)))
    salt = build.base.release if build.base else "first"
    engine.keep("assigned", _ASSIGNED, [salt])
    return engine.stream(_REGISTRY_NOW)


def match(overlaps: list[Overlap]) -> dict[tuple[bool, int], str]:
    """Greedy one-to-one matching: active IDs before retired ones, then most shared records, then content (6.10)."""
    found: dict[tuple[bool, int], str] = {}
    used: set[str] = set()
    for item in sorted(overlaps, key=lambda o: (not o.active, -o.shared, o.least, o.amperity_id)):
        if item.cluster not in found and item.amperity_id not in used:
            found[item.cluster] = item.amperity_id
            used.add(item.amperity_id)
    return found


def stands_unchanged(build: Build) -> int | None:
    """The base's own registry, where the base was built from the very same clusters: its IDs are already stable."""
    same = build.base is not None and build.base_version(CLUSTERS) == build.version(CLUSTERS)
    return build.base_version(REGISTRY) if same else None


def shares_moved_and_gone(build: Build, engine: Engine) -> tuple[float, float]:
    """Of the records that had an ID in the base.

    The share that has another now, and the share that has none (0 to 1).
    """
    held = build.base_version(REGISTRY)
    if held is None:
        return 0.0, 0.0
    table = build.lake.open(REGISTRY, held)
    engine.bind("before", table.absolute(table.files), table.schema)
    build.bind(engine, "now", REGISTRY)
    row = engine.rows("""
        SELECT count(*) AS had, count(*) FILTER (WHERE n.amperity_id <> b.amperity_id) AS moved,
            count(*) FILTER (WHERE n.amperity_id IS NULL) AS gone
        FROM before AS b LEFT JOIN now AS n ON b.datasource = n.datasource AND b.pk = n.pk AND n.active
        WHERE b.active
    """).to_pylist()[0]
    had = max(row["had"], 1)
    return row["moved"] / had, row["gone"] / had


_OVERLAPS = """
    SELECT r.amperity_id, c.by_heap_user, c.cluster, r.active, count(*) AS shared,
        min(r.datasource || '|' || r.pk) AS least
    FROM clusters AS c JOIN registry AS r ON c.datasource = r.datasource AND c.pk = r.pk
    GROUP BY ALL
"""
_UNRIVALLED = """
    WITH counted AS (
        SELECT *, count(*) OVER (PARTITION BY amperity_id) AS clusters,
            count(*) OVER (PARTITION BY by_heap_user, cluster) AS ids
        FROM shares
    )
    SELECT amperity_id, by_heap_user, cluster FROM counted WHERE clusters = 1 AND ids = 1
"""
_RIVALS = """
    SELECT o.* FROM shares AS o
    ANTI JOIN taken_over AS t ON o.by_heap_user = t.by_heap_user AND o.cluster = t.cluster
"""
_ASSIGNED = """
    WITH inherited AS (
        SELECT amperity_id, by_heap_user, cluster FROM taken_over
        UNION ALL SELECT amperity_id, by_heap_user, cluster FROM matched
    ),
    fresh AS (
        SELECT c.by_heap_user, c.cluster, min(c.datasource || '|' || c.pk) AS least
        FROM clusters AS c ANTI JOIN inherited AS i ON c.by_heap_user = i.by_heap_user AND c.cluster = i.cluster
        GROUP BY ALL
    ),
    named AS (
        SELECT by_heap_user, cluster, least, md5('amperity_id|' || least) AS digest FROM fresh
    ),
    shaped AS (
        SELECT by_heap_user, cluster, least,
            substr(digest, 1, 8) || '-' || substr(digest, 9, 4) || '-' || substr(digest, 13, 4) || '-'
                || substr(digest, 17, 4) || '-' || substr(digest, 21, 12) AS amperity_id,
            md5('amperity_id|' || least || '|' || ?::VARCHAR) AS other
        FROM named
    )
    SELECT amperity_id, by_heap_user, cluster FROM inherited
    UNION ALL
    SELECT CASE WHEN k.amperity_id IS NULL THEN s.amperity_id
            ELSE substr(other, 1, 8) || '-' || substr(other, 9, 4) || '-' || substr(other, 13, 4) || '-'
                || substr(other, 17, 4) || '-' || substr(other, 21, 12) END AS amperity_id,
        by_heap_user, cluster
    FROM shaped AS s LEFT JOIN (SELECT DISTINCT amperity_id FROM registry) AS k ON s.amperity_id = k.amperity_id
"""
_REGISTRY_NOW = """
    SELECT a.amperity_id, c.datasource, c.pk, TRUE AS active
    FROM clusters AS c JOIN assigned AS a ON c.by_heap_user = a.by_heap_user AND c.cluster = a.cluster
    UNION ALL
    SELECT r.amperity_id, r.datasource, r.pk, FALSE AS active
    FROM registry AS r ANTI JOIN assigned AS a ON r.amperity_id = a.amperity_id
"""


def _overlap(row: dict[str, object]) -> Overlap:
    cluster = bool(row["by_heap_user"]), int(str(row["cluster"]))
    return Overlap(str(row["amperity_id"]), cluster, int(str(row["shared"])), bool(row["active"]), str(row["least"]))


def _as_table(found: dict[tuple[bool, int], str]) -> pa.Table:
    rows = [{"amperity_id": name, "by_heap_user": kind, "cluster": number} for (kind, number), name in found.items()]
    schema = pa.schema([("amperity_id", pa.string()), ("by_heap_user", pa.bool_()), ("cluster", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)


IDS_STEP = Step(
    REGISTRY,
    "The ID registry: every Amperity ID ever published with its members; active ones are those of now",
    produce_amperity_ids,
    (CLUSTERS,),
    obeys=lambda build: {"base": build.base_version(REGISTRY)},
    stands=stands_unchanged,
)
