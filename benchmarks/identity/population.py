"""People as they are: homes, families, births, names. What they have: `belongings`; how they are written: `records`."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .belongings import FLATMATE, NAMESAKES, TWIN, Addresses, Rates, Seats, addresses_of, mailboxes, phones, sometimes
from .inventory import Inventory, inventory

SLOTS = 6
"""Most people of one home."""


@dataclass
class People:
    """One entry a person in every array, in the order of their homes; -1 in an index is `none`."""

    home: np.ndarray
    role: np.ndarray
    country: np.ndarray
    given: np.ndarray
    nickname: np.ndarray
    middle: np.ndarray
    surname: np.ndarray
    second_surname: np.ndarray
    maiden: np.ndarray
    married_at: np.ndarray
    suffix: np.ndarray
    female: np.ndarray
    born: np.ndarray
    address: np.ndarray
    old_address: np.ndarray
    moved_at: np.ndarray
    email: pa.Array
    work_email: pa.Array
    old_email: pa.Array
    changed_email_at: np.ndarray
    phone: np.ndarray
    old_phone: np.ndarray
    changed_phone_at: np.ndarray
    landline: np.ndarray

    def __len__(self) -> int:
        return len(self.home)


def populate(rates: Rates, homes: int, chance: np.random.Generator) -> tuple[People, Addresses]:
    """People of so many homes. Times of change lie in [0, 1): what is written before shows what was before."""
    words = inventory()
    seats = _seated(words, rates, homes, chance)
    count, country = len(seats), seats.country
    surname, second, maiden = _surnames(seats, words, rates, chance)
    addresses, here, before, moved_at = addresses_of(seats, words, rates, chance)
    city = addresses.city[here]
    wired = (chance.random(homes) < rates.landline)[seats.home]
    private, work, old = mailboxes(seats, surname, maiden, words, rates, chance)
    middle = _drawn(words.given, country, seats.female, chance)
    people = People(
        home=seats.home, role=seats.role, country=country, given=seats.given,
        nickname=_nickname(words, rates, seats.given, chance),
        middle=np.where(chance.random(count) < 0.6, middle, -1),
        surname=surname, second_surname=second, maiden=maiden,
        married_at=np.where(maiden >= 0, chance.random(count), 0.0),
        suffix=_suffixes(seats, chance),
        female=seats.female, born=seats.born, address=here, old_address=before, moved_at=moved_at,
        email=private, work_email=work, old_email=old,
        changed_email_at=sometimes(rates.old_email, count, chance),
        phone=phones(words, city, country, chance), old_phone=phones(words, city, country, chance),
        changed_phone_at=sometimes(rates.new_phone, count, chance),
        landline=np.where(wired, phones(words, city, country, chance)[seats.first], -1),
    )  # fmt: skip
    return people, addresses


def _seated(words: Inventory, rates: Rates, homes: int, chance: np.random.Generator) -> Seats:
    """Everyone's place in a home, gender, given name and birth."""
    kind, member = _homes(rates, homes, chance)
    home, slot = np.nonzero(member)
    kind = kind[home]
    abroad = chance.random(homes) < rates.foreign
    country = np.where(abroad, chance.integers(1, len(words.countries), homes), 0)[home]
    female = _genders(kind, slot, home, chance)
    given, born = _drawn(words.given, country, female, chance), _births(kind, slot, home, chance)
    seats = Seats(kind, slot, home, np.searchsorted(home, home), _roles(kind, slot), country, female, given, born)
    _make_alike(seats, words, chance)
    return seats


