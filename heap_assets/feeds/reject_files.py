"""Rejects of one delivery, written into files of the quarantine as they are found: memory is a batch's, however many.

The files are committed, or discarded, by whoever lands the delivery (`quarantine`, `landing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heap_assets.bucket.deliveries import Delivery
from heap_assets.feeds.decode import LocalObject, RejectedBatch
from heap_assets.feeds.decode.model import LONGEST_RAW
from heap_assets.feeds.quarantine import SCHEMA, STATISTICS, masked, quarantine_folder
from heap_assets.feeds.renumber import Gaps, renumbered, set_right
from heap_assets.lake import FileWriter, NewFile
from heap_assets.settings import FeedSpec

GROUP_ROWS = 16_384  # each may hold a thousand characters of what was delivered
_VARIED = {"row", "line", "raw"}


@dataclass
class RejectFiles:
    """Takes rejects and counts them; no reject, no file.

    Leaving the `with` block by an exception deletes what was written.
    """

    root: Path
    spec: FeedSpec
    delivery: Delivery
    objects: Sequence[LocalObject]
    gaps: dict[int, Gaps] = field(default_factory=dict)
    first_seen: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self._came, self._right = self._writer(), self._writer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for writer in (self._came, self._right):
            writer.__exit__(kind, error, trace)

    @cached_property
    def _keys(self) -> pa.Array:
        return pa.array([item.key for item in self.objects], pa.string())

    @cached_property
    def _versions(self) -> pa.Array:
        return pa.array([item.version for item in self.objects], pa.string())

    @property
    def rows(self) -> int:
        """Rejects taken so far."""
        return self._came.rows

    def take(self, batch: RejectedBatch) -> None:
        """Write rejects, with no more of what was delivered than the setting allows."""
        rows = len(batch.row)
        columns = {
            "feed": pa.repeat(self.delivery.feed, rows),
            "delivery": pa.repeat(self.delivery.delivery, rows),
            "object": self._keys.take(batch.object_index),
            "object_version": self._versions.take(batch.object_index),
            "row": batch.row,
            "line": batch.line,
            "column": batch.column,
            "reason": batch.reason,
            "detail": batch.detail,
            "raw": self._kept(batch.raw),
            "first_seen": pa.repeat(pa.scalar(self.first_seen, SCHEMA.field("first_seen").type), rows),
        }
        written = [array if name in _VARIED else array.dictionary_encode() for name, array in columns.items()]
        self._came.write(pa.Table.from_arrays(written, names=list(columns)))

    def take_broken(self, batch: RejectedBatch) -> None:
        """Write records of an object that gave no row; in the end, what came numbered is counted over them."""
        self.gaps.setdefault(batch.object_index[0].as_py(), Gaps()).add(batch.row.to_numpy())
        self.take(batch)

    def finish(self) -> list[NewFile]:
        """Close the files, each reject under the number of its record."""
        files = self._came.finish()
        return renumbered(self._right, files, self._set_right) if files and self.gaps else files

    def first(self, most: int) -> pa.Table:
        """The first of the rejects, in the order in which they came, under the numbers of their records."""
        held, rows = [SCHEMA.empty_table()], 0
        for file in self._came.finish():
            with pq.ParquetFile(self.root / file.path) as source:
                for group in range(source.num_row_groups):
                    if rows < most:
                        held.append(source.read_row_group(group, use_threads=False).slice(0, most - rows))
                        rows += held[-1].num_rows
        return self._set_right(pa.concat_tables(held))

    def _writer(self) -> FileWriter:
        return FileWriter(self.root, quarantine_folder(self.delivery), STATISTICS, group_rows=GROUP_ROWS)

    def _kept(self, raw: pa.Array) -> pa.Array:
        if self.spec.raw == "none":
            return pa.nulls(len(raw), pa.string())
        begin = pc.utf8_slice_codeunits(raw, 0, LONGEST_RAW)
        return begin if self.spec.raw == "plain" else masked(begin)

    def _set_right(self, rows: pa.Table) -> pa.Table:
        """Broken records, which alone have a line, came under their own numbers; others of their object did not."""
        keys, as_it_came = rows["object"].cast(pa.string()), pc.is_null(rows["line"])
        gaps = ((pc.equal(keys, self.objects[index].key), each) for index, each in self.gaps.items())
        return set_right(rows, "row", ((np.asarray(pc.and_(of_it, as_it_came)), each) for of_it, each in gaps))
