"""What is learned without labels: planted proportions are found again, households stay apart, models travel as JSON."""

import numpy as np
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.fields import AREAS, CITY_AREAS, POSTAL_AREAS, Field, Layout
from heap_assets.stitch.learning import Learner, learn
from heap_assets.stitch.model import Model, drift, shares_of
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.representatives import Frequencies
from heap_assets.stitch.scores import Scorer
from heap_assets.stitch.starts import start
from heap_assets.stitch.training import COUNTED, SCALE

LAYOUT = Layout(
    tuple(Field(name, name) for name in ("given", "surname", "email", "phone")),
    dict.fromkeys(("given", "surname", "email", "phone"), 1000),
)
SAME = [
    (0.85, 0.03, 0.08, 0.02, 0.019, 0.0006, 0.0004),
    (0.9, 0.06, 0.01, 0.03),
    (0.6, 0.05, 0.05, 0.28, 0.02),
    (0.5, 0.1, 0.4),
]
HOME = [
    (0.01, 0.02, 0.02, 0.05, 0.3, 0.05, 0.55),
    (0.85, 0.02, 0.03, 0.1),
    (0.3, 0.01, 0.01, 0.67, 0.01),
    (0.6, 0.02, 0.38),
]
STRANGERS = [(0.004, 0.003, 0.004, 0.01, 0.4, 0.01, 0.569), (0.002, 0.003, 0.01, 0.985), (1e-6, 1e-5, 1e-5, 0.999969, 1e-5), (1e-6, 1e-4, 0.999899)]  # fmt: skip
COUNT = 1000
PAIRS = COUNT * (COUNT - 1) // 2


def planted(matches: int, homes: int, seed: int = 3) -> Observed:
    """Every pair of so many records, drawn from known tables."""
    chance = np.random.default_rng(seed)
    strangers = _draw(STRANGERS, PAIRS - matches - homes, chance)
    levels, counts = _counted(np.concatenate([_draw(SAME, matches, chance), _draw(HOME, homes, chance), strangers]))
    random, random_counts = _counted(strangers[:50_000])
    equal = {
        name: int(PAIRS * tables[2] + matches * tables[0] + homes * tables[1])
        for name, tables in zip(
            LAYOUT.names, ((a[0], b[0], c[0]) for a, b, c in zip(SAME, HOME, STRANGERS, strict=True)), strict=True
        )
    }
    frequencies = {
        name: Frequencies(COUNT, agreeing, (2 * agreeing + COUNT) / COUNT**2) for name, agreeing in equal.items()
    }
    return Observed(LAYOUT, levels, counts.astype(float), np.ones(len(counts)), COUNT, random, random_counts.astype(float), frequencies)  # fmt: skip


