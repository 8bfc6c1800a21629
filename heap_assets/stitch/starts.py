"""What is believed of a level before any data is seen: the starts of the model, which are its priors too.

Probabilities by level from 1, of each class of pairs (stitch_method 6). How they are learned is in `model`.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from heap_assets.stitch.fields import Field, Layout

Chances = np.ndarray[tuple[int], np.dtype[np.float64]]

SAME = {
    "given": (0.80, 0.04, 0.09, 0.02, 0.042, 0.004, 0.004),
    "surname": (0.86, 0.07, 0.02, 0.05),
    "middle": (0.85, 0.08, 0.07),
    "suffix": (0.985, 0.015),
    "email": (0.70, 0.03, 0.05, 0.21, 0.01),
    "phone": (0.72, 0.05, 0.23),
    "mailbox": (0.60, 0.10, 0.30),
    "birthdate": (0.92, 0.045, 0.022, 0.008, 0.005),
    "exact": (0.80, 0.20),
    "text": (0.80, 0.08, 0.04, 0.08),
    "code": (0.85, 0.08, 0.07),
    "date": (0.90, 0.05, 0.025, 0.025),
}
HOUSEHOLD = {
    "surname": (0.80, 0.03, 0.02, 0.15),
    "email": (0.20, 0.01, 0.01, 0.77, 0.01),
    "phone": (0.35, 0.03, 0.62),
    "mailbox": (0.40, 0.08, 0.52),
    "birthdate": (0.004, 0.006, 0.02, 0.534, 0.436),
}
NAMESAKE = {"given": (0.90, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01), "surname": (0.95, 0.03, 0.01, 0.01)}
GENERATION = {
    "given": (0.90, 0.03, 0.03, 0.01, 0.01, 0.01, 0.01),
    "surname": (0.95, 0.03, 0.01, 0.01),
    "birthdate": (0.002, 0.004, 0.014, 0.20, 0.78),
    "suffix": (0.02, 0.98),
}
TWIN = {"surname": (0.95, 0.03, 0.01, 0.01), "birthdate": (0.95, 0.03, 0.01, 0.005, 0.005)}

RANDOM_EQUAL = {
    "email": 1e-6,
    "phone": 1e-6,
    "code": 1e-6,
    "birthdate": 6e-5,
    "place": 2e-5,
    "given": 5e-3,
    "surname": 2e-3,
    "middle": 0.08,
    "suffix": 0.35,
}
"""How often two people at random are equal in a field, where the data is too little to say."""

_AREA = {0: 0.1, 1: 0.72, 2: 0.04, 3: 0.03, 4: 0.04, 5: 0.02, 6: 0.02, 7: 0.13}
_AREA_OF_EQUAL_ADDRESS = {0: 0.1, 1: 0.92, 2: 0.03, 3: 0.01, 4: 0.02, 5: 0.005, 6: 0.005, 7: 0.01}
_ADDRESS = {"same": (0.3, 0.58, 0.10, 0.04, 0.28), "household": (0.3, 0.80, 0.05, 0.02, 0.13)}


def start(one: Field, who: str, layout: Layout) -> Chances:
    """The start of a field's levels for a pair of the same person or of a household."""
    if one.name == "place":
        return place_start(_ADDRESS[who], possible_places(layout))
    table = SAME if who == "same" else HOUSEHOLD
    return np.array(table[one.kind])


def possible_places(layout: Layout) -> list[int]:
    """The levels of `place` that can occur with the columns that are there."""
    address = range(5) if layout.has("address") else (0,)
    area: Sequence[int] = (0,)
    if layout.has("postal") or layout.has("city"):
        levels = ({1, 2, 3} if layout.has("postal") else set()) | ({4, 5, 6} if layout.has("city") else set())
        area = sorted(levels | {0, 7})
    return [8 * a + b for a in address for b in area if a or b]


def place_start(address: Sequence[float], possible: Iterable[int]) -> Chances:
    """The joint start of address and area; an equal postal code under another address is a neighbour's as well."""
    found = np.zeros(39)
    for level in possible:
        a, b = divmod(level, 8)
        area = _AREA_OF_EQUAL_ADDRESS if a == 1 else _AREA
        found[level - 1] = address[a] * (0.25 if a == 4 and b == 1 else area[b])
    total = found.sum()
    return found / total if total else found
