"""Trivial duplicates: qualified records that are equal in everything compared become one representative.

The number of a representative follows from its content alone, so every tie behind it is decided by content, never by
row order, thread or engine.
"""

from dataclasses import dataclass
from itertools import starmap

from heap_assets.engine import Engine, quote
from heap_assets.engine.sql import columns, literal
from heap_assets.stitch.fields import FURTHER, PLACE, Layout
from heap_assets.stitch.mailboxes import login_sql
from heap_assets.stitch.nicknames import known_given_names
from heap_assets.stitch.options import StitchOptions
from heap_assets.stitch.strategies import blocked_columns

MANY_SURNAMES = 30
_SEPARATOR = literal("\x1f")


@dataclass(frozen=True)
class Frequencies:
    """How common the values of one field are among representatives.

    `filled` have one; `agreeing` pairs of them are equal; `chance` is the probability that two drawn at random are.
    """

    filled: int
    agreeing: int
    chance: float


def with_something_to_compare(layout: Layout) -> str:
    """SQL: whether a record goes into scoring; Heap users that carry nothing get their cluster by one integer join."""
    carried = [f"{quote(name)} IS NOT NULL" for name in layout.columns if not name.startswith(("sk_", "bk_"))]
    return " OR ".join(["heap_user_id IS NULL", *carried])


def collapse(engine: Engine, records: str, layout: Layout) -> int:
    """Make `members`, one row a scored record; returns the number of representatives.

    i is the rank of the record's content; `first` marks the record whose values stand for all of its number. Beside
    them stand datasource, pk and heap_user_id, so that labels need no second look at the records. All three ranks are
    of one order, so that the engine sorts once; `concat` takes null for nothing, as an empty text.
    """
    qualified = _qualified(layout)
    content = [_as_text(name) for name in layout.columns if not name.startswith(("fk_", "bk_"))]
    own = f"CASE WHEN {qualified} THEN '' ELSE concat(datasource, {_SEPARATOR}, pk) END"
    engine.keep(
        "members",
        f"""
        WITH hashed AS (
            SELECT md5(concat({f", {_SEPARATOR}, ".join([*content, own])})) AS h, datasource, pk, heap_user_id
            FROM {quote(records)} WHERE {with_something_to_compare(layout)}
        )
        SELECT dense_rank() OVER (ORDER BY h) - 1 AS i,
            row_number() OVER (ORDER BY h, datasource, pk) = rank() OVER (ORDER BY h) AS "first",
            datasource, pk, heap_user_id
        FROM hashed
        """,
    )
    return int(engine.value("SELECT coalesce(max(i) + 1, 0) FROM members"))


def describe(engine: Engine, records: str, layout: Layout, options: StitchOptions) -> None:
    """Make `representatives`: compared values by number i, with what comparing needs to know of each value.

    `login` is the e-mail before its @ without the marks between its words, `known` whether the given name is one that
    many bear, and `latin` whether the names can be read letter by letter. What nobody asks for is left out: wide rows
    are what Stitch holds most of.
    """
    asked = {one.name for one in layout.fields} | blocked_columns(layout, options)
    unasked = {name for name in FURTHER if name not in asked} | {"emails", "phones", *layout.keys("fk_")}
    names = [name for name in layout.columns if name not in unasked]
    lists = [
        f"coalesce({several}, CASE WHEN {one} IS NOT NULL THEN [{one}] END) AS {several}"
        for several, one in (("emails", "email"), ("phones", "phone"))
        if layout.has(several)
    ]
    derived = [*_derived(layout), *lists]
    join = ""
    if layout.has("given"):
        _keep_known(engine, records, layout)
        join = " LEFT JOIN known_names AS k ON r.given = k.name"
        derived.append("k.name IS NOT NULL AS known")
    engine.keep(
        "representatives",
        f"""
        SELECT m.i, {", ".join([f"r.{quote(name)}" for name in names] + derived)}
        FROM {quote(records)} AS r JOIN members AS m ON r.datasource = m.datasource AND r.pk = m.pk{join}
        WHERE m."first"
        """,
    )


def counted_columns(layout: Layout) -> list[str]:
    """Columns whose equal values weigh by how common they are; an identifier's count says how often its owner came."""
    common = ["given", "surname", "middle", "birthdate", "postal", "city"]
    custom = [one.name for one in layout.fields if one.kind in ("exact", "text", "date") and one.modelled]
    return [name for name in [*common, *custom] if layout.has(name)]


