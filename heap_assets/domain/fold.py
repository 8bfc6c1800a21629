"""The fold: a domain table brought to what its feed says now, incrementally.

Equal to folding everything afresh (architecture.md 4).

Which row wins is in `precedence` and `winners`, moving rows in `rows`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from heap_assets.bucket.deliveries import delivery_order
from heap_assets.bucket.status import feed_table, folder_of, horizon, landed_deliveries
from heap_assets.domain.precedence import updated_sql
from heap_assets.domain.rows import SLICE_ROWS, by_file, only, pass_through, without
from heap_assets.domain.winners import Change, change, losers
from heap_assets.engine import Engine, sql_type
from heap_assets.errors import VersionExpired
from heap_assets.feeds.memory import give_memory_back
from heap_assets.feeds.names import spelt_as
from heap_assets.lake import DataFile, FileWriter, Lake, NewFile, Table, hash62, plain_schema, prunable, retry_swaps
from heap_assets.settings import FeedSpec

FOLD_VERSION = 2  # bump it when the fold's rule changes: every domain table is then folded afresh
KEY_MEMORY = "150MB"
REFOLD_SHARE = 0.5
LEAST_FILE_ROWS, MOST_FILE_ROWS = 131_072, 1_048_576
MOST_CRUMBS = 48


@dataclass(frozen=True)
class Folded:
    """What a fold did.

    Rows that arrived = inserted + updated + superseded; `live` feed rows = rows + superseded in all.
    """

    version: int
    rows: int
    live: int
    added: int = 0
    inserted: int = 0
    updated: int = 0
    superseded: int = 0
    removed: int = 0
    revived: int = 0
    refolded: bool = False
    changed: bool = False


def domain_table(spec: FeedSpec) -> str:
    """The lake's name of a feed's domain table."""
    return f"domain/{spec.domain_name}"


def live_files(spec: FeedSpec, table: Table) -> list[DataFile]:
    """The feed's files that count: of deliveries not before the greatest full one in the ledger; in delivery order."""
    landed = landed_deliveries(spec, table)
    names = {folder_of(delivery): delivery for delivery in landed}
    limit = horizon(spec, landed)
    ordered = [
        (delivery_order(spec, names[file.delivery_folder], file.file_date), file.path, file)
        for file in table.files
        if file.delivery_folder in names
    ]
    return [file for order, _, file in sorted(ordered, key=lambda item: item[:2]) if limit is None or order >= limit]


def is_behind(lake: Lake, spec: FeedSpec) -> bool:
    """Whether the feed has changed since its domain table was folded, or the rule has."""
    feed = lake.find(feed_table(spec))
    if feed is None:
        return False
    table = lake.find(domain_table(spec))
    return table is None or table.transactions.get(f"fold:{spec.name}") != feed.version or _rule_changed(spec, table)


def fold(lake: Lake, spec: FeedSpec, afresh: bool = False) -> Folded:
    """Bring the domain table to its feed's newest version; two folds at once end in what one would give.

    With `afresh` everything is decided again, whatever the last fold left.
    """
    try:
        return retry_swaps(lambda: _fold(lake, spec, afresh))
    finally:
        give_memory_back()


def spec_hash(spec: FeedSpec) -> int:
    """The hash of what the fold's result depends on beside the feed: key, order, tie-break, rule."""
    columns = [[name.lower() for name in names] for names in (spec.primary_key, spec.tie_break)]
    updated = spec.last_updated and spec.last_updated.lower()
    return hash62([FOLD_VERSION, *columns, updated, spec.delivery, spec.load])


def _rule_changed(spec: FeedSpec, table: Table) -> bool:
    return table.transactions.get(f"spec:{spec.name}") != spec_hash(spec)


def _fold(lake: Lake, spec: FeedSpec, afresh: bool) -> Folded:
    feed = lake.open(feed_table(spec))
    spec = spelt_as(spec, feed.schema.names)
    live = live_files(spec, feed)
    schema = feed.schema.append(pa.field("_updated", pa.int64()))
    table = lake.create(domain_table(spec), schema, f"{spec.display}: one row a key")
    ledger = {f"fold:{spec.name}": feed.version, f"spec:{spec.name}": spec_hash(spec)}
    if not afresh and all(table.transactions.get(app) == version for app, version in ledger.items()):
        return Folded(table.version, table.rows, sum(file.rows for file in live))
    before = None if afresh else _live_before(lake, spec, table)
    if before is None or _widened(table.schema, schema) or _mostly_gone(before, live):
        return _afresh(spec, feed, live, table, schema, ledger)
    return _increment(spec, feed, before, live, table, schema, ledger)


def _live_before(lake: Lake, spec: FeedSpec, table: Table) -> tuple[Table, list[DataFile]] | None:
    """The feed as the last fold saw it, or None where that is unknown, gone, or was another rule."""
    version = table.transactions.get(f"fold:{spec.name}")
    if version is None or _rule_changed(spec, table):
        return None
    try:
        feed = lake.open(feed_table(spec), version)
    except VersionExpired:
        return None
    return feed, live_files(spec, feed)


def _widened(old: pa.Schema, new: pa.Schema) -> bool:
    types = {item.name: item.type for item in new}
    return any(item.name not in types or types[item.name] != item.type for item in old)


def _mostly_gone(before: tuple[Table, list[DataFile]], live: Sequence[DataFile]) -> bool:
    still = {file.path for file in live}
    total = sum(file.rows for file in before[1])
    gone = sum(file.rows for file in before[1] if file.path not in still)
    return gone > REFOLD_SHARE * total


