"""Rejected rows: where each stood, why it was rejected, and nothing of what it says that the setting does not allow.

What is rejected is decided by `decode` and `typed`; how the rejects of a delivery are written, by `reject_files`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heap_assets.bucket.deliveries import Delivery
from heap_assets.bucket.status import folder_of
from heap_assets.errors import CommitConflict
from heap_assets.lake import Lake, NewFile, Table, prunable, retry_swaps, write_rows

QUARANTINE, REFUSED_ROWS = "quarantine", "refused_rows"
LANDED, REFUSED = "landed", "refused"
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
STATISTICS = prunable(SCHEMA, ["feed"])
Rejected = tuple[Delivery, Sequence[NewFile]]


def mask(text: str) -> str:
    """Text with every letter and digit hidden: its shape stays, for whoever looks for a broken quote."""
    return re.sub(r"\w", "x", text)


def masked(texts: pa.Array) -> pa.Array:
    """`mask` of each text; Arrow knows fewer letters than Python, and is given those of ASCII."""
    shapes = pc.replace_substring_regex(texts, "[0-9A-Za-z_]", "x")
    others = pc.fill_null(pc.invert(pc.string_is_ascii(shapes)), False)
    left = [mask(text) for text in shapes.filter(others).to_pylist()]
    return pc.replace_with_mask(shapes, others, pa.array(left, pa.string())) if left else shapes


def quarantine_folder(delivery: Delivery) -> str:
    """The folder of a delivery's rejects in the quarantine table."""
    return f"{delivery.feed.replace('/', '.')}.{folder_of(delivery.delivery)}"


def record_rejects(lake: Lake, rejects: Sequence[Rejected]) -> None:
    """Put the rejects of deliveries in the quarantine, in place of what an earlier reading of them put there.

    Committed before the deliveries land, under the same versions, so that a row is never lost from both.
    """
    _replace(lake, QUARANTINE, "Rejected rows with place and reason", rejects)


def record_refused(lake: Lake, rejects: Sequence[tuple[Delivery, pa.Table]]) -> None:
    """Keep the rejects of deliveries that were refused for their number, so that one can see why.

    Not in the quarantine: there stand the rows that deliveries which landed are short of. Until it lands or is refused
    for something else.
    """
    if any(rows.num_rows for _, rows in rejects) or lake.exists(REFUSED_ROWS):
        root, again = lake.path(REFUSED_ROWS), []
        for delivery, rows in rejects:
            files = write_rows(root, quarantine_folder(delivery), [rows], STATISTICS)
            again.append((replace(delivery, fingerprint=0, full=bool(files)), files))
        _replace(lake, REFUSED_ROWS, "Rejected rows of deliveries that were refused for their number", again)


def forget_refused(lake: Lake, deliveries: Sequence[Delivery]) -> None:
    """These deliveries land: what they were once refused for is no longer of interest."""
    if lake.exists(REFUSED_ROWS):
        gone: list[Rejected] = [(replace(delivery, fingerprint=0, full=False), ()) for delivery in deliveries]
        _replace(lake, REFUSED_ROWS, "", gone)


def _replace(lake: Lake, name: str, description: str, rejects: Sequence[Rejected]) -> None:
    """Commit files in place of those that the table has of the same deliveries; delete them where that fails."""

    def attempt() -> None:
        table = lake.create(name, SCHEMA, description)
        ledger, removed = {}, []
        for delivery, files in rejects:
            app = f"quarantine:{delivery.feed}:{delivery.delivery}"
            held = [file for file in table.files if file.delivery_folder == quarantine_folder(delivery)]
            settled = table.transactions.get(app) in (None, delivery.ledger_version)
            if files or held or not settled:
                ledger[app] = delivery.ledger_version
                removed += held
        if ledger:
            table.commit(added, removed, ledger, swap=bool(removed), keep=True)

    added = [file for _, files in rejects for file in files]
    try:
        retry_swaps(attempt)
    except CommitConflict:
        lake.discard(name, added)
        raise


def rejected_rows(lake: Lake, state: str = LANDED, of: Sequence[Delivery] | None = None) -> pa.Table:
    """Rejected rows of deliveries that landed without them, or of those that were refused for their number.

    All of them, or those `of` some deliveries.
    """
    return pa.concat_tables([SCHEMA.empty_table(), *_parts(lake, state, SCHEMA.names, of)])


def rejected_counts(lake: Lake, state: str = LANDED) -> pa.Table:
    """Counts of rejected rows (`rows`) by feed, reason, column and delivery."""
    by = ["feed", "reason", "column", "delivery"]
    counted = [
        part.group_by(by).aggregate([([], "count_all")]).rename_columns([*by, "rows"])
        for part in _parts(lake, state, by, None)
    ]
    none = pa.schema([*(SCHEMA.field(name) for name in by), ("rows", pa.int64())]).empty_table()
    whole = pa.concat_tables([none, *counted]).group_by(by).aggregate([("rows", "sum")])
    return whole.rename_columns([*by, "rows"])


def _parts(lake: Lake, state: str, columns: Sequence[str], of: Sequence[Delivery] | None) -> Iterator[pa.Table]:
    """Some columns of the rejects, a group of a file at a time."""
    table = lake.find(QUARANTINE if state == LANDED else REFUSED_ROWS)
    if table is None:
        return
    folders = None if of is None else {quarantine_folder(delivery) for delivery in of}
    for file in table.files:
        if folders is not None and file.delivery_folder not in folders:
            continue
        with pq.ParquetFile(table.root / file.path) as source:
            for group in range(source.num_row_groups):
                yield source.read_row_group(group, columns)


def quarantined_rows(table: Table | None, delivery: Delivery) -> int:
    """How many rows of a delivery are in the quarantine now."""
    return 0 if table is None else table.rows_by_folder.get(quarantine_folder(delivery), 0)
