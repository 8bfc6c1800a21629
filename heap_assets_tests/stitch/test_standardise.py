"""Values made comparable: the examples of amperity_behaviour.md 6.2 and of the method, and the languages beyond them.

All examples of a table go through one statement, so that they cost what one costs.
"""

from functools import cache

import pyarrow as pa
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.standardise.addresses import spelled_unit
from heap_assets.stitch.standardise.pipeline import Shape
from heap_assets_tests.stitch.standardising import GENDER, standardised

EMAILS = [
    ("derek+1234@amperity.com", "DEREK@AMPERITY.COM"),
    ("gary.smith+123@gmail.com", "GARY.SMITH@GMAIL.COM"),
    ("Mixed.Case@Example.ORG", "MIXED.CASE@EXAMPLE.ORG"),
    ("a+b+c@x.org", "A@X.ORG"),
    ("Ann Lee <ann.lee+shop@x.org>", "ANN.LEE@X.ORG"),
    ("a@x.org; b@x.org", "A@X.ORG"),
    ("mailto:ann@x.org", "ANN@X.ORG"),
    ("ann@x.org.", "ANN@X.ORG"),
    ("o'neil_2%x@sub.x-y.org", "O'NEIL_2%X@SUB.X-Y.ORG"),
    ("no at sign", None),
    ("two@at@signs.com", None),
    ("nodot@localhost", None),
    ("blank in@local.com", None),
    ("@acme.com", None),
]
PHONES = [
    ("+1 (978) 425 6779", None, "9784256779"),
    ("222 4455", None, "2224455"),
    ("978.425.6779", None, "9784256779"),
    ("1-978-425-6779", "USA", "9784256779"),
    ("(978) 425-6779 x12", None, "9784256779"),
    ("978-425-6779 ext. 5", "Canada", "9784256779"),
    ("+1 978 425 6779", "Germany", "9784256779"),
    ("12345", None, None),
    ("12345678", None, None),
    ("call me", None, None),
    ("0044 20 7946 0958", None, "+442079460958"),
    ("+44 (0)20 7946 0958", None, "+442079460958"),
    ("020 7946 0958", "UK", "+442079460958"),
    ("020 7946 0958", "England", "+442079460958"),
    ("030 901820", "Deutschland", "+4930901820"),
    ("+49 (0)30 901820", None, "+4930901820"),
    ("01 23 45 67 89", "France", "+33123456789"),
    ("06 6982 1234", "Italia", "+390669821234"),
    ("0664 1234567", "Österreich", "+436641234567"),
    ("91 123 45 67", "España", "+34911234567"),
    ("０９０－１２３４－５６７８", "Japan", "+819012345678"),
    ("(11) 98765-4321", "Brasil", "+5511987654321"),
    ("0412 345 678", "Australia", "+61412345678"),
    ("98765 43210", "India", "+919876543210"),
    ("٠١٠١٢٣٤٥٦٧٨", "Egypt", "+201012345678"),
    ("12", "Germany", None),
]
NAMES = [
    ({"given": "mary"}, {"given": "MARY"}),
    ({"given": "Mary-Ann J."}, {"given": "MARY ANN", "middle": "J"}),
    ({"given": "J."}, {"given": "J"}),
    ({"given": "J. R."}, {"given": "J", "middle": "R"}),
    ({"given": "Ann", "middle": "maría"}, {"given": "ANN", "middle": "MARIA"}),
    ({"given": "..."}, {}),
    ({"surname": "O'Brien"}, {"surname": "OBRIEN"}),
    ({"surname": "O’Brien"}, {"surname": "OBRIEN"}),
    ({"surname": "Smith-Jones"}, {"surname": "SMITH JONES"}),
    ({"surname": "van der Berg"}, {"surname": "VAN DER BERG"}),
    ({"surname": "Smith Jr."}, {"surname": "SMITH", "suffix": "JR"}),
    ({"surname": "Smith, Sr"}, {"surname": "SMITH", "suffix": "SR"}),
    ({"surname": "Smith III"}, {"surname": "SMITH", "suffix": "III"}),
    ({"given": "John Jr", "surname": "Smith"}, {"given": "JOHN", "surname": "SMITH", "suffix": "JR"}),
    ({"surname": "Senior"}, {"surname": "SENIOR"}),
    ({"surname": "Ivory"}, {"surname": "IVORY"}),
    ({"surname": "Smith V"}, {"surname": "SMITH V"}),
    ({"suffix": "junior"}, {"suffix": "JR"}),
    ({"suffix": "2nd"}, {"suffix": "II"}),
    ({"suffix": "Sr.", "surname": "Smith Jr"}, {"surname": "SMITH", "suffix": "SR"}),
    ({"suffix": "PhD"}, {}),
    # a full name fills what is missing
    ({"full": "Mary Jane Watson"}, {"given": "MARY JANE", "surname": "WATSON"}),
    ({"full": "John Q. Smith"}, {"given": "JOHN", "middle": "Q", "surname": "SMITH"}),
    ({"full": "Cher"}, {"surname": "CHER"}),
    ({"full": "John Smith Jr."}, {"given": "JOHN", "surname": "SMITH", "suffix": "JR"}),
    ({"full": "John Smith, Senior"}, {"given": "JOHN", "surname": "SMITH", "suffix": "SR"}),
    ({"full": "Smith, John"}, {"given": "JOHN", "surname": "SMITH"}),
    ({"full": "Smith, John, Jr."}, {"given": "JOHN", "surname": "SMITH", "suffix": "JR"}),
    ({"full": "Smith, Jr."}, {"surname": "SMITH", "suffix": "JR"}),
    ({"full": "Dr. John Smith III"}, {"given": "JOHN", "surname": "SMITH", "suffix": "III"}),
    ({"full": "Mrs Smith"}, {"surname": "SMITH"}),
    ({"given": "Mary", "full": "Joan Watson"}, {"given": "MARY", "surname": "WATSON"}),
    ({"given": "Mary", "full": "Mary"}, {"given": "MARY"}),
    ({"surname": "van Gogh", "full": "Vincent van Gogh"}, {"given": "VINCENT", "surname": "VAN GOGH"}),
    (
        {"given": "John", "surname": "Smith", "full": "John Quincy Smith"},
        {"given": "JOHN", "middle": "QUINCY", "surname": "SMITH"},
    ),
    # other languages
    ({"full": "Ludwig van Beethoven"}, {"given": "LUDWIG", "surname": "VAN BEETHOVEN"}),
    ({"full": "María de la Cruz"}, {"given": "MARIA", "surname": "DE LA CRUZ"}),
    ({"full": "José da Silva Júnior"}, {"given": "JOSE", "surname": "DA SILVA", "suffix": "JR"}),
    ({"given": "Jürgen", "surname": "Groß"}, {"given": "JUERGEN", "surname": "GROSS"}),
    ({"given": "Søren", "surname": "Kierkegård"}, {"given": "SOEREN", "surname": "KIERKEGAARD"}),
    ({"given": "Łukasz", "surname": "Żółć"}, {"given": "LUKASZ", "surname": "ZOLC"}),
    ({"given": "İbrahim", "surname": "Çağlar"}, {"given": "IBRAHIM", "surname": "CAGLAR"}),
    ({"given": "Иван", "surname": "Петров"}, {"given": "IVAN", "surname": "PETROV"}),
    ({"given": "Γιώργος"}, {"given": "GIORGOS"}),
    ({"given": "Ａｎｎ"}, {"given": "ANN"}),
    ({"given": "Jose\u0301"}, {"given": "JOSE"}),
    ({"given": "Zoë😀"}, {"given": "ZOE"}),
    ({"full": "山田 太郎"}, {"given": "太郎", "surname": "山田"}),
    ({"full": "山田　太郎"}, {"given": "太郎", "surname": "山田"}),
    ({"full": "ヤマダ タロウ"}, {"given": "TAROU", "surname": "YAMADA"}),
    ({"full": "김 철수"}, {"given": "철수", "surname": "김"}),
    ({"full": "김철수"}, {"given": "철수", "surname": "김"}),
    ({"surname": "محمد"}, {"surname": "محمد"}),
    ({"surname": "कुमार"}, {"surname": "कुमार"}),
]
ADDRESSES = [
    ("123 W 1st St Ste 5", None, "123 WEST FIRST STREET", "SUITE 5"),
    ("123 West First Street, Suite 5", None, "123 WEST FIRST STREET", "SUITE 5"),
    ("77 Oak Dr.", None, "77 OAK DRIVE", None),
    ("77 oak ave", None, "77 OAK AVENUE", None),
    ("12 Oak Avenue N.W.", None, "12 OAK AVENUE NORTHWEST", None),
    ("12 Oak Ave NW", None, "12 OAK AVENUE NORTHWEST", None),
    ("5 N 3rd Ave", None, "5 NORTH THIRD AVENUE", None),
    ("12 St James St", None, "12 ST JAMES STREET", None),
    ("100 Elm Dr Apt.4B", None, "100 ELM DRIVE", "APARTMENT 4B"),
    ("100 Elm Drive #4B", None, "100 ELM DRIVE", "UNIT 4B"),
    ("100 Elm Drive Apt # 4B", None, "100 ELM DRIVE", "APARTMENT 4B"),
    ("9 High Road Bldg 2 Apt 3", None, "9 HIGH ROAD", "BUILDING 2 APARTMENT 3"),
    ("350 5th Ave Fl 34", None, "350 FIFTH AVENUE", "FLOOR 34"),
    ("P.O. Box 555", None, "PO BOX 555", None),
    ("po box 555", None, "PO BOX 555", None),
    ("Post Office Box 555", None, "PO BOX 555", None),
    ("12 Main St PO Box 9", None, "12 MAIN STREET", None),
    ("123 Box Elder Rd", None, "123 BOX ELDER ROAD", None),
    # Britain, Ireland, Australia
    ("Flat 2, 10 Downing St", "UK", "10 DOWNING STREET", "FLAT 2"),
    ("10 Downing Street, Flat 2", "UK", "10 DOWNING STREET", "FLAT 2"),
    ("Rose Cottage, Mill Ln", "UK", "ROSE COTTAGE MILL LANE", None),
    ("3/12 Smith Cres", "Australia", "12 SMITH CRESCENT", "UNIT 3"),
    ("Unit 3 12 Smith Crescent", "Australia", "12 SMITH CRESCENT", "UNIT 3"),
    # German, Dutch, Scandinavian
    ("Hauptstraße 5", "DE", "HAUPTSTR 5", None),
    ("Hauptstr. 5", "DE", "HAUPTSTR 5", None),
    ("Hauptstr.5 a", "DE", "HAUPTSTR 5A", None),
    ("Müllerstrasse 12, Whg 4", "DE", "MUELLERSTR 12", "WOHNUNG 4"),
    ("Kerkstraat 12-B", "NL", "KERKSTR 12B", None),
    ("Kerkstr. 12b", "NL", "KERKSTR 12B", None),
    ("Storgatan 5 lgh 1101", "SE", "STORGATAN 5", "LGH 1101"),
    # Portuguese, Spanish, Italian, French
    ("Rua das Flores, nº 123, apto 4", "BR", "R DAS FLORES 123", "APARTMENT 4"),
    ("R. das Flores 123", "BR", "R DAS FLORES 123", None),
    ("Av. Paulista, 1000", "BR", "AV PAULISTA 1000", None),
    ("Avenida Paulista 1000", "BR", "AV PAULISTA 1000", None),
    ("Calle Mayor 5, 3º B", "ES", "C MAYOR 5", None),
    ("C/ Mayor 5", "ES", "C MAYOR 5", None),
    ("Piazza Navona 10", "IT", "PZA NAVONA 10", None),
    ("12 bd Voltaire", "FR", "12 BOULEVARD VOLTAIRE", None),
    ("12, boulevard Voltaire", "FR", "12 BOULEVARD VOLTAIRE", None),
    ("Postfach 12 34", "CH", "PO BOX 1234", None),
    # other alphabets
    ("ул. Ленина 5", "RU", "UL LENINA 5", None),
    ("東京都渋谷区1-2-3", "JP", "東京都渋谷区1-2-3", None),
]
OTHERS = [
    ("birthdate", "1980-02-29", "1980-02-29"),
    ("birthdate", "1980-02-29 00:00:00", "1980-02-29"),
    ("birthdate", "1980/2/9", "1980-02-09"),
    ("birthdate", "02/09/1980", "1980-02-09"),
    ("birthdate", " 2-9-1980", "1980-02-09"),
    ("birthdate", "29.02.1980", "1980-02-29"),
    ("birthdate", "19800229", "1980-02-29"),
    ("birthdate", "02291980", "1980-02-29"),
    ("birthdate", "29021980", "1980-02-29"),
    ("birthdate", "55/28/1997", "1997-55-28"),
    ("birthdate", "19403407", "1940-34-07"),
    ("birthdate", "19121920", "1920-12-19"),
    ("birthdate", "55281997", "1997-55-28"),
    ("birthdate", "12345678", "12345678"),
    ("birthdate", "29 feb", "29 FEB"),
    ("postal", "12345-6789", "12345"),
    ("postal", "123456789", "12345"),
    ("postal", "02139", "02139"),
    ("postal", "sw1a 1aa", "SW1A1AA"),
    ("postal", "1010-001", "1010001"),
    ("city", "München", "MUENCHEN"),
    ("city", "Saint Louis", "ST LOUIS"),
    ("city", "St. Louis", "ST LOUIS"),
    ("state", "New York", "NY"),
    ("state", "québec", "QC"),
    ("country", "U.S.A.", "US"),
    ("country", "Österreich", "AT"),
    ("country", "Brasil", "BR"),
    ("country", "Utopia", "UTOPIA"),
    ("company", "Acme, Inc.", "ACME"),
    ("company", "Müller & Söhne GmbH", "MUELLER SOEHNE"),
    ("gender", "female", "F"),
    ("gender", "WOMAN", "F"),
    ("gender", "m", "M"),
    ("gender", "Male", "M"),
    ("gender", "man", "M"),
    ("gender", "non-binary", "X"),
    ("gender", "NB", "X"),
    ("gender", "enby", "X"),
    ("gender", "Nonbinary", "X"),
    ("gender", "Other", "X"),
    ("gender", "NONE", None),
    ("gender", "unknown", None),
]


