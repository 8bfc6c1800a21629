"""Traps of Heap Connect's manifests: order, gaps, rivals, what is listed in vain, what nobody takes (T01 to T23).

Further ones are named after their traps in `feeds/test_dumps.py`, `feeds/test_bad_deliveries.py` and `faults`.
"""

import random
from datetime import UTC, datetime

import pytest

from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import Status, statuses
from heap_assets.errors import BucketUnreachable, ObjectMissing
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.feeds.house import House
from heap_assets_tests.laws.chain import CountingBucket


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


def ids(*numbers: int, **more) -> list[dict]:
    return [{"user_id": number, **more} for number in numbers]


def entry(house: House, *keys: str, name: str = "users", **changed) -> dict:
    return {
        "name": name,
        "incremental": True,
        "columns": [],
        "files": [house.builder.uri(key) for key in keys],
        **changed,
    }


class Shuffled(CountingBucket):
    """A bucket that lists in another order each time."""

    def list(self, prefix):
        metas = list(self.inner.list(prefix))
        random.Random(len(metas)).shuffle(metas)
        return iter(metas)


class Closed(CountingBucket):
    """A bucket in which one object cannot be read."""

    key: str | None = None
    error: Exception = BucketUnreachable("access is denied", where="it")

    def read(self, key, version):
        if key == self.key:
            raise self.error
        return super().read(key, version)


def test_t01_the_order_of_the_listing_does_not_matter(tmp_path):
    plain, shuffled = House(tmp_path / "a", "heap/users"), House(tmp_path / "b", "heap/users")
    for house in (plain, shuffled):
        for number in (9, 10, 100, 11):
            house.builder.dump(number, users=[ids(number, 1, identity=str(number)), ids(number + 1, identity="x")])
    shuffled.bucket = Shuffled(shuffled.builder.bucket())

    one, other = plain.up_to_date(), shuffled.up_to_date()

    assert [{**row, "_object_version": ""} for row in one] == [{**row, "_object_version": ""} for row in other]


def test_t03_a_gap_is_neither_an_error_nor_waited_for(users):
    users.builder.dump(10, users=ids(1))
    users.builder.dump(12, users=ids(2))

    assert [row["_delivery"] for row in users.up_to_date()] == ["10", "12"]
    assert users.statuses() == {"10": Status.LANDED, "12": Status.LANDED}


def test_t07_an_object_that_no_manifest_lists_is_ignored(users):
    users.builder.dump(9, users=ids(1))
    users.builder.avro("sync_9/users/part-00009.avro", ids(7), {"user_id": "long"})

    assert [row["user_id"] for row in users.up_to_date()] == [1]


def test_t08_a_full_copy_that_is_damaged_voids_nothing_until_it_lands(users):
    users.builder.dump(8, users=ids(1, 2))
    users.up_to_date()
    users.builder.dump(9, full={"users"}, users=ids(3))
    whole = (users.builder.root / "sync_9/users/part-00000.avro").read_bytes()
    users.builder.put("sync_9/users/part-00000.avro", whole[:-20])
    users.up_to_date()
    assert (users.keys(), users.statuses()["9"]) == (["1", "2"], Status.REFUSED)

    users.builder.put("sync_9/users/part-00000.avro", whole)

    users.up_to_date()
    assert users.keys() == ["3"]


def test_t08_a_full_copy_that_comes_late_voids_only_what_was_before_its_number(users):
    users.builder.dump(9, users=ids(1))
    users.builder.dump(12, users=ids(2))
    users.up_to_date()
    users.builder.dump(11, full={"users"}, users=None)

    users.up_to_date()

    assert users.keys() == ["2"]


def test_t11_without_any_full_copy_everything_counts(users):
    for number in (9, 10, 11):
        users.builder.dump(number, users=ids(number))

    assert [row["user_id"] for row in users.up_to_date()] == [10, 11, 9]


