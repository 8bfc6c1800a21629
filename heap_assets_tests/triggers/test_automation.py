"""From feeds to domain tables: a table is requested once something has landed in its feed, and no landing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pytest

from heap_assets_tests.triggers.conftest import Plant


@dataclass
class Ticks:
    """Ticks of the automation sensor, one after the other, on one instance."""

    plant: Plant
    cursor: Any = field(default=None)

    def tick(self) -> list[str]:
        """One evaluation: the assets that are requested."""
        selection = dg.AssetSelection.groups("domain_tables")
        result = dg.evaluate_automation_conditions(
            self.plant.defs, self.plant.instance, asset_selection=selection, cursor=self.cursor
        )
        self.cursor = result.cursor
        keys = self.plant.defs.resolve_asset_graph().get_all_asset_keys()
        return sorted(key.to_user_string() for key in keys if result.get_num_requested(key))

    def lands(self, feed: str, *days: int) -> None:
        """Days of January of a feed are materialised."""
        for day in days:
            self.made(feed, f"2026-01-{day:02d}")

    def made(self, key: str, partition: str | None = None) -> None:
        """An asset is materialised."""
        event = dg.AssetMaterialization(dg.AssetKey(key.split("/")), partition=partition)
        self.plant.instance.report_runless_asset_event(event)


@pytest.fixture
def ticks(plant: Plant) -> Ticks:
    """An instance on which the sensor has ticked once, with nothing materialised."""
    made = Ticks(plant)
    assert made.tick() == []
    return made


def test_a_landing_requests_its_table_once(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)

    assert [ticks.tick(), ticks.tick(), ticks.tick()] == [["domain/heap_users"], [], []]


def test_many_days_at_once_request_a_table_once(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2, 3, 4, 5)

    assert [ticks.tick(), ticks.tick()] == [["domain/heap_users"], []]


def test_days_that_never_came_do_not_hold_a_table_back(ticks: Ticks) -> None:
    ticks.lands("heap/users", 20)

    assert ticks.tick() == ["domain/heap_users"]


def test_feeds_that_land_together_request_their_tables_and_no_others(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)
    ticks.lands("crm/customers", 2)

    assert ticks.tick() == ["domain/crm_customers", "domain/heap_users"]


def test_a_landing_between_request_and_next_tick_is_not_lost(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)
    requested = [ticks.tick()]
    ticks.made("domain/heap_users")
    ticks.lands("heap/users", 3)

    requested += [ticks.tick(), ticks.tick()]

    assert requested == [["domain/heap_users"], ["domain/heap_users"], []]


def test_a_landing_while_the_table_is_still_asked_for_is_not_lost(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)
    requested = [ticks.tick()]
    ticks.lands("heap/users", 3)
    ticks.made("domain/heap_users")

    requested += [ticks.tick()]

    assert requested == [["domain/heap_users"], ["domain/heap_users"]]


def test_a_table_that_failed_is_not_asked_for_again_at_every_tick(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)
    requests: Sequence[list[str]] = [ticks.tick() for _ in range(4)]

    assert requests == [["domain/heap_users"], [], [], []]


def test_the_same_day_landed_again_requests_the_table_again(ticks: Ticks) -> None:
    ticks.lands("heap/users", 2)
    ticks.tick()
    ticks.made("domain/heap_users")
    ticks.lands("heap/users", 2)

    assert ticks.tick() == ["domain/heap_users"]


def test_resolved_users_follow_their_table(ticks: Ticks) -> None:
    ticks.lands("heap/user_migrations", 2)
    first = ticks.tick()
    ticks.made("domain/heap_user_migrations")

    assert (first, ticks.tick()) == (["domain/heap_user_migrations"], ["domain/heap_resolved_users"])


def test_tables_are_requested_by_one_sensor_alone_and_never_by_dagsters_own(plant: Plant) -> None:
    repository = plant.defs.get_repository_def()
    automated = [
        sensor.name for sensor in repository.sensor_defs if isinstance(sensor, dg.AutomationConditionSensorDefinition)
    ]

    assert automated == ["domain_table_automation"]
