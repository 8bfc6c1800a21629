"""What Stitch costs on 100,000, 1 M and 4 M generated customers: CPU by stage and peak memory, beside Splink's.

    python benchmarks/stitch_speed.py [--rows 100000,1000000] [--splink PYTHON] [--all] [--keep DIR]

Every system and the generator run in processes of their own, one after the other. Both systems read a Parquet file;
Splink is given the records as Stitch standardised them, and the CPU of that is counted for both. `--all` adds 4 M
records, also for Splink. Goals: at most half of Splink's CPU; at most 1 GB at 1 M and 2.5 GB at 4 M; precision of pairs
at least .98 at every size.
"""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq
from identity.customers import MATCHED
from identity.labelled import Labelled, generated
from identity.opponents import USUAL, Run, run_ours, run_splink

from heap_assets.engine import Engine
from heap_assets.reports.agreement import Agreement, agreement
from heap_assets.stitch.build import memory_of


def main() -> None:
    """Measure every size; print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", default="100000,1000000")
    arguments.add_argument("--splink", metavar="PYTHON")
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("--memory", help="DuckDB's memory limit, for all sizes")
    chosen = arguments.parse_args()
    sizes = [int(size) for size in chosen.rows.split(",")] + ([4_000_000] if chosen.all else [])
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="stitch_speed_"))
    totals, stages = [], []
    for rows in dict.fromkeys(sizes):
        here = folder / str(rows)
        labelled = _customers(rows, here)
        memory = chosen.memory or memory_of(rows)
        ours = run_ours(labelled, here / "ours", pairs=False, memory=memory)
        spent = ours.cost["stages"]["standardise"]
        totals.append(_row(rows, "Stitch", ours, 0.0, _of_ours(labelled, ours)))
        stages.append(_stages(rows, "Stitch", ours))
        if chosen.splink and (rows < 4_000_000 or chosen.all):
            splink = run_splink(
                chosen.splink, labelled, ours.folder / "standardised.parquet", here / "splink", sweep=False
            )
            totals.append(_row(rows, "Splink", splink, spent, _of_splink(labelled, ours, splink)))
            totals.append(
                f"| {rows:,} | Stitch / Splink | {ours.cost['cpu'] / (splink.cost['cpu'] + spent):.2f} | | | | | | |"
            )
            stages.append(_stages(rows, "Splink", splink))
        print("\n".join([*totals[-3:], *stages[-2:]]), file=sys.stderr, flush=True)
        if not chosen.keep:
            shutil.rmtree(here)
    if not chosen.keep:
        shutil.rmtree(folder)
    print("\n".join([*_HEAD, *totals, "", "CPU-s by stage:", "", *stages]))


def _customers(rows: int, folder: Path) -> Labelled:
    """Generated once, in a process of its own, so that its memory is gone before anything is measured."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "truth.parquet").exists():
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            pool.submit(_generate, rows, folder).result()
    records, truth = (pq.read_table(folder / f"{name}.parquet", memory_map=True) for name in ("records", "truth"))
    return Labelled("customers", records, truth, MATCHED)


def _generate(rows: int, folder: Path) -> None:
    made = generated("customers", rows)
    pq.write_table(made.records, folder / "records.parquet")
    pq.write_table(made.truth, folder / "truth.parquet")


def _of_ours(labelled: Labelled, run: Run) -> Agreement:
    with Engine() as engine:
        engine.bind_arrow("truth", labelled.truth)
        path = run.folder / "labels.parquet"
        engine.bind("found", [str(path)], pq.read_schema(path))
        engine.define("labels", "SELECT t.person, f.cluster FROM truth AS t JOIN found AS f USING (datasource, pk)")
        return agreement(engine, "labels", "person", "cluster")


def _of_splink(labelled: Labelled, ours: Run, run: Run) -> Agreement:
    with Engine() as engine:
        engine.bind_arrow("truth", labelled.truth)
        for name, path in (
            ("records", ours.folder / "standardised.parquet"),
            ("clusters", run.folder / "clusters_0.parquet"),
        ):
            engine.bind(name, [str(path)], pq.read_schema(path))
        engine.define(
            "labels",
            "SELECT t.person, c.cluster_id FROM (SELECT row_number() OVER (ORDER BY datasource, pk) AS unique_id, datasource,"
            " pk FROM records) AS n JOIN truth AS t USING (datasource, pk) JOIN clusters AS c USING (unique_id)",
        )
        return agreement(engine, "labels", "person", "cluster_id")


_HEAD = (
    f"Splink at {USUAL} bits (.95); its CPU holds that of standardising.",
    "",
    "| records | system | CPU-s | wall s | records per CPU-s | peak MB | precision | recall | F1 |",
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def _row(rows: int, system: str, run: Run, before: float, found: Agreement) -> str:
    cpu = run.cost["cpu"] + before
    return (
        f"| {rows:,} | {system} | {cpu:.1f} | {run.cost['wall']:.1f} | {rows / cpu:,.0f} | {run.cost['peak']:,} |"
        f" {found.precision:.4f} | {found.recall:.4f} | {found.f1:.4f} |"
    )


def _stages(rows: int, system: str, run: Run) -> str:
    told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run.cost["stages"].items())
    counts = run.cost.get("counts")
    return f"- {rows:,}, {system}: {told}" + (
        f" ({', '.join(f'{name} {n:,}' for name, n in counts.items())})" if counts else ""
    )


if __name__ == "__main__":
    main()
