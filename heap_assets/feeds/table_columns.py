"""Columns of a feed's table once deliveries are replaced: those of what stays, as it came; and files brought to them.

What the new content then makes of them is decided in `landing`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import pyarrow as pa

from heap_assets.bucket.status import folder_of
from heap_assets.engine import Engine
from heap_assets.errors import CommitConflict
from heap_assets.feeds.drift import delivered_columns, rewritten
from heap_assets.feeds.reading import READER_MEMORY
from heap_assets.feeds.system_columns import SYSTEM_COLUMNS
from heap_assets.lake import NewFile, Table


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


def with_columns(table: Table, fields: Sequence[pa.Field], added: Sequence[NewFile]) -> Table:
    """The table with these columns too; where another run came first, the files that were to be added are gone."""
    try:
        return table.add_columns(fields)
    except CommitConflict:
        table.discard(added)
        raise


def in_types(table: Table, files: Iterable[NewFile], columns: dict[str, pa.DataType]) -> list[NewFile]:
    """The files with their columns in these types; those that have others are written again."""
    fitting: list[NewFile] = []
    for file in files:
        if all(columns[item.name] == item.type for item in file.schema):
            fitting.append(file)
            continue
        with Engine(READER_MEMORY, threads=1) as engine:
            fitting += rewritten(table.root, file.path, columns, engine)
        (table.root / file.path).unlink()
    return fitting


def retype(
    table: Table,
    replaced: Sequence[object],
    added: Sequence[NewFile],
    columns: dict[str, pa.DataType],
    ledger: dict[str, int],
) -> None:
    """A column's type has widened: every file is written again in the joined types, in one commit with the new rows."""
    kept = [file for file in table.files if file not in replaced]
    with Engine(READER_MEMORY, threads=1) as engine:
        again = [new for file in kept for new in rewritten(table.root, file.path, columns, engine)]
    table.overwrite([*again, *added], pa.schema(list(columns.items())), ledger)
