"""`heap-assets run` on small buckets of dated files: windows, days that have not come, an empty bucket."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from heap_assets import open_lake
from heap_assets.cli.headless import Request, RunReport, bring_up_to_date
from heap_assets.settings import Settings
from heap_assets_tests.builders import BucketBuilder

FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {"id": ["ck", "fk-customer-id"], "email": "email"},
    "stitch": True,
}


@pytest.fixture
def bucket(tmp_path: Path) -> BucketBuilder:
    return BucketBuilder(tmp_path)


def settings_of(bucket: BucketBuilder, *feeds: dict[str, Any]) -> Settings:
    source = {"bucket": str(bucket.root), "heap_connect": False}
    return bucket.settings(source=source, feeds=[*(feeds or (FEED,))])


def run(bucket: BucketBuilder, *feeds: dict[str, Any], **request: Any) -> RunReport:
    return bring_up_to_date(settings_of(bucket, *feeds), Request(**request), lambda _: None)


def ids(bucket: BucketBuilder) -> list[str]:
    return sorted(open_lake(settings_of(bucket)).read("CRM:Customers", columns=["id"])["id"].to_pylist())


def deliver(bucket: BucketBuilder, *days: date | int) -> None:
    for day in days:
        named = date(2026, 1, day) if isinstance(day, int) else day
        bucket.file(f"crm/{named}.csv", [{"id": f"{named:%m-%d}"}])


def test_a_window_takes_its_days_and_leaves_the_others_and_a_feed_more_for_the_next_run(bucket: BucketBuilder) -> None:
    deliver(bucket, 2, 3, 4)
    bucket.file("shop/2026-01-01.csv", [{"order": "1"}])
    orders = {"source": "Shop", "feed": "Orders", "pattern": "shop/{yyyy}-{MM}-{dd}.csv", "primary_key": ["order"]}

    first = run(bucket, first=date(2026, 1, 3), end=date(2026, 1, 4))
    landed = ids(bucket)
    second = run(bucket, FEED, orders)

    assert (first.exit_code, landed) == (0, ["01-03"])
    assert (second.exit_code, ids(bucket)) == (0, ["01-02", "01-03", "01-04"])
    assert open_lake(settings_of(bucket, FEED, orders)).count("Shop:Orders") == 1


def test_what_is_refused_outside_of_the_window_is_told_for_it_holds_the_release_back(bucket: BucketBuilder) -> None:
    deliver(bucket, 2, 3)
    bucket.put("crm/2026-01-03.csv", b"\x1f\x8b no gzip")
    assert run(bucket).exit_code == 1

    report = run(bucket, first=date(2026, 1, 2), end=date(2026, 1, 3))

    assert report.exit_code == 1
    assert any("crm/2026-01-03.csv" in line for line in report.errors)


def test_a_file_of_a_day_that_has_not_come_waits_and_starts_no_run(bucket: BucketBuilder) -> None:
    deliver(bucket, 2, settings_of(bucket).today() + timedelta(days=2))
    first = run(bucket)

    second = run(bucket)

    assert (first.exit_code, ids(bucket)) == (0, ["01-02"])
    assert (second.exit_code, second.runs) == (0, [])
    lake = open_lake(settings_of(bucket))
    assert sorted(lake.read("deliveries", columns=["status"])["status"].to_pylist()) == ["landed", "pending"]


def test_an_empty_bucket_gives_empty_tables_and_then_nothing_to_do(bucket: BucketBuilder) -> None:
    first = run(bucket)

    second = run(bucket)

    assert (first.exit_code, ids(bucket)) == (0, [])
    assert (second.exit_code, second.runs) == (0, [])
