"""Records of every stitched table side by side.

What was delivered, by meaning, and the standardised values that are compared.
"""

import pyarrow as pa

from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.engine import Engine, literal, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch import standardise
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.semantics import TableSemantics, column_name, semantics_of

RECORDS = "stitch/standardised_records"
HEAP_USER = "fk-heap-user"
COMPARED = ("s_given_name", "s_surname", "s_suffix", "s_email", "s_phone", "s_birthdate")


def records_domains(build: Build) -> list[str]:
    """The stitched domain tables, and where Heap users went."""
    tables = [f"domain/{spec.domain_name}" for spec in build.stitched()]
    return [*tables, RESOLVED_USERS] if RESOLVED_USERS in build.domains() else tables


def produce_records(build: Build, engine: Engine) -> Rows:
    """One row a record of a stitched table; (datasource, pk) is unique. Columns of absent meanings are left out."""
    statements = []
    if RESOLVED_USERS in build.domains():
        build.bind(engine, "resolved", RESOLVED_USERS)
    else:
        engine.define("resolved", "SELECT 0::BIGINT AS user_id, 0::BIGINT AS resolved_user_id WHERE FALSE")
    for spec in build.stitched():
        schema = build.bind_domain(engine, spec.domain_name, spec)
        found = semantics_of(spec, schema.names)
        statements.append(_select(found, schema))
    base = (
        "SELECT "
        + ", ".join(f"NULL::VARCHAR AS {name}" for name in _NEEDED)
        + ", NULL::BIGINT AS heap_user_id WHERE FALSE"
    )
    return engine.stream(" UNION ALL BY NAME ".join([*statements, base]))


_NEEDED = ("datasource", "pk", "ck", "given_name", "surname", "email", "phone", "update_dt", *COMPARED)


def _select(found: TableSemantics, schema: pa.Schema) -> str:
    spec = found.spec
    columns = [f"{literal(spec.display)} AS datasource", "t._pk AS pk", f"{_heap_user(found)} AS heap_user_id"]
    if found.customer_key:
        columns.append(f"{_text(found.customer_key)} AS ck")
    raw = {tag: _joined(fields) for tag, fields in (found.profile | found.custom | found.foreign_keys).items()}
    for tag, expression in raw.items():
        columns.append(f"{expression} AS {quote(column_name(tag))}")
    for tag, fields in found.foreign_keys.items():
        if tag != HEAP_USER:
            key = standardise.foreign_key(_first(fields))
            columns.append(f"{key} AS {quote('k_' + column_name(tag))}")
    columns += [f"{expression} AS {name}" for name, expression in _compared(found).items()]
    join = ""
    if HEAP_USER in found.foreign_keys:
        join = f" LEFT JOIN resolved AS r ON t.{quote(found.foreign_keys[HEAP_USER][0])} = r.user_id"
    return f"SELECT {', '.join(columns)} FROM {quote(spec.domain_name)} AS t{join}"


def _heap_user(found: TableSemantics) -> str:
    """The Heap user that a record belongs to after user_migrations, as a number."""
    if HEAP_USER not in found.foreign_keys:
        return "NULL::BIGINT"
    return f"coalesce(r.resolved_user_id, t.{quote(found.foreign_keys[HEAP_USER][0])})"


def _compared(found: TableSemantics) -> dict[str, str]:
    first = {tag: _first(fields) for tag, fields in found.profile.items()}
    full = first.get("full-name", "NULL::VARCHAR")
    bare = f"regexp_replace(trim({full}), '(?i)[ ,]+(jr|junior|sr|senior|ii|iii|iv)[.]?$', '')"
    last = f"regexp_extract({bare}, '([^ ]+)$', 1)"
    rest = f"nullif(trim(regexp_replace({bare}, '[^ ]+$', '')), '')"
    given = f"coalesce({first.get('given-name', 'NULL::VARCHAR')}, {rest})"
    surname = f"coalesce({first.get('surname', 'NULL::VARCHAR')}, {last})"
    null = "NULL::VARCHAR"
    return {
        "s_given_name": standardise.given_name(given),
        "s_surname": standardise.surname(surname),
        "s_suffix": standardise.suffix(first.get("generational-suffix", null), surname, given, full),
        "s_email": standardise.email(first.get("email", null)),
        "s_phone": standardise.phone(first.get("phone", null)),
        "s_birthdate": standardise.birthdate(first.get("birthdate", null)),
    }


def _text(field: str) -> str:
    return f"t.{quote(field)}::VARCHAR"


def _first(fields: list[str]) -> str:
    """The first field that says anything: empty text, as a quoted empty field of a file is read, says nothing."""
    filled = (f"nullif(trim({_text(field)}), '')" for field in fields)
    return f"coalesce({', '.join(filled)})"


def _joined(fields: list[str]) -> str:
    if len(fields) == 1:
        return _text(fields[0])
    return f"nullif(concat_ws(',', {', '.join(_text(field) for field in fields)}), '')"


RECORDS_STEP = Step(
    RECORDS,
    "Records of every stitched domain table, their fields by meaning, with the standardised values that are compared",
    produce_records,
    domains=records_domains,
    obeys=lambda build: {"semantics": [(spec.display, spec.semantics) for spec in build.stitched()]},
)
