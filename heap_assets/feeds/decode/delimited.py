"""One delimited file -> batches of text columns and rejected records: open_csv, CsvReading. Typing is done by the feed.

The engine parses; what it loses in silence is found by counting lines first (csv_lines) and adding up afterwards.
Blank lines are no records where there are several columns; in a file of one column each is a null.
"""

import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from heap_assets.engine import literal
from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.csv_header import column_names
from heap_assets.feeds.decode.csv_lines import CR, LF, LineCount, LineLocator, count_lines, unified
from heap_assets.feeds.decode.csv_rejects import rejected_batches
from heap_assets.feeds.decode.csv_source import CsvForm, CsvSource, recognise
from heap_assets.feeds.decode.model import (
    DEFAULT_LIMITS,
    LONGEST_RAW,
    DecodedBatch,
    DecodeLimits,
    LocalObject,
    QueryStream,
    RejectedBatch,
    arrow_integers,
)

_numbers = itertools.count()


def _nowhere(_: RejectedBatch) -> None:
    """Counting them is enough."""


def open_csv(
    obj: LocalObject, form: CsvForm, engine: QueryStream, *, limits: DecodeLimits = DEFAULT_LIMITS
) -> "CsvReading":
    """Pass over a file once, counting lines and quotes, and return what reads its rows.

    Raises DamagedObject (size, gzip) and UnreadableFile (an open quote at its end, its header, its encoding). A file
    of no bytes or only newlines is `empty` and has no columns (T58).
    """
    source = recognise(obj, form)
    count = count_lines(source.windows(limits), form)
    if count.open_quote:
        todo = "Close the quote; which records are whole cannot be told."
        raise UnreadableFile("a quote is never closed, or quotes are not escaped", where=obj.key, todo=todo)
    names = column_names(obj, form, count.first_line, limits) if count.filled else ()
    return CsvReading(source, form, engine, limits, names, count)


