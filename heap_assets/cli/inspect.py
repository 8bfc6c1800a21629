"""`heap-assets inspect`: what a file, dated files or a Heap bucket hold, and the entry of `feeds:` for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from textwrap import indent
from typing import Any

import click

from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.families import families, pattern_of
from heap_assets.bucket.heap_connect import belongs_to_heap, find_heap, table_of
from heap_assets.cli.options import config_option, json_option, print_json, print_table, say
from heap_assets.cli.places import Place, configured_source, open_place, place_options
from heap_assets.errors import HeapAssetsError, UsageError
from heap_assets.feeds.inference import FeedGuess, Sample, entry_yaml, preview_rows
from heap_assets.feeds.inference.looking import look_at

UNDATED = 3
_MARKERS = (".md", ".txt", ".json", ".yaml", ".yml", ".md5", ".sha256", ".tmp", "_SUCCESS")


@dataclass(frozen=True)
class Subject:
    """Objects that are one feed: newest first, with the pattern of their names or the Heap table that they are of."""

    metas: tuple[ObjectMeta, ...]
    pattern: str | None = None
    table: str | None = None

    @property
    def name(self) -> str:
        """What it is called on the terminal."""
        return self.table or self.pattern or self.metas[0].key


@click.command()
@click.argument("uri")
@place_options
@config_option
@json_option
def inspect(uri: str, region: str | None, endpoint_url: str | None, config: str | None, as_json: bool) -> int:
    """Infer format, types, key and tags of what lies at URI (a path or s3://…), and print an entry to paste."""
    place = open_place(uri, configured_source(config), region, endpoint_url)
    results, errors = [], []
    for subject in subjects(place):
        try:
            results.append((subject, *look_at(place.bucket, subject.metas, subject.pattern, subject.table)))
        except HeapAssetsError as cause:
            errors.append(cause)
    if not results:
        raise errors[0] if errors else UsageError("nothing there can be inspected", where=uri, todo="Name a data file.")
    for error in errors:
        say(str(error))
    if as_json:
        print_json([_as_json(*result) for result in results])
        return 0
    for result in results:
        _print(*result)
    click.echo("feeds:")
    for _, _, guess in results:
        click.echo(indent(entry_yaml(guess), "  "), nl=False)
    return 0


def subjects(place: Place) -> Iterator[Subject]:
    """What is to be inspected: one file, one table of a dump, or every table and family below a folder."""
    listing, root = place.listing, place.root
    if place.is_file:
        meta = next(iter(listing.values()))
        table = table_of(meta.key) if belongs_to_heap(meta.key, root) else None
        yield Subject((meta,), None if table else pattern_of(meta.key.removeprefix(root)), table)
        return
    heap = find_heap(place.bucket, listing)
    if heap is not None:
        root = heap.root
        for table, keys in sorted(heap.tables.items()):
            yield Subject(tuple(listing[key] for key in keys), None, table)
    else:
        yield from _parts(listing.values())
    dated, undated = families(key.removeprefix(root) for key in listing if not table_of(key) and key.startswith(root))
    for family in dated:
        yield Subject(tuple(listing[root + key] for _, key in reversed(family.files)), family.pattern)
    if not dated and heap is None:
        data = [key for key in undated if not key.endswith(_MARKERS) and not PurePosixPath(key).name.startswith(".")]
        yield from (Subject((listing[root + key],)) for key in data[:UNDATED])


def _parts(metas: Sequence[ObjectMeta] | Any) -> Iterator[Subject]:
    """Tables of a dump, where a folder inside one was named and no manifest is near."""
    tables: dict[str, list[ObjectMeta]] = {}
    for meta in metas:
        if (table := table_of(meta.key)) is not None:
            tables.setdefault(table, []).append(meta)
    yield from (Subject(tuple(parts), None, table) for table, parts in sorted(tables.items()))


def _print(subject: Subject, sample: Sample, guess: FeedGuess) -> None:
    form = guess.form
    click.echo(
        f"{guess.source}:{guess.feed}  {subject.name}  ({len(sample.keys)} of {len(subject.metas)} files sampled)"
    )
    if form is None:
        click.echo(f"avro, {guess.rows:,} rows sampled")
    else:
        header = f"{'header' if form.header else 'no header'} ({guess.header_share:.0%} sure)"
        signs = f"delimiter {_sign(form.delimiter)}, quote {_sign(form.quote)}, escape {_sign(form.escape)}"
        click.echo(f"{form.format}, {signs}, {header}, {guess.rows:,} rows sampled, {guess.rejected:,} are no rows")
    click.echo(f"primary key: {', '.join(guess.key.columns)} (alone in {guess.key.share:.1%} of the rows)")
    click.echo(f"last updated: {guess.last_updated or 'no field says so'}\n")
    print_table(
        ("column", "type", "fits", "filled", "distinct", "tags"),
        [_row(guess, place) for place in range(len(guess.columns))],
    )
    click.echo()
    print_table([column.name for column in guess.columns], preview_rows(sample, guess))
    click.echo()
    for note in guess.notes:
        say(f"note: {guess.source}:{guess.feed}: {note}")


def _row(guess: FeedGuess, place: int) -> tuple[object, ...]:
    column = guess.columns[place]
    kind = column.guess.type + (f" {column.guess.format}" if column.guess.format else "")
    tags = ", ".join(column.tags) + (f" ({column.tag_share:.0%})" if column.tags and column.tag_share < 1 else "")
    return column.delivered, kind, f"{column.guess.share:.1%}", column.filled, column.distinct, tags


def _sign(character: str) -> str:
    return {"\t": "tab", "\x01": "none"}.get(character, character if character.isprintable() else repr(character))


def _as_json(subject: Subject, sample: Sample, guess: FeedGuess) -> dict[str, Any]:
    columns = [
        {
            "delivered": column.delivered,
            "name": column.name,
            "type": column.guess.type,
            "format": column.guess.format,
            "share": column.guess.share,
            "filled": column.filled,
            "distinct": column.distinct,
            "tags": list(column.tags),
            "tag_share": column.tag_share,
        }
        for column in guess.columns
    ]
    return {
        "source": guess.source,
        "feed": guess.feed,
        "pattern": guess.pattern,
        "table": guess.table,
        "files": len(subject.metas),
        "sampled": list(sample.keys),
        "rows": guess.rows,
        "rejected": guess.rejected,
        "format": guess.form.format if guess.form else "avro",
        "file": vars(guess.form) if guess.form else None,
        "header_share": guess.header_share,
        "columns": columns,
        "primary_key": {"columns": list(guess.key.columns), "share": guess.key.share},
        "last_updated": guess.last_updated,
        "stitch": guess.stitch,
        "notes": list(guess.notes),
        "preview": preview_rows(sample, guess),
        "entry": entry_yaml(guess),
    }
