"""How Stitch's people compare with the known truth of a sample. Counts only; nothing of a record is printed."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from heap_assets.catalog import LakeReader
from heap_assets.engine import Engine


@dataclass(frozen=True)
class TruthReport:
    """Records and people compared, and pairs: those that are one person in truth, as found, and in both."""

    records: int
    people: int
    found: int
    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Share of joined pairs that are one person."""
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that were joined."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0


def compare_with_truth(lake: LakeReader, truth: Path) -> TruthReport:
    """Pairwise comparison over records that carry something to recognise them by (`identified` in the truth)."""
    with truth.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["identified"] == "true"]
    names = ("datasource", "pk", "person")
    known = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})
    with Engine() as engine:
        engine.bind_arrow("truth", known)
        engine.bind_arrow("found", lake.read("unified_coalesced", columns=["datasource", "pk", "amperity_id"]))
        row = engine.rows(_COMPARED).to_pylist()[0]
    return TruthReport(**{name: int(count) for name, count in row.items()})


_COMPARED = """
    WITH both_known AS (SELECT person, amperity_id FROM truth JOIN found USING (datasource, pk)),
    cells AS (SELECT person, amperity_id, count(*) AS n FROM both_known GROUP BY ALL),
    people AS (SELECT person, sum(n) AS n FROM cells GROUP BY person),
    ids AS (SELECT amperity_id, sum(n) AS n FROM cells GROUP BY amperity_id)
    SELECT (SELECT count(*) FROM both_known) AS records,
        (SELECT count(*) FROM people) AS people, (SELECT count(*) FROM ids) AS found,
        (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM people)::BIGINT AS true_pairs,
        (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ids)::BIGINT AS found_pairs,
        (SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM cells)::BIGINT AS right_pairs
"""
