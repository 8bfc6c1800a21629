"""`heap-assets browse`: what lies in the bucket, and which feed takes it or why none does."""

from dataclasses import asdict

import click

from heap_assets.bucket.browse import browse as browse_bucket
from heap_assets.cli.options import config_option, json_option, print_json, print_table
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import load_settings


@click.command()
@click.argument("prefix", default="")
@config_option
@json_option
def browse(prefix: str, config: str | None, as_json: bool) -> int:
    """List every object (below PREFIX) with its delivery and feed, or why it has none and what would take it."""
    settings = load_settings(config)
    rows = browse_bucket(open_bucket(settings), settings, prefix)
    if as_json:
        print_json([asdict(row) for row in rows])
        return 0
    shown = [
        (row.key, row.size, row.kind.value, row.feed, row.delivery, row.reason, row.setting)
        if row.delivery != row.key
        else (row.key, row.size, row.kind.value, row.feed, "(this file)", row.reason, row.setting)
        for row in rows
    ]
    print_table(("object", "bytes", "is", "feed", "delivery", "why", "setting that would take it"), shown)
    return 0
