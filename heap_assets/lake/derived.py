"""Derived tables: what is computed whole from other tables, under a hash of everything that went in.

Unchanged, nothing is written.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from heap_assets.errors import CommitConflict
from heap_assets.lake.files import prunable, write_rows
from heap_assets.lake.lake import Lake
from heap_assets.lake.table import Table, retry_swaps

INPUTS = "inputs"

Rows: TypeAlias = pa.Table | pa.RecordBatchReader


@dataclass(frozen=True)
class Input:
    """One table version that goes into a derived table."""

    name: str
    version: int


def hash62(content: object) -> int:
    """A 62-bit hash of anything that JSON can hold, keys in order: the form in which the ledger remembers content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 2


def inputs_hash(code: str, inputs: Iterable[Input], settings: Mapping[str, object] | None = None) -> int:
    """The hash under which a derived table is written: code version, input versions, and the settings that it obeys."""
    versions = sorted((item.name, item.version) for item in inputs)
    return hash62({"code": code, "inputs": versions, "settings": dict(settings or {})})


def derive(
    lake: Lake,
    name: str,
    fingerprint: int,
    produce: Callable[[], Rows],
    schema: pa.Schema | None = None,
    afresh: bool = False,
) -> int:
    """The version of table `name` that holds `produce()`, written only where no version in force has this fingerprint.

    With `afresh` it is written whatever is there. Two writers of the same fingerprint end with one version: the second
    finds it there.
    """

    def attempt() -> int:
        table = lake.find(name)
        if table is not None and table.transactions.get(INPUTS) == fingerprint and not afresh:
            return table.version
        made = produce()
        wanted = schema or made.schema
        if table is None:
            table = lake.create(name, wanted)
            if table.transactions.get(INPUTS) == fingerprint:  # a rival made table and rows while we made ours
                return table.version
        return _replace(table, wanted, made, fingerprint)

    return retry_swaps(attempt)


def _replace(table: Table, schema: pa.Schema, rows: Rows, fingerprint: int) -> int:
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows
    files = write_rows(table.root, "rows", (batch.cast(schema) for batch in batches), prunable(schema, _keys(schema)))
    try:
        return table.overwrite(files, schema, {INPUTS: fingerprint})
    except CommitConflict:
        newest = Table.open(table.root)
        if newest.transactions.get(INPUTS) == fingerprint:
            return newest.version
        raise


def _keys(schema: pa.Schema) -> list[str]:
    return [name for name in ("amperity_id", "datasource", "pk") if name in schema.names]
