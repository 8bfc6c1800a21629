"""How far a landing is: deliveries, rows and bytes done, their rates, the expected end, rows quarantined so far.

Counts alone: nothing that a row says. What is landed stands in `landing`; where it is shown, in `assets` and the CLI.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol

from heap_assets.bucket.deliveries import Delivery

_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Step:
    """What has been done since the last step; negative where it must be taken back, as rows of a file that failed.

    `deliveries` are finished, whatever became of them; `spared` are bytes that need not be read after all.
    """

    rows: int = 0
    bytes: int = 0
    quarantined: int = 0
    deliveries: int = 0
    spared: int = 0


class Watch(Protocol):
    """Who is told of a landing. `take` is called from reading threads, `tick` every second from the landing's own."""

    def expect(self, deliveries: Sequence[Delivery]) -> None:
        """These are about to be read."""
        ...

    def take(self, step: Step) -> None:
        """This has been done."""
        ...

    def tick(self) -> None:
        """Now is a time to tell."""
        ...


@dataclass
class Counts:
    """Done and to be done."""

    deliveries: int = 0
    bytes: int = 0
    done: Step = field(default_factory=Step)


def told(counts: Counts, elapsed: float, now: datetime) -> str:
    """One line: counts, rates over `elapsed` seconds, and the expected end by the bytes that are still to be read."""
    done, seconds = counts.done, max(elapsed, 0.001)
    left = max(counts.bytes - done.bytes, 0)
    line = (
        f"{done.deliveries:,} of {counts.deliveries:,} deliveries, {done.rows:,} rows ({done.rows / seconds:,.0f}/s),"
        f" {sized(done.bytes)} of {sized(counts.bytes)} ({sized(done.bytes / seconds)}/s),"
        f" {done.quarantined:,} rows quarantined"
    )
    if not left or done.bytes <= 0:
        return line
    end = now + timedelta(seconds=left * seconds / done.bytes)
    return f"{line}; expected end {end.isoformat(sep=' ', timespec='seconds')}"


def sized(count: float) -> str:
    """Bytes for people: 812 B, 3.4 MB."""
    power = 0
    while count >= 1000 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    return f"{count:,.0f} {_UNITS[power]}" if not power or count >= 100 else f"{count:,.1f} {_UNITS[power]}"


class Meter:
    """Adds up steps and tells a line of them, at most every so many seconds."""

    def __init__(self, tell: Callable[[str], None], seconds: float, planned: Sequence[Delivery] | None = None) -> None:
        """With `planned`, what all landings together will read, that is the whole; else whatever each expects."""
        self._tell, self._seconds, self._is_planned = tell, seconds, planned is not None
        self._counts, self._lock = Counts(), Lock()
        self._begun = self._told = time.monotonic()
        self._add(planned or ())

    def expect(self, deliveries: Sequence[Delivery]) -> None:
        """These are about to be read."""
        if not self._is_planned:
            self._add(deliveries)

    def take(self, step: Step) -> None:
        """Add a step; what need not be read was left out of a plan from the start."""
        if self._is_planned and step.spared:
            return
        with self._lock:
            done = self._counts.done
            names = ("rows", "bytes", "quarantined", "deliveries", "spared")
            self._counts.done = Step(**{name: getattr(done, name) + getattr(step, name) for name in names})
            self._counts.bytes -= step.spared

    def tick(self) -> None:
        """Tell a line where it is time."""
        if time.monotonic() - self._told >= self._seconds:
            self.tell()

    def tell(self) -> None:
        """Tell a line now."""
        self._told = time.monotonic()
        with self._lock:
            line = told(self._counts, self._told - self._begun, datetime.now(UTC))
        self._tell(line)

    def _add(self, deliveries: Sequence[Delivery]) -> None:
        with self._lock:
            self._counts.deliveries += len(deliveries)
            self._counts.bytes += sum(delivery.bytes for delivery in deliveries)


class Watches:
    """Several watches as one."""

    def __init__(self, *watches: Watch) -> None:
        """These, in this order."""
        self._watches = watches

    def expect(self, deliveries: Sequence[Delivery]) -> None:
        """Pass it on."""
        for watch in self._watches:
            watch.expect(deliveries)

    def take(self, step: Step) -> None:
        """Pass it on."""
        for watch in self._watches:
            watch.take(step)

    def tick(self) -> None:
        """Pass it on."""
        for watch in self._watches:
            watch.tick()


_listening: ContextVar[tuple[Watch, ...]] = ContextVar("listening", default=())
NOBODY = Watches()


@contextmanager
def listening(watch: Watch) -> Iterator[None]:
    """Have this watch told of every landing in the block: a run's log, a terminal around several runs."""
    before = _listening.set((*_listening.get(), watch))
    try:
        yield
    finally:
        _listening.reset(before)


def listeners() -> Watch:
    """Whoever listens now, as one."""
    return Watches(*_listening.get())


class DeliveryWatch:
    """Tells of one delivery while it is read, and sets the counts right at its end."""

    def __init__(self, delivery: Delivery, watch: Watch) -> None:
        """Of this delivery to this watch."""
        self._delivery, self._watch = delivery, watch
        self._rows = self._bytes = 0
        self._landed = self._quarantined = 0

    def batch(self, rows: int, objects_read: int) -> None:
        """Some rows were read, and so many objects to their end."""
        size = sum(ref.size for ref in self._delivery.objects[:objects_read] if ref.size > 0)
        self._watch.take(Step(rows, size - self._bytes))
        self._rows, self._bytes = self._rows + rows, size

    def became(self, rows: int, quarantined: int) -> None:
        """It was read whole, into so many rows and rejects; where this is not said, it failed, and has none."""
        self._landed, self._quarantined = rows, quarantined

    def finished(self) -> None:
        """Its reading is over."""
        left = self._delivery.bytes - self._bytes
        self._watch.take(Step(self._landed - self._rows, left, self._quarantined, deliveries=1))
