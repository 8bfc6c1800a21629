"""Keys, duplicates and migrations through whole feeds (T38 to T40, T43 to T46, T49 to T51).

What is one table's alone has its trap's number where it is tested: domain/test_fold, domain/test_migrations and
customer360/test_resolved_users.
"""

from datetime import UTC, date, datetime

import pytest

from heap_assets import open_lake
from heap_assets.bucket.discovery import discover
from heap_assets.domain.fold import domain_table
from heap_assets.domain.migration_report import MigrationReport, migration_report
from heap_assets.domain.migrations import build_resolved_users
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.feeds.house import House
from heap_assets_tests.laws.chain import files_below, run_chain
from heap_assets_tests.traps.crm import accounted, crm, landed

EVENT_TABLES = {"event_tables": ["checkout"]}


def test_t39_one_session_id_of_two_users_is_two_sessions(tmp_path):
    house = House(tmp_path, "heap/sessions")
    house.builder.dump(9, sessions=[{"user_id": 1, "session_id": 7}, {"user_id": 2, "session_id": 7}])

    house.up_to_date()

    assert house.keys() == ["1|7", "2|7"]


def test_t40_one_event_in_pageviews_and_in_a_defined_event_stands_in_both(tmp_path):
    house = House(tmp_path, "heap/pageviews", **EVENT_TABLES)
    house.builder.dump(9, pageviews=[{"user_id": 1, "event_id": 7}], checkout=[{"user_id": 1, "event_id": 7}])
    other = House(tmp_path, "heap/checkout", **EVENT_TABLES)

    assert (len(house.up_to_date()), len(other.up_to_date())) == (1, 1)


def test_t50_keys_that_differ_by_case_or_blanks_are_different(tmp_path):
    house = crm(tmp_path)
    landed(house, 'id,v\nann,1\nAnn,2\n"ann ",3\nann,4\n')

    assert {row["_pk"]: row["v"] for row in house.rows()} == {"Ann": "2", "ann": "4", "ann ": "3"}


def test_t51_keys_of_null_zero_and_below(tmp_path):
    for table, key in (("users", "user_id"), ("pageviews", "event_id"), ("sessions", "session_id")):
        house = House(tmp_path / table, f"heap/{table}")
        row = {"user_id": 1}
        house.builder.dump(9, **{table: [{**row, key: number} for number in (None, 0, -5, None)]})
        house.up_to_date()

        assert {row[key] for row in house.rows()} == {0, -5}
        assert [(item["row"], item["reason"], item["column"]) for item in house.quarantine()] == [
            (0, "null-in-key", key),
            (3, "null-in-key", key),
        ]
        assert accounted(house) == (4, 2, 2)


def test_keys_of_several_fields_are_told_apart_as_values_and_as_text(tmp_path):
    house = crm(tmp_path, primary_key=["a", "b"])
    pairs = [("x|", "y"), ("x", "|y"), ("x\\", "|y"), ("x\\|", "y"), ("", "x|y"), ("x|y", "")]
    lines = [f'"{one}","{other}",{number}' for number, (one, other) in enumerate(pairs)]
    landed(house, "\n".join(["a,b,v", *lines, ""]))
    landed(house, 'a,b,v\n"x|",y,again\nx,,none\n', "2026-01-03.csv")

    held = {(row["a"], row["b"]): row["v"] for row in house.rows()}

    assert held == {pair: str(number) for number, pair in enumerate(pairs)} | {("x|", "y"): "again"}
    assert len(set(house.keys())) == len(pairs)
    assert house.rows()[0]["_pk"].count("|") >= 1
    assert accounted(house)[2] == 1


