"""A changed setting reads again what it concerns and nothing else, and ends where a clean build with it would have begun.

Each case: settings before, settings after, how many objects of the bucket are read again, whether the domain table is
folded afresh. The bucket is the same throughout.
"""

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heap_assets.bucket.deliveries import ObjectRef, fingerprint, terms
from heap_assets.bucket.patterns import file_date
from heap_assets.bucket.status import Status
from heap_assets.domain.fold import domain_table, spec_hash
from heap_assets.settings import FeedSpec
from heap_assets_tests.feeds.house import House

FEED: dict[str, Any] = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}*.csv",
    "primary_key": ["id"],
    "fields": {"seen": {"type": "datetime"}},
}
FILES = {
    "crm/2026-01-02.csv": 'id,branch,zip,born,total,seen,text\n1,a,01099,1/2/1970,5,2026-01-01,"x"\n2,a,04109,3/4/1980,6,2026-01-05,y\n',
    "crm/2026-01-03_a.csv": "id,branch,zip,born,total,seen,text\n2,b,04109,3/4/1980,7,2026-01-02,z\n,b,1,1/1/1990,8,2026-01-02,\n",
    "crm/2026-01-03_b.csv": "id,branch,zip,born,total,seen,text\n3,b,20095,13/1/1990,9,2026-01-03,z\n",
    "old/2026-01-02.csv": "id,branch,zip,born,total,seen,text\n9,c,1,1/1/1990,9,2026-01-03,z\n",
}
ALL = 3
DAYS = (date(2026, 1, 2), date(2026, 1, 3), date(2026, 2, 1), date(2026, 3, 1))


@dataclass
class Case:
    """One change: objects that are read again, whether all keys are decided again, whether what was refused is tried."""

    name: str
    after: dict[str, Any]
    read: int
    rule: bool
    before: dict[str, Any] = field(default_factory=dict)
    top: dict[str, Any] = field(default_factory=dict)
    terms: bool = False

    @property
    def concerns_nothing(self) -> bool:
        return not self.read and not self.rule and "pattern" not in self.after


CASES = [
    Case("nothing", {}, 0, False),
    Case("semantics", {"semantics": {"id": "fk-customer-id"}, "stitch": True}, 0, False),
    Case("primary_key", {"primary_key": ["id", "branch"]}, ALL, True),
    Case("primary_key, only its order", {"primary_key": ["branch", "id"]}, 0, True, {"primary_key": ["id", "branch"]}),
    Case("last_updated", {"last_updated": "seen"}, 0, True),
    Case("tie_break", {"tie_break": ["total"]}, 0, True),
    Case("required", {"required": True}, 0, False),
    Case("settle", {"settle": 10}, 0, False),
    Case("on_failed_delivery", {"on_failed_delivery": "skip"}, 0, False),
    Case("error_threshold", {"error_threshold": 60}, 0, False, terms=True),
    Case("limits", {"limits": {"cell_bytes": "1MiB", "columns": 50}}, 0, False, terms=True),
    Case("timezone", {}, 0, False, top={"timezone": "Pacific/Auckland"}),
    Case("event_tables", {}, 0, False, top={"event_tables": ["sign_up"]}),
    Case("quarantine.raw", {}, 0, False, top={"quarantine": {"raw": "none"}}),
    Case("file.delimiter", {}, ALL, False, {"file": {"delimiter": ";"}}),
    Case("file.quote", {"file": {"quote": "'"}}, ALL, False),
    Case("file.escape", {"file": {"escape": "\\"}}, ALL, False),
    Case("file.encoding", {"file": {"encoding": "utf-8"}}, ALL, False),
    Case("file.compression", {"file": {"compression": "none"}}, ALL, False),
    Case("fields.type", {"fields": {"total": {"type": "integer"}, "seen": {"type": "datetime"}}}, ALL, False),
    Case("fields.type taken back", {"fields": {}}, ALL, False),
    Case("fields.format", {"fields": {"born": {"type": "date", "format": "MM/dd/yyyy"}}}, ALL, False,
         {"fields": {"born": {"type": "date", "format": "dd/MM/yyyy"}}}),
    Case("fields.rename", {"fields": {"zip": {"rename": "postal"}}}, ALL, False),
    Case("fields.required", {"fields": {"text": {"required": True}}}, ALL, False, {"fields": {"text": {}}}),
    Case("fields, only their order", {"fields": {"zip": {"type": "string"}, "seen": {"type": "datetime"}}}, 0, False,
         {"fields": {"seen": {"type": "datetime"}, "zip": {"type": "string"}}}),
    Case("load", {"load": "truncate_and_upsert"}, 2, True),
    Case("load taken back", {}, ALL, True, {"load": "truncate_and_upsert"}),
    Case("pattern, wider", {"pattern": "*/{yyyy}-{MM}-{dd}*.csv"}, 1, False),
    Case("pattern, narrower", {"pattern": "crm/{yyyy}-{MM}-{dd}.csv"}, 0, False),
    Case("pattern, another place", {"pattern": "old/{yyyy}-{MM}-{dd}*.csv"}, 1, False),
    Case("pattern, another date", {"pattern": "crm/{yyyy}-{dd}-{MM}*.csv"}, ALL, False),
]  # fmt: skip

