"""Passing wide rows through, from files to files, less those that lost.

Slices of row groups, never a window over all columns.

A window over 33 columns cost 25 CPU-s a million rows, this 2 (ingest_path.md 3). Which rows lost is decided in
`winners`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heap_assets.lake import FileWriter

SLICE_ROWS = 65_536  # twice as many cost the same CPU and bytes, and 60 MB more
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def pass_through(
    writer: FileWriter,
    files: Sequence[str],
    schema: pa.Schema,
    chosen: Callable[[int, int, int], Rows | None],
    complete: Callable[[pa.Table], pa.Table],
    sorted_by: str | None,
) -> None:
    """Write the chosen rows of files, in slices sorted by a column where one is given.

    `chosen(file, first, rows)` gives the positions to keep of a row group that begins at row `first`, from 0 in the
    group, or None for all. `complete` is given slices in the columns of the target, absent ones null, and fills in what
    no file holds: once a slice, for three years of dumps are thousands of files of a few rows.
    """
    dictionaries = _dictionary_columns(files, schema)
    held: list[pa.Table] = []
    held_rows = 0
    for part in _kept(files, dictionaries, chosen):
        held.append(_aligned(part, schema, dictionaries))
        held_rows += part.num_rows
        if held_rows >= SLICE_ROWS:
            writer.write(_sorted(complete(pa.concat_tables(held)), sorted_by))
            held, held_rows = [], 0
    if held:
        writer.write(_sorted(complete(pa.concat_tables(held)), sorted_by))


def without(lost: Mapping[int, Rows]) -> Callable[[int, int, int], Rows | None]:
    """Keep every row but these, given by file and row number, ascending."""

    def chosen(file: int, first: int, rows: int) -> Rows | None:
        inside = _between(lost.get(file), first, rows)
        return None if inside is None or not len(inside) else np.setdiff1d(np.arange(rows), inside, assume_unique=True)

    return chosen


def only(kept: Mapping[int, Rows]) -> Callable[[int, int, int], Rows | None]:
    """Keep these rows alone, given by file and row number, ascending."""

    def chosen(file: int, first: int, rows: int) -> Rows | None:
        inside = _between(kept.get(file), first, rows)
        return np.empty(0, dtype=np.int64) if inside is None else inside

    return chosen


def by_file(places: pa.Table) -> dict[int, Rows]:
    """Rows of (`_file`, `_place`) as ascending row numbers by file."""
    if not places.num_rows:
        return {}
    files, rows = places["_file"].to_numpy(), places["_place"].to_numpy()
    order = np.lexsort((rows, files))
    files, rows = files[order], rows[order]
    starts = np.flatnonzero(np.r_[True, files[1:] != files[:-1]])
    return {int(files[start]): part for start, part in zip(starts, np.split(rows, starts[1:]), strict=True)}


def _between(rows: Rows | None, first: int, count: int) -> Rows | None:
    if rows is None:
        return None
    low, high = np.searchsorted(rows, [first, first + count])
    return rows[low:high] - first


def _kept(
    files: Sequence[str], dictionaries: frozenset[str], chosen: Callable[[int, int, int], Rows | None]
) -> Iterator[pa.Table]:
    for number, path in enumerate(files):
        footer = pq.read_metadata(path)
        held = sorted(dictionaries.intersection(footer.schema.names))  # asked for one that it lacks, pyarrow raises
        with pq.ParquetFile(path, metadata=footer, read_dictionary=held) as file:
            first = 0
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                positions = chosen(number, first, rows)
                first += rows
                if positions is not None and not len(positions):
                    continue
                table = file.read_row_group(group, use_threads=False)
                yield (
                    table
                    if positions is None
                    else table.take(
                        pa.Array.from_buffers(
                            pa.int64(),
                            len(positions),
                            [None, pa.py_buffer(np.ascontiguousarray(positions, dtype=np.int64))],
                        )
                    )
                )


def _dictionary_columns(files: Sequence[str], schema: pa.Schema) -> frozenset[str]:
    """Text columns that the largest file holds as dictionaries: read and written as such, their text is never built."""
    texts = {item.name for item in schema if pa.types.is_string(item.type)}
    if not files or not texts:
        return frozenset()
    footer = pq.read_metadata(max(files, key=lambda path: Path(path).stat().st_size))
    if not footer.num_row_groups:
        return frozenset()
    chunks = (footer.row_group(0).column(index) for index in range(footer.num_columns))
    return frozenset(
        chunk.path_in_schema
        for chunk in chunks
        if chunk.path_in_schema in texts and any("DICTIONARY" in code for code in chunk.encodings)
    )


def _aligned(table: pa.Table, schema: pa.Schema, dictionaries: frozenset[str]) -> pa.Table:
    """The table in the target's columns: absent ones null, dictionaries with one index type."""
    columns, fields = [], []
    for item in schema:
        encoded = item.name in dictionaries
        kind = pa.dictionary(pa.int32(), item.type) if encoded else item.type
        position = table.schema.get_field_index(item.name)
        if position < 0:
            column = pa.nulls(table.num_rows, kind)
        else:
            column = table.column(position)
            if column.type != kind:
                column = column.cast(kind)
        columns.append(column)
        fields.append(pa.field(item.name, kind))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _sorted(table: pa.Table, sorted_by: str | None) -> pa.Table:
    if sorted_by is None or sorted_by not in table.schema.names:
        return table
    order = pc.array_sort_indices(table[sorted_by].combine_chunks())
    return table.unify_dictionaries().take(order)
