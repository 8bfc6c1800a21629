"""What fields mean: tags, ordinals and namespaces, several fields of one tag, suggestions for Heap users."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets.catalog import LakeReader
from heap_assets.settings.feeds import FeedSpec
from heap_assets.stitch.semantics import column_name, key_names, semantics_of
from heap_assets_tests.people import CUSTOMERS, USERS, house


def feed(**semantics: Any) -> FeedSpec:
    tags = tuple((name, (tags,) if isinstance(tags, str) else tuple(tags)) for name, tags in semantics.items())
    return FeedSpec("CRM", "Customers", "files", ("id",), semantics=tags)


def test_columns_of_every_tag_but_those_of_groups() -> None:
    spec = feed(a=["pk", "ck", "fk-customer-id"], b="birth-place", c="txn-item/order-id", d="sk-brand", e="bk-tax")

    assert semantics_of(spec, "abcde").columns == {
        "ck": ["a"],
        "fk_customer_id": ["a"],
        "birth_place": ["b"],
        "sk_brand": ["d"],
        "bk_tax": ["e"],
    }


def test_a_field_that_the_table_does_not_have_yet_means_nothing() -> None:
    assert semantics_of(feed(a="email", b="phone"), ["a"]).columns == {"email": ["a"]}


def test_the_addresses_of_ordinals_belong_together() -> None:
    spec = feed(
        h_street=["address", "address-1"],
        w_street=["address", "address-2"],
        h_zip=["postal", "postal-1"],
        w_zip=["postal", "postal-2"],
        land="country",
    )

    groups = semantics_of(spec, ["h_street", "w_street", "h_zip", "w_zip", "land"]).addresses

    assert [(group.suffix, dict(group.fields)) for group in groups] == [
        ("1", {"address": ["h_street"], "postal": ["h_zip"], "country": ["land"]}),
        ("2", {"address": ["w_street"], "postal": ["w_zip"], "country": ["land"]}),
    ]


def test_keys_of_all_tables_but_the_heap_user() -> None:
    tables = [semantics_of(feed(a="fk-heap-user", b="fk-x"), "ab"), semantics_of(feed(c="fk-y", d="fk-x"), "cd")]

    assert key_names(tables, "fk-") == ["fk-x", "fk-y"]
    assert column_name("fk-customer-id") == "fk_customer_id"


def test_suggestions_for_heap_users_come_from_field_names() -> None:
    spec = FeedSpec("Heap", "Users", "heap_connect", ("user_id",), table="users", semantics=(("email", ("email",)),))
    fields = ["user_id", "email", "first_name", "last_name", "zip_code", "joindate", "last_modified", "cart_total"]

    found = semantics_of(spec, fields).by_tag

    assert found == {
        "email": ["email"],
        "given-name": ["first_name"],
        "surname": ["last_name"],
        "postal": ["zip_code"],
        "create-dt": ["joindate"],
        "update-dt": ["last_modified"],
    }
    assert semantics_of(feed(), fields).by_tag == {}


MANY = {
    **CUSTOMERS,
    "semantics": {
        "customer_id": ["ck", "fk-customer-id"],
        "email": "email",
        "work": ["email", "email-work"],
        "hidden": "email-internal",
        "phone": ["phone", "phone-1"],
        "mobile": ["phone", "phone-2"],
        "address": ["address", "address-1"],
        "city": ["city", "city-1"],
        "street2": ["address", "address-2"],
        "town2": ["city", "city-2"],
        "job": "occupation",
        "birthdate": "birthdate",
        "owner": "fk-heap-user",
        "updated_at": "update-dt",
    },
}
PERSON = {"customer_id": "1", "email": "", "work": "Ann@X.org", "hidden": "i@x.org", "phone": "555 010 1234"}
OTHER = {"customer_id": "2", "email": "bo@x.org", "work": "bo@y.org", "phone": "111-111-1111", "mobile": "222 4455"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeReader:
    folder: Path = tmp_path_factory.mktemp("many")
    person = {
        **PERSON,
        "mobile": "+44 20 7946 0958",
        "street2": "2 Low Rd",
        "town2": "Bath",
        "job": "Cook",
        "owner": "7",
    }
    other = {
        **OTHER,
        "address": "1 High St",
        "city": "Rye",
        "street2": "9 Far Rd",
        "town2": "Ely",
        "owner": "no number",
    }
    users = [{"user_id": 7, "last_name": "Läufer"}]
    made = house(
        folder,
        USERS,
        MANY,
        stitch={"compare": {"occupation": "exact"}},
        crm_customers=[person, other],
        heap_users=users,
    )
    made.release()
    return made.read()


def row(lake: LakeReader, table: str, pk: str) -> dict[str, Any]:
    return next(row for row in lake.read(table).to_pylist() if row["pk"] == pk)


def test_the_base_column_holds_all_values_and_suffixed_columns_each(lake: LakeReader) -> None:
    first, second = row(lake, "unified_coalesced", "1"), row(lake, "unified_coalesced", "2")

    assert (first["email"], first["email_work"], first["email_internal"]) == ("Ann@X.org", "Ann@X.org", "i@x.org")
    assert (second["email"], second["email_work"]) == ("bo@x.org,bo@y.org", "bo@y.org")
    assert (second["phone"], second["phone_1"], second["phone_2"]) == (
        "111-111-1111,222 4455",
        "111-111-1111",
        "222 4455",
    )
    assert (second["address"], second["address_1"], second["city_2"]) == ("1 High St,9 Far Rd", "1 High St", "Ely")
    assert first["occupation"] == "Cook"


def test_every_value_is_compared_but_bad_ones_and_those_without_the_base_tag(lake: LakeReader) -> None:
    first, second = row(lake, "standardised_records", "1"), row(lake, "standardised_records", "2")

    assert (first["email"], first["emails"]) == ("ANN@X.ORG", ["ANN@X.ORG"])
    assert (second["email"], second["emails"]) == ("BO@X.ORG", ["BO@X.ORG", "BO@Y.ORG"])
    assert (first["phone"], first["phones"]) == ("5550101234", ["+442079460958", "5550101234"])
    assert (second["phone"], second["phones"], second["blv_phone"]) == ("2224455", ["2224455"], True)


def test_the_first_address_that_is_filled_is_compared_whole(lake: LakeReader) -> None:
    first, second = row(lake, "standardised_records", "1"), row(lake, "standardised_records", "2")

    assert (first["address"], first["city"]) == ("2 LOW ROAD", "BATH")
    assert (second["address"], second["city"]) == ("1 HIGH STREET", "RYE")


def test_a_custom_semantic_is_compared_only_where_it_is_named(lake: LakeReader) -> None:
    assert row(lake, "standardised_records", "1")["x_occupation"] == "COOK"
    assert "x_email_internal" not in row(lake, "standardised_records", "1")


def test_a_heap_user_is_a_number_whoever_names_it(lake: LakeReader) -> None:
    assert row(lake, "standardised_records", "1")["heap_user_id"] == 7
    assert row(lake, "standardised_records", "2")["heap_user_id"] is None
    assert row(lake, "unified_coalesced", "1")["amperity_id"] == row(lake, "unified_coalesced", "7")["amperity_id"]


def test_a_record_is_its_own_representative_where_nothing_was_collapsed(lake: LakeReader) -> None:
    first = row(lake, "unified_coalesced", "1")

    assert (first["rep_ds"], first["rep_pk"]) == ("CRM:Customers", "1")
    assert (first["is_supersized"], first["supersized_id"]) == (False, None)


def test_dates_keep_their_type(lake: LakeReader) -> None:
    assert str(lake.read("unified_coalesced").schema.field("birthdate").type) == "date32[day]"


def test_merged_customers_have_one_value_each(lake: LakeReader) -> None:
    merged = {row["surname"] or row["email"]: row for row in lake.read("merged_customers").to_pylist()}

    assert (merged["bo@x.org"]["email"], merged["bo@x.org"]["phone"]) == ("bo@x.org", "111-111-1111")
