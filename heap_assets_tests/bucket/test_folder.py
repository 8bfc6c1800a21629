"""A folder as a bucket: what a listing shows, and that a read is of one exact version."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heap_assets.bucket.deliveries import MISSING, ObjectRef
from heap_assets.bucket.store import FolderBucket
from heap_assets.errors import BucketUnreachable, ObjectChanged, ObjectMissing
from heap_assets_tests.builders import BucketBuilder


@pytest.fixture
def folder(tmp_path) -> BucketBuilder:
    builder = BucketBuilder(tmp_path)
    for key in ("a/1.csv", "a/b/2.csv", "ab/3.csv"):
        builder.put(key, key.encode())
    return builder


def ref(folder: BucketBuilder, key: str) -> ObjectRef:
    (meta,) = [meta for meta in folder.bucket().list("") if meta.key == key]
    return ObjectRef(meta.key, meta.size, meta.version)


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("", ["a/1.csv", "a/b/2.csv", "ab/3.csv"]),
        ("a/", ["a/1.csv", "a/b/2.csv"]),
        ("a", ["a/1.csv", "a/b/2.csv", "ab/3.csv"]),
        ("c/", []),
    ],
)
def test_a_listing_holds_what_is_below_the_prefix(folder, prefix, keys):
    assert sorted(meta.key for meta in folder.bucket().list(prefix)) == keys


def test_what_no_bucket_can_hold_is_left_out_of_a_listing(folder):
    os.mkfifo(folder.root / "a" / "pipe.csv")
    (folder.root / "a" / "ring.csv").symlink_to("ring.csv")
    (folder.root / "a" / "nothing.csv").symlink_to("nowhere.csv")
    if sys.platform == "linux":
        Path(os.fsdecode(os.fsencode(folder.root) + b"/a/latin-\xe9.csv")).write_bytes(b"")

    assert sorted(meta.key for meta in folder.bucket().list("a/")) == ["a/1.csv", "a/b/2.csv"]


def test_a_listing_tells_size_and_time(folder):
    folder.put("c.csv", b"12345", datetime(2026, 1, 2, tzinfo=UTC))

    (meta,) = folder.bucket().list("c.csv")

    assert (meta.size, meta.modified.replace(microsecond=0)) == (5, datetime(2026, 1, 2, tzinfo=UTC))


def test_a_folder_that_is_not_there_is_unreachable(tmp_path):
    with pytest.raises(BucketUnreachable):
        list(FolderBucket(tmp_path / "nowhere", "x").list(""))


def test_reading_gives_the_version_that_was_listed(folder):
    held = ref(folder, "a/1.csv")

    assert folder.bucket().read(held.key, held.version) == b"a/1.csv"
    with folder.bucket().fetch(held) as path:
        assert path.read_bytes() == b"a/1.csv"


def test_an_object_overwritten_since_is_not_read(folder):
    held = ref(folder, "a/1.csv")
    folder.put("a/1.csv", b"other")

    with pytest.raises(ObjectChanged):
        folder.bucket().read(held.key, held.version)
    with pytest.raises(ObjectChanged), folder.bucket().fetch(held):
        pass


def test_an_object_overwritten_while_it_is_read_is_noticed(folder):
    with pytest.raises(ObjectChanged), folder.bucket().fetch(ref(folder, "a/1.csv")):
        folder.put("a/1.csv", b"other")


def test_an_object_that_is_gone_is_missing(folder):
    held = ref(folder, "a/1.csv")
    folder.remove("a/1.csv")

    for gone in (held, ObjectRef("nothing.csv", MISSING, "")):
        with pytest.raises(ObjectMissing), folder.bucket().fetch(gone):
            pass
