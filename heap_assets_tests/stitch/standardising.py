"""Records standardised as a build does it, leftovers included, from rows of inputs alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.stitch.standardise.pipeline import VALUES, Shape, bind_words, leftovers_of, standardise
from heap_assets.stitch.standardised_values import compute

GENDER = frozenset({"normalize-gender", "prioritize-src-gender"})


def standardised(
    rows: Sequence[Mapping[str, str | None]], shape: Shape = Shape(profiles=GENDER)
) -> list[dict[str, str]]:
    """What becomes of each row; inputs and outputs are named without `i_` and `_`, and what is null is left out."""
    given = [{f"i_{name}": value for name, value in row.items()} | {"n": place} for place, row in enumerate(rows)]
    schema = pa.schema([("n", pa.int64()), *((f"i_{name}", pa.string()) for name in shape.inputs)])
    with Engine(threads=1) as engine:
        engine.bind_arrow("delivered", pa.Table.from_pylist(given, schema=schema))
        bind_words(engine)
        wanted = engine.rows(" UNION ".join(
            f"SELECT {literal(kind)} AS kind, {quote('i_' + name)} AS value,"
            f" {f'coalesce(i_country, {literal(shape.home)})' if kind == 'phone' else literal('')} AS country"
            f" FROM delivered WHERE {condition}"
            for name, (kind, condition) in leftovers_of(shape).items()
        ))  # fmt: skip
        engine.bind_arrow(VALUES, compute(wanted, shape.home))
        statement = standardise("delivered", ["n"], replace(shape, leftover=frozenset(wanted["kind"].to_pylist())))
        made = engine.rows(f"SELECT * FROM ({statement}) ORDER BY n").to_pylist()
    return [{name[1:]: value for name, value in row.items() if value is not None and name != "n"} for row in made]