@pytest.mark.parametrize("flag", [{}, {"incremental": None}, {"incremental": 1}, {"incremental": "false"}])
def test_t12_a_flag_that_is_no_flag_names_the_manifest_and_is_not_guessed(users, flag):
    users.builder.manifest(9, [{"name": "users", "files": [], **flag}])

    users.land()

    assert users.statuses() == {"9": Status.FAILED}
    assert "manifests/sync_9.json" in users.reason("9")


def test_t14_a_table_that_nobody_takes_is_never_fatal_and_says_what_would_take_it(users):
    users.builder.avro("sync_9/users/a.avro", ids(1), {"user_id": "long"})
    users.builder.manifest(
        9,
        [entry(users, "sync_9/users/a.avro"), {"name": "_event_metadata"}, entry(users, "sync_9/b/b.avro", name="buy")],
    )

    users.up_to_date()

    told = {row.delivery.feed: (row.status, row.reason) for row in statuses(users.lake, users.settings)}
    assert told["heap/_event_metadata"] == (Status.IGNORED, "Heap's own bookkeeping, which no feed needs")
    assert told["heap/buy"] == (Status.IGNORED, "no feed takes this table; name it in event_tables")
    assert users.keys() == ["1"]


def test_t14_a_table_named_later_is_read_as_its_manifest_says_whatever_its_feed_is_called(tmp_path):
    buys = House(tmp_path, "heap/users")
    buys.builder.dump(9, users=ids(1), buy=[{"user_id": 1, "event_id": 5}])
    buys.builder.dump(10, buy=[{"user_id": 1, "event_id": 6}])
    buys.builder.manifest(10, [{**entry(buys, name="buy"), "files": ["s3://other/sync_10/buy/part-00000.avro"]}])
    buys.up_to_date()
    feed = {
        "source": "Heap",
        "feed": "Purchases",
        "delivery": "heap_connect",
        "table": "buy",
        "primary_key": ["event_id"],
    }
    buys.feed = "heap/purchases"
    buys.configure(feeds=[feed])

    buys.up_to_date()

    assert buys.keys() == ["5"]
    assert buys.statuses() == {"9": Status.LANDED, "10": Status.REFUSED}
    manifests = buys.bucket.manifests
    buys.up_to_date()
    assert buys.bucket.manifests == manifests


def test_t15_more_than_a_thousand_manifests_are_all_seen(tmp_path):
    builder = BucketBuilder(tmp_path)
    for number in range(1, 1_102):
        builder.manifest(number, [{"name": "users", "incremental": True, "files": []}])

    assert len(discover(builder.bucket(), builder.lake(), builder.settings())) == 1_101


@pytest.mark.parametrize("wrong_first", [True, False])
def test_t18_a_manifest_that_says_the_dump_of_another_disputes_it_in_either_order(users, wrong_first):
    users.builder.dump(9, users=ids(1))
    right = (users.builder.root / "manifests/sync_9.json").read_bytes()
    if wrong_first:
        users.builder.remove("manifests/sync_9.json")
        users.builder.put("manifests/sync_11.json", right)
        users.up_to_date()
        users.builder.put("manifests/sync_9.json", right)
    else:
        users.builder.put("manifests/sync_11.json", right)
    users.builder.dump(12, users=ids(2))

    users.up_to_date()

    assert users.statuses() == {"9": Status.REFUSED, "11": Status.FAILED, "12": Status.LANDED}
    assert "manifests/sync_11.json and manifests/sync_9.json" in users.reason("9")
    manifests = users.bucket.manifests
    users.up_to_date()
    assert users.bucket.manifests == manifests
    users.builder.remove("manifests/sync_11.json")
    users.up_to_date()
    assert users.keys() == ["1", "2"]
    assert users.statuses() == {"9": Status.LANDED, "11": Status.GONE, "12": Status.LANDED}


