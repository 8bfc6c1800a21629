"""The town that runs are killed in, by age, with what an undisturbed run makes of it."""

import shutil

import pytest

from heap_assets_tests.faults.child import run
from heap_assets_tests.faults.runs import Town
from heap_assets_tests.faults.town import first_age, second_age, settings_of
from heap_assets_tests.laws.picture import picture


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Town]:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    first_age(first)
    shutil.copytree(first, second, dirs_exist_ok=True)
    run(str(first), "undisturbed")
    for lake in ("before", "undisturbed"):
        shutil.copytree(first / "undisturbed", second / lake)
    second_age(second)
    run(str(second), "undisturbed")
    return {
        1: Town(first, picture(settings_of(first, "undisturbed"))),
        2: Town(second, picture(settings_of(second, "undisturbed"))),
    }
