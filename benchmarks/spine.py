"""The spine, measured: rows per CPU-second of each stage on 1 M pageviews.

Beside a bare Avro decoder on the same files.

    python benchmarks/spine.py [--scale m] [--keep DIR]

Each phase runs in a process of its own after its imports, so that CPU is net of start-up and peak memory is the phase's.
"""

import argparse
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ORDER = ("bare", "feeds", "domain", "stitch", "customer_360", "nothing_new", "day_feeds", "day_domain", "day_release")


def main() -> None:
    """Write the world, hold its last day back, run every phase, print the table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scale", default="m")
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("--phase")
    arguments.add_argument("--config", type=Path)
    chosen = arguments.parse_args()
    if chosen.phase:
        print(json.dumps(run_phase(chosen.phase, chosen.config)))
        return
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="spine_"))
    world = write_world(folder, chosen.scale)
    held = hold_back_last_day(folder)
    results = {}
    for phase in ORDER:
        if phase == "day_feeds":
            put_back(held)
        results[phase] = child(phase, folder / "heap_assets.yaml")
        print(phase, results[phase], file=sys.stderr)
    print(report(results, world))
    if not chosen.keep:
        shutil.rmtree(folder)


def write_world(folder: Path, scale_name: str) -> dict[str, int]:
    """The sample world of the measurement: 31 days, no full copy (it would void half of what is to be decoded)."""
    from heap_assets.sample import scale, write_sample

    world = replace(scale(scale_name), days=31, full_copy_every=0, late_dump_days=0, absent_share=0.0)
    summary = write_sample(folder, world)
    return dict(summary.delivered_rows)


def hold_back_last_day(folder: Path) -> list[tuple[Path, Path]]:
    """Move the newest manifest and the newest CRM file aside; returns what must go back where."""
    bucket = folder / "heap-rs3-acme"
    newest = max(bucket.glob("manifests/*.json"), key=lambda path: int(path.stem.partition("_")[2]))
    moved = []
    for path in (newest, max(bucket.glob("crm/*.csv.gz"))):
        aside = folder / f"aside_{path.name}"
        shutil.move(path, aside)
        moved.append((aside, path))
    return moved


def put_back(moved: list[tuple[Path, Path]]) -> None:
    """Deliver the last day."""
    for aside, path in moved:
        shutil.move(aside, path)


def child(phase: str, config: Path) -> dict[str, float]:
    """Run one phase in a process of its own; adds the process' whole CPU and peak."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, __file__, "--phase", phase, "--config", str(config)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "whole_cpu": round(whole, 2)}


def run_phase(phase: str, config: Path) -> dict[str, float]:
    """Import what the phase needs, then measure it."""
    from heap_assets.feeds.memory import take_memory_sparingly

    take_memory_sparingly()
    import datafusion  # noqa: F401 - its import belongs to start-up
    import pandas  # noqa: F401 - the same: the first Arrow array of Python objects imports it

    from heap_assets.customer360 import release as _  # noqa: F401
    from heap_assets.settings import load_settings

    work = {
        "bare": bare,
        "feeds": feeds,
        "domain": domain,
        "stitch": stitch,
        "customer_360": customer_360,
        "nothing_new": nothing_new,
        "day_feeds": feeds,
        "day_domain": domain,
        "day_release": release,
    }[phase]
    settings = load_settings(config)
    base, cpu, wall = peak_megabytes(), time.process_time(), time.perf_counter()
    rows = work(settings)
    return {
        "cpu": round(time.process_time() - cpu, 2),
        "wall": round(time.perf_counter() - wall, 2),
        "rows": rows,
        "peak": peak_megabytes(),
        "base": base,
    }


