"""`heap-assets quarantine`: rejected rows and refused deliveries, by feed and reason; one with its place; try again."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.bucket.corrections import STUCK, named, replay, replayable
from heap_assets.bucket.status import DeliveryStatus, statuses
from heap_assets.cli.options import config_option, json_option, print_json, print_table, say
from heap_assets.errors import UsageError
from heap_assets.feeds.quarantine import LANDED, REFUSED, masked, rejected_counts, rejected_rows
from heap_assets.lake import Lake
from heap_assets.settings import Settings, load_settings

_ROWS = ("object", "row", "line", "column", "reason", "detail", "raw")
_COUNTED = ("feed", "reason", "column", "state", "rows", "deliveries")
SHOWN = 50
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
    lake = Lake(Path(settings.lake.uri))
    counted = [row for state in (LANDED, REFUSED) for row in _counted(rejected_counts(lake, state), state)]
    rejected = sorted(counted, key=lambda row: [str(row[name] or "") for name in _COUNTED[:4]])
    stuck = [_delivery(row) for row in statuses(lake, settings) if row.status in STUCK]
    if as_json:
        print_json({"rejected": rejected, "deliveries": stuck})
        return 0
    if rejected:
        print_table(_COUNTED, [list(row.values()) for row in rejected])
    if stuck:
        click.echo()
        print_table(_DELIVERIES, [list(row.values()) for row in stuck])
    if not rejected and not stuck:
        say("nothing is quarantined, refused, failed or skipped")
    else:
        say("the rows of one delivery with their places: heap-assets quarantine show DELIVERY")
    return 0


def _counted(counts: pa.Table, state: str) -> list[dict[str, Any]]:
    """Rows and deliveries by feed, reason and column; `state` is what became of the deliveries that they are of."""
    found = counts.group_by(["feed", "reason", "column"]).aggregate([("rows", "sum"), ("rows", "count")])
    return [
        dict(
            zip(
                _COUNTED,
                (*(row[name] for name in _COUNTED[:3]), state, row["rows_sum"], row["rows_count"]),
                strict=True,
            )
        )
        for row in found.to_pylist()
    ]


@quarantine.command()
@click.argument("name", metavar="ID")
@click.option("--csv", "as_csv", is_flag=True, help="Write all the rejected rows as CSV.")
@click.option("--raw", is_flag=True, help="Show what was rejected as the quarantine keeps it, not its shape alone.")
@config_option
@json_option
def show(name: str, as_csv: bool, raw: bool, config: str | None, as_json: bool) -> int:
    """Show the rejected rows of one delivery (a dump id, a file's key, or feed:ID) with place and reason.

    `row` counts from 0 and without the header, `line` from 1. Of a delivery that was refused for the number of its
    rejected rows, the first ones are kept.
    """
    settings = load_settings(config)
    lake = Lake(Path(settings.lake.uri))
    found = named(lake, settings, name)
    rows = _of_deliveries(lake, found)
    if not raw:
        shapes = [masked(chunk) for chunk in rows["raw"].chunks]
        rows = rows.set_column(rows.schema.get_field_index("raw"), "raw", pa.chunked_array(shapes, pa.string()))
    stuck = [row for row in found if row.status in STUCK]
    if as_csv:
        _write_csv(rows.select(["feed", "delivery", "state", *_ROWS]))
    elif as_json:
        print_json({"rejected": rows.to_pylist(), "deliveries": [_delivery(row) for row in stuck]})
    elif rows.num_rows:
        print_table(_ROWS, [list(row.values()) for row in rows.slice(0, SHOWN).select(list(_ROWS)).to_pylist()])
        if rows.num_rows > SHOWN:
            say(f"{rows.num_rows - SHOWN:,} more: heap-assets quarantine show {name} --csv")
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


def _of_deliveries(lake: Lake, found: Sequence[DeliveryStatus]) -> pa.Table:
    """Rejected rows of these deliveries, as they landed and as they were refused, by place."""
    tables = []
    for state in (LANDED, REFUSED):
        held = rejected_rows(lake, state, [row.delivery for row in found])
        for row in found:
            of_it = (pc.field("feed") == row.delivery.feed) & (pc.field("delivery") == row.delivery.delivery)
            rows = held.filter(of_it)
            tables.append(rows.append_column("state", pa.array([state] * rows.num_rows, pa.string())))
    return pa.concat_tables(tables).sort_by([(key, "ascending") for key in ("feed", "object", "row")])


def _delivery(row: DeliveryStatus) -> dict[str, Any]:
    held = row.delivery
    return dict(zip(_DELIVERIES, (held.feed, held.delivery, held.file_date, row.status.value, row.reason), strict=True))


def _write_csv(rows: pa.Table) -> None:
    from pyarrow import csv

    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink)
    sys.stdout.buffer.write(sink.getvalue().to_pybytes())
    sys.stdout.flush()
