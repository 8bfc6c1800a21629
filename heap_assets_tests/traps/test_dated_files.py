"""Dated files: which are taken, in what order they count, what happens when they come again or go (T65 to T68, T77)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from heap_assets.bucket.corrections import exclude, restore
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.near_misses import near_misses
from heap_assets.bucket.patterns import file_date
from heap_assets.bucket.status import Status, feed_statuses
from heap_assets_tests.feeds.house import House
from heap_assets_tests.traps.crm import accounted, crm, landed

DAY = date(2026, 1, 2)


def values(house: House) -> dict[str, str]:
    return {row["id"]: row["v"] for row in house.up_to_date()}


def rows(*pairs: str) -> str:
    """A file of rows written `id=v`."""
    return "id,v\n" + "".join(pair.replace("=", ",") + "\n" for pair in pairs)


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("customers-.csv", True),
        ("customers-1.csv", True),
        ("customers-hello-world.csv", True),
        ("customers-.csv.0", False),
        ("customers-0.json", False),
        ("customers-0/1/file.csv", False),
        ("customers.csv", False),
    ],
)
def test_t65_a_wildcard_never_crosses_a_slash(key, taken):
    found = file_date("files/{yyyy}/{MM}/{dd}/customers-*.csv", f"files/2020/04/10/{key}")

    assert found == (date(2020, 4, 10) if taken else None)


def test_t65_only_a_full_match_with_a_day_of_the_calendar_lands_and_near_misses_are_told(tmp_path):
    house = crm(tmp_path, pattern="users_{yyyy}-{MM}-{dd}.csv")
    near = [
        "2026-02-30.csv",
        "2026-2-3.csv",
        "26-01-02.csv",
        "2026-01-02.csv.gz",
        "2026-01-02_part2.csv",
        "eu_2026-01-02.csv",
    ]
    for tail in ["2026-01-02.csv", *near]:
        house.builder.put(f"users_{tail}", rows("1=x").encode())

    house.up_to_date()

    assert list(house.statuses()) == ["users_2026-01-02.csv"]
    told = {miss.key for miss in near_misses([house.spec], "", [meta.key for meta in house.bucket.list("")])}
    assert told == {f"users_{tail}" for tail in near}


def test_t66_a_file_of_the_same_name_replaces_its_rows_and_leaves_no_reject(tmp_path):
    house = crm(tmp_path)
    landed(house, rows("1=a", "2=a", "=b", "3"))
    assert accounted(house) == (4, 2, 2)

    landed(house, rows("1=b"))

    assert values(house) == {"1": "b"}
    assert accounted(house) == (1, 1, 0)


def test_t66_of_one_date_the_greater_name_wins_whenever_it_was_written(tmp_path):
    old, new = datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC)
    house = crm(tmp_path)
    house.builder.put("2026-01-02_b.csv", rows("1=b").encode(), old)
    house.builder.put("2026-01-02_a.csv", rows("1=a").encode(), new)
    house.builder.put("2026-01-02_10.csv", rows("1=10", "2=10").encode(), new)

    assert values(house) == {"1": "b", "2": "10"}
    assert len(house.statuses()) == 3


def test_t67_a_missing_day_is_told_and_later_days_land(tmp_path):
    house = crm(tmp_path)
    landed(house, rows("1=a"))
    landed(house, rows("2=c"), "2026-01-04.csv")

    reports = house.land()

    assert values(house) == {"1": "a", "2": "c"}
    assert [len(reports[DAY + timedelta(days=place)].deliveries) for place in range(3)] == [1, 0, 1]
    assert reports[DAY + timedelta(days=1)].complete


def test_t67_a_late_file_of_an_old_date_fills_in_and_does_not_override(tmp_path):
    for number, (updated, wanted) in enumerate(((None, "new"), ("u", "late"))):
        house = crm(tmp_path / str(number), **({"last_updated": updated} if updated else {}))
        landed(house, "id,v,u\n1,new,5\n", "2026-01-04.csv")
        landed(house, "id,v,u\n1,late,6\n2,late,1\n", "2026-01-03.csv")

        assert values(house) == {"1": wanted, "2": "late"}


TIES = [
    ("the greater time, whatever the file", {"02": ["1=a=9"], "03": ["1=b=8"]}, "a"),
    ("numbers count as numbers", {"02": ["1=a=10"], "03": ["1=b=9"]}, "a"),
    (
        "times of different forms are one order",
        {"02": ["1=a=01/03/2026 1:00 PM"], "03": ["1=b=2026-01-03T12:59:59Z"]},
        "a",
    ),
    ("zones count", {"02": ["1=a=2026-01-03 01:00:00+00:00"], "03": ["1=b=2026-01-03 01:30:00+01:00"]}, "a"),
    ("null loses", {"02": ["1=a=1"], "03": ["1=b="]}, "a"),
    ("what is no time loses", {"02": ["1=a=1"], "03": ["1=b=soon"]}, "a"),
    ("of equal times the later date", {"02": ["1=a=9"], "03": ["1=b=9"]}, "b"),
    ("of one date the greater name", {"02_x": ["1=a=9"], "02_y": ["1=b=9"]}, "b"),
    ("of one file the later row", {"02": ["1=a=9", "1=b=9"]}, "b"),
    ("of one file the greater time", {"02": ["1=a=9", "1=b=8"]}, "a"),
    ("of nulls the later row", {"02": ["1=a=", "1=b="]}, "b"),
]


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "newest first"])
def test_t68_upsert(tmp_path, turned):
    """Every rule has a key of its own, in the same four files; they land one by one."""
    house = crm(tmp_path, last_updated="u")
    for name in sorted({name for _, files, _ in TIES for name in files}, reverse=turned):
        held = [row.replace("1=", f"{told}=", 1) for told, files, _ in TIES for row in files.get(name, [])]
        content = "id,v,u\n" + "".join(
            ",".join(f'"{part}"' if part else "" for part in row.split("=")) + "\n" for row in held
        )
        landed(house, content, f"2026-01-{name}.csv")

    assert values(house) == {told: winner for told, _, winner in TIES}
    assert accounted(house)[2] == 0


def test_t68_truncate_and_upsert(tmp_path):
    house = crm(tmp_path, load="truncate_and_upsert")
    landed(house, rows("1=old", "2=old"), "2026-01-02.csv")
    landed(house, rows("1=a", "3=a"), "2026-01-03_a.csv")
    landed(house, rows("3=b", "3=c"), "2026-01-03_b.csv")
    assert values(house) == {"1": "a", "3": "c"}

    landed(house, rows("9=late"), "2026-01-02_late.csv")
    assert values(house) == {"1": "a", "3": "c"}
    assert house.statuses()["2026-01-02"] is Status.SUPERSEDED

    landed(house, "id,v\n", "2026-01-04.csv")
    assert values(house) == {}


def test_t68_a_truncated_day_with_one_damaged_file_leaves_what_was(tmp_path):
    house = crm(tmp_path, load="truncate_and_upsert")
    landed(house, rows("1=a"), "2026-01-02.csv")
    house.builder.put("2026-01-03_a.csv", rows("1=b").encode())
    house.builder.put("2026-01-03_b.csv", b'id,v\n2,"open\n')

    assert values(house) == {"1": "a"}
    assert house.statuses()["2026-01-03"] is Status.REFUSED

    house.builder.put("2026-01-03_b.csv", rows("2=b").encode())
    assert values(house) == {"1": "b", "2": "b"}


def test_t68_a_file_that_left_its_day_stays_if_it_had_landed_and_only_then(tmp_path):
    house = crm(tmp_path, load="truncate_and_upsert")
    house.builder.put("2026-01-02_a.csv", rows("1=a").encode())
    house.builder.put("2026-01-02_b.csv", rows("2=b").encode())
    discover(house.bucket, house.lake, house.settings)
    house.builder.remove("2026-01-02_a.csv")
    assert values(house) == {"2": "b"}

    landed(house, rows("3=c"), "2026-01-02_c.csv")
    house.builder.remove("2026-01-02_b.csv")
    assert values(house) == {"2": "b", "3": "c"}


@pytest.mark.parametrize("load", ["upsert", "truncate_and_upsert"])
def test_a_delivery_taken_out_and_put_back(tmp_path, load):
    house = crm(tmp_path, load=load)
    landed(house, rows("1=a", "2=a"))
    landed(house, rows("1=b"), "2026-01-03.csv")
    before = values(house)
    latest = feed_statuses(house.lake, house.settings, house.spec)[-1:]

    exclude(house.lake, latest, "wrong")
    assert values(house) == {"1": "a", "2": "a"}

    restore(house.lake, latest)
    assert values(house) == before == ({"1": "b", "2": "a"} if load == "upsert" else {"1": "b"})


def test_a_file_settles_only_where_it_is_asked_to(tmp_path):
    ahead = datetime.now(UTC) + timedelta(days=1)
    for settle, wanted in ((0, {"1": "x"}), (10, {})):
        house = crm(tmp_path / str(settle), settle=settle)
        house.builder.put("2026-01-02.csv", rows("1=x").encode(), ahead)

        assert values(house) == wanted


def test_t77_every_step_is_accounted_for(tmp_path):
    house = crm(tmp_path)
    for step, (name, content) in enumerate(
        (
            ("2026-01-02_a.csv", rows("1=a", "2=a", "=x", "1=b")),
            ("2026-01-03.csv", rows("2=c", "3=c", "4")),
            ("2026-01-02_b.csv", rows("2=d", "5=d")),
            ("2026-01-02_a.csv", rows("1=e")),
        )
    ):
        house.builder.put(name, content.encode())
        assert accounted(house)[0] == (4, 7, 9, 6)[step]

    report = house.land()[DAY]
    assert (report.read, report.landed, report.quarantined) == (3, 3, 0)
    assert values(house) == {"1": "e", "2": "c", "3": "c", "5": "d"}
