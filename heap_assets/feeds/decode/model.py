"""What decoders are given and what they give back: objects, batches of rows and of rejected ones, limits.

No reading of any format.
"""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from isal import isal_zlib

from heap_assets.errors import DamagedObject

MEBIBYTE = 1 << 20
LONGEST_RAW = 1000  # characters of a rejected row that are ever kept
INFLATE_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, cast(type[Exception], isal_zlib.error))


@dataclass(frozen=True)
class LocalObject:
    """One object of a delivery, fetched to this disk.

    `index` is its place in the delivery, from 0; `size` is in bytes, as the bucket listed it.
    """

    path: Path
    key: str
    version: str
    index: int
    size: int


@dataclass(frozen=True)
class DecodedBatch:
    """Rows in file order, with the place of each.

    `rows`: the delivered columns, all nullable; int64, double, boolean, string, binary, timestamp[us, UTC] or date32.
    `object_index`: int32, the object's place in the delivery. `row`: int64, the row in its object, from 0.
    """

    rows: pa.RecordBatch
    object_index: pa.Array
    row: pa.Array


@dataclass(frozen=True)
class RejectedBatch:
    """Rows that are set aside, with the place of each and what is at fault: arrays of one length.

    `object_index`: int32; `row`: int64, in its object, from 0 and without the header. `line`: int64, the physical line
    from 1 on which the record begins; null of rows whose values are at fault: these are numbered as they came. Texts:
    `column` at fault, `reason` (a code: `too-few-fields`, ...), `detail` (no cell values), `raw` (the line or the value
    as delivered, its begin at least: whoever stores it masks it).
    """

    object_index: pa.Array
    row: pa.Array
    line: pa.Array
    column: pa.Array
    reason: pa.Array
    detail: pa.Array
    raw: pa.Array


@dataclass(frozen=True)
class DecodeLimits:
    """How much an object may ask for before it is refused; the second bound on a bomb is the work it makes us do.

    `block_bytes`: one Avro block, decompressed; `expansion`: decompressed bytes a compressed byte; `columns`: of one
    record; `cell_bytes`: of one value. `buffer_bytes`: what a delimited file is parsed in, at least two cells.
    """

    block_bytes: int = 200 * MEBIBYTE
    expansion: int = 1000
    columns: int = 5000
    cell_bytes: int = 16 * MEBIBYTE
    buffer_bytes: int = 32 * MEBIBYTE


DEFAULT_LIMITS = DecodeLimits()


class QueryStream(Protocol):
    """What the decoders need of a SQL engine: one connection, so that a query sees the tables that another one left."""

    @property
    def scratch(self) -> Path:
        """A folder on this disk for files that are read and removed again."""
        ...

    def stream(self, statement: str, batch_rows: int = 32768) -> pa.RecordBatchReader:
        """Run a query and hand out its result as it comes, at most `batch_rows` rows at a time."""
        ...

    def rows(self, statement: str) -> pa.Table:
        """Run a query and return its whole result."""
        ...

    def drop(self, name: str) -> None:
        """Forget a table, if there is one of that name."""
        ...


def check_size(obj: LocalObject) -> int:
    """Return the size on disk in bytes.

    Raise DamagedObject where it is not the listed one (T26: a cut at a block's edge).
    """
    found = obj.path.stat().st_size
    if found != obj.size:
        raise DamagedObject(
            f"object has {found} bytes where the bucket lists {obj.size}", where=obj.key, todo="Deliver it again."
        )
    return found


def arrow_integers(values: npt.NDArray[np.int32] | npt.NDArray[np.int64]) -> pa.Array:
    """Turn numpy integers into Arrow without a copy; pa.array would import pandas for it (0.2 s, ingest_path 7)."""
    kind = pa.int32() if values.dtype == np.int32 else pa.int64()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])
