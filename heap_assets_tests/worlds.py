"""A sample world as tests use it: its folder, its settings, runs on it, and what its lake then says."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, TypeVar

import yaml

from heap_assets import open_lake
from heap_assets.catalog import LakeReader
from heap_assets.cli.headless import Request, RunReport, bring_up_to_date
from heap_assets.orchestration.options import RunOptions
from heap_assets.sample import World
from heap_assets.settings import Settings, load_settings

SMALL = World(users=400, days=6, identified_share=0.2, resent_share=0.02, chained_share=0.3)
Seen = TypeVar("Seen")
ROOT = Path(__file__).parents[1]


def nothing_said(_: str) -> None:
    """A listener to progress that tells nobody."""


@dataclass(frozen=True)
class SampleWorld:
    """A sample on disk with the configuration beside it; whoever changes it works on a copy."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "heap_assets.yaml"

    @property
    def bucket(self) -> Path:
        return self.folder / "heap-rs3-acme"

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @property
    def summary(self) -> dict[str, Any]:
        """The truth of the sample."""
        return dict(json.loads((self.folder / "truth" / "summary.json").read_text(encoding="utf-8")))

    def copy(self, to: Path) -> "SampleWorld":
        """The same world, with its lake and its Dagster instance, at another place; file times are kept."""
        shutil.copytree(self.folder, to)
        return SampleWorld(to, self.environment)

    def configure(self, **sections: Any) -> None:
        """Replace sections of the configuration file; a section that is a mapping is merged into the one there."""
        content = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        for name, section in sections.items():
            held = content.get(name)
            content[name] = {**held, **section} if isinstance(held, dict) and isinstance(section, dict) else section
        self.config.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def run(
        self, say: Callable[[str], None] = nothing_said, *, options: RunOptions = RunOptions(), **request: Any
    ) -> RunReport:
        """`heap-assets run` in this process."""
        return bring_up_to_date(self.settings, Request(options=options, **request), say)

    def lake(self) -> LakeReader:
        """The lake as it is now."""
        return open_lake(self.settings)

    def cli(self, *arguments: str, **environment: str) -> "CompletedProcess[str]":
        """`heap-assets …` as a process of its own, on this configuration."""
        return heap_assets(*arguments, "--config", str(self.config), **self.environment, **environment)

    def watched(
        self, look: Callable[[LakeReader], Seen], *arguments: str
    ) -> "tuple[CompletedProcess[str], list[Seen]]":
        """`heap-assets …` as a process of its own, and what a reader saw all the while it was running."""
        seen = []
        with ThreadPoolExecutor() as pool:
            ended = pool.submit(self.cli, *arguments)
            while not ended.done():
                seen.append(look(self.lake()))
                time.sleep(0.2)
        return ended.result(), [*seen, look(self.lake())]

    def files(self) -> dict[str, tuple[int, int]]:
        """Every file of the lake with its size and modification time."""
        found = (path for path in (self.folder / "lake").rglob("*") if path.is_file())
        return {
            path.relative_to(self.folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in found
        }


def heap_assets(*arguments: str, cwd: Path | None = None, **environment: str) -> "CompletedProcess[str]":
    """The command line as a process of its own."""
    return python("-m", "heap_assets.cli", *arguments, cwd=cwd, **environment)


def python(*arguments: str, cwd: Path | None = None, **environment: str) -> "CompletedProcess[str]":
    """Python as a process of its own; of our settings it sees only what is given here."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HEAP_", "DAGSTER_", "AWS_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        timeout=180,
    )
