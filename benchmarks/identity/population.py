"""People as they are: homes, families, births, moves, marriages, mailboxes and telephones. How they are written: `records`."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from inventory import Inventory, inventory

from heap_assets.sample import vocabulary

SLOTS = 6
"""Most people of one home."""
ROLES = ("alone", "couple", "child", "namesakes", "twin", "flatmate")


@dataclass(frozen=True)
class Rates:
    """How often things happen among people. All are guesses; what is known of real customer files is not public."""

    alone: float = 0.36
    couple: float = 0.24
    family: float = 0.29
    namesakes: float = 0.025
    twins: float = 0.025
    flatmates: float = 0.06
    own_surname: float = 0.24
    """Partners who keep their surname; another 3 % take both."""
    married_since: float = 0.15
    """Wives of the same surname who appear under their maiden name before the wedding."""
    moved: float = 0.18
    left_home: float = 0.25
    """Children who move out."""
    shared_mailbox: float = 0.16
    """Partners and children who write from another member's mailbox."""
    landline: float = 0.40
    work_email: float = 0.22
    old_email: float = 0.20
    new_phone: float = 0.20
    nickname: float = 0.28
    foreign: float = 0.0


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


@dataclass
class Addresses:
    """Street, house, unit and city by index."""

    street: np.ndarray
    house: np.ndarray
    unit: np.ndarray
    city: np.ndarray
    postal: np.ndarray


def populate(rates: Rates, homes: int, chance: np.random.Generator) -> tuple[People, Addresses]:
    """People of so many homes. Times of change lie in [0, 1): what is written before shows what was before."""
    words = inventory()
    kind, member = _homes(rates, homes, chance)
    home, slot = np.nonzero(member)
    kind, count = kind[home], len(home)
    abroad = chance.random(homes) < rates.foreign
    country = np.where(abroad, chance.integers(1, len(words.countries), homes), 0)[home]
    role = _roles(kind, slot)
    female = _genders(kind, slot, home, chance)
    given = _drawn(words.given, country, female, chance)
    born = _births(kind, slot, home, chance)
    given, female, born = _alike(words, role, slot, home, given, female, born, chance)
    surname, second, maiden = _surnames(words, rates, role, slot, home, country, female, chance)
    addresses, here, before, moved_at = _addresses(words, rates, role, slot, home, country, chance)
    phones = _phones(words, addresses.city[here], country, count, chance)
    old_phones = _phones(words, addresses.city[here], country, count, chance)
    wired = (chance.random(homes) < rates.landline)[home]
    line = _phones(words, addresses.city[here], country, count, chance)[np.searchsorted(home, home)]
    private, work, old = _mailboxes(words, rates, role, slot, home, given, surname, maiden, born, chance)
    people = People(
        home=home, role=role, country=country, given=given,
        nickname=_nickname(words, rates, given, chance),
        middle=np.where(chance.random(count) < 0.6, _drawn(words.given, country, female, chance), -1),
        surname=surname, second_surname=second, maiden=maiden,
        married_at=np.where(maiden >= 0, chance.random(count), 0.0),
        suffix=_suffixes(role, slot, female, chance),
        female=female, born=born, address=here, old_address=before, moved_at=moved_at,
        email=private, work_email=work, old_email=old,
        changed_email_at=_sometimes(rates.old_email, count, chance),
        phone=phones, old_phone=old_phones, changed_phone_at=_sometimes(rates.new_phone, count, chance),
        landline=np.where(wired, line, -1),
    )  # fmt: skip
    assert all(len(getattr(people, column.name)) == count for column in fields(people))
    return people, addresses


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
    return np.minimum(born, 14_600)


