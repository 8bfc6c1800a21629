"""The lake: a folder of tables by name. What a table is stands in `table`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from heap_assets.lake.files import NewFile, discard, prunable, write_rows
from heap_assets.lake.table import Table, retry_swaps


@dataclass(frozen=True)
class Lake:
    """Tables below one folder, named by their path in it: `feeds/heap/users`, `domain/heap_users`, `releases`."""

    root: Path

    def path(self, name: str) -> Path:
        """The folder of a table, whether it exists or not."""
        return self.root / name

    def exists(self, name: str) -> bool:
        """Whether the table was made."""
        return Table.exists(self.path(name))

    def open(self, name: str, version: int | None = None) -> Table:
        """The table at its newest or a given version; TableMissing, VersionExpired."""
        return Table.open(self.path(name), version)

    def find(self, name: str) -> Table | None:
        """The newest version of the table, or None where there is none."""
        return self.open(name) if self.exists(name) else None

    def create(self, name: str, schema: pa.Schema, description: str = "") -> Table:
        """The table, made with this schema where there is none."""
        return Table.create(self.path(name), schema, description)

    def discard(self, name: str, files: Iterable[NewFile]) -> None:
        """Delete files that were written for a table, made or not, and will not be committed."""
        discard(self.path(name), files)

    def append(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table that only grows, made where there is none; appends of two writers both stand."""
        if not rows.num_rows:
            return

        def attempt() -> None:
            table = self.create(name, rows.schema).add_columns(list(rows.schema))
            files = write_rows(table.root, "rows", [rows], prunable(rows.schema))
            table.commit(add=files, swap=False)

        retry_swaps(attempt)
