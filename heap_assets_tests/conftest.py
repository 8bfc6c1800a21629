"""What many tests share: a sample world, the same after one run, a bucket on a real S3 API, a bad morning; all made once.

Tests run on several processes at a time (`-n`, pytest-xdist), those of a file together in one, and
all that read the shared worlds, so that each world is made once.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest
from xdist.scheduler import LoadFileScheduling

from heap_assets.catalog import LakeReader
from heap_assets.sample import write_sample
from heap_assets_tests.live import LiveBackfill
from heap_assets_tests.mornings import break_morning, mend_morning
from heap_assets_tests.s3 import KEYS, S3Server
from heap_assets_tests.worlds import SMALL, SampleWorld

# These first, or at the end one process waits for the other.
LONG = ("docs/test_readme.py", "whole_path/", "faults/", "catalog/", "cli/", "inspect/")

WORLDS = (
    "whole_path/",
    "catalog/test_reading.py",
    "catalog/test_while_a_run_writes.py",
    "cli/test_commands.py",
    "cli/test_headless.py",
    "security/test_no_leaks.py",
    "architecture/test_public_functions.py",
    "triggers/test_live.py",
)
"""What reads a world that is shared; a file that does and is not named here is only slower."""


class Scheduler(LoadFileScheduling):
    """A file is given to one process whole, and all of WORLDS to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return "worlds" if _below_tests(nodeid).startswith(WORLDS) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduler:
    """Used with `-n` alone."""
    return Scheduler(config, log)


def _below_tests(nodeid: str) -> str:
    return nodeid.removeprefix("heap_assets_tests/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first."""

    def rank(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(LONG) if _below_tests(item.nodeid).startswith(start)), 9)

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Nothing that whoever starts the tests has set shall decide what they do."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("HEAP_", "DAGSTER_", "AWS_"))}
    yield
    os.environ.update(held)


@pytest.fixture(scope="session", autouse=True)
def _live_from_the_start(
    _no_settings_from_outside: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveBackfill]:
    """Start the live Dagster with the first test, where a test will ask for it: it needs little but its time.

    The first process that comes starts it and sees it end; the test may run in another.
    """
    shared = tmp_path_factory.getbasetemp()
    live = LiveBackfill((shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "live")
    wanted = any("live_backfill" in getattr(item, "fixturenames", ()) for item in request.session.items)
    ours = wanted and live.claim()
    if ours:
        live.start()
    yield live
    if ours:
        live.finished()


@pytest.fixture(scope="session")
def live_backfill(_live_from_the_start: LiveBackfill) -> LiveBackfill:
    """A backfill in a real Dagster that was started with the first test."""
    return _live_from_the_start


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


@pytest.fixture(scope="session")
def on_s3(
    untouched: SampleWorld, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SampleWorld]:
    """The sample in an S3 bucket, after one run of everything; credentials stand in the environment."""
    os.environ.update(KEYS)
    world = SampleWorld(untouched.copy(tmp_path_factory.mktemp("on_s3") / "world").folder, KEYS)
    s3_server.upload(world.bucket, "heap-rs3-acme")
    world.configure(source=s3_server.source("heap-rs3-acme"))
    s3_server.forget()
    report = world.run()
    s3_server.first_run = s3_server.requests()
    assert report.exit_code == 0, report
    yield world
    for name in KEYS:
        os.environ.pop(name)


class Picture(NamedTuple):
    """What a reader sees at a time: the release, and people and users as two of its tables count them."""

    release: str
    people: tuple[int, int]
    users: tuple[int, int]


@dataclass(frozen=True)
class Morning:
    """A bad morning after `heap-assets run`: the world, how the process ended, and what a reader saw meanwhile."""

    world: SampleWorld
    run: "CompletedProcess[str]"
    seen: Sequence[Picture] = ()


def look(lake: LakeReader) -> Picture:
    """Counts that agree wherever they are taken from one release."""
    people, profiles, users, resolved = (
        lake.sql(
            "SELECT (SELECT count(DISTINCT amperity_id) FROM unified_coalesced), (SELECT count(*) FROM customer_360),"
            " (SELECT count(*) FROM unified_users), (SELECT count(DISTINCT resolved_user_id) FROM heap_identities"
            " WHERE amperity_id IS NOT NULL)"
        )
        .to_pylist()[0]
        .values()
    )
    return Picture(lake.release.release if lake.release else "", (people, profiles), (users, resolved))


@pytest.fixture(scope="session")
def bad_morning(finished: SampleWorld, tmp_path_factory: pytest.TempPathFactory) -> Morning:
    """The finished sample, to which a morning full of faults was delivered, after `run`."""
    world = finished.copy(tmp_path_factory.mktemp("bad_morning") / "world")
    break_morning(world)
    return Morning(world, world.cli("run", "--json"))


@pytest.fixture(scope="session")
def skipped_morning(bad_morning: Morning, tmp_path_factory: pytest.TempPathFactory) -> Morning:
    """The same after `run --skip-failed`."""
    world = bad_morning.world.copy(tmp_path_factory.mktemp("skipped_morning") / "world")
    return Morning(world, *world.watched(look, "run", "--skip-failed", "--json"))


@pytest.fixture(scope="session")
def mended_morning(bad_morning: Morning, tmp_path_factory: pytest.TempPathFactory) -> SampleWorld:
    """The same after everything was delivered again as it should be, and a run that ended well."""
    world = bad_morning.world.copy(tmp_path_factory.mktemp("mended_morning") / "world")
    mend_morning(world)
    report = world.run()
    assert (report.exit_code, report.published) == (0, True), report
    return world
