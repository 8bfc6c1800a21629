"""A real Dagster with web server and daemon: a backfill of the feeds over a range of file dates, asked for as the UI asks."""

import dagster as dg
import pytest

from heap_assets.lake import Lake
from heap_assets_tests.live import DAYS, FEEDS, LiveBackfill

pytestmark = [pytest.mark.slow, pytest.mark.whole]


def test_a_backfill_from_the_ui_lands_the_feeds_in_one_run(live_backfill: LiveBackfill) -> None:
    result = live_backfill.finished()

    assert "error" not in result, (result, live_backfill.log[-4_000:])
    assert result["launched"]["__typename"] == "LaunchBackfillSuccess"
    assert result["backfill"]["status"] == "COMPLETED_SUCCESS", live_backfill.log[-4_000:]
    assert [run["status"] for run in result["backfill"]["runs"]] == ["SUCCESS"]


def test_every_day_of_the_range_is_materialised(live_backfill: LiveBackfill) -> None:
    live_backfill.finished()
    with dg.DagsterInstance.from_config(str(live_backfill.folder / "dagster")) as instance:
        green = {feed: instance.get_materialized_partitions(dg.AssetKey(feed.split("/"))) for feed in FEEDS}
    lake = Lake(live_backfill.folder / "lake")

    assert green == {feed: set(DAYS) for feed in FEEDS}
    assert {feed: lake.open(f"feeds/{feed}").rows for feed in FEEDS} == dict(zip(FEEDS, (1, 1, 2), strict=True))


def test_no_process_is_left(live_backfill: LiveBackfill) -> None:
    assert live_backfill.finished()["left"] == []
