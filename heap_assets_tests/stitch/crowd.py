"""Standardised records made by hand or by the hundred, resolved on an engine of their own."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.stitch.nicknames import known_given_names
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.resolve import Resolution, resolve

Row = dict[str, Any]
LISTS = {"emails", "phones"}


def table(rows: Iterable[Row]) -> pa.Table:
    """The rows as `stitch/standardised_records` has them; `pk` is their place unless given."""
    held = [
        {"datasource": "CRM:Customers", "pk": str(place), "heap_user_id": None, **row} for place, row in enumerate(rows)
    ]
    names = dict.fromkeys(["datasource", "pk", "heap_user_id", *(name for row in held for name in row)])
    return pa.table({name: pa.array([row.get(name) for row in held], _type(name)) for name in names})


def _type(name: str) -> pa.DataType:
    if name in LISTS:
        return pa.list_(pa.string())
    return pa.int64() if name == "heap_user_id" else pa.string()


def people_of(
    rows: Sequence[Row], options: StitchOptions | None = None, threads: int | None = None
) -> set[frozenset[str]]:
    """The clusters of these records, each as the keys of its members."""
    with Engine(threads=threads) as engine:
        engine.bind_arrow("records", table(rows))
        return grouped(resolve(engine, "records", options))


def grouped(found: Resolution) -> set[frozenset[str]]:
    people: dict[tuple[bool, int], set[str]] = {}
    for row in found.labels.to_pylist():
        people.setdefault((row["by_heap_user"], row["cluster"]), set()).add(row["pk"])
    return set(map(frozenset, people.values()))


def together(people: set[frozenset[str]], *keys: str) -> bool:
    """Whether all these records are one person."""
    return any(set(keys) <= person for person in people)


def crowd(homes: int, seed: int = 5) -> list[Row]:
    """Two of each home, and each of them written down twice; `pk` is `<home><a|b>-<1|2>`."""
    chance = random.Random(seed)
    names = known_given_names()
    rows = []
    for home in range(homes):
        surname, phone = chance.choice(names) + "SON", f"{chance.randrange(2_000_000_000, 9_999_999_999)}"
        address, postal = f"{chance.randrange(1, 999)} {chance.choice(names)} ST", f"{chance.randrange(10_000, 99_999)}"
        for who in "ab":
            given, year = chance.choice(names), chance.randrange(1930, 2005)
            born = f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            email = f"{given}.{surname}{chance.randrange(10, 99)}@MAIL.EXAMPLE"
            whole = {"given": given, "surname": surname, "email": email, "phone": phone, "address": address,
                     "postal": postal, "birthdate": born}  # fmt: skip
            for copy in "12":
                left_out = chance.sample(["email", "phone", "birthdate", "address"], int(copy))
                kept = {name: value for name, value in whole.items() if name not in left_out}
                rows.append({"pk": f"{home}{who}-{copy}", **kept})
    return rows
