"""The CRM's people have the traits that make identity resolution hard, and their files the promised form."""

from collections import defaultdict
from datetime import date

import pytest

from heap_assets.errors import UsageError
from heap_assets.sample import World
from heap_assets.sample.people import people


@pytest.fixture(scope="module")
def crowd():
    return people(World(), 3_000)


def test_father_and_son_share_a_name_and_differ_in_suffix_and_birthdate(crowd):
    sons = [person for person in crowd if person.suffix == "Jr"]
    fathers = {(person.household, person.given, person.surname): person for person in crowd if person.suffix == "Sr"}

    assert sons
    for son in sons:
        father = fathers[son.household, son.given, son.surname]
        assert father.birthdate.year <= son.birthdate.year - 21


def test_twins_share_surname_and_birthdate_but_no_given_name(crowd):
    born = defaultdict(list)
    for person in crowd:
        born[person.household, person.surname, person.birthdate].append(person.given)
    twins = [names for names in born.values() if len(names) > 1]

    assert twins
    assert all(len(set(names)) == len(names) for names in twins)


def test_an_email_is_shared_only_inside_a_household(crowd):
    homes = defaultdict(set)
    for person in crowd:
        homes[person.email].add(person.household)

    assert any(person.email_shared for person in crowd)
    assert all(len(found) == 1 for found in homes.values())


def test_adults_only(crowd):
    assert all(person.birthdate <= date(2009, 1, 1) for person in crowd)


def test_customer_files_keep_leading_zeros_and_write_dates_in_iso(sample):
    lines = sample.customers()

    assert all(len(row["customer_id"]) == len("C-0001234") for row in lines)
    assert all(date.fromisoformat(row["birthdate"]) for row in lines if row["birthdate"])
    assert all(row["updated_at"].endswith("Z") for row in lines)
    assert any(row["postal"].startswith("0") for row in lines)


def test_later_customer_files_bring_new_and_changed_customers_with_a_newer_update(sample):
    newest: dict[str, str] = {}
    changed = 0
    for row in sample.customers():
        if row["customer_id"] in newest:
            changed += 1
            assert row["updated_at"] > newest[row["customer_id"]]
        newest[row["customer_id"]] = row["updated_at"]

    assert changed


def test_a_loyalty_id_belongs_to_one_person(sample):
    person = {record["pk"]: record["person"] for record in sample.records() if record["datasource"] == "CRM:Customers"}
    owners = defaultdict(set)
    for row in sample.customers():
        owners[row["loyalty_id"]].add(person[row["customer_id"]])

    assert all(len(found) == 1 for loyalty_id, found in owners.items() if loyalty_id)


def test_a_world_without_days_is_refused():
    with pytest.raises(UsageError, match="at least one day"):
        World(days=0)
