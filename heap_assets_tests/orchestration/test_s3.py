"""Listing and reading a bucket on S3: exact versions, every odd key, and what is said when it does not answer."""

import itertools
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heap_assets.bucket.deliveries import MISSING, ObjectRef
from heap_assets.bucket.store import Bucket, FolderBucket
from heap_assets.errors import BucketUnreachable, ObjectChanged, ObjectMissing
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import parse_settings
from heap_assets_tests.s3 import KEYS, S3Server

NUMBERS = itertools.count(1)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
ODD = ("crm/with blank+plus.csv", "crm/ümläut%20.csv", "crm/#hash?query=1.csv", "crm/a%2Fb.csv", "crm/back\\slash.csv")
UNUSABLE = ("crm//two slashes.csv", "crm/../up.csv", "crm/./here.csv")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def opened(server: S3Server, name: str, **source: object) -> Bucket:
    content = {"source": {**server.source(name), **source}, "start_date": "2026-10-01"}
    return open_bucket(parse_settings(content, Path("/nowhere")))


@pytest.fixture
def bucket(s3_server: S3Server) -> tuple[str, Bucket]:
    """A bucket of the test's own, by its name and as the package reads it."""
    name = f"test-{next(NUMBERS)}"
    s3_server.client.create_bucket(Bucket=name)
    return name, opened(s3_server, name)


def ref(held: Bucket, key: str) -> ObjectRef:
    meta = next(meta for meta in held.list("") if meta.key == key)
    return ObjectRef(meta.key, meta.size, meta.version)


def test_a_listing_tells_key_size_version_and_time(s3_server: S3Server, bucket: tuple[str, Bucket]) -> None:
    name, held = bucket
    s3_server.put(name, "a/b.csv", b"hello", NOON)

    metas = list(held.list(""))

    assert [(meta.key, meta.size, meta.modified) for meta in metas] == [("a/b.csv", 5, NOON)]
    assert metas[0].version == "5d41402abc4b2a76b9719d911017c592"


def test_t15_a_listing_is_complete_beyond_one_page(
    s3_server: S3Server, bucket: tuple[str, Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, held = bucket
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for key in ("many/1", "many/2", "many/3", "many/4", "many/5", "manyfold/1"):
        s3_server.client.put_object(Bucket=name, Key=key, Body=b"")
    s3_server.forget()

    found = sorted(meta.key for meta in held.list("many/"))

    assert found == ["many/1", "many/2", "many/3", "many/4", "many/5"]
    assert sum(method == "GET" for method, _ in s3_server.requests()) == 3


@pytest.mark.parametrize("key", ODD)
def test_keys_of_any_spelling_are_listed_and_read(s3_server: S3Server, bucket: tuple[str, Bucket], key: str) -> None:
    name, held = bucket
    s3_server.put(name, key, b"hello", NOON)

    with held.fetch(ref(held, key)) as path:
        assert path.read_bytes() == b"hello"


@pytest.mark.parametrize("key", UNUSABLE)
def test_a_key_that_cannot_be_read_does_not_hide_the_others(
    s3_server: S3Server, bucket: tuple[str, Bucket], key: str
) -> None:
    name, held = bucket
    s3_server.put(name, key, b"hello", NOON)
    s3_server.put(name, "crm/usual.csv", b"hello!", NOON)

    metas = list(held.list(""))

    assert [(meta.key, meta.size, meta.modified) for meta in metas] == [("crm/usual.csv", 6, NOON)]
    assert metas[0].version == ref(held, "crm/usual.csv").version


def test_only_the_version_that_was_listed_is_read(s3_server: S3Server, bucket: tuple[str, Bucket]) -> None:
    name, held = bucket
    s3_server.put(name, "a.csv", b"one", NOON)
    listed = ref(held, "a.csv")
    s3_server.put(name, "a.csv", b"two", NOON)

    with pytest.raises(ObjectChanged, match=r"a\.csv"):
        held.read(listed.key, listed.version)
    with pytest.raises(ObjectChanged, match=r"a\.csv"), held.fetch(listed):
        pass


def test_what_is_gone_is_missing(bucket: tuple[str, Bucket]) -> None:
    _, held = bucket

    with pytest.raises(ObjectMissing, match=r"gone\.csv"):
        held.read("gone.csv", "0")
    with pytest.raises(ObjectMissing, match=r"gone\.csv"), held.fetch(ObjectRef("gone.csv", MISSING, "")):
        pass


def test_the_file_of_an_object_goes_with_the_block(s3_server: S3Server, bucket: tuple[str, Bucket]) -> None:
    name, held = bucket
    s3_server.put(name, "a.csv", b"one", NOON)

    with held.fetch(ref(held, "a.csv")) as path:
        assert path.is_file()

    assert not path.exists()


def test_a_bucket_that_is_not_there_is_unreachable_and_not_empty(s3_server: S3Server) -> None:
    with pytest.raises(BucketUnreachable, match="s3://no-such-bucket"):
        list(opened(s3_server, "no-such-bucket").list(""))


def test_an_endpoint_that_is_not_there_is_told_within_seconds(s3_server: S3Server) -> None:
    nobody = opened(s3_server, "heap-rs3-acme", endpoint_url="http://127.0.0.1:9")

    with pytest.raises(BucketUnreachable) as caught:
        list(nobody.list(""))

    assert not any(secret in str(caught.value) for secret in KEYS.values())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give up rights")
def test_a_folder_that_cannot_be_listed_makes_the_listing_fail_and_not_short(tmp_path: Path) -> None:
    closed = tmp_path / "bucket" / "closed"
    closed.mkdir(parents=True)
    (tmp_path / "bucket" / "open.csv").write_text("x")
    closed.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    os.seteuid(65_534)
    try:
        with pytest.raises(BucketUnreachable, match="closed"):
            list(FolderBucket(tmp_path / "bucket", "bucket").list(""))
    finally:
        os.seteuid(0)


def test_a_link_to_nothing_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nothing")
    (tmp_path / "there.csv").write_text("x")

    assert [meta.key for meta in FolderBucket(tmp_path, "bucket").list("")] == ["there.csv"]


def test_a_prefix_that_is_not_there_is_empty_and_a_folder_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    assert list(FolderBucket(tmp_path, "bucket").list("none/")) == []

    with pytest.raises(BucketUnreachable, match="no such folder"):
        list(FolderBucket(tmp_path / "none", "bucket").list(""))
