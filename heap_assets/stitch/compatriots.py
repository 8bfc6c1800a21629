"""Strangers who are alike because they are of one country or language: there names, towns and places go together.

That two at random agree in a given name, a surname and a town is as likely as the three by themselves, but not where
the data holds several peoples: Haruto is rare, and so are Sato and Osaka, and yet thousands share all three. Without
this class such strangers look like one person, and a model without e-mails and phones learns that people change their
surnames. Found in a sample of random pairs as a mixture of two kinds, by expectation maximisation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from heap_assets.stitch.fields import AREAS, Field, Levels
from heap_assets.stitch.model import Table, Weights, log_levels
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.starts import Chances, by_presence

STEPS, SETTLED = 200, 1e-5
_FIRST_SHARE, _FIRST_LIKELIER = 0.1, 6.0
_LEAST_SHARE, _GREATEST_SHARE = 0.001, 0.5
_PRIOR = 200.0
_NOT_BY_CHANCE = 60.0
_OF_A_RELATED_PAIR = 5.0
"""Bits by which two kinds must explain the sample better than one: what noise brings, and what every pair of a person
or a household may that is in the sample. Generated customers of one country reach 43, of eight countries 280."""
_TOLD_BY = ("given", "surname", "middle", "text", "exact")
_UNLIKE = {"given": (5, 7), "surname": (4,), "middle": (3,), "text": (4,), "exact": (2,), "place": (7, 11)}
_PERSONAL = ("email", "phone", "birthdate", "code", "date")


@dataclass(frozen=True)
class Compatriots:
    """Their `share` of random pairs, and by a field's place how much `likelier` each level is than among any two."""

    share: float
    likelier: Mapping[int, Chances]

    def table(self, random: Table) -> Table:
        """Chances of levels among compatriots, from those among any two; of a place its area is likelier alike."""
        return [self._raised(place, chances) for place, chances in enumerate(random)]

    def _raised(self, place: int, chances: Chances) -> Chances:
        if place not in self.likelier:
            return chances
        times = self.likelier[place]
        if len(times) == len(chances):
            raised: Chances = chances * times / (chances * times).sum()
            return raised
        area = np.arange(1, len(chances) + 1) % AREAS
        return by_presence(chances * np.concatenate([[1.0], times])[area])


def compatriots(seen: Observed) -> Compatriots | None:
    """Compatriots, where a sample of random pairs shows them; None where it does not, or is all pairs of small data."""
    told = dict(_told(seen))
    strangers = _strangers(seen)
    if seen.every_pair or len(told) < 2 or not strangers.any():
        return None
    sample = _Sample({place: levels[strangers] for place, levels in told.items()}, seen.random_counts[strangers])
    both = {
        place: sample.chances(place, sample.counts, np.full(_levels(one), 0.1)) for place, one in _fields(seen, told)
    }
    near = {place: _likelier_alike(one, both[place]) for place, one in _fields(seen, told)}
    share, near, far = _learned(sample, both, near)
    gain = sample.counts @ (np.logaddexp2(*sample.logs(share, near, far)) - sample.log(both))
    related = seen.representatives / (seen.representatives * (seen.representatives - 1) / 2) * sample.counts.sum()
    if gain < _NOT_BY_CHANCE + _OF_A_RELATED_PAIR * related:
        return None
    return Compatriots(share, {place: near[place] / both[place] for place in told})


@dataclass(frozen=True)
class _Sample:
    """Levels of random pairs by a field's place, and how many pairs have them."""

    levels: Mapping[int, np.ndarray[tuple[int], np.dtype[np.int64]]]
    counts: Weights

    def chances(self, place: int, weights: Weights, prior: Chances) -> Chances:
        counted = np.bincount(self.levels[place], weights, len(prior) + 1)[1:] + prior
        found: Chances = counted / counted.sum()
        return found

    def log(self, tables: Mapping[int, Chances]) -> Weights:
        total = np.zeros(len(self.counts))
        for place, chances in tables.items():
            total += log_levels(chances)[self.levels[place]]
        return total

    def logs(self, share: float, near: Mapping[int, Chances], far: Mapping[int, Chances]) -> tuple[Weights, Weights]:
        return np.log2(share) + self.log(near), np.log2(1.0 - share) + self.log(far)


def _learned(
    sample: _Sample, both: Mapping[int, Chances], near: dict[int, Chances]
) -> tuple[float, dict[int, Chances], dict[int, Chances]]:
    share, far = _FIRST_SHARE, dict(both)
    for _ in range(STEPS):
        of_near, of_far = sample.logs(share, near, far)
        shares = sample.counts / (1.0 + np.exp2(of_far - of_near))
        before, share = share, float(np.clip(shares.sum() / sample.counts.sum(), _LEAST_SHARE, _GREATEST_SHARE))
        near = {place: sample.chances(place, shares, _PRIOR * both[place]) for place in near}
        far = {place: sample.chances(place, sample.counts - shares, _PRIOR * both[place]) for place in far}
        if abs(share - before) < SETTLED:
            break
    return share, near, far


def _told(seen: Observed) -> Iterator[tuple[int, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    for place, one in enumerate(seen.layout.fields):
        if one.modelled and one.name == "place":
            yield place, seen.random_levels[:, place] % AREAS
        elif one.modelled and one.kind in _TOLD_BY:
            yield place, seen.random_levels[:, place]


def _fields(seen: Observed, told: Mapping[int, object]) -> list[tuple[int, Field]]:
    return [(place, seen.layout.fields[place]) for place in told]


def _levels(one: Field) -> int:
    return AREAS - 1 if one.name == "place" else one.levels


def _likelier_alike(one: Field, chances: Chances) -> Chances:
    times = np.full(len(chances), _FIRST_LIKELIER)
    times[[level - 1 for level in _UNLIKE[one.kind]]] = 1.0
    raised: Chances = chances * times / (chances * times).sum()
    return raised


def _strangers(seen: Observed) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Vectors that hardly a person's or household's two records have: the sample holds some, and they are alike too."""
    layout, levels = seen.layout, seen.random_levels
    personal = [place for place, one in enumerate(layout.fields) if one.kind in _PERSONAL]
    apart = np.asarray(~_equal(levels, personal).any(axis=1))
    place = layout.index("place")
    if place is not None:
        apart &= ~np.isin(levels[:, place] // AREAS, (1, 2))
    names = [place for place in (layout.index("given"), layout.index("surname")) if place is not None]
    if len(names) == 2:
        apart &= ~_equal(levels, names).all(axis=1)
    return apart


def _equal(levels: Levels, places: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.asarray(levels[:, places] == 1)
