"""Rejects: of what landed they balance its rows, of what was refused they say why; and what is kept of each row."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets.bucket.status import Status
from heap_assets.feeds import reading
from heap_assets.feeds.quarantine import REFUSED, rejected_rows
from heap_assets_tests.feeds.house import House
from heap_assets_tests.feeds.test_dated_files import CRM

FILE = "crm/customers_2026-01-02.csv"
TYPED = CRM | {"fields": {"born": {"type": "date"}}, "error_threshold": 50}


def house_with(folder: Path, raw: str = "masked", **more: Any) -> House:
    return House(folder, "crm/customers", feeds=[TYPED | more], quarantine={"raw": raw})


def refused(house: House) -> list[dict[str, Any]]:
    return rejected_rows(house.lake, REFUSED).to_pylist()


def test_rejects_of_a_refused_delivery_are_kept_apart(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,born\n1,1 April\n,1970-01-02\n3,1970-01-03\n")

    report = next(iter(house.land().values()))

    assert house.statuses() == {FILE: Status.REFUSED}
    assert sorted((row["row"], row["reason"], row["column"]) for row in refused(house)) == [
        (0, "not-of-its-type", "born"),
        (1, "null-in-key", "id"),
    ]
    assert "2 of 3 rows" in house.reason(FILE)
    assert (report.landed, report.quarantined) == (0, 0)
    assert not house.lake.exists("quarantine") or house.quarantine() == []


def test_they_go_when_it_lands_and_what_it_is_short_of_is_quarantined(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,born\n1,1 April\n,1970-01-02\n3,1970-01-03\n")
    house.land()
    raised = house_with(tmp_path, error_threshold=70)

    reports = raised.land()

    assert refused(raised) == []
    assert sum(r.read for r in reports.values()) == 3
    assert sum(r.quarantined for r in reports.values()) == len(raised.quarantine()) == 2


def test_what_stands_of_an_earlier_content_still_balances_while_its_successor_is_refused(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,born\n1,1970-01-01\n2,1970-01-01\n3,1 April\n")
    house.land()
    house.builder.file(FILE, "id,born\n1,x\n2,y\n3,z\n4,1970-01-02\n")

    (report,) = (r for r in house.land().values() if r.deliveries)

    assert (report.landed, report.quarantined, len(refused(house))) == (2, 1, 3)


def test_only_the_first_are_kept_and_the_reason_has_their_number(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "MOST_REFUSED", 10)
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,born\n" + "1,x\n" * 1_234)

    house.land()

    assert len(refused(house)) == 10
    assert "1,234 of 1,234 rows" in house.reason(FILE)


def test_another_fault_of_the_same_delivery_leaves_none_of_them(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,born\n1,x\n")
    house.land()
    house.builder.file(FILE, "of,no,key\n1,2,3\n")

    house.land()

    assert refused(house) == []
    assert "HA-3007" in house.reason(FILE)


@pytest.mark.parametrize(
    ("raw", "kept"), [("masked", ["x xxxxx", "x,xxxx,xx"]), ("plain", ["1 April", "3,wide,er"]), ("none", [None, None])]
)
def test_what_is_kept_of_a_rejected_row_is_what_the_setting_allows(
    tmp_path: Path, raw: str, kept: list[str | None]
) -> None:
    house = house_with(tmp_path, raw, error_threshold=90)
    house.builder.file(FILE, "id,born\n1,1 April\n2,1970-01-01\n3,wide,er\n")

    house.land()

    assert [row["raw"] for row in sorted(house.quarantine(), key=lambda row: row["row"])] == kept
