"""Stitch's precision and recall on labelled records, beside Splink where its Python is named.

    python benchmarks/stitch_quality.py [--data DIR] [--splink PYTHON] [--sets a,b] [--rows N] [--seeds 7,8] [--show-errors N]

Sets: what lies in DIR of the public sets (`identity.labelled`), and the variants of `identity.customers`. Stitch runs with
its shipped default on every set; for Splink the usual threshold (.95) and the best of a sweep, which only the truth can
tell, are both shown. Prints markdown. Errors are shown for generated records only: those belong to nobody.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from identity.customers import VARIANTS
from identity.errors import show_errors
from identity.labelled import Labelled, generated, public_sets
from identity.opponents import SWEEP, USUAL, Run, run_ours, run_splink

from heap_assets.engine import Engine
from heap_assets.reports.agreement import Agreement, agreement, harmonic
from heap_assets.stitch.options import CERTAIN
from heap_assets.stitch.scores import score_sql


def main() -> None:
    """Run every chosen set through both systems; print the table, then the calibration."""
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="stitch_quality_"))
    rows, calibrations, shown = [], [], []
    try:
        for labelled in _sets(chosen):
            before = len(rows)
            ours = run_ours(labelled, folder / "ours")
            rows.append(
                _row(
                    labelled,
                    "Stitch",
                    _compared(labelled, ours.folder / "labels.parquet"),
                    ours,
                    _pairs(labelled, ours),
                )
            )
            calibrations.append((labelled.name, _calibration(labelled, ours)))
            if chosen.splink:
                splink = run_splink(chosen.splink, labelled, ours.folder / "standardised.parquet", folder / "splink")
                rows += _splink_rows(labelled, ours, splink)
            if chosen.show_errors and "home" in labelled.truth.schema.names:
                shown.append(show_errors(labelled, ours, chosen.show_errors))
            print("\n".join(rows[before:]), file=sys.stderr, flush=True)
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join([*_HEAD, *rows, "", *_calibration_table(calibrations), *shown]))


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=Path("data"))
    arguments.add_argument("--splink", metavar="PYTHON")
    arguments.add_argument("--sets", default="")
    arguments.add_argument("--rows", type=int)
    arguments.add_argument("--seeds", default="7")
    arguments.add_argument("--show-errors", type=int, default=0)
    return arguments.parse_args()


def _sets(chosen: argparse.Namespace):
    wanted = set(filter(None, chosen.sets.split(",")))
    yield from (found for found in public_sets(chosen.data) if not wanted or found.name in wanted)
    for seed in map(int, chosen.seeds.split(",")):
        for name in VARIANTS:
            if not wanted or name in wanted:
                yield generated(name, chosen.rows, seed)


def _compared(labelled: Labelled, labels: Path) -> Agreement:
    with Engine() as engine:
        engine.bind_arrow("truth", labelled.truth)
        engine.bind("found", [str(labels)], pq.read_schema(labels))
        engine.define("labels", "SELECT t.person, f.cluster FROM truth AS t JOIN found AS f USING (datasource, pk)")
        return agreement(engine, "labels", "person", "cluster")


def _numbered(engine: Engine, labelled: Labelled, standardised: Path) -> None:
    """Make `numbered` (unique_id, person): Splink's numbers of the records."""
    engine.bind_arrow("truth", labelled.truth)
    engine.bind("records", [str(standardised)], pq.read_schema(standardised))
    engine.keep(
        "numbered",
        "SELECT n.unique_id, t.person FROM (SELECT row_number() OVER (ORDER BY datasource, pk) AS unique_id, datasource, pk"
        " FROM records) AS n JOIN truth AS t USING (datasource, pk)",
    )


