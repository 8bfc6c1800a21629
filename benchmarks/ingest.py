"""Getting pageviews in, measured: Avro and CSV to feed table and domain table, beside what else reads such files.

    python benchmarks/ingest.py [--rows 1m|10m] [--data DIR] [--tap-heap PYTHON] [--only NAME ...]

Every contender runs in a process of its own on the same files; CPU is user + system of its whole tree. tap-heap is no
dependency: name a Python that has it, else one is made below the scratch folder, where pip can reach an index.
"""

import argparse
import csv
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.measure import Measured, measured, started
from shared.pageviews import BUCKET, TYPED, avro_parts, csv_files, prepare, write_settings

SHARED = Path(__file__).parent / "shared"
TAP_HEAP = "tap-heap==1.4.0"
BATCH_ROWS = 50_000


def main() -> None:
    """Prepare the files, run every contender, print the tables."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", choices=["1m", "10m"], default="1m")
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--tap-heap")
    arguments.add_argument("--only", nargs="*")
    arguments.add_argument("--contender")
    arguments.add_argument("--work", type=Path)
    chosen = arguments.parse_args()
    if chosen.contender:
        print(CONTENDERS[chosen.contender](chosen.data, chosen.work), file=sys.stderr)
        return
    scratch = Path(tempfile.mkdtemp(prefix="ingest_"))
    folder = (chosen.data or scratch) / chosen.rows
    prepare(folder, chosen.rows)
    results: dict[str, Measured] = {}
    for name in [name for name in [*CONTENDERS, "avro: tap-heap"] if not chosen.only or name in chosen.only]:
        command = command_of(name, folder, scratch, chosen.tap_heap)
        if command is None:
            continue
        results[name] = measured(command, scratch / "log")
        print(name, results[name], file=sys.stderr)
        shutil.rmtree(scratch / "work", ignore_errors=True)
    print(report(results))
    shutil.rmtree(scratch)


def command_of(name: str, folder: Path, scratch: Path, python: str | None) -> list[str] | None:
    """What runs a contender; None, said why, where tap-heap cannot be had."""
    if name != "avro: tap-heap":
        return [sys.executable, __file__, "--contender", name, "--data", str(folder), "--work", str(scratch / "work")]
    python = python or install_tap_heap(scratch / "tap_heap")
    if python is None:
        print("tap-heap is left out: pip cannot install it here; give --tap-heap PYTHON", file=sys.stderr)
        return None
    return [python, str(SHARED / "tap_heap_locally.py"), str(folder / BUCKET), BUCKET, "pageviews"]


def install_tap_heap(folder: Path) -> str | None:
    """A virtual environment with tap-heap alone in it, or None where pip finds no index."""
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", TAP_HEAP]
    for command in ([sys.executable, "-m", "venv", str(folder)], pip):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
    return python


def bare_avro(folder: Path, work: Path) -> int:
    """datafusion's stream into pyarrow's Parquet writer, as batches come: no gate, no keys, no log."""
    import pyarrow.parquet as pq
    from datafusion import SessionConfig, SessionContext

    started()
    work.mkdir()
    rows = 0
    for number, part in enumerate(avro_parts(folder)):
        context = SessionContext(SessionConfig().with_target_partitions(1))
        writer = None
        for batch in context.read_avro(str(part)).execute_stream():
            read = batch.to_pyarrow()
            writer = writer or pq.ParquetWriter(work / f"{number}.parquet", read.schema, compression="snappy")
            writer.write_batch(read)
            rows += read.num_rows
        if writer:
            writer.close()
    return rows


def fastavro_avro(folder: Path, work: Path) -> int:
    """fastavro's records through Table.from_pylist."""
    import fastavro
    import pyarrow as pa
    import pyarrow.parquet as pq

    started()
    return _by_records(
        folder, work, fastavro.reader, lambda rows, path: pq.write_table(pa.Table.from_pylist(rows), path)
    )


def pandas_avro(folder: Path, work: Path) -> int:
    """pandas reads no Avro; what people do: fastavro's records into a DataFrame."""
    import fastavro
    import pandas as pd

    started()
    return _by_records(
        folder, work, fastavro.reader, lambda rows, path: pd.DataFrame.from_records(rows).to_parquet(path)
    )


def _by_records(folder: Path, work: Path, reader: Callable, write: Callable) -> int:
    work.mkdir()
    total = files = 0
    for part in avro_parts(folder):
        with part.open("rb") as stream:
            records = iter(reader(stream))
            while rows := [row for _, row in zip(range(BATCH_ROWS), records, strict=False)]:
                write(rows, work / f"{files}.parquet")
                total, files = total + len(rows), files + 1
    return total


