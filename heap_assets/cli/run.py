"""`heap-assets run`: bring every asset up to date, headless."""

from dataclasses import asdict
from datetime import datetime

import click

from heap_assets.cli.headless import Request, RunReport, bring_up_to_date
from heap_assets.cli.options import config_option, json_option, print_json, say
from heap_assets.orchestration.options import RunOptions
from heap_assets.settings import load_settings

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=_DATE, help="First file date.")
@click.option("--to", "end", type=_DATE, help="File date to stop before.")
@click.option("--select", help="Dagster asset selection, such as group:feeds.")
@click.option("--skip-failed", is_flag=True, help="Record what cannot be read as skipped, and go on to a release.")
@click.option("--reread", is_flag=True, help="Read the deliveries of the window again although unchanged.")
@click.option(
    "--rebuild", is_flag=True, help="Make everything again from the bucket; IDs, model and what is gone from it stay."
)
@click.option("--retrain", is_flag=True, help="Learn Stitch's model from the data as it is now, and keep that one.")
@config_option
@json_option
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    first: datetime | None,
    end: datetime | None,
    select: str | None,
    skip_failed: bool,
    reread: bool,
    rebuild: bool,
    retrain: bool,
    config: str | None,
    as_json: bool,
) -> int:
    """Discover deliveries, land them, fold domain tables, stitch, and publish a release."""
    options = RunOptions(skip_failed, reread, rebuild, retrain)
    request = Request(first.date() if first else None, end.date() if end else None, select, options)
    report = bring_up_to_date(load_settings(config), request, say)
    tell(report)
    if as_json:
        print_json(asdict(report))
    return report.exit_code


def tell(report: RunReport) -> None:
    """Say on stderr how a run ended."""
    for line in report.errors:
        say(f"error: {line}")
    for line in (*report.remarks, *report.notes):
        say(f"note: {line}")
    if report.published:
        say(f"release {report.release} is published")
    elif report.release:
        say(f"release {report.release} stays current")
