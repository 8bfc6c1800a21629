"""Traps of the bucket: what S3 answers on a bad day, what changes while it is read, names that are none.

T15, T17, T69, T71, T72, T76.
"""

import itertools
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heap_assets.bucket import s3_bucket
from heap_assets.bucket.deliveries import ObjectRef
from heap_assets.bucket.status import Status
from heap_assets.bucket.store import Bucket, FolderBucket
from heap_assets.errors import BucketUnreachable, ObjectChanged
from heap_assets.feeds import reading
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import parse_settings
from heap_assets_tests.feeds.house import House
from heap_assets_tests.s3 import KEYS, S3Server
from heap_assets_tests.traps.front_door import Answer, FrontDoor

NUMBERS = itertools.count(1)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PART = "sync_9/users/part-00000.avro"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def door(s3_server: S3Server):
    with FrontDoor(s3_server.endpoint) as held:
        yield held


@pytest.fixture
def name(s3_server: S3Server) -> str:
    made = f"heap-rs3-trap-{next(NUMBERS)}"
    s3_server.client.create_bucket(Bucket=made)
    return made


def opened(server: S3Server, name: str, endpoint: str | None = None) -> Bucket:
    source = {**server.source(name), "endpoint_url": endpoint or server.endpoint}
    return open_bucket(parse_settings({"source": source, "start_date": "2026-01-01"}, Path("/nowhere")))


def ref(held: Bucket, key: str) -> ObjectRef:
    meta = next(meta for meta in held.list("") if meta.key == key)
    return ObjectRef(meta.key, meta.size, meta.version)


@pytest.fixture
def users(tmp_path, s3_server: S3Server, door: FrontDoor, name: str) -> House:
    """A house whose bucket stands behind the door, with one dump of three users."""
    house = House(tmp_path, "heap/users")
    house.builder.name = name
    house.builder.dump(9, users=[{"user_id": number} for number in (1, 2, 3)])
    s3_server.upload(house.builder.root, name)
    house.configure(source={**s3_server.source(name), "endpoint_url": door.endpoint})
    house.bucket.inner = opened(s3_server, name, door.endpoint)
    return house


@pytest.mark.parametrize("part", ["list-type=2", "manifests/sync_9.json", PART])
def test_t71_what_is_throttled_is_tried_again_listings_included(users: House, door: FrontDoor, part: str) -> None:
    busy = Answer("GET", part, 503, "SlowDown", times=2)
    door.answers.append(busy)

    assert len(users.up_to_date()) == 3
    assert busy.given == 2


def test_t71_a_connection_that_breaks_in_an_object_is_taken_up_again(users: House, door: FrontDoor) -> None:
    door.cut = PART

    users.up_to_date()
    users.up_to_date()

    assert door.cut is None
    assert users.keys() == ["1", "2", "3"]


def test_t71_expired_credentials_are_told_as_such_and_heal(users: House, door: FrontDoor) -> None:
    door.answers.append(Answer("GET", PART, 400, "ExpiredToken", "secret text"))
    users.up_to_date()
    assert users.statuses() == {"9": Status.FAILED}
    assert "HA-2001: the credentials have expired (ExpiredToken)" in users.reason("9")
    assert "secret text" not in users.reason("9")

    door.answers.clear()

    assert len(users.up_to_date()) == 3


KMS = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:y"


@pytest.mark.parametrize(("message", "action"), [("Access Denied", "s3:GetObject"), (KMS, "kms:Decrypt")])
def test_t72_an_object_that_may_not_be_read_names_bucket_key_and_action(
    users: House, door: FrontDoor, name: str, message: str, action: str
) -> None:
    door.answers.append(Answer("GET", PART, 403, "AccessDenied", message))

    assert users.up_to_date() == []

    told = users.reason("9")
    assert users.statuses() == {"9": Status.FAILED}
    assert f"the credentials lack {action}" in told
    assert f"s3://{name}/{PART}" in told


def test_t72_a_manifest_that_may_not_be_read_fails_its_dump_and_heals(users: House, door: FrontDoor) -> None:
    door.answers.append(Answer("GET", "manifests/sync_9.json", 403, "AccessDenied"))
    users.up_to_date()
    assert users.statuses() == {"9": Status.FAILED}
    assert "s3:GetObject" in users.reason("9")
    assert "manifests/sync_9.json" in users.reason("9")

    door.answers.clear()

    assert len(users.up_to_date()) == 3


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "AccessDenied", "the credentials lack s3:ListBucket"),
        (403, "InvalidAccessKeyId", "the credentials are not known to S3"),
        (403, "SignatureDoesNotMatch", "the credentials are not valid"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (301, "PermanentRedirect", "the bucket lies in another region"),
        (400, "Unheard", r"did not answer as it should \(Unheard\)"),
    ],
)
def test_t72_a_listing_that_is_refused_says_why(
    s3_server: S3Server, door: FrontDoor, name: str, status: int, code: str, told: str
) -> None:
    door.answers.append(Answer("GET", "list-type=2", status, code))

    with pytest.raises(BucketUnreachable, match=told) as caught:
        list(opened(s3_server, name, door.endpoint).list(""))

    assert name in str(caught.value)
    assert not any(secret in str(caught.value) for secret in KEYS.values())


