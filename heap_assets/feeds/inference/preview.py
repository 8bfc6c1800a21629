"""The first rows of a sample with everything personal hidden: of what may be anybody's only the shape shows.

What is personal is not left to tags alone: text is hidden unless its name says that it is not about anybody, and few
values stand again and again.
"""

import re
from collections.abc import Sequence

import pyarrow as pa

from heap_assets.feeds.inference.model import ColumnGuess, FeedGuess, Sample
from heap_assets.feeds.quarantine import mask

PREVIEW_ROWS = 5
WIDTH = 40
_OPEN_TYPES = ("boolean", "decimal", "float")
_OPEN_TAGS = frozenset({"update-dt", "create-dt"})
_OPEN_NAMES = re.compile(
    r"(.*_)?(status|type|kind|category|currency|country|plan|tier|level|channel|medium|brand|language|locale|unit|size|color"
    r"|device|platform|browser|segment|stage|source|opt_in|active|flag)"
)


def preview_rows(sample: Sample, guess: FeedGuess, rows: int = PREVIEW_ROWS) -> list[list[str]]:
    """The first rows as text, masked; columns in the order of `guess.columns`."""
    head = sample.rows.slice(0, rows)
    shown = [_shown(column, head[column.delivered], guess.rows) for column in guess.columns]
    return [list(row) for row in zip(*shown, strict=True)]


def _shown(column: ColumnGuess, values: pa.ChunkedArray, rows: int) -> list[str]:
    texts = ["" if value is None else " ".join(str(value).split()) for value in values.to_pylist()]
    return [(text if is_open(column, rows) else mask(text))[:WIDTH] for text in texts]


def is_open(column: ColumnGuess, rows: int) -> bool:
    """Whether values may be seen: amounts, times of changes, words for kinds of things that stand again and again."""
    personal: Sequence[str] = [tag for tag in column.tags if tag not in _OPEN_TAGS]
    if personal:
        return False
    if column.guess.type.startswith(_OPEN_TYPES) or _OPEN_TAGS & set(column.tags):
        return True
    return _OPEN_NAMES.fullmatch(column.name) is not None and column.distinct * 5 <= max(column.filled, rows // 2)
