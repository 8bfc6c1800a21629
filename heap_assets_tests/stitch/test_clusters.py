"""From pairs to people: components that fit, and careful merging of those that hold a contradiction."""

import numpy as np
import pytest

from heap_assets.stitch.components import Edges, components
from heap_assets.stitch.fields import Field, Layout
from heap_assets.stitch.merging import Judge, Members, Merger, Pairs
from heap_assets.stitch.model import Mixture, Model
from heap_assets.stitch.options import Classifier, StitchOptions
from heap_assets.stitch.scores import Scorer

LAYOUT = Layout((Field("given", "given"), Field("email", "email"), Field("birthdate", "birthdate")))
MIXTURE = Mixture(
    {"M": 1e4, "U": 5e7, "H": 8e3, "N": 300.0},
    {
        "M": [np.array([0.85, 0.03, 0.08, 0.02, 0.019, 0.0006, 0.0004]), np.array([0.7, 0.03, 0.05, 0.21, 0.01]), np.array([0.93, 0.04, 0.02, 0.005, 0.005])],
        "U": [np.array([0.004, 0.003, 0.004, 0.01, 0.4, 0.01, 0.57]), np.array([1e-6, 1e-5, 1e-5, 1.0, 1e-5]), np.array([6e-5, 0.001, 0.03, 0.33, 0.63])],
        "H": [np.array([0.01, 0.02, 0.02, 0.02, 0.37, 0.02, 0.54]), np.array([0.2, 0.01, 0.01, 0.77, 0.01]), np.array([0.004, 0.006, 0.02, 0.53, 0.44])],
        "N": [np.array([0.9, 0.03, 0.03, 0.01, 0.01, 0.01, 0.01]), np.array([0.2, 0.01, 0.01, 0.77, 0.01]), np.array([0.002, 0.004, 0.014, 0.2, 0.78])],
    },
)  # fmt: skip
SCORER = Scorer(Model(LAYOUT.fields, MIXTURE, 10_000))
JOHN, JANE, INITIAL = "JOHN", "JANE", "J"


def edges(*links: tuple[int, int, float]) -> Edges:
    left, right, bits = zip(*links, strict=True) if links else ((), (), ())
    return Edges(np.array(left, dtype=np.int64), np.array(right, dtype=np.int64), np.array(bits, dtype=np.float64))


def test_components_are_named_by_their_least_member():
    assert components(5, edges((3, 1, 4.0), (4, 3, 9.0)), 400).part.tolist() == [0, 1, 2, 1, 1]


def test_the_threshold_rises_in_a_component_too_large_alone():
    links = edges((0, 1, 9.0), (1, 2, 2.5), (2, 3, 9.0), (4, 5, 2.5))

    found = components(6, links, cap=3)

    assert found.whole.tolist() == [0, 0, 0, 0, 4, 4]
    assert found.part.tolist() == [0, 0, 2, 2, 4, 4]


def test_what_foreign_keys_hold_together_stays_whole():
    assert components(4, edges((0, 1, 40.0), (1, 2, 40.0), (2, 3, 40.0)), cap=2).part.tolist() == [0, 0, 0, 0]


def test_nothing_to_connect():
    assert components(0, edges(), 400).part.tolist() == []


def merged(names, dates=None, options=None, keyed=(), apart=()):
    """The groups of records that share one e-mail, by given name and birthdate; `apart` pairs are separated."""
    dates = dates or [None] * len(names)
    ends = [(a, b) for a in range(len(names)) for b in range(a + 1, len(names))]
    levels = np.array([[_name(names[a], names[b]), 1, _date(dates[a], dates[b])] for a, b in ends])
    adjust = np.zeros(len(ends))
    terms = SCORER.terms(levels)
    bits = SCORER.bits(levels, adjust)
    evidence = terms["alike"] - np.log2(terms["chance_alike"] + terms["related_alike"])
    hard = np.array([pair in apart for pair in ends])
    bits[hard], evidence[hard] = -40.0, -40.0
    named = (levels[:, 0] >= 4) | (levels[:, 2] >= 4)
    vague = np.array([name is None or len(name) == 1 for name in names])
    left, right = (np.array(side) for side in zip(*ends, strict=True))
    judge = Judge(SCORER, LAYOUT, options or StitchOptions())
    members = Members(vague, ~vague, np.array([date is not None for date in dates]))
    return Merger(judge, Pairs(left, right, levels, adjust, bits, evidence, named), members).run(keyed).tolist()


def _name(one, other):
    if one is None or other is None:
        return 0
    if one == other:
        return 1 if len(one) > 1 else 2
    return 2 if 1 in (len(one), len(other)) and one[0] == other[0] else 7


def _date(one, other):
    if one is None or other is None:
        return 0
    return 1 if one == other else 5


def test_two_names_of_one_e_mail_are_two_people():
    assert merged([JOHN, JANE, JOHN, JANE]) == [0, 1, 0, 1]


@pytest.mark.parametrize("vague", [INITIAL, None])
def test_a_vague_record_belongs_to_neither_of_two_people(vague):
    assert merged([JOHN, JANE, vague]) == [0, 1, 2]


@pytest.mark.parametrize("vague", [INITIAL, None])
def test_a_vague_record_belongs_to_the_one_whose_birthdate_it_has(vague):
    assert merged([JOHN, JANE, vague], ["1980-01-01", "1950-01-01", "1950-01-01"]) == [0, 1, 1]


def test_a_birthdate_that_never_agrees_is_not_outvoted_by_records_that_lack_it():
    son, father = "1980-01-01", "1950-01-01"

    groups = merged([JOHN] * 5, [son, son, father, father, None])

    assert groups[:4] == [0, 0, 2, 2]


def test_a_suffix_in_one_record_is_one_of_its_whole_group():
    lone = {"M": [0.98, 0.02], "U": [0.97, 0.03], "H": [0.97, 0.03], "N": [0.6, 0.4]}
    chances = {name: [*tables, np.array(lone[name])] for name, tables in MIXTURE.chances.items()}
    layout = Layout((*LAYOUT.fields, Field("lone_suffix", "lone_suffix")))
    judge = Judge(Scorer(Model(layout.fields, Mixture(MIXTURE.sizes, chances), 10_000)), layout, StitchOptions())
    support = {"given": 1, "birthdate": 1}

    both = judge.union_bits([[1, 4, 0, 1], [1, 4, 0, 2]], 0.0, support)
    assert both == judge.union_bits([[1, 4, 0, 2]], 0.0, support) < judge.union_bits([[1, 4, 0, 1]], 0.0, support)


def test_foreign_keys_come_first_or_second_as_the_classifier_says():
    keyed, apart = [(0, 1)], [(0, 1)]

    assert merged([JOHN, JOHN], keyed=keyed, apart=apart) == [0, 0]
    assert merged([JOHN, JOHN], keyed=keyed, apart=apart, options=StitchOptions(classifier=Classifier.SK_FIRST)) == [
        0,
        1,
    ]


def test_a_separated_pair_is_not_joined_through_a_third_record():
    groups = merged([JOHN, JOHN, JOHN], apart=[(0, 1)])

    assert groups[0] != groups[1]
    assert groups[2] in groups[:2]
