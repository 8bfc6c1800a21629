"""Heap dumps: what the manifests in a listing add to the record of arrivals, each manifest version read once.

Which manifest speaks for a dump is judged in `claims`; data objects are never read here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from heap_assets.bucket.arrivals import Arrival, DeliveryEvent, Event
from heap_assets.bucket.claims import Judgement, claims, judge, stamp
from heap_assets.bucket.deliveries import Delivery, ObjectMeta, fingerprint
from heap_assets.bucket.look import Look
from heap_assets.bucket.manifests import Manifest, ManifestTable, parse_manifest, sound, too_large
from heap_assets.errors import DeliveryRefused, ForeignObject, HeapAssetsError, ManifestInvalid, ObjectMissing
from heap_assets.lake import hash62
from heap_assets.settings import FeedSpec

BOOKKEEPING = frozenset({"_event_metadata"})  # undocumented, and of no use to anybody (heap_delivery.md 2.8, T14)
Tables = Mapping[str, FeedSpec]


def dump_events(look: Look) -> Iterator[DeliveryEvent]:
    """What is new of dumps: tables of manifests not judged yet, faults, and objects that have changed since."""
    tables = {str(spec.table): spec for spec in look.settings.feed_specs() if spec.delivery == "heap_connect"}
    if not tables:
        return
    known: dict[int, list[Arrival]] = defaultdict(list)
    for (_, delivery), arrival in look.known.items():
        if arrival.manifest is not None:
            known[int(delivery)].append(arrival)
    every = [arrival for arrivals in known.values() for arrival in arrivals]
    claimed = claims(look.listing, look.settings.source.root, every)
    due = {number for number, metas in claimed.items() if not _is_judged(look, tables, metas, known[number])}
    invalid = {str(arrival.manifest) for arrival in every if arrival.code == ManifestInvalid.code}
    doubted = [look.listing[key] for key in sorted(invalid) if key in look.listing]
    judged = judge(claimed, due, doubted, look.settings.source.root, lambda meta: _read(look, meta))
    new = [item for item in judged if item.dump in due or not _is_told(item, known[item.dump])]
    for judgement in new:
        yield from _judged_events(look, tables, judgement, known[judgement.dump])
    for number in sorted(claimed.keys() - {judgement.dump for judgement in new}):
        yield from _changed_objects(look, tables, known[number])
    for number in sorted(known.keys() - claimed.keys()):
        yield from _gone(known[number])


def _is_judged(look: Look, tables: Tables, claimants: Sequence[ObjectMeta], known: Sequence[Arrival]) -> bool:
    """Whether the manifests of a dump were read in these versions, for the tables and the place that are wanted now."""
    version = stamp(claimants)
    current = [item for item in known if item.manifest == claimants[0].key and item.manifest_version == version]
    held = {item.delivery.feed for item in current}
    feeds = {spec.name for spec in tables.values()}
    if any(item.gone or not item.withdrawn for item in known if item not in current and item.delivery.feed in feeds):
        return False
    for arrival in current:
        unknown = arrival.delivery.feed.removeprefix("heap/") if arrival.outcome is Event.IGNORED else ""
        if unknown in tables and (tables[unknown].name not in held or arrival.delivery.feed == tables[unknown].name):
            return False
        if arrival.gone:
            return False
        if arrival.code == ForeignObject.code and arrival.delivery.fingerprint != _foreign(
            look, claimants[0].key, version
        ):
            return False
        if arrival.code == ManifestInvalid.code and arrival.delivery.fingerprint != _fault(
            arrival.code, claimants, tables
        ):
            return False
    return bool(current)


def _is_told(judgement: Judgement, known: Sequence[Arrival]) -> bool:
    return any(item.manifest_version == judgement.version for item in known)


def _read(look: Look, meta: ObjectMeta) -> Manifest | HeapAssetsError:
    fault = too_large(meta.key, meta.size)
    if fault is not None:
        return fault
    try:
        content = look.bucket.read(meta.key, meta.version)
        return parse_manifest(content, meta.key, look.manifest_bucket, look.settings.source.root)
    except HeapAssetsError as error:
        return error


def _judged_events(
    look: Look, tables: Tables, judgement: Judgement, known: Sequence[Arrival]
) -> Iterator[DeliveryEvent]:
    day, verdict = look.day(judgement.claimants[0]), judgement.verdict
    try:
        if isinstance(verdict, HeapAssetsError):
            raise verdict
        manifest = sound(verdict, judgement.key, look.settings.source.root, tables)
    except ObjectMissing:
        return  # it left between the listing and the reading
    except HeapAssetsError as error:
        yield from _faulty(look, tables, judgement, day, error)
        return
    events = list(_table_events(look, tables, manifest, day, judgement))
    nothing = Delivery("heap/manifest", str(judgement.dump), day, False, (), 0)
    told = "the manifest lists no table"
    yield from events or [DeliveryEvent(Event.IGNORED, nothing, judgement.key, judgement.version, reason=told)]


def _faulty(
    look: Look, tables: Tables, judgement: Judgement, day: date, error: HeapAssetsError
) -> Iterator[DeliveryEvent]:
    """Every Heap feed of a dump whose manifest cannot be used; the same fault is told once."""
    outcome = Event.REFUSED if isinstance(error, DeliveryRefused) else Event.FAILED
    content = _fault(error.code, judgement.claimants, tables)
    for spec in tables.values():
        before = look.known.get((spec.name, str(judgement.dump)))
        if before and before.stuck and before.delivery.fingerprint == content and not before.gone:
            continue
        delivery = Delivery(spec.name, str(judgement.dump), day, False, (), content)
        yield DeliveryEvent(Event.SEEN, delivery, judgement.key, judgement.version)
        yield DeliveryEvent(outcome, delivery, judgement.key, judgement.version, error.code, str(error))


def _fault(code: str, claimants: Sequence[ObjectMeta], tables: Tables) -> int:
    """The content of a dump that cannot be used; another once other tables are wanted, since they count too."""
    return max(hash62([code, [(meta.key, meta.version) for meta in claimants], sorted(tables)]), 1)


def _table_events(
    look: Look, tables: Tables, manifest: Manifest, day: date, judgement: Judgement
) -> Iterator[DeliveryEvent]:
    dump, key, version = str(manifest.dump_id), judgement.key, judgement.version
    listed = {tables[table.name].name for table in manifest.tables if table.name in tables}
    for table in manifest.tables:
        spec = tables.get(table.name)
        if spec is None:
            refs = tuple(look.ref(name, None) for name in table.keys)
            unknown = Delivery(f"heap/{table.name}", dump, day, table.full, refs, 0)
            yield DeliveryEvent(Event.IGNORED, unknown, key, version, reason=_why_ignored(table))
            continue
        yield from _seen(look, spec, table, Delivery(spec.name, dump, day, table.full, (), 0), key, version)
    for spec in tables.values():
        before = look.known.get((spec.name, dump))
        if spec.name not in listed and before is not None and not before.withdrawn:
            gone = replace(before.delivery, objects=(), fingerprint=0)
            yield DeliveryEvent(Event.SEEN, gone, key, version, reason="the newest manifest no longer lists it")


def _why_ignored(table: ManifestTable) -> str:
    if table.name in BOOKKEEPING:
        return "Heap's own bookkeeping, which no feed needs"
    return table.fault or "no feed takes this table; name it in event_tables"


def _seen(
    look: Look, spec: FeedSpec, table: ManifestTable, delivery: Delivery, key: str, version: str | None
) -> Iterator[DeliveryEvent]:
    if table.foreign is not None:
        made = replace(delivery, fingerprint=_foreign(look, key, version))
        yield DeliveryEvent(Event.SEEN, made, key, version)
        yield DeliveryEvent(Event.REFUSED, made, key, version, ForeignObject.code, table.foreign)
        return
    before = look.known.get((spec.name, delivery.delivery))
    refs = tuple(look.ref(name, before) for name in table.keys)
    content = fingerprint(table.full, refs, spec)
    made = replace(delivery, objects=refs, fingerprint=content, columns=table.columns)
    yield DeliveryEvent(Event.SEEN, made, key, version)


def _foreign(look: Look, key: str, version: str | None) -> int:
    """Another content once another place is allowed: what was refused for its place is then judged anew."""
    return max(hash62(["foreign", key, version, look.manifest_bucket, look.settings.source.root]), 1)


def _gone(known: Sequence[Arrival]) -> Iterator[DeliveryEvent]:
    """A dump without a manifest any more: what could not be read never will be, and stands in nobody's way."""
    for arrival in known:
        if arrival.stuck and not arrival.gone:
            yield DeliveryEvent(Event.GONE, arrival.delivery, arrival.manifest, arrival.manifest_version)


def _changed_objects(look: Look, tables: Tables, known: Sequence[Arrival]) -> Iterator[DeliveryEvent]:
    """A manifest read before: its objects may have been overwritten, healed, or are to be read otherwise now."""
    by_feed = {spec.name: spec for spec in tables.values()}
    for arrival in known:
        spec, held = by_feed.get(arrival.delivery.feed), arrival.delivery
        if spec is None or arrival.withdrawn or arrival.unreadable:
            continue
        refs = tuple(look.ref(ref.key, arrival) for ref in held.objects)
        made = fingerprint(held.full, refs, spec)
        if made != held.fingerprint:
            newer = replace(held, objects=refs, fingerprint=made)
            yield DeliveryEvent(Event.SEEN, newer, arrival.manifest, arrival.manifest_version)
