"""What a vector of levels says: a mixture of one person, three kinds of strangers, and three of related people.

M one person; U two at random, S namesakes, C compatriots; H two of a household, N the same name in another generation,
T twins. How it is learned is in `learning`, what a score is made of in `scores`. A model is kept until it is trained
again, or until the data has moved away from what it was learned from.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from heap_assets.stitch.fields import Field, Layout, Levels
from heap_assets.stitch.options import HIGH, StitchOptions
from heap_assets.stitch.starts import Chances

BY_CHANCE, RELATED = "USC", "HNT"
"""Classes of pairs that are not one person: alike by chance, the more so the commoner a value, or for a reason."""
EMPTY_LEVEL = 1e-9
_LEFT_OVER = "others"

Table = list[Chances]
"""Probability of each level from 1, by field."""

Weights = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Mixture:
    """Sizes in pairs and level probabilities of the classes of pairs; `steps` is how long learning took."""

    sizes: dict[str, float]
    chances: dict[str, Table]
    steps: int = 0


@dataclass(frozen=True)
class Model:
    """A mixture with the fields it speaks of, the number of representatives it saw, and the shares of its vectors.

    Class High begins at `high` bits, which the pairs decide that it was learned from.
    """

    fields: tuple[Field, ...]
    mixture: Mixture
    representatives: int
    shares: Mapping[str, float] = field(default_factory=dict)
    high: float = HIGH

    def told(self, options: StitchOptions) -> StitchOptions:
        """The settings, with what the model says of them."""
        return replace(options, high=self.high)

    @property
    def layout(self) -> Layout:
        """The fields alone."""
        return Layout(self.fields)

    @property
    def fingerprint(self) -> str:
        """A hash of everything that scores depend on."""
        return hashlib.md5(self.to_json().encode(), usedforsecurity=False).hexdigest()

    def fits(self, layout: Layout) -> bool:
        """Whether vectors of this layout can be scored by it."""
        return layout.fields == self.fields

    def to_json(self) -> str:
        """The model as JSON text; equal models give equal text."""
        chances = {name: [table.tolist() for table in tables] for name, tables in self.mixture.chances.items()}
        content = {
            "fields": [asdict(one) for one in self.fields],
            "representatives": self.representatives,
            "sizes": self.mixture.sizes,
            "steps": self.mixture.steps,
            "chances": chances,
            "shares": dict(self.shares),
            "high": self.high,
        }
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Model":
        """The model that `to_json` wrote."""
        content: dict[str, Any] = json.loads(text)
        chances = {name: [np.array(table) for table in tables] for name, tables in content["chances"].items()}
        mixture = Mixture(content["sizes"], chances, content["steps"])
        fields = tuple(Field(**one) for one in content["fields"])
        return cls(fields, mixture, content["representatives"], content["shares"], content.get("high", HIGH))


def shares_of(vectors: np.ndarray, counts: np.ndarray, most: int = 50) -> dict[str, float]:
    """The share of candidate pairs that have each of the commonest vectors, and all others together."""
    total = float(counts.sum())
    if not total:
        return {}
    order = np.lexsort((vectors, -counts))[:most]
    shares = {str(int(vectors[at])): float(counts[at]) / total for at in order}
    shares[_LEFT_OVER] = max(0.0, 1.0 - sum(shares.values()))
    return shares


def drift(before: Mapping[str, float], vectors: np.ndarray, counts: np.ndarray) -> float:
    """How far counts of vectors have moved from the shares of a model: its population stability index (PSI)."""
    if not before or not counts.sum():
        return 0.0
    total = float(counts.sum())
    held = {str(int(vector)): float(count) / total for vector, count in zip(vectors, counts, strict=True)}
    now = {name: held.get(name, 0.0) for name in before if name != _LEFT_OVER}
    now[_LEFT_OVER] = max(0.0, 1.0 - sum(now.values()))
    small = 1e-4
    moved = ((max(now[name], small), max(share, small)) for name, share in before.items())
    return float(sum((one - other) * np.log(one / other) for one, other in moved))


def log_chances(levels: Levels, table: Table, fields: tuple[Field, ...]) -> Weights:
    """Log to base 2 of the probability of each vector in one class: a product over the fields that are there."""
    total = np.zeros(len(levels))
    for place, one in enumerate(fields):
        if one.modelled:
            total += log_levels(table[place])[levels[:, place]]
    return total


def log_levels(chances: Chances) -> Chances:
    """Log to base 2 by level from 0; a missing field says nothing."""
    return np.concatenate([[0.0], np.log2(np.maximum(chances, EMPTY_LEVEL))])
