"""Law 3, exactly once: after a run that was killed at any write, the next gives what an undisturbed one gives (T21)."""

import json
import random
import signal

import pytest

from heap_assets_tests.faults.runs import Town

IN_TURN = {
    1: (
        "before commit delivery_events",
        "files of users",
        "after commit quarantine",
        "after commit users",
        "after overwrite heap_pageviews",
        "before overwrite domain_snapshot",
        "before commit releases",
    ),
    2: (
        "before overwrite users",
        "after commit customers",
        "after commit heap_pageviews",
        "after overwrite domain_snapshot",
        "after overwrite amperity_ids",
        "after commit releases",
    ),
}


@pytest.mark.parametrize("age", IN_TURN)
def test_t21_runs_killed_one_after_the_other_are_made_good_by_the_last(town, age):
    town[age].lake("killed")

    for write in IN_TURN[age]:
        assert town[age].run("killed", write) == -signal.SIGKILL, write

    town[age].heals("killed")


@pytest.fixture(scope="module")
def writes(town, tmp_path_factory) -> dict[int, int]:
    """How many writes an undisturbed run makes, by age."""
    record = tmp_path_factory.mktemp("writes") / "writes.json"
    counted = {}
    for age, place in town.items():
        place.lake("recorded")
        assert place.run("recorded", None, record) == 0
        counted[age] = len(json.loads(record.read_text()))
    return counted


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100))
def test_t21_runs_killed_at_random_writes_are_made_good_by_the_next(town, writes, seed):
    dice = random.Random(seed)
    age = dice.choice((1, 2))
    place: Town = town[age]
    place.lake(f"random-{seed}")

    for _ in range(dice.choice((1, 1, 2, 3))):
        assert place.run(f"random-{seed}", dice.randrange(writes[age])) in (0, -signal.SIGKILL)

    place.heals(f"random-{seed}")
