"""A bucket and what is in it: each step of a random history is done to a real bucket, and written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True)
class Damage:
    """An object of a delivery that is there, overwritten with what nobody can read; `place` picks one of them."""

    place: int


@dataclass(frozen=True)
class Decide:
    """A person takes a delivery out, or puts one back that was taken out; `place` picks one of those there are."""

    place: int
    out: bool


@dataclass(frozen=True)
class Configure:
    """Settings of a feed of dated files change to these."""

    feed: str
    changes: Mapping[str, Any]


Step = Dump | Overwrite | File | Damage | Decide | Configure | Land


@dataclass(frozen=True)
class Content:
    """What one delivery holds now: objects in order, each with its rows."""

    order: tuple[Any, ...]
    day: date
    full: bool
    objects: tuple[tuple[str, tuple[Row, ...]], ...]
    damaged: frozenset[str] = frozenset()
    versions: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass
class World:
    """The bucket, and the contents of every delivery in it by feed and delivery id.

    `files` are the dated files by feed and key, for which deliveries they make up depends on how their feed is loaded.
    `landed` is what a lake held of each delivery after the last landing, `excluded` what a person has taken out.
    """

    folder: Path
    dumps: dict[tuple[str, str], Content] = field(default_factory=dict)
    files: dict[tuple[str, str], Content] = field(default_factory=dict)
    landed: dict[tuple[str, str], Content] = field(default_factory=dict)
    excluded: set[tuple[str, str]] = field(default_factory=set)
    changes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = BucketBuilder(self.folder)

    def settings(self, lake: str) -> Settings:
        """Heap's own feeds and three of dated files."""
        feeds = [{**feed, **self.changes.get(str(feed["feed"]), {})} for feed in CSV_FEEDS]
        return self.builder.settings(lake, feeds=feeds)

    def of(self, spec: FeedSpec) -> dict[str, Content]:
        """The deliveries of one feed as they stand in the bucket."""
        if spec.delivery == "heap_connect":
            return {name: content for (feed, name), content in self.dumps.items() if feed == spec.name}
        files = {key: content for (feed, key), content in self.files.items() if feed == spec.name}
        if spec.load == "upsert":
            return files
        days: dict[str, list[Content]] = {}
        for _, content in sorted(files.items()):
            days.setdefault(content.day.isoformat(), []).append(content)
        return {day: _joined(day, contents) for day, contents in days.items()}

    def counting(self, spec: FeedSpec) -> dict[str, Content]:
        """The deliveries that count: not taken out, and of one that cannot be read what had landed before."""
        counted = {}
        for name, content in self.of(spec).items():
            readable = self.landed.get((spec.name, name)) if content.damaged else content
            if readable is not None and (spec.name, name) not in self.excluded:
                counted[name] = readable
        return counted

    def unreadable(self, spec: FeedSpec) -> set[str]:
        """Deliveries that stand refused, whatever had landed of them."""
        there = self.of(spec).items()
        return {name for name, content in there if content.damaged and (spec.name, name) not in self.excluded}

    def remember_landed(self, spec: FeedSpec, names: Mapping[str, bool]) -> None:
        """What a lake has of a feed now: the deliveries in its ledger, and whether each was read just now."""
        for feed, name in list(self.landed):
            if feed == spec.name and name not in names:
                del self.landed[feed, name]
        there = self.of(spec)
        for name, read_now in names.items():
            if read_now:
                self.landed[spec.name, name] = there[name]

    def happen(self, step: Dump | Overwrite | File | Damage | Configure) -> None:
        """Do a step to the bucket or to the settings, and write down what it left."""
        match step:
            case Dump():
                self._dump(step)
            case Overwrite():
                self._overwrite(step)
            case File():
                self._file(step)
            case Damage():
                self._damage(step)
            case Configure():
                self.changes[step.feed.capitalize()] = step.changes

    def _dump(self, step: Dump) -> None:
        full = {table for table, (whole, _) in step.tables.items() if whole}
        rows = {table: parts or None for table, (_, parts) in step.tables.items()}
        day = self._day_of_dump(step.number)
        self.builder.dump(step.number, full, _morning(day), step.tag, **rows)
        for feed in TABLES.values():
            self.dumps.pop((feed, str(step.number)), None)
        for table, (whole, parts) in step.tables.items():
            keys = [f"sync_{step.number}/{table}/part-{place:05d}{step.tag}.avro" for place in range(len(parts))]
            objects = tuple(zip(keys, parts, strict=True))
            self.dumps[TABLES[table], str(step.number)] = self._versioned(Content((step.number,), day, whole, objects))

    def _overwrite(self, step: Overwrite) -> None:
        name = (TABLES[step.table], str(step.number))
        held = self.dumps.get(name)
        if held is None or step.part >= len(held.objects):
            return
        objects = list(held.objects)
        key = objects[step.part][0]
        self.builder.avro(key, step.rows, _KEY_TYPES[step.table], _morning(held.day))
        objects[step.part] = (key, step.rows)
        self.dumps[name] = self._versioned(replace(held, objects=tuple(objects), damaged=held.damaged - {key}))

    def _file(self, step: File) -> None:
        day = FIRST_DAY + timedelta(days=step.day)
        key = f"{step.feed}/{day.isoformat()}_{step.name}.csv"
        self.builder.file(key, step.rows, ("id", "changed", "text"), _morning(day))
        content = Content((day.isoformat(), key), day, False, ((key, step.rows),))
        self.files[f"crm/{step.feed}", key] = self._versioned(content)

    def _damage(self, step: Damage) -> None:
        """The start of a compressed stream, and no more: neither an Avro part nor text."""
        held = [
            (place, name, key) for place in (self.dumps, self.files) for name in place for key, _ in place[name].objects
        ]
        if held:
            place, name, key = held[step.place % len(held)]
            self.builder.put(key, b"\x1f\x8b\x08\x00 and no more", _morning(place[name].day))
            place[name] = self._versioned(replace(place[name], damaged=place[name].damaged | {key}))

    def _versioned(self, content: Content) -> Content:
        """With the versions of its objects, as the lake will show them."""
        found = {key: str((self.builder.root / key).stat().st_mtime_ns) for key, _ in content.objects}
        return replace(content, versions=found)

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


def _joined(day: str, contents: Sequence[Content]) -> Content:
    """All files of one file date as one delivery."""
    return Content(
        (day, ""),
        contents[0].day,
        True,
        tuple(item for content in contents for item in content.objects),
        frozenset(key for content in contents for key in content.damaged),
        {key: version for content in contents for key, version in content.versions.items()},
    )


def calendar(places: Sequence[int] | frozenset[int]) -> list[date]:
    """The days at these places of the history's calendar."""
    return [FIRST_DAY + timedelta(days=place) for place in sorted(places)]


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
