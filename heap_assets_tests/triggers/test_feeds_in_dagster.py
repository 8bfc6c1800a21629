"""Feeds and domain tables as Dagster runs them: which days are green, what is recorded of each, and what a re-run does."""

from dataclasses import dataclass
from typing import Any

import pytest

from heap_assets.orchestration.options import RunOptions
from heap_assets_tests.triggers.conftest import Plant, at, user, view

FEEDS = ("heap/users", "heap/sessions", "heap/pageviews", "heap/user_migrations", "crm/customers")
USERS, TABLE = "heap/users", "domain/heap_users"


@dataclass(frozen=True)
class Story:
    """What was recorded after each chapter: two deliveries; a further one; one of them again with less in it."""

    plant: Plant
    days: dict[tuple[str, int], dict[str, Any]]
    feed: dict[str, Any]
    folds: list[dict[str, Any]]
    green: dict[str, list[int]]


@pytest.fixture(scope="module")
def story(shared_plant: Plant) -> Story:
    """Two dumps (2 and 4 January) and a CRM file (3 January), one row of it without a key; then a third and a repetition."""
    plant, folds = shared_plant, []
    plant.bucket.dump(1, modified=at(2), users=[user(1), user(2)], pageviews=[view(1, 1)])
    plant.bucket.dump(2, modified=at(4), users=[user(2, email="b@b.org"), user(3)], pageviews=[view(1, 1), view(1, 2)])
    plant.bucket.file("crm/2026-01-03.csv", [{"id": "a", "email": "a@b.org"}, {"id": None, "email": "x"}])
    assert plant.feeds(1, 5).success
    assert plant.domain().success
    folds.append(plant.facts(TABLE))
    days = {
        (feed, day): plant.facts(feed, day) for feed in (USERS, "heap/sessions", "crm/customers") for day in range(1, 6)
    }
    recorded = plant.facts(USERS)
    green = {feed: plant.green(feed) for feed in FEEDS}
    plant.bucket.dump(3, modified=at(6), users=[user(3, email="c@b.org"), user(4), user(4)])
    assert plant.feeds(6, 6, USERS).success
    assert plant.domain(TABLE).success
    folds.append(plant.facts(TABLE))
    plant.bucket.dump(3, modified=at(6), users=[user(3, email="c@b.org")], tag="-again")
    assert plant.feeds(6, 6, USERS).success
    assert plant.domain(TABLE).success
    folds.append(plant.facts(TABLE))
    return Story(plant, days, recorded, folds, green)


def test_every_day_of_the_range_is_green_delivered_or_not(story: Story) -> None:
    assert story.green == {feed: [1, 2, 3, 4, 5] for feed in FEEDS}


@pytest.mark.parametrize(
    ("feed", "day", "read", "landed", "quarantined", "objects"),
    [
        (USERS, 1, 0, 0, 0, 0),
        (USERS, 2, 2, 2, 0, 1),
        (USERS, 4, 2, 2, 0, 1),
        ("heap/sessions", 2, 0, 0, 0, 0),
        ("crm/customers", 3, 2, 1, 1, 1),
        ("crm/customers", 4, 0, 0, 0, 0),
    ],
)
def test_each_day_records_what_was_read_landed_and_set_aside(
    story: Story, feed: str, day: int, read: int, landed: int, quarantined: int, objects: int
) -> None:
    facts = story.days[feed, day]

    assert (facts["rows_read"], facts["rows_landed"], facts["rows_quarantined"]) == (read, landed, quarantined)
    assert facts["rows_read"] == facts["rows_landed"] + facts["rows_quarantined"]
    assert facts["dagster/partition_row_count"] == landed
    assert facts["objects"] == objects
    assert (facts["bytes"] > 0) == (objects > 0)


