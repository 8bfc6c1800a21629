"""Dated files: each a delivery of its own, or all of a date together (T54, T55, T63 to T69)."""

from datetime import UTC, datetime

from heap_assets.bucket.status import Status
from heap_assets_tests.feeds.house import House

CRM = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}*.csv",
    "primary_key": ["id"],
}


def crm(tmp_path, **more) -> House:
    return House(tmp_path, "crm/customers", feeds=[CRM | more])


def test_files_of_one_date_are_deliveries_of_their_own_and_the_greater_name_wins(tmp_path):
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02_b.csv", [{"id": "1", "v": "b"}])
    house.builder.file("crm/customers_2026-01-02_a.csv", [{"id": "1", "v": "a"}, {"id": "2", "v": "a"}])

    assert [(row["id"], row["v"]) for row in house.up_to_date()] == [("1", "b"), ("2", "a")]
    assert len(house.statuses()) == 2


def test_a_file_of_an_older_date_does_not_override(tmp_path):
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-03.csv", [{"id": "1", "v": "new"}])
    house.up_to_date()
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1", "v": "old"}])

    assert [row["v"] for row in house.up_to_date()] == ["new"]


def test_truncate_takes_all_files_of_the_newest_date_and_nothing_else(tmp_path):
    house = crm(tmp_path, load="truncate_and_upsert")
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "0"}])
    house.builder.file("crm/customers_2026-01-03_a.csv", [{"id": "1"}])
    house.up_to_date()
    house.builder.file("crm/customers_2026-01-03_b.csv", [{"id": "2"}])

    house.up_to_date()

    assert house.keys() == ["1", "2"]
    assert house.statuses() == {"2026-01-02": Status.SUPERSEDED, "2026-01-03": Status.LANDED}


def test_a_delivery_beyond_the_error_threshold_leaves_no_row(tmp_path):
    house = crm(tmp_path, error_threshold=40)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}, {"id": None}])
    house.builder.file("crm/customers_2026-01-03.csv", [{"id": "2"}, {"id": "3"}, {"id": None}])

    house.up_to_date()

    assert house.keys() == ["2", "3"]
    assert house.statuses()["crm/customers_2026-01-02.csv"] is Status.REFUSED
    assert len(house.quarantine()) == 1


def test_a_file_without_its_key_is_refused(tmp_path):
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", "id;v\n1;x\n")

    house.up_to_date()

    assert set(house.statuses().values()) == {Status.REFUSED}
    assert "HA-3007" in house.reason("crm/customers_2026-01-02.csv")


def test_a_file_that_two_patterns_match_is_refused(tmp_path):
    other = CRM | {"feed": "Others", "pattern": "crm/*_{yyyy}-{MM}-{dd}.csv"}
    house = House(tmp_path, "crm/customers", feeds=[CRM, other])
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}])

    assert house.up_to_date() == []
    assert "CRM:Customers and CRM:Others" in house.reason("crm/customers_2026-01-02.csv")


def test_a_file_that_may_still_grow_waits(tmp_path):
    house = crm(tmp_path, settle=10)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}], modified=datetime.now(UTC))

    assert house.up_to_date() == []
    assert house.statuses() == {}


def test_empty_text_and_null_are_told_apart_and_text_stays_text(tmp_path):
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", 'id,v\n00123,""\n1e5,\nNA,null\nTRUE,nan\n')

    found = {row["id"]: row["v"] for row in house.up_to_date()}

    assert found == {"00123": "", "1e5": None, "NA": "null", "TRUE": "nan"}
