"""The fold, case by case: who wins, what a new column or type does, what is counted (T29, T31, T36 to T41)."""

from datetime import UTC, datetime

import pytest

from heap_assets import open_lake
from heap_assets.domain.fold import domain_table, fold, is_behind
from heap_assets.lake import Table
from heap_assets_tests.feeds.house import House

AT = 1_767_225_600_000_000


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


@pytest.fixture
def views(tmp_path) -> House:
    return House(tmp_path, "heap/pageviews")


def user(number: int, identity: str, at: int | None = AT, **more) -> dict:
    return {"user_id": number, "identity": identity, "last_modified": at, **more}


def view(user_id: int, event_id: int, title: str, **more) -> dict:
    return {"user_id": user_id, "event_id": event_id, "title": title, **more}


def identities(house: House) -> list[str]:
    return [row["identity"] for row in house.up_to_date()]


def titles(house: House) -> list[str]:
    return [row["title"] for row in house.up_to_date()]


def test_t41_the_later_change_wins_whatever_dump_it_comes_in(users):
    users.builder.dump(9, users=[user(1, "new", AT + 1)])
    users.up_to_date()
    users.builder.dump(10, users=[user(1, "old", AT)])

    assert identities(users) == ["new"]


def test_of_equal_changes_the_later_dump_wins(users):
    users.builder.dump(10, users=[user(1, "ten")])
    users.up_to_date()
    users.builder.dump(9, users=[user(1, "nine")])

    assert identities(users) == ["ten"]


def test_a_change_without_a_time_loses_to_any_with_one(users):
    users.builder.dump(9, users=[user(1, "dated", -(10**15))])
    users.builder.dump(10, users=[user(1, "undated", None)])

    assert identities(users) == ["dated"]


def test_a_newer_row_replaces_the_whole_older_one(users):
    users.builder.dump(9, users=[user(1, "a", plan="gold")])
    users.builder.dump(10, users=[user(1, "b", AT + 1)])

    assert [row["plan"] for row in users.up_to_date()] == [None]


def test_t36_an_event_sent_again_stands_once_from_the_later_dump_part_and_row(views):
    views.builder.dump(9, pageviews=[[view(1, 7, "a"), view(1, 7, "b")], [view(1, 7, "second part")]])
    assert titles(views) == ["second part"]

    views.builder.dump(10, pageviews=[view(1, 7, "later dump"), view(1, 7, "later row")])
    assert titles(views) == ["later row"]


def test_t37_one_event_of_two_users_is_two_rows(views):
    views.builder.dump(9, pageviews=[view(1, 7, "a"), view(2, 7, "b")])

    assert titles(views) == ["a", "b"]


def test_a_text_column_that_comes_later_is_null_in_older_rows(users):
    """Read as a dictionary from files that lack it, it once stopped every fold behind it."""
    users.builder.dump(9, users=[user(1, "a"), user(2, "b")])
    users.up_to_date()
    users.builder.dump(10, users=[user(number, "c", AT + 1, plan="gold") for number in range(2, 40)])

    found = users.up_to_date()

    assert {row["plan"] for row in found if row["user_id"] > 1} == {"gold"}
    assert next(row["plan"] for row in found if row["user_id"] == 1) is None


def test_a_text_column_that_comes_later_survives_a_fold_afresh(users):
    users.builder.dump(9, users=[user(1, "a")])
    users.builder.dump(10, users=[user(number, "c", plan="gold") for number in range(2, 40)])

    assert len(users.up_to_date()) == 39


def test_a_column_that_is_not_delivered_any_more_keeps_its_older_values(users):
    users.builder.dump(9, users=[user(1, "a", plan="gold")])
    users.up_to_date()
    users.builder.dump(10, users=[user(2, "b")])

    assert [row["plan"] for row in users.up_to_date()] == ["gold", None]


@pytest.mark.parametrize("together", [True, False], ids=["in one pass", "one after the other"])
@pytest.mark.parametrize("turned", [True, False], ids=["text first", "numbers first"])
def test_a_column_of_two_types_is_text_without_loss(users, together, turned):
    rows = [user(1, "a", score=2**53 + 1), user(2, "b", score=5.5), user(3, "c", score="x"), user(4, "d", score=True)]
    for place, row in enumerate(reversed(rows) if turned else rows):
        users.builder.dump(9 + place, users=[row])
        if not together:
            users.up_to_date()

    assert [row["score"] for row in users.up_to_date()] == ["9007199254740993", "5.5", "x", "true"]


