"""docs/feeds.md is true: its file gives its entry, and every command on it is one that there is.

What the commands do is told in test_corrections.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from heap_assets.bucket.status import Status, feed_statuses
from heap_assets.cli import cli
from heap_assets.settings import load_settings
from heap_assets.settings.entries import FeedSettings, FieldSettings, FileSettings, LimitSettings
from heap_assets_tests.feeds.house import House
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


ENTRY = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}*.csv",
    "primary_key": ["id"],
}
DAYS = (date(2026, 11, 20), date(2026, 11, 21))


@dataclass(frozen=True)
class Example:
    """Lines of an entry, files by their keys, and what stands below them."""

    entry: dict[str, Any]
    files: dict[str, str]
    result: list[str]


def examples() -> Iterator[Example]:
    for part in PAGE.split("```yaml setting\n")[1:]:
        files = dict(re.findall(r"^```csv (\S+)\n(.*?)^```$", part, re.DOTALL | re.MULTILINE))
        result = re.findall(r"^```text result\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)[0]
        yield Example(yaml.safe_load(part.split("```")[0]), files, [line.rstrip() for line in result.splitlines()])


def outcome(house: House) -> Iterator[str]:
    """What the domain table holds, what was rejected, what did not land: a line each."""
    house.land(DAYS)
    house.fold()
    rows = house.rows()
    if rows:
        names = [name for name in rows[0] if not name.startswith("_")]
        yield " | ".join(names)
        yield from (" | ".join("" if row[name] is None else str(row[name]) for name in names) for row in rows)
    held = house.quarantine() if house.lake.exists("quarantine") else []
    for row in sorted(held, key=lambda row: (row["object"], row["row"])):
        yield f"rejected: {row['object']} row {row['row']} {row['reason']} {row['column']}"
    for status in feed_statuses(house.lake, house.settings, house.spec):
        if status.status is not Status.LANDED:
            yield " ".join(filter(None, (f"{status.status}:", status.delivery.delivery, status.arrival.code)))


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: "+".join(example.entry))
def test_an_example_of_a_setting_gives_what_the_page_says(tmp_path: Path, example: Example) -> None:
    house = House(tmp_path, "crm/customers", feeds=[ENTRY | example.entry], start_date="2026-11-20")
    for key, text in example.files.items():
        house.builder.file(key, text)

    assert [line.rstrip() for line in outcome(house)] == example.result


def test_every_setting_of_a_feed_stands_in_an_example() -> None:
    entries = [example.entry for example in examples()]
    shown = {name for entry in entries for name in entry} | {"source", "feed", "delivery", "table"}
    inside = {name for entry in entries for part in ("file", "limits") for name in entry.get(part, ())}
    of_fields = {name for entry in entries for item in entry.get("fields", {}).values() for name in item}

    assert shown == set(FeedSettings.model_fields)
    assert inside == {*FileSettings.model_fields, *LimitSettings.model_fields}
    assert of_fields == set(FieldSettings.model_fields)
    assert [name for name in (*shown, *inside, *of_fields) if f"`{name}`" not in PAGE and f"`{name}:" not in PAGE] == []
