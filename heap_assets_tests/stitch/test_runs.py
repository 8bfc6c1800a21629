"""Runs of equal keys: every pair inside them, once, with a bit for each code, whatever the order of the rows."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.errors import TooManyRecords
from heap_assets.stitch.runs import CODES, MOST_NUMBERS, NO_CODE, Runs, coded, united

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40)


def runs(rows):
    keys, values = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    return Runs.of(keys.astype(np.uint64), values)


def pairs_of(rows):
    return {tuple(sorted((a, b))) for (one, a), (other, b) in combinations(rows, 2) if one == other and a != b}


@given(ROWS, st.randoms())
def test_every_two_rows_of_one_key_are_a_pair_in_any_order(rows, random):
    shuffled = random.sample(rows, len(rows))

    left, right = runs(shuffled).pairs()

    assert set(zip(left.tolist(), right.tolist(), strict=True)) == pairs_of(rows)
    assert (left < right).all()


@given(ROWS)
def test_runs_are_numbered_counted_and_chosen_by_size(rows):
    keys = [key for key, _ in rows]
    found = runs(rows)

    assert found.sized() == {n: sum(keys.count(key) == n for key in set(keys)) for n in map(keys.count, keys)}
    assert found.numbers.tolist() == [
        place for place, key in enumerate(sorted(set(keys))) for _ in range(keys.count(key))
    ]
    chosen = found.where(found.sizes == 2)
    assert sorted(chosen.rows.tolist()) == sorted(value for key, value in rows if keys.count(key) == 2)


@given(st.dictionaries(st.sampled_from([0, 1, 40, 62, NO_CODE]), ROWS))
def test_pairs_of_several_parts_are_united_with_a_bit_for_each(parts):
    told: dict[tuple[int, int], int] = {}
    for code, rows in parts.items():
        for pair in pairs_of(rows):
            told[pair] = told.get(pair, 0) | (0 if code == NO_CODE else 1 << code)

    left, right, bits = united([coded(*runs(rows).pairs(), 31, code) for code, rows in parts.items()], 31)

    assert dict(zip(zip(left.tolist(), right.tolist(), strict=True), bits.tolist(), strict=True)) == told
    assert len(left) == len(told)


def test_the_largest_pair_that_has_room_fits_and_more_are_refused():
    count = MOST_NUMBERS
    last = np.array([count - 2]), np.array([count - 1])

    left, right, bits = united([coded(*last, count, CODES - 2)], count)

    assert (left.tolist(), right.tolist(), bits.tolist()) == ([count - 2], [count - 1], [1 << CODES - 2])
    with pytest.raises(TooManyRecords):
        coded(*last, count + 1, 0)
