"""An Avro schema as our own tree: parsed without trust, written again for the decoder, mapped to Arrow types.

No bytes of rows are looked at here. The written schema has names of our own (c0, n1, ...): datafusion refuses names
outside ASCII (T32), and it never sees defaults, aliases or logical types that it might read differently.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
INSTANT = pa.timestamp("us", tz="UTC")
INSTANTS = {f"{zone}timestamp-{unit}" for zone in ("", "local-") for unit in ("millis", "micros", "nanos")}
PLAIN = {
    "boolean": pa.bool_(),
    "int": pa.int64(),
    "long": pa.int64(),
    "float": pa.float64(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "fixed": pa.binary(),
}
DEEPEST = 24  # levels of nesting; beyond 128 the JSON parser of the decoder gives up, and stacks are not endless


class SchemaRefused(ValueError):
    """A schema that is not Avro, or not of a kind that rows can be read from; the reader names the object."""


@dataclass(frozen=True)
class AvroType:
    """A type with its parts: fields of a record, branches of a union, items of an array, values of a map.

    `names` are field names or enum symbols; `logical` is kept only where it changes what we deliver.
    """

    kind: str
    parts: tuple["AvroType", ...] = ()
    names: tuple[str, ...] = ()
    size: int = 0
    logical: str = ""
    precision: int = 0
    scale: int = 0

    @cached_property
    def depth(self) -> int:
        """Levels of nesting, 1 for a primitive."""
        return 1 + max((part.depth for part in self.parts), default=0)

    @cached_property
    def nodes(self) -> int:
        """Types in the tree with every reference written out: what a schema of references to references grows to."""
        return 1 + sum(part.nodes for part in self.parts)

    @cached_property
    def zero_bytes(self) -> int:
        """Bytes of the value whose encoding is all zeros; 0 only for types that take no bytes at all."""
        if self.kind == "union":
            return 1 + self.parts[0].zero_bytes
        if self.kind == "record":
            return sum(part.zero_bytes for part in self.parts)
        return {"null": 0, "float": 4, "double": 8, "fixed": self.size}.get(self.kind, 1)

    @cached_property
    def has_dense_union(self) -> bool:
        """Whether the decoder needs a dense union somewhere: any union but that of null and one other type."""
        two = len(self.parts) == 2 and len(self.branches) == 1
        return (self.kind == "union" and not two) or any(part.has_dense_union for part in self.parts)

    @cached_property
    def branches(self) -> tuple["AvroType", ...]:
        """The types a value may have besides null."""
        options = self.parts if self.kind == "union" else (self,)
        return tuple(option for option in options if option.kind != "null")

    @cached_property
    def arrow(self) -> pa.DataType:
        """The delivered type: unions join without loss (int + long, float + double), anything else is text."""
        joined = {_arrow_of(branch) for branch in self.branches}
        return joined.pop() if len(joined) == 1 else pa.string()


def _arrow_of(one: AvroType) -> pa.DataType:
    if one.logical in INSTANTS:
        return INSTANT
    if one.logical == "date":
        return pa.date32()
    return pa.string() if one.logical == "decimal" else PLAIN.get(one.kind, pa.string())


def parse_schema(text: str, most_columns: int) -> AvroType:
    """Return the record type that a header's schema text describes; raise SchemaRefused otherwise.

    Refused too: more than `most_columns` columns, recursive types (no Arrow type holds them), endless lists of values
    that take no bytes (their count is free to name any number).
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise SchemaRefused("the schema in its header is not JSON") from cause
    record = _parse(parsed, "", {}, most_columns, DEEPEST)
    if record.kind != "record" or not record.parts:
        raise SchemaRefused("the schema in its header is not a record with fields")
    return record


def _parse(schema: object, space: str, known: dict[str, AvroType | None], most: int, levels: int) -> AvroType:
    if levels == 0:
        raise SchemaRefused(f"the schema in its header is nested more than {DEEPEST} levels deep")
    if isinstance(schema, str):
        found = AvroType(schema) if schema in PRIMITIVES else known.get(_full_name(schema, space))
        if found is None:
            raise SchemaRefused("the schema in its header refers to a type that is unknown or holds itself")
    elif isinstance(schema, list) and schema:
        found = AvroType("union", tuple(_parse(branch, space, known, most, levels - 1) for branch in schema))
    elif isinstance(schema, dict):
        found = _parse_object(schema, space, known, most, levels)
    else:
        raise SchemaRefused("the schema in its header is not Avro")
    if found.depth > DEEPEST or found.nodes > 4 * most + 1:
        raise SchemaRefused("the schema in its header is too large")
    return found


