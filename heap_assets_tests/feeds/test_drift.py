"""What is other in a delivery than in the one before it is told: by its place in the order, not by when it came."""

from pathlib import Path

import dagster as dg
import pytest

from heap_assets.feeds.checks import drift_result
from heap_assets.feeds.days import DayReport
from heap_assets.feeds.drift import Drift
from heap_assets_tests.feeds.house import House
from heap_assets_tests.feeds.test_dated_files import crm


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


def test_a_name_of_300_characters_is_cut_where_it_is_told(tmp_path: Path) -> None:
    house = crm(tmp_path)
    house.builder.file("crm/customers_2026-01-02.csv", "id\n1\n")
    house.builder.file("crm/customers_2026-01-03.csv", f"id,{'n' * 300}\n1,2\n")

    assert told(house) == {"2026-01-03": [f"new column {'n' * 79}… (string)"]}


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


def test_what_a_manifest_tells_otherwise_is_told_beside_it(tmp_path: Path) -> None:
    users = House(tmp_path, "heap/users")
    users.builder.dump(9, users=[{"user_id": 1}])
    part = users.builder.uri("sync_9/users/part-00000.avro")
    users.builder.manifest(9, [{"name": "users", "incremental": True, "columns": ["user_id", "tier"], "files": [part]}])

    (found,) = (item for report in users.land().values() for item in report.drift)

    assert (found.changes, "only in the manifest: tier" in str(found.remark)) == ((), True)
    result = drift_result(dg.AssetKey(["heap", "users"]), users.spec, [report(found)])
    assert (result.passed, result.description) == (False, None)
    assert "tier" in str(result.metadata["changes"].value)


def report(found: Drift) -> DayReport:
    return DayReport(found.file_date, (), 1, 0, drift=(found,))
