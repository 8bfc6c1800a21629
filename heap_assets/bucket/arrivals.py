"""The record of every delivery seen: `delivery_events`, a table that only grows, and what its events add up to.

Whether a delivery is landed stands in the feed table's ledger, not here; the two are joined in `status`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.bucket.deliveries import Delivery, ObjectRef
from heap_assets.errors import AmbiguousFile, ForeignObject, ManifestConflict, ManifestInvalid, RequiredFileMissing
from heap_assets.lake import Lake

EVENTS = "delivery_events"
BY_THE_LISTING = frozenset(
    {ManifestInvalid.code, ManifestConflict.code, ForeignObject.code, AmbiguousFile.code, RequiredFileMissing.code}
)
_OBJECT = pa.struct([("key", pa.string()), ("size", pa.int64()), ("version", pa.string())])
SCHEMA = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        ("sequence", pa.int64()),
        ("feed", pa.string()),
        ("delivery", pa.string()),
        ("event", pa.string()),
        ("fingerprint", pa.int64()),
        ("file_date", pa.date32()),
        ("full", pa.bool_()),
        ("objects", pa.list_(_OBJECT)),
        ("manifest", pa.string()),
        ("manifest_version", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("columns", pa.string()),
        ("terms", pa.int64()),
    ]
)


class Event(StrEnum):
    """What can happen to a delivery.

    A `seen` of fingerprint 0 says that a newer manifest no longer lists it, `replayed` that what was refused, failed or
    skipped is to be read again in the same content, `remarked` that there is something to be said of what was read.
    """

    SEEN = "seen"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"
    RESTORED = "restored"
    REPLAYED = "replayed"
    IGNORED = "ignored"
    GONE = "gone"
    REMARKED = "remarked"


@dataclass(frozen=True)
class DeliveryEvent:
    """One row of `delivery_events`; the time is given when it is appended."""

    event: Event
    delivery: Delivery
    manifest: str | None = None
    manifest_version: str | None = None
    code: str | None = None
    reason: str | None = None
    terms: int | None = None


@dataclass(frozen=True)
class Arrival:
    """What the events say of one delivery.

    Its content as last seen, when it was first, and what became of that content.
    """

    delivery: Delivery
    first_seen: datetime
    manifest: str | None
    manifest_version: str | None
    outcome: Event | None = None
    code: str | None = None
    reason: str | None = None
    attempts: int = 0
    excluded: bool = False
    excluded_because: str | None = None
    gone: bool = False
    remark: str | None = None
    terms: int | None = None
    last_event: datetime | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether the newest manifest of its dump no longer lists it."""
        return self.delivery.fingerprint == 0

    @property
    def unreadable(self) -> bool:
        """Whether reading cannot mend it: first its manifest must change or be readable, or the patterns of its file.

        Skipped or not: a skipped dump without a valid manifest has no objects, and once landed as an empty delivery.
        """
        unread = self.manifest is not None and self.manifest_version is None
        return self.stuck and (unread or self.code in BY_THE_LISTING)

    @property
    def stuck(self) -> bool:
        """Whether its content was tried in vain."""
        return self.outcome in (Event.FAILED, Event.REFUSED, Event.SKIPPED)


Arrivals = Mapping[tuple[str, str], Arrival]
# What the events of a lake added up to, by their files: three years of dumps take 0.3 CPU-s, and one feed's landing of
# one day asks four times. File names are never used twice, so equal names are equal events.
_remembered: dict[Path, tuple[tuple[str, ...], Arrivals]] = {}


def append_events(lake: Lake, events: Iterable[DeliveryEvent], now: datetime | None = None) -> None:
    """Record events; an append never conflicts, so whoever notices may write."""
    at = now or datetime.now(UTC)
    rows = [_row(event, at, number) for number, event in enumerate(events)]
    lake.append(EVENTS, pa.Table.from_pylist(rows, schema=SCHEMA))


