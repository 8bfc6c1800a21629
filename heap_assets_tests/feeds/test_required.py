"""A day without a file of a required feed fails its partition, up to the newest day delivered, until the file comes."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heap_assets.bucket.corrections import exclude, named, replayable
from heap_assets.bucket.status import Status, feed_statuses, statuses
from heap_assets_tests.feeds.house import House
from heap_assets_tests.feeds.test_dated_files import CRM

OTHERS = CRM | {"feed": "Orders", "pattern": "shop/{yyyy}-{MM}-{dd}.csv"}


def january(*days: int) -> list[date]:
    return [date(2026, 1, day) for day in days]


def house_with(folder: Path, **more: Any) -> House:
    return House(folder, "crm/customers", feeds=[CRM | {"required": True} | more, OTHERS])


def failed(house: House, **options: Any) -> list[int]:
    return sorted(
        day.day for day, report in house.land(january(*range(1, 8)), **options).items() if not report.complete
    )


@pytest.fixture(params=["upsert", "truncate_and_upsert"])
def house(tmp_path: Path, request: pytest.FixtureRequest) -> House:
    """Files of 2 and 4 January; another feed has delivered up to the 5th."""
    built = house_with(tmp_path, load=request.param)
    for day in (2, 4):
        built.builder.file(f"crm/customers_2026-01-0{day}.csv", [{"id": str(day)}])
    built.builder.file("shop/2026-01-05.csv", [{"id": "1"}])
    return built


def test_days_without_a_file_fail_from_the_start_date_to_the_newest_day_that_any_feed_delivered(house: House) -> None:
    assert failed(house) == [1, 3, 5]
    assert house.statuses()["2026-01-03"] is Status.FAILED
    assert house.reason("2026-01-03").startswith("HA-2005: no file of CRM:Customers for 2026-01-03")


def test_a_day_heals_when_its_file_comes(house: House) -> None:
    failed(house)
    house.builder.file("crm/customers_2026-01-03.csv", [{"id": "3"}])

    assert failed(house) == [1, 5]
    assert house.statuses().get("2026-01-03") in (None, Status.LANDED, Status.SUPERSEDED)


def test_what_is_skipped_or_excluded_stays_so_until_the_file_comes(house: House) -> None:
    assert failed(house, skip_failed=True) == []
    assert failed(house) == []
    assert house.statuses()["2026-01-03"] is Status.SKIPPED

    house.builder.file("crm/customers_2026-01-05.csv", [{"id": "5"}])

    assert failed(house) == []
    assert "5" in house.keys_after_fold()


def test_a_day_can_be_excluded_and_is_not_replayed(house: House) -> None:
    failed(house)
    rows = named(house.lake, house.settings, "CRM:Customers:2026-01-03")
    assert replayable(rows) == []

    exclude(house.lake, rows, "a holiday")

    assert failed(house) == [1, 5]
    assert house.reason("2026-01-03") == "a holiday"


def test_without_the_setting_the_same_days_are_empty(house: House) -> None:
    failed(house, skip_failed=True)
    house.configure(feeds=[CRM | {"load": house.spec.load}, OTHERS])

    assert failed(house) == []
    assert not {"2026-01-01", "2026-01-03"} & house.statuses().keys() - {"2026-01-02", "2026-01-04"}


def test_a_feed_that_may_skip_skips_its_missing_days(tmp_path: Path) -> None:
    house = house_with(tmp_path, on_failed_delivery="skip")
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "2"}])

    assert failed(house) == []
    assert house.statuses()["2026-01-01"] is Status.SKIPPED


def test_a_day_whose_only_file_is_refused_has_one_fault_and_not_two(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file("crm/customers_2026-01-01.csv", "of,no,key\n1,2,3\n")

    assert failed(house) == [1]
    assert list(house.statuses().values()) == [Status.REFUSED]


def test_nothing_delivered_at_all_is_no_missing_day(tmp_path: Path) -> None:
    house = house_with(tmp_path)

    assert failed(house) == []
    assert statuses(house.lake, house.settings) == []


def test_a_required_feed_of_heap_fails_on_a_day_without_a_dump(tmp_path: Path) -> None:
    house = House(tmp_path, "heap/users", feeds=[{"source": "Heap", "feed": "Users", "required": True}])
    house.builder.dump(9, users=[{"user_id": 1}])

    assert failed(house) == [1]
    assert [row.status for row in feed_statuses(house.lake, house.settings, house.spec)].count(Status.LANDED) == 1
