"""Heap dumps land each once, whatever order they come in, and replace what they stand for (T01 to T23)."""

from datetime import UTC, date, datetime

import pytest

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events, read_arrivals
from heap_assets.bucket.status import Status, feed_table
from heap_assets_tests.feeds.house import House
from heap_assets_tests.laws.chain import files_below


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


def ids(*numbers: int, **more) -> list[dict]:
    return [{"user_id": number, **more} for number in numbers]


def test_t02_dumps_count_by_number_not_by_text(users):
    for number in (1008461850, 9, 852, 10):
        users.builder.dump(number, users=ids(1, identity=str(number)))

    assert [row["identity"] for row in users.up_to_date()] == ["1008461850"]


def test_t04_a_late_lower_dump_lands_and_does_not_override(users):
    users.builder.dump(12, users=ids(1, identity="late"))
    users.up_to_date()
    users.builder.dump(11, users=ids(1, 2, identity="early"))

    assert [(row["user_id"], row["identity"]) for row in users.up_to_date()] == [(1, "late"), (2, "early")]


def test_t08_a_full_copy_voids_what_was_before_it_and_nothing_else(users):
    users.builder.dump(9, users=ids(1, 2), pageviews=[{"user_id": 1, "event_id": 1}])
    users.up_to_date()
    users.builder.dump(10, full={"users"}, users=ids(2, 3))
    users.builder.dump(11, users=ids(4))

    users.up_to_date()

    assert users.keys() == ["2", "3", "4"]
    assert set(users.statuses().values()) == {Status.LANDED}


def test_t09_a_full_copy_of_nothing_empties_the_table(users):
    users.builder.dump(9, users=ids(1, 2))
    users.up_to_date()
    users.builder.dump(10, full={"users"}, users=None)

    assert users.up_to_date() == []


def test_t10_what_a_full_copy_voids_is_not_even_opened(users):
    for number in (8, 9, 10, 11):
        users.builder.dump(number, full={"users"} if number in (9, 10) else (), users=[ids(number), ids(number + 100)])

    users.up_to_date()

    assert users.bucket.objects == 4
    assert users.keys() == ["10", "11", "110", "111"]
    assert users.statuses()["8"] is users.statuses()["9"] is Status.SUPERSEDED


def test_when_a_full_copy_is_taken_out_what_it_voided_counts_again_in_the_same_pass(users):
    users.builder.dump(8, users=ids(1))
    users.builder.dump(9, full={"users"}, users=ids(2))
    users.builder.dump(10, full={"users"}, users=ids(3))
    users.up_to_date()
    users.builder.dump(10, pageviews=[])

    reports = users.land()
    users.fold()

    assert all(report.complete for report in reports.values())
    assert users.keys() == ["2"]
    assert users.statuses() == {"8": Status.SUPERSEDED, "9": Status.LANDED, "10": Status.GONE}


def test_a_full_copy_delivered_again_as_an_increment_voids_nothing_any_more(users):
    users.builder.dump(8, users=ids(1))
    users.builder.dump(9, full={"users"}, users=ids(2))
    users.up_to_date()
    users.builder.dump(9, users=ids(2))

    users.up_to_date()

    assert users.keys() == ["1", "2"]


def test_t16_a_manifest_rewritten_under_its_id_replaces_its_own_rows(users):
    users.builder.dump(9, users=ids(1, 2))
    users.builder.dump(10, users=ids(3))
    users.up_to_date()
    users.builder.dump(9, tag="-again", users=ids(2, 4))

    users.up_to_date()

    assert users.keys() == ["2", "3", "4"]


def test_t17_a_part_overwritten_under_its_key_replaces_its_own_rows(users):
    users.builder.dump(9, users=[ids(1), ids(2)])
    users.up_to_date()
    users.builder.avro("sync_9/users/part-00001.avro", ids(5), {"user_id": "long"})

    users.up_to_date()

    assert users.keys() == ["1", "5"]


def test_what_vanishes_from_the_bucket_stays_as_it_landed(users):
    users.builder.dump(9, users=ids(1))
    before = users.up_to_date()
    users.builder.remove("sync_9/users/part-00000.avro")
    assert users.up_to_date() == before
    users.builder.remove("manifests/sync_9.json")

    assert users.up_to_date() == before


