"""What is believed of a level before any data is seen: the starts of the model, which are its priors too.

Probabilities by level from 1, of each class of pairs (stitch_method 6). How they are learned is in `model`.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from heap_assets.stitch.fields import AREAS, CITY_AREAS, LEVELS, POSTAL_AREAS, Field, Layout

Chances = np.ndarray[tuple[int], np.dtype[np.float64]]

SAME = {
    "given": (0.80, 0.04, 0.09, 0.02, 0.042, 0.004, 0.004),
    "surname": (0.86, 0.07, 0.02, 0.05),
    "middle": (0.85, 0.08, 0.07),
    "suffix": (0.985, 0.015),
    "email": (0.70, 0.03, 0.05, 0.21, 0.01),
    "phone": (0.72, 0.05, 0.23),
    "mailbox": (0.60, 0.10, 0.30),
    "lone_suffix": (0.95, 0.05),
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
GENERATION_START = {"lone_suffix": (0.75, 0.25)}
"""What of that class is learned, and does not start as in a household."""
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

_AREA = (1.0, 0.72, 0.04, 0.03, 0.04, 0.02, 0.02, 0.13, 0.80, 0.03, 0.02, 0.15)
_AREA_OF_EQUAL_ADDRESS = (1.0, 0.92, 0.03, 0.01, 0.02, 0.005, 0.005, 0.01, 0.95, 0.02, 0.01, 0.02)
_ADDRESS = {"same": (0.3, 0.58, 0.10, 0.04, 0.28), "household": (0.3, 0.80, 0.05, 0.02, 0.13)}


def start(one: Field, who: str, layout: Layout) -> Chances:
    """The start of a field's levels for a pair of the same person or of a household."""
    if one.name == "place":
        return place_start(_ADDRESS[who], possible_places(layout))
    table = SAME if who == "same" else HOUSEHOLD
    return np.array(table[one.kind])


def possible_places(layout: Layout) -> list[int]:
    """The levels of `place` that can occur with the columns that are there."""
    address = range(5) if layout.has("address") else range(1)
    postal = {1, 2, 3, 7} if layout.has("postal") else set()
    both = {4, 5, 6} if layout.has("postal", "city") else set()
    area = {0} | postal | both | (set(CITY_AREAS) if layout.has("city") else set())
    return [AREAS * a + b for a in address for b in sorted(area) if a or b]


def place_start(address: Sequence[float], possible: Iterable[int]) -> Chances:
    """The joint start of address and area; an equal postal code under another address is a neighbour's as well."""
    found = np.zeros(LEVELS["place"])
    for level in possible:
        a, b = divmod(level, AREAS)
        area = _AREA_OF_EQUAL_ADDRESS if a == 1 else _AREA
        found[level - 1] = address[a] * (0.25 if a == 4 and b == 1 else area[b])
    return by_presence(found)


def by_presence(chances: Chances) -> Chances:
    """Chances of places, given the parts that both have: an address or none, a postal code, a city alone or neither."""
    address, area = np.divmod(np.arange(1, len(chances) + 1), AREAS)
    found = chances.copy()
    for has_address in (False, True):
        for areas in ((0,), POSTAL_AREAS, CITY_AREAS):
            pattern = ((address > 0) == has_address) & np.isin(area, areas)
            total = found[pattern].sum()
            if total:
                found[pattern] /= total
    return found


NAMED_ALIKE, SAME_NAMED = 0.01, 0.002
"""How often two of a household have equal given names; the second where another generation is a class of its own."""


def other_names(random: Chances, equal: float) -> Chances:
    """Given names of two people of one household: as unlike as those of any two, now and then alike or `equal`."""
    rest = random[3:] / random[3:].sum()
    rest[0] = max(rest[0], 0.02)
    return np.concatenate([[equal, 0.02, 0.02], (0.96 - equal) * rest / rest.sum()])


def twin_names(household: Chances) -> Chances:
    """Twins are named alike more often than other children, and never the same."""
    names = household.copy()
    names[0], names[2] = 0.0005, 0.02
    names[3], names[5] = max(names[3], 0.04), max(names[5], 0.30)
    shared: Chances = names / names.sum()
    return shared


def at_least(chances: Chances, place: int, least: float) -> Chances:
    """The chances, that of one place (from 0) raised to no less than `least`."""
    raised = chances.copy()
    raised[place] = max(raised[place], least)
    return raised
