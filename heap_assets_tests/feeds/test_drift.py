"""What is other in a delivery than in the one before it is told: by its place in the order, not by when it came."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from heap_assets.bucket.deliveries import Delivery
from heap_assets.feeds.drift import Delivered, drift
from heap_assets_tests.feeds.house import House
from heap_assets_tests.feeds.test_dated_files import crm

AVRO = {"user_id": ("user_id", pa.int64()), "plan": ("plan", pa.string())}


def told(house: House) -> dict[str, list[str]]:
    return {
        item.delivery.removeprefix("crm/customers_").removesuffix(".csv"): list(item.changes)
        for report in house.land().values()
        for item in report.drift
    }


def test_new_missing_and_respelt_columns_are_told_with_the_delivery(tmp_path: Path) -> None:
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", "id,Email,zip\n1,a,2\n")
    house.builder.file("crm/customers_2026-01-03.csv", "id,EMAIL,phone\n1,a,2\n")
    house.builder.file("crm/customers_2026-01-04.csv", "id,EMAIL,phone\n1,a,2\n")

    assert told(house) == {
        "2026-01-03": [
            "column email is spelt EMAIL instead of Email",
            "new column phone (string)",
            "column zip is missing",
        ]
    }


@pytest.mark.parametrize("late", ["2026-01-03", "2026-01-04"])
def test_a_delivery_is_held_to_the_one_before_it_whenever_it_comes(tmp_path: Path, late: str) -> None:
    files = {"2026-01-02": "id,a\n1,x\n", "2026-01-03": "id,a,b\n1,x,y\n", "2026-01-04": "id,b\n1,y\n"}
    house = crm(tmp_path)
    for day in [day for day in files if day != late]:
        house.builder.file(f"crm/customers_{day}.csv", files[day])
    house.land()

    house.builder.file(f"crm/customers_{late}.csv", files[late])

    expected = {"2026-01-03": ["new column b (string)"], "2026-01-04": ["column a is missing"]}
    assert told(house) == {late: expected[late]}


def test_a_type_that_changes_is_told_with_what_it_is_kept_as_also_after_the_table_was_widened(tmp_path: Path) -> None:
    users = House(tmp_path, "heap/users")
    for dump, points in ((9, 5), (10, "many"), (11, 7)):
        users.builder.dump(dump, users=[{"user_id": dump, "points": points}])
        users.land()
    users.builder.dump(12, users=[{"user_id": 12, "points": 8}])

    again = users.land()

    assert [str(item) for report in again.values() for item in report.drift] == []
    users.builder.dump(13, users=[{"user_id": 13, "points": 0.5}])
    assert [item.changes for report in users.land().values() for item in report.drift] == [
        ("column points is float instead of integer (kept as string)",)
    ]


def test_reading_learns_it_and_no_object_is_read_for_it(tmp_path: Path) -> None:
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", "id,a\n1,x\n")
    house.land()
    house.builder.file("crm/customers_2026-01-03.csv", "id,b\n1,x\n")

    assert told(house) and house.bucket.objects == 2


def test_no_value_of_a_row_is_told(tmp_path: Path) -> None:
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", "id,a\n1,planted-secret\n")
    house.builder.file("crm/customers_2026-01-03.csv", "id,b\nplanted-secret,planted-secret\n")

    assert "planted-secret" not in repr(told(house))


@pytest.mark.parametrize(
    ("now", "listed", "changes"),
    [
        (AVRO, ("USER_ID", "plan"), None),
        (AVRO, (), None),
        (AVRO, ("user_id",), ("the files have plan, which the manifest does not list",)),
        (AVRO, ("user_id", "plan", "tier"), ("the manifest lists tier, which the files have not",)),
        ({}, ("user_id",), None),
    ],
)
def test_a_manifest_is_held_to_the_columns_of_its_files(
    now: Delivered, listed: tuple[str, ...], changes: tuple[str, ...] | None
) -> None:
    found = drift(delivery(columns=listed), now, {}, {})

    assert (found.changes if found else None) == changes


def delivery(**more: Any) -> Any:
    return Delivery("heap/users", "9", date(2026, 1, 2), False, (), 1, **more)
