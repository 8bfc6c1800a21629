"""From standardised records to people: every stage of Stitch one after the other, on one engine.

A pure function of the records and the settings: no lake, no Dagster, no order of rows. The lake's steps wrap the same
stages one by one (`stages`).
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.stitch.blocking import block, candidates, report
from heap_assets.stitch.compare import compare
from heap_assets.stitch.components import Components, Numbers
from heap_assets.stitch.fields import Layout, layout_of
from heap_assets.stitch.groups import INSIDE, cluster, keep_foreign_keys, place
from heap_assets.stitch.learning import learn
from heap_assets.stitch.model import Model, drift, shares_of
from heap_assets.stitch.nicknames import nickname_links
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.promises import high_from
from heap_assets.stitch.representatives import (
    Frequencies,
    collapse,
    describe,
    frequencies,
    with_something_to_compare,
)
from heap_assets.stitch.scores import keep_vector_scores, scored_sql

SAMPLED, SAMPLE_PAIRS = 3000, 100_000
HOME_PAIRS = 40_000


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


def train(
    engine: Engine,
    layout: Layout,
    known: dict[str, Frequencies],
    options: StitchOptions,
    count: int,
    held: Model | None = None,
) -> Model:
    """The held model where it still fits the data, else one learned from the comparisons."""
    found = engine.rows(COUNTED.format(pairs="SELECT vector, adjust, 1 AS weight FROM comparisons"))
    vectors, counts = _by_vector(found)
    if held is not None and held.fits(layout) and drift(held.shares, vectors, counts) <= options.drift_bound:
        return held
    rows = _with_homes(engine, layout, known, options, found) if layout.has("address") else found
    learned, weights = rows["vector"].to_numpy(), rows["n"].to_numpy()
    every = count <= options.every_pair
    random, random_counts = (learned, weights) if every else _sample(engine, layout, known, options, count)
    seen = Observed(
        layout,
        layout.levels_of(learned),
        weights.astype(np.float64),
        rows["scaled"].to_numpy() / weights / SCALE,
        count,
        layout.levels_of(random),
        random_counts.astype(np.float64),
        known,
        every,
    )
    model = Model(layout.fields, learn(seen), count, shares_of(vectors, counts))
    each = found["n"].to_numpy().astype(np.float64)
    adjust = np.log2(found["scaled"].to_numpy() / each / SCALE)
    return replace(model, high=high_from(model, layout, found["vector"].to_numpy(), each, adjust))


def _by_vector(counted: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    vectors, places = np.unique(counted["vector"].to_numpy(), return_inverse=True)
    counts = np.zeros(len(vectors), dtype=np.int64)
    np.add.at(counts, places, counted["n"].to_numpy())
    return vectors, counts


SCALE = 4096
RARITY_BITS = 2
COUNTED = f"""
    WITH rounded AS (SELECT vector, weight, greatest(least(adjust, 20), -20) AS adjust FROM ({{pairs}}) AS pairs)
    SELECT vector, floor(adjust / {RARITY_BITS})::BIGINT AS rarity, sum(weight)::BIGINT AS n,
        sum(weight * CAST(ceil(pow(2, adjust) * {SCALE}) AS BIGINT))::BIGINT AS scaled
    FROM rounded GROUP BY ALL ORDER BY vector, rarity
"""
"""Pairs of rare and of common values apart, for the same likeness says more in rare ones. Whole numbers, so that no
order of adding shows."""


def _with_homes(
    engine: Engine, layout: Layout, known: dict[str, Frequencies], options: StitchOptions, found: pa.Table
) -> pa.Table:
    """The counts `found`, with those of people of one address whom no blocking key brought together.

    Large data is not blocked by address alone; without those pairs a model takes relatives for rare. Of many homes a
    sample stands for all.
    """
    engine.keep("homes", _HOMES)
    pairs = int(engine.value("SELECT coalesce(sum(members * (members - 1) / 2), 0)::BIGINT FROM homes"))
    step = max(1, pairs // HOME_PAIRS)
    engine.keep("at_home", _AT_HOME.format(step=step))
    engine.keep("home_pairs", _HOME_PAIRS)
    compared = compare(engine, layout, known, options, "home_pairs", among="at_home")
    homes = COUNTED.format(pairs=f"SELECT vector, adjust, {step} AS weight FROM ({compared}) AS homes")
    engine.bind_arrow("counted", found)
    counted = engine.rows(_ADDED.format(homes=homes))
    for name in ("homes", "at_home", "home_pairs"):
        engine.drop(name)
    return counted


_ADDED = """
    SELECT vector, rarity, sum(n)::BIGINT AS n, sum(scaled)::BIGINT AS scaled
    FROM (SELECT * FROM counted UNION ALL SELECT * FROM ({homes}) AS homes) AS every_one
    GROUP BY ALL ORDER BY vector, rarity
"""
_HOMES = """
    SELECT address, min(i) AS home, count(*) AS members FROM representatives WHERE address IS NOT NULL
    GROUP BY address HAVING count(*) BETWEEN 2 AND 10
"""
_AT_HOME = """
    SELECT r.* FROM representatives AS r JOIN homes AS h ON r.address = h.address WHERE h.home % {step} = 0
"""
_HOME_PAIRS = """
    SELECT a.i AS l, b.i AS r FROM at_home AS a JOIN at_home AS b ON a.address = b.address AND a.i < b.i
    ANTI JOIN comparisons AS c ON a.i = c.l AND b.i = c.r
"""


def _sample(
    engine: Engine, layout: Layout, known: dict[str, Frequencies], options: StitchOptions, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of pairs at random: numbers of representatives follow from a hash, so the first are a fair sample."""
    drawn = min(count, SAMPLED)
    step = max(1, drawn * (drawn - 1) // 2 // SAMPLE_PAIRS)
    engine.keep("sampled", f"SELECT * FROM representatives WHERE i < {drawn}")
    engine.keep("sample_pairs", _SAMPLE_PAIRS.format(step=step))
    compared = compare(engine, layout, known, options, "sample_pairs", among="sampled")
    rows = engine.rows(f"SELECT vector, count(*) AS n FROM ({compared}) AS s GROUP BY vector ORDER BY vector")
    for name in ("sampled", "sample_pairs"):
        engine.drop(name)
    return rows["vector"].to_numpy(), rows["n"].to_numpy()


_SAMPLE_PAIRS = """
    SELECT a.i AS l, b.i AS r FROM sampled AS a JOIN sampled AS b ON a.i < b.i AND (31 * a.i + 17 * b.i) % {step} = 0
"""


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
    engine.bind_arrow("grouped_now", pa.table(table))
    engine.keep("grouped", "SELECT * FROM grouped_now")
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
