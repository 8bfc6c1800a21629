"""Landing: deliveries that are in the bucket and not in the ledger are read and committed to the feed's table.

Each whole or not at all.

How one delivery becomes rows is in `reading`; which exist is known to `bucket`.
"""

import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

import pyarrow as pa

from heap_assets.bucket.arrivals import DeliveryEvent, Event, append_events
from heap_assets.bucket.deliveries import Delivery, delivery_order, terms
from heap_assets.bucket.status import (
    TAKE_OUT,
    DeliveryStatus,
    Status,
    feed_table,
    folder_of,
    horizon,
    landed_deliveries,
)
from heap_assets.bucket.store import Bucket
from heap_assets.errors import (
    CommitConflict,
    DeliveryFailed,
    DeliveryRefused,
    ErrorThresholdPassed,
    HeapAssetsError,
    ObjectMissing,
)
from heap_assets.feeds.drift import joined_columns
from heap_assets.feeds.memory import give_memory_back, take_memory_sparingly
from heap_assets.feeds.names import spelt_as
from heap_assets.feeds.progress import Step, Watch, listeners
from heap_assets.feeds.quarantine import QUARANTINE, SCHEMA, forget_refused, record_refused, record_rejects
from heap_assets.feeds.reading import DeliveryRows, Engines, Roots, read_delivery
from heap_assets.feeds.system_columns import SYSTEM_COLUMNS
from heap_assets.feeds.table_columns import columns_without, in_types, retype, with_columns
from heap_assets.feeds.types import base_columns
from heap_assets.lake import Lake, Table, retry_swaps
from heap_assets.settings import FeedSpec

READERS = 2
COMMIT_SECONDS = 30.0
TICK_SECONDS = 1.0


@dataclass
class Landing:
    """What one pass over a feed's deliveries did: read and committed, found superseded, or failed with its error."""

    landed: dict[str, DeliveryRows] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)
    errors: dict[str, HeapAssetsError] = field(default_factory=dict)

    def join(self, later: "Landing") -> None:
        """Add what a later pass did."""
        self.landed |= later.landed
        self.superseded |= later.superseded
        self.errors |= later.errors


def open_feed_table(lake: Lake, spec: FeedSpec) -> Table:
    """The feed's table, made with its known columns where nothing has landed yet."""
    schema = pa.schema([*base_columns(spec), *SYSTEM_COLUMNS])
    return lake.create(feed_table(spec), schema, f"Every row of {spec.display} as delivered")


def land(
    bucket: Bucket,
    lake: Lake,
    spec: FeedSpec,
    wanted: Sequence[DeliveryStatus],
    skip_failed: bool = False,
    again: bool = False,
    known: Mapping[str, int] | None = None,
) -> Landing:
    """Land the deliveries that a run would try now; full ones first and newest first, so that void ones are never read.

    A delivery that fails leaves no row and is recorded as failed, refused or, with `skip_failed`, skipped; the others
    go on. With `again`, deliveries that have landed or were refused are read anew; what is gone from the bucket stays
    as it landed. Two landings at once end in what one would give: the loser of a commit looks again from the top, and
    what has changed in the ledger since it was `known`, before the bucket was looked at, is left as it is. Whoever
    is `listening` is told how far it is.
    """
    spec = spelt_as(spec, open_feed_table(lake, spec).schema.names)
    anew = (Status.LANDED, Status.REFUSED) if again else ()
    tried = [row for row in wanted if row.to_read or (row.status in anew and not row.arrival.unreadable)]
    to_read = [row.delivery for row in tried if row.reason != TAKE_OUT]
    landed_before = {row.delivery.delivery for row in wanted if row.status is Status.LANDED}
    to_take_out = [row.delivery for row in wanted if row.status is Status.PENDING and row.reason == TAKE_OUT]
    landing = Landing()
    read_of = known if known is not None else landed_deliveries(spec, open_feed_table(lake, spec))

    listeners().expect(to_read)

    def attempt() -> None:
        table = open_feed_table(lake, spec)
        _take_out(lake, table, spec, to_take_out, read_of)
        full = sorted((d for d in to_read if d.full), key=lambda d: _order(spec, d), reverse=True)
        rest = sorted((d for d in to_read if not d.full), key=lambda d: _order(spec, d), reverse=True)
        while full:
            newest = full.pop(0)
            _land_all(bucket, lake, spec, [newest], landing, again, read_of)
            if newest.delivery in landing.landed:
                break  # it has voided the others: three years of full copies are not looked at one by one
        _land_all(bucket, lake, spec, [*full, *rest], landing, again, read_of)

    retry_swaps(attempt)
    give_memory_back()
    for name in [name for name, error in landing.errors.items() if isinstance(error, ObjectMissing)]:
        if name in landed_before:
            del landing.errors[name]
    _record_errors(lake, spec, to_read, landing, skip_failed)
    return landing


