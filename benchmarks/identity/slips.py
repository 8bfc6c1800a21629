"""What goes wrong in writing people down: fields left out, misprints, swapped names, junk and shared identifiers.

How one value is misprinted is in `misprints`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .misprints import misprint, wrong_date, wrong_digit

FILLED = {  # share of records of crm, loyalty, shop, heap_users in which the field is filled
    "given_name": (0.97, 0.97, 0.96, 0.30), "surname": (0.99, 0.98, 0.98, 0.30),
    "generational_suffix": (0.45, 0.40, 0.20, 0.0), "email": (0.72, 0.82, 0.97, 0.93), "phone": (0.66, 0.72, 0.50, 0.08),
    "address": (0.86, 0.55, 0.92, 0.0), "city": (0.90, 0.60, 0.95, 0.25), "state": (0.90, 0.60, 0.95, 0.25),
    "postal": (0.88, 0.70, 0.95, 0.0), "country": (0.95, 0.6, 0.95, 0.3), "birthdate": (0.62, 0.75, 0.04, 0.0),
    "gender": (0.6, 0.5, 0.0, 0.0), "loyalty_id": (0.35, 1.0, 0.25, 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class Slips:
    """How often records go wrong. All are guesses (no measured rates of customer files are public)."""

    per_person: tuple[float, ...] = (0.34, 0.28, 0.17, 0.10, 0.06, 0.03, 0.02)
    """Share of people with 1, 2, 3 ... records."""
    copies: float = 0.16
    """Records that repeat the person's one before, letter by letter."""
    wrong_name: float = 0.030
    wrong_email: float = 0.012
    wrong_number: float = 0.018
    """Phones and postal codes; addresses twice as often."""
    wrong_birthdate: float = 0.022
    swapped_names: float = 0.008
    initial_only: float = 0.03
    plus_tag: float = 0.02
    work_email: float = 0.35
    """Records of those who have one that show it."""
    junk: float = 0.004
    """Fields with N/A, 0000000000, test@ and the like."""
    store_email: float = 0.0
    store_phone: float = 0.0
    """Records that carry the shop's own address or number."""
    plain_spelling: float = 0.4
    """Records in plain letters where the name has marks or another script; a further 10 % in a third spelling."""
    filled: float = 1.0
    """Factor on the share of filled fields."""


@dataclass
class Draft:
    """Records in the making: `person` of each, its moment and source, and the text columns."""

    person: np.ndarray
    moment: np.ndarray
    source: np.ndarray
    form: np.ndarray
    columns: dict[str, pa.Array]


def leave_out(draft: Draft, slips: Slips, chance) -> None:
    """Null what the source does not hold; a record with nothing to know anyone by keeps its e-mail and surname."""
    count = len(draft.person)
    for name, shares in FILLED.items():
        share = np.array(shares)[draft.source]
        factor = 1.0 if name in ("given_name", "surname", "loyalty_id") else slips.filled
        held = chance.random(count) < share * factor
        if name == "email":
            bare = draft.columns["phone"].is_valid().to_numpy(zero_copy_only=False)
            held |= (draft.source == 3) | (~bare & (chance.random(count) < 0.5))
        draft.columns[name] = _null_unless(draft.columns[name], held)


def _null_unless(column: pa.Array, held: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(held), column, pa.scalar(None, pa.string()))


def slip(draft: Draft, slips: Slips, chance, seed: int) -> None:
    """Misprints: one record in six is written carelessly and has four times as many."""
    count = len(draft.person)
    care = np.where(chance.random(count) < 1 / 6, 2.7, 0.66)
    letters = random.Random(seed)
    rates: dict[str, tuple[float, Callable[[str, random.Random], str]]] = {
        "given_name": (slips.wrong_name, misprint), "surname": (slips.wrong_name, misprint),
        "email": (slips.wrong_email, misprint), "phone": (slips.wrong_number, wrong_digit),
        "postal": (slips.wrong_number, wrong_digit), "address": (2 * slips.wrong_number, misprint),
        "city": (slips.wrong_number, misprint), "birthdate": (slips.wrong_birthdate, wrong_date),
    }  # fmt: skip
    for name, (rate, wrong) in rates.items():
        draft.columns[name] = _hit(draft.columns[name], chance.random(count) < rate * care, wrong, letters)
    swapped = pa.array(chance.random(count) < slips.swapped_names)
    given, surname = draft.columns["given_name"], draft.columns["surname"]
    draft.columns["given_name"] = pc.if_else(swapped, surname, given)
    draft.columns["surname"] = pc.if_else(swapped, given, surname)


def _hit(
    column: pa.Array, where: np.ndarray, wrong: Callable[[str, random.Random], str], letters: random.Random
) -> pa.Array:
    places = np.nonzero(where & column.is_valid().to_numpy(zero_copy_only=False))[0]
    texts = [wrong(text, letters) for text in column.take(pa.array(places)).to_pylist()]
    mask = np.zeros(len(column), dtype=bool)
    mask[places] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(texts, pa.string()))


def shared(draft: Draft, slips: Slips, chance) -> None:
    """Junk that forms are filled with, and the shop's own mailbox and number."""
    count = len(draft.person)
    junk = {
        "email": ("test@test.com", "noemail@noemail.com", "none@none.com", "na@na.com", "customer@gmail.com"),
        "phone": ("0000000000", "1111111111", "1234567890", "9999999999", "5555555555"),
        "given_name": ("UNKNOWN", "N/A", "TEST", "Guest"), "surname": ("UNKNOWN", "N/A", "Customer", "Test"),
        "address": ("UNKNOWN", "N/A", "General Delivery", "1 Main St"), "birthdate": ("1900-01-01", "1970-01-01"),
        "postal": ("00000", "11111", "99999"),
    }  # fmt: skip
    for name, words in junk.items():
        hit = pa.array(
            (chance.random(count) < slips.junk) & draft.columns[name].is_valid().to_numpy(zero_copy_only=False)
        )
        drawn = pa.array(words).take(pa.array(chance.integers(0, len(words), count)))
        draft.columns[name] = pc.if_else(hit, drawn, draft.columns[name])
    for name, share, value in (
        ("email", slips.store_email, "orders@acme-store.example"),
        ("phone", slips.store_phone, "2065550100"),
    ):
        hit = pa.array(chance.random(count) < share)
        draft.columns[name] = pc.if_else(hit, pa.scalar(value), draft.columns[name])
