"""What is seen in a slice of sessions: columns of sessions and pageviews by numpy; which dump brings them: `events`.

A slice is a run of sessions of one day. Each has random streams of its own, so that any slice can be made again by
itself, in bounded memory, and always comes out the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from heap_assets.sample import landings, site
from heap_assets.sample.calendar import Calendar, day_of
from heap_assets.sample.draws import arrays
from heap_assets.sample.identify import Ints, Role, Visitors
from heap_assets.sample.landings import Objects, objects, where
from heap_assets.sample.vocabulary import PLACES, REGIONS
from heap_assets.sample.world import World

Row = dict[str, Any]
"""A row as the Avro writer takes it."""

DEVICE_FIELDS = ("library", "platform", "device_type", "device", "carrier", "browser", "user_agent")


@dataclass(frozen=True)
class Slice:
    """Sessions `low` to `high` (exclusive) of the calendar, all of one day."""

    day: int
    part: int
    low: int
    high: int


@dataclass(frozen=True)
class EventRows:
    """Rows of one slice with what the delivery needs to know of each: when and as whom it may be sent again."""

    rows: list[Row]
    terminal: Ints
    """The user_id that the row's user migrates to in the end; -1 where it does not."""
    known_day: Ints
    """The day from whose dump on that migration is known."""


