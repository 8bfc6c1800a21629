"""Putting things into a bucket that is written already, and taking rows out of it to send them again; no traps here."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fastavro

from heap_assets.sample.calendar import DAY, midnight
from heap_assets.sample.draws import hex_name, singles
from heap_assets.sample.dumps import BUCKET, set_time
from heap_assets.sample.world import World

Row = dict[str, Any]
_MARK = b"traps and chaos "
"""Sync mark of every planted part."""


@dataclass
class ChaosBucket:
    """A bucket folder; what is put into it comes an hour after the last dump, each a minute after the one before."""

    folder: Path
    world: World
    _dump: int = 0
    _minutes: int = 0

    @cached_property
    def dumps(self) -> list[int]:
        """Ids of the good dumps, in order."""
        return sorted(int(path.stem.removeprefix("sync_")) for path in (self.folder / "manifests").iterdir())

    def next_dump(self) -> int:
        """Return an id above all that there are."""
        self._dump = max(self._dump, *self.dumps) + singles(self.world, "chaos", self._minutes).randrange(1, 5_000)
        return self._dump

    def put(self, key: str, content: bytes) -> str:
        """Write any object and return its key."""
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._minutes += 1
        set_time(path, midnight(self.world) + self.world.days * DAY + 3 * 3_600 + 60 * self._minutes)
        return key

    def part(self, dump: int, table: str, content: bytes, name: str = "") -> str:
        """Write a part of a table of a dump and return its key."""
        named = (
            name or f"part-{len(list((self.folder / f'sync_{dump}' / table).glob('*'))):05d}-{hex_name(dump, table)}"
        )
        return self.put(f"sync_{dump}/{table}/{named}.avro", content)

    def manifest(self, dump: int, *tables: dict[str, Any], name: str = "", lead: bytes = b"", cut: int = 0) -> str:
        """Write a manifest, behind some leading bytes or without its last ones, and return its key."""
        text = json.dumps({"dump_id": dump, "tables": list(tables), "property_definitions": None}, indent=1).encode()
        return self.put(f"manifests/{name or f'sync_{dump}.json'}", lead + text[: len(text) - cut])

    def newest(self, table: str, count: int = 4) -> tuple[Any, list[Row]]:
        """Return the schema of a table in the last dump, and some rows of it."""
        entry = next(each for each in self.read_manifest(self.dumps[-1])["tables"] if each["name"] == table)
        return self._rows_of(entry, count)

    def read_manifest(self, dump: int) -> dict[str, Any]:
        """Return what a manifest says."""
        return dict(json.loads((self.folder / "manifests" / f"sync_{dump}.json").read_bytes()))

    def rewrite_manifest(self, dump: int, document: dict[str, Any]) -> None:
        """Write a good dump's manifest again, at its own time."""
        path = self.folder / "manifests" / f"sync_{dump}.json"
        moment = int(path.stat().st_mtime)
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        set_time(path, moment)

    def _rows_of(self, entry: dict[str, Any], count: int) -> tuple[Any, list[Row]]:
        rows: list[Row] = []
        schema: Any = None
        for uri in entry["files"]:
            with (self.folder.parent / uri.removeprefix("s3://")).open("rb") as stream:
                reader = fastavro.reader(stream)
                schema = reader.writer_schema
                rows += [dict(row) for row in reader if isinstance(row, dict)]
            if len(rows) >= count:
                break
        return schema, rows[:count]


def entry(table: str, *files: str, incremental: bool = True, bucket: str = f"s3://{BUCKET}/") -> dict[str, Any]:
    """Return a table of a manifest; `files` are keys."""
    return {"name": table, "incremental": incremental, "columns": [], "files": [bucket + key for key in files]}


def avro(schema: Any, rows: Sequence[Row], codec: str = "snappy") -> bytes:
    """Return an Avro part."""
    stream = io.BytesIO()
    fastavro.writer(stream, schema, rows, codec=codec, sync_marker=_MARK)
    return stream.getvalue()


def record(fields: Mapping[str, Any]) -> Any:
    """Return the schema of a record with these names and types."""
    return {"type": "record", "name": "row", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


def header_bytes(content: bytes) -> int:
    """Return the bytes of a part before its first block."""
    return content.index(_MARK) + len(_MARK)
