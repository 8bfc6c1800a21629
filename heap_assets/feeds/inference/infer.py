"""A sample to a FeedGuess: each column's type and meaning, the key, what is newest, whether people stand in it.

How files are read is in `sample`, how the result is written in `entry`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from heap_assets.engine import Engine
from heap_assets.feeds.inference.columns import type_of
from heap_assets.feeds.inference.keys import suggest_key, suggest_last_updated
from heap_assets.feeds.inference.meanings import PERSONAL, customer_key, meaning_of, simple_name
from heap_assets.feeds.inference.model import ColumnGuess, FeedGuess, KeyGuess, Sample
from heap_assets.settings import snake_case
from heap_assets.settings.entries import RESERVED_SOURCES
from heap_assets.settings.feeds import heap_feeds

_MULTIPLE = frozenset({"email", "phone"})  # tags that several fields may have; the others stand once (5.2)
_SYSTEM = frozenset(
    {"_pk", "_file_date", "_delivery", "_object", "_object_version", "_object_index", "_row", "_updated"}
)
HEAP_KEYS = (("user_id", "event_id"), ("user_id", "session_id"), ("from_user_id",), ("user_id",))


def infer(sample: Sample, pattern: str | None, engine: Engine, table: str | None = None) -> FeedGuess:
    """What the settings of a feed with these files should say; `table` where they are of a Heap dump."""
    source, feed = ("Heap", _camel(table)) if table else names_of(pattern or sample.keys[0])
    columns = _columns(sample, engine)
    key = _heap_key(table, columns, sample) or suggest_key(sample, columns, snake_case(feed))
    last_updated = suggest_last_updated(columns)
    columns = [_with_key_tags(column, key) for column in _once_each(columns)]
    columns = [_as_moment(column) if column.name == last_updated else column for column in columns]
    built_in = heap_feeds().get(table or "")
    guess = FeedGuess(
        source,
        built_in.feed if built_in else feed,
        pattern,
        sample.form,
        sample.header_share,
        tuple(columns),
        key,
        last_updated,
        sample.rows.num_rows,
        sample.rejected,
        stitch=_of_people(columns) and table in (None, "users"),
        table=table,
    )
    return replace(guess, notes=tuple(_notes(guess)))


def names_of(path: str) -> tuple[str, str]:
    """Source and feed from where files lie: `crm/customers_{yyyy}-….csv` is CRM and Customers."""
    bare = re.sub(r"\{[^}]*\}|\*|\b\w+=", " ", path)
    folders = [word for part in PurePosixPath(bare).parent.parts if (word := _camel(part))]
    name = PurePosixPath(bare).name
    while PurePosixPath(name).suffix and not PurePosixPath(name).suffix.endswith(" "):
        name = PurePosixPath(name).stem
    feed = _camel(re.sub(r"\d+", " ", name)) or (folders.pop() if folders else "Rows")
    folder = next((part for part in reversed(PurePosixPath(bare).parent.parts) if _camel(part)), "files")
    source = folder.upper() if len(folder) <= 3 and folder.isalpha() and folder.isascii() else _camel(folder)
    return (f"{source}Files" if snake_case(source) in (*RESERVED_SOURCES, "heap") else source), feed


def _camel(text: str | None) -> str:
    words = [word for word in simple_name(text or "").split("_") if word]
    made = "".join(word[0].upper() + word[1:] for word in words)
    return made if made[:1].isalpha() else (f"F{made}" if made and not made.isdigit() else "")


def _columns(sample: Sample, engine: Engine) -> list[ColumnGuess]:
    taken: set[str] = set()
    return [_column(sample.rows[name], name, taken, engine) for name in sample.names]


def _column(values: pa.ChunkedArray, delivered: str, taken: set[str], engine: Engine) -> ColumnGuess:
    name, simple = _column_name(delivered, taken), simple_name(delivered)
    guess = type_of(simple, values, engine)
    tag, share = meaning_of(simple, guess, values)
    if tag in ("phone", "postal") and guess.type == "integer" and pa.types.is_string(values.type):
        guess = replace(guess, type="string")
    tags = [tag] if tag and not (tag in ("phone", "postal") and guess.type != "string") else []
    key = customer_key(simple)
    if key or tag == "loyalty-id":
        tags.append(key or "fk-loyalty-id")
    filled = len(values) - values.null_count
    return ColumnGuess(delivered, name, guess, filled, pc.count_distinct(values).as_py(), tuple(tags), share)


def _column_name(delivered: str, taken: set[str]) -> str:
    """The name that a field has in the lake, renamed where it is not letters, digits and underscores."""
    name = delivered.lower()
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or name in _SYSTEM:
        name = simple_name(delivered) or "field"
        name = name if name[0].isalpha() else f"field_{name}"
    made, number = name, 2
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    taken.add(made)
    return made


def _once_each(columns: Sequence[ColumnGuess]) -> list[ColumnGuess]:
    """Tags that stand once in a feed stay with the first column that has them."""
    seen: set[str] = set()
    kept = []
    for column in columns:
        tags = tuple(tag for tag in column.tags if tag in _MULTIPLE or tag not in seen)
        seen |= set(tags)
        kept.append(replace(column, tags=tags))
    split = {"given-name", "surname"} <= seen
    return [replace(c, tags=tuple(tag for tag in c.tags if not (split and tag == "full-name"))) for c in kept]


def _with_key_tags(column: ColumnGuess, key: KeyGuess) -> ColumnGuess:
    own = key.columns == (column.name,) and any(tag.startswith("fk-") for tag in column.tags)
    return replace(column, tags=("ck", *column.tags)) if own else column


def _as_moment(column: ColumnGuess) -> ColumnGuess:
    """A last-updated field is a datetime: a day is too coarse a type for it (amperity_behaviour.md 2.4)."""
    return replace(column, guess=replace(column.guess, type="datetime"))


def _heap_key(table: str | None, columns: Sequence[ColumnGuess], sample: Sample) -> KeyGuess | None:
    if table is None:
        return None
    built_in, names = heap_feeds().get(table), {column.name for column in columns}
    wanted = [built_in.primary_key] if built_in else [key for key in HEAP_KEYS if set(key) <= names]
    return KeyGuess(wanted[0], 1.0) if wanted and set(wanted[0]) <= names and sample.rows.num_rows >= 0 else None


def _of_people(columns: Sequence[ColumnGuess]) -> bool:
    """Whether three good elements of a person stand in the table (amperity_behaviour.md 5.2), or a sure one."""
    tags = {tag for column in columns for tag in column.tags if column.filled}
    sure = "email" in tags and any(tag.startswith("fk-") or tag in ("surname", "full-name", "phone") for tag in tags)
    return sure or len(tags & set(PERSONAL)) >= 3


def _notes(guess: FeedGuess) -> list[str]:
    notes = []
    if guess.key.share < 1.0:
        notes.append(
            f"{', '.join(guess.key.columns)} is whole and alone in {guess.key.share:.1%} of the rows: of rows with"
            " one key the newest wins, one with a null in its key goes to quarantine"
        )
    for column in guess.columns:
        if column.guess.also:
            notes.append(
                f"{column.delivered}: {column.guess.also} fits as well as {column.guess.format}; which is right?"
            )
        if column.guess.share < 1.0:
            lost = 1 - column.guess.share
            notes.append(f"{column.delivered}: {lost:.1%} are no {column.guess.type}; such rows go to quarantine")
    if guess.rejected:
        notes.append(f"{guess.rejected:,} records of the sample are no rows; they go to quarantine")
    if guess.header_share < 0.8:
        notes.append(f"whether the first line names the columns is {guess.header_share:.0%} sure; see file.header")
    if guess.last_updated is None and guess.table is None:
        notes.append("no column says when a row was changed last: of rows with one key the one of the later file wins")
    if guess.pattern is None and guess.table is None:
        notes.append("its name holds no date; a feed takes files with the year, month and day in their names")
    return notes
