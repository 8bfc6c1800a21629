"""What inference says of a family of files: form, columns, key, tags, each with how sure it is. Types alone.

No value of a cell stands in any of these.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa

from heap_assets.settings.feeds import FileForm

SAMPLE_ROWS = 20_000
OBJECT = "_object"


@dataclass(frozen=True)
class Sample:
    """Rows of a few objects of one family as delivered, and how they are written (None: Avro).

    `rows` ends in a column `_object`, the place of the object in `keys`. `header_share` is how sure it is that the
    first line names the columns, `rejected` counts records that are no rows.
    """

    keys: tuple[str, ...]
    rows: pa.Table
    form: FileForm | None
    rejected: int = 0
    header_share: float = 1.0

    @property
    def names(self) -> list[str]:
        """The delivered columns."""
        return [name for name in self.rows.column_names if name != OBJECT]


@dataclass(frozen=True)
class TypeGuess:
    """A type that fits a share of the values that are there; `format` where dates are not ISO.

    `also` is another format that fits as well.
    """

    type: str = "string"
    share: float = 1.0
    format: str | None = None
    also: str | None = None


@dataclass(frozen=True)
class ColumnGuess:
    """One column: as delivered, as it will be called, its type, nulls and distinct values in the sample, and tags."""

    delivered: str
    name: str
    guess: TypeGuess
    filled: int
    distinct: int
    tags: tuple[str, ...] = ()
    tag_share: float = 1.0


@dataclass(frozen=True)
class KeyGuess:
    """The columns that tell rows apart; `share` of the rows have a whole key that no other row of a file has."""

    columns: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class FeedGuess:
    """All that was inferred of one feed; `notes` are remarks for whoever pastes its entry."""

    source: str
    feed: str
    pattern: str | None
    form: FileForm | None
    header_share: float
    columns: tuple[ColumnGuess, ...]
    key: KeyGuess
    last_updated: str | None
    rows: int
    rejected: int
    stitch: bool
    table: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def delivery(self) -> Literal["heap_connect", "files"]:
        """Whether manifests or names decide."""
        return "heap_connect" if self.table else "files"

    def called(self, source: str, feed: str) -> "FeedGuess":
        """The same under another name."""
        return replace(self, source=source, feed=feed)
