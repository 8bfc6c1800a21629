"""Components that hold a contradiction, built up again pair by pair: which of their members are one person.

Merging goes by score; a merge is refused where what two groups say together does not make one person (stitch_method 8).
So each piece of evidence counts once, and a vague record cannot glue two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import log2

import numpy as np

from heap_assets.stitch.components import Bits, Numbers
from heap_assets.stitch.fields import Layout, Levels
from heap_assets.stitch.model import BY_CHANCE, RELATED
from heap_assets.stitch.options import CERTAIN, Classifier, StitchOptions
from heap_assets.stitch.scores import Scorer

REFUSED = -10.0
_INITIAL = 2
_REPEATED = {"given": 4, "birthdate": 2}
"""From which level on a difference is doubled where both groups have it twice: a typing error is made once."""


@dataclass(frozen=True)
class Pairs:
    """Every pair of one component's members, by places in it."""

    left: Numbers
    right: Numbers
    levels: Levels
    adjust: Bits
    bits: Bits
    evidence: Bits
    named: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Members:
    """What merging asks of each member: whether it is vague, and whether it has a whole given name and a birthdate."""

    vague: np.ndarray[tuple[int], np.dtype[np.bool_]]
    named: np.ndarray[tuple[int], np.dtype[np.bool_]]
    dated: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Judge:
    """A model and settings, ready to say whether two groups are one person.

    Thousands of small groups: plain lists are several times faster here than arrays of five.
    """

    scorer: Scorer
    layout: Layout
    options: StitchOptions

    @cached_property
    def ranks(self) -> list[list[float]]:
        """By field and level: how much it speaks for one person; missing least of all, an initial next to it."""
        logs = self.scorer.logs
        classes = self.scorer.classes
        rivals = [classes.index(name) for name in ("U", "H") if name in classes]
        ranks = logs[classes.index("M")] - logs[rivals].max(axis=0)
        ranks[:, 0] = -2e6
        for place, one in enumerate(self.layout.fields):
            if one.name in ("given", "middle"):
                ranks[place, _INITIAL] = -1e6
            if one.name == "lone_suffix":  # one record with a suffix tells that all of its person's should have it
                ranks[place, 1] = -1e6
        listed: list[list[float]] = ranks.tolist()
        return listed

    @cached_property
    def logs(self) -> dict[str, tuple[float, list[list[float]]]]:
        """By class: log of its size, and log probability by field and level."""
        of = self.scorer
        return {name: (float(of.log_sizes[at]), of.logs[at].tolist()) for at, name in enumerate(of.classes)}

    @cached_property
    def repeated(self) -> dict[int, tuple[str, int, int]]:
        """Fields of which a difference is doubled, by place: their name, from which level, and what it becomes."""
        return {
            place: (one.name, _REPEATED[one.name], one.levels if one.name == "given" else 0)
            for place, one in enumerate(self.layout.fields)
            if one.name in _REPEATED
        }

    def union_bits(self, levels: list[list[int]], adjust: float, support: dict[str, int]) -> float:
        """Bits for two groups as two records that have the best of what their members agree in."""
        best = [
            max(of_field, key=rank.__getitem__)
            for of_field, rank in zip(zip(*levels, strict=True), self.ranks, strict=True)
        ]
        doubled = []
        for place, (name, least, becomes) in self.repeated.items():
            if best[place] >= least and support[name] > 1:
                doubled.append(place)
                best[place] = becomes or best[place]
        at = [*enumerate(best), *((place, best[place]) for place in doubled)]
        told = {
            name: size + sum([logs[place][level] for place, level in at]) for name, (size, logs) in self.logs.items()
        }
        chance = sum(2.0 ** told[name] for name in BY_CHANCE if name in told)
        related = sum(2.0 ** told[name] for name in RELATED if name in told)
        against: float = 2.0**adjust * chance + related
        bits: float = told["M"] - log2(max(against, 1e-300))
        return bits


