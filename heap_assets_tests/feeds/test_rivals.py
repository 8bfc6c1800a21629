"""Two landings of one feed at once: each delivery is in once, the newer content stays, and no file is left behind."""

import pytest

from heap_assets.bucket.status import feed_statuses, feed_table, landed_deliveries
from heap_assets.feeds import landing
from heap_assets_tests.feeds.house import House


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


def overtaken(house: House, monkeypatch) -> None:
    """Between reading and committing, somebody else lands everything."""
    real = landing.record_rejects

    def after_a_rival(*positional) -> None:
        monkeypatch.undo()
        house.land()
        real(*positional)

    monkeypatch.setattr(landing, "record_rejects", after_a_rival)


def files_on_disk(house: House) -> set[str]:
    root = house.lake.path(feed_table(house.spec))
    return {path.relative_to(root).as_posix() for path in root.rglob("*.parquet") if "_delta_log" not in path.parts}


def live_files(house: House) -> set[str]:
    return {file.path for file in house.lake.open(feed_table(house.spec)).files}


@pytest.mark.parametrize("more", [{}, {"plan": "gold"}], ids=["known columns", "a new column"])
def test_a_delivery_that_a_rival_landed_first_is_in_once(users, monkeypatch, more):
    users.builder.dump(9, users=[{"user_id": 1, **more}, {"user_id": None, **more}])
    overtaken(users, monkeypatch)

    users.land()

    assert users.keys_after_fold() == ["1"]
    assert users.lake.open(feed_table(users.spec)).rows == 1
    assert len(users.quarantine()) == 1
    assert files_on_disk(users) == live_files(users)


def test_a_type_that_a_rival_widened_first_is_widened_once(users, monkeypatch):
    users.builder.dump(9, users=[{"user_id": 1, "score": 5}])
    users.land()
    users.builder.dump(10, users=[{"user_id": 2, "score": "x"}])
    overtaken(users, monkeypatch)

    users.land()

    assert users.lake.open(feed_table(users.spec)).rows == 2
    assert users.keys_after_fold() == ["1", "2"]
    assert [row["score"] for row in users.rows()] == ["5", "x"]


def test_what_was_seen_before_a_rival_landed_newer_content_does_not_replace_it(users):
    users.builder.dump(9, users=[{"user_id": 1}])
    users.land(days=[])
    wanted = feed_statuses(users.lake, users.settings, users.spec)
    known = landed_deliveries(users.spec, users.lake.open(feed_table(users.spec)))
    users.builder.dump(9, tag="-again", users=[{"user_id": 2}])
    users.land()

    landing.land(users.bucket, users.lake, users.spec, wanted, known=known)

    assert users.keys_after_fold() == ["2"]


def test_what_was_to_be_taken_out_before_a_rival_landed_it_again_stays(users):
    users.builder.dump(9, users=[{"user_id": 1}])
    users.land()
    users.builder.dump(9)
    users.land(days=[])
    wanted = feed_statuses(users.lake, users.settings, users.spec)
    known = landed_deliveries(users.spec, users.lake.open(feed_table(users.spec)))
    users.builder.dump(9, tag="-again", users=[{"user_id": 2}])
    users.land()

    landing.land(users.bucket, users.lake, users.spec, wanted, known=known)

    assert users.keys_after_fold() == ["2"]
