"""Rows of equal keys side by side: what blocks are made of, and every pair inside them. Pure functions over arrays.

Sorting whole numbers here costs half of what grouping and joining them costs in the engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np

from heap_assets.errors import TooManyRecords
from heap_assets.stitch.components import Numbers

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
CODES = 64
NO_CODE = CODES - 1
MOST_NUMBERS = isqrt(2**63 // CODES)


@dataclass(frozen=True)
class Runs:
    """Rows in order of their keys: `rows` are their values, `sizes` how many there are of one key after another."""

    rows: Numbers
    sizes: Numbers

    @classmethod
    def of(cls, keys: np.ndarray, rows: Numbers) -> "Runs":
        """The runs of rows by their keys, in order of the keys; which row of a run comes first is left open."""
        order = np.argsort(keys)
        ordered = keys[order]
        return cls(rows[order], np.diff(np.append(_starts(ordered), len(ordered))))

    def where(self, chosen: Flags) -> "Runs":
        """Some of the runs."""
        return Runs(self.rows[np.repeat(chosen, self.sizes)], self.sizes[chosen])

    @cached_property
    def numbers(self) -> Numbers:
        """By row, the number of its run, from 0."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def sized(self) -> dict[int, int]:
        """How many runs there are of each size."""
        counts = np.bincount(self.sizes)
        return {int(size): int(counts[size]) for size in np.flatnonzero(counts)}

    def pairs(self) -> tuple[Numbers, Numbers]:
        """Every two different rows of one run, the smaller first."""
        places = np.arange(len(self.rows))
        behind = np.repeat(np.cumsum(self.sizes), self.sizes) - places - 1
        one = np.repeat(places, behind)
        other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(behind) - behind, behind)
        left, right = self.rows[one], self.rows[other]
        unlike = left != right
        return np.minimum(left, right)[unlike], np.maximum(left, right)[unlike]


def coded(left: Numbers, right: Numbers, count: int, code: int) -> Numbers:
    """Pairs of numbers below `count` with a code, each as one whole number.

    Raises TooManyRecords where they have no room.
    """
    if count > MOST_NUMBERS:
        raise TooManyRecords(
            f"{count:,} different records are to be compared", todo=f"Stitch can number {MOST_NUMBERS:,} of them."
        )
    return (left * count + right) * CODES + code


def united(parts: Iterable[Numbers], count: int) -> tuple[Numbers, Numbers, Numbers]:
    """Coded pairs of several parts, each pair once and in order: left, right, and a bit for each code but NO_CODE."""
    every = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
    every.sort()
    pairs, codes = every // CODES, every % CODES
    bits = np.where(codes == NO_CODE, 0, np.left_shift(np.int64(1), codes))
    starts = _starts(pairs)
    found = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    return pairs[starts] // count, pairs[starts] % count, found


def _starts(ordered: np.ndarray) -> Numbers:
    """Where each run of equal values begins, in values that are in order."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return np.flatnonzero(first)
