"""The simulated population of pseudopeople as one labelled set: censuses, tax forms, registers of the same people.

    python benchmarks/identity/simulated.py DIR

Run by a Python that has `pseudopeople` (BSD-3), whose package holds the sample population that this draws from, with the
errors that it ships by default. Writes DIR/pseudopeople.parquet; birthdates stay as each source writes them.
"""

import sys
from pathlib import Path

import pandas as pd
import pseudopeople

FIELDS = {
    "given": "first_name",
    "middle": "middle_initial",
    "surname": "last_name",
    "birthdate": "date_of_birth",
    "city": "city",
    "state": "state",
    "postal": "zipcode",
    "ssn": "ssn",
    "gender": "sex",
}
STREET = ("street_number", "street_name", "unit_number")
SOURCES = (
    ("census_2020", pseudopeople.generate_decennial_census, 2020, ""),
    ("census_2030", pseudopeople.generate_decennial_census, 2030, ""),
    ("w2_2020", pseudopeople.generate_taxes_w2_and_1099, 2020, "mailing_address_"),
    ("w2_2021", pseudopeople.generate_taxes_w2_and_1099, 2021, "mailing_address_"),
    ("form_1040", pseudopeople.generate_taxes_1040, 2020, "mailing_address_"),
    ("social_security", pseudopeople.generate_social_security, 2020, ""),
    ("wic", pseudopeople.generate_women_infants_and_children, 2020, ""),
    ("survey", pseudopeople.generate_american_community_survey, 2020, ""),
)
MAILED = ("city", "state", "postal")


def main() -> None:
    """Generate every source, put them under one set of columns in an order that tells nothing, write them."""
    parts = [
        _source(name, generate(seed=1, year=year, verbose=False), prefix) for name, generate, year, prefix in SOURCES
    ]
    records = pd.concat(parts, ignore_index=True).sample(frac=1, random_state=3).reset_index(drop=True)
    records.to_parquet(Path(sys.argv[1]) / "pseudopeople.parquet")
    print(f"{len(records):,} records of {records['person'].nunique():,} people")


def _source(name: str, made: pd.DataFrame, prefix: str) -> pd.DataFrame:
    columns = {field: made.get(f"{prefix}{column}" if field in MAILED else column) for field, column in FIELDS.items()}
    street = [made[f"{prefix}{part}"].astype("string").fillna("") for part in STREET if f"{prefix}{part}" in made]
    if street:
        columns["address"] = street[0].str.cat(street[1:], sep=" ").str.split().str.join(" ").replace("", None)
    empty = pd.Series(pd.NA, index=made.index, dtype="string")
    filled = {field: empty if columns.get(field) is None else columns[field] for field in (*FIELDS, "address")}
    return pd.DataFrame(filled).astype("string").assign(source=name, person=made["simulant_id"].astype("string"))


if __name__ == "__main__":
    main()
