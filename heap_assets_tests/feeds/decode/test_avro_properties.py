"""Whatever fastavro writes comes back as written: values, order, places."""

import math
import tempfile
from pathlib import Path

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.feeds.decode import LocalObject, open_avro

VALUES = {
    "long": st.integers(-(2**63), 2**63 - 1),
    "int": st.integers(-(2**31), 2**31 - 1),
    "double": st.floats(),
    "float": st.floats(width=32),
    "boolean": st.booleans(),
    "string": st.text(st.characters(codec="utf-8"), max_size=20),
    "bytes": st.binary(max_size=20),
}


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    nullable = [draw(st.sampled_from((None, ["null"], [None]))) for _ in kinds]
    fields, cells = [], {}
    for place, (kind, null) in enumerate(zip(kinds, nullable, strict=True)):
        union = kind if null is None else ["null", kind] if null == ["null"] else [kind, "null"]
        fields.append({"name": f"c{place}", "type": union})
        cells[f"c{place}"] = VALUES[kind] if null is None else st.none() | VALUES[kind]
    rows = st.lists(st.fixed_dictionaries(cells), max_size=12)
    return {"type": "record", "name": "r", "fields": fields}, draw(st.lists(rows, min_size=1, max_size=4))


def same(left, right) -> bool:
    return left == right or (isinstance(left, float) and math.isnan(left) and math.isnan(right))


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(("null", "snappy", "deflate")), st.integers(1, 9), st.sampled_from((30, 16000)))
def test_avro_round_trip(table, codec, batch_rows, interval):
    schema, parts = table
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for index, rows in enumerate(parts):
            path = Path(folder, f"{index}.avro")
            with path.open("wb") as file:
                fastavro.writer(file, schema, rows, codec=codec, sync_interval=interval)
            sources.append(LocalObject(path, path.name, "v", index, path.stat().st_size))
        batches = list(open_avro(sources, Path(folder), batch_rows=batch_rows).batches())
        assert not list(Path(folder).glob("chunk-*"))
    found = [row for batch in batches for row in batch.rows.to_pylist()]
    places = [
        place for batch in batches for place in zip(batch.object_index.to_pylist(), batch.row.to_pylist(), strict=True)
    ]
    expected = [row for rows in parts for row in rows]
    assert places == [(index, row) for index, rows in enumerate(parts) for row in range(len(rows))]
    assert len(found) == len(expected)
    assert all(same(left[name], right[name]) for left, right in zip(found, expected, strict=True) for name in left)
