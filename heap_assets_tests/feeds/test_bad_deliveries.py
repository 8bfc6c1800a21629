"""What cannot be read fails alone, leaves no row, and heals; what has no key is set aside (T05 to T20, T51)."""

from datetime import UTC, date, datetime

import pytest

from heap_assets.bucket.status import Status
from heap_assets_tests.feeds.house import House


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


def ids(*numbers: int, **more) -> list[dict]:
    return [{"user_id": number, **more} for number in numbers]


def test_t05_parts_without_a_manifest_are_invisible_until_it_comes(users):
    users.builder.avro("sync_13/users/part-00000.avro", ids(1), {"user_id": "long"})
    assert users.up_to_date() == []

    users.builder.manifest(
        13, [{"name": "users", "incremental": True, "files": [users.builder.uri("sync_13/users/part-00000.avro")]}]
    )

    assert len(users.up_to_date()) == 1


def test_t06_a_missing_part_fails_its_delivery_alone_and_heals(users):
    users.builder.dump(9, users=ids(1))
    users.builder.dump(10, users=[ids(2), ids(3)])
    users.builder.remove("sync_10/users/part-00001.avro")

    assert users.up_to_date() == users.rows()
    assert users.keys() == ["1"]
    assert users.statuses() == {"9": Status.LANDED, "10": Status.FAILED}
    assert "sync_10/users/part-00001.avro" in users.reason("10")

    users.builder.avro("sync_10/users/part-00001.avro", ids(3), {"user_id": "long"})
    users.up_to_date()
    assert users.keys() == ["1", "2", "3"]


def test_a_day_with_a_failed_delivery_is_not_complete_and_others_are(users):
    users.builder.dump(9, modified=datetime(2026, 1, 2, tzinfo=UTC), users=ids(1))
    users.builder.dump(10, modified=datetime(2026, 1, 3, tzinfo=UTC), users=ids(2))
    users.builder.remove("sync_10/users/part-00000.avro")

    reports = users.land()

    assert [day for day, report in reports.items() if not report.complete] == [date(2026, 1, 3)]


def test_rows_without_a_key_are_quarantined_and_counted(users):
    users.builder.dump(9, users=[{"user_id": None, "identity": "x"}, *ids(0, -1)])

    report = users.land()[date(2026, 1, 2)]
    users.fold()

    assert (report.read, report.landed, report.quarantined, report.miscounted) == (3, 2, 1, 0)
    assert users.keys() == ["-1", "0"]
    (row,) = users.quarantine()
    assert (row["feed"], row["delivery"], row["row"], row["reason"]) == ("heap/users", "9", 0, "null-in-key")


def test_rejects_of_a_delivery_are_replaced_when_it_is_read_again(users):
    users.builder.dump(9, users=[{"user_id": None}, {"user_id": None}])
    users.up_to_date()
    users.builder.dump(9, users=[*ids(1), {"user_id": None}])

    users.up_to_date()

    assert [row["row"] for row in users.quarantine()] == [1]


