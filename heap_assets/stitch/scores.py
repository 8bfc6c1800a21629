"""From vectors to scores: how many bits speak for one person, and the class and strength that people read.

Two figures a pair (stitch_method 7). `bits` are the posterior odds, 2 bits are 80 %. `evidence` leaves out how common
each class of pairs is, so that missing fields never speak against a match. Rules that decide by themselves are in
`rules`, whose verdicts come before both.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.stitch.fields import AREAS, ASIDES, EQUAL_AREAS, Layout, Levels, Vectors
from heap_assets.stitch.model import BY_CHANCE, RELATED, Model, Weights, log_levels
from heap_assets.stitch.options import CERTAIN, HIGH, UNNAMED_HIGH, StitchOptions, bits_of_class
from heap_assets.stitch.rules import MATCHED, SEPARATED, UNSPOKEN, verdicts

NAMED_CONFLICT = {"given": (4, 5, 6, 7), "birthdate": (4, 5), "suffix": (2,), "code": (3,)}
_EQUAL_PLACES = tuple(AREAS * address + area for address in (0, 1) for area in (0, *EQUAL_AREAS))
_COMMON = 0.005


@dataclass(frozen=True)
class Scorer:
    """A model ready to score vectors."""

    model: Model

    @cached_property
    def classes(self) -> list[str]:
        """The classes of the mixture, in the order of the arrays."""
        return list(self.model.mixture.sizes)

    @cached_property
    def logs(self) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
        """Log to base 2 of a level's probability, by class, field and level from 0."""
        fields = self.model.fields
        most = max((one.levels for one in fields), default=0) + 1
        logs = np.zeros((len(self.classes), len(fields), most))
        for number, name in enumerate(self.classes):
            for place, one in enumerate(fields):
                if one.modelled:
                    logs[number, place, : one.levels + 1] = log_levels(self.model.mixture.chances[name][place])
        return logs

    @cached_property
    def log_sizes(self) -> Weights:
        """Log to base 2 of the number of pairs of each class."""
        logs: Weights = np.log2(np.maximum([self.model.mixture.sizes[name] for name in self.classes], 1e-12))
        return logs

    @cached_property
    def log_presence(self) -> Weights:
        """Log to base 2 of how much a class may veto: one that is not in the data must not."""
        n = max(self.model.representatives, 1)
        share = {name: min(1.0, size / (_COMMON * n)) for name, size in self.model.mixture.sizes.items()}
        homes = share.get("H", 0.0)
        present = {**share, "M": 1.0, "U": 1.0, "N": max(homes, share.get("N", 0.0)), "T": homes}
        if "C" in share:
            present["C"] = self.model.mixture.sizes["C"] / self.model.mixture.sizes["U"]
        return np.log2(np.maximum([present[name] for name in self.classes], 1e-12))

    def class_logs(
        self, levels: Levels, weights: Weights | None = None
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Log probability of each vector in each class; `weights` counts the word of a field more than once."""
        fields = np.arange(levels.shape[1])[None, :]
        logs = self.logs[:, fields, levels]
        weighed: np.ndarray[tuple[int, int], np.dtype[np.float64]] = (logs if weights is None else logs * weights).sum(
            axis=2
        )
        return weighed

    def terms(self, levels: Levels) -> dict[str, Weights]:
        """What a score is made of, by vector: for one person, by chance, by relation; and the same without sizes."""
        logs = self.class_logs(levels)
        sized, present = logs + self.log_sizes[:, None], logs + self.log_presence[:, None]
        return {
            "same": sized[self._at("M")],
            "chance": self._sum(sized, BY_CHANCE),
            "related": self._sum(sized, RELATED),
            "alike": logs[self._at("M")],
            "chance_alike": self._sum(present, BY_CHANCE),
            "related_alike": self._sum(present, RELATED),
        }

    def bits(self, levels: Levels, adjust: Weights, weights: Weights | None = None) -> Weights:
        """Posterior odds of each vector, in bits."""
        logs = self.class_logs(levels, weights) + self.log_sizes[:, None]
        against = np.exp2(adjust) * self._sum(logs, BY_CHANCE) + self._sum(logs, RELATED)
        odds: Weights = logs[self._at("M")] - np.log2(np.maximum(against, 1e-300))
        return odds

    def _at(self, name: str) -> int:
        return self.classes.index(name)

    def _sum(self, logs: np.ndarray, names: str) -> Weights:
        chosen = [self._at(name) for name in names if name in self.classes]
        return np.exp2(logs[chosen]).sum(axis=0) if chosen else np.zeros(logs.shape[1])


def keep_vector_scores(engine: Engine, layout: Layout, model: Model, options: StitchOptions, vectors: Vectors) -> None:
    """Make `vector_scores`: one row a distinct vector, with what `scored_sql` needs to score its pairs."""
    levels = layout.levels_of(vectors)
    columns = {"vector": pa.array(vectors, pa.int64())}
    columns |= {name: pa.array(values, pa.float64()) for name, values in Scorer(model).terms(levels).items()}
    columns["verdict"] = pa.array(verdicts(layout, options, levels, layout.conflicts_of(vectors)), pa.int64())
    columns["named"] = pa.array(named_conflicts(layout, levels))
    columns["exact"] = pa.array(all_equal(layout, levels))
    columns["unnamed"] = pa.array(unnamed(layout, levels))
    engine.keep_arrow("vector_scores", pa.table(columns))


def named_conflicts(layout: Layout, levels: Levels) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Vectors in which something speaks against one person by name: given names, birthdates, suffixes or codes."""
    found = np.zeros(len(levels), dtype=np.bool_)
    for place, one in enumerate(layout.fields):
        if one.modelled:
            found |= np.isin(levels[:, place], NAMED_CONFLICT.get(one.kind, ()))
    return found


def all_equal(layout: Layout, levels: Levels) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Vectors of which every field that both have is equal."""
    found = np.ones(len(levels), dtype=np.bool_)
    for place, one in enumerate(layout.fields):
        if one.modelled and one.name not in ASIDES:
            found &= np.isin(levels[:, place], _EQUAL_PLACES if one.name == "place" else (0, 1))
    return found


def unnamed(layout: Layout, levels: Levels) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Vectors of pairs of which a side has no given name: they never say which person of a home it is."""
    place = layout.index("given")
    missing: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.zeros(len(levels), dtype=np.bool_)
    return missing if place is None else levels[:, place] == 0


def scored_sql(pairs: str, further: str = "") -> str:
    """A statement: each pair of `pairs` (l, r, vector, adjust) with its bits and evidence, and flags of its vector."""
    against = "pow(2, p.adjust) * v.{} + v.{}"
    bits = f"v.same - log2(greatest({against.format('chance', 'related')}, 1e-300))"
    evidence = f"v.alike - log2(greatest({against.format('chance_alike', 'related_alike')}, 1e-300))"
    decided = f"WHEN v.verdict = {MATCHED} THEN {CERTAIN} WHEN v.verdict = {SEPARATED} THEN {-CERTAIN}"
    return f"""
        SELECT p.l, p.r, p.vector, p.adjust{further}, v.named, v.exact, v.unnamed, v.verdict,
            CASE {decided} WHEN v.verdict = {UNSPOKEN} THEN {-CERTAIN} ELSE round({bits}, 6) END AS bits,
            CASE {decided} WHEN v.verdict = {UNSPOKEN} THEN 0 ELSE round({evidence}, 6) END AS evidence
        FROM {pairs} AS p JOIN vector_scores AS v ON p.vector = v.vector
    """


def score_sql(bits: str, certain: str, conflict: str, unnamed: str = "FALSE", high: float = HIGH) -> str:
    """SQL: the score from 0.0 to 5.0 (amperity_behaviour.md 6.6), its class before the point and its strength behind.

    `certain` is an equal foreign key, or everything equal; `conflict` a separation; class 3 begins at `high` bits. It
    never falls as bits grow. A pair that is `unnamed` is Moderate at most until it is as good as certain: what a
    contact alone says holds for a home.
    """
    steps = []
    for digit in (4, 3, 2, 1, 0):
        low, above = bits_of_class(high)[digit : digit + 2]
        width = f"least(greatest(({bits} - ({low})) / {above - low}, 0), 0.99)"
        held = f" AND NOT ({unnamed} AND {bits} < {UNNAMED_HIGH})" if digit == 3 else ""
        steps.append(f"WHEN {digit} = 0 OR {bits} >= {low}{held} THEN {digit} + floor({width} * 100) / 100")
    return f"CASE WHEN {conflict} THEN 0.0 WHEN {certain} THEN 5.0 {' '.join(steps)} END"


def class_of(score: str) -> str:
    """SQL: the name of a score's class."""
    names = ("Weak", "Moderate", "High", "Excellent", "Exact")
    cases = " ".join(
        f"WHEN {score} < {digit} THEN '{name}'" for digit, name in enumerate(("Non-match", *names[:-1]), 1)
    )
    return f"CASE {cases} ELSE '{names[-1]}' END"
