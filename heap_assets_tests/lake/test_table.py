"""Commits, ledger, compare-and-swap, lost answers: what `Table` promises of the log (lake_notes.md 1 to 4)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import CommitFailedError

from heap_assets.errors import CommitConflict, SchemaMismatch, TableMissing, VersionExpired
from heap_assets.lake import NewFile, Table, prunable, retry_swaps, write_rows

SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string()), ("_file_date", pa.date32())])


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table.create(tmp_path / "table", SCHEMA)


def written(table: Table, *ids: int, folder: str = "5", schema: pa.Schema = SCHEMA) -> list[NewFile]:
    rows = [{"id": number, "text": f"t{number}", "_file_date": date(2026, 1, number % 28 + 1)} for number in ids]
    return write_rows(table.root, folder, [pa.Table.from_pylist(rows, schema=schema)], prunable(schema))


def ids(table: Table) -> list[int]:
    return sorted(one for path in table.absolute(table.files) for one in pq.ParquetFile(path).read()["id"].to_pylist())


def test_a_commit_holds_files_and_ledger_together(table):
    version = table.commit(written(table, 1, 2), transactions={"delivery:heap/users:5": 77})

    newest = Table.open(table.root)
    assert (newest.version, newest.rows, ids(newest)) == (version, 2, [1, 2])
    assert newest.transactions == {"delivery:heap/users:5": 77}
    assert newest.files[0].delivery_folder == "5"
    assert newest.files[0].file_date == "2026-01-02"


def test_a_handle_stays_on_its_version(table):
    table.commit(written(table, 1), transactions={"a": 1})

    assert table.rows == 0
    assert table.transactions == {}
    assert Table.open(table.root, 0).rows == 0


def test_a_commit_without_files_is_in_the_ledger(table):
    table.commit(transactions={"delivery:heap/users:5": 2**62, "b": 0})

    assert Table.open(table.root).transactions == {"delivery:heap/users:5": 2**62, "b": 0}


def test_a_commit_swaps_files(table):
    table.commit(written(table, 1, 2))
    table = Table.open(table.root)

    table.commit(written(table, 3), table.files, {"a": 2})

    assert ids(Table.open(table.root)) == [3]


def test_a_swap_on_an_older_version_is_refused_and_its_files_are_deleted(table):
    stale, added = Table.open(table.root), written(table, 2)
    table.commit(written(table, 1))

    with pytest.raises(CommitConflict):
        stale.commit(added, swap=True)

    assert ids(Table.open(table.root)) == [1]
    assert not (table.root / added[0].path).exists()


def test_an_overwrite_on_an_older_version_is_refused_and_loses_no_append(table):
    stale, added = Table.open(table.root), written(table, 2)
    table.commit(written(table, 1))

    with pytest.raises(CommitConflict):
        stale.overwrite(added, SCHEMA)

    assert ids(Table.open(table.root)) == [1]


def test_plain_adds_of_two_deliveries_both_stand(table):
    other = Table.open(table.root)
    table.commit(written(table, 1), transactions={"delivery:f:1": 1}, swap=False)

    other.commit(written(table, 2, folder="6"), transactions={"delivery:f:2": 1}, swap=False)

    assert ids(Table.open(table.root)) == [1, 2]


def test_plain_adds_of_one_delivery_are_refused_to_the_second(table):
    other, added = Table.open(table.root), written(table, 1)
    table.commit(written(table, 1), transactions={"delivery:f:1": 1}, swap=False)

    with pytest.raises(CommitConflict):
        other.commit(added, transactions={"delivery:f:1": 1}, swap=False)

    assert ids(Table.open(table.root)) == [1]


def test_removing_without_a_swap_is_a_mistake(table):
    table.commit(written(table, 1))
    table = Table.open(table.root)

    with pytest.raises(CommitConflict):
        table.commit(remove=table.files, swap=False)


@pytest.mark.parametrize("with_files", [True, False], ids=["files", "ledger alone"])
def test_a_commit_whose_answer_was_lost_has_landed(table, monkeypatch, with_files):
    lose_the_answer(monkeypatch, table)
    added = written(table, 1) if with_files else []

    version = table.commit(added, transactions={"delivery:f:1": 5})

    newest = Table.open(table.root)
    assert (version, newest.transactions) == (newest.version, {"delivery:f:1": 5})
    assert ids(newest) == ([1] if with_files else [])


def test_an_overwrite_whose_answer_was_lost_has_landed(table, monkeypatch):
    lose_the_answer(monkeypatch, table)

    table.overwrite(written(table, 1), SCHEMA, {"inputs": 5})

    assert ids(Table.open(table.root)) == [1]


def lose_the_answer(monkeypatch, table: Table) -> None:
    """The commit reaches the log, then the connection breaks: delta-rs takes its own commit for a rival's (3.3)."""
    real = table._handle.create_write_transaction

    def forward_and_fail(*positional, **named):
        real(*positional, **named)
        raise CommitFailedError("Failed to commit transaction: 0")

    monkeypatch.setattr(table._handle, "create_write_transaction", forward_and_fail)


