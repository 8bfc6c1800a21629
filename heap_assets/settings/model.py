"""The shape of heap_assets.yaml in pydantic models, and how its feeds become FeedSpecs.

Finding and reading the file is in `load`.
"""

import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from heap_assets.errors import SettingsError
from heap_assets.settings.feeds import FeedSpec, FileForm, event_feed, heap_feeds
from heap_assets.settings.merge import merged

DATE_PARTS = ("{yyyy}", "{MM}", "{dd}")
RESERVED_SOURCES = ("domain", "stitch", "customer_360")
FieldType = Annotated[
    str,
    Field(pattern=r"^(string|integer|float|boolean|date|datetime|decimal\(([1-9]|[12]\d|3[0-8]), ?\d{1,2}\))$"),
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EnvironmentValue(_Section):
    """A value that stands in the environment, never in the file: `{env: NAME}`."""

    env: str = Field(min_length=1)

    def resolve(self) -> str:
        """The value; SettingsError names the variable, never its content, where it is not set."""
        value = os.environ.get(self.env)
        if not value:
            raise SettingsError(
                f"the environment variable {self.env} is not set", todo=f"Set {self.env}, then run again."
            )
        return value


class SourceSettings(_Section):
    """The bucket, or a local folder laid out the same way, and how to reach it."""

    bucket: str = Field(min_length=1)
    prefix: str = ""
    region: str | None = None
    endpoint_url: str | None = None
    manifest_bucket: str | None = None
    access_key_id: EnvironmentValue | None = None
    secret_access_key: EnvironmentValue | None = None
    session_token: EnvironmentValue | None = None
    heap_connect: bool = True

    @model_validator(mode="after")
    def _whole_credentials(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError(
                "access_key_id and secret_access_key go together; without both, boto3 looks for credentials"
            )
        return self

    @property
    def is_s3(self) -> bool:
        """Whether the source is an S3 bucket rather than a local folder."""
        return self.bucket.startswith("s3://")

    @property
    def bucket_name(self) -> str:
        """The bucket's own name; of a folder, the folder's."""
        return self.bucket.removeprefix("s3://").split("/")[0] if self.is_s3 else Path(self.bucket).name

    @property
    def root(self) -> str:
        """The prefix below which everything lies, '' or ending in a slash."""
        inner = self.bucket.removeprefix("s3://").partition("/")[2] if self.is_s3 else ""
        joined = "/".join(part.strip("/") for part in (inner, self.prefix) if part.strip("/"))
        return f"{joined}/" if joined else ""


class LakeSettings(_Section):
    """Where the tables live."""

    uri: str = ".heap_assets/lake"
    keep_releases: Annotated[int, Field(ge=1)] = 14

    @field_validator("uri")
    @classmethod
    def _local_only(cls, uri: str) -> str:
        if "://" in uri:
            raise ValueError("must be a local folder")
        return uri


class FieldSettings(_Section):
    """Type, null rule and new name of one delivered field."""

    type: FieldType | None = None
    format: str | None = None
    required: bool = False
    rename: str | None = None


class FileSettings(_Section):
    """How the files of a feed are written."""

    format: Literal["csv", "tsv", "psv"] = "csv"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    escape: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header: bool = True
    encoding: Literal["auto", "utf-8", "utf-16"] = "auto"
    compression: Literal["auto", "none", "gzip"] = "auto"

    def form(self) -> FileForm:
        """The settings with what the format implies filled in."""
        delimiter = self.delimiter or {"csv": ",", "tsv": "\t", "psv": "|"}[self.format]
        return FileForm(
            self.format, delimiter, self.quote, self.escape or self.quote, self.header, self.encoding, self.compression
        )


class FeedSettings(_Section):
    """One entry under `feeds:`; what it leaves out keeps its default."""

    source: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    feed: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    delivery: Literal["heap_connect", "files"] | None = None
    table: str | None = None
    pattern: str | None = None
    load: Literal["upsert", "truncate_and_upsert"] | None = None
    primary_key: list[str] | None = Field(default=None, min_length=1)
    last_updated: str | None = None
    tie_break: list[str] | None = None
    required: bool | None = None
    settle: Annotated[float, Field(ge=0)] | None = None
    error_threshold: Annotated[float, Field(ge=0, le=100)] | None = None
    on_failed_delivery: Literal["fail", "skip"] | None = None
    file: FileSettings | None = None
    fields: dict[str, FieldSettings] = {}
    semantics: dict[str, str | list[str]] = {}
    stitch: bool | None = None

    @field_validator("source")
    @classmethod
    def _not_reserved(cls, source: str) -> str:
        if source.lower() in RESERVED_SOURCES:
            raise ValueError(f"is reserved; the sources {', '.join(RESERVED_SOURCES)} are our own")
        return source

    @field_validator("pattern")
    @classmethod
    def _names_one_day(cls, pattern: str | None) -> str | None:
        """A pattern without a whole date would match nothing, or one file a month, without a word."""
        parts = re.findall(r"\{[^}]*\}", pattern or "")
        if pattern is not None and sorted(parts) != sorted(DATE_PARTS):
            raise ValueError(f"must name each of {', '.join(DATE_PARTS)} once, and nothing else in braces")
        return pattern

    @model_validator(mode="after")
    def _tags_fit_types(self) -> Self:
        names = {name: (item.rename or name) for name, item in self.fields.items()}
        types = {names[name]: item.type for name, item in self.fields.items() if item.type}
        allowed = {"phone": {"string"}, "postal": {"string"}, "birthdate": {"date", "string"}}
        for column, tags in self.semantics.items():
            for tag in [tags] if isinstance(tags, str) else tags:
                if tag in allowed and types.get(column, "string") not in allowed[tag]:
                    raise ValueError(
                        f"semantics.{column}: {tag} needs a field of type {' or '.join(sorted(allowed[tag]))}"
                    )
                if tag == "pk" and self.primary_key not in (None, [column]):
                    raise ValueError(f"semantics.{column}: the tag pk disagrees with primary_key")
        return self


class StitchSettings(_Section):
    """How records are resolved to people (amperity_behaviour.md 6.15)."""

    threshold: Annotated[float, Field(ge=1, le=5)] = 3
    allowed_empty_tables: list[str] = []


class Settings(_Section):
    """The whole of heap_assets.yaml, with paths already made absolute."""

    source: SourceSettings
    lake: LakeSettings = LakeSettings()
    dagster_home: str = ".heap_assets/dagster"
    sensors: Literal["running", "stopped"] = "running"
    start_date: date
    timezone: str = "UTC"
    event_tables: list[str] = []
    feeds: list[FeedSettings] = []
    stitch: StitchSettings = StitchSettings()
    config_file: str | None = Field(default=None, exclude=True)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be the name of a time zone, such as UTC or Europe/Paris") from error
        return zone

    @model_validator(mode="after")
    def _feeds_are_complete(self) -> Self:
        seen: dict[str, str] = {}
        for spec in self.feed_specs():
            if not spec.primary_key:
                raise ValueError(f"{self._entry(spec)} needs a primary_key")
            if spec.delivery == "files" and not spec.pattern:
                raise ValueError(
                    f"{self._entry(spec)} needs a pattern, such as crm/customers_{{yyyy}}-{{MM}}-{{dd}}.csv"
                )
            if spec.delivery == "heap_connect" and not spec.table:
                raise ValueError(f"{self._entry(spec)} needs the name of its Heap table in `table`")
            if spec.domain_name in seen:
                raise ValueError(
                    f"{self._entry(spec)} and {seen[spec.domain_name]} would share the name {spec.domain_name}"
                )
            seen[spec.domain_name] = spec.display
        return self

    def _entry(self, spec: FeedSpec) -> str:
        """Where in the file a feed stands, for messages."""
        places = [place for place, item in enumerate(self.feeds) if f"{item.source}:{item.feed}" == spec.display]
        return f"feeds[{places[-1]}]: {spec.display}" if places else spec.display

    def today(self) -> date:
        """The newest file date there can be, in the time zone of file dates; a file dated later waits for its day."""
        return datetime.now(ZoneInfo(self.timezone)).date()

    def feed_specs(self) -> tuple[FeedSpec, ...]:
        """Every feed, Heap's own first, each with the settings of its entry."""
        wanted = self.source.heap_connect or any(item.source == "Heap" for item in self.feeds)
        specs = {spec.display: spec for spec in heap_feeds().values()} if wanted else {}
        for table in self.event_tables:
            name = "".join(word.capitalize() for word in table.strip("_").split("_") if word)
            spec = event_feed(name, table)
            specs.setdefault(spec.display, spec)
        for item in self.feeds:
            key = f"{item.source}:{item.feed}"
            specs[key] = merged(item, specs.get(key))
        return tuple(specs.values())

    def feed(self, name: str) -> FeedSpec:
        """The feed of this lake name (`heap/users`)."""
        return next(spec for spec in self.feed_specs() if spec.name == name)
