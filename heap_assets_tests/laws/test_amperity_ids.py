"""Stable Amperity IDs: whatever clusters do from release to release, an ID stays with its people, and only theirs."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.lake import TableVersion, current_release, derive, hash62, publish
from heap_assets.stitch.amperity_ids import IDS_STEP, REGISTRY, Overlap, match
from heap_assets.stitch.build import Build, run_step
from heap_assets.stitch.stages import CLUSTERS
from heap_assets_tests.builders import BucketBuilder

Cluster = frozenset[str]
SCHEMA = pa.schema(
    [
        ("datasource", pa.string()),
        ("pk", pa.string()),
        ("component_id", pa.int64()),
        ("by_heap_user", pa.bool_()),
        ("cluster", pa.int64()),
    ]
)


@dataclass
class Releases:
    """A lake in which releases are made of clusters written by hand; a cluster is a word, its letters the records."""

    folder: Path
    number: int = 0

    def __post_init__(self) -> None:
        builder = BucketBuilder(self.folder)
        self.lake, self.settings = builder.lake(), builder.settings()

    def release(self, *clusters: str, order: random.Random | None = None) -> dict[str, str]:
        """The ID of each cluster in the next release; `order` shuffles rows and the numbers of clusters."""
        self.number += 1
        rows = _rows(clusters, order)
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        version = derive(self.lake, CLUSTERS, hash62([self.number]), lambda: table)
        build = Build(self.lake, self.settings, current_release(self.lake), {CLUSTERS: version})
        held = run_step(build, IDS_STEP)
        publish(
            self.lake,
            build.base,
            {"clusters": TableVersion(CLUSTERS, version), "amperity_ids": TableVersion(REGISTRY, held)},
        )
        found = self._ids(held)
        return {word: found[word[0]] for word in clusters}

    def _ids(self, version: int) -> dict[str, str]:
        table = self.lake.open(REGISTRY, version)
        rows = [row for path in table.absolute(table.files) for row in pq.ParquetFile(path).read().to_pylist()]
        return {row["pk"]: row["amperity_id"] for row in rows if row["active"]}


def _rows(clusters: Iterable[str], order: random.Random | None) -> list[dict[str, object]]:
    words = list(clusters)
    if order:
        order.shuffle(words)
    rows = [
        {"datasource": "CRM:Customers", "pk": letter, "by_heap_user": number % 2 == 1, "cluster": number // 2}
        for number, word in enumerate(words)
        for letter in word
    ]
    if order:
        order.shuffle(rows)
    return rows


@pytest.fixture
def people(tmp_path) -> Releases:
    return Releases(tmp_path)


def test_an_id_stays_with_a_cluster_that_does_not_change(people):
    before = people.release("ab", "c")

    assert people.release("c", "ab") == before


def test_a_cluster_that_grows_keeps_its_id(people):
    before = people.release("ab", "c")

    after = people.release("abx", "c", "y")

    assert (after["abx"], after["c"]) == (before["ab"], before["c"])
    assert after["y"] not in before.values()


def test_of_a_cluster_that_splits_the_greater_part_keeps_the_id(people):
    before = people.release("abc")

    after = people.release("bc", "a")

    assert after["bc"] == before["abc"]
    assert after["a"] != before["abc"]


def test_clusters_that_merge_take_the_id_of_the_greater_one(people):
    before = people.release("a", "bc")

    assert people.release("abc") == {"abc": before["bc"]}


def test_a_retired_id_comes_back_with_its_people(people):
    before = people.release("a", "bc")
    people.release("abc")

    assert people.release("a", "bc") == before


def test_people_who_vanish_and_come_back_have_their_id_again(people):
    before = people.release("ab", "cd")
    people.release("cd")
    people.release("cde")

    assert people.release("ab", "cde") == {"ab": before["ab"], "cde": before["cd"]}


def test_a_living_id_comes_before_a_retired_one(people):
    before = people.release("abc", "d")
    people.release("d")

    assert people.release("abcd") == {"abcd": before["d"]}


def test_records_that_change_places_leave_the_ids_with_the_majority(people):
    before = people.release("abc", "def")

    after = people.release("abf", "dec")

    assert (after["abf"], after["dec"]) == (before["abc"], before["def"])


def test_a_new_cluster_led_by_a_record_whose_first_id_lives_on_gets_another(people):
    first = people.release("abc")["abc"]
    after = people.release("bc", "a")

    third = people.release("bc", "x")

    assert len({first, after["a"], third["x"]}) == 3


def test_ids_do_not_depend_on_the_lake_that_they_are_made_in(tmp_path):
    one, other = Releases(tmp_path / "one"), Releases(tmp_path / "other")

    assert one.release("ab", "c") == other.release("c", "ab")


WORDS = st.permutations("abcdefg").flatmap(
    lambda letters: st.lists(st.integers(0, 3), min_size=7, max_size=7).map(lambda places: _words(letters, places))
)


def _words(letters: Iterable[str], places: Iterable[int]) -> list[str]:
    """Letters put in boxes; what is in box 0 is not there."""
    boxes: dict[int, str] = {}
    for letter, place in zip(letters, places, strict=True):
        if place:
            boxes[place] = boxes.get(place, "") + letter
    return list(boxes.values())


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@given(st.lists(WORDS, min_size=2, max_size=4))
def test_random_lives(lives):
    stay_with_their_people(lives)


@pytest.mark.fuzz
@settings(max_examples=400, deadline=None, database=None)
@given(st.lists(WORDS, min_size=2, max_size=8))
def test_many_random_lives(lives):
    stay_with_their_people(lives)


def stay_with_their_people(lives: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        one, other = Releases(Path(folder) / "one"), Releases(Path(folder) / "other")
        last_of: dict[str, Cluster] = {}
        now: dict[Cluster, str] = {}
        renamed: dict[str, str] = {}
        for place, words in enumerate(lives):
            found = {frozenset(word): name for word, name in one.release(*words).items()}
            again = {frozenset(word): name for word, name in other.release(*words, order=random.Random(place)).items()}
            _hold(found, now, last_of)
            for cluster, name in found.items():
                assert renamed.setdefault(name, again[cluster]) == again[cluster], "the order of rows shows"
            now = found
            last_of |= {name: cluster for cluster, name in found.items()}


def _hold(found: Mapping[Cluster, str], before: Mapping[Cluster, str], last_of: Mapping[str, Cluster]) -> None:
    assert len(set(found.values())) == len(found)
    for cluster, name in found.items():
        assert name not in last_of or cluster & last_of[name], "an ID went to strangers"
        assert cluster not in before or before[cluster] == name, "a cluster that stayed lost its ID"
        known = [other for other in last_of if cluster & last_of[other]]
        assert name in last_of or set(known) <= set(found.values()), "a new ID where an old one was free"


OVERLAPS = st.lists(
    st.builds(
        Overlap,
        st.sampled_from("ABCD"),
        st.tuples(st.booleans(), st.integers(0, 2)),
        st.integers(1, 3),
        st.booleans(),
        st.sampled_from("xyz"),
    ),
    max_size=8,
    unique_by=(
        lambda overlap: (overlap.amperity_id, overlap.cluster),
        lambda overlap: (overlap.amperity_id, overlap.least),
    ),
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(OVERLAPS, st.randoms(use_true_random=False))
def test_matching_does_not_depend_on_order_and_gives_no_id_twice(overlaps, order):
    shuffled = list(overlaps)
    order.shuffle(shuffled)

    found = match(overlaps)

    assert match(shuffled) == found
    assert len(set(found.values())) == len(found)
    assert all(any(o.cluster == cluster and o.amperity_id == name for o in overlaps) for cluster, name in found.items())
