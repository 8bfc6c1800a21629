"""The customers of the benchmarks: their truth must be true, or every figure made with them is wrong."""

import itertools

import pyarrow.compute as pc
import pytest

from benchmarks.identity.customers import VARIANTS, customers


@pytest.fixture(scope="module")
def table():
    return customers("customers", 3_000, seed=3)


def test_the_same_seed_gives_the_same_table_and_another_gives_another(table):
    assert customers("customers", 3_000, seed=3).equals(table)
    assert not customers("customers", 3_000, seed=4).equals(table)


def test_there_are_as_many_records_as_asked_each_with_a_key_of_its_own(table):
    assert table.num_rows == 3_000
    assert len(set(table["pk"].to_pylist())) == 3_000


def test_keys_and_order_tell_nothing_of_the_person(table):
    people = table["person"].to_pylist()
    neighbours = sum(here == behind for here, behind in itertools.pairwise(people))
    by_key = [person for _, person in sorted(zip(map(int, table["pk"].to_pylist()), people, strict=True))]

    assert neighbours < 30
    assert sum(here == behind for here, behind in itertools.pairwise(by_key)) < 30


def test_a_loyalty_id_belongs_to_one_person(table):
    held = {}
    for number, person in zip(table["loyalty_id"].to_pylist(), table["person"].to_pylist(), strict=True):
        if number:
            assert held.setdefault(number, person) == person


def test_strangers_share_no_mailbox_but_junk(table):
    homes = {}
    for email, home in zip(table["email"].to_pylist(), table["home"].to_pylist(), strict=True):
        if email and email.lower().endswith(".example"):
            homes.setdefault(email.lower(), set()).add(home)
    crowded = [email for email, found in homes.items() if len(found) > 1]

    assert len(crowded) <= 3  # a misprint may hit another's address


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_has_people_with_several_records(name):
    found = customers(name, 400)

    repeated = pc.value_counts(found["person"]).field("counts")
    assert pc.max(repeated).as_py() > 1
    assert found["pk"].null_count == found["person"].null_count == 0
