"""`heap-assets sample`: only writes the sample bucket, its truth beside it, and settings that run on it."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from heap_assets.cli.options import json_option, print_json, say
from heap_assets.errors import UsageError
from heap_assets.sample import Format, World, scale, write_sample


@click.command()
@click.option("--out", required=True, help="Folder to write into.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["heap-connect", "csv"]),
    default="heap-connect",
    show_default=True,
    help="Heap's tables as Avro dumps with manifests, or as dated CSV files.",
)
@click.option("--chaos", is_flag=True, help="Plant traps; truth/chaos.json says what must come of each.")
@click.option(
    "--scale", "size", type=click.Choice(["s", "m", "l"]), default="s", help="About 25 k, 1 M or 10 M pageviews."
)
@click.option("--days", type=click.IntRange(min=1), help="Days of visits.")
@click.option("--users", type=click.IntRange(min=1), help="Heap users.")
@click.option("--seed", type=int, help="The same seed gives the same bytes and times.")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day of visits.")
@json_option
def sample(  # noqa: PLR0913, PLR0917 - one parameter an option
    out: str,
    form: Format,
    chaos: bool,
    size: str,
    days: int | None,
    users: int | None,
    seed: int | None,
    first_day: datetime | None,
    as_json: bool,
) -> int:
    """Write a sample bucket with known truth."""
    if "://" in out:
        raise UsageError("a sample is written into a local folder", where=out, todo="Name a folder, then upload it.")
    world = chosen_world(size, days, users, seed, first_day.date() if first_day else None)
    summary = write_sample(Path(out), world, form, chaos)
    say(f"wrote {out}: heap-rs3-acme/ (the bucket), truth/, heap_assets.yaml")
    if as_json:
        print_json(summary.__dict__)
    return 0


def chosen_world(size: str, days: int | None, users: int | None, seed: int | None, first_day: date | None) -> World:
    """A world of a named size with what was given in place of its own values."""
    given = {"days": days, "users": users, "seed": seed, "first_day": first_day}
    return replace(scale(size), **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
