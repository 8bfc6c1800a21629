"""Each system on one labelled set, in a child process: cost, labels by threshold, scored pairs."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from .labelled import Labelled

HERE = Path(__file__).parent
SWEEP = (-5.0, -3.0, -1.0, 0.0, 2.0, 4.25, 6.0, 8.0, 10.0, 13.0)
"""Match weights at which Splink's pairs are clustered; 4.25 is probability .95."""
USUAL = 4.25


@dataclass(frozen=True)
class Run:
    """One run: `cost` as the child told it; `folder` holds its files."""

    cost: dict
    folder: Path


def run_ours(labelled: Labelled, folder: Path, pairs: bool = True, memory: str = "1GB") -> Run:
    """Stitch with its shipped default."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    records, plan = folder / "records.parquet", folder / "plan.json"
    pq.write_table(labelled.records, records)
    plan.write_text(json.dumps({"tags": labelled.tags, "kinds": labelled.kinds, "pairs": pairs, "memory": memory}))
    return Run(_child([sys.executable, "-m", "identity.ours", *map(str, (records, plan, folder))]), folder)


def run_splink(python: str, labelled: Labelled, standardised: Path, folder: Path, sweep: bool = True) -> Run:
    """Splink on the records that Stitch standardised, so that both compare the same values."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    names = pq.read_schema(standardised).names
    plan = _plan(labelled.name, names)
    plan["thresholds"] = SWEEP if sweep else [USUAL]
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [
        str(Path(python).absolute()) if "/" in python else python,
        str(HERE / "splink_run.py"),
        str(standardised),
        str(folder / "plan.json"),
        str(folder),
    ]
    return Run(_child(command), folder)


def _child(command: list[str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parent)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


_FREQUENT = {"term_frequency_adjustments": True}


def _plan(name: str, columns: list[str]) -> dict:
    """Comparisons and rules: of Splink's example for the public sets, else its ready-made comparison for each field."""
    usual = {
        "max_pairs": 1e6,
        "recall": 0.7,
        "columns": "row_number() OVER (ORDER BY datasource, pk) AS unique_id, * EXCLUDE (heap_user_id),"
        " given || ' ' || surname AS whole_name"
        + (", split_part(email, '@', 1) AS mailbox" if "email" in columns else ""),
    }
    return usual | _EXAMPLES.get(name, _NO_CONTACTS if name.endswith("no_contacts") else _CUSTOMERS)


_NAMES = ["NameComparison", "given", {}, _FREQUENT], ["NameComparison", "surname", {}, _FREQUENT]
_BORN = ["DateOfBirthComparison", "birthdate", {"input_is_string": True}]
_STREET = ["JaroWinklerAtThresholds", "address", {"score_threshold_or_thresholds": [0.93, 0.8]}, _FREQUENT]
_WITHOUT_NUMBER = [["given", "surname"], ["birthdate"], ["address"], ["substr(given, 1, 3)", "substr(surname, 1, 4)"]]
_CUSTOMERS = {
    "comparisons": [
        *_NAMES,
        ["EmailComparison", "email"],
        ["LevenshteinAtThresholds", "phone", {"distance_threshold_or_thresholds": [1, 2]}, _FREQUENT],
        _BORN,
        _STREET,
        ["ExactMatch", "city", {}, _FREQUENT],
    ],
    "blocking": [
        ["email"], ["phone"], ["given", "surname", "postal"], ["given", "surname", "birthdate"],
        ["substr(given, 1, 3)", "address"], ["substr(given, 1, 3)", "substr(surname, 1, 3)", "mailbox"],
        ["substr(given, 1, 3)", "substr(surname, 1, 3)", "postal"], ["surname", "birthdate"],
        ["given", "surname", "city"],
    ],
    "deterministic": [["email"], ["given", "surname", "birthdate"], ["phone", "given"]],
    "em": [["given", "surname"], ["email"]],
}  # fmt: skip
_NO_CONTACTS = {
    "comparisons": [*_NAMES, _BORN, _STREET, ["ExactMatch", "postal", {}, _FREQUENT], ["ExactMatch", "city", {}, _FREQUENT]],
    "blocking": [*_WITHOUT_NUMBER, ["given", "surname", "postal"], ["surname", "birthdate"], ["given", "surname", "city"],
                 ["substr(given, 1, 3)", "substr(surname, 1, 3)", "postal"]],
    "deterministic": [["given", "surname", "birthdate"], ["given", "surname", "address"]],
    "em": [["given", "surname"], ["birthdate"]],
}  # fmt: skip
_EXAMPLES = {
    "fake_1000": {
        "comparisons": [
            *_NAMES,
            _BORN,
            ["ExactMatch", "city", {}, _FREQUENT],
            ["EmailComparison", "email"],
        ],
        "blocking": [["given"], ["surname"], ["birthdate"], ["email"]],
        "deterministic": [["given", "birthdate"], ["email"]],
        "em": [["birthdate"], ["given", "surname"]],
    },
    "febrl3": {
        "comparisons": [
            *_NAMES,
            _BORN,
            ["DamerauLevenshteinAtThresholds", "x_number", {"distance_threshold_or_thresholds": [1, 2]}],
            ["JaroWinklerAtThresholds", "address", {"score_threshold_or_thresholds": [0.9, 0.8]}],
            ["ExactMatch", "postal", {}, _FREQUENT],
            ["ExactMatch", "city", {}, _FREQUENT],
        ],
        "blocking": [["x_number"], ["given", "surname"], ["birthdate"], ["postal", "surname"], ["postal", "given"], ["address"]],
        "deterministic": [["x_number"], ["given", "surname", "birthdate"]],
        "em": [["given", "surname"], ["birthdate"]],
    },
    "pseudopeople": {
        "comparisons": [
            *_NAMES,
            _BORN,
            ["DamerauLevenshteinAtThresholds", "x_ssn", {"distance_threshold_or_thresholds": [1, 2]}],
            _STREET,
            ["ExactMatch", "middle", {}, _FREQUENT],
        ],
        "blocking": [["x_ssn"], *_WITHOUT_NUMBER],
        "deterministic": [["x_ssn"], ["given", "surname", "birthdate"]],
        "em": [["given", "surname"], ["birthdate"]],
    },
    "pseudopeople_no_ssn": {
        "comparisons": [*_NAMES, _BORN, _STREET, ["ExactMatch", "middle", {}, _FREQUENT]],
        "blocking": _WITHOUT_NUMBER,
        "deterministic": [["given", "surname", "birthdate"], ["given", "surname", "address"]],
        "em": [["given", "surname"], ["birthdate"]],
    },
    "historical_50k": {
        "comparisons": [
            ["ForenameSurnameComparison", ["given", "surname"], {"forename_surname_concat_col_name": "whole_name"}],
            _BORN,
            ["LevenshteinAtThresholds", "postal", {"distance_threshold_or_thresholds": [1, 2]}],
            ["ExactMatch", "x_birth_place", {}, _FREQUENT],
            ["ExactMatch", "x_occupation", {}, _FREQUENT],
        ],
        "blocking": [["substr(given, 1, 3)", "substr(surname, 1, 4)"], ["surname", "birthdate"], ["given", "birthdate"],
                     ["postal", "given"], ["postal", "surname"], ["birthdate", "x_birth_place"],
                     ["substr(postal, 1, 3)", "birthdate"]],
        "deterministic": [["given", "surname", "birthdate"], ["postal", "surname"]],
        "em": [["given", "surname"], ["birthdate"]],
    },
}  # fmt: skip
"""After Splink's own example notebooks for these sets, in the names of our columns; pseudopeople after its others."""