@cache
def _emails() -> list[dict[str, str]]:
    return standardised([{"email_1": value} for value, _ in EMAILS])


@pytest.mark.parametrize("place", range(len(EMAILS)), ids=[value for value, _ in EMAILS])
def test_email(place: int) -> None:
    assert _emails()[place].get("email_1") == EMAILS[place][1]


@cache
def _phones() -> list[dict[str, str]]:
    return standardised([{"phone_1": value, "country": country} for value, country, _ in PHONES])


@pytest.mark.parametrize("place", range(len(PHONES)), ids=[f"{value} {country}" for value, country, _ in PHONES])
def test_phone(place: int) -> None:
    assert _phones()[place].get("phone_1") == PHONES[place][2]


def test_a_phone_without_country_is_australian_where_customers_are() -> None:
    made = standardised([{"phone_1": "0412 345 678"}], Shape(profiles=frozenset({"australian-customer"})))

    assert made[0]["phone_1"] == "+61412345678"


@cache
def _names() -> list[dict[str, str]]:
    return standardised([given for given, _ in NAMES])


@pytest.mark.parametrize("place", range(len(NAMES)), ids=[str(given) for given, _ in NAMES])
def test_names(place: int) -> None:
    made = {name: value for name, value in _names()[place].items() if name in ("given", "middle", "surname", "suffix")}

    assert made == NAMES[place][1]