def read_arrivals(lake: Lake) -> Arrivals:
    """Every delivery ever seen, by (feed, delivery)."""
    table = lake.find(EVENTS)
    if table is None:
        return {}
    held = tuple(table.absolute(table.files))
    known = _remembered.get(table.root)
    if known is None or known[0] != held:
        known = _remembered[table.root] = held, MappingProxyType(_added_up(held))
    return known[1]


def _added_up(files: Iterable[str]) -> Arrivals:
    rows = [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]
    rows.sort(key=lambda row: (row["at"], row["sequence"]))
    arrivals: dict[tuple[str, str], Arrival] = {}
    for row in rows:
        key = (row["feed"], row["delivery"])
        arrivals[key] = replace(_after(arrivals.get(key), row), last_event=row["at"])
    return arrivals


def _after(known: Arrival | None, row: Mapping[str, object]) -> Arrival:
    event, seen = Event(str(row["event"])), _delivery(row)
    if known is None:
        known = Arrival(seen, row["at"], _text(row["manifest"]), _text(row["manifest_version"]))  # type: ignore[arg-type]
    if event in (Event.SEEN, Event.IGNORED):
        same = seen.fingerprint == known.delivery.fingerprint
        held = replace(seen, file_date=known.delivery.file_date) if row["manifest"] is not None else seen
        known = replace(
            known, delivery=held, manifest=_text(row["manifest"]), manifest_version=_text(row["manifest_version"])
        )
        if event is Event.IGNORED or not same:
            outcome = Event.IGNORED if event is Event.IGNORED else None
            known = replace(known, outcome=outcome, code=None, reason=_text(row["reason"]), attempts=0, remark=None)
        return replace(known, gone=False)
    if event in (Event.EXCLUDED, Event.RESTORED):
        out = event is Event.EXCLUDED
        return replace(known, excluded=out, excluded_because=_text(row["reason"]) if out else None)
    if event is Event.REPLAYED:
        return replace(known, outcome=None, code=None, reason=None, attempts=0)
    if event is Event.GONE:
        return replace(known, gone=True)
    if row["fingerprint"] != known.delivery.fingerprint:
        return known
    if event is Event.REMARKED:
        return replace(known, remark=_text(row["reason"]))
    attempts = known.attempts + int(event is Event.FAILED)
    tried = replace(known, outcome=event, code=_text(row["code"]), reason=_text(row["reason"]), attempts=attempts)
    return replace(tried, terms=row.get("terms"))  # type: ignore[arg-type]


def _delivery(row: Mapping[str, object]) -> Delivery:
    refs = row["objects"] or []
    objects = tuple(ObjectRef(ref["key"], ref["size"], ref["version"]) for ref in refs)  # type: ignore[attr-defined]
    day = row["file_date"]
    if not isinstance(day, date):
        raise TypeError("delivery_events holds a row without a file date")
    columns = tuple(json.loads(str(row.get("columns") or "[]")))
    content = int(str(row["fingerprint"]))
    return Delivery(str(row["feed"]), str(row["delivery"]), day, bool(row["full"]), objects, content, columns)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _row(event: DeliveryEvent, at: datetime, number: int) -> dict[str, object]:
    delivery = event.delivery
    keeps_objects = event.event in (Event.SEEN, Event.IGNORED)
    return {
        "at": at,
        "sequence": number,
        "feed": delivery.feed,
        "delivery": delivery.delivery,
        "event": event.event.value,
        "fingerprint": delivery.fingerprint,
        "file_date": delivery.file_date,
        "full": delivery.full,
        "objects": [vars(ref) for ref in delivery.objects] if keeps_objects else [],
        "manifest": event.manifest,
        "manifest_version": event.manifest_version,
        "code": event.code,
        "reason": event.reason,
        "columns": json.dumps(delivery.columns) if keeps_objects and delivery.columns else None,
        "terms": event.terms,
    }
