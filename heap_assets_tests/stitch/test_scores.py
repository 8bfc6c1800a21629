"""From bits to what people read: classes, strengths, and what decides before the model."""

import numpy as np
import pytest

from heap_assets.engine import Engine
from heap_assets.errors import SettingsError
from heap_assets.stitch.fields import AREAS, Field, Layout
from heap_assets.stitch.options import Condition, Rule, StitchOptions, Test, bits_of_class
from heap_assets.stitch.rules import MATCHED, SEPARATED, UNDECIDED, UNSPOKEN, verdicts
from heap_assets.stitch.scores import all_equal, class_of, named_conflicts, score_sql, unnamed

HOME, MOVED = AREAS + 1, 4 * AREAS + 4
LAYOUT = Layout(
    tuple(Field(name, name) for name in ("given", "birthdate", "place")), dict.fromkeys(("given", "birthdate"), 9)
)


def scored(
    *bits: float, certain: str = "FALSE", conflict: str = "FALSE", nameless: str = "FALSE", high: float = 2.0
) -> list[tuple[float, str]]:
    with Engine() as engine:
        values = ", ".join(f"({place}, {one}::DOUBLE)" for place, one in enumerate(bits))
        score = score_sql("bits", certain, conflict, nameless, high)
        rows = engine.rows(
            f"SELECT score, {class_of('score')} AS name FROM"
            f" (SELECT place, {score} AS score FROM (VALUES {values}) AS t(place, bits)) ORDER BY place"
        )
    return [(round(row["score"], 2), row["name"]) for row in rows.to_pylist()]


def test_every_class_is_reached_at_its_probability():
    odds = [np.log2(p / (1 - p)) for p in (0.001, 0.02, 0.3, 0.9, 0.995)]

    assert [name for _, name in scored(*odds)] == ["Non-match", "Weak", "Moderate", "High", "Excellent"]
    assert scored(0.0, certain="TRUE") == [(5.0, "Exact")]
    assert scored(9.0, conflict="TRUE") == [(0.0, "Non-match")]


def test_a_score_never_falls_as_evidence_grows():
    scores = [score for score, _ in scored(*np.linspace(-50, 60, 441))]

    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (0.0, 4.99)


def test_without_a_given_name_a_pair_is_moderate_until_it_is_sure():
    odds = [np.log2(p / (1 - p)) for p in (0.3, 0.85, 0.94, 0.96, 0.995)]
    told = scored(*odds, nameless="TRUE")

    assert [name for _, name in told] == ["Moderate", "Moderate", "Moderate", "High", "Excellent"]
    assert told[1:3] == [(2.99, "Moderate")] * 2
    scores = [score for score, _ in scored(*np.linspace(-50, 60, 441), nameless="TRUE")]
    assert scores == sorted(scores)
    assert unnamed(LAYOUT, np.array([[0, 1, HOME], [1, 1, HOME], [2, 0, 0]])).tolist() == [True, False, False]
    assert unnamed(Layout((Field("email", "email"),)), np.array([[1]])).tolist() == [False]


@pytest.mark.parametrize(("threshold", "bits"), [(1, -6.63), (2, -2.0), (3, 2.0), (4, 6.63), (5, 40.0), (3.5, 4.315)])
def test_a_threshold_is_a_score_on_the_same_scale(threshold, bits):
    assert StitchOptions(threshold=threshold).bits == pytest.approx(bits)


def test_a_threshold_of_three_is_where_the_model_says_that_high_begins():
    assert (StitchOptions(high=1.25).bits, StitchOptions(high=1.25, threshold=2).bits) == (1.25, -2.0)


def test_classes_begin_where_their_probabilities_do():
    assert [round(1 / (1 + 2**-bits), 2) for bits in bits_of_class()[1:5]] == [0.01, 0.2, 0.8, 0.99]


def test_high_may_begin_lower_and_scores_still_never_fall():
    told = scored(*np.linspace(-50, 60, 441), high=1.25)

    assert told == sorted(told, key=lambda one: one[0])
    assert scored(1.2, 1.25, 6.62, 6.63, high=1.25) == [
        (2.98, "Moderate"),
        (3.0, "High"),
        (3.99, "High"),
        (4.0, "Excellent"),
    ]


@pytest.mark.parametrize(
    ("levels", "equal", "conflict"),
    [((1, 1, HOME), True, False), ((1, 0, 1), True, False), ((1, 1, AREAS + 8), True, False), ((1, 1, MOVED), False, False),
     ((7, 1, HOME), False, True), ((1, 5, HOME), False, True), ((3, 2, HOME), False, False)],
)  # fmt: skip
def test_what_is_equal_and_what_contradicts_by_name(levels, equal, conflict):
    vector = np.array([levels])

    assert all_equal(LAYOUT, vector).tolist() == [equal]
    assert named_conflicts(LAYOUT, vector).tolist() == [conflict]


def decide(levels, *rules, conflict=False, **options):
    told = verdicts(LAYOUT, StitchOptions(rules=rules, **options), np.array([levels]), np.array([conflict]))
    return int(told[0])


NAMES_DIFFER = Rule((Condition("given", Test.UNLIKE),), separate=True)
BORN_ALIKE = Rule((Condition("birthdate", Test.ALIKE),))


def test_the_first_rule_that_fits_wins():
    assert decide((7, 2, 0), NAMES_DIFFER, BORN_ALIKE) == SEPARATED
    assert decide((7, 2, 0), BORN_ALIKE, NAMES_DIFFER) == MATCHED
    assert decide((3, 4, 0), NAMES_DIFFER, BORN_ALIKE) == UNDECIDED


def test_conditions_of_a_rule_must_all_hold_and_missing_answers_none():
    both = Rule((Condition("given", Test.MATCH), Condition("birthdate", Test.DIFFER)), separate=True)

    assert decide((1, 4, 0), both) == SEPARATED
    assert decide((1, 1, 0), both) == UNDECIDED
    assert decide((1, 0, 0), both) == UNDECIDED


def test_a_separation_key_comes_before_every_rule():
    assert decide((1, 1, 9), BORN_ALIKE, conflict=True) == SEPARATED


def test_where_the_model_may_not_decide_other_pairs_stay_unspoken():
    assert decide((1, 4, 9), BORN_ALIKE, model_decides=False) == UNSPOKEN


def test_slips_in_settings_are_told():
    with pytest.raises(SettingsError):
        StitchOptions(threshold=7)
    with pytest.raises(SettingsError):
        StitchOptions(kinds={"job": "fuzzy"})
