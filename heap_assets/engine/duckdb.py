"""The embedded engine: one DuckDB connection with bounded memory. The only module that imports duckdb."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from heap_assets.engine.sql import literal, quote, sql_type, text_list
from heap_assets.errors import QueryFailed

MEMORY_LIMIT = "1500MB"
BATCH_ROWS = 65_536
_QUOTED = re.compile("'[^']*'|\"[^\"]*\"")


class Engine:
    """One connection. Close it, or use it in a `with` block; its scratch folder goes with it."""

    def __init__(self, memory_limit: str = MEMORY_LIMIT, threads: int | None = None) -> None:
        """Bound its buffers by `memory_limit`; beyond, it spills to a scratch folder.

        Connecting costs 20 ms of CPU, and reading a clean Avro delivery asks nothing: it waits for the first statement.
        """
        self._memory_limit, self._threads = memory_limit, threads
        self._scratch = tempfile.TemporaryDirectory(prefix="heap_assets_", ignore_cleanup_errors=True)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET memory_limit = {literal(self._memory_limit)}")
        connection.execute(f"SET temp_directory = {literal(self._scratch.name)}")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET enable_progress_bar = false")  # under python -c it is on, and goes to stdout
        if self._threads is not None:
            connection.execute(f"SET threads = {self._threads}")
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def scratch(self) -> Path:
        """A folder for what a statement spills; it goes when the engine is closed."""
        return Path(self._scratch.name)

    def close(self) -> None:
        """Let go of memory and scratch files."""
        if "_connection" in self.__dict__:
            self._connection.close()
        self._scratch.cleanup()

    def bind(self, name: str, files: Sequence[str], schema: pa.Schema, places: bool = False) -> None:
        """Make `name` a view over data files, in the table's own columns, order and types (lake_notes.md 5).

        Columns that a file lacks are null. With `places`, two BIGINT columns come behind them: `_file` (place in
        `files`, from 0) and `_place` (the row's number in its file, from 0); they cost nothing where nobody reads them.
        """
        chosen = "*"
        if places:
            virtual = "file_index::BIGINT, file_row_number::BIGINT" if files else "0::BIGINT, 0::BIGINT"
            index, number = virtual.split(", ")
            chosen = f"*, {index} AS _file, {number} AS _place"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS SELECT {chosen} FROM {self.scan(files, schema)}"
        )

    def scan(self, files: Sequence[str], schema: pa.Schema) -> str:
        """The table expression that reads these files in this schema."""
        if not files:
            empty = ", ".join(f"NULL::{sql_type(field.type)} AS {quote(field.name)}" for field in schema)
            return f"(SELECT {empty} WHERE FALSE)"
        wanted = ", ".join(
            f"{literal(field.name)}: {{name: {literal(field.name)}, type: {literal(sql_type(field.type))},"
            " default_value: NULL}"
            for field in schema
        )
        return f"read_parquet({text_list(files)}, schema = MAP {{{wanted}}}, hive_partitioning = false)"

    def bind_arrow(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Make `name` a table that reads Arrow data; a reader can be read once."""
        self._connection.register(name, rows)

    def define(self, name: str, statement: str) -> None:
        """Make `name` a view of a statement over names bound before."""
        self._run(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS {statement}")

    def keep(self, name: str, statement: str, parameters: Sequence[Any] | None = None) -> None:
        """Make `name` a temporary table of what a statement yields now."""
        self._run(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS {statement}", parameters)

    def keep_arrow(self, name: str, rows: pa.Table) -> None:
        """Make `name` a temporary table of Arrow data, which is let go."""
        self.bind_arrow("_kept", rows)
        self.keep(name, "SELECT * FROM _kept")
        self._connection.unregister("_kept")

    def drop(self, name: str) -> None:
        """Forget a temporary table made by `keep`, or Arrow data bound."""
        self._connection.unregister(name)
        self._run(f"DROP TABLE IF EXISTS {quote(name)}")

    def rows(self, statement: str, parameters: Sequence[Any] | None = None) -> pa.Table:
        """What a statement yields, whole."""
        with _translated():
            return self._connection.sql(statement, params=parameters).to_arrow_table()

    def stream(self, statement: str, batch_rows: int = BATCH_ROWS) -> pa.RecordBatchReader:
        """What a statement yields, in batches and bounded memory (`execute` would hold the whole result)."""
        with _translated():
            return self._connection.sql(statement).to_arrow_reader(batch_rows)

    def value(self, statement: str, parameters: Sequence[Any] | None = None) -> Any:
        """The single value of a statement of one row and one column."""
        with _translated():
            rows = self._connection.execute(statement, parameters).fetchall()
        return rows[0][0] if rows else None

    def require_read_only(self, statement: str) -> None:
        """QueryFailed unless this is one SELECT: what a user types must not write, attach or set.

        EXPLAIN is not let through, for EXPLAIN ANALYZE runs what it explains.
        """
        with _translated():
            kinds = [one.type for one in self._connection.extract_statements(statement)]
        if kinds != [duckdb.StatementType.SELECT]:
            raise QueryFailed("only one read-only statement is allowed", todo="Write a single SELECT.")

    def _run(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        with _translated():
            self._connection.execute(statement, parameters)


_ABOUT_THE_STATEMENT = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@contextmanager
def _translated() -> Iterator[None]:
    """DuckDB's own errors as QueryFailed.

    What is wrong with a statement is told as it stands. Any other text may quote a value of a row (`Could not convert
    string 'ana@…'`), so quotations are masked, and the cause does not travel with the error into a log.
    """
    try:
        yield
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0].rstrip(".!")
        told = first if isinstance(error, _ABOUT_THE_STATEMENT) else _QUOTED.sub("'…'", first)
        raise QueryFailed(told, todo="Mend the statement; `heap-assets tables` lists names.") from None
