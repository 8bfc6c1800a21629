"""From bucket to feeds: what one look at the bucket asks for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import statuses
from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB
from heap_assets.triggers.sensors import REQUEST, is_due, pause_after, request_for
from heap_assets_tests.triggers.conftest import Plant, at, user

PART = "sync_{}/users/part-00000.avro"


def look(plant: Plant) -> list[dg.RunRequest]:
    """One tick of the sensor."""
    result = tick(plant)
    return list(result.run_requests or [])


def tick(plant: Plant) -> Any:
    sensor = plant.defs.resolve_sensor_def("heap_bucket_sensor")
    with dg.build_sensor_context(
        instance=plant.instance, definitions=plant.defs, resources=dict(plant.defs.resources or {})
    ) as context:
        return sensor.evaluate_tick(context)


def ranges(requests: list[dg.RunRequest]) -> list[tuple[int, int]]:
    """First and last day of January of each request."""
    lead = "dagster/asset_partition_range_"
    return [tuple(int(request.tags[f"{lead}{end}"][-2:]) for end in ("start", "end")) for request in requests]  # type: ignore[misc]


def carry_out(plant: Plant, requests: list[dg.RunRequest]) -> None:
    """Run what was requested, as the daemon does."""
    for request in requests:
        plant.job(FEEDS_JOB, tags={**request.tags, "dagster/run_key": str(request.run_key)})


def remember(plant: Plant, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
    """A run of this request that ended so, or is under way, without a trace in the lake."""
    run = dg.DagsterRun(job_name=FEEDS_JOB, status=status, tags=dict(request.tags))
    plant.instance.add_run(run)


def one_dump(plant: Plant) -> None:
    plant.bucket.dump(1, modified=at(2), users=[user(1)])


def a_dump_and_a_file_two_days_later(plant: Plant) -> None:
    one_dump(plant)
    plant.bucket.file("crm/2026-01-04.csv", [{"id": "a"}])


def what_no_feed_takes(plant: Plant) -> None:
    plant.bucket.put("crm/readme.txt", b"hello", at(2))
    plant.bucket.dump(1, modified=at(2), unknown_table=[user(1)])


def a_file_before_the_start(plant: Plant) -> None:
    plant.bucket.file("crm/2025-12-31.csv", [{"id": "a"}])


def a_file_of_a_day_that_has_not_come(plant: Plant) -> None:
    plant.bucket.file(f"crm/{plant.settings.today() + timedelta(days=1)}.csv", [{"id": "a"}])


@pytest.mark.parametrize(
    ("deliver", "asked"),
    [
        (lambda plant: None, []),
        (one_dump, [(1, 2)]),
        (a_dump_and_a_file_two_days_later, [(1, 4)]),
        (what_no_feed_takes, []),
        (a_file_before_the_start, []),
        (a_file_of_a_day_that_has_not_come, []),
    ],
)
def test_a_first_look(plant: Plant, deliver: Callable[[Plant], None], asked: list[tuple[int, int]]) -> None:
    deliver(plant)

    assert ranges(look(plant)) == asked


def test_a_look_that_finds_nothing_says_so(plant: Plant) -> None:
    assert "nothing new" in str(tick(plant).skip_message)


def test_a_request_is_for_the_feeds_by_range(plant: Plant) -> None:
    one_dump(plant)

    request = look(plant)[0]

    assert request.job_name == FEEDS_JOB
    assert request.run_key


def test_what_was_carried_out_is_not_asked_for_again(plant: Plant) -> None:
    a_dump_and_a_file_two_days_later(plant)
    carry_out(plant, look(plant))

    assert look(plant) == []


def test_later_looks_ask_for_what_is_new_late_or_overwritten_and_for_gaps(files_plant: Plant) -> None:
    plant, found = files_plant, []
    for days in ((2, 4), (7,), (3,), (4, 6)):
        for day in days:
            plant.bucket.file(f"crm/2026-01-{day:02d}.csv", [{"id": f"{len(found)}"}])
        requests = look(plant)
        found.append(ranges(requests))
        carry_out(plant, requests)

    assert found == [[(1, 4)], [(5, 7)], [(3, 3)], [(6, 6), (4, 4)]]
    assert look(plant) == []


def test_the_same_request_has_the_same_key_and_other_content_another(plant: Plant) -> None:
    one_dump(plant)
    first, again = look(plant)[0], look(plant)[0]
    plant.bucket.dump(1, modified=at(2), users=[user(1), user(2)])

    other = look(plant)[0]

    assert first.run_key == again.run_key
    assert ranges([other]) == ranges([first])
    assert other.run_key != first.run_key


def test_while_feeds_are_landed_nothing_is_asked_for(plant: Plant) -> None:
    one_dump(plant)
    request = look(plant)[0]

    remember(plant, request, dg.DagsterRunStatus.STARTED)

    assert look(plant) == []
    assert "being landed" in str(tick(plant).skip_message)


def test_a_run_of_domain_tables_holds_no_feed_back(plant: Plant) -> None:
    one_dump(plant)
    plant.instance.add_run(dg.DagsterRun(job_name=DOMAIN_JOB, status=dg.DagsterRunStatus.STARTED))

    assert len(look(plant)) == 1


def test_what_died_is_asked_for_again_under_another_key_after_a_pause(plant: Plant) -> None:
    one_dump(plant)
    request = look(plant)[0]
    remember(plant, request, dg.DagsterRunStatus.FAILURE)
    ready = [row for row in statuses(plant.bucket.lake(), plant.settings) if row.to_read]

    at_once = look(plant)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    later = request_for(plant.instance, at(1).date(), at(2).date(), ready, in_an_hour)

    assert at_once == []
    assert later is not None
    assert ranges([later]) == ranges([request])
    assert later.run_key != request.run_key
    assert later.tags[REQUEST] == request.tags[REQUEST]


@pytest.mark.parametrize(("minutes", "due"), [(1, False), (3, True)])
def test_what_failed_once_is_due_again_after_two_minutes(plant: Plant, minutes: int, due: bool) -> None:
    one_dump(plant)
    lake, now = plant.bucket.lake(), datetime.now(UTC)
    discover(plant.bucket.bucket(), lake, plant.settings, now - timedelta(hours=1))
    seen = next(row.delivery for row in statuses(lake, plant.settings) if row.delivery.feed == "heap/users")
    append_events(lake, [DeliveryEvent(Event.FAILED, seen, code="HA-2002")], now - timedelta(minutes=minutes))

    found = [row for row in statuses(lake, plant.settings) if row.delivery == seen]

    assert [(row.to_read, row.arrival.attempts, is_due(row, now)) for row in found] == [(True, 1, due)]


def test_what_failed_is_not_asked_for_at_once_and_then_under_another_key(plant: Plant) -> None:
    one_dump(plant)
    plant.bucket.remove(PART.format(1))
    first = look(plant)
    carry_out(plant, first)
    at_once = look(plant)

    ready = [row for row in statuses(plant.bucket.lake(), plant.settings) if row.to_read]
    later = request_for(plant.instance, at(1).date(), at(2).date(), ready, datetime.now(UTC))

    assert at_once == []
    assert later is not None
    assert later.run_key != first[0].run_key


def test_what_was_refused_is_asked_for_only_when_it_has_changed(files_plant: Plant) -> None:
    plant, key = files_plant, "crm/2026-01-02.csv"
    plant.bucket.put(key, b"\x1f\x8b no gzip", at(2))
    carry_out(plant, look(plant))
    unchanged = look(plant)
    plant.bucket.file(key, [{"id": "a"}])

    changed = look(plant)

    assert unchanged == []
    assert ranges(changed) == [(2, 2)]


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 2), (2, 4), (5, 32), (6, 60), (50, 60)])
def test_pauses_grow_to_an_hour(attempts: int, minutes: int) -> None:
    assert pause_after(attempts) == timedelta(minutes=minutes)


def test_a_first_look_at_years_asks_for_the_newest_days_first_and_for_so_many_at_a_time(plant: Plant) -> None:
    plant.bucket.dump(1, modified=at(2).replace(month=6), users=[user(1)])

    requests = look(plant)

    tags = requests[0].tags
    assert [request.tags["dagster/asset_partition_range_end"] for request in requests] == ["2026-06-02"]
    assert tags["dagster/asset_partition_range_start"] == "2026-03-03"


@pytest.mark.parametrize(
    ("said", "status"), [("running", dg.DefaultSensorStatus.RUNNING), ("stopped", dg.DefaultSensorStatus.STOPPED)]
)
def test_settings_say_whether_sensors_run(plant: Plant, said: str, status: dg.DefaultSensorStatus) -> None:
    from heap_assets import build_definitions

    defs = build_definitions(plant.bucket.settings(sensors=said))

    assert {sensor.name: sensor.default_status for sensor in defs.sensors or []} == {
        "heap_bucket_sensor": status,
        "domain_table_automation": status,
        "release_sensor": status,
    }
