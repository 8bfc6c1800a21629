"""`heap-assets quarantine` with everything kept as delivered: what it counts, what it shows, and where none of it stands."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.inspect.files import Ended, command

LANDED, REFUSED = "crm/2026-01-02.csv", "crm/2026-01-03.csv"
SECRETS = ("planted-secret", "5550199887")
FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "error_threshold": 70,
    "fields": {"born": {"type": "date"}},
}


@dataclass(frozen=True)
class Kept:
    """A folder with a lake whose quarantine keeps plain rows, and how its run ended."""

    folder: Path
    run: Ended

    def told(self, *arguments: str) -> Ended:
        return command("quarantine", *arguments, "--config", str(self.folder / "heap_assets.yaml"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One file with two bad rows of three, and one of which all 60 are bad."""
    bucket = BucketBuilder(tmp_path_factory.mktemp("plain"))
    bucket.file(LANDED, f"id,born\n1,1970-01-02\n2,{SECRETS[1]}\n3,{SECRETS[0]},x\n")
    bucket.file(REFUSED, "id,born\n" + f"4,{SECRETS[1]}\n" * 60)
    content = {
        "source": {"bucket": bucket.name, "heap_connect": False},
        "start_date": "2026-01-02",
        "lake": {"uri": "lake"},
        "dagster_home": "dagster",
        "quarantine": {"raw": "plain"},
        "feeds": [FEED],
    }
    (bucket.folder / "heap_assets.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return Kept(bucket.folder, command("run", "--config", str(bucket.folder / "heap_assets.yaml")))


def test_rejected_rows_are_counted_by_what_became_of_their_delivery(kept: Kept) -> None:
    found = json.loads(kept.told("list", "--json").stdout)

    assert [(row["reason"], row["state"], row["rows"]) for row in found["rejected"]] == [
        ("not-of-its-type", "landed", 1),
        ("not-of-its-type", "refused", 60),
        ("too-many-fields", "landed", 1),
    ]
    assert [(row["delivery"], row["status"]) for row in found["deliveries"]] == [(REFUSED, "refused")]


def test_the_rows_of_a_refused_delivery_are_shown_up_to_a_screen(kept: Kept) -> None:
    done = kept.told("show", REFUSED)

    assert done.stdout.count("not-of-its-type") == 50
    assert f"10 more: heap-assets quarantine show {REFUSED} --csv" in done.stderr
    assert "60 of 60 rows were rejected, more than 70 %" in done.stderr


def test_all_of_them_are_in_the_csv_with_their_places(kept: Kept) -> None:
    rows = list(csv.DictReader(io.StringIO(kept.told("show", REFUSED, "--csv").stdout)))

    assert [(row["row"], row["state"]) for row in rows] == [(str(number), "refused") for number in range(60)]


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_what_is_kept_is_shown_on_demand_alone(kept: Kept, form: tuple[str, ...]) -> None:
    shape, plain = kept.told("show", LANDED, *form).stdout, kept.told("show", LANDED, "--raw", *form).stdout

    assert [secret for secret in SECRETS if secret in shape] == []
    assert "xxxxxxxxxx" in shape
    assert [secret for secret in SECRETS if secret in plain] == [*SECRETS]


def test_neither_the_run_nor_dagster_tell_what_is_kept(kept: Kept) -> None:
    files = [path for path in (kept.folder / "dagster").rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)

    assert (kept.run.code, b"crm/customers" in held) == (1, True)
    assert [secret for secret in SECRETS if secret.encode() in held] == []
    assert [secret for secret in SECRETS if secret in kept.run.stdout + kept.run.stderr] == []


def test_a_quarantine_without_anything_says_so(tmp_path: Path) -> None:
    (tmp_path / "heap_assets.yaml").write_text("source: {bucket: b}\nstart_date: 2026-01-01\n", encoding="utf-8")

    done = command("quarantine", "list", "--config", str(tmp_path / "heap_assets.yaml"))

    assert (done.stdout, done.stderr) == ("", "nothing is quarantined, refused, failed or skipped\n")
