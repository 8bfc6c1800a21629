"""Names of the columns of a delimited file, from its first line or from the feed.

Whether they are the right ones is for the feed to say (T61, T64).
"""

import csv

from heap_assets.errors import UnreadableFile
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets.feeds.decode.model import DecodeLimits, LocalObject


def column_names(source: LocalObject, form: CsvForm, first_line: bytes, limits: DecodeLimits) -> tuple[str, ...]:
    """Return the names as delivered; raise UnreadableFile where one is blank or stands twice, or there are too many.

    Names that differ only by case count as the same: columns are matched without regard to it.
    """
    if isinstance(form.header, tuple) and form.header:
        return form.header
    fields = _fields(source, form, first_line)
    if len(fields) > limits.columns:
        what = f"file has {len(fields)} columns, more than the {limits.columns} that are allowed"
        raise UnreadableFile(what, where=source.key)
    if form.header is not True:
        return tuple(f"column{place}" for place in range(len(fields)))
    seen: set[str] = set()
    for place, name in enumerate(fields):
        if not name.strip():
            raise UnreadableFile(f"column {place + 1} of the header has no name", where=source.key, todo="Name it.")
        if name.lower() in seen:
            raise UnreadableFile(f"the header names column {name} twice", where=source.key, todo="Rename one of them.")
        seen.add(name.lower())
    return tuple(fields)


def _fields(source: LocalObject, form: CsvForm, line: bytes) -> list[str]:
    doubled = form.escape in ("", form.quote)
    try:
        rows = csv.reader(
            [line.decode()],
            delimiter=form.delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            escapechar=None if doubled else form.escape,
            doublequote=doubled,
            strict=True,
        )
        return next(rows)
    except (UnicodeDecodeError, csv.Error) as cause:
        todo = "Check the format, encoding and quotes of the file."
        raise UnreadableFile("the first line is not one of a delimited file", where=source.key, todo=todo) from cause
