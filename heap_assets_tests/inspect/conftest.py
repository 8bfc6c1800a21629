"""What `inspect` says of every kind of file, and a run on the entries that it prints: each made once."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from heap_assets_tests.inspect.files import DAY, command, write_files
from heap_assets_tests.worlds import SampleWorld, heap_assets


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("inspected") / "bucket")


@pytest.fixture(scope="session")
def printed(bucket: Path) -> str:
    """What `inspect` prints for the whole folder."""
    done = heap_assets("inspect", str(bucket), cwd=bucket.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def guesses(bucket: Path) -> dict[str, dict[str, Any]]:
    """The same as JSON, by the folder that a family lies in."""
    done = command("inspect", str(bucket), "--json")
    assert done.code == 0, done.stderr
    return {str(found["pattern"]).split("/")[0]: found for found in json.loads(done.stdout)}


@pytest.fixture(scope="session")
def pasted(bucket: Path, printed: str) -> SampleWorld:
    """A configuration of nothing but the printed entries, after a run."""
    entries = printed[printed.index("\nfeeds:\n") :]
    config = bucket.parent / "heap_assets.yaml"
    top = {"source": {"bucket": "bucket", "heap_connect": False}, "start_date": DAY, "lake": {"uri": "lake"}}
    config.write_text(yaml.safe_dump(top) + entries, encoding="utf-8")
    world = SampleWorld(bucket.parent)
    report = world.run()
    assert report.exit_code == 0, report
    return world
