"""Which values of a person survive: per group the one source record that fills it best (amperity_behaviour.md 7.13)."""

from collections.abc import Mapping
from typing import Any

import pytest

from heap_assets_tests.people import house, moment

OLD, NEW = moment("2026-01-01"), moment("2026-06-01")
GIVEN = {"completeness": "Beth", "one_row": "Carol", "empty": "Doris", "tie": "Emma", "no_time": "Faye"}


def record(key: str, person: str, updated: Any = None, **values: Any) -> dict[str, Any]:
    """A CRM record; records of one person share an e-mail of its own and a name that agrees, which others have not."""
    given = {"given_name": GIVEN.get(person, "Ann"), "surname": "Lee"}
    return {
        "customer_id": f"{person}-{key}",
        "email": f"{person}@example.net",
        "updated_at": updated,
        **given,
        **values,
    }


PEOPLE = [
    record("a", "recency", OLD, phone="5550000011"),
    record("b", "recency", NEW, phone="5550000012"),
    record("a", "completeness", OLD, address="1 Main St", city="Boise", state="ID", postal="83787"),
    record("b", "completeness", NEW, address="2 Side St", city="Boise"),
    record("a", "one_row", OLD, address="1 Main St", city="Boise"),
    record("b", "one_row", NEW, address="2 Side St", postal="83787"),
    record("a", "empty", OLD, phone="5550000021"),
    record("b", "empty", NEW, phone=""),
    record("b", "tie", NEW, phone="5550000032"),
    record("a", "tie", NEW, phone="5550000031"),
    record("a", "no_time", None, phone="5550000041"),
    record("b", "no_time", OLD, phone="5550000042"),
    record("a", "bad_value", NEW, given_name="Ann", surname="Cardholder"),
    record("b", "bad_value", OLD, given_name="Ann", surname="Lee"),
    record("a", "names", OLD, given_name="Robert", surname="Lee", suffix="Jr"),
    record("b", "names", NEW, given_name="Bob", surname="Lee"),
]


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """The merged row of each person, by the word that names the person in its keys."""
    made = house(tmp_path_factory.mktemp("merged"), crm_customers=PEOPLE)
    made.release()
    rows = made.read().read("merged_customers").to_pylist()
    return {row["email"].removesuffix("@example.net"): row for row in rows}


def test_each_person_has_one_row(merged: Mapping[str, Mapping[str, Any]]) -> None:
    assert sorted(merged) == sorted({row["email"].removesuffix("@example.net") for row in PEOPLE})
    assert {row["source_records"] for row in merged.values()} == {2}


@pytest.mark.parametrize(
    ("person", "column", "value"),
    [
        ("recency", "phone", "5550000012"),
        ("completeness", "address", "1 Main St"),
        ("one_row", "address", "2 Side St"),
        ("one_row", "city", None),
        ("one_row", "postal", "83787"),
        ("empty", "phone", "5550000021"),
        ("tie", "phone", "5550000031"),
        ("no_time", "phone", "5550000042"),
        ("bad_value", "surname", "Lee"),
        ("names", "given_name", "Bob"),
        ("names", "generational_suffix", None),
        ("names", "full_name", "Bob Lee"),
    ],
)
def test_the_fullest_record_wins_then_the_newest_then_the_least_key(
    merged: Mapping[str, Mapping[str, Any]], person: str, column: str, value: Any
) -> None:
    assert merged[person][column] == value


def test_each_group_says_which_record_it_came_from(merged: Mapping[str, Mapping[str, Any]]) -> None:
    row = merged["completeness"]

    assert (row["address_pk"], row["address_datasource"]) == ("completeness-a", "CRM:Customers")
    assert (row["address_completion"], row["address_update_dt"]) == (4, OLD)
    assert (row["name_pk"], row["name_completion"]) == ("completeness-b", 1)


def test_the_row_was_updated_when_the_newest_record_was(merged: Mapping[str, Mapping[str, Any]]) -> None:
    assert merged["completeness"]["update_dt"] == NEW
