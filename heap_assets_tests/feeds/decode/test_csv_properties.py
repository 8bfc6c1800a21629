"""Whatever the csv module writes comes back as written: values, order, row numbers."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.feeds.decode import CsvForm, LocalObject, open_csv

CELL = st.text(st.sampled_from("ab,;\"'\n\r\t é漢0\\"), max_size=8)
TABLES = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1))


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=2) as opened:
        yield opened


@settings(max_examples=120, deadline=None)
@given(
    table=TABLES,
    ending=st.sampled_from(("\n", "\r\n")),
    coding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    packed=st.booleans(),
)
def test_csv_round_trip(engine, table, ending, coding, packed):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"c{place}" for place in range(len(table[0]))], *table])
    content = text.getvalue().encode(coding)
    content = gzip.compress(content) if packed else content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(content)
        reading = open_csv(LocalObject(path, "x", "v", 0, len(content)), CsvForm(), engine)
        batches = list(reading.batches())
    assert [list(row.values()) for batch in batches for row in batch.rows.to_pylist()] == table
    assert [row for batch in batches for row in batch.row.to_pylist()] == list(range(len(table)))
    assert not reading.rejected
