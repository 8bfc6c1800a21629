"""The sample with traps: every line of truth/chaos.json, held against what reading the bucket really gives."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from heap_assets import open_lake
from heap_assets.bucket.near_misses import near_misses
from heap_assets.bucket.status import statuses
from heap_assets.bucket.store import FolderBucket
from heap_assets.catalog import LakeReader
from heap_assets.domain.fold import domain_table, fold
from heap_assets.domain.migrations import RESOLVED_USERS, build_resolved_users
from heap_assets.feeds.days import land_days
from heap_assets.lake import Lake
from heap_assets.sample import Format, World, write_sample
from heap_assets.settings import Settings, load_settings

TINY = World(users=150, days=5, identified_share=0.3, resent_share=0.05, chained_share=0.3)
HEAP = ("Heap:Users", "Heap:Sessions", "Heap:Pageviews", "Heap:UserMigrations")
SYSTEM = {"_pk", "_file_date", "_delivery", "_object", "_object_version", "_row", "_updated"}


@dataclass(frozen=True)
class Told:
    """A sample on disk and its lake, after one pass without Dagster."""

    out: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.out / "heap_assets.yaml")

    @property
    def summary(self) -> dict[str, Any]:
        return dict(json.loads((self.out / "truth" / "summary.json").read_text(encoding="utf-8")))

    @property
    def chaos(self) -> dict[str, Any]:
        return dict(json.loads((self.out / "truth" / "chaos.json").read_text(encoding="utf-8")))

    @cached_property
    def lake(self) -> LakeReader:
        """The lake as it was when it was first asked for."""
        return open_lake(self.settings)

    def rows(self, table: str, columns: list[str] | None = None) -> list[tuple]:
        """Rows of a domain table without what tells where they came from, sorted by their text."""
        read = self.lake.read(table)
        names = columns or sorted(set(read.schema.names) - SYSTEM)
        return sorted(zip(*(read[name].to_pylist() for name in names), strict=True), key=repr)

    def columns(self, table: str) -> list[str]:
        return sorted(set(self.lake.read(table).schema.names) - SYSTEM)

    def statuses(self) -> dict[tuple[str, str], tuple[str, str]]:
        found = statuses(Lake(Path(self.settings.lake.uri)), self.settings)
        return {(row.delivery.feed, row.delivery.delivery): (row.status.value, row.reason or "") for row in found}


def brought_up_to_date(
    out: Path, form: Format = "heap-connect", chaos: bool = False, skip_failed: bool = False
) -> Told:
    write_sample(out, TINY, form, chaos)
    told = Told(out)
    pass_over(told, skip_failed)
    return told


def pass_over(told: Told, skip_failed: bool = False) -> None:
    settings, lake = told.settings, Lake(Path(told.settings.lake.uri))
    bucket = FolderBucket(Path(settings.source.bucket), settings.source.bucket_name)
    days = [date.fromordinal(settings.start_date.toordinal() + place) for place in range(12)]
    for spec in settings.feed_specs():
        land_days(bucket, lake, settings, spec, days, skip_failed)
        fold(lake, spec)
        if spec.table == "user_migrations":
            build_resolved_users(lake, lake.find(domain_table(spec)))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return brought_up_to_date(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return brought_up_to_date(tmp_path_factory.mktemp("dated"), "csv")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return brought_up_to_date(tmp_path_factory.mktemp("chaos"), chaos=True)


@pytest.mark.parametrize("table", [*HEAP, "CRM:Customers"])
def test_both_formats_give_the_same_rows(clean, dated, table):
    assert dated.columns(table) == clean.columns(table)
    assert dated.rows(table) == clean.rows(table)
    assert len(clean.rows(table)) == clean.summary["domain_rows"][table] == dated.summary["domain_rows"][table]


def test_both_formats_have_one_truth(clean, dated):
    records = [each.out / "truth" / "records.csv" for each in (clean, dated)]
    assert records[0].read_bytes() == records[1].read_bytes()
    told_by_deliveries = {"delivered_rows", "dumps"}
    one, other = clean.summary, dated.summary
    assert {name: one[name] for name in one.keys() - told_by_deliveries} == {
        name: other[name] for name in other.keys() - told_by_deliveries
    }
    assert {described["file_date"] for described in other["dumps"]} == {f"2026-10-0{day}" for day in range(1, 6)}


def expected(told: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    for trap in told.chaos["traps"]:
        for delivery in trap["deliveries"]:
            yield trap["trap"], delivery


def test_every_delivery_ends_as_its_trap_says(told):
    found = told.statuses()
    for trap, wanted in expected(told):
        status, reason = found[wanted["feed"], wanted["delivery"]]
        assert status == wanted["status"], (trap, wanted, reason)
        assert reason.startswith(wanted["code"] or ""), (trap, wanted, reason)
    told_of = {(wanted["feed"], wanted["delivery"]) for _, wanted in expected(told)}
    others = {key: status for key, (status, _) in found.items() if key not in told_of}
    assert set(others.values()) <= {"landed", "superseded", "ignored"}


def test_what_is_no_delivery_is_none(told):
    known = {delivery for _, delivery in told.statuses()}
    for trap in told.chaos["traps"]:
        assert not known & set(trap["no_delivery"]), trap["trap"]


def test_every_bad_row_is_in_quarantine_and_no_other(told):
    quarantine = told.lake.read("quarantine").to_pylist()
    found = Counter((row["feed"], row["delivery"], row["reason"]) for row in quarantine)
    wanted = {
        (each["feed"], each["delivery"], each["reason"]): each["quarantined"]
        for _, each in expected(told)
        if each["quarantined"]
    }
    assert found == wanted


@pytest.mark.parametrize("table", [*HEAP, "CRM:Customers"])
def test_good_rows_are_those_of_the_world_without_traps(told, clean, table):
    rows = told.rows(table, clean.columns(table))
    if table == "Heap:UserMigrations":
        rows = [row for row in rows if row[0] >= 0]
    assert rows == clean.rows(table)


def test_the_truth_counts_what_is_there(told):
    lake = told.lake
    for table, count in told.summary["domain_rows"].items():
        assert lake.count(table) == count, table


def test_odd_feeds_hold_the_rows_that_are_told(told):
    for table, wanted in told.chaos["rows"].items():
        columns = sorted(wanted[0]) if wanted else ["user_id"]
        read = told.lake.read(table).to_pylist()
        found = [{name: _shown(row[name]) for name in columns} for row in read]
        assert sorted(found, key=repr) == sorted(
            ({name: row.get(name) for name in columns} for row in wanted), key=repr
        )
        for row in wanted:
            same = [each for each in read if all(_shown(each[name]) == row[name] for name in row)]
            assert len(same) == 1, (table, row)


def test_migrations_resolve_as_told(told):
    table = Lake(Path(told.settings.lake.uri)).open(RESOLVED_USERS)
    rows = [row for path in table.absolute(table.files) for row in pq.ParquetFile(path).read().to_pylist()]
    found = {str(row["user_id"]): str(row["resolved_user_id"]) for row in rows}
    for one, other in told.chaos["resolved"].items():
        assert found[one] == other


def test_absent_rows_are_absent(told):
    for trap in told.chaos["traps"]:
        for table, key in trap["absent"]:
            assert key not in told.lake.read(table, columns=["_pk"])["_pk"].to_pylist(), (trap["trap"], table, key)


def test_names_that_nearly_match_are_told(told):
    (trap,) = [each for each in told.chaos["traps"] if each["trap"] == "T65"]
    keys = [
        path.relative_to(told.settings.source.bucket).as_posix()
        for path in Path(told.settings.source.bucket).rglob("*.*")
    ]

    assert {miss.key for miss in near_misses(told.settings.feed_specs(), "", keys)} >= set(trap["where"])


def test_looking_again_changes_nothing(told):
    before = told.statuses(), told.rows("Heap:Users")

    pass_over(told)

    again = Told(told.out)
    assert (again.statuses(), again.rows("Heap:Users")) == before


def test_traps_cover_most_of_the_notes(told):
    traps = {trap["trap"] for trap in told.chaos["traps"]}

    assert len(traps) >= 40
    assert told.chaos["exit"] == {"run": 1, "run --skip-failed": 3}


def _shown(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
