"""`heap-assets deliveries`: what arrived and what became of it; take a wrong delivery out, put it back."""

from collections.abc import Sequence
from pathlib import Path

import click

from heap_assets.bucket.corrections import exclude, named, restore
from heap_assets.bucket.status import DeliveryStatus, as_table, statuses
from heap_assets.cli.options import config_option, json_option, print_json, print_table, say
from heap_assets.lake import Lake
from heap_assets.settings import load_settings

_SHOWN = ("feed", "delivery", "file_date", "load", "status", "objects", "bytes", "rows", "reason")


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def deliveries(ctx: click.Context, config: str | None, as_json: bool) -> int:
    """List every delivery seen with its status and, where it is not landed, the reason."""
    if ctx.invoked_subcommand is None:
        settings = load_settings(config)
        rows = as_table(statuses(Lake(Path(settings.lake.uri)), settings)).to_pylist()
        if as_json:
            print_json(rows)
        else:
            print_table(_SHOWN, [[row[name] for name in _SHOWN] for row in rows])
    return 0


@deliveries.command("exclude")
@click.argument("name", metavar="ID")
@click.option("--reason", default="excluded by hand", show_default=True, help="Shown beside it from now on.")
@config_option
@json_option
@click.pass_context
def exclude_command(ctx: click.Context, name: str, reason: str, config: str | None, as_json: bool) -> int:
    """Take a delivery out: its rows cease to be live at the next run. ID is a dump id, a file's key, or feed:ID."""
    lake, rows = _named(ctx, name, config)
    changed = [row for row in rows if not row.arrival.excluded]
    exclude(lake, changed, reason)
    _tell(changed, rows, "excluded", "the next `heap-assets run` takes its rows out", as_json or _json(ctx))
    return 0


@deliveries.command("restore")
@click.argument("name", metavar="ID")
@config_option
@json_option
@click.pass_context
def restore_command(ctx: click.Context, name: str, config: str | None, as_json: bool) -> int:
    """Put a delivery back that was excluded. ID is a dump id, a file's key, or feed:ID."""
    lake, rows = _named(ctx, name, config)
    changed = [row for row in rows if row.arrival.excluded]
    restore(lake, changed)
    _tell(changed, rows, "restored", "the next `heap-assets run` puts its rows back", as_json or _json(ctx))
    return 0


def _named(ctx: click.Context, name: str, config: str | None) -> tuple[Lake, list[DeliveryStatus]]:
    outer = ctx.parent.params if ctx.parent else {}
    settings = load_settings(config or outer.get("config"))
    lake = Lake(Path(settings.lake.uri))
    return lake, named(lake, settings, name)


def _json(ctx: click.Context) -> bool:
    return bool(ctx.parent and ctx.parent.params.get("as_json"))


def _tell(
    changed: Sequence[DeliveryStatus], rows: Sequence[DeliveryStatus], done: str, then: str, as_json: bool
) -> None:
    shown = [
        (row.delivery.feed, row.delivery.delivery, row.rows, done if row in changed else "as it was") for row in rows
    ]
    if as_json:
        print_json([dict(zip(("feed", "delivery", "rows", "done"), line, strict=True)) for line in shown])
    else:
        print_table(("feed", "delivery", "rows in the feed now", "done"), shown)
    say(
        then
        if changed
        else f"nothing to do: it is {done} already"
        if done == "excluded"
        else "nothing to do: it counts"
    )
