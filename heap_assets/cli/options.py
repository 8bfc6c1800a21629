"""What commands share: the configuration option, the JSON option, and how results are printed.

No command stands here.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def config_option(command: Command) -> Command:
    """`--config FILE`, else $HEAP_ASSETS_CONFIG, ./heap_assets.yaml, or the demo's."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False),
        help="Configuration file; default: $HEAP_ASSETS_CONFIG, else ./heap_assets.yaml, else the demo's.",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`: the result as one JSON document on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def print_json(content: object) -> None:
    """A result as JSON on stdout."""
    click.echo(json.dumps(content, default=written, ensure_ascii=False, indent=1))


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A result as aligned columns on stdout."""
    from tabulate import tabulate

    shown = [[_cell(value) for value in row] for row in rows]
    click.echo(tabulate(shown, headers=headers, disable_numparse=True, colalign=_alignment(rows, len(headers))))


def written(value: object) -> str:
    """A value as JSON has it: times as ISO text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def say(line: str) -> None:
    """Progress and remarks go to stderr, results to stdout."""
    click.echo(line, err=True)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _alignment(rows: Sequence[Sequence[object]], columns: int) -> list[str] | None:
    if not rows:
        return None
    numeric = [all(isinstance(row[i], int | float | type(None)) for row in rows) for i in range(columns)]
    return ["right" if number else "left" for number in numeric]
