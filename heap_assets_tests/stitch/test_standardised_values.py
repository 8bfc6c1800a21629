"""What goes through Python is kept: the next build computes what is new, and the table is a function of the records."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from heap_assets.stitch import standardised_values
from heap_assets.stitch.build import Build, pin_domains, run_step
from heap_assets.stitch.standardised_values import VALUES_STEP
from heap_assets_tests.people import House, house

FIRST = [{"customer_id": "1", "given_name": "Zoë", "surname": "Smith"}, {"customer_id": "2", "given_name": "Zoë"}]


def build(made: House) -> list[tuple[str, str, str]]:
    """(kind, value, standardised) of the table after a build."""
    begun = Build.begin(made.lake, made.settings)
    pin_domains(begun)
    table = made.lake.open(VALUES_STEP.table, run_step(begun, VALUES_STEP))
    rows = [row for path in table.absolute(table.files) for row in pq.ParquetFile(path).read().to_pylist()]
    return [(row["kind"], row["value"], row["standardised"]) for row in rows]


def test_only_new_values_are_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = house(tmp_path, crm_customers=FIRST)
    asked: list[str] = []
    compute = standardised_values.compute

    def listening(wanted, home):
        asked.extend(wanted["value"].to_pylist())
        return compute(wanted, home)

    monkeypatch.setattr(standardised_values, "compute", listening)
    before = build(made)
    made.add("crm_customers", [{"customer_id": "3", "surname": "Núñez", "phone": "+49 30 901820"}])
    after = build(made)

    assert before == [("text", "Zoë", "ZOE")]
    assert after == [("phone", "+49 30 901820", "+4930901820"), ("text", "Núñez", "NUNEZ"), ("text", "Zoë", "ZOE")]
    assert asked[:1] == ["Zoë"]
    assert sorted(asked[1:]) == ["+49 30 901820", "Núñez"]


def test_other_rules_compute_everything_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = house(tmp_path, crm_customers=FIRST)
    build(made)
    monkeypatch.setattr(standardised_values, "RULES", "other rules")
    monkeypatch.setattr(standardised_values, "fold", str.swapcase)
    made.add("crm_customers", [{"customer_id": "3", "surname": "Núñez"}])

    assert build(made) == [("text", "Núñez", "nÚÑEZ"), ("text", "Zoë", "zOË")]
