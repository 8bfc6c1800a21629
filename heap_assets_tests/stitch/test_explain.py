"""`heap-assets explain`: every way in which two records are one person or two, told as it is. One lake for all."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from heap_assets.cli import main
from heap_assets.cli.explain import _head
from heap_assets.engine import Engine
from heap_assets.lake import Lake
from heap_assets.settings import load_settings
from heap_assets.stitch.build import Build
from heap_assets.stitch.explain import Explainer, Explanation
from heap_assets.stitch.nicknames import known_given_names
from heap_assets_tests.people import CUSTOMERS, USERS, house

BORN = date(1980, 3, 4)


class Ended(NamedTuple):
    code: int
    out: str
    err: str


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


@pytest.fixture(scope="module")
def told(config: Path) -> Iterator[Callable[[str, str], Explanation]]:
    """Explanations of the release, made with one engine."""
    settings = load_settings(str(config))
    with Engine() as engine:
        explainer = Explainer(Build.begin(Lake(Path(settings.lake.uri)), settings), engine)
        yield cache(explainer.explain)


Told = Callable[[str, str], Explanation]


@pytest.fixture
def command(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
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
        (crm("way-a"), crm("way-c"), "One person, through another record: the pair by itself would not be enough."),
        (crm("twice-a"), crm("twice-b"), "One person: everything compared is equal, .*"),
        (crm("nobody"), crm("nobody"), "It is one and the same record."),
        ("Heap:Users/7", "Heap:Users/8", r"One person \(Heap:Users/8: nothing to compare, .* and it is the same\)."),
        ("Heap:Users/8", "Heap:Users/9", r"Two people \(Heap:Users/8 and Heap:Users/9: nothing to compare, .*\)."),
        ("Heap:Users/10", crm("model-a"), "One person.*"),
    ],
)
def test_the_verdict_says_what_joined_or_parted(told: Told, first: str, second: str, verdict: str) -> None:
    found = told(first, second)

    assert re.fullmatch(verdict, found.verdict)
    assert found.joined == (not verdict.startswith("Two"))
    assert not found.stale


def test_who_may_be_father_or_son_is_one_of_them_and_the_other_is_refused(told: Told) -> None:
    found = sorted((told(crm("either"), crm(name)) for name in ("father", "son")), key=lambda one: one.joined)

    assert [one.joined for one in found] == [False, True]
    assert re.fullmatch(
        "Two people: the pair is strong enough, but a separation key or rule parts"
        " CRM:Customers/(father|son|either) and CRM:Customers/(father|son|either), who would then be one as well.",
        found[0].verdict,
    )


def test_both_orders_tell_the_same(told: Told) -> None:
    one, turned = told(*PAIR), told(*PAIR[::-1])

    assert (one.verdict, one.left, one.right) == (turned.verdict, turned.right, turned.left)
    assert one.evidence and turned.evidence
    assert one.evidence == turned.evidence.turned()
    assert {like.field: (like.left, like.right) for like in one.evidence.fields}["surname"] == ("BROWN", "BRWN")


PAIR = (crm("model-a"), crm("model-b"))


def test_bits_add_up(told: Told) -> None:
    evidence = told(*PAIR).evidence

    assert evidence
    parts = sum(like.bits for like in evidence.fields)
    parts += evidence.prior_bits + evidence.commonness_bits + evidence.relatives_bits
    assert evidence.bits == pytest.approx(parts, abs=0.1)
    against = sum(like.rival_bits for like in evidence.fields)
    against += evidence.rival_prior_bits + evidence.rival_commonness_bits
    assert evidence.rival_bits == pytest.approx(against, abs=0.1)
    assert evidence.rival_bits >= evidence.bits
    assert sum(evidence.classes.values()) == pytest.approx(1, abs=0.001)
    assert {like.field: like.meaning for like in evidence.fields}["surname"].startswith("a slip of spelling")


def test_the_way_names_every_record_and_what_joins_it(told: Told) -> None:
    chain = told(crm("way-a"), crm("way-c")).chain

    assert [(link.left, link.right) for link in chain] == [
        (crm("way-a"), crm("way-b")),
        (crm("way-b"), crm("way-c")),
    ]
    assert all(re.fullmatch(r"score [345]\.\d\d", link.by) for link in chain)


def test_a_blocked_value_is_named_with_the_reason(told: Told) -> None:
    found = told(crm("nobody"), crm("desk-0"))

    assert found.left.blocked == dict.fromkeys(("email", "birthdate"), "a placeholder, or not valid")
    assert found.right.blocked == {"email": "too many people have it to tell them apart"}
    assert not {"email", "birthdate"} & set(found.left.values)


def test_the_command_prints_everything_on_stdout(command: Callable[..., Ended]) -> None:
    ended = command(crm("way-a"), crm("way-c"))

    assert (ended.code, ended.err) == (0, "")
    titles = ("Records", "Keys", "What is compared, in bits", "The way from one to the other")
    assert [line for line in ended.out.splitlines() if line in titles] == list(titles)
    assert "SOLBERG" in ended.out


def test_json_has_everything(command: Callable[..., Ended], told: Told) -> None:
    ended = command(crm("way-a"), crm("way-c"), "--json")

    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == json.loads(json.dumps(asdict(told(crm("way-a"), crm("way-c")))))


@pytest.mark.parametrize("unknown", ["CRM:Customers/jane@example.net", "Shop:Orders/1", "nothing"])
def test_an_unknown_record_is_an_error_of_use(command: Callable[..., Ended], unknown: str) -> None:
    ended = command(crm("keyed"), unknown)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("HA-1003")
    assert "jane" not in ended.err


def test_a_moderate_pair_that_joins_is_explained(told):
    whole = told(crm("way-a"), crm("way-b"))
    contact = replace(whole, evidence=replace(whole.evidence, score=2.99, category="Moderate", strong=True))

    assert [line for line in _head(contact) if line.startswith("One of them has no given name")]
    assert not [line for line in _head(whole) if line.startswith("One of them has no given name")]
