"""Quotes where none should be: which open a value, what they tear, and under which numbers the records stand (T62)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.errors import DamagedObject
from heap_assets.feeds.decode import CsvForm, CsvReading, LocalObject, open_csv
from heap_assets_tests.feeds.decode.records import Record, records_of
from heap_assets_tests.feeds.decode.rejects import Rejects


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as opened:
        yield opened


@contextmanager
def opened(engine: Engine, content: bytes, form: CsvForm = CsvForm()) -> Iterator[CsvReading]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        yield open_csv(LocalObject(path, "x", "v", 0, len(content)), form, engine)


def read(reading: CsvReading) -> tuple[list[tuple], Rejects]:
    rejects = Rejects()
    batches = list(reading.batches(4, rejects.take))
    return [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()], rejects


def test_t62_quotes_inside_unquoted_values_are_text_and_swallow_nothing(engine):
    content = b'a,b\n1,5" nail\n2,"two\nlines"\n3,7" nail\n4\n5,y\n'
    with opened(engine, content) as reading:
        rows, rejects = read(reading)
    assert rows == [("1", '5" nail'), ("2", "two\nlines"), ("3", '7" nail'), ("5", "y")]
    assert [(reject.row, reject.line) for reject in rejects] == [(3, 6)]


def test_t62_record_with_two_faults_is_one_reject_and_makes_no_row(engine):
    content = b'a,b\n1,2\n"x"y,"p\nq"z,"1","2"\n3\n4,5\n'
    with opened(engine, content) as reading:
        rows, rejects = read(reading)
    assert rows == [("1", "2"), ("4", "5")]
    assert [(reject.row, reject.line, reject.reason, reject.column) for reject in rejects] == [
        (1, 3, "unquoted-value", "a"),
        (2, 5, "too-few-fields", None),
    ]
    assert rejects[0].raw == '"x"y'


def test_t62_records_torn_otherwise_than_counted_refuse_the_file(engine):
    with opened(engine, b'a,b\n1,"x"y\n2,z\n') as reading, pytest.raises(DamagedObject, match="torn") as caught:
        reading.count.torn = 0
        read(reading)
    assert caught.value.miscounted


@pytest.mark.parametrize("inner", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_t59_first_newline_is_one_inside_quotes(engine, inner, ending):
    content = ending.join([b'"x' + inner + b'y",1', b"2,3", b""])
    with opened(engine, content, CsvForm(header=("a", "b"))) as reading:
        assert read(reading) == ([(f"x{inner.decode()}y", "1"), ("2", "3")], [])


PIECES = ["a", "é", ",", ",", '"', '"', '""', ',"', '",', "\n", "\n", " ", "\\"]
FORMS = st.sampled_from([CsvForm(header=("x", "y")), CsvForm(escape="\\", header=("x", "y"))])


def has_two_fields(record: Record) -> bool:
    """The engine lets empty fields behind the last one pass."""
    empty = len(record.text) - len(record.text.rstrip(","))
    return record.fields - empty <= 2 <= record.fields


@settings(max_examples=250, deadline=None)
@example(pieces=["a", '""', "a", "a"], form=CsvForm(header=("x", "y")), ending="\n")
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30), form=FORMS, ending=st.sampled_from(("\n", "\r\n", "\r")))
def test_rejects_stand_under_the_numbers_of_their_records_wherever_quotes_are(engine, pieces, form, ending):
    text = "".join(pieces).replace("\n", ending)
    records, open_quote = records_of(text, form)
    assume(not open_quote)
    filled = [record for record in records if record.text]
    expected = [row for row, record in enumerate(filled) if record.fault is not None or not has_two_fields(record)]
    torn = [row for row, record in enumerate(filled) if record.fault is not None]

    with opened(engine, text.encode(), form) as reading:
        rows, rejects = read(reading)

    assert (len(rows) + len(rejects), [reject.row for reject in rejects]) == (len(filled), expected)
    assert [reject.row for reject in rejects if reject.reason == "unquoted-value"] == torn
