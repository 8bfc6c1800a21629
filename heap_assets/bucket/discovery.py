"""What has arrived since last time: one listing, compared with the record of arrivals.

Called by sensor, run and feed assets alike.

It reads manifests, each version once, and never a data object; it only appends.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from heap_assets.bucket.arrivals import Arrivals, DeliveryEvent, Event, append_events, read_arrivals
from heap_assets.bucket.deliveries import Delivery, ObjectMeta, ObjectRef, fingerprint
from heap_assets.bucket.dumps import dump_events
from heap_assets.bucket.look import Look
from heap_assets.bucket.patterns import file_date
from heap_assets.bucket.status import feed_table, landed_deliveries
from heap_assets.bucket.store import Bucket
from heap_assets.errors import AmbiguousFile
from heap_assets.lake import Lake, hash62
from heap_assets.settings import FeedSpec, Settings


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
    events = [*dump_events(look), *_file_events(look, lake)]
    if not events:
        return look.known
    append_events(lake, events, moment)
    return read_arrivals(lake)


def _file_events(look: Look, lake: Lake) -> Iterator[DeliveryEvent]:
    specs = [spec for spec in look.settings.feed_specs() if spec.delivery == "files"]
    found: dict[tuple[str, str], list[ObjectMeta]] = defaultdict(list)
    dates: dict[tuple[str, str], date] = {}
    disputed: set[str] = set()
    for key in sorted(look.listing):
        inner = key.removeprefix(look.settings.source.root)
        taken = [(spec, day) for spec in specs if (day := file_date(str(spec.pattern), inner)) is not None]
        for spec, day in taken:
            whole_day = spec.load == "truncate_and_upsert"
            delivery = (spec.name, day.isoformat() if whole_day else key)
            if len(taken) > 1:
                disputed.add(key)
                yield from _ambiguous(look, spec, key, day, [other.display for other, _ in taken])
                continue
            found[delivery].append(look.listing[key])
            dates[delivery] = day
    by_name = {spec.name: spec for spec in specs}
    for delivery, metas in found.items():
        yield from _file_delivery(look, lake, by_name[delivery[0]], delivery[1], dates[delivery], metas)
    yield from _gone_files(look, set(by_name))
    yield from _left_out(look, found, disputed)


def _file_delivery(
    look: Look, lake: Lake, spec: FeedSpec, name: str, day: date, metas: list[ObjectMeta]
) -> Iterator[DeliveryEvent]:
    if spec.settle and any(look.now - meta.modified < timedelta(minutes=spec.settle) for meta in metas):
        return  # with no time to settle, a clock that is ahead of ours holds nothing back
    before = look.known.get((spec.name, name))
    refs = tuple(ObjectRef(meta.key, meta.size, meta.version) for meta in metas)
    if before is not None and spec.load == "truncate_and_upsert":
        held = {ref.key for ref in refs}
        left = [ref for ref in before.delivery.objects if ref.key not in held]
        if left and name in landed_deliveries(spec, lake.find(feed_table(spec))):  # what landed stays part of its day
            refs = tuple(sorted((*refs, *left), key=lambda ref: ref.key))
    full = spec.load == "truncate_and_upsert"
    made = Delivery(spec.name, name, day, full, refs, fingerprint(full, refs, spec, day))
    if before is None or before.gone or before.delivery.fingerprint != made.fingerprint:
        yield DeliveryEvent(Event.SEEN, made)


def _gone_files(look: Look, feeds: Collection[str]) -> Iterator[DeliveryEvent]:
    """What could not be read and is no longer there never will be read, and stands in nobody's way."""
    for (feed, _), arrival in look.known.items():
        refs = arrival.delivery.objects
        left = bool(refs) and not any(ref.key in look.listing for ref in refs)
        if feed in feeds and arrival.stuck and not arrival.gone and left:
            yield DeliveryEvent(Event.GONE, arrival.delivery)


def _left_out(look: Look, taken: Collection[tuple[str, str]], disputed: Collection[str]) -> Iterator[DeliveryEvent]:
    """What the settings took before and do not take now (another pattern, another load): it ceases to count.

    Only what is in the bucket still, so that settings which take it again bring it back; what has left it stays.
    """
    specs = {spec.name: spec for spec in look.settings.feed_specs()}
    for key, arrival in look.known.items():
        held, spec = arrival.delivery, specs.get(arrival.delivery.feed)
        by_manifest = spec is not None and spec.delivery == "heap_connect" and arrival.manifest is not None
        if spec is None or by_manifest or key in taken or arrival.withdrawn or not held.objects:
            continue
        if all(ref.key in look.listing and ref.key not in disputed for ref in held.objects):
            out = replace(held, objects=(), fingerprint=0)
            yield DeliveryEvent(Event.SEEN, out, reason=f"the settings of {spec.display} no longer take it")


def _ambiguous(look: Look, spec: FeedSpec, key: str, day: date, feeds: list[str]) -> Iterator[DeliveryEvent]:
    meta = look.listing[key]
    refs = (ObjectRef(key, meta.size, meta.version),)
    content = max(hash62(["ambiguous", key, meta.size, meta.version, sorted(feeds)]), 1)  # another once patterns change
    made = Delivery(spec.name, key, day, False, refs, content)
    before = look.known.get((spec.name, key))
    if before is None or before.gone or before.delivery.fingerprint != made.fingerprint:
        error = AmbiguousFile(f"the patterns of {' and '.join(sorted(feeds))} both match", where=key)
        yield DeliveryEvent(Event.SEEN, made)
        yield DeliveryEvent(Event.REFUSED, made, code=AmbiguousFile.code, reason=str(error))
