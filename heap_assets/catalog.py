"""Names to tables and views: what `open_lake` returns.

Readers see Stitch and customer 360 tables of one release together.

Building tables is not done here, and nothing here writes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.errors import UnknownTable
from heap_assets.lake import Lake, Release, TableVersion, View, current_release, releases

if TYPE_CHECKING:
    import pandas as pd

HIDDEN_COLUMNS = ("_object_index",)
SYSTEM_COLUMNS = ("_pk", "_file_date", "_delivery", "_object", "_object_version", "_row", "_updated")
PLACE = re.compile(r"\{([^{}]+)\}")  # in a released view, `{Heap:Pageviews}` stands for that name of the same release
Computed = Callable[[], pa.Table]
Entry = TableVersion | View


def pk_sql(key: Sequence[str]) -> str:
    r"""`_pk` as an expression: the primary key as text; several fields are joined by `|`, escaped by a backslash."""
    if len(key) == 1:
        return f"{quote(key[0])}::VARCHAR"
    parts = [f"replace(replace({quote(name)}::VARCHAR, '\\', '\\\\'), '|', '\\|')" for name in key]
    return " || '|' || ".join(parts)


def domain_view_sql(source: str, schema: pa.Schema, key: Sequence[str]) -> str:
    """A domain table as people see it: every delivered field, then the system columns, `_pk` made on the way."""
    delivered = [quote(name) for name in schema.names if name not in (*SYSTEM_COLUMNS, *HIDDEN_COLUMNS)]
    system = [quote(name) for name in SYSTEM_COLUMNS[1:] if name in schema.names]
    return f"SELECT {', '.join([*delivered, f'{pk_sql(key)} AS _pk', *system])} FROM {source}"


class LakeReader:
    """The lake's tables by name, pinned at the versions that were newest when it was opened; `refresh` moves on."""

    def __init__(self, lake: Lake, domains: Mapping[str, TableVersion], computed: Mapping[str, Computed]) -> None:
        """`domains` are display names with table and key (their version is looked up).

        `computed` are views made in Python.
        """
        self._lake, self._wanted, self._computed = lake, dict(domains), dict(computed)
        self.refresh()

    def refresh(self) -> None:
        """See the current release and the newest domain tables from now on."""
        self._release = current_release(self._lake)
        self._names = self._pinned()
        self._made: dict[str, pa.Table] = {}

    @property
    def release(self) -> Release | None:
        """The release that this reader shows; None where nothing was published yet."""
        return self._release

    def tables(self) -> list[str]:
        """Every name that can be read or queried."""
        return sorted([*self._names, *self._computed])

    def version(self, name: str) -> int | None:
        """The version of the table behind a name; None of a view."""
        entry = self._names.get(name)
        return entry.version if isinstance(entry, TableVersion) else None

    def count(self, name: str) -> int:
        """Rows of a table or view."""
        with self.engine([name]) as engine:
            return int(engine.value(f"SELECT count(*) FROM {quote(name)}"))

    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        as_of: str | datetime | None = None,
    ) -> pa.Table:
        """A table or view whole, or these columns, or the rows that `where` (SQL) keeps.

        `as_of` is a release id, or a time (UTC where it names no zone): then every name is as that release, or the one
        current then, had it.
        """
        chosen = ", ".join(quote(column) for column in columns) if columns is not None else "*"
        condition = f" WHERE {where}" if where else ""
        with self.engine([name], as_of) as engine:
            return engine.rows(f"SELECT {chosen} FROM {quote(name)}{condition}")

    def frame(self, name: str, **options: Any) -> "pd.DataFrame":
        """The same as a DataFrame with Arrow dtypes: ids stay exact integers, nulls or not."""
        import pandas as pd

        frame: pd.DataFrame = self.read(name, **options).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def sql(self, statement: str) -> pa.Table:
        """What a read-only statement yields; domain tables are quoted: `"Heap:Users"`."""
        with Engine() as engine:
            engine.require_read_only(statement)
        with self.engine(self.tables()) as engine:
            return engine.rows(statement)

    def engine(self, names: Sequence[str], as_of: str | datetime | None = None) -> Engine:
        """An engine with these names bound, and what their views read, in the release that they belong to."""
        release = self._release if as_of is None else self._as_of(as_of)
        released = dict(release.tables) if release else {}
        entries = self._names if as_of is None else released
        unknown = [name for name in names if name not in entries and name not in self._computed]
        if unknown:
            raise UnknownTable(f"there is no table {unknown[0]}", todo="`heap-assets tables` lists them.")
        engine = Engine()
        for name in names:
            if name in entries:
                _bind(self._lake, engine, name, entries[name], released)
            else:
                engine.bind_arrow(name, self._computed_now(name))
        return engine

    def _computed_now(self, name: str) -> pa.Table:
        """A computed view, made once until `refresh`."""
        if name not in self._made:
            self._made[name] = self._computed[name]()
        return self._made[name]

    def _pinned(self) -> dict[str, Entry]:
        names: dict[str, Entry] = dict(self._release.tables) if self._release else {}
        for name, wanted in self._wanted.items():
            table = self._lake.find(wanted.table)
            if table is None:
                names.pop(name, None)
            else:
                names[name] = TableVersion(wanted.table, table.version, wanted.key)
        return names

    def _as_of(self, when: str | datetime) -> Release:
        known = releases(self._lake)
        if isinstance(when, datetime):
            moment = when if when.tzinfo else when.replace(tzinfo=UTC)
            known = [release for release in known if release.created_at <= moment][-1:]
        else:
            known = [release for release in known if release.release == when]
        if not known:
            raise UnknownTable(f"there is no release as of {when}", todo="`heap-assets releases` lists them.")
        return known[-1]


def _bind(lake: Lake, engine: Engine, name: str, entry: Entry, released: Mapping[str, Entry]) -> None:
    """Bind a name; what a view reads is bound beside it in the release's own versions, never in newer ones."""
    if isinstance(entry, TableVersion):
        table = lake.open(entry.table, entry.version)
        source = engine.scan(table.absolute(table.files), table.schema)
        view = domain_view_sql(source, table.schema, entry.key) if entry.key else f"SELECT * FROM {source}"
        engine.define(name, view)
        return
    for other in dict.fromkeys(PLACE.findall(entry.sql)):
        _bind(lake, engine, f"released {other}", released[other], released)
    engine.define(name, PLACE.sub(lambda found: quote(f"released {found.group(1)}"), entry.sql))