def test_t18_what_landed_before_a_rival_came_stays_and_is_whole_again_when_it_goes(users):
    users.builder.dump(9, users=ids(1))
    before = users.up_to_date()
    users.builder.put("manifests/sync_009.json", b"{")
    assert users.up_to_date() == before
    assert users.statuses() == {"9": Status.REFUSED}
    users.builder.remove("manifests/sync_009.json")

    assert users.up_to_date() == before
    assert users.statuses() == {"9": Status.LANDED}


def test_t19_a_bad_manifest_that_leaves_the_bucket_stands_in_nobodys_way(users):
    users.builder.put("manifests/sync_9.json", b"{")
    users.land()
    users.builder.remove("manifests/sync_9.json")
    users.land()
    assert users.statuses() == {"9": Status.GONE}

    users.builder.put("manifests/sync_9.json", b"{")
    users.land()

    assert users.statuses() == {"9": Status.FAILED}


def test_t19_a_bad_version_that_leaves_the_bucket_leaves_what_had_landed(users):
    users.builder.dump(9, users=ids(1))
    before = users.up_to_date()
    users.builder.put("manifests/sync_9.json", b"{")
    users.up_to_date()
    users.builder.remove("manifests/sync_9.json")

    assert users.up_to_date() == before
    assert users.statuses() == {"9": Status.LANDED}
    assert "a newer version of it left the bucket" in users.reason("9")


def test_t20_an_address_refused_for_its_bucket_is_judged_anew_when_the_settings_allow_it(tmp_path):
    users = House(tmp_path, "heap/users")
    users.builder.avro("sync_9/users/a.avro", ids(1), {"user_id": "long"})
    users.builder.manifest(9, [entry(users, files=["s3://csq-rs3-original/sync_9/users/a.avro"])])
    users.up_to_date()
    assert (users.statuses(), users.bucket.objects) == ({"9": Status.REFUSED}, 0)
    assert "HA-3004" in users.reason("9")
    assert "s3://csq-rs3-original/sync_9/users/a.avro" in users.reason("9")

    users.configure(source={"bucket": str(users.builder.root), "manifest_bucket": "csq-rs3-original"})

    users.up_to_date()
    assert users.keys() == ["1"]


def test_t72_a_manifest_that_may_not_be_read_fails_its_dump_alone_and_is_tried_each_time(users):
    users.builder.dump(9, users=ids(1))
    users.builder.dump(10, users=ids(2))
    users.bucket = Closed(users.builder.bucket())
    users.bucket.key = "manifests/sync_9.json"
    users.up_to_date()
    assert (users.keys(), users.statuses()["9"]) == (["2"], Status.FAILED)
    assert "HA-2001: access is denied" in users.reason("9")
    users.land(skip_failed=True)
    assert users.statuses()["9"] is Status.SKIPPED

    users.bucket.key = None

    users.up_to_date()
    assert users.keys() == ["1", "2"]


def test_a_manifest_that_leaves_between_listing_and_reading_has_not_come(users):
    users.builder.dump(9, users=ids(1))
    users.bucket = Closed(users.builder.bucket())
    users.bucket.key, users.bucket.error = "manifests/sync_9.json", ObjectMissing("gone")

    users.land()

    assert users.statuses() == {}


def test_a_bucket_of_csq_data_connect_is_read_alike(tmp_path):
    users = House(tmp_path, "heap/users")
    users.builder = BucketBuilder(tmp_path, "csq-rs3-acme")
    users.bucket = CountingBucket(users.builder.bucket())
    users.configure()
    users.builder.dump(9, modified=datetime(2026, 1, 2, tzinfo=UTC), users=ids(1))

    assert len(users.up_to_date()) == 1


def test_an_event_table_dropped_by_a_newer_manifest_while_nobody_took_it_does_not_come_back(tmp_path):
    buys = House(tmp_path, "heap/buy", event_tables=["buy"])
    buys.builder.dump(9, buy=[{"user_id": 1, "event_id": 5}])
    buys.up_to_date()
    buys.builder.manifest(9, [entry(buys)])
    discover(buys.bucket, buys.lake, buys.builder.settings())

    assert buys.up_to_date() == []
