"""What speaks for and against one pair of representatives: compared anew by the model, field by field, in bits.

A pair that no blocking key brought together is weighed like any other. It reads `members`, `representatives`,
`nicknames` and `block_members`, and makes `scored` and `foreign_keys` those of the pair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from heap_assets.stitch.compare import compare
from heap_assets.stitch.fields import ASIDES, Field, Levels
from heap_assets.stitch.meanings_of_levels import meaning
from heap_assets.stitch.model import BY_CHANCE
from heap_assets.stitch.options import Classifier
from heap_assets.stitch.representatives import frequencies
from heap_assets.stitch.rules import MATCHED, SEPARATED, UNSPOKEN, verdicts
from heap_assets.stitch.scores import Scorer, keep_vector_scores, scored_sql
from heap_assets.stitch.shared_keys import Keyring, SharedKey
from heap_assets.stitch.stages import scores_sql

CLASSES = {
    "M": "one person",
    "U": "two people at random",
    "S": "namesakes",
    "C": "strangers of one country or language",
    "H": "one household",
    "N": "same name, another generation",
    "T": "twins",
}
_PLACE = ("address", "postal", "city")
_SHOWN_BY = {"mailbox": "email", "lone_suffix": "suffix"}


@dataclass(frozen=True)
class Likeness:
    """One field: both values, what their level means, and what it is worth in bits; positive speaks for one person.

    `bits` are against two people at random, `rival_bits` against the likeliest other kind of pair.
    """

    field: str
    left: str | None
    right: str | None
    level: int
    meaning: str
    bits: float
    rival_bits: float


@dataclass(frozen=True)
class Evidence:
    """Everything that speaks for and against a pair. `strong`: the pair by itself joins.

    `bits` are the model's posterior odds, the sum of those of the fields, of how common the shared values are, how rare
    pairs of one person are to begin with, and of relatives and namesakes. `classes` is the probability of each kind of
    pair. Beside the bits stand those against the `rival` alone, the likeliest kind of pair that is not one person.
    """

    score: float
    category: str
    decided_by: str
    strong: bool
    certain: bool
    separated: bool
    unspoken: bool
    keys: tuple[SharedKey, ...]
    fields: tuple[Likeness, ...]
    prior_bits: float
    commonness_bits: float
    relatives_bits: float
    bits: float
    rival: str
    rival_prior_bits: float
    rival_commonness_bits: float
    rival_bits: float
    classes: Mapping[str, float] = field(default_factory=dict)

    def turned(self) -> "Evidence":
        """The same with its sides exchanged."""
        fields = (replace(one, left=one.right, right=one.left) for one in self.fields)
        return replace(self, fields=tuple(fields), keys=tuple(key.turned() for key in self.keys))


@dataclass(frozen=True)
class Scales:
    """A resolution and its model, ready to weigh pairs."""

    keyring: Keyring
    scorer: Scorer

    @cached_property
    def known(self) -> Any:
        """How common values are."""
        return frequencies(self.keyring.engine, self.keyring.layout)

    def weigh(self, left: int, right: int, names: Sequence[Mapping[str, str]]) -> Evidence:
        """Weigh two representatives, left < right; `names` are the values to show for each, by column."""
        ring = self.keyring
        row = self._scored(left, right)
        vector = np.array([row["vector"]], dtype=np.int64)
        levels = ring.layout.levels_of(vector)
        ruled = int(verdicts(ring.layout, ring.options, levels, ring.layout.conflicts_of(vector))[0])
        certain = any(key.used for key in row["foreign"])
        separated = ruled == SEPARATED and not (certain and ring.options.classifier is Classifier.FK_FIRST)
        parting = list(ring.separation(left, right, [int(level) for level in levels[0]]))
        adjust = float(row["adjust"])
        model_bits = float(self.scorer.bits(levels, np.array([adjust]))[0])
        shares = self._shares(levels, adjust)
        rival = max((name for name in self.scorer.classes if name != "M"), key=lambda name: shares[name])
        rarity = -adjust if rival in BY_CHANCE else 0.0
        told = sum(self._worth(levels[0], "U")) + self._prior("U") - adjust
        against = sum(self._worth(levels[0], rival)) + self._prior(rival) + rarity
        return Evidence(
            score=float(row["score"]),
            category=str(row["match_category"]),
            decided_by=_decided_by(ruled, certain, separated, parting, float(row["score"])),
            strong=not separated and (certain or float(row["bits"]) >= ring.options.bits),
            certain=certain,
            separated=separated,
            unspoken=ruled == UNSPOKEN,
            keys=(*ring.blocking(left, right), *row["foreign"], *parting),
            fields=tuple(self._likenesses(names, levels[0], rival)),
            prior_bits=round(self._prior("U"), 2),
            commonness_bits=round(-adjust, 2),
            relatives_bits=round(model_bits - told, 2),
            bits=round(model_bits, 2),
            rival=CLASSES[rival],
            rival_prior_bits=round(self._prior(rival), 2),
            rival_commonness_bits=round(rarity, 2),
            rival_bits=round(against, 2),
            classes={CLASSES[name]: round(float(2**share), 4) for name, share in shares.items()},
        )

    def _scored(self, left: int, right: int) -> dict[str, Any]:
        """The pair's row of stitch_scores, made as the release makes it, with its foreign keys."""
        ring, engine = self.keyring, self.keyring.engine
        foreign = tuple(ring.foreign(left, right))
        rows = {
            "name": pa.array([key.name for key in foreign if key.used for _ in "lr"], pa.string()),
            "value": pa.array([key.value for key in foreign if key.used for _ in "lr"], pa.string()),
            "i": pa.array([i for key in foreign if key.used for i in (left, right)], pa.int64()),
        }
        engine.keep_arrow("foreign_keys", pa.table(rows))
        engine.bind_arrow("asked", pa.table({"l": pa.array([left], pa.int64()), "r": pa.array([right], pa.int64())}))
        engine.keep("asked_pair", compare(engine, ring.layout, self.known, ring.options, "asked"))
        vectors = engine.rows("SELECT vector FROM asked_pair")["vector"].to_numpy()
        keep_vector_scores(engine, ring.layout, self.scorer.model, ring.options, vectors)
        engine.keep("asked_scored", scored_sql("(SELECT *, FALSE AS inside FROM asked_pair)", ", p.inside"))
        return {**engine.rows(scores_sql(ring.options, "asked_scored")).to_pylist()[0], "foreign": foreign}

    def _worth(self, levels: Levels, rival: str) -> list[float]:
        same, other = self.scorer.classes.index("M"), self.scorer.classes.index(rival)
        return [
            float(self.scorer.logs[same, place, level] - self.scorer.logs[other, place, level])
            for place, level in enumerate(levels)
        ]

    def _likenesses(self, names: Sequence[Mapping[str, str]], levels: Levels, rival: str) -> list[Likeness]:
        told = []
        worth = [[round(bits, 2) for bits in self._worth(levels, other)] for other in ("U", rival)]
        for one, level, *bits in zip(self.keyring.layout.fields, levels, *worth, strict=True):
            if one.name in ASIDES and not level:
                continue
            left, right = (_shown(one, values) for values in names)
            told.append(Likeness(one.name, left, right, int(level), meaning(one, int(level)), *bits))
        return told

    def _prior(self, rival: str) -> float:
        """How many pairs of one person there are to one of the rival's kind, in bits."""
        sizes = self.scorer.model.mixture.sizes
        return float(np.log2(sizes["M"]) - np.log2(sizes[rival]))

    def _shares(self, levels: Levels, adjust: float) -> dict[str, float]:
        """The probability of each kind of pair, by its letter, as a logarithm to base 2."""
        logs = self.scorer.class_logs(levels)[:, 0] + self.scorer.log_sizes
        logs[[at for at, name in enumerate(self.scorer.classes) if name in BY_CHANCE]] += adjust
        logs -= logs.max() + np.log2(np.exp2(logs - logs.max()).sum())
        return dict(zip(self.scorer.classes, logs.tolist(), strict=True))


def _decided_by(ruled: int, certain: bool, separated: bool, parting: Sequence[SharedKey], score: float) -> str:
    if separated:
        names = [key.name for key in parting if key.used]
        return f"a separation key ({', '.join(names)})" if names else "a rule"
    if certain:
        return "an equal foreign key"
    if ruled == MATCHED:
        return "a rule"
    if ruled == UNSPOKEN:
        return "no rule, and rules alone decide here"
    return "the model" if score < 5 else "the model, and everything that both have is equal"


def _shown(one: Field, values: Mapping[str, str]) -> str | None:
    if one.name == "place":
        return ", ".join(values[name] for name in _PLACE if name in values) or None
    if one.name in _SHOWN_BY:
        return values.get(_SHOWN_BY[one.name])
    return values.get(f"{one.name}s", values.get(one.name))
