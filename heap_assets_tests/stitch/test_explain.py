"""`heap-assets explain`: every way in which two records are one person or two, told as it is. One lake for all."""

import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from heap_assets.cli import main
from heap_assets.stitch.nicknames import known_given_names
from heap_assets_tests.people import CUSTOMERS, USERS, house

BORN = date(1980, 3, 4)


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Explain = Callable[..., Ended]


def customer(key: str, given_name: str | None, surname: str | None, **values: Any) -> dict[str, Any]:
    return {"customer_id": key, "given_name": given_name, "surname": surname, **values}


def desk() -> list[dict[str, Any]]:
    """Many people of one e-mail: it tells nobody apart."""
    names = known_given_names()[::36]
    pairs = enumerate(zip(names[:25], names[25:50], strict=True))
    return [customer(f"desk-{n}", given, surname, email="front.desk@example.net") for n, (given, surname) in pairs]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released lake, and the configuration that names it."""
    folder = tmp_path_factory.mktemp("explained")
    made = house(
        folder,
        crm_customers=[
            customer("keyed", "Ann", "Lee", birthdate=date(1949, 1, 25)),
            customer("model-a", "Walter", "Brown", email="w.brown.77@example.net"),
            customer("model-b", "Walter", "Brwn", email="w.brown.77@example.net"),
            customer("alone-a", "Rosa", "Diaz", email="rd1@example.net"),
            customer("alone-b", "Rosa", "Diaz", email="zebra.crossing@example.net"),
            customer("father", "John", "Smith", suffix="Sr", email="smiths@example.net", birthdate=date(1950, 1, 1)),
            customer("son", "John", "Smith", suffix="Jr", email="smiths@example.net"),
            customer("either", "John", "Smith", email="smiths@example.net"),
            customer("way-a", "Ingrid", "Solberg", email="fjord99@example.net"),
            customer("way-b", "Ingrid", "Solberg", email="fjord99@example.net", phone="212-555-7788"),
            customer("way-c", "Ingrid", "Solberg", phone="2125557788"),
            customer("twice-a", "Mia", "Berg", email="mia.berg@example.net"),
            customer("twice-b", "MIA", "berg", email="Mia.Berg@example.net"),
            customer("nobody", "Eva", "Novak", email="noreply@example.net", birthdate=date(1900, 1, 1)),
            *desk(),
        ],
        heap_users=[
            {"user_id": 7, "identity": "KEYED", "first_name": "Bo", "last_name": "Ek"},
            {"user_id": 8},
            {"user_id": 9},
            {"user_id": 10, "email": "w.brown.77@example.net"},
        ],
        heap_user_migrations=[{"from_user_id": 8, "to_user_id": 7}],
    )
    made.release()
    path = folder / "heap_assets.yaml"
    content = {
        "source": {"bucket": str(folder / "heap-rs3-acme")},
        "start_date": "2026-01-01",
        "lake": {"uri": str(folder / "lake")},
        "feeds": [USERS, CUSTOMERS],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def explain(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    """`heap-assets explain` through the entry point of the console script, in this process."""

    def called(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["heap-assets", "explain", *arguments, "--config", str(config)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Ended(int(ended.value.code or 0), out, err)

    return called


def crm(name: str) -> str:
    return f"CRM:Customers/{name}"


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (crm("keyed"), "Heap:Users/7", "One person: they share a foreign key."),
        (crm("model-a"), crm("model-b"), "One person: the pair by itself is strong enough."),
        (crm("alone-a"), crm("alone-b"), "Two people: too little speaks for one."),
        (crm("father"), crm("son"), r"Two people: a separation key \(suffix\) parts them."),
        (crm("son"), crm("either"), "Two people: the pair is strong enough, but a separation key or rule parts .*"),
        (crm("way-a"), crm("way-c"), "One person, through another record: the pair by itself would not be enough."),
        (crm("twice-a"), crm("twice-b"), "One person: everything compared is equal, .*"),
        (crm("nobody"), crm("nobody"), "It is one and the same record."),
        ("Heap:Users/7", "Heap:Users/8", r"One person \(Heap:Users/8: nothing to compare, .* and it is the same\)."),
        ("Heap:Users/8", "Heap:Users/9", r"Two people \(Heap:Users/8 and Heap:Users/9: nothing to compare, .*\)."),
    ],
)
def test_the_verdict_says_what_joined_or_parted(explain: Explain, first: str, second: str, verdict: str) -> None:
    ended = explain(first, second)

    one = "Amperity ID " in ended.out
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(verdict, ended.out.splitlines()[0])
    assert one == verdict.startswith(("One", "It is"))


def test_both_orders_tell_the_same(explain: Explain) -> None:
    told, turned = (json.loads(explain(*pair, "--json").out) for pair in (PAIR, PAIR[::-1]))

    assert told["verdict"] == turned["verdict"]
    assert told["left"] == turned["right"]
    evidence, other = told["evidence"], turned["evidence"]
    assert [(f["left"], f["right"]) for f in evidence["fields"]] == [(f["right"], f["left"]) for f in other["fields"]]
    assert evidence["score"] == other["score"]


PAIR = (crm("model-a"), crm("model-b"))


def test_bits_add_up_and_the_score_is_that_of_the_release(explain: Explain, config: Path) -> None:
    evidence = json.loads(explain(*PAIR, "--json").out)["evidence"]

    parts = sum(f["bits"] for f in evidence["fields"]) + evidence["prior_bits"]
    parts += evidence["commonness_bits"] + evidence["relatives_bits"]
    assert evidence["bits"] == pytest.approx(parts, abs=0.1)
    assert sum(evidence["classes"].values()) == pytest.approx(1, abs=0.001)
    assert {f["field"]: f["meaning"] for f in evidence["fields"]}["surname"].startswith("a slip of spelling")


def test_the_way_names_every_record_and_what_joins_it(explain: Explain) -> None:
    chain = json.loads(explain(crm("way-a"), crm("way-c"), "--json").out)["chain"]

    assert [(link["left"], link["right"]) for link in chain] == [
        (crm("way-a"), crm("way-b")),
        (crm("way-b"), crm("way-c")),
    ]
    assert all(re.fullmatch(r"score [345]\.\d\d", link["by"]) for link in chain)


def test_a_blocked_value_is_named_with_the_reason(explain: Explain) -> None:
    told = json.loads(explain(crm("nobody"), crm("desk-0"), "--json").out)

    assert told["left"]["blocked"] == dict.fromkeys(("email", "birthdate"), "a placeholder, or not valid")
    assert told["right"]["blocked"] == {"email": "too many people have it to tell them apart"}
    assert "email, not used" in explain(crm("nobody"), crm("desk-0")).out


def test_a_record_without_a_name_belongs_to_the_only_person_of_its_contact(explain: Explain) -> None:
    told = json.loads(explain("Heap:Users/10", crm("model-a"), "--json").out)

    assert told["joined"]
    assert told["verdict"].startswith("One person")


@pytest.mark.parametrize("unknown", ["CRM:Customers/jane@example.net", "Shop:Orders/1", "nothing"])
def test_an_unknown_record_is_an_error_of_use(explain: Explain, unknown: str) -> None:
    ended = explain(crm("keyed"), unknown)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("HA-1003")
    assert "jane" not in ended.err
