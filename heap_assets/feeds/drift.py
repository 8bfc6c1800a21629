"""What happens where a column's type is not what it was.

Types join without loss and without regard to order (architecture.md 4).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.engine import Engine
from heap_assets.feeds.types import canonical_text
from heap_assets.lake import NewFile, prunable
from heap_assets.lake.files import FileWriter


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
    with FileWriter(root, path.rsplit("/", 1)[0], prunable(wanted)) as writer:
        for batch in source.iter_batches(batch_size=131_072):
            arrays = [_cast(values, kind, engine) for values, kind in zip(batch.columns, wanted.types, strict=True)]
            writer.write(pa.Table.from_arrays(arrays, schema=wanted))
        return writer.finish()


def _cast(values: pa.Array, wanted: pa.DataType, engine: Engine) -> pa.Array:
    if values.type == wanted:
        return values
    return canonical_text(values, engine) if wanted == pa.string() else values.cast(wanted)
