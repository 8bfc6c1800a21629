"""What a model is learned from: counts of vectors, a sample of random pairs, and how common values are."""

from dataclasses import dataclass

from heap_assets.stitch.fields import AREAS, ASIDES, Field, Layout, Levels
from heap_assets.stitch.model import Weights
from heap_assets.stitch.representatives import Frequencies
from heap_assets.stitch.starts import possible_places


@dataclass(frozen=True)
class Observed:
    """What a model is learned from.

    Distinct vectors as levels, how many candidate pairs have each, and how much commoner than average the values are
    that those agree in: forty people of one name are strangers whom chance made alike, not one person. The number of
    representatives; levels of a sample of random pairs with their counts; and how common values are.
    """

    layout: Layout
    levels: Levels
    counts: Weights
    commonness: Weights
    representatives: int
    random_levels: Levels
    random_counts: Weights
    frequencies: dict[str, Frequencies]
    every_pair: bool = False


@dataclass(frozen=True)
class Exact:
    """A level of equal values with how common those are, and all levels in which such pairs are counted."""

    level: int
    counted: tuple[int, ...]
    of: Frequencies


def exact_levels(seen: Observed, one: Field) -> list[Exact]:
    """The levels of a field whose chance among random pairs is told by how common values are."""
    known = seen.frequencies
    if not one.modelled or one.name in ASIDES:
        return []
    if one.name != "place":
        return [Exact(1, (1,), known[one.name])] if one.name in known else []
    possible = set(possible_places(seen.layout))
    same, postal = range(AREAS, 2 * AREAS), range(1, one.levels + 1, AREAS)
    found = [(AREAS + 1, (AREAS + 1,), "whole_place"), (1, postal, "postal")]
    found += [(AREAS, same, "address"), (AREAS + 8, same, "address")]
    return [
        Exact(level, tuple(counted), known[name])
        for level, counted, name in found
        if name in known and level in possible
    ]