def test_system_columns_say_where_a_row_came_from(tmp_path):
    house = crm(tmp_path, pattern="crm/c_{yyyy}{MM}{dd}.csv", primary_key=["a", "b"])
    (row,) = landed(house, 'a,b\n,\n"p|q","r\\"\n', "crm/c_20260102.csv")

    version = str((house.builder.root / "crm/c_20260102.csv").stat().st_mtime_ns)
    day = int(datetime(2026, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000
    assert list(row.items()) == [
        ("a", "p|q"),
        ("b", "r\\"),
        ("_pk", "p\\|q|r\\\\"),
        ("_file_date", date(2026, 1, 2)),
        ("_delivery", "crm/c_20260102.csv"),
        ("_object", "crm/c_20260102.csv"),
        ("_object_version", version),
        ("_row", 1),
        ("_updated", day),
    ]


def migrated(house: House) -> MigrationReport:
    house.up_to_date()
    build_resolved_users(house.lake, house.lake.find(domain_table(house.spec)))
    return migration_report(house.lake, house.spec, house.settings.feed("heap/users"))


def moves(*pairs: tuple[int | None, int | None], time: object = None) -> list[dict]:
    return [{"from_user_id": start, "to_user_id": end, "time": time} for start, end in pairs]


def test_t43_t44_t45_what_is_strange_in_migrations_is_told(tmp_path):
    users = House(tmp_path, "heap/users")
    house = House(tmp_path, "heap/user_migrations")
    pairs = ((1, 1), (2, 3), (3, 2), (4, 5), (4, 6), (7, 8), (None, 9), (10, None))
    house.builder.dump(9, full={"user_migrations"}, users=[{"user_id": 8}], user_migrations=moves(*pairs))
    users.up_to_date()

    report = migrated(house)

    assert report == MigrationReport(
        migrated=5, in_cycle=2, several_targets=1, targets=4, without_row=3, most_in_one=2, super_identities=0
    )
    assert accounted(house) == (8, 7, 1)


@pytest.mark.parametrize("nothing", [0, "0", ""])
def test_t44_a_time_of_zero_is_the_oldest(tmp_path, nothing):
    house = House(tmp_path, "heap/user_migrations")
    kind = {"user_migrations": {"time": "string" if isinstance(nothing, str) else "long"}}
    dated = "1970-01-01 00:00:01" if isinstance(nothing, str) else 1
    house.builder.dump(
        9,
        schemas=kind,
        user_migrations=[
            *moves((1, 99), time=nothing),
            *moves((1, 5), time=dated),
            *moves((2, 3), (2, 4), time=nothing),
        ],
    )

    assert [(row["from_user_id"], row["to_user_id"]) for row in house.up_to_date()] == [(1, 5), (2, 4)]


def test_t49_a_super_identity_is_flagged(tmp_path):
    house = House(tmp_path, "heap/user_migrations")
    house.builder.dump(9, user_migrations=moves(*((number, 5) for number in range(10, 1_012))))

    report = migrated(house)

    assert (report.targets, report.most_in_one, report.super_identities) == (1, 1_002, 1)


def test_t38_t46_a_mapping_that_comes_later_moves_old_events_and_rewrites_none_of_them(tmp_path):
    builder = BucketBuilder(tmp_path)
    settings = builder.settings()
    old = [
        {"user_id": user, "event_id": event, "time": "2024-01-01 00:00:00"} for user, event in ((1, 7), (2, 8), (3, 9))
    ]
    builder.dump(9, users=[{"user_id": 1}, {"user_id": 2}, {"user_id": 3}], pageviews=old, sessions=[])
    run_chain(builder.bucket(), builder.lake(), settings)
    untouched = files_below(tmp_path / "lake" / "domain" / "heap_pageviews")
    builder.dump(10, full={"user_migrations"}, user_migrations=moves((1, 2)), pageviews=[{**old[0], "user_id": 2}])
    run_chain(builder.bucket(), builder.lake(), settings)

    def owners() -> list[tuple[int, int]]:
        rows = open_lake(settings).read("unified_pageviews", ["event_id", "resolved_user_id"]).to_pylist()
        return sorted((row["event_id"], row["resolved_user_id"]) for row in rows)

    assert owners() == [(7, 2), (8, 2), (9, 3)]
    now = files_below(tmp_path / "lake" / "domain" / "heap_pageviews")
    assert {name: now[name] for name in untouched if name.endswith(".parquet")} == {
        name: held for name, held in untouched.items() if name.endswith(".parquet")
    }


def test_discovery_before_landing_changes_nothing(tmp_path):
    """A delivery seen by a sensor and landed later is the one that a run finds at once."""
    house = crm(tmp_path)
    house.builder.put("2026-01-02.csv", b"id\n1\n")
    discover(house.bucket, house.lake, house.settings)

    assert [row["_pk"] for row in house.up_to_date()] == ["1"]
