"""Definitions load wherever they are asked for: with no configuration, no environment, no bucket and no credentials."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import dagster as dg
import pytest

from heap_assets import build_definitions
from heap_assets.errors import SettingsError
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import Settings, parse_settings
from heap_assets_tests.worlds import ROOT, python

VALIDATE = ("-m", "dagster", "definitions", "validate")
ON_S3 = {
    "bucket": "s3://heap-rs3-acme",
    "region": "us-east-1",
    "endpoint_url": "http://127.0.0.1:9",
    "access_key_id": {"env": "HEAP_TEST_UNSET_ID"},
    "secret_access_key": {"env": "HEAP_TEST_UNSET_SECRET"},
}


def settings_on_s3(**source: object) -> Settings:
    return parse_settings({"source": {**ON_S3, **source}, "start_date": "2026-10-01"}, Path("/nowhere"))


FILES = ("workspace.yaml", "pyproject.toml")


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, "CompletedProcess[str]"]]:
    """`dagster definitions validate` in folders that hold one of our files and nothing else, at the same time."""
    folders = {name: tmp_path_factory.mktemp("empty") for name in FILES}
    for name, folder in folders.items():
        shutil.copy(ROOT / name, folder)
    with ThreadPoolExecutor() as pool:
        ended = {name: pool.submit(python, *VALIDATE, cwd=folder) for name, folder in folders.items()}
        return {name: (folders[name], done.result()) for name, done in ended.items()}


@pytest.mark.parametrize("name", FILES)
def test_the_code_location_loads_in_a_folder_with_nothing_else(
    validated: dict[str, tuple[Path, "CompletedProcess[str]"]], name: str
) -> None:
    folder, done = validated[name]

    assert done.returncode == 0, done.stderr
    assert "Validation successful for code location heap_assets" in done.stdout
    assert [path.name for path in folder.iterdir()] == [name]


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
