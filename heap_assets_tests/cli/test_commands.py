"""What each command prints, to whom, and how it ends. Runs are tested on the whole path; here stands what reads a lake."""

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from heap_assets.cli import main
from heap_assets_tests.worlds import SampleWorld, heap_assets


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(
    finished: SampleWorld, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Command:
    """`heap-assets …` on the finished sample, through the entry point of the console script, in this process."""

    def called(*arguments: str, config: bool = True) -> Ended:
        named = ("--config", str(finished.config)) if config else ()
        monkeypatch.setattr(sys, "argv", ["heap-assets", *arguments, *named])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        return Ended(int(ended.value.code or 0), out.decode(), err.decode())

    return called


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tables_lists_every_name_with_rows_and_version(command: Command, finished: SampleWorld) -> None:
    ended = command("tables", "--json")

    rows = {row["table"]: row for row in json.loads(ended.out)}
    assert ended.code == 0
    assert list(rows) == finished.lake().tables()
    assert {name: rows[name]["rows"] for name in finished.summary["domain_rows"]} == finished.summary["domain_rows"]
    assert rows["unified_pageviews"]["version"] is None
    assert rows["Heap:Users"]["version"] is not None


def test_tables_for_people(command: Command) -> None:
    ended = command("tables")

    assert ended.code == 0
    assert "Heap:Users" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_query_prints_in_each_form(command: Command, form: str) -> None:
    statement = "SELECT 9007199254740993 AS id, 'a,\"b\"' AS text, NULL::INTEGER AS nothing, DATE '2026-10-01' AS day"

    ended = command("query", statement, "--format", form)

    assert ended.code == 0
    assert "9007199254740993" in ended.out
    if form == "csv":
        assert list(csv.DictReader(io.StringIO(ended.out))) == [
            {"id": "9007199254740993", "text": 'a,"b"', "nothing": "", "day": "2026-10-01"}
        ]
    if form == "json":
        assert json.loads(ended.out) == [
            {"id": 9007199254740993, "text": 'a,"b"', "nothing": None, "day": "2026-10-01"}
        ]


def test_query_writes_parquet_to_a_file(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "users.parquet"

    ended = command("query", 'SELECT user_id, joindate FROM "Heap:Users"', "--format", "parquet", "--out", str(out))

    assert (ended.code, ended.out) == (0, "")
    assert str(pq.read_table(out).schema.field("user_id").type) == "int64"


def test_parquet_without_a_file_is_refused(command: Command) -> None:
    ended = command("query", "SELECT 1", "--format", "parquet")

    assert (ended.code, ended.out) == (2, "")
    assert "--out" in ended.err


@pytest.mark.parametrize(
    "statement",
    [
        "DROP VIEW customer_360",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO customer_360 SELECT * FROM customer_360",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW customer_360",
        "COPY (SELECT 1) TO 'OUT'",
        "ATTACH 'OUT' AS other",
        "INSTALL httpfs",
        "SET memory_limit = '1GB'",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "EXPORT DATABASE 'OUT'",
        "",
        "/* nothing */",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUT'",
    ],
)
def test_query_takes_one_select_and_nothing_else(command: Command, tmp_path: Path, statement: str) -> None:
    target = tmp_path / "written"

    ended = command("query", statement.replace("OUT", str(target)))

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("HA-7001: ")
    assert not target.exists()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM no_such_table", "no_such_table"),
        ("SELECT no_such_column FROM customer_360", "no_such_column"),
        ("SELEKT 1", "SELEKT"),
    ],
)
def test_a_query_that_cannot_run_is_told_in_one_line(command: Command, statement: str, told: str) -> None:
    ended = command("query", statement)

    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert told in ended.err


def test_deliveries_are_listed_with_status(command: Command) -> None:
    ended = command("deliveries", "--json")

    rows = json.loads(ended.out)
    assert ended.code == 0
    assert {row["status"] for row in rows} == {"landed", "superseded", "ignored"}
    assert {row["load"] for row in rows if row["feed"] == "heap/user_migrations"} == {"full"}
    assert all(row["first_seen"].startswith("20") for row in rows)


