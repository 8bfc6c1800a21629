"""Publishing: one row shows the whole set, on top of the base that it names, and never twice."""

import pyarrow as pa
import pytest

from heap_assets.catalog import LakeReader
from heap_assets.errors import CommitConflict
from heap_assets.lake import Lake, TableVersion, View, current_release, derive, hash62, publish, releases
from heap_assets.lake.release import as_table
from heap_assets_tests.laws.chain import files_below


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path)


def built(lake: Lake, *names: str) -> dict[str, TableVersion]:
    """A set of one table that holds these names."""
    version = derive(lake, "stitch/people", hash62(names), lambda: pa.table({"name": list(names)}))
    return {"people": TableVersion("stitch/people", version)}


def test_nothing_is_published_at_first(lake):
    assert current_release(lake) is None
    assert releases(lake) == []


def test_a_release_holds_what_was_put_in(lake):
    tables = {
        **built(lake, "ada"),
        "Heap:Users": TableVersion("domain/heap_users", 3, ("user_id",)),
        "v": View("SELECT 1"),
    }

    made = publish(lake, None, tables, "run-1", (0.25, 0.5))

    found = current_release(lake)
    assert found == made
    assert (found.base, found.run_id, found.records_moved, found.records_gone) == (None, "run-1", 0.25, 0.5)
    assert found.tables == tables


def test_a_release_follows_its_base(lake):
    first = publish(lake, None, built(lake, "ada"))

    second = publish(lake, first, built(lake, "ada", "grace"))

    assert second.base == first.release
    assert [made.release for made in releases(lake)] == [first.release, second.release]
    assert as_table(lake)["status"].to_pylist() == ["superseded", "current"]


def test_a_release_on_an_older_base_is_refused(lake):
    first = publish(lake, None, built(lake, "ada"))
    publish(lake, first, built(lake, "grace"))

    for base in (first, None):
        with pytest.raises(CommitConflict):
            publish(lake, base, built(lake, "mary"))


def test_the_same_set_is_not_released_twice(lake):
    first = publish(lake, None, built(lake, "ada"))
    before = files_below(lake.root)

    assert publish(lake, first, built(lake, "ada")) == first
    assert publish(lake, None, built(lake, "ada")) == first
    assert files_below(lake.root) == before


def test_a_rival_between_look_and_commit_is_noticed(lake, monkeypatch):
    first = publish(lake, None, built(lake, "ada"))
    ours, theirs = built(lake, "grace"), built(lake, "mary")
    real = lake.create

    def create_then_be_overtaken(*positional, **named):
        monkeypatch.undo()
        table = real(*positional, **named)
        publish(lake, first, theirs)
        return table

    monkeypatch.setattr(Lake, "create", lambda _, *positional, **named: create_then_be_overtaken(*positional, **named))

    with pytest.raises(CommitConflict):
        publish(lake, first, ours)

    assert [made.tables for made in releases(lake)][1:] == [theirs]


def test_releases_keep_their_order_beyond_checkpoints(lake):
    last = None
    for number in range(25):
        last = publish(lake, last, built(lake, f"p{number}"))

    assert current_release(lake) == last
    assert [made.base for made in releases(lake)] == [None, *(made.release for made in releases(lake)[:-1])]


def test_readers_see_the_tables_of_one_release_until_they_move_on(lake):
    first = publish(lake, None, {**built(lake, "ada"), "loud": View("SELECT upper(name) AS name FROM {people}")})
    reader = LakeReader(lake, {}, {})
    publish(lake, first, {**built(lake, "grace"), "loud": View("SELECT upper(name) AS name FROM {people}")})

    assert reader.read("loud")["name"].to_pylist() == ["ADA"]
    reader.refresh()
    assert reader.read("loud")["name"].to_pylist() == ["GRACE"]
    assert reader.read("loud", as_of=first.release)["name"].to_pylist() == ["ADA"]
    assert reader.read("people", as_of=first.created_at)["name"].to_pylist() == ["ada"]


def test_what_is_built_and_not_published_is_not_seen(lake):
    publish(lake, None, built(lake, "ada"))
    built(lake, "grace")

    assert LakeReader(lake, {}, {}).read("people")["name"].to_pylist() == ["ada"]
