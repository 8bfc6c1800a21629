"""Who is who does not depend on the order of rows or files: clusters of the same records, shuffled, are the same."""

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.lake import derive, hash62, prunable, write_rows
from heap_assets.stitch.build import Build, run_step
from heap_assets.stitch.nicknames_given import NICKNAMES
from heap_assets.stitch.records import RECORDS
from heap_assets.stitch.stages import CLUSTERS, STAGES
from heap_assets_tests.builders import BucketBuilder

TEXTS = ("datasource", "pk")
COMPARED = ("given", "surname", "suffix", "email", "phone", "birthdate", "fk_customer_id")
NO_NICKNAMES = pa.schema([(name, pa.string()) for name in ("canonical_name", "nickname", "update_type")])
SCHEMA = pa.schema([*((name, pa.string()) for name in (*TEXTS, *COMPARED)), ("heap_user_id", pa.int64())])


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, None, *values))


RECORDS_AT_RANDOM = st.lists(
    st.fixed_dictionaries(
        {
            "given": some("ada", "a", "grace"),
            "surname": some("lovelace", "hopper"),
            "suffix": some("jr", "sr"),
            "email": some("x@example.com", "y@example.com"),
            "phone": some("5550001", "5550002"),
            "birthdate": some("1990-01-02", "1990-02-01", "1975-12-31"),
            "fk_customer_id": some("k1", "k2"),
            "heap_user_id": some(1, 2, 3),
        }
    ),
    min_size=2,
    max_size=14,
)


def clusters(folder: Path, lake: str, records: Sequence[dict[str, Any]], files: int) -> set[frozenset[str]]:
    """The clusters of these records, written in this order into so many files; each as the names of its records."""
    builder = BucketBuilder(folder)
    house = builder.lake(lake)
    derive(house, RECORDS, hash62(["empty"]), SCHEMA.empty_table)
    parts = [pa.Table.from_pylist(list(records[place::files]), schema=SCHEMA) for place in range(files)]
    table = house.open(RECORDS)
    written = [file for part in parts for file in write_rows(table.root, "rows", [part], prunable(SCHEMA))]
    version = table.overwrite(written, SCHEMA, {"inputs": hash62(["full"])})
    nicknames = derive(house, NICKNAMES, hash62(["none"]), NO_NICKNAMES.empty_table)
    build = Build(house, builder.settings(lake), None, {RECORDS: version, NICKNAMES: nicknames})
    for stage in STAGES:
        run_step(build, stage)
    made = house.open(CLUSTERS, build.version(CLUSTERS))
    found: dict[tuple[bool, int], set[str]] = {}
    for path in made.absolute(made.files):
        for row in pq.ParquetFile(path).read().to_pylist():
            found.setdefault((row["by_heap_user"], row["cluster"]), set()).add(f"{row['datasource']}/{row['pk']}")
    assert sum(map(len, found.values())) == len(records), "every record is in one cluster"
    return set(map(frozenset, found.values()))


def are_the_same_in_any_order(values: list[dict[str, Any]], order: random.Random) -> None:
    records = [{"datasource": f"CRM:{'AB'[place % 2]}", "pk": str(place), **row} for place, row in enumerate(values)]
    shuffled = list(records)
    order.shuffle(shuffled)
    with TemporaryDirectory() as folder:
        assert clusters(Path(folder), "one", records, 1) == clusters(Path(folder), "other", shuffled, 3)


@settings(max_examples=1, deadline=None, derandomize=True, database=None)
@given(RECORDS_AT_RANDOM, st.randoms(use_true_random=False))
def test_shuffled_records_make_the_same_clusters(values, order):
    are_the_same_in_any_order(values, order)


@pytest.mark.fuzz
@settings(max_examples=80, deadline=None, database=None)
@given(RECORDS_AT_RANDOM, st.randoms(use_true_random=False))
def test_shuffled_records_make_the_same_clusters_many_times(values, order):
    are_the_same_in_any_order(values, order)
