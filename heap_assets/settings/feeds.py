"""One feed as every stage sees it: its names, how its deliveries are recognised and read, its key and tags.

And Heap's own four.

Reading a YAML file and finding it are not here.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

Load = Literal["upsert", "truncate_and_upsert"]
RESERVED_COLUMNS = frozenset(
    {"_pk", "_file_date", "_delivery", "_object", "_object_version", "_object_index", "_row", "_updated"}
    | {"_file", "_place", "file_index", "file_row_number"}  # what the engine calls a row's place in its files
)
Raw = Literal["masked", "none", "plain"]


def snake_case(name: str) -> str:
    """The name of a source or feed in asset keys and tables.

    `UserMigrations` is `user_migrations`, `UsersEU` is `users_eu`.
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^0-9A-Za-z]+", "_", split).strip("_").lower()


@dataclass(frozen=True)
class FieldSpec:
    """How one delivered field becomes a column: its name there, its declared type, and whether it may be null."""

    delivered: str
    name: str
    type: str | None = None
    format: str | None = None
    required: bool = False


@dataclass(frozen=True)
class FileForm:
    """How a dated file is written; the delimiter, quote and escape are single characters."""

    format: str = "csv"
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True
    encoding: str = "auto"
    compression: str = "auto"


@dataclass(frozen=True)
class FeedSpec:
    """One feed, complete: built-in defaults and settings are already merged."""

    source: str
    feed: str
    delivery: Literal["heap_connect", "files"]
    primary_key: tuple[str, ...]
    table: str | None = None
    pattern: str | None = None
    load: Load = "upsert"
    last_updated: str | None = None
    tie_break: tuple[str, ...] = ()
    time_fields: tuple[str, ...] = ()
    sorted_by: str | None = None
    required: bool = False
    settle: float = 0
    error_threshold: float | None = None
    on_failed_delivery: Literal["fail", "skip"] = "fail"
    limits: tuple[tuple[str, int], ...] = ()
    raw: Raw = "masked"
    file: FileForm = FileForm()
    fields: tuple[FieldSpec, ...] = ()
    semantics: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    stitch: bool = False

    @property
    def name(self) -> str:
        """The feed's name in the lake, the ledger and asset keys: `heap/users`."""
        return f"{snake_case(self.source)}/{snake_case(self.feed)}"

    @property
    def display(self) -> str:
        """The domain table's name for people: `Heap:Users`."""
        return f"{self.source}:{self.feed}"

    @property
    def domain_name(self) -> str:
        """The domain table's name in the lake and in asset keys: `heap_users`."""
        return self.name.replace("/", "_")

    @property
    def tags(self) -> dict[str, tuple[str, ...]]:
        """Semantic tags of each field that has some."""
        return dict(self.semantics)


def heap_feeds() -> dict[str, FeedSpec]:
    """The feeds of Heap Connect that are built in, by table name (interfaces.md 3.

    Heap_delivery.md 1.7 for the keys).
    """
    clickstream = {"delivery": "heap_connect", "time_fields": ("time",), "sorted_by": "time"}
    users = FeedSpec(
        "Heap",
        "Users",
        "heap_connect",
        ("user_id",),
        table="users",
        last_updated="last_modified",
        time_fields=("joindate", "last_modified"),
        semantics=(("user_id", ("fk-heap-user",)), ("identity", ("ck", "fk-identity")), ("email", ("email",))),
        stitch=True,
    )
    sessions = FeedSpec("Heap", "Sessions", primary_key=("user_id", "session_id"), table="sessions", **clickstream)  # type: ignore[arg-type]
    pageviews = event_feed("Pageviews", "pageviews")
    migrations = FeedSpec(
        "Heap",
        "UserMigrations",
        "heap_connect",
        ("from_user_id",),
        table="user_migrations",
        tie_break=("time", "to_user_id"),
        time_fields=("time",),
    )
    return {str(spec.table): spec for spec in (users, sessions, pageviews, migrations)}


def event_feed(feed: str, table: str) -> FeedSpec:
    """A Heap event table; pageviews is one that always exists (heap_delivery.md 2.3, 2.4)."""
    return FeedSpec(
        "Heap",
        feed,
        "heap_connect",
        ("user_id", "event_id"),
        table=table,
        time_fields=("time",),
        sorted_by="time",
    )
