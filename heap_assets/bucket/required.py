"""Days without a file of a feed that is required every day: each stands among the deliveries as one that failed.

What then becomes of such a day (its partition fails, it is skipped, it heals) is what becomes of any failed delivery.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from heap_assets.bucket.arrivals import Arrival, Event
from heap_assets.bucket.deliveries import Delivery
from heap_assets.errors import RequiredFileMissing
from heap_assets.lake import hash62
from heap_assets.settings import FeedSpec, Settings


def newest_day(settings: Settings, arrivals: Iterable[Arrival]) -> date | None:
    """The newest file date delivered by any feed of the settings, of those that have come."""
    feeds = {spec.name for spec in settings.feed_specs()}
    days = (item.delivery.file_date for item in arrivals if item.delivery.feed in feeds and _is_there(item))
    return max((day for day in days if settings.start_date <= day <= settings.today()), default=None)


def with_missing(
    settings: Settings, spec: FeedSpec, arrivals: Iterable[Arrival], newest: date | None
) -> Iterator[Arrival]:
    """The arrivals of a feed, and for each day that lacks a required file one that failed.

    What was decided about such a day (skipped, excluded) stands until a file comes, which takes its place.
    """
    decided: dict[date, Arrival] = {}
    days: set[date] = set()
    for item in arrivals:
        if is_stand_in(item.delivery):
            decided[item.delivery.file_date] = item
            continue
        yield item
        if _is_there(item):
            days.add(item.delivery.file_date)
    if not spec.required or newest is None:
        return
    for number in range((newest - settings.start_date).days + 1):
        day = settings.start_date + timedelta(days=number)
        if day not in days:
            yield _missing(spec, day, decided.get(day))


def is_stand_in(delivery: Delivery) -> bool:
    """Whether a delivery stands for a day without a file."""
    return not delivery.objects and delivery.fingerprint == _content(delivery.feed, delivery.file_date)


def _is_there(item: Arrival) -> bool:
    """Whether something was delivered: not what a manifest or the settings take back, nor what left unread."""
    counted = item.outcome is not Event.IGNORED and not item.withdrawn and not item.gone
    return counted and not is_stand_in(item.delivery)


def _missing(spec: FeedSpec, day: date, decided: Arrival | None) -> Arrival:
    name = day.isoformat()
    told = RequiredFileMissing(
        f"no file of {spec.display} for {name}, which is required every day",
        todo="It heals when the file comes; `heap-assets run --skip-failed` goes on without it.",
    )
    delivery = Delivery(spec.name, name, day, False, (), _content(spec.name, day))
    made = Arrival(delivery, datetime.combine(day, time(), UTC), None, None, Event.FAILED, told.code, str(told))
    if decided is None:
        return made
    outcome = decided.outcome if decided.outcome is Event.SKIPPED else Event.FAILED
    return replace(decided, outcome=outcome, code=told.code, reason=str(told), gone=False)


def _content(feed: str, day: date) -> int:
    return max(hash62(["no file", feed, day.isoformat()]), 1)
