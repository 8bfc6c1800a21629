"""Records of every stitched table side by side: what was delivered, by meaning, and the same made comparable.

Bad values are still in it: what is compared in the end is `records`.
"""

from dataclasses import dataclass

import pyarrow as pa

from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.engine import Engine, literal, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.semantics import HEAP_USER, TableSemantics, column_name, key_names, semantics_of
from heap_assets.stitch.standardise.pipeline import VALUES, Shape, bind_words, standardise

SOURCE = "stitch/source_records"
STANDARDISED_VALUES = "stitch/standardised_values"
_NEEDED = ("ck", "given_name", "surname", "email", "phone", "update_dt")
_KEPT_TYPES = (pa.types.is_date, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_timestamp)
_AS_TEXT = ("create_dt", "update_dt", "ck")


@dataclass(frozen=True)
class Delivered:
    """The union of all stitched tables as a statement: raw columns named `raw:…`, inputs of standardising `i_…`."""

    statement: str
    raw: tuple[str, ...]
    shape: Shape


def source_domains(build: Build) -> list[str]:
    """The stitched domain tables, and where Heap users went."""
    tables = [f"domain/{spec.domain_name}" for spec in build.stitched()]
    return [*tables, RESOLVED_USERS] if RESOLVED_USERS in build.domains() else tables


def source_settings(build: Build) -> dict[str, object]:
    """What of the settings the records depend on."""
    stitch = build.settings.stitch
    return {
        "semantics": [(spec.display, spec.semantics) for spec in build.stitched()],
        "compare": dict(stitch.compare),
        "profiles": sorted(stitch.pre_processing_profiles),
        "case_sensitive_fks": sorted(stitch.case_sensitive_fks),
    }


def produce_source(build: Build, engine: Engine) -> Rows:
    """One row a record of a stitched table; (datasource, pk) is unique. Columns of absent meanings are left out."""
    build.bind(engine, VALUES, STANDARDISED_VALUES)
    kinds = engine.rows(f"SELECT DISTINCT kind FROM {VALUES}")["kind"].to_pylist()
    delivered = deliver(build, engine, frozenset(kinds))
    engine.define("delivered", delivered.statement)
    bind_words(engine)
    kept = ["datasource", "pk", "heap_user_id"]
    kept += [f"{quote('raw:' + name)} AS {quote(name)}" for name in delivered.raw]
    return engine.stream(standardise("delivered", kept, delivered.shape))


def deliver(build: Build, engine: Engine, leftover: frozenset[str] = frozenset()) -> Delivered:
    """The union of all stitched tables, bound and ready to be standardised."""
    if RESOLVED_USERS in build.domains():
        build.bind(engine, "resolved", RESOLVED_USERS)
    else:
        engine.define("resolved", "SELECT 0::BIGINT AS user_id, 0::BIGINT AS resolved_user_id WHERE FALSE")
    tables, schemas = [], []
    for spec in build.stitched():
        schemas.append(build.bind_domain(engine, spec.domain_name, spec))
        tables.append(semantics_of(spec, schemas[-1].names))
    shape = _shape(build, tables, leftover)
    kinds = _types(tables, schemas)
    selects = [_select(table, schema, shape, kinds) for table, schema in zip(tables, schemas, strict=True)]
    raw = dict.fromkeys([*_NEEDED, *(name for table in tables for name in table.columns)])
    nothing = [f"NULL::VARCHAR AS {quote(name)}" for name in ("datasource", "pk")]
    nothing += [f"NULL::{kinds.get(name, 'VARCHAR')} AS {quote('raw:' + name)}" for name in raw]
    nothing += ["NULL::BIGINT AS heap_user_id", *(f"NULL::VARCHAR AS {quote('i_' + name)}" for name in shape.inputs)]
    statement = " UNION ALL BY NAME ".join([f"SELECT {', '.join(nothing)} WHERE FALSE", *selects])
    return Delivered(statement, tuple(raw), shape)


def _shape(build: Build, tables: list[TableSemantics], leftover: frozenset[str]) -> Shape:
    stitch = build.settings.stitch
    further: dict[str, str] = {f"x_{column_name(name)}": kind for name, kind in stitch.compare.items()}
    for tag in key_names(tables, "sk-"):
        further[column_name(tag)] = "date" if tag == "sk-birthdate" else "text"
    keys = [column_name(tag) for prefix in ("fk-", "bk-") for tag in key_names(tables, prefix)]
    return Shape(
        emails=max([1, *(len(table.of("email")) for table in tables)]),
        phones=max([1, *(len(table.of("phone")) for table in tables)]),
        further=further,
        keys=tuple(keys),
        case_sensitive=frozenset(column_name(tag) for tag in stitch.case_sensitive_fks),
        profiles=frozenset(stitch.pre_processing_profiles),
        present=frozenset(name for name, tag in _TEXT_TAGS.items() if any(table.of(tag) for table in tables)),
        leftover=leftover,
    )


