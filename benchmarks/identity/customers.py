"""Customers of a shop with known truth, as several systems wrote them down: the variants by name.

Shares and error rates are guesses, stated in `population.Rates` and `records.Slips`; names follow census frequencies.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .belongings import ROLES, Rates
from .population import populate
from .records import COLUMNS, SOURCES, write_down
from .slips import Slips

MATCHED = {
    "given_name": "given-name", "surname": "surname", "full_name": "full-name",
    "generational_suffix": "generational-suffix", "email": "email", "phone": "phone", "address": "address",
    "city": "city", "state": "state", "postal": "postal", "country": "country", "birthdate": "birthdate",
    "gender": "gender",
}  # fmt: skip
"""The semantic of each column."""
WITHOUT_CONTACTS = {column: tag for column, tag in MATCHED.items() if column not in ("email", "phone")}


@dataclass(frozen=True)
class Variant:
    """A population, the slips made in writing it down, and its usual size."""

    rates: Rates = field(default_factory=Rates)
    slips: Slips = field(default_factory=Slips)
    rows: int = 100_000
    tags: dict[str, str] = field(default_factory=lambda: MATCHED)


VARIANTS = {
    "customers": Variant(),
    "larger_households": Variant(
        Rates(alone=0.10, couple=0.20, family=0.50, namesakes=0.05, twins=0.05, flatmates=0.10, shared_mailbox=0.20,
              landline=0.6),
    ),
    "poison": Variant(slips=Slips(junk=0.02, store_email=0.05, store_phone=0.01)),
    "families": Variant(
        Rates(alone=0.10, couple=0.15, family=0.20, namesakes=0.25, twins=0.25, flatmates=0.05, married_since=0.4,
              moved=0.3, shared_mailbox=0.25, landline=0.7),
        rows=0,
    ),
    "international": Variant(Rates(foreign=0.7), rows=20_000),
    "foreign_key": Variant(tags=MATCHED | {"loyalty_id": "fk-loyalty-id"}),
    "no_contacts": Variant(rows=50_000, tags=WITHOUT_CONTACTS),
    "international_no_contacts": Variant(Rates(foreign=0.7), rows=20_000, tags=WITHOUT_CONTACTS),
}  # fmt: skip
"""`families` is small and hard: 600 homes, whatever the number of rows."""

_FAMILIES_HOMES = 600
_ROWS_PER_HOME = 4.4


def customers(name: str, rows: int | None = None, seed: int = 7) -> pa.Table:
    """Records of a variant in random order: `datasource`, `pk`, text columns, and the truth in `person`, `home`, `role`.

    `rows` is exact, but for `families`; the same variant, rows and seed give the same table.
    """
    variant = VARIANTS[name]
    wanted = variant.rows if rows is None else rows
    homes = _FAMILIES_HOMES if name == "families" else round(wanted / _ROWS_PER_HOME * 1.3) + 20
    people, addresses = populate(variant.rates, homes, np.random.default_rng([seed, 1]))
    draft = write_down(people, addresses, variant.slips, seed)
    found = len(draft.person) if name == "families" else min(wanted, len(draft.person))
    order = pa.array(np.random.default_rng([seed, 3]).permutation(found))
    person = draft.person[:found]
    source = pa.array(SOURCES).take(pa.array(draft.source[:found]))
    table = {
        "datasource": source,
        "pk": pc.cast(pa.array(np.random.default_rng([seed, 4]).permutation(found) + 1), pa.string()),
        **{column: draft.columns[column].slice(0, found) for column in COLUMNS},
        "person": pa.array(person),
        "home": pa.array(people.home[person]),
        "role": pa.array(ROLES).take(pa.array(people.role[person])),
    }
    return pa.table(table).take(order)
