"""Records made comparable for the benchmarks: from a plain table and its tags to the table that Stitch resolves.

The product's own statements, put one behind the other without a lake.
"""

from heap_assets.engine import Engine, literal, quote
from heap_assets.settings.stitch import DEFAULT_RULES
from heap_assets.stitch.bad_values.found import listed_sql, rules_sql
from heap_assets.stitch.records import records_sql
from heap_assets.stitch.standardise.pipeline import VALUES, Shape, bind_words, leftovers_of, some_leftover, standardise
from heap_assets.stitch.standardised_values import compute

_INPUTS = {
    "given-name": "given", "middle-name": "middle", "full-name": "full", "generational-suffix": "suffix",
    "email": "email_1", "phone": "phone_1",
}  # fmt: skip


def standardised(engine: Engine, tags: dict[str, str], kinds: dict[str, str]) -> str:
    """Make `source` and `bad` of `plain_records`; returns the statement of the compared records: datasource, pk, given, ...

    `tags` maps its columns to semantics; a tag `x-<name>` is a custom semantic that is compared as `kinds` has
    it, `fk-<name>` a foreign key.
    """
    inputs = {_input(tag): column for column, tag in tags.items()}
    further = {f"x_{name}": kind for name, kind in kinds.items()}
    keys = tuple(name for name in inputs if name.startswith("fk_"))
    shape = Shape(further=further, keys=keys, present=frozenset(inputs))
    filled = [
        f"nullif(trim({quote(inputs[name])}::VARCHAR), '') AS {quote('i_' + name)}" if name in inputs else f"NULL::VARCHAR AS {quote('i_' + name)}"
        for name in shape.inputs
    ]  # fmt: skip
    engine.define(
        "delivered", f"SELECT datasource, pk, NULL::BIGINT AS heap_user_id, {', '.join(filled)} FROM plain_records"
    )
    leftover = _keep_leftovers(engine, shape)
    shape = Shape(further=further, keys=keys, present=frozenset(inputs), leftover=leftover)
    bind_words(engine)
    engine.keep("source", standardise("delivered", ["datasource", "pk", "heap_user_id"], shape))
    schema = engine.rows("SELECT * FROM source LIMIT 0").schema
    found = [*listed_sql(schema, business_allowed=False), *rules_sql(DEFAULT_RULES, schema)]
    engine.keep("bad", " UNION ALL ".join(found))
    return records_sql(engine, schema)


def _input(tag: str) -> str:
    return _INPUTS.get(tag, tag.replace("-", "_"))


def _keep_leftovers(engine: Engine, shape: Shape) -> frozenset[str]:
    """Make the table of values that SQL does not standardise; returns the kinds that there are."""
    where = {"phone": f"coalesce(i_country, {literal(shape.home)})"}
    engine.keep("with_leftovers", f"SELECT * FROM delivered WHERE {some_leftover(shape)}")
    parts = [
        f"SELECT {literal(kind)} AS kind, {quote('i_' + name)} AS value, {where.get(kind, literal(''))} AS country"
        f" FROM with_leftovers WHERE {condition}"
        for name, (kind, condition) in leftovers_of(shape).items()
    ]
    computed = compute(engine.rows(" UNION ".join(parts)), shape.home)
    engine.drop("with_leftovers")
    engine.bind_arrow(VALUES, computed)
    return frozenset(computed["kind"].to_pylist())
