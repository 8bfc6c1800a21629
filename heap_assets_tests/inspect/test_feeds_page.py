"""docs/feeds.md is true: its file gives its entry, and every command on it is one that there is.

What the commands do is told in test_corrections.
"""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from heap_assets.cli import cli
from heap_assets.settings import load_settings
from heap_assets_tests.inspect.files import command

PAGE = (Path(__file__).parents[2] / "docs" / "feeds.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("heap-assets ")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's bucket with its first file."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["bash", "-c", blocks("sh")[0]], check=True)
    return tmp_path


def test_inspect_prints_the_entry_of_the_page(folder: Path) -> None:
    command("init", "bucket")

    done = command("inspect", "bucket/crm")

    assert done.stdout[done.stdout.index("\nfeeds:\n") + 1 :] == blocks("yaml")[0]


def test_init_writes_the_entry_of_the_page(folder: Path) -> None:
    command("init", "bucket")

    assert Path("heap_assets.yaml").read_text(encoding="utf-8").endswith(blocks("yaml")[0])
    assert load_settings("heap_assets.yaml").feed("crm/kunden").last_updated == "geandert"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_is_one(line: str) -> None:
    arguments = shlex.split(line)[1:]
    found: click.Command = cli
    while (
        isinstance(found, click.Group)
        and arguments
        and (inner := found.get_command(click.Context(found), arguments[0]))
    ):
        found, arguments = inner, arguments[1:]

    assert found.make_context(str(found.name), arguments, resilient_parsing=False)
