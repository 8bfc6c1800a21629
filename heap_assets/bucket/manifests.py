"""Heap Connect manifests: their names, and what one says.

A manifest is the only sign that a dump is complete (heap_delivery.md 1.3).

Whether its tables are wanted is decided in `discovery`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from heap_assets.errors import ForeignObject, ManifestInvalid

_NAME = re.compile(r"manifests/sync_([0-9]{1,18})\.json")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_DIGITS = re.compile(r"[0-9]{1,30}")


@dataclass(frozen=True)
class ManifestTable:
    """One table of a dump; `keys` are object keys in the manifest's order."""

    name: str
    full: bool
    keys: tuple[str, ...]
    foreign: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One dump: its number and its tables."""

    dump_id: int
    tables: tuple[ManifestTable, ...]


def dump_of(key: str, root: str) -> int | None:
    """The dump that a key is the manifest of, by its name.

    None for every other object (temporary files, folder markers).
    """
    found = _NAME.fullmatch(key.removeprefix(root)) if key.startswith(root) else None
    return int(found.group(1)) if found else None


def read_manifest(content: bytes, key: str, bucket: str, root: str) -> Manifest:
    """What a manifest says.

    `bucket` and `root` are the only place that its URIs may lie in; a table that names another is marked foreign, with
    the reason. Raises ManifestInvalid with the place of the first fault; nothing is guessed (T12, T19).
    """
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise _invalid(key, "it is not JSON, or names a key twice") from None
    if not isinstance(document, dict):
        raise _invalid(key, "it does not hold an object")
    dump_id = _dump_id(document.get("dump_id"), key)
    if dump_id != dump_of(key, root):
        raise _invalid(key, f"its dump_id {dump_id} is not the number in its name")
    tables = document.get("tables")
    if not isinstance(tables, list):
        raise _invalid(key, "`tables` is not a list")
    read = tuple(_table(item, key, bucket, root) for item in tables)
    names = [table.name for table in read]
    if len(set(names)) != len(names):
        raise _invalid(key, "a table is listed twice")
    return Manifest(dump_id, read)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as JSON gives it; ValueError where it names a key twice, since only a guess could choose."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _dump_id(value: Any, key: str) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and _DIGITS.fullmatch(value))):
        raise _invalid(key, "`dump_id` is not a number")
    return int(value)


def _table(item: Any, key: str, bucket: str, root: str) -> ManifestTable:
    if not isinstance(item, dict) or not (item.get("name") and _is_text(item["name"])):
        raise _invalid(key, "a table has no name")
    name, files = item["name"], item.get("files")
    incremental = item.get("incremental")
    if not isinstance(incremental, bool):
        raise _invalid(key, f"`incremental` of table {name} is neither true nor false")
    if not isinstance(files, list) or not all(map(_is_text, files)):
        raise _invalid(key, f"`files` of table {name} is not a list of addresses")
    keys, foreign = [], None
    for uri in files:
        try:
            keys.append(object_key(uri, bucket, root))
        except ForeignObject as error:
            foreign = str(error)
    if len(set(keys)) != len(keys):
        raise _invalid(key, f"table {name} lists a file twice")
    return ManifestTable(name, not incremental, tuple(keys), foreign)


def _is_text(value: Any) -> bool:
    """Whether a value is text that can be written down: JSON lets half a surrogate pair through."""
    return isinstance(value, str) and not _HALF_PAIR.search(value)


def object_key(uri: str, bucket: str, root: str) -> str:
    """The key of a manifest's URI; ForeignObject unless it lies in this bucket and below this prefix, exactly (T20)."""
    scheme, found, rest = uri.partition("://")
    place, _, key = rest.partition("/")
    allowed = found and scheme in ("s3", "s3a") and place == bucket and key.startswith(root)
    if not allowed or any(part in ("", ".", "..") for part in key.split("/")):
        raise ForeignObject(
            "the manifest names an object outside the bucket and prefix",
            where=uri,
            todo=f"Allowed: s3://{bucket}/{root}",
        )
    return key


def _invalid(key: str, reason: str) -> ManifestInvalid:
    return ManifestInvalid(f"the manifest is not valid: {reason}", where=key, todo="Ask Heap to write the dump again.")
