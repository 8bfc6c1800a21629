"""Where class High begins: as low as all that is joined from there on is still promised to be right.

A pair at 2 bits is one person in four cases of five. Where nearly all that is joined is far surer, such pairs are few,
and joining from 1 bit finds more people at a precision that still holds; where many are doubtful, it stays at 2 bits.
"""

import numpy as np

from heap_assets.stitch.fields import Layout, Vectors
from heap_assets.stitch.model import Model, Weights
from heap_assets.stitch.options import HIGH
from heap_assets.stitch.scores import Scorer

RIGHT = 0.98
"""The share of joined pairs that is to be one person, as the model promises it: what class High stands for."""
LOWEST = (1.0, 1.25, 1.5, 1.75)
"""Bits to begin at: a pair of which nobody can say more than 2 to 1 is not High."""
_JUDGED = 200.0
"""Fewer pairs than this say nothing about a share of 98 %."""


def high_from(model: Model, layout: Layout, vectors: Vectors, counts: Weights, adjust: Weights) -> float:
    """Bits from which pairs are High, where `counts` candidates have each vector and commonness (`adjust`, bits)."""
    apart = layout.conflicts_of(vectors)
    bits = Scorer(model).bits(layout.levels_of(vectors), adjust)[~apart]
    pairs, right = counts[~apart], counts[~apart] / (1.0 + np.exp2(-bits))
    for low in LOWEST:
        joined = bits >= low
        if pairs[joined].sum() >= _JUDGED and right[joined].sum() >= RIGHT * pairs[joined].sum():
            return low
    return HIGH
