"""The shape of the code: documented, typed, short, finished. The figures are those of CONTRIBUTING.md."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "heap_assets").rglob("*.py"))

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
UNFINISHED = ("TODO", "FIXME", "XXX")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def public_definitions(parent: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Definition]]:
    """Public functions and classes at the top, and public methods of public classes, with their dotted names."""
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from ((f"{node.name}.{name}", inner) for name, inner in public_definitions(node))


def needs_no_docstring(node: Definition) -> bool:
    """Overloads and a property's setter share the docstring of what they belong to; an override, its base's."""
    marks = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return bool(marks & {"overload", "override", "setter", "deleter"})


def untyped_parts(function: Function) -> list[str]:
    """Names of arguments without a type, and "return" if that has none."""
    spec = function.args
    arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
    untyped = [a.arg for a in arguments if a.annotation is None and a.arg not in {"self", "cls"}]
    return untyped + ["return"] * (function.returns is None)


@pytest.fixture(params=MODULES, ids=str)
def text(request: pytest.FixtureRequest) -> str:
    return (ROOT / request.param).read_text(encoding="utf-8")


def test_every_module_says_what_belongs_in_it(text: str) -> None:
    assert ast.get_docstring(ast.parse(text))


def test_every_public_definition_has_a_docstring(text: str) -> None:
    bare = [
        name
        for name, node in public_definitions(ast.parse(text))
        if not needs_no_docstring(node) and not ast.get_docstring(node)
    ]

    assert bare == []


def test_every_public_function_is_typed(text: str) -> None:
    untyped = {
        name: parts
        for name, node in public_definitions(ast.parse(text))
        if isinstance(node, Function) and (parts := untyped_parts(node))
    }

    assert untyped == {}


def test_no_file_is_long(text: str) -> None:
    assert len(text.splitlines()) <= LONGEST_FILE


def test_no_function_is_long(text: str) -> None:
    lengths = {n.name: n.end_lineno - n.lineno + 1 for n in ast.walk(ast.parse(text)) if isinstance(n, Function)}

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_nothing_is_left_for_later(text: str) -> None:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]

    assert [comment for comment in comments if any(word in comment for word in UNFINISHED)] == []


def test_the_rules_see_what_they_are_for() -> None:
    source = "class Shown:\n    def method(self, a, *b: int, **c): ...\n    def _hidden(self, d): ...\n"

    found = dict(public_definitions(ast.parse(source)))

    assert list(found) == ["Shown", "Shown.method"]
    assert untyped_parts(found["Shown.method"]) == ["a", "c", "return"]
