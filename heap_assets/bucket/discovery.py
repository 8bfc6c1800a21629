"""What has arrived since last time: one listing, compared with the record of arrivals.

Called by sensor, run and feed assets alike.

It reads manifests, each version once, and never a data object; it only appends.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from heap_assets.bucket.arrivals import Arrival, Arrivals, DeliveryEvent, Event, append_events, read_arrivals
from heap_assets.bucket.deliveries import MISSING, Delivery, ObjectMeta, ObjectRef, fingerprint
from heap_assets.bucket.manifests import Manifest, ManifestTable, dump_of, read_manifest
from heap_assets.bucket.patterns import file_date
from heap_assets.bucket.store import Bucket
from heap_assets.errors import AmbiguousFile, HeapAssetsError, ManifestConflict, ManifestInvalid
from heap_assets.lake import Lake, hash62
from heap_assets.settings import FeedSpec, Settings


@dataclass(frozen=True)
class Look:
    """One look at the bucket: what it lists, what was known before, and the settings that say what is wanted."""

    bucket: Bucket
    settings: Settings
    listing: Mapping[str, ObjectMeta]
    known: Arrivals
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of file dates."""
        return ZoneInfo(self.settings.timezone)


def discover(
    bucket: Bucket,
    lake: Lake,
    settings: Settings,
    now: datetime | None = None,
    listing: Mapping[str, ObjectMeta] | None = None,
) -> Arrivals:
    """Record what is new in the bucket (in `listing`, where it was listed just now) and return every arrival known.

    Raises BucketUnreachable where the listing cannot be completed: an incomplete listing proves nothing.
    """
    moment = now or datetime.now(UTC)
    if listing is None:
        listing = {meta.key: meta for meta in bucket.list(settings.source.root)}
    look = Look(bucket, settings, listing, read_arrivals(lake), moment)
    events = [*_heap_events(look), *_file_events(look)]
    if not events:
        return look.known
    append_events(lake, events, moment)
    return read_arrivals(lake)


def _heap_events(look: Look) -> Iterator[DeliveryEvent]:
    specs = {str(spec.table): spec for spec in look.settings.feed_specs() if spec.delivery == "heap_connect"}
    if not specs:
        return
    by_dump: dict[int, list[ObjectMeta]] = defaultdict(list)
    for key in sorted(look.listing):
        number = dump_of(key, look.settings.source.root)
        if number is not None:
            by_dump[number].append(look.listing[key])
    known: dict[str, list[Arrival]] = defaultdict(list)
    for (_, delivery), arrival in look.known.items():
        if arrival.manifest is not None:
            known[delivery].append(arrival)
    for number, metas in sorted(by_dump.items()):
        yield from _dump_events(look, specs, number, metas, known[str(number)])


def _dump_events(
    look: Look, specs: Mapping[str, FeedSpec], number: int, metas: list[ObjectMeta], known: list[Arrival]
) -> Iterator[DeliveryEvent]:
    meta = metas[0]
    version = "+".join(f"{item.key}@{item.version}" for item in metas) if len(metas) > 1 else meta.version
    if any(arrival.manifest == meta.key and arrival.manifest_version == version for arrival in known):
        yield from _changed_objects(look, specs, known)
        return
    day = meta.modified.astimezone(look.zone).date()
    try:
        if len(metas) > 1:
            names = " and ".join(item.key for item in metas)
            raise ManifestConflict(f"two manifests claim dump {number}", where=names, todo="Remove the wrong one.")
        manifest = _read(look, meta)
    except (ManifestConflict, ManifestInvalid) as error:
        yield from _faulty(specs, number, day, meta.key, version, error)
        return
    events = list(_table_events(look, specs, manifest, day, meta.key, version))
    nothing = Delivery("heap/manifest", str(number), day, False, (), 0)
    told = "the manifest lists no table"
    yield from events or [DeliveryEvent(Event.IGNORED, nothing, meta.key, version, reason=told)]


def _read(look: Look, meta: ObjectMeta) -> Manifest:
    source = look.settings.source
    bucket = source.manifest_bucket or look.bucket.name
    return read_manifest(look.bucket.read(meta.key, meta.version), meta.key, bucket, source.root)


def _table_events(
    look: Look,
    specs: Mapping[str, FeedSpec],
    manifest: Manifest,
    day: date,
    key: str,
    version: str,
) -> Iterator[DeliveryEvent]:
    dump = str(manifest.dump_id)
    listed = {specs[table.name].name for table in manifest.tables if table.name in specs}
    for table in manifest.tables:
        spec = specs.get(table.name)
        if spec is None:
            refs = tuple(_ref(look, name, None) for name in table.keys)
            unknown = Delivery(f"heap/{table.name}", dump, day, table.full, refs, 0)
            reason = "no feed takes this table; name it in event_tables"
            yield DeliveryEvent(Event.IGNORED, unknown, key, version, reason=reason)
            continue
        yield from _seen(look, spec, table, Delivery(spec.name, dump, day, table.full, (), 0), key, version)
    for spec in specs.values():
        before = look.known.get((spec.name, dump))
        if spec.name not in listed and before is not None and not before.withdrawn:
            gone = replace(before.delivery, objects=(), fingerprint=0)
            yield DeliveryEvent(Event.SEEN, gone, key, version, reason="the newest manifest no longer lists it")