def _afresh(
    spec: FeedSpec, feed: Table, live: list[DataFile], table: Table, schema: pa.Schema, ledger: dict[str, int]
) -> Folded:
    files = feed.absolute(live)
    types = _sql_types(schema)
    with Engine(KEY_MEMORY) as engine:
        engine.bind("live", files, feed.schema, places=True)
        lost = losers(engine, spec, types)
    with _completing_engine() as engine, _writer(spec, table, schema, sum(file.rows for file in live)) as writer:
        pass_through(writer, files, schema, without(by_file(lost)), _completing(spec, schema, engine), spec.sorted_by)
        written = writer.finish()
    version = table.overwrite(written, schema, ledger)
    total = sum(file.rows for file in live)
    rows = total - lost.num_rows
    return Folded(
        version, rows, total, total, inserted=rows, superseded=lost.num_rows, refolded=table.rows > 0, changed=True
    )


def _increment(
    spec: FeedSpec,
    feed: Table,
    before: tuple[Table, list[DataFile]],
    live: list[DataFile],
    table: Table,
    schema: pa.Schema,
    ledger: dict[str, int],
) -> Folded:
    table = table.add_columns([item for item in schema if item.name not in table.schema.names])
    counted = {file.path for file in before[1]}
    still = {file.path for file in live}
    arrived = [place for place, file in enumerate(live) if file.path not in counted]
    withdrawn = [file for file in before[1] if file.path not in still]
    with Engine(KEY_MEMORY) as engine:
        engine.bind("live", feed.absolute(live), feed.schema, places=True)
        engine.bind("arrived", feed.absolute([live[place] for place in arrived]), feed.schema, places=True)
        engine.bind("withdrawn", before[0].absolute(withdrawn), before[0].schema)
        engine.bind("current", table.absolute(table.files), table.schema, places=True)
        found = change(engine, spec, _sql_types(schema), arrived)
    with _completing_engine() as engine:
        written, dropped = _rewrite(spec, feed, live, table, found, engine)
    version = table.commit(written, dropped, ledger, note=_note(found), swap=True)
    total = sum(file.rows for file in live)
    rows = table.rows + found.append.num_rows - found.drop.num_rows
    return Folded(
        version,
        rows,
        total,
        found.inserted + found.updated + found.superseded,
        found.inserted,
        found.updated,
        found.superseded,
        found.removed,
        found.revived,
        changed=bool(found.append.num_rows or found.drop.num_rows),
    )


def _rewrite(
    spec: FeedSpec, feed: Table, live: Sequence[DataFile], table: Table, found: Change, engine: Engine
) -> tuple[list[NewFile], list[DataFile]]:
    """Write again the domain files that hold a dropped row, and the winners behind them.

    Returns new and replaced files.
    """
    drop, append = by_file(found.drop), by_file(found.append)
    again = sorted({*drop, *_crumbs(table)})
    hit = [table.files[place] for place in again]
    inside = {place: drop[file] for place, file in enumerate(again) if file in drop}
    sources = sorted(append)
    kept = {place: append[file] for place, file in enumerate(sources)}
    complete = _completing(spec, table.schema, engine)
    with _writer(spec, table, table.schema, table.rows) as writer:
        pass_through(writer, table.absolute(hit), table.schema, without(inside), lambda rows: rows, spec.sorted_by)
        writer.turn()
        winners = feed.absolute([live[file] for file in sources])
        pass_through(writer, winners, table.schema, only(kept), complete, spec.sorted_by)
        return writer.finish(), hit


def _crumbs(table: Table) -> list[int]:
    """Places of small files, once there are so many that it pays to make them one: each fold leaves one behind."""
    small = [place for place, file in enumerate(table.files) if file.rows < LEAST_FILE_ROWS // 2]
    return small if len(small) > MOST_CRUMBS else []


def _writer(spec: FeedSpec, table: Table, schema: pa.Schema, rows: int) -> FileWriter:
    """Files of a 64th of the table: a fold rewrites whole files, and a query opens each one (0.2 ms)."""
    file_rows = min(max(rows // 64, LEAST_FILE_ROWS), MOST_FILE_ROWS)
    return FileWriter(table.root, "rows", prunable(schema, spec.primary_key), file_rows, SLICE_ROWS)


def _completing_engine() -> Engine:
    """Not the one that looked at the keys: what it holds, 70 MB, would stand below the rows that are passed through."""
    return Engine(KEY_MEMORY)


def _completing(spec: FeedSpec, schema: pa.Schema, engine: Engine) -> Callable[[pa.Table], pa.Table]:
    """What fills in `_updated` for a slice of feed rows: Arrow's own cast where it can, SQL where the field is text."""
    field, place = spec.last_updated, schema.get_field_index("_updated")
    kind = schema.field(field).type if field is not None and field in schema.names else None
    names = list(dict.fromkeys(filter(None, [field if kind is not None else None, "_delivery", "_file_date"])))

    def complete(rows: pa.Table) -> pa.Table:
        if kind == pa.timestamp("us", "UTC"):
            return rows.set_column(place, "_updated", rows[field].cast(pa.int64()))
        if field is None and spec.delivery == "heap_connect":
            return rows.set_column(place, "_updated", rows["_delivery"].cast(pa.string()).cast(pa.int64()))
        engine.bind_arrow("_slice", _plain(rows.select(names)))
        made = engine.rows(f"SELECT {updated_sql(spec, _sql_types(schema))}::BIGINT AS _updated FROM _slice")
        return rows.set_column(place, "_updated", made["_updated"])

    return complete


def _plain(rows: pa.Table) -> pa.Table:
    return rows.cast(plain_schema(rows.schema))


def _sql_types(schema: pa.Schema) -> dict[str, str]:
    return {item.name: sql_type(item.type) for item in schema}


def _note(found: Change) -> dict[str, str]:
    names = ("inserted", "updated", "superseded", "removed", "revived")
    return {name: str(getattr(found, name)) for name in names}
