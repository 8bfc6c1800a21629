"""The files that ingest is measured on: 30 days of pageviews, as Heap's Avro parts and as dated CSV files.

Three CSV files hold broken lines, so that quarantine is in the measurement.
"""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

BUCKET = "heap-rs3-acme"
SCALES = {"1m": "m", "10m": "l"}
BROKEN_FILES, BROKEN_LINES = 3, 20
TYPED = {"event_id": "BIGINT", "user_id": "BIGINT", "session_id": "BIGINT", "time": "TIMESTAMP"}
SETTINGS = """\
source: {{bucket: {bucket}, heap_connect: {heap_connect}}}
start_date: {start}
lake: {{uri: {work}/lake}}
dagster_home: {work}/dagster
{feeds}"""
CSV_FEED = """\
feeds:
  - source: Site
    feed: Pageviews
    delivery: files
    pattern: "pageviews_{yyyy}-{MM}-{dd}.csv"
    primary_key: [user_id, event_id]
    fields: {event_id: {type: integer}, user_id: {type: integer}, session_id: {type: integer}, time: {type: datetime}}
"""


def prepare(folder: Path, rows: str) -> None:
    """Write the files below `folder` where they are not there yet; 10 M pageviews take a quarter of an hour."""
    if (folder / "ready").exists():
        return
    from heap_assets.sample import scale, write_sample

    shutil.rmtree(folder, ignore_errors=True)
    world = replace(scale(SCALES[rows]), days=30, full_copy_every=0, late_dump_days=0, absent_share=0.0)
    write_sample(folder, world)
    _keep_pageviews(folder / BUCKET)
    _write_csv(folder / BUCKET, folder / "csv")
    (folder / "ready").write_text(world.first_day.isoformat(), encoding="utf-8")


def write_settings(folder: Path, kind: str, work: Path) -> Path:
    """A configuration for the Avro or CSV files, with an empty lake below `work`."""
    heap = kind == "avro"
    bucket = folder / (BUCKET if heap else "csv")
    start = (folder / "ready").read_text(encoding="utf-8")
    feeds = "" if heap else CSV_FEED
    work.mkdir(parents=True, exist_ok=True)
    path = work / "heap_assets.yaml"
    text = SETTINGS.format(bucket=bucket, heap_connect=str(heap).lower(), start=start, work=work, feeds=feeds)
    path.write_text(text, encoding="utf-8")
    return path


def avro_parts(folder: Path) -> list[Path]:
    """Every part, by dump."""
    return sorted(folder.joinpath(BUCKET).glob("sync_*/pageviews/*.avro"))


def csv_files(folder: Path) -> list[Path]:
    """Every CSV file, by date."""
    return sorted(folder.joinpath("csv").glob("*.csv"))


def _keep_pageviews(bucket: Path) -> None:
    for path in bucket.glob("manifests/*.json"):
        manifest, times = json.loads(path.read_text(encoding="utf-8")), path.stat()
        manifest["tables"] = [table for table in manifest["tables"] if table["name"] == "pageviews"]
        path.write_text(json.dumps(manifest), encoding="utf-8")
        _touch(path, times.st_mtime)
    for path in (*bucket.glob("sync_*/*"), bucket / "crm"):
        if path.is_dir() and path.name != "pageviews":
            shutil.rmtree(path)


def _touch(path: Path, moment: float) -> None:
    import os

    os.utime(path, (moment, moment))


def _write_csv(bucket: Path, out: Path) -> None:
    import duckdb
    import pyarrow as pa
    from datafusion import SessionContext

    out.mkdir(parents=True)
    for number, path in enumerate(sorted(bucket.glob("manifests/*.json"), key=lambda path: path.stat().st_mtime)):
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        target = out / f"pageviews_{day}.csv"
        parts = [
            bucket / uri.split("/", 3)[3] for table in json.loads(path.read_text())["tables"] for uri in table["files"]
        ]
        batches = [b.to_pyarrow() for part in parts for b in SessionContext().read_avro(str(part)).execute_stream()]
        rows = pa.Table.from_batches(batches)
        connection = duckdb.connect()
        connection.register("rows_of_day", rows)
        connection.execute(f"COPY rows_of_day TO '{target}' (FORMAT csv, HEADER)")
        if number < BROKEN_FILES:
            with target.open("a", encoding="utf-8") as file:
                file.write("1,2,3\n" * BROKEN_LINES)
