"""`heap-assets browse`: each object with the delivery that it belongs to, or why to none and what would take it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.inspect.files import command

USER = {"user_id": 1, "last_modified": 1}
FEED = {"source": "CRM", "feed": "Customers", "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv", "primary_key": ["id"]}


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("browsed")
    bucket = BucketBuilder(folder)
    bucket.dump(7, users=[USER], sign_up=[{"user_id": 1, "event_id": 2}], _event_metadata=[{"x": 1}])
    bucket.dump(8, users=[USER])
    bucket.remove("sync_8/users/part-00000.avro")
    bucket.avro("sync_7/users/stray.avro", [USER], {"user_id": "long"})
    bucket.avro("sync_9/users/part-00000.avro", [USER], {"user_id": "long"})
    bucket.put("manifests/sync_9.json.tmp", b"{}")
    bucket.put("manifests/sync_6.json", b"{")
    for name in ("2026-01-02", "2026-02-30", "20260103"):
        bucket.file(f"crm/customers_{name}.csv", "id\n1\n")
    bucket.file("erp/orders_2026-01-02.csv", "id\n1\n")
    bucket.file("readme.txt", "x")
    config = folder / "heap_assets.yaml"
    config.write_text(yaml.safe_dump({"source": {"bucket": bucket.name}, "start_date": "2026-01-01", "feeds": [FEED]}))
    done = command("browse", "--config", str(config), "--json")
    assert done.code == 0
    return {"config": {"path": str(config)}} | {row["key"]: row for row in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("key", "kind", "feed", "delivery"),
    [
        ("manifests/sync_7.json", "manifest", "Heap:Users", "7"),
        ("sync_7/users/part-00000.avro", "data", "Heap:Users", "7"),
        ("crm/customers_2026-01-02.csv", "data", "CRM:Customers", "crm/customers_2026-01-02.csv"),
        ("sync_8/users/part-00000.avro", "missing", "Heap:Users", "8"),
    ],
)
def test_what_belongs_to_a_delivery(browsed: dict[str, Any], key: str, kind: str, feed: str, delivery: str) -> None:
    row = browsed[key]

    assert (row["kind"], row["feed"], row["delivery"]) == (kind, feed, delivery)


@pytest.mark.parametrize(
    ("key", "kind", "reason"),
    [
        ("sync_7/users/stray.avro", "unlisted", "does not list it"),
        ("sync_9/users/part-00000.avro", "unlisted", "has no manifest"),
        ("manifests/sync_9.json.tmp", "nothing matches", "no manifest by its name"),
        ("manifests/sync_6.json", "manifest", "HA-2004"),
        ("sync_7/_event_metadata/part-00000.avro", "unknown table", "bookkeeping"),
        ("crm/customers_2026-02-30.csv", "near miss", "no day of the calendar"),
        ("crm/customers_20260103.csv", "near miss", "not separated"),
        ("readme.txt", "nothing matches", "no date"),
    ],
)
def test_what_belongs_to_none_says_why(browsed: dict[str, Any], key: str, kind: str, reason: str) -> None:
    row = browsed[key]

    assert row["kind"] == kind
    assert reason in row["reason"]


@pytest.mark.parametrize(
    ("key", "setting"),
    [
        ("sync_7/sign_up/part-00000.avro", "event_tables: [sign_up]"),
        ("erp/orders_2026-01-02.csv", 'pattern: "erp/orders_{yyyy}-{MM}-{dd}.csv"'),
        ("crm/customers_20260103.csv", 'pattern: "crm/customers_{yyyy}{MM}{dd}.csv"'),
        ("sync_7/_event_metadata/part-00000.avro", None),
    ],
)
def test_the_setting_that_would_take_it_is_told(browsed: dict[str, Any], key: str, setting: str | None) -> None:
    assert browsed[key]["setting"] == setting


def test_a_prefix_narrows_it(browsed: dict[str, Any]) -> None:
    done = command("browse", "crm/", "--config", browsed["config"]["path"], "--json")

    assert {row["key"].split("/")[0] for row in json.loads(done.stdout)} == {"crm"}


def test_a_table_is_printed(browsed: dict[str, Any]) -> None:
    done = command("browse", "crm/", "--config", browsed["config"]["path"])

    assert done.stdout.splitlines()[0].split()[:3] == ["object", "bytes", "is"]
    assert "near miss" in done.stdout


def test_nothing_is_written(browsed: dict[str, Any]) -> None:
    folder = Path(browsed["config"]["path"]).parent

    assert {path.name for path in folder.iterdir()} == {"heap-rs3-acme", "heap_assets.yaml"}
