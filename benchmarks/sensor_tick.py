"""One tick of the bucket sensor over a long history: 730 manifests of 10,000 objects, before anything is known and after.

    python benchmarks/sensor_tick.py [--manifests 730] [--s3]

The first tick reads every manifest and asks for the first runs; the second finds all of them known. Dagster's instance
is a real one in SQLite. `--s3` puts the bucket behind moto's S3 server (in a process of its own, which takes most of the
time on the clock: it answers a listing from Python); without it the bucket is a folder.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import dagster as dg

from heap_assets import build_definitions
from heap_assets.bucket.status import statuses
from heap_assets.lake import Lake
from heap_assets.settings import parse_settings

BUCKET = "heap-rs3-acme"
FIRST_DAY = datetime(2024, 1, 1, 5, tzinfo=UTC)
PARTS = {"users": 3, "sessions": 3, "pageviews": 6, "user_migrations": 1}  # 13 a dump: with manifests over 10,000
KEYS = {"BENCH_KEY_ID": "AKIABENCH0000000001", "BENCH_SECRET": "benchmark"}


def main() -> None:
    """Fill the bucket, tick twice, print what it took."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--manifests", type=int, default=730)
    arguments.add_argument("--s3", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="sensor_tick_") as scratch:
        folder = Path(scratch)
        fill(folder / BUCKET, chosen.manifests)
        objects = sum(path.is_file() for path in (folder / BUCKET).rglob("*"))
        print(f"{objects:,} objects, {chosen.manifests} manifests, {'S3 (moto)' if chosen.s3 else 'a folder'}")
        if not chosen.s3:
            _ticks(folder, {"bucket": str(folder / BUCKET)})
            return
        with s3_server() as endpoint:
            _upload(folder / BUCKET, endpoint)
            keys = {
                name: {"env": variable}
                for name, variable in zip(("access_key_id", "secret_access_key"), KEYS, strict=True)
            }
            place = {"bucket": f"s3://{BUCKET}", "region": "us-east-1", "endpoint_url": endpoint, **keys}
            _ticks(folder, place)


def fill(bucket: Path, manifests: int) -> None:
    """A dump a day of empty parts: a look at the bucket opens none of them."""
    for number in range(manifests):
        moment, tables = (FIRST_DAY + timedelta(days=number)).timestamp(), []
        for table, parts in PARTS.items():
            keys = [f"sync_{number + 1}/{table}/part-{part:05d}.avro" for part in range(parts)]
            for key in keys:
                _write(bucket / key, "", moment)
            files = [f"s3://{BUCKET}/{key}" for key in keys]
            tables.append({"name": table, "incremental": True, "columns": [], "files": files})
        manifest = json.dumps({"dump_id": number + 1, "tables": tables})
        _write(bucket / f"manifests/sync_{number + 1}.json", manifest, moment)


def _write(path: Path, text: str, moment: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (moment, moment))


def _ticks(folder: Path, source: dict[str, Any]) -> None:
    content = {"source": source, "lake": {"uri": str(folder / "lake")}, "start_date": FIRST_DAY.date().isoformat()}
    settings = parse_settings({**content, "dagster_home": str(folder / "dagster")}, folder)
    defs = build_definitions(settings)
    sensor = defs.resolve_sensor_def("heap_bucket_sensor")
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        for name in ("first tick", "second tick"):
            wall, cpu = time.perf_counter(), time.process_time()
            with dg.build_sensor_context(
                instance=instance, definitions=defs, resources=dict(defs.resources or {})
            ) as context:
                found = sensor.evaluate_tick(context)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            asked = len(found.run_requests or [])
            print(f"{name}: {wall:.1f} s on the clock, {cpu:.1f} CPU-s, {asked} runs asked for")
    print(f"{len(list(statuses(Lake(Path(settings.lake.uri)), settings))):,} deliveries known")


@contextmanager
def s3_server() -> Iterator[str]:
    """moto's S3 server in a process of its own; its endpoint."""
    os.environ.update(KEYS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while not _answers(port):
            if server.poll() is not None:
                raise SystemExit("moto's server did not start: it comes with the tools of `make install`")
            time.sleep(0.2)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return not asked.connect_ex(("127.0.0.1", port))


def _upload(bucket: Path, endpoint: str) -> None:
    identity, secret = KEYS.values()
    client = boto3.client(
        "s3", "us-east-1", endpoint_url=endpoint, aws_access_key_id=identity, aws_secret_access_key=secret
    )
    client.create_bucket(Bucket=BUCKET)
    for path in sorted(bucket.rglob("*")):
        if path.is_file():
            client.put_object(Bucket=BUCKET, Key=path.relative_to(bucket).as_posix(), Body=path.read_bytes())


if __name__ == "__main__":
    main()
