"""The Avro object container file: its header, and the walk over its blocks that finds cuts (T25, T26).

The walk trusts nothing: every length is checked against the file before it is used. What stands inside a block is not
looked at here.
"""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from heap_assets.errors import DamagedObject, UnreadableFile
from heap_assets.feeds.decode.avro_types import AvroType, SchemaRefused, parse_schema
from heap_assets.feeds.decode.model import LocalObject, check_size

MAGIC = b"Obj\x01"
SYNC_BYTES = 16
CODECS = frozenset({"null", "snappy", "deflate"})
AGAIN = "Deliver it again."


@dataclass(frozen=True)
class AvroPart:
    """An object whose header has been read: its rows' type, how its blocks are packed, where the first one starts."""

    source: LocalObject
    record: AvroType
    codec: str
    sync: bytes
    first_block: int


@dataclass(frozen=True)
class Block:
    """Rows that one block says it holds, and where its bytes lie in the file.

    `framed` counts the bytes with framing.
    """

    rows: int
    start: int
    size: int
    framed: int


SchemaParser = Callable[[str, int], AvroType]


@cache
def schema_parser() -> SchemaParser:
    """Return parse_schema with a memory: thousands of parts and deliveries mostly carry one and the same text."""
    return lru_cache(maxsize=64)(parse_schema)


def read_header(source: LocalObject, most_columns: int, parse: SchemaParser) -> AvroPart:
    """Read one object's header.

    Raises DamagedObject where size or bytes contradict themselves, UnreadableFile where it is not an Avro file of
    records, its codec is none of null, snappy and deflate, or it has more than `most_columns` columns.
    """
    if check_size(source) == 0:
        raise UnreadableFile("object is empty where an Avro file was expected", where=source.key, todo=AGAIN)
    with mapped(source) as raw:
        if raw[:4] != MAGIC:
            raise UnreadableFile("object is not an Avro file", where=source.key, todo="Check the format of the feed.")
        entries, place = _read_metadata(raw, source)
        sync = raw[place : place + SYNC_BYTES]
        if len(sync) != SYNC_BYTES:
            raise _damaged(source, "Avro header is cut short")
    try:
        codec, text = entries.get("avro.codec", b"null").decode(), entries["avro.schema"].decode()
        record = parse(text, most_columns)
    except (KeyError, UnicodeDecodeError) as cause:
        raise _damaged(source, "Avro header lacks a readable schema") from cause
    except SchemaRefused as cause:
        raise UnreadableFile(f"Avro file cannot be read: {cause}", where=source.key) from cause
    if codec not in CODECS:
        raise UnreadableFile(
            f"Avro file is packed with the codec {ascii(codec)[:40]}",
            where=source.key,
            todo=f"Have it written with {', '.join(sorted(CODECS))}.",
        )
    return AvroPart(source, record, codec, sync, place + SYNC_BYTES)


def mapped(source: LocalObject) -> mmap.mmap:
    """Map an object's file, which holds at least one byte, for reading."""
    with source.path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def walk_blocks(part: AvroPart, raw: mmap.mmap) -> Iterator[Block]:
    """Yield every block in order; raise DamagedObject unless counts, sizes and sync marks lead exactly to the end."""
    place, end = part.first_block, len(raw)
    while place < end:
        begin = place
        rows, place = read_long(raw, place, part.source)
        size, place = read_long(raw, place, part.source)
        if rows < 0 or size < 0 or place + size + SYNC_BYTES > end:
            raise _damaged(part.source, f"Avro block at byte {begin} runs past the end of the file")
        if raw[place + size : place + size + SYNC_BYTES] != part.sync:
            raise _damaged(part.source, f"Avro block at byte {begin} does not end with the file's sync mark")
        yield Block(rows, place, size, place + size + SYNC_BYTES - begin)
        place += size + SYNC_BYTES


def read_long(raw: mmap.mmap | bytes, place: int, source: LocalObject) -> tuple[int, int]:
    """Return the zigzag number at `place` and the place after it; raise DamagedObject if it is cut or over 64 bits."""
    number = shift = 0
    for byte in raw[place : place + 10]:
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >> 64:
                break
            return (number >> 1) ^ -(number & 1), place
        shift += 7
    raise _damaged(source, f"Avro number before byte {place} is cut short or too large")


def _read_metadata(raw: mmap.mmap, source: LocalObject) -> tuple[dict[str, bytes], int]:
    """Return the header's map and the place after it; a negative count is followed by the size of its block."""
    entries: dict[str, bytes] = {}
    count, place = read_long(raw, len(MAGIC), source)
    while count:
        if count < 0:
            _, place = read_long(raw, place, source)
        for _ in range(abs(count)):
            name, place = _read_bytes(raw, place, source)
            value, place = _read_bytes(raw, place, source)
            entries[name.decode("utf-8", "replace")] = value
        count, place = read_long(raw, place, source)
    return entries, place


def _read_bytes(raw: mmap.mmap, place: int, source: LocalObject) -> tuple[bytes, int]:
    size, place = read_long(raw, place, source)
    if size < 0 or place + size > len(raw):
        raise _damaged(source, "Avro header is cut short")
    return raw[place : place + size], place + size


def _damaged(source: LocalObject, what: str) -> DamagedObject:
    return DamagedObject(what, where=source.key, todo=AGAIN)
