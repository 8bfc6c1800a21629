"""The seam to the core of Stitch: one row a record with the values that are compared, bad values null.

(datasource, pk) is unique. What is compared how is the core's; what was delivered stays in `source_records`.
"""

import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.bad_values.found import BAD_VALUES
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.source_records import SOURCE

RECORDS = "stitch/standardised_records"
FLAGGED = ("address", "email", "given_name", "phone", "surname")
_COLUMNS = {  # column of the seam -> semantic by which it may be bad
    "given": "given-name",
    "middle": "middle-name",
    "surname": "surname",
    "suffix": "generational-suffix",
    "birthdate": "birthdate",
    "address": "address",
    "unit": None,
    "postal": "postal",
    "postal_nine": "postal",
    "city": "city",
    "state": "state",
    "country": "country",
    "po_box": "po-box",
    "company": "company",
    "gender": "gender",
    "title": "title",
}
_WITH = {"unit": "address", "postal_nine": "postal"}  # they go where another value goes
_OF_FULL_NAME = ("given", "middle", "surname")


def produce_records(build: Build, engine: Engine) -> Rows:
    """Every record with what is compared of it, and a flag `blv_…` for each semantic that has a bad value."""
    schema = build.bind(engine, "source", SOURCE)
    build.bind(engine, "bad", BAD_VALUES)
    return engine.stream(records_sql(engine, schema))


def records_sql(engine: Engine, schema: pa.Schema) -> str:
    """The statement over `source` and `bad` (stitch_bad_values); only semantics that have bad values cost a look-up."""
    rows = engine.rows("SELECT DISTINCT semantic, datasource = '*' AS everywhere FROM bad").to_pylist()
    known = {(row["semantic"], row["everywhere"]) for row in rows}
    counts = engine.value("SELECT count(*) FROM bad WHERE semantic = 'address' AND rule LIKE 'address by %'")
    flags: dict[str, str] = {}

    def bad(semantic: str, column: str) -> str | None:
        told = [
            f"s.{quote(column)} IN (SELECT value FROM bad WHERE semantic = {literal(semantic)} AND datasource = '*')"
            if (semantic, True) in known
            else "",
            f"(s.datasource || '|' || s.{quote(column)}) IN"
            f" (SELECT datasource || '|' || value FROM bad WHERE semantic = {literal(semantic)})"
            if (semantic, False) in known
            else "",
            "concat_ws(', ', s._address, s._city, s._state) IN (SELECT value FROM bad WHERE semantic = 'address')"
            if semantic == "address" and counts
            else "",
        ]
        found = " OR ".join(part for part in told if part)
        return f"coalesce({found}, FALSE)" if found else None

    full = bad("full-name", "_full")
    for name, semantic in _COLUMNS.items():
        if semantic is None or name in _WITH:
            continue
        conditions = [bad(semantic, f"_{name}"), full if name in _OF_FULL_NAME else None]
        flags[name] = " OR ".join(f"({part})" for part in conditions if part) or "FALSE"
    repeated = {base: [n for n in schema.names if n.startswith(f"_{base}_")] for base in ("email", "phone")}
    further = [n for n in schema.names if n.startswith(("_fk_", "_x_", "_sk_", "_bk_"))]
    singles = [*(n for names in repeated.values() for n in names), *further]
    for name in singles:
        base = next((base for base, names in repeated.items() if name in names), name.removeprefix("_"))
        flags[name.removeprefix("_")] = bad(base, name) or "FALSE"
    looked = ", ".join(f"{condition} AS {quote('b_' + name)}" for name, condition in flags.items())
    chosen = _chosen(repeated, further)
    return f"WITH looked AS (SELECT s.*, {looked} FROM source AS s) SELECT {chosen} FROM looked"


def _chosen(repeated: dict[str, list[str]], further: list[str]) -> str:
    def kept(name: str) -> str:
        flag = quote("b_" + _WITH.get(name, name))
        return f"CASE WHEN NOT {flag} THEN {quote('_' + name)} END"

    columns = ["datasource", "pk", "heap_user_id"]
    columns += [f"{kept(name)} AS {name}" for name in _COLUMNS]
    columns += [f"{kept(name[1:])} AS {quote(name[1:])}" for name in further]
    flags = {column: quote(f"b_{name}") for column, name in FLAG_OF.items()}
    for base, names in repeated.items():
        values = [kept(name[1:]) for name in names]
        columns.append(f"coalesce({', '.join(values)}) AS {base}" if len(values) > 1 else f"{values[0]} AS {base}")
        if len(values) > 1:
            some = f"list_distinct(list_filter([{', '.join(values)}], lambda v: v IS NOT NULL))"
            columns.append(f"list_sort({some}) AS {base}s")
        flags[base] = "(" + " OR ".join(quote(f"b_{name[1:]}") for name in names) + ")"
    columns += [f"{flag} AS blv_{column}" for column, flag in sorted(flags.items())]
    any_bad = [*flags.values(), *(quote(f"b_{name[1:]}") for name in further)]
    return ", ".join([*columns, f"({' OR '.join(any_bad)}) AS has_blv"])


FLAG_OF = {
    "given_name": "given",
    "middle_name": "middle",
    "generational_suffix": "suffix",
    **{name: name for name in ("surname", "birthdate", "address", "postal", "city", "state", "country", "po_box")},
    **{name: name for name in ("company", "gender", "title")},
}

RECORDS_STEP = Step(
    RECORDS,
    "What is compared of every record: standardised values, null where missing or bad, and flags of bad values",
    produce_records,
    (SOURCE, BAD_VALUES),
)