def _homes(rates: Rates, homes: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Kind of each home (index into `ROLES` of its first child, partner ...) and which of its slots are filled."""
    shares = np.array(
        [rates.alone, rates.couple, rates.family, rates.namesakes, rates.twins, rates.flatmates], dtype=float
    )
    kind = chance.choice(6, homes, p=shares / shares.sum())
    size = np.choose(
        kind,
        [
            np.ones(homes, int),
            np.full(homes, 2),
            chance.choice([2, 3, 4, 5], homes, p=[0.2, 0.4, 0.3, 0.1]),
            chance.choice([2, 3, 4], homes, p=[0.4, 0.4, 0.2]),
            chance.choice([3, 4], homes, p=[0.3, 0.7]),
            chance.choice([2, 3], homes, p=[0.7, 0.3]),
        ],
    )
    return kind, np.arange(SLOTS) < size[:, None]


def _roles(kind: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """What a person is in the home: an index into `ROLES`. Twins are slots 1 and 2, namesakes 0 and 1."""
    adult = np.where((kind == 0), 0, np.where(kind == 5, 5, 1))
    child = ((kind == 2) | (kind == 3) | (kind == 4)) & (slot >= 2)
    role = np.where(child, 2, adult)
    role = np.where((kind == 3) & (slot < 2), 3, role)
    return np.where((kind == 4) & ((slot == 1) | (slot == 2)), 4, role)


def _genders(kind: np.ndarray, slot: np.ndarray, home: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    female = chance.random(len(home)) < 0.5
    head = female[np.searchsorted(home, home)]
    partner = (slot == 1) & ((kind == 1) | (kind == 2))
    female &= ~((kind == NAMESAKES) & (slot == 0) & (chance.random(len(home)) < 0.8))
    return np.where(partner & (chance.random(len(home)) < 0.96), ~head, female)


def _drawn(words, country: np.ndarray, female: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """A name for each person, by country and gender."""
    found = np.zeros(len(country), dtype=np.int64)
    for number in np.unique(country):
        for gender in "FM":
            here = (country == number) & (female == (gender == "F"))
            found[here] = words.draw((int(number), gender), int(here.sum()), chance)
    return found


def _births(kind: np.ndarray, slot: np.ndarray, home: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Days since 1970: partners within some years, children 20 to 40 years behind the head."""
    count = len(home)
    head = (-365.25 * (chance.triangular(25, 42, 85, count) - 56)).astype(int)[np.searchsorted(home, home)]
    partner = head + (chance.normal(0, 4, count) * 365).astype(int)
    child = head + (chance.uniform(19, 40, count) * 365).astype(int)
    anyone = (-365.25 * (chance.uniform(20, 45, count) - 56)).astype(int)
    parent = (kind == 2) | (kind == 3) | (kind == 4)
    grown = parent & ((slot >= 2) | ((slot == 1) & (kind >= 3)))
    born = np.where(slot == 0, head, np.where(grown, child, np.where(kind == 5, anyone, partner)))
    youngest = 14_600 - chance.integers(0, 3_000, count)
    return np.where(born > 14_600, youngest, born)


def _make_alike(seats: Seats, words: Inventory, chance: np.random.Generator) -> None:
    """Sons get their father's name, twins their birthdate, and every third pair of twins names of one beginning."""
    son = (seats.role == NAMESAKES) & (seats.slot == 1)
    seats.given = np.where(son, seats.given[seats.first], seats.given)
    seats.female = np.where(son, seats.female[seats.first], seats.female)
    twin = (seats.role == TWIN) & (seats.slot == 2)
    other = np.minimum(seats.first + 1, len(seats) - 1)
    seats.born = np.where(twin, seats.born[other], seats.born)
    names, starts = words.given.forms[0], dict[str, list[int]]()
    for place, name in enumerate(names[:1_200]):
        starts.setdefault(name[:3], []).append(place)
    for person in np.nonzero(twin & (chance.random(len(seats)) < 0.34))[0]:
        like = [
            place
            for place in starts.get(names[seats.given[other[person]]][:3], ())
            if place != seats.given[other[person]]
        ]
        if like:
            seats.given[person] = like[int(chance.integers(len(like)))]
    clash = twin & (seats.given == seats.given[other])
    seats.given[clash] = (seats.given[clash] + 1) % 1_000


def _surnames(seats: Seats, words: Inventory, rates: Rates, chance: np.random.Generator):
    """Surname, second surname (both families', where people have two, or double names) and maiden name."""
    count, country = len(seats), seats.country
    own = np.zeros(count, dtype=np.int64)
    extra = np.zeros(count, dtype=np.int64)
    for number in np.unique(country):
        here = country == number
        own[here] = words.surnames.draw(int(number), int(here.sum()), chance)
        extra[here] = words.surnames.draw(int(number), int(here.sum()), chance)
    head = own[seats.first]
    partner = (seats.slot == 1) & (seats.role == 1)
    keeps = partner & (chance.random(count) < rates.own_surname)
    surname = np.where((seats.role == FLATMATE) | keeps, own, head)
    double = np.array([bool(c and c.two_surnames) for c in words.countries])[country]
    hyphen = partner & ~keeps & (chance.random(count) < 0.04)
    second = np.where(double, extra, np.where(hyphen, own, -1))
    maiden = np.where(partner & seats.female & ~keeps & (chance.random(count) < rates.married_since), own, -1)
    return surname, second, np.where(maiden == surname, -1, maiden)


def _nickname(words: Inventory, rates: Rates, given: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Which nickname a person goes by, if any."""
    found = np.full(len(given), -1, dtype=np.int64)
    for person in np.nonzero(chance.random(len(given)) < rates.nickname)[0]:
        shorts = words.nickname_of.get(int(given[person]))
        if shorts:
            found[person] = shorts[int(chance.integers(len(shorts)) * chance.random())]
    return found


def _suffixes(seats: Seats, chance: np.random.Generator) -> np.ndarray:
    """0 none, 1 Sr, 2 Jr, 3 III: fathers and sons, and some men whose father is no customer."""
    alone = ~seats.female & (seats.role != NAMESAKES) & (chance.random(len(seats)) < 0.012)
    third = chance.random(len(seats)) < 0.2
    named = np.where((seats.role == NAMESAKES) & ~seats.female, np.where(seats.slot == 0, 1, 2), 0)
    return np.where(alone, np.where(third, 3, 2), named)
