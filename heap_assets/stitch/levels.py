"""The levels of each kind of field, as SQL over columns `a_<name>` and `b_<name>` of a pair.

Levels are 0 where a side has no value, 1 where both are equal, and grow with the difference (stitch_method 4). Each
expression tests the commonest outcome first. How a pair's levels become one vector is in `compare`.
"""

from collections.abc import Callable

from heap_assets.engine import quote
from heap_assets.stitch.fields import AREAS, Field, Layout
from heap_assets.stitch.mailboxes import email_level, mailbox_level


def level_sql(one: Field, layout: Layout) -> str:
    """The level of one field, over columns `a_<name>` and `b_<name>` and the distances of `near`."""
    if one.name == "place":
        return _place_sql(layout)
    return _LEVELS[one.kind](one.name, layout)


def _given(name: str, layout: Layout) -> str:
    swapped = "WHEN crossed THEN 3" if layout.has("surname") else ""
    return f"""CASE
        WHEN a_given IS NULL OR b_given IS NULL OR a_latin <> b_latin THEN 0
        WHEN a_given = b_given THEN CASE WHEN length(a_given) > 1 THEN 1 ELSE 2 END
        WHEN length(a_given) = 1 OR length(b_given) = 1
            THEN CASE WHEN left(a_given, 1) = left(b_given, 1) THEN 2 ELSE 5 END
        WHEN nicknamed THEN 3
        {swapped}
        WHEN near_given < 0.75 THEN CASE WHEN {_PREFIX} THEN 3 WHEN a_known AND b_known THEN 7 ELSE 5 END
        WHEN {_PREFIX} THEN 3
        WHEN a_known AND b_known THEN 6
        WHEN near_given >= 0.88 THEN 3
        ELSE 4 END"""


_PREFIX = (
    "(least(length(a_given), length(b_given)) >= 3 AND (starts_with(a_given, b_given) OR starts_with(b_given, a_given))"
    " AND a_given || 'A' <> b_given AND b_given || 'A' <> a_given AND a_given || 'E' <> b_given"
    " AND b_given || 'E' <> a_given AND a_given || 'INE' <> b_given AND b_given || 'INE' <> a_given)"
)


def _surname(name: str, layout: Layout) -> str:
    swapped = "WHEN crossed THEN 2" if layout.has("given") else ""
    return f"""CASE
        WHEN a_surname IS NULL OR b_surname IS NULL OR a_latin <> b_latin THEN 0
        WHEN a_surname = b_surname THEN 1
        {swapped}
        WHEN near_surname >= 0.9 THEN 2
        WHEN near_surname >= 0.78 THEN 3
        WHEN least(length(a_surname), length(b_surname)) >= 4
            AND (contains(a_surname, b_surname) OR contains(b_surname, a_surname)) THEN 3
        ELSE 4 END"""


def _middle(name: str, layout: Layout) -> str:
    return """CASE
        WHEN a_middle IS NULL OR b_middle IS NULL THEN 0
        WHEN a_middle = b_middle THEN 1
        WHEN (length(a_middle) = 1 OR length(b_middle) = 1) AND left(a_middle, 1) = left(b_middle, 1) THEN 2
        WHEN jaro_winkler_similarity(a_middle, b_middle) >= 0.88 THEN 2
        ELSE 3 END"""


def _suffix(name: str, layout: Layout) -> str:
    """JR and II are one generation."""
    one, other = (f"CASE WHEN {side}_suffix = 'JR' THEN 'II' ELSE {side}_suffix END" for side in "ab")
    return f"CASE WHEN a_suffix IS NULL OR b_suffix IS NULL THEN 0 WHEN {one} = {other} THEN 1 ELSE 2 END"


def _lone_suffix(name: str, layout: Layout) -> str:
    """Whether one of the two alone has a suffix: a son is called junior, and his father seldom senior."""
    return """CASE
        WHEN a_suffix IS NULL AND b_suffix IS NULL THEN 1
        WHEN a_suffix IS NULL OR b_suffix IS NULL THEN 2
        ELSE 0 END"""


def _email(name: str, layout: Layout) -> str:
    return email_level(_same(name, layout), layout)


def _mailbox(name: str, layout: Layout) -> str:
    return mailbox_level(layout)


def _phone(name: str, layout: Layout) -> str:
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    country = f"""
        WHEN starts_with({a}, '+') <> starts_with({b}, '+') AND (
            right({a}, length({b})) = {b} OR right({b}, length({a})) = {a}) THEN 2"""
    return f"""CASE
        WHEN {a} IS NULL OR {b} IS NULL THEN 0
        WHEN {_same(name, layout)} THEN 1
        {country if name == "phone" else ""}
        WHEN length({a}) = length({b}) AND levenshtein({a}, {b}) <= 2 THEN 2
        ELSE 3 END"""


