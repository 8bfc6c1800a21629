"""The asset graph as a user sees it, held in asset_graph.json: whoever renames an asset or moves a dependency sees it here.

To accept a change: `python heap_assets_tests/architecture/test_asset_graph.py`, and read the difference before committing.
"""

import difflib
import json
from pathlib import Path
from typing import Any

import dagster as dg

from heap_assets import build_definitions
from heap_assets.settings.load import demo_fallback

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


def graph() -> dict[str, Any]:
    """Assets, jobs and sensors of the demo's settings, in words that do not depend on the machine."""
    defs = build_definitions(demo_fallback())
    assets = defs.resolve_asset_graph()
    repository = defs.get_repository_def()
    checks: dict[dg.AssetKey, list[str]] = {}
    for key in assets.asset_check_keys:
        blocking = " (blocking)" if assets.get(key).blocking else ""
        checks.setdefault(key.asset_key, []).append(f"{key.name}{blocking}")
    return {
        "assets": {
            key.to_user_string(): {
                "group": assets.get(key).group_name,
                "deps": sorted(parent.to_user_string() for parent in assets.get(key).parent_keys),
                "partitions": type(assets.get(key).partitions_def).__name__ if assets.get(key).is_partitioned else None,
                "checks": sorted(checks.get(key, [])),
                "automation": condition.get_label() if (condition := assets.get(key).automation_condition) else None,
                "table": assets.get(key).metadata.get("dagster/table_name"),
            }
            for key in sorted(assets.get_all_asset_keys())
        },
        "jobs": sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__")),
        "sensors": {
            sensor.name: sorted(target.job_name for target in sensor.targets)
            for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
        },
    }


def written(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"


def test_the_graph_is_the_one_that_was_agreed_upon() -> None:
    now, agreed = written(graph()), SNAPSHOT.read_text(encoding="utf-8")

    difference = difflib.unified_diff(agreed.splitlines(), now.splitlines(), "agreed", "now", lineterm="", n=4)
    assert now == agreed, "\n".join(["the asset graph has changed:", *difference, "see the top of this module"])


def test_every_asset_has_a_group_a_description_and_a_kind() -> None:
    assets = build_definitions(demo_fallback()).resolve_asset_graph()

    bare = [
        key.to_user_string()
        for key in assets.get_all_asset_keys()
        if not (assets.get(key).group_name and assets.get(key).description and assets.get(key).kinds)
    ]

    assert bare == []


if __name__ == "__main__":
    SNAPSHOT.write_text(written(graph()), encoding="utf-8")
