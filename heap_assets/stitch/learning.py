"""How a model is learned without labels: expectation maximisation over counts of vectors (stitch_method 6).

With priors and caps, so that twenty records are enough and a family is not swallowed. Deterministic: counts are whole
numbers and vectors come sorted. What a model is stands in `model`, what is believed before in `starts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from heap_assets.stitch.compatriots import compatriots
from heap_assets.stitch.fields import Field
from heap_assets.stitch.model import BY_CHANCE, EMPTY_LEVEL, RELATED, Mixture, Table, Weights, log_chances
from heap_assets.stitch.observed import Observed, exact_levels
from heap_assets.stitch.starts import (
    GENERATION,
    GENERATION_START,
    HOUSEHOLD,
    NAMED_ALIKE,
    NAMESAKE,
    RANDOM_EQUAL,
    SAME_NAMED,
    TWIN,
    Chances,
    at_least,
    by_presence,
    other_names,
    possible_places,
    start,
    twin_names,
)

STEPS, SETTLED = 200, 1e-4
PRIOR, NAME_PRIOR = 20.0, 300.0
RANDOM_PRIOR = 20_000.0


@dataclass
class Learner:
    """One run of expectation maximisation."""

    seen: Observed
    same: Table = field(default_factory=list)
    random: Table = field(default_factory=list)
    household: Table = field(default_factory=list)
    generation: Table = field(default_factory=list)
    sizes: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Starts: the priors, and levels of random pairs from the sample."""
        layout, n = self.seen.layout, self.seen.representatives
        self.fields = layout.fields
        self.random = [self._measured(place, one) for place, one in enumerate(self.fields)]
        self.first_random = [chances.copy() for chances in self.random]
        self.same = [start(one, "same", layout) if one.modelled else np.ones(one.levels) for one in self.fields]
        self.prior_same = [self._prior(one, table) for one, table in zip(self.fields, self.same, strict=True)]
        self.prior_household = [start(one, "household", layout) if one.name in _SHARED else None for one in self.fields]
        self.household = [
            random if prior is None else prior for prior, random in zip(self.prior_household, self.random, strict=True)
        ]
        self.sharing = self._sharing()
        names = layout.index("given") is not None and layout.index("surname") is not None
        related = any(layout.index(name) is not None for name in _CONTACTS)
        dated, suffixed = layout.index("birthdate") is not None, layout.index("suffix") is not None
        self.classes = ["M", "U"] + ["S"] * names + ["H"] * related
        self.classes += ["N"] * (related and (dated or suffixed)) + ["T"] * (related and dated)
        self.sizes = {"M": n / 2, "U": max(n * (n - 1) / 2, 1.0), "S": 0.05 * n, "H": n / 5}
        self.sizes |= {"N": 0.03 * n / 5, "T": 0.02 * n / 5}
        self.compatriots = compatriots(self.seen)
        if self.compatriots:
            self.classes.append("C")
            self.sizes["C"] = self.compatriots.share * self.sizes["U"]
        self.sizes = {name: size for name, size in self.sizes.items() if name in self.classes}

    def learn(self) -> Mixture:
        """Run until the number of matches settles."""
        seen, step = self.seen, 0
        if seen.representatives < 2 or not len(seen.counts):
            return self._mixture(0)
        informative = self._informative()
        for step in range(1, STEPS + 1):
            before = self.sizes["M"]
            shares = self._shares()
            weights = {name: seen.counts * share for name, share in shares.items()}
            self._resize(weights, informative)
            self._relearn(weights)
            self._relearn_generation(weights, informative)
            if step >= 4:
                self._correct_random(weights)
            if step > 9 and abs(self.sizes["M"] - before) <= SETTLED * before:
                break
        return self._mixture(step)

    def _mixture(self, steps: int) -> Mixture:
        return Mixture(dict(self.sizes), self._tables(), steps)

    def _tables(self) -> dict[str, Table]:
        tables = {"M": self.same, "U": self.random}
        if "S" in self.classes:
            tables["S"] = self._with(self.random, NAMESAKE)
        if "H" in self.classes:
            held = self._with(self._held_household(), {})
            tables["H"] = held
            tables["N"] = self._with(self.generation or self._with(held, GENERATION_START), GENERATION)
            tables["T"] = self._with(held, TWIN)
            place = self.seen.layout.index("given")
            if place is not None:
                tables["T"][place] = twin_names(held[place])
        if self.compatriots:
            tables["C"] = self.compatriots.table(self.random)
        return {name: tables[name] for name in self.classes}

    def _held_household(self) -> Table:
        """Learned where households share; given names and birthdates by definition; all else as of random people."""
        held = []
        for place, one in enumerate(self.fields):
            if one.name in _SHARED:
                held.append(self.household[place])
            elif one.name == "given":
                held.append(other_names(self.random[place], SAME_NAMED if "N" in self.classes else NAMED_ALIKE))
            elif one.name == "birthdate":
                held.append(np.array(HOUSEHOLD["birthdate"]))
            elif one.kind == "code":
                held.append(at_least(self.random[place], 0, 0.001))
            else:
                held.append(self.random[place])
        return held

    def _with(self, base: Table, fixed: Mapping[str, tuple[float, ...]]) -> Table:
        return [np.array(fixed[one.name]) if one.name in fixed else base[at] for at, one in enumerate(self.fields)]

    def _shares(self) -> dict[str, Weights]:
        """Responsibility of each class for each vector."""
        levels = self.seen.levels
        logs = {n: log_chances(levels, t, self.fields) + np.log2(self.sizes[n]) for n, t in self._tables().items()}
        for name in set(logs) & set(RELATED):
            logs[name] = np.where(self.sharing, logs[name], -np.inf)
        for name in set(logs) & set(BY_CHANCE):
            logs[name] = logs[name] + np.log2(self.seen.commonness)
        stacked = np.stack(list(logs.values()))
        stacked = np.exp2(stacked - stacked.max(axis=0))
        stacked /= stacked.sum(axis=0)
        return dict(zip(logs, stacked, strict=True))

    def _resize(self, weights: dict[str, Weights], informative: np.ndarray) -> None:
        sums = {name: float(weight.sum()) for name, weight in weights.items()}
        self.sizes["M"] = max(sums["M"], 1e-3)
        if "S" in sums:
            self.sizes["S"] = max(sums["S"], 0.01)
        if "H" not in sums:
            return
        matches, homes = self.sizes["M"], max(sums["H"], 1.0)
        self.sizes["H"] = homes
        if "N" in sums:
            ratio = (weights["N"][informative].sum() + 2) / (weights["M"][informative].sum() + 100)
            self.sizes["N"] = matches * min(0.05, float(ratio))
        if "T" in sums:
            floor = 0.002 * matches * min(1.0, homes / (0.002 * matches))
            self.sizes["T"] = max(min(max(sums["T"], 0.006 * homes), 0.05 * homes), floor)

    def _informative(self) -> np.ndarray:
        """Vectors of equal given names that have a birthdate or a suffix: elsewhere N and M cannot be told apart."""
        layout, levels = self.seen.layout, self.seen.levels
        told: np.ndarray = np.zeros(len(levels), dtype=np.bool_)
        for name in ("birthdate", "suffix"):
            place = layout.index(name)
            if place is not None:
                told = told | (levels[:, place] > 0)
        given = layout.index("given")
        equal = levels[:, given] == 1 if given is not None else np.ones(len(levels), dtype=np.bool_)
        informative: np.ndarray = told & equal
        return informative

    def _sharing(self) -> np.ndarray:
        """Vectors that tell of a contact or place on both sides: one surname alone makes no household."""
        places = [at for at, one in enumerate(self.fields) if one.name in _CONTACTS]
        return np.asarray((self.seen.levels[:, places] > 0).any(axis=1), dtype=np.bool_)

    def _relearn(self, weights: dict[str, Weights]) -> None:
        for place, one in enumerate(self.fields):
            if not one.modelled or one.name == "suffix":
                continue
            strength = NAME_PRIOR if one.name in ("given", "birthdate") else PRIOR
            learned = self._learned(place, weights["M"], strength * self.prior_same[place])
            self.same[place] = self._capped(learned) if one.name == "given" else learned
            prior = self.prior_household[place]
            if prior is not None and "H" in weights:
                self.household[place] = self._learned(place, weights["H"], PRIOR * prior)

    def _relearn_generation(self, weights: dict[str, Weights], informative: np.ndarray) -> None:
        """What father and son share, from pairs that tell them apart: less than a home does, for sons move out."""
        if "N" in weights:
            told, prior = weights["N"] * informative, self._with(self._held_household(), GENERATION_START)
            self.generation = [
                self._learned(place, told, PRIOR * prior[place]) if one.name in _OF_GENERATIONS else prior[place]
                for place, one in enumerate(self.fields)
            ]

    def _learned(self, place: int, weight: Weights, prior: Chances) -> Chances:
        counted = self._by_level(place, weight) + prior
        shares = by_presence(counted) if self.fields[place].name == "place" else counted / counted.sum()
        learned: Chances = np.maximum(shares, EMPTY_LEVEL)
        return learned

    def _by_level(self, place: int, weight: Weights) -> Chances:
        counted = np.bincount(self.seen.levels[:, place], weight, self.fields[place].levels + 1)[1:]
        return counted.astype(np.float64)

    def _capped(self, given: Chances) -> Chances:
        """Without caps M swallows relatives who share a mailbox: sharing is a trait of a family, not of its fields.

        A surname and a town alone are no home, and people of history have other names in every book.
        """
        layout = self.seen.layout
        at_home = layout.index("email") is not None or layout.index("phone") is not None or layout.has("address")
        related = self.sizes["H"] / (0.002 * self.sizes["M"]) if at_home and "H" in self.sizes else 0.0
        slack = 0.2 * max(0.0, 1.0 - related)
        caps = {5: 0.001 + slack, 6: 0.0005 + slack}
        capped = given.copy()
        for at, cap in caps.items():
            capped[at] = min(capped[at], cap)
        rest = [at for at in range(len(given)) if at not in caps]
        capped[rest] *= (1.0 - sum(capped[at] for at in caps)) / capped[rest].sum()
        return capped

    def _correct_random(self, weights: dict[str, Weights]) -> None:
        """Equal values are mostly of one person or household: what those explain is no chance agreement."""
        explained = np.sum([weights[name] for name in weights if name not in BY_CHANCE], axis=0)
        if self.seen.every_pair:
            self._relearn_random(weights["U"])
        for place, one in enumerate(self.fields):
            by_level = self._by_level(place, explained)
            self.random[place] = self.random[place].copy()
            for exact in exact_levels(self.seen, one):
                first = float(self.first_random[place][exact.level - 1])
                unexplained = max(
                    0.0, exact.of.agreeing - float(by_level[[level - 1 for level in exact.counted]].sum())
                )
                expected = RANDOM_PRIOR * min(RANDOM_EQUAL.get(one.kind, first), first)
                drawn = exact.of.filled * (exact.of.filled - 1) / 2 + RANDOM_PRIOR + 1
                self.random[place][exact.level - 1] = min(first, (unexplained + 2 + expected) / drawn)

    def _relearn_random(self, weight: Weights) -> None:
        """Where every pair was compared the sample is all pairs, matches included: learn levels without them."""
        for place, one in enumerate(self.fields):
            if one.modelled:
                self.random[place] = self._learned(place, weight, 100 * self.first_random[place])

    def _measured(self, place: int, one: Field) -> Chances:
        """Levels of random pairs from the sample; the exact level from how common values are."""
        if not one.modelled:
            return np.ones(one.levels)
        if one.name == "mailbox":  # strangers share none, so no sample tells
            return start(one, "household", self.seen.layout)
        possible = possible_places(self.seen.layout) if one.name == "place" else range(1, one.levels + 1)
        counted = np.bincount(self.seen.random_levels[:, place], self.seen.random_counts, one.levels + 1)[1:]
        allowed = np.zeros(one.levels)
        allowed[[level - 1 for level in possible]] = 0.3
        chances = (counted + allowed) / max(float((counted + allowed).sum()), 1e-9)
        if one.name == "place":
            chances = by_presence(chances)
        for exact in exact_levels(self.seen, one):
            chances[exact.level - 1] = exact.of.chance
        return np.maximum(chances, EMPTY_LEVEL)

    def _prior(self, one: Field, chances: Chances) -> Chances:
        return chances if one.built_in else np.full(one.levels, 1.0 / one.levels)


_CONTACTS = ("email", "phone", "place")
_SHARED = ("surname", *_CONTACTS, "mailbox")
_OF_GENERATIONS = (*_CONTACTS, "lone_suffix")


def learn(seen: Observed) -> Mixture:
    """The mixture that explains the counts of vectors best, under the priors."""
    return Learner(seen).learn()
