"""The words of architecture.md 2 as types: object, delivery, fingerprint.

How deliveries are found is in `discovery`.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from heap_assets.lake import hash62
from heap_assets.settings import FeedSpec
from heap_assets.settings.feeds import FieldSpec

READER_VERSION = 2  # bump it when a decoder reads the same bytes differently: every delivery is then read again
MISSING = -1


@dataclass(frozen=True)
class ObjectMeta:
    """One object as a listing shows it; `version` is the ETag, of a folder the modification time in nanoseconds."""

    key: str
    size: int
    version: str
    modified: datetime


@dataclass(frozen=True)
class ObjectRef:
    """One object of a delivery; `size` is MISSING where a manifest lists what the bucket does not hold."""

    key: str
    size: int
    version: str


@dataclass(frozen=True)
class Delivery:
    """What is landed as a whole or not at all; `objects` are in the order in which their rows count.

    `columns` are those that a manifest tells of, none where it is silent; the files decide (T30).
    """

    feed: str
    delivery: str
    file_date: date
    full: bool
    objects: tuple[ObjectRef, ...]
    fingerprint: int
    columns: tuple[str, ...] = ()

    @property
    def ledger_id(self) -> str:
        """The transaction under which the feed table's log holds it."""
        return f"delivery:{self.feed}:{self.delivery}"

    @property
    def ledger_version(self) -> int:
        """Its transaction version: content and whether it is full (architecture.md 3)."""
        return 2 * self.fingerprint + int(self.full)

    @property
    def bytes(self) -> int:
        """Bytes of all objects that are there."""
        return sum(ref.size for ref in self.objects if ref.size != MISSING)


def fingerprint(full: bool, objects: Sequence[ObjectRef], spec: FeedSpec, day: date | None = None) -> int:
    """A 62-bit hash, never 0, of what is to be read and how: same fingerprint, nothing new to read.

    `day` is the date in the name of a dated file, which stands in each of its rows. Of the settings those count that
    rows or rejects depend on, and not their order where nothing depends on that.
    """
    dated = spec.delivery == "files"
    named = not dated or spec.file.header
    content = {
        "full": full,
        "objects": [(ref.key, ref.size, ref.version) for ref in objects],
        "day": day.isoformat() if day is not None else None,
        "file": asdict(spec.file) if dated else None,
        "fields": [asdict(item) for item in (sorted(spec.fields, key=_delivered) if named else spec.fields)],
        "key": sorted(spec.primary_key),
        "times": spec.time_fields,
        "reader": READER_VERSION,
    }
    return max(hash62(content), 1)


def _delivered(item: FieldSpec) -> str:
    return item.delivered


def terms(spec: FeedSpec) -> int:
    """A hash of the settings that decide alone whether a delivery is refused, and nothing of what its rows are.

    Other terms: what was refused is tried again; what has landed stays as it is, unread.
    """
    return hash62([spec.error_threshold, spec.limits])


def delivery_order(spec: FeedSpec, delivery: str, file_date: str | None) -> tuple[int | str, str]:
    """What a delivery comes after and before: the dump id as a number; of dated files, file date and then key.

    `delivery` of a truncate_and_upsert feed is the file date itself. Names decide, never clocks (interfaces.md 5). One
    that landed under other settings, and has another name, has its place too until it is taken out.
    """
    if spec.delivery == "heap_connect":
        return int(delivery) if delivery.isdigit() else -1, ""
    if spec.load == "truncate_and_upsert":
        return (delivery, "") if is_day(delivery) else (file_date or "", delivery)
    return file_date or "", delivery


def is_day(delivery: str) -> bool:
    """Whether a delivery is named by its file date, as all files of one day together are."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", delivery) is not None
