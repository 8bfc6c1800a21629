"""What Stitch did, for those who check it: preprocessed records, and scores of pairs (amperity_behaviour.md 7.3-7.5).

They read clusters, which name the representative of each record, and the scores of representatives. Not for use
downstream.
"""

from collections.abc import Sequence

from heap_assets.engine import Engine, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.amperity_ids import REGISTRY
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.records import RECORDS
from heap_assets.stitch.stages import CLUSTERS, PAIR_SCORES
from heap_assets.stitch.standardise.addresses import spelled_unit
from heap_assets.stitch.standardise.contacts import login_trimmed

PREPROCESSED = "stitch/unified_preprocessed_raw"
UNIFIED_SCORES = "stitch/unified_scores"
STITCH_SCORES = "stitch/stitch_scores"


def preprocessed_sql(records: Sequence[str]) -> str:
    """One row a representative, with the foreign keys of all its members joined by commas (6.4).

    Over `records` (with these columns), `clusters` and `registry`.
    """
    keys = [name for name in records if name.startswith("fk_")]
    joined = ", ".join(
        f"string_agg(DISTINCT r.{quote(name)}, ',' ORDER BY r.{quote(name)}) AS {quote(name)}" for name in keys
    )
    members = f"""
        SELECT p.rep_ds, p.rep_pk{", " + joined if keys else ""}
        FROM clusters AS p JOIN records AS r ON p.datasource = r.datasource AND p.pk = r.pk
        GROUP BY p.rep_ds, p.rep_pk
    """
    address = f"concat_ws(' ', r.address, {spelled_unit('r.unit')})"
    middle = "CASE WHEN length(r.middle) = 1 THEN r.middle END"
    return f"""
        WITH members AS ({members})
        SELECT i.amperity_id, r.datasource, r.pk,
            row_number() OVER (ORDER BY r.datasource, r.pk) - 1 AS int_id,
            c.component_id, c.supersized_id,
            nullif(concat_ws(' ', r.given, {middle}), '') AS given_name, r.surname, r.email,
            {login_trimmed("r.email")} AS login_trimmed, r.phone, r.po_box, nullif({address}, '') AS address,
            r.city, r.state, r.postal, r.gender, TRY_CAST(r.birthdate AS DATE) AS birthdate,
            r.given AS sk_given_name, r.suffix AS sk_generational_suffix
            {"".join(f", m.{quote(name)}" for name in keys)}
        FROM members AS m
        JOIN records AS r ON m.rep_ds = r.datasource AND m.rep_pk = r.pk
        JOIN clusters AS c ON r.datasource = c.datasource AND r.pk = c.pk
        JOIN registry AS i ON r.datasource = i.datasource AND r.pk = i.pk AND i.active
    """


def stitch_scores_sql() -> str:
    """Scored pairs, also across people, over `pair_scores` and `registry`.

    Of small data every pair is scored; those of two people that nothing speaks for (Non-match) are left out.
    """
    return """
        SELECT a.amperity_id AS amperity_id1, b.amperity_id AS amperity_id2,
            s.source1, s.source2, s.pk1, s.pk2, s.score, s.match_category, s.match_type
        FROM pair_scores AS s
        JOIN registry AS a ON s.source1 = a.datasource AND s.pk1 = a.pk AND a.active
        JOIN registry AS b ON s.source2 = b.datasource AND s.pk2 = b.pk AND b.active
        WHERE s.score >= 1 OR s.match_type = 'scored_transitive' OR a.amperity_id = b.amperity_id
    """


def unified_scores_sql() -> str:
    """Pairs inside one Amperity ID, over `stitch_scores`, `clusters` and `registry`.

    Only representatives are scored; a record and its representative are a pair of their own: trivial_duplicate, 5.0.
    """
    return """
        WITH inside AS (
            SELECT amperity_id1 AS amperity_id, source1, pk1, source2, pk2, score, match_category, match_type
            FROM stitch_scores WHERE amperity_id1 = amperity_id2
        ),
        collapsed AS (
            SELECT i.amperity_id, p.rep_ds AS source1, p.rep_pk AS pk1, p.datasource AS source2, p.pk AS pk2,
                5.0::DOUBLE AS score, 'Exact' AS match_category, 'trivial_duplicate' AS match_type
            FROM clusters AS p
            JOIN registry AS i ON p.datasource = i.datasource AND p.pk = i.pk AND i.active
            WHERE p.rep_ds <> p.datasource OR p.rep_pk <> p.pk
        )
        SELECT * FROM inside
        UNION ALL
        SELECT * FROM collapsed
    """


def produce_preprocessed(build: Build, engine: Engine) -> Rows:
    """unified_preprocessed_raw: (datasource, pk) is unique."""
    records = build.bind(engine, "records", RECORDS)
    build.bind(engine, "clusters", CLUSTERS)
    build.bind(engine, "registry", REGISTRY)
    return engine.stream(preprocessed_sql(records.names))


def produce_stitch_scores(build: Build, engine: Engine) -> Rows:
    """stitch_scores: one row a scored pair."""
    build.bind(engine, "pair_scores", PAIR_SCORES)
    build.bind(engine, "registry", REGISTRY)
    return engine.stream(stitch_scores_sql())


def produce_unified_scores(build: Build, engine: Engine) -> Rows:
    """unified_scores: one row a pair of records that are one person."""
    build.bind(engine, "stitch_scores", STITCH_SCORES)
    build.bind(engine, "clusters", CLUSTERS)
    build.bind(engine, "registry", REGISTRY)
    return engine.stream(unified_scores_sql())


PREPROCESSED_STEP = Step(
    PREPROCESSED,
    "Cleaned values, one row a representative of trivial duplicates: for checking Stitch only",
    produce_preprocessed,
    (RECORDS, CLUSTERS, REGISTRY),
)
STITCH_SCORES_STEP = Step(
    STITCH_SCORES,
    "Every scored pair of records, also of different people",
    produce_stitch_scores,
    (PAIR_SCORES, REGISTRY),
)
UNIFIED_SCORES_STEP = Step(
    UNIFIED_SCORES,
    "Pairs of records that are one person, with their scores",
    produce_unified_scores,
    (STITCH_SCORES, CLUSTERS, REGISTRY),
)