@dataclass
class CsvReading:
    """An opened delimited file.

    Run `batches()` to its end; `rejected`, how many records were by reason, is complete only then. Rows are numbered as
    they come: if there were rejects, `feeds.renumber` gives those behind the first the numbers of their records.
    """

    source: CsvSource
    form: CsvForm
    engine: QueryStream
    limits: DecodeLimits
    names: tuple[str, ...]
    count: LineCount
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def empty(self) -> bool:
        """Whether the file holds no line but blank ones."""
        return not self.names

    @property
    def schema(self) -> pa.Schema:
        """The columns as delivered, all text; none where the file is empty."""
        return pa.schema([(name, pa.string()) for name in self.names])

    @property
    def has_header(self) -> bool:
        """Whether the first line that is not blank names the columns."""
        return self.form.header is True

    @property
    def records(self) -> int:
        """Records that must come out, read or rejected."""
        blank_ones = self.count.blank - self._leading_blank if len(self.names) == 1 else 0
        return self.count.filled + blank_ones - self.has_header

    @property
    def _leading_blank(self) -> int:
        """Blank lines that are left out before reading."""
        return self.count.leading_blank if self.has_header or len(self.names) > 1 else 0

    def batches(
        self, batch_rows: int = 16_384, reject: Callable[[RejectedBatch], None] = _nowhere
    ) -> Iterator[DecodedBatch]:
        """Yield the rows in file order, numbered from 0; behind the last, `reject` is given the broken records.

        Null is an empty field, a quoted empty field is the empty text (T55). Raises DamagedObject at the end where
        rows and rejects are not the lines counted, UnreadableFile where the engine gives up.
        """
        if self.empty:
            return
        rows = 0
        with self._readable() as path, self._reject_tables() as tables:
            for batch in self._streamed(path, tables, batch_rows):
                objects = np.full(batch.num_rows, self.source.source.index, dtype=np.int32)
                places = arrow_integers(np.arange(rows, rows + batch.num_rows, dtype=np.int64))
                yield DecodedBatch(batch, arrow_integers(objects), places)
                rows += batch.num_rows
            for broken in self._rejected(tables[0], batch_rows):
                self.rejected.update(
                    {str(each["values"]): each["counts"] for each in broken.reason.value_counts().to_pylist()}
                )
                reject(broken)
        self._add_up(rows)

    def _add_up(self, rows: int) -> None:
        """Refuse the file where the engine's records are not ours; of torn ones it must have rejected every one."""
        what = None
        torn, told = self.rejected["unquoted-value"], self.rejected["line-too-long"]
        if rows + self.rejected.total() != self.records:
            found = f"{rows} rows and {self.rejected.total()} rejected records"
            what = f"{found} were read where the file has {self.records} records"
        elif not self.count.torn - told <= torn <= self.count.torn:
            what = f"{torn} records were found torn by their quotes where the file has {self.count.torn}"
        if what is not None:
            error = DamagedObject(what, where=self.source.source.key, todo="Check the quotes of the file.")
            error.miscounted = True
            raise error

    def _rejected(self, table: str, batch_rows: int) -> Iterator[RejectedBatch]:
        """The engine's rejects, of each no more text than is ever kept: a line may have megabytes."""
        begin = f"left(trim(csv_line, chr(13) || chr(10)), {LONGEST_RAW})"
        faults = self.engine.stream(
            f"SELECT line::BIGINT AS line, coalesce(column_idx, 0)::BIGINT AS place, error_type::VARCHAR AS error,"
            f" {begin} AS raw FROM {table} ORDER BY line, error <> 'UNQUOTED VALUE', place, error",
            batch_rows,
        )
        return rejected_batches(
            faults,
            names=self.names,
            object_index=self.source.source.index,
            header_lines=int(self.has_header),
            left_out=self._leading_blank,
            locator=None if self._is_plain else LineLocator(self.source.windows(self.limits), self.form),
        )

    @property
    def _is_plain(self) -> bool:
        """Whether line n of the file is record n: no blank lines between, no newlines in quotes."""
        return self.count.blank == self._leading_blank and not self.count.inner_newlines

    def _streamed(self, path: Path, tables: tuple[str, str], batch_rows: int) -> Iterator[pa.RecordBatch]:
        try:
            stream = self.engine.stream(self._query(path, tables), batch_rows)
            while (batch := next(stream, None)) is not None:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)
        except Exception as cause:  # the engine's errors are its own; their text quotes lines of the file
            todo = "Check its delimiter, quotes and encoding."
            where = self.source.source.key
            raise UnreadableFile("the engine cannot parse the file", where=where, todo=todo) from cause

    def _query(self, path: Path, tables: tuple[str, str]) -> str:
        """One scan of all columns as text; only projected columns are looked at, so all are.

        With a buffer of less than two cells, a line beyond the limit is lost and not rejected. In parallel, even by one
        thread, pieces begin where the engine guesses that a record does: stray quotes would mislead it.
        """
        buffer = max(self.limits.buffer_bytes, 2 * self.limits.cell_bytes)
        columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(self.names)))
        return (
            f"SELECT * FROM read_csv({literal(str(path))}, auto_detect = false, columns = {{{columns}}},"
            f" header = {literal(self.has_header)}, delim = {literal(self.form.delimiter)},"
            f" quote = {literal(self.form.quote)}, escape = {literal(self.form.escape if self.form.quote else '')},"
            f" nullstr = '', allow_quoted_nulls = false, null_padding = false, strict_mode = true,"
            f" compression = {literal('gzip' if self.source.packing and not self._rewritten else 'none')},"
            f"{self._new_line} parallel = {literal(not self.count.stray_quotes)},"
            f" max_line_size = {self.limits.cell_bytes}, buffer_size = {buffer},"
            f" store_rejects = true, rejects_limit = 0,"
            f" rejects_table = {literal(tables[0])}, rejects_scan = {literal(tables[1])})"
        )

    @property
    def _rewritten(self) -> bool:
        strange = bool(self.source.utf16) or self.source.packing == "zstd" or self.source.padded
        guessed_wrong = "CRLF" in self.count.endings and not {CR, LF}.isdisjoint(self.count.first_line)
        mixed = len(self.count.endings) > 1
        return strange or mixed or guessed_wrong or self._leading_blank > 0 or self.count.torn > 0

    @property
    def _new_line(self) -> str:
        """How lines end, as the engine is told; it would guess by the first newline, inside quotes or not.

        CRLF is left to the guess: told of it, DuckDB 2.0 stumbles over a single LF inside quotes.
        """
        only = "LF" if self._rewritten or not self.count.endings else min(self.count.endings)
        return "" if only == "CRLF" else f" new_line = '\\{'r' if only == 'CR' else 'n'}',"

    @contextmanager
    def _readable(self) -> Iterator[Path]:
        """Give the engine a file it can read: a link, since a name may hold * or [, or a rewritten copy."""
        path = self.engine.scratch / f"csv-{os.getpid()}-{threading.get_ident()}-{next(_numbers)}"
        try:
            if self._rewritten:
                with path.open("wb") as file:
                    for window in unified(self.source.windows(self.limits), self.form, self._leading_blank > 0):
                        file.write(window)
            else:
                path.symlink_to(self.source.source.path.resolve())
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _reject_tables(self) -> Iterator[tuple[str, str]]:
        """Name two tables for the engine's rejects, of this scan alone, and drop them afterwards."""
        number = next(_numbers)
        tables = (f"csv_rejects_{number}", f"csv_scans_{number}")
        try:
            yield tables
        finally:
            for table in tables:
                self.engine.drop(table)
