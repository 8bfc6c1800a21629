"""Every name, street and city that people are made of, as indexed columns: drawn by number, written in one of three forms.

US names and their frequencies are those of the 1990 census, in the package `names`; others stand in `foreign`.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa

from heap_assets.sample import vocabulary

from .foreign import COUNTRIES, Country, Forms

FORMS = 3


@dataclass
class Words:
    """One kind of word: its forms side by side, and by group (country, or country and gender) who draws which."""

    forms: list[list[str]] = field(default_factory=lambda: [[] for _ in range(FORMS)])
    groups: dict[object, tuple[int, np.ndarray]] = field(default_factory=dict)
    _made: dict[str, pa.Array] = field(default_factory=dict)

    def add(self, group: object, words: list[Forms], shares: np.ndarray) -> None:
        """Add the words of a group with the share of each in it."""
        self.groups[group] = (len(self.forms[0]), np.cumsum(shares / shares.sum()))
        for word in words:
            for form, text in zip(self.forms, word, strict=True):
                form.append(text[:1].upper() + text[1:])

    def draw(self, group: object, count: int, chance: np.random.Generator) -> np.ndarray:
        """Indices of `count` words of the group, as frequent as they are."""
        start, shares = self.groups[group]
        return start + np.minimum(np.searchsorted(shares, chance.random(count)), len(shares) - 1)

    @property
    def size(self) -> int:
        """How many words there are, whatever their form."""
        return len(self.forms[0])

    def column(self) -> pa.Array:
        """All forms one behind the other: word `w` in form `f` stands at `f * size + w`."""
        if "column" not in self._made:
            self._made["column"] = pa.array([text for form in self.forms for text in form])
        return self._made["column"]

    def plain(self) -> pa.Array:
        """How each word looks in an e-mail address; by the middle form, which is Latin."""
        if "plain" not in self._made:
            self._made["plain"] = pa.array([vocabulary.plain(text) or "x" for text in self.forms[1]])
        return self._made["plain"]


@dataclass(frozen=True)
class Inventory:
    """All words; `nickname_of` maps a given name's index to indices of its nicknames."""

    given: Words
    surnames: Words
    streets: Words
    cities: Words
    city_postal: list[str]
    city_area: list[str]
    nickname_of: dict[int, list[int]]
    countries: tuple[Country | None, ...]
    """Country 0 is the United States."""


@cache
def inventory() -> Inventory:
    """The one inventory of all variants: the same names, whatever is drawn of them."""
    given, surnames, streets, cities = Words(), Words(), Words(), Words()
    for gender, file in (("F", "dist.female.first"), ("M", "dist.male.first")):
        words, shares = _census(file, 4_300)
        given.add((0, gender), *_with_rare(words, shares, gender))
    surnames.add(0, *_census("dist.all.last", 88_799))
    _american_streets(streets, surnames)
    places = vocabulary.PLACES
    cities.add(0, [_same(city) for city, *_ in places], _falling(len(places)))
    postal, area = [place[2] for place in places], [place[3] for place in places]
    for number, country in enumerate(COUNTRIES, 1):
        for gender in "FM":
            given.add((number, gender), list(country.given[gender]), _falling(len(country.given[gender])))
        surnames.add(number, list(country.surnames), _falling(len(country.surnames)))
        streets.add(number, list(country.streets), _falling(len(country.streets)))
        cities.add(number, [forms for forms, _ in country.cities], _falling(len(country.cities)))
        postal += [digits for _, digits in country.cities]
        area += [country.phone[1][place % len(country.phone[1])] for place in range(len(country.cities))]
    nicknames = _nicknames(given)
    return Inventory(given, surnames, streets, cities, postal, area, nicknames, (None, *COUNTRIES))


def _same(word: str) -> Forms:
    return (word, word, word)


def _falling(count: int) -> np.ndarray:
    """Shares by rank, for words whose frequency is not known."""
    return 1 / (np.arange(count) + 3.0)


def _census(file: str, most: int) -> tuple[list[Forms], np.ndarray]:
    """Names of a census file, commonest first, with their shares among all."""
    try:
        import names
    except ImportError:
        raise SystemExit("The customers of this benchmark need the census lists of: pip install names") from None
    found, shares = [], []
    for line in (Path(names.__file__).parent / file).read_text(encoding="ascii").splitlines()[:most]:
        name, share, *_ = line.split()
        found.append(_same(_cased(name)))
        shares.append(max(float(share), 0.0004))
    return found, np.array(shares)


def _cased(name: str) -> str:
    word = name.capitalize()
    return "Mc" + word[2:].capitalize() if word.startswith("Mc") and len(word) > 4 else word


def _with_rare(words: list[Forms], shares: np.ndarray, gender: str) -> tuple[list[Forms], np.ndarray]:
    """Add names that stand in no list: 4 % of people have one."""
    ends = {"F": ("yah", "ella", "issa", "ona", "eigh"), "M": ("ron", "vius", "den", "kai", "mir")}[gender]
    fronts = ("Ja", "Ke", "La", "Sha", "Tre", "Zai", "Bre", "Dar", "Mo", "Xan", "Ny", "Ori", "Qua", "Ely", "Tav", "Ash")
    rare = [_same(front + middle + end) for front in fronts for middle in ("", "l", "n", "r", "v") for end in ends]
    return words + rare, np.append(shares, np.full(len(rare), 0.04 * shares.sum() / len(rare)))


def _american_streets(streets: Words, surnames: Words) -> None:
    """Streets of the sample's world and streets named after people, each with its type long, short and in capitals."""
    long = {
        "St": "Street",
        "Ave": "Avenue",
        "Rd": "Road",
        "Dr": "Drive",
        "Ln": "Lane",
        "Blvd": "Boulevard",
        "Ct": "Court",
    }
    named = [*vocabulary.STREETS, *surnames.forms[0][:600]]
    forms = [
        (f"{name} {short}", f"{name} {whole}", f"{name} {short}".upper())
        for short, whole in long.items()
        for name in named
    ]
    weights = np.array([1 / (rank % len(named) + 12.0) for rank in range(len(forms))])
    streets.add(0, forms, weights)


def _nicknames(given: Words) -> dict[int, list[int]]:
    """Nicknames of US names: of the list that ships, and for every third name without one its beginning (Taw, Tawny)."""
    shorts: dict[str, list[str]] = {}
    for row in (files("heap_assets.stitch") / "data" / "nicknames.csv").read_text(encoding="utf-8").splitlines()[1:]:
        name, short = row.lower().split(",")
        if len(short) > 1:
            shorts.setdefault(name, []).append(short)
    known = {name.lower(): place for place, name in reversed(list(enumerate(given.forms[0])))}
    found, added = {}, []
    for place, name in enumerate(list(given.forms[0])):
        own = shorts.get(name.lower(), [name[:3], f"{name[:3]}y"] if len(name) > 5 and place % 3 == 0 else [])
        for short in (word.lower() for word in own):
            if short not in known:
                known[short] = given.size + len(added)
                added.append(_same(short.capitalize()))
        if own:
            found[place] = [known[word.lower()] for word in own]
    given.add("nicknames", added, np.ones(len(added)))
    return found
