"""Manifests of any content: one that is not what Heap writes is refused, whatever it holds; one that is says the same."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.bucket.manifests import Manifest, read_manifest
from heap_assets.errors import ManifestInvalid
from heap_assets_tests.fuzz.bounds import bounded, mutated, tried

KEY = "manifests/sync_1008461850.json"
FILES = [f"s3://acme/sync_1008461850/users/part-{place:05d}.avro" for place in range(3)]
GOOD = json.dumps(
    {
        "dump_id": 1008461850,
        "tables": [
            {"name": "users", "incremental": True, "columns": ["user_id"], "files": FILES},
            {"name": "_event_metadata", "incremental": False, "columns": [], "files": []},
        ],
        "property_definitions": "s3://acme/sync_1008461850/property_definitions.json",
    },
    indent=1,
).encode()
ODD = st.sampled_from(
    (
        None,
        True,
        False,
        0,
        -1,
        1008461850,
        "1008461850",
        10**400,
        1.5,
        float("nan"),
        "",
        "users",
        "\ud800",
        "é\0",
        [],
        {},
    )
)
TEXTS = (
    st.text(max_size=6) | st.sampled_from(FILES) | st.sampled_from(("s3a://acme/x", "s3://other/x", "s3://acme/a//b"))
)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "name": ODD | TEXTS,
        "incremental": ODD | st.booleans(),
        "columns": ODD | st.lists(TEXTS),
        "files": ODD | st.lists(TEXTS | ODD, max_size=3),
    },
)
DOCUMENTS = st.recursive(
    ODD | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("tables", "dump_id", "x")), inner),
    max_leaves=6,
) | st.fixed_dictionaries(
    {"dump_id": st.just(1008461850) | ODD}, optional={"tables": st.lists(TABLES | ODD, max_size=3) | ODD}
)


def read(content: bytes) -> Manifest | None:
    """What the manifest says; None where it is refused, in words that can be written down."""
    with bounded():
        try:
            manifest = read_manifest(content, KEY, "acme", "")
        except ManifestInvalid as error:
            str(error).encode()
            return None
    for table in manifest.tables:
        assert all(key.encode() and key != "/" for key in (table.name or "-", *table.keys))
        (table.foreign or "").encode()
    return manifest


def any_document(document: object) -> None:
    manifest = read(json.dumps(document).encode())
    if manifest is not None:
        assert isinstance(document, dict)
        assert [table.name for table in manifest.tables] == [table["name"] for table in document["tables"]]
        for said, table in zip(document["tables"], manifest.tables, strict=True):
            assert table.fault or table.full is not said["incremental"]  # a table that no feed takes may have a fault
            assert table.fault is None or len(set(table.keys)) < max(len(table.keys), 1)


@tried(150)
@given(st.binary(max_size=200) | st.text(string.printable, max_size=80).map(str.encode))
def test_any_bytes(content):
    assert read(content) is None


@tried(150)
@given(mutated(GOOD))
def test_damaged_manifests(content):
    read(content)


@tried(150)
@given(DOCUMENTS)
def test_any_json(document):
    any_document(document)


@pytest.mark.fuzz
@tried(5_000)
@given(mutated(GOOD))
def test_many_damaged_manifests(content):
    read(content)


@pytest.mark.fuzz
@tried(4_000)
@given(DOCUMENTS)
def test_many_json_documents(document):
    any_document(document)
