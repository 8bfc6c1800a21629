"""Strangers who are alike because they are of one country or language: there names, towns and places go together.

That two at random agree in a given name, a surname and a town is as likely as the three by themselves, but not where
the data holds several peoples: Haruto is rare, and so are Sato and Osaka, and yet thousands share all three. Without
this class such strangers look like one person, and a model without e-mails and phones learns that people change their
surnames. Found in a sample of random pairs as a mixture of two kinds, by expectation maximisation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heap_assets.stitch.fields import AREAS, EQUAL_AREAS, Field
from heap_assets.stitch.model import Table, Weights, log_levels
from heap_assets.stitch.observed import Observed
from heap_assets.stitch.starts import Chances, by_presence

STEPS, SETTLED = 200, 1e-5
_FIRST_SHARE, _FIRST_LIKELIER = 0.1, 6.0
_LEAST_SHARE, _GREATEST_SHARE = 0.001, 0.5
_PRIOR = 200.0
_NOT_BY_CHANCE = 20.0
"""Bits by which two kinds must explain the sample better than one. Generated customers of one country stay below 5, of
eight countries they reach 260; historical people, whose birthplaces and postal codes go together, 36."""
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
    if seen.every_pair or len(told) < 2:
        return None
    strangers = _strangers(seen)
    at_home = _of_one_home(seen)
    if not (strangers & ~at_home).any() or _explained(_sample(seen, told, strangers & ~at_home)) < _NOT_BY_CHANCE:
        return None
    sample = _sample(seen, told, strangers)
    share, near, _ = _learned(sample)
    return Compatriots(share, {place: near[place] / chances for place, chances in sample.both.items()})


@dataclass(frozen=True)
class _Sample:
    """Random pairs: their fields and levels by a field's place, and how many pairs have them."""

    fields: Mapping[int, Field]
    levels: Mapping[int, np.ndarray[tuple[int], np.dtype[np.int64]]]
    counts: Weights

    @cached_property
    def both(self) -> dict[int, Chances]:
        """Chances of levels among any two."""
        return self.chances(self.counts, {place: np.full(_levels(one), 0.1) for place, one in self.fields.items()})

    def chances(self, weights: Weights, prior: Mapping[int, Chances]) -> dict[int, Chances]:
        found = {}
        for place, before in prior.items():
            counted = np.bincount(self.levels[place], weights, len(before) + 1)[1:] + before
            found[place] = counted / counted.sum()
        return found

    def log(self, tables: Mapping[int, Chances]) -> Weights:
        total = np.zeros(len(self.counts))
        for place, chances in tables.items():
            total += log_levels(chances)[self.levels[place]]
        return total


def _sample(seen: Observed, told: Mapping[int, np.ndarray], chosen: np.ndarray) -> _Sample:
    fields = {place: seen.layout.fields[place] for place in told}
    return _Sample(fields, {place: levels[chosen] for place, levels in told.items()}, seen.random_counts[chosen])


def _explained(sample: _Sample) -> float:
    """Bits by which two kinds of pairs explain the sample better than one."""
    share, near, far = _learned(sample)
    two = np.logaddexp2(np.log2(share) + sample.log(near), np.log2(1.0 - share) + sample.log(far))
    return float(sample.counts @ (two - sample.log(sample.both)))


def _learned(sample: _Sample) -> tuple[float, dict[int, Chances], dict[int, Chances]]:
    """The share of pairs that are alike, and the chances of levels of those and of all others."""
    share, far = _FIRST_SHARE, sample.both
    near = {place: _likelier_alike(one, sample.both[place]) for place, one in sample.fields.items()}
    prior = {place: _PRIOR * chances for place, chances in sample.both.items()}
    for _ in range(STEPS):
        odds = np.exp2(np.log2(1.0 - share) + sample.log(far) - np.log2(share) - sample.log(near))
        alike = sample.counts / (1.0 + odds)
        before, share = share, float(np.clip(alike.sum() / sample.counts.sum(), _LEAST_SHARE, _GREATEST_SHARE))
        near, far = sample.chances(alike, prior), sample.chances(sample.counts - alike, prior)
        if abs(share - before) < SETTLED:
            break
    return share, near, far


def _told(seen: Observed) -> Iterator[tuple[int, np.ndarray]]:
    """Levels by place of the fields that country and language show in: of a place its area."""
    for place, one in enumerate(seen.layout.fields):
        if one.modelled and one.name == "place":
            yield place, seen.random_levels[:, place] % AREAS
        elif one.modelled and one.kind in _TOLD_BY:
            yield place, seen.random_levels[:, place]


def _levels(one: Field) -> int:
    return AREAS - 1 if one.name == "place" else one.levels


def _likelier_alike(one: Field, chances: Chances) -> Chances:
    times = np.full(len(chances), _FIRST_LIKELIER)
    times[[level - 1 for level in _UNLIKE[one.kind]]] = 1.0
    raised: Chances = chances * times / (chances * times).sum()
    return raised


def _strangers(seen: Observed) -> np.ndarray:
    """Vectors that a person's two records hardly have; nor do two of one address. The sample holds some of those."""
    levels, index = seen.random_levels, seen.layout.index
    personal = [place for place, one in enumerate(seen.layout.fields) if one.kind in _PERSONAL]
    alike = (levels[:, personal] == 1).any(axis=1)
    if (place := index("place")) is not None:
        alike |= np.isin(levels[:, place] // AREAS, (1, 2))
    if (given := index("given")) is not None and (surname := index("surname")) is not None:
        alike |= (levels[:, given] == 1) & (levels[:, surname] == 1)
    return np.asarray(~alike)


def _of_one_home(seen: Observed) -> np.ndarray:
    """Vectors of one surname and area: in small data the sample holds so many of them that they look like a people."""
    levels, index = seen.random_levels, seen.layout.index
    if (place := index("place")) is None or (surname := index("surname")) is None:
        return np.zeros(len(levels), dtype=np.bool_)
    return np.asarray((levels[:, surname] == 1) & np.isin(levels[:, place] % AREAS, EQUAL_AREAS))