@cache
def _addresses() -> list[dict[str, str]]:
    return standardised([{"address": value, "country": country} for value, country, *_ in ADDRESSES])


@pytest.mark.parametrize("place", range(len(ADDRESSES)), ids=[value for value, *_ in ADDRESSES])
def test_address(place: int) -> None:
    assert _addresses()[place].get("address") == ADDRESSES[place][2]


def test_units_in_full_words() -> None:
    units = pa.table(
        {"n": range(len(ADDRESSES)), "unit": pa.array([row.get("unit") for row in _addresses()], pa.string())}
    )
    with Engine(threads=1) as engine:
        engine.bind_arrow("units", units)
        made = engine.rows(f"SELECT {spelled_unit('unit')} AS unit FROM units ORDER BY n")["unit"].to_pylist()

    assert dict(zip([row[0] for row in ADDRESSES], made, strict=True)) == {row[0]: row[3] for row in ADDRESSES}


def test_a_post_office_box_has_a_column_of_its_own() -> None:
    made = {value: row.get("po_box") for (value, *_), row in zip(ADDRESSES, _addresses(), strict=True)}

    assert {value: box for value, box in made.items() if box} == {
        "P.O. Box 555": "PO BOX 555",
        "po box 555": "PO BOX 555",
        "Post Office Box 555": "PO BOX 555",
        "12 Main St PO Box 9": "PO BOX 9",
        "Postfach 12 34": "PO BOX 1234",
    }