def peak_megabytes() -> int:
    """The process' greatest resident size so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def bare(settings):
    """Every Avro part of the four tables through datafusion into Parquet, as its batches come.

    No gate, no keys, no log.
    """
    import pyarrow.parquet as pq
    from datafusion import SessionConfig, SessionContext

    bucket = Path(settings.source.bucket)
    rows = 0
    with tempfile.TemporaryDirectory() as out:
        for manifest in sorted(bucket.glob("manifests/*.json")):
            for table in json.loads(manifest.read_text())["tables"]:
                for number, uri in enumerate(table["files"] if not table["name"].startswith("_") else ()):
                    part = bucket / uri.split("/", 3)[3]
                    context = SessionContext(SessionConfig().with_target_partitions(1))
                    frame = context.read_avro(str(part))
                    writer = None
                    for batch in frame.execute_stream():
                        read = batch.to_pyarrow()
                        writer = writer or pq.ParquetWriter(
                            f"{out}/{manifest.stem}_{table['name']}_{number}", read.schema
                        )
                        writer.write_batch(read)
                        rows += read.num_rows
                    if writer:
                        writer.close()
    return rows


def opened(settings):
    """The lake and the bucket."""
    from heap_assets.bucket.store import FolderBucket
    from heap_assets.lake import Lake

    source = settings.source
    return Lake(Path(settings.lake.uri)), FolderBucket(Path(source.bucket), source.bucket_name)


def feeds(settings):
    """Discover and land every feed."""
    from heap_assets.bucket.discovery import discover
    from heap_assets.bucket.status import feed_statuses
    from heap_assets.feeds.landing import land

    lake, bucket = opened(settings)
    discover(bucket, lake, settings)
    rows = 0
    for spec in settings.feed_specs():
        landing = land(bucket, lake, spec, feed_statuses(lake, settings, spec))
        rows += sum(read.rows for read in landing.landed.values())
    return rows


def domain(settings):
    """Fold every feed, and resolve users."""
    from heap_assets.domain.fold import domain_table, fold
    from heap_assets.domain.migrations import build_resolved_users

    lake, _ = opened(settings)
    rows = sum(fold(lake, spec).added for spec in settings.feed_specs())
    migrations = next(spec for spec in settings.feed_specs() if spec.table == "user_migrations")
    build_resolved_users(lake, lake.open(domain_table(migrations)))
    return rows


def stitch(settings):
    """From domain tables to unified_coalesced."""
    from heap_assets.stitch.build import Build, pin_domains, run_step
    from heap_assets.stitch.steps import STITCH_STEPS

    lake, _ = opened(settings)
    build = Build.begin(lake, settings)
    pin_domains(build)
    for step in STITCH_STEPS:
        run_step(build, step)
    return lake.open("stitch/unified_coalesced").rows


def customer_360(settings):
    """Everything behind Stitch, and the release; what Stitch made is found as it stands."""
    release(settings)
    lake, _ = opened(settings)
    return lake.open("customer_360/customer_360").rows


def release(settings):
    """The whole chain from domain tables to a release."""
    from heap_assets.customer360.release import build_release

    lake, _ = opened(settings)
    build_release(lake, settings)
    return lake.open("customer_360/customer_360").rows


def nothing_new(settings):
    """A run that finds everything up to date."""
    from heap_assets.cli.headless import Request, bring_up_to_date

    report = bring_up_to_date(settings, Request(), lambda line: None)
    if report.runs or report.exit_code == 1:
        raise SystemExit(f"the run was not a no-op: {report}")
    return 0


def report(results, delivered) -> str:
    """The table of docs/benchmarks.md."""
    bare_cpu = results["bare"]["cpu"]
    both = results["feeds"]["cpu"] + results["domain"]["cpu"]
    day = results["day_feeds"]["cpu"] + results["day_domain"]["cpu"]
    lines = [
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()};"
        f" delivered rows: {', '.join(f'{name} {count:,}' for name, count in delivered.items())}",
        "",
        "| phase | rows | CPU s | rows per CPU-s | wall s | peak MB (after imports) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for phase in ORDER:
        row = results[phase]
        rate = f"{row['rows'] / row['cpu']:,.0f}" if row["rows"] and row["cpu"] else ""
        lines.append(
            f"| {phase} | {row['rows']:,} | {row['cpu']:.2f} | {rate} | {row['wall']:.2f} | {row['peak']} ({row['base']}) |"
        )
    lines += [
        "",
        f"feeds + domain = {both / bare_cpu:.2f} x the bare decoder's CPU; one more day of 30 = {100 * day / both:.1f} %"
        f" of feeds + domain; a run with nothing new {results['nothing_new']['cpu']:.2f} CPU-s"
        f" ({results['nothing_new']['whole_cpu']:.2f} with its imports).",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
