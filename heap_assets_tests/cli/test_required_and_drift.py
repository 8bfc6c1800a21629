"""`heap-assets run` where a required file is not there and where columns have changed: exit codes, words, partitions."""

from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

from heap_assets.cli.headless import Request, RunReport, bring_up_to_date
from heap_assets.feeds.assets import feed_key
from heap_assets.orchestration.options import RunOptions
from heap_assets.orchestration.partitions import file_dates
from heap_assets.settings import Settings
from heap_assets.triggers.instance import open_instance
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.cli.test_headless import FEED, ORDERS, deliver, january, settings_of

pytestmark = pytest.mark.whole

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


@dataclass(frozen=True)
class Story:
    """How each run ended, what became of each day's partition, and what the drift check last said."""

    runs: dict[str, RunReport]
    states: dict[str, list[str]]
    checks: dict[str, dg.AssetCheckEvaluation]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Files of the 1st and 3rd, the latter with another column; then the file of the 2nd is required, skipped, there."""
    bucket = BucketBuilder(tmp_path_factory.mktemp("required"))
    deliver(bucket, january(1))
    bucket.file("crm/2026-01-03.csv", [{"id": "01-03", "phone": "555"}])
    bucket.file("shop/2026-01-03.csv", [{"order": "1"}])
    told = Story({}, {}, {})
    chapters: list[tuple[str, dict[str, Any], RunOptions]] = [
        ("not required", FEED, RunOptions()),
        ("required", FEED | {"required": True}, RunOptions()),
        ("again", FEED | {"required": True}, RunOptions()),
        ("skipped", FEED | {"required": True}, RunOptions(skip_failed=True)),
        ("there", FEED | {"required": True}, RunOptions()),
    ]
    for name, feed, options in chapters:
        if name == "there":
            deliver(bucket, january(2))
        settings = settings_of(bucket, feed, ORDERS)
        told.runs[name] = bring_up_to_date(settings, Request(options=options), lambda _: None)
        told.states[name], told.checks[name] = look(settings)
    return told


def look(settings: Settings) -> tuple[list[str], dg.AssetCheckEvaluation]:
    key = feed_key(settings.feed("crm/customers"))
    with open_instance(settings) as instance:
        found = instance.get_status_by_partition(key, DAYS, file_dates(settings)) or {}
        records = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(key, "drift"), limit=1)
    event = records[0].event
    assert event is not None and event.dagster_event is not None
    return [state.value if state else "" for state in found.values()], event.dagster_event.asset_check_evaluation_data


def test_a_day_that_lacks_its_file_fails_in_dagster_and_in_the_run(story: Story) -> None:
    report = story.runs["required"]

    assert (story.runs["not required"].exit_code, report.exit_code) == (0, 1)
    assert [line for line in report.errors if "2026-01-02 is failed: HA-2005: no file of CRM:Customers" in line]
    assert story.states["not required"] == ["MATERIALIZED"] * 3
    assert story.states["required"] == ["MATERIALIZED", "FAILED", "MATERIALIZED"]


def test_while_nothing_comes_nothing_is_run_again(story: Story) -> None:
    assert (story.runs["again"].exit_code, story.runs["again"].runs) == (1, [])


def test_it_can_be_skipped_and_heals_when_the_file_comes(story: Story) -> None:
    assert story.runs["skipped"].exit_code == 3
    assert any("2026-01-02 is skipped" in line for line in story.runs["skipped"].remarks)
    assert story.runs["there"].exit_code == 0
    assert story.states["there"] == ["MATERIALIZED"] * 3


def test_drift_is_a_note_of_the_run_and_a_warning_in_dagster(story: Story) -> None:
    line = "CRM:Customers drifted: crm/2026-01-03.csv (2026-01-03): new column phone (string)"

    assert story.runs["not required"].notes == [line]
    assert (story.checks["not required"].passed, story.checks["not required"].severity.value) == (False, "WARN")
    assert story.checks["not required"].description == line
    assert "phone" in str(story.checks["not required"].metadata["changes"].value)


def test_the_check_is_green_where_nothing_drifted_also_in_a_run_that_failed(story: Story) -> None:
    assert story.checks["required"].passed
    assert story.checks["there"].passed
    assert not any("drifted" in note for note in story.runs["there"].notes)