WHOLE = (
    """
nothing; error_threshold; primary_key; last_updated; file.delimiter; fields.type; fields.type taken back; fields.rename;
load; load taken back; pattern, wider; pattern, narrower; pattern, another place; pattern, another date
""".replace("\n", " ")
    .strip()
    .split("; ")
)


def configured(folder: Path, entry: dict[str, Any], lake: str = "lake", **top: Any) -> House:
    source = {"bucket": str(folder / "heap-rs3-acme"), "heap_connect": False}
    house = House(folder, "crm/customers", feeds=[{**FEED, **entry}], source=source, lake=lake, **top)
    house.lake = house.builder.lake(lake)
    return house


def picture(house: House) -> dict[str, Any]:
    """The domain table and what stands in the quarantine, but for what clocks wrote."""
    held = house.quarantine() if house.lake.exists("quarantine") else []
    rejected = [(row["delivery"], row["row"], row["column"], row["reason"]) for row in held]
    schema = house.lake.open(domain_table(house.spec)).schema
    return {
        "rows": house.rows(),
        "rejected": sorted(rejected, key=str),
        "types": dict(zip(schema.names, schema.types, strict=True)),
    }


@pytest.fixture(scope="module")
def brought_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bucket, and a lake of the settings that most cases begin with."""
    house = configured(tmp_path_factory.mktemp("settings"), {})
    for key, text in FILES.items():
        house.builder.file(key, text)
    house.up_to_date(days=DAYS)
    return house.builder.folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_setting_concerns(tmp_path: Path, case: Case) -> None:
    before = configured(tmp_path, case.before).spec
    after = configured(tmp_path, case.after, **case.top).spec
    refs = (ObjectRef("crm/2026-01-02.csv", 1, "v"),)

    def content(spec: FeedSpec) -> list[int]:
        full = spec.load == "truncate_and_upsert"
        return [fingerprint(full, refs, spec, day) for key in FILES if (day := file_date(str(spec.pattern), key))]

    assert (content(before) != content(after)) is bool(case.read or "pattern" in case.after)
    assert (spec_hash(before) != spec_hash(after)) is case.rule
    assert (terms(before) != terms(after)) is case.terms


@pytest.mark.parametrize("case", [case for case in CASES if case.name in WHOLE], ids=lambda case: case.name)
def test_a_changed_setting_reads_what_it_concerns_and_ends_as_a_clean_build(
    brought_up: Path, tmp_path: Path, case: Case
) -> None:
    shutil.copytree(brought_up, tmp_path, dirs_exist_ok=True)
    before = configured(tmp_path, case.before, lake="other" if case.before else "lake")
    if case.before:
        before.up_to_date(days=DAYS)
    untouched = picture(before)
    house = configured(tmp_path, case.after, lake="other" if case.before else "lake", **case.top)

    house.land(DAYS)
    folded = house.fold()
    house.land(DAYS)

    assert house.bucket.objects == case.read
    assert (spec_hash(house.spec) != spec_hash(before.spec)) is case.rule
    assert folded.changed is not case.concerns_nothing
    if case.concerns_nothing:
        assert picture(house) == untouched
        return
    clean = configured(tmp_path, case.after, lake="clean", **case.top)
    clean.up_to_date(days=DAYS)
    assert picture(house) == picture(clean)


@pytest.fixture
def house(brought_up: Path, tmp_path: Path) -> House:
    shutil.copytree(brought_up, tmp_path, dirs_exist_ok=True)
    return configured(tmp_path, {})


def test_what_no_longer_fits_the_settings_stays_as_it_landed_and_is_refused(house: House) -> None:
    before = house.up_to_date(days=DAYS)
    wrong = configured(house.builder.folder, {"file": {"delimiter": ";"}})

    assert wrong.up_to_date(days=DAYS) == before
    assert set(wrong.statuses().values()) == {Status.REFUSED}


def test_what_the_settings_leave_out_comes_back_with_them(house: House) -> None:
    before = house.up_to_date(days=DAYS)
    narrower = configured(house.builder.folder, {"pattern": "crm/{yyyy}-{MM}-{dd}.csv"})
    assert [row["_object"] for row in narrower.up_to_date(days=DAYS)] == ["crm/2026-01-02.csv"] * 2
    assert narrower.statuses()["crm/2026-01-03_a.csv"] is Status.IGNORED
    assert narrower.reason("crm/2026-01-03_a.csv") == "the settings of CRM:Customers no longer take it"

    again = configured(house.builder.folder, {})

    assert again.up_to_date(days=DAYS) == before
    assert again.bucket.objects == 2


def test_what_has_left_the_bucket_is_not_taken_out_by_settings_that_would_not_take_it(house: House) -> None:
    before = house.up_to_date(days=DAYS)
    for key in FILES:
        house.builder.remove(key)
    elsewhere = configured(house.builder.folder, {"pattern": "new/{yyyy}-{MM}-{dd}.csv"})

    assert elsewhere.up_to_date(days=DAYS) == before


def test_a_file_that_two_patterns_matched_heals_with_either(house: House) -> None:
    builder = house.builder
    both = [FEED, {**FEED, "feed": "Others", "pattern": "old/{yyyy}-{MM}-{dd}.csv", "fields": {}}]
    disputed = {"pattern": "*/{yyyy}-{MM}-{dd}*.csv"}
    for feed in ("crm/customers", "crm/others"):
        one = House(builder.folder, feed, feeds=[{**both[0], **disputed}, both[1]])
        one.land(DAYS)
        assert one.statuses()["old/2026-01-02.csv"] is Status.REFUSED

    parted = [House(builder.folder, feed, feeds=both) for feed in ("crm/customers", "crm/others")]
    for one in parted:
        one.land(DAYS)

    assert Status.REFUSED not in {status for one in parted for status in one.statuses().values()}
    assert parted[1].statuses()["old/2026-01-02.csv"] is Status.LANDED


def test_a_refused_delivery_is_tried_again_under_other_terms_and_no_other(tmp_path: Path) -> None:
    house = configured(tmp_path, {"error_threshold": 10})
    house.builder.file("crm/2026-01-02.csv", "id,text\n1,a\n,b\n")
    house.builder.file("crm/2026-01-03.csv", "id,text\n2,a\n")
    house.land(DAYS)
    assert house.statuses()["crm/2026-01-02.csv"] is Status.REFUSED

    raised = configured(tmp_path, {"error_threshold": 50})

    assert [row["id"] for row in raised.up_to_date(days=DAYS)] == ["1", "2"]
    assert raised.bucket.objects == 1
    lowered = configured(tmp_path, {"error_threshold": 10})
    lowered.land(DAYS)
    assert lowered.bucket.objects == 0
    assert set(lowered.statuses().values()) == {Status.LANDED}


def test_a_raised_limit_tries_what_was_refused_and_reads_nothing_else(tmp_path: Path) -> None:
    small = configured(tmp_path, {"limits": {"columns": 2}, "fields": {}})
    small.builder.file("crm/2026-01-02.csv", "id,a,b\n1,x,y\n")
    small.builder.file("crm/2026-01-03.csv", "id,a\n2,x\n")
    small.land(DAYS)
    assert "3 columns, more than the 2" in small.reason("crm/2026-01-02.csv")

    raised = configured(tmp_path, {"limits": {"columns": 3}, "fields": {}})

    assert [row["id"] for row in raised.up_to_date(days=DAYS)] == ["1", "2"]
    assert raised.bucket.objects == 1


def test_skipping_follows_the_setting_in_both_directions_without_reading(tmp_path: Path) -> None:
    house = configured(tmp_path, {"fields": {}})
    house.builder.file("crm/2026-01-02.csv", "nothing,of,that\n1,2,3\n")
    house.land(DAYS)
    states = [house.statuses()]
    for setting in ("skip", "fail"):
        changed = configured(tmp_path, {"fields": {}, "on_failed_delivery": setting})
        assert all(report.complete for report in changed.land(DAYS).values()) is (setting == "skip")
        assert changed.bucket.objects == 0
        states.append(changed.statuses())

    assert [list(state.values()) for state in states] == [[Status.REFUSED], [Status.SKIPPED], [Status.REFUSED]]


def test_a_type_widened_by_a_delivery_is_narrow_again_once_that_is_replaced(tmp_path: Path) -> None:
    users = House(tmp_path, "heap/users")
    users.builder.dump(9, users=[{"user_id": 1, "points": 5}])
    users.builder.dump(10, users=[{"user_id": 2, "points": "many"}])
    assert [row["points"] for row in users.up_to_date()] == ["5", "many"]

    users.builder.dump(10, users=[{"user_id": 2, "points": 7}])

    assert [row["points"] for row in users.up_to_date()] == [5, 7]
