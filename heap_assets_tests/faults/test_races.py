"""Two runs at once on one lake end in what one gives, and both say so."""

import shutil
from pathlib import Path

import pytest

from heap_assets_tests.faults.child import PROCESSES, run, run_at_once
from heap_assets_tests.faults.town import first_age, second_age, settings_of
from heap_assets_tests.laws.picture import differing, picture

AGES = (first_age, second_age)


def at_once(folder: Path, lake: str, many: int) -> list[str]:
    """Processes that start the chain together, and how each ended."""
    together, answers = PROCESSES.Barrier(many), PROCESSES.Queue()
    children = [PROCESSES.Process(target=run_at_once, args=(str(folder), lake, together, answers)) for _ in range(many)]
    for child in children:
        child.start()
    ended = [answers.get(timeout=120) for _ in children]
    for child in children:
        child.join(60)
    return ended


def raced(folder: Path, many: int) -> None:
    for age in AGES:
        age(folder)
        assert at_once(folder, "raced", many) == ["done"] * many
        run(str(folder), "alone")
        assert differing(picture(settings_of(folder, "raced")), picture(settings_of(folder, "alone"))) == []


def test_two_runs_at_once_give_what_one_gives(tmp_path):
    raced(tmp_path, 2)


@pytest.mark.faults
@pytest.mark.parametrize("round_", range(15))
def test_three_runs_at_once_give_what_one_gives(tmp_path, round_):
    raced(tmp_path, 3)
    shutil.rmtree(tmp_path)
