"""One delivery, read: its objects fetched, decoded, brought to the feed's types, its bad rows set aside.

Its rows written as files.

Nothing is committed here; which deliveries are read, and what becomes of them, is decided in `landing`.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.bucket.deliveries import Delivery
from heap_assets.bucket.status import folder_of
from heap_assets.bucket.store import Bucket
from heap_assets.engine import Engine
from heap_assets.errors import ErrorThresholdPassed, FieldsContradict
from heap_assets.feeds.decode import CsvForm, CsvReading, DecodedBatch, LocalObject, open_avro, open_csv
from heap_assets.feeds.drift import join_types
from heap_assets.feeds.names import column_names
from heap_assets.feeds.progress import NOBODY, DeliveryWatch, Watch
from heap_assets.feeds.quarantine import Reject
from heap_assets.feeds.renumber import Numbers, record_numbers, renumbered
from heap_assets.feeds.types import coerce, column_type
from heap_assets.lake import FileWriter, NewFile, prunable
from heap_assets.settings import FeedSpec

SYSTEM_COLUMNS = pa.schema(
    [
        ("_file_date", pa.date32()),
        ("_delivery", pa.string()),
        ("_object", pa.string()),
        ("_object_version", pa.string()),
        ("_object_index", pa.int32()),
        ("_row", pa.int64()),
    ]
)
GROUP_ROWS = 65_536  # 131,072 would save 2 to 4 % of the bytes and cost 50 MB a reader (ingest_path.md 2)
READER_MEMORY = "300MB"


@dataclass
class DeliveryRows:
    """What reading a delivery gave: files written, rows set aside, and how many times could not be read."""

    delivery: Delivery
    files: list[NewFile] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    columns: dict[str, pa.DataType] = field(default_factory=dict)
    read: int = 0
    unreadable_times: int = 0
    broken_records: dict[int, Numbers] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows written."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class Engines:
    """One parses the file and is busy while its rows stream; the other brings columns to their types meanwhile."""

    parser: Engine
    typer: Engine

    @classmethod
    def open(cls, stack: ExitStack) -> Self:
        """A pair, closed with the stack; one delivery after the other may use it (connecting costs 50 ms of CPU)."""
        return cls(*(stack.enter_context(Engine(READER_MEMORY, threads=1)) for _ in range(2)))


def read_delivery(
    bucket: Bucket,
    root: Path,
    spec: FeedSpec,
    delivery: Delivery,
    engines: Engines | None = None,
    watch: Watch = NOBODY,
) -> DeliveryRows:
    """Read a delivery whole into files below `root`; nothing is left behind where it fails.

    `watch` is told of rows and bytes as they are read. Raises DeliveryFailed (access, missing or changed object) or
    DeliveryRefused (damage, contradiction, threshold).
    """
    with ExitStack() as stack:
        engines = engines or Engines.open(stack)
        told = DeliveryWatch(delivery, watch)
        stack.callback(told.finished)
        objects = [
            LocalObject(stack.enter_context(bucket.fetch(ref)), ref.key, ref.version, index, ref.size)
            for index, ref in enumerate(delivery.objects)
        ]
        found = _read(root, spec, delivery, objects, engines, told)
        if found.broken_records:
            found.files = renumbered(root, found.files, found.broken_records, _statistics(spec), GROUP_ROWS)
        told.became(found.rows, len(found.rejects))
    return found


def _read(
    root: Path,
    spec: FeedSpec,
    delivery: Delivery,
    objects: Sequence[LocalObject],
    engines: Engines,
    told: DeliveryWatch,
) -> DeliveryRows:
    """All rows; behind the first broken record of an object their numbers are too small (`renumber`)."""
    found = DeliveryRows(delivery)
    with FileWriter(root, folder_of(delivery.delivery), _statistics(spec), group_rows=GROUP_ROWS) as writer:
        for batch in _decoded(spec, objects, engines.parser, found):
            found.read += batch.rows.num_rows
            if batch.rows.num_rows:
                told.batch(batch.rows.num_rows, batch.object_index[-1].as_py())
            writer.write(_with_system_columns(_typed(spec, batch, objects, engines.typer, found), delivery, objects))
        _hold_to_threshold(spec, found, writer.rows)
        found.files = writer.finish()
    for file in found.files:
        for item in file.schema:
            found.columns[item.name] = join_types(found.columns.get(item.name, item.type), item.type)
    return found


def _statistics(spec: FeedSpec) -> frozenset[str]:
    typed = pa.schema([pa.field(item.name, column_type(spec, item.name) or pa.string()) for item in spec.fields])
    times = pa.schema([(name, pa.timestamp("us", "UTC")) for name in spec.time_fields])
    return prunable(typed) | prunable(times) | prunable(SYSTEM_COLUMNS, (*spec.primary_key, "user_id", "session_id"))


def _decoded(
    spec: FeedSpec, objects: Sequence[LocalObject], engine: Engine, found: DeliveryRows
) -> Iterator[DecodedBatch]:
    if spec.delivery == "heap_connect":
        reading = open_avro(objects, engine.scratch)
        _learn(spec, found, reading.schema)
        yield from reading.batches()
        return
    for item in objects:
        csv = open_csv(item, _form(spec), engine)
        _require(spec, csv, item)
        _learn(spec, found, csv.schema)
        yield from csv.batches()
        if csv.rejects:
            _set_right(found, item, np.array([row.row for row in csv.rejects], dtype=np.int64))
        found.rejects += [
            Reject(item.key, item.version, row.row, row.reason, row.column, row.line, row.detail, row.raw)
            for row in csv.rejects
        ]
        found.read += len(csv.rejects)


def _set_right(found: DeliveryRows, item: LocalObject, broken: Numbers) -> None:
    """Give the rejects so far of an object their record numbers, now that its broken records are known."""
    found.broken_records[item.index] = broken
    mine = [reject.object == item.key for reject in found.rejects]
    rows = record_numbers(np.array([reject.row for reject in found.rejects], dtype=np.int64), broken)
    found.rejects = [
        replace(reject, row=int(row)) if is_mine else reject
        for reject, row, is_mine in zip(found.rejects, rows, mine, strict=True)
    ]


def _form(spec: FeedSpec) -> CsvForm:
    form = spec.file
    header: bool | tuple[str, ...] = form.header or tuple(item.delivered for item in spec.fields)
    return CsvForm(form.delimiter, form.quote, form.escape, header, form.encoding, form.compression)


def _require(spec: FeedSpec, csv: CsvReading, item: LocalObject) -> None:
    if csv.empty:
        return
    names = {name.lower() for name in csv.schema.names}
    wanted = {field.name: field.delivered for field in spec.fields}
    missing = [name for name in spec.primary_key if wanted.get(name, name).lower() not in names]
    missing += [item.delivered for item in spec.fields if item.required and item.delivered.lower() not in names]
    if missing:
        raise FieldsContradict(
            f"the file has no column {', '.join(dict.fromkeys(missing))}",
            where=item.key,
            todo="Check the delimiter, the header and primary_key of the feed.",
        )


def _learn(spec: FeedSpec, found: DeliveryRows, schema: pa.Schema) -> None:
    """A column counts as delivered even where no row came with it."""
    for name, kind in zip(column_names(spec, schema.names), schema.types, strict=True):
        found.columns.setdefault(name, column_type(spec, name) or kind)


def _typed(
    spec: FeedSpec, batch: DecodedBatch, objects: Sequence[LocalObject], engine: Engine, found: DeliveryRows
) -> tuple[pa.Table, pa.Array, pa.Array]:
    """The batch in the feed's types, less the rows that are none of it: a null in the key, a value not of its type."""
    columns, refused = [], []
    names = column_names(spec, batch.rows.schema.names)
    for name, values in zip(names, batch.rows.columns, strict=True):
        made = coerce(spec, name, values, engine)
        found.unreadable_times += made.unreadable
        columns.append(made.values)
        if made.refused is not None:
            refused.append((made.refused, "not-of-its-type", name))
    table = pa.Table.from_arrays(columns, names=names)
    refused += _nulls(spec, table)
    if not refused:
        return table, batch.object_index, batch.row
    bad = np.zeros(table.num_rows, dtype=bool)
    for mask, reason, column in refused:
        marked = np.asarray(mask) & ~bad
        bad |= marked
        found.rejects += _rejects(batch, np.flatnonzero(marked), objects, reason, column)
    keep = pa.array(~bad)
    return table.filter(keep), batch.object_index.filter(keep), batch.row.filter(keep)


