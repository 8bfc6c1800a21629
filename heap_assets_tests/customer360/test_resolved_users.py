"""Heap users after user_migrations: one row a terminal user, events once, cycles and chains (T38, T42, T43, T48)."""

from typing import Any

import numpy as np
import pytest

from heap_assets.catalog import LakeReader
from heap_assets.domain.migrations import resolve
from heap_assets_tests.people import House, house, moment

JANUARY, MARCH, JUNE = moment("2026-01-01"), moment("2026-03-01"), moment("2026-06-01")


def user(user_id: int, **values: Any) -> dict[str, Any]:
    return {"user_id": user_id, **values}


def moved(start: int, end: int) -> dict[str, Any]:
    return {"from_user_id": start, "to_user_id": end}


def seen(user_id: int, event_id: int, path: str = "/", delivery: str = "1") -> dict[str, Any]:
    return {"user_id": user_id, "event_id": event_id, "time": MARCH, "path": path, "_delivery": delivery}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Users 11 and 12 went to 13; 21 to 22, which has no row; 31, 32, 33 go round; 41 stays; 51 carries what 52 lacks."""
    built = house(
        tmp_path_factory.mktemp("resolved"),
        heap_users=[
            user(11, identity="old", email="first@example.net", phone="1", joindate=JANUARY, last_modified=JANUARY),
            user(12, identity="older", joindate=MARCH, last_modified=JUNE, place="Boise", rank="gold",
                 user_ids="theirs", amperity_id="theirs"),
            user(13, identity="c-13", email="terminal@example.net", joindate=JUNE, last_modified=MARCH),
            user(21, first_name="Bo"),
            user(31),
            user(33),
            user(41, identity="c-41"),
            user(51, email="ann@example.net", first_name="Ann", last_name="Lee"),
            user(52),
        ],
        heap_user_migrations=[
            moved(11, 12), moved(12, 13), moved(21, 22), moved(31, 32), moved(32, 33), moved(33, 31), moved(51, 52),
        ],
        heap_pageviews=[
            seen(11, 1, "/as delivered first"), seen(13, 1, "/as delivered last"), seen(11, 2), seen(12, 2, delivery="2"),
            seen(13, 3), seen(21, 1), seen(22, 4), seen(41, 1), seen(99, 5), seen(31, 6), seen(33, 6), seen(52, 7),
        ],
        heap_sessions=[
            {"user_id": 11, "session_id": 1, "time": MARCH}, {"user_id": 13, "session_id": 1, "time": MARCH},
            {"user_id": 41, "session_id": 1, "time": MARCH},
        ],
        crm_customers=[
            {"customer_id": "c-13", "email": "terminal@example.net"},
            {"customer_id": "c-51", "given_name": "Ann", "surname": "Lee", "email": "ann@example.net"},
        ],
    )  # fmt: skip
    built.release()
    return built


@pytest.fixture(scope="module")
def lake(made: House) -> LakeReader:
    return made.read()


def unified(lake: LakeReader, resolved_user_id: int) -> dict[str, Any]:
    return lake.read("unified_users", where=f"resolved_user_id = {resolved_user_id}").to_pylist()[0]


def test_t48_one_row_a_terminal_user_that_has_a_row(lake: LakeReader) -> None:
    rows = lake.read("unified_users", columns=["resolved_user_id", "user_ids"]).to_pylist()

    assert {row["resolved_user_id"]: row["user_ids"] for row in rows} == {13: 3, 22: 1, 31: 2, 41: 1, 52: 2}


def test_t48_the_terminal_row_wins_whatever_is_newer(lake: LakeReader) -> None:
    row = unified(lake, 13)

    assert (row["user_id"], row["identity"], row["email"]) == (13, "c-13", "terminal@example.net")


def test_t48_what_the_terminal_row_lacks_comes_from_the_newest_that_has_it(lake: LakeReader) -> None:
    row = unified(lake, 13)

    assert (row["phone"], row["place"]) == ("1", "Boise")


def test_a_property_called_as_a_column_of_ours_gives_way(made: House, lake: LakeReader) -> None:
    row = unified(lake, 13)

    assert (row["user_ids"], row["amperity_id"]) == (3, made.ids()["Heap:Users/13"])
    assert row["rank"] == "gold"


def test_t48_joined_at_the_earliest_and_modified_at_the_latest(lake: LakeReader) -> None:
    row = unified(lake, 13)

    assert (row["joindate"], row["last_modified"]) == (JANUARY, JUNE)


def test_t45_a_terminal_user_without_a_row_is_still_one_user(lake: LakeReader) -> None:
    assert unified(lake, 22)["user_id"] == 21


def test_a_cycle_ends_in_its_least_id(lake: LakeReader) -> None:
    rows = lake.read("heap_resolved_users", where="user_id BETWEEN 31 AND 33").to_pylist()

    assert {(row["user_id"], row["resolved_user_id"], row["in_cycle"]) for row in rows} == {
        (31, 31, True),
        (32, 31, True),
        (33, 31, True),
    }


def test_t38_an_event_under_both_ids_is_shown_once_in_the_row_of_the_terminal_id(lake: LakeReader) -> None:
    rows = lake.read("unified_pageviews", columns=["user_id", "path"], where="resolved_user_id = 13 AND event_id = 1")

    assert rows.to_pylist() == [{"user_id": 13, "path": "/as delivered last"}]


def test_of_two_moved_ids_the_later_delivery_shows_the_event(lake: LakeReader) -> None:
    rows = lake.read("unified_pageviews", columns=["user_id"], where="resolved_user_id = 13 AND event_id = 2")

    assert rows.to_pylist() == [{"user_id": 12}]


def test_one_event_id_of_different_users_stays(lake: LakeReader) -> None:
    rows = lake.read("unified_pageviews", columns=["resolved_user_id"], where="event_id = 1")

    assert sorted(rows["resolved_user_id"].to_pylist()) == [13, 22, 41]


def test_t47_raw_rows_stay_as_delivered(lake: LakeReader) -> None:
    assert lake.count("Heap:Pageviews") == 12
    assert lake.count("unified_pageviews") == 9


def test_a_session_under_both_ids_is_shown_once(lake: LakeReader) -> None:
    rows = lake.read("unified_sessions", columns=["user_id", "session_id", "resolved_user_id"]).to_pylist()

    assert sorted(tuple(row.values()) for row in rows) == [(13, 1, 13), (41, 1, 41)]


def test_an_event_of_a_user_without_any_row_has_no_person(lake: LakeReader) -> None:
    rows = lake.read("unified_pageviews", columns=["resolved_user_id", "amperity_id"], where="user_id = 99").to_pylist()

    assert rows == [{"resolved_user_id": 99, "amperity_id": None}]


def test_an_event_of_a_terminal_user_without_a_row_has_the_person_of_the_moved(made: House, lake: LakeReader) -> None:
    rows = lake.read("unified_pageviews", columns=["amperity_id"], where="user_id = 22").to_pylist()

    assert rows == [{"amperity_id": made.ids()["Heap:Users/21"]}]


def test_all_users_of_one_chain_are_one_person_with_the_customer(made: House) -> None:
    ids = made.ids()

    assert len({ids[f"Heap:Users/{number}"] for number in (11, 12, 13)} | {ids["CRM:Customers/c-13"]}) == 1


def test_a_customer_is_found_through_the_user_that_moved(made: House, lake: LakeReader) -> None:
    ids = made.ids()

    assert ids["Heap:Users/51"] == ids["Heap:Users/52"] == ids["CRM:Customers/c-51"]
    assert lake.read(
        "customer_360", ["pageviews"], where=f"amperity_id = '{ids['CRM:Customers/c-51']}'"
    ).to_pylist() == [{"pageviews": 1}]


def test_people_and_what_they_did_are_counted_once(made: House, lake: LakeReader) -> None:
    row = lake.read("customer_360", where=f"amperity_id = '{made.ids()['Heap:Users/13']}'").to_pylist()[0]

    assert (row["sessions"], row["pageviews"]) == (1, 3)
    assert (row["first_seen"], row["last_seen"]) == (MARCH, MARCH)


@pytest.mark.parametrize(
    ("pairs", "ends"),
    [
        ([(1, 1)], {1: (1, False)}),
        ([(1, 2), (2, 1)], {1: (1, True), 2: (1, True)}),
        ([(3, 2), (2, 9), (9, 3)], {3: (2, True), 2: (2, True), 9: (2, True)}),
        ([(1, 5), (5, 7), (7, 5)], {1: (5, True), 5: (5, True), 7: (5, True)}),
        ([(9, 8), (8, 7), (7, 6)], {9: (6, False), 8: (6, False), 7: (6, False)}),
        ([(2**63 - 1, 2**53 + 1), (-1, 0)], {2**63 - 1: (2**53 + 1, False), -1: (0, False)}),
    ],
)
def test_chains_and_cycles(pairs: list[tuple[int, int]], ends: dict[int, tuple[int, bool]]) -> None:
    start, end = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))

    found, cyclic = resolve(start, end)

    assert dict(zip(start.tolist(), zip(found.tolist(), cyclic.tolist(), strict=True), strict=True)) == ends
