"""Derived tables: written once for the same inputs, whoever asks and however often."""

import pyarrow as pa
import pytest

from heap_assets.lake import Input, Lake, derive, hash62
from heap_assets.lake.derived import inputs_hash
from heap_assets_tests.laws.chain import files_below


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path)


def rows(*names: str) -> pa.Table:
    return pa.table({"name": pa.array(names, pa.string())})


def must_not_be_made() -> pa.Table:
    raise AssertionError("the inputs are the same")


def test_the_same_inputs_write_nothing(lake):
    first = derive(lake, "stitch/t", 7, lambda: rows("a"))
    before = files_below(lake.root)

    assert derive(lake, "stitch/t", 7, must_not_be_made) == first
    assert files_below(lake.root) == before


def test_other_inputs_replace_the_table_and_leave_the_older_version(lake):
    first = derive(lake, "stitch/t", 7, lambda: rows("a"))

    second = derive(lake, "stitch/t", 8, lambda: rows("b", "c"))

    assert (lake.open("stitch/t", first).rows, lake.open("stitch/t", second).rows) == (1, 2)


def test_other_columns_come_with_other_inputs(lake):
    derive(lake, "stitch/t", 7, lambda: rows("a"))

    derive(lake, "stitch/t", 8, lambda: pa.table({"number": [1]}))

    assert lake.open("stitch/t").schema.names == ["number"]


def test_a_stream_is_written_as_it_comes(lake):
    reader = pa.RecordBatchReader.from_batches(rows("a").schema, rows("a", "b").to_batches(max_chunksize=1))

    assert lake.open("stitch/t", derive(lake, "stitch/t", 7, lambda: reader)).rows == 2


def test_no_rows_are_a_table_too(lake):
    version = derive(lake, "stitch/t", 7, rows)

    assert derive(lake, "stitch/t", 7, must_not_be_made) == version
    assert lake.open("stitch/t").schema.names == ["name"]


def test_a_rival_that_made_the_same_ends_with_one_version(lake):
    def produce() -> pa.Table:
        rival.append(derive(lake, "stitch/t", 7, lambda: rows("a")))
        return rows("a")

    rival: list[int] = []
    mine = derive(lake, "stitch/t", 7, produce)

    assert mine == rival[0]
    assert lake.open("stitch/t").rows == 1
    assert len(list(lake.path("stitch/t").rglob("rows/*.parquet"))) == 1


def test_a_rival_that_made_something_else_is_followed_by_ours(lake):
    def produce() -> pa.Table:
        if not rival:
            rival.append(derive(lake, "stitch/t", 8, lambda: rows("other")))
        return rows("a")

    rival: list[int] = []
    mine = derive(lake, "stitch/t", 7, produce)

    assert mine > rival[0]
    assert lake.open("stitch/t", rival[0]).rows == lake.open("stitch/t", mine).rows == 1


def test_what_failed_while_being_made_leaves_no_file(lake):
    def produce() -> pa.RecordBatchReader:
        def batches():
            yield from rows("a").to_batches()
            raise RuntimeError

        return pa.RecordBatchReader.from_batches(rows().schema, batches())

    with pytest.raises(RuntimeError):
        derive(lake, "stitch/t", 7, produce)

    assert list(lake.root.rglob("rows/*.parquet")) == []


def test_the_hash_is_of_content_not_of_order():
    inputs = [Input("a", 1), Input("b", 2)]

    assert inputs_hash("1", inputs, {"x": 1, "y": 2}) == inputs_hash("1", inputs[::-1], {"y": 2, "x": 1})
    assert len({inputs_hash("1", inputs), inputs_hash("2", inputs), inputs_hash("1", inputs[:1])}) == 3
    assert 0 <= hash62(["ü", 1]) < 2**62
