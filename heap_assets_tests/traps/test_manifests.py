"""Traps in the text of one manifest: what is no JSON, no number, no address of ours (T12, T19, T20)."""

import json

import pytest

from heap_assets.bucket.manifests import dump_of, is_misnamed, object_key, read_manifest
from heap_assets.errors import ForeignObject, ManifestInvalid

KEY = "manifests/sync_9.json"
URI = "s3://heap-rs3-acme/sync_9/users/a.avro"
USERS = {"name": "users", "incremental": True, "columns": ["user_id"], "files": [URI]}


def said(content: bytes | dict, wanted=("users",)):
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    return read_manifest(raw, KEY, "heap-rs3-acme", "", wanted)


def dump(*tables: dict, dump_id: object = 9) -> dict:
    return {"dump_id": dump_id, "tables": list(tables)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"dump_id": 9, "tables": ' + b'{"a":' * 100_000,
        json.dumps(dump(USERS)).encode()[:-1],
        json.dumps(dump(USERS)).encode() + b"}",
        json.dumps(dump(USERS)).encode("utf-16"),
        b'{"dump_id": 9, "tables": [], "x": NaN}',
        b'{"dump_id": 9, "tables": [], "x": -Infinity}',
        b'{"dump_id": 9, "dump_id": 9, "tables": []}',
        b'{"dump_id": 9, "tables": [], "tables": []}',
        b'{"dump_id": 9, "tables": [{"name": "users", "incremental": true, "incremental": false, "files": []}]}',
        b'{"dump_id": 9, "tables": [{"name": "users\\ud800", "incremental": true, "files": []}]}',
        b'{"dump_id": ' + b"9" * 5_000 + b', "tables": []}',
        b'{"dump_id": "' + b"9" * 5_000 + b'", "tables": []}',
        b"\xff" * 20,
        b" " * ((64 << 20) + 1),
    ],
    ids=range(19),
)
def test_t19_what_is_no_manifest_names_its_object_and_never_crashes(content):
    with pytest.raises(ManifestInvalid, match=r"manifests/sync_9\.json"):
        said(content)


def test_t19_a_byte_order_mark_of_utf_8_is_none_of_the_content():
    assert said(b"\xef\xbb\xbf" + json.dumps(dump(USERS)).encode()) == said(dump(USERS))


@pytest.mark.parametrize("dump_id", [9, "9", "09"])
def test_t02_a_number_may_be_text(dump_id):
    assert said(dump(dump_id=dump_id)).dump_id == 9


@pytest.mark.parametrize("dump_id", [None, True, 9.0, -9, "-9", "9.0", " 9", "٩", "", [9], 2**63, str(2**63), 10])
def test_t02_what_is_no_number_of_this_dump_is_refused(dump_id):
    with pytest.raises(ManifestInvalid):
        said(dump(dump_id=dump_id))


@pytest.mark.parametrize(
    "entry",
    [
        {"name": None},
        {"name": ""},
        {"incremental": "true"},
        {"incremental": 0},
        {"files": None},
        {"files": {}},
        {"files": [7]},
        {"files": [URI, URI]},
        {"files": [URI, URI.replace("s3:", "S3A:")]},
        {"files": ["s3://heap-rs3-acme/\ud800"]},
    ],
)
def test_t12_an_entry_that_is_none_is_not_guessed(entry):
    with pytest.raises(ManifestInvalid):
        said(dump(USERS | entry))


def test_one_file_is_not_of_two_tables():
    with pytest.raises(ManifestInvalid, match="users and sessions list the same file"):
        said(dump(USERS, USERS | {"name": "sessions"}), wanted=("users", "sessions"))


@pytest.mark.parametrize("columns", [None, "user_id", [1], [["a"]], {}])
def test_t30_columns_that_are_none_are_no_fault(columns):
    assert said(dump(USERS | {"columns": columns})).tables[0].columns == ()


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        (URI, "sync_9/users/a.avro"),
        ("s3a://heap-rs3-acme/sync_9/users/a.avro", "sync_9/users/a.avro"),
        ("S3N://heap-rs3-acme/sync_9/users/a.avro", "sync_9/users/a.avro"),
        ("s3://heap-rs3-acme/sync_9/users/a b.avro", "sync_9/users/a b.avro"),
        ("s3://heap-rs3-acme/sync_9/users/a%20b.avro", "sync_9/users/a%20b.avro"),
        ("s3://heap-rs3-acme/sync_9/%2e%2e/a.avro", "sync_9/%2e%2e/a.avro"),
        ("s3://heap-rs3-acme/sync_9/a.avro?x=1#y", "sync_9/a.avro?x=1#y"),
        ("s3://heap-rs3-acme/sync_9/ключ.avro", "sync_9/ключ.avro"),
    ],
)
def test_t20_an_address_of_the_bucket_is_the_key_as_it_stands(uri, key):
    assert object_key(uri, "heap-rs3-acme", "sync_9/") == key


@pytest.mark.parametrize(
    "uri",
    [
        "s3://other/sync_9/a.avro",
        "s3://heap-rs3-acme.evil.example/sync_9/a.avro",
        "s3://HEAP-rs3-acme/sync_9/a.avro",
        "s3://heap-rs3-acme@other/sync_9/a.avro",
        "s3://other/heap-rs3-acme/sync_9/a.avro",
        "s3://heap-rs3-acme:443/sync_9/a.avro",
        "s3:///heap-rs3-acme/sync_9/a.avro",
        "s3://heap-rs3-acme//sync_9/a.avro",
        "s3://heap-rs3-acme/sync_9//a.avro",
        "s3://heap-rs3-acme/sync_9/../sync_8/a.avro",
        "s3://heap-rs3-acme/sync_9/./a.avro",
        "s3://heap-rs3-acme/sync_9/",
        "s3://heap-rs3-acme/sync_10/a.avro",
        "s3://heap-rs3-acme/sync_9x/a.avro",
        "s3://heap-rs3-acme",
        "https://heap-rs3-acme.s3.amazonaws.com/sync_9/a.avro",
        "file:///sync_9/a.avro",
        "/sync_9/a.avro",
        "sync_9/a.avro",
        "s3:sync_9/a.avro",
        "",
    ],
)
def test_t20_any_other_address_is_refused_before_anything_is_asked_for(uri):
    with pytest.raises(ForeignObject, match="Allowed: s3://heap-rs3-acme/sync_9/"):
        object_key(uri, "heap-rs3-acme", "sync_9/")


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("manifests/sync_9.json", 9),
        ("manifests/sync_007.json", 7),
        ("manifests/sync_9223372036854775807.json", 2**63 - 1),
        ("manifests/sync_9223372036854775808.json", None),
        ("manifests/sync_1.json.tmp", None),
        ("manifests/.sync_1.json", None),
        ("manifests/sync_.json", None),
        ("manifests/sync_-1.json", None),
        ("manifests/sync_١.json", None),
        ("manifests/sync_1.JSON", None),
        ("manifests/old/sync_1.json", None),
        ("manifests/sync_1.json\n", None),
    ],
)
def test_t19_only_a_manifest_is_one_by_its_name(key, number):
    assert dump_of(key, "") == number
    assert is_misnamed(key, "") == (number is None)


def test_t19_a_copied_marker_is_no_manifest_and_not_misnamed():
    assert dump_of("imported_manifests/sync_1.json", "") is None
    assert not is_misnamed("imported_manifests/sync_1.json", "")
