"""Who wins and who loses, on key and precedence columns only.

Each function is a statement or two with the invariant it keeps.

Names bound by the caller: `live` (feed files that count now), `arrived` and `withdrawn` (those that count since the
last fold, or no longer do), `current` (the domain table).
"""

from dataclasses import dataclass

import pyarrow as pa

from heap_assets.domain.precedence import precedence_columns, precedence_sql, updated_sql
from heap_assets.engine import Engine
from heap_assets.engine.sql import columns
from heap_assets.settings import FeedSpec


@dataclass(frozen=True)
class Change:
    """What an increment does: feed rows to append, domain rows to drop, both as (`_file`, `_place`), and the counts."""

    append: pa.Table
    drop: pa.Table
    inserted: int
    updated: int
    superseded: int
    removed: int
    revived: int


def losers(engine: Engine, spec: FeedSpec, types: dict[str, str]) -> pa.Table:
    """Rows of `live` that lose: of each key, every row but the one of greatest precedence, as (`_file`, `_place`).

    Keys that come once are never ranked: finding the others costs 0.2 CPU-s a million rows (ingest_path.md 3).
    """
    keys = columns(spec.primary_key)
    return engine.rows(f"""
        WITH repeated AS (SELECT {keys} FROM live GROUP BY {keys} HAVING count(*) > 1),
        ranked AS (
            SELECT _file, _place, row_number() OVER (PARTITION BY {keys} ORDER BY {precedence_sql(spec)}) AS rank
            FROM (SELECT *, {updated_sql(spec, types)} AS _updated FROM live SEMI JOIN repeated USING ({keys}))
        )
        SELECT _file, _place FROM ranked WHERE rank > 1
    """)


def change(engine: Engine, spec: FeedSpec, types: dict[str, str], arrived_files: list[int]) -> Change:
    """What must change so that the domain table equals the fold of `live`.

    Keys of withdrawn rows are decided again from all live rows; other keys between the row that holds and the arrived
    rows. `arrived_files` are the places in `live` of the files that `arrived` is bound to, in its order.
    """
    keys = columns(spec.primary_key)
    updated = updated_sql(spec, types)
    shown = f"{keys}, {columns([name for name in precedence_columns(spec) if name not in spec.primary_key])}"
    engine.keep("touched", f"SELECT DISTINCT {keys} FROM withdrawn")
    engine.keep(
        "arrived_files",
        "SELECT unnest(range(len($1))) AS place, unnest($1::BIGINT[]) AS _file",
        [arrived_files],
    )
    engine.keep(
        "candidates",
        f"""
        SELECT {shown}, {updated} AS _updated, f._file, _place, TRUE AS is_arrived
        FROM arrived AS a JOIN arrived_files AS f ON a._file = f.place
        UNION ALL BY NAME
        SELECT {shown}, {updated} AS _updated, _file, _place, FALSE AS is_arrived
        FROM (FROM live SEMI JOIN touched USING ({keys})) ANTI JOIN arrived_files USING (_file)
        """,
    )
    engine.keep("asked", f"SELECT {keys} FROM candidates UNION SELECT {keys} FROM touched")
    engine.keep(
        "holding",
        f"SELECT {shown}, _updated, _file, _place FROM current SEMI JOIN asked USING ({keys})",
    )
    engine.keep("decided", _decided_sql(spec, keys))
    return _counted(engine, keys)


def _decided_sql(spec: FeedSpec, keys: str) -> str:
    """One row a key asked for: its winner (feed row or the row that holds), null where no live row is left."""
    return f"""
        WITH standing AS (FROM holding ANTI JOIN touched USING ({keys})),
        contest AS (
            SELECT *, TRUE AS from_feed FROM candidates
            UNION ALL BY NAME
            SELECT *, FALSE AS from_feed, FALSE AS is_arrived FROM standing
        ),
        winners AS (
            SELECT * FROM contest
            QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {precedence_sql(spec)}, from_feed DESC) = 1
        )
        SELECT asked.*, winners._file AS win_file, winners._place AS win_place, winners.is_arrived, winners.from_feed,
            holding._file AS hold_file, holding._place AS hold_place,
            coalesce(NOT winners.is_arrived AND winners._delivery = holding._delivery
                AND winners._object_index = holding._object_index AND winners._row = holding._row
                AND winners._file_date = holding._file_date, FALSE) AS is_same
        FROM asked LEFT JOIN winners USING ({keys}) LEFT JOIN holding USING ({keys})
    """


def _counted(engine: Engine, keys: str) -> Change:
    append = engine.rows("SELECT win_file AS _file, win_place AS _place FROM decided WHERE from_feed AND NOT is_same")
    drop = engine.rows(
        "SELECT hold_file AS _file, hold_place AS _place FROM decided"
        " WHERE hold_file IS NOT NULL AND NOT is_same AND coalesce(from_feed, TRUE)"
    )
    counts = engine.rows("""
        SELECT
            count(*) FILTER (WHERE from_feed AND is_arrived AND hold_file IS NULL) AS inserted,
            count(*) FILTER (WHERE from_feed AND is_arrived AND hold_file IS NOT NULL) AS updated,
            (SELECT count(*) FROM candidates WHERE is_arrived)
                - count(*) FILTER (WHERE from_feed AND is_arrived) AS superseded,
            count(*) FILTER (WHERE win_file IS NULL AND hold_file IS NOT NULL) AS removed,
            count(*) FILTER (WHERE from_feed AND NOT is_arrived AND NOT is_same) AS revived
        FROM decided
    """).to_pylist()[0]
    return Change(append, drop, **{name: int(count) for name, count in counts.items()})
