"""Row numbers set right in files that are written: a delimited file's rejects are known only once all of it is read.

Until then rows are numbered as they come, without the records that are none. Reading the file a second time for the
numbers alone cost as much as the first; writing its Parquet again costs a quarter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.feeds.decode.model import arrow_integers
from heap_assets.feeds.quarantine import Reject
from heap_assets.lake import FileWriter, NewFile

Numbers = npt.NDArray[np.int64]


def record_numbers(running: Numbers, rejected: Numbers) -> Numbers:
    """Records (from 0) of rows numbered as they came, where the records `rejected` gave no row."""
    kept_before = np.unique(rejected) - np.arange(len(np.unique(rejected)))
    return running + np.searchsorted(kept_before, running, side="right")


def set_right(rejects: Sequence[Reject], key: str, broken: Numbers) -> list[Reject]:
    """Rejects with those of one object under their record numbers, now that its broken records are known."""
    rows = record_numbers(np.array([reject.row for reject in rejects], dtype=np.int64), broken)
    return [
        replace(reject, row=int(row)) if reject.object == key else reject
        for reject, row in zip(rejects, rows, strict=True)
    ]


def renumbered(
    root: Path,
    files: Sequence[NewFile],
    rejected: Mapping[int, Numbers],
    statistics: frozenset[str],
    group_rows: int,
    notes: dict[str, str],
) -> list[NewFile]:
    """The files again, with `_row` of each object (by `_object_index`) as its record number; the old ones are gone."""
    if not files:
        return []
    folder = files[0].path.rsplit("/", 1)[0]
    with FileWriter(root, folder, statistics, group_rows=group_rows) as writer:
        writer.notes = notes
        for file in files:
            with pq.ParquetFile(root / file.path, read_dictionary=_dictionaries(root / file.path)) as source:
                for group in range(source.metadata.num_row_groups):
                    writer.write(_group(source.read_row_group(group, use_threads=False), rejected))
            writer.turn()
        written = writer.finish()
    for file in files:
        (root / file.path).unlink()
    return written


def _group(rows: pa.Table, rejected: Mapping[int, Numbers]) -> pa.Table:
    numbers = rows["_row"].to_numpy().copy()
    objects = rows["_object_index"].to_numpy()
    for index, records in rejected.items():
        inside = objects == index
        numbers[inside] = record_numbers(numbers[inside], records)
    return rows.set_column(rows.schema.get_field_index("_row"), "_row", arrow_integers(numbers))


def _dictionaries(path: Path) -> list[str]:
    """Text columns that the file holds as dictionaries: kept so, their text is never built."""
    footer = pq.read_metadata(path)
    kinds: dict[str, Any] = {item.name: item.type for item in footer.schema.to_arrow_schema()}
    chunks = (footer.row_group(0).column(number) for number in range(footer.num_columns))
    return [
        chunk.path_in_schema
        for chunk in chunks
        if pa.types.is_string(kinds.get(chunk.path_in_schema, pa.null()))
        and any("DICTIONARY" in code for code in chunk.encodings)
    ]
