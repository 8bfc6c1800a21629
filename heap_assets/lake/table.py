"""One Delta table: open it at a version, see its files and ledger, commit to it. Nobody else reads or writes a log.

Every rule here answers a measured trap of delta-rs; the numbers in comments are sections of lake_notes.md.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import DeltaError
from deltalake.schema import Field, PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from heap_assets.errors import CommitConflict, SchemaMismatch, TableMissing, VersionExpired
from heap_assets.lake.files import NewFile, discard
from heap_assets.lake.log import transactions_at

CONFIGURATION = {
    "delta.dataSkippingNumIndexedCols": "-1",
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 3650 days",
    "delta.enableExpiredLogCleanup": "false",
}
PLAIN_RETRIES = 15
SWAP_ATTEMPTS = 12
Result = TypeVar("Result")


@dataclass(frozen=True)
class DataFile:
    """A live file of a table version: its path below the folder, rows, bytes, and its least `_file_date` (ISO text)."""

    path: str
    rows: int
    size: int
    file_date: str | None = None

    @property
    def delivery_folder(self) -> str:
        """The first part of the path: in a feed table it stands for the delivery."""
        return self.path.split("/", 1)[0]


class Table:
    """A table pinned at one version; a commit does not move the handle, open again to see it."""

    def __init__(self, root: Path, handle: DeltaTable) -> None:
        """Wrap an open handle; use `open` or `create`."""
        self.root = root
        self._handle = handle
        self.version = int(handle.version())

    @classmethod
    def exists(cls, root: Path) -> bool:
        """Whether there is a table in this folder."""
        return DeltaTable.is_deltatable(str(root))

    @classmethod
    def open(cls, root: Path, version: int | None = None) -> Self:
        """The newest version, or a given one.

        Raises TableMissing where there is no table, VersionExpired where the version is gone: delta-rs has one
        exception for both (6), so the newest is opened first.
        """
        try:
            newest = DeltaTable(str(root))
        except DeltaError as error:
            raise TableMissing(
                "there is no such table yet", where=root.name, todo="Run the stage that makes it."
            ) from error
        if version is None or version == newest.version():
            return cls(root, newest)
        try:
            return cls(root, DeltaTable(str(root), version=version))
        except DeltaError as error:
            raise VersionExpired(f"version {version} is no longer there", where=root.name) from error

    @classmethod
    def create(cls, root: Path, schema: pa.Schema, description: str = "") -> Self:
        """The table in this folder, made with this schema where there is none.

        Two makers at once end with one table: without a swap, delta-rs lets the second make it again behind the first,
        and its schema then hides the columns that were added in between.
        """
        if not cls.exists(root):
            root.mkdir(parents=True, exist_ok=True)
            nullable = pa.schema([field.with_nullable(True) for field in schema])
            try:
                DeltaTable.create(
                    str(root),
                    nullable,
                    mode="error",
                    description=description,
                    configuration=CONFIGURATION,
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
            except DeltaError:
                if not cls.exists(root):
                    raise
        return cls.open(root)

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns and types, in the table's order."""
        return pa.schema(self._handle.schema().to_arrow())

    @cached_property
    def transactions(self) -> Mapping[str, int]:
        """The ledger at this version: app id to version (2.3: one pass, pinned)."""
        return transactions_at(self.root, self.version)

    @cached_property
    def files(self) -> tuple[DataFile, ...]:
        """Live files, by path."""
        actions = pa.table(self._handle.get_add_actions(flatten=True))
        names = actions.column_names
        dates = actions["min._file_date"].to_pylist() if "min._file_date" in names else [None] * actions.num_rows
        rows = zip(
            actions["path"].to_pylist(),
            actions["num_records"].to_pylist(),
            actions["size_bytes"].to_pylist(),
            dates,
            strict=True,
        )
        found = [DataFile(path, count, size, day.isoformat() if day else None) for path, count, size, day in rows]
        return tuple(sorted(found, key=lambda file: file.path))

    @cached_property
    def rows_by_folder(self) -> Mapping[str, int]:
        """Rows by delivery folder."""
        found: dict[str, int] = {}
        for file in self.files:
            found[file.delivery_folder] = found.get(file.delivery_folder, 0) + file.rows
        return found

    @property
    def rows(self) -> int:
        """Rows in this version."""
        return sum(file.rows for file in self.files)

    def absolute(self, files: Iterable[DataFile]) -> list[str]:
        """Where files stand on this disk, in the order given."""
        return [str(self.root / file.path) for file in files]

    def commit(
        self,
        add: Sequence[NewFile] = (),
        remove: Sequence[DataFile] = (),
        transactions: Mapping[str, int] | None = None,
        note: Mapping[str, str] | None = None,
        swap: bool = True,
        keep: bool = False,
    ) -> int:
        """Add and remove files and enter transactions, all or nothing; returns the new version.

        With `swap` it succeeds only on the version that this handle pins (3.2); without it, delta-rs may carry plain
        adds past other commits, and the transaction ids are the lock. Raises CommitConflict, our own files deleted
        unless another attempt is to `keep` them.
        """
        ledger = dict(transactions or {})
        if remove and not swap:
            raise CommitConflict("a commit that removes files must be a compare-and-swap", where=self.root.name)
        self._check(add)
        actions: list[AddAction | RemoveAction] = [_removal(file) for file in remove]
        actions += [_addition(file, self.root) for file in add]
        try:
            self._write(actions, "append", self.schema, add, ledger, note, 0 if swap else PLAIN_RETRIES)
        except CommitConflict:
            self.discard(() if keep else add)
            raise
        return self.version + 1 if swap else int(DeltaTable(str(self.root)).version())

    def overwrite(
        self,
        add: Sequence[NewFile],
        schema: pa.Schema,
        transactions: Mapping[str, int] | None = None,
        note: Mapping[str, str] | None = None,
    ) -> int:
        """Replace every file, and the schema, in one compare-and-swap (4); returns the new version."""
        ledger = dict(transactions or {})
        nullable = pa.schema([field.with_nullable(True) for field in schema])
        actions: list[AddAction | RemoveAction] = [_addition(file, self.root) for file in add]
        try:
            self._write(actions, "overwrite", nullable, add, ledger, note, 0)
        except CommitConflict:
            self.discard(add)
            raise
        return self.version + 1

    def add_columns(self, fields: Sequence[pa.Field]) -> Self:
        """The table with further columns, null in every row so far, as a handle on exactly the version that this makes.

        Raises CommitConflict where another writer came first, even one that added the same columns: a handle on a
        version that the caller has not looked at would let it commit what is there already.
        """
        missing = [field for field in fields if field.name not in self.schema.names]
        if not missing:
            return self
        try:
            self._handle.alter.add_columns(
                [Field(field.name, PrimitiveType(_delta_type(field.type)), nullable=True) for field in missing],
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        except DeltaError as error:
            raise CommitConflict("another writer changed the table first", where=self.root.name) from error
        return self.open(self.root, self.version + 1)

    def discard(self, files: Iterable[NewFile]) -> None:
        """Delete files that were written but will not be committed."""
        discard(self.root, files)

    def _check(self, add: Sequence[NewFile]) -> None:
        for file in add:
            for column in file.schema:
                index = self.schema.get_field_index(column.name)
                if index < 0 or self.schema.field(index).type != column.type:
                    raise SchemaMismatch(
                        f"column {column.name} of type {column.type} does not fit the table", where=self.root.name
                    )

    def _write(
        self,
        actions: list[AddAction | RemoveAction],
        mode: str,
        schema: pa.Schema,
        add: Sequence[NewFile],
        ledger: dict[str, int],
        note: Mapping[str, str] | None,
        retries: int,
    ) -> None:
        try:
            self._handle.create_write_transaction(
                actions,
                mode=mode,
                schema=schema,
                commit_properties=CommitProperties(
                    custom_metadata=dict(note or {}),
                    max_commit_retries=retries,
                    app_transactions=[Transaction(app, version) for app, version in sorted(ledger.items())],
                ),
            )
        except DeltaError as error:
            self._settle(error, add, ledger)

    def _settle(self, error: DeltaError, add: Sequence[NewFile], ledger: dict[str, int]) -> None:
        """Decide whether a commit that raised landed all the same: own files live, or own ids in force (3.3)."""
        newest = self.open(self.root)
        if add:
            live = {file.path for file in newest.files}
            landed = all(file.path in live for file in add)
        else:
            landed = bool(ledger) and all(newest.transactions.get(app) == version for app, version in ledger.items())
        if landed:
            return
        raise CommitConflict("another writer committed first", where=self.root.name, todo="Run again.") from error


def retry_swaps(attempt: Callable[[], Result]) -> Result:
    """Run a read-compute-commit step again, from the top, while other writers come first.

    A random pause parts rivals.
    """
    for number in range(SWAP_ATTEMPTS):
        try:
            return attempt()
        except CommitConflict:
            if number == SWAP_ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2 ** min(number, 5))  # noqa: S311 - spreads writers, guards nothing
    raise CommitConflict("no attempt was made")


def _addition(file: NewFile, root: Path) -> AddAction:
    modified = int((root / file.path).stat().st_mtime * 1000)
    return AddAction(file.path, file.size, {}, modified, True, file.statistics)


def _removal(file: DataFile) -> RemoveAction:
    return RemoveAction(file.path, True, int(time.time() * 1000), size=file.size)


def _delta_type(kind: pa.DataType) -> str:
    names = {pa.int64(): "long", pa.float64(): "double", pa.string(): "string", pa.bool_(): "boolean"}
    names |= {pa.int32(): "integer", pa.date32(): "date", pa.timestamp("us", "UTC"): "timestamp", pa.binary(): "binary"}
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if kind not in names:
        raise SchemaMismatch(f"no table may gain a column of type {kind}")
    return names[kind]
