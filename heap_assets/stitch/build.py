"""A build: one set of table versions being made, step by step, on top of a base release.

Nobody sees it before it is published.

Steps are pure functions from tables to rows; this module pins what they read and writes what they make.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from heap_assets.catalog import domain_view_sql
from heap_assets.domain.migrations import RESOLVED_USERS
from heap_assets.engine import Engine
from heap_assets.errors import NothingToStitch, ReleaseIncomplete
from heap_assets.lake import Input, Lake, Release, Table, TableVersion, current_release, derive, hash62
from heap_assets.lake.derived import INPUTS, Rows, inputs_hash
from heap_assets.settings import FeedSpec, Settings

SNAPSHOT = "stitch/domain_snapshot"
LEAST_MEMORY, MOST_MEMORY, ROW_MEMORY = 700, 1500, 500  # MB, MB, bytes a row of a domain table
_SNAPSHOT_SCHEMA = pa.schema([("name", pa.string()), ("domain_table", pa.string()), ("version", pa.int64())])


def memory_of(rows: int) -> str:
    """What an engine over so many rows may hold before it spills: with 1.5 GB for all, 1 M took 1.26 GB, not .99."""
    return f"{min(max(rows * ROW_MEMORY // 10**6, LEAST_MEMORY), MOST_MEMORY)}MB"


@dataclass
class Build:
    """The versions that a set consists of so far; what it has not made itself it takes from its base release.

    With `afresh` every step is made again; with `retrain` Stitch's model too, which otherwise is kept.
    """

    lake: Lake
    settings: Settings
    base: Release | None
    versions: dict[str, int] = field(default_factory=dict)
    afresh: bool = False
    retrain: bool = False
    _sized: int | None = None  # the snapshot whose rows are counted
    _rows: int = 0

    @classmethod
    def begin(cls, lake: Lake, settings: Settings) -> "Build":
        """A build on the current release."""
        return cls(lake, settings, current_release(lake))

    def version(self, table: str) -> int:
        """The version that this build reads of a table; domain tables are those of its snapshot."""
        if table.startswith("domain/"):
            return self.domains()[table]
        if table in self.versions:
            return self.versions[table]
        held = self.base_version(table)
        if held is None:
            raise ReleaseIncomplete(f"{table} was not built yet", todo="Run the whole chain: `heap-assets run`.")
        return held

    def base_version(self, table: str) -> int | None:
        """The version that the base release has of a table."""
        entries = self.base.tables.values() if self.base else ()
        return next((e.version for e in entries if isinstance(e, TableVersion) and e.table == table), None)

    def domains(self) -> Mapping[str, int]:
        """Domain tables and their versions, as pinned by the snapshot."""
        import pyarrow.parquet as pq

        snapshot = self.lake.open(SNAPSHOT, self.version(SNAPSHOT))
        rows = [row for path in snapshot.absolute(snapshot.files) for row in pq.ParquetFile(path).read().to_pylist()]
        return {row["domain_table"]: row["version"] for row in rows}

    def memory(self) -> str:
        """What an engine of this build may hold."""
        pinned = self.versions.get(SNAPSHOT) or self.base_version(SNAPSHOT)
        if self._sized != pinned and pinned is not None:
            rows = sum(self.lake.open(table, version).rows for table, version in self.domains().items())
            self._sized, self._rows = pinned, rows
        return memory_of(self._rows)

    def table(self, name: str) -> Table:
        """A table at the version that this build reads."""
        return self.lake.open(name, self.version(name))

    def bind(self, engine: Engine, name: str, table: str) -> pa.Schema:
        """Make `name` a view of a table at the version that this build reads; returns its schema."""
        held = self.table(table)
        engine.bind(name, held.absolute(held.files), held.schema)
        return held.schema

    def bind_domain(self, engine: Engine, name: str, spec: FeedSpec) -> pa.Schema:
        """Make `name` a view of a domain table as people see it, `_pk` included; returns the table's schema."""
        held = self.table(f"domain/{spec.domain_name}")
        source = engine.scan(held.absolute(held.files), held.schema)
        engine.define(name, domain_view_sql(source, held.schema, spec.primary_key))
        return held.schema

    def has_domain(self, spec: FeedSpec) -> bool:
        """Whether the snapshot holds this feed's domain table."""
        return f"domain/{spec.domain_name}" in self.domains()

    def heap_spec(self, table: str) -> FeedSpec | None:
        """The built-in Heap feed of this table name, where the settings have it and it was folded."""
        specs = self.settings.feed_specs()
        spec = next((s for s in specs if s.delivery == "heap_connect" and s.table == table), None)
        return spec if spec is not None and self.has_domain(spec) else None

    def stitched(self) -> list[FeedSpec]:
        """Feeds whose domain tables are made available to Stitch."""
        return [spec for spec in self.settings.feed_specs() if spec.stitch and self.has_domain(spec)]