def _order(spec: FeedSpec, delivery: Delivery) -> tuple[int | str, str]:
    return delivery_order(spec, delivery.delivery, delivery.file_date.isoformat())


def _land_all(
    bucket: Bucket,
    lake: Lake,
    spec: FeedSpec,
    deliveries: Sequence[Delivery],
    landing: Landing,
    again: bool,
    known: Mapping[str, int],
) -> None:
    table = open_feed_table(lake, spec)
    landed = landed_deliveries(spec, table)
    limit = horizon(spec, landed)
    current = []
    for delivery in deliveries:
        held = landed.get(delivery.delivery)
        settled = (held == delivery.ledger_version and not again) or held != known.get(delivery.delivery)
        if settled or delivery.delivery in landing.errors or delivery.delivery in landing.landed:
            continue
        if limit is not None and _order(spec, delivery) < limit:
            landing.superseded.add(delivery.delivery)
            listeners().take(Step(deliveries=1, spared=delivery.bytes))
        else:
            current.append(delivery)
    waiting: list[DeliveryRows] = []
    begun = time.monotonic()
    for delivery, read in _read_all(bucket, Roots(table.root, lake.path(QUARANTINE)), spec, current):
        if isinstance(read, HeapAssetsError):
            landing.errors[delivery.delivery] = read
            continue
        waiting.append(read)
        if time.monotonic() - begun > COMMIT_SECONDS:
            table = _commit(lake, table, spec, waiting, landing, known)
            waiting, begun = [], time.monotonic()
    if waiting:
        _commit(lake, table, spec, waiting, landing, known)


def _read_all(
    bucket: Bucket, roots: Roots, spec: FeedSpec, deliveries: Sequence[Delivery]
) -> Iterator[tuple[Delivery, DeliveryRows | HeapAssetsError]]:
    """Read deliveries two at a time, in one process: half the wall time for the same CPU (ingest_path.md 8)."""
    watch, free = listeners(), SimpleQueue[Engines]()

    def read(delivery: Delivery) -> DeliveryRows | HeapAssetsError:
        engines = free.get()
        try:
            return read_delivery(bucket, roots, spec, delivery, engines, watch)
        except (DeliveryFailed, DeliveryRefused) as error:
            return error
        except Exception as error:  # noqa: BLE001 - a fault of ours must fail one delivery, not lose the others
            return _unforeseen(delivery, error)
        finally:
            free.put(engines)

    take_memory_sparingly()
    with ExitStack() as stack:
        for _ in range(READERS):
            free.put(Engines.open(stack))
        pool = stack.enter_context(ThreadPoolExecutor(READERS))
        waiting: list[tuple[Delivery, Future[DeliveryRows | HeapAssetsError]]] = []
        for delivery in deliveries:
            waiting.append((delivery, pool.submit(read, delivery)))
            if len(waiting) > 2 * READERS:
                first, future = waiting.pop(0)
                yield first, _awaited(future, watch)
        for first, future in waiting:
            yield first, _awaited(future, watch)


def _awaited(future: Future[DeliveryRows | HeapAssetsError], watch: Watch) -> DeliveryRows | HeapAssetsError:
    watch.tick()
    while not future.done():
        wait([future], TICK_SECONDS)
        watch.tick()
    return future.result()


