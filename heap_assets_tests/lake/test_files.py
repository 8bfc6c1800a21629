"""Data files and what a commit says of them: no value makes a table unreadable; a block that fails leaves nothing."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from heap_assets.lake import FileWriter, Table, write_rows

ODD = pa.schema(
    [
        ("flag", pa.bool_()),
        ("number", pa.int64()),
        ("small", pa.int32()),
        ("share", pa.float64()),
        ("money", pa.decimal128(38, 9)),
        ("at", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("bytes", pa.binary()),
        ("text", pa.string()),
        ("a.b", pa.int64()),
        ("nothing", pa.string()),
        ("no_time", pa.timestamp("us", "UTC")),
    ]
)
BEFORE_TIME, AFTER_TIME = -62_135_596_800_000_001, 253_402_300_800_000_000  # a microsecond before year 1, year 10000


def odd_rows(moments: list[int | None]) -> pa.Table:
    many = len(moments)
    values = {
        "flag": [True, False, None] * many,
        "number": [2**63 - 1, -(2**63), 2**53 + 1] * many,
        "small": [2**31 - 1, -(2**31), None] * many,
        "share": [float("nan"), float("inf"), -0.0] * many,
        "money": [None, None, None] * many,
        "at": pa.array((moments * 3)[:many], pa.int64()).cast(pa.timestamp("us", "UTC")),
        "day": [date(1, 1, 1), date(9999, 12, 31), None] * many,
        "bytes": [b"\xff", b"", None] * many,
        "text": ["\U0010ffff", "", "x" * 5000] * many,
        "a.b": [1, 2, 3] * many,
    }
    columns = [
        pa.array(values[name][:many], kind) if name in values else pa.nulls(many, kind)
        for name, kind in zip(ODD.names, ODD.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=ODD)


@pytest.mark.parametrize(
    "moments",
    [
        [0, -1, -(10**15)],
        [None, None, None],
        [253_402_300_799_999_999, 0],
        [AFTER_TIME, 0],
        [BEFORE_TIME, 0],
        [2**63 - 1, -(2**63)],
    ],
    ids=["before 1970", "null", "year 9999", "year 10000", "before year 1", "as far as there is time"],
)
def test_odd_values_never_make_a_table_unreadable(tmp_path, moments):
    table = Table.create(tmp_path / "odd", ODD)

    table.commit(write_rows(table.root, "5", [odd_rows(moments)], frozenset(ODD.names)))

    newest = Table.open(table.root)
    assert (newest.rows, newest.files[0].rows) == (len(moments), len(moments))
    bounds = pa.table(DeltaTable(str(table.root)).get_add_actions(flatten=True)).to_pylist()[0]
    assert bounds["max.number"] == 2**63 - 1
    assert bounds["null_count.nothing"] == len(moments)


def test_bounds_of_times_are_exact(tmp_path):
    table = Table.create(tmp_path / "odd", ODD)
    table.commit(write_rows(table.root, "5", [odd_rows([-1, 253_402_300_799_999_999])], frozenset(ODD.names)))

    bounds = pa.table(DeltaTable(str(table.root)).get_add_actions(flatten=True)).to_pylist()[0]

    assert bounds["min.at"] == datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
    assert bounds["max.at"] == datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    assert bounds["min.day"] == date(1, 1, 1)


def test_no_bound_of_a_float_is_written(tmp_path):
    table = Table.create(tmp_path / "odd", ODD)
    (file,) = write_rows(table.root, "5", [odd_rows([1])], frozenset(ODD.names))

    assert '"share"' not in file.statistics.split('"nullCount"')[0]


def test_files_of_a_block_that_fails_are_deleted(tmp_path):
    with pytest.raises(RuntimeError), FileWriter(tmp_path, "5", file_rows=1, group_rows=1) as writer:
        for number in range(3):
            writer.write(pa.table({"id": [number]}))
        raise RuntimeError

    assert list(tmp_path.rglob("*.parquet")) == []


def test_files_finished_before_the_block_failed_are_deleted_too(tmp_path):
    with pytest.raises(RuntimeError), FileWriter(tmp_path, "5") as writer:
        writer.write(pa.table({"id": [1]}))
        assert len(writer.finish()) == 1
        raise RuntimeError

    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_stream_that_fails_leaves_no_file(tmp_path):
    def rows():
        yield pa.table({"id": [1]})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_rows(tmp_path, "5", rows(), frozenset())

    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_file_holds_one_schema(tmp_path):
    with FileWriter(tmp_path, "5") as writer:
        writer.write(pa.table({"id": [1, 2]}))
        writer.write(pa.table({"id": ["3"]}))
        writer.write(pa.table({"id": ["4"]}))
        files = writer.finish()

    assert [(file.rows, file.schema.field("id").type) for file in files] == [(2, pa.int64()), (2, pa.string())]
    assert writer.rows == 4


def test_no_rows_are_no_file(tmp_path):
    with FileWriter(tmp_path, "5") as writer:
        writer.write(pa.table({"id": pa.array([], pa.int64())}))

        assert writer.finish() == []
