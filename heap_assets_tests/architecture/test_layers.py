"""Who may import what: here, which place knows which library. The order of the layers is in pyproject.toml."""

import ast
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "heap_assets").rglob("*.py"))

# A library (with all whose names begin with it and "_") -> the only places that may import it, below heap_assets/.
# A place is a path pattern in which * also stands for folders.
PLACES = {
    "dagster": ["*/assets.py", "*/checks.py", "orchestration/*", "triggers/*", "definitions.py", "cli/*"],
    "duckdb": ["engine/*"],
    "deltalake": ["lake/*"],
    "fastavro": ["sample/*"],
    "heap_assets.sample": ["cli/*", "sample/*"],
}


def names_imported_by(source: str) -> set[str]:
    """Full dotted names of all absolute imports, at whatever depth: `from a.b import c` gives a.b and a.b.c."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def belongs_to(name: str, library: str) -> bool:
    """Whether the dotted name is of the library or of one of its companions (dagster_aws goes with dagster)."""
    return name == library or name.startswith((f"{library}.", f"{library}_"))


@pytest.mark.parametrize("library", PLACES)
def test_only_its_places_import(library: str) -> None:
    strangers = [
        str(place)
        for path in MODULES
        if not any(fnmatch(place := path.relative_to(ROOT / "heap_assets").as_posix(), p) for p in PLACES[library])
        and any(belongs_to(name, library) for name in names_imported_by(path.read_text(encoding="utf-8")))
    ]

    assert strangers == [], f"{library} is imported outside {PLACES[library]}"


def test_imports_are_absolute() -> None:
    relative = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_an_import_inside_a_function_counts() -> None:
    source = "def late():\n    from dagster_aws.s3 import S3Resource\n"

    assert any(belongs_to(name, "dagster") for name in names_imported_by(source))


def test_every_tool_loads_the_same_code_location() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    project = pyproject["dg"]["project"]

    assert [entry["python_module"] for entry in workspace] == [
        {
            "module_name": pyproject["dagster"]["module_name"],
            "location_name": pyproject["dagster"]["code_location_name"],
        }
    ]
    assert pyproject["dagster"] == {
        "module_name": project["code_location_target_module"],
        "code_location_name": project["code_location_name"],
    }
