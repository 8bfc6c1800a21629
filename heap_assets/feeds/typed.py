"""One batch in the feed's types, less the rows that are none of it: a null in the key, a value not of its type.

How one column gets its type is in `types`; where rows and rejects go from here, in `reading`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine
from heap_assets.errors import FieldsContradict
from heap_assets.feeds.decode import DecodedBatch, LocalObject, RejectedBatch
from heap_assets.feeds.decode.model import arrow_integers
from heap_assets.feeds.names import column_names
from heap_assets.feeds.types import coerce
from heap_assets.settings import FeedSpec

NO_COLUMN = "Check the delimiter, the header and primary_key of the feed."


@dataclass(frozen=True)
class TypedBatch:
    """The rows that are kept (table, object indices, row numbers), the others by fault, and times made null."""

    rows: tuple[pa.Table, pa.Array, pa.Array]
    rejected: Sequence[RejectedBatch] = ()
    unreadable_times: int = 0


def typed(spec: FeedSpec, batch: DecodedBatch, objects: Sequence[LocalObject], engine: Engine) -> TypedBatch:
    """Bring a batch to the feed's types; a row is rejected once, for the first of its faults."""
    columns, unreadable = [], 0
    refused: list[tuple[pa.Array, str, str]] = []
    names = column_names(spec, batch.rows.schema.names)
    for name, values in zip(names, batch.rows.columns, strict=True):
        made = coerce(spec, name, values, engine)
        unreadable += made.unreadable
        columns.append(made.values)
        if made.refused is not None:
            refused.append((made.refused, "not-of-its-type", name))
    table = pa.Table.from_arrays(columns, names=names)
    if table.num_rows:
        refused += _nulls(spec, table, objects[batch.object_index[0].as_py()].key)
    if not refused:
        return TypedBatch((table, batch.object_index, batch.row), unreadable_times=unreadable)
    bad = np.zeros(table.num_rows, dtype=bool)
    rejected = []
    for mask, reason, column in refused:
        marked = np.asarray(mask) & ~bad
        bad |= marked
        rejected.append(_rejected(batch, marked, reason, column, batch.rows.column(names.index(column))))
    keep = pa.array(~bad)
    kept = table.filter(keep), batch.object_index.filter(keep), batch.row.filter(keep)
    return TypedBatch(kept, rejected, unreadable)


def _nulls(spec: FeedSpec, table: pa.Table, key: str) -> list[tuple[pa.Array, str, str]]:
    required = {item.name for item in spec.fields if item.required}
    found = []
    for name in dict.fromkeys([*sorted(spec.primary_key), *sorted(required)]):
        reason = "null-in-key" if name in spec.primary_key else "null-in-required-field"
        if name not in table.schema.names:
            raise FieldsContradict(f"the object has no column {name}", where=key, todo=NO_COLUMN)
        if table[name].null_count:
            found.append((pc.is_null(table[name]).combine_chunks(), reason, name))
    return found


def _rejected(
    batch: DecodedBatch, marked: npt.NDArray[np.bool_], reason: str, column: str, values: pa.Array
) -> RejectedBatch:
    """The marked rows with one fault; `values` are the column as delivered."""
    places = arrow_integers(np.flatnonzero(marked))
    rows = len(places)
    return RejectedBatch(
        batch.object_index.take(places),
        batch.row.take(places),
        pa.nulls(rows, pa.int64()),
        pa.repeat(column, rows),
        pa.repeat(reason, rows),
        pa.nulls(rows, pa.string()),
        _as_text(values.take(places)),
    )


def _as_text(values: pa.Array) -> pa.Array:
    """Values as Python writes them; most are text already, and moments beyond its years 1 to 9999 stay numbers."""
    if pa.types.is_string(values.type):
        return values
    try:
        written = values.to_pylist()
    except (OverflowError, ValueError):
        written = values.cast(pa.int32() if pa.types.is_date32(values.type) else pa.int64()).to_pylist()
    return pa.array([None if value is None else str(value) for value in written], pa.string())
