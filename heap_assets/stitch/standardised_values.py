"""What SQL cannot standardise, once a distinct value: kept from build to build, so that only new values are computed.

How a value is standardised is in `standardise.leftovers`.
"""

from collections.abc import Callable

import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.source_records import STANDARDISED_VALUES, deliver, source_domains, source_settings
from heap_assets.stitch.standardise.leftovers import RULES, fold, fold_full_name, phone
from heap_assets.stitch.standardise.pipeline import leftovers_of, some_leftover

_SCHEMA = pa.schema([(name, pa.string()) for name in ("kind", "value", "country", "standardised", "rules")])


def produce_values(build: Build, engine: Engine) -> Rows:
    """(kind, value, country) with what it is standardised to, for every leftover of the records as they are now.

    The table is a function of the records alone; what an earlier version holds under the same RULES is taken over.
    """
    delivered = deliver(build, engine)
    conditions = leftovers_of(delivered.shape)
    engine.define("delivered", delivered.statement)
    inputs = ", ".join(quote("i_" + name) for name in dict.fromkeys([*conditions, "country"]))
    engine.keep("with_leftovers", f"SELECT {inputs} FROM delivered WHERE {some_leftover(delivered.shape)}")
    home = literal(delivered.shape.home)
    parts = [
        f"SELECT {literal(kind)} AS kind, {quote('i_' + name)} AS value,"
        f" {f'coalesce(i_country, {home})' if kind == 'phone' else literal('')} AS country"
        f" FROM with_leftovers WHERE {condition}"
        for name, (kind, condition) in conditions.items()
    ]
    engine.keep("wanted", " UNION ".join(parts))
    _bind_held(build, engine)
    new = engine.rows("""
        SELECT w.kind, w.value, w.country FROM wanted AS w
        ANTI JOIN held AS h ON w.kind = h.kind AND w.value = h.value AND w.country = h.country
    """)
    engine.bind_arrow("computed", compute(new, delivered.shape.home))
    return engine.rows("""
        SELECT h.kind, h.value, h.country, h.standardised, h.rules FROM held AS h
        JOIN wanted AS w ON w.kind = h.kind AND w.value = h.value AND w.country = h.country
        UNION ALL SELECT kind, value, country, standardised, rules FROM computed
        ORDER BY kind, value, country
    """)


def compute(wanted: pa.Table, home: str) -> pa.Table:
    """Each wanted (kind, value, country) standardised in Python."""
    how: dict[str, Callable[[str, str], str | None]] = {
        "text": lambda value, _: fold(value),
        "full": lambda value, _: fold_full_name(value),
        "phone": lambda value, country: phone(value, country, home),
    }
    rows = zip(*(wanted[name].to_pylist() for name in ("kind", "value", "country")), strict=True)
    made = [(kind, value, country, how[kind](value, country) or None, RULES) for kind, value, country in rows]
    return (
        pa.table([pa.array(column, pa.string()) for column in zip(*made, strict=True)], schema=_SCHEMA)
        if made
        else (_SCHEMA.empty_table())
    )


def _bind_held(build: Build, engine: Engine) -> None:
    table = build.lake.find(STANDARDISED_VALUES)
    if table is None:
        engine.bind("held", [], _SCHEMA)
        return
    engine.bind("any_held", table.absolute(table.files), table.schema)
    engine.define("held", f"SELECT * FROM any_held WHERE rules = {literal(RULES)}")


VALUES_STEP = Step(
    STANDARDISED_VALUES,
    "Text beyond ASCII and phones from abroad, each distinct value standardised once and kept for the next build",
    produce_values,
    domains=source_domains,
    code=RULES,
    obeys=source_settings,
)
