"""A dump that arrives later lands alone: nothing that has landed is read again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from heap_assets.bucket.status import feed_table
from heap_assets.customer360.release import is_release_behind
from heap_assets.lake import Lake
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.s3 import S3Server
from heap_assets_tests.worlds import SampleWorld

NEW, BUCKET = 9_000_100, "heap-rs3-acme"
ARRIVED = datetime(2026, 10, 8, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def later(
    on_s3: SampleWorld, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SampleWorld, list[str]]:
    """The feeds of the world on S3 after a new dump, with the keys that were read for it. The bucket is then put back."""
    folder = tmp_path_factory.mktemp("later")
    world = on_s3.copy(folder / "world")
    made = BucketBuilder(folder / "made", BUCKET)
    made.dump(
        NEW, users=[{"user_id": 5, "email": "new@example.net", "last_modified": 1_790_000_000_000_000}], sessions=[]
    )
    keys = [path.relative_to(made.root).as_posix() for path in sorted(made.root.rglob("*")) if path.is_file()]
    for key in keys:
        s3_server.put(BUCKET, key, (made.root / Path(key)).read_bytes(), ARRIVED)
    s3_server.forget()
    report = world.run(select="group:feeds")
    read = s3_server.keys_read(BUCKET)
    for key in keys:
        s3_server.client.delete_object(Bucket=BUCKET, Key=key)
    assert report.exit_code == 0, report
    return world, read


def test_only_its_own_objects_are_read(later: tuple[SampleWorld, list[str]]) -> None:
    _, read = later

    assert sorted(set(read)) == [
        f"manifests/sync_{NEW}.json",
        f"sync_{NEW}/sessions/part-00000.avro",
        f"sync_{NEW}/users/part-00000.avro",
    ]
    assert len(read) == len(set(read))


def test_its_rows_are_added_and_no_others(later: tuple[SampleWorld, list[str]], on_s3: SampleWorld) -> None:
    def rows(world: SampleWorld) -> dict[str, int]:
        lake = Lake(Path(world.settings.lake.uri))
        return {spec.name: lake.open(feed_table(spec)).rows for spec in world.settings.feed_specs()}

    before, after = rows(on_s3), rows(later[0])

    assert after == {**before, "heap/users": before["heap/users"] + 1}


def test_a_selection_leaves_the_rest_for_the_next_run(later: tuple[SampleWorld, list[str]], on_s3: SampleWorld) -> None:
    lake = later[0].lake()

    assert lake.release == on_s3.lake().release
    assert lake.count("Heap:Users") == on_s3.lake().count("Heap:Users")
    assert is_release_behind(Lake(Path(later[0].settings.lake.uri)), later[0].settings)