def slices(world: World, calendar: Calendar, day: int) -> list[Slice]:
    """Return the slices of a day: at least `pageview_parts`, none of more than `part_sessions` sessions."""
    low, high = int(calendar.bounds[day]), int(calendar.bounds[day + 1])
    parts = max(world.pageview_parts, -(-(high - low) // world.part_sessions))
    edges = [low + (high - low) * part // parts for part in range(parts + 1)]
    return [Slice(day, part, edges[part], edges[part + 1]) for part in range(parts)]


class Visits:
    """Makes the rows of slices for one world."""

    def __init__(self, world: World, calendar: Calendar, visitors: Visitors) -> None:
        """Keep the world, and find out where every cookie ends."""
        self._world, self._calendar, self._visitors = world, calendar, visitors
        self._place = arrays(world, "places").integers(0, len(PLACES), len(visitors.role))
        self._address = arrays(world, "addresses").integers(1 << 24, 1 << 32, len(visitors.role))
        ends = np.full(len(visitors.role), -1, dtype=np.int64)
        moving = np.flatnonzero(visitors.target >= 0)
        ends[moving] = [visitors.user_id[visitors.terminal(int(index))] for index in moving]
        self._ends = ends
        self._known = day_of(world, calendar.migrated)

    def sessions(self, part: Slice) -> EventRows:
        """Return the rows of sessions of a slice."""
        columns, seed = self._session_columns(part)
        draw = arrays(self._world, "session rows", part.day, part.part)
        count = part.high - part.low
        columns["time"] = _texts_of_time(self._world, draw, seed.start_ms)
        columns["event_id"] = draw.integers(0, self._world.id_limit, count, dtype=np.int64).astype(object)
        app = self._calendar.device_of(part.low, part.high) >= site.FIRST_APP
        columns["app_name"] = where(app, site.APP_NAME)
        columns["app_version"] = where(app, "5.12.0")
        return self._rows(part, columns, np.arange(count))

    def pageviews(self, part: Slice) -> EventRows:
        """Return the rows of pageviews of a slice, with the session's columns copied down to each."""
        columns, seed = self._session_columns(part)
        draw = arrays(self._world, "pageview rows", part.day, part.part)
        of = np.repeat(np.arange(part.high - part.low), seed.pages)
        place = np.arange(len(of)) - np.repeat(np.cumsum(seed.pages) - seed.pages, seed.pages)
        viewed = {name: column[of] for name, column in columns.items()}
        viewed["time"] = _texts_of_time(self._world, draw, self._page_times(draw, part, seed, of, place))
        viewed["event_id"] = draw.integers(0, self._world.id_limit, len(of), dtype=np.int64).astype(object)
        viewed["type"] = np.full(len(of), "view page", dtype=object)
        viewed["domain"] = np.full(len(of), site.DOMAIN, dtype=object)
        viewed |= landings.page_columns(draw, seed.page, columns["landing_page_query"], of, place)
        return self._rows(part, viewed, of)

    def _rows(self, part: Slice, columns: dict[str, Objects], of: Ints) -> EventRows:
        """Zip columns into rows; the rows of one session share one user."""
        names = tuple(columns)
        rows = [
            dict(zip(names, values, strict=True))
            for values in zip(*(column.tolist() for column in columns.values()), strict=True)
        ]
        users = self._calendar.user[part.low : part.high][of]
        return EventRows(rows, self._ends[users], np.maximum(self._known[users], part.day))

    def _session_columns(self, part: Slice) -> tuple[dict[str, Objects], "_Seed"]:
        """Return the columns that sessions and pageviews share, one element a session."""
        world, calendar = self._world, self._calendar
        draw = arrays(world, "sessions", part.day, part.part)
        owner, user = calendar.owner[part.low : part.high], calendar.user[part.low : part.high]
        device = calendar.device[owner]
        bots = self._visitors.role[owner] == Role.BOT
        pages = _page_counts(world, draw, device >= len(site.DESKTOPS), bots)
        start = calendar.start[part.low : part.high] * 1_000 + draw.integers(0, 1_000, len(owner))
        ahead = draw.random(len(owner)) < world.future_share
        start = np.where(ahead, start + draw.integers(1, 3_650, len(owner)) * 86_400_000, start)
        landed = landings.land(draw, len(owner))
        ids = draw.integers(0, world.id_limit, len(owner), dtype=np.int64)
        columns = {"user_id": self._visitors.user_id[user].astype(object), "session_id": ids.astype(object)}
        columns |= self._device_columns(owner, device, bots)
        columns |= self._place_columns(owner)
        columns |= landed.columns
        return columns, _Seed(start, pages, landed.page)

    def _device_columns(self, owner: Ints, device: Ints, bots: npt.NDArray[np.bool_]) -> dict[str, Objects]:
        kinds: Sequence[site.Device] = (*site.DEVICES, site.CRAWLER)
        device = np.where(bots, len(site.DEVICES), device)
        columns = {name: objects([getattr(kind, name) for kind in kinds])[device] for name in DEVICE_FIELDS}
        pairs = zip(self._address[owner].tolist(), owner.tolist(), strict=True)
        ids = [f"{address:08x}-{index}" for address, index in pairs]
        return columns | {"heap_device_id": objects(ids)}

    def _place_columns(self, owner: Ints) -> dict[str, Objects]:
        place = self._place[owner]
        ips = [".".join(str(byte) for byte in number.to_bytes(4, "big")) for number in self._address[owner].tolist()]
        return {
            "country": np.full(len(owner), site.COUNTRY, dtype=object),
            "region": objects([REGIONS[state] for _, state, _, _ in PLACES])[place],
            "city": objects([city for city, _, _, _ in PLACES])[place],
            "ip": objects(ips),
        }

    def _page_times(self, draw: np.random.Generator, part: Slice, seed: "_Seed", of: Ints, place: Ints) -> Ints:
        """Return epoch milliseconds of each pageview: dwell below the session gap, but for a stale tab's one gap."""
        world = self._world
        app = self._calendar.device_of(part.low, part.high) >= site.FIRST_APP
        limit = np.where(app, world.gap_mobile_seconds, world.gap_web_seconds) * 1_000 - 1
        dwell = np.minimum(draw.exponential(world.dwell_seconds * 1_000, len(of)).astype(np.int64) + 1_000, limit[of])
        stale = (draw.random(len(seed.pages)) < world.stale_tab_share) & (seed.pages > 1)
        gap = limit + 60_000 + draw.integers(0, 4 * 3_600_000, len(seed.pages))
        dwell = np.where(stale[of] & (place == 1), gap[of], dwell)
        dwell[place == 0] = 0
        passed = np.cumsum(dwell)
        before = passed[np.cumsum(seed.pages) - seed.pages]
        times: Ints = seed.start_ms[of] + passed - before[of]
        return times


@dataclass(frozen=True)
class _Seed:
    """What pageviews need of their sessions: start in epoch milliseconds, number of pages, landing page."""

    start_ms: Ints
    pages: Ints
    page: Ints


def _page_counts(
    world: World, draw: np.random.Generator, mobile: npt.NDArray[np.bool_], bots: npt.NDArray[np.bool_]
) -> Ints:
    """Return pages per session: single pages, purchases, and a log-normal rest so that the mean is `pages_mean`."""
    rest = (world.pages_mean - world.purchase_share * world.purchase_pages) / (1 - world.purchase_share)
    longer = (rest - world.single_page_share) / (1 - world.single_page_share)
    even = 1 / (world.mobile_share * world.mobile_pages_ratio + 1 - world.mobile_share)
    mean = np.maximum((longer - 1.5) * np.where(mobile, even * world.mobile_pages_ratio, even), 0.1)
    counts = 2 + draw.lognormal(np.log(mean) - world.pages_sigma**2 / 2, world.pages_sigma).astype(np.int64)
    counts = np.where(draw.random(len(mobile)) < world.single_page_share, 1, counts)
    buying = draw.random(len(mobile)) < world.purchase_share
    counts = np.where(buying, 4 + draw.geometric(1 / max(1.0, world.purchase_pages - 4), len(mobile)), counts)
    pages: Ints = np.where(bots, world.pages_cap, np.minimum(counts, world.pages_cap)).astype(np.int64)
    return pages


def _texts_of_time(world: World, draw: np.random.Generator, moments: Ints) -> Objects:
    """Return `YYYY-MM-DD HH:MM:SS`, some with milliseconds, of epoch milliseconds."""
    texts = np.datetime_as_string(moments.astype("datetime64[ms]"), unit="ms").tolist()
    fine = (draw.random(len(texts)) < world.fraction_share).tolist()
    return objects(
        [f"{text[:10]} {text[11:] if kept else text[11:19]}" for text, kept in zip(texts, fine, strict=True)]
    )
