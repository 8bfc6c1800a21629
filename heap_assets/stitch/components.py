"""Connected components of pairs that are strong enough, none larger than what can be compared pair by pair.

Which of them hold more than one person is decided in `merging`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from heap_assets.stitch.options import CERTAIN

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Bits = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Edges:
    """Pairs of representatives by number, each with its bits; a foreign key's pair is certain."""

    left: Numbers
    right: Numbers
    bits: Bits

    def where(self, chosen: np.ndarray) -> "Edges":
        """Some of the edges."""
        return Edges(self.left[chosen], self.right[chosen], self.bits[chosen])


@dataclass(frozen=True)
class Components:
    """By representative: `whole`, its component at the threshold, and `part`, that after large ones fell apart.

    Both are named by their least member, so that no order of edges shows.
    """

    whole: Numbers
    part: Numbers

    def sizes(self) -> Numbers:
        """The number of members of the part that each representative is in."""
        counts = np.bincount(self.part, minlength=len(self.part))
        sizes: Numbers = counts[self.part].astype(np.int64)
        return sizes


def components(count: int, edges: Edges, cap: int) -> Components:
    """Components of `count` representatives; in one of more than `cap` the threshold rises until its parts fit.

    A component that foreign keys alone hold together stays whole, whatever its size.
    """
    whole = connected(count, edges.left, edges.right)
    part = whole.copy()
    floor = float(edges.bits.min()) if len(edges.bits) else CERTAIN
    while floor < CERTAIN:
        large = np.bincount(part, minlength=count)[part] > cap if count else np.zeros(0, dtype=bool)
        if not large.any():
            break
        inside = large[edges.left] & (part[edges.left] == part[edges.right])
        if not inside.any():
            break
        floor = min(floor + 1.0, CERTAIN)
        kept = edges.where(inside & (edges.bits >= floor))
        members = np.flatnonzero(large)
        part[members] = connected(count, kept.left, kept.right)[members]
    return Components(whole, part)


def connected(count: int, left: Numbers, right: Numbers) -> Numbers:
    """The component of each number below `count`, named by its least member."""
    ends = (left.astype(np.int32), right.astype(np.int32))  # what scipy works on, else it converts twice
    graph = coo_array((np.ones(len(left)), ends), shape=(count, count)).tocsr()
    _, label = connected_components(graph, directed=False)
    least = np.full(count, count, dtype=np.int64)
    np.minimum.at(least, label, np.arange(count))
    named: Numbers = least[label]
    return named
