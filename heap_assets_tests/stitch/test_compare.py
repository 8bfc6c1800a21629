"""What level two values are given, field by field: one table."""

import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.compare import compare
from heap_assets.stitch.fields import AREAS, layout_of
from heap_assets.stitch.nicknames import nickname_links
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.representatives import collapse, describe, frequencies
from heap_assets_tests.stitch.crowd import table

LEVELS = [
    ("given", "ANN", "ANN", 1), ("given", "J", "JOHN", 2), ("given", "J", "J", 2), ("given", "J", "MARY", 5),
    ("given", "BOB", "ROBERT", 3), ("given", "BOB", "ROB", 3), ("given", "ALEXA", "ALEXANDRIA", 3),
    ("given", "JAEN", "JEAN", 3), ("given", "JOAN", "JEAN", 6), ("given", "ANNA", "ANNE", 6), ("given", "CARL", "CARLA", 6),
    ("given", "MARY", "JOHN", 7), ("given", "QXOZ", "MARY", 5), ("given", "QORVALT", "QORZEMT", 4),
    ("given", "YOKO", "洋子", 0), ("given", None, "ANN", 0),
    ("surname", "LEE", "LEE", 1), ("surname", "SMITHSON", "SMITHSEN", 2), ("surname", "GARCIA", "GARCIALOPEZ", 2),
    ("surname", "LOPEZ", "GARCIALOPEZ", 3), ("surname", "LEE", "ORTEGA", 4),
    ("middle", "M", "M", 1), ("middle", "M", "MARIE", 2), ("middle", "A", "MARIE", 3),
    ("suffix", "JR", "II", 1), ("suffix", "JR", "SR", 2), ("suffix", "JR", None, 0),
    ("email", "A@B.EXAMPLE", "A@B.EXAMPLE", 1), ("email", "MOON77@B.EXAMPLE", "MOON77@C.EXAMPLE", 2),
    ("email", "MOONLIT@B.EXAMPLE", "MOONLITE@C.EXAMPLE", 3), ("email", "MOON77@B.EXAMPLE", "MOON78@B.EXAMPLE", 4),
    ("email", "MOON77@B.EXAMPLE", "STAR@B.EXAMPLE", 4),
    ("phone", "2065550101", "2065550101", 1), ("phone", "2065550101", "2065550111", 2),
    ("phone", "+442065550101", "2065550101", 2), ("phone", "2065550101", "4257778888", 3),
    ("birthdate", "1980-03-04", "1980-03-04", 1), ("birthdate", "1980-03-04", "1981-03-04", 2),
    ("birthdate", "1980-03-04", "1980-04-03", 2), ("birthdate", "1980-03-04", "1980-11-27", 3),
    ("birthdate", "1980-03-04", "1986-11-27", 4), ("birthdate", "1980-03-04", "1955-11-27", 5),
    ("birthdate", "1980-03-04", "UNKNOWABLE", 4),
    ("x_ssn", "123456789", "123456789", 1), ("x_ssn", "123456789", "123456798", 2), ("x_ssn", "123456789", "987654321", 3),
    ("x_job", "BAKER", "BAKER", 1), ("x_job", "BAKER", "BAKERY", 2), ("x_job", "BAKER", "PILOT", 4),
    ("x_team", "RED", "RED", 1), ("x_team", "RED", "BLUE", 2),
]  # fmt: skip
PLACES = [
    ({"address": "1 ELM ST", "postal": "98101"}, {"address": "1 ELM ST", "postal": "98101"}, (1, 1)),
    ({"address": "1 ELM ST", "postal": "98101"}, {"address": "1 ELM ST"}, (1, 0)),
    ({"address": "1 ELM STREET", "postal": "98101"}, {"address": "1 ELM STREETT", "postal": "98102"}, (2, 2)),
    ({"address": "1 ELM ST", "city": "BONN"}, {"address": "77 OAK AVE", "city": "BONN"}, (4, 8)),
    ({"postal": "98101", "city": "BONN"}, {"postal": "10977", "city": "BONN"}, (0, 4)),
    ({"postal": "98101", "city": "BONN"}, {"city": "BONN"}, (0, 8)),
    ({"postal": "98101", "city": "SEATTLE"}, {"city": "SEATTEL"}, (0, 9)),
    ({"city": "BONN"}, {"city": "ROME"}, (0, 11)),
    ({"postal": "98101"}, {"city": "BONN"}, (0, 0)),
    ({"postal": "98101", "city": "SEATTLE"}, {"postal": "10977", "city": "SEATTEL"}, (0, 5)),
    ({"postal": "98101", "city": "BONN"}, {"postal": "10977", "city": "ROME"}, (0, 7)),
    ({"address": "1 ELM ST"}, {"city": "BONN"}, (0, 0)),
]
BETTY, GERT = {"given": "BETTY", "surname": "SMITH"}, {"given": "GERT", "surname": "VAN DER MEER"}
EMAILS = [  # a login that is but the name says nothing where the names agree, whatever stands between its words
    (BETTY | {"email": "BETTY.SMITH@A.EXAMPLE"}, BETTY | {"email": "BETTY_SMITH@B.EXAMPLE"}, 0),
    (BETTY | {"email": "BETTY.SMITH@A.EXAMPLE"}, {"email": "BETTYSMITH@B.EXAMPLE"}, 5),
    (BETTY | {"email": "BSMITH@A.EXAMPLE"}, {"given": "CARL", "surname": "SMITH", "email": "CSMITH@B.EXAMPLE"}, 4),
    (BETTY | {"email": "BETTY.SMIHT@A.EXAMPLE"}, BETTY | {"email": "BETTY.SMITH@A.EXAMPLE"}, 3),
    (BETTY | {"email": "BETTY.SMIHT@A.EXAMPLE"}, BETTY | {"email": "BETTY.SMITH@B.EXAMPLE"}, 0),
    (BETTY | {"email": "BETTY.SMITH77@A.EXAMPLE"}, BETTY | {"email": "BETTY-SMITH77@B.EXAMPLE"}, 2),
    (GERT | {"email": "G.VANDERMEER@A.EXAMPLE"}, GERT | {"email": "GVANDERMEER@B.EXAMPLE"}, 0),
    (GERT | {"email": "MEERGERT@A.EXAMPLE"}, {"email": "MEERGERT@B.EXAMPLE"}, 5),
]
KINDS = {"ssn": "code", "job": "text", "team": "exact"}


