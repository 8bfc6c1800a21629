"""One delivery, read: its objects fetched, decoded, brought to the feed's types; bad rows set aside, others written.

Nothing is committed here; which deliveries are read, and what becomes of them, is decided in `landing`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import pyarrow as pa

from heap_assets.bucket.deliveries import Delivery, ObjectRef
from heap_assets.bucket.status import folder_of
from heap_assets.bucket.store import Bucket
from heap_assets.engine import Engine
from heap_assets.errors import DamagedObject, ErrorThresholdPassed, FieldsContradict
from heap_assets.feeds.columns_told import differing_columns
from heap_assets.feeds.decode import CsvForm, CsvReading, DecodedBatch, DecodeLimits, LocalObject, open_avro, open_csv
from heap_assets.feeds.decode.csv_rejects import WRONG_NUMBER
from heap_assets.feeds.drift import DELIVERED, Delivered, join_types, noted
from heap_assets.feeds.names import column_names
from heap_assets.feeds.progress import NOBODY, DeliveryWatch, Watch
from heap_assets.feeds.reject_files import RejectFiles
from heap_assets.feeds.renumber import renumbered, rows_set_right
from heap_assets.feeds.system_columns import SYSTEM_COLUMNS, with_system_columns
from heap_assets.feeds.typed import NO_COLUMN, typed
from heap_assets.feeds.types import column_type
from heap_assets.lake import FileWriter, NewFile, prunable
from heap_assets.settings import FeedSpec

GROUP_ROWS = 49_152  # 131,072 would save 2 to 4 % of the bytes and cost 60 MB a reader (ingest_path.md 2)
FETCHERS = 8
OTHER_BUFFER = 76 << 20  # the engine's edges lie at its quarters, at 19 MiB and not at 16
READER_MEMORY = "300MB"
MOST_REFUSED = 10_000  # rejects that are kept of a delivery which was refused for their number


@dataclass
class DeliveryRows:
    """What reading a delivery gave: files of its rows, files of its rejects, and how many times could not be read."""

    delivery: Delivery
    files: list[NewFile] = field(default_factory=list)
    rejects: list[NewFile] = field(default_factory=list)
    columns: dict[str, pa.DataType] = field(default_factory=dict)
    delivered: Delivered = field(default_factory=dict)
    read: int = 0
    unreadable_times: int = 0
    remark: str | None = None

    @property
    def rows(self) -> int:
        """Rows written."""
        return sum(file.rows for file in self.files)

    @property
    def rejected(self) -> int:
        """Rows set aside."""
        return sum(file.rows for file in self.rejects)


@dataclass(frozen=True)
class Engines:
    """One parses the file and is busy while its rows stream; the other brings columns to their types meanwhile."""

    parser: Engine
    typer: Engine

    @classmethod
    def open(cls, stack: ExitStack) -> Self:
        """A pair, closed with the stack; one delivery after the other may use it (connecting costs 50 ms of CPU)."""
        return cls(*(stack.enter_context(Engine(READER_MEMORY, threads=1)) for _ in range(2)))


@dataclass(frozen=True)
class Roots:
    """The folders of the tables that a delivery's files are written for: its feed's and the quarantine."""

    rows: Path
    rejects: Path


def read_delivery(
    bucket: Bucket,
    roots: Roots,
    spec: FeedSpec,
    delivery: Delivery,
    engines: Engines | None = None,
    watch: Watch = NOBODY,
) -> DeliveryRows:
    """Read a delivery whole into files below `roots`; nothing is left behind where it fails.

    `watch` is told of rows and bytes as they are read. Raises DeliveryFailed (access, missing or changed object) or
    DeliveryRefused (damage, contradiction, threshold).
    """
    with ExitStack() as stack:
        engines = engines or Engines.open(stack)
        told = DeliveryWatch(delivery, watch)
        stack.callback(told.finished)
        objects = _fetched(bucket, delivery, stack)
        try:
            found = _read(roots, spec, delivery, objects, engines, told)
        except DamagedObject as error:
            if not error.miscounted:
                raise
            found = _read(roots, _cut_elsewhere(spec), delivery, objects, engines, told)
        told.became(found.rows, found.rejected)
    return found


def _cut_elsewhere(spec: FeedSpec) -> FeedSpec:
    """The feed, its files parsed in pieces of another size.

    DuckDB 2.0 with `store_rejects` loses all behind an edge at which it cuts a file (each quarter of the buffer, or
    `max_line_size` where that is more), where a line runs over it by a few bytes and the next one is broken.
    """
    return replace(spec, limits=(*spec.limits, ("buffer_bytes", OTHER_BUFFER)))


def _fetched(bucket: Bucket, delivery: Delivery, stack: ExitStack) -> list[LocalObject]:
    """Every object of a delivery on this disk, in order; many small ones are fetched several at a time (T76)."""

    def fetch(ref: ObjectRef) -> Path:
        return stack.enter_context(bucket.fetch(ref))

    with ThreadPoolExecutor(min(FETCHERS, 1 + len(delivery.objects) // FETCHERS)) as pool:
        waiting = [pool.submit(fetch, ref) for ref in delivery.objects]
        try:
            paths = [future.result() for future in waiting]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [
        LocalObject(path, ref.key, ref.version, index, ref.size)
        for index, (path, ref) in enumerate(zip(paths, delivery.objects, strict=True))
    ]


def _read(
    roots: Roots,
    spec: FeedSpec,
    delivery: Delivery,
    objects: Sequence[LocalObject],
    engines: Engines,
    told: DeliveryWatch,
) -> DeliveryRows:
    """All rows and all rejects, under their numbers in their object."""
    found = DeliveryRows(delivery)
    came, right = (_writer(roots, spec, delivery) for _ in range(2))
    with came, right, RejectFiles(roots.rejects, spec, delivery, objects) as rejects:
        for batch in _decoded(spec, objects, engines.parser, found, rejects):
            found.read += batch.rows.num_rows
            came.notes = right.notes = {DELIVERED: noted(found.delivered)}
            if batch.rows.num_rows:
                told.batch(batch.rows.num_rows, batch.object_index[-1].as_py())
            made = typed(spec, batch, objects, engines.typer)
            found.unreadable_times += made.unreadable_times
            for each in made.rejected:
                rejects.take(each)
            came.write(with_system_columns(made.rows, delivery, objects))
        _hold_to_threshold(spec, delivery, came.rows, rejects)
        found.files, found.rejects = came.finish(), rejects.finish()
        if rejects.gaps:
            found.files = renumbered(right, found.files, partial(rows_set_right, gaps=rejects.gaps))
    for file in found.files:
        for item in file.schema:
            found.columns[item.name] = join_types(found.columns.get(item.name, item.type), item.type)
    return found


def _writer(roots: Roots, spec: FeedSpec, delivery: Delivery) -> FileWriter:
    return FileWriter(roots.rows, folder_of(delivery.delivery), _statistics(spec), group_rows=GROUP_ROWS)


def _statistics(spec: FeedSpec) -> frozenset[str]:
    typed = pa.schema([pa.field(item.name, column_type(spec, item.name) or pa.string()) for item in spec.fields])
    times = pa.schema([(name, pa.timestamp("us", "UTC")) for name in spec.time_fields])
    return prunable(typed) | prunable(times) | prunable(SYSTEM_COLUMNS, (*spec.primary_key, "user_id", "session_id"))


def _decoded(
    spec: FeedSpec, objects: Sequence[LocalObject], engine: Engine, found: DeliveryRows, rejects: RejectFiles
) -> Iterator[DecodedBatch]:
    if spec.delivery == "heap_connect":
        reading = open_avro(objects, engine.scratch, limits=_limits(spec))
        found.remark = differing_columns(found.delivery.columns, reading.parts)
        _learn(spec, found, reading.schema)
        yield from reading.batches()
        return
    empty = []
    for item in objects:
        csv = open_csv(item, _form(spec), engine, limits=_limits(spec))
        empty += [item.key] if csv.empty else []
        _require(spec, csv, item)
        _learn(spec, found, csv.schema)
        yield from csv.batches(reject=rejects.take_broken)
        _require_one_whole_record(spec, csv, item)
        found.read += csv.rejected.total()
    found.remark = f"empty file: {', '.join(empty)}" if empty else None


def _limits(spec: FeedSpec) -> DecodeLimits:
    return replace(DecodeLimits(), **dict(spec.limits))


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
            todo=NO_COLUMN,
        )


def _require_one_whole_record(spec: FeedSpec, csv: CsvReading, item: LocalObject) -> None:
    """A wrong delimiter shows in the header (T61); where there is none, in that no record has the declared fields."""
    if spec.file.header or not csv.rejected or csv.rejected.total() < csv.records:
        return
    if csv.rejected.keys() <= set(WRONG_NUMBER):
        told = f"no record has the {len(csv.schema)} fields that are declared"
        raise FieldsContradict(told, where=item.key, todo="Check the delimiter and the fields of the feed.")


def _learn(spec: FeedSpec, found: DeliveryRows, schema: pa.Schema) -> None:
    """A column counts as delivered even where no row came with it."""
    for name, item in zip(column_names(spec, schema.names), schema, strict=True):
        kind = column_type(spec, name) or item.type
        found.columns.setdefault(name, kind)
        spelling, before = found.delivered.get(name, (item.name, kind))
        found.delivered[name] = (spelling, join_types(before, kind))


def _hold_to_threshold(spec: FeedSpec, delivery: Delivery, landed: int, rejects: RejectFiles) -> None:
    total = landed + rejects.rows
    if spec.error_threshold is not None and total and 100 * rejects.rows > spec.error_threshold * total:
        error = ErrorThresholdPassed(
            f"{rejects.rows:,} of {total:,} rows were rejected, more than {spec.error_threshold:g} %",
            where=delivery.delivery,
            todo="`heap-assets quarantine show` has the rows. Mend the file, or raise error_threshold.",
        )
        error.rejects = rejects.first(MOST_REFUSED)
        raise error