def _unforeseen(delivery: Delivery, error: Exception) -> DeliveryFailed:
    """A fault that nobody thought of, told by its kind and place: its text may quote a row."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return DeliveryFailed(
        f"reading it ended in an unforeseen {type(error).__name__}",
        where=f"{delivery.feed} {delivery.delivery}, at {Path(last.filename).name}:{last.lineno}",
        todo="Please report this.",
    )


def _commit(
    lake: Lake,
    table: Table,
    spec: FeedSpec,
    held: Sequence[DeliveryRows],
    landing: Landing,
    known: Mapping[str, int],
) -> Table:
    """Commit several deliveries at once (14.5 ms each alone, ingest_path.md 0).

    Rejects first, then rows under their ledger ids. CommitConflict where another run has landed one of them meanwhile.
    """
    landed = landed_deliveries(spec, table)
    if any(landed.get(read.delivery.delivery) != known.get(read.delivery.delivery) for read in held):
        table.discard(file for read in held for file in read.files)
        lake.discard(QUARANTINE, (file for read in held for file in read.rejects))
        raise CommitConflict("another run landed this delivery first", where=spec.name)
    record_rejects(lake, [(read.delivery, read.rejects) for read in held])
    forget_refused(lake, [read.delivery for read in held])
    remarked = [DeliveryEvent(Event.REMARKED, read.delivery, reason=read.remark) for read in held if read.remark]
    append_events(lake, remarked)
    ledger = {read.delivery.ledger_id: read.delivery.ledger_version for read in held}
    folders = {folder_of(read.delivery.delivery) for read in held}
    replaced = [file for file in table.files if file.delivery_folder in folders]
    added = [file for read in held for file in read.files]
    before = {item.name: item.type for item in table.schema}
    columns = joined_columns(columns_without(table, landed, folders), [read.columns for read in held])
    columns = {item.name: item.type for item in base_columns(spec)} | columns
    retyped = any(columns.get(name) != kind for name, kind in before.items())
    added = in_types(table, added, columns)
    if retyped:
        retype(table, replaced, added, columns, ledger)
    else:
        table = with_columns(table, [pa.field(name, columns[name]) for name in columns if name not in before], added)
        table.commit(added, replaced, ledger, swap=bool(replaced))
    landing.landed |= {read.delivery.delivery: read for read in held}
    return Table.open(table.root)


def _take_out(
    lake: Lake, table: Table, spec: FeedSpec, deliveries: Sequence[Delivery], known: Mapping[str, int]
) -> None:
    """Withdraw deliveries: their rows leave quarantine and table, and their ledger version becomes 0."""
    landed = landed_deliveries(spec, table)
    gone = [delivery for delivery in deliveries if known.get(delivery.delivery) == landed.get(delivery.delivery, 0)]
    if gone:
        record_rejects(lake, [(replace(delivery, fingerprint=0, full=False), ()) for delivery in gone])
        folders = {folder_of(delivery.delivery) for delivery in gone}
        removed = [file for file in table.files if file.delivery_folder in folders]
        table.commit(remove=removed, transactions={delivery.ledger_id: 0 for delivery in gone})


def _record_errors(
    lake: Lake, spec: FeedSpec, deliveries: Sequence[Delivery], landing: Landing, skip_failed: bool
) -> None:
    """Skipped by the feed's settings is not recorded: it follows from them (`status`), and ends with them."""
    events: list[DeliveryEvent] = []
    refused: list[tuple[Delivery, pa.Table]] = []
    for delivery in deliveries:
        error = landing.errors.get(delivery.delivery)
        if error is not None:
            outcome = Event.REFUSED if isinstance(error, DeliveryRefused) else Event.FAILED
            event = Event.SKIPPED if skip_failed else outcome
            events.append(DeliveryEvent(event, delivery, code=error.code, reason=str(error), terms=terms(spec)))
            rejects = error.rejects if isinstance(error, ErrorThresholdPassed) else SCHEMA.empty_table()
            refused.append((delivery, rejects))
    record_refused(lake, refused)
    append_events(lake, events)