def _splink_rows(labelled: Labelled, ours: Run, splink: Run) -> list[str]:
    """Splink at .95, and at the threshold that the truth likes best."""
    with Engine() as engine:
        _numbered(engine, labelled, ours.folder / "standardised.parquet")
        found: dict[float, Agreement] = {}
        for number, bits in enumerate(SWEEP):
            path = splink.folder / f"clusters_{number}.parquet"
            engine.bind("clusters", [str(path)], pq.read_schema(path))
            engine.define(
                "labels", "SELECT n.person, c.cluster_id FROM numbered AS n JOIN clusters AS c USING (unique_id)"
            )
            found[bits] = agreement(engine, "labels", "person", "cluster_id")
        path = splink.folder / "edges.parquet"
        engine.bind("edges", [str(path)], pq.read_schema(path))
        right, joined = engine.rows(
            "SELECT count(*) FILTER (a.person = b.person), count(*) FROM edges AS e JOIN numbered AS a ON e.l = a.unique_id"
            f" JOIN numbered AS b ON e.r = b.unique_id WHERE e.bits >= {USUAL}"
        ).to_pylist()[0].values()  # fmt: skip
    best = max(found, key=lambda bits: found[bits].f1)
    pairs = harmonic(right / max(joined, 1), right / max(found[USUAL].true_pairs, 1))
    return [
        _row(labelled, "Splink at .95", found[USUAL], splink, f"{pairs:.3f}"),
        _row(labelled, f"Splink, best threshold ({best:g} bits)", found[best], splink, ""),
    ]


def _pairs(labelled: Labelled, run: Run) -> str:
    """F1 of the scored pairs of class 3 and above, among pairs of representatives."""
    with Engine() as engine:
        _bind_pairs(engine, labelled, run)
        row = engine.rows(
            "SELECT count(*) FILTER (right_pair AND score >= 3) AS hit, count(*) FILTER (score >= 3) AS joined FROM pairs"
        ).to_pylist()[0]
    return f"P {row['hit'] / max(row['joined'], 1):.3f}"


def _bind_pairs(engine: Engine, labelled: Labelled, run: Run) -> None:
    """Make `pairs` (score, right_pair) of scored pairs of representatives, each once."""
    score = score_sql("bits", f"bits >= {CERTAIN}", "FALSE", "unnamed", run.cost["high"])
    for name in ("edges", "members"):
        path = run.folder / f"{name}.parquet"
        engine.bind(name, [str(path)], pq.read_schema(path))
    engine.bind_arrow("truth", labelled.truth)
    engine.keep(
        "firsts", 'SELECT m.i, t.person FROM members AS m JOIN truth AS t USING (datasource, pk) WHERE m."first"'
    )
    engine.define(
        "pairs",
        f"SELECT DISTINCT l, r, {score} AS score, a.person = b.person AS right_pair FROM edges AS e"
        " JOIN firsts AS a ON e.l = a.i JOIN firsts AS b ON e.r = b.i",
    )


def _calibration(labelled: Labelled, run: Run) -> list[tuple[int, int]]:
    """By class: pairs, and those of them that are one person. Class 5 (certain) is counted with 4 unless keys made it."""
    with Engine() as engine:
        _bind_pairs(engine, labelled, run)
        rows = engine.rows(
            "SELECT floor(score)::INTEGER AS class, count(*) AS pairs, count(*) FILTER (right_pair) AS hit FROM pairs GROUP BY 1"
        ).to_pylist()
    counted = {row["class"]: (row["pairs"], row["hit"]) for row in rows}
    return [counted.get(number, (0, 0)) for number in range(6)]


_HEAD = (
    "| set | system | precision | recall | F1 | B3 | whole people (P / R) | scored pairs | CPU-s | peak MB |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def _row(labelled: Labelled, system: str, found: Agreement, run: Run, pairs: str) -> str:
    whole = f"{found.group_precision:.3f} / {found.group_recall:.3f}"
    figures = (found.precision, found.recall, found.f1, found.own_f1)
    return (
        f"| {labelled.name} ({found.records:,}) | {system} | "
        + " | ".join(f"{figure:.4f}" for figure in figures)
        + f" | {whole} | {pairs} | {run.cost['cpu']:.1f} | {run.cost['peak']:,} |"
    )


def _calibration_table(calibrations: list[tuple[str, list[tuple[int, int]]]]) -> list[str]:
    lines = [
        "Share of true pairs among Stitch's scored pairs, by class (number of pairs):",
        "",
        "| set | 0 | 1 | 2 | 3 | 4 | 5 | monotone |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for name, counts in calibrations:
        shares = [hit / pairs if pairs else None for pairs, hit in counts]
        known = [share for share, (pairs, _) in zip(shares, counts, strict=True) if pairs >= 20]
        cells = [f"{share:.3f} ({pairs:,})" if pairs else "" for share, (pairs, _) in zip(shares, counts, strict=True)]
        lines.append(f"| {name} | {' | '.join(cells)} | {'yes' if known == sorted(known) else 'no'} |")
    return lines


if __name__ == "__main__":
    main()
