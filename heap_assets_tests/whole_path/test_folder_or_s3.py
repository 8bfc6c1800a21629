"""Where the bucket lies makes no difference: the same rows, the same people, the same IDs."""

import pytest

from heap_assets_tests.worlds import SampleWorld

PLACE = ("_object_version",)
"""Of a folder the modification time, of S3 the ETag. File dates agree here, for the objects were given the files' times."""

TABLES = (
    "Heap:Users", "Heap:Sessions", "Heap:Pageviews", "Heap:UserMigrations", "CRM:Customers", "heap_resolved_users",
    "unified_coalesced", "unified_users", "unified_sessions", "unified_pageviews", "merged_customers", "customer_360",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same(finished: SampleWorld, on_s3: SampleWorld, name: str) -> None:
    tables = [world.lake().read(name) for world in (finished, on_s3)]

    kept = [column for column in tables[0].schema.names if column not in PLACE]
    rows = [sorted(map(repr, table.select(kept).to_pylist())) for table in tables]

    assert tables[0].schema.names == tables[1].schema.names
    assert rows[0] == rows[1]
