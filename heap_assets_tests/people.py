"""Domain tables made by hand, for tests of what is built on them: who is who, and what a person did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from heap_assets import open_lake
from heap_assets.catalog import LakeReader
from heap_assets.customer360.release import build_release
from heap_assets.domain.migrations import build_resolved_users
from heap_assets.feeds.system_columns import SYSTEM_COLUMNS
from heap_assets.lake import Lake, Release
from heap_assets.settings import Settings, parse_settings

Row = Mapping[str, Any]
FIELDS = ("given_name", "surname", "full_name", "suffix", "email", "phone", "address", "city", "state", "postal")
CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["customer_id"],
    "last_updated": "updated_at",
    "stitch": True,
    "semantics": {
        "customer_id": ["ck", "fk-customer-id"],
        "given_name": "given-name",
        "surname": "surname",
        "full_name": "full-name",
        "suffix": "generational-suffix",
        "email": "email",
        "phone": "phone",
        "address": "address",
        "city": "city",
        "state": "state",
        "postal": "postal",
        "birthdate": "birthdate",
        "updated_at": "update-dt",
    },
}
USERS = {
    "source": "Heap",
    "feed": "Users",
    "semantics": {"identity": ["ck", "fk-customer-id"], "first_name": "given-name", "last_name": "surname"},
}
_CLOCK = pa.timestamp("us", "UTC")
_SYSTEM = SYSTEM_COLUMNS.append(pa.field("_updated", pa.int64()))
_EVENT = pa.schema([("user_id", pa.int64()), ("event_id", pa.int64()), ("time", _CLOCK), ("path", pa.string())])
_TABLES = {
    "crm_customers": pa.schema(
        [("customer_id", pa.string()), *((name, pa.string()) for name in FIELDS), ("birthdate", pa.date32())]
        + [("updated_at", _CLOCK)]
    ),
    "heap_users": pa.schema(
        [("user_id", pa.int64()), ("identity", pa.string()), ("email", pa.string()), ("first_name", pa.string())]
        + [("last_name", pa.string()), ("phone", pa.string()), ("joindate", _CLOCK), ("last_modified", _CLOCK)]
    ),
    "heap_user_migrations": pa.schema([("from_user_id", pa.int64()), ("to_user_id", pa.int64()), ("time", _CLOCK)]),
    "heap_pageviews": _EVENT,
    "heap_sessions": pa.schema([("user_id", pa.int64()), ("session_id", pa.int64()), ("time", _CLOCK)]),
}


def moment(text: str) -> datetime:
    """A time of day in UTC: `2026-01-02` or `2026-01-02 03:04`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """A lake of domain tables with the settings that describe them."""

    lake: Lake
    settings: Settings

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows to a domain table; columns beyond the usual ones are text. Migrations are followed at once."""
        held = list(rows)
        schema = _TABLES.get(table, pa.schema([]))
        further = dict.fromkeys(name for row in held for name in row if name not in {*schema.names, *_SYSTEM.names})
        schema = pa.schema([*schema, *((name, pa.string()) for name in further), *_SYSTEM])
        rows = pa.Table.from_pylist([_placed(place, row) for place, row in enumerate(held)], schema)
        self.lake.create(f"domain/{table}", schema)
        self.lake.append(f"domain/{table}", rows)
        if table == "heap_user_migrations":
            build_resolved_users(self.lake, self.lake.open("domain/heap_user_migrations"))

    def release(self) -> Release:
        """Everything behind the domain tables, published."""
        return build_release(self.lake, self.settings)

    def read(self) -> LakeReader:
        """The lake as readers see it."""
        return open_lake(self.settings)

    def ids(self) -> dict[str, str]:
        """Amperity ID by record, written `CRM:Customers/17`."""
        rows = self.read().read("unified_coalesced", columns=["datasource", "pk", "amperity_id"]).to_pylist()
        return {f"{row['datasource']}/{row['pk']}": row["amperity_id"] for row in rows}


def house(
    folder: Path, *feeds: Mapping[str, Any], stitch: Mapping[str, Any] | None = None, **tables: Sequence[Row]
) -> House:
    """A lake in this folder with these domain tables: `crm_customers`, `heap_users`, `heap_user_migrations`, …"""
    content = {
        "source": {"bucket": str(folder / "heap-rs3-acme")},
        "start_date": "2026-01-01",
        "lake": {"uri": str(folder / "lake")},
        "feeds": [*(feeds or (USERS, CUSTOMERS))],
        "stitch": dict(stitch or {}),
    }
    made = House(Lake(folder / "lake"), parse_settings(content, folder))
    for table, rows in tables.items():
        made.add(table, rows)
    return made


def _placed(place: int, row: Row) -> dict[str, Any]:
    usual = {
        "_file_date": date(2026, 1, 2),
        "_delivery": "1",
        "_object": "made/by/hand",
        "_object_version": "1",
        "_object_index": 0,
        "_row": place,
    }
    updated = row.get("last_modified") or row.get("updated_at")
    usual["_updated"] = int(updated.timestamp() * 1_000_000) if updated else None
    return {**usual, **row}
