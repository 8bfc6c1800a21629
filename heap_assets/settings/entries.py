"""One entry under `feeds:` as a user may write it. How it is laid over a built-in feed is in `merge`."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from heap_assets.settings.feeds import FileForm

DATE_PARTS = ("{yyyy}", "{MM}", "{dd}")
RESERVED_SOURCES = ("domain", "stitch", "customer_360")
_DECIMAL = re.compile(r"decimal\(([1-9]|[12]\d|3[0-8]), ?(\d{1,2})\)")
_PLAIN_TYPES = ("string", "integer", "float", "boolean", "date", "datetime")


def _field_type(written: str) -> str:
    decimal = _DECIMAL.fullmatch(written)
    if written in _PLAIN_TYPES or (decimal and int(decimal.group(2)) <= int(decimal.group(1))):
        return written
    raise ValueError(f"must be one of {', '.join(repr(name) for name in _PLAIN_TYPES)} or decimal(p,s), p up to 38")


FieldType = Annotated[str, AfterValidator(_field_type)]


class Section(BaseModel):
    """A part of the file: nothing but what is listed, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSettings(Section):
    """Type, null rule and new name of one delivered field."""

    type: FieldType | None = None
    format: str | None = None
    required: bool = False
    rename: str | None = None


class FileSettings(Section):
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


class FeedSettings(Section):
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
