"""What a model learns from: candidate pairs, pairs at random, and people of one home whom no key brought together.

How it learns is in `learning`; here stand the statements that count pairs by their vectors.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.stitch.compare import compare
from heap_assets.stitch.fields import Layout
from heap_assets.stitch.learning import learn
from heap_assets.stitch.model import Model, drift, shares_of
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.promises import high_from
from heap_assets.stitch.representatives import Frequencies

SAMPLED, SAMPLE_PAIRS = 3000, 100_000
HOME_PAIRS = 40_000


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
