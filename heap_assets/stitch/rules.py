"""What decides before the model: ordered rules, of which the first that fits wins, and separation keys.

A rule asks of levels alone, so it is asked once a distinct vector and not once a pair (amperity_behaviour.md 6.7).
"""

import numpy as np

from heap_assets.errors import SettingsError
from heap_assets.stitch.fields import AREAS, EQUAL_AREAS, OTHER_AREAS, Layout, Levels
from heap_assets.stitch.options import Condition, StitchOptions, Test

MATCHED, UNDECIDED, SEPARATED, UNSPOKEN = 1, 0, -1, -2
Answers = np.ndarray[tuple[int], np.dtype[np.bool_]]

_ALIKE = {
    "given": (1, 2, 3),
    "surname": (1, 2),
    "middle": (1, 2),
    "suffix": (1,),
    "email": (1, 2, 3),
    "phone": (1, 2),
    "birthdate": (1, 2),
    "exact": (1,),
    "text": (1, 2),
    "code": (1, 2),
    "mailbox": (1,),
    "lone_suffix": (1,),
    "date": (1, 2),
    "place": tuple(AREAS * address + area for address in (1, 2) for area in range(AREAS) if area not in OTHER_AREAS),
}
"""Levels that are approximately a match, by kind; what is neither alike nor equal differs significantly."""


def verdicts(
    layout: Layout, options: StitchOptions, levels: Levels, conflicts: Answers
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """By vector: MATCHED or SEPARATED by a rule or a separation key, else UNDECIDED and left to the model, or UNSPOKEN.

    A separation key comes before every rule: whoever declares one means it.
    """
    found = np.full(len(levels), UNDECIDED if options.model_decides else UNSPOKEN, dtype=np.int64)
    for rule in reversed(options.rules):
        fits = np.ones(len(levels), dtype=np.bool_)
        for condition in rule.conditions:
            fits &= _answer(layout, levels, condition)
        found[fits] = SEPARATED if rule.separate else MATCHED
    found[conflicts] = SEPARATED
    return found


def _answer(layout: Layout, levels: Levels, condition: Condition) -> Answers:
    place = layout.index(condition.field)
    if place is None:
        if condition.field in layout.columns or not layout.columns:
            raise SettingsError(
                f"a rule asks of {condition.field!r}, which is not compared", todo="See stitch.compare."
            )
        return np.zeros(len(levels), dtype=np.bool_)
    kind, level = layout.fields[place].kind, levels[:, place]
    equal = np.isin(level, [AREAS + area for area in (0, *EQUAL_AREAS)] if kind == "place" else (1,))
    alike = np.isin(level, _ALIKE[kind])
    there = level > 0
    answers = {Test.MATCH: equal, Test.ALIKE: alike, Test.DIFFER: there & ~equal, Test.UNLIKE: there & ~alike & ~equal}
    return answers[condition.test]