def _same(name: str, layout: Layout) -> str:
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    if not layout.has(f"{name}s"):
        return f"{a} = {b}"
    return f"({a} = {b} OR len(array_intersect(a_{name}s, b_{name}s)) > 0)"


def date_near_sql(a: str, b: str) -> str:
    """Whether two unlike dates are one character apart, or day and month are swapped."""
    swapped = f"(length({a}) = 10 AND {b} = left({a}, 5) || right({a}, 2) || '-' || substr({a}, 6, 2))"
    return (
        f"(levenshtein({a}, {b}) <= 1 OR (levenshtein({a}, {b}) = 2 AND damerau_levenshtein({a}, {b}) <= 1)"
        f" OR {swapped})"
    )


def _date(name: str, layout: Layout) -> str:
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    far = ""
    if name == "birthdate":
        years = f"TRY_CAST(left({a}, 4) AS INTEGER) - TRY_CAST(left({b}, 4) AS INTEGER)"
        far = f"WHEN abs({years}) >= 12 THEN 5"
    return f"""CASE
        WHEN {a} IS NULL OR {b} IS NULL THEN 0
        WHEN {a} = {b} THEN 1
        WHEN levenshtein({a}, {b}) > 4 THEN CASE WHEN left({a}, 4) = left({b}, 4) THEN 3 {far} ELSE 4 END
        WHEN {date_near_sql(a, b)} THEN 2
        WHEN left({a}, 4) = left({b}, 4) THEN 3
        WHEN levenshtein({a}, {b}) <= 2 OR damerau_levenshtein({a}, {b}) <= 2 THEN 3
        {far} ELSE 4 END"""


def _place_sql(layout: Layout) -> str:
    """The address's level and the area's in one: they are correlated, so the model learns them together."""
    address = area = "0"
    if layout.has("address"):
        address = """CASE
            WHEN a_address IS NULL OR b_address IS NULL THEN 0
            WHEN a_address = b_address THEN 1
            WHEN near_address < 0.8 THEN 4
            WHEN near_address >= 0.93 THEN 2
            ELSE 3 END"""
    if layout.has("postal") or layout.has("city"):
        area = f"CASE {' '.join(_area(layout))} ELSE 0 END"
    return f"({AREAS} * ({address}) + ({area}))"


def _area(layout: Layout) -> list[str]:
    """Cases of an area: by postal codes where both have one, else by cities."""
    postal, city = layout.has("postal"), layout.has("city")
    tests = []
    if postal:
        tests += ["WHEN a_postal = b_postal THEN 1", "WHEN apart_postal <= 1 THEN 2"]
    if postal and city:
        known = "apart_postal IS NOT NULL AND"
        tests += [f"WHEN {known} a_city = b_city THEN 4", f"WHEN {known} near_city >= 0.92 THEN 5"]
        tests += [f"WHEN {known} near_city >= 0.8 THEN 6"]
    if postal:
        tests += ["WHEN apart_postal <= 2 THEN 3", "WHEN a_postal <> b_postal THEN 7"]
    if city:
        alike = "WHEN near_city >= 0.92 THEN 9 WHEN near_city >= 0.8 THEN 10 WHEN near_city < 0.8 THEN 11"
        tests += ["WHEN a_city = b_city THEN 8", alike]
    return tests


def _exact(name: str, layout: Layout) -> str:
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    return f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN 0 WHEN {a} = {b} THEN 1 ELSE 2 END"


def _text(name: str, layout: Layout) -> str:
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    similar = f"jaro_winkler_similarity({a}, {b})"
    return f"""CASE
        WHEN {a} IS NULL OR {b} IS NULL THEN 0
        WHEN {a} = {b} THEN 1
        WHEN {similar} < 0.8 THEN 4
        WHEN {similar} >= 0.92 THEN 2
        ELSE 3 END"""


def _code(name: str, layout: Layout) -> str:
    """Two steps apart, one in codes of up to five characters."""
    a, b = quote(f"a_{name}"), quote(f"b_{name}")
    allowed = f"CASE WHEN greatest(length({a}), length({b})) <= 5 THEN 1 ELSE 2 END"
    return f"""CASE
        WHEN {a} IS NULL OR {b} IS NULL THEN 0
        WHEN {a} = {b} THEN 1
        WHEN levenshtein({a}, {b}) > 4 THEN 3
        WHEN damerau_levenshtein({a}, {b}) <= {allowed} THEN 2
        ELSE 3 END"""


_LEVELS: dict[str, Callable[[str, Layout], str]] = {
    "given": _given,
    "surname": _surname,
    "middle": _middle,
    "suffix": _suffix,
    "email": _email,
    "mailbox": _mailbox,
    "lone_suffix": _lone_suffix,
    "phone": _phone,
    "birthdate": _date,
    "exact": _exact,
    "text": _text,
    "code": _code,
    "date": _date,
}
