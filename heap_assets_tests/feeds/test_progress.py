"""Progress of a landing: what the line says, and that its counts end at what was landed, whatever went wrong."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from heap_assets.bucket.deliveries import Delivery
from heap_assets.feeds.progress import Counts, Meter, Step, listening, sized, told
from heap_assets_tests.feeds.house import House

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "fields": {"age": {"type": "integer"}},
}


def test_a_line_tells_counts_rates_and_the_end_expected_from_bytes_still_to_read() -> None:
    counts = Counts(1095, 4_000_000_000, Step(rows=250_000, bytes=1_000_000_000, quarantined=3, deliveries=300))

    assert told(counts, 100.0, NOON) == (
        "300 of 1,095 deliveries, 250,000 rows (2,500/s), 1.0 GB of 4.0 GB (10.0 MB/s), 3 rows quarantined;"
        " expected end 2026-01-02 12:05:00+00:00"
    )


@pytest.mark.parametrize("done", [Step(), Step(rows=10, bytes=100, deliveries=1), Step(rows=10, bytes=120)])
def test_no_end_is_told_before_the_first_byte_and_after_the_last(done: Step) -> None:
    assert "expected end" not in told(Counts(1, 100, done), 2.0, NOON)


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (812_000_000, "812 MB"), (4e15, "4,000 TB")]
)
def test_sizes_are_written_for_people(count: float, written: str) -> None:
    assert sized(count) == written


@pytest.mark.parametrize(("planned", "told"), [(None, "2 of 0 deliveries, 5 rows"), ([], "1 of 0 deliveries, 5 rows")])
def test_what_need_not_be_read_after_all_was_left_out_of_a_plan(planned: list[Delivery] | None, told: str) -> None:
    lines: list[str] = []
    meter = Meter(lines.append, 0, planned)
    meter.take(Step(rows=5, bytes=10, deliveries=1))
    meter.take(Step(deliveries=1, spared=-90))

    meter.tick()

    assert lines[0].startswith(told)
    assert ("of 90 B" in lines[0]) == (planned is None)


def test_counts_end_at_what_landed_though_a_file_is_read_twice_and_another_fails(tmp_path: Path) -> None:
    house = House(
        tmp_path,
        "crm/customers",
        feeds=[FEED],
        source={"bucket": str(tmp_path / "heap-rs3-acme"), "heap_connect": False},
    )
    house.builder.file("crm/2026-01-02.csv", "id,age\n1,20\n2,old\n3\n4,44\n")
    house.builder.file("crm/2026-01-03.csv", 'id,age\n5,20\n6,"21\n')
    house.builder.file("crm/2026-01-04.csv", "id,age\n7,30\n")
    lines: list[str] = []
    meter = Meter(lines.append, 3600)

    with listening(meter):
        reports = house.land([date(2026, 1, day) for day in (2, 3, 4)])
    house.land([date(2026, 1, 2)])
    meter.tell()

    size = sum(path.stat().st_size for path in (house.builder.root / "crm").iterdir())
    assert sum(report.landed for report in reports.values()) == 3
    assert lines[0].startswith("3 of 3 deliveries, 3 rows")
    assert f"{size} B of {size} B" in lines[0]
    assert lines[0].endswith("2 rows quarantined")
