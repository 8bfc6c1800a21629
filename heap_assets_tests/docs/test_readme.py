"""Every command of the README is run, in its order, in a copy of the repository, and prints what the README says."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".heap_assets", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    lines = [line.split("   #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository whose .venv is the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("readme") / "heap_assets"
    shutil.copytree(REPOSITORY, folder, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as it stands; `make` is told that the environment is installed already."""
    told = command.replace("make ", "make -o install ", 1) if command.startswith("make ") else command
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        told, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_command_of_the_readme_runs(clone: Path) -> None:
    outputs: dict[str, str] = {}
    for command in commands():
        if command.endswith(" ui"):
            continue
        done = run(command, clone)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        outputs[command] = done.stdout
    shown = blocks("text")[0].splitlines()
    printed = outputs["make demo"].splitlines()
    assert [line for line in shown if line != "…"] == [line for line in printed if line in shown]
    assert "mail" not in outputs[".venv/bin/heap-assets deliveries"]


def test_the_python_of_the_readme_runs(clone: Path) -> None:
    if not (clone / ".heap_assets").exists():
        run("make demo", clone)
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    script = blocks("python")[0] + '\nprint(lake.sql("SELECT count(*) AS people FROM customer_360").to_pylist())'
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[{'people': 4865}]"


def test_the_ui_of_the_readme_answers(clone: Path) -> None:
    if not (clone / ".heap_assets").exists():
        run("make demo", clone)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(clone / ".venv/bin/heap-assets"), "ui", "--port", str(port)]
    started = subprocess.Popen(
        command,
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert answers(f"http://127.0.0.1:{port}/server_info", seconds=90)
    finally:
        end_session(started.pid)


def answers(address: str, seconds: float) -> bool:
    """Whether a page is served within some time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2) as page:
                return bool(page.status == 200)
        except OSError:
            time.sleep(0.5)
    return False


def end_session(leader: int) -> None:
    """End every process of the session that was started: dagster's children leave its process group."""
    for folder in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == leader:
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue
