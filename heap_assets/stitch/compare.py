"""How alike two records are: a level for each field, all levels in one whole number, and how common what they share is.

The levels of each kind stand in `levels`, what one is worth is learned in `learning`. A distance that several levels
ask of is measured once.
"""

import math
from collections.abc import Mapping, Sequence

from heap_assets.engine import Engine, literal, quote
from heap_assets.stitch.fields import AREAS, DERIVED, Layout
from heap_assets.stitch.levels import date_near_sql, level_sql
from heap_assets.stitch.mailboxes import login_nearness, login_plainness
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.representatives import Frequencies, counted_columns


def compare(
    engine: Engine,
    layout: Layout,
    known: Mapping[str, Frequencies],
    options: StitchOptions,
    pairs: str,
    further: Sequence[str] = (),
    among: str = "representatives",
) -> str:
    """A statement: (l, r, vector, adjust) for each pair (l, r) of `pairs`, with its columns `further` passed on.

    `among` is a table of those representatives that the pairs are of, where they are few.

    `adjust` is, in bits, how much commoner than average the values are that both have: it goes to the random class. How
    often each is there stands in `value_counts`, which `frequencies` makes.
    """
    nearness, plainness = (_added(columns) for columns in (_nearness(layout), login_plainness(layout)))
    levels = "".join(f", {level_sql(one, layout)} AS {quote('v_' + one.name)}" for one in layout.fields)
    vector = " + ".join(
        [
            *(
                f"{quote('v_' + one.name)}::BIGINT * {stride}"
                for one, stride in zip(layout.fields, layout.strides(), strict=False)
            ),
            f"(CASE WHEN {_conflict_sql(layout, options)} THEN 1 ELSE 0 END)::BIGINT * {layout.strides()[-1]}",
        ]
    )
    passed = "".join(f", {quote(name)}" for name in further)
    nick = ""
    if layout.has("given"):
        nick = " LEFT JOIN nicknames AS nick ON a.given = nick.name AND b.given = nick.other"
    counts = "".join(
        f" LEFT JOIN value_counts AS {quote('n_' + name)} ON {quote('n_' + name)}.name = {literal(name)}"
        f" AND {quote('n_' + name)}.value = CASE WHEN {agree} THEN {quote('a_' + name)} END"
        for name, agree in _agreements(layout).items()
    )
    sides = ", ".join(f"{side}.{quote(name)} AS {quote(f'{side}_{name}')}" for side in "ab" for name in _needed(layout))
    more = ", nick.name IS NOT NULL AS nicknamed" if nick else ""
    return f"""
        WITH sides AS (
            SELECT p.l, p.r{"".join(f", p.{quote(name)}" for name in further)}{", " if sides else ""}{sides}{more}
            FROM {pairs} AS p JOIN {among} AS a ON p.l = a.i JOIN {among} AS b ON p.r = b.i{nick}
        ),
        near AS (SELECT *{nearness} FROM sides),
        alike AS (SELECT *{plainness} FROM near),
        levels AS (SELECT *{levels} FROM alike)
        SELECT l, r{passed}, {vector} AS vector, round({_adjust_sql(layout, known)}, 4) AS adjust FROM levels{counts}
    """


def _added(columns: Mapping[str, str]) -> str:
    return "".join(f", {sql} AS {name}" for name, sql in columns.items())


def _needed(layout: Layout) -> list[str]:
    derived = [name for name, columns in _DERIVED.items() if layout.has(*columns)]
    derived += ["latin"] if layout.has("given") or layout.has("surname") else []
    compared = [one.name for one in layout.fields if one.name not in DERIVED]
    place = [name for name in ("address", "postal", "city") if layout.has(name)]
    lists = [name for name in ("emails", "phones") if layout.has(name)]
    return list(dict.fromkeys([*compared, *place, *derived, *lists, *layout.keys("sk_")]))


_DERIVED = {"login": ("email",), "known": ("given",)}


def _nearness(layout: Layout) -> dict[str, str]:
    """Distances that several levels ask of, measured once a pair and only where the values are there and unlike.

    A condition stands in CASE even where nothing else is asked: there the engine stops at what is cheap and false.
    """
    found = dict(login_nearness(layout))
    for name in ("given", "surname", "address"):
        if layout.has(name):
            a, b = f"a_{name}", f"b_{name}"
            found[f"near_{name}"] = f"CASE WHEN {a} <> {b} THEN jaro_winkler_similarity({a}, {b}) END"
    if layout.has("postal"):
        found["apart_postal"] = "CASE WHEN a_postal <> b_postal THEN levenshtein(a_postal, b_postal) END"
    if layout.has("city"):
        elsewhere = " AND (a_postal = b_postal) IS NOT TRUE" if layout.has("postal") else ""
        found["near_city"] = f"CASE WHEN a_city <> b_city{elsewhere} THEN jaro_winkler_similarity(a_city, b_city) END"
    if layout.has("given", "surname"):
        cross = "left(a_given, 1) = left(b_surname, 1) AND left(a_surname, 1) = left(b_given, 1) AND a_given <> b_given"
        found["crossed"] = (
            f"CASE WHEN {cross} AND jaro_winkler_similarity(a_given, b_given) < 0.88"
            " AND jaro_winkler_similarity(a_given, b_surname) >= 0.9"
            " AND jaro_winkler_similarity(a_surname, b_given) >= 0.9 THEN TRUE ELSE FALSE END"
        )
    return found


def _conflict_sql(layout: Layout, options: StitchOptions) -> str:
    """Whether two records conflict in a separation key, and so are two people (amperity_behaviour.md 5.3).

    Generational suffixes separate by themselves. Given names separate where the field has the key, unless they may be
    one person's; birthdates unless they are one character apart or day and month are swapped.
    """
    tests = ["v_suffix = 2"] if options.hard_suffix and layout.index("suffix") is not None else []
    for key in layout.keys("sk_"):
        a, b = quote(f"a_{key}"), quote(f"b_{key}")
        different = f"({a} <> {b}"
        if key == "sk_given_name" and layout.index("given") is not None:
            different += " AND v_given IN (5, 6, 7)"
        if key == "sk_birthdate":
            different += f" AND NOT {date_near_sql(a, b)}"
        tests.append(different + ")")
    return " OR ".join(tests) if tests else "FALSE"


def _agreements(layout: Layout) -> dict[str, str]:
    """For every counted column, the condition under which both records of a pair have the same value."""
    counted = counted_columns(layout)
    found = {one.name: f"{quote('v_' + one.name)} = 1" for one in layout.fields if one.name in counted}
    if layout.has("postal"):
        found["postal"] = f"v_place % {AREAS} = 1"
    if layout.has("city"):
        found["city"] = f"v_place % {AREAS} IN (4, 8)"
    return found


def _adjust_sql(layout: Layout, known: Mapping[str, Frequencies]) -> str:
    terms = [f"CASE WHEN {agree} THEN {_rarity(name, known)} ELSE 0 END" for name, agree in _agreements(layout).items()]
    return " + ".join(terms) if terms else "0.0"


def _rarity(name: str, known: Mapping[str, Frequencies]) -> str:
    of = known[name]
    average = math.log2(of.filled) + math.log2(of.chance)
    return f"log2({quote('n_' + name)}.n) - {literal(round(average, 6))}"
