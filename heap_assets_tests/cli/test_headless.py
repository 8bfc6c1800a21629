"""`heap-assets run` on small buckets of dated files: windows, days that have not come, an empty bucket."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from heap_assets import open_lake
from heap_assets.bucket.status import statuses
from heap_assets.cli.headless import Request, RunReport, bring_up_to_date
from heap_assets.orchestration import partitions
from heap_assets.settings import Settings
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.conftest import Morning
from heap_assets_tests.mornings import CUT_KEY

FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {"id": ["ck", "fk-customer-id"], "email": "email"},
    "stitch": True,
}
ORDERS = {"source": "Shop", "feed": "Orders", "pattern": "shop/{yyyy}-{MM}-{dd}.csv", "primary_key": ["order"]}


def settings_of(bucket: BucketBuilder, *feeds: dict[str, Any]) -> Settings:
    source = {"bucket": str(bucket.root), "heap_connect": False}
    return bucket.settings(source=source, feeds=[*(feeds or (FEED,))])


def run(bucket: BucketBuilder, *feeds: dict[str, Any], **request: Any) -> RunReport:
    return bring_up_to_date(settings_of(bucket, *feeds), Request(**request), lambda _: None)


def ids(bucket: BucketBuilder) -> list[str]:
    return sorted(open_lake(settings_of(bucket)).read("CRM:Customers", columns=["id"])["id"].to_pylist())


def deliver(bucket: BucketBuilder, *days: date) -> None:
    for day in days:
        bucket.file(f"crm/{day}.csv", [{"id": f"{day:%m-%d}"}])


def january(day: int) -> date:
    return date(2026, 1, day)


@dataclass(frozen=True)
class Story:
    """How each run ended, and the customers that were there after it."""

    bucket: BucketBuilder
    runs: dict[str, RunReport]
    ids: dict[str, list[str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Nothing at first; then files of 2, 3, 4 January and of the day after tomorrow, and of a second feed."""
    bucket = BucketBuilder(tmp_path_factory.mktemp("story"))
    runs, found = {}, {}
    window = {"first": january(3), "end": january(4)}
    chapters = [
        ("empty", [FEED], {}),
        ("still empty", [FEED], {}),
        ("window", [FEED], window),
        ("rest", [FEED, ORDERS], {}),
        ("again", [FEED, ORDERS], {}),
    ]
    for name, feeds, request in chapters:
        if name == "window":
            deliver(bucket, january(2), january(3), january(4), settings_of(bucket).today() + timedelta(days=2))
            bucket.file("shop/2026-01-01.csv", [{"order": "1"}])
        runs[name], found[name] = run(bucket, *feeds, **request), ids(bucket)
    return Story(bucket, runs, found)


def test_an_empty_bucket_gives_empty_tables_and_then_nothing_to_do(story: Story) -> None:
    assert (story.runs["empty"].exit_code, story.ids["empty"]) == (0, [])
    assert (story.runs["still empty"].exit_code, story.runs["still empty"].runs) == (0, [])


def test_a_window_takes_its_days_and_leaves_the_others_for_later(story: Story) -> None:
    assert (story.runs["window"].exit_code, story.ids["window"]) == (0, ["01-03"])
    assert (story.runs["rest"].exit_code, story.ids["rest"]) == (0, ["01-02", "01-03", "01-04"])


def test_a_feed_that_is_added_later_is_read_from_the_start(story: Story) -> None:
    assert open_lake(settings_of(story.bucket, FEED, ORDERS)).count("Shop:Orders") == 1


def test_a_file_of_a_day_that_has_not_come_waits_and_starts_no_run(story: Story) -> None:
    lake = open_lake(settings_of(story.bucket))
    status = dict(
        zip(*lake.sql("SELECT file_date, status FROM deliveries WHERE feed = 'crm/customers'").columns, strict=True)
    )

    assert (story.runs["again"].exit_code, story.runs["again"].runs) == (0, [])
    assert [str(value) for day, value in status.items() if day.as_py() > settings_of(story.bucket).today()] == [
        "pending"
    ]


def test_what_failed_outside_of_the_window_is_told_for_it_holds_the_release_back(bad_morning: Morning) -> None:
    report = bad_morning.world.run(first=date(2026, 10, 1), end=date(2026, 10, 2))

    assert (report.exit_code, report.runs) == (1, [])
    assert any(CUT_KEY in line for line in report.errors)


def test_a_first_run_that_is_interrupted_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of two days, newest first; the second does not come to its end. Kills at every write are in `faults`."""
    monkeypatch.setattr(partitions, "DAYS_A_RUN", 2)
    bucket = BucketBuilder(tmp_path)
    deliver(bucket, *(january(day) for day in range(1, 6)))
    told: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        bring_up_to_date(settings_of(bucket), Request(), lambda line: _interrupt_at(line, "2026-01-02 to 2026-01-03"))
    landed = [row.delivery.delivery for row in statuses(bucket.lake(), settings_of(bucket)) if row.rows]
    report = bring_up_to_date(settings_of(bucket), Request(), told.append)

    assert landed == ["crm/2026-01-04.csv", "crm/2026-01-05.csv"]
    assert [line for line in told if line.startswith("feeds ")] == [
        "feeds 2026-01-02 to 2026-01-03 …",
        "feeds 2026-01-01 to 2026-01-01 …",
    ]
    assert (report.exit_code, ids(bucket)) == (0, ["01-01", "01-02", "01-03", "01-04", "01-05"])


def _interrupt_at(line: str, place: str) -> None:
    if place in line:
        raise KeyboardInterrupt