def test_rejects_of_a_delivery_that_is_withdrawn_leave_the_quarantine(users):
    users.builder.dump(9, users=[*ids(1), {"user_id": None}])
    users.up_to_date()
    users.builder.dump(9)

    report = users.land()[date(2026, 1, 2)]

    assert (report.landed, report.quarantined, users.quarantine()) == (0, 0, [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"dump_id": 9}',
        b'{"dump_id": 11, "tables": []}',
        b'{"dump_id": 9, "tables": [{"name": "users", "files": []}]}',
        b'{"dump_id": 9, "tables": [{"name": "users", "incremental": "true", "files": []}]}',
        b'{"dump_id": 9, "tables": [{"name": "users", "incremental": true, "files": []},'
        b' {"name": "users", "incremental": true, "files": []}]}',
        b'{"dump_id": 9, "tables": [], "tables": [{"name": "users", "incremental": true, "files": []}]}',
        b'{"dump_id": 9, "tables": ' + b"[" * 100_000,
        b'{"dump_id": "' + b"9" * 5000 + b'", "tables": []}',
        b'{"dump_id": 9, "tables": [{"name": "users", "incremental": true, "files": ["s3://heap-rs3-acme/\\ud800"]}]}',
    ],
    ids=[
        "empty", "cut", "a list", "no tables", "another id", "no flag", "flag as text", "table twice", "key twice",
        "endless lists", "endless number", "half a pair in an address",
    ],
)  # fmt: skip
def test_t12_t19_an_invalid_manifest_fails_its_dump_alone_and_heals(users, content):
    users.builder.put("manifests/sync_9.json", content)
    users.builder.dump(10, users=ids(2))
    users.up_to_date()
    assert users.statuses() == {"9": Status.FAILED, "10": Status.LANDED}
    assert "HA-2004" in users.reason("9")

    users.builder.dump(9, users=ids(1))

    users.up_to_date()
    assert users.keys() == ["1", "2"]


def test_a_manifest_that_becomes_invalid_leaves_what_landed(users):
    users.builder.dump(9, users=ids(1))
    before = users.up_to_date()
    users.builder.put("manifests/sync_9.json", b"{")

    assert users.up_to_date() == before
    assert users.statuses() == {"9": Status.FAILED}


def test_t19_names_beside_manifests_are_no_manifests(users):
    users.builder.dump(9, users=ids(1))
    for name in (
        "manifests/sync_10.json.tmp",
        "manifests/",
        "manifests/old/sync_11.json",
        "imported_manifests/sync_12.json",
    ):
        if not name.endswith("/"):
            users.builder.put(name, b"{")

    users.up_to_date()

    assert users.statuses() == {"9": Status.LANDED}


def test_t18_two_manifests_of_one_dump_are_refused_until_one_goes(users):
    users.builder.dump(9, users=ids(1))
    users.builder.put("manifests/sync_09.json", (users.builder.root / "manifests/sync_9.json").read_bytes())
    assert users.up_to_date() == []
    assert users.statuses() == {"9": Status.REFUSED}

    users.builder.remove("manifests/sync_09.json")

    assert len(users.up_to_date()) == 1


@pytest.mark.parametrize(
    "uri", ["s3://other/sync_9/a.avro", "s3://heap-rs3-acme/../a.avro", "sync_9/a.avro", "file:///etc/passwd"]
)
def test_t20_an_address_outside_the_bucket_is_refused(users, uri):
    users.builder.manifest(9, [{"name": "users", "incremental": True, "files": [uri]}])

    users.up_to_date()

    assert users.statuses() == {"9": Status.REFUSED}


def test_a_damaged_part_is_refused_and_not_read_again_until_it_changes(users):
    users.builder.dump(9, users=ids(*range(1000)))
    path = users.builder.root / "sync_9/users/part-00000.avro"
    whole = path.read_bytes()
    users.builder.put("sync_9/users/part-00000.avro", whole[: len(whole) // 2])
    users.up_to_date()
    assert (users.statuses(), users.bucket.objects) == ({"9": Status.REFUSED}, 1)

    users.up_to_date()
    assert users.bucket.objects == 1

    users.builder.put("sync_9/users/part-00000.avro", whole)
    assert len(users.up_to_date()) == 1000


def test_what_failed_can_be_skipped_until_it_is_mended(users):
    users.builder.dump(9, users=ids(1))
    users.builder.put("sync_9/users/part-00000.avro", b"")

    assert users.land(skip_failed=True)[date(2026, 1, 2)].complete
    assert users.statuses() == {"9": Status.SKIPPED}

    users.builder.avro("sync_9/users/part-00000.avro", ids(1), {"user_id": "long"})
    users.up_to_date()
    assert users.statuses() == {"9": Status.LANDED}
