"""Whether a bucket that nobody has configured yet holds Heap Connect dumps, and which: for `inspect` and `init`.

What a run discovers is in `discovery`; what one manifest says is read by `manifests`.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date

from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.dumps import BOOKKEEPING
from heap_assets.bucket.manifests import dump_of, object_key, read_manifest
from heap_assets.bucket.store import Bucket
from heap_assets.errors import HeapAssetsError

NEWEST_DUMPS = 50
_ROOT = re.compile(r"(?:.*/)?(?=manifests/sync_[0-9]{1,19}\.json$)")
_PART = re.compile(r"(?:^|/)sync_\d+/(?P<table>[^/]+)/[^/]+$")


@dataclass(frozen=True)
class HeapFound:
    """Dumps below one prefix: the bucket name in manifests, the first file date, and the newest parts of tables."""

    root: str
    manifest_bucket: str
    first: date
    dumps: int
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find_heap(bucket: Bucket, listing: Mapping[str, ObjectMeta], below: str = "") -> HeapFound | None:
    """The Heap Connect dumps below a prefix, looked up in the newest manifests; None where there is no manifest.

    Where several prefixes hold dumps, the shortest is taken. Tables that no recent dump names are not known.
    """
    roots = {found.group() for key in listing if key.startswith(below) and (found := _ROOT.match(key))}
    if not roots:
        return None
    root = min(roots, key=lambda item: (len(item), item))
    manifests = sorted((number, key) for key in listing if (number := dump_of(key, root)) is not None)
    name, tables = bucket.name, dict[str, tuple[str, ...]]()
    for _, key in reversed(manifests[-NEWEST_DUMPS:]):
        with suppress(HeapAssetsError):
            content = bucket.read(key, listing[key].version)
            name = _bucket_named(content) or name
            for table in read_manifest(content, key, name, root).tables:
                present = tuple(part for part in table.keys if part in listing)
                if present and table.name not in tables and table.name not in BOOKKEEPING:
                    tables[table.name] = present
    first = min(listing[key].modified for _, key in manifests).astimezone(UTC).date()
    return HeapFound(root, name, first, len(manifests), tables)


def table_of(key: str) -> str | None:
    """The table whose part a key is by the folder that it lies in; None of a key that is no part of a dump."""
    found = _PART.search(key)
    return found.group("table") if found else None


def belongs_to_heap(key: str, root: str = "") -> bool:
    """Whether a key lies where Heap writes: manifests and folders of dumps."""
    return re.match(r"(manifests|sync_\d+)/", key.removeprefix(root)) is not None


def _bucket_named(content: bytes) -> str | None:
    """The bucket of the first address in a manifest: in a copy, that of the original."""
    with suppress(ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError, HeapAssetsError):
        for table in json.loads(content)["tables"]:
            for uri in table["files"]:
                name = str(uri).partition("://")[2].partition("/")[0]
                object_key(str(uri), name, "")
                return name
    return None
