"""Rejected rows: where each stood, why it was rejected, and nothing of what it says that the setting does not allow.

What is rejected is decided by `decode` and `landing`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from heap_assets.bucket.deliveries import Delivery
from heap_assets.bucket.status import folder_of
from heap_assets.lake import Lake, Table, prunable, retry_swaps, write_rows

QUARANTINE = "quarantine"
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
    """One rejected row: object and row (from 0), the column at fault where one is.

    And a reason code such as null-in-key.
    """

    object: str
    object_version: str
    row: int
    reason: str
    column: str | None = None
    line: int | None = None
    detail: str | None = None
    raw: str | None = None


def mask(text: str) -> str:
    """Text with every letter and digit hidden: its shape stays, for whoever looks for a broken quote."""
    return re.sub(r"\w", "x", text)


def ledger_id(delivery: Delivery) -> str:
    """The transaction under which a delivery's rejects stand."""
    return f"quarantine:{delivery.feed}:{delivery.delivery}"


def quarantine_folder(delivery: Delivery) -> str:
    """The folder of a delivery's rejects in the quarantine table."""
    return f"{delivery.feed.replace('/', '.')}.{folder_of(delivery.delivery)}"


def record_rejects(lake: Lake, rejects: Sequence[tuple[Delivery, Sequence[Reject]]]) -> None:
    """Put the rejects of deliveries in the quarantine, in place of what an earlier reading of them put there.

    Committed before the deliveries land, under the same versions, so that a row is never lost from both.
    """

    def attempt() -> None:
        table = lake.create(QUARANTINE, SCHEMA, "Rejected rows with place and reason")
        ledger, added, removed = {}, [], []
        for delivery, rows in rejects:
            held = table.transactions.get(ledger_id(delivery))
            if held == delivery.ledger_version or (held is None and not rows):
                continue
            ledger[ledger_id(delivery)] = delivery.ledger_version
            folder = quarantine_folder(delivery)
            removed += [file for file in table.files if file.delivery_folder == folder]
            if rows:
                added += write_rows(table.root, folder, [_table(delivery, rows)], prunable(SCHEMA, ["feed"]))
        if ledger:
            table.commit(added, removed, ledger, swap=bool(removed))

    retry_swaps(attempt)


def quarantined_rows(table: Table | None, delivery: Delivery) -> int:
    """How many rows of a delivery are in the quarantine now."""
    return 0 if table is None else table.rows_by_folder.get(quarantine_folder(delivery), 0)


def _table(delivery: Delivery, rows: Sequence[Reject]) -> pa.Table:
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
            "raw": mask(reject.raw) if reject.raw is not None else None,
            "first_seen": now,
        }
        for reject in rows
    ]
    return pa.Table.from_pylist(shown, schema=SCHEMA)
