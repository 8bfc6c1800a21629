"""The files that ingest is measured on: 30 days of pageviews, as Heap's Avro parts and as dated CSV files.

Three CSV files hold broken lines, so that quarantine is in the measurement.
"""

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
    shutil.rmtree(folder, ignore_errors=True)
    first_day = _write_avro(folder / BUCKET, SCALES[rows])
    _write_csv(folder / BUCKET, folder / "csv")
    (folder / "ready").write_text(first_day, encoding="utf-8")


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


def _write_avro(bucket: Path, size: str) -> str:
    """The sample world's dumps with pageviews alone; returns their first day."""
    from heap_assets.sample import scale
    from heap_assets.sample.calendar import arrange
    from heap_assets.sample.dumps import HeapBucket
    from heap_assets.sample.identify import populate

    class Pageviews(HeapBucket):
        def _tables(self, dump):
            yield "pageviews", self.streams["pageviews"].parts(dump)

    world = replace(scale(size), days=30, full_copy_every=0, late_dump_days=0, absent_share=0.0)
    population = populate(world)
    Pageviews(world, bucket, population, arrange(world, population.visitors)).write()
    return world.first_day.isoformat()


def _write_csv(bucket: Path, out: Path) -> None:
    import duckdb
    import pyarrow as pa
    from datafusion import SessionContext

    out.mkdir(parents=True)
    for number, path in enumerate(sorted(bucket.glob("manifests/*.json"), key=lambda path: path.stat().st_mtime)):
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        target = out / f"pageviews_{day}.csv"
        parts = sorted(bucket.joinpath(path.stem, "pageviews").glob("*.avro"))
        batches = [b.to_pyarrow() for part in parts for b in SessionContext().read_avro(str(part)).execute_stream()]
        rows = pa.Table.from_batches(batches)
        connection = duckdb.connect()
        connection.register("rows_of_day", rows)
        connection.execute(f"COPY rows_of_day TO '{target}' (FORMAT csv, HEADER)")
        if number < BROKEN_FILES:
            with target.open("a", encoding="utf-8") as file:
                file.write("1,2,3\n" * BROKEN_LINES)
