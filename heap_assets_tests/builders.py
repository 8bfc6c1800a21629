"""Small buckets for tests: real Avro parts under real manifests, real CSV files, real modification times. No mocks."""

import gzip
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastavro

from heap_assets.bucket.store import FolderBucket
from heap_assets.lake import Lake
from heap_assets.settings import Settings, parse_settings

Row = Mapping[str, Any]
ARRIVED = datetime(2026, 1, 2, 6, tzinfo=UTC)
_COLUMNS = {
    "users": ("user_id", "last_modified"),
    "sessions": ("user_id", "session_id"),
    "pageviews": ("user_id", "event_id"),
    "user_migrations": ("from_user_id", "to_user_id"),
}
_AVRO_TYPES = ((bool, "boolean"), (int, "long"), (float, "double"), (str, "string"))


class BucketBuilder:
    """A bucket in a folder, the lake beside it, and settings that join the two.

    Every write gets a modification time of its own, a nanosecond after the one before where none is asked for: an
    object overwritten with other content is another version, as in S3.
    """

    def __init__(self, folder: Path, name: str = "heap-rs3-acme") -> None:
        self.folder, self.name = folder, name
        self.root = folder / name
        self.root.mkdir(parents=True, exist_ok=True)
        self._written = itertools.count(1 + sum(1 for _ in self.root.rglob("*")))

    def dump(
        self,
        dump_id: int,
        full: Iterable[str] = (),
        modified: datetime = ARRIVED,
        tag: str = "",
        schemas: Mapping[str, Mapping[str, Any]] | None = None,
        **tables: Sequence[Row] | Sequence[Sequence[Row]] | None,
    ) -> None:
        """A Heap dump: of each table its rows, or a list of parts (None: not one). Written again, it is a re-delivery.

        `full` names tables delivered as a full copy, `tag` gives the parts other names, `schemas` the Avro types of
        columns where values do not tell.
        """
        entries = []
        for table, rows in tables.items():
            parts = _parts(rows)
            types = _types(table, parts) | dict((schemas or {}).get(table, {}))
            keys = []
            for number, part in enumerate(parts):
                keys.append(f"sync_{dump_id}/{table}/part-{number:05d}{tag}.avro")
                self.avro(keys[-1], part, types, modified)
            entries.append(
                {
                    "name": table,
                    "incremental": table not in set(full),
                    "columns": [],
                    "files": [self.uri(k) for k in keys],
                }
            )
        self.manifest(dump_id, entries, modified)

    def manifest(self, dump_id: int, entries: Sequence[Mapping[str, Any]], modified: datetime = ARRIVED) -> None:
        """The manifest alone, in these words."""
        content = json.dumps({"dump_id": dump_id, "tables": list(entries)})
        self.put(f"manifests/sync_{dump_id}.json", content.encode(), modified)

    def avro(self, key: str, rows: Sequence[Row], types: Mapping[str, Any], modified: datetime = ARRIVED) -> None:
        """One Avro part; a column's type is given, or that of its first value, or text."""
        names = list(dict.fromkeys([*types, *itertools.chain.from_iterable(rows)]))
        fields = [{"name": name, "type": ["null", types.get(name) or _type(name, rows)]} for name in names]
        schema = fastavro.parse_schema({"type": "record", "name": "row", "fields": fields})
        path = self._path(key)
        with path.open("wb") as stream:
            fastavro.writer(
                stream, schema, [dict(row) for row in rows], codec="snappy", sync_marker=b"heap_assets.test"
            )
        self._touch(path, modified)

    def file(
        self, key: str, rows: Sequence[Row] | str, columns: Sequence[str] = (), modified: datetime = ARRIVED
    ) -> None:
        """A CSV file of these rows (null is an empty field, text is quoted), or of this very text; gzip by its name."""
        text = rows if isinstance(rows, str) else _csv(rows, columns)
        self.put(key, gzip.compress(text.encode(), mtime=0) if key.endswith(".gz") else text.encode(), modified)

    def put(self, key: str, content: bytes, modified: datetime = ARRIVED) -> None:
        """Any object."""
        path = self._path(key)
        path.write_bytes(content)
        self._touch(path, modified)

    def remove(self, key: str) -> None:
        """Take an object out of the bucket."""
        (self.root / key).unlink()

    def uri(self, key: str) -> str:
        """An object's address as manifests write it."""
        return f"s3://{self.name}/{key}"

    def settings(self, lake: str = "lake", **changes: Any) -> Settings:
        """Settings for this bucket; `changes` replace whole sections."""
        content = {
            "source": {"bucket": str(self.root)},
            "lake": {"uri": str(self.folder / lake)},
            "dagster_home": str(self.folder / "dagster"),
            "start_date": "2026-01-01",
        }
        return parse_settings({**content, **changes}, self.folder)

    def bucket(self) -> FolderBucket:
        """The bucket as the package reads it."""
        return FolderBucket(self.root, self.name)

    def lake(self, name: str = "lake") -> Lake:
        """The lake that `settings` of the same name point to."""
        return Lake(self.folder / name)

    def _path(self, key: str) -> Path:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _touch(self, path: Path, modified: datetime) -> None:
        moment = int(modified.timestamp()) * 10**9 + next(self._written)
        os.utime(path, ns=(moment, moment))


def _parts(rows: Sequence[Row] | Sequence[Sequence[Row]] | None) -> list[list[Row]]:
    if rows is None:
        return []
    return [list(part) for part in rows] if rows and isinstance(rows[0], list | tuple) else [list(rows)]


def _types(table: str, parts: Sequence[Sequence[Row]]) -> dict[str, Any]:
    """Columns that a table has even in an empty part; one that the rows spell otherwise is left to them."""
    spelt = {name.lower(): name for part in parts for row in part for name in row}
    return {name: "long" for name in _COLUMNS.get(table, ("user_id", "event_id")) if spelt.get(name, name) == name}


def _type(name: str, rows: Sequence[Row]) -> str:
    value = next((row[name] for row in rows if row.get(name) is not None), "")
    return next(avro for kind, avro in _AVRO_TYPES if isinstance(value, kind))


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    names = list(columns) or list(dict.fromkeys(itertools.chain.from_iterable(rows)))
    return "".join(
        ",".join(line) + "\n" for line in [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return '"' + str(value).replace('"', '""') + '"'