def test_each_day_names_its_deliveries_with_their_status(story: Story) -> None:
    assert "| 1 | landed | 1 |" in story.days[USERS, 2]["deliveries"]
    assert "crm/2026-01-03.csv" in story.days["crm/customers", 3]["deliveries"]
    assert story.days[USERS, 3]["deliveries"] == "no delivery for this day"


def test_tables_record_rows_columns_preview_and_a_chart(story: Story) -> None:
    feed, table = story.feed, story.folds[0]

    assert (feed["dagster/row_count"], table["dagster/row_count"]) == (4, 3)
    assert {column.name for column in table["dagster/column_schema"].columns} >= {"user_id", "email", "_updated"}
    assert table["dagster/table_name"] == "Heap:Users"
    assert "b@b.org" not in table["preview"]
    assert "data:image/svg+xml;base64," in feed["rows_by_file_date"]


def test_a_fold_records_rows_added_and_where_they_went(story: Story) -> None:
    added = [
        tuple(facts[f"rows_{name}"] for name in ("added", "inserted", "updated", "superseded")) for facts in story.folds
    ]

    assert added == [(4, 3, 0, 1), (3, 1, 1, 1), (1, 0, 1, 0)]


def test_a_fold_records_rows_that_a_repetition_took_out(story: Story) -> None:
    last = story.folds[-1]

    assert (last["rows_removed"], last["rows_revived"]) == (1, 0)
    assert (last["dagster/row_count"], last["rows_live_in_feed"]) == (3, 5)


def test_running_a_range_again_reads_nothing_and_changes_no_table(story: Story) -> None:
    lake = story.plant.bucket.lake()
    before = {feed: lake.open(f"feeds/{feed}").version for feed in FEEDS}
    story.plant.bucket.remove("sync_1/users/part-00000.avro")

    result = story.plant.feeds(1, 5)

    assert result.success
    assert {feed: lake.open(f"feeds/{feed}").version for feed in FEEDS} == before


@pytest.mark.parametrize("skip", [False, True])
def test_a_bad_day_fails_alone_and_the_good_days_of_the_range_are_kept(plant: Plant, skip: bool) -> None:
    for number in (1, 2, 3):
        plant.bucket.dump(number, modified=at(number + 1), users=[user(number)])
    plant.bucket.put("sync_2/users/part-00000.avro", b"Obj\x01 this is no Avro", at(3))

    result = plant.feeds(1, 4, USERS, "crm/customers", options=RunOptions(skip_failed=skip))

    assert result.success is skip
    assert plant.green(USERS) == ([1, 2, 3, 4] if skip else [1, 2, 4])
    assert plant.green("crm/customers") == [1, 2, 3, 4]
    assert plant.facts(USERS, 4)["rows_landed"] == 1
    assert plant.bucket.lake().open("feeds/heap/users").rows == 2


def test_a_day_that_failed_says_why_is_not_tried_twice_in_a_run_and_heals_in_the_next(plant: Plant) -> None:
    plant.bucket.dump(1, modified=at(2), users=[user(1)])
    plant.bucket.remove("sync_1/users/part-00000.avro")

    events = plant.feeds(1, 2, USERS).all_events
    plant.bucket.avro("sync_1/users/part-00000.avro", [user(1)], {}, at(2))
    healed = plant.feeds(2, 2, USERS)

    failures = [event.step_failure_data.user_failure_data for event in events if event.is_step_failure]
    assert [data and data.metadata["failed_days"].value for data in failures] == ["2026-01-02"]
    assert [data and "HA-2002" in str(data.description) for data in failures] == [True]
    assert [event for event in events if event.is_step_up_for_retry] == []
    assert healed.success
    assert plant.green(USERS) == [1, 2]


def test_domain_tables_are_there_and_empty_where_nothing_was_ever_delivered(plant: Plant) -> None:
    assert plant.feeds(1, 1).success
    assert plant.domain().success

    assert plant.facts("domain/heap_sessions")["dagster/row_count"] == 0
    assert plant.facts("domain/heap_resolved_users")["dagster/row_count"] == 0
