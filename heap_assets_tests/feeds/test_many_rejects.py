"""Rejects in any number: written as they come, under their own numbers, and gone where their delivery does not land."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from heap_assets.bucket.deliveries import Delivery
from heap_assets.bucket.status import Status
from heap_assets.feeds import landing, quarantine, reading, reject_files
from heap_assets.feeds.decode import CsvReading
from heap_assets.lake import Lake
from heap_assets_tests.feeds.house import House

FILE = "crm/customers_2026-01-02.csv"
FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}*.csv",
    "primary_key": ["id"],
    "fields": {"age": {"type": "integer"}},
}
KINDS = {
    0: ("", "too-few-fields"),
    3: (",x", "not-of-its-type"),
    5: (",y", "not-of-its-type"),
}  # single and in stretches
MANY = 600_000
MOST_MEGABYTES = 500  # where each was an object, 890; as many good rows take 300
LAND_MANY = """
import sys
from pathlib import Path
from heap_assets_tests.feeds.test_many_rejects import house_with

house_with(Path(sys.argv[1])).land()
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def house_with(folder: Path, **more: Any) -> House:
    return House(folder, "crm/customers", feeds=[FEED | more])


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows a batch, ten a group of a file."""
    whole = CsvReading.batches
    monkeypatch.setattr(CsvReading, "batches", lambda csv, **more: whole(csv, 5, **more))
    monkeypatch.setattr(reject_files, "GROUP_ROWS", 10)
    monkeypatch.setattr(reading, "GROUP_ROWS", 10)


def files_on_disk(house: House) -> set[str]:
    root = house.lake.path("quarantine")
    return {path.relative_to(root).as_posix() for path in root.rglob("*.parquet") if "_delta_log" not in path.parts}


def live_files(house: House) -> set[str]:
    table = house.lake.find("quarantine")
    return {file.path for file in table.files} if table else set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_many_rejects_take_no_more_memory_than_few(tmp_path: Path) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,age,text\n" + "".join(f"{n},x{n},some text\n" for n in range(MANY)))

    told = subprocess.run([sys.executable, "-c", LAND_MANY, str(tmp_path)], capture_output=True, text=True, check=True)

    assert sum(file.rows for file in house.lake.open("quarantine").files) == MANY
    assert int(told.stdout) < MOST_MEGABYTES


@pytest.mark.usefixtures("small_batches")
def test_rows_and_rejects_of_several_batches_stand_under_their_numbers_in_the_file(tmp_path: Path) -> None:
    house = house_with(tmp_path, load="truncate_and_upsert")
    expected = {}
    for part in "ab":
        kinds = {n: KINDS.get(n % 7 if n < 60 else n // 7 % 7, (",1", None)) for n in range(140)}
        lines = [f"{part}{n}{rest}" for n, (rest, _) in kinds.items()]
        house.builder.file(f"crm/customers_2026-01-02_{part}.csv", "id,age\n" + "\n\n".join(lines))
        expected |= {(part, n): reason for n, (_, reason) in kinds.items()}

    rows = house.up_to_date()

    found = {(row["_pk"][0], row["_row"]): None for row in rows}
    found |= {(row["object"][-5], row["row"]): row["reason"] for row in house.quarantine()}
    assert all(row["_pk"][1:] == str(row["_row"]) for row in rows)
    assert len(rows) + len(house.quarantine()) == len(found)
    assert found == expected
    assert {row["line"] for row in house.quarantine() if row["reason"] == "too-few-fields"} == {
        2 + 2 * n for (_, n), reason in expected.items() if reason == "too-few-fields"
    }
    assert files_on_disk(house) == live_files(house)


def test_rejects_of_deliveries_that_do_not_land_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reject_files, "GROUP_ROWS", 1)
    house = house_with(tmp_path, error_threshold=70)
    refused, damaged = FILE, FILE.replace("02.csv", "03.csv")
    house.builder.file(refused, "id,age\n1,x\n2,x\n3\n")
    house.builder.file(damaged, 'id,age\n1,x\n2,"5\n3,7\n')

    house.land()

    assert set(house.statuses().values()) == {Status.REFUSED}
    assert files_on_disk(house) == set()


@pytest.mark.usefixtures("small_batches")
def test_the_first_of_a_refused_delivery_stand_under_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_REFUSED", 24)
    house = house_with(tmp_path, error_threshold=50)
    house.builder.file(FILE, "id,age\n0\n1\n" + "".join(f"{n},x\n" for n in range(2, 40)) + "40,1\n" * 9)

    house.land()

    kept = quarantine.rejected_rows(house.lake, quarantine.REFUSED).to_pylist()
    assert [row["row"] for row in kept] == list(range(2, 26))
    assert {(row["reason"], row["line"]) for row in kept} == {("not-of-its-type", None)}
    assert "40 of 49 rows" in house.reason(FILE)


def test_rejects_are_committed_once_where_another_feed_writes_to_the_quarantine_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_with(tmp_path)
    house.builder.file(FILE, "id,age\n1,x\n2,1\n")
    house.land()
    house.builder.file(FILE, "id,age\n1,x\n2,y\n3,1\n")
    pinned = Lake.create

    def overtaken(lake: Lake, name: str, *more: Any) -> Any:
        table = pinned(lake, name, *more)
        if name == quarantine.QUARANTINE:
            monkeypatch.undo()
            table.commit(transactions={"quarantine:other:delivery": 2})
        return table

    monkeypatch.setattr(Lake, "create", overtaken)

    house.land()

    assert sorted(row["row"] for row in house.quarantine()) == [0, 1]
    assert live_files(house) < files_on_disk(house)
    assert len(files_on_disk(house)) == 2


def test_rejects_of_a_delivery_that_a_rival_landed_first_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the newer delivery is read, somebody else lands the older one, which is committed after it."""
    house = house_with(tmp_path)
    newer, older = FILE.replace("02.csv", "03.csv"), FILE
    for each in (newer, older):
        house.builder.file(each, "id,age\n1,x\n2,1\n")
    read = landing.read_delivery

    def overtaken(bucket: Any, roots: Any, spec: Any, delivery: Delivery, *more: Any) -> Any:
        if delivery.delivery == newer:
            house.land(days=[date(2026, 1, 2)])
        return read(bucket, roots, spec, delivery, *more)

    monkeypatch.setattr(landing, "read_delivery", overtaken)
    monkeypatch.setattr(landing, "COMMIT_SECONDS", -1)

    house.land()

    assert sorted((row["delivery"], row["row"]) for row in house.quarantine()) == [(older, 0), (newer, 0)]
    assert files_on_disk(house) == live_files(house)


@pytest.mark.parametrize("text", ["Ann_1, +49", "é漢 x", "𑈿 Ⅷ ²", "", "\n-"])
def test_many_texts_are_masked_as_one_is(text: str) -> None:
    texts = pa.array([text, None, "a"])

    assert quarantine.masked(texts).to_pylist() == [quarantine.mask(text), None, "x"]


def test_no_line_is_lost_behind_a_broken_one_at_the_edge_of_the_engines_buffer(tmp_path: Path) -> None:
    """There DuckDB 2.0 loses all that follows: the file is read again with its edges elsewhere."""
    edge, head, line, broken = 32 << 20, b"id,age\n", b"1,2\n", b"7,1,more\n"
    count, rest = divmod(edge + 2 - len(head), len(line))
    over = b"1," + b" " * (len(line) + rest - 4) + b"2\n"
    content = head + line * (count - 1) + over + broken + line * 1000
    house = house_with(tmp_path)
    house.builder.put(FILE, content)

    report = house.land()[date(2026, 1, 2)]

    assert (report.landed, report.quarantined) == (count + 1000, 1)
