"""Components that hold a contradiction, built up again pair by pair: which of their members are one person.

Merging goes by score; a merge is refused where what two groups say together does not make one person (stitch_method 8).
So each piece of evidence counts once, and a vague record cannot glue two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from heap_assets.stitch.components import Bits, Numbers
from heap_assets.stitch.fields import Layout, Levels
from heap_assets.stitch.options import Classifier, StitchOptions
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
    """A model and settings, ready to say whether two groups are one person."""

    scorer: Scorer
    layout: Layout
    options: StitchOptions

    @cached_property
    def ranks(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """How much each level of each field speaks for one person; missing least of all, an initial next to it."""
        logs = self.scorer.logs
        classes = self.scorer.classes
        rivals = [classes.index(name) for name in ("U", "H") if name in classes]
        ranks: np.ndarray[tuple[int, int], np.dtype[np.float64]] = logs[classes.index("M")] - logs[rivals].max(axis=0)
        ranks[:, 0] = -2e6
        for place, one in enumerate(self.layout.fields):
            if one.name in ("given", "middle"):
                ranks[place, _INITIAL] = -1e6
        return ranks

    def union_bits(self, levels: Levels, adjust: float, support: dict[str, int]) -> float:
        """Bits for two groups as two records that have the best of what their members agree in."""
        fields = np.arange(levels.shape[1])
        best = levels[self.ranks[fields[None, :], levels].argmax(axis=0), fields]
        weights = np.ones(len(fields))
        for place, one in enumerate(self.layout.fields):
            if one.name in _REPEATED and best[place] >= _REPEATED[one.name] and support.get(one.name, 0) > 1:
                weights[place] = 2.0
                if one.name == "given":
                    best[place] = one.levels
        return float(self.scorer.bits(best[None, :], np.array([adjust]), weights)[0])


@dataclass
class Merger:
    """One component: groups of members, at first each its own."""

    judge: Judge
    pairs: Pairs
    members: Members
    group: Numbers = field(init=False)
    keyed: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Every member alone; pairs found by their two places."""
        self.group = np.arange(len(self.members.vague))
        self.row = np.full((len(self.group), len(self.group)), -1, dtype=np.int64)
        rows = np.arange(len(self.pairs.left))
        self.row[self.pairs.left, self.pairs.right] = rows
        self.row[self.pairs.right, self.pairs.left] = rows

    def run(self, keyed: Iterable[tuple[int, int]]) -> Numbers:
        """The group of each member, named by its least; `keyed` are pairs of an equal foreign key."""
        self.keyed = {(min(pair), max(pair)) for pair in keyed}
        fk_first = self.judge.options.classifier is Classifier.FK_FIRST
        for left, right in sorted(self.keyed):
            if fk_first or not self._separated(left, right):
                self._join(left, right)
        threshold = self.judge.options.bits
        strong = np.flatnonzero(self.pairs.bits >= threshold)
        order = strong[np.lexsort((self.pairs.right[strong], self.pairs.left[strong], -self.pairs.bits[strong]))]
        vague = self.members.vague[self.pairs.left] | self.members.vague[self.pairs.right]
        for rows, checked in ((order[~vague[order]], False), (order[vague[order]], True)):
            for row in rows:
                left, right = int(self.pairs.left[row]), int(self.pairs.right[row])
                if self.group[left] != self.group[right] and self._may_merge(left, right, checked):
                    self._join(left, right)
        return self.group

    def _join(self, left: int, right: int) -> None:
        one, other = self.group[left], self.group[right]
        self.group[self.group == max(one, other)] = min(one, other)

    def _cross(self, left: int, right: int) -> Numbers:
        """Rows of all compared pairs between two members' groups, those of an equal foreign key left out."""
        ones, others = (np.flatnonzero(self.group == self.group[place]) for place in (left, right))
        rows = self.row[np.ix_(ones, others)].ravel()
        rows = rows[rows >= 0]
        if self.keyed and self.judge.options.classifier is Classifier.FK_FIRST:
            rows = np.array([row for row in rows if self._ends(row) not in self.keyed], dtype=np.int64)
        return rows

    def _ends(self, row: int) -> tuple[int, int]:
        left, right = int(self.pairs.left[row]), int(self.pairs.right[row])
        return min(left, right), max(left, right)

    def _separated(self, left: int, right: int) -> bool:
        ones, others = (np.flatnonzero(self.group == self.group[place]) for place in (left, right))
        rows = self.row[np.ix_(ones, others)].ravel()
        return bool((self.pairs.evidence[rows[rows >= 0]] <= -40.0).any())

    def _may_merge(self, left: int, right: int, vague: bool) -> bool:
        rows = self._cross(left, right)
        if not self._agree(left, right, rows):
            return False
        return not vague or self._outweighs_rivals(left, right)

    def _agree(self, left: int, right: int, rows: Numbers) -> bool:
        """No cross pair speaks against it beyond doubt, and together they speak for it as much as a pair must."""
        pairs, threshold = self.pairs, self.judge.options.bits
        if not len(rows):
            return True
        if (pairs.evidence[rows] <= REFUSED).any():
            return False
        if len(rows) == 1 or (pairs.bits[rows] >= threshold).all():
            return True
        adjust = float(pairs.adjust[rows].min())
        support = {
            name: min(int(held[self.group == self.group[left]].sum()), int(held[self.group == self.group[right]].sum()))
            for name, held in (("given", self.members.named), ("birthdate", self.members.dated))
        }
        return self.judge.union_bits(pairs.levels[rows], adjust, support) >= threshold

    def _outweighs_rivals(self, left: int, right: int) -> bool:
        """A record that does not say which of two people it is belongs to neither, unless it is far likelier to be one.

        The people whom a group may be exclude each other, so they share its probability.
        """
        for one, other in ((left, right), (right, left)):
            if not self.members.vague[self.group == self.group[one]].all():
                continue
            rivals = self._rivals(one, other)
            best = self._best(one, other)
            if best - np.log2(1.0 + sum(2.0**bits for bits in rivals)) < self.judge.options.bits:
                return False
        return True

    def _rivals(self, vague: int, wanted: int) -> list[float]:
        """Bits of the other groups that this one may belong to, and that contradict the wanted one."""
        found = []
        for name in np.unique(self.group):
            if name in (self.group[vague], self.group[wanted]) or self.members.vague[self.group == name].all():
                continue
            best = self._best(vague, int(name))
            if best > 0 and self._contradict(wanted, int(name)):
                found.append(best)
        return found

    def _contradict(self, left: int, right: int) -> bool:
        rows = self._cross(left, right)
        weak = self.pairs.bits[rows] < self.judge.options.bits
        return bool((self.pairs.named[rows] & weak).any() or (self.pairs.evidence[rows] <= REFUSED).any())

    def _best(self, left: int, right: int) -> float:
        rows = self._cross(left, right)
        return float(self.pairs.bits[rows].max()) if len(rows) else -np.inf
