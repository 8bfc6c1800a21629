"""How Stitch's people compare with the known truth of a sample. Counts only; nothing of a record is printed."""

import csv
from pathlib import Path

import pyarrow as pa

from heap_assets.catalog import LakeReader
from heap_assets.engine import Engine
from heap_assets.reports.agreement import Agreement, agreement


def compare_with_truth(lake: LakeReader, truth: Path) -> Agreement:
    """Pairwise comparison over records that carry something to recognise them by (`identified` in the truth)."""
    with truth.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["identified"] == "true"]
    names = ("datasource", "pk", "person")
    known = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})
    with Engine() as engine:
        engine.bind_arrow("truth", known)
        engine.bind_arrow("found", lake.read("unified_coalesced", columns=["datasource", "pk", "amperity_id"]))
        engine.define("both", "SELECT person, amperity_id FROM truth JOIN found USING (datasource, pk)")
        return agreement(engine, "both", "person", "amperity_id")
