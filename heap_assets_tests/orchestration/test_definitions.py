"""Definitions load wherever they are asked for: with no configuration, no environment, no bucket and no credentials."""

import shutil
import tomllib
from pathlib import Path

import dagster as dg
import pytest

from heap_assets import build_definitions
from heap_assets.errors import SettingsError
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import Settings, parse_settings
from heap_assets_tests.worlds import ROOT, python

ON_S3 = {
    "bucket": "s3://heap-rs3-acme",
    "region": "us-east-1",
    "endpoint_url": "http://127.0.0.1:9",
    "access_key_id": {"env": "HEAP_TEST_UNSET_ID"},
    "secret_access_key": {"env": "HEAP_TEST_UNSET_SECRET"},
}


def settings_on_s3(**source: object) -> Settings:
    return parse_settings({"source": {**ON_S3, **source}, "start_date": "2026-10-01"}, Path("/nowhere"))


def test_the_code_location_loads_in_a_folder_with_nothing_else(tmp_path: Path) -> None:
    """Which module it is, workspace.yaml and pyproject.toml say alike (architecture/test_layers.py)."""
    shutil.copy(ROOT / "workspace.yaml", tmp_path)

    done = python("-m", "dagster", "definitions", "validate", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Validation successful for code location heap_assets" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["workspace.yaml"]


def test_the_module_that_pyproject_names_loads_without_network_or_clock_of_ours(tmp_path: Path) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dagster"]
    script = (
        "import importlib, socket, sys, dagster as dg\n"
        "def refuse(*_): raise OSError('no network while loading')\n"
        "socket.socket.connect = refuse\n"
        f"dg.Definitions.validate_loadable(importlib.import_module({named['module_name']!r}).defs)\n"
        "print('boto3' in sys.modules)\n"
    )

    done = python("-c", script, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_on_s3_loads_without_its_credentials() -> None:
    dg.Definitions.validate_loadable(build_definitions(settings_on_s3()))


def test_the_secret_is_missed_when_the_bucket_is_opened() -> None:
    with pytest.raises(SettingsError, match="HEAP_TEST_UNSET_ID is not set"):
        open_bucket(settings_on_s3())


def test_a_run_misses_it_too_and_says_its_name() -> None:
    defs = build_definitions(settings_on_s3())
    job = defs.resolve_job_def("land_feeds")
    tags = {
        "dagster/asset_partition_range_start": "2026-10-01",
        "dagster/asset_partition_range_end": "2026-10-01",
    }

    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(dg.DagsterInvalidConfigError, match="HEAP_TEST_UNSET_ID"),
    ):
        job.execute_in_process(instance=instance, tags=tags)


def test_resources_can_be_replaced(tmp_path: Path) -> None:
    from heap_assets.definitions import build_definitions as build
    from heap_assets.orchestration.resources import LakeResource

    defs = build(settings_on_s3(), {"lake": LakeResource(uri=str(tmp_path))})

    assert defs.resources is not None
    assert defs.resources["lake"].uri == str(tmp_path)


@pytest.mark.parametrize(
    "feeds", [[], [{"source": "CRM", "feed": "C", "pattern": "{yyyy}{MM}{dd}", "primary_key": ["id"]}]]
)
def test_without_heap_feeds_there_are_no_heap_assets(feeds: list[dict[str, object]]) -> None:
    content = {"source": {"bucket": "b", "heap_connect": False}, "start_date": "2026-10-01", "feeds": feeds}
    defs = build_definitions(parse_settings(content, Path("/nowhere")))
    dg.Definitions.validate_loadable(defs)

    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}

    assert not any(key.startswith(("heap/", "domain/heap")) for key in keys)
    assert ("crm/c" in keys) == bool(feeds)
