"""A trap and what must come of it, in words that a test can read; nothing is planted here."""

from dataclasses import asdict, dataclass, field
from typing import Any

LOOK_ALIKES = ("00123", "1e5", "NA", "null", "None", "nan", "TRUE")
"""Texts that some reader or other takes for a number, a truth value or nothing (T54)."""


@dataclass(frozen=True)
class Expected:
    """What `deliveries` and `quarantine` must say of one delivery."""

    feed: str
    delivery: str
    status: str
    code: str | None = None
    """HA code that the reason begins with."""
    quarantined: int = 0
    reason: str | None = None
    """Why its rows are in quarantine."""


@dataclass(frozen=True)
class Trap:
    """One trap: its number in the notes on Heap's delivery, what it is, where it lies, what comes of it."""

    trap: str
    what: str
    where: tuple[str, ...]
    deliveries: tuple[Expected, ...] = ()
    no_delivery: tuple[str, ...] = ()
    """Dump ids or keys that no delivery may have."""
    absent: tuple[tuple[str, str], ...] = ()
    """Domain tables with a `_pk` that must not be in them."""


@dataclass
class Chaos:
    """All traps of a sample, the rows of the tables that exist for them, and the settings that they need."""

    traps: list[Trap] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Every row of a domain table that exists for traps, with the columns that matter."""
    resolved: dict[str, str] = field(default_factory=dict)
    """Planted from_user_id to what it resolves to."""
    event_tables: str = ""
    feeds: str = ""

    def add(self, trap: str, what: str, *where: str, **expected: Any) -> None:
        """Add a trap."""
        self.traps.append(Trap(trap, what, where, **expected))

    def told(self) -> dict[str, Any]:
        """What truth/chaos.json says; `exit` are the exit codes of a run and of one that skips what fails."""
        exits = {"run": 1, "run --skip-failed": 3}
        return {
            "exit": exits,
            "traps": [asdict(each) for each in self.traps],
            "rows": self.rows,
            "resolved": self.resolved,
        }
