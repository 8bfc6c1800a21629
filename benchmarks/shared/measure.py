"""Processes measured from outside: CPU of a whole tree, peak memory, and what of it was start-up."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STARTED = "started "


@dataclass(frozen=True)
class Measured:
    """CPU is user + system of the process and all that it waited for; `start_up` of it went before `started()`.

    `peak` is the greatest resident size of any one process of the tree, in MB. `rows` is what the process said.
    """

    rows: int
    cpu: float
    start_up: float
    wall: float
    peak: int

    @property
    def net(self) -> float:
        """CPU seconds net of start-up."""
        return self.cpu - self.start_up


def started() -> None:
    """Say, in a measured process, that its imports are done."""
    print(STARTED + json.dumps(time.process_time()), file=sys.stderr, flush=True)


def measured(command: Sequence[str], log: Path) -> Measured:
    """Run a command to its end; its last line of stderr is the number of its rows. RuntimeError where it fails.

    Its output is thrown away, as a pipe's reader would cost CPU of its own.
    """
    begun = time.perf_counter()
    with log.open("wb") as told, Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError("\n".join([" ".join(command), *lines[-15:]]))
    start = next((float(line.removeprefix(STARTED)) for line in lines if line.startswith(STARTED)), 0.0)
    wall = time.perf_counter() - begun
    return Measured(int(lines[-1]), usage.ru_utime + usage.ru_stime, start, wall, usage.ru_maxrss // 1024)
