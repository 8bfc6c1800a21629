"""Where class High begins: as low as what is joined from there keeps its promise, and never above 2 bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.stitch.fields import Field, Layout
from heap_assets.stitch.model import Mixture, Model
from heap_assets.stitch.options import HIGH
from heap_assets.stitch.promises import LOWEST, RIGHT, high_from

LAYOUT = Layout((Field("suffix", "suffix"),), {"suffix": 9})
EVEN = Model(
    LAYOUT.fields, Mixture({"M": 1.0, "U": 1.0}, {"M": [np.array([0.5, 0.5])], "U": [np.array([0.5, 0.5])]}), 9
)
"""One person or two at random as likely, whatever the levels: a pair's bits are how rare its values are."""


def begins(pairs: list[tuple[float, int]], conflict: int = 0) -> float:
    """High for so many pairs at each number of bits."""
    bits, counts = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    vectors = np.full(len(pairs), LAYOUT.strides()[0] + conflict * LAYOUT.strides()[-1])
    return high_from(EVEN, LAYOUT, vectors, counts, -bits)


def promised(pairs: list[tuple[float, int]], least: float) -> float:
    joined = [(1 / (1 + 2**-bits), count) for bits, count in pairs if bits >= least]
    return sum(chance * count for chance, count in joined) / sum(count for _, count in joined)


@pytest.mark.parametrize(
    ("pairs", "high"),
    [
        ([(12.0, 10_000), (1.1, 100)], 1.0),
        ([(12.0, 10_000), (1.1, 1_000)], 1.25),
        ([(12.0, 10_000), (1.9, 2_000)], 2.0),
        ([(12.0, 150), (1.1, 1)], 2.0),
        ([(5.0, 10_000)], 2.0),
    ],
)
def test_high_begins_as_low_as_the_promise_holds(pairs, high):
    assert begins(pairs) == high


def test_pairs_that_a_separation_parts_are_not_joined_and_promise_nothing():
    assert begins([(12.0, 10_000), (1.1, 100)], conflict=1) == HIGH


@given(st.lists(st.tuples(st.floats(-10, 20), st.integers(1, 5_000)), min_size=1, max_size=30))
def test_below_two_bits_what_is_joined_is_promised_right(pairs):
    high = begins(pairs)

    assert high in (*LOWEST, HIGH)
    if high < HIGH:
        assert promised(pairs, high) >= RIGHT - 1e-9
