"""Dated files: each a delivery of its own, or all of a date together (T63, T69; the others in traps/)."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from heap_assets import open_lake
from heap_assets.bucket.status import Status
from heap_assets_tests.feeds.decode.rejects import record_numbers
from heap_assets_tests.feeds.house import House

CRM = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}*.csv",
    "primary_key": ["id"],
}


def crm(tmp_path, **more) -> House:
    return House(tmp_path, "crm/customers", feeds=[CRM | more])


def test_t63_a_delivery_beyond_the_error_threshold_leaves_no_row(tmp_path):
    house = crm(tmp_path, error_threshold=40)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}, {"id": None}])
    house.builder.file("crm/customers_2026-01-03.csv", [{"id": "2"}, {"id": "3"}, {"id": None}])

    house.up_to_date()

    assert house.keys() == ["2", "3"]
    assert house.statuses()["crm/customers_2026-01-02.csv"] is Status.REFUSED
    assert len(house.quarantine()) == 1


def test_a_file_that_two_patterns_match_is_refused(tmp_path):
    other = CRM | {"feed": "Others", "pattern": "crm/*_{yyyy}-{MM}-{dd}.csv"}
    house = House(tmp_path, "crm/customers", feeds=[CRM, other])
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}])

    assert house.up_to_date() == []
    assert "CRM:Customers and CRM:Others" in house.reason("crm/customers_2026-01-02.csv")


def test_t69_a_file_that_may_still_grow_waits(tmp_path):
    house = crm(tmp_path, settle=10)
    house.builder.file("crm/customers_2026-01-02.csv", [{"id": "1"}], modified=datetime.now(UTC))

    assert house.up_to_date() == []
    assert house.statuses() == {}


def test_rows_behind_broken_records_keep_their_number_in_the_file(tmp_path):
    """Each file is read once; numbers behind a broken record are set right in what is written."""
    house = crm(tmp_path, load="truncate_and_upsert", fields={"age": {"type": "integer"}})
    house.builder.file("crm/customers_2026-01-02_a.csv", "id,age\n0,1\n1\n2,1\n3,x\n4,1\n5\n6\n7,y\n8,1\n")
    house.builder.file("crm/customers_2026-01-02_b.csv", "id,age\n10,1\n11,x\n12,1\n")

    rows = house.up_to_date()

    rejects = open_lake(house.settings).read("quarantine").to_pylist()
    assert {row["_pk"]: row["_row"] for row in rows} == {"0": 0, "2": 2, "4": 4, "8": 8, "10": 0, "12": 2}
    assert sorted((row["object"][-5], row["row"], row["column"]) for row in rejects if row["column"] == "age") == [
        ("a", 3, "age"),
        ("a", 7, "age"),
        ("b", 1, "age"),
    ]
    assert sorted(row["row"] for row in rejects if row["reason"] == "too-few-fields") == [1, 5, 6]


@given(st.sets(st.integers(0, 40)), st.integers(0, 60), st.integers(1, 9))
def test_rows_numbered_as_they_came_find_their_records(rejected, rows, known_at_once):
    records = [number for number in range(rows + len(rejected)) if number not in rejected][:rows]

    broken = sorted(rejected)
    batches = [broken[begin : begin + known_at_once] for begin in range(0, len(broken), known_at_once)]
    found = record_numbers(range(rows), *batches)

    assert found == records