class Merger:
    """One component: groups of members, at first each its own."""

    def __init__(self, judge: Judge, pairs: Pairs, members: Members) -> None:
        """Every member alone; pairs found by their two places."""
        self.judge, self.pairs = judge, pairs
        self.threshold = judge.options.bits
        self.keys_join = judge.options.classifier is Classifier.FK_FIRST
        self.bits, self.evidence = pairs.bits.tolist(), pairs.evidence.tolist()
        self.adjust, self.conflict = pairs.adjust.tolist(), pairs.named.tolist()
        self.levels: list[list[int]] = pairs.levels.tolist()
        self.vague, self.named, self.dated = members.vague.tolist(), members.named.tolist(), members.dated.tolist()
        self.group = list(range(len(self.vague)))
        self.held = [[member] for member in self.group]
        self.row = {ends: at for at, ends in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))}
        self.keyed: set[tuple[int, int]] = set()

    def run(self, keyed: Iterable[tuple[int, int]]) -> Numbers:
        """The group of each member, named by its least; `keyed` are pairs of an equal foreign key."""
        self.keyed = {(min(pair), max(pair)) for pair in keyed}
        for left, right in sorted(self.keyed):
            if self.keys_join or not self._separated(left, right):
                self._join(left, right)
        strong = [(-bits, *ends) for ends, at in self.row.items() if (bits := self.bits[at]) >= self.threshold]
        certain = [link for link in strong if not (self.vague[link[1]] or self.vague[link[2]])]
        doubtful = [link for link in strong if self.vague[link[1]] or self.vague[link[2]]]
        for links, checked in ((certain, False), (doubtful, True)):
            for _, left, right in sorted(links):
                if self.group[left] != self.group[right] and self._may_merge(left, right, checked):
                    self._join(left, right)
        return np.array(self.group, dtype=np.int64)

    def _join(self, left: int, right: int) -> None:
        one, other = sorted((self.group[left], self.group[right]))
        if one != other:
            self.held[one] += self.held[other]
            for member in self.held[other]:
                self.group[member] = one
            self.held[other] = []

    def _cross(self, left: int, right: int) -> list[int]:
        """Rows of all compared pairs between two groups, those of an equal foreign key left out where keys join."""
        ends = [(a, b) if a < b else (b, a) for a in self.held[left] for b in self.held[right]]
        if self.keys_join and self.keyed:
            ends = [pair for pair in ends if pair not in self.keyed]
        return [row for row in map(self.row.get, ends) if row is not None]

    def _separated(self, left: int, right: int) -> bool:
        rows = self._cross(self.group[left], self.group[right])
        return any(self.evidence[row] <= -CERTAIN for row in rows)

    def _may_merge(self, left: int, right: int, vague: bool) -> bool:
        one, other = self.group[left], self.group[right]
        if not self._agree(one, other):
            return False
        return not vague or (self._outweighs_rivals(one, other) and self._outweighs_rivals(other, one))

    def _agree(self, left: int, right: int) -> bool:
        """No cross pair speaks against it beyond doubt, and together they speak for it as much as a pair must."""
        rows = self._cross(left, right)
        if any(self.evidence[row] <= REFUSED for row in rows):
            return False
        if len(rows) <= 1 or all(self.bits[row] >= self.threshold for row in rows):
            return True
        support = {
            name: min(sum(told[member] for member in self.held[group]) for group in (left, right))
            for name, told in (("given", self.named), ("birthdate", self.dated))
        }
        levels = [self.levels[row] for row in rows]
        return self.judge.union_bits(levels, min(self.adjust[row] for row in rows), support) >= self.threshold

    def _outweighs_rivals(self, vague: int, wanted: int) -> bool:
        """A group that does not say which of two people it is belongs to neither, unless it is far likelier to be one.

        The people whom a group may be exclude each other, so they share its probability.
        """
        if not self._is_vague(vague):
            return True
        rivals = self._rivals(vague, wanted)
        return self._best(vague, wanted) - log2(1.0 + sum(2.0**bits for bits in rivals)) >= self.threshold

    def _is_vague(self, group: int) -> bool:
        return all(self.vague[member] for member in self.held[group])

    def _rivals(self, vague: int, wanted: int) -> list[float]:
        """Bits of the other groups that this one may belong to, and that contradict the wanted one."""
        found = []
        for group, members in enumerate(self.held):
            if not members or group in (vague, wanted) or self._is_vague(group):
                continue
            best = self._best(vague, group)
            if best > 0 and self._contradict(wanted, group):
                found.append(best)
        return found

    def _contradict(self, left: int, right: int) -> bool:
        rows = self._cross(left, right)
        return any(
            self.evidence[row] <= REFUSED or (self.conflict[row] and self.bits[row] < self.threshold) for row in rows
        )

    def _best(self, left: int, right: int) -> float:
        return max((self.bits[row] for row in self._cross(left, right)), default=-CERTAIN)
