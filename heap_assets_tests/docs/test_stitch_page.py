"""docs/stitch.md is true: its settings load, its commands are ones that there are, its queries run, its picture is there."""

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from heap_assets.cli import cli
from heap_assets.settings import load_settings
from heap_assets_tests.people import house

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "stitch.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


COMMANDS = [shlex.split(line)[1:] for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("block", blocks("yaml"))
def test_settings_of_the_page_load(block: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "heap_assets.yaml"
    path.write_text("source: {bucket: bucket}\nstart_date: 2026-01-01\n" + block, encoding="utf-8")

    load_settings(str(path))

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:2]))
def test_every_command_of_the_page_is_one(arguments: list[str]) -> None:
    found = cli.get_command(click.Context(cli), arguments[0])

    assert found is not None
    assert found.make_context(arguments[0], arguments[1:], resilient_parsing=False)


def test_every_query_of_the_page_runs(tmp_path: Path) -> None:
    made = house(
        tmp_path, crm_customers=[{"customer_id": "1", "surname": "Lee"}, {"customer_id": "2", "email": "a@b.example"}]
    )
    made.release()
    lake = made.read()

    assert [lake.sql(statement).num_rows for _, statement in (c for c in COMMANDS if c[0] == "query")] == [0, 0, 0]


def test_python_of_the_page_is_of_this_package() -> None:
    for block in blocks("python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("heap_assets"):
                module = __import__(str(node.module), fromlist=["_"])
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def test_links_and_pictures_of_the_page_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", PAGE)

    assert targets
    assert [target for target in targets if not (DOCS / target).exists()] == []
