"""A dump that arrives later lands alone: nothing that has landed is read again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.s3 import S3Server
from heap_assets_tests.worlds import SampleWorld

NEW, BUCKET = 9_000_100, "heap-rs3-acme"
ARRIVED = datetime(2026, 10, 8, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def later(on_s3: SampleWorld, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleWorld, list[str]]:
    """The world on S3 after a new dump, with the keys that were read for it. The bucket is put back as it was."""
    folder = tmp_path_factory.mktemp("later")
    world = on_s3.copy(folder / "world")
    made = BucketBuilder(folder / "made", BUCKET)
    made.dump(NEW, users=[{"user_id": 5, "email": "new@example.net", "last_modified": 1_790_000_000_000_000}], sessions=[])
    keys = [path.relative_to(made.root).as_posix() for path in sorted(made.root.rglob("*")) if path.is_file()]
    for key in keys:
        s3_server.put(BUCKET, key, (made.root / Path(key)).read_bytes(), ARRIVED)
    s3_server.forget()
    report = world.run()
    read = s3_server.keys_read(BUCKET)
    for key in keys:
        s3_server.client.delete_object(Bucket=BUCKET, Key=key)
    assert report.exit_code == 0, report
    assert report.published
    return world, read


def test_only_its_own_objects_are_read(later: tuple[SampleWorld, list[str]]) -> None:
    _, read = later

    assert sorted(set(read)) == [
        f"manifests/sync_{NEW}.json",
        f"sync_{NEW}/sessions/part-00000.avro",
        f"sync_{NEW}/users/part-00000.avro",
    ]
    assert len(read) == len(set(read))


def test_its_rows_are_added(later: tuple[SampleWorld, list[str]], on_s3: SampleWorld) -> None:
    before, after = on_s3.lake(), later[0].lake()

    assert after.count("Heap:Users") == before.count("Heap:Users") + 1
    assert after.count("Heap:Pageviews") == before.count("Heap:Pageviews")
    assert after.read("Heap:Users", ["email"], where=f"_delivery = '{NEW}'").to_pylist() == [{"email": "new@example.net"}]


def test_everybody_else_keeps_the_id(later: tuple[SampleWorld, list[str]], on_s3: SampleWorld) -> None:
    def ids(world: SampleWorld) -> dict[tuple[str, str], str]:
        rows = world.lake().read("unified_coalesced", ["datasource", "pk", "amperity_id"]).to_pylist()
        return {(row["datasource"], row["pk"]): row["amperity_id"] for row in rows}

    before, after = ids(on_s3), ids(later[0])

    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1
