"""Row numbers set right in files that are written: a delimited file's rejects are known only once all of it is read.

Until then rows are numbered as they come, without the records that are none. Reading the file a second time for the
numbers alone cost as much as the first; writing its Parquet again costs a quarter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.feeds.decode.model import arrow_integers
from heap_assets.lake import FileWriter, NewFile

Numbers = npt.NDArray[np.int64]


class Gaps:
    """Where records are missing among the rows of one object: two numbers a stretch of them, however long it is."""

    def __init__(self) -> None:
        self._missing = 0
        self._before = [np.zeros(0, dtype=np.int64)]  # rows, as they came, that stand before a stretch
        self._gone = [np.zeros(1, dtype=np.int64)]  # records missing up to there

    def add(self, records: Numbers) -> None:
        """These records (from 0, ascending, behind those added before) gave no row."""
        kept_before = records - np.arange(self._missing, self._missing + len(records))
        before, lengths = np.unique(kept_before, return_counts=True)
        self._before.append(before)
        self._gone.append(self._missing + np.cumsum(lengths))
        self._missing += len(records)

    def records(self, running: Numbers) -> Numbers:
        """Records (from 0) of rows numbered as they came."""
        if len(self._before) > 1:
            self._before, self._gone = [np.concatenate(self._before)], [np.concatenate(self._gone)]
        return running + self._gone[0][np.searchsorted(self._before[0], running, side="right")]


def set_right(rows: pa.Table, column: str, counted: Iterable[tuple[npt.NDArray[np.bool_], Gaps]]) -> pa.Table:
    """Rows with the number in `column` as that of their record: each of these rows was counted over these gaps."""
    numbers = rows[column].to_numpy().copy()
    for which, gaps in counted:
        numbers[which] = gaps.records(numbers[which])
    return rows.set_column(rows.schema.get_field_index(column), column, arrow_integers(numbers))


def rows_set_right(rows: pa.Table, gaps: Mapping[int, Gaps]) -> pa.Table:
    """Rows of a feed's table, with `_row` of each object (by `_object_index`) as its record number."""
    objects = rows["_object_index"].to_numpy()
    return set_right(rows, "_row", ((objects == index, each) for index, each in gaps.items()))


def renumbered(writer: FileWriter, files: Sequence[NewFile], change: Callable[[pa.Table], pa.Table]) -> list[NewFile]:
    """The files written again with each group as `change` sets it right; the old ones are gone."""
    for file in files:
        path = writer.root / file.path
        with pq.ParquetFile(path, read_dictionary=_dictionaries(path)) as source:
            for group in range(source.metadata.num_row_groups):
                writer.write(change(source.read_row_group(group, use_threads=False)))
        writer.turn()
    written = writer.finish()
    for file in files:
        (writer.root / file.path).unlink()
    return written


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
