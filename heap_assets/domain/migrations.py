"""Where each Heap user went: chains of user_migrations followed to their end.

Once for all rows ever written (heap_delivery.md 3.2).
"""

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.lake import Input, Lake, Table, derive
from heap_assets.lake.derived import inputs_hash

RESOLVED_USERS = "domain/heap_resolved_users"
CODE_VERSION = "1"
SCHEMA = pa.schema([("user_id", pa.int64()), ("resolved_user_id", pa.int64()), ("in_cycle", pa.bool_())])
Ids = np.ndarray[tuple[int], np.dtype[np.int64]]


def resolve(from_user_id: Ids, to_user_id: Ids) -> tuple[Ids, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """For each `from_user_id` (unique) the id that its chain ends in, and whether that end is a cycle.

    In a cycle it is the smallest id of the cycle (T43). Pointer doubling: n log n steps whatever the chains look like.
    """
    ids = np.unique(np.concatenate([from_user_id, to_user_id]))
    begin = np.searchsorted(ids, from_user_id)
    step = np.arange(len(ids))
    step[begin] = np.searchsorted(ids, to_user_id)
    jump, least = step.copy(), np.minimum(ids, ids[step])
    for _ in range(max(1, len(ids)).bit_length()):
        least = np.minimum(least, least[jump])
        jump = jump[jump]
    end = jump[begin]
    cyclic = step[end] != end
    return np.where(cyclic, least[end], ids[end]), cyclic


def build_resolved_users(lake: Lake, migrations: Table | None) -> int:
    """The table `heap_resolved_users` from a version of Heap:UserMigrations; returns its version."""
    inputs = [Input("domain/heap_user_migrations", migrations.version)] if migrations is not None else []
    return derive(lake, RESOLVED_USERS, inputs_hash(CODE_VERSION, inputs), lambda: _resolved(migrations), SCHEMA)


def _resolved(migrations: Table | None) -> pa.Table:
    if migrations is None or not migrations.rows:
        return SCHEMA.empty_table()
    with Engine() as engine:
        engine.bind("migrations", migrations.absolute(migrations.files), migrations.schema)
        pairs = engine.rows(
            "SELECT from_user_id, to_user_id FROM migrations"
            " WHERE from_user_id IS NOT NULL AND to_user_id IS NOT NULL ORDER BY from_user_id"
        )
    start = pairs["from_user_id"].to_numpy()
    end, cyclic = resolve(start, pairs["to_user_id"].to_numpy())
    return pa.Table.from_arrays(
        [pairs["from_user_id"].combine_chunks(), pa.array(end), pa.array(cyclic)], schema=SCHEMA
    )
