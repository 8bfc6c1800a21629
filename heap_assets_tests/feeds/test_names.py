"""Names of delivered fields: without regard to case, and never in the way of each other or of our own columns (T32)."""

import pytest

from heap_assets import open_lake
from heap_assets.domain.fold import fold
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.laws.chain import land_all


@pytest.fixture
def users(tmp_path):
    builder = BucketBuilder(tmp_path)
    settings = builder.settings()
    spec = settings.feed("heap/users")

    def rows() -> list[dict]:
        (reports,) = land_all(builder.bucket(), builder.lake(), settings, [spec]).values()
        assert all(report.complete for report in reports), [
            row.reason for report in reports for row in report.deliveries
        ]
        fold(builder.lake(), spec)
        return open_lake(settings).read("Heap:Users").to_pylist()

    return builder, rows


def test_t32_a_field_that_changes_its_case_is_one_column(users):
    builder, rows = users
    builder.dump(9, users=[{"user_id": 1, "Plan": "a"}])
    builder.dump(10, users=[{"User_ID": 2, "PLAN": "b"}])

    assert sorted((row["user_id"], row["plan"]) for row in rows()) == [(1, "a"), (2, "b")]


ODD = (
    "_file",
    "_place",
    "_pk",
    "_row",
    "_delivery",
    "_object",
    "_object_index",
    "_file_date",
    "_updated",
    "filename",
    "_rank",
    "file_index",
    "file_row_number",
    "time",
    "hash",
    "type",
    "query",
    "x" * 300,
    "größe",
    "a b",
    'a"b',
    "a.b",
    "a,b",
    "k=v",
    "rank",
    "is_arrived",
    "win_file",
    "live",
    "__",
    "2",
)


def test_t32_fields_of_any_name_are_kept(users):
    builder, rows = users
    builder.dump(9, users=[{"user_id": number, **{name: f"{number} {name}" for name in ODD}} for number in (1, 2)])
    rows()
    builder.dump(10, users=[{"user_id": number, **{name: f"{number}! {name}" for name in ODD}} for number in (2, 3)])

    found = {row["user_id"]: row for row in rows()}

    for name in ODD:
        values = {1: f"1 {name}", 2: f"2! {name}", 3: f"3! {name}"}
        (column,) = [key for key in found[1] if {number: row[key] for number, row in found.items()} == values]
        assert column == name or column.startswith(f"{name}__")


def test_t32_names_that_differ_only_by_case_in_one_file_are_two_columns(users):
    builder, rows = users
    builder.dump(9, users=[{"user_id": 1, "plan": "a", "Plan": "b"}])
    builder.dump(10, users=[{"user_id": 2, "Plan": "d", "plan": "c"}])

    found = {row["user_id"]: row for row in rows()}

    (other,) = [column for column in found[1] if column.startswith("plan__")]
    assert (found[1]["plan"], found[1][other]) == ("a", "b")
    assert (found[2]["plan"], found[2][other]) == ("c", "d")
