"""Values made comparable: the examples of amperity_behaviour.md 6.2, and values that say nothing about anybody (6.3)."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch import standardise


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as made:
        yield made


def compared(engine: Engine, expression: Callable[[str], str], value: str | None) -> str | None:
    engine.bind_arrow("delivered", pa.table({"v": pa.array([value], pa.string())}))
    return engine.value(f"SELECT {expression('v')} FROM delivered")


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("derek+1234@amperity.com", "DEREK@AMPERITY.COM"),
        ("gary.smith+123@gmail.com", "GARY.SMITH@GMAIL.COM"),
        ("  Mixed.Case@Example.ORG ", "MIXED.CASE@EXAMPLE.ORG"),
        ("a+b+c@x.org", "A@X.ORG"),
        ("test@goaway.com", None),
        ("anybody@noemail.com", None),
        ("noreply@acme.com", None),
        ("NONE@acme.com", None),
        ("info@acme.com", None),
        ("no at sign", None),
        ("two@at@signs.com", None),
        ("nodot@localhost", None),
        ("blank in@local.com", None),
        ("@acme.com", None),
        ("", None),
        (None, None),
    ],
)
def test_email(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.email, delivered) == expected


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("+1 (978) 425 6779", "9784256779"),
        ("222 4455", "2224455"),
        ("978.425.6779", "9784256779"),
        ("0044 20 7946 0958", "2079460958"),
        ("12345", None),
        ("12345678", None),
        ("0000000000", None),
        ("+1 111-111-1111", None),
        ("1234567890", None),
        ("call me", None),
        ("", None),
        (None, None),
    ],
)
def test_phone(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.phone, delivered) == expected


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("mary", "MARY"),
        ("Mary-Ann J.", "MARYANN"),
        ("  Zoë  ", "ZOE"),
        ("J.", "J"),
        ("John Paul", "JOHN"),
        ("Guest", None),
        ("unknown", None),
        ("n/a", None),
        ("...", None),
        ("", None),
        (None, None),
    ],
)
def test_given_name(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.given_name, delivered) == expected


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("smith", "SMITH"),
        ("O'Brien", "OBRIEN"),
        ("Núñez", "NUNEZ"),
        ("van der Berg", "VANDERBERG"),
        ("Smith-Jones", "SMITHJONES"),
        ("Smith Jr.", "SMITH"),
        ("Smith, Sr", "SMITH"),
        ("Smith III", "SMITH"),
        ("Smith,", "SMITH"),
        ("Cardholder", None),
        ("NULL", None),
        ("", None),
        (None, None),
    ],
)
def test_surname(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.surname, delivered) == expected


@pytest.mark.parametrize(
    ("explicit", "name", "expected"),
    [
        ("Jr.", None, "JR"),
        ("junior", None, "JR"),
        ("SR", "Smith Jr", "SR"),
        ("2nd", None, "II"),
        (None, "Smith Jr.", "JR"),
        (None, "Smith, Senior", "SR"),
        (None, "John Smith IV", "IV"),
        ("", "Smith III", "III"),
        ("PhD", None, None),
        (None, "Ivory", None),
        (None, "Majr", None),
        (None, None, None),
    ],
)
def test_suffix(engine: Engine, explicit: str | None, name: str | None, expected: str | None) -> None:
    row = pa.table({"e": pa.array([explicit], pa.string()), "n": pa.array([name], pa.string())})
    engine.bind_arrow("delivered", row)

    assert engine.value(f"SELECT {standardise.suffix('e', 'n')} FROM delivered") == expected


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("1980-02-29", "1980-02-29"),
        ("1980-02-29 00:00:00", "1980-02-29"),
        ("29 feb", "29 FEB"),
        ("1900-01-01", None),
        ("1899-12-31", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_birthdate(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.birthdate, delivered) == expected


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        (" c-001a ", "C-001A"),
        ("00123", "00123"),
        ("1e5", "1E5"),
        ("undefined", None),
        ("Undefined ", None),
        ("null", None),
        ("NaN", None),
        ("0", None),
        ("-1", None),
        ("[object Object]", None),
        ("anonymous", None),
        ("", None),
        (None, None),
    ],
)
def test_foreign_key(engine: Engine, delivered: str | None, expected: str | None) -> None:
    assert compared(engine, standardise.foreign_key, delivered) == expected
