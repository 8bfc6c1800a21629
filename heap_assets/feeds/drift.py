"""What happens where a delivery's columns are not those of the one before it: it is told, and types are joined.

Types join without loss and without regard to order (architecture.md 4). Nothing here reads an object of the bucket.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.bucket.deliveries import Delivery
from heap_assets.engine import Engine, sql_type
from heap_assets.feeds.types import ARROW_TYPES, canonical_text
from heap_assets.lake import DataFile, NewFile, prunable
from heap_assets.lake.files import FileWriter
from heap_assets.settings.feeds import RESERVED_COLUMNS

DELIVERED = "heap_assets.delivered"  # in the footer of a feed's file: its columns as they came
Delivered: TypeAlias = dict[str, tuple[str, pa.DataType]]
"""Columns of one delivery: the name as it was spelt there, and the type in which it came, or was declared."""

LONGEST_NAME = 80  # characters
_FURTHER = {str(kind): kind for kind in (pa.int32(), pa.float32(), pa.binary(), *ARROW_TYPES.values())}
_WORDS = {str(kind): word for word, kind in ARROW_TYPES.items()} | {"int32": "integer", "float": "float"}


@dataclass(frozen=True)
class Drift:
    """What is other in a delivery than in the one before it, in the order of their names; a line a change.

    `remark` is what its manifest tells otherwise, which stands among the deliveries too (`columns_told`).
    """

    delivery: str
    file_date: date
    changes: tuple[str, ...]
    remark: str | None = None

    def __str__(self) -> str:
        return f"{self.delivery} ({self.file_date}): {', '.join(self.changes)}"


def drift(
    delivery: Delivery, now: Delivered, before: Delivered, kept: Mapping[str, pa.DataType], remark: str | None = None
) -> Drift | None:
    """What has changed since the delivery before this one; None where nothing has.

    `before` is empty where there is none before; `kept` are the types of the feed's table. A delivery without columns
    (an empty file) says nothing.
    """
    columns = sorted({*now, *before}) if now and before else []
    changes = tuple(change for column in columns for change in _changes(column, now, before, kept))
    return Drift(delivery.delivery, delivery.file_date, changes, remark) if changes or remark else None


def _changes(column: str, now: Delivered, before: Delivered, kept: Mapping[str, pa.DataType]) -> Iterator[str]:
    shown = _short(column)
    if column not in before:
        yield f"new column {shown} ({_word(now[column][1])})"
    elif column not in now:
        yield f"column {shown} is missing"
    else:
        (old_name, old), (name, kind) = before[column], now[column]
        if old != kind:
            held = _word(kept.get(column, kind))
            yield f"column {shown} is {_word(kind)} instead of {_word(old)} (kept as {held})"
        if old_name != name:
            yield f"column {shown} is spelt {_short(name)} instead of {_short(old_name)}"


def _short(name: str) -> str:
    """A name in a line that people read: of 300 characters the first tell which it is."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _word(kind: pa.DataType) -> str:
    """A type by the name that settings have for it."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return _WORDS.get(str(kind), str(kind))


def noted(columns: Delivered) -> str:
    """Columns as the footer of a file keeps them."""
    return json.dumps({name: [spelt, str(kind)] for name, (spelt, kind) in columns.items()})


def delivered_columns(root: Path, files: Iterable[DataFile]) -> Delivered:
    """Columns of files of a feed as they came, whatever types were widened to since; only footers are read."""
    found: Delivered = {}
    for file in files:
        schema = pq.read_schema(root / file.path)
        text = (schema.metadata or {}).get(DELIVERED.encode(), b"{}")
        for name, (spelt, kind) in json.loads(text).items():
            held = _type_named(kind)
            if held is not None:
                found[name] = (spelt, join_types(found[name][1], held) if name in found else held)
        for item in schema:
            if item.name not in RESERVED_COLUMNS and item.name not in found:
                found[item.name] = (item.name, item.type)
    return found


def _type_named(written: str) -> pa.DataType | None:
    decimal = re.fullmatch(r"decimal128\((\d+), (\d+)\)", written)
    return pa.decimal128(int(decimal.group(1)), int(decimal.group(2))) if decimal else _FURTHER.get(written)


def join_types(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The narrowest type that holds both without loss: the same; the wider integer or float; else text."""
    if one == other:
        return one
    if pa.types.is_null(one) or pa.types.is_null(other):
        return other if pa.types.is_null(one) else one
    for same_kind in (pa.types.is_integer, pa.types.is_floating):
        if same_kind(one) and same_kind(other):
            return one if one.bit_width >= other.bit_width else other
    return pa.string()


def joined_columns(
    columns: Mapping[str, pa.DataType], more: Iterable[Mapping[str, pa.DataType]]
) -> dict[str, pa.DataType]:
    """The types of every column over several schemas; new columns come in the order first seen, each batch by name."""
    joined = dict(columns)
    for schema in more:
        for name in sorted(schema):
            joined[name] = join_types(joined[name], schema[name]) if name in joined else schema[name]
    return joined


def rewritten(root: Path, path: str, columns: Mapping[str, pa.DataType], engine: Engine) -> list[NewFile]:
    """A data file again, beside itself, with its columns in these types."""
    source = pq.ParquetFile(root / path)
    wanted = pa.schema([(name, columns[name]) for name in source.schema_arrow.names])
    text = (source.schema_arrow.metadata or {}).get(DELIVERED.encode())
    notes = {DELIVERED: text.decode()} if text else {}
    with FileWriter(root, path.rsplit("/", 1)[0], prunable(wanted), notes=notes) as writer:
        for batch in source.iter_batches(batch_size=131_072):
            arrays = [_cast(values, kind, engine) for values, kind in zip(batch.columns, wanted.types, strict=True)]
            writer.write(pa.Table.from_arrays(arrays, schema=wanted))
        return writer.finish()


def _cast(values: pa.Array, wanted: pa.DataType, engine: Engine) -> pa.Array:
    if values.type == wanted:
        return values
    if wanted == pa.string():
        return canonical_text(values, engine)
    if not pa.types.is_string(values.type):
        return values.cast(wanted)
    engine.bind_arrow("_text", pa.Table.from_arrays([values], names=["v"]))
    return engine.rows(f"SELECT v::{sql_type(wanted)} AS v FROM _text")["v"].combine_chunks().cast(wanted)
