"""Strangers of one country are found in random pairs, and are not taken for one person."""

import random

import numpy as np
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.compatriots import compatriots
from heap_assets.stitch.fields import AREAS, Field, Layout
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.resolve import resolve
from heap_assets_tests.stitch.crowd import Row, grouped, table

NAMES = ("given", "surname", "email", "place")
LAYOUT = Layout(
    tuple(Field(name, name) for name in NAMES), dict.fromkeys((*NAMES, "address", "postal", "city"), 20_000)
)
FAR = (7, 4, 4, 4 * AREAS + 7)
ALIKE = (1, 1, 1, 4 * AREAS + 4)


def observed(chances: list[float], share: float, copies: int = 0, alike=(1, 1, 0, AREAS + 1), **further) -> Observed:
    """100,000 random pairs: of a `share` each field is alike with these chances, of all others with an eighth of them.

    So many `copies` among them are of one person or home, and `alike` in that way.
    """
    chance = np.random.default_rng(3)
    pairs = 100_000
    near = chance.random(pairs) < share
    odds = np.where(near[:, None], chances, np.array(chances) / 8)
    levels = np.where(chance.random((pairs, len(chances))) < odds, ALIKE, FAR)
    levels[:copies] = alike
    vectors, counts = np.unique(levels, axis=0, return_counts=True)
    counted = counts.astype(float)
    return Observed(LAYOUT, vectors, counted, np.ones(len(vectors)), 20_000, vectors, counted, {}, **further)


def test_peoples_are_found_in_random_pairs():
    found = compatriots(observed([0.05, 0.02, 0.0, 0.2], share=0.12))

    assert found.share == pytest.approx(0.12, abs=0.03)
    assert [round(float(found.likelier[place][0 if place < 2 else 3])) for place in (0, 1, 3)] == pytest.approx(
        [4, 4, 4], abs=1
    )
    assert 2 not in found.likelier  # an e-mail is a person's own


def test_one_people_is_none():
    assert compatriots(observed([0.01, 0.005, 0.0, 0.04], share=0.0)) is None


@pytest.mark.parametrize(
    "alike", [(1, 1, 0, AREAS + 1), (1, 1, 0, 4), (7, 1, 4, 1), (7, 1, 1, 7), (7, 1, 0, 2 * AREAS + 7)]
)
def test_pairs_of_one_person_or_home_in_the_sample_are_no_people(alike):
    assert compatriots(observed([0.01, 0.005, 0.0, 0.04], share=0.0, copies=200, alike=alike)) is None


def test_small_data_of_which_every_pair_is_compared_tells_of_no_peoples():
    assert compatriots(observed([0.05, 0.02, 0.0, 0.2], share=0.12, every_pair=True)) is None


def test_what_compatriots_share_is_likelier_and_still_a_distribution():
    found = compatriots(observed([0.05, 0.02, 0.0, 0.2], share=0.12))
    area = np.zeros(59)
    area[[6, 3, 4 * AREAS + 6, 4 * AREAS + 3]] = 0.9, 0.1, 0.9, 0.1
    random_pairs = [np.full(7, 1 / 7), np.full(4, 1 / 4), np.full(5, 1 / 5), area]

    given, surname, email, place = found.table(random_pairs)

    assert [given.sum(), surname.sum()] == pytest.approx([1.0, 1.0])
    assert given[0] > 3 / 7 / 7 > 1 / 7 / 7
    assert email is random_pairs[2]
    assert place[3] == pytest.approx(place[4 * AREAS + 3])
    assert place[3] > 0.2 and place[3] + place[6] == pytest.approx(1.0)


def peoples(count: int, each: int) -> list[Row]:
    """`each` people of every country, each written down once or twice: few names a country, and its own towns."""
    chance = random.Random(7)
    rows: list[Row] = []
    for country in range(count):
        words = ["".join(chance.choice("BDFGKLMNPRST") + chance.choice("AEIOU") for _ in range(3)) for _ in range(130)]
        given, surnames, towns = words[:50], words[50:120], words[120:]
        for number in range(each):
            born = f"{chance.randrange(1930, 2005)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            town = chance.choice(towns)
            whole = {"given": chance.choice(given), "surname": chance.choice(surnames), "city": town, "birthdate": born,
                     "address": f"{chance.randrange(1, 400)} {chance.choice(towns)} ST"}  # fmt: skip
            for copy in range(1 + number % 2):
                kept = {
                    name: whole[name] for name in whole if name in ("given", "surname", "city") or chance.random() < 0.4
                }
                rows.append({"pk": f"{country}-{number}-{copy}", **kept})
    return rows


def test_strangers_of_one_country_are_not_joined():
    with Engine() as engine:
        engine.bind_arrow("records", table(peoples(8, 700)))
        found = resolve(engine, "records")

    joined = [{key.rsplit("-", 1)[0] for key in person} for person in grouped(found) if len(person) > 1]
    assert "C" in found.model.mixture.sizes
    assert len(joined) > 300
    assert sum(len(person) == 1 for person in joined) >= 0.9 * len(joined)
