"""Every error has a code of its own, a docstring, and a section in docs/errors.md that says what to do."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from heap_assets.errors import HeapAssetsError

ROOT = Path(__file__).parents[2]


def family(root: type[HeapAssetsError]) -> list[type[HeapAssetsError]]:
    """The class and all that are derived from it, in the order in which they are written."""
    return [root, *(cls for child in root.__subclasses__() for cls in family(child))]


def sections() -> dict[str, str]:
    """Heading -> text of the sections of docs/errors.md."""
    parts = re.split(r"^## (.+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


ERRORS = [cls for cls in family(HeapAssetsError) if cls.__module__ == HeapAssetsError.__module__]
SECTIONS = sections()
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda cls: cls.__name__)


@each_error
def test_error_has_a_code_of_its_own(error: type[HeapAssetsError]) -> None:
    assert "code" in vars(error)
    assert re.fullmatch(r"HA-\d{4}", error.code)


def test_no_code_is_used_twice() -> None:
    assert [code for code, times in Counter(cls.code for cls in ERRORS).items() if times > 1] == []


@each_error
def test_error_says_when_it_is_raised(error: type[HeapAssetsError]) -> None:
    assert (vars(error).get("__doc__") or "").strip()


@each_error
def test_section_says_what_it_means_and_what_to_do(error: type[HeapAssetsError]) -> None:
    section = SECTIONS.get(f"{error.code} {error.__name__}", "")

    assert re.search(r"^\*\*Means:\*\* \S", section, re.MULTILINE)
    assert re.search(r"^\*\*Do:\*\* \S", section, re.MULTILINE)


def test_sections_are_those_of_the_errors_in_the_order_of_their_codes() -> None:
    assert list(SECTIONS) == sorted(f"{cls.code} {cls.__name__}" for cls in ERRORS)


def test_errors_are_defined_in_one_module_only() -> None:
    names = {cls.__name__ for cls in ERRORS}
    elsewhere = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "heap_assets").rglob("*.py"))
        if path != ROOT / "heap_assets" / "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and names & {ast.unparse(base).split(".")[-1] for base in node.bases}
    ]

    assert elsewhere == []
