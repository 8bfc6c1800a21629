"""Heap Connect manifests: their names, and what one says.

A manifest is the only sign that a dump is complete (heap_delivery.md 1.3).

Whether its tables are wanted is decided in `discovery`; who else claims its dump, in `claims`.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from heap_assets.errors import ForeignObject, ManifestInvalid

LARGEST = 64 << 20  # bytes; of 10,000 parts a manifest takes 1.5 MB
GREATEST_DUMP = 2**63 - 1
_FOLDER = "manifests/"
_NAME = re.compile(r"manifests/sync_([0-9]{1,19})\.json")
_HALVES = re.compile("[\ud800-\udfff]")
_SCHEMES = ("s3", "s3a", "s3n")  # as Hadoop's file systems write them too


@dataclass(frozen=True)
class ManifestTable:
    """One table of a dump; `keys` are object keys in the manifest's order, `columns` what it says of their columns.

    `foreign` is the reason why the table cannot be read from this bucket, `fault` what is wrong with its entry.
    """

    name: str
    full: bool
    keys: tuple[str, ...]
    columns: tuple[str, ...] = ()
    foreign: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One dump: its number and its tables."""

    dump_id: int
    tables: tuple[ManifestTable, ...]


def dump_of(key: str, root: str) -> int | None:
    """The dump that a key is the manifest of, by its name.

    None for every other object (temporary files, folder markers, numbers beyond 64 bits).
    """
    found = _NAME.fullmatch(key.removeprefix(root)) if key.startswith(root) else None
    number = int(found.group(1)) if found else GREATEST_DUMP + 1
    return number if number <= GREATEST_DUMP else None


def is_misnamed(key: str, root: str) -> bool:
    """Whether an object lies where manifests lie and is none by its name."""
    return key.startswith(root + _FOLDER) and dump_of(key, root) is None


def read_manifest(content: bytes, key: str, bucket: str, root: str, wanted: Collection[str] = ()) -> Manifest:
    """What a manifest says, in which the tables that are wanted are sound (see `parse_manifest` and `sound`)."""
    return sound(parse_manifest(content, key, bucket, root), key, root, wanted)


def parse_manifest(content: bytes, key: str, bucket: str, root: str) -> Manifest:
    """What a manifest says, whatever its name and its single tables.

    `bucket` and `root` are the only place that its URIs may lie in; a table that names another is marked foreign, with
    the reason. Raises ManifestInvalid with the place of the first fault; nothing is guessed (T12, T19).
    """
    document = _parsed(content, key)
    if not isinstance(document, dict):
        raise _invalid(key, "it does not hold an object")
    dump_id = _dump_id(document.get("dump_id"), key)
    tables = document.get("tables")
    if not isinstance(tables, list):
        raise _invalid(key, "`tables` is not a list")
    read = tuple(_table(item, key, bucket, root) for item in tables)
    names = [table.name for table in read]
    if len(set(names)) != len(names):
        raise _invalid(key, "a table is listed twice")
    return Manifest(dump_id, read)


def sound(manifest: Manifest, key: str, root: str, wanted: Collection[str]) -> Manifest:
    """The manifest, where its name is that of its dump and the tables that are wanted are faultless; ManifestInvalid.

    A fault of a table that no feed takes is no fault: such tables are never fatal (heap_delivery.md 1.4).
    """
    if manifest.dump_id != dump_of(key, root):
        raise _invalid(key, f"its dump_id {manifest.dump_id} is not the number in its name")
    owners: dict[str, str] = {}
    for table in manifest.tables:
        if table.name not in wanted:
            continue
        if table.fault is not None:
            raise _invalid(key, table.fault)
        for part in table.keys:
            if owners.setdefault(part, table.name) != table.name:
                raise _invalid(key, f"tables {owners[part]} and {table.name} list the same file")
    return manifest


def object_key(uri: str, bucket: str, root: str) -> str:
    """The key of a manifest's URI; ForeignObject unless it lies in this bucket and below this prefix, exactly (T20).

    What follows the bucket's name is the key as it stands, as for S3 itself: `%20`, `?` and `#` mean nothing in it.
    """
    scheme, found, rest = uri.partition("://")
    place, _, key = rest.partition("/")
    allowed = found and scheme.lower() in _SCHEMES and place == bucket and key.startswith(root)
    if not allowed or any(part in ("", ".", "..") for part in key.split("/")):
        raise ForeignObject(
            "the manifest names an object outside the bucket and prefix",
            where=uri[:1100],
            todo=f"Allowed: s3://{bucket}/{root}; source.manifest_bucket names the original of a copy.",
        )
    return key


def _parsed(content: bytes, key: str) -> Any:
    fault = too_large(key, len(content))
    if fault is not None:
        raise fault
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number)
    except _NamedTwice:
        raise _invalid(key, "an object in it holds a name twice") from None
    except (ValueError, RecursionError):
        raise _invalid(key, "it is not JSON in UTF-8") from None


class _NamedTwice(ValueError):
    """A name that stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON disagree on which of two equal names counts; so neither does."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NamedTwice
    return made


def _no_number(written: str) -> None:
    raise ValueError(written)


def _dump_id(value: Any, key: str) -> int:
    number = isinstance(value, int) and not isinstance(value, bool)
    written = str(value) if number else value if isinstance(value, str) else ""
    if not re.fullmatch("[0-9]{1,40}", written) or int(written) > GREATEST_DUMP:
        raise _invalid(key, "`dump_id` is not a number from 0 to 2^63-1")
    return int(written)


def _table(item: Any, key: str, bucket: str, root: str) -> ManifestTable:
    if not isinstance(item, dict) or not _is_text(item.get("name")) or not item["name"]:
        raise _invalid(key, "a table has no name")
    name, files, incremental = item["name"], item.get("files"), item.get("incremental")
    if not isinstance(incremental, bool):
        return ManifestTable(name, False, (), fault=f"`incremental` of table {name} is neither true nor false")
    if not isinstance(files, list) or not all(_is_text(uri) for uri in files):
        return ManifestTable(name, False, (), fault=f"`files` of table {name} is not a list of addresses")
    keys, foreign = [], None
    for uri in files:
        try:
            keys.append(object_key(uri, bucket, root))
        except ForeignObject as error:
            foreign = foreign or str(error)
    fault = f"table {name} lists a file twice" if len(set(keys)) != len(keys) else None
    return ManifestTable(name, not incremental, tuple(keys), _columns(item), foreign, fault)


def _columns(item: dict[str, Any]) -> tuple[str, ...]:
    """The columns that a manifest tells of for convenience; the files decide (T30), so that none is no fault."""
    told = item.get("columns")
    return tuple(told) if isinstance(told, list) and all(_is_text(name) for name in told) else ()


def _is_text(value: Any) -> bool:
    """Whether a value is text that UTF-8 can hold: JSON can name half a character, and no file could store it."""
    return isinstance(value, str) and (value.isascii() or not _HALVES.search(value))


def too_large(key: str, size: int) -> ManifestInvalid | None:
    """The fault of a manifest that is not even to be read for its size."""
    return _invalid(key, f"it has more than {LARGEST} bytes") if size > LARGEST else None


def _invalid(key: str, reason: str) -> ManifestInvalid:
    return ManifestInvalid(f"the manifest is not valid: {reason}", where=key, todo="Ask Heap to write the dump again.")
