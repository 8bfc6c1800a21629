"""Avro files as Heap writes them: schemas of the four tables, snappy, nullable unions; no rows are made here."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fastavro

from heap_assets.sample.visits import Row

SHARED = (
    "event_id", "user_id", "session_id", "time", "library", "platform", "device_type", "device", "carrier", "country",
    "region", "city", "ip", "referrer", "landing_page", "landing_page_query", "landing_page_hash", "browser",
    "search_keyword", "utm_source", "utm_campaign", "utm_medium", "utm_term", "utm_content", "heap_device_id",
)  # fmt: skip
SESSIONS = (*SHARED, "app_name", "app_version")
PAGEVIEWS = (*SHARED, "type", "domain", "path", "query", "hash", "title", "heap_previous_page", "user_agent")
USERS = ("user_id", "identity", "handle", "email", "joindate", "last_modified")
MIGRATIONS = ("from_user_id", "to_user_id", "time")

_LONGS = {"event_id", "user_id", "session_id", "from_user_id", "to_user_id", "joindate", "last_modified"}
_BARE = {"event_id", "user_id", "from_user_id", "to_user_id", "library"}
"""Columns of a bare type: since 2021 Heap writes some without the union (heap_delivery 1.11)."""

_BLOCK_BYTES = 128 * 1024


def schema(table: str, columns: Iterable[str], types: dict[str, str] | None = None) -> Any:
    """Return the parsed schema of a table; `types` names the Avro types of custom columns."""
    fields = []
    for name in columns:
        plain = (types or {}).get(name, "long" if name in _LONGS else "string")
        fields.append({"name": name, "type": plain if name in _BARE else ["null", plain]})
    return fastavro.parse_schema({"type": "record", "name": table, "fields": fields})


def write_part(path: Path, parsed: Any, rows: Iterable[Row]) -> None:
    """Write one part; its sync marker is a hash of folder and file name, so that equal worlds give equal bytes."""
    marker = hashlib.blake2b("/".join(path.parts[-3:]).encode(), digest_size=16).digest()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        fastavro.writer(stream, parsed, rows, codec="snappy", sync_interval=_BLOCK_BYTES, sync_marker=marker)
