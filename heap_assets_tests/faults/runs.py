"""Runs on the town, in processes of their own: killed, at once, or undisturbed; and what readers see after them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from heap_assets_tests.faults.child import PROCESSES, run, run_and_die, run_at_once
from heap_assets_tests.faults.town import settings_of
from heap_assets_tests.laws.chain import files_below
from heap_assets_tests.laws.picture import Rows, differing, picture


@dataclass(frozen=True)
class Town:
    """One age of the town: the folder of its bucket, and the picture of a lake that lived through it undisturbed."""

    folder: Path
    undisturbed: dict[str, Rows]

    def lake(self, name: str) -> None:
        """A lake as it was before this age; there is none before the first."""
        if (self.folder / "before").exists():
            shutil.copytree(self.folder / "before", self.folder / name)

    def run(self, lake: str, at: int | str | None, record: Path | None = None) -> int | None:
        """Run in a process of its own, to be killed at a write; the exit code."""
        child = PROCESSES.Process(
            target=run_and_die, args=(str(self.folder), lake, at, str(record) if record else None)
        )
        child.start()
        child.join(120)
        return child.exitcode

    def at_once(self, lake: str, many: int) -> list[str]:
        """Run in so many processes that start together; how each ended."""
        together, answers = PROCESSES.Barrier(many), PROCESSES.Queue()
        told = (str(self.folder), lake, together, answers)
        children = [PROCESSES.Process(target=run_at_once, args=told) for _ in range(many)]
        for child in children:
            child.start()
        ended = [answers.get(timeout=120) for _ in children]
        for child in children:
            child.join(60)
        return ended

    def differs(self, lake: str) -> list[str]:
        """What readers see otherwise than in the undisturbed lake."""
        return differing(picture(settings_of(self.folder, lake)), self.undisturbed)

    def heals(self, lake: str) -> None:
        """One more run gives what an undisturbed run gives, and the one after it finds nothing to do."""
        run(str(self.folder), lake)
        assert self.differs(lake) == []
        before = files_below(self.folder / lake)
        run(str(self.folder), lake)
        assert files_below(self.folder / lake) == before
