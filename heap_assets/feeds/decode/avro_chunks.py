"""Chunks: the checked blocks of many objects, unpacked and put together in one Avro file for the decoder.

One chunk holds rows of one schema. No row is decoded here.
"""

import itertools
import json
import mmap
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from heap_assets.feeds.decode.avro_blocks import Buffer, unpack_block
from heap_assets.feeds.decode.avro_container import MAGIC, AvroPart, mapped, walk_blocks
from heap_assets.feeds.decode.avro_types import MOST_MEMORY, AvroType, written_schema
from heap_assets.feeds.decode.model import MEBIBYTE, DecodeLimits, arrow_integers

BLOCK_ROOM = 64 * 1024  # taking a whole chunk's memory for a tiny delivery cost 11 ms of CPU a delivery
CHUNK_BYTES = 16 * MEBIBYTE  # 4 to 32 cost the same CPU within 10 %, 32 takes 55 MB more
MARK = b"heap_assets mark"  # 16 bytes, as every sync mark
ENDLESS = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"  # 2**63 - 1 as an Avro long
_numbers = itertools.count()


@dataclass
class Chunk:
    """Rows of one type from one or more objects: their bytes, and which rows of which object they are.

    `starts`, `objects`, `first_rows` have one entry a segment: first row in the chunk, place of the object in the
    delivery, first row in the object.
    """

    record: AvroType
    buffer: Buffer
    rows: int = 0
    parts: list[AvroPart] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    first_rows: list[int] = field(default_factory=list)

    def add_segment(self, part: AvroPart, first_row: int) -> None:
        """Say that from here on the rows are those of `part`, from `first_row` on."""
        self.parts.append(part)
        self.starts.append(self.rows)
        self.first_rows.append(first_row)

    def places(self, begin: int, rows: int) -> tuple[pa.Array, pa.Array]:
        """Return object index (int32) and row in the object (int64) of `rows` rows from row `begin` of the chunk."""
        row = np.arange(begin, begin + rows, dtype=np.int64)
        starts = np.array(self.starts, dtype=np.int64)
        segment = np.searchsorted(starts, row, side="right") - 1
        objects = np.array([part.source.index for part in self.parts], dtype=np.int32)
        in_object = row - starts[segment] + np.array(self.first_rows, dtype=np.int64)[segment]
        return arrow_integers(objects[segment]), arrow_integers(in_object)


def chunks_of(
    parts: Sequence[AvroPart], limits: DecodeLimits, batch_rows: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Chunk]:
    """Yield the rows of all objects in order, in chunks of about `chunk_bytes`; every block passes the gate first.

    Rows that must be decoded as one batch (see rows_a_batch) come in chunks of about `batch_rows` rows.

    A chunk is void once the next one is asked for: they share their memory.
    """
    listed = sum(part.source.size for part in parts)
    buffer = Buffer(min(chunk_bytes + 2 * MEBIBYTE, 4 * listed + BLOCK_ROOM))
    chunk: Chunk | None = None
    for part in parts:
        if chunk and chunk.record != part.record:
            yield chunk
            chunk = None
        with mapped(part.source) as raw:
            row = released = 0
            fresh = True
            for block in walk_blocks(part, raw):
                if chunk is None:
                    buffer.filled, chunk, fresh = 0, Chunk(part.record, buffer), True
                if fresh:
                    chunk.add_segment(part, row)
                    fresh = False
                unpack_block(part, raw, block, buffer, limits)
                chunk.rows += block.rows
                row += block.rows
                if buffer.filled >= chunk_bytes or (part.record.has_dense_union and chunk.rows >= batch_rows):
                    yield chunk
                    chunk = None
                    released = _release(raw, released, block.start)
    if chunk:
        yield chunk


def _release(raw: mmap.mmap, begin: int, end: int) -> int:
    """Give back the pages of the map up to `end`, or a 2 GB part counts as 2 GB of resident memory (T35)."""
    end -= end % mmap.PAGESIZE
    if end > begin:
        raw.madvise(mmap.MADV_DONTNEED, begin, end - begin)
    return end


def rows_a_batch(chunk: Chunk, most: int) -> int:
    """Return the batch size that splits a chunk into the fewest equal batches of at most `most`, and fills up least.

    With a dense union in its type, all rows are one batch: arrow-avro of datafusion 55 keeps the offsets of the first
    batch for the second ("Offsets must be ... within the length of the Array").
    """
    if chunk.record.has_dense_union:
        return chunk.rows
    most = min(most, MOST_MEMORY // chunk.record.width)
    return -(-chunk.rows // -(-chunk.rows // most))


@contextmanager
def chunk_file(chunk: Chunk, scratch: Path, batch_rows: int) -> Iterator[Path]:
    """Write a chunk as one uncompressed Avro file under `scratch`, and remove it afterwards.

    Its only block counts 2**63 - 1 rows and is filled up with the shortest row there can be to a multiple of
    `batch_rows`: datafusion 55 spins for ever on a block that holds more bytes than the counted rows use, which one
    flipped bit brings about, but it reads an endless block to its end and stops. The name holds process and thread: two
    processes that shared one file gave wrong rows (ingest_path 1).
    """
    path = scratch / f"chunk-{os.getpid()}-{threading.get_ident()}-{next(_numbers)}.avro"
    schema = json.dumps(written_schema(chunk.record)).encode()
    missing = -chunk.rows % batch_rows
    filling = missing * chunk.record.least_value() if missing else b""
    header = MAGIC + _long(1) + _sized(b"avro.schema") + _sized(schema) + _long(0) + MARK
    try:
        with path.open("wb") as file:
            file.write(header + ENDLESS + _long(chunk.buffer.filled + len(filling)))
            file.write(chunk.buffer.content())
            file.write(filling + MARK)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _sized(content: bytes) -> bytes:
    return _long(len(content)) + content


def _long(number: int) -> bytes:
    """Write a number that is not negative as an Avro long."""
    number, written = number << 1, bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(written) + bytes([number])