def _parse_object(
    schema: dict[str, object], space: str, known: dict[str, AvroType | None], most: int, levels: int
) -> AvroType:
    kind = schema.get("type")
    if kind in ("array", "map"):
        part = _parse(schema.get("items" if kind == "array" else "values"), space, known, most, levels - 1)
        if part.zero_bytes == 0:
            raise SchemaRefused("the schema in its header has a list of values that take no bytes")
        return AvroType(str(kind), (part,))
    if kind in ("record", "enum", "fixed"):
        return _parse_named(str(kind), schema, space, known, most, levels)
    if isinstance(kind, str) and kind in PRIMITIVES:
        return _with_logical(AvroType(kind), schema)
    return _parse(kind, space, known, most, levels - 1)


def _parse_named(
    kind: str, schema: dict[str, object], space: str, known: dict[str, AvroType | None], most: int, levels: int
) -> AvroType:
    space = str(schema.get("namespace") or space)
    name = _full_name(str(schema.get("name") or ""), space)
    space = name.rpartition(".")[0]
    known[name] = None  # known, but not usable inside itself
    if kind == "fixed":
        size = schema.get("size")
        if not isinstance(size, int) or not 0 <= size < 1 << 24:
            raise SchemaRefused("the schema in its header has a fixed type without a usable size")
        found = _with_logical(AvroType("fixed", size=size), schema)
    elif kind == "enum":
        found = AvroType("enum", names=_distinct_names(schema.get("symbols"), "symbol"))
    else:
        fields = schema.get("fields")
        if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
            raise SchemaRefused("the schema in its header has a record without fields")
        if len(fields) > most:
            raise SchemaRefused(f"it has {len(fields)} columns, more than the {most} that are allowed")
        names = _distinct_names([field.get("name") for field in fields], "field")
        parts = tuple(_parse(field.get("type"), space, known, most, levels - 1) for field in fields)
        found = AvroType("record", parts, names)
    known[name] = found
    return found


def _full_name(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _distinct_names(names: object, what: str) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise SchemaRefused(f"the schema in its header has a {what} without a name")
    if len(set(names)) != len(names):
        raise SchemaRefused(f"the schema in its header names a {what} twice")
    return tuple(names)


def _with_logical(plain: AvroType, schema: dict[str, object]) -> AvroType:
    """Keep dates, instants and decimals; a uuid stays its text or bytes, a time of day its number."""
    logical = schema.get("logicalType")
    if (logical in INSTANTS and plain.kind == "long") or (logical == "date" and plain.kind == "int"):
        return AvroType(plain.kind, logical=str(logical))
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    fits = isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision and 0 < precision <= 76
    if logical == "decimal" and plain.kind in ("bytes", "fixed") and fits:
        return AvroType(plain.kind, (), (), plain.size, "decimal", int(str(precision)), int(str(scale)))
    return plain


def written_schema(record: AvroType) -> dict[str, object]:
    """Return the schema as JSON objects with names of our own, and without fields that take no bytes at all."""
    numbers = itertools.count()
    fields = [{"name": f"c{place}", "type": _written(record.parts[place], numbers)} for place in stored_places(record)]
    return {"type": "record", "name": "chunk", "fields": fields}


def stored_places(record: AvroType) -> list[int]:
    """Places of the columns whose values take bytes; the others are null in every row."""
    return [place for place, part in enumerate(record.parts) if part.zero_bytes]


def _written(one: AvroType, numbers: Iterator[int]) -> object:
    if one.kind == "union":
        return [_written(part, numbers) for part in one.parts]
    if one.kind in ("array", "map"):
        return {"type": one.kind, "items" if one.kind == "array" else "values": _written(one.parts[0], numbers)}
    named: dict[str, object] = {"type": one.kind, "name": f"n{next(numbers)}"}
    if one.kind == "record":
        fields = [{"name": f"f{place}", "type": _written(part, numbers)} for place, part in enumerate(one.parts)]
        return {**named, "fields": fields}
    if one.kind == "enum":
        return {**named, "symbols": [f"s{place}" for place in range(len(one.names))]}
    if one.kind != "fixed" and not one.logical:
        return one.kind  # {"type": "null"} in a union would make it a dense union: twice the time
    written: dict[str, object] = {**named, "size": one.size} if one.kind == "fixed" else {"type": one.kind}
    if one.logical:
        written |= {"logicalType": one.logical}
    if one.logical == "decimal":
        written |= {"precision": one.precision, "scale": one.scale}
    return written