def test_releases_are_listed_newest_last(command: Command, finished: SampleWorld) -> None:
    ended = command("releases", "--json")

    release = finished.lake().release
    assert ended.code == 0
    assert release is not None
    assert [(row["release"], row["status"]) for row in json.loads(ended.out)] == [(release.release, "current")]


@pytest.mark.parametrize("name", ["deliveries", "releases", "tables"])
def test_listings_for_people_go_to_stdout_alone(command: Command, name: str) -> None:
    ended = command(name)

    assert ended.code == 0
    assert len(ended.out.splitlines()) > 2
    assert ended.err == ""


def test_a_sample_is_written_where_it_is_asked_for(command: Command, tmp_path: Path) -> None:
    ended = command("sample", "--out", str(tmp_path / "x"), "--days", "2", "--users", "30", "--json", config=False)

    assert ended.code == 0
    assert json.loads(ended.out)["domain_rows"]["Heap:Users"] == 30
    assert (tmp_path / "x" / "heap_assets.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sample", "--out", "s3://bucket"], "HA-1003"),
        (["sample", "--out", "x", "--days", "0"], "--days"),
        (["run", "--from", "yesterday"], "--from"),
        (["run", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["query"], "STATEMENT"),
    ],
)
def test_wrong_usage_ends_with_2(command: Command, arguments: list[str], told: str) -> None:
    ended = command(*arguments, config=False)

    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


@pytest.mark.parametrize("name", ["run", "tables", "deliveries", "releases", "ui"])
def test_a_missing_configuration_ends_with_2(command: Command, name: str, tmp_path: Path) -> None:
    ended = command(name, "--config", str(tmp_path / "nowhere.yaml"), config=False)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("HA-1002: ")
    assert "nowhere.yaml" in ended.err


@pytest.mark.parametrize("select", ["group:(", "group:no_such_group", 'key:"no/such/key"'])
def test_a_selection_that_picks_nothing_ends_with_2_and_touches_nothing(
    command: Command, finished: SampleWorld, select: str
) -> None:
    before = finished.files()

    ended = command("run", "--select", select)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("HA-1003: ")
    assert select in ended.err
    assert finished.files() == before


def test_help_lists_the_commands_and_needs_no_configuration(nowhere: Path, command: Command) -> None:
    ended = command("--help", config=False)

    assert ended.code == 0
    assert all(name in ended.out for name in ("demo", "run", "query", "deliveries"))


def test_without_any_configuration_the_way_to_one_is_told(nowhere: Path, command: Command) -> None:
    ended = command("run", config=False)

    assert (ended.code, ended.out) == (2, "")
    assert "HA-1002" in ended.err
    assert "make demo" in ended.err
    assert list(nowhere.iterdir()) == []


def test_a_bucket_that_is_not_there_ends_with_1(nowhere: Path, command: Command) -> None:
    (nowhere / "heap_assets.yaml").write_text("source: {bucket: none}\nstart_date: 2026-10-01\n", encoding="utf-8")

    ended = command("run", config=False)

    assert (ended.code, ended.out) == (1, "")
    assert "HA-2001" in ended.err
    assert "Traceback" not in ended.err


def test_settings_that_are_wrong_end_with_2_and_touch_nothing(nowhere: Path) -> None:
    config = nowhere / "heap_assets.yaml"
    config.write_text("source: {bucket: b}\nstart_date: soon\n", encoding="utf-8")

    ended = heap_assets("run", cwd=nowhere)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("HA-1001: start_date: 'soon' ")
    assert list(nowhere.iterdir()) == [config]


def test_up_to_date_ends_with_0(finished: SampleWorld) -> None:
    ended = finished.cli("run", "--json")

    assert ended.returncode == 0
    assert json.loads(ended.stdout)["runs"] == []
    assert "everything is up to date" in ended.stderr
