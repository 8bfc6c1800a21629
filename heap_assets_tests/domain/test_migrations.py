"""Where users went: pointer doubling against a walk of one step at a time (T42 to T44, T47, T52)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets import open_lake
from heap_assets.bucket.status import feed_table
from heap_assets.domain.fold import domain_table, fold
from heap_assets.domain.migrations import RESOLVED_USERS, build_resolved_users, resolve
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.laws.chain import land_all

MOST = 2**63 - 1


def walked(moves: dict[int, int]) -> dict[int, tuple[int, bool]]:
    """Of each id where it ends: the last of its chain, or the least of the cycle that it runs into."""
    ends = {}
    for start in moves:
        seen, at = [], start
        while at in moves and at not in seen:
            seen.append(at)
            at = moves[at]
        cycle = seen[seen.index(at) :] if at in seen else []
        ends[start] = (min(cycle), len(cycle) > 1 or cycle == [at]) if cycle else (at, False)
    return ends


def resolved(moves: dict[int, int]) -> dict[int, tuple[int, bool]]:
    start = np.array(list(moves), dtype=np.int64)
    end, cyclic = resolve(start, np.array(list(moves.values()), dtype=np.int64))
    return {one: (int(last), bool(flag)) for one, last, flag in zip(start.tolist(), end, cyclic, strict=True)}


IDS = st.integers(1, 9) | st.sampled_from((-1, 0, 2**53, 2**53 + 1, MOST, -MOST))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(IDS, IDS, max_size=12))
def test_equals_a_walk_of_one_step_at_a_time(moves):
    found = {one: last for one, (last, _) in resolved(moves).items()}
    assert found == {one: last for one, (last, _) in walked(moves).items()}


@pytest.mark.parametrize(
    ("moves", "ends"),
    [
        ({}, {}),
        ({1: 2}, {1: 2}),
        ({5: 4, 4: 3, 3: 2, 2: 1}, {5: 1, 4: 1, 3: 1, 2: 1}),
        ({1: 2, 2: 3, 3: 4, 4: 5}, {1: 5, 2: 5, 3: 5, 4: 5}),
        ({7: 7}, {7: 7}),
        ({2: 1, 1: 2}, {1: 1, 2: 1}),
        ({9: 3, 3: 5, 5: 4, 4: 3}, {9: 3, 3: 3, 5: 3, 4: 3}),
        ({1: MOST, MOST: 2**53 + 1}, {1: 2**53 + 1, MOST: 2**53 + 1}),
    ],
    ids=[
        "none",
        "one hop",
        "chain",
        "chain in reverse",
        "self loop",
        "cycle of 2",
        "tail into a cycle of 3",
        "great ids",
    ],
)
def test_t42_t43_chains_and_cycles_end_where_they_should(moves, ends):
    assert {one: last for one, (last, _) in resolved(moves).items()} == ends


def test_cycles_are_told_from_chains():
    assert {one: flag for one, (_, flag) in resolved({1: 2, 2: 1, 3: 4, 5: 1}).items()} == {
        1: True,
        2: True,
        3: False,
        5: True,
    }


def test_t52_a_million_pairs_in_one_chain_take_a_bounded_number_of_steps():
    start = np.arange(1, 1_000_001, dtype=np.int64)

    end, cyclic = resolve(start, start + 1)

    assert (end == 1_000_001).all()
    assert not cyclic.any()


def test_t49_a_hundred_thousand_users_of_one_super_identity_end_in_it():
    start = np.arange(10, 100_010, dtype=np.int64)

    end, _ = resolve(start, np.full(len(start), 5, dtype=np.int64))

    assert (end == 5).all()


@pytest.fixture
def chain(tmp_path):
    """A bucket of migrations alone; the function folds it and gives back the resolved ids."""
    builder = BucketBuilder(tmp_path)
    settings_ = builder.settings()
    spec = settings_.feed("heap/user_migrations")

    def bring_up_to_date() -> dict[int, int]:
        land_all(builder.bucket(), builder.lake(), settings_, [spec])
        fold(builder.lake(), spec)
        build_resolved_users(builder.lake(), builder.lake().find(domain_table(spec)))
        rows = open_lake(settings_).read("heap_resolved_users").to_pylist()
        return {row["user_id"]: row["resolved_user_id"] for row in rows}

    return builder, bring_up_to_date


def test_t44_a_user_listed_twice_goes_where_it_went_last(chain):
    builder, bring_up_to_date = chain
    builder.dump(
        5,
        full={"user_migrations"},
        user_migrations=[
            {"from_user_id": 1, "to_user_id": 8, "time": "2026-01-01 00:00:02"},
            {"from_user_id": 1, "to_user_id": 9, "time": "2026-01-01 00:00:01"},
            {"from_user_id": 2, "to_user_id": 99, "time": None},
            {"from_user_id": 2, "to_user_id": 7, "time": "1970-01-01 00:00:01"},
            {"from_user_id": 3, "to_user_id": 6, "time": "2026-01-01 00:00:01"},
            {"from_user_id": 3, "to_user_id": 5, "time": "2026-01-01 00:00:01"},
        ],
    )

    assert bring_up_to_date() == {1: 8, 2: 7, 3: 6}


def test_t47_a_mapping_that_vanishes_from_the_next_full_copy_is_undone(chain):
    builder, bring_up_to_date = chain
    builder.dump(
        5, full={"user_migrations"}, user_migrations=[{"from_user_id": n, "to_user_id": n + 1} for n in (1, 2, 8)]
    )
    assert bring_up_to_date() == {1: 3, 2: 3, 8: 9}

    builder.dump(6, full={"user_migrations"}, user_migrations=[{"from_user_id": 1, "to_user_id": 2}])

    assert bring_up_to_date() == {1: 2}


def test_nothing_is_written_where_migrations_are_what_they_were(chain):
    builder, bring_up_to_date = chain
    builder.dump(5, user_migrations=[{"from_user_id": 1, "to_user_id": 2}])
    bring_up_to_date()
    before = builder.lake().open(RESOLVED_USERS).version

    bring_up_to_date()

    assert builder.lake().open(RESOLVED_USERS).version == before
    assert builder.lake().open(feed_table(builder.settings().feed("heap/user_migrations"))).rows == 1
