"""Which records are one person. Each scenario has values of its own; all of them are resolved in one build.

Values written `1` stand for one that only the records of this scenario with the same number have.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from heap_assets.stitch.nicknames import known_given_names
from heap_assets_tests.people import House, house

Groups = Sequence[str]


@dataclass(frozen=True)
class Scenario:
    """Records by the name that they have in `people`, where one word names the records of one person: `ab c`."""

    name: str
    people: str
    records: dict[str, dict[str, Any]]

    def email(self, number: int) -> str:
        return f"p{number}.{self.digest}@example.net"

    def phone(self, number: int) -> str:
        return f"55{int(self.digest[:7], 16) % 10**7:07d}{number}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:10]

    def key(self, name: str) -> str:
        """The primary key of a record: `x` and further are Heap users, and so numbers."""
        return (
            str(int(hashlib.sha256((self.name + name).encode()).hexdigest()[:12], 16))
            if name >= "x"
            else (f"{self.digest}-{name}")
        )

    def record(self, name: str) -> str:
        return f"{'Heap:Users' if name >= 'x' else 'CRM:Customers'}/{self.key(name)}"

    def rows(self) -> Iterable[tuple[str, dict[str, Any]]]:
        for name, values in self.records.items():
            row = dict(values)
            row |= {kind: self.email(row[kind]) for kind in ("email",) if isinstance(row.get(kind), int)}
            row |= {kind: self.phone(row[kind]) for kind in ("phone",) if isinstance(row.get(kind), int)}
            if name < "x":
                yield "crm_customers", {"customer_id": self.key(name), **row}
            else:
                identity = row.pop("identity", None)
                named = {"first_name": row.pop("given_name", None), "last_name": row.pop("surname", None)}
                yield (
                    "heap_users",
                    {"user_id": int(self.key(name)), "identity": self._identity(identity), **named, **row},
                )

    def _identity(self, identity: str | None) -> str | None:
        """`=A` stands for the customer_id of record a in capitals, `=a` for the customer_id as it is."""
        if identity is None or not identity.startswith("="):
            return identity
        own = self.key(identity[1:].lower())
        return own.upper() if identity[1:].isupper() else own


def who(given_name: str | None = None, surname: str | None = None, **values: Any) -> dict[str, Any]:
    return {"given_name": given_name, "surname": surname, **values}


BORN = date(1980, 3, 4)
SCENARIOS = [
    Scenario("the same name and e-mail", "ab", {"a": who("Ann", "Lee", email=1), "b": who("ann", "LEE", email=1)}),
    Scenario("the same name and phone", "ab", {"a": who("Ann", "Lee", phone=1), "b": who("Ann", "Lee", phone=1)}),
    Scenario("the same name alone says nothing", "a b", {"a": who("Ann", "Lee"), "b": who("Ann", "Lee")}),
    Scenario("an initial agrees", "ab", {"a": who("John", "Smith", email=1), "b": who("J.", "Smith", email=1)}),
    Scenario("a nickname agrees", "ab", {"a": who("Robert", "Day", email=1), "b": who("Bob", "Day", email=1)}),
    Scenario("two nicknames of one name", "abc",
             {"a": who("Bob", "Day", email=1), "b": who("Robert", "Day", email=1), "c": who("Rob", "Day", email=1)}),
    Scenario("one letter wrong", "ab", {"a": who("Walter", "Brown", email=1), "b": who("Walter", "Brwn", email=1)}),
    Scenario("accents and strokes", "ab",
             {"a": who("Zoë", "O'Brien-Núñez", email=1), "b": who("Zoe", "OBriennunez", email=1)}),
    Scenario("a household shares its e-mail", "a b c",
             {"a": who("Mary", "Smith", email=1), "b": who("John", "Smith", email=1), "c": who("Li", "Wu", email=1)}),
    Scenario("a household shares its phone", "a b",
             {"a": who("Mary", "Smith", phone=1), "b": who("John", "Smith", phone=1)}),
    Scenario("father and son of one name and e-mail", "a b",
             {"a": who("John", "Smith", suffix="Sr", email=1), "b": who("John", "Smith", suffix="Jr.", email=1)}),
    Scenario("a suffix inside the surname counts", "a b",
             {"a": who("John", "Smith Sr.", email=1), "b": who("John", "Smith, Jr", email=1)}),
    Scenario("a suffix on one side only", "ab",
             {"a": who("John", "Smith", suffix="Jr", email=1), "b": who("John", "Smith", email=1)}),
    Scenario("birthdates contradict", "a b",
             {"a": who("Ann", "Lee", email=1, birthdate=BORN), "b": who("Ann", "Lee", email=1, birthdate=date(2004, 7, 9))}),
    Scenario("birthdates differ by a digit", "ab",
             {"a": who("Ann", "Lee", email=1, birthdate=date(1971, 5, 6)), "b": who("Ann", "Lee", email=1, birthdate=date(1972, 5, 6))}),
    Scenario("day and month swapped", "ab",
             {"a": who("Ann", "Lee", email=1, birthdate=date(1964, 2, 8)), "b": who("Ann", "Lee", email=1, birthdate=date(1964, 8, 2))}),
    Scenario("a birthdate that nobody believes", "ab",
             {"a": who("Ann", "Lee", email=1, birthdate=date(1958, 11, 7)), "b": who("Ann", "Lee", email=1, birthdate=date(1900, 1, 1))}),
    Scenario("a name from the full name", "ab",
             {"a": who(full_name="Mary Jane Watson", email=1), "b": who("Mary", "Watson", email=1)}),
    Scenario("what is given wins over the full name", "ab c",
             {"a": who("Mary", full_name="Joan Watson", email=1), "b": who("Mary", "Watson", email=1),
              "c": who("Joan", "Watson", email=1)}),
    Scenario("an empty name is filled from the full name", "a b",
             {"a": who("", "", full_name="Joan Watson", email=1), "b": who("Mary", "Watson", email=1)}),
    Scenario("a plus tag and capitals", "ab",
             {"a": who("Ann", "Lee", email="anna.lee.tag@example.net"),
              "b": who("Ann", "Lee", email=" Anna.Lee.TAG+shop@Example.net")}),
    Scenario("an e-mail that says nobody", "a b",
             {"a": who("Ann", "Lee", email="noreply@example.net"), "b": who("Ann", "Lee", email="noreply@example.net")}),
    Scenario("a phone that says nobody", "a b",
             {"a": who("Ann", "Lee", phone="000-000-0000"), "b": who("Ann", "Lee", phone="0000000000")}),
    Scenario("a placeholder name does not agree with anybody", "ab x",
             {"a": who("Ann", "Lee", email=1), "b": who("Ann", "Lee", email=1), "x": who("Guest", "Unknown", email=2)}),
    Scenario("two people, two e-mails", "a b", {"a": who("Ann", "Lee", email=1), "b": who("Ann", "Lee", email=2)}),
    Scenario("a foreign key joins whatever else is said", "ax",
             {"a": who("Ann", "Lee", birthdate=date(1949, 1, 25)), "x": who("Bo", "Ek", identity="=a")}),
    Scenario("a foreign key joins without regard to case", "ax", {"a": who("Ann", "Lee"), "x": who(identity="=A")}),
    Scenario("undefined joins nobody", "x y",
             {"x": who("Ann", "Lee", identity="undefined"), "y": who("Bo", "Ek", identity="Undefined")}),
    Scenario("null joins nobody", "x y", {"x": who("Ann", "Lee", identity="null"), "y": who("Bo", "Ek", identity="NULL")}),
    Scenario("without a name, the only person of that e-mail", "abx",
             {"a": who("Ann", "Lee", email=1), "b": who("Ann", "Lee", email=1), "x": who(email=1)}),
    Scenario("without a name, one of two people of that e-mail", "a b x",
             {"a": who("Ann", "Lee", email=1), "b": who("Bo", "Lee", email=1), "x": who(email=1)}),
    Scenario("without a name, the e-mail of one and the phone of another", "ax b",
             {"a": who("Ann", "Lee", email=1), "b": who("Bo", "Ek", phone=1), "x": who(email=1, phone=1)}),
    Scenario("without a name, an e-mail of two and the phone of one", "ax b",
             {"a": who("Ann", "Lee", email=1, phone=1), "b": who("Bo", "Lee", email=1), "x": who(email=1, phone=1)}),
    Scenario("without names, the same e-mail", "xy", {"x": who(email=1), "y": who(email=1)}),
    Scenario("without names, a phone does not join two e-mails", "x y",
             {"x": who(email=1, phone=1), "y": who(email=2, phone=1)}),
    Scenario("without names, no chain from one person to another", "ax by",
             {"a": who("Ann", "Lee", email=1), "b": who("Bo", "Ek", email=2), "x": who(email=1, phone=3),
              "y": who(email=2, phone=3)}),
]  # fmt: skip


HOUSEHOLDS = [
    Scenario("an initial that two of a household share", "ac b",
             {"a": who("John", "Smith", email=1), "b": who("Jane", "Smith", email=1), "c": who("J", "Smith", email=1)}),
    Scenario("Anna and Anne", "a b", {"a": who("Anna", "Lee", email=1), "b": who("Anne", "Lee", email=1)}),
    Scenario("a surname alone in a household", "ac b",
             {"a": who("Mary", "Lee", email=1), "b": who("Tom", "Lee", email=1), "c": who(None, "Lee", email=1)}),
]  # fmt: skip


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Amperity ID by record, after one build over the records of all scenarios and of a crowd."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for scenario in (*SCENARIOS, *HOUSEHOLDS):
        for table, row in scenario.rows():
            tables[table].append(row)
    names = known_given_names()[::36]
    tables["crm_customers"] += [
        {"customer_id": f"desk-{number}", **who(given, surname, email="front.desk@example.net")}
        for number, (given, surname) in enumerate(zip(names[:41], names[41:82], strict=True))
    ]
    built: House = house(tmp_path_factory.mktemp("people"), **tables)
    built.release()
    return built.ids()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_records_of_one_person_are_joined_and_no_others(resolved: dict[str, str], scenario: Scenario) -> None:
    found = defaultdict(set)
    for name in scenario.records:
        found[resolved[scenario.record(name)]].add(name)

    assert sorted("".join(sorted(group)) for group in found.values()) == sorted(scenario.people.split())


@pytest.mark.parametrize("scenario", HOUSEHOLDS, ids=lambda scenario: scenario.name)
def test_a_vague_record_does_not_bridge_two_people(resolved: dict[str, str], scenario: Scenario) -> None:
    assert resolved[scenario.record("a")] != resolved[scenario.record("b")]


def test_an_e_mail_of_a_crowd_joins_nobody(resolved: dict[str, str]) -> None:
    assert len({resolved[f"CRM:Customers/desk-{number}"] for number in range(41)}) == 41


def test_scenarios_do_not_touch_each_other(resolved: dict[str, str]) -> None:
    scenarios_of_id = defaultdict(set)
    for scenario in SCENARIOS:
        for name in scenario.records:
            scenarios_of_id[resolved[scenario.record(name)]].add(scenario.name)

    assert [names for names in scenarios_of_id.values() if len(names) > 1] == []
