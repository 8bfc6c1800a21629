"""What each object of a bucket is: which delivery and feed take it, or why none does and which setting would.

Reading manifests is the only effect; nothing is recorded (that is `discovery`).
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from heap_assets.bucket.claims import READERS
from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.dumps import BOOKKEEPING
from heap_assets.bucket.families import pattern_of
from heap_assets.bucket.heap_connect import belongs_to_heap, table_of
from heap_assets.bucket.manifests import Manifest, ManifestTable, dump_of, read_manifest
from heap_assets.bucket.near_misses import differences
from heap_assets.bucket.patterns import file_date
from heap_assets.bucket.store import Bucket
from heap_assets.errors import HeapAssetsError
from heap_assets.settings import FeedSpec, Settings


class Kind(StrEnum):
    """What an object is to us."""

    MANIFEST = "manifest"
    DATA = "data"
    UNLISTED = "unlisted"
    MISSING = "missing"
    NEAR_MISS = "near miss"
    UNKNOWN_TABLE = "unknown table"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "nothing matches"


@dataclass(frozen=True)
class Browsed:
    """One object: what it is, its feeds and delivery where it has some, else the reason and the setting to add."""

    key: str
    size: int | None
    kind: Kind
    feed: str | None = None
    delivery: str | None = None
    reason: str | None = None
    setting: str | None = None


Manifests = Mapping[str, Manifest | HeapAssetsError]


def browse(bucket: Bucket, settings: Settings, prefix: str = "") -> list[Browsed]:
    """Every object below the source's root and `prefix` (taken from there), by key.

    Raises BucketUnreachable where the bucket cannot be listed.
    """
    root = settings.source.root
    listing = {meta.key: meta for meta in bucket.list(root)}
    asked = root + prefix.removeprefix(root)
    rows = classify(listing, _manifests(bucket, settings, listing), settings)
    return [row for row in rows if row.key.startswith(asked)]


def classify(listing: Mapping[str, ObjectMeta], manifests: Manifests, settings: Settings) -> list[Browsed]:
    """Every object listed, and every one that a manifest lists in vain, by key."""
    specs, root = settings.feed_specs(), settings.source.root
    listed = _listed(manifests)
    taken = {str(spec.table): spec for spec in specs if spec.delivery == "heap_connect"}
    rows = []
    for key, meta in listing.items():
        if key in manifests:
            rows.append(_manifest(meta, manifests[key], taken))
        elif key in listed:
            rows.append(_part(meta.key, meta.size, *listed[key], taken))
        elif taken and belongs_to_heap(key, root):
            rows.append(_unlisted(meta, manifests, root))
        else:
            rows.append(_dated(meta, [spec for spec in specs if spec.delivery == "files"], root))
    for key in listed.keys() - listing.keys():
        told = f"dump {listed[key][0]} lists it, and it is not in the bucket"
        rows.append(Browsed(key, None, Kind.MISSING, _display(taken, listed[key][1]), listed[key][0], told))
    return sorted(rows, key=lambda row: row.key)


def _manifests(bucket: Bucket, settings: Settings, listing: Mapping[str, ObjectMeta]) -> Manifests:
    source = settings.source
    wanted = {str(spec.table) for spec in settings.feed_specs() if spec.delivery == "heap_connect"}
    if not wanted:
        return {}
    keys = [key for key in listing if dump_of(key, source.root) is not None]

    def read(key: str) -> Manifest | HeapAssetsError:
        try:
            content = bucket.read(key, listing[key].version)
            return read_manifest(content, key, source.manifest_bucket or bucket.name, source.root, wanted)
        except HeapAssetsError as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(keys, pool.map(read, keys), strict=True))


def _listed(manifests: Manifests) -> dict[str, tuple[str, ManifestTable]]:
    return {
        key: (str(manifest.dump_id), table)
        for manifest in manifests.values()
        if isinstance(manifest, Manifest)
        for table in manifest.tables
        for key in table.keys
    }


def _manifest(meta: ObjectMeta, manifest: Manifest | HeapAssetsError, taken: Mapping[str, FeedSpec]) -> Browsed:
    if isinstance(manifest, HeapAssetsError):
        return Browsed(meta.key, meta.size, Kind.MANIFEST, reason=str(manifest))
    foreign = [table.name for table in manifest.tables if table.foreign]
    feeds = ", ".join(taken[table.name].display for table in manifest.tables if table.name in taken)
    told = f"names objects outside the bucket: {', '.join(foreign)}" if foreign else None
    return Browsed(meta.key, meta.size, Kind.MANIFEST, feeds or None, str(manifest.dump_id), told)


def _part(key: str, size: int, dump: str, table: ManifestTable, taken: Mapping[str, FeedSpec]) -> Browsed:
    feed = _display(taken, table)
    if feed is not None:
        return Browsed(key, size, Kind.DATA, feed, dump)
    if table.name in BOOKKEEPING:
        return Browsed(key, size, Kind.UNKNOWN_TABLE, None, dump, "Heap's own bookkeeping, which no feed needs")
    setting = f"event_tables: [{table.name}]"
    return Browsed(key, size, Kind.UNKNOWN_TABLE, None, dump, f"no feed takes the table {table.name}", setting)


def _display(taken: Mapping[str, FeedSpec], table: ManifestTable) -> str | None:
    return taken[table.name].display if table.name in taken else None


def _unlisted(meta: ObjectMeta, manifests: Manifests, root: str) -> Browsed:
    inner = meta.key.removeprefix(root)
    if inner.startswith("manifests/"):
        return Browsed(
            meta.key, meta.size, Kind.UNKNOWN, reason="no manifest by its name, which is manifests/sync_N.json"
        )
    dump = inner.partition("/")[0].removeprefix("sync_")
    manifest = next((item for key, item in manifests.items() if dump_of(key, root) == int(dump)), None)
    if manifest is None:
        told = "its dump has no manifest: it is still being written, or was given up"
    elif isinstance(manifest, HeapAssetsError):
        told = "the manifest of its dump is not valid"
    else:
        told = "the manifest of its dump does not list it" if table_of(inner) else "it holds no rows of a table"
    return Browsed(meta.key, meta.size, Kind.UNLISTED, None, dump, told)


def _dated(meta: ObjectMeta, specs: Sequence[FeedSpec], root: str) -> Browsed:
    inner = meta.key.removeprefix(root)
    matched = [(spec, day) for spec in specs if (day := file_date(str(spec.pattern), inner)) is not None]
    if len(matched) == 1:
        spec, day = matched[0]
        delivery = day.isoformat() if spec.load == "truncate_and_upsert" else meta.key
        return Browsed(meta.key, meta.size, Kind.DATA, spec.display, delivery)
    if matched:
        names = " and ".join(spec.display for spec, _ in matched)
        return Browsed(
            meta.key, meta.size, Kind.AMBIGUOUS, names, meta.key, "two patterns match; let them exclude each other"
        )
    near = [(spec, found) for spec in specs if (found := differences(str(spec.pattern), inner))]
    pattern = pattern_of(inner)
    setting = f'pattern: "{pattern}"' if pattern else None
    if near:
        return Browsed(meta.key, meta.size, Kind.NEAR_MISS, None, None, _told(near), setting)
    told = "no pattern comes near" if pattern else "its name holds no date, and no pattern matches it"
    return Browsed(meta.key, meta.size, Kind.UNKNOWN, None, None, told, setting)


def _told(near: Iterable[tuple[FeedSpec, tuple[str, ...]]]) -> str:
    closest = min(near, key=lambda item: len(item[1]))
    spec, found = closest
    return f"almost {spec.display} ({spec.pattern}): {'; '.join(found)}"