def _nulls(spec: FeedSpec, table: pa.Table) -> list[tuple[pa.Array, str, str]]:
    required = {item.name for item in spec.fields if item.required}
    found = []
    for name in dict.fromkeys([*spec.primary_key, *sorted(required)]):
        reason = "null-in-key" if name in spec.primary_key else "null-in-required-field"
        if name not in table.schema.names:
            found.append((pa.array(np.ones(table.num_rows, dtype=bool)), reason, name))
        elif table[name].null_count:
            found.append((pc.is_null(table[name]).combine_chunks(), reason, name))
    return found


def _rejects(
    batch: DecodedBatch, positions: np.ndarray, objects: Sequence[LocalObject], reason: str, column: str
) -> Iterator[Reject]:
    for position in positions:
        item = objects[batch.object_index[int(position)].as_py()]
        yield Reject(item.key, item.version, batch.row[int(position)].as_py(), reason, column)


def _with_system_columns(
    rows: tuple[pa.Table, pa.Array, pa.Array], delivery: Delivery, objects: Sequence[LocalObject]
) -> pa.Table:
    table, object_index, row = rows
    constant = pa.array(np.zeros(table.num_rows, dtype=np.int8))
    columns = [
        pa.DictionaryArray.from_arrays(constant, pa.array([delivery.file_date], pa.date32())),
        pa.DictionaryArray.from_arrays(constant, pa.array([delivery.delivery], pa.string())),
        pa.DictionaryArray.from_arrays(object_index, pa.array([item.key for item in objects], pa.string())),
        pa.DictionaryArray.from_arrays(object_index, pa.array([item.version for item in objects], pa.string())),
        object_index,
        row,
    ]
    for name, column in zip(SYSTEM_COLUMNS.names, columns, strict=True):
        table = table.append_column(name, column)
    return table


def _hold_to_threshold(spec: FeedSpec, found: DeliveryRows, landed: int) -> None:
    total = landed + len(found.rejects)
    if spec.error_threshold is not None and total and 100 * len(found.rejects) / total > spec.error_threshold:
        raise ErrorThresholdPassed(
            f"{len(found.rejects)} of {total} rows were rejected, more than {spec.error_threshold} %",
            where=found.delivery.delivery,
            todo="Mend the file, or raise error_threshold.",
        )
