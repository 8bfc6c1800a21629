"""Agreement of two groupings: counted from group sizes, it must equal what enumerating every pair gives."""

from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.reports.agreement import agreement, harmonic

LABELS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abcd")), max_size=12)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as opened:
        yield opened


def compared(engine, labels):
    rows = pa.table(
        {
            "person": pa.array([person for person, _ in labels], pa.int64()),
            "id": pa.array([found for _, found in labels], pa.string()),
        }
    )
    engine.bind_arrow("labels", rows)
    return agreement(engine, "labels", "person", "id")


@given(labels=LABELS)
@settings(max_examples=40, deadline=None)
def test_pairs_are_those_of_enumeration(engine, labels):
    counted = compared(engine, labels)

    pairs = list(combinations(labels, 2))
    true = [pair for pair in pairs if pair[0][0] == pair[1][0]]
    found = [pair for pair in pairs if pair[0][1] == pair[1][1]]
    right = [pair for pair in true if pair[0][1] == pair[1][1]]
    assert (counted.true_pairs, counted.found_pairs, counted.right_pairs) == (len(true), len(found), len(right))
    assert counted.records == len(labels)


@given(labels=LABELS.filter(bool))
@settings(max_examples=40, deadline=None)
def test_b_cubed_is_the_mean_over_records(engine, labels):
    counted = compared(engine, labels)

    def shares(own, other):
        """For each record the share of its group (by `own`) that it also shares by `other`."""
        for mine in labels:
            group = [record for record in labels if record[own] == mine[own]]
            yield sum(record[other] == mine[other] for record in group) / len(group)

    assert counted.own_precision == pytest.approx(sum(shares(1, 0)) / len(labels))
    assert counted.own_recall == pytest.approx(sum(shares(0, 1)) / len(labels))
    assert counted.own_f1 == pytest.approx(harmonic(counted.own_precision, counted.own_recall))


def test_a_split_person_and_a_joined_pair(engine):
    counted = compared(engine, [(1, "a"), (1, "a"), (1, "b"), (2, "c"), (3, "c"), (4, "d")])

    assert (counted.people, counted.found, counted.same_groups) == (4, 4, 1)
    assert (counted.precision, counted.recall, counted.f1) == (
        pytest.approx(1 / 2),
        pytest.approx(1 / 3),
        pytest.approx(0.4),
    )
    assert (counted.group_precision, counted.group_recall) == (0.25, 0.25)


def test_records_that_either_side_does_not_know_are_left_out(engine):
    counted = compared(engine, [(1, "a"), (None, "a"), (1, None), (1, "a")])

    assert (counted.records, counted.true_pairs, counted.found_pairs) == (2, 1, 1)


def test_no_record_is_no_error(engine):
    counted = compared(engine, [])

    assert (counted.records, counted.precision, counted.recall, counted.own_f1) == (0, 1.0, 1.0, 1.0)
