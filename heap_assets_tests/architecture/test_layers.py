"""Who may import what: here, which place knows which library. The order of the layers is in pyproject.toml."""

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import heap_assets

ROOT = Path(__file__).parents[2]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
MODULES = sorted((ROOT / "heap_assets").rglob("*.py"))

# A library (with all whose names begin with it and "_") -> the only places that may import it, below heap_assets/.
# A place is a path pattern in which * also stands for folders. The package's own __init__.py names a type of dagster's.
PLACES = {
    "dagster": [
        "__init__.py",
        "*/assets.py",
        "*/checks.py",
        "orchestration/*",
        "triggers/*",
        "definitions.py",
        "cli/*",
    ],
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


def distribution(name: str) -> str:
    """A distribution's name in its normal form: PyYAML is pyyaml, dagster_aws is dagster-aws."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("library", PLACES)
def test_only_its_places_import(library: str) -> None:
    strangers = [
        str(place)
        for path in MODULES
        if not any(fnmatch(place := path.relative_to(ROOT / "heap_assets").as_posix(), p) for p in PLACES[library])
        and any(belongs_to(name, library) for name in names_imported_by(path.read_text(encoding="utf-8")))
    ]

    assert strangers == [], f"{library} is imported outside {PLACES[library]}"


def test_importing_the_package_loads_no_library() -> None:
    libraries = ["dagster", "datafusion", "deltalake", "duckdb", "pandas", "pyarrow"]
    program = f"import sys, heap_assets; print(*(name for name in {libraries} if name in sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert loaded.split() == []


def test_every_library_that_is_imported_is_declared() -> None:
    required = SETUP["options"]["install_requires"].split()
    declared = {distribution(re.split(r"[<>=\[]", line)[0]) for line in required}
    imported = {name.split(".")[0] for path in MODULES for name in names_imported_by(path.read_text(encoding="utf-8"))}
    libraries = imported - set(sys.stdlib_module_names) - {"heap_assets"}

    provided_by = packages_distributions()

    assert {name for name in libraries if not declared & set(map(distribution, provided_by.get(name, [])))} == set()


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


def test_package_and_metadata_have_one_version() -> None:
    assert heap_assets.__version__ == SETUP["metadata"]["version"]


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
