"""What many tests share: a sample world, the same after one run, and a bucket on a real S3 API; all made once."""

import os
from collections.abc import Iterator

import pytest

from heap_assets.sample import write_sample
from heap_assets_tests.worlds import SMALL, SampleWorld
from heap_assets_tests.s3 import S3Server


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """Nothing that whoever starts the tests has set shall decide what they do."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("HEAP_", "DAGSTER_", "AWS_"))}
    yield
    os.environ.update(held)


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> SampleWorld:
    """A sample bucket, its truth and its configuration, on which nothing was run."""
    folder = tmp_path_factory.mktemp("untouched")
    write_sample(folder, SMALL)
    return SampleWorld(folder)


@pytest.fixture(scope="session")
def finished(untouched: SampleWorld, tmp_path_factory: pytest.TempPathFactory) -> SampleWorld:
    """The sample after one run of everything; for reading only, `copy` it to change something."""
    world = untouched.copy(tmp_path_factory.mktemp("finished") / "world")
    report = world.run()
    assert report.exit_code == 0, report
    return world


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A server on loopback that answers as S3 does."""
    with S3Server() as server:
        yield server
