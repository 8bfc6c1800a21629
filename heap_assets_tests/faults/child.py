"""The process that is killed or raced: it runs the chain, and ends itself by SIGKILL at its n-th write.

Processes are forked from a server that has everything imported, so that one costs what it does, not what it loads.
"""

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heap_assets.customer360 import release as _release  # noqa: F401 - loaded before the fork
from heap_assets.errors import HeapAssetsError
from heap_assets.feeds import landing as _landing  # noqa: F401
from heap_assets.lake import FileWriter, Table
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.faults.town import settings_of
from heap_assets_tests.laws import chain

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["heap_assets_tests.faults.child", "datafusion", "pandas", "scipy.sparse.csgraph"])


@dataclass
class KillSwitch:
    """Remembers the writes of this process, and kills it at one of them, given by its name or its number."""

    at: int | str | None
    reached: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def event(self, name: str) -> None:
        with self.lock:
            if self.at in (name, len(self.reached)):
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)
            self.reached.append(name)

    def install(self) -> None:
        """Put the switch before and after every commit, and behind every data file."""
        for name in ("commit", "overwrite", "add_columns"):
            setattr(Table, name, self._around(name, getattr(Table, name)))
        FileWriter.finish = self._behind(FileWriter.finish)  # type: ignore[method-assign]

    def _around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def switched(table: Table, *positional: Any, **named: Any) -> Any:
            self.event(f"before {name} {table.root.name}")
            made = real(table, *positional, **named)
            self.event(f"after {name} {table.root.name}")
            return made

        return switched

    def _behind(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def switched(writer: FileWriter) -> Any:
            made = real(writer)
            self.event(f"files of {writer.root.name}")
            return made

        return switched


def run_and_die(folder: str, lake: str, at: int | str | None, record: str | None = None) -> None:
    """Run the chain, killed at a write or not; `record` is a file for the writes of a run that lived."""
    switch = KillSwitch(at)
    switch.install()
    run(folder, lake)
    if record:
        Path(record).write_text(json.dumps(switch.reached))


def run_at_once(folder: str, lake: str, together: Any, answer: Any) -> None:
    """Run the chain when all are ready, and say how it ended."""
    together.wait(timeout=120)
    try:
        run(folder, lake)
        answer.put("done")
    except HeapAssetsError as error:
        answer.put(f"{type(error).__name__}: {error}")
    except BaseException as error:
        answer.put(f"unforeseen {type(error).__name__}: {error}")
        raise


def run(folder: str, lake: str) -> None:
    """The whole chain on the bucket of a folder."""
    builder = BucketBuilder(Path(folder))
    chain.run_chain(builder.bucket(), builder.lake(lake), settings_of(Path(folder), lake))