@cache
def _others() -> list[dict[str, str]]:
    return standardised([{name: value} for name, value, _ in OTHERS])


def test_the_day_comes_first_where_the_profile_of_pre_processing_says_so() -> None:
    shape = Shape(profiles=frozenset({"australian-customer"}))

    made = standardised([{"birthdate": "05/03/1990"}, {"birthdate": "05/13/1990"}], shape)

    assert [row["birthdate"] for row in made] == ["1990-03-05", "1990-05-13"]


@pytest.mark.parametrize("place", range(len(OTHERS)), ids=[f"{name} {value}" for name, value, _ in OTHERS])
def test_other_values(place: int) -> None:
    name, _, expected = OTHERS[place]

    assert _others()[place].get(name) == expected


def test_nine_digits_of_a_postal_code_are_kept_beside_the_five() -> None:
    made = standardised([{"postal": "12345-6789"}, {"postal": "12345"}])

    assert [row.get("postal_nine") for row in made] == ["12345-6789", None]


@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        ({"normalize-gender", "prioritize-src-gender"}, ["M", "F", "F"]),
        ({"normalize-gender", "prioritize-derived-gender"}, ["F", "F", "F"]),
        ({"normalize-gender", "skip-derive-gender"}, ["M", None, "F"]),
        (set(), ["MALE", "F", "WOMAN"]),
    ],
)
def test_gender_by_profile(profiles: set[str], expected: list[str | None]) -> None:
    rows = [{"gender": "male", "title": "Mrs."}, {"title": "Ms"}, {"gender": "woman", "title": "Dr."}]

    assert [row.get("gender") for row in standardised(rows, Shape(profiles=frozenset(profiles)))] == expected