def _alike(words: Inventory, role, slot, home, given, female, born, chance):
    """Sons get their father's name, twins their birthdate, and every third pair of twins names of one beginning."""
    first = np.searchsorted(home, home)
    son = (role == 3) & (slot == 1)
    given = np.where(son, given[first], given)
    female = np.where(son, female[first], female)
    twin = (role == 4) & (slot == 2)
    other = first + 1
    born = np.where(twin, born[np.minimum(other, len(born) - 1)], born)
    starts: dict[str, list[int]] = {}
    for place, name in enumerate(words.given.forms[0][:1_200]):
        starts.setdefault(name[:3], []).append(place)
    for person in np.nonzero(twin & (chance.random(len(home)) < 0.34))[0]:
        like = [place for place in starts.get(words.given.forms[0][given[other[person]]][:3], ())
                if place != given[other[person]]]  # fmt: skip
        if like:
            given[person] = like[int(chance.integers(len(like)))]
    clash = twin & (given == given[np.minimum(other, len(given) - 1)])
    given[clash] = (given[clash] + 1) % 1_000
    return given, female, born


def _surnames(words: Inventory, rates: Rates, role, slot, home, country, female, chance):
    """Surname, second surname (both families', where people have two, or double names) and maiden name."""
    count = len(home)
    own = np.zeros(count, dtype=np.int64)
    extra = np.zeros(count, dtype=np.int64)
    for number in np.unique(country):
        here = country == number
        own[here] = words.surnames.draw(int(number), int(here.sum()), chance)
        extra[here] = words.surnames.draw(int(number), int(here.sum()), chance)
    head = own[np.searchsorted(home, home)]
    partner = (slot == 1) & (role == 1)
    keeps = partner & (chance.random(count) < rates.own_surname)
    surname = np.where((role == 5) | keeps, own, head)
    double = np.array([bool(c and c.two_surnames) for c in words.countries])[country]
    hyphen = partner & ~keeps & (chance.random(count) < 0.04)
    second = np.where(double, extra, np.where(hyphen, own, -1))
    maiden = np.where(partner & female & ~keeps & (chance.random(count) < rates.married_since), own, -1)
    return surname, second, np.where(maiden == surname, -1, maiden)


def _addresses(words: Inventory, rates: Rates, role, slot, home, country, chance):
    """Homes as they are and were; children who leave get one of their own. The index of a home is its address."""
    homes, count = int(home[-1]) + 1, len(home)
    nation = country[np.searchsorted(home, np.arange(homes))]
    leaves = (role == 2) & (chance.random(count) < rates.left_home)
    total = 2 * homes + int(leaves.sum())
    nations = np.concatenate([nation, nation, country[leaves]])
    street, city = np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.int64)
    for number in np.unique(nations):
        here = nations == number
        street[here] = words.streets.draw(int(number), int(here.sum()), chance)
        city[here] = words.cities.draw(int(number), int(here.sum()), chance)
    near = chance.random(homes) < 0.6
    city[homes : 2 * homes] = np.where(near, city[:homes], city[homes : 2 * homes])
    house = (chance.pareto(0.6, total) * 30 + 1).astype(int) % 9_800 + 1
    unit = np.where(chance.random(total) < 0.22, chance.integers(1, 80, total), 0)
    addresses = Addresses(street, house, unit, city, (street * 7_919 + city * 31) % 100_000)
    now = home.copy()
    now[leaves] = 2 * homes + np.arange(int(leaves.sum()))
    moves = (chance.random(homes) < rates.moved)[home]
    when = chance.random(homes)[home]
    before = np.where(leaves, home, np.where(moves, homes + home, now))
    moved_at = np.where(leaves, chance.random(count), np.where(moves, when, 0.0))
    return addresses, now, before, moved_at


def _phones(words: Inventory, city, country, count: int, chance) -> np.ndarray:
    """National numbers as integers: area code and digits. US exchanges begin with 2 to 9."""
    area = np.array([int(code) for code in words.city_area])[city]
    digits = np.array([7 if c is None else c.phone[2] for c in words.countries])[country]
    local = chance.integers(2_000_000, 9_999_999, count)
    return area * 10**digits + local * 10 ** (digits - 7) + chance.integers(0, 10, count) * (digits > 7)


def _sometimes(share: float, count: int, chance) -> np.ndarray:
    """A moment for those to whom it happens, 0 for the others."""
    return np.where(chance.random(count) < share, chance.random(count), 0.0)


