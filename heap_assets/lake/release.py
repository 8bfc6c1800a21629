"""Releases: one appended row publishes a whole set of table versions and views; readers see the current one.

What belongs in a set is decided by the stage that publishes it.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import pyarrow as pa

from heap_assets.errors import CommitConflict
from heap_assets.lake.files import prunable, write_rows
from heap_assets.lake.lake import Lake
from heap_assets.lake.table import Table

RELEASES = "releases"
SCHEMA = pa.schema(
    [
        ("release", pa.string()),
        ("base", pa.string()),
        ("created_at", pa.timestamp("us", "UTC")),
        ("decision", pa.string()),
        ("run_id", pa.string()),
        ("tables", pa.string()),
        ("records_moved", pa.float64()),
        ("records_gone", pa.float64()),
        ("approved_by", pa.string()),
        ("note", pa.string()),
    ]
)


@dataclass(frozen=True)
class TableVersion:
    """A released name that is a table of the lake at a version; `key` are the fields that its `_pk` is made of."""

    table: str
    version: int
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A released name that is SQL over other released names."""

    sql: str


Entry = TableVersion | View


@dataclass(frozen=True)
class Release:
    """A published set: its id, the release that it replaced, and what every name in it stands for."""

    release: str
    base: str | None
    created_at: datetime
    run_id: str | None
    tables: Mapping[str, Entry]
    records_moved: float
    records_gone: float
    note: str | None = None


def releases(lake: Lake) -> list[Release]:
    """Every published set, oldest first."""
    table = lake.find(RELEASES)
    return _read(table) if table is not None else []


def current_release(lake: Lake) -> Release | None:
    """What readers see now; None before the first release."""
    return next(reversed(releases(lake)), None)


def as_table(lake: Lake) -> pa.Table:
    """The view `releases`: every release with the status that its successors leave it."""
    known = releases(lake)
    rows = []
    for place, made in enumerate(known):
        row = _row(made)
        row.pop("decision")
        rows.append({**row, "status": "current" if place == len(known) - 1 else "superseded"})
    names = ("release", "base", "created_at", "status", "run_id", "tables", "records_moved", "records_gone")
    fields = [(name, pa.string() if name == "status" else SCHEMA.field(name).type) for name in names]
    fields += [("approved_by", pa.string()), ("note", pa.string())]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def publish(
    lake: Lake,
    base: Release | None,
    tables: Mapping[str, Entry],
    run_id: str | None = None,
    shares: tuple[float, float] = (0.0, 0.0),
) -> Release:
    """Make this set the current release: a compare-and-swap on "the current release is my base".

    The same set is not released twice: where the current release holds it already, that one is returned. `shares` are
    records_moved and records_gone, 0 to 1. Raises CommitConflict where another release came first; the caller redoes
    its IDs on the new base.
    """
    table = lake.create(RELEASES, SCHEMA, "Published sets of table versions, newest last")
    known = _read(table)
    current = known[-1] if known else None
    if current is not None and dict(current.tables) == dict(tables):
        return current
    if (current.release if current else None) != (base.release if base else None):
        raise CommitConflict("another release was published first", where=current.release if current else "")
    made = Release(
        f"r{len(known) + 1:05d}-{uuid.uuid4().hex[:6]}",
        base.release if base else None,
        datetime.now(UTC),
        run_id,
        dict(tables),
        *shares,
    )
    row = pa.Table.from_pylist([_row(made)], schema=SCHEMA)
    files = write_rows(table.root, "rows", [row], prunable(SCHEMA))
    table.commit(add=files, swap=True)
    return made


def _row(made: Release) -> dict[str, object]:
    tables = json.dumps({name: asdict(entry) for name, entry in sorted(made.tables.items())}, ensure_ascii=False)
    return {
        "release": made.release,
        "base": made.base,
        "created_at": made.created_at,
        "decision": "published",
        "run_id": made.run_id,
        "tables": tables,
        "records_moved": made.records_moved,
        "records_gone": made.records_gone,
        "approved_by": None,
        "note": made.note,
    }


def _read(table: Table) -> list[Release]:
    import pyarrow.parquet as pq

    rows = [row for path in table.absolute(table.files) for row in pq.ParquetFile(path).read().to_pylist()]
    rows.sort(key=lambda row: str(row["release"]))
    return [
        Release(
            row["release"],
            row["base"],
            row["created_at"],
            row["run_id"],
            {name: _entry(entry) for name, entry in json.loads(row["tables"]).items()},
            row["records_moved"],
            row["records_gone"],
            row["note"],
        )
        for row in rows
    ]


def _entry(content: dict[str, object]) -> Entry:
    if "sql" in content:
        return View(str(content["sql"]))
    key = content.get("key") or []
    return TableVersion(str(content["table"]), int(str(content["version"])), tuple(str(name) for name in key))  # type: ignore[attr-defined]
