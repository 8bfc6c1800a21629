"""What fails fails alone, is named, holds back the release, can be skipped, and heals by itself (interfaces.md 6).

The morning that all of this happens on is in `mornings`.
"""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from heap_assets.bucket.discovery import discover
from heap_assets.lake import Lake
from heap_assets.orchestration.source import open_bucket
from heap_assets.triggers.instance import open_instance
from heap_assets_tests.conftest import Morning
from heap_assets_tests.mornings import (
    CRM_BAD,
    CRM_GOOD,
    CUT,
    CUT_KEY,
    FOREIGN,
    MISSING,
    MISSING_KEY,
    UNREADABLE,
    mend_morning,
    printed,
)
from heap_assets_tests.worlds import SampleWorld

BROKEN = {
    ("heap/pageviews", str(CUT)): ("refused", "HA-3001", CUT_KEY),
    ("heap/sessions", str(MISSING)): ("failed", "HA-2002", MISSING_KEY),
    **{
        (f"heap/{table}", str(UNREADABLE)): ("failed", "HA-2004", f"manifests/sync_{UNREADABLE}.json")
        for table in ("users", "sessions", "pageviews", "user_migrations")
    },
    ("heap/users", str(FOREIGN)): ("refused", "HA-3004", "s3://somebody-else/users/part-0.avro"),
    ("crm/customers", CRM_BAD): ("refused", "HA-300", CRM_BAD),
}
"""Feed and delivery of everything that is broken: its status, the code of its error, and what the error names."""


def statuses(world: SampleWorld) -> dict[tuple[str, str], dict[str, Any]]:
    rows = world.lake().sql("SELECT * FROM deliveries WHERE file_date >= DATE '2026-10-08'").to_pylist()
    return {(row["feed"], row["delivery"]): row for row in rows}


def users_of(world: SampleWorld) -> list[int]:
    rows = world.lake().sql("SELECT user_id FROM \"Heap:Users\" WHERE _file_date >= DATE '2026-10-08' ORDER BY user_id")
    return rows["user_id"].to_pylist()


@pytest.mark.parametrize("broken", BROKEN, ids="-".join)
def test_what_is_broken_is_recorded_with_code_and_place(bad_morning: Morning, broken: tuple[str, str]) -> None:
    status, code, place = BROKEN[broken]

    found = statuses(bad_morning.world)[broken]

    assert found["status"] == status
    assert found["reason"].startswith(code)
    assert place in found["reason"]


def test_nothing_else_is_broken(bad_morning: Morning) -> None:
    found = {key for key, row in statuses(bad_morning.world).items() if row["status"] not in ("landed", "ignored")}

    assert found == set(BROKEN)


def test_what_is_broken_leaves_no_row(bad_morning: Morning) -> None:
    lake = bad_morning.world.lake()

    assert lake.read("Heap:Pageviews", where=f"_delivery = '{CUT}'").num_rows == 0
    assert lake.read("CRM:Customers", where=f"_object = '{CRM_BAD}'").num_rows == 0


def test_other_deliveries_land_and_domain_tables_are_brought_up_to_date(bad_morning: Morning) -> None:
    lake = bad_morning.world.lake()

    assert users_of(bad_morning.world) == [5, 6, 7]
    assert lake.sql('SELECT user_id FROM "Heap:Pageviews" WHERE event_id IN (70, 90) ORDER BY 1')[
        "user_id"
    ].to_pylist() == [7, 9]
    assert lake.read("CRM:Customers", where=f"_object = '{CRM_GOOD}'").num_rows == 1


def test_days_are_green_where_everything_landed_and_only_there(bad_morning: Morning) -> None:
    with open_instance(bad_morning.world.settings) as instance:
        green = {
            feed: instance.get_materialized_partitions(dg.AssetKey(feed.split("/")))
            for feed in ("heap/users", "heap/pageviews", "heap/sessions", "heap/user_migrations", "crm/customers")
        }
    days = [date(2026, 10, number).isoformat() for number in (8, 9, 10, 11)]

    assert {feed: [day[-2:] for day in days if day in held] for feed, held in green.items()} == {
        "heap/users": ["08", "09"],
        "heap/pageviews": ["09", "11"],
        "heap/sessions": ["08", "11"],
        "heap/user_migrations": ["08", "09", "11"],
        "crm/customers": ["08", "10", "11"],
    }


def test_what_was_published_stands(bad_morning: Morning, finished: SampleWorld) -> None:
    before, after = finished.lake(), bad_morning.world.lake()

    assert before.release is not None
    assert after.release == before.release
    assert after.count("unified_users") == before.count("unified_users")


