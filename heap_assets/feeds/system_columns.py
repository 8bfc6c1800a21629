"""System columns of a feed's table: where each row came from. What readers see of them is in `catalog`."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from heap_assets.bucket.deliveries import Delivery
from heap_assets.feeds.decode import LocalObject

SYSTEM_COLUMNS = pa.schema(
    [
        ("_file_date", pa.date32()),
        ("_delivery", pa.string()),
        ("_object", pa.string()),
        ("_object_version", pa.string()),
        ("_object_index", pa.int32()),
        ("_row", pa.int64()),
    ]
)


def with_system_columns(
    rows: tuple[pa.Table, pa.Array, pa.Array], delivery: Delivery, objects: Sequence[LocalObject]
) -> pa.Table:
    """Rows (table, object indices, row numbers) of one batch with the columns that say where each came from."""
    table, object_index, row = rows
    constant = pa.array(np.zeros(table.num_rows, dtype=np.int8))
    columns = [
        pa.DictionaryArray.from_arrays(constant, pa.array([delivery.file_date], pa.date32())),
        pa.DictionaryArray.from_arrays(constant, pa.array([delivery.delivery], pa.string())),
        pa.DictionaryArray.from_arrays(object_index, pa.array([item.key for item in objects], pa.string())),
        pa.DictionaryArray.from_arrays(object_index, pa.array([item.version for item in objects], pa.string())),
        object_index,
        row,
    ]
    for name, column in zip(SYSTEM_COLUMNS.names, columns, strict=True):
        table = table.append_column(name, column)
    return table
