"""`heap-assets tables` and `heap-assets query`: what the lake holds, and read-only SQL over it."""

import json
import sys
from pathlib import Path

import click
import pyarrow as pa

from heap_assets import open_lake
from heap_assets.cli.options import config_option, json_option, print_json, print_table, written
from heap_assets.errors import UsageError


@click.command()
@config_option
@json_option
def tables(config: str | None, as_json: bool) -> int:
    """List every table and view with its rows and version."""
    lake = open_lake(config)
    rows = [(name, lake.count(name), lake.version(name)) for name in lake.tables()]
    if as_json:
        print_json([{"table": name, "rows": count, "version": version} for name, count, version in rows])
    else:
        print_table(("table", "rows", "version"), [(n, c, "view" if v is None else v) for n, c, v in rows])
    return 0


@click.command()
@click.argument("statement")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "parquet"]), default="table")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write there instead of printing.")
@config_option
def query(statement: str, form: str, out: Path | None, config: str | None) -> int:
    """Run one read-only SQL statement; domain tables are quoted: "Heap:Users"."""
    if form == "parquet" and out is None:
        raise UsageError("Parquet is not for a terminal", todo="Name a file with --out.")
    result = open_lake(config).sql(statement)
    if form == "table" and out is None:
        print_table(result.column_names, [list(row.values()) for row in result.to_pylist()])
        return 0
    _write(result, form, out)
    return 0


def _write(result: pa.Table, form: str, out: Path | None) -> None:
    if form == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(result, out)
    elif form == "json":
        text = json.dumps(result.to_pylist(), default=written, ensure_ascii=False, indent=1)
        _emit(text.encode() + b"\n", out)
    else:
        from pyarrow import csv

        sink = pa.BufferOutputStream()
        csv.write_csv(result, sink)
        _emit(sink.getvalue().to_pybytes(), out)


def _emit(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
