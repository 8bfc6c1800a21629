"""Writing the data files of a table: Parquet as small and cheap as it gets, with the statistics that a commit needs.

What is in a table is decided by commits (`table`); a file written here and never committed is an orphan.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP_ROWS = 131_072
FILE_ROWS = 4_000_000
SAMPLE_ROWS = 8_192


@dataclass(frozen=True)
class NewFile:
    """A file written but not yet committed: its path below the table's folder, and what a commit says of it."""

    path: str
    rows: int
    size: int
    statistics: str
    schema: pa.Schema


@dataclass
class FileWriter:
    """Writes rows of one schema into files below `root`/`folder`; a new file begins every `file_rows` rows.

    Only `statistics` columns get minima and maxima (text of no key prunes nothing and costs 0.2 CPU-s a million rows,
    ingest_path.md 2). `notes` stand in the footer of each file. Leaving the `with` block by an exception deletes what
    was written.
    """

    root: Path
    folder: str
    statistics: frozenset[str] = frozenset()
    file_rows: int = FILE_ROWS
    group_rows: int = GROUP_ROWS
    notes: dict[str, str] = field(default_factory=dict)
    _held: list[pa.Table] = field(default_factory=list)
    _held_rows: int = 0
    _written: list[NewFile] = field(default_factory=list)
    _open: "tuple[pq.ParquetWriter, str, pa.Schema] | None" = None
    _open_rows: int = 0
    _taken: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        if kind is not None:
            self.discard()

    def write(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Take rows; they reach the disk a row group at a time (`write_batch` would close a group at every call)."""
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        if self._held and self._held[0].schema != table.schema:
            self.turn()
        self._held.append(table)
        self._held_rows += table.num_rows
        self._taken += table.num_rows
        if self._held_rows >= self.group_rows:
            self._flush()

    def turn(self) -> None:
        """Begin a new file with the next rows: a file holds one schema."""
        self._flush()
        self._close()

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return self._taken

    def finish(self) -> list[NewFile]:
        """Close the last file and say what was written; no rows, no file."""
        self.turn()
        return self._written

    def discard(self) -> None:
        """Delete everything written by this writer."""
        if self._open is not None:
            self._open[0].close()
            self._open = None
        for path in self.root.joinpath(self.folder).glob(f"{self._stem}*.parquet"):
            path.unlink(missing_ok=True)

    def __post_init__(self) -> None:
        self._stem = uuid.uuid4().hex

    def _flush(self) -> None:
        held = pa.concat_tables(self._held) if self._held else None
        self._held, self._held_rows = [], 0
        if held is None or held.num_rows == 0:
            return
        if self._open is not None and self._open_rows >= self.file_rows:
            self._close()
        if self._open is not None and self._open[2] != held.schema:
            self._close()
        if self._open is None:
            self._open = self._begin(held)
        writer = self._open[0]
        whole = held.num_rows < 2 * self.group_rows  # no crumb of a group behind a full one
        rows = held.num_rows if whole else self.group_rows
        writer.write_table(held.unify_dictionaries(), row_group_size=rows)
        self._open_rows += held.num_rows

    def _begin(self, first: pa.Table) -> tuple[pq.ParquetWriter, str, pa.Schema]:
        path = f"{self.folder}/{self._stem}-{len(self._written)}.parquet"
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        names = set(first.schema.names)
        writer = pq.ParquetWriter(
            target,
            first.schema,
            compression="zstd",
            compression_level=1,
            store_schema=False,
            use_dictionary=_dictionary_columns(first),
            column_encoding={"_row": "DELTA_BINARY_PACKED"} if "_row" in names else None,
            write_statistics=sorted(self.statistics & names) or False,
        )
        return writer, path, first.schema

    def _close(self) -> None:
        if self._open is None:
            return
        writer, path, written = self._open
        schema = plain_schema(written)
        if self.notes:
            writer.add_key_value_metadata(self.notes)
        writer.close()
        target = self.root / path
        self._written.append(NewFile(path, self._open_rows, target.stat().st_size, _statistics(target, schema), schema))
        self._open, self._open_rows = None, 0


def discard(root: Path, files: Iterable[NewFile]) -> None:
    """Delete files that were written below a table's folder, and will not be committed."""
    for file in files:
        (root / file.path).unlink(missing_ok=True)


def write_rows(
    root: Path, folder: str, rows: Iterable[pa.Table | pa.RecordBatch], statistics: frozenset[str]
) -> list[NewFile]:
    """Write a stream of rows of one schema; what was written is deleted again where the stream fails."""
    with FileWriter(root, folder, statistics) as writer:
        for part in rows:
            writer.write(part)
        return writer.finish()


def prunable(schema: pa.Schema, also: Iterable[str] = ()) -> frozenset[str]:
    """Columns worth minima and maxima.

    Every one that is whole numbers, time or boolean, the system columns, and `also`.
    """
    kept = {
        item.name
        for item in schema
        if pa.types.is_integer(item.type) or pa.types.is_temporal(item.type) or pa.types.is_boolean(item.type)
    }
    return frozenset(kept | {"_delivery"} | set(also))


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema with dictionaries seen through: what a reader of the file gets."""
    return pa.schema(
        [(item.name, item.type.value_type if pa.types.is_dictionary(item.type) else item.type) for item in schema]
    )


def _dictionary_columns(rows: pa.Table) -> list[str]:
    sample = rows.slice(0, SAMPLE_ROWS)
    return [item.name for item in rows.schema if item.name != "_row" and _repeats(item.type, sample[item.name])]


def _repeats(kind: pa.DataType, column: pa.ChunkedArray) -> bool:
    if pa.types.is_dictionary(kind):
        return True
    if pa.types.is_floating(kind) or pa.types.is_nested(kind) or pa.types.is_boolean(kind):
        return False
    present = len(column) - column.null_count
    return bool(present > 0 and pc.count_distinct(column).as_py() < 0.8 * present)


def _statistics(path: Path, schema: pa.Schema) -> str:
    """The statistics text of one file; a column without a bound in one row group has none (lake_notes.md 10)."""
    footer = pq.read_metadata(path)
    lowest: dict[str, Any] = {}
    highest: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for index, name in _flat_columns(footer, schema):
        groups = [footer.row_group(number).column(index).statistics for number in range(footer.num_row_groups)]
        if any(group is None or not group.has_null_count for group in groups):
            continue
        nulls[name] = sum(group.null_count for group in groups)
        live = [group for group in groups if group.num_values > 0]
        if live and all(group.has_min_max for group in live):
            low, high = (_written(bound) for bound in _bounds(live))
            if low is not None and high is not None:
                lowest[name], highest[name] = low, high
    written = {"numRecords": footer.num_rows, "minValues": lowest, "maxValues": highest, "nullCount": nulls}
    return json.dumps(written, allow_nan=False)


def _flat_columns(footer: pq.FileMetaData, schema: pa.Schema) -> Iterator[tuple[int, str]]:
    for index in range(footer.num_columns):
        name = footer.schema.column(index).path
        position = schema.get_field_index(name)
        if position >= 0 and not pa.types.is_nested(schema.field(position).type):
            yield index, name


def _bounds(groups: Sequence[Any]) -> tuple[Any, Any]:
    """Least and greatest value of all groups; none for moments beyond Python's calendar, years 1 to 9999."""
    try:
        return min(group.min for group in groups), max(group.max for group in groups)
    except (OverflowError, ValueError):
        return None, None


def _written(bound: Any) -> Any:
    """A bound as the log's JSON holds it; None where it cannot be told exactly (lake_notes.md 1)."""
    if isinstance(bound, bool | int):
        return bound
    if isinstance(bound, datetime):
        utc = bound.replace(tzinfo=UTC) if bound.tzinfo is None else bound.astimezone(UTC)
        return f"{utc.year:04d}-{utc.strftime('%m-%dT%H:%M:%S.%f')}Z"
    if isinstance(bound, date):
        return f"{bound.year:04d}-{bound.strftime('%m-%d')}"
    if isinstance(bound, str) and len(bound) <= 1024:
        return bound
    return None