def bare_csv(folder: Path, work: Path) -> int:
    """One COPY a file: no gate, no places; lines that are no rows are passed over."""
    import duckdb

    started()
    work.mkdir()
    connection, rows = duckdb.connect(), 0
    for number, path in enumerate(csv_files(folder)):
        with path.open(encoding="utf-8") as file:
            names = next(csv.reader(file))
        columns = ", ".join(f"'{name}': '{TYPED.get(name, 'VARCHAR')}'" for name in names)
        source = (
            f"read_csv('{path}', header = true, columns = {{{columns}}}, auto_detect = false, ignore_errors = true)"
        )
        target = work / f"{number}.parquet"
        rows += connection.execute(f"COPY (FROM {source}) TO '{target}' (COMPRESSION snappy)").fetchone()[0]
    return rows


def pandas_csv(folder: Path, work: Path) -> int:
    """read_csv in pieces, its own types."""
    import pandas as pd

    started()
    work.mkdir()
    rows = files = 0
    for path in csv_files(folder):
        for part in pd.read_csv(path, chunksize=BATCH_ROWS, low_memory=False, on_bad_lines="skip"):
            part.to_parquet(work / f"{files}.parquet")
            rows, files = rows + len(part), files + 1
    return rows


def ours(kind: str, fold_too: bool) -> Callable[[Path, Path], int]:
    """Discover, land and (with `fold_too`) fold, without Dagster."""

    def run(folder: Path, work: Path) -> int:
        from heap_assets.feeds.memory import take_memory_sparingly

        take_memory_sparingly()
        if kind == "avro":
            import datafusion  # noqa: F401 - its import belongs to start-up
        import pandas  # noqa: F401 - the same: the first Arrow array of Python objects imports it

        from heap_assets.bucket.discovery import discover
        from heap_assets.bucket.status import feed_statuses
        from heap_assets.domain.fold import fold
        from heap_assets.feeds.landing import land
        from heap_assets.lake import Lake
        from heap_assets.orchestration.source import open_bucket
        from heap_assets.settings import load_settings

        settings = load_settings(write_settings(folder, kind, work))
        started()
        lake, bucket, rows = Lake(Path(settings.lake.uri)), open_bucket(settings), 0
        discover(bucket, lake, settings)
        for spec in settings.feed_specs():
            landing = land(bucket, lake, spec, feed_statuses(lake, settings, spec))
            rows += sum(read.rows for read in landing.landed.values())
            if fold_too:
                fold(lake, spec)
        return rows

    return run


def in_dagster(kind: str) -> Callable[[Path, Path], int]:
    """`heap-assets run` over feeds and domain tables, in a Dagster instance of its own."""

    def run(folder: Path, work: Path) -> int:
        from heap_assets.feeds.memory import take_memory_sparingly

        take_memory_sparingly()
        if kind == "avro":
            import datafusion  # noqa: F401
        import pandas  # noqa: F401

        import heap_assets.definitions  # noqa: F401
        from heap_assets.bucket.status import statuses
        from heap_assets.cli.headless import Request, bring_up_to_date
        from heap_assets.lake import Lake
        from heap_assets.settings import load_settings

        settings = load_settings(write_settings(folder, kind, work))
        started()
        report = bring_up_to_date(settings, Request(select="group:feeds or group:domain_tables"), lambda line: None)
        if report.exit_code not in (0, 3):
            raise SystemExit("; ".join(report.errors))
        return sum(row.rows for row in statuses(Lake(Path(settings.lake.uri)), settings))

    return run


CONTENDERS: Mapping[str, Callable[[Path, Path], int]] = {
    "avro: bare decoder": bare_avro,
    "avro: heap_assets, feed table": ours("avro", fold_too=False),
    "avro: heap_assets, feed and domain table": ours("avro", fold_too=True),
    "avro: the same through Dagster": in_dagster("avro"),
    "avro: fastavro": fastavro_avro,
    "avro: pandas": pandas_avro,
    "csv: bare DuckDB": bare_csv,
    "csv: heap_assets, feed table": ours("csv", fold_too=False),
    "csv: heap_assets, feed and domain table": ours("csv", fold_too=True),
    "csv: the same through Dagster": in_dagster("csv"),
    "csv: pandas": pandas_csv,
}


def report(results: Mapping[str, Measured]) -> str:
    """The table of docs/benchmarks.md."""
    lines = [
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}",
        "",
        "| contender | rows | CPU s | of it start-up | net | of bare, net | rows per CPU-s, net | wall s | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results.items():
        bare = results.get({"avro": "avro: bare decoder", "csv": "csv: bare DuckDB"}[name.partition(":")[0]])
        share = f"{row.net / bare.net:.2f}" if bare else ""
        lines.append(
            f"| {name} | {row.rows:,} | {row.cpu:.1f} | {row.start_up:.1f} | {row.net:.1f} | {share} |"
            f" {row.rows / row.net:,.0f} | {row.wall:.0f} | {row.peak} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
