"""The CRM's dated customer files: people as clerks wrote them down; the people themselves stand in `people`."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from heap_assets.sample import vocabulary as words
from heap_assets.sample.dated import write_rows, written_text
from heap_assets.sample.draws import seed_of, singles
from heap_assets.sample.dumps import set_time
from heap_assets.sample.identify import Population, customer_id
from heap_assets.sample.people import Person, new_address, new_phone
from heap_assets.sample.world import World

COLUMNS = (
    "customer_id", "first_name", "last_name", "suffix", "email", "phone", "address", "city", "state", "postal",
    "birthdate", "gender", "loyalty_id", "updated_at",
)  # fmt: skip

_HOUR = 5
"""Hour of its own day, UTC, at which a file is written."""

Customer = dict[str, str]
"""One line of a file, by column."""


@dataclass(frozen=True)
class CrmFiles:
    """Writes one file a day: all present customers on day 0, then new and changed ones."""

    world: World
    folder: Path
    population: Population

    def write(self) -> int:
        """Write all files; return the number of lines without headers."""
        arrivals, changes = self._history()
        known: dict[int, list[int]] = defaultdict(list)
        lines = 0
        for day in range(self.world.days):
            for index in changes.get(day, ()):
                known[index].append(day)
            today = sorted({*arrivals.get(day, ()), *changes.get(day, ())})
            rows = (self._row(index, known[index], day) for index in today)
            lines += self._write_file(day, rows)
        return lines

    def _history(self) -> tuple[dict[int, list[int]], dict[int, set[int]]]:
        """Return by day the indices of the customers that arrive, and of those that change."""
        chance = singles(self.world, "customer history")
        count = len(self.population.customers)
        later = self.world.crm_new_share * (self.world.days - 1)
        arrival = [chance.randrange(1, self.world.days) if chance.random() < later else 0 for _ in range(count)]
        arrivals: dict[int, list[int]] = defaultdict(list)
        for index, day in enumerate(arrival):
            arrivals[day].append(index)
        changes: dict[int, set[int]] = {}
        for day in range(1, self.world.days):
            drawn = chance.sample(range(count), round(count * self.world.crm_changed_share))
            changes[day] = {index for index in drawn if arrival[index] < day}
        return arrivals, changes

    def _row(self, index: int, changes: list[int], day: int) -> Customer:
        """Return a customer's line as of a day, with all changes so far."""
        person = self.population.named[self.population.customers[index]]
        chance = random.Random(seed_of(self.world, "customer", index))
        row = _written_down(self.world, chance, person) | {"customer_id": customer_id(index)}
        for when in changes:
            _change(random.Random(seed_of(self.world, "change", index, when)), person, row)
        midnight = datetime.combine(self.world.first_day + timedelta(days=day), time(), UTC)
        written = midnight + timedelta(hours=_HOUR)
        moment = written - timedelta(seconds=chance.randrange(1, 86_400 if day else 2 * 365 * 86_400))
        return row | {"updated_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _write_file(self, day: int, rows: Iterator[Customer]) -> int:
        date = self.world.first_day + timedelta(days=day)
        path = self.folder / "crm" / f"customers_{date:%Y-%m-%d}.csv.gz"
        with written_text(path) as text:
            lines = write_rows(text, COLUMNS, rows)
        set_time(path, int(datetime(date.year, date.month, date.day, _HOUR, tzinfo=UTC).timestamp()))
        return lines


def _written_down(world: World, chance: random.Random, person: Person) -> Customer:
    """Return a person as a clerk wrote them down first."""
    nicknames = words.NICKNAMES.get(person.given, ())
    given = chance.choice(nicknames) if nicknames and chance.random() < world.nickname_share else person.given
    home = person.address
    if chance.random() < world.moved_share:
        home = new_address(chance, home.place if chance.random() < 0.6 else None)
    return {
        "first_name": _typo(chance, given) if chance.random() < world.typo_share else given,
        "last_name": _typo(chance, person.surname) if chance.random() < world.typo_share else person.surname,
        "suffix": "" if chance.random() < world.missing_suffix_share else person.suffix,
        "email": "" if chance.random() < world.missing_email_share else _email(world, chance, person),
        "phone": "" if chance.random() < world.missing_phone_share else _phone(chance, person.phone),
        "address": home.street,
        "city": home.city.upper() if chance.random() < 0.05 else home.city,
        "state": home.state,
        "postal": f"{home.postal}-{chance.randrange(1_000, 10_000)}" if chance.random() < 0.1 else home.postal,
        "birthdate": "" if chance.random() < world.missing_birthdate_share else person.birthdate.isoformat(),
        "gender": "" if chance.random() < 0.2 else person.gender,
        "loyalty_id": _loyalty_id(world, person),
    }


def _change(chance: random.Random, person: Person, row: Customer) -> None:
    """Change one thing of a customer: phone, home, or an e-mail that was missing."""
    kind = chance.random()
    if kind < 0.4:
        row["phone"] = _phone(chance, new_phone(chance, person.address.place))
    elif kind < 0.7:
        home = new_address(chance, person.address.place)
        row |= {"address": home.street, "city": home.city, "state": home.state, "postal": home.postal}
    else:
        row["email"] = person.email


def _loyalty_id(world: World, person: Person) -> str:
    """Return the loyalty number of a person, the same whichever record asks; unique to the person."""
    member = random.Random(seed_of(world, "loyalty", person.number)).random() < world.loyalty_share
    return f"LY-{person.number:08d}" if member else ""


def _typo(chance: random.Random, name: str) -> str:
    """Return a name with two letters swapped, one dropped, one doubled, or one wrong; the first letter is kept."""
    if len(name) < 4:
        return name
    place, kind = chance.randrange(1, len(name) - 1), chance.randrange(4)
    middle = (name[place + 1] + name[place], name[place + 1], name[place] * 2 + name[place + 1], "e" + name[place + 1])
    return name[:place] + middle[kind] + name[place + 2 :]


def _email(world: World, chance: random.Random, person: Person) -> str:
    user, domain = person.email.split("@")
    if chance.random() < world.plus_tag_share:
        user += "+acme"
    email = f"{user}@{domain}"
    kind = chance.random()
    return email.upper() if kind < 0.03 else f" {email} " if kind < 0.05 else email


def _phone(chance: random.Random, digits: str) -> str:
    """Return ten digits in one of the ways in which people write them."""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    return chance.choice(
        (
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            digits,
            f"+1 {area} {exchange} {line}",
            f"1{digits}",
        )
    )
