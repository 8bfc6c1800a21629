"""Damaged and hostile Avro: refused with the object's name, never read in silence, never a hang or a crash."""

import json
import random
import struct
import zlib

import cramjam
import fastavro
import pyarrow as pa
import pytest

from heap_assets.errors import DamagedObject, DeliveryRefused, UnreadableFile
from heap_assets.feeds.decode import DecodeLimits, LocalObject, avro_chunks, open_avro

SCHEMA = {
    "type": "record",
    "name": "r",
    "fields": [{"name": "id", "type": "long"}, {"name": "text", "type": ["null", "string"]}],
}
ROWS = [{"id": index * 7919, "text": None if index % 5 == 0 else f"row number {index}"} for index in range(400)]
SYNC = b"0123456789abcdef"


def long(number: int) -> bytes:
    number, written = (number << 1) ^ (number >> 63), b""
    while number > 127:
        written, number = written + bytes([number & 127 | 128]), number >> 7
    return written + bytes([number])


def container(blocks, schema=SCHEMA, codec=b"null") -> bytes:
    text = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
    entries = ((b"avro.schema", text), (b"avro.codec", codec))
    header = b"".join(long(len(name)) + name + long(len(value)) + value for name, value in entries)
    framed = b"".join(long(rows) + long(len(content)) + content + SYNC for rows, content in blocks)
    return b"Obj\x01" + long(2) + header + long(0) + SYNC + framed


def stored(folder, content: bytes, index=0, size=None) -> LocalObject:
    path = folder / f"part-{index}.avro"
    path.write_bytes(content)
    return LocalObject(path, f"sync_1/{path.name}", "v1", index, len(content) if size is None else size)


def written(folder, codec="snappy", rows=ROWS, interval=2000) -> bytes:
    path = folder / "written.avro"
    with path.open("wb") as file:
        fastavro.writer(file, SCHEMA, rows, codec=codec, sync_interval=interval, sync_marker=SYNC)
    return path.read_bytes()


def read(folder, *sources, **options) -> list[dict]:
    reading = open_avro(sources, folder, **options)
    return [row for batch in reading.batches() for row in batch.rows.to_pylist()]


def refused(folder, content, kind=DeliveryRefused, **options) -> str:
    with pytest.raises(kind) as caught:
        read(folder, stored(folder, content), **options)
    assert "sync_1/part-0.avro" in caught.value.where
    return str(caught.value)


def body_of(content: bytes) -> int:
    return content.index(SYNC) + 16


@pytest.mark.parametrize("codec", ["null", "snappy", "deflate"])
def test_undamaged_file_of_several_blocks(tmp_path, codec):
    assert read(tmp_path, stored(tmp_path, written(tmp_path, codec)), batch_rows=150) == ROWS


def test_t25_zero_byte_object(tmp_path):
    refused(tmp_path, b"", UnreadableFile)


@pytest.mark.parametrize("content", [b"PAR1" * 9, b"Obj\x01", b"O", b"a,b\n1,2\n"])
def test_t25_not_avro(tmp_path, content):
    refused(tmp_path, content)


def test_t25_header_cut_anywhere(tmp_path):
    content = written(tmp_path)
    for length in range(1, body_of(content)):
        refused(tmp_path, content[:length])


def test_t26_truncation_inside_a_block(tmp_path):
    content = written(tmp_path)
    for length in range(body_of(content) + 1, len(content), 37):
        if content[length - 16 : length] != SYNC:
            refused(tmp_path, content[:length], DamagedObject)


def test_t26_truncation_at_a_block_boundary_is_seen_by_the_listed_size(tmp_path):
    content = written(tmp_path)
    cut = content[: content.index(SYNC, body_of(content)) + 16]
    with pytest.raises(DamagedObject, match="bytes where the bucket lists"):
        read(tmp_path, stored(tmp_path, cut, size=len(content)))


@pytest.mark.parametrize("codec", ["snappy", "deflate", "null"])
def test_t27_bit_flip_never_hangs_or_crashes(tmp_path, codec):
    content, chance, silent = written(tmp_path, codec), random.Random(27), 0
    for _ in range(200):
        flipped = bytearray(content)
        flipped[chance.randrange(body_of(content), len(content))] ^= 1 << chance.randrange(8)
        try:
            silent += read(tmp_path, stored(tmp_path, bytes(flipped))) != ROWS
        except DeliveryRefused as refusal:
            assert "row number" not in str(refusal)
    assert silent == 0 or codec != "snappy"  # only snappy blocks carry a checksum