def test_each_manifest_version_is_read_once(users):
    users.builder.dump(9, users=ids(1))
    users.builder.dump(10)
    users.up_to_date()
    users.up_to_date()
    assert users.bucket.manifests == 2

    users.builder.dump(10)
    users.up_to_date()
    users.up_to_date()
    assert users.bucket.manifests == 3


def test_t22_running_again_writes_and_reads_nothing(users):
    users.builder.dump(9, users=[*ids(1), {"user_id": None}])
    users.up_to_date()
    before, read = files_below(users.lake.root), users.bucket.objects

    users.up_to_date()

    assert (files_below(users.lake.root), users.bucket.objects) == (before, read)


def test_a_withdrawn_delivery_that_comes_back_lands_again(users):
    users.builder.dump(9, users=[*ids(1), {"user_id": None}])
    users.up_to_date()
    content = (users.builder.root / "manifests/sync_9.json").read_bytes()
    users.builder.dump(9)
    assert users.up_to_date() == []

    users.builder.put("manifests/sync_9.json", content)

    assert len(users.up_to_date()) == len(users.quarantine()) == 1


def test_a_delivery_excluded_is_taken_out_and_restored(users):
    users.builder.dump(9, users=ids(1))
    users.builder.dump(10, users=ids(2))
    users.up_to_date()
    held = read_arrivals(users.lake)["heap/users", "9"].delivery

    append_events(users.lake, [DeliveryEvent(Event.EXCLUDED, held, reason="wrong")])
    users.up_to_date()
    assert users.keys() == ["2"]
    assert users.statuses()["9"] is Status.EXCLUDED

    append_events(users.lake, [DeliveryEvent(Event.RESTORED, held)])
    users.up_to_date()
    assert users.keys() == ["1", "2"]


def test_a_delivery_before_start_date_is_left_alone(users):
    users.builder.dump(9, modified=datetime(2025, 12, 31, 23, tzinfo=UTC), users=ids(1))

    assert users.up_to_date(days=[date(2025, 12, 31), date(2026, 1, 1)]) == []
    assert users.statuses() == {"9": Status.IGNORED}


def test_file_dates_are_days_of_the_time_zone(tmp_path):
    users = House(tmp_path, "heap/users", timezone="Asia/Tokyo")
    users.builder.dump(9, modified=datetime(2026, 1, 2, 20, tzinfo=UTC), users=ids(1))

    assert users.land(days=[date(2026, 1, 2)])[date(2026, 1, 2)].landed == 0
    assert users.land(days=[date(2026, 1, 3)])[date(2026, 1, 3)].landed == 1


def test_a_dump_keeps_the_file_date_of_its_first_sight(users):
    users.builder.dump(9, modified=datetime(2026, 1, 2, tzinfo=UTC), users=ids(1))
    users.up_to_date()
    users.builder.dump(9, modified=datetime(2026, 1, 5, tzinfo=UTC), users=ids(2))

    assert [row["_file_date"] for row in users.up_to_date()] == [date(2026, 1, 2)]


def test_only_the_days_asked_for_are_landed(users):
    for number, day in ((9, 2), (10, 3)):
        users.builder.dump(number, modified=datetime(2026, 1, day, tzinfo=UTC), users=ids(number))

    users.up_to_date(days=[date(2026, 1, 3)])

    assert users.keys() == ["10"]
    assert users.statuses() == {"9": Status.PENDING, "10": Status.LANDED}


def test_ids_stay_exact_beside_nulls(users):
    great = [2**53 - 1, 2**53 + 1, 2**63 - 1, -(2**63)]
    users.builder.dump(9, users=[*ids(*great), {"user_id": None}])

    assert sorted(row["user_id"] for row in users.up_to_date()) == sorted(great)


def test_rows_of_one_feed_are_in_no_other_table(users):
    users.builder.dump(9, users=ids(1), pageviews=[{"user_id": 7, "event_id": 7}])
    users.up_to_date()

    assert users.keys() == ["1"]
    assert not users.lake.exists(feed_table(users.settings.feed("heap/pageviews")))
