"""Law 3, exactly once: after a run that was killed at any write, the next gives what an undisturbed one gives (T21)."""

import json
import random
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from heap_assets_tests.faults.child import PROCESSES, run, run_and_die
from heap_assets_tests.faults.town import first_age, second_age, settings_of
from heap_assets_tests.laws.chain import files_below
from heap_assets_tests.laws.picture import Rows, differing, picture

POINTS = (
    (1, "files of users"),
    (1, "after commit quarantine"),
    (1, "after overwrite heap_pageviews"),
    (2, "before overwrite users"),
    (2, "after commit customers"),
    (2, "before overwrite domain_snapshot"),
    (2, "after overwrite amperity_ids"),
    (2, "before commit releases"),
    (2, "after commit releases"),
)


@dataclass(frozen=True)
class Town:
    """The bucket by age, beside a lake that lived through it undisturbed; the writes of that run, and its picture."""

    folders: dict[int, Path]
    writes: dict[int, list[str]]
    pictures: dict[int, dict[str, Rows]]


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Town:
    """Each age in a folder of its own, with the lake before it (`before`) and the writes of a run on it."""
    folders = {age: tmp_path_factory.mktemp(f"age{age}") for age in (1, 2)}
    first_age(folders[1])
    shutil.copytree(folders[1], folders[2], dirs_exist_ok=True)
    writes = {1: recorded(folders[1])}
    pictures = {1: picture(settings_of(folders[1], "undisturbed"))}
    second_age(folders[2])
    shutil.copytree(folders[1] / "undisturbed", folders[2] / "before")
    shutil.copytree(folders[1] / "undisturbed", folders[2] / "undisturbed")
    writes[2] = recorded(folders[2])
    pictures[2] = picture(settings_of(folders[2], "undisturbed"))
    return Town(folders, writes, pictures)


def recorded(folder: Path) -> list[str]:
    """Run undisturbed in a process of its own; the writes that it made."""
    assert in_a_process(folder, "undisturbed", None, str(folder / "writes.json")) == 0
    return json.loads((folder / "writes.json").read_text())


def in_a_process(folder: Path, lake: str, at: int | None, record: str | None = None) -> int | None:
    child = PROCESSES.Process(target=run_and_die, args=(str(folder), lake, at, record))
    child.start()
    child.join(120)
    return child.exitcode


def killed(town: Town, age: int, lake: str, at: int) -> int | None:
    """Run on the lake as it was before this age, or as the last kill left it, and die at a write."""
    folder = town.folders[age]
    if age == 2 and not (folder / lake).exists():
        shutil.copytree(folder / "before", folder / lake)
    return in_a_process(folder, lake, at)


def heals(town: Town, age: int, lake: str) -> None:
    """One more run gives what an undisturbed run gives, and the one after it finds nothing to do."""
    folder = town.folders[age]
    run(str(folder), lake)
    assert differing(picture(settings_of(folder, lake)), town.pictures[age]) == []
    before = files_below(folder / lake)
    run(str(folder), lake)
    assert files_below(folder / lake) == before
    shutil.rmtree(folder / lake)


@pytest.mark.parametrize(("age", "write"), POINTS, ids=[f"age {age}, {write}" for age, write in POINTS])
def test_a_run_killed_at_a_write_is_made_good_by_the_next(town, age, write):
    at = town.writes[age].index(write)

    assert killed(town, age, f"killed-{at}", at) == -signal.SIGKILL

    heals(town, age, f"killed-{at}")


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100))
def test_runs_killed_at_random_writes_are_made_good_by_the_next(town, seed):
    dice = random.Random(seed)
    age = dice.choice((1, 2))

    for _ in range(dice.choice((1, 1, 2, 3))):
        killed(town, age, f"random-{seed}", dice.randrange(len(town.writes[age])))

    heals(town, age, f"random-{seed}")
