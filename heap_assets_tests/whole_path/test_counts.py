"""From bucket to customer 360, against the sample's truth: every count is one that the generator knows."""

from pathlib import Path

import pytest

from heap_assets.catalog import LakeReader
from heap_assets.cli.truth import compare_with_truth
from heap_assets_tests.worlds import SampleWorld

UNIFIED = {"unified_users": "users", "unified_sessions": "sessions", "unified_pageviews": "pageviews"}


@pytest.fixture(scope="module", params=["folder", "s3"])
def lake(request: pytest.FixtureRequest) -> LakeReader:
    """The lake of the sample read from a folder, and the one read from S3."""
    world: SampleWorld = request.getfixturevalue("finished" if request.param == "folder" else "on_s3")
    return world.lake()


def test_domain_tables_hold_what_was_delivered(lake: LakeReader, untouched: SampleWorld) -> None:
    expected = untouched.summary["domain_rows"]

    assert {name: lake.count(name) for name in expected} == expected


@pytest.mark.parametrize("name", UNIFIED)
def test_unified_tables_hold_each_row_once_after_migration(lake: LakeReader, untouched: SampleWorld, name: str) -> None:
    assert lake.count(name) == untouched.summary["resolved_rows"][UNIFIED[name]]


def test_every_stitched_record_has_one_id(lake: LakeReader, untouched: SampleWorld) -> None:
    rows = untouched.summary["domain_rows"]

    found = lake.sql(
        "SELECT count(*) AS records, count(DISTINCT (datasource, pk)) AS keys, count(amperity_id) AS ids"
        " FROM unified_coalesced"
    ).to_pylist()[0]

    expected = rows["Heap:Users"] + rows["CRM:Customers"]
    assert found == {"records": expected, "keys": expected, "ids": expected}


@pytest.mark.parametrize("name", ["customer_360", "merged_customers"])
def test_one_row_a_person(lake: LakeReader, name: str) -> None:
    people = lake.sql("SELECT count(DISTINCT amperity_id) AS n FROM unified_coalesced")["n"][0].as_py()

    found = lake.sql(f"SELECT count(*) AS n, count(DISTINCT amperity_id) AS ids FROM {name}").to_pylist()[0]

    assert found == {"n": people, "ids": people}


def test_every_event_of_a_known_user_has_its_person(lake: LakeReader) -> None:
    orphans = lake.sql(
        'SELECT count(*) AS n FROM unified_pageviews AS p JOIN "Heap:Users" AS u ON p.user_id = u.user_id'
        " WHERE p.amperity_id IS NULL"
    )

    assert orphans["n"][0].as_py() == 0


def test_people_are_those_of_the_truth(lake: LakeReader, untouched: SampleWorld) -> None:
    found = compare_with_truth(lake, untouched.folder / "truth" / "records.csv")

    assert found.precision >= 0.97
    assert found.recall >= 0.8


def test_sessions_and_pageviews_of_people_add_up(lake: LakeReader) -> None:
    told = lake.sql("SELECT sum(sessions)::BIGINT AS sessions, sum(pageviews)::BIGINT AS pageviews FROM customer_360")
    found = [
        lake.sql(f"SELECT count(*) AS n FROM {name} WHERE amperity_id IS NOT NULL")["n"][0].as_py()
        for name in ("unified_sessions", "unified_pageviews")
    ]

    assert list(told.to_pylist()[0].values()) == found


def test_every_delivery_has_landed_or_is_superseded_or_ignored(lake: LakeReader) -> None:
    found = lake.sql("SELECT DISTINCT feed, status FROM deliveries WHERE status <> 'landed'").to_pylist()

    assert {(row["feed"], row["status"]) for row in found} <= {
        ("heap/_event_metadata", "ignored"),
        ("heap/pageviews", "superseded"),
        ("heap/user_migrations", "superseded"),
    }


def test_rows_say_where_they_came_from(lake: LakeReader, untouched: SampleWorld) -> None:
    row = lake.sql(
        'SELECT _pk, user_id, _object, _delivery, _row FROM "Heap:Users" ORDER BY user_id LIMIT 1'
    ).to_pylist()[0]

    assert row["_pk"] == str(row["user_id"])
    assert (untouched.bucket / row["_object"]).is_file()
    assert row["_object"].startswith(f"sync_{row['_delivery']}/users/")


def test_folder_is_left_as_it_was(finished: SampleWorld, untouched: SampleWorld) -> None:
    def listed(folder: Path) -> dict[str, tuple[int, int]]:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}

    assert listed(finished.bucket) == listed(untouched.bucket)
