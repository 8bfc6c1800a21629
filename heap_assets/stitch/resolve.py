"""From standardised records to people: every stage of Stitch one after the other, on one engine.

A pure function of the records and the settings: no lake, no Dagster, no order of rows. The lake's steps wrap the same
stages one by one (`stages`).
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.stitch.blocking import block, candidates, report
from heap_assets.stitch.compare import compare
from heap_assets.stitch.components import Components, Numbers
from heap_assets.stitch.fields import Layout, layout_of
from heap_assets.stitch.groups import INSIDE, cluster, keep_foreign_keys, place
from heap_assets.stitch.model import Model
from heap_assets.stitch.nicknames import nickname_links
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.representatives import (
    Frequencies,
    collapse,
    describe,
    frequencies,
    with_something_to_compare,
)
from heap_assets.stitch.scores import keep_vector_scores, scored_sql
from heap_assets.stitch.training import train


@dataclass(frozen=True)
class Resolution:
    """Who is who: one row a record in `labels` (datasource, pk, component_id, cluster, by_heap_user, is_supersized).

    `blocks` tells what each strategy brought, `counts` how much of everything there was.
    """

    labels: pa.Table
    model: Model
    layout: Layout
    blocks: pa.Table
    counts: dict[str, int] = field(default_factory=dict)


def resolve(
    engine: Engine,
    records: str,
    options: StitchOptions | None = None,
    model: Model | None = None,
    nicknames: pa.Table | None = None,
) -> Resolution:
    """Resolve the standardised records that stand under the name `records`.

    `model` is kept unless its fields are others or the data has drifted from it; `nicknames` are changes to the list
    that ships. Leaves in the engine: members, representatives, scored, placed, grouped.
    """
    options = options or StitchOptions()
    records = complete(engine, records)
    layout = layout_of(engine, records, options)
    count = collapse(engine, records, layout)
    describe(engine, records, layout, options)
    engine.bind_arrow("nicknames", nickname_links(nicknames))
    known = frequencies(engine, layout)
    blocks = block(engine, layout, options, count)
    candidates(engine, options, count)
    engine.drop("block_members")
    keep_comparisons(engine, layout, known, options)
    kept = train(engine, layout, known, options, count, model)
    options = kept.told(options)
    keys = keep_foreign_keys(engine, records, layout, options)
    found = score(engine, layout, known, options, count, kept)
    told = report(engine, blocks)
    engine.drop("comparisons")
    clusters = cluster(engine, layout, kept, options, found)
    counts = {
        "representatives": count,
        "pairs": int(engine.value("SELECT count(*) FROM scored WHERE NOT inside")),
        "inside": int(engine.value("SELECT count(*) FROM scored WHERE inside")),
        "shared_keys": keys.shared,
        "dropped_keys": keys.dropped,
        "careful": int(engine.value("SELECT count(*) FROM careful")),
    }
    labels = engine.rows(labels_sql(engine, records, layout, found, clusters, options))
    return Resolution(labels, kept, layout, told, counts)


def complete(engine: Engine, records: str) -> str:
    """The name of the same records with a column of Heap users, which tables without any Heap feed do not have."""
    if "heap_user_id" in engine.rows(f"SELECT * FROM {quote(records)} LIMIT 0").schema.names:
        return records
    engine.define("complete_records", f"SELECT *, NULL::BIGINT AS heap_user_id FROM {quote(records)}")
    return "complete_records"


def keep_comparisons(engine: Engine, layout: Layout, known: dict[str, Frequencies], options: StitchOptions) -> None:
    """Make `comparisons` (l, r, found, vector, adjust) of the candidates."""
    pairs = _AS_FEW if engine.value(_FEW) else "candidates"
    engine.keep("comparisons", compare(engine, layout, known, options, pairs, ("found",)))
    engine.drop("candidates")


_FEW = "SELECT (SELECT count(*) FROM candidates) <= 2 * (SELECT count(*) FROM representatives)"
_AS_FEW = "(SELECT * FROM candidates WHERE l < r)"
"""Every pair is l < r, but the engine takes what a condition lets through for few. So it fits representatives to a
table of pairs and holds wide rows once, not twice: 2.1 instead of 2.8 CPU-s and 130 MB less at a million records. Where
pairs are more than twice the representatives, two tables of those are the smaller."""


def score(
    engine: Engine, layout: Layout, known: dict[str, Frequencies], options: StitchOptions, count: int, model: Model
) -> Components:
    """Make `scored` (l, r, vector, adjust, bits, evidence, …): candidates, and every pair inside a component.

    Each is scored once: `scored` shows both, as they were kept one after the other.
    """
    further = ", p.inside, p.found"
    _keep_vector_scores(engine, layout, model, options, "comparisons")
    pairs = "(SELECT l, r, vector, adjust, FALSE AS inside, found FROM comparisons)"
    engine.keep("scored_candidates", scored_sql(pairs, further))
    found = place(engine, count, options, "scored_candidates")
    engine.keep("inside_pairs", INSIDE)
    engine.keep("inside", compare(engine, layout, known, options, "inside_pairs"))
    engine.drop("inside_pairs")
    _keep_vector_scores(engine, layout, model, options, "inside")
    pairs = "(SELECT l, r, vector, adjust, TRUE AS inside, 0::BIGINT AS found FROM inside)"
    engine.keep("scored_inside", scored_sql(pairs, further))
    engine.define("scored", "SELECT * FROM scored_candidates UNION ALL SELECT * FROM scored_inside")
    return found


def _keep_vector_scores(engine: Engine, layout: Layout, model: Model, options: StitchOptions, pairs: str) -> None:
    vectors = engine.rows(f"SELECT DISTINCT vector FROM {pairs} ORDER BY vector")["vector"].to_numpy()
    keep_vector_scores(engine, layout, model, options, vectors)


def labels_sql(
    engine: Engine, records: str, layout: Layout, found: Components, clusters: Numbers, options: StitchOptions
) -> str:
    """A statement, one row a record: the cluster of its representative, or of its Heap user where it is not scored.

    Makes `grouped` of the representatives that are not alone: of all others every number is their own.
    """
    sizes = np.bincount(found.whole, minlength=len(found.whole))[found.whole]
    chosen = np.flatnonzero((sizes > 1) | (clusters != np.arange(len(clusters))))
    large = sizes[chosen] > options.component_cap
    table = {
        "i": pa.array(chosen, pa.int64()),
        "component_id": pa.array(found.whole[chosen], pa.int64()),
        "supersized_id": pa.array(found.part[chosen], pa.int64(), mask=~large),
        "cluster": pa.array(clusters[chosen], pa.int64()),
    }
    engine.keep_arrow("grouped", pa.table(table))
    return LABELS.format(records=quote(records), scored=with_something_to_compare(layout))


LABELS = """
    WITH represented AS (
        SELECT i, datasource, pk FROM members
        WHERE "first" AND i IN (SELECT i FROM members WHERE NOT "first")
    ),
    scored_records AS (
        SELECT m.datasource, m.pk, m.heap_user_id, coalesce(g.component_id, m.i) AS component_id, g.supersized_id,
            coalesce(g.cluster, m.i) AS cluster,
            coalesce(f.datasource, m.datasource) AS rep_ds, coalesce(f.pk, m.pk) AS rep_pk
        FROM members AS m LEFT JOIN grouped AS g ON m.i = g.i
        LEFT JOIN represented AS f ON CASE WHEN NOT m."first" THEN m.i END = f.i
    ),
    of_heap_user AS (
        SELECT heap_user_id, min(cluster) AS cluster FROM scored_records
        WHERE heap_user_id IS NOT NULL GROUP BY heap_user_id
    )
    SELECT datasource, pk, component_id, supersized_id IS NOT NULL AS is_supersized, supersized_id,
        rep_ds, rep_pk,
        FALSE AS by_heap_user, cluster
    FROM scored_records
    UNION ALL
    SELECT r.datasource, r.pk, NULL AS component_id, FALSE AS is_supersized, NULL AS supersized_id,
        r.datasource AS rep_ds, r.pk AS rep_pk, h.cluster IS NULL AS by_heap_user,
        coalesce(h.cluster, r.heap_user_id) AS cluster
    FROM (SELECT datasource, pk, heap_user_id FROM {records} WHERE NOT ({scored})) AS r
    LEFT JOIN of_heap_user AS h ON r.heap_user_id = h.heap_user_id
"""
