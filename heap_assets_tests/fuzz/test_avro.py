"""Avro parts of any content: rows, or refused with the object's name; good ones say what fastavro reads in them."""

import io
import json
import tempfile
from pathlib import Path

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.errors import DeliveryRefused
from heap_assets.feeds.decode import LocalObject, open_avro
from heap_assets_tests.feeds.decode.test_avro_damage import SCHEMA, container
from heap_assets_tests.fuzz.avro_kinds import agrees, tables
from heap_assets_tests.fuzz.bounds import PIECES, bounded, mutated, tried

CODECS = ("null", "snappy", "deflate")


def written(table, codec: str, interval: int = 60) -> bytes:
    schema, rows = table
    stream = io.BytesIO()
    fastavro.writer(
        stream, fastavro.parse_schema(schema), rows, codec=codec, sync_interval=interval, sync_marker=b"s" * 16
    )
    return stream.getvalue()


def read(content: bytes, batch_rows: int = 3) -> list[dict] | None:
    """The rows of a part; None where it is refused."""
    with tempfile.TemporaryDirectory() as folder, bounded():
        path = Path(folder, "part.avro")
        path.write_bytes(content)
        source = LocalObject(path, "sync_1/part.avro", "v1", 0, len(content))
        try:
            batches = list(open_avro([source], Path(folder), batch_rows=batch_rows).batches())
        except DeliveryRefused as error:
            assert "sync_1/part.avro" in error.where
            str(error).encode()
            return None
        finally:
            assert not list(Path(folder).glob("chunk-*"))
        return [row for batch in batches for row in batch.rows.to_pylist()]


def as_fastavro(table, codec: str, batch_rows: int) -> None:
    content = written(table, codec)
    expected = list(fastavro.reader(io.BytesIO(content)))

    found = read(content, batch_rows)

    assert found is not None
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        assert all(agrees(row[name], wanted[name]) for name in wanted), (row, wanted)


KINDS = (
    "null",
    "int",
    "long",
    "string",
    "bytes",
    "record",
    "enum",
    "fixed",
    "array",
    "map",
    "n",
    "unheard",
    "",
    "\ud800",
    "row",
)
JSON = st.recursive(
    st.sampled_from((*KINDS, None, True, 0, -1, 3, 2**40, 10**30, 1.5)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "type",
                    "name",
                    "namespace",
                    "fields",
                    "items",
                    "values",
                    "symbols",
                    "size",
                    "logicalType",
                    "precision",
                )
            ),
            inner,
            max_size=5,
        )
        | st.fixed_dictionaries({"type": st.sampled_from(KINDS), "name": inner, "fields": inner, "items": inner})
        | st.fixed_dictionaries({"type": st.just("fixed"), "name": st.just("n"), "size": st.integers(0, 1 << 25)})
    ),
    max_leaves=8,
)
SCHEMAS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(("a", "b", "\ud800", "é")), "type": JSON}), max_size=3
).map(lambda fields: {"type": "record", "name": "row", "fields": fields})
COUNTS = st.integers(0, 5) | st.sampled_from((-1, 200, 1 << 31, 1 << 50, (1 << 63) - 1))
BLOCKS = st.lists(
    st.tuples(COUNTS, st.lists(st.sampled_from((*PIECES, b"\0", b"\2")) | st.binary(max_size=9)).map(b"".join)),
    max_size=3,
)


@tried(60)
@given(tables(), st.sampled_from(CODECS), st.integers(1, 9))
def test_every_kind_of_avro_says_what_fastavro_reads(table, codec, batch_rows):
    as_fastavro(table, codec, batch_rows)


@tried(60)
@given(mutated(st.builds(written, tables(), st.sampled_from(CODECS))))
def test_damaged_parts(content):
    read(content)


@tried(60)
@given(st.binary(max_size=60).map(lambda rest: b"Obj\x01" + rest) | st.binary(max_size=60))
def test_any_bytes(content):
    read(content)


@tried(100)
@given(SCHEMAS | JSON, BLOCKS, st.sampled_from((b"null", b"snappy", b"deflate", b"\xff")))
def test_any_schema_over_any_blocks(schema, blocks, codec):
    read(container(blocks, schema, codec))


@tried(40)
@given(BLOCKS)
def test_any_blocks_under_a_good_schema(blocks):
    read(container(blocks, SCHEMA))


@pytest.mark.fuzz
@tried(2_000)
@given(tables(), st.sampled_from(CODECS), st.integers(1, 9))
def test_many_kinds_of_avro_say_what_fastavro_reads(table, codec, batch_rows):
    as_fastavro(table, codec, batch_rows)


@pytest.mark.fuzz
@tried(2_000)
@given(mutated(st.builds(written, tables(), st.sampled_from(CODECS))))
def test_many_damaged_parts(content):
    read(content)


@pytest.mark.fuzz
@tried(3_000)
@given(SCHEMAS | JSON, BLOCKS, st.sampled_from((b"null", b"snappy", b"deflate", b"\xff")))
def test_many_schemas_over_any_blocks(schema, blocks, codec):
    assert json.dumps(schema)
    read(container(blocks, schema, codec))
