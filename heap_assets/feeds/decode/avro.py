"""Avro objects of one delivery -> batches of rows: open_avro, AvroReading. Types and landing are not decided here.

The way (ingest_path 1): walk the blocks, unpack and check them, write them to uncompressed chunk files, let datafusion
decode those, compare the rows with the counts. 2.2 CPU seconds a million rows of 33 columns; fastavro takes 31.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.avro_chunks import Chunk, chunk_file, chunks_of, rows_a_batch
from heap_assets.feeds.decode.avro_columns import delivered_column, unstored_column
from heap_assets.feeds.decode.avro_container import AGAIN, AvroPart, read_header, schema_parser
from heap_assets.feeds.decode.avro_types import AvroType, stored_places
from heap_assets.feeds.decode.model import DEFAULT_LIMITS, DecodedBatch, DecodeLimits, LocalObject

BATCH_ROWS = 32768


def open_avro(
    objects: Sequence[LocalObject],
    scratch: Path,
    *,
    limits: DecodeLimits = DEFAULT_LIMITS,
    batch_rows: int = BATCH_ROWS,
) -> "AvroReading":
    """Read the headers of a delivery's objects (cheap: no block is touched) and return what reads their rows.

    `scratch` is a directory on this disk for chunk files, of about 16 MB (one block where that is larger), one
    at a time. Raises DamagedObject and UnreadableFile, each naming the object (T25).
    """
    parse = schema_parser()
    parts = tuple(read_header(source, limits.columns, parse) for source in objects)
    return AvroReading(parts, scratch, limits, batch_rows)


@dataclass(frozen=True)
class AvroReading:
    """The opened objects of one delivery; `schema` is known at once, rows come from `batches()`."""

    parts: tuple[AvroPart, ...]
    scratch: Path
    limits: DecodeLimits
    batch_rows: int

    @property
    def schema(self) -> pa.Schema:
        """Every column of any object, in the order first seen (T29), known without rows too (T24).

        A column whose objects disagree is a string, which holds each type without loss (T31); the batches keep the
        type of their own object.
        """
        types: dict[str, pa.DataType] = {}
        kinds = {id(part.record): part.record for part in self.parts}  # 10,000 parts mostly share one
        for field in (field for record in kinds.values() for field in _delivered_schema(record)):
            types[field.name] = field.type if types.get(field.name, field.type) == field.type else pa.string()
        return pa.schema(list(types.items()))

    def batches(self) -> Iterator[DecodedBatch]:
        """Yield all rows: objects in the order given, rows in file order, at most `batch_rows` a batch.

        A batch has the schema of its own object; where objects of a delivery differ, whoever lands them casts. What
        was yielded is void if DamagedObject (bytes, counts, checksums) or UnreadableFile (limits) is raised later.
        Memory: a chunk and its batches, whatever the size of the objects (T35).
        """
        for chunk in chunks_of(self.parts, self.limits, self.batch_rows):
            try:
                yield from self._decode(chunk)
            except DamagedObject:
                self._raise_for_one_object(chunk)
                raise

    def _decode(self, chunk: Chunk) -> Iterator[DecodedBatch]:
        schema, done = _delivered_schema(chunk.record), 0
        for columns, decoded in self._stored_columns(chunk):
            batch = pa.RecordBatch.from_arrays(columns, schema=schema).slice(0, chunk.rows - done)
            self._check_cells(batch, chunk)
            for begin in range(0, batch.num_rows, self.batch_rows):
                rows = batch.slice(begin, self.batch_rows)
                yield DecodedBatch(rows, *chunk.places(done + begin, rows.num_rows))
            done += decoded

    def _stored_columns(self, chunk: Chunk) -> Iterator[tuple[list[pa.Array], int]]:
        """Yield delivered columns and their rows, the filling at the end of the chunk included."""
        size = rows_a_batch(chunk, self.batch_rows) if chunk.rows else 0
        places = stored_places(chunk.record)
        if not places:
            for begin in range(0, chunk.rows, size or 1):
                rows = min(size, chunk.rows - begin)
                yield [unstored_column(part, rows) for part in chunk.record.parts], rows
            return
        if chunk.rows:
            with chunk_file(chunk, self.scratch, size) as path:
                for decoded in _decoded(path, chunk, size):
                    yield _all_columns(decoded, places, chunk), decoded.num_rows

    def _check_cells(self, rows: pa.RecordBatch, chunk: Chunk) -> None:
        """Refuse a value beyond the limit; columns whose values together stay below it are not looked at one by one."""
        for name, column in zip(rows.schema.names, rows.columns, strict=True):
            if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
                continue
            if column.nbytes > self.limits.cell_bytes < (pc.max(pc.binary_length(column)).as_py() or 0):
                what = f"column {name} has a value of more than {self.limits.cell_bytes} bytes"
                raise UnreadableFile(what, where=_where(chunk), todo="Take the value out, or raise the limit.")

    def _raise_for_one_object(self, chunk: Chunk) -> None:
        """Read the objects of a damaged chunk one by one, so that the error names the right one."""
        if len(chunk.parts) > 1:
            for part in chunk.parts:
                alone = AvroReading((part,), self.scratch, self.limits, self.batch_rows)
                deque(alone.batches(), maxlen=0)


def _decoded(path: Path, chunk: Chunk, size: int) -> Iterator[pa.RecordBatch]:
    """Stream a chunk file through datafusion; raise DamagedObject unless exactly its rows and the filling come out."""
    from datafusion import SessionConfig, SessionContext  # 0.5 s, and most runs find nothing new to read

    context = SessionContext(SessionConfig().with_batch_size(size).with_target_partitions(1))
    missing = chunk.rows + -chunk.rows % size
    try:
        # a name with [, * or % would be taken for a pattern; a quoted URL is not
        stream = iter(context.read_avro("file://" + quote(str(path.resolve()))).execute_stream())
        while missing >= 0 and (batch := next(stream, None)) is not None:
            decoded = batch.to_pyarrow()
            missing -= decoded.num_rows
            yield decoded
    except Exception as cause:  # datafusion raises bare Exception; its text may quote values
        raise _undecodable(chunk) from cause
    if missing:
        raise _undecodable(chunk)


def _all_columns(decoded: pa.RecordBatch, places: list[int], chunk: Chunk) -> list[pa.Array]:
    columns, stored = [], dict(zip(places, decoded.columns, strict=True))
    for place, part in enumerate(chunk.record.parts):
        if place not in stored:
            columns.append(unstored_column(part, decoded.num_rows))
            continue
        try:
            columns.append(delivered_column(stored[place], part))
        except pa.ArrowInvalid as cause:
            what = f"column {chunk.record.names[place]} has a value outside the range of its type"
            raise UnreadableFile(what, where=_where(chunk)) from cause
    return columns


def _delivered_schema(record: AvroType) -> pa.Schema:
    return pa.schema([(name, part.arrow) for name, part in zip(record.names, record.parts, strict=True)])


def _where(chunk: Chunk) -> str:
    """Name the objects of a chunk; where it is one, also the rows of it that the chunk holds."""
    keys = list(dict.fromkeys(part.source.key for part in chunk.parts))
    if len(keys) > 1:
        return f"{keys[0]} to {keys[-1]}"
    return f"{keys[0]}, row {chunk.first_rows[0]} to {chunk.first_rows[0] + chunk.rows - 1}"


def _undecodable(chunk: Chunk) -> DamagedObject:
    what = f"Avro blocks do not hold the {chunk.rows} rows that they count, or hold bytes that are no rows"
    return DamagedObject(what, where=_where(chunk), todo=AGAIN)
