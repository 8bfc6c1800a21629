"""When everybody visits: one element a session, by the dump that brings it; what is seen stands in `visits`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from heap_assets.sample.draws import arrays
from heap_assets.sample.identify import Ints, Role, Visitors
from heap_assets.sample.site import DESKTOPS, DEVICES
from heap_assets.sample.world import World

DAY = 86_400
"""Seconds of a day."""


@dataclass(frozen=True)
class Calendar:
    """Sessions in order of the day that delivers them, and per visitor its first moment and its migration.

    Times are epoch seconds in UTC; `bounds[d]:bounds[d + 1]` are the sessions delivered with day d.
    """

    owner: Ints
    """Index of the visitor whose device it is."""
    user: Ints
    """Index of the visitor that Heap writes: the owner before heap.identify, its profile after."""
    start: Ints
    webview: Ints
    """1 where the session is the web view's double of the one before."""
    bounds: Ints
    first_seen: Ints
    """Per visitor; of a profile the earliest of its cookies."""
    migrated: Ints
    """Per visitor; -1 where it does not migrate."""
    device: Ints
    """Per visitor; index into `site.DEVICES`."""

    def device_of(self, low: int, high: int) -> Ints:
        """Return the device of each session from `low` to `high` (exclusive)."""
        return self.device[self.owner[low:high]]


def midnight(world: World) -> int:
    """Return the first second of day 0."""
    return int(np.datetime64(world.first_day, "s").astype(np.int64))


def day_of(world: World, moments: Ints) -> Ints:
    """Return the day of each epoch second, within the sample."""
    return np.clip((moments - midnight(world)) // DAY, 0, world.days - 1)


def arrange(world: World, visitors: Visitors) -> Calendar:
    """Return the calendar of all visitors."""
    draw = arrays(world, "calendar")
    count = len(visitors.role)
    device = _devices(world, visitors)
    seen, visits = _arrivals(world, visitors), _visits(world, visitors)
    owner = np.repeat(np.arange(count), visits)
    left = midnight(world) + world.days * DAY - 7_200 - seen[owner]
    start = seen[owner] + (draw.random(len(owner)) * left).astype(np.int64)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(visits) - visits, visits)
    start = np.where(place == 0, seen[owner], start)
    start = start[np.lexsort((start, owner))]
    switch = np.maximum(1, np.ceil(draw.random(count) * visits).astype(np.int64))
    identified = (visitors.target[owner] >= 0) & (place >= switch[owner])
    user = np.where(identified, visitors.target[owner], owner)
    migrated = _migrations(world, visitors, owner, start, identified)
    first_seen = _first_seen(visitors, seen)
    doubled = np.flatnonzero((draw.random(len(owner)) < world.webview_share) & (device[owner] >= len(DESKTOPS)))
    order, bounds, rows = _by_delivery(world, start, doubled)
    webview = (order >= len(start)).astype(np.int64)
    return Calendar(owner[rows], user[rows], start[rows] + 5 * webview, webview, bounds, first_seen, migrated, device)


def _devices(world: World, visitors: Visitors) -> Ints:
    """Return a device for each visitor: desktops, or phones and tablets for the mobile share."""
    draw = arrays(world, "devices")
    count = len(visitors.role)
    mobile = draw.random(count) < world.mobile_share
    return np.where(mobile, draw.integers(len(DESKTOPS), len(DEVICES), count), draw.integers(0, len(DESKTOPS), count))


def _arrivals(world: World, visitors: Visitors) -> Ints:
    """Return each visitor's first moment: a share on day 0, the others evenly, none in the last two hours."""
    draw = arrays(world, "arrivals")
    count = len(visitors.role)
    days = np.where(draw.random(count) < world.present_share, draw.random(count), draw.random(count) * world.days)
    return midnight(world) + (days * (DAY - 7_200)).astype(np.int64)


def _visits(world: World, visitors: Visitors) -> Ints:
    """Return each visitor's number of sessions: one plus geometric; profiles have none of their own."""
    draw = arrays(world, "visits")
    count, role = len(visitors.role), visitors.role
    anonymous = draw.geometric(1 / world.sessions_anonymous, count)
    anonymous = np.where(draw.random(count) < world.no_session_share, 0, anonymous)
    known = draw.geometric(1 / world.sessions_known, count)
    low, high = world.bot_pages
    pages = low * np.exp(draw.random(count) * np.log(high / low))
    bots = np.ceil(pages / world.pages_cap).astype(np.int64)
    choices = [role == Role.ANONYMOUS, role == Role.BOT, (role == Role.KNOWN) | (role == Role.GLUED)]
    counts: Ints = np.select(choices, [anonymous, bots, known], 0).astype(np.int64)
    return counts


def _migrations(world: World, visitors: Visitors, owner: Ints, start: Ints, identified: npt.NDArray[np.bool_]) -> Ints:
    """Return when each visitor migrates: minutes after its last anonymous session, a profile after its cookies."""
    count = len(visitors.role)
    last = np.full(count, -1, dtype=np.int64)
    before = (visitors.target[owner] >= 0) & ~identified
    np.maximum.at(last, owner[before], start[before])
    migrated = np.where(last >= 0, last + 30 + arrays(world, "migrations").integers(0, 600, count), -1)
    latest = np.full(count, -1, dtype=np.int64)
    moving = np.flatnonzero(migrated >= 0)
    np.maximum.at(latest, visitors.target[moving], migrated[moving])
    chained = (visitors.role == Role.PROFILE) & (visitors.target >= 0)
    return np.where(chained, latest + 60, migrated)


def _first_seen(visitors: Visitors, seen: Ints) -> Ints:
    """Return each visitor's first moment, where a profile inherits the earliest of what migrates to it."""
    first = np.where(np.isin(visitors.role, (Role.PROFILE, Role.SUPER)), np.iinfo(np.int64).max, seen)
    for _ in range(2):
        moving = np.flatnonzero(visitors.target >= 0)
        np.minimum.at(first, visitors.target[moving], first[moving])
    return first


def _by_delivery(world: World, start: Ints, doubled: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the order of sessions by delivering day, the days' bounds in it, and each one's place in `start`."""
    draw = arrays(world, "late")
    places = np.concatenate([np.arange(len(start)), doubled])
    late = np.where(draw.random(len(start)) < world.late_share, draw.integers(1, 4, len(start)), 0)
    days = np.minimum(day_of(world, start) + late, world.days - 1)[places]
    order = np.lexsort((places, start[places], days))
    bounds = np.searchsorted(days[order], np.arange(world.days + 1)).astype(np.int64)
    return order, bounds, places[order]
