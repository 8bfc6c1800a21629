"""One entry under `feeds:` as a user may write it. How it is laid over a built-in feed is in `merge`."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ByteSize, ConfigDict, Field, field_validator, model_validator

from heap_assets.settings.date_formats import date_format
from heap_assets.settings.feeds import RESERVED_COLUMNS, FileForm

MINUTES_OF_A_YEAR = 525_600
DATE_PARTS = ("{yyyy}", "{MM}", "{dd}")
RESERVED_SOURCES = ("domain", "stitch", "customer_360")
_DECIMAL = re.compile(r"decimal\(([1-9]|[12]\d|3[0-8]), ?(\d{1,2})\)")
_PLAIN_TYPES = ("string", "integer", "float", "boolean", "date", "datetime")


def _field_type(written: str) -> str:
    decimal = _DECIMAL.fullmatch(written)
    if written in _PLAIN_TYPES or (decimal and int(decimal.group(2)) <= int(decimal.group(1))):
        return written
    raise ValueError(f"must be one of {', '.join(repr(name) for name in _PLAIN_TYPES)} or decimal(p,s), p up to 38")


Name = Annotated[str, Field(min_length=1)]
FieldType = Annotated[str, AfterValidator(_field_type)]


class Section(BaseModel):
    """A part of the file: nothing but what is listed, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSettings(Section):
    """Type, null rule and new name of one delivered field."""

    type: FieldType | None = None
    format: str | None = None
    required: bool = False
    rename: Name | None = None

    @field_validator("format")
    @classmethod
    def _understood(cls, form: str | None) -> str | None:
        if form is not None:
            date_format(form)
        return form

    @model_validator(mode="after")
    def _format_of_a_time(self) -> Self:
        if self.format is not None and self.type not in ("date", "datetime"):
            raise ValueError("format goes with the type date or datetime")
        return self


class FileSettings(Section):
    """How the files of a feed are written."""

    format: Literal["csv", "tsv", "psv"] = "csv"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    escape: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header: bool = True
    encoding: Literal["auto", "utf-8", "utf-16"] = "auto"
    compression: Literal["auto", "none", "gzip", "zstd"] = "auto"

    @field_validator("delimiter", "quote", "escape")
    @classmethod
    def _one_byte(cls, sign: str | None) -> str | None:
        """Quotes and line ends are counted byte by byte."""
        if sign and (not sign.isascii() or sign in "\r\n\0"):
            raise ValueError("must be one ASCII character other than a line end")
        return sign

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        form = self.form()
        if form.delimiter in (form.quote, form.escape):
            raise ValueError("delimiter must differ from quote and escape")
        return self

    def form(self) -> FileForm:
        """The settings with what the format implies filled in."""
        delimiter = self.delimiter or {"csv": ",", "tsv": "\t", "psv": "|"}[self.format]
        return FileForm(
            self.format, delimiter, self.quote, self.escape or self.quote, self.header, self.encoding, self.compression
        )


class LimitSettings(Section):
    """How much one object may ask for before it is refused; what is left out keeps the decoder's own limit.

    Sizes are bytes, or such as 200MiB and 1GB. `expansion` is bytes unpacked a byte packed.
    """

    block_bytes: Annotated[ByteSize, Field(ge=1)] | None = None
    expansion: Annotated[int, Field(ge=1)] | None = None
    columns: Annotated[int, Field(ge=1)] | None = None
    cell_bytes: Annotated[ByteSize, Field(ge=1)] | None = None


class FeedSettings(Section):
    """One entry under `feeds:`; what it leaves out keeps its default."""

    source: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    feed: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    delivery: Literal["heap_connect", "files"] | None = None
    table: str | None = None
    pattern: str | None = None
    load: Literal["upsert", "truncate_and_upsert"] | None = None
    primary_key: list[Name] | None = Field(default=None, min_length=1)
    last_updated: Name | None = None
    tie_break: list[Name] | None = None
    required: bool | None = None
    settle: Annotated[float, Field(ge=0, le=MINUTES_OF_A_YEAR)] | None = None
    error_threshold: Annotated[float, Field(ge=0, le=100)] | None = None
    on_failed_delivery: Literal["fail", "skip"] | None = None
    limits: LimitSettings | None = None
    file: FileSettings | None = None
    fields: dict[Name, FieldSettings] = {}
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
    def _columns_are_told_apart(self) -> Self:
        """Two fields in one column would lose one of them, whatever the case of their names."""
        seen: dict[str, str] = {}
        for delivered, item in self.fields.items():
            column = item.rename or delivered
            if item.rename and column.lower() in RESERVED_COLUMNS:
                raise ValueError(f"fields.{delivered}.rename: {column} is a column of our own")
            if column.lower() in seen:
                raise ValueError(f"fields.{delivered} and fields.{seen[column.lower()]} are both the column {column}")
            seen[column.lower()] = delivered
        for told, names in (("primary_key", self.primary_key or []), ("last_updated", [self.last_updated or ""])):
            own = [name for name in names if name.lower() in RESERVED_COLUMNS]
            if own:
                raise ValueError(f"{told}: {own[0]} is a column of our own, that no file delivers")
        if self.file is not None and not self.file.header:
            missing = [
                name for name in [*(self.primary_key or []), self.last_updated] if name and name.lower() not in seen
            ]
            if missing or not self.fields:
                raise ValueError(
                    f"file.header is false, so every field must be declared in order: {', '.join(missing)}"
                )
        return self

    @model_validator(mode="after")
    def _order_is_whole(self) -> Self:
        """Rows are ordered by whole numbers and microseconds: 1.4 and 1.3 would be equal."""
        types = {(item.rename or name).lower(): item.type or "string" for name, item in self.fields.items()}
        kind = types.get((self.last_updated or "").lower(), "string")
        if kind.startswith(("float", "decimal", "boolean")):
            raise ValueError(f"last_updated: needs a field of type integer, datetime, date or string, not {kind}")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        """A field, or a column of the key, that stands twice would lose one of the two."""
        delivered = [name.lower() for name in self.fields]
        for told, names in (("fields", delivered), ("primary_key", self.primary_key or [])):
            twice = next(
                (name for place, name in enumerate(names) if name.lower() in map(str.lower, names[:place])), ""
            )
            if twice:
                raise ValueError(f"{told}: {twice} stands there twice (capitals and small letters do not differ)")
        return self
