"""How Stitch decides, beyond what the data says: the settings of one resolution, with the defaults that ship.

Which table is stitched and what its fields mean is in `semantics`; nothing here is chosen for a data set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from heap_assets.errors import SettingsError

KINDS = ("exact", "text", "code", "date", "phone")
DEFAULT = "default"
CERTAIN = 40.0
HIGH = 2.0
"""Where class 3 begins, in bits, unless the model says that it may begin lower (`promises`): probability .8."""
UNNAMED_HIGH = 4.25
"""Where class 3 begins for a pair of which one side has no given name: .95, for a contact may be a family's."""


def bits_of_class(high: float = HIGH) -> tuple[float, ...]:
    """Where each class from 0 begins, in bits: probability 0, .01, .2, that of `high`, and .99; class 5 is certain."""
    return (-30.0, -6.63, -2.0, high, 6.63, CERTAIN)


class Classifier(StrEnum):
    """What is asked first where an equal foreign key meets a conflicting separation key (amperity_behaviour.md 6.6)."""

    FK_FIRST = "general-ordinal-fk-priority"
    SK_FIRST = "general-ordinal-sk-priority"


class Test(StrEnum):
    """What a rule may ask of one field of two records; a missing value answers no question."""

    MATCH = "values match"
    ALIKE = "values approximately match"
    DIFFER = "values differ"
    UNLIKE = "values significantly differ"


@dataclass(frozen=True)
class Condition:
    """One question about one field, by its column: `given`, `birthdate`, `x_member_code`."""

    field: str
    test: Test


@dataclass(frozen=True)
class Rule:
    """Records that meet every condition are one person, or (`separate`) two; the first rule that fits decides."""

    conditions: tuple[Condition, ...]
    separate: bool = False


@dataclass(frozen=True)
class Strategy:
    """Records that share every key are compared; `given-name[3]` is the first three letters of a semantic.

    A block of more than `cap` records is refined or dropped. With an `allowance` the smallest blocks are taken until
    that many pairs are used up, as a share of the representatives and a number: (1.5, 20000) is 1.5 n + 20,000.
    """

    name: str
    keys: tuple[str, ...]
    cap: int | None = None
    allowance: tuple[float, int] | None = None


@dataclass(frozen=True)
class StitchOptions:
    """One resolution's settings.

    `threshold` is the least score that joins (1 to 5, a class and its strength); `high`, the bits where class 3
    begins, is the model's to say; `kinds` says how custom semantics are compared, by name without `x_`; `strategies`
    names Amperity's strategies and adds own ones (None: the shipped default); `model_decides` False leaves pairs that
    no rule speaks of apart; `staple` gives a record without a name to the only person of its contact; `hard_suffix`
    makes unlike generational suffixes two people.
    """

    threshold: float = 3
    high: float = HIGH
    kinds: Mapping[str, str] = field(default_factory=dict)
    classifier: Classifier = Classifier.FK_FIRST
    strategies: tuple[str | Strategy, ...] | None = None
    block_cap: int = 300
    fk_block_cap: int = 1000
    component_cap: int = 400
    every_pair_up_to: int = 1500
    rules: tuple[Rule, ...] = ()
    model_decides: bool = True
    staple: bool = True
    hard_suffix: bool = True
    drift_bound: float = 0.25

    def __post_init__(self) -> None:
        """SettingsError where a value is not one of those allowed."""
        if not 1 <= self.threshold <= 5:
            raise SettingsError(f"stitch.threshold is {self.threshold}", todo="Give a score from 1 to 5.")
        for name, kind in self.kinds.items():
            if kind not in KINDS:
                raise SettingsError(f"stitch.compare.{name} is {kind}", todo=f"Give one of {', '.join(KINDS)}.")

    @property
    def every_pair(self) -> int:
        """Up to how many representatives every pair is compared: none where somebody has left the default out."""
        default = self.strategies is None or DEFAULT in self.strategies
        return self.every_pair_up_to if default else 0

    @property
    def bits(self) -> float:
        """The least score in bits that joins two representatives."""
        digit = min(int(self.threshold), 4)
        low, above = bits_of_class(self.high)[digit : digit + 2]
        return low + (self.threshold - digit) * (above - low)
