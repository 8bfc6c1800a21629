"""People as they are, by household: names, births, e-mails, phones, homes; how systems write them: `crm`, `users`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from heap_assets.sample import vocabulary as words
from heap_assets.sample.draws import singles
from heap_assets.sample.world import World

_YEAR = 2026
"""Ages are as of this year, whenever the sample is set."""


@dataclass(frozen=True, slots=True)
class Address:
    """One postal address; `place` is the index into `vocabulary.PLACES`."""

    street: str
    place: int
    postal: str

    @property
    def city(self) -> str:
        """The city's name."""
        return words.PLACES[self.place][0]

    @property
    def state(self) -> str:
        """The state's two letters."""
        return words.PLACES[self.place][1]


@dataclass(frozen=True, slots=True)
class Person:
    """One human being; `phone` is ten digits, `email_shared` says that it is another member's."""

    number: int
    household: int
    given: str
    surname: str
    suffix: str
    gender: str
    birthdate: date
    email: str
    email_shared: bool
    phone: str
    address: Address


def people(world: World, count: int) -> list[Person]:
    """Return `count` people in households; the last household may lack members."""
    chance, taken, found = singles(world, "people"), set[str](), list[Person]()
    household = 0
    while len(found) < count:
        found.extend(_household(world, chance, household, len(found), taken))
        household += 1
    return found[:count]


def new_address(chance: random.Random, place: int | None = None) -> Address:
    """Return a random address, in the given place if one is named."""
    where = chance.randrange(len(words.PLACES)) if place is None else place
    street = f"{chance.randrange(1, 9_900)} {chance.choice(words.STREETS)} {chance.choice(words.STREET_TYPES)}"
    if chance.random() < 0.2:
        street += f", Apt {chance.randrange(1, 60)}{chance.choice(('', 'A', 'B'))}"
    return Address(street, where, f"{words.PLACES[where][2]}{chance.randrange(100):02d}")


def new_phone(chance: random.Random, place: int) -> str:
    """Return ten digits of a North American number in the area code of the place; 555 marks it as fictional."""
    return f"{words.PLACES[place][3]}{chance.randrange(200, 1_000):03d}{chance.randrange(10_000):04d}"


def _household(world: World, chance: random.Random, number: int, first: int, taken: set[str]) -> Iterator[Person]:
    """Yield the members of one household, oldest first; all share the address."""
    size = chance.choices(range(1, len(world.household_sizes) + 1), world.household_sizes)[0]
    address = new_address(chance)
    landline = new_phone(chance, address.place)
    head_email = ""
    for offset, draft in enumerate(_members(world, chance, size)):
        shared = offset > 0 and chance.random() < world.shared_email_share
        email = head_email if shared else _new_email(chance, draft, taken)
        head_email = head_email or email
        at_home = size > 1 and chance.random() < world.landline_share
        phone = landline if at_home else new_phone(chance, address.place)
        yield replace(
            draft,
            number=first + offset,
            household=number,
            email=email,
            email_shared=shared,
            phone=phone,
            address=address,
        )


def _members(world: World, chance: random.Random, size: int) -> list[Person]:
    """Return the people of a household with names, suffix, gender and birthdate only."""
    adult = _adult(chance, chance.randrange(30, 75), _surname(chance))
    if size == 1:
        return [adult]
    kind = chance.random()
    if kind < world.namesake_share:
        pair = _namesakes(chance, adult)
    elif kind < world.namesake_share + world.twins_share:
        pair = _twins(chance, adult)
    else:
        other = _surname(chance) if chance.random() < world.other_surname_share else adult.surname
        pair = [adult, _adult(chance, _YEAR - adult.birthdate.year + chance.randrange(-6, 7), other)]
    grown = [_adult(chance, chance.randrange(18, 30), adult.surname) for _ in range(size - 2)]
    return pair + [child for child in grown if child.given not in {member.given for member in pair}]


def _adult(chance: random.Random, age: int, surname: str) -> Person:
    gender = chance.choice("FM")
    names = words.GIVEN_NAMES[gender]
    given = names[int(len(names) * chance.random() ** 1.5)]
    born = date(_YEAR - age, 1, 1) + timedelta(days=chance.randrange(365))
    nowhere = Address("", 0, "")
    return Person(0, 0, given, surname, "", gender, born, "", False, "", nowhere)


def _namesakes(chance: random.Random, father: Person) -> list[Person]:
    """Return father and son of one name: only suffix and birthdate tell them apart."""
    son = replace(
        father,
        gender="M",
        given=chance.choice(words.GIVEN_NAMES["M"]),
        suffix="Jr",
        birthdate=date(1986, 1, 1) + timedelta(days=chance.randrange(7_000)),
    )
    born = son.birthdate - timedelta(days=chance.randrange(8_000, 12_500))
    return [replace(son, suffix="Sr", birthdate=born), son]


def _twins(chance: random.Random, first: Person) -> list[Person]:
    """Return siblings of one birthdate and surname and of two given names."""
    names = [name for name in words.GIVEN_NAMES[first.gender] if name != first.given]
    return [first, replace(first, given=chance.choice(names))]


def _surname(chance: random.Random) -> str:
    return words.SURNAMES[int(len(words.SURNAMES) * chance.random() ** 2)]


def _new_email(chance: random.Random, person: Person, taken: set[str]) -> str:
    """Return an address that nobody has yet, made of the person's name."""
    given, surname = words.plain(person.given), words.plain(person.surname)
    user = chance.choice((f"{given}.{surname}", f"{given}{surname}", f"{given[0]}{surname}", f"{surname}.{given}"))
    domain = words.MAIL_DOMAINS[int(len(words.MAIL_DOMAINS) * chance.random() ** 2)]
    email = f"{user}@{domain}"
    while email in taken:
        email = f"{user}{chance.randrange(10, 100_000)}@{domain}"
    taken.add(email)
    return email