def test_a_title_is_inferred_from_the_gender() -> None:
    made = standardised([{"gender": "F"}, {"gender": "M", "title": "Dr."}, {"gender": "X"}])

    assert [row.get("title") for row in made] == ["MS", "DR", None]


def test_custom_semantics_by_kind_and_keys() -> None:
    shape = Shape(
        profiles=GENDER,
        further={
            "x_place": "text",
            "x_job": "exact",
            "x_tax": "code",
            "x_since": "date",
            "x_fax": "phone",
            "sk_brand": "text",
        },
        keys=("fk_id", "fk_exact", "bk_tax"),
        case_sensitive=frozenset({"fk_exact"}),
    )
    row = {"x_place": "Zürich (ZH)", "x_job": "c++ dev", "x_tax": "ab-12 3", "x_since": "2020-01-02 03:04:05"}
    row |= {"x_fax": "+49 30 901820", "sk_brand": "o'neill", "fk_id": "c-1a", "fk_exact": "c-1a", "bk_tax": "t1"}

    (made,) = standardised([row], shape)

    assert made == {
        "x_place": "ZUERICH ZH",
        "x_job": "C++ DEV",
        "x_tax": "AB123",
        "x_since": "2020-01-02",
        "x_fax": "+4930901820",
        "sk_brand": "ONEILL",
        "fk_id": "C-1A",
        "fk_exact": "c-1a",
        "bk_tax": "T1",
    }


def test_several_phones_and_emails() -> None:
    (made,) = standardised([{"email_2": "B@x.org", "phone_1": "222 4455", "phone_2": "+49 30 901820"}], Shape(2, 2))

    assert made == {"email_2": "B@X.ORG", "phone_1": "2224455", "phone_2": "+4930901820"}


def test_nothing_at_all() -> None:
    assert standardised([{}], Shape(present=frozenset())) == [{}]
