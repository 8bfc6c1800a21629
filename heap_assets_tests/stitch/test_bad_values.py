"""Bad values: which are found and why, that matching does not see them, and that what was delivered stays."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from heap_assets.catalog import LakeReader
from heap_assets.engine import Engine
from heap_assets.stitch.bad_values.found import junk_email_sql
from heap_assets_tests.people import CUSTOMERS, USERS, House, house

BLOCKLIST = {
    "source": "Lists",
    "feed": "Blocked",
    "pattern": "blocked/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {
        "source": "blv/datasource",
        "tag": "blv/semantic",
        "word": "blv/value",
        "clean": "blv/is-preprocessed",
    },
}
PEOPLE = 5_000
SURNAMES = ("Abel", "Baker", "Cole", "Dunn", "Evans", "Fox", "Gray")
ROWS = {
    "junk": {"given_name": "Guest", "surname": "Unknown", "email": "noreply@acme.com", "phone": "000-000-0000"},
    "typed": {"given_name": "Crew", "surname": "Deck", "email": "Front.Desk+7@hotel.com", "phone": "(555) 010-9999"},
    "listed": {"given_name": "Ann", "surname": "Müller", "email": "ann@x.org", "city": "Springfield"},
    "none": {"given_name": "Bo", "surname": "Ek", "email": "none", "city": "need city", "postal": "00000"},
    "full": {"full_name": "Test Test", "email": "t.t@x.org"},
    "clean": {"given_name": "Ada", "surname": "Ek", "email": "ada@x.org", "phone": "555 020 1234", "city": "Oslo"},
    "places": {"given_name": "Eve", "surname": "Os", "address": "General Delivery", "birthdate": None},
}


def _crowd() -> Iterator[dict[str, Any]]:
    for number in range(PEOPLE):
        yield {
            "customer_id": f"crowd-{number}",
            "given_name": f"Given{'abcdefghij'[number % 10]}{'abcdefghij'[number // 10 % 10]}{number}",
            "surname": SURNAMES[number % 7],
            "email": "everybody@example.com",
            "phone": f"21255{number:05d}",
            "address": "1 Mall Plaza",
            "city": f"Town{number % 2}",
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    customers = [{"customer_id": name, **row} for name, row in ROWS.items()]
    blocked = [
        {"id": "1", "source": "*", "tag": "surname", "word": "MÜLLER"},
        {"id": "2", "source": "CRM:Customers", "tag": "city", "word": "springfield"},
        {"id": "3", "source": "Heap:Users", "tag": "city", "word": "Oslo"},
        {"id": "4", "source": "*", "tag": "phone", "word": "5550201234", "clean": "true"},
        {"id": "5", "source": "*", "tag": "given-name", "word": "ada l.", "clean": "true"},
        {"id": "6", "source": "*", "tag": "mood", "word": "happy"},
    ]
    made = house(
        tmp_path_factory.mktemp("bad"),
        USERS,
        CUSTOMERS,
        BLOCKLIST,
        stitch={"bad_values": {"email": ["front.desk@hotel.com"], "phone": ["555-010-9999"], "given-name": ["crew"]}},
        crm_customers=[*customers, *_crowd()],
        heap_users=[{"user_id": 1, "email": "h@x.org", "first_name": "Ida", "last_name": "Oslo"}],
        lists_blocked=blocked,
    )
    made.release()
    return made


@pytest.fixture(scope="module")
def lake(built: House) -> LakeReader:
    return built.read()


@pytest.fixture(scope="module")
def records(lake: LakeReader) -> dict[str, dict[str, Any]]:
    return {row["pk"]: row for row in lake.read("standardised_records").to_pylist()}


@pytest.fixture(scope="module")
def bad(lake: LakeReader) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = lake.read("stitch_bad_values").to_pylist()
    return {(row["datasource"], row["semantic"], row["value"]): row for row in rows}


def test_an_e_mail_of_five_thousand_people_merges_nobody(built: House, records: dict[str, Any]) -> None:
    ids = built.ids()

    assert {records[f"crowd-{number}"]["email"] for number in range(PEOPLE)} == {None}
    assert len({ids[f"CRM:Customers/crowd-{number}"] for number in range(PEOPLE)}) == PEOPLE


def test_what_many_share_is_found_with_its_counts(bad: dict[Any, dict[str, Any]]) -> None:
    shared = bad["*", "email", "EVERYBODY@EXAMPLE.COM"]

    assert (shared["num_values"], shared["num_proxy"], shared["rule"]) == (PEOPLE, PEOPLE, "email by given-name 20")
    assert shared["is_preprocessed"] == "true"


def test_an_address_counts_with_its_city(bad: dict[Any, Any], records: dict[str, dict[str, Any]]) -> None:
    found = {value for _, semantic, value in bad if semantic == "address"}

    assert {"1 MALL PLAZA, TOWN0", "1 MALL PLAZA, TOWN1"} <= found
    assert (records["crowd-7"]["address"], records["crowd-7"]["city"]) == (None, "TOWN1")


def test_a_phone_of_each_is_kept(records: dict[str, dict[str, Any]]) -> None:
    assert records["crowd-42"]["phone"] == "2125500042"


def test_global_lists(records: dict[str, dict[str, Any]], bad: dict[Any, dict[str, Any]]) -> None:
    junk, none = records["junk"], records["none"]

    assert [junk[name] for name in ("given", "surname", "email", "phone")] == [None] * 4
    assert [none[name] for name in ("given", "surname", "email", "city", "postal")] == ["BO", "EK", None, None, None]
    assert records["places"]["address"] is None
    assert bad["*", "email", "NONE"]["rule"] == "global list"


def test_a_bad_full_name_takes_the_names_with_it(records: dict[str, dict[str, Any]]) -> None:
    full = records["full"]

    assert (full["given"], full["surname"], full["email"]) == (None, None, "T.T@X.ORG")
    assert (full["blv_given_name"], full["blv_surname"]) == (True, True)


def test_typed_values_are_standardised_like_the_data(records: dict[str, dict[str, Any]], bad: dict[Any, Any]) -> None:
    typed = records["typed"]

    assert (typed["given"], typed["surname"], typed["email"], typed["phone"]) == (None, "DECK", None, None)
    assert bad["*", "email", "FRONT.DESK@HOTEL.COM"]["rule"] == "settings"


def test_a_blocklist_feed(records: dict[str, dict[str, Any]], bad: dict[Any, dict[str, Any]]) -> None:
    listed = records["listed"]

    assert (listed["given"], listed["surname"], listed["city"]) == ("ANN", None, None)
    assert bad["*", "surname", "MUELLER"]["domain_table"] == "Lists:Blocked"
    assert bad["*", "surname", "MUELLER"]["num_values"] == 1


def test_a_blocklist_names_a_source(records: dict[str, dict[str, Any]]) -> None:
    assert records["clean"]["city"] == "OSLO"
    assert records["1"]["surname"] == "OSLO"


def test_a_value_said_to_be_preprocessed_is_taken_as_it_stands(bad: dict[Any, Any], records: dict[str, Any]) -> None:
    assert records["clean"]["phone"] is None
    assert ("*", "given-name", "ada l.") in bad
    assert records["clean"]["given"] == "ADA"


def test_what_was_delivered_stays_and_is_flagged(lake: LakeReader) -> None:
    rows = {row["pk"]: row for row in lake.read("unified_coalesced").to_pylist()}
    flags = ("blv_address", "blv_email", "blv_given_name", "blv_phone", "blv_surname", "has_blv")

    assert rows["junk"]["email"] == "noreply@acme.com"
    assert [rows["junk"][name] for name in flags] == [False, True, True, True, True, True]
    assert [rows["listed"][name] for name in flags] == [False, False, False, False, True, True]
    assert [rows["none"][name] for name in flags] == [False, True, False, False, False, True]
    assert [rows["places"][name] for name in flags] == [True, False, False, False, False, True]
    assert [rows["1"][name] for name in flags] == [False] * 6


def test_unified_customer_has_no_bad_value(lake: LakeReader) -> None:
    rows = {row["pk"]: row for row in lake.read("unified_customer").to_pylist()}

    assert (rows["junk"]["email"], rows["junk"]["given_name"], rows["junk"]["phone"]) == (None, None, None)
    assert (rows["clean"]["email"], rows["clean"]["city"], rows["clean"]["phone"]) == ("ada@x.org", "Oslo", None)
    assert rows["typed"]["surname"] == "Deck"
    assert len(rows) == lake.count("unified_coalesced")
    assert not {"has_blv", "blv_email", "component_id", "rep_pk"} & set(rows["junk"])


JUNK = ("123", "ABC123", "NOREPLY", "NONENONE", "XXX", "REFUSED")
BUSINESS = ("INFO", "TEST", "CUSTOMERSERVICE.UK", "RES", "RESERVAS.MADRID", "TRAVELS2", "0000000000", "HOTELHELP")


@pytest.mark.parametrize(
    ("allowed", "expected"), [(False, {*JUNK, *BUSINESS, "X@", "Y@"}), (True, {*JUNK, "X@"})], ids=["all", "business"]
)
def test_patterns_of_e_mails(allowed: bool, expected: set[str]) -> None:
    fine = ("ANN", "INFORMATION", "TESTER", "ABC1234", "NOBODY", "RESERVE")
    values = {f"{local}@ACME.COM": local for local in (*JUNK, *BUSINESS, *fine)}
    values |= {"X@NOEMAIL.COM": "X@", "Y@EMAIL.TST": "Y@", "Z@MY-NOEMAIL.COM": "Z@"}
    with Engine(threads=1) as engine:
        engine.bind_arrow("emails", pa.table({"v": list(values)}))
        found = engine.rows(f"SELECT v FROM emails WHERE {junk_email_sql('v', allowed)}")["v"].to_pylist()

    assert {values[value] for value in found} == expected
