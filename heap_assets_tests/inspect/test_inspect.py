"""`heap-assets inspect`: format, types, key, newest, tags, preview, and entries that run when pasted."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.inspect.files import DAY, SECRET, SURNAMES, command, contents
from heap_assets_tests.worlds import SampleWorld

Guesses = dict[str, dict[str, Any]]
each_family = pytest.mark.parametrize("folder", [key.split("/")[0] for key, _ in contents()])


def column(guesses: Guesses, folder: str, name: str) -> dict[str, Any]:
    return next(found for found in guesses[folder]["columns"] if found["name"] == name)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("erp", {"format": "csv", "delimiter": ";", "header": True}),
        ("pos", {"format": "tsv", "delimiter": "\t", "header": True}),
        ("web", {"format": "csv", "delimiter": ",", "encoding": "auto"}),
        ("loyalty", {"format": "psv", "delimiter": "|", "compression": "auto"}),
        ("raw", {"format": "csv", "header": False}),
        ("hr", {"format": "csv", "delimiter": ",", "header": True}),
        ("single", {"quote": "'"}),
        ("escaped", {"quote": '"', "escape": "\\"}),
    ],
)
def test_how_a_file_is_written_is_found(guesses: Guesses, folder: str, expected: dict[str, Any]) -> None:
    assert {name: guesses[folder]["file"][name] for name in expected} == expected


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [("erp", "erp/kunden_{yyyy}-{MM}-{dd}.csv"), ("pos", "pos/orders_{yyyy}{MM}{dd}.tsv")],
)
def test_the_pattern_is_found(guesses: Guesses, folder: str, pattern: str) -> None:
    assert guesses[folder]["pattern"] == pattern


@pytest.mark.parametrize(
    ("folder", "name", "kind", "form"),
    [
        ("erp", "kunden_id", "string", None),
        ("erp", "geburtsdatum", "date", "dd/MM/yyyy"),
        ("erp", "umsatz", "decimal(38,2)", None),
        ("erp", "plz", "string", None),
        ("pos", "order_date", "datetime", None),
        ("web", "opt_in", "boolean", None),
        ("loyalty", "modified", "datetime", "MM/dd/yyyy HH:mm:ss"),
        ("lines", "qty", "integer", None),
        ("raw", "column_4", "date", None),
    ],
)
def test_types_are_found(guesses: Guesses, folder: str, name: str, kind: str, form: str | None) -> None:
    found = column(guesses, folder, name)

    assert (found["type"], found["format"], found["share"]) == (kind, form, 1.0)


@pytest.mark.parametrize(
    ("folder", "key"),
    [
        ("erp", ["kunden_id"]),
        ("pos", ["order_id"]),
        ("web", ["email_address"]),
        ("lines", ["order_id", "line"]),
        ("raw", ["column_1"]),
    ],
)
def test_the_key_is_found(guesses: Guesses, folder: str, key: list[str]) -> None:
    assert guesses[folder]["primary_key"] == {"columns": key, "share": 1.0}


@pytest.mark.parametrize(("folder", "name"), [("web", "updated_at"), ("loyalty", "modified"), ("erp", None)])
def test_what_is_newest_is_found(guesses: Guesses, folder: str, name: str | None) -> None:
    assert guesses[folder]["last_updated"] == name


@pytest.mark.parametrize(
    ("folder", "tags"),
    [
        ("erp", {"given-name", "surname", "email", "birthdate", "postal", "ck", "fk-kunden-id"}),
        ("pos", {"fk-customer-id"}),
        ("loyalty", {"full-name", "phone", "update-dt", "ck", "fk-member-no"}),
        ("raw", {"email"}),
        ("lines", set()),
    ],
)
def test_tags_are_suggested_by_names_and_values(guesses: Guesses, folder: str, tags: set[str]) -> None:
    assert {tag for found in guesses[folder]["columns"] for tag in found["tags"]} == tags


def test_nothing_personal_is_printed(printed: str, guesses: Guesses) -> None:
    told = printed + str(guesses)

    assert SECRET not in told
    assert [name for name in SURNAMES if name in told] == []
    assert "000 " not in told and "+49" not in told


@each_family
def test_a_printed_entry_runs_when_pasted(pasted: SampleWorld, guesses: Guesses, folder: str) -> None:
    guess = guesses[folder]

    assert pasted.lake().count(f"{guess['source']}:{guess['feed']}") == guess["rows"] > 0


def test_nothing_of_pasted_entries_is_rejected(pasted: SampleWorld) -> None:
    assert pasted.lake().count("quarantine") == 0


def test_leading_zeros_and_decimals_survive(pasted: SampleWorld) -> None:
    row = pasted.lake().read("ERP:Kunden", where="kunden_id = '000001'").to_pylist()[0]

    assert (row["plz"], str(row["umsatz"]), str(row["geburtsdatum"])) == ("00001", "1.25", "1970-02-02")


def test_quoted_newlines_survive(pasted: SampleWorld) -> None:
    notes = pasted.lake().sql('SELECT DISTINCT notes FROM "Loyalty:Members"')["notes"].to_pylist()

    assert notes == ['two\nlines "and" | more']


def test_one_file_alone_can_be_inspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"kunden_{DAY}.csv"
    path.write_text("id;email\n1;a@b.example\n", encoding="utf-8")

    done = command("inspect", str(path))

    assert done.code == 0
    assert 'pattern: "kunden_{yyyy}-{MM}-{dd}.csv"' in done.stdout


def test_a_key_of_the_configured_bucket_is_taken_from_its_root(pasted: SampleWorld) -> None:
    path = pasted.folder / "bucket" / f"erp/kunden_{DAY}.csv"

    done = command("inspect", str(path), "--config", str(pasted.config))

    assert 'pattern: "erp/kunden_{yyyy}-{MM}-{dd}.csv"' in done.stdout


def test_a_dump_s_table_is_read_as_avro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bucket = BucketBuilder(tmp_path)
    bucket.dump(7, users=[{"user_id": 1, "last_modified": 1, "first_name": "Ana", "email": f"a@{SECRET}"}])

    done = command("inspect", str(bucket.root / "sync_7" / "users"))

    assert "avro, 1 rows sampled" in done.stdout
    assert "- source: Heap\n    feed: Users\n" in done.stdout
    assert SECRET not in done.stdout


@pytest.mark.parametrize(
    ("content", "told"), [(b"PAR1....", "Parquet"), (b'{"a": 1}', "JSON"), (b"", "empty"), (b"PK\x03\x04", "zip")]
)
def test_what_no_feed_reads_is_refused_with_its_kind(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / f"x_{DAY}.csv"
    path.write_bytes(content)

    done = command("inspect", str(path))

    assert done.code == 1
    assert str(done.error).startswith("HA-3002") and told in str(done.error)


def test_a_missing_place_is_wrong_usage(tmp_path: Path) -> None:
    done = command("inspect", str(tmp_path / "nowhere"))

    assert (done.code, done.stdout) == (2, "")


def test_dates_that_read_both_ways_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"x_{DAY}.csv"
    path.write_text("id,born\n1,01/02/1970\n2,03/04/1971\n", encoding="utf-8")

    done = command("inspect", str(path))

    assert "MM/dd/yyyy" in done.stdout
    assert "dd/MM/yyyy fits as well" in done.stderr


def test_a_key_that_repeats_is_told_with_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"x_{DAY}.csv"
    path.write_text("customer_id,seen\n1,true\n1,true\n2,true\n3,true\n", encoding="utf-8")

    done = command("inspect", str(path))

    assert "primary_key: [customer_id]  # unique in 50.0% of the sampled rows" in done.stdout
