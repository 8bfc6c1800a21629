"""Avro schemas of every kind with rows that fit them, and what of a row must come out: fastavro is the reference."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "bytes": st.binary(max_size=9),
    "string": st.text(st.characters(codec="utf-8"), max_size=9),
}
FIRST, LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - hypothesis wants bounds without a zone
INSTANTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
LOGICAL = {
    ("long", "timestamp-millis"): INSTANTS.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    ("long", "timestamp-micros"): INSTANTS,
    ("long", "local-timestamp-micros"): INSTANTS.map(lambda at: at.replace(tzinfo=None)),
    ("int", "date"): st.dates(),
}
NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=5).map(
    lambda name: f"f{name}"
)


@st.composite
def kinds(draw, levels: int = 2, numbers: list[int] | None = None, *, top: bool = True) -> tuple[Any, Any]:  # noqa: C901, PLR0911 - a branch a kind
    """A type as fastavro reads it in a schema, and a strategy of its values."""
    numbers = [0] if numbers is None else numbers
    choices = ["primitive", "primitive", "nullable", "enum", "fixed"] + ["logical", "decimal"] * top
    choices += ["union"]
    choices += ["array", "map", "record"] * (levels > 0)

    def inner() -> tuple[Any, Any]:
        return draw(kinds(levels - 1, numbers, top=False))

    def named(kind: str, **more: Any) -> dict[str, Any]:
        numbers[0] += 1
        return {"type": kind, "name": f"n{numbers[0]}", **more}

    match draw(st.sampled_from(choices)):
        case "primitive":
            name = draw(st.sampled_from(sorted(PRIMITIVES)))
            return name, PRIMITIVES[name]
        case "nullable":
            name = draw(st.sampled_from(sorted(set(PRIMITIVES) - {"null"})))
            return draw(st.permutations(["null", name])), st.none() | PRIMITIVES[name]
        case "logical":
            kind, name = draw(st.sampled_from(sorted(LOGICAL)))
            return ["null", {"type": kind, "logicalType": name}], st.none() | LOGICAL[kind, name]
        case "decimal":
            precision = draw(st.integers(1, 38))
            scale = draw(st.integers(0, precision))
            most = 10**precision - 1
            written = {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
            return written, st.integers(-most, most).map(lambda number: Decimal(number).scaleb(-scale))
        case "enum":
            symbols = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
            return named("enum", symbols=symbols), st.sampled_from(symbols)
        case "fixed":
            size = draw(st.integers(1, 5))
            return named("fixed", size=size), st.binary(min_size=size, max_size=size)
        case "array":
            item, values = inner()
            if takes_no_bytes(item):
                item, values = "int", PRIMITIVES["int"]
            return {"type": "array", "items": item}, st.lists(values, max_size=3)
        case "map":
            item, values = inner()
            if takes_no_bytes(item):
                item, values = "int", PRIMITIVES["int"]
            return {"type": "map", "values": item}, st.dictionaries(NAMES, values, max_size=3)
        case "record":
            fields = [(name, *inner()) for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))]
            written = named("record", fields=[{"name": name, "type": kind} for name, kind, _ in fields])
            return written, st.fixed_dictionaries({name: values for name, _, values in fields})
        case _:
            chosen = draw(st.lists(st.sampled_from(sorted(PRIMITIVES)), min_size=1, max_size=5, unique=True))
            return chosen, st.one_of([PRIMITIVES[name] for name in chosen])


def takes_no_bytes(kind: Any) -> bool:
    """Whether values of a type are encoded as nothing, of which a list may claim any number."""
    if isinstance(kind, dict) and kind["type"] == "record":
        return all(takes_no_bytes(field["type"]) for field in kind["fields"])
    return kind == "null"


@st.composite
def tables(draw) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A record schema and rows of it."""
    columns = [draw(kinds(numbers=numbers)) for numbers in [[0]] * draw(st.integers(1, 4))]
    schema = {
        "type": "record",
        "name": "row",
        "fields": [{"name": f"c{place}", "type": kind} for place, (kind, _) in enumerate(columns)],
    }
    row = st.fixed_dictionaries({f"c{place}": values for place, (_, values) in enumerate(columns)})
    return schema, draw(st.lists(row, max_size=8))


def agrees(found: Any, expected: Any) -> bool:  # noqa: PLR0911 - a line a type
    """Whether a delivered cell says what fastavro read: the value itself, or its text where a column is text."""
    if expected is None or found is None:
        return found is expected
    if isinstance(expected, bool):
        return found is expected or found == str(expected).lower()
    if isinstance(expected, float):
        return _same_number(found, expected)
    if isinstance(expected, int):
        return found == expected if isinstance(found, int) else found in (str(expected), _float_text(expected))
    if isinstance(expected, bytes):
        return found in (expected, expected.decode("latin-1"))
    if isinstance(expected, datetime):
        return found == (expected if expected.tzinfo else expected.replace(tzinfo=UTC))
    if isinstance(expected, Decimal):
        return isinstance(found, str) and Decimal(found) == expected
    if isinstance(expected, list | dict):
        return isinstance(found, str) and _in_json(json.loads(found), expected)
    return bool(found == expected)


def _same_number(found: Any, expected: float) -> bool:
    if isinstance(found, str):
        if expected.is_integer() and abs(expected) < 2**53:
            return found == str(int(expected)) or (expected == 0 and found in ("0", "-0"))
        return _same_number(float(found), expected)
    close = found == expected or (math.isfinite(expected) and math.isclose(found, expected, rel_tol=2e-7))
    return close or (math.isnan(expected) and math.isnan(found))


def _float_text(number: int) -> str:
    return repr(float(number))


def _in_json(found: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(_in_json, found, expected))
    if isinstance(expected, dict):
        return set(found) == set(expected) and all(_in_json(found[name], expected[name]) for name in expected)
    if isinstance(expected, float) and not math.isfinite(expected):
        return _same_number(float(found), expected)
    return agrees(found, expected)