def _seen(
    look: Look, spec: FeedSpec, table: ManifestTable, delivery: Delivery, key: str, version: str
) -> Iterator[DeliveryEvent]:
    if table.foreign is not None:
        made = replace(delivery, fingerprint=max(hash62([key, version]), 1))
        yield DeliveryEvent(Event.SEEN, made, key, version)
        yield DeliveryEvent(Event.REFUSED, made, key, version, ManifestInvalid.code, table.foreign)
        return
    before = look.known.get((spec.name, delivery.delivery))
    refs = tuple(_ref(look, name, before) for name in table.keys)
    made = replace(delivery, objects=refs, fingerprint=fingerprint(table.full, refs, spec))
    yield DeliveryEvent(Event.SEEN, made, key, version)


def _changed_objects(look: Look, specs: Mapping[str, FeedSpec], known: list[Arrival]) -> Iterator[DeliveryEvent]:
    """A manifest read before: its objects may have been overwritten, healed, or are to be read otherwise now."""
    by_feed = {spec.name: spec for spec in specs.values()}
    by_feed |= {f"heap/{table}": spec for table, spec in specs.items()}
    for arrival in known:
        spec, held = by_feed.get(arrival.delivery.feed), arrival.delivery
        left_out = arrival.withdrawn and arrival.outcome is not Event.IGNORED
        if spec is None or left_out or arrival.unreadable:
            continue
        refs = tuple(_ref(look, ref.key, arrival) for ref in held.objects)
        made = fingerprint(held.full, refs, spec)
        if made != held.fingerprint:
            newer = replace(held, feed=spec.name, objects=refs, fingerprint=made)
            yield DeliveryEvent(Event.SEEN, newer, arrival.manifest, arrival.manifest_version)


def _ref(look: Look, key: str, before: Arrival | None) -> ObjectRef:
    """The object as listed; one that has vanished since stays what it was.

    For what landed stays too (interfaces.md 6).
    """
    meta = look.listing.get(key)
    if meta is not None:
        return ObjectRef(key, meta.size, meta.version)
    held = next((ref for ref in before.delivery.objects if ref.key == key), None) if before else None
    return held or ObjectRef(key, MISSING, "")


def _faulty(
    specs: Mapping[str, FeedSpec], number: int, day: date, key: str, version: str, error: HeapAssetsError
) -> Iterator[DeliveryEvent]:
    outcome = Event.REFUSED if isinstance(error, ManifestConflict) else Event.FAILED
    for spec in specs.values():
        delivery = Delivery(spec.name, str(number), day, False, (), max(hash62([key, version]), 1))
        yield DeliveryEvent(Event.SEEN, delivery, key, version)
        yield DeliveryEvent(outcome, delivery, key, version, ManifestInvalid.code, str(error))


def _file_events(look: Look) -> Iterator[DeliveryEvent]:
    specs = [spec for spec in look.settings.feed_specs() if spec.delivery == "files"]
    found: dict[tuple[str, str], list[ObjectMeta]] = defaultdict(list)
    dates: dict[tuple[str, str], date] = {}
    for key in sorted(look.listing):
        inner = key.removeprefix(look.settings.source.root)
        taken = [(spec, day) for spec in specs if (day := file_date(str(spec.pattern), inner)) is not None]
        for spec, day in taken:
            whole_day = spec.load == "truncate_and_upsert"
            delivery = (spec.name, day.isoformat() if whole_day else key)
            if len(taken) > 1:
                yield from _ambiguous(look, spec, key, day, [other.display for other, _ in taken])
                continue
            found[delivery].append(look.listing[key])
            dates[delivery] = day
    by_name = {spec.name: spec for spec in specs}
    for delivery, metas in found.items():
        yield from _file_delivery(look, by_name[delivery[0]], delivery[1], dates[delivery], metas)


def _file_delivery(
    look: Look, spec: FeedSpec, name: str, day: date, metas: list[ObjectMeta]
) -> Iterator[DeliveryEvent]:
    if any(look.now - meta.modified < timedelta(minutes=spec.settle) for meta in metas):
        return
    before = look.known.get((spec.name, name))
    refs = tuple(ObjectRef(meta.key, meta.size, meta.version) for meta in metas)
    if before is not None and spec.load == "truncate_and_upsert":
        held = {ref.key for ref in refs}
        refs = tuple(
            sorted((*refs, *(ref for ref in before.delivery.objects if ref.key not in held)), key=lambda r: r.key)
        )
    full = spec.load == "truncate_and_upsert"
    made = Delivery(spec.name, name, day, full, refs, fingerprint(full, refs, spec))
    if before is None or before.delivery.fingerprint != made.fingerprint:
        yield DeliveryEvent(Event.SEEN, made)


def _ambiguous(look: Look, spec: FeedSpec, key: str, day: date, feeds: list[str]) -> Iterator[DeliveryEvent]:
    meta = look.listing[key]
    refs = (ObjectRef(key, meta.size, meta.version),)
    content = max(hash62(["ambiguous", key, meta.size, meta.version, sorted(feeds)]), 1)  # another once patterns change
    made = Delivery(spec.name, key, day, False, refs, content)
    before = look.known.get((spec.name, key))
    if before is None or before.delivery.fingerprint != made.fingerprint:
        error = AmbiguousFile(f"the patterns of {' and '.join(sorted(feeds))} both match", where=key)
        yield DeliveryEvent(Event.SEEN, made)
        yield DeliveryEvent(Event.REFUSED, made, code=AmbiguousFile.code, reason=str(error))
