"""Delimited files of any content: every record read or rejected, or the file refused; good ones say what Python's csv reads."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.errors import DeliveryRefused
from heap_assets.feeds.decode import CsvForm, CsvReading, LocalObject, open_csv
from heap_assets_tests.feeds.decode.rejects import Rejects, record_numbers
from heap_assets_tests.fuzz.bounds import PIECES, bounded, mutated, tried

GOOD = 'id,name,"born, where",note\r\n1,Ann,"Oslo",""\r\n2,"B ""x""","two\nlines",\r\n3,é漢,,plain\r\n'.encode()
PACKINGS = {
    "plain": bytes,
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "members": lambda content: gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:], mtime=0),
}
CODINGS = ("utf-8", "utf-8-sig", "utf-16")
MARKS = st.sampled_from(",;\t|:~ ^\"'")


@st.composite
def dialects(draw) -> CsvForm:
    delimiter, quote = draw(MARKS), draw(st.sampled_from("\"'"))
    assume(delimiter != quote)
    return CsvForm(delimiter, quote, draw(st.sampled_from((quote, quote, "\\"))))


@st.composite
def tables(draw, form: CsvForm) -> list[list[str]]:
    letters = st.text(st.sampled_from(f"ab0é漢 \\{form.delimiter}{form.quote}\n\r\t\0"), max_size=6)
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(letters, min_size=width, max_size=width), min_size=1, max_size=6))


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as opened:
        yield opened


Read = tuple[CsvReading, list[list], list[int], list[int]]


def read(engine: Engine, content: bytes, form: CsvForm = CsvForm()) -> Read | None:
    """The reading, its rows and their numbers, and those of its rejects; None where the file is refused."""
    rejects = Rejects()
    with tempfile.TemporaryDirectory() as folder, bounded():
        path = Path(folder, "x.csv")
        path.write_bytes(content)
        source = LocalObject(path, "crm/x.csv", "v", 0, len(content))
        try:
            reading = open_csv(source, form, engine)
            batches = list(reading.batches(reject=rejects.take))
        except DeliveryRefused as error:
            assert "crm/x.csv" in error.where
            str(error).encode()
            return None
        finally:
            assert not list(engine.scratch.glob("csv-*"))
    rows = [list(row.values()) for batch in batches for row in batch.rows.to_pylist()]
    came = [number for batch in batches for number in batch.row.to_pylist()]
    rejected = [reject.row for reject in rejects]
    return reading, rows, record_numbers(came, rejected), rejected


def accounted_for(engine: Engine, content: bytes, form: CsvForm = CsvForm()) -> None:
    """Each record of a file is read or rejected, once, under its own number."""
    done = read(engine, content, form)
    if done is not None:
        reading, _, numbers, rejected = done
        assert sorted([*numbers, *rejected]) == list(range(reading.records))
        assert len({name.lower() for name in reading.names}) == len(reading.names)


def as_python(engine: Engine, form: CsvForm, table: list[list[str]], ending: str, packing: str, coding: str) -> None:
    escaped = form.escape != form.quote
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=form.delimiter,
        quotechar=form.quote,
        escapechar=form.escape if escaped else None,
        doublequote=not escaped,
        quoting=csv.QUOTE_ALL,
        lineterminator=ending,
    )
    writer.writerows([[f"c{place}" for place in range(len(table[0]))], *table])

    done = read(engine, PACKINGS[packing](text.getvalue().encode(coding)), form)

    assert done is not None
    _, rows, numbers, rejected = done
    assert rows == table
    assert numbers == list(range(len(table)))
    assert rejected == []


def minimal(engine: Engine, table: list[list[str]], ending: str) -> None:
    """Quotes only where they are needed: what is empty and unquoted is null.

    The csv module quotes only the newlines of its own line ending; elsewhere a CR ends a line.
    """
    kept = str.maketrans("", "", "" if ending == "\r\n" else "\r")
    table = [[cell.translate(kept) for cell in row] for row in table]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator=ending)
    writer.writerows([[f"c{place}" for place in range(len(table[0]))], *table])

    done = read(engine, text.getvalue().encode())

    assert done is not None
    alone = len(table[0]) == 1  # the csv module quotes an empty field that is alone
    assert done[1] == [[cell if cell or alone else None for cell in row] for row in table]


LINES = st.lists(
    st.sampled_from(
        (b"a", b"1", b",", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b"\\", b" ", b"\0", b"\xe9", b"\xc3\xa9")
    ),
    max_size=40,
).map(lambda pieces: b"a,b\n" + b"".join(pieces))
ANY = st.binary(max_size=80) | st.lists(st.sampled_from(PIECES) | st.binary(max_size=9), max_size=6).map(b"".join)
DAMAGED = st.builds(
    lambda coding, packing: (coding, packing), st.sampled_from(CODINGS), st.sampled_from(sorted(PACKINGS))
).map(lambda how: PACKINGS[how[1]](GOOD.decode().encode(how[0])))
ROUND_TRIPS = st.tuples(
    dialects().flatmap(lambda form: st.tuples(st.just(form), tables(form))),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.sampled_from(sorted(PACKINGS)),
    st.sampled_from(CODINGS),
)


@tried(60)
@given(case=ROUND_TRIPS)
def test_every_dialect_says_what_python_wrote(engine, case):
    (form, table), ending, packing, coding = case
    as_python(engine, form, table, ending, packing, coding)


@tried(40)
@given(table=tables(CsvForm()), ending=st.sampled_from(("\n", "\r\n")))
def test_quotes_only_where_needed(engine, table, ending):
    minimal(engine, table, ending)


@tried(60)
@given(content=mutated(DAMAGED))
def test_damaged_files(engine, content):
    accounted_for(engine, content)


@tried(100)
@given(content=LINES | ANY)
def test_any_lines(engine, content):
    accounted_for(engine, content)


@tried(40)
@given(content=LINES | ANY, form=dialects())
def test_any_lines_in_any_dialect(engine, content, form):
    accounted_for(engine, content, form)


@pytest.mark.fuzz
@tried(1_500)
@given(case=ROUND_TRIPS)
def test_many_dialects(engine, case):
    (form, table), ending, packing, coding = case
    as_python(engine, form, table, ending, packing, coding)


@pytest.mark.fuzz
@tried(1_000)
@given(table=tables(CsvForm()), ending=st.sampled_from(("\n", "\r\n")))
def test_many_files_with_few_quotes(engine, table, ending):
    minimal(engine, table, ending)


@pytest.mark.fuzz
@tried(1_500)
@given(content=mutated(DAMAGED))
def test_many_damaged_files(engine, content):
    accounted_for(engine, content)


@pytest.mark.fuzz
@tried(3_000)
@given(content=LINES | ANY, form=st.just(CsvForm()) | dialects())
def test_many_lines(engine, content, form):
    accounted_for(engine, content, form)