def _mailboxes(words: Inventory, rates: Rates, role, slot, home, given, surname, maiden, born, chance):
    """Private, work and former address of each person; members may share the first one's."""
    count = len(home)
    first, last = words.given.plain().take(pa.array(given)), words.surnames.plain()
    early = (maiden >= 0) & (chance.random(count) < 0.5)
    family = last.take(pa.array(np.where(early, maiden, surname)))
    style = chance.integers(0, 6, count)
    initial = pc.utf8_slice_codeunits(first, 0, 1)
    parts = [
        pc.binary_join_element_wise(first, family, "."), pc.binary_join_element_wise(first, family, ""),
        pc.binary_join_element_wise(initial, family, ""), pc.binary_join_element_wise(family, first, "."),
        pc.binary_join_element_wise(first, initial, ""), pc.binary_join_element_wise(first, family, "_"),
    ]  # fmt: skip
    local = pc.choose(pa.array(style), *parts)
    year = pc.utf8_slice_codeunits(pc.cast(pa.array(1970 + born // 365), pa.string()), 2, 4)
    number = pc.cast(pa.array(chance.integers(1, 999, count)), pa.string())
    tail = pc.choose(pa.array(np.where(style == 4, 2, chance.choice(3, count, p=[0.45, 0.25, 0.3]))), pa.array([""] * count), year, number)
    local = pc.binary_join_element_wise(local, tail, "")
    private = _unique(local, _domains(count, chance))
    old = _unique(local, _domains(count, chance))
    company = chance.integers(0, max(40, count // 25), count)
    work_local = pc.binary_join_element_wise(first, last.take(pa.array(surname)), ".")
    work = _unique(work_local, pc.binary_join_element_wise("firm", pc.cast(pa.array(company), pa.string()), ".example.com", ""))
    shares = (slot > 0) & (role != 5) & (chance.random(count) < rates.shared_mailbox)
    whose = np.where(shares, np.searchsorted(home, home), np.arange(count))
    employed = pa.array(chance.random(count) < rates.work_email)
    return private.take(pa.array(whose)), pc.if_else(employed, work, pa.scalar(None, pa.string())), old


def _domains(count: int, chance) -> pa.Array:
    names = vocabulary.MAIL_DOMAINS[:8]
    return pa.array(names).take(pa.array(np.minimum((len(names) * chance.random(count) ** 1.7).astype(int), len(names) - 1)))


def _unique(local: pa.Array, domain: pa.Array) -> pa.Array:
    """Addresses, no two alike: who comes later gets a number."""
    whole = pc.binary_join_element_wise(local, domain, "@")
    codes = whole.dictionary_encode().indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    start = np.searchsorted(ordered, ordered)
    rank = np.zeros(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes)) - start
    late = pa.array(np.where(rank > 0, rank + 1_000, 0))
    numbered = pc.binary_join_element_wise(local, pc.cast(late, pa.string()), "")
    return pc.if_else(pc.greater(late, 0), pc.binary_join_element_wise(numbered, domain, "@"), whole)


def _nickname(words: Inventory, rates: Rates, given: np.ndarray, chance) -> np.ndarray:
    """Which nickname a person goes by, if any."""
    found = np.full(len(given), -1, dtype=np.int64)
    for person in np.nonzero(chance.random(len(given)) < rates.nickname)[0]:
        shorts = words.nickname_of.get(int(given[person]))
        if shorts:
            found[person] = shorts[int(chance.integers(len(shorts)) * chance.random())]
    return found


def _suffixes(role, slot, female, chance) -> np.ndarray:
    """0 none, 1 Sr, 2 Jr, 3 III: fathers and sons, and some men whose father is no customer."""
    alone = ~female & (role != 3) & (chance.random(len(role)) < 0.012)
    third = chance.random(len(role)) < 0.2
    named = np.where(role == 3, np.where(slot == 0, 1, 2), 0)
    return np.where(alone, np.where(third, 3, 2), named)
