"""One story: a near miss, rejected rows, a file that fails; replay; exclude; restore. Told once, looked at often."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from heap_assets import open_lake
from heap_assets.bucket.corrections import replayable
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import statuses
from heap_assets.errors import BucketUnreachable
from heap_assets.feeds import landing
from heap_assets.feeds.landing import land
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.inspect.files import Ended, command

pytestmark = pytest.mark.whole

HEADER = "customer_id,first_name,last_name,email,born\n"
FIRST, SECOND = "crm/customers_2026-11-20.csv", "crm/customers_2026-11-21.csv"
NEAR = "crm/customers_2026-11-31.csv"
SECRET = "planted-secret.example"
FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["customer_id"],
    "fields": {"born": {"type": "date"}},
    "semantics": {"customer_id": "fk-customer-id", "email": "email"},
    "stitch": True,
}


@dataclass
class Story:
    """What each command said, and which customers there were after it."""

    config: str
    ended: dict[str, Ended] = field(default_factory=dict)
    customers: dict[str, set[str]] = field(default_factory=dict)

    def tell(self, chapter: str, *arguments: str) -> None:
        self.ended[chapter] = command(*arguments, "--config", self.config)
        lake = open_lake(self.config)
        held = lake.read("CRM:Customers") if "CRM:Customers" in lake.tables() else None
        self.customers[chapter] = set(held["customer_id"].to_pylist()) if held is not None else set()


def unreachable(*_: Any) -> None:
    raise BucketUnreachable("the bucket did not answer", where="loopback")


def write(folder: Path) -> str:
    bucket = BucketBuilder(folder)
    rows = [f"a1,Ana,Lima,a1@{SECRET},1970-01-02", f"a2,Rui,Costa,a2@{SECRET},not-a-date", f"a3,ragged@{SECRET}"]
    bucket.file(FIRST, HEADER + "\n".join(rows) + "\n")
    bucket.file(SECOND, f"{HEADER}b1,Mia,Berg,b1@{SECRET},1971-02-03\n")
    bucket.file(NEAR, HEADER)
    content = {
        "source": {"bucket": bucket.name, "heap_connect": False},
        "start_date": "2026-11-20",
        "lake": {"uri": "lake"},
        "dagster_home": "dagster",
        "feeds": [FEED],
    }
    (folder / "heap_assets.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(folder / "heap_assets.yaml")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(write(tmp_path_factory.mktemp("story")))
    reading = landing.read_delivery

    def all_but_second(bucket: Any, root: Any, spec: Any, delivery: Any, *more: Any) -> Any:
        return unreachable() if delivery.delivery == SECOND else reading(bucket, root, spec, delivery, *more)

    with pytest.MonkeyPatch.context() as weather:
        weather.setattr(landing, "read_delivery", all_but_second)
        told.tell("skipped", "run", "--skip-failed", "--json")
    told.tell("list", "quarantine", "list", "--json")
    told.tell("show", "quarantine", "show", FIRST)
    told.tell("csv", "quarantine", "show", FIRST, "--csv")
    told.tell("stuck", "quarantine", "show", SECOND, "--json")
    told.tell("replayed", "quarantine", "replay", SECOND, "--json")
    told.tell("nothing left", "quarantine", "replay", SECOND)
    told.tell("excluded", "deliveries", "exclude", SECOND, "--reason", "wrong month")
    told.tell("without", "run", "--json")
    told.tell("listed", "deliveries", "--json")
    told.tell("restored", "deliveries", "restore", f"CRM:Customers:{SECOND}")
    told.tell("again", "run", "--json")
    yield told


def test_a_near_miss_is_a_note_that_changes_no_exit_code(story: Story) -> None:
    report = json.loads(story.ended["again"].stdout)

    assert [NEAR in note for note in report["notes"]] == [True]
    assert not any(NEAR in remark for remark in report["remarks"])
    assert (
        f"note: {NEAR} is no file of CRM:Customers: `2026-11-31` is no day of the calendar"
        in story.ended["again"].stderr
    )


def test_rejected_rows_are_counted_by_feed_and_reason(story: Story) -> None:
    found = json.loads(story.ended["list"].stdout)["rejected"]

    assert {(row["feed"], row["reason"], row["column"], row["rows"]) for row in found} == {
        ("crm/customers", "not-of-its-type", "born", 1),
        ("crm/customers", "too-few-fields", None, 1),
    }


def test_a_skipped_delivery_is_listed_with_its_reason(story: Story) -> None:
    found = json.loads(story.ended["list"].stdout)["deliveries"]

    assert [(row["delivery"], row["status"]) for row in found] == [(SECOND, "skipped")]
    assert "HA-2001" in found[0]["reason"]


def test_one_delivery_is_shown_with_the_place_of_each_row(story: Story) -> None:
    shown = story.ended["show"].stdout

    assert FIRST in shown and "too-few-fields" in shown and "born" in shown
    assert story.ended["stuck"].code == 0


def test_row_errors_come_as_csv(story: Story) -> None:
    rows = list(csv.DictReader(io.StringIO(story.ended["csv"].stdout)))

    assert [(row["object"], row["row"], row["reason"]) for row in rows] == [
        (FIRST, "1", "not-of-its-type"),
        (FIRST, "2", "too-few-fields"),
    ]


def test_what_was_skipped_is_read_again_on_replay(story: Story) -> None:
    report = json.loads(story.ended["replayed"].stdout)

    assert story.customers["skipped"] == {"a1"}
    assert story.customers["replayed"] == {"a1", "b1"}
    assert (story.ended["replayed"].code, report["published"]) == (3, True)


def test_a_replay_of_what_is_not_stuck_is_wrong_usage(story: Story) -> None:
    assert story.ended["nothing left"].code == 2


def test_an_excluded_delivery_is_taken_out_by_the_next_run(story: Story) -> None:
    report = json.loads(story.ended["without"].stdout)

    assert "takes its rows out" in story.ended["excluded"].stderr
    assert story.customers["excluded"] == {"a1", "b1"}
    assert story.customers["without"] == {"a1"}
    assert story.ended["without"].code == 3
    assert f"crm/customers {SECOND} is excluded: wrong month" in report["remarks"]


def test_an_excluded_delivery_is_listed_with_its_reason(story: Story) -> None:
    rows = {row["delivery"]: row for row in json.loads(story.ended["listed"].stdout)}

    assert (rows[SECOND]["status"], rows[SECOND]["reason"], rows[SECOND]["rows"]) == ("excluded", "wrong month", 0)


def test_a_restored_delivery_is_put_back_by_the_next_run(story: Story) -> None:
    assert story.customers["again"] == {"a1", "b1"}
    assert "is excluded" not in story.ended["again"].stderr


def test_nothing_personal_is_printed(story: Story) -> None:
    told = "".join(ended.stdout + ended.stderr for ended in story.ended.values())

    assert [word for word in (SECRET, "ragged", "not-a-date", "Lima") if word in told] == []


@pytest.mark.parametrize("arguments", [("exclude", "nonsense"), ("restore", "nonsense")])
def test_an_unknown_delivery_is_wrong_usage(story: Story, arguments: tuple[str, str]) -> None:
    done = command("deliveries", *arguments, "--config", story.config)

    assert done.code == 2


def test_what_only_another_manifest_or_pattern_can_mend_is_not_read_again(tmp_path: Path) -> None:
    bucket = BucketBuilder(tmp_path)
    bucket.put("manifests/sync_7.json", b"{")
    bucket.file(FIRST, HEADER)
    settings = bucket.settings(feeds=[FEED, {**FEED, "feed": "Others"}])
    discover(bucket.bucket(), bucket.lake(), settings)
    known = statuses(bucket.lake(), settings)

    for row in known:
        land(bucket.bucket(), bucket.lake(), settings.feed(row.delivery.feed), [row], again=True)

    assert {row.status.value for row in known} == {"failed", "refused"}
    assert replayable(known) == []
    assert statuses(bucket.lake(), settings) == known