@dataclass(frozen=True)
class Step:
    """One derived table: its name, what it reads, how it is made; `code` is bumped when its meaning changes.

    `after` are derived tables, `domains` the domain tables as this build's snapshot has them; a step of domain tables
    alone comes after the snapshot.
    """

    table: str
    description: str
    produce: Callable[[Build, Engine], Rows]
    after: tuple[str, ...] = (SNAPSHOT,)
    domains: Callable[[Build], list[str]] = lambda _: []
    code: str = "1"
    obeys: Callable[[Build], Mapping[str, object]] = lambda _: {}
    stands: Callable[[Build], int | None] = lambda _: None
    afresh: Callable[[Build], bool] = lambda build: build.afresh


def run_step(build: Build, step: Step) -> int:
    """Make a step's table where its inputs have changed; returns the version that the build now has of it."""
    afresh = step.afresh(build)
    held = None if afresh else step.stands(build)
    if held is None:
        with Engine(build.memory()) as engine:
            make = partial(step.produce, build, engine)
            held = derive(build.lake, step.table, _fingerprint(build, step), make, afresh=afresh)
    build.versions[step.table] = held
    return held


def is_made(build: Build, step: Step) -> bool:
    """Whether what the build has of a step's table was made from what it has of the inputs now, base included."""
    held = step.stands(build)
    if held is not None and build.version(step.table) == held:
        return True
    return build.table(step.table).transactions.get(INPUTS) == _fingerprint(build, step)


def _fingerprint(build: Build, step: Step) -> int:
    read = [*(table for table in step.after if table != SNAPSHOT), *step.domains(build)]
    return inputs_hash(step.code, [Input(name, build.version(name)) for name in read], step.obeys(build))


def pin_domains(build: Build) -> int:
    """Pin the newest version of every domain table: all later steps of the build read these."""
    names = [(spec.display, f"domain/{spec.domain_name}") for spec in build.settings.feed_specs()]
    names.append(("heap_resolved_users", RESOLVED_USERS))
    found = [(name, table, build.lake.open(table).version) for name, table in names if build.lake.exists(table)]
    if not found:
        raise NothingToStitch("no domain table was built yet", todo="Materialise the feeds: `heap-assets run`.")
    rows = pa.Table.from_pylist(
        [{"name": name, "domain_table": table, "version": version} for name, table, version in found],
        schema=_SNAPSHOT_SCHEMA,
    )
    version = derive(build.lake, SNAPSHOT, hash62(found), lambda: rows)
    build.versions[SNAPSHOT] = version
    return version


def emptied_tables(build: Build, now: Callable[[str], Table]) -> list[str]:
    """Stitched tables that have rows in the base release and, as `now` opens them, none, but for those that may."""
    found = []
    for spec in build.settings.feed_specs():
        table = f"domain/{spec.domain_name}"
        held = build.base_version(table)
        if not spec.stitch or held is None or spec.display in build.settings.stitch.allowed_empty_tables:
            continue
        if build.lake.open(table, held).rows and not now(table).rows:
            found.append(spec.display)
    return found