def _types(tables: list[TableSemantics], schemas: list[pa.Schema]) -> dict[str, str]:
    """The SQL type of raw columns that are of one type in every table; whatever has two types is text."""
    seen: dict[str, set[str]] = {}
    for table, schema in zip(tables, schemas, strict=True):
        for column, fields in table.columns.items():
            kind = schema.field(fields[0]).type
            plain = len(fields) == 1 and column not in _AS_TEXT and not column.startswith(("fk_", "sk_", "bk_"))
            name = _SQL.get(str(kind), "VARCHAR") if plain and any(test(kind) for test in _KEPT_TYPES) else "VARCHAR"
            seen.setdefault(column, set()).add(name)
    return {column: kinds.pop() if len(kinds) == 1 else "VARCHAR" for column, kinds in seen.items()}


_SQL = {"date32[day]": "DATE", "bool": "BOOLEAN", "int32": "INTEGER", "int64": "BIGINT", "double": "DOUBLE"} | {
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ"
}


def _select(table: TableSemantics, schema: pa.Schema, shape: Shape, kinds: dict[str, str]) -> str:
    spec = table.spec
    columns = [f"{literal(spec.display)} AS datasource", "t._pk AS pk"]
    heap_user = table.keys("fk-").get(HEAP_USER)
    join, user = "", "NULL::BIGINT"
    if heap_user:
        number = f"t.{quote(heap_user)}"
        number = number if pa.types.is_integer(schema.field(heap_user).type) else f"TRY_CAST({number} AS BIGINT)"
        user, join = f"coalesce(r.resolved_user_id, {number})", f" LEFT JOIN resolved AS r ON {number} = r.user_id"
    columns.append(f"{user} AS heap_user_id")
    for name, fields in table.columns.items():
        columns.append(f"{_joined(fields, kinds[name])} AS {quote('raw:' + name)}")
    columns += [f"{value} AS {quote('i_' + name)}" for name, value in _inputs(table, shape).items()]
    return f"SELECT {', '.join(columns)} FROM {quote(spec.domain_name)} AS t{join}"


_TEXT_TAGS = {name: name for name in ("title", "gender", "company", "address", "city", "state", "postal", "country")}
_SINGLE = {"given": "given-name", "middle": "middle-name", "surname": "surname", "suffix": "generational-suffix"} | {
    "full": "full-name",
    "title": "title",
    "gender": "gender",
    "company": "company",
    "birthdate": "birthdate",
}


def _inputs(table: TableSemantics, shape: Shape) -> dict[str, str]:
    """What goes into standardising: one text of each meaning, but every e-mail and phone."""
    found = {name: _first(table.of(tag)) for name, tag in _SINGLE.items() if table.of(tag)}
    for tag in ("email", "phone"):
        found |= {f"{tag}_{place}": _first([name]) for place, name in enumerate(table.of(tag), start=1)}
    for part in ("address", "city", "state", "postal", "country"):
        placed = _of_group(table, part)
        found |= {part: placed} if placed else {}
    for name in (*shape.further, *shape.keys):
        tags = [tag for tag in table.by_tag if column_name(tag) in (name, name.removeprefix("x_"))]
        found |= {name: _first(table.of(tags[0]))} if tags else {}
    return found


def _of_group(table: TableSemantics, part: str) -> str | None:
    """A part of the record's first address that is filled; address and address2 are one text."""
    cases = []
    for group in table.addresses:
        own = {tag: _first(fields) for tag, fields in group.fields.items()}
        value = own.get(part)
        if part == "address" and "address2" in own:
            value = f"nullif(concat_ws(' ', {own.get('address', 'NULL')}, {own['address2']}), '')"
        if len(table.addresses) == 1:
            return value
        there = ", ".join(own[tag] for tag in ("address", "postal", "city") if tag in own)
        cases.append(f"WHEN coalesce({there}) IS NOT NULL THEN {value or 'NULL'}")
    return f"CASE {' '.join(cases)} END" if cases else None


def _text(field: str) -> str:
    return f"t.{quote(field)}::VARCHAR"


def _first(fields: list[str]) -> str:
    """The first field that says anything: empty text, as a quoted empty field of a file is read, says nothing."""
    filled = [f"nullif(trim({_text(field)}), '')" for field in fields]
    return filled[0] if len(filled) == 1 else f"coalesce({', '.join(filled)})"


def _joined(fields: list[str], kind: str) -> str:
    if len(fields) == 1:
        return f"t.{quote(fields[0])}::{kind}"
    filled = ", ".join(f"nullif({_text(field)}, '')" for field in fields)
    return f"nullif(concat_ws(',', {filled}), '')"


SOURCE_STEP = Step(
    SOURCE,
    "Records of every stitched domain table: their fields by meaning as delivered, and the same made comparable",
    produce_source,
    (STANDARDISED_VALUES,),
    domains=source_domains,
    code="2",
    obeys=source_settings,
)
