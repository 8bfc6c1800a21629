"""The shape of heap_assets.yaml in pydantic models, and how its feeds become FeedSpecs.

Finding and reading the file is in `load`.
"""

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from heap_assets.errors import SettingsError
from heap_assets.settings.entries import FeedSettings, Section
from heap_assets.settings.feeds import FeedSpec, Raw, event_feed, heap_feeds
from heap_assets.settings.merge import merged
from heap_assets.settings.stitch import StitchSettings
from heap_assets.settings.tagged import refused_tags, refused_words, tag_warnings


class EnvironmentValue(Section):
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


class SourceSettings(Section):
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

    @field_validator("bucket")
    @classmethod
    def _names_a_bucket(cls, bucket: str) -> str:
        if bucket.startswith("s3://") and not bucket.removeprefix("s3://").split("/")[0]:
            raise ValueError("must name a bucket, such as s3://heap-rs3-acme, or a folder")
        return bucket

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


class LakeSettings(Section):
    """Where the tables live."""

    uri: str = ".heap_assets/lake"
    keep_releases: Annotated[int, Field(ge=1, le=100_000)] = 14

    @field_validator("uri")
    @classmethod
    def _local_only(cls, uri: str) -> str:
        if "://" in uri:
            raise ValueError("must be a local folder")
        return uri


class QuarantineSettings(Section):
    """What the quarantine keeps of a rejected row: its shape, nothing, or what was delivered."""

    raw: Raw = "masked"


class Settings(Section):
    """The whole of heap_assets.yaml, with paths already made absolute."""

    source: SourceSettings
    lake: LakeSettings = LakeSettings()
    dagster_home: str = ".heap_assets/dagster"
    sensors: Literal["running", "stopped"] = "running"
    start_date: date
    timezone: str = "UTC"
    event_tables: list[Annotated[str, Field(pattern="[A-Za-z0-9]")]] = Field(default_factory=list)
    feeds: list[FeedSettings] = Field(default_factory=list)
    quarantine: QuarantineSettings = QuarantineSettings()
    stitch: StitchSettings = StitchSettings()
    config_file: str | None = Field(default=None, exclude=True)

    @field_validator("start_date", mode="before")
    @classmethod
    def _no_number(cls, day: object) -> object:
        """A number would be taken for seconds since 1970."""
        if isinstance(day, int | float):
            raise ValueError("must be a date, such as 2026-01-31")
        return day

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
            if wrong := refused_tags(spec):
                raise ValueError(f"{self._entry(spec)}.semantics{wrong}")
        return self

    @model_validator(mode="after")
    def _stitch_names_what_feeds_have(self) -> Self:
        if wrong := refused_words(self.stitch, self.feed_specs()):
            raise ValueError(wrong)
        return self

    def warnings(self) -> list[str]:
        """What is allowed, but probably not meant: tags that look like a slip of the pen."""
        return tag_warnings(self.stitch, self.feed_specs())

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
        return tuple(replace(spec, raw=self.quarantine.raw) for spec in specs.values())

    def feed(self, name: str) -> FeedSpec:
        """The feed of this lake name (`heap/users`)."""
        return next(spec for spec in self.feed_specs() if spec.name == name)
