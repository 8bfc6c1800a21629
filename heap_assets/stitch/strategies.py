"""By what keys records are brought together to be compared: Amperity's strategies by name, and those that ship besides.

What a key is made of is written as in the settings: `given-name[3]` is the first three letters of a semantic. How
blocks are cut to size is in `blocking`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from heap_assets.errors import SettingsError
from heap_assets.stitch.fields import COLUMN_OF, FILLED, Layout
from heap_assets.stitch.options import DEFAULT, StitchOptions, Strategy

SMALL = 300_000
MOST_STRATEGIES = 63
"""Each is a bit of a pair's `found`, a whole number with a sign."""
FEW = 5_000
"""Up to here weak keys are tried beside e-mails and phones too: chance grows with the square of the number."""
RARE = 5
"""A full name of few people is evidence, and a common one switches itself off as data grows."""
_PART = re.compile(r"([a-z0-9_-]+)(?:\[(\d+)\])?")
_COLUMNS = COLUMN_OF | {
    "email-local": "local",
    "birth-year": "birthdate[4]",
    "email-login": "local[5]",
}

AMPERITY = {
    "dnf1": ("given-name[3]", "surname[1]", "birthdate"),
    "dnf2": ("given-name", "email"),
    "dnf3": ("given-name[3]", "surname[3]", "postal"),
    "dnf4": ("given-name[3]", "address"),
    "dnf5": ("given-name[3]", "phone"),
    "dnf6": ("given-name[3]", "surname[3]", "email-local"),
    "dnf7": ("given-name[3]", "company"),
    "dnf8": ("given-name[3]", "surname[3]", "po-box"),
    "dnf9": ("surname[3]", "address"),
    "dnf10": ("phone", "postal"),
    "email": ("email",),
    "phone": ("phone",),
    "name": ("name",),
    "address": ("address",),
    "company": ("company",),
    "login-partial": ("email-local",),
    "login-trimmed": ("email-login",),
}
"""amperity_behaviour.md 6.5; `fk` is no block but a join, and `bk-<label>` is the column of that key."""

_SMALL = {
    "given-birthdate": ("given-name", "birthdate"),
    "initials-year": ("given-name[2]", "surname[2]", "birth-year"),
    "postal-surname": ("postal", "surname"),
    "area-birthdate": ("postal[3]", "birthdate"),
    "birthdate": ("birthdate",),
    "address": ("address",),
}
_ALONE = {"given": ("given-name",), "surname": ("surname",), "postal": ("postal",)}
_IN_PAIRS = {"given3": "given-name[3]", "surname3": "surname[3]", "year": "birth-year"}
_IN_PAIRS |= {"postal": "postal", "city": "city"}
"""Weak keys: any two of these parts, and of custom texts, and some alone. Beside e-mails and phones they find next to
nothing, and bring masses of pairs alike by chance; without them whatever two records share may be all they do."""
_MOST_TEXTS = 3
"""Custom texts that are taken in pairs: as many as leave strategies enough of a whole number's bits."""


@dataclass(frozen=True)
class Part:
    """One piece of a key: a column of `representatives`, or its first letters."""

    column: str
    letters: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Part":
        """`postal[3]` as a part; SettingsError where it is written otherwise."""
        found = _PART.fullmatch(text.strip())
        if not found:
            raise SettingsError(f"a blocking key is written {text!r}", todo="Write `given-name` or `given-name[3]`.")
        name = _COLUMNS.get(found[1], found[1].replace("-", "_"))
        inner = _PART.fullmatch(name)
        column, letters = (inner[1], inner[2]) if inner and inner[2] else (name, found[2])
        return cls(column, int(letters) if letters else None)

    def columns(self) -> tuple[str, ...]:
        """The standardised columns that it needs."""
        return {"local": ("email",), "name": ("given", "surname")}.get(self.column, (self.column,))


def strategies_of(layout: Layout, options: StitchOptions, count: int) -> list[Strategy]:
    """The strategies that `count` representatives of this layout are blocked by: those whose every column is there."""
    chosen: list[Strategy] = []
    for one in (DEFAULT,) if options.strategies is None else options.strategies:
        chosen += _shipped(layout, count) if one == DEFAULT else [_named(one, layout)] if one != "fk" else []
    held = [one for one in chosen if all(layout.has(*Part.parse(key).columns()) for key in one.keys)]
    return _no_more_than_bits(list({one.name: one for one in held}.values()))