def test_t27_bit_flip_in_the_header_is_refused_or_renames_a_column(tmp_path):
    """A renamed column is found by comparing with the manifest's (T30)."""
    content, chance = written(tmp_path), random.Random(28)
    for _ in range(200):
        flipped = bytearray(content)
        flipped[chance.randrange(body_of(content))] ^= 1 << chance.randrange(8)
        try:
            rows = read(tmp_path, stored(tmp_path, bytes(flipped)))
        except DeliveryRefused:
            continue
        renamed = set(rows[0]) != {"id", "text"}
        assert renamed or rows == ROWS
        assert [list(row.values()) for row in rows] == [list(row.values()) for row in ROWS]


def two_rows() -> bytes:
    return long(1) + b"\x00" + long(2) + b"\x02\x02x"


@pytest.mark.parametrize("codec", [b"null", b"snappy"])
@pytest.mark.parametrize("counted", [1, 3])
def test_count_that_is_not_the_rows_of_the_block(tmp_path, codec, counted):
    rows = two_rows()
    checked = bytes(cramjam.snappy.compress_raw(rows)) + struct.pack(">I", zlib.crc32(rows))
    refused(tmp_path, container([(counted, checked if codec == b"snappy" else rows)], codec=codec), DamagedObject)


def test_damaged_object_among_good_ones_is_named(tmp_path):
    good = stored(tmp_path, container([(2, two_rows())]), 0)
    bad = stored(tmp_path, container([(1, two_rows())]), 1)
    also_good = stored(tmp_path, container([(2, two_rows())]), 2)
    with pytest.raises(DamagedObject) as caught:
        read(tmp_path, good, bad, also_good)
    assert caught.value.where.startswith("sync_1/part-1.avro, row 0")


@pytest.mark.parametrize("rows", [-1, 5, 1 << 40, (1 << 63) - 1])
def test_impossible_row_count(tmp_path, rows):
    refused(tmp_path, container([(rows, b"\x02\x00")]), DamagedObject)


def test_rows_that_take_no_bytes_are_not_made_without_end(tmp_path):
    schema = {"type": "record", "name": "r", "fields": [{"name": "a", "type": "null"}]}
    refused(tmp_path, container([(1 << 50, b"")], schema), UnreadableFile)


def test_overlong_number(tmp_path):
    refused(tmp_path, container([]) + b"\xff" * 12, DamagedObject)
    refused(tmp_path, container([]) + b"\xff" * 9 + b"\x7f", DamagedObject)


@pytest.mark.parametrize(
    "schema",
    [
        b"not json",
        b"\xff\xfe",
        b'"string"',
        b"[" * 5000,
        b"{}",
        b"null",
        b'{"type": "record", "name": "r", "fields": []}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": "unheard"}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": ["null", "r"]}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": []}]}',
        b'{"type": "record", "name": "r", "fields": 5}',
        b'{"type": "record", "name": "r", "fields": [{"name": "\\ud800", "type": "int"}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": ["int", "string",'
        b' {"type": "enum", "name": "e", "symbols": ["x"]}]}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": ["int",'
        b' {"type": "array", "items": {"type": "fixed", "name": "f", "size": 2}}]}]}',
        b'{"type": "record", "name": "r", "fields": [{"name": "a", "type": '
        + b'{"type": "array", "items": ' * 200
        + b'"int"'
        + b"}" * 200
        + b"}]}",
    ],
)
def test_schema_that_is_none(tmp_path, schema):
    refused(tmp_path, container([(1, b"\x00")], schema))


@pytest.mark.parametrize("logical", [[], {}, None, 5, "unheard-of"])
def test_logical_type_that_is_none_means_nothing(tmp_path, logical):
    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "a", "type": {"type": "long", "logicalType": logical}}],
    }
    assert read(tmp_path, stored(tmp_path, container([(1, long(7))], schema))) == [{"a": 7}]


def test_schema_that_grows_without_end(tmp_path):
    kind = "int"
    for level in range(20):
        fields = [{"name": "a", "type": kind}, {"name": "b", "type": kind if level == 0 else f"n{level - 1}"}]
        kind = {"type": "record", "name": f"n{level}", "fields": fields}
    refused(tmp_path, container([(1, b"\x00")], kind), UnreadableFile)


