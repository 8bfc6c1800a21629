"""`heap-assets releases`: published versions of the table set, newest last."""

from pathlib import Path

import click

from heap_assets.cli.options import config_option, json_option, print_json, print_table
from heap_assets.lake import Lake
from heap_assets.lake.release import as_table
from heap_assets.settings import load_settings

_SHOWN = ("release", "base", "created_at", "status", "records_moved", "records_gone")


@click.command()
@config_option
@json_option
def releases(config: str | None, as_json: bool) -> int:
    """List every release: what readers see now, and what they saw before."""
    settings = load_settings(config)
    rows = as_table(Lake(Path(settings.lake.uri))).to_pylist()
    if as_json:
        print_json(rows)
    else:
        print_table(_SHOWN, [[row[name] for name in _SHOWN] for row in rows])
    return 0
