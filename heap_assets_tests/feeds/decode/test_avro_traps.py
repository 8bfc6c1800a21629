"""What Heap's Avro files may hold and how it arrives: the traps of heap_delivery.md 6 that are about content."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fastavro
import pyarrow as pa
import pytest

from heap_assets.feeds.decode import AvroReading, LocalObject, avro_chunks, open_avro

CODECS = ("null", "snappy", "deflate")


def record(**fields):
    return {"type": "record", "name": "r", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


def avro(folder: Path, schema, rows, *, index=0, codec="snappy", **options) -> LocalObject:
    path = folder / f"part-{index}.avro"
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows, codec=codec, **options)
    return LocalObject(path, f"sync_1/{path.name}", "v1", index, path.stat().st_size)


def rows_of(reading: AvroReading) -> list[dict]:
    return [row for batch in reading.batches() for row in batch.rows.to_pylist()]


def column(tmp_path, kind, values) -> tuple[pa.DataType, list]:
    reading = open_avro([avro(tmp_path, record(a=kind), [{"a": value} for value in values])], tmp_path)
    assert all(batch.rows.schema == reading.schema for batch in reading.batches())
    return reading.schema.field("a").type, [row["a"] for row in rows_of(reading)]


@pytest.mark.parametrize("codec", CODECS)
def test_t24_zero_row_file_in_each_codec(tmp_path, codec):
    reading = open_avro([avro(tmp_path, record(id="long", name=["null", "string"]), [], codec=codec)], tmp_path)
    assert reading.schema == pa.schema([("id", pa.int64()), ("name", pa.string())])
    assert list(reading.batches()) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [("long", [1, 2]), (["null", "long"], [1, None]), (["long", "null"], [None, 2]), (["null", "string"], ["", None])],
)
def test_t28_bare_and_nullable_types(tmp_path, kind, values):
    assert column(tmp_path, kind, values)[1] == values


def test_t28_union_of_three_branches_is_text(tmp_path):
    kind, values = column(tmp_path, ["null", "long", "double", "boolean", "string", "bytes"], [5, 5.5, True, "x", None])
    assert (kind, values) == (pa.string(), ["5", "5.5", "true", "x", None])


def test_numbers_in_a_union_with_text_are_the_numbers_that_they_are(tmp_path):
    values = [5.0, -40292032.0, 0.5, 1e16]
    assert column(tmp_path, ["float", "string"], values)[1] == ["5", "-40292032", "0.5", "1.0000000272564224e+16"]
    assert column(tmp_path, ["double", "string"], values)[1] == ["5", "-40292032", "0.5", "1e+16"]


def test_nulls_in_a_record_in_a_record(tmp_path):
    nothing = {"type": "record", "name": "n", "fields": [{"name": "z", "type": "null"}]}
    fields = [{"name": "a", "type": "null"}, {"name": "b", "type": "int"}, {"name": "c", "type": nothing}]
    kind = {"type": "record", "name": "q", "fields": fields}
    assert column(tmp_path, kind, [{"b": 3, "c": {}}])[1] == ['{"a":null,"b":3,"c":{"z":null}}']
    assert column(tmp_path, nothing, [{}, {}])[1] == ['{"z":null}'] * 2


@pytest.mark.parametrize("kind", [["null", "int", "long"], ["long", "int"]])
def test_t28_union_of_integers_stays_integer(tmp_path, kind):
    assert column(tmp_path, kind, [2**53 + 1, 7]) == (pa.int64(), [2**53 + 1, 7])


def test_t28_union_over_many_batches(tmp_path):
    values = [(index, f"t{index}", None)[index % 3] for index in range(5000)]
    source = avro(tmp_path, record(a=["null", "long", "string"]), [{"a": value} for value in values], sync_interval=900)
    batches = list(open_avro([source], tmp_path, batch_rows=100).batches())
    assert [row["a"] for batch in batches for row in batch.rows.to_pylist()] == [
        None if value is None else str(value) for value in values
    ]
    assert max(batch.rows.num_rows for batch in batches) <= 100
    assert [row for batch in batches for row in batch.row.to_pylist()] == list(range(5000))


@pytest.mark.parametrize("kind", ["null", ["null"]])
def test_t28_null_typed_column(tmp_path, kind):
    source = avro(tmp_path, record(id="long", nothing=kind, more="long"), [{"id": 1, "nothing": None, "more": 2}])
    reading = open_avro([source], tmp_path)
    assert reading.schema.field("nothing").type == pa.string()
    assert rows_of(reading) == [{"id": 1, "nothing": None, "more": 2}]


def test_t28_only_null_typed_columns(tmp_path):
    reading = open_avro([avro(tmp_path, record(a="null", b="null"), [{"a": None, "b": None}] * 3)], tmp_path)
    assert rows_of(reading) == [{"a": None, "b": None}] * 3


def test_single_branch_union(tmp_path):
    assert column(tmp_path, ["string"], ["x", "y"]) == (pa.string(), ["x", "y"])


def test_narrow_types_are_widened(tmp_path):
    source = avro(
        tmp_path, record(i="int", f="float", b="boolean", y="bytes"), [{"i": -1, "f": 1.5, "b": True, "y": b"\xff"}]
    )
    reading = open_avro([source], tmp_path)
    assert reading.schema.types == [pa.int64(), pa.float64(), pa.bool_(), pa.binary()]
    assert rows_of(reading) == [{"i": -1, "f": 1.5, "b": True, "y": b"\xff"}]


def test_nested_columns_are_json_text(tmp_path):
    inner = {"type": "record", "name": "q", "fields": [{"name": "z", "type": ["null", "long", "string"]}]}
    colour = {"type": "enum", "name": "colour", "symbols": ["RED", "BLUE"]}
    schema = record(m={"type": "map", "values": "long"}, l={"type": "array", "items": inner}, r=["null", "q"], e=colour)
    rows = [
        {"m": {"k": 1}, "l": [{"z": 1}, {"z": "é"}, {"z": None}], "r": None, "e": "BLUE"},
        {"m": {}, "l": [], "r": {"z": 5}, "e": "RED"},
    ]
    read = rows_of(open_avro([avro(tmp_path, schema, rows)], tmp_path))
    assert [json.loads(row["m"]) for row in read] == [{"k": 1}, {}]
    assert [json.loads(row["l"]) for row in read] == [rows[0]["l"], []]
    assert [row["r"] for row in read] == [None, '{"z":5}']
    assert [row["e"] for row in read] == ["BLUE", "RED"]


@pytest.mark.parametrize(("unit", "scale"), [("millis", 1000), ("micros", 1)])
@pytest.mark.parametrize("zone", ["", "local-"])
def test_t33_logical_timestamps_are_utc_microseconds(tmp_path, unit, scale, zone):
    micros = 1_700_000_000_123_000
    kind = {"type": "long", "logicalType": f"{zone}timestamp-{unit}"}
    source = avro(tmp_path, record(a={"type": "long"}), [{"a": micros // scale}], codec="null")
    content = source.path.read_bytes()
    source = retyped(tmp_path, content, record(a=kind))
    (batch,) = open_avro([source], tmp_path).batches()
    assert batch.rows.schema.field("a").type == pa.timestamp("us", "UTC")
    assert batch.rows.column(0).cast(pa.int64()).to_pylist() == [micros]


def retyped(folder, content, schema) -> LocalObject:
    """The same blocks below another schema: fastavro would convert the values on writing."""
    path = folder / "retyped.avro"
    with path.open("wb") as file:
        fastavro.writer(file, schema, [], sync_marker=content[-16:], codec="null")
    header = path.read_bytes()
    path.write_bytes(header + content[content.index(content[-16:]) + 16 :])
    return LocalObject(path, path.name, "v1", 0, path.stat().st_size)


def test_t53_ids_above_2_to_the_53_beside_nulls(tmp_path):
    ids = [9007199254740991, None, 9007199254740993, 9223372036854775807, -9223372036854775808]
    assert column(tmp_path, ["null", "long"], ids) == (pa.int64(), ids)


def test_t55_empty_text_is_not_null(tmp_path):
    assert column(tmp_path, ["null", "string"], ["", None, " "])[1] == ["", None, " "]


def test_t29_t34_schema_change_between_objects(tmp_path):
    sources = [
        avro(tmp_path, record(id="long", session_time="string"), [{"id": 1, "session_time": "x"}], index=0),
        avro(tmp_path, record(session_time="long", id="int", new=["null", "string"]), [], index=1),
        avro(tmp_path, record(session_time="long", id="int"), [{"id": 2, "session_time": 5}], index=2),
    ]
    reading = open_avro(sources, tmp_path)
    assert list(zip(reading.schema.names, reading.schema.types, strict=True)) == [
        ("id", pa.int64()),
        ("session_time", pa.string()),
        ("new", pa.string()),
    ]
    first, second = reading.batches()
    assert first.rows.to_pylist() == [{"id": 1, "session_time": "x"}]
    assert second.rows.to_pylist() == [{"session_time": 5, "id": 2}]
    assert (first.object_index.to_pylist(), second.object_index.to_pylist()) == ([0], [2])


def test_t32_any_name_survives(tmp_path):
    names = ["Email", "email", "naïve name", "select", "_x", "n" * 300, "a.b", '"', "ключ"]
    ascii_names = [f"f{place}" for place in range(len(names))]
    plain = avro(tmp_path, record(**dict.fromkeys(ascii_names, "long")), [dict.fromkeys(ascii_names, 1)], codec="null")
    source = retyped_text(plain, ascii_names, names)
    assert rows_of(open_avro([source], tmp_path)) == [dict.fromkeys(names, 1)]


def retyped_text(source, old, new) -> LocalObject:
    content = source.path.read_bytes()
    sync, schema = content[-16:], record(**dict.fromkeys(new, "long"))
    text = json.dumps(schema).encode()
    header = b"Obj\x01" + long(1) + long(11) + b"avro.schema" + long(len(text)) + text + long(0) + sync
    source.path.write_bytes(header + content[content.index(sync) + 16 :])
    return LocalObject(source.path, source.key, "v1", 0, source.path.stat().st_size)


def long(number: int) -> bytes:
    number, written = number << 1, b""
    while number > 127:
        written, number = written + bytes([number & 127 | 128]), number >> 7
    return written + bytes([number])


def test_rows_are_numbered_across_many_tiny_parts(tmp_path):
    sources = [
        avro(tmp_path, record(a="long"), [{"a": 1000 * part + row} for row in range(part % 4)], index=part)
        for part in range(300)
    ]
    batches = list(open_avro(sources, tmp_path, batch_rows=64).batches())
    found = [
        (index, row, values["a"])
        for batch in batches
        for index, row, values in zip(
            batch.object_index.to_pylist(), batch.row.to_pylist(), batch.rows.to_pylist(), strict=True
        )
    ]
    assert found == [(part, row, 1000 * part + row) for part in range(300) for row in range(part % 4)]


def test_object_index_is_that_of_the_delivery(tmp_path):
    source = avro(tmp_path, record(a="long"), [{"a": 1}], index=7)
    (batch,) = open_avro([source], tmp_path).batches()
    assert (batch.object_index.type, batch.row.type) == (pa.int32(), pa.int64())
    assert (batch.object_index.to_pylist(), batch.row.to_pylist()) == ([7], [0])


def test_chunks_are_removed_afterwards_even_if_abandoned(tmp_path):
    scratch = tmp_path / "a scratch [1] 50% #é"
    scratch.mkdir()
    source = avro(tmp_path, record(a="long"), [{"a": row} for row in range(1000)])
    batches = open_avro([source], scratch, batch_rows=10).batches()
    assert next(batches).rows.num_rows == 10
    assert list(scratch.iterdir()) != []
    batches.close()
    assert list(scratch.iterdir()) == []


def test_two_threads_over_one_scratch_folder(tmp_path):
    sources = [
        avro(tmp_path, record(a="long"), [{"a": 10**6 * part + row} for row in range(3000)], index=part)
        for part in range(8)
    ]
    with ThreadPoolExecutor(2) as threads:
        read = threads.map(lambda source: rows_of(open_avro([source], tmp_path, batch_rows=100)), sources)
    assert list(read) == [[{"a": 10**6 * part + row} for row in range(3000)] for part in range(8)]


def test_t35_a_part_is_read_in_chunks_not_whole(tmp_path, monkeypatch):
    source = avro(tmp_path, record(a="string"), [{"a": f"{row:0500d}"} for row in range(4000)], codec="null")
    monkeypatch.setattr(avro_chunks.chunks_of, "__defaults__", (200_000,))
    sizes = []
    for batch in open_avro([source], tmp_path).batches():
        sizes.append(batch.rows.num_rows)
        assert sum(path.stat().st_size for path in tmp_path.glob("chunk-*")) < 250_000
    assert (sum(sizes), len(sizes) > 8) == (4000, True)