def _no_more_than_bits(strategies: list[Strategy]) -> list[Strategy]:
    """As many as a pair can name, the last of the weak ones left out; SettingsError where the others are too many."""
    spare = len(strategies) - MOST_STRATEGIES
    weak = [one for one in strategies if one.allowance]
    if spare > len(weak):
        raise SettingsError(
            f"stitch.blocking_strategies are {len(strategies)}", todo=f"At most {MOST_STRATEGIES} can be used at once."
        )
    left_out = {one.name for one in weak[len(weak) - max(spare, 0) :]}
    return [one for one in strategies if one.name not in left_out]


def blocked_columns(layout: Layout, options: StitchOptions) -> set[str]:
    """Columns that some strategy takes a key from, however many representatives there are."""
    chosen = strategies_of(layout, options, 0)
    return {column for one in chosen for key in one.keys for column in Part.parse(key).columns()}


def _weak(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    parts = _IN_PAIRS | {name: name for name in texts[:_MOST_TEXTS]}
    return _ALONE | {f"{one}-{other}": (parts[one], parts[other]) for one, other in combinations(parts, 2)}


def _named(wanted: str | Strategy, layout: Layout) -> Strategy:
    if isinstance(wanted, Strategy):
        return wanted
    if wanted.startswith("bk-"):
        return Strategy(wanted, (wanted,))
    if wanted in AMPERITY:
        return Strategy(wanted, AMPERITY[wanted])
    shipped = {one.name: one for one in _shipped(layout, 0)}
    if wanted not in shipped:
        known = ", ".join(sorted({*AMPERITY, *shipped, "fk", "bk-<label>"}))
        raise SettingsError(
            f"stitch.blocking_strategies names {wanted!r}", todo=f"Known: {known}; or give name and keys."
        )
    return shipped[wanted]


def _shipped(layout: Layout, count: int) -> Iterable[Strategy]:
    """The default (stitch_method 9): always, within an allowance, and what only small data can afford.

    Where e-mail or phone are filled, keys that many strangers share by chance bring next to nothing but cost: they have
    little room. Without them weak keys are all there is, and what is small is ten times as much.
    """
    custom = {one.name: one.kind for one in layout.fields if not one.built_in and one.modelled}
    contacts = any(layout.filled.get(name, 0) >= share * count for name, share in FILLED.items())
    by_chance = (0.1, 20_000) if contacts else None
    yield from (Strategy(name, AMPERITY[name]) for name in ("email", "phone", "dnf3", "dnf4", "dnf6", "dnf7", "dnf8"))
    yield Strategy("dnf1", AMPERITY["dnf1"], allowance=by_chance)
    yield Strategy("surname-birthdate", ("surname", "birthdate"), allowance=by_chance)
    yield Strategy("given-surname-city", ("given-name", "surname", "city"))
    yield from (Strategy(key.replace("_", "-"), (key,)) for key in layout.keys("bk_"))
    yield from (Strategy(name, (name,)) for name, kind in custom.items() if kind in ("code", "phone"))
    wide = (0.9, 60_000) if 0.6 * count > 40_000 else (1.5, 20_000)
    texts = [name for name, kind in custom.items() if kind == "text"]
    yield Strategy("login-partial", AMPERITY["login-partial"], allowance=wide)
    yield Strategy("given-surname", ("given-name", "surname"), cap=RARE if contacts else None, allowance=wide)
    yield from (Strategy(f"surname-{name}", ("surname", name), allowance=wide) for name in texts)
    limit = SMALL if contacts else 10 * SMALL
    if count >= limit:
        return
    room = int(110_000 * (limit - count) / (limit - 60_000))
    more = 1 if contacts else 2
    small = (more * 1.5, more * 20_000) if 1.5 * count + 20_000 <= room else (0.0, more * room)
    yield from (Strategy(name, keys, allowance=small) for name, keys in _SMALL.items())
    if not contacts or count <= FEW:
        yield from (Strategy(name, keys, allowance=small) for name, keys in _weak(texts).items())
    yield from (Strategy(f"birthdate-{name}", ("birthdate", name), allowance=small) for name in texts)
    yield from (Strategy(f"given-year-{name}", ("given-name", "birth-year", name), allowance=small) for name in texts)
    exact = [name for name, kind in custom.items() if kind == "exact"]
    yield from (Strategy(f"names-{name}", ("given-name[3]", "surname[3]", name), allowance=small) for name in exact)
