"""The Heap Connect bucket folder: parts, manifests, file times. Which events a dump holds stands in `events`."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from heap_assets.sample import avro_files
from heap_assets.sample.calendar import Calendar, day_of
from heap_assets.sample.draws import hex_name
from heap_assets.sample.events import EventStream
from heap_assets.sample.identify import Population
from heap_assets.sample.properties import UserRows, columns_on, property_types
from heap_assets.sample.schedule import Dump, plan_dumps
from heap_assets.sample.visits import Row, Visits, slices
from heap_assets.sample.world import World

BUCKET = "heap-rs3-acme"
"""Name of the bucket that manifests use; Heap demands the prefix `heap-rs3-`."""

_USER_ROWS = 50_000
"""Rows of one part of users."""


@dataclass
class HeapBucket:
    """Writes the dumps of a world below `folder`, and counts what a reader must find."""

    world: World
    folder: Path
    population: Population
    calendar: Calendar
    rows: dict[str, int] = field(default_factory=dict)
    """Rows written, per table."""

    def __post_init__(self) -> None:
        """Make ready the streams of sessions and pageviews."""
        visits = Visits(self.world, self.calendar, self.population.visitors)
        self._users = UserRows(self.world, self.population, self.calendar)
        self.streams = {
            table: EventStream(self.world, table, make, lambda day: slices(self.world, self.calendar, day))
            for table, make in (("sessions", visits.sessions), ("pageviews", visits.pageviews))
        }
        self._types = property_types(self.world)

    def write(self) -> tuple[Dump, ...]:
        """Write all dumps, in the order of their ids, and return them."""
        dumps = plan_dumps(self.world)
        for dump in dumps:
            self._write_dump(dump)
        return dumps

    def _write_dump(self, dump: Dump) -> None:
        tables = [self._write_table(dump, table, parts) for table, parts in self._tables(dump)]
        tables.append(self._write_event_metadata(dump))
        definitions = self.folder / f"sync_{dump.dump_id}" / "property_definitions.json"
        _write_json(definitions, [], dump.written - 60)
        manifest = {"dump_id": dump.dump_id, "tables": tables, "property_definitions": self._uri(definitions)}
        _write_json(self.folder / "manifests" / f"sync_{dump.dump_id}.json", manifest, dump.written)

    def _tables(self, dump: Dump) -> Iterator[tuple[str, Iterable[list[Row]]]]:
        """Yield the tables of a dump in the manifest's order, each with the rows of its parts."""
        if "users" in dump.covers:
            rows = (row for day in dump.covers["users"] for row in self._users.of_day(day))
            yield "users", _chunks(rows, _USER_ROWS)
        for table, stream in self.streams.items():
            if table in dump.covers:
                yield table, stream.parts(dump)
        yield "user_migrations", [self._migrations(dump)]

    def _migrations(self, dump: Dump) -> list[Row]:
        """Return the whole mapping as of a dump's day."""
        visitors, migrated = self.population.visitors, self.calendar.migrated
        known = np.flatnonzero((visitors.target >= 0) & (day_of(self.world, migrated) <= dump.day))
        texts = np.datetime_as_string(migrated[known].astype("datetime64[s]")).tolist()
        return [
            {
                "from_user_id": int(visitors.user_id[index]),
                "to_user_id": int(visitors.user_id[visitors.target[index]]),
                "time": text.replace("T", " "),
            }
            for index, text in zip(known.tolist(), texts, strict=True)
        ]

    def _write_table(self, dump: Dump, table: str, parts: Iterable[list[Row]]) -> dict[str, Any]:
        """Write the parts of one table and return its entry in the manifest."""
        files, columns = [], self._columns(dump, table)
        schema = avro_files.schema(table, columns, self._types)
        for number, rows in enumerate(parts):
            name = f"part-{number:05d}-{hex_name(self.world.seed, dump.dump_id, table)}-c000.avro"
            path = self.folder / f"sync_{dump.dump_id}" / table / name
            avro_files.write_part(path, schema, rows)
            set_time(path, dump.written - 600)
            self.rows[table] = self.rows.get(table, 0) + len(rows)
            files.append(self._uri(path))
        incremental = table not in {"user_migrations", dump.full}
        return {"name": table, "incremental": incremental, "columns": list(columns), "files": files}

    def _columns(self, dump: Dump, table: str) -> tuple[str, ...]:
        """Return the columns of a table in a dump; those of users grow."""
        if table == "users":
            return (*avro_files.USERS, *columns_on(self.world, dump.day))
        return {
            "sessions": avro_files.SESSIONS,
            "pageviews": avro_files.PAGEVIEWS,
            "user_migrations": avro_files.MIGRATIONS,
        }[table]

    def _write_event_metadata(self, dump: Dump) -> dict[str, Any]:
        """Write the undocumented table that every dump carries and every reader must ignore."""
        columns = ("event_name", "definition")
        path = self.folder / f"sync_{dump.dump_id}" / "_event_metadata" / "part-00000-c000.avro"
        avro_files.write_part(path, avro_files.schema("event_metadata", columns), [{"event_name": "pageview"}])
        set_time(path, dump.written - 600)
        return {"name": "_event_metadata", "incremental": False, "columns": list(columns), "files": [self._uri(path)]}

    def _uri(self, path: Path) -> str:
        return f"s3://{BUCKET}/{path.relative_to(self.folder).as_posix()}"


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Yield rows in lists of a size; one empty list where there are none, since an empty table still has a part."""
    chunk = list(islice(rows, size))
    yield chunk
    while chunk := list(islice(rows, size)):
        yield chunk


def _write_json(path: Path, document: Any, moment: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    set_time(path, moment)


def set_time(path: Path, moment: int) -> None:
    """Set a file's time, in epoch seconds: it is part of what a seed decides."""
    os.utime(path, (moment, moment))
