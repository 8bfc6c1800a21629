"""What people have: homes, telephones and mailboxes, and how often they change or share them. Who they are: `population`."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.sample import vocabulary

from .inventory import Inventory

ROLES = ("alone", "couple", "child", "namesakes", "twin", "flatmate")
CHILD, NAMESAKES, TWIN, FLATMATE = 2, 3, 4, 5


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
    shared_mailbox: float = 0.10
    """Partners and children who write from another member's mailbox."""
    landline: float = 0.40
    work_email: float = 0.22
    old_email: float = 0.20
    new_phone: float = 0.20
    nickname: float = 0.28
    foreign: float = 0.0


@dataclass
class Addresses:
    """Street, house, unit and city by index."""

    street: np.ndarray
    house: np.ndarray
    unit: np.ndarray
    city: np.ndarray
    postal: np.ndarray


@dataclass
class Seats:
    """People while they are made: one entry a person; `first` is the place of the home's first member."""

    kind: np.ndarray
    slot: np.ndarray
    home: np.ndarray
    first: np.ndarray
    role: np.ndarray
    country: np.ndarray
    female: np.ndarray
    given: np.ndarray
    born: np.ndarray

    def __len__(self) -> int:
        return len(self.home)


def addresses_of(seats: Seats, words: Inventory, rates: Rates, chance: np.random.Generator):
    """Homes as they are and were; children who leave get one of their own. The index of a home is its address."""
    home, count = seats.home, len(seats)
    homes = int(home[-1]) + 1
    nation = seats.country[np.searchsorted(home, np.arange(homes))]
    leaves = (seats.role == CHILD) & (chance.random(count) < rates.left_home)
    total = 2 * homes + int(leaves.sum())
    nations = np.concatenate([nation, nation, seats.country[leaves]])
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


def phones(words: Inventory, city: np.ndarray, country: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """National numbers as integers: area code and digits. US exchanges begin with 2 to 9."""
    area = np.array([int(code) for code in words.city_area])[city]
    digits = np.array([7 if c is None else c.phone[2] for c in words.countries])[country]
    local = chance.integers(2_000_000, 9_999_999, len(city))
    return area * 10**digits + local * 10 ** (digits - 7) + chance.integers(0, 10, len(city)) * (digits > 7)


def sometimes(share: float, count: int, chance: np.random.Generator) -> np.ndarray:
    """A moment for those to whom it happens, 0 for the others."""
    return np.where(chance.random(count) < share, chance.random(count), 0.0)


def mailboxes(seats: Seats, surname: np.ndarray, maiden: np.ndarray, words: Inventory, rates: Rates, chance):
    """Private, work and former address of each person; members may share the first one's."""
    count = len(seats)
    first, last = words.given.plain().take(pa.array(seats.given)), words.surnames.plain()
    early = (maiden >= 0) & (chance.random(count) < 0.5)
    local = _local_parts(first, last.take(pa.array(np.where(early, maiden, surname))), seats.born, chance)
    both = _unique(pa.chunked_array([local, local]).combine_chunks(), _domains(2 * count, chance))
    private, old = both.slice(0, count), both.slice(count)
    company = pc.cast(pa.array(chance.integers(0, max(40, count // 25), count)), pa.string())
    work_local = pc.binary_join_element_wise(first, last.take(pa.array(surname)), ".")
    work = _unique(work_local, pc.binary_join_element_wise("firm", company, ".example.com", ""))
    shares = (seats.slot > 0) & (seats.role != FLATMATE) & (chance.random(count) < rates.shared_mailbox)
    whose = np.where(shares, seats.first, np.arange(count))
    employed = pa.array(chance.random(count) < rates.work_email)
    return private.take(pa.array(whose)), pc.if_else(employed, work, pa.scalar(None, pa.string())), old


def _local_parts(first: pa.Array, family: pa.Array, born: np.ndarray, chance: np.random.Generator) -> pa.Array:
    """What stands before the @: the name in one of six styles, bare or with a year or number behind it."""
    count = len(first)
    style = chance.integers(0, 6, count)
    initial = pc.utf8_slice_codeunits(first, 0, 1)
    styles = (
        (first, family, "."), (first, family, ""), (initial, family, ""), (family, first, "."), (first, initial, ""),
        (first, family, "_"),
    )  # fmt: skip
    local = pc.choose(pa.array(style), *(pc.binary_join_element_wise(*parts) for parts in styles))
    year = pc.utf8_slice_codeunits(pc.cast(pa.array(1970 + born // 365), pa.string()), 2, 4)
    number = pc.cast(pa.array(chance.integers(1, 999, count)), pa.string())
    behind = np.where(style == 4, 2, chance.choice(3, count, p=[0.45, 0.25, 0.3]))
    tail = pc.choose(pa.array(behind), pa.array([""] * count), year, number)
    return pc.binary_join_element_wise(local, tail, "")


def _domains(count: int, chance: np.random.Generator) -> pa.Array:
    names = vocabulary.MAIL_DOMAINS[:8]
    return pa.array(names).take(
        pa.array(np.minimum((len(names) * chance.random(count) ** 1.7).astype(int), len(names) - 1))
    )


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
