"""Every check is seen red: each is shown a table with the very fault that it is there for."""

from collections.abc import Callable
from datetime import date

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from heap_assets.feeds.checks import accounting_result
from heap_assets.feeds.days import DayReport
from heap_assets.lake import Lake, current_release, publish
from heap_assets.lake.release import TableVersion
from heap_assets_tests.triggers.conftest import Plant, at, user, view

Fault = Callable[[Lake], None]


@pytest.fixture(scope="module")
def released(shared_plant: Plant) -> Plant:
    """A plant that has published a release, all of its checks green."""
    plant = shared_plant
    users = [user(1, email="a@b.org"), user(2), user(3)]
    plant.bucket.dump(1, modified=at(2), users=users, pageviews=[view(1, 1)])
    plant.bucket.file("crm/2026-01-02.csv", [{"id": "a", "email": "a@b.org"}])
    results = [plant.feeds(1, 2), plant.domain(), plant.release()]
    assert [result.success for result in results] == [True, True, True]
    assert [e for result in results for e in result.get_asset_check_evaluations() if not e.passed] == []
    return plant


def rows_of(lake: Lake, table: str) -> pa.Table:
    held = lake.open(table)
    return pa.concat_tables(
        [pq.ParquetFile(path).read() for path in held.absolute(held.files)], promote_options="default"
    )


def double_a_row(table: str) -> Fault:
    return lambda lake: lake.append(table, rows_of(lake, table).slice(0, 1))


def lose_the_ids(table: str, column: str) -> Fault:
    def fault(lake: Lake) -> None:
        rows = rows_of(lake, table).slice(0, 1)
        kind = rows.schema.field(column).type
        lake.append(table, rows.set_column(rows.schema.get_field_index(column), column, pa.nulls(1, kind)))

    return fault


def name_a_version_that_never_was(lake: Lake) -> None:
    release = current_release(lake)
    assert release is not None
    table = TableVersion("customer_360/customer_360", 4_711)
    publish(lake, release, {**release.tables, "customer_360": table})


FAULTS = [
    ("domain/heap_users", "unique_keys", double_a_row("domain/heap_users")),
    ("domain/heap_pageviews", "unique_keys", lose_the_ids("domain/heap_pageviews", "event_id")),
    ("domain/crm_customers", "accounting", double_a_row("domain/crm_customers")),
    ("stitch/unified_coalesced", "one_id_a_record", double_a_row("stitch/unified_coalesced")),
    ("stitch/unified_coalesced", "one_id_a_record", lose_the_ids("stitch/unified_coalesced", "amperity_id")),
    ("customer_360/merged_customers", "unique_amperity_id", double_a_row("customer_360/merged_customers")),
    ("customer_360/customer_360", "unique_amperity_id", lose_the_ids("customer_360/customer_360", "amperity_id")),
    ("customer_360/release", "release_complete", name_a_version_that_never_was),
]


@pytest.mark.parametrize(("asset", "check", "fault"), FAULTS, ids=[f"{asset}-{check}" for asset, check, _ in FAULTS])
def test_a_check_is_red_where_its_fault_is(released: Plant, asset: str, check: str, fault: Fault) -> None:
    fault(released.bucket.lake())

    evaluation = run_check(released, asset, check)

    assert not evaluation.passed
    assert evaluation.metadata


def test_the_check_before_stitch_is_red_while_a_delivery_is_refused(plant: Plant) -> None:
    plant.bucket.dump(1, modified=at(2), users=[user(1)])
    plant.bucket.dump(2, modified=at(2), users=[user(2)])
    plant.bucket.put("sync_2/users/part-00000.avro", b"no Avro", at(2))
    plant.feeds(2, 2, "heap/users")
    assert plant.domain("domain/heap_users").success

    result = plant.release()

    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert [(e.asset_key.to_user_string(), e.check_name) for e in failed] == [
        ("stitch/domain_snapshot", "no_failed_delivery")
    ]
    assert "HA-300" in str(failed[0].metadata["deliveries"].value)
    assert current_release(plant.bucket.lake()) is None
    assert not any(
        event.step_key == "stitch__standardised_records" for event in result.all_events if event.is_step_start
    )


def test_a_stitched_table_that_has_become_empty_stops_the_release(plant: Plant) -> None:
    plant.bucket.dump(1, modified=at(2), users=[user(1)])
    only = "heap/users", "domain/heap_users"
    assert plant.feeds(2, 2, only[0]).success
    assert plant.domain(only[1]).success
    assert plant.release().success
    before = current_release(plant.bucket.lake())
    plant.bucket.dump(2, full=["users"], modified=at(3), users=[])
    assert plant.feeds(3, 3, only[0]).success
    assert plant.domain(only[1]).success

    result = plant.release()

    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert [(e.check_name, e.metadata["emptied"].value) for e in failed] == [("no_table_emptied", "Heap:Users")]
    assert str(failed[0].description).startswith("HA-5002: Heap:Users has become empty")
    assert current_release(plant.bucket.lake()) == before


@pytest.mark.parametrize(("miscounted", "passed"), [(0, True), (1, False)])
def test_a_feed_is_red_where_rows_went_missing_on_the_way(miscounted: int, passed: bool) -> None:
    report = DayReport(date(2026, 1, 2), (), landed=3, quarantined=1, miscounted=miscounted)

    result = accounting_result([report])

    assert result.passed is passed
    assert result.metadata["read"].value == 4


def run_check(plant: Plant, asset: str, check: str) -> dg.AssetCheckEvaluation:
    """The check alone, as the UI's button runs it."""
    key = dg.AssetCheckKey(dg.AssetKey(asset.split("/")), check)
    job = plant.defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={key}
    )
    result = job.execute_in_process(instance=plant.instance, raise_on_error=False)
    return next(e for e in result.get_asset_check_evaluations() if e.check_name == check)


def test_rows_of_the_red_tables_are_what_they_are_said_to_be(released: Plant) -> None:
    rows = rows_of(released.bucket.lake(), "domain/heap_users")

    assert pc.count_distinct(rows["user_id"]).as_py() < rows.num_rows
