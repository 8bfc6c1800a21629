"""Tables for those who check Stitch, on tables as the core leaves them, made by hand."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch.coalesced import coalesced_sql, customer_sql
from heap_assets.stitch.outputs import preprocessed_sql, stitch_scores_sql, unified_scores_sql

TEXTS = "given middle surname suffix email phone address unit po_box city state postal country gender birthdate company title"
FLAGS = "given_name generational_suffix surname email phone address postal city state country birthdate company gender title"
RECORDS = pa.schema(
    [("datasource", pa.string()), ("pk", pa.string())]
    + [(name, pa.string()) for name in (*TEXTS.split(), "fk_id")]
    + [(f"blv_{name}", pa.bool_()) for name in FLAGS.split()]
    + [("has_blv", pa.bool_())]
)
ANN = {
    "given": "ANN",
    "middle": "B",
    "surname": "LEE",
    "email": "ANN.LEE@X.ORG",
    "address": "1 MAIN STREET",
    "unit": "STE 5",
}
RECORD_ROWS = [
    {"pk": "1", **ANN, "birthdate": "1980-03-04", "fk_id": "C1"},
    {"pk": "2", **ANN, "fk_id": "C2"},
    {"pk": "3", "given": "BO", "middle": "MARIA", "birthdate": "29 FEB"},
    {"pk": "4", "surname": "EK", "blv_email": True, "has_blv": True},
]
SOURCE_ROWS = [
    {"pk": "1", "given_name": "Ann", "surname": "Lee", "email": "ann.lee@x.org", "email_work": "ann.lee@x.org"},
    {"pk": "2", "given_name": "Ann", "surname": "Lee", "email": "ann.lee@x.org"},
    {"pk": "3", "given_name": "Bo"},
    {"pk": "4", "surname": "Ek", "email": "noreply@x.org", "email_work": "noreply@x.org"},
]
CLUSTERED = ("datasource", "pk", "component_id", "is_supersized", "supersized_id", "rep_ds", "rep_pk")
REGISTRY = [("A", "1", True), ("A", "2", True), ("A", "3", True), ("B", "4", True), ("OLD", "1", False)]
SCORES = [("1", "3", 3.4, "High", "scored"), ("3", "4", 0.4, "Non-match", "scored_transitive")]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    blank = {f"blv_{name}": False for name in FLAGS.split()} | {"has_blv": False, "datasource": "S"}
    with Engine(threads=1) as made:
        made.bind_arrow("records", pa.Table.from_pylist([{**blank, **row} for row in RECORD_ROWS], schema=RECORDS))
        source = [{"datasource": "S", **row, "_given": "x"} for row in SOURCE_ROWS]
        names = ("datasource", "pk", "given_name", "surname", "email", "email_work", "_given")
        made.bind_arrow("source", pa.Table.from_pylist(source, pa.schema([(name, pa.string()) for name in names])))
        clusters = [
            ("S", pk, component, pk == "4", 9 if pk == "4" else None, "S", represented)
            for pk, component, represented in zip("1234", (0, 0, 0, 3), "1134", strict=True)
        ]
        made.bind_arrow("clusters", pa.Table.from_pylist([
            dict(zip(CLUSTERED, row, strict=True))
            for row in clusters
        ]))  # fmt: skip
        made.bind_arrow("registry", pa.table({
            "amperity_id": [row[0] for row in REGISTRY],
            "datasource": ["S"] * len(REGISTRY),
            "pk": [row[1] for row in REGISTRY],
            "active": [row[2] for row in REGISTRY],
        }))  # fmt: skip
        made.bind_arrow("pair_scores", pa.table({
            "source1": ["S", "S"], "pk1": [row[0] for row in SCORES], "source2": ["S", "S"],
            "pk2": [row[1] for row in SCORES], "score": [row[2] for row in SCORES],
            "match_category": [row[3] for row in SCORES], "match_type": [row[4] for row in SCORES],
        }))  # fmt: skip
        made.define("coalesced", coalesced_sql(names))
        made.define("stitch_scores", stitch_scores_sql())
        yield made


def rows(engine: Engine, statement: str) -> list[dict[str, Any]]:
    return engine.rows(statement).to_pylist()


def test_coalesced_knows_component_supersized_and_representative(engine: Engine) -> None:
    found = {row["pk"]: row for row in rows(engine, "SELECT * FROM coalesced")}

    assert [found[pk]["rep_pk"] for pk in "1234"] == ["1", "1", "3", "4"]
    assert [found[pk]["component_id"] for pk in "1234"] == [0, 0, 0, 3]
    assert [(found[pk]["is_supersized"], found[pk]["supersized_id"]) for pk in "14"] == [(False, None), (True, 9)]
    assert [found[pk]["amperity_id"] for pk in "1234"] == ["A", "A", "A", "B"]
    assert (found["1"]["full_name"], found["3"]["full_name"], found["4"]["full_name"]) == ("Ann Lee", "Bo", "Ek")
    assert "_given" not in found["1"]


def test_unified_customer_leaves_out_the_supersized(engine: Engine) -> None:
    columns = engine.rows("SELECT * FROM coalesced LIMIT 0").schema.names

    found = rows(engine, customer_sql(columns))

    assert sorted(row["pk"] for row in found) == ["1", "2", "3"]
    assert "component_id" not in found[0]


def test_preprocessed_has_a_row_a_representative_with_all_its_foreign_keys(engine: Engine) -> None:
    schema = engine.rows("SELECT * FROM records LIMIT 0").schema.names
    found = {row["pk"]: row for row in rows(engine, preprocessed_sql(schema))}

    assert sorted(found) == ["1", "3", "4"]
    assert found["1"]["fk_id"] == "C1,C2"
    assert (found["1"]["given_name"], found["1"]["login_trimmed"]) == ("ANN B", "ANN.L")
    assert found["1"]["address"] == "1 MAIN STREET SUITE 5"
    assert str(found["1"]["birthdate"]) == "1980-03-04"
    assert (found["3"]["given_name"], found["3"]["birthdate"], found["3"]["address"]) == ("BO", None, None)
    assert sorted(row["int_id"] for row in found.values()) == [0, 1, 2]
    assert found["1"]["sk_given_name"] == "ANN"


def test_scores_of_all_pairs_and_of_one_person(engine: Engine) -> None:
    every = {(row["pk1"], row["pk2"]): row for row in rows(engine, "SELECT * FROM stitch_scores")}
    inside = {(row["pk1"], row["pk2"]): row for row in rows(engine, unified_scores_sql())}

    assert {pair: (row["amperity_id1"], row["amperity_id2"]) for pair, row in every.items()} == {
        ("1", "3"): ("A", "A"),
        ("3", "4"): ("A", "B"),
    }
    assert set(inside) == {("1", "3"), ("1", "2")}
    assert (inside["1", "2"]["match_type"], inside["1", "2"]["score"]) == ("trivial_duplicate", 5.0)
    assert inside["1", "3"]["match_category"] == "High"
