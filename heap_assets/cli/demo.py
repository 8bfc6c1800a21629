"""`heap-assets demo`: a sample bucket with known truth, everything run on it, and what to look at next."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from heap_assets import open_lake
from heap_assets.cli.headless import Request, bring_up_to_date
from heap_assets.cli.options import json_option, print_json, print_table, say
from heap_assets.cli.run import tell
from heap_assets.cli.sample import chosen_world
from heap_assets.cli.truth import compare_with_truth
from heap_assets.errors import UsageError
from heap_assets.reports.agreement import Agreement
from heap_assets.sample import World, write_sample
from heap_assets.settings import DEMO_CONFIG, load_settings

QUERIES = (
    (
        "who came back most",
        "SELECT given_name, surname, sessions, pageviews FROM customer_360"
        " WHERE surname IS NOT NULL ORDER BY sessions DESC LIMIT 5",
    ),
    (
        "what people looked at",
        "SELECT path, count(DISTINCT amperity_id) AS people FROM unified_pageviews"
        " GROUP BY path ORDER BY people DESC LIMIT 5",
    ),
    ("which object each row came from", 'SELECT _pk, _file_date, _object, _row FROM "Heap:Users" LIMIT 5'),
)


FIRST_LOOK = frozenset(
    {
        "customer_360",
        "customer_behaviour",
        "unified_coalesced",
        "unified_users",
        "unified_sessions",
        "unified_pageviews",
        "unified_scores",
        "deliveries",
        "quarantine",
    }
)


@click.command()
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), default=DEMO_CONFIG.parent)
@click.option("--scale", "size", type=click.Choice(["s", "m", "l"]), default="s", show_default=True)
@click.option("--seed", type=int, help="Another seed, another world.")
@json_option
def demo(folder: Path, size: str, seed: int | None, as_json: bool) -> int:
    """Write a sample bucket with known truth and run everything on it."""
    _write(folder, chosen_world(size, None, None, seed, None))
    config = folder / "heap_assets.yaml"
    settings = load_settings(config)
    report = bring_up_to_date(settings, Request(), say)
    tell(report)
    if report.release is None:
        return report.exit_code
    lake = open_lake(settings)
    counts = [(name, lake.count(name)) for name in lake.tables()]
    compared = compare_with_truth(lake, folder / "truth" / "records.csv")
    if as_json:
        print_json({"tables": dict(counts), "truth": vars(compared), "release": report.release})
    else:
        shown = [(name, count) for name, count in counts if ":" in name or name in FIRST_LOOK]
        print_table(("table", "rows"), shown)
        click.echo(f"… and {len(counts) - len(shown)} tables behind them: heap-assets tables")
        _print_truth(compared)
        _print_next(config)
    return report.exit_code


def _write(folder: Path, world: World) -> None:
    written = folder / "truth" / "summary.json"
    if not written.exists():
        say(f"writing a sample bucket to {folder} …")
        write_sample(folder, world)
        return
    held = json.loads(written.read_text(encoding="utf-8"))
    if (held["seed"], held["days"]) != (world.seed, world.days):
        raise UsageError("there is another sample already", where=str(folder), todo="Name another folder with --dir.")


def _print_truth(compared: Agreement) -> None:
    click.echo()
    click.echo(
        f"Stitch against the truth: {compared.records:,} records of {compared.people:,} people became"
        f" {compared.found:,} Amperity IDs; precision {compared.precision:.3f}, recall {compared.recall:.3f} of pairs."
    )


def _print_next(config: Path) -> None:
    program = _program()
    default = config == DEMO_CONFIG
    option = "" if default else f" --config {config}"
    click.echo(f"\nLook at it: {'make ui' if default else f'{program} ui{option}'}, then http://127.0.0.1:3000")
    for told, statement in QUERIES:
        click.echo(f"\n# {told}\n{program} query{option} {shlex.quote(statement)}")


def _program() -> str:
    """How this program was called, as it can be called again from here."""
    called = Path(sys.argv[0])
    if shutil.which("heap-assets") == str(called) or called.name != "heap-assets":
        return "heap-assets"
    return os.path.relpath(called)