def frequencies(engine: Engine, layout: Layout) -> dict[str, Frequencies]:
    """How common values are, for every column with an exact level and for `address` together with `postal`.

    Makes `value_counts` (name, value, n) of the counted columns: values that two or more representatives have. Looked
    up where a pair agrees, they cost less than six numbers carried along with every representative.
    """
    counted = counted_columns(layout)
    engine.keep("value_counts", " UNION ALL ".join([*map(_counts, counted), _NO_COUNTS]))
    names = [name for name in layout.columns if not name.startswith(("fk_", "sk_", "bk_")) and name not in _NOT_COUNTED]
    keyed = {name: [name] for name in names if name not in counted}
    if layout.has(*PLACE[:2]):
        keyed["whole_place"] = list(PLACE[:2])
    rows = engine.rows(" UNION ALL ".join([*map(_of_counted, counted), *starmap(_of_key, keyed.items()), _NO_SUMS]))
    return {row["name"]: _frequencies(row["filled"], row["agreeing"] or 0) for row in rows.to_pylist()}


def _of_counted(name: str) -> str:
    """How many have a value of a counted column, and how many pairs of them are equal."""
    return f"""
        SELECT {literal(name)} AS name, (SELECT count({quote(name)}) FROM representatives) AS filled,
            sum(n * (n - 1) / 2)::BIGINT AS agreeing
        FROM value_counts WHERE name = {literal(name)}
    """


def _of_key(name: str, key: list[str]) -> str:
    """The same of columns that nobody looks up: counted by hash, for a whole number costs two thirds of a text."""
    whole = " AND ".join(f"{quote(column)} IS NOT NULL" for column in key)
    return f"""
        SELECT {literal(name)} AS name, coalesce(sum(n), 0)::BIGINT AS filled, sum(n * (n - 1) / 2)::BIGINT AS agreeing
        FROM (SELECT count(*) AS n FROM representatives WHERE {whole} GROUP BY hash({columns(key)})) AS counted
    """


_NO_COUNTS = "SELECT '' AS name, '' AS value, 0::BIGINT AS n WHERE FALSE"
_NO_SUMS = "SELECT '' AS name, 0::BIGINT AS filled, 0::BIGINT AS agreeing WHERE FALSE"
_NOT_COUNTED = ("emails", "phones", "state", "country", "po_box", "company", "gender")


def _frequencies(filled: int, agreeing: int) -> Frequencies:
    return Frequencies(filled, agreeing, (2 * agreeing + filled) / filled**2 if filled else 1.0)


def _qualified(layout: Layout) -> str:
    """A record that would match itself: by name and a contact, name and birthdate or address, or by two contacts."""
    codes = [one.name for one in layout.fields if one.kind == "code"]
    contacts = [name for name in ("email", "phone", *codes) if layout.has(name)]
    facts = [name for name in ("birthdate", "address") if layout.has(name)]
    ways = []
    if layout.has("given") and contacts:
        ways.append(f"(length(given) > 1 AND ({_any(contacts)}))")
    if layout.has("given", "surname") and facts:
        ways.append(f"(length(given) > 1 AND surname IS NOT NULL AND ({_any(facts)}))")
    if layout.has("email", "phone"):
        ways.append("(email IS NOT NULL AND phone IS NOT NULL)")
    return f"({' OR '.join(ways)})" if ways else "FALSE"


def _any(names: list[str]) -> str:
    return " OR ".join(f"{quote(name)} IS NOT NULL" for name in names)


def _derived(layout: Layout) -> list[str]:
    found = []
    if layout.has("email"):
        found.append(f"{login_sql('r.email')} AS login")
    names = [f"r.{name}" for name in ("given", "surname") if layout.has(name)]
    if names:
        plain = " AND ".join(f"coalesce(bit_length({name}) = 8 * length({name}), TRUE)" for name in names)
        found.append(f"({plain}) AS latin")
    return found


def _as_text(name: str) -> str:
    return f"array_to_string({quote(name)}, ',')" if name in ("emails", "phones") else quote(name)


def _counts(name: str) -> str:
    column = quote(name)
    return f"""
        SELECT {literal(name)} AS name, {column} AS value, count(*) AS n
        FROM representatives WHERE {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1
    """


def _keep_known(engine: Engine, records: str, layout: Layout) -> None:
    """Make `known_names`: those that ship, and those with many surnames, which count the same in all records."""
    import pyarrow as pa

    engine.bind_arrow("shipped_names", pa.table({"name": known_given_names()}))
    own = f"""
        UNION SELECT given AS name FROM (
            SELECT DISTINCT given, surname FROM {quote(records)} WHERE length(given) > 1 AND surname IS NOT NULL
        ) GROUP BY given HAVING count(*) >= {MANY_SURNAMES}
    """
    engine.keep("known_names", f"SELECT name FROM shipped_names{own if layout.has('surname') else ''}")
