"""Columns of a feed's table once deliveries are replaced: those of what stays, as it came.

What the new content then makes of them is decided in `landing`.
"""

from collections.abc import Collection, Mapping

import pyarrow as pa

from heap_assets.bucket.status import folder_of
from heap_assets.feeds.drift import delivered_columns
from heap_assets.feeds.reading import SYSTEM_COLUMNS
from heap_assets.lake import Table


def columns_without(table: Table, landed: Mapping[str, int], folders: Collection[str]) -> dict[str, pa.DataType]:
    """The table's columns but for what only deliveries in these folders made of them, which are replaced now.

    A type that was widened for them alone is narrow again, a column that they alone had is gone: the table is then what
    it were had the new content come first. Known from the footers of the files that stay, so not where a delivery that
    stays has no rows.
    """
    before = {item.name: item.type for item in table.schema}
    kept = [file for file in table.files if file.delivery_folder not in folders]
    rowless = {folder_of(name) for name in landed} - {file.delivery_folder for file in kept} - set(folders)
    if rowless or (table.files and len(kept) == len(table.files)):
        return before
    natural = {name: kind for name, (_, kind) in delivered_columns(table.root, kept).items()}
    natural |= {item.name: item.type for item in SYSTEM_COLUMNS}
    binary = {name for name, kind in natural.items() if pa.types.is_binary(kind)}  # text of bytes does not lead back
    return {name: before[name] if name in binary else natural[name] for name in before if name in natural}
