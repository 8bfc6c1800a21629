"""The same world as dated CSV files, one a day and table, as an export of one's own is; Avro stands in `dumps`."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TextIO

from heap_assets.sample.dumps import HeapBucket, set_time
from heap_assets.sample.schedule import Dump, last_full_copy
from heap_assets.sample.visits import Row
from heap_assets.sample.world import World

PLAIN = "user_migrations"
"""The table whose files are not packed."""


def file_date(world: World, dump: Dump) -> date:
    """Return the date in the names of the files that bring what a dump brings: the day that it reports."""
    return world.first_day + timedelta(days=dump.day)


@dataclass
class DatedBucket(HeapBucket):
    """Writes what each dump holds as files named by its day.

    An export has no rows that a later full copy voids: what is sent again before it, under a migrated user_id, is left
    out, or it would stay in an upserted table.
    """

    def __post_init__(self) -> None:
        """Make ready the streams, which send nothing again that a full copy voids."""
        super().__post_init__()
        for table, stream in self.streams.items():
            stream.resent_from = last_full_copy(self.world, table)

    def _write_dump(self, dump: Dump) -> None:
        for table, parts in self._tables(dump):
            self._write_day(dump, table, (row for rows in parts for row in rows))

    def _write_day(self, dump: Dump, table: str, rows: Iterator[Row]) -> None:
        columns = self._columns(dump, table)
        suffix = "" if table == PLAIN else ".gz"
        path = self.folder / "heap" / f"{table}_{file_date(self.world, dump):%Y-%m-%d}.csv{suffix}"
        with written_text(path) as text:
            count = write_rows(text, columns, rows)
        set_time(path, dump.written)
        self.rows[table] = self.rows.get(table, 0) + count


def write_rows(text: TextIO, columns: Iterable[str], rows: Iterable[Row]) -> int:
    """Write a header and rows, null as an empty field, and return how many rows there were; no value is empty text."""
    writer, names, count = csv.writer(text, lineterminator="\n"), list(columns), 0
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
        count += 1
    return count


@contextmanager
def written_text(path: Path) -> Iterator[TextIO]:
    """Open a file for UTF-8 text, packed where its name ends in .gz; equal text gives equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            with io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
                yield text
            return
        with (
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
        ):
            yield text


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
