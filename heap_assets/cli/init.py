"""`heap-assets init`: look at a bucket nobody has configured yet, and write a heap_assets.yaml that works on it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import indent

import click
import yaml

from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.families import Family, families
from heap_assets.bucket.heap_connect import HeapFound, belongs_to_heap, find_heap
from heap_assets.cli.options import json_option, print_json, say
from heap_assets.cli.places import Place, open_place, place_options
from heap_assets.errors import HeapAssetsError, UsageError
from heap_assets.feeds.inference import FeedGuess, entry_yaml
from heap_assets.feeds.inference.looking import look_at
from heap_assets.settings import parse_settings
from heap_assets.settings.feeds import heap_feeds


@dataclass(frozen=True)
class Found:
    """What a bucket holds: Heap Connect or not, feeds by family, event tables, and what no feed can take."""

    heap: HeapFound | None
    root: str
    feeds: tuple[FeedGuess, ...]
    event_tables: tuple[str, ...]
    first: date
    left_out: tuple[str, ...]


@click.command()
@click.argument("uri")
@place_options
@click.option(
    "--config", type=click.Path(dir_okay=False), default="heap_assets.yaml", show_default=True, help="Written."
)
@json_option
def init(uri: str, region: str | None, endpoint_url: str | None, config: str, as_json: bool) -> int:
    """Write a heap_assets.yaml for the bucket (s3://…) or folder at URI: Heap Connect, dated files, start date."""
    path = Path(config)
    if path.exists():
        raise UsageError("there is a configuration already", where=str(path), todo="Name another file with --config.")
    place = open_place(uri, None, region, endpoint_url)
    if place.is_file:
        raise UsageError("a bucket or a folder is needed", where=uri, todo="`heap-assets inspect` looks at one file.")
    found = look(place)
    text = "".join(f"{line}\n" for line in _lines(place, found, path.resolve().parent, uri))
    parse_settings(yaml.safe_load(text), path.resolve().parent, str(path))
    path.write_text(text, encoding="utf-8")
    feeds = [f"{guess.source}:{guess.feed}" for guess in found.feeds]
    if as_json:
        print_json(
            {"config": str(path), "heap_connect": found.heap is not None, "start_date": found.first, "feeds": feeds}
        )
    say(f"wrote {path}: Heap Connect {f'with {found.heap.dumps} dumps' if found.heap else 'not found'};"
        f" feeds of dated files: {', '.join(feeds) or 'none'}; from {found.first}")  # fmt: skip
    for line in (*found.left_out, *(f"{g.source}:{g.feed}: {note}" for g in found.feeds for note in g.notes)):
        say(f"note: {line}")
    option = "" if config == "heap_assets.yaml" else f" --config {config}"
    say(f"next: heap-assets browse{option} (what each object is), then heap-assets run{option}")
    return 0


def look(place: Place) -> Found:
    """Everything that settings can take of a bucket. Raises UsageError where that is nothing."""
    prefix = place.below
    heap = find_heap(place.bucket, place.listing, prefix)
    root = heap.root if heap else prefix
    inner = {key.removeprefix(root): meta for key, meta in place.listing.items() if key.startswith(root)}
    dated, _ = families(key for key in inner if heap is None or not belongs_to_heap(key))
    guesses: list[FeedGuess] = []
    left_out = [] if root == prefix else [f"only what lies below {root} is taken, where the manifests are"]
    for family in dated:
        try:
            metas = [inner[key] for _, key in reversed(family.files)]
            guesses.append(_unlike(guesses, look_at(place.bucket, metas, family.pattern)[1]))
        except HeapAssetsError as error:
            left_out.append(f"{family.pattern}: {error}")
    first = _first(heap, [family for family in dated if any(g.pattern == family.pattern for g in guesses)])
    if first is None:
        todo = "Heap Connect has manifests/sync_N.json; other files need the year, month and day in their names."
        raise UsageError("there is nothing that a feed could take", where=place.bucket.name, todo=todo)
    events, others = _event_tables(place, heap)
    return Found(heap, root, tuple(guesses), events, first, (*left_out, *others))


def _first(heap: HeapFound | None, dated: Sequence[Family]) -> date | None:
    days = [family.first for family in dated] + ([heap.first] if heap else [])
    return min(days, default=None)


def _unlike(held: Sequence[FeedGuess], guess: FeedGuess) -> FeedGuess:
    """The guess under a name that no other one has."""
    names, feed, number = {(other.source, other.feed) for other in held}, guess.feed, 2
    while (guess.source, feed) in names:
        feed, number = f"{guess.feed}{number}", number + 1
    return guess.called(guess.source, feed)


def _event_tables(place: Place, heap: HeapFound | None) -> tuple[tuple[str, ...], list[str]]:
    """Tables beside Heap's own four that are keyed as events are, and remarks on the others."""
    taken, remarks = dict[str, str](), []
    for table, keys in sorted(heap.tables.items()) if heap else ():
        if table in heap_feeds():
            continue
        feed = "".join(word.capitalize() for word in table.strip("_").split("_") if word)
        if feed in taken.values() or not _is_event_table(place, place.listing, keys, table):
            remarks.append(f"the table {table} is left out: it is no event table, or would share a name with another")
            continue
        taken[table] = feed
    return tuple(taken), remarks


def _is_event_table(place: Place, listing: Mapping[str, ObjectMeta], keys: Sequence[str], table: str) -> bool:
    try:
        _, guess = look_at(place.bucket, [listing[keys[0]]], None, table)
    except HeapAssetsError:
        return False
    return {"user_id", "event_id"} <= {column.name for column in guess.columns}


def _lines(place: Place, found: Found, folder: Path, uri: str) -> Iterator[str]:
    yield f"# Written by heap-assets init {uri}; docs/settings.md lists every setting"
    yield "source:"
    yield f"  bucket: {json.dumps(_bucket(place, folder), ensure_ascii=False)}"
    if found.root:
        yield f"  prefix: {json.dumps(found.root, ensure_ascii=False)}"
    for name in ("region", "endpoint_url"):
        if value := getattr(place.source, name):
            yield f"  {name}: {json.dumps(value)}"
    if found.heap is None:
        yield "  heap_connect: false"
    elif found.heap.manifest_bucket != place.bucket.name:
        yield f"  manifest_bucket: {json.dumps(found.heap.manifest_bucket)}"
    yield f"start_date: {found.first.isoformat()}"
    if found.event_tables:
        yield f"event_tables: {json.dumps(list(found.event_tables), ensure_ascii=False)}"
    if found.feeds:
        yield "feeds:"
        for guess in found.feeds:
            yield indent(entry_yaml(guess), "  ").rstrip("\n")


def _bucket(place: Place, folder: Path) -> str:
    """The bucket as the file names it: a folder below the file's own relative to it, so that both can move."""
    if place.source.is_s3:
        return place.source.bucket
    path = Path(place.source.bucket)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) and path != folder else str(path)