def test_t15_a_later_page_that_fails_makes_the_listing_fail_and_not_short(
    s3_server: S3Server, door: FrontDoor, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for number in range(5):
        s3_server.client.put_object(Bucket=name, Key=f"{number}", Body=b"x")
    door.answers.append(Answer("GET", "continuation-token", 403, "AccessDenied"))

    with pytest.raises(BucketUnreachable, match="s3:ListBucket"):
        list(opened(s3_server, name, door.endpoint).list(""))


def test_t17_t69_an_object_overwritten_while_it_is_read_lands_in_one_version(
    users: House, s3_server: S3Server, door: FrontDoor, name: str
) -> None:
    newer = House(users.builder.folder / "newer", "heap/users").builder
    newer.dump(9, users=[{"user_id": 4}])
    content = (newer.root / PART).read_bytes()

    def overwrite(path: str) -> None:
        if PART in path:
            door.before = lambda _: None
            s3_server.put(name, PART, content, NOON)

    door.before = overwrite
    users.up_to_date()
    assert (users.keys(), users.statuses()["9"]) == ([], Status.FAILED)
    assert "HA-2003" in users.reason("9")

    assert [row["user_id"] for row in users.up_to_date()] == [4]


def test_t69_a_file_that_grows_while_it_is_read_is_not_published(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n1\n")
    held = FolderBucket(tmp_path, "bucket")
    listed = ref(held, "a.csv")
    before = path.stat().st_mtime_ns

    with pytest.raises(ObjectChanged), held.fetch(listed):
        path.write_bytes(b"id\n1\n2\n")
        os.utime(path, ns=(before, before))


def test_a_large_object_is_fetched_in_pieces(s3_server: S3Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_bucket, "PIECE", 7)
    s3_server.put(name, "a.bin", bytes(range(40)), NOON)
    held = opened(s3_server, name)

    with held.fetch(ref(held, "a.bin")) as path:
        assert path.read_bytes() == bytes(range(40))


def test_keys_that_begin_or_end_with_a_slash_are_no_objects(s3_server: S3Server, name: str) -> None:
    s3_server.put(name, "crm/a.csv", b"hello", NOON)
    s3_server.put(name, "crm/empty.csv", b"", NOON)
    for marker in ("manifests/", "crm/customers_2026-01-02.csv/"):
        s3_server.put(name, marker, b"", NOON)
    held = opened(s3_server, name)
    assert sorted(meta.key for meta in held.list("")) == ["crm/a.csv", "crm/empty.csv"]

    s3_server.put(name, "/crm/a.csv", b"another", NOON)
    s3_server.put(name, "/crm/b.csv", b"another", NOON)

    assert sorted((meta.key, meta.size) for meta in held.list("")) == [("crm/a.csv", 5), ("crm/empty.csv", 0)]
    assert sorted(meta.key for meta in opened(s3_server, name).list("crm/")) == ["crm/a.csv", "crm/empty.csv"]


def test_only_a_key_that_begins_with_a_slash_is_there(s3_server: S3Server, name: str) -> None:
    s3_server.put(name, "/crm/a.csv", b"another", NOON)

    assert list(opened(s3_server, name).list("")) == []


def test_a_pipe_and_a_name_that_is_no_text_are_no_objects(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv")).write_text("x")
    (tmp_path / "there.csv").write_text("x")

    assert [meta.key for meta in FolderBucket(tmp_path, "bucket").list("")] == ["there.csv"]


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_t76_any_number_of_readers_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(reading, "FETCHERS", workers)
    users = House(tmp_path, "heap/users")
    users.builder.dump(9, users=[[{"user_id": part, "identity": str(part)}] for part in range(40)])
    rows = users.up_to_date()

    assert [(row["user_id"], row["_object"], row["_row"]) for row in rows] == sorted(
        ((part, f"sync_9/users/part-{part:05d}.avro", 0) for part in range(40)), key=lambda row: str(row[0])
    )