@pytest.fixture(scope="module")
def levels():
    """The levels of each pair by field, of all pairs of this page in one statement."""
    sides = [({name: a}, {name: b}) for name, a, b, _ in LEVELS] + [(a, b) for a, b, _ in [*PLACES, *EMAILS]]
    rows = [{**side, "sk_row": str(place)} for place, pair in enumerate(sides) for side in pair]
    filler = {"given": "FILL", "surname": "ER", "middle": "Q", "suffix": "III", "email": "F@F.EXAMPLE", "phone": "1",
              "birthdate": "1900-05-05", "address": "0", "postal": "0", "city": "F", "x_ssn": "0", "x_job": "F", "x_team": "F"}  # fmt: skip
    options = StitchOptions(kinds=KINDS)
    with Engine() as engine:
        engine.bind_arrow("records", table([*rows, filler, filler, filler]))
        layout = layout_of(engine, "records", options)
        collapse(engine, "records", layout)
        describe(engine, "records", layout, options)
        engine.bind_arrow("nicknames", nickname_links())
        engine.keep("pairs", "SELECT least(a.i, b.i) AS l, greatest(a.i, b.i) AS r, a.pk::BIGINT AS place"
                             " FROM members AS a JOIN members AS b ON a.pk::BIGINT % 2 = 0 AND b.pk::BIGINT = a.pk::BIGINT + 1")  # fmt: skip
        found = engine.rows(compare(engine, layout, frequencies(engine, layout), options, "pairs", ("place",)))
    told = layout.levels_of(found["vector"].to_numpy())
    at = {place // 2: row for row, place in enumerate(found["place"].to_pylist())}
    return {place: dict(zip(layout.names, map(int, told[row]), strict=True)) for place, row in at.items()}


@pytest.mark.parametrize(("place", "case"), list(enumerate(LEVELS)), ids=str)
def test_levels(levels, place, case):
    name, _, _, level = case

    assert levels[place][name] == level


@pytest.mark.parametrize(("place", "case"), list(enumerate(PLACES, start=len(LEVELS))), ids=str)
def test_address_and_area_are_one_field(levels, place, case):
    address, area = case[2]

    assert divmod(levels[place]["place"], AREAS) == (address, area)


@pytest.mark.parametrize(("place", "case"), list(enumerate(EMAILS, start=len(LEVELS) + len(PLACES))), ids=str)
def test_a_login_is_more_than_a_name_or_says_nothing(levels, place, case):
    assert levels[place]["email"] == case[2]


def test_a_suffix_on_one_side_alone_is_a_level_of_its_own(levels):
    found = [(case[1], case[2], levels[place]) for place, case in enumerate(LEVELS) if case[0] == "suffix"]
    lone = {(bool(a), bool(b)): told["lone_suffix"] for a, b, told in found}

    assert lone == {(True, True): 0, (True, False): 2}
    assert {told["lone_suffix"] for told in levels.values() if not told["suffix"]} == {1, 2}
