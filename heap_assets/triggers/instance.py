"""The Dagster instance of a configuration: its folder, and a sound dagster.yaml where there is none."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from heap_assets.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_YAML = """\
# Written once by heap-assets; change it as you like.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 2
run_monitoring:
  enabled: true
run_retries:
  enabled: true
  max_retries: 0
  retry_on_asset_or_op_failure: false
"""


def prepare_home(settings: Settings) -> Path:
    """The instance's folder, $DAGSTER_HOME before the settings; an empty one is filled."""
    home = Path(os.environ.get("DAGSTER_HOME") or settings.dagster_home)
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    return home


def open_instance(settings: Settings) -> "DagsterInstance":
    """The configured instance."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(prepare_home(settings)))
