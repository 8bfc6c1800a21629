"""What the UI is shown: partitions, ranges, masked previews, charts; nothing personal."""

import base64
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pyarrow as pa
import pytest

from heap_assets import build_definitions
from heap_assets.lake import Lake
from heap_assets.orchestration.metadata import bars, markdown_table, masked, table_metadata
from heap_assets.orchestration.partitions import DAYS_A_RUN, bounded, file_dates, range_tags, stretches
from heap_assets.settings import parse_settings
from heap_assets.settings.load import demo_fallback

OCTOBER = [date(2026, 10, day) for day in range(1, 10)]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], []),
        ([3], [(3, 3)]),
        ([1, 2, 3], [(1, 3)]),
        ([5, 1, 2, 2, 7, 8], [(1, 2), (5, 5), (7, 8)]),
    ],
)
def test_days_become_unbroken_stretches(days: list[int], found: list[tuple[int, int]]) -> None:
    stretched = stretches(OCTOBER[day - 1] for day in days)

    assert [(first.day, last.day) for first, last in stretched] == found


def test_stretches_cross_months_and_years() -> None:
    assert (
        len(stretches([date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]))
        == 2
    )


def test_a_long_history_is_runs_of_bounded_days_the_newest_first() -> None:
    days = [date(2023, 10, 1) + timedelta(days=number) for number in range(1095)]

    runs = [run for batch in bounded(days) for run in batch]

    assert [(last - first).days + 1 for first, last in runs] == [DAYS_A_RUN] * 11 + [1095 - 11 * DAYS_A_RUN]
    assert [last for _, last in runs] == sorted((last for _, last in runs), reverse=True)
    assert runs[0][1] == days[-1]


def test_days_of_full_copies_come_before_newer_ones() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(2 * DAYS_A_RUN)]

    first, *_ = [run for batch in bounded(days, {days[10]}) for run in batch]

    assert first == (days[10], days[10])
    assert sorted(day for batch in bounded(days, {days[10]}) for run in batch for day in _days_of(run)) == days


def _days_of(run: tuple[date, date]) -> list[date]:
    return [run[0] + timedelta(days=number) for number in range((run[1] - run[0]).days + 1)]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_file_of_today_has_a_partition_and_one_of_tomorrow_has_not(zone: str) -> None:
    settings = parse_settings(
        {"source": {"bucket": "b"}, "start_date": "2026-10-01", "timezone": zone}, Path("/nowhere")
    )
    today = datetime.now(ZoneInfo(zone)).date()

    keys = file_dates(settings).get_partition_keys()

    assert keys[0] == "2026-10-01"
    assert keys[-1] == settings.today().isoformat() == today.isoformat()
    assert (today + timedelta(days=1)).isoformat() not in keys


def test_a_range_is_tagged_as_dagster_reads_it() -> None:
    assert range_tags(OCTOBER[0], OCTOBER[4]) == {
        "dagster/asset_partition_range_start": "2026-10-01",
        "dagster/asset_partition_range_end": "2026-10-05",
    }


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("email", "ann.lee@example.net", "xxx.xxx@xxxxxxx.xxx"),
        ("phone", 5551234567, "xxxxxxxxxx"),
        ("birthdate", date(1980, 3, 4), "xxxx-xx-xx"),
        ("spent", Decimal("12.50"), "xx.xx"),
        ("note", "Zoë 東京", "xxx xx"),
        ("member", True, "True"),
        ("email", None, ""),
        ("datasource", "CRM:Customers", "CRM:Customers"),
        ("amperity_id", "0a1b", "0a1b"),
        ("pageviews", 12, "12"),
        ("note", "x" * 100, "x" * 40),
    ],
)
def test_values_are_masked_but_for_what_is_our_own(column: str, value: object, shown: str) -> None:
    assert masked(column, value) == shown


def test_a_table_is_shown_with_rows_columns_and_a_masked_preview(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append("t", pa.table({"email": ["ann@example.net"], "pageviews": [3]}))

    shown = table_metadata(lake.open("t"), "CRM:T")

    assert (shown["dagster/row_count"], shown["dagster/table_name"]) == (1, "CRM:T")
    assert [column.name for column in shown["dagster/column_schema"].columns] == ["email", "pageviews"]
    assert shown["preview"].value == "| email | pageviews |\n| --- | --- |\n| xxx@xxxxxxx.xxx | 3 |"


def test_an_empty_table_has_no_preview(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    assert table_metadata(lake.create("t", pa.schema([("a", pa.int64())])))["preview"].value == "no rows"


def test_cells_cannot_break_a_markdown_table() -> None:
    assert markdown_table(("a",), [("x|y\nz",)]).splitlines()[-1] == "| x\\|y z |"


def test_bars_are_an_image_that_stands_by_itself() -> None:
    text = bars({"2026-10-01": 3, "<b>": 0}, 'rows & "more"').value

    svg = base64.b64decode(text.split("base64,")[1].rstrip(")")).decode()
    assert text.startswith("![")
    assert svg.startswith("<svg ")
    assert "<b>" not in svg


def test_a_tag_that_looks_like_a_slip_is_told_with_the_records() -> None:
    settings = demo_fallback()
    feed = settings.feeds[0].model_copy(update={"semantics": {"mail": "emali"}})
    defs = build_definitions(settings.model_copy(update={"feeds": [feed]}))

    told = defs.resolve_asset_graph().get(dg.AssetKey(["stitch", "source_records"])).description

    assert "Warning: CRM:Customers, mail: 'emali' is taken as a semantic of your own; did you mean email?" in str(told)
