"""From domain tables to a release: one run for all that changed together, none while they are being written."""

from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB, RELEASE_JOB
from heap_assets_tests.triggers.conftest import Plant


@dataclass
class Watcher:
    """The sensor with its cursor, tick after tick."""

    plant: Plant
    cursor: str | None = None

    def tick(self) -> Any:
        with dg.build_sensor_context(instance=self.plant.instance, cursor=self.cursor) as context:
            result = self.plant.defs.resolve_sensor_def("release_sensor").evaluate_tick(context)
        self.cursor = result.cursor
        return result

    def requests(self) -> list[dg.RunRequest]:
        return list(self.tick().run_requests or [])

    def made(self, *keys: str) -> None:
        for key in keys:
            self.plant.instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(["domain", key])))

    def running(self, job: str) -> str:
        run = dg.DagsterRun(job_name=job, status=dg.DagsterRunStatus.STARTED)
        self.plant.instance.add_run(run)
        return run.run_id


TABLES = (
    "heap_users",
    "heap_sessions",
    "heap_pageviews",
    "heap_user_migrations",
    "crm_customers",
    "heap_resolved_users",
)


@pytest.fixture
def watcher(plant: Plant) -> Watcher:
    return Watcher(plant)


def test_it_waits_until_every_domain_table_is_there(watcher: Watcher) -> None:
    watcher.made(*TABLES[:-1])

    result = watcher.tick()

    assert result.run_requests == []
    assert "not materialised yet" in str(result.skip_message)


def test_tables_that_change_together_ask_for_one_release_and_only_once(watcher: Watcher) -> None:
    watcher.made(*TABLES)

    asked = [len(watcher.requests()) for _ in range(3)]

    assert asked == [1, 0, 0]


def test_it_asks_for_the_job_that_ends_in_a_release(watcher: Watcher) -> None:
    watcher.made(*TABLES)

    assert [request.job_name for request in watcher.requests()] == [RELEASE_JOB]


def test_each_change_asks_again_under_another_key(watcher: Watcher) -> None:
    watcher.made(*TABLES)
    first = watcher.requests()
    watcher.made("heap_users")

    second = watcher.requests()

    assert len(second) == 1
    assert second[0].run_key != first[0].run_key


@pytest.mark.parametrize("job", [FEEDS_JOB, DOMAIN_JOB, "__ASSET_JOB"])
def test_it_waits_while_an_earlier_seam_is_being_written_and_loses_nothing(watcher: Watcher, job: str) -> None:
    watcher.made(*TABLES)
    run = watcher.running(job)
    waiting = watcher.requests()
    watcher.plant.instance.delete_run(run)

    assert waiting == []
    assert len(watcher.requests()) == 1


@pytest.mark.parametrize("job", [RELEASE_JOB, "a_job_of_somebody_else"])
def test_other_runs_do_not_hold_it_back(watcher: Watcher, job: str) -> None:
    watcher.made(*TABLES)
    watcher.running(job)

    assert len(watcher.requests()) == 1
