"""Laws 1 to 4 (interfaces.md 5): whatever happened in the bucket, a domain table is what the reference says."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from heap_assets import open_lake
from heap_assets.bucket.corrections import exclude, restore
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import DeliveryStatus, Status, feed_table, landed_deliveries, statuses
from heap_assets.domain import fold
from heap_assets.feeds.days import DayReport
from heap_assets.settings import FeedSpec, Settings
from heap_assets_tests.examples import random_examples
from heap_assets_tests.laws import reference
from heap_assets_tests.laws.chain import CountingBucket, files_below, fold_counted, land_all
from heap_assets_tests.laws.histories import file_histories, heap_histories, is_eventful, landings
from heap_assets_tests.laws.world import Decide, Land, Step, World, calendar

UNHEEDED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
law = partial(random_examples, many=40, unheeded=UNHEEDED)


@dataclass
class Lived:
    """A history that was lived through: the bucket, one lake, and the feeds that took part."""

    world: World
    feeds: Sequence[str]

    def __post_init__(self) -> None:
        self.lake = self.world.builder.lake("lake")
        self.bucket = CountingBucket(self.world.builder.bucket())

    @property
    def settings(self) -> Settings:
        return self.world.settings("lake")

    @property
    def specs(self) -> list[FeedSpec]:
        return [spec for spec in self.settings.feed_specs() if spec.name in self.feeds]

    def live(self, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Land():
                    self._land(self._of(step.land), calendar(step.days))
                    for spec in self._of(step.fold & step.land):
                        fold_counted(self.lake, spec)
                case Decide():
                    self._decide(step)
                case _:
                    self.world.happen(step)
        self.catch_up()

    def catch_up(self) -> None:
        """One pass over everything: it must be enough."""
        self.reports = self._land(self.specs)
        self.folded = {spec.name: fold_counted(self.lake, spec) for spec in self.specs}

    def _land(self, specs: Sequence[FeedSpec], *days: Sequence[date]) -> dict[str, list[DayReport]]:
        before = {spec.name: self._ledger(spec) for spec in specs}
        reports = land_all(self.bucket, self.lake, self.settings, specs, *days)
        for spec in specs:
            held = self._ledger(spec)
            read_now = {name: before[spec.name].get(name) != version for name, version in held.items()}
            self.world.remember_landed(spec, read_now)
        return reports

    def _ledger(self, spec: FeedSpec) -> dict[str, int]:
        return dict(landed_deliveries(spec, self.lake.find(feed_table(spec))))

    def _decide(self, step: Decide) -> None:
        """Take out one of the deliveries that the lake knows, or put one back; where there is none, nothing happens."""
        rows = [row for row in statuses(self.lake, self.settings) if row.delivery.feed in self.feeds]
        chosen = [
            row for row in rows if ((row.delivery.feed, row.delivery.delivery) in self.world.excluded) != step.out
        ]
        if chosen:
            row = chosen[step.place % len(chosen)]
            name = (row.delivery.feed, row.delivery.delivery)
            if step.out:
                exclude(self.lake, [row], "wrong")
                self.world.excluded.add(name)
            else:
                restore(self.lake, [row])
                self.world.excluded.discard(name)

    def _of(self, names: frozenset[str]) -> list[FeedSpec]:
        return [spec for spec in self.specs if spec.name in names]


def lived(folder: str, feeds: Sequence[str], steps: Sequence[Step]) -> Lived:
    made = Lived(World(Path(folder)), feeds)
    made.live(steps)
    return made


def holds_what_the_reference_says(made: Lived) -> None:
    tables = open_lake(made.settings)
    for spec in made.specs:
        wanted = reference.winners(made.world, spec)
        found = tables.read(spec.display)
        assert reference.differences(found, wanted, reference.columns(made.world, spec)) == []


def accounts_for_every_row(made: Lived) -> None:
    for spec in made.specs:
        counting, there = made.world.counting(spec), made.world.of(spec)
        for report in made.reports[spec.name]:
            assert report.read == report.landed + report.quarantined
            for row in report.deliveries:
                name = row.delivery.delivery
                is_told_apart(row, name in there, (spec.name, name) in made.world.excluded)
                if row.status is Status.LANDED:
                    assert row.rows == reference.counted(spec, counting[name])[0]
            refused = {row.delivery.delivery for row in report.deliveries if row.status is Status.REFUSED}
            assert refused <= made.world.unreadable(spec)
            assert report.complete == (not refused)
        if not any(content.full for content in there.values()) and not made.world.unreadable(spec):
            bad = sum(reference.counted(spec, content)[1] for content in counting.values())
            assert sum(report.quarantined for report in made.reports[spec.name]) == bad
        folded = made.folded[spec.name]
        assert folded.live == reference.live_rows(made.world, spec)
        assert folded.rows == len(reference.winners(made.world, spec))


def is_told_apart(row: DeliveryStatus, there: bool, excluded: bool) -> None:
    """What was taken out, what manifest or settings no longer take, and what counts are not taken for one another."""
    if excluded:
        assert row.status is Status.EXCLUDED
    else:
        assert there == (row.status not in (Status.GONE, Status.IGNORED))


def does_nothing_when_nothing_is_new(made: Lived) -> None:
    before, read = files_below(made.lake.root), (made.bucket.objects, made.bucket.manifests)
    made.catch_up()
    assert files_below(made.lake.root) == before
    assert (made.bucket.objects, made.bucket.manifests) == read


def is_the_same_in_any_order(made: Lived, other: Sequence[Land]) -> None:
    """Not where something that had landed is damaged now: of that, another lake can know nothing."""
    if any(made.world.unreadable(spec) & made.world.counting(spec).keys() for spec in made.specs):
        return
    settings_of_other = made.world.settings("other")
    lake = made.world.builder.lake("other")
    discover(made.bucket, lake, settings_of_other)
    out = [row for row in statuses(lake, settings_of_other) if _name(row) in made.world.excluded]
    exclude(lake, out, "wrong")
    for step in [*other, None]:
        for spec in made.specs:
            if step is None or spec.name in step.land:
                days = (calendar(step.days),) if step else ()
                land_all(made.bucket, lake, settings_of_other, [spec], *days)
            if step is None or spec.name in step.fold & step.land:
                fold_counted(lake, spec)
    one, two = open_lake(made.settings), open_lake(settings_of_other)
    for spec in made.specs:
        assert reference.plain(one.read(spec.display)) == reference.plain(two.read(spec.display))


def _name(row: DeliveryStatus) -> tuple[str, str]:
    return row.delivery.feed, row.delivery.delivery


def all_laws(feeds: Sequence[str], steps: Sequence[Step], other: Sequence[Land], share: float) -> None:
    """`share`: how much of a table must be gone before it is folded afresh; here is so little that half soon is."""
    assume(is_eventful(steps))
    with tempfile.TemporaryDirectory() as folder, patch.object(fold, "REFOLD_SHARE", share):
        made = lived(folder, feeds, steps)
        holds_what_the_reference_says(made)
        accounts_for_every_row(made)
        does_nothing_when_nothing_is_new(made)
        is_the_same_in_any_order(made, other)


SHARES = st.sampled_from((2.0, 2.0, fold.REFOLD_SHARE))
FEEDS = {
    "users": (("heap/users",), heap_histories("users")),
    "pageviews": (("heap/pageviews",), heap_histories("pageviews")),
    "migrations": (("heap/user_migrations",), heap_histories("user_migrations")),
    "dated files": (("crm/dated",), file_histories("dated")),
    "files with last_updated": (("crm/updated",), file_histories("updated")),
    "truncate_and_upsert": (("crm/replaced",), file_histories("replaced")),
    "side by side": (
        ("heap/users", "heap/pageviews", "heap/user_migrations"),
        heap_histories("users", "pageviews", "user_migrations"),
    ),
    "damaged, taken out": (("heap/users",), heap_histories("users", trouble=True, length=9)),
    "files damaged, taken out": (("crm/updated",), file_histories("updated", trouble=True, length=9)),
    "whole days damaged, taken out": (("crm/replaced",), file_histories("replaced", trouble=True, length=9)),
    "changed settings": (("crm/dated",), file_histories("dated", configured=True, length=9)),
}


@pytest.mark.parametrize("kind", FEEDS)
@law(2)
@given(data=st.data())
def test_a_domain_table_is_a_fold_of_what_was_delivered(kind, data):
    feeds, histories = FEEDS[kind]
    all_laws(feeds, data.draw(histories), data.draw(landings(*feeds)), data.draw(SHARES))


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", FEEDS)
@law(40)
@given(data=st.data())
def test_many_histories(kind, data):
    feeds, histories = FEEDS[kind]
    all_laws(feeds, data.draw(histories), data.draw(landings(*feeds)), data.draw(SHARES))
