"""Who is compared with whom: keys of strategies, blocks cut to size, what is too large refined or dropped and told."""

import pytest

from heap_assets.engine import Engine
from heap_assets.errors import SettingsError
from heap_assets.stitch.blocking import Blocks, block, blocking_keys_sql, candidates
from heap_assets.stitch.fields import layout_of
from heap_assets.stitch.options import StitchOptions, Strategy
from heap_assets.stitch.representatives import collapse, describe
from heap_assets.stitch.strategies import MOST_STRATEGIES, Part, strategies_of
from heap_assets_tests.stitch.crowd import table

ANN = {"given": "ANNABEL", "surname": "LEESON"}


class Blocked:
    """Rows after blocking: pairs by their keys, and what each strategy brought."""

    def __init__(self, rows, *strategies, **options):
        settings = StitchOptions(strategies=strategies or None, every_pair_up_to=0, **options)
        with Engine() as engine:
            engine.bind_arrow("records", table(rows))
            layout = layout_of(engine, "records", settings)
            count = collapse(engine, "records", layout)
            describe(engine, "records", layout, settings)
            self.blocks: list[Blocks] = block(engine, layout, settings, count)
            candidates(engine, settings, count)
            told = engine.rows(
                "SELECT a.pk AS one, b.pk AS other FROM candidates AS c"
                ' JOIN members AS a ON c.l = a.i AND a."first" JOIN members AS b ON c.r = b.i AND b."first"'
            )
            self.pairs = {"".join(sorted(row.values())) for row in told.to_pylist()}
            self.keys = engine.rows(blocking_keys_sql(layout, strategies_of(layout, settings, count))).to_pylist()


@pytest.mark.parametrize(
    ("strategy", "one", "other"),
    [
        ("dnf1", {"birthdate": "1980-01-02"}, {"given": "ANN", "surname": "LAW", "birthdate": "1980-01-02"}),
        ("dnf2", {"email": "A@X.EXAMPLE"}, {"surname": "LAW", "email": "A@X.EXAMPLE"}),
        ("dnf3", {"postal": "98101"}, {"given": "ANN", "surname": "LEEDS", "postal": "98101"}),
        ("dnf4", {"address": "1 ELM"}, {"given": "ANN", "surname": "X", "address": "1 ELM"}),
        ("dnf5", {"phone": "2065550101"}, {"given": "ANN", "surname": "X", "phone": "2065550101"}),
        ("dnf6", {"email": "AL@X.EXAMPLE"}, {"given": "ANN", "surname": "LEEDS", "email": "AL@Y.EXAMPLE"}),
        ("dnf7", {"company": "ACME"}, {"given": "ANN", "surname": "X", "company": "ACME"}),
        ("dnf8", {"po_box": "PO BOX 5"}, {"given": "ANN", "surname": "LEEDS", "po_box": "PO BOX 5"}),
        ("dnf9", {"address": "1 ELM"}, {"given": "BO", "surname": "LEEDS", "address": "1 ELM"}),
        ("dnf10", {"phone": "2", "postal": "9"}, {"given": "BO", "surname": "X", "phone": "2", "postal": "9"}),
        ("email", {"email": "A@X.EXAMPLE"}, {"given": "BO", "surname": "X", "email": "A@X.EXAMPLE"}),
        ("phone", {"phone": "2065550101"}, {"given": "BO", "surname": "X", "phone": "2065550101"}),
        ("name", {}, {"given": "LEESON", "surname": "ANNABEL"}),
        ("address", {"address": "1 ELM"}, {"given": "BO", "surname": "X", "address": "1 ELM"}),
        ("company", {"company": "ACME"}, {"given": "BO", "surname": "X", "company": "ACME"}),
        ("login-partial", {"email": "AL@X.EXAMPLE"}, {"given": "BO", "surname": "X", "email": "AL@Y.EXAMPLE"}),
        ("login-trimmed", {"email": "ANNABEL@X.EXAMPLE"}, {"given": "BO", "surname": "X", "email": "ANNABSON@Y.EXAMPLE"}),
        ("bk-desk", {"bk_desk": "7"}, {"given": "BO", "surname": "X", "bk_desk": "7"}),
    ],
)  # fmt: skip
def test_strategies_by_name(strategy, one, other):
    rows = [{"pk": "a", **ANN, **one}, {"pk": "b", **ANN, **other}, {"pk": "c", "given": "ZOE", "surname": "ZIMMER"}]

    blocked = Blocked(rows, strategy)

    assert blocked.pairs == {"ab"}
    assert {(row["strategy"], row["pk"]) for row in blocked.keys} == {(strategy, "a"), (strategy, "b")}


