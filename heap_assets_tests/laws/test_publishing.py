"""Two builds, one of them overtaken: the release that stands has the newest domain tables and IDs of one registry."""

from pathlib import Path

import pytest

from heap_assets.customer360.release import build_release, publish_build
from heap_assets.customer360.steps import all_steps
from heap_assets.domain.fold import fold
from heap_assets.lake import current_release, releases
from heap_assets.stitch.build import Build, pin_domains, run_step
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.laws.chain import files_below, land_all, run_chain
from heap_assets_tests.laws.picture import picture

CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {"key": "fk-customer-id", "email": "email", "family": "surname"},
    "stitch": True,
}


class Shop:
    """Customers in dated files, and nothing of Heap; each has an id, a key that joins them, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.builder = BucketBuilder(folder)
        self.lake = self.builder.lake()
        self.settings = self.builder.settings(
            source={"bucket": str(self.builder.root), "heap_connect": False}, feeds=[CUSTOMERS]
        )

    def deliver(self, day: int, **keys: str) -> None:
        rows = [{"id": name, "key": key, "email": None, "family": None} for name, key in keys.items()]
        self.builder.file(f"crm/customers_2026-01-{day:02d}.csv", rows)

    def fold(self) -> None:
        (spec,) = self.settings.feed_specs()
        land_all(self.builder.bucket(), self.lake, self.settings, [spec])
        fold(self.lake, spec)

    def begin(self) -> Build:
        """A build that has made everything and published nothing."""
        build = Build.begin(self.lake, self.settings)
        pin_domains(build)
        for step in all_steps(self.settings):
            run_step(build, step)
        return build

    def people(self) -> set[frozenset[str]]:
        """Who is one person with whom, as readers see it."""
        rows = picture(self.settings)["unified_coalesced"]
        found: dict[str, set[str]] = {}
        for row in map(dict, rows):
            found.setdefault(row["amperity_id"], set()).add(row["pk"].strip("'"))
        return set(map(frozenset, found.values()))


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path)
    shop.deliver(2, a="k1", b="k1", c="k2")
    shop.fold()
    return shop


def test_a_build_that_was_overtaken_does_not_bring_back_older_domain_tables(shop):
    slow = shop.begin()
    shop.deliver(3, c="k1", d="k3")
    shop.fold()
    newest = build_release(shop.lake, shop.settings)

    published = publish_build(slow, None)

    assert published == current_release(shop.lake) == newest
    assert shop.people() == {frozenset("abc"), frozenset("d")}


def test_a_build_that_took_up_the_newest_release_only_to_publish_makes_its_ids_on_it(shop):
    """As in Dagster, where every asset asks anew which release is current."""
    build_release(shop.lake, shop.settings)
    shop.deliver(3, c="k1")
    shop.fold()
    slow = shop.begin()
    shop.deliver(4, c="k9")
    shop.fold()
    build_release(shop.lake, shop.settings)
    slow.base = current_release(shop.lake)

    publish_build(slow, None)

    assert shop.people() == {frozenset("ab"), frozenset("c")}
    assert len(releases(shop.lake)) == 2


def test_two_builds_of_the_same_domain_tables_are_one_release(shop):
    one, other = shop.begin(), shop.begin()

    assert publish_build(one, None) == publish_build(other, None)
    assert one.versions == other.versions
    assert len(releases(shop.lake)) == 1


def test_building_again_with_nothing_new_writes_nothing(shop):
    first = build_release(shop.lake, shop.settings)
    before = files_below(shop.lake.root)

    assert build_release(shop.lake, shop.settings) == first
    assert files_below(shop.lake.root) == before


def test_a_chain_with_a_feed_that_changed_nothing_publishes_nothing(shop):
    first = build_release(shop.lake, shop.settings)
    before = files_below(shop.lake.root)

    assert run_chain(shop.builder.bucket(), shop.lake, shop.settings) == first
    assert files_below(shop.lake.root) == before