@pytest.mark.parametrize("turned", [True, False], ids=["float first", "integer first"])
def test_parts_of_one_dump_that_differ_in_type_are_joined_without_loss(users, turned):
    parts = [[user(1, "a", score=2**53 + 1)], [user(2, "b", score=0.5)]]
    users.builder.dump(9, users=parts[::-1] if turned else parts)

    assert [row["score"] for row in users.up_to_date()] == ["9007199254740993", "0.5"]


def test_a_type_that_widens_rewrites_what_is_there_and_changes_nothing_else(users):
    users.builder.dump(9, users=[user(1, "a", score=5), user(2, "b", score=None)])
    before = users.up_to_date()
    users.builder.dump(10, users=[user(3, "c", score="x")])

    after = users.up_to_date()

    assert after[:2] == [row | {"score": row["score"] and str(row["score"])} for row in before]


def test_counts_of_a_fold(users):
    users.builder.dump(
        9, users=[user(1, "a"), user(2, "b"), user(1, "c"), *(user(number, "x") for number in range(11, 19))]
    )
    first = (users.land(), users.fold())[1]
    users.builder.dump(10, users=[user(2, "d"), user(3, "e"), user(1, "older", AT - 1), user(4, "f"), user(4, "g")])
    second = (users.land(), users.fold())[1]
    users.builder.dump(10, users=[user(3, "h")])
    third = (users.land(), users.fold())[1]

    assert (first.inserted, first.superseded, first.rows, first.live) == (10, 1, 10, 11)
    assert (second.inserted, second.updated, second.superseded, second.rows) == (2, 1, 2, 12)
    assert (third.added, third.updated, third.removed, third.revived, third.rows) == (1, 1, 1, 1, 11)


def test_a_fold_with_nothing_new_writes_no_version(users):
    users.builder.dump(9, users=[user(1, "a")])
    users.up_to_date()
    version = users.lake.open(domain_table(users.spec)).version
    assert not is_behind(users.lake, users.spec)

    folded = users.fold()

    assert (folded.version, folded.changed, folded.rows) == (version, False, 1)


def test_a_changed_rule_folds_afresh(tmp_path):
    crm = {"source": "CRM", "feed": "C", "pattern": "{yyyy}-{MM}-{dd}.csv", "primary_key": ["id"]}
    house = House(tmp_path, "crm/c", feeds=[crm])
    house.builder.file("2026-01-02.csv", [{"id": "1", "at": "2026-01-09", "v": "a"}])
    house.builder.file("2026-01-03.csv", [{"id": "1", "at": "2026-01-01", "v": "b"}])
    assert [row["v"] for row in house.up_to_date()] == ["b"]

    house.configure(feeds=[crm | {"last_updated": "at"}])

    assert is_behind(house.lake, house.spec)
    assert [row["v"] for row in house.up_to_date()] == ["a"]


def test_updated_is_what_orders_rows_first(tmp_path):
    crm = {"source": "CRM", "feed": "C", "pattern": "{yyyy}-{MM}-{dd}.csv", "primary_key": ["id", "part"]}
    house = House(tmp_path, "crm/c", feeds=[crm])
    house.builder.file("2026-01-02.csv", [{"id": "a|b", "part": "c\\d"}])

    (row,) = house.up_to_date()

    assert row["_updated"] == int(datetime(2026, 1, 2, tzinfo=UTC).timestamp()) * 10**6
    assert row["_pk"] == "a\\|b|c\\\\d"


def test_only_files_that_hold_a_replaced_row_are_rewritten(views):
    views.builder.dump(
        9, pageviews=[view(1, number, "a", time=f"2026-01-01 00:00:{number:02d}") for number in range(20)]
    )
    views.up_to_date()
    old = set(views.lake.open(domain_table(views.spec)).files)
    views.builder.dump(10, pageviews=[view(2, 50, "b")])
    views.up_to_date()
    appended = set(views.lake.open(domain_table(views.spec)).files)
    views.builder.dump(11, pageviews=[view(2, 50, "c")])

    views.up_to_date()

    assert old < appended
    assert old < set(views.lake.open(domain_table(views.spec)).files)


def test_two_folds_at_once_end_in_what_one_gives(users, monkeypatch):
    users.builder.dump(9, users=[user(1, "a")])
    users.up_to_date()
    users.builder.dump(10, users=[user(1, "b", AT + 1), user(2, "c")])
    users.land()
    real = Table.commit

    def commit_after_a_rival(table: Table, *positional, **named) -> int:
        monkeypatch.undo()
        fold(users.lake, users.spec)
        return real(table, *positional, **named)

    monkeypatch.setattr(Table, "commit", commit_after_a_rival)

    assert fold(users.lake, users.spec).rows == 2
    assert [row["identity"] for row in open_lake(users.settings).read("Heap:Users").to_pylist()] == ["b", "c"]
