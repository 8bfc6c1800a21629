"""A guess as an entry of `feeds:` that works when pasted, with remarks on what is not sure. No file is written."""

import json
import re
from collections.abc import Iterator

from heap_assets.feeds.inference.model import ColumnGuess, FeedGuess
from heap_assets.settings.feeds import FileForm, event_feed, heap_feeds

_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n", "none"})
_DELIMITERS = {"csv": ",", "tsv": "\t", "psv": "|"}


def entry_yaml(guess: FeedGuess) -> str:
    """The entry as YAML, `- source: …` first, to stand below `feeds:`; a name that matches nothing is a comment."""
    lines = [f"- source: {guess.source}", f"  feed: {guess.feed}"]
    if guess.table:
        lines += list(_heap_lines(guess))
    else:
        lines += list(_file_lines(guess))
    tags = {column.name: column.tags for column in guess.columns if column.tags}
    built_in = heap_feeds().get(guess.table or "")
    if built_in is not None:
        tags = {name: held for name, held in tags.items() if name not in built_in.tags and guess.stitch}
    if tags:
        lines.append("  semantics:")
        lines += [f"    {scalar(name)}: {_tag_list(held)}" for name, held in tags.items()]
    if guess.stitch and built_in is None:
        lines.append("  stitch: true")
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """A text as YAML: plain where nobody can take it for something else, in double quotes else."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def _heap_lines(guess: FeedGuess) -> Iterator[str]:
    built_in = heap_feeds().get(str(guess.table))
    if built_in is None:
        yield "  delivery: heap_connect"
        yield f"  table: {scalar(str(guess.table))}"
    base = built_in or event_feed(guess.feed, str(guess.table))
    if guess.key.columns != base.primary_key:
        yield f"  primary_key: {_list(guess.key.columns)}{_sure(guess)}"


def _file_lines(guess: FeedGuess) -> Iterator[str]:
    yield "  delivery: files"
    yield f"  pattern: {json.dumps(guess.pattern or _dated(guess), ensure_ascii=False)}"
    yield f"  primary_key: {_list(guess.key.columns)}{_sure(guess)}"
    if guess.last_updated:
        yield f"  last_updated: {scalar(guess.last_updated)}"
    if guess.form is not None and guess.form != FileForm():
        yield f"  file: {{{', '.join(_form(guess.form))}}}"
    fields = [line for column in guess.columns if (line := _field(column, guess))]
    if fields:
        yield "  fields:"
        yield from fields


def _dated(guess: FeedGuess) -> str:
    """A pattern for a file whose name holds no date: the nearest name that does."""
    stem = guess.feed.lower()
    kind = guess.form.format if guess.form else "csv"
    return f"{stem}_{{yyyy}}-{{MM}}-{{dd}}.{kind}"


def _form(form: FileForm) -> Iterator[str]:
    yield f"format: {form.format}"
    if form.delimiter != _DELIMITERS[form.format]:
        yield f"delimiter: {json.dumps(form.delimiter)}"
    if form.quote != '"':
        yield f"quote: {json.dumps(form.quote)}"
    if form.escape != form.quote:
        yield f"escape: {json.dumps(form.escape)}"
    if not form.header:
        yield "header: false"
    if form.encoding != "auto":
        yield f"encoding: {form.encoding}"


def _field(column: ColumnGuess, guess: FeedGuess) -> str | None:
    """The line of a field that needs one: a type other than text, another name, or no header to name it."""
    parts = []
    headless = guess.form is not None and not guess.form.header
    if column.guess.type != "string" or headless:
        parts.append(f"type: {scalar(column.guess.type)}")
    if column.guess.format:
        parts.append(f"format: {json.dumps(column.guess.format)}")
    if column.name != column.delivered.lower():
        parts.append(f"rename: {column.name}")
    if not parts:
        return None
    remarks = [f"{column.guess.share:.1%} fit"] if column.guess.share < 1 else []
    remarks += [f"or {column.guess.also}?"] if column.guess.also else []
    written = column.delivered if column.name != column.delivered.lower() else column.name
    return f"    {scalar(written)}: {{{', '.join(parts)}}}{'  # ' + '; '.join(remarks) if remarks else ''}"


def _sure(guess: FeedGuess) -> str:
    return "" if guess.key.share == 1.0 else f"  # unique in {guess.key.share:.1%} of the sampled rows"


def _list(names: tuple[str, ...]) -> str:
    return f"[{', '.join(scalar(name) for name in names)}]"


def _tag_list(tags: tuple[str, ...]) -> str:
    return tags[0] if len(tags) == 1 else _list(tags)