def test_new_columns_are_null_in_rows_before_them(table):
    table.commit(written(table, 1))

    wider = Table.open(table.root).add_columns([pa.field("plan", pa.string()), pa.field("paid", pa.bool_())])

    assert wider.schema.names == [*SCHEMA.names, "plan", "paid"]
    assert wider.rows == 1


def test_columns_that_are_there_are_not_added_again(table):
    assert table.add_columns([SCHEMA.field("id")]).version == table.version


@pytest.mark.parametrize("kind", [pa.string(), pa.int64()], ids=["same type", "other type"])
def test_a_column_that_another_writer_added_first_is_a_conflict_to_be_tried_again(table, kind):
    stale = Table.open(table.root)
    table.add_columns([pa.field("plan", pa.string())])

    with pytest.raises(CommitConflict):
        stale.add_columns([pa.field("plan", kind)])


def test_the_handle_with_new_columns_does_not_see_what_others_committed_behind_it(table):
    wider = table.add_columns([pa.field("plan", pa.string())])
    Table.open(table.root).commit(written(table, 1), transactions={"delivery:f:1": 1})

    with pytest.raises(CommitConflict):
        wider.commit(written(table, 1), transactions={"delivery:f:1": 1}, swap=False)

    assert ids(Table.open(table.root)) == [1]


def test_a_file_that_does_not_fit_the_table_is_refused(table):
    other = pa.schema([("id", pa.string()), ("text", pa.string()), ("_file_date", pa.date32())])
    rows = [pa.table({"id": ["1"]}, schema=pa.schema([("id", pa.string())]))]

    with pytest.raises(SchemaMismatch):
        table.commit(write_rows(table.root, "5", rows, prunable(other)))


def test_an_overwrite_brings_its_own_schema(table):
    table.commit(written(table, 1))
    table = Table.open(table.root)
    text = pa.schema([("id", pa.string())])
    files = write_rows(table.root, "5", [pa.table({"id": ["a"]})], frozenset())

    table.overwrite(files, text, {"inputs": 1})

    newest = Table.open(table.root)
    assert (newest.schema, newest.rows) == (text, 1)
    assert Table.open(table.root, newest.version - 1).schema == SCHEMA


def test_an_overwrite_without_files_empties_the_table(table):
    table.commit(written(table, 1))

    Table.open(table.root).overwrite([], SCHEMA)

    assert Table.open(table.root).files == ()


def test_the_ledger_survives_checkpoints(table):
    for number in range(45):
        Table.open(table.root).commit(written(table, number), transactions={f"delivery:f:{number}": 2 * number})
    Table.open(table.root).commit(transactions={"delivery:f:3": 0})

    newest = Table.open(table.root)
    assert len(list((table.root / "_delta_log").glob("*.checkpoint.parquet"))) == 2
    assert newest.transactions == {f"delivery:f:{n}": 2 * n for n in range(45)} | {"delivery:f:3": 0}
    assert ids(newest) == list(range(45))
    for version in (0, 1, 19, 20, 21, 40, 45):
        at = Table.open(table.root, version)
        assert len(at.transactions) == version
        assert at.rows == version


def test_the_ledger_of_a_table_that_never_had_one_is_empty_after_a_checkpoint(table):
    for number in range(25):
        Table.open(table.root).commit(written(table, number), swap=False)

    assert Table.open(table.root).transactions == {}
    assert Table.open(table.root).rows == 25


def test_a_missing_table_and_a_missing_version_are_told_apart(table, tmp_path):
    with pytest.raises(TableMissing):
        Table.open(tmp_path / "nowhere")
    with pytest.raises(VersionExpired):
        Table.open(table.root, 7)


def test_making_a_table_that_is_there_opens_it(table):
    table.commit(written(table, 1))

    assert Table.create(table.root, SCHEMA).rows == 1


def test_many_makers_at_once_make_one_table(tmp_path):
    """Each maker of 4 behind the first once made the table again, with its own schema, in 33 of 40 tables."""
    together = Barrier(4)

    def make(_: int) -> None:
        for number in range(10):
            together.wait()
            Table.create(tmp_path / str(number), SCHEMA).commit(transactions={}, swap=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))

    logs = [path.read_text() for path in tmp_path.rglob("_delta_log/*.json")]
    assert sum('"metaData"' in log for log in logs) == 10


def test_a_step_that_lost_a_swap_is_done_again_from_the_top(table):
    tries = []

    def attempt() -> int:
        tries.append(Table.open(table.root))
        if len(tries) < 3:
            Table.open(table.root).commit(written(table, len(tries)))
        return tries[-1].commit(written(table, 9))

    retry_swaps(attempt)

    assert len(tries) == 3
    assert ids(Table.open(table.root)) == [1, 2, 9]
