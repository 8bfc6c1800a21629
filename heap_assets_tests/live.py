"""A real Dagster: `heap-assets ui` as a process, a backfill of the feeds asked for over GraphQL, and the end of all its processes.

It waits most of its time (the daemon looks for backfills every 30 seconds), so it is started when the tests begin and
asked for its result by the test that needs it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.worlds import ROOT

FEEDS = ("heap/users", "heap/pageviews", "crm/customers")
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
DEADLINE = 170.0
_CONFIG = """\
source: {bucket: heap-rs3-acme}
start_date: 2026-01-01
sensors: stopped
lake: {uri: lake}
dagster_home: dagster
feeds:
  - {source: CRM, feed: Customers, pattern: "crm/{yyyy}-{MM}-{dd}.csv", primary_key: [id]}
"""
_LAUNCH = """
mutation($asked: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $asked) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
_STATUS = """
query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  __typename ... on PartitionBackfill { status runs(limit: 100) { status } } } }
"""


class LiveBackfill:
    """One backfill over a range of file dates, from start to end, in the background."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._result: dict[str, Any] = {}
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._drive, daemon=True)

    def claim(self) -> bool:
        """Whether this process is the first that asks, and so the one to start it."""
        try:
            self.folder.mkdir()
        except FileExistsError:
            return False
        return True

    def start(self) -> None:
        """Write the bucket and its configuration, start `heap-assets ui` on a free port, and go on in the background."""
        bucket = BucketBuilder(self.folder)
        bucket.dump(1, users=[{"user_id": 1, "last_modified": 1}], pageviews=[{"user_id": 1, "event_id": 1}])
        bucket.file("crm/2026-01-03.csv", [{"id": "a"}, {"id": "b"}])
        config = self.folder / "heap_assets.yaml"
        config.write_text(_CONFIG, encoding="utf-8")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HEAP_", "DAGSTER_"))}
        with (self.folder / "ui.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "heap_assets.cli", "ui", "--port", str(self._port), "--config", str(config)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**clean, "PYTHONPATH": str(ROOT)},
            )
        self._thread.start()

    def finished(self) -> dict[str, Any]:
        """The backfill's end: its status, or what went wrong, and which processes are left; waits for it."""
        until = time.monotonic() + DEADLINE + 60
        while not self._ended.exists() and time.monotonic() < until:
            time.sleep(0.2)
        told: dict[str, Any] = json.loads(self._ended.read_text(encoding="utf-8"))
        return told

    @property
    def _ended(self) -> Path:
        return self.folder / "ended.json"

    @property
    def log(self) -> str:
        """What the processes have printed."""
        return (self.folder / "ui.log").read_text(encoding="utf-8", errors="replace")

    def _drive(self) -> None:
        try:
            until = time.monotonic() + DEADLINE
            self._wait_for_the_server(until)
            self._backfill(until)
        except (OSError, KeyError, TimeoutError, ValueError) as error:
            self._result["error"] = repr(error)
        finally:
            if self._process is not None:
                self._result["left"] = end_tree(self._process)
            written = self._ended.with_suffix(".part")
            written.write_text(json.dumps(self._result), encoding="utf-8")
            written.rename(self._ended)

    def _wait_for_the_server(self, until: float) -> None:
        while time.monotonic() < until:
            try:
                self._ask("{ version }")
            except OSError:
                time.sleep(0.5)
            else:
                return
        raise TimeoutError("the web server did not answer")

    def _backfill(self, until: float) -> None:
        asked = {
            "assetSelection": [{"path": feed.split("/")} for feed in FEEDS],
            "partitionNames": list(DAYS),
            "title": "everything again",
        }
        launched = self._ask(_LAUNCH, {"asked": asked})["launchPartitionBackfill"]
        self._result["launched"] = launched
        while time.monotonic() < until:
            told = self._ask(_STATUS, {"id": launched["backfillId"]})["partitionBackfillOrError"]
            self._result["backfill"] = told
            if told["status"] not in ("REQUESTED", "COMPLETING"):
                return
            time.sleep(0.5)
        raise TimeoutError("the backfill did not end")

    def _ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/graphql",
            json.dumps({"query": query, "variables": variables or {}}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content: dict[str, Any] = json.load(answer)
        if "errors" in content:
            raise ValueError(content["errors"])
        return dict(content["data"])


def end_tree(process: "subprocess.Popen[bytes]") -> list[int]:
    """End a process and all that it started, by their ids; returns those that would not go (none)."""
    family = [process.pid, *descendants(process.pid)]
    _send(family, signal.SIGTERM)
    until = time.monotonic() + 10
    while any(_alive(pid) for pid in family) and time.monotonic() < until:
        process.poll()
        family += [pid for pid in descendants(process.pid) if pid not in family]
        time.sleep(0.2)
    _send(family, signal.SIGKILL)
    process.wait(10)
    time.sleep(0.2)
    return [pid for pid in family if _alive(pid)]


def descendants(pid: int) -> list[int]:
    """Processes that this one has started, and those that they have, as `ps` knows them."""
    lines = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    parents = {int(child): int(parent) for child, parent in (line.split() for line in lines if line.strip())}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def _send(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
