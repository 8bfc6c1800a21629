"""An Avro schema as our own tree: parsed without trust, written again for the decoder, mapped to Arrow types.

No bytes of rows are looked at here. The written schema has names of our own (c0, n1, ...): datafusion refuses names
outside ASCII (T32), and it never sees defaults, aliases or logical types that it might read differently.
"""

import itertools
import json
import re
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
_HALF_PAIR = re.compile("[\ud800-\udfff]")
WIDEST = 100  # bytes of memory that an item of a list may take for each byte of it: a null among fixed ones takes all
MOST_MEMORY = 256 << 20  # bytes that one batch, or one row, may take before it holds anything
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
    def least_bytes(self) -> int:
        """Bytes of the value that takes the fewest; 0 only for types that take no bytes at all."""
        if self.kind == "union":
            return 1 + self._least_part.least_bytes
        if self.kind == "record":
            return sum(part.least_bytes for part in self.parts)
        return {"null": 0, "float": 4, "double": 8, "fixed": self.size}.get(self.kind, 1)

    def least_value(self) -> bytes:
        """A value of `least_bytes` bytes as Avro encodes it: zeros, but for the branch of a union (below 64)."""
        if self.kind == "union":
            return bytes([2 * self.parts.index(self._least_part)]) + self._least_part.least_value()
        if self.kind == "record":
            return b"".join(part.least_value() for part in self.parts)
        return bytes(self.least_bytes)

    @property
    def _least_part(self) -> "AvroType":
        return min(self.parts[:64], key=lambda part: part.least_bytes)

    @cached_property
    def width(self) -> int:
        """Bytes of memory that the decoder takes for any value, null or not: all of a fixed type, 8 of others."""
        return max(8, self.size) + sum(part.width for part in self.parts)

    @property
    def is_dense_union(self) -> bool:
        """Whether the decoder makes a dense union of it: any union but that of null and one other type."""
        return self.kind == "union" and not (len(self.parts) == 2 and len(self.branches) == 1)

    @cached_property
    def has_dense_union(self) -> bool:
        """Whether there is a dense union somewhere in it."""
        return self.is_dense_union or any(part.has_dense_union for part in self.parts)

    @cached_property
    def has_metadata(self) -> bool:
        """Whether the decoder's Arrow type says more than the type itself: the name, or the digits.

        Inside a dense union datafusion 55 loses it on one side of a comparison ("is not contained by target field").
        """
        named = self.kind in ("record", "enum", "fixed") or self.logical == "decimal"
        return named or any(part.has_metadata for part in self.parts)

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
    that take no bytes (their count is free to name any number), unions that the decoder cannot read.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise SchemaRefused("the schema in its header is not JSON") from cause
    record = _parse(parsed, "", {}, most_columns, DEEPEST)
    if record.width > MOST_MEMORY:
        raise SchemaRefused("a row of the schema in its header takes too much memory")
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
        found = _parse_union(schema, space, known, most, levels)
    elif isinstance(schema, dict):
        found = _parse_object(schema, space, known, most, levels)
    else:
        raise SchemaRefused("the schema in its header is not Avro")
    if found.depth > DEEPEST or found.nodes > 4 * most + 1:
        raise SchemaRefused("the schema in its header is too large")
    return found


def _parse_union(
    schema: list[object], space: str, known: dict[str, AvroType | None], most: int, levels: int
) -> AvroType:
    union = AvroType("union", tuple(_parse(branch, space, known, most, levels - 1) for branch in schema))
    if union.is_dense_union and any(part.has_metadata for part in union.parts):
        raise SchemaRefused(
            "the schema in its header has a union of several types, in one of which is a record, enum, fixed or decimal"
        )
    return union


def _parse_object(
    schema: dict[str, object], space: str, known: dict[str, AvroType | None], most: int, levels: int
) -> AvroType:
    kind = schema.get("type")
    if kind in ("array", "map"):
        part = _parse(schema.get("items" if kind == "array" else "values"), space, known, most, levels - 1)
        if part.least_bytes == 0:
            raise SchemaRefused("the schema in its header has a list of values that take no bytes")
        if part.width > WIDEST * max(part.least_bytes, 8):
            raise SchemaRefused("the schema in its header has a list of values that take memory, and hardly any bytes")
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
    if any(_HALF_PAIR.search(name) for name in names):  # JSON lets it through, and no column can be called so
        raise SchemaRefused(f"the schema in its header has a {what} with half a character in its name")
    if len(set(names)) != len(names):
        raise SchemaRefused(f"the schema in its header names a {what} twice")
    return tuple(names)


def _with_logical(plain: AvroType, schema: dict[str, object]) -> AvroType:
    """Keep dates, instants and decimals; a uuid stays its text or bytes, a time of day its number."""
    logical = str(schema.get("logicalType"))  # whatever stands there: one that is unknown means nothing
    if (logical in INSTANTS and plain.kind == "long") or (logical == "date" and plain.kind == "int"):
        return AvroType(plain.kind, logical=logical)
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    fits = isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision and 0 < precision <= 76
    if logical == "decimal" and plain.kind in ("bytes", "fixed") and fits:
        return AvroType(plain.kind, (), (), plain.size, "decimal", int(str(precision)), int(str(scale)))
    return plain


def written_schema(record: AvroType) -> dict[str, object]:
    """Return the schema as JSON objects with names of our own, and without fields that take no bytes at all.

    datafusion 55 cannot decode a record in a record that has one ("Cannot cast NULL struct field").
    """
    numbers = itertools.count()
    fields = [{"name": f"c{place}", "type": _written(record.parts[place], numbers)} for place in stored_places(record)]
    return {"type": "record", "name": "chunk", "fields": fields}


def stored_places(record: AvroType) -> list[int]:
    """Places of the fields whose values take bytes; the others are null, or records of nulls, in every row."""
    return [place for place, part in enumerate(record.parts) if part.least_bytes]


def _written(one: AvroType, numbers: Iterator[int]) -> object:
    if one.kind == "union":
        return [_written(part, numbers) for part in one.parts]
    if one.kind in ("array", "map"):
        return {"type": one.kind, "items" if one.kind == "array" else "values": _written(one.parts[0], numbers)}
    named: dict[str, object] = {"type": one.kind, "name": f"n{next(numbers)}"}
    if one.kind == "record":
        fields = [{"name": f"f{place}", "type": _written(one.parts[place], numbers)} for place in stored_places(one)]
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
