"""Delimited files as they arrive: the traps of heap_delivery.md 6, T54 to T64, against the clean file."""

import gzip
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.errors import DamagedObject, DeliveryRefused, UnreadableFile
from heap_assets.feeds.decode import CsvForm, CsvReading, DecodeLimits, LocalObject, open_csv
from heap_assets_tests.feeds.decode.rejects import Rejects, record_numbers

CLEAN = b'id,name\n1,Ann\n2,"B, ""b"""\n3,"two\nlines"\n'
CLEAN_ROWS = [("1", "Ann"), ("2", 'B, "b"'), ("3", "two\nlines")]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=2) as opened:
        yield opened


@pytest.fixture
def opened(tmp_path, engine):
    def open_content(content, form=None, size=None, **options) -> CsvReading:
        path = tmp_path / "crm [1]*.csv"
        path.write_bytes(content)
        source = LocalObject(path, "crm/customers.csv", "v1", 3, len(content) if size is None else size)
        return open_csv(source, form or CsvForm(), engine, **options)

    yield open_content
    assert not list(engine.scratch.glob("csv-*"))
    assert engine.rows("SELECT table_name FROM duckdb_tables()").num_rows == 0


def rows_of(reading):
    return [tuple(row.values()) for batch in reading.batches() for row in batch.rows.to_pylist()]


def read(reading):
    rejects = Rejects()
    return [
        tuple(row.values()) for batch in reading.batches(4, rejects.take) for row in batch.rows.to_pylist()
    ], rejects


def test_clean_file(opened):
    reading = opened(CLEAN)
    (batch,) = reading.batches()
    assert reading.schema == batch.rows.schema == pa.schema([("id", pa.string()), ("name", pa.string())])
    assert [tuple(row.values()) for row in batch.rows.to_pylist()] == CLEAN_ROWS
    assert (batch.object_index.to_pylist(), batch.row.to_pylist()) == ([3, 3, 3], [0, 1, 2])
    assert (batch.object_index.type, batch.row.type) == (pa.int32(), pa.int64())
    assert not reading.rejected


def test_t54_texts_that_look_like_something_else(opened):
    values = ["00123", "1e5", "9" * 22, "NA", "null", "None", "nan", "TRUE", " x ", "9007199254740993"]
    assert rows_of(opened("\n".join(["a,b", *(f"{value},1" for value in values)]).encode())) == [
        (value, "1") for value in values
    ]


def test_t55_quoted_empty_is_text_and_empty_is_null(opened):
    assert rows_of(opened(b'a,b\n"",\n,""\n')) == [("", None), (None, "")]


@pytest.mark.parametrize("content", [b"id,name\n", b"id,name", b"\xef\xbb\xbfid,name\r\n", b"\n\nid,name\n"])
def test_t57_header_only(opened, content):
    reading = opened(content)
    assert (reading.empty, reading.schema.names, rows_of(reading)) == (False, ["id", "name"], [])


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\r\n\r\n", b"\n\n\n", b"\r", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)]
)
def test_t58_empty_file(opened, content):
    reading = opened(content)
    assert (reading.empty, len(reading.schema), rows_of(reading)) == (True, 0, [])


def with_endings(ending: bytes) -> bytes:
    return CLEAN.replace(b"\n", ending).replace(b"two" + ending, b"two\n")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CLEAN,
        CLEAN.decode().encode("utf-16"),
        b"\xfe\xff" + CLEAN.decode().encode("utf-16-be"),
        with_endings(b"\r\n"),
        with_endings(b"\r"),
        CLEAN.replace(b"Ann\n", b"Ann\r\n"),
        CLEAN.replace(b"Ann\n", b"Ann\r").replace(b"name\n", b"name\r\n"),
        CLEAN.rstrip(b"\n"),
        with_endings(b"\r\n").rstrip(b"\r\n"),
        b"\n\r\n" + CLEAN,
        CLEAN + b"\n\n",
        CLEAN.replace(b"Ann\n", b"Ann\n\n\n"),
        with_endings(b"\r\n").replace(b"Ann\r\n", b"Ann\r\n\r\n"),
        b"\xef\xbb\xbf" + CLEAN.replace(b"id", b'"id"', 1),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_t59_encodings_and_line_endings_equal_the_clean_file(opened, content, packed):
    reading = opened(gzip.compress(content) if packed else content)
    assert reading.schema.names == ["id", "name"]
    assert rows_of(reading) == CLEAN_ROWS
    assert [row for batch in reading.batches() for row in batch.row.to_pylist()] == [0, 1, 2]


