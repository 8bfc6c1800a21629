"""Which dumps there are: ids, when each is written, which table is absent or copied in full; no rows here."""

from dataclasses import dataclass

from heap_assets.sample.calendar import DAY, midnight
from heap_assets.sample.draws import singles
from heap_assets.sample.world import World

TABLES = ("users", "sessions", "pageviews")
"""Tables that are delivered in increments; user_migrations is delivered in full in every dump."""

_HOUR = 2
"""Hour of the next day, UTC, at which a dump's manifest is written."""


@dataclass(frozen=True)
class Dump:
    """One dump: the day it reports, its id, when its manifest is written (epoch seconds), and what it brings."""

    day: int
    dump_id: int
    written: int
    late: bool
    absent: str | None
    full: str | None
    covers: dict[str, tuple[int, ...]]
    """Per table present: the days whose rows it holds; all so far in a full copy, more than one after an absence."""
    fresh: dict[str, tuple[int, ...]]
    """Per table present: those of `covers` that no earlier dump held."""


def plan_dumps(world: World) -> tuple[Dump, ...]:
    """Return the dumps of a world in the order of their ids, one a day."""
    chance = singles(world, "dumps")
    full = _full_days(world)
    late = max(1, world.days // 4) if world.late_dump_days and world.days >= 5 else -1
    absent = _absences(world, {late, *full})
    waiting: dict[str, list[int]] = {table: [] for table in TABLES}
    dumps, dump_id = [], world.first_dump
    for day in range(world.days):
        dump_id += chance.randrange(1, world.dump_gap + 1)
        written = midnight(world) + (day + 1) * DAY + _HOUR * 3_600 + (world.late_dump_days * DAY if day == late else 0)
        covers, fresh = {}, {}
        for table in TABLES:
            waiting[table].append(day)
            if absent.get(day) == table:
                continue
            fresh[table] = tuple(waiting[table])
            copied = day in full and table == world.full_copy_table
            covers[table] = tuple(range(day + 1)) if copied else fresh[table]
            waiting[table] = []
        copy = world.full_copy_table if day in full else None
        dumps.append(Dump(day, dump_id, written, day == late, absent.get(day), copy, covers, fresh))
    return tuple(dumps)


def last_full_copy(world: World, table: str) -> int:
    """Return the day of the last full copy of a table, 0 where there is none."""
    return max(_full_days(world), default=0) if table == world.full_copy_table else 0


def _full_days(world: World) -> set[int]:
    """Return the days of full copies, the first in the middle."""
    if not world.full_copy_every or world.days < 3:
        return set()
    return set(range(world.days // 2, world.days, world.full_copy_every))


def _absences(world: World, taken: set[int]) -> dict[int, str]:
    """Return the table that is absent, by day: never on the last day, which would lose rows, nor on `taken` ones."""
    chance = singles(world, "absent tables")
    candidates = [day for day in range(1, world.days - 1) if day not in taken]
    wanted = max(1, round(world.days * world.absent_share)) if world.absent_share and world.days >= 5 else 0
    return {day: chance.choice(TABLES) for day in sorted(chance.sample(candidates, min(wanted, len(candidates))))}