def test_a_few_bytes_never_ask_for_gigabytes(tmp_path):
    def table(size, columns, list_of=None):
        wide = {"type": "fixed", "name": "wide", "size": size}
        kinds = [[wide if place == 0 else "wide", "null"] for place in range(columns)]
        fields = [{"name": f"c{place}", "type": kind} for place, kind in enumerate(kinds)]
        if list_of:
            fields = [{"name": "a", "type": {"type": "array", "items": list_of(wide)}}]
        return {"type": "record", "name": "r", "fields": fields}

    # a null takes one byte in the file, and the whole width in memory; the row of zeros has the whole width in bytes
    content = container([(3000, b"\x02" * 3000)], table(1 << 18, 1))
    reading = open_avro([stored(tmp_path, content)], tmp_path)
    (chunk,) = avro_chunks.chunks_of(reading.parts, reading.limits, 32768)
    assert avro_chunks.rows_a_batch(chunk, 32768) == 1000
    assert avro_chunks.rows_a_batch(chunk, 100) == 100
    refused(tmp_path, container([(3, b"\x02" * 1500)], table(1 << 23, 500)), UnreadableFile)
    refused(tmp_path, container([], table(1 << 20, 0, lambda wide: ["null", wide])), UnreadableFile)
    assert read(tmp_path, stored(tmp_path, container([], table(1 << 20, 0, lambda wide: wide)))) == []


def test_more_rows_than_the_shortest_rows_fit(tmp_path):
    fields = [{"name": "a", "type": {"type": "fixed", "name": "wide", "size": 1 << 20}}, {"name": "b", "type": "int"}]
    content = container([(3, b"\x02" * 1500)], {"type": "record", "name": "r", "fields": fields})
    assert "cannot hold" in refused(tmp_path, content, DamagedObject, batch_rows=2)


def test_codec_that_is_not_read(tmp_path):
    assert "codec" in refused(tmp_path, container([(2, two_rows())], codec=b"bzip2"), UnreadableFile)


def test_snappy_block_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path):
    claim = b"\xff\xff\xff\xff\x0f" + b"\x00" * 20
    assert "more bytes" in refused(tmp_path, container([(1, claim)], codec=b"snappy"), UnreadableFile)


def test_deflate_bomb(tmp_path):
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeezed.compress(bytes(50_000_000)) + squeezed.flush()
    content = container([(1, bomb)], codec=b"deflate")
    assert "more bytes" in refused(tmp_path, content, UnreadableFile, limits=DecodeLimits(expansion=500))
    assert "more bytes" in refused(tmp_path, content, UnreadableFile, limits=DecodeLimits(block_bytes=1 << 20))


def test_too_many_columns(tmp_path):
    fields = [{"name": f"c{place}", "type": "int"} for place in range(6)]
    schema = {"type": "record", "name": "r", "fields": fields}
    assert "6 columns" in refused(tmp_path, container([], schema), UnreadableFile, limits=DecodeLimits(columns=5))


def test_cell_over_the_limit(tmp_path):
    content = container([(1, long(1) + b"\x02" + long(5000) + b"x" * 5000)])
    assert "column text" in refused(tmp_path, content, UnreadableFile, limits=DecodeLimits(cell_bytes=4999))
    assert len(read(tmp_path, stored(tmp_path, content), limits=DecodeLimits(cell_bytes=5000))) == 1


@pytest.mark.parametrize(
    "content", [b"\x02\x02\x04\xff\xfe", b"\x02\x02" + long(1 << 60), b"\x02\x09", b"\x02\x02\x09"]
)
def test_bytes_that_are_no_row(tmp_path, content):
    refused(tmp_path, container([(1, content)]), DamagedObject)


def test_an_instant_beyond_microseconds_is_the_last_one_whose_row_is_then_set_aside(tmp_path):
    kind = {"type": "long", "logicalType": "timestamp-millis"}
    schema = {"type": "record", "name": "r", "fields": [{"name": "at", "type": kind}]}
    content = container([(3, long(1 << 62) + long(17) + long(-(1 << 62)))], schema)

    batches = list(open_avro([stored(tmp_path, content)], tmp_path).batches())

    last = (2**63 - 1) // 1000 * 1000
    assert [batch.rows["at"].view(pa.int64()).to_pylist() for batch in batches] == [[last, 17_000, -last]]
