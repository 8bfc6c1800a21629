"""`heap-assets deliveries`: what arrived, and what became of it."""

from pathlib import Path

import click

from heap_assets.bucket.status import as_table, statuses
from heap_assets.cli.options import config_option, json_option, print_json, print_table
from heap_assets.lake import Lake
from heap_assets.settings import load_settings

_SHOWN = ("feed", "delivery", "file_date", "load", "status", "objects", "bytes", "rows", "reason")


@click.command()
@config_option
@json_option
def deliveries(config: str | None, as_json: bool) -> int:
    """List every delivery seen with its status and, where it is not landed, the reason."""
    settings = load_settings(config)
    rows = as_table(statuses(Lake(Path(settings.lake.uri)), settings)).to_pylist()
    if as_json:
        print_json(rows)
    else:
        print_table(_SHOWN, [[row[name] for name in _SHOWN] for row in rows])
    return 0
