"""Two runs at once on one lake end in what one gives, and both say so."""

import shutil

import pytest

from heap_assets_tests.faults.runs import Town


def raced(town: dict[int, Town], lake: str, many: int) -> None:
    assert town[1].at_once(lake, many) == ["done"] * many
    assert town[1].differs(lake) == []
    shutil.copytree(town[1].folder / lake, town[2].folder / lake)
    assert town[2].at_once(lake, many) == ["done"] * many
    assert town[2].differs(lake) == []


def test_t23_two_runs_at_once_give_what_one_gives(town):
    raced(town, "raced", 2)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(10))
def test_t23_three_runs_at_once_give_what_one_gives(town, seed):
    raced(town, f"raced-{seed}", 3)