def _counted(levels):
    coded, counts = np.unique(levels @ np.array([1, 8, 40, 240]), return_counts=True)
    return np.stack([coded % 8, coded // 8 % 5, coded // 40 % 6, coded // 240], axis=1), counts


def _draw(tables, count, chance):
    return np.stack([chance.choice(len(table), count, p=np.array(table) / sum(table)) + 1 for table in tables], axis=1)


@pytest.fixture(scope="module")
def mixture():
    return learn(planted(matches=2_000, homes=1_500))


def test_the_numbers_of_matches_and_household_pairs_are_found_again(mixture):
    assert mixture.sizes["M"] == pytest.approx(2_000, rel=0.05)
    assert mixture.sizes["H"] == pytest.approx(1_500, rel=0.2)


@pytest.mark.parametrize(("place", "name"), list(enumerate(LAYOUT.names)))
def test_levels_of_a_match_are_found_again(mixture, place, name):
    assert mixture.chances["M"][place] == pytest.approx(np.array(SAME[place]), abs=0.04)


def test_chance_agreement_is_told_from_that_of_one_person(mixture):
    email = LAYOUT.index("email")

    in_all_pairs = (2_000 * 0.6 + 1_500 * 0.3) / PAIRS
    assert mixture.chances["U"][email][0] < in_all_pairs / 20


def test_people_of_one_household_are_no_match(mixture):
    scorer = Scorer(Model(LAYOUT.fields, mixture, COUNT))
    same, home = np.array([[1, 1, 1, 1]]), np.array([[7, 1, 1, 1]])

    assert scorer.bits(same, np.zeros(1))[0] > 6
    assert scorer.bits(home, np.zeros(1))[0] < -6


def test_where_no_households_are_their_class_shrinks():
    assert learn(planted(matches=2_000, homes=0)).sizes["H"] < 100


def test_learning_twice_is_learning_the_same():
    seen = planted(matches=500, homes=200)

    assert Model(LAYOUT.fields, learn(seen), COUNT).to_json() == Model(LAYOUT.fields, learn(seen), COUNT).to_json()


def test_without_any_pair_the_priors_speak():
    none = np.zeros((0, 4), dtype=np.int64)
    seen = Observed(LAYOUT, none, np.zeros(0), np.zeros(0), 1, none, np.zeros(0), {})

    assert learn(seen).chances["M"][0][0] == pytest.approx(0.80)


def test_a_model_is_the_same_after_json(mixture):
    vectors, counts = np.array([1, 5, 9]), np.array([10, 30, 2])
    model = Model(LAYOUT.fields, mixture, COUNT, shares_of(vectors, counts))

    assert Model.from_json(model.to_json()).fingerprint == model.fingerprint


def test_drift_grows_as_counts_move_away():
    vectors = np.array([1, 5, 9])
    before = shares_of(vectors, np.array([100, 300, 20]))

    still = drift(before, vectors, np.array([1000, 3000, 200]))
    moved = drift(before, vectors, np.array([300, 100, 20]))

    assert still == pytest.approx(0.0, abs=1e-9)
    assert moved > 0.25


def test_a_part_of_the_place_that_is_missing_is_no_evidence():
    layout = Layout((Field("place", "place"),), dict.fromkeys(("address", "postal", "city"), 1000))

    for who in ("same", "household"):
        chances = start(layout.fields[0], who, layout)
        address, area = np.divmod(np.arange(1, len(chances) + 1), AREAS)
        told = [
            chances[((address > 0) == has_address) & np.isin(area, areas)].sum()
            for has_address in (False, True)
            for areas in ((0,), POSTAL_AREAS, CITY_AREAS)
        ]
        assert told == pytest.approx([0, 1, 1, 1, 1, 1])


def test_what_fathers_and_sons_share_is_learned_apart_from_what_a_home_does():
    names = ("given", "surname", "phone", "birthdate", "lone_suffix")
    layout = Layout(tuple(Field(name, name) for name in names), dict.fromkeys(names, 1000))
    levels = np.array([(1, 1, 1, 5, 2), (1, 1, 3, 5, 1), (1, 1, 1, 0, 1)])
    known = {name: Frequencies(COUNT, 8_000, 0.016) for name in names}
    learner = Learner(Observed(layout, levels, np.ones(3), np.ones(3), COUNT, levels, np.ones(3), known))
    phone, before = layout.index("phone"), learner.household[2].copy()

    learner._relearn_generation({"N": np.array([180.0, 0.0, 900.0])}, learner._informative())
    tables = learner._tables()
    assert tables["N"][phone] == pytest.approx((20 * before + [180, 0, 0]) / 200)
    assert tables["H"][phone] == pytest.approx(before)
    assert tables["N"][-1] == pytest.approx([15 / 200, 185 / 200])
    assert tables["H"][-1] == pytest.approx(learner.random[-1])


def test_pairs_of_rare_and_of_common_values_are_counted_apart():
    pairs = "SELECT * FROM (VALUES (7, -9.5, 1), (7, -9.0, 2), (7, 3.0, 1), (8, 50.0, 1)) AS t(vector, adjust, weight)"
    with Engine() as engine:
        rows = engine.rows(COUNTED.format(pairs=pairs)).to_pylist()

    assert [(row["vector"], row["n"]) for row in rows] == [(7, 3), (7, 1), (8, 1)]
    assert [round(row["scaled"] / row["n"] / SCALE, 3) for row in rows] == [0.002, 8.0, 2.0**20]
