"""What readers see of a lake, as plain values by which two lakes are compared: domain tables and released ones.

Amperity IDs are replaced by the least (datasource, pk) of their records, for only who belongs together is a result.
"""

from typing import Any

import pyarrow as pa

from heap_assets import open_lake
from heap_assets.settings import Settings

BY_PERSON = (
    "unified_coalesced",
    "merged_customers",
    "customer_360",
    "customer_behaviour",
    "unified_users",
    "unified_sessions",
    "unified_pageviews",
    "heap_identities",
)

Rows = list[tuple[tuple[str, str], ...]]


def picture(settings: Settings) -> dict[str, Rows]:
    """Rows of each table, in no order, columns by name."""
    lake = open_lake(settings)
    domains = [spec.display for spec in settings.feed_specs() if spec.display in lake.tables()]
    seen = {
        name: _rows(lake.read(name), {})
        for name in [*domains, "heap_resolved_users", "quarantine"]
        if name in lake.tables()
    }
    if lake.release is not None:
        people = least_records(lake.read("unified_coalesced"))
        seen |= {name: _rows(lake.read(name), people) for name in BY_PERSON if name in lake.tables()}
    return seen


def least_records(coalesced: pa.Table) -> dict[str, str]:
    """Of each Amperity ID the least (datasource, pk) that carries it."""
    least: dict[str, str] = {}
    for row in coalesced.select(["amperity_id", "datasource", "pk"]).to_pylist():
        record = f"{row['datasource']}/{row['pk']}"
        least[row["amperity_id"]] = min(record, least.get(row["amperity_id"], record))
    return least


def differing(one: dict[str, Rows], other: dict[str, Rows]) -> list[str]:
    """Where two pictures differ, in words."""
    told = [f"only one has {name}" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        told += [f"{name} only left: {row}" for row in _less(one[name], other[name])[:2]]
        told += [f"{name} only right: {row}" for row in _less(other[name], one[name])[:2]]
    return told


def _less(rows: Rows, other: Rows) -> Rows:
    """Rows that the other has not, as often as they are too many."""
    rest = list(other)
    left = []
    for row in rows:
        if row in rest:
            rest.remove(row)
        else:
            left.append(row)
    return left


def _rows(table: pa.Table, people: dict[str, str]) -> Rows:
    return sorted(
        tuple(
            (name, _shown(name, row[name], people))
            for name in sorted(row)
            if name != "first_seen" or "reason" not in row
        )
        for row in table.to_pylist()
    )


def _shown(name: str, value: Any, people: dict[str, str]) -> str:
    return people[value] if name == "amperity_id" and value is not None else repr(value)
