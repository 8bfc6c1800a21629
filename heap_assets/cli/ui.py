"""`heap-assets ui`: the Dagster UI and daemon on the configuration's own instance."""

import os
import sys

import click

from heap_assets.cli.options import config_option, say
from heap_assets.settings import load_settings
from heap_assets.triggers.instance import prepare_home


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=3000, show_default=True)
@config_option
def ui(host: str, port: int, config: str | None) -> None:
    """Start the Dagster UI and daemon."""
    settings = load_settings(config)
    home = prepare_home(settings)
    environment = {**os.environ, "DAGSTER_HOME": str(home), "HEAP_ASSETS_CONFIG": str(settings.config_file)}
    say(f"http://{host}:{port} (stop with Ctrl-C)")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "heap_assets.definitions", "-h", host, "-p", str(port)]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter, no shell
