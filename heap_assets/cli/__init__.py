"""The command line `heap-assets`: a file a family of commands, each thin over the stages.

Nothing heavy is imported before it is needed.
"""

import sys
from importlib import import_module

import click

from heap_assets.errors import HeapAssetsError

_COMMANDS = {
    "demo": "demo",
    "ui": "ui",
    "sample": "sample",
    "init": "init",
    "run": "run",
    "tables": "tables",
    "query": "tables",
    "browse": "browse",
    "inspect": "inspect",
    "deliveries": "deliveries",
    "quarantine": "quarantine",
    "explain": "explain",
    "releases": "releases",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called: `heap-assets query` shall not wait for Dagster."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"heap_assets.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="heap_assets", prog_name="heap-assets")
def cli() -> None:
    """From raw Heap clickstream to one trusted profile per customer."""


def main() -> None:
    """Run the command line; every error of ours ends as one line on stderr and its exit code."""
    try:
        code = cli.main(prog_name="heap-assets", standalone_mode=False)
    except HeapAssetsError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
