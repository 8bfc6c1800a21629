"""Dated files: each a delivery of its own, or all of a date together (T63, T69; the others in traps/)."""

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


def test_t63_a_delivery_beyond_the_error_threshold_leaves_no_row(tmp_path):
    house = crm(tmp_path, error_threshold=40)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}, {"id": None}])
    house.builder.file("crm/customers_2026-01-03.csv", [{"id": "2"}, {"id": "3"}, {"id": None}])

    house.up_to_date()

    assert house.keys() == ["2", "3"]
    assert house.statuses()["crm/customers_2026-01-02.csv"] is Status.REFUSED
    assert len(house.quarantine()) == 1


def test_a_file_that_two_patterns_match_is_refused(tmp_path):
    other = CRM | {"feed": "Others", "pattern": "crm/*_{yyyy}-{MM}-{dd}.csv"}
    house = House(tmp_path, "crm/customers", feeds=[CRM, other])
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}])

    assert house.up_to_date() == []
    assert "CRM:Customers and CRM:Others" in house.reason("crm/customers_2026-01-02.csv")


def test_t69_a_file_that_may_still_grow_waits(tmp_path):
    house = crm(tmp_path, settle=10)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}], modified=datetime.now(UTC))

    assert house.up_to_date() == []
    assert house.statuses() == {}
