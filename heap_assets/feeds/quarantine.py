"""Rejected rows: where each stood, why it was rejected, and nothing of what it says that the setting does not allow.

What is rejected is decided by `decode` and `landing`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from heap_assets.bucket.deliveries import Delivery
from heap_assets.bucket.status import folder_of
from heap_assets.lake import Lake, Table, prunable, retry_swaps, write_rows
from heap_assets.settings import FeedSpec

QUARANTINE, REFUSED_ROWS = "quarantine", "refused_rows"
LANDED, REFUSED = "landed", "refused"
LONGEST_RAW = 1000  # characters
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("delivery", pa.string()),
        ("object", pa.string()),
        ("object_version", pa.string()),
        ("row", pa.int64()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("raw", pa.string()),
        ("first_seen", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True)
class Reject:
    """One rejected row: object and row (from 0), the column at fault where one is, and a reason code (null-in-key).

    `raw` is the line, or the value at fault, as delivered.
    """

    object: str
    object_version: str
    row: int
    reason: str
    column: str | None = None
    line: int | None = None
    detail: str | None = None
    raw: str | None = None


Rejected = tuple[Delivery, Sequence[Reject]]


def mask(text: str) -> str:
    """Text with every letter and digit hidden: its shape stays, for whoever looks for a broken quote."""
    return re.sub(r"\w", "x", text)


def quarantine_folder(delivery: Delivery) -> str:
    """The folder of a delivery's rejects in the quarantine table."""
    return f"{delivery.feed.replace('/', '.')}.{folder_of(delivery.delivery)}"


def record_rejects(lake: Lake, spec: FeedSpec, rejects: Sequence[Rejected]) -> None:
    """Put the rejects of deliveries in the quarantine, in place of what an earlier reading of them put there.

    Committed before the deliveries land, under the same versions, so that a row is never lost from both.
    """
    _replace(lake, spec, QUARANTINE, "Rejected rows with place and reason", rejects)


def record_refused(lake: Lake, spec: FeedSpec, rejects: Sequence[Rejected]) -> None:
    """Keep the rejects of deliveries that were refused for their number, so that one can see why.

    Not in the quarantine: there stand the rows that deliveries which landed are short of. Until it lands or is refused
    for something else.
    """
    if any(rows for _, rows in rejects) or lake.exists(REFUSED_ROWS):
        again = [(replace(delivery, fingerprint=0, full=bool(rows)), rows) for delivery, rows in rejects]
        _replace(lake, spec, REFUSED_ROWS, "Rejected rows of deliveries that were refused for their number", again)


def forget_refused(lake: Lake, deliveries: Sequence[Delivery]) -> None:
    """These deliveries land: what they were once refused for is no longer of interest."""
    if lake.exists(REFUSED_ROWS):
        gone: list[Rejected] = [(replace(delivery, fingerprint=0, full=False), ()) for delivery in deliveries]
        _replace(lake, None, REFUSED_ROWS, "", gone)


def _replace(lake: Lake, spec: FeedSpec | None, name: str, description: str, rejects: Sequence[Rejected]) -> None:
    def attempt() -> None:
        table = lake.create(name, SCHEMA, description)
        ledger, added, removed = {}, [], []
        for delivery, rows in rejects:
            app = f"quarantine:{delivery.feed}:{delivery.delivery}"
            folder = quarantine_folder(delivery)
            held = [file for file in table.files if file.delivery_folder == folder]
            stands = table.transactions.get(app) == delivery.ledger_version and sum(f.rows for f in held) == len(rows)
            if (stands and not rows) or (not held and not rows and app not in table.transactions):
                continue
            ledger[app] = delivery.ledger_version
            removed += held
            if rows and spec is not None:
                added += write_rows(table.root, folder, [_table(spec, delivery, rows)], prunable(SCHEMA, ["feed"]))
        if ledger:
            table.commit(added, removed, ledger, swap=bool(removed))

    retry_swaps(attempt)


def rejected_rows(lake: Lake, state: str = LANDED) -> pa.Table:
    """Every rejected row of deliveries that landed without them, or of those that were refused for their number."""
    table = lake.find(QUARANTINE if state == LANDED else REFUSED_ROWS)
    if table is None:
        return SCHEMA.empty_table()
    parts = [pq.ParquetFile(path).read() for path in table.absolute(table.files)]
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def quarantined_rows(table: Table | None, delivery: Delivery) -> int:
    """How many rows of a delivery are in the quarantine now."""
    return 0 if table is None else table.rows_by_folder.get(quarantine_folder(delivery), 0)


def _table(spec: FeedSpec, delivery: Delivery, rows: Sequence[Reject]) -> pa.Table:
    now = datetime.now(UTC)
    shown = [
        {
            "feed": delivery.feed,
            "delivery": delivery.delivery,
            "object": reject.object,
            "object_version": reject.object_version,
            "row": reject.row,
            "line": reject.line,
            "column": reject.column,
            "reason": reject.reason,
            "detail": reject.detail,
            "raw": _raw(spec, reject.raw),
            "first_seen": now,
        }
        for reject in rows
    ]
    return pa.Table.from_pylist(shown, schema=SCHEMA)


def _raw(spec: FeedSpec, delivered: str | None) -> str | None:
    if delivered is None or spec.raw == "none":
        return None
    begin = delivered[:LONGEST_RAW]
    return begin if spec.raw == "plain" else mask(begin)
