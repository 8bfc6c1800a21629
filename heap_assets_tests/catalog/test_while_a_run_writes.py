"""Readers while a run is writing: one picture at any moment, the one before or the one after (law 6)."""

from heap_assets_tests.conftest import Morning, look
from heap_assets_tests.worlds import SampleWorld


def test_readers_see_the_release_before_or_the_release_after_and_nothing_else(
    skipped_morning: Morning, finished: SampleWorld
) -> None:
    before, after = look(finished.lake()), skipped_morning.seen[-1]

    assert len(skipped_morning.seen) > 3
    assert set(skipped_morning.seen) == {before, after}
    assert before.release != after.release


def test_tables_of_one_picture_agree(skipped_morning: Morning) -> None:
    torn = [seen for seen in skipped_morning.seen if seen.people[0] != seen.people[1] or seen.users[0] != seen.users[1]]

    assert torn == []


def test_what_is_seen_never_goes_back(skipped_morning: Morning) -> None:
    releases = [seen.release for seen in skipped_morning.seen]

    assert releases == sorted(releases)