def test_the_run_ends_with_1_and_tells_each_failure_on_stderr(bad_morning: Morning) -> None:
    lines = [line for line in bad_morning.run.stderr.splitlines() if line.startswith("error: ")]

    assert bad_morning.run.returncode == 1
    for (feed, delivery), (_, code, place) in BROKEN.items():
        assert [line for line in lines if f"{feed} {delivery}" in line and code in line and place in line], feed


def test_the_result_is_one_json_document_on_stdout(bad_morning: Morning) -> None:
    told = printed(bad_morning.run.stdout)

    assert (told["exit_code"], told["published"]) == (1, False)
    assert len(told["errors"]) >= len(BROKEN)


def test_no_traceback_and_no_exception_of_dagster_is_shown(bad_morning: Morning, skipped_morning: Morning) -> None:
    shown = bad_morning.run.stderr + skipped_morning.run.stderr

    assert "Traceback" not in shown and "dagster" not in shown
    assert (
        "failed or refused: mend the cause, exclude what is wrong, or run with --skip-failed" in bad_morning.run.stderr
    )


def test_rejected_rows_are_in_quarantine_with_their_place(bad_morning: Morning) -> None:
    rows = bad_morning.world.lake().read("quarantine").to_pylist()

    assert {(row["feed"], row["object"], row["row"]) for row in rows} == {
        ("crm/customers", CRM_GOOD, 1),
        ("crm/customers", CRM_GOOD, 2),
    }
    assert {row["column"] for row in rows} >= {"birthdate"}


def test_skipping_goes_on_to_a_release(skipped_morning: Morning, finished: SampleWorld) -> None:
    told = printed(skipped_morning.run.stdout)

    assert skipped_morning.run.returncode == 3, skipped_morning.run.stderr
    assert told["published"]
    assert skipped_morning.world.lake().count("unified_users") == finished.lake().count("unified_users") + 3


def test_what_is_skipped_keeps_its_reason(skipped_morning: Morning) -> None:
    found = {
        key: row for key, row in statuses(skipped_morning.world).items() if row["status"] not in ("landed", "ignored")
    }

    assert {key: row["status"] for key, row in found.items()} == dict.fromkeys(BROKEN, "skipped")
    assert all(found[key]["reason"].startswith(code) for key, (_, code, _) in BROKEN.items())


def test_skipped_deliveries_are_told_as_notes(skipped_morning: Morning) -> None:
    notes = [line for line in skipped_morning.run.stderr.splitlines() if line.startswith("note: ")]

    assert [key for key in BROKEN if not any(" ".join(key) in line for line in notes)] == []


def test_skipped_days_are_green(skipped_morning: Morning) -> None:
    with open_instance(skipped_morning.world.settings) as instance:
        green = instance.get_materialized_partitions(dg.AssetKey(["heap", "pageviews"]))

    assert {"2026-10-08", "2026-10-10"} <= set(green)


def test_running_again_on_what_was_skipped_does_nothing_and_ends_with_3(skipped_morning: Morning) -> None:
    before = skipped_morning.world.files()

    report = skipped_morning.world.run()

    assert (report.exit_code, report.runs) == (3, [])
    assert skipped_morning.world.files() == before


def test_what_is_mended_heals_by_itself(mended_morning: SampleWorld) -> None:
    lake, found = mended_morning.lake(), statuses(mended_morning)

    assert {key for key, row in found.items() if row["status"] != "landed"} == {
        (feed, str(UNREADABLE)) for feed in ("heap/sessions", "heap/pageviews", "heap/user_migrations")
    }
    assert lake.count("quarantine") == 0
    assert users_of(mended_morning) == [5, 6, 7, 8, 9]
    events = lake.sql('SELECT event_id FROM "Heap:Pageviews" WHERE event_id IN (50, 60, 70, 90) ORDER BY 1')
    assert events["event_id"].to_pylist() == [50, 60, 70, 90]


def test_what_was_skipped_is_read_again_once_it_is_mended(skipped_morning: Morning, tmp_path: Path) -> None:
    world = skipped_morning.world.copy(tmp_path / "world")
    mend_morning(world)

    discover(open_bucket(world.settings), Lake(Path(world.settings.lake.uri)), world.settings)

    found = statuses(world)
    withdrawn = {key for key in BROKEN if key[1] == str(UNREADABLE) and key[0] != "heap/users"}
    assert {found[key]["status"] for key in BROKEN.keys() - withdrawn} == {"pending"}
    assert {found[key]["status"] for key in withdrawn} == {"gone"}
