"""Stitch on a file of plain records, in a process of its own: labels, scored pairs, and what each stage cost.

python ours.py RECORDS.parquet TAGS.json OUT_DIR
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas  # noqa: F401 - the first Arrow array of Python objects imports it: start-up, as it is Splink's
import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.engine import Engine
from heap_assets.lake.files import FileWriter
from heap_assets.stitch import resolve as resolving
from heap_assets.stitch.options import StitchOptions

from .standardised import standardised

STAGES = (
    "complete", "collapse", "describe", "frequencies", "block", "candidates", "keep_comparisons", "train",
    "keep_foreign_keys", "score", "cluster", "report", "labels_sql",
)  # fmt: skip
"""What `resolve` calls, in its order; what it does between them is `rest`."""


def peak_megabytes() -> int:
    """The process' greatest resident size; ru_maxrss would begin with that of the parent, from before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    """Standardise, resolve, write, print the cost as JSON."""
    records, plan, out = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
    stages: dict[str, float] = {}
    begun, wall = time.process_time(), time.perf_counter()
    for name in STAGES:
        if hasattr(resolving, name):
            setattr(resolving, name, _timed(name, getattr(resolving, name), stages))
    with Engine(memory_limit=plan.get("memory", "1GB")) as engine:
        prepared = _timed("standardise", _standardise, stages)
        prepared(engine, records, plan, out)
        base = peak_megabytes()
        found = resolving.resolve(engine, "records", StitchOptions(kinds=plan["kinds"]))
        stages["rest"] = time.process_time() - begun - sum(stages.values())
        cost = {
            "stages": {name: round(seconds, 2) for name, seconds in stages.items()},
            "cpu": round(time.process_time() - begun, 2),
            "wall": round(time.perf_counter() - wall, 2),
            "peak": peak_megabytes(),
            "peak_standardised": base,
            "counts": found.counts,
            "high": found.model.high,
        }
        pq.write_table(found.labels.select(["datasource", "pk", "cluster"]), out / "labels.parquet")
        if plan.get("pairs"):
            pq.write_table(engine.rows(_PAIRS), out / "edges.parquet")
            pq.write_table(engine.rows('SELECT i, "first", datasource, pk FROM members'), out / "members.parquet")
            pq.write_table(found.blocks, out / "blocks.parquet")
    print(json.dumps(cost))


def _standardise(engine: Engine, records: Path, plan: dict, out: Path) -> None:
    """Through a file that the lake's own writer makes, as between assets: what is read again is no longer held."""
    engine.bind("plain_records", [str(records)], pq.read_schema(records))
    statement = standardised(engine, plan["tags"], plan["kinds"])
    reader = engine.stream(statement)
    with FileWriter(out, "lake", frozenset(("datasource", "pk")), file_rows=sys.maxsize) as writer:
        for batch in reader:
            writer.write(batch)
        (out / writer.finish()[0].path).rename(out / "standardised.parquet")
    for name in ("source", "bad"):
        engine.drop(name)
    pa.default_memory_pool().release_unused()
    engine.bind("records", [str(out / "standardised.parquet")], reader.schema)


def _timed(name: str, work: Callable, stages: dict[str, float]) -> Callable:
    def measured(*arguments, **named):
        clock = time.process_time()
        try:
            return work(*arguments, **named)
        finally:
            stages[name] = stages.get(name, 0.0) + time.process_time() - clock

    return measured


_PAIRS = "SELECT l, r, bits, evidence, unnamed FROM scored"
"""Pairs of representatives; one that was compared again inside its component comes twice."""


if __name__ == "__main__":
    main()