def test_t60_gzip_of_many_members(opened):
    members = b"".join(gzip.compress(CLEAN[begin : begin + 7]) for begin in range(0, len(CLEAN), 7))
    assert rows_of(opened(members)) == rows_of(opened(members, CsvForm(compression="gzip"))) == CLEAN_ROWS


def test_t60_damaged_gzip(opened):
    packed = gzip.compress(CLEAN * 50)
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 4
    for content in (packed[:-9], packed[:20], packed[:3], bytes(flipped), packed[:-8] + b"\x00" * 8):
        with pytest.raises(DamagedObject, match="gzip"):
            opened(content)


def test_t60_declared_gzip_that_is_none(opened):
    with pytest.raises(UnreadableFile, match="not gzip"):
        opened(CLEAN, CsvForm(compression="gzip"))


def test_t60_gzip_bomb(opened):
    with pytest.raises(UnreadableFile, match="more bytes"):
        opened(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000), limits=DecodeLimits(block_bytes=1000, expansion=10))


def test_t26_size_that_is_not_the_listed_one(opened):
    with pytest.raises(DamagedObject, match="bytes where the bucket lists"):
        opened(CLEAN, size=len(CLEAN) + 1)


def test_t61_wrong_delimiter_leaves_one_column_for_the_feed_to_see(opened):
    assert opened(b"id;name\n1;2\n").schema.names == ["id;name"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "'"])
def test_t61_other_delimiters(opened, delimiter):
    content = f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n'.encode()
    assert rows_of(opened(content, CsvForm(delimiter))) == [("1", f"x{delimiter}y")]


def test_t62_backslash_escapes_by_option(opened):
    content = b'a,b\n1,"x\\"y"\n2,"z\\\\"\n3,"two\nlines"\n'
    assert rows_of(opened(content, CsvForm(escape="\\"))) == [("1", 'x"y'), ("2", "z\\"), ("3", "two\nlines")]


def test_t62_nothing_quoted_by_option(opened):
    assert rows_of(opened(b'a,b\n1,x"y\n2,"z\n', CsvForm(quote=""))) == [("1", 'x"y'), ("2", '"z')]


def test_t62_nul_byte_is_kept(opened):
    assert rows_of(opened(b"a,b\n1,x\0y\n")) == [("1", "x\0y")]


@pytest.mark.parametrize("place", [0, 499, 999])
def test_t62_quote_that_never_closes_refuses_the_file(opened, place):
    records = [f"{number},value" for number in range(1000)]
    records[place] = f'{place},"value'
    with pytest.raises(UnreadableFile, match="never closed"):
        opened("\n".join(["a,b", *records]).encode())


def test_t62_t63_each_bad_record_is_rejected_once(opened):
    content = b'a,b,c\n1,2,3\n4\n"x\ny",5,6\n\n7,8,9,10,11\n1,\xff,\xfe\n1,"x"y,3\n4,5,6\n'
    rows, rejects = read(opened(content))
    assert rows == [("1", "2", "3"), ("x\ny", "5", "6"), ("4", "5", "6")]
    assert [(reject.row, reject.line, reject.reason, reject.column) for reject in rejects] == [
        (1, 3, "too-few-fields", None),
        (3, 7, "too-many-fields", None),
        (4, 8, "bad-encoding", "b"),
        (5, 9, "unquoted-value", "b"),
    ]
    assert [reject.raw for reject in rejects[:2]] == ["4", "7,8,9,10,11"]
    assert rejects[1].detail == "5 fields where 3 were expected"
    assert {reject.object_index for reject in rejects} == {3}


def test_t63_row_numbers_are_exact_once_rejects_are_known(opened):
    content = b"a,b\n" + b"".join(b"%d\n" % n if n in (0, 1, 7, 19) else b"%d,x\n" % n for n in range(20))
    reading = opened(content)
    rejects = Rejects()
    batches = list(reading.batches(3, rejects.take))
    skip = {reject.row for reject in rejects}
    numbered = [
        (row, values["a"])
        for batch in batches
        for row, values in zip(record_numbers(batch.row, sorted(skip)), batch.rows.to_pylist(), strict=True)
    ]
    assert skip == {0, 1, 7, 19}
    assert numbered == [(n, str(n)) for n in range(20) if n not in skip]


