"""How names, values and types are written in SQL.

Every statement of the house quotes through here; running them is in `duckdb`.
"""

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa

from heap_assets.errors import SchemaMismatch

_TYPES = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
}


def quote(name: str) -> str:
    """An identifier as SQL: the one way in which a name enters a statement."""
    return '"' + name.replace('"', '""') + '"'


def columns(names: Sequence[str], prefix: str = "") -> str:
    """A comma-separated list of quoted names, each behind `prefix.` where one is given."""
    lead = f"{prefix}." if prefix else ""
    return ", ".join(lead + quote(name) for name in names)


def literal(value: str | float | bool | date | None) -> str:
    """A constant as SQL, for places that cannot be bound (file lists, view texts)."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def text_list(values: Sequence[str]) -> str:
    """A SQL list of text constants."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def sql_type(kind: pa.DataType) -> str:
    """The SQL type of an Arrow type that tables may hold; SchemaMismatch for any other."""
    if pa.types.is_dictionary(kind):
        return sql_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        inner = ", ".join(f"{quote(field.name)} {sql_type(field.type)}" for field in kind)
        return f"STRUCT({inner})"
    if kind not in _TYPES:
        raise SchemaMismatch(f"no table may hold a column of type {kind}")
    return _TYPES[kind]
