"""Which events go into which dump: fresh ones, repeats, those sent again under a migrated user_id; no files."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from heap_assets.sample.draws import arrays
from heap_assets.sample.schedule import Dump
from heap_assets.sample.visits import EventRows, Row, Slice
from heap_assets.sample.world import World


@dataclass
class EventStream:
    """Sessions or pageviews on their way into dumps, taken in the order of dump ids.

    Held between dumps: one percent of a dump's rows, and the rows that wait for their migration; never a whole day.
    """

    world: World
    table: str
    make: Callable[[Slice], EventRows]
    slices: Callable[[int], list[Slice]]
    fresh_rows: int = 0
    """Distinct events so far."""
    written_rows: int = 0
    resent: dict[int, int] = field(default_factory=dict)
    """Day of the dump to the rows in it under a migrated user_id."""
    resent_from: int = 0
    """Day of the first dump that brings rows under a migrated user_id; those due before are not written."""
    _repeats: list[Row] = field(default_factory=list)
    _waiting: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def parts(self, dump: Dump) -> Iterator[list[Row]]:
        """Yield the rows of each part of a dump, the rows sent again last; a slice may have none."""
        full = dump.full == self.table
        again = [] if full else self._repeats
        self._repeats = []
        migrated = [row for day in sorted(self._waiting) if day <= dump.day for row in self._waiting.pop(day)]
        migrated = migrated if dump.day >= self.resent_from else []
        for day in dump.covers[self.table]:
            for part in self.slices(day):
                made = self.make(part)
                if day in dump.fresh[self.table]:
                    self._keep(dump, part, made)
                self.written_rows += len(made.rows)
                yield made.rows
        self.resent[dump.day] = len(migrated)
        self.written_rows += len(again) + len(migrated)
        if again or migrated:
            yield again + migrated

    def distinct_keys(self, dumps: tuple[Dump, ...]) -> int:
        """Return the number of keys of live rows: a full copy voids the re-sent rows of the dumps before it."""
        start = max((dump.day for dump in dumps if dump.full == self.table), default=0)
        return self.fresh_rows + sum(count for day, count in self.resent.items() if day >= start)

    def _keep(self, dump: Dump, part: Slice, made: EventRows) -> None:
        """Choose the rows that come again: in the next dump, or in the first one after their migration is known."""
        self.fresh_rows += len(made.rows)
        draw = arrays(self.world, "again", self.table, part.day, part.part)
        count = len(made.rows)
        repeated = np.flatnonzero(draw.random(count) < self.world.repeated_share)
        self._repeats.extend(made.rows[row] for row in repeated.tolist())
        movable = np.flatnonzero(made.terminal >= 0)
        share = min(1.0, self.world.resent_share * count / max(1, len(movable)))
        for row in movable[draw.random(len(movable)) < share].tolist():
            due = max(dump.day, int(made.known_day[row])) + 1
            self._waiting[due].append(made.rows[row] | {"user_id": int(made.terminal[row])})