def test_a_strategy_of_ones_own():
    rows = [
        {"pk": "a", **ANN, "postal": "98101"},
        {"pk": "b", "given": "ANITA", "surname": "OAK", "postal": "98199"},
        {"pk": "c", "given": "BO", "surname": "OAK", "postal": "98101"},
    ]

    blocked = Blocked(rows, Strategy("own", ("given-name[2]", "postal[3]")))

    assert blocked.pairs == {"ab"}
    assert {row["bk"] for row in blocked.keys} == {"AN:981"}


@pytest.mark.parametrize(
    "shared",
    [{"given": "ANNABEL", "birthdate": "1980-12-12"}, {"surname": "LEESON", "postal": "98101"}, {"city": "BONN", "postal": "98101"},
     {"birthdate": "1980-12-12", "city": "BONN"}, {"postal": "98101"}],
)  # fmt: skip
def test_without_e_mails_and_phones_any_two_things_that_records_share_bring_them_together(shared):
    one = {"pk": "1", "given": "ANNE", "surname": "LAW", "birthdate": "1980-01-02", "postal": "10115", "city": "ROME"}
    other = {"pk": "2", "given": "BO", "surname": "SMITH", "birthdate": "1955-06-07", "postal": "SE1", "city": "OSLO"}
    crowd = [{"pk": str(n), "given": f"N{n}", "surname": f"S{n}"} for n in range(3, 9)]
    records = [one | shared, other | shared, *crowd]

    assert "12" in Blocked(records).pairs
    with_contacts = [{**record, "email": f"{place}@X.EXAMPLE"} for place, record in enumerate(records * 1000)]
    assert "12" not in Blocked([{**row, "pk": str(at + 1)} for at, row in enumerate(with_contacts)]).pairs


def test_of_more_strategies_than_a_pair_can_name_weak_ones_are_left_out():
    own = [Strategy(f"own-{n}", ("given-name", "postal")) for n in range(50)]
    rows = [ANN | {"pk": pk, "postal": "9", "city": "ROME", "birthdate": "1980-01-02"} for pk in "12"]

    names = [one.strategy.name for one in Blocked(rows, *own, "default").blocks]

    assert len(names) == MOST_STRATEGIES
    assert {one.name for one in own} <= set(names)
    with pytest.raises(SettingsError, match=f"are {MOST_STRATEGIES + 1}"):
        Blocked(rows, *(Strategy(f"own-{n}", ("given-name",)) for n in range(MOST_STRATEGIES + 1)))


def test_an_initial_is_no_given_name():
    rows = [{"pk": pk, "given": "A", "surname": "LEE", "city": city} for pk, city in ("aX", "bY", "cX")]

    assert Blocked(rows, Strategy("own", ("given-name", "surname"))).pairs == set()


def test_each_of_several_e_mails_is_a_key():
    rows = [
        {"pk": "a", "email": "1@X.EXAMPLE", "emails": ["1@X.EXAMPLE", "2@X.EXAMPLE"]},
        {"pk": "b", "email": "2@X.EXAMPLE", "emails": None, "given": "ANN"},
        {"pk": "c", "email": "1@X.EXAMPLE", "emails": None, "given": "BO"},
    ]

    assert Blocked(rows, "email").pairs == {"ab", "ac"}


@pytest.mark.parametrize("emails", [None, ["ALL@X.EXAMPLE", "OTHER@X.EXAMPLE"]])
def test_every_two_of_a_block_are_a_pair_whatever_its_name_is_made_of(emails):
    rows = [{"pk": pk, "city": pk, "email": "ALL@X.EXAMPLE", "emails": emails} for pk in "abcd"]

    assert Blocked(rows, "email").pairs == {"ab", "ac", "ad", "bc", "bd", "cd"}


def test_a_block_too_large_is_refined_by_a_second_key():
    rows = [{"pk": str(place), "given": name, "surname": "LEE", "email": "ALL@X.EXAMPLE", "city": str(place)}
            for place, name in enumerate(["ANN", "ANN", "BO", "BO", "CY"])]  # fmt: skip

    blocked = Blocked(rows, "email", block_cap=2)

    assert blocked.pairs == {"01", "23"}
    assert (blocked.blocks[0].refined, blocked.blocks[0].dropped) == (1, 0)


def test_what_cannot_be_refined_is_dropped_and_told():
    rows = [{"pk": str(place), "city": str(place), "company": "ACME"} for place in range(5)]

    blocked = Blocked(rows, "company", block_cap=2)

    assert blocked.pairs == set()
    assert (blocked.blocks[0].used, blocked.blocks[0].dropped) == (0, 1)


def test_an_allowance_takes_the_smallest_blocks():
    rows = [{"pk": str(place), "city": str(place), "company": "SMALL" if place < 2 else "LARGE"} for place in range(7)]

    assert Blocked(rows, Strategy("own", ("company",), allowance=(0.0, 3))).pairs == {"01"}


def test_slips_in_strategies_are_told():
    with pytest.raises(SettingsError):
        Part.parse("given-name[")
    with pytest.raises(SettingsError):
        Blocked([{"given": "ANN"}, {"given": "BO"}], "dnf99")
