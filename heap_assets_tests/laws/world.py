"""A bucket and what is in it: each step of a random history is done to a real bucket, and written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from heap_assets.settings import FeedSpec, Settings
from heap_assets_tests.builders import BucketBuilder

Row = Mapping[str, Any]
Parts = tuple[tuple[Row, ...], ...]
DUMPS = (9, 10, 11, 852)
FIRST_DAY = date(2026, 1, 2)
CSV_FEEDS = (
    {"source": "CRM", "feed": "Dated", "pattern": "dated/{yyyy}-{MM}-{dd}_*.csv", "primary_key": ["id"]},
    {
        "source": "CRM",
        "feed": "Updated",
        "pattern": "updated/{yyyy}-{MM}-{dd}_*.csv",
        "primary_key": ["id"],
        "last_updated": "changed",
    },
    {
        "source": "CRM",
        "feed": "Replaced",
        "pattern": "replaced/{yyyy}-{MM}-{dd}_*.csv",
        "primary_key": ["id"],
        "load": "truncate_and_upsert",
    },
)


@dataclass(frozen=True)
class Dump:
    """A Heap dump: of each table whether it is a full copy, and its parts. Of an id that is there, a re-delivery."""

    number: int
    tables: Mapping[str, tuple[bool, Parts]]
    tag: str = ""


@dataclass(frozen=True)
class Overwrite:
    """A part of a dump that is there, written again under its key; nothing where there is no such part."""

    number: int
    table: str
    part: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class File:
    """A dated CSV file, new or written again."""

    feed: str
    day: int
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Land:
    """Land these days (places in the calendar of the history) of these feeds, and fold those."""

    days: frozenset[int]
    land: frozenset[str]
    fold: frozenset[str]


Step = Dump | Overwrite | File | Land


@dataclass(frozen=True)
class Content:
    """What one delivery holds now: objects in order, each with its rows."""

    order: tuple[Any, ...]
    day: date
    full: bool
    objects: tuple[tuple[str, tuple[Row, ...]], ...]


@dataclass
class World:
    """The bucket, and the contents of every delivery in it by feed and delivery id."""

    folder: Path
    contents: dict[tuple[str, str], Content] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = BucketBuilder(self.folder)

    def settings(self, lake: str) -> Settings:
        """Heap's own feeds and three of dated files."""
        return self.builder.settings(lake, feeds=list(CSV_FEEDS))

    def version(self, key: str) -> str:
        """The version of an object, as the lake shows it."""
        return str((self.builder.root / key).stat().st_mtime_ns)

    def of(self, spec: FeedSpec) -> dict[str, Content]:
        """The deliveries of one feed."""
        return {name: content for (feed, name), content in self.contents.items() if feed == spec.name}

    def happen(self, step: Dump | Overwrite | File) -> None:
        """Do a step to the bucket, and write down what it left."""
        match step:
            case Dump():
                self._dump(step)
            case Overwrite():
                self._overwrite(step)
            case File():
                self._file(step)

    def _dump(self, step: Dump) -> None:
        full = {table for table, (whole, _) in step.tables.items() if whole}
        rows = {table: parts or None for table, (_, parts) in step.tables.items()}
        day = self._day_of_dump(step.number)
        self.builder.dump(step.number, full, _morning(day), step.tag, **rows)
        for feed in TABLES.values():
            self.contents.pop((feed, str(step.number)), None)
        for table, (whole, parts) in step.tables.items():
            keys = [f"sync_{step.number}/{table}/part-{place:05d}{step.tag}.avro" for place in range(len(parts))]
            content = Content((step.number,), day, whole, tuple(zip(keys, parts, strict=True)))
            self.contents[TABLES[table], str(step.number)] = content

    def _overwrite(self, step: Overwrite) -> None:
        name = (TABLES[step.table], str(step.number))
        held = self.contents.get(name)
        if held is None or step.part >= len(held.objects):
            return
        objects = list(held.objects)
        key = objects[step.part][0]
        self.builder.avro(key, step.rows, _KEY_TYPES[step.table], _morning(held.day))
        objects[step.part] = (key, step.rows)
        self.contents[name] = Content(held.order, held.day, held.full, tuple(objects))

    def _file(self, step: File) -> None:
        day = FIRST_DAY + timedelta(days=step.day)
        key = f"{step.feed}/{day.isoformat()}_{step.name}.csv"
        self.builder.file(key, step.rows, ("id", "changed", "text"), _morning(day))
        whole = step.feed == "replaced"
        name = (f"crm/{step.feed}", day.isoformat() if whole else key)
        held = self.contents.get(name)
        others = [item for item in held.objects if item[0] != key] if held and whole else []
        order = (day.isoformat(), "" if whole else key)
        self.contents[name] = Content(order, day, whole, tuple(sorted([*others, (key, step.rows)])))

    @staticmethod
    def _day_of_dump(number: int) -> date:
        return FIRST_DAY + timedelta(days=DUMPS.index(number) // 2)


TABLES = {
    "users": "heap/users",
    "pageviews": "heap/pageviews",
    "user_migrations": "heap/user_migrations",
}
_KEY_TYPES = {
    "users": {"user_id": "long", "last_modified": "long"},
    "pageviews": {"user_id": "long", "event_id": "long"},
    "user_migrations": {"from_user_id": "long", "to_user_id": "long"},
}


def calendar(places: Sequence[int] | frozenset[int]) -> list[date]:
    """The days at these places of the history's calendar."""
    return [FIRST_DAY + timedelta(days=place) for place in sorted(places)]


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
