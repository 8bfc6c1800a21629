"""`heap-assets quarantine`: rejected rows and refused deliveries, by feed and reason; one with its place; try again."""

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets import open_lake
from heap_assets.bucket.corrections import STUCK, named, replay, replayable
from heap_assets.bucket.status import DeliveryStatus, statuses
from heap_assets.cli.options import config_option, json_option, print_json, print_table, say
from heap_assets.errors import UsageError
from heap_assets.feeds.quarantine import QUARANTINE, SCHEMA
from heap_assets.lake import Lake
from heap_assets.settings import Settings, load_settings

_ROWS = ("object", "row", "line", "column", "reason", "detail")
_DELIVERIES = ("feed", "delivery", "file_date", "status", "reason")


@click.group()
def quarantine() -> None:
    """Rejected rows and refused deliveries: by feed and reason; one with its place; try again."""


@quarantine.command("list")
@config_option
@json_option
def list_command(config: str | None, as_json: bool) -> int:
    """Count rejected rows by feed and reason, and list what was refused, failed or skipped, with its reason."""
    settings = load_settings(config)
    held = _rejected(settings)
    keys = ["feed", "reason", "column"]
    counted = held.group_by(keys).aggregate([([], "count_all"), ("delivery", "count_distinct")])
    rejected = [
        {**{name: row[name] for name in keys}, "rows": row["count_all"], "deliveries": row["delivery_count_distinct"]}
        for row in counted.sort_by([(name, "ascending") for name in keys]).to_pylist()
    ]
    stuck = [_delivery(row) for row in statuses(Lake(Path(settings.lake.uri)), settings) if row.status in STUCK]
    if as_json:
        print_json({"rejected": rejected, "deliveries": stuck})
        return 0
    print_table((*keys, "rows", "deliveries"), [list(row.values()) for row in rejected])
    if stuck:
        click.echo()
        print_table(_DELIVERIES, [list(row.values()) for row in stuck])
    return 0


@quarantine.command()
@click.argument("name", metavar="ID")
@click.option("--csv", "as_csv", is_flag=True, help="Write the rejected rows as CSV.")
@config_option
@json_option
def show(name: str, as_csv: bool, config: str | None, as_json: bool) -> int:
    """Show the rejected rows of one delivery (a dump id, a file's key, or feed:ID) with place and reason."""
    settings = load_settings(config)
    found = named(Lake(Path(settings.lake.uri)), settings, name)
    tables = [_of_delivery(_rejected(settings), row) for row in found]
    rows = pa.concat_tables(tables).sort_by([(key, "ascending") for key in ("feed", "object", "row")])
    stuck = [row for row in found if row.status in STUCK]
    if as_csv:
        _write_csv(rows.select(["feed", "delivery", *_ROWS]))
    elif as_json:
        print_json({"rejected": rows.to_pylist(), "deliveries": [_delivery(row) for row in stuck]})
    else:
        print_table(_ROWS, [list(row.values()) for row in rows.select(list(_ROWS)).to_pylist()])
    for row in stuck:
        say(f"{row.delivery.feed} {row.delivery.delivery} is {row.status}: {row.reason}")
    if not rows.num_rows and not stuck:
        say("nothing of it was rejected")
    return 0


@quarantine.command("replay")
@click.argument("name", metavar="[ID]", required=False)
@click.option("--skip-failed", is_flag=True, help="Record what still cannot be read as skipped.")
@config_option
@json_option
def replay_command(name: str | None, skip_failed: bool, config: str | None, as_json: bool) -> int:
    """Read refused, failed and skipped deliveries again now, all or the one named; ends as `run` does."""
    settings = load_settings(config)
    lake = Lake(Path(settings.lake.uri))
    known = [row for row in (named(lake, settings, name) if name else statuses(lake, settings)) if row.status in STUCK]
    again = replayable(known)
    for row in known:
        if row not in again:
            say(f"{row.delivery.feed} {row.delivery.delivery}: reading it again cannot mend it: {row.reason}")
    if not again:
        if name and not known:
            raise UsageError(
                f"{name} is neither refused, failed nor skipped", todo="`heap-assets run --reread` reads all."
            )
        say("there is nothing to read again")
    replay(lake, again)
    return _run(settings, frozenset((row.delivery.feed, row.delivery.file_date) for row in again), skip_failed, as_json)


def _run(settings: Settings, only: frozenset[tuple[str, date]], skip_failed: bool, as_json: bool) -> int:
    """A run limited to these feeds and file dates."""
    from heap_assets.cli.headless import Request, bring_up_to_date
    from heap_assets.cli.run import tell
    from heap_assets.orchestration.options import RunOptions

    report = bring_up_to_date(settings, Request(options=RunOptions(skip_failed=skip_failed), only=only), say)
    tell(report)
    if as_json:
        print_json(asdict(report))
    return report.exit_code


def _rejected(settings: Settings) -> pa.Table:
    lake = open_lake(settings)
    return lake.read(QUARANTINE) if QUARANTINE in lake.tables() else SCHEMA.empty_table()


def _of_delivery(held: pa.Table, row: DeliveryStatus) -> pa.Table:
    feed, delivery = row.delivery.feed, row.delivery.delivery
    return held.filter((pc.field("feed") == feed) & (pc.field("delivery") == delivery))


def _delivery(row: DeliveryStatus) -> dict[str, Any]:
    held = row.delivery
    return dict(zip(_DELIVERIES, (held.feed, held.delivery, held.file_date, row.status.value, row.reason), strict=True))


def _write_csv(rows: pa.Table) -> None:
    from pyarrow import csv

    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink)
    sys.stdout.buffer.write(sink.getvalue().to_pybytes())
    sys.stdout.flush()
