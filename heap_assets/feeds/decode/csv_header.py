"""Names of the columns of a delimited file, from its first line or from the feed.

Whether they are the right ones is for the feed to say (T61, T64).
"""

import csv

from heap_assets.errors import UnreadableFile
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets.feeds.decode.model import DecodeLimits, LocalObject


def column_names(source: LocalObject, form: CsvForm, first_line: bytes, limits: DecodeLimits) -> tuple[str, ...]:
    """Return the names as delivered; raise UnreadableFile where one is blank or stands twice, or there are too many.

    Names that differ only by case count as the same: columns are matched without regard to it. Blanks around a name
    are none of it.
    """
    if isinstance(form.header, tuple) and form.header:
        return form.header
    fields = _fields(source, form, first_line)
    if len(fields) > limits.columns:
        what = f"file has {len(fields)} columns, more than the {limits.columns} that are allowed"
        raise UnreadableFile(what, where=source.key)
    if form.header is not True:
        return tuple(f"column{place}" for place in range(len(fields)))
    fields = [name.strip() for name in fields]
    seen: dict[str, int] = {}
    for place, name in enumerate(fields, 1):
        if not name:
            raise UnreadableFile(f"column {place} of the header has no name", where=source.key, todo="Name it.")
        if name.lower() in seen:
            # the name itself is not told: where the header is missing, it is a value
            what = f"columns {seen[name.lower()]} and {place} of the header have one name"
            raise UnreadableFile(what, where=source.key, todo="Rename one of them, or say that there is no header.")
        seen[name.lower()] = place
    return tuple(fields)


def _fields(source: LocalObject, form: CsvForm, line: bytes) -> list[str]:
    doubled = form.escape in ("", form.quote)
    if b"\0" in line:
        todo = "Has it no byte order mark? Then say encoding: utf-16 for the feed."
        raise UnreadableFile("the header holds NUL bytes, as UTF-16 does", where=source.key, todo=todo)
    try:
        rows = csv.reader(
            [line.decode()],
            delimiter=form.delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            escapechar=None if doubled else form.escape,
            doublequote=doubled,
            skipinitialspace=True,
            strict=True,
        )
        return next(rows)
    except (UnicodeDecodeError, csv.Error) as cause:
        todo = "Check the format, encoding and quotes of the file."
        raise UnreadableFile("the first line is not one of a delimited file", where=source.key, todo=todo) from cause