def test_t63_crlf_rejects(opened):
    rows, rejects = read(opened(b"\r\na,b\r\n1\r\n3,4\r\n\r\n5,6,7\r\n"))
    assert rows == [("3", "4")]
    assert [(reject.row, reject.line, reject.raw) for reject in rejects] == [(0, 3, "1"), (2, 6, "5,6,7")]


@pytest.mark.parametrize("header", [b"a,b,a", b"a,,b", b"a, ,b", b"Email,email", b"a,b,", b'"a,b', b"\xff,b"])
def test_t64_header_that_cannot_be_used(opened, header):
    with pytest.raises(UnreadableFile):
        opened(header + b"\n1,2,3\n")


def test_t64_header_names_as_delivered(opened):
    assert opened('"a ""b""",Ünïcode,select\n1,2,3\n'.encode()).schema.names == ['a "b"', "Ünïcode", "select"]


def test_t64_names_from_the_feed(opened):
    reading = opened(b"\xef\xbb\xbf1,2\n3,4\n", CsvForm(header=("x", "y")))
    assert (reading.schema.names, rows_of(reading)) == (["x", "y"], [("1", "2"), ("3", "4")])


def test_no_names_at_all(opened):
    assert opened(b"1,2\n", CsvForm(header=False)).schema.names == ["column0", "column1"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_t58_blank_line_in_a_file_of_one_column_is_null(opened, ending):
    content = b'\na\n1\n\n""\n2\n\n'.replace(b"\n", ending)
    assert rows_of(opened(content)) == [("1",), (None,), ("",), ("2",), (None,)]


def test_too_many_columns(opened):
    with pytest.raises(UnreadableFile, match="6 columns"):
        opened(b"a,b,c,d,e,f\n", limits=DecodeLimits(columns=5))


def test_line_of_three_megabytes_is_read_and_one_over_the_limit_rejected(opened):
    content = b"a,b\n1," + b"x" * 3_000_000 + b"\n3,4\n"
    assert [len(row[1]) for row in rows_of(opened(content))] == [3_000_000, 1]
    reading = opened(content, limits=DecodeLimits(cell_bytes=1_000_000))
    assert rows_of(reading) == [("3", "4")]
    assert reading.rejected == {"line-too-long": 1}


def test_utf16_that_is_cut(opened):
    with pytest.raises(UnreadableFile, match="UTF-16"):
        opened(CLEAN.decode().encode("utf-16")[:-1])


def test_zstd_is_recognised_by_its_content(opened, tmp_path):
    with pa.output_stream(tmp_path / "packed.zst", compression="zstd") as packing:
        packing.write(CLEAN)
    packed = (tmp_path / "packed.zst").read_bytes()
    assert rows_of(opened(packed)) == rows_of(opened(packed, CsvForm(compression="zstd"))) == CLEAN_ROWS
    for content in (packed[:-3], packed + b"garbage"):
        with pytest.raises(DamagedObject, match="zstd"):
            opened(content)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    content=st.lists(
        st.sampled_from([b"a", b",", b'"', b"\n", b"\r", b"\\", b"\xff", b" ", b"\0", b"\xc3\xa9"]), max_size=30
    ),
    form=st.sampled_from([CsvForm(), CsvForm(escape="\\"), CsvForm(quote="", escape=""), CsvForm(header=("x", "y"))]),
)
def test_t62_whatever_arrives_is_refused_or_every_record_is_read_or_rejected(engine, content, form):
    header = b"x,y\n" if form.header is True else b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(header + b"".join(content))
        try:
            reading = open_csv(LocalObject(path, "x", "v", 0, path.stat().st_size), form, engine)
            rejects = Rejects()
            rows = sum(batch.rows.num_rows for batch in reading.batches(reject=rejects.take))
        except DeliveryRefused:
            return
    assert rows + len(rejects) == rows + reading.rejected.total() == reading.records
    assert len({reject.row for reject in rejects}) == len(rejects)
    assert all(0 <= reject.row < reading.records for reject in rejects)


def test_engine_error_names_the_file_and_no_value(tmp_path, engine):
    path = tmp_path / "x.csv"
    path.write_bytes(CLEAN)
    reading = open_csv(LocalObject(path, "crm/x.csv", "v", 0, len(CLEAN)), CsvForm(), engine)
    path.unlink()
    with pytest.raises(UnreadableFile) as caught:
        rows_of(reading)
    assert caught.value.where == "crm/x.csv"
