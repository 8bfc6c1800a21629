"""What speaks for a pair, on records that are resolved in the engine alone: keys, caps, separation, rules."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.blocking import block
from heap_assets.stitch.chains import chain
from heap_assets.stitch.evidence import Evidence, Scales
from heap_assets.stitch.fields import LEVELS, Field
from heap_assets.stitch.meanings_of_levels import meaning
from heap_assets.stitch.options import Classifier, Condition, Rule, StitchOptions, Strategy
from heap_assets.stitch.options import Test as Question
from heap_assets.stitch.resolve import complete, resolve
from heap_assets.stitch.scores import Scorer
from heap_assets.stitch.shared_keys import Keyring
from heap_assets.stitch.stages import scores_sql
from heap_assets.stitch.verdict import Placed, sentence

COLUMNS = ("given", "surname", "suffix", "email", "phone", "birthdate", "fk_card", "sk_born", "x_code")
GIVEN = ("ADA", "BRUNO", "CLARA", "DAVID", "ELSA", "FELIX", "GRETA", "HUGO", "IRMA", "JONAS")
SURNAMES = ("ADLER", "BAUER", "CONRAD", "DIETZ", "EBERT", "FUCHS", "GRAF", "HAHN", "IMHOF", "JUNG")


class Resolved:
    """Records by name, resolved with these options, and ready to be explained."""

    def __init__(self, engine: Engine, options: StitchOptions, records: Mapping[str, Mapping[str, Any]]) -> None:
        rows = [{"datasource": "S:F", "pk": name, **values} for name, values in (crowd() | dict(records)).items()]
        schema = pa.schema([(name, pa.string()) for name in ("datasource", "pk", *COLUMNS)])
        engine.bind_arrow("given_rows", pa.Table.from_pylist(rows, schema))
        found = resolve(engine, "given_rows", options)
        names = complete(engine, "given_rows")
        engine.keep("released", scores_sql(options))
        engine.bind_arrow("labels", found.labels)
        engine.keep(
            "people",
            "SELECT DISTINCT m.i, c.cluster AS person, c.is_supersized FROM members AS m"
            " JOIN labels AS c ON m.datasource = c.datasource AND m.pk = c.pk",
        )
        count = int(engine.value("SELECT count(*) FROM representatives"))
        block(engine, found.layout, options, count)
        self.engine = engine
        self.ring = Keyring(engine, names, found.layout, options, count)
        self.scales = Scales(self.ring, Scorer(found.model))

    def number(self, name: str) -> int:
        return int(self.engine.value(f"SELECT i FROM members WHERE pk = '{name}'"))

    def weigh(self, one: str, other: str) -> Evidence:
        left, right = sorted((self.number(one), self.number(other)))
        return self.scales.weigh(left, right, ({}, {}))

    def verdict(self, one: str, other: str) -> str:
        left, right = self.number(one), self.number(other)
        evidence = self.weigh(one, other)
        l, r = min(left, right), max(left, right)  # noqa: E741
        people = self.engine.value(f"SELECT count(DISTINCT person) FROM people WHERE i IN ({l}, {r})")
        compared = self.engine.value(f"SELECT count(*) FROM released WHERE l = {l} AND r = {r}")
        links = tuple(chain(self.ring, left, right)) if people == 1 else ()
        return sentence(self.ring, Placed(left, right, people == 1, bool(compared)), evidence, links)


def crowd() -> dict[str, dict[str, Any]]:
    """A hundred people of whom every other one came twice."""
    found = {}
    for number in range(100):
        who = {"given": GIVEN[number % 10], "surname": SURNAMES[number // 10], "phone": f"21255{number * 977:05d}"}
        who |= {"birthdate": f"19{number % 60 + 30}-0{number % 9 + 1}-1{number % 7}"}
        found[f"crowd-{number}"] = who | {"email": f"M{number * 7919}@EXAMPLE.NET"}
        if number % 2:
            found[f"crowd-{number}-again"] = who | {"email": f"K{number * 6007}@EXAMPLE.ORG"}
    return found


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as held:
        yield held


ANN = {"given": "ANN", "surname": "LEE", "email": "ANN.LEE.1@EXAMPLE.NET"}


@pytest.mark.parametrize("kind", sorted(LEVELS))
def test_every_level_of_every_kind_has_a_meaning_of_its_own(kind: str) -> None:
    told = [meaning(Field(kind, kind), level) for level in range(LEVELS[kind] + 1)]

    assert all(told)
    assert len(set(told)) == len(told)


def test_scores_are_those_of_the_release(engine: Engine) -> None:
    lot = Resolved(engine, StitchOptions(), {"a": ANN, "b": {**ANN, "surname": "LEA"}})
    rows = engine.rows("SELECT l, r, score, bits FROM released ORDER BY hash(l, r) LIMIT 12").to_pylist()

    for row in rows:
        evidence = lot.scales.weigh(row["l"], row["r"], ({}, {}))
        assert (evidence.score, evidence.bits) == (row["score"], pytest.approx(row["bits"], abs=0.01))


def test_a_foreign_key_of_too_many_joins_nobody(engine: Engine) -> None:
    cards = {f"c{n}": {"given": name, "surname": "OF" + name, "fk_card": "GIFT"} for n, name in enumerate(GIVEN[:4])}
    lot = Resolved(engine, StitchOptions(fk_block_cap=3), cards)

    keys = [key for key in lot.weigh("c0", "c1").keys if key.kind == "foreign key"]

    assert [(key.name, key.used, key.remark) for key in keys] == [
        ("fk_card", False, "4 have it, more than 3: it joins nobody")
    ]
    assert lot.verdict("c0", "c1").startswith("Two people: too little")


@pytest.mark.parametrize(
    ("classifier", "score", "verdict"),
    [
        (Classifier.FK_FIRST, 5.0, "One person: they share a foreign key."),
        (Classifier.SK_FIRST, 0.0, "Two people: a separation key (sk_born) parts them."),
    ],
)
def test_an_equal_foreign_key_and_a_conflict(
    engine: Engine, classifier: Classifier, score: float, verdict: str
) -> None:
    pair = {"a": {**ANN, "fk_card": "7", "sk_born": "1970"}, "b": {**ANN, "fk_card": "7", "sk_born": "1991"}}
    lot = Resolved(engine, StitchOptions(classifier=classifier), pair)

    assert lot.weigh("a", "b").score == score
    assert lot.verdict("a", "b") == verdict


def test_a_block_beyond_the_cap_is_said_to_be_so(engine: Engine) -> None:
    shared = {
        f"s{n}": {"given": f"{name}X", "surname": name * 2, "email": "ALL@EXAMPLE.NET"}
        for n, name in enumerate(GIVEN[:4])
    }
    lot = Resolved(engine, StitchOptions(block_cap=3, strategies=("email",)), shared)

    blocking = [key for key in lot.weigh("s0", "s1").keys if key.kind == "blocking"]

    assert [(key.name, key.value, key.used) for key in blocking] == [("email", "ALL@EXAMPLE.NET", False)]
    assert blocking[0].remark == "4 have it, more than 3, and no second key brought the two together"


def test_a_block_that_was_refined_counts_where_the_second_key_is_shared(engine: Engine) -> None:
    shared = {
        f"s{n}": {"given": f"{name}X", "surname": name * 2, "email": "ALL@EXAMPLE.NET"}
        for n, name in enumerate(GIVEN[:4])
    }
    lot = Resolved(
        engine,
        StitchOptions(block_cap=3, strategies=("email",)),
        {**shared, "again": {**shared["s0"], "phone": "2125550000"}},
    )

    assert [key.used for key in lot.weigh("s0", "again").keys if key.kind == "blocking"] == [True]


def test_keys_beyond_an_allowance_are_said_to_be_so(engine: Engine) -> None:
    options = StitchOptions(strategies=(Strategy("given", ("given-name",), allowance=(0.0, 5)),))
    lot = Resolved(engine, options, {"a": ANN, "b": {**ANN, "surname": "LEA"}})

    used = {
        name: [key for key in lot.weigh(*pair).keys if key.kind == "blocking"]
        for name, pair in {"rare": ("a", "b"), "common": ("crowd-0", "crowd-10")}.items()
    }

    assert [key.used for key in used["rare"]] == [True]
    assert [key.remark for key in used["common"]] == [
        "10 have it, and rarer keys have used up what this strategy may compare"
    ]


def test_a_strong_pair_that_nothing_brought_together(engine: Engine) -> None:
    options = StitchOptions(strategies=("phone",))
    lot = Resolved(engine, options, {"a": ANN, "b": {**ANN, "surname": "LEEE"}})

    assert lot.weigh("a", "b").strong
    assert lot.verdict("a", "b").startswith("Two people: the pair would be strong enough, but no key brought")


def test_rules_decide_before_the_model_and_alone_where_told_to(engine: Engine) -> None:
    rule = Rule((Condition("email", Question.MATCH),))
    lot = Resolved(
        engine,
        StitchOptions(rules=(rule,), model_decides=False),
        {"a": ANN, "b": {**ANN, "given": "ZOE"}, "c": {**ANN, "email": "OTHER.BOX@EXAMPLE.NET"}},
    )

    assert (lot.weigh("a", "b").score, lot.weigh("a", "b").decided_by) == (5.0, "a rule")
    assert lot.verdict("a", "b").startswith("One person")
    assert lot.verdict("a", "c") == "Two people: no rule speaks of them, and rules alone decide."


def test_a_way_does_not_lead_through_other_people(engine: Engine) -> None:
    """Father and son are both strong with a record that names no generation: it is no way from one to the other."""
    smith = {"given": "JOHN", "surname": "SMITH", "email": "SMITHS@EXAMPLE.NET"}
    lot = Resolved(
        engine, StitchOptions(), {"f": {**smith, "suffix": "SR"}, "s": {**smith, "suffix": "JR"}, "either": smith}
    )

    found = {name: chain(lot.ring, lot.number("either"), lot.number(name)) for name in ("f", "s")}

    assert sorted(len(links) for links in found.values()) == [0, 1]
    assert lot.verdict("f", "s") == "Two people: a separation key (suffix) parts them."
