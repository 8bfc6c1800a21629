"""What a column means: semantic tags from its name and from its values, which may contradict the name.

Types are in `columns`; which columns are a key is in `keys`.
"""

import re
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.feeds.inference.model import TypeGuess
from heap_assets.feeds.inference.vocabulary import (
    COMMON_GIVEN_NAMES,
    CUSTOMER_KEY,
    EMAIL,
    FORMATTED_PHONE,
    NAMES,
    SHAPES,
)
from heap_assets.settings import snake_case

_DATED = {"update-dt": ("date", "datetime"), "create-dt": ("date", "datetime"), "birthdate": ("date", "string")}
ENOUGH = 0.8
PERSONAL = ("email", "phone", "given-name", "surname", "full-name", "address", "birthdate", "loyalty-id")


def simple_name(delivered: str) -> str:
    """A field's name in snake_case ASCII, as it is looked up and, where it is not fit for a column, renamed."""
    plain = unicodedata.normalize("NFKD", delivered.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return snake_case(plain)


def meaning_of(name: str, guess: TypeGuess, values: pa.ChunkedArray) -> tuple[str | None, float]:
    """The profile tag that a column suggests, and the share of its values that bear it out; None where it has none."""
    texts = values.cast(pa.string()).drop_null() if guess.type in ("string", "integer") else None
    if texts is not None:
        texts = pc.utf8_trim_whitespace(texts)
        texts = texts.filter(pc.not_equal(texts, pa.scalar("")))
    for tag, names in NAMES.items():
        if re.fullmatch(names, name):
            share = _borne_out(tag, guess, texts)
            if share >= ENOUGH:
                return tag, share
    return _by_values(guess, texts)


def customer_key(name: str) -> str | None:
    """The foreign-key tag of an id by which customers are told apart: `customer_id` is `fk-customer-id`."""
    if not CUSTOMER_KEY.fullmatch(name):
        return None
    return "fk-heap-user" if name.startswith("heap") else f"fk-{name.replace('_', '-')}"


def share_shaped(texts: pa.ChunkedArray, shape: str) -> float:
    """The share of texts that a regular expression matches in full; of none, all."""
    if not len(texts):
        return 1.0
    return float(pc.mean(pc.match_substring_regex(texts, f"^(?:{shape})$").cast(pa.int8())).as_py())


def _borne_out(tag: str, guess: TypeGuess, texts: pa.ChunkedArray | None) -> float:
    if tag in _DATED:
        return guess.share if guess.type in _DATED[tag] else 0.0
    if texts is None or (guess.type == "integer" and tag not in ("phone", "postal", "loyalty-id")):
        return 0.0
    return share_shaped(texts, SHAPES[tag]) if tag in SHAPES else 1.0


def _by_values(guess: TypeGuess, texts: pa.ChunkedArray | None) -> tuple[str | None, float]:
    if texts is None or guess.type != "string" or not len(texts):
        return None, 1.0
    for tag, shape in (("email", EMAIL), ("phone", FORMATTED_PHONE)):
        share = share_shaped(texts, shape)
        if share >= ENOUGH:
            return tag, share
    known = pc.is_in(pc.utf8_lower(texts), pa.array(sorted(COMMON_GIVEN_NAMES)))
    share = float(pc.mean(known.cast(pa.int8())).as_py())
    if share >= 0.3 and share_shaped(texts, r"\S{2,30}") >= ENOUGH:
        return "given-name", share
    sexes = share_shaped(texts, r"(?i)f|m|female|male|x")
    return ("gender", sexes) if sexes >= 0.95 and len(pc.unique(texts)) > 1 else (None, 1.0)
