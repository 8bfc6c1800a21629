"""T65: names that almost match a pattern are told apart from those that have nothing to do with it, and by what."""

import pytest

from heap_assets.bucket.families import families, pattern_of
from heap_assets.bucket.near_misses import differences
from heap_assets.bucket.patterns import file_date

USERS = "users_{yyyy}-{MM}-{dd}.csv"
PACKED = "crm/customers_{yyyy}-{MM}-{dd}*.csv.gz"


@pytest.mark.parametrize(
    ("pattern", "key", "told"),
    [
        (USERS, "users_2024-02-30.csv", "no day of the calendar"),
        (USERS, "users_2024-2-3.csv", "the month has 1 digit"),
        (USERS, "users_24-02-03.csv", "the year has 2 digits"),
        (USERS, "users_240203.csv", "the year has 2 digits"),
        (USERS, "users_2024-02-03.csv.gz", "extra suffix `.gz`"),
        (USERS, "users_2024-02-03_part2.csv", "extra part `_part2` behind the date"),
        (USERS, "users_eu_2024-02-03.csv", "extra part `eu_` before the date"),
        (USERS, "Users_2024-02-03.CSV", "capitals and small letters"),
        (USERS, "users_20240203.csv", "not separated as in"),
        (USERS, "users_03-02-2024.csv", "in another order"),
        (USERS, "old/users_2024-02-03.csv", "lies in old/"),
        (USERS, "users_2024-02-03.json", "ends in `.json`"),
        (USERS, "users_2024-02.csv", "no whole date"),
        (PACKED, "crm/customers_2024-02-03.csv", "the suffix `.gz` is missing"),
        (PACKED, "customers_2024-02-03.csv.gz", "lies in the root"),
        (PACKED, "crm/customers_2024-02-03.csv.gz.tmp", "extra suffix `.tmp`"),
        ("d/{yyyy}/{MM}/{dd}/c-*.csv", "d/2020/4/10/c-1.csv", "the month has 1 digit"),
    ],
)
def test_t65_a_near_miss_says_what_differs(pattern: str, key: str, told: str) -> None:
    assert file_date(pattern, key) is None
    assert told in "; ".join(differences(pattern, key))


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        (USERS, "users_2024-02-03.csv"),
        (USERS, "orders_2024-02-03.csv"),
        (USERS, "readme.txt"),
        (PACKED, "crm/customers_2024-02-03_a.csv.gz"),
        (PACKED, "crm/orders_2024-02-03.csv.gz"),
        (USERS, "users_" + "9" * 2000 + ".csv"),
    ],
)
def test_what_matches_or_has_nothing_to_do_with_it_is_no_near_miss(pattern: str, key: str) -> None:
    assert differences(pattern, key) == ()


@pytest.mark.parametrize(
    ("keys", "patterns"),
    [
        (("c/a_2024-01-05.csv.gz", "c/a_2024-01-06.csv.gz"), ["c/a_{yyyy}-{MM}-{dd}.csv.gz"]),
        (
            ("users_2024-01-05.csv", "users_2024-01-06_part2.csv", "users_eu_2024-01-05.csv"),
            ["users_eu_{yyyy}-{MM}-{dd}.csv", "users_{yyyy}-{MM}-{dd}*.csv"],
        ),
        (("f/2024/01/05/c-1.csv", "f/2024/01/06/c-2.csv"), ["f/{yyyy}/{MM}/{dd}/c-*.csv"]),
        (("f/2024/01/05/c_20240105.csv",), ["f/*/*/*/c_{yyyy}{MM}{dd}.csv"]),
        (("x_05-01-2024.csv", "x_25-01-2024.csv"), ["x_{dd}-{MM}-{yyyy}.csv"]),
        (("x_01-05-2024.csv", "x_01-25-2024.csv"), ["x_{MM}-{dd}-{yyyy}.csv"]),
        (("20240105_a.csv", "20240106_b.csv"), ["{yyyy}{MM}{dd}_a.csv", "{yyyy}{MM}{dd}_b.csv"]),
    ],
)
def test_files_of_one_family_get_one_pattern(keys: tuple[str, ...], patterns: list[str]) -> None:
    found, rest = families(keys)

    assert [family.pattern for family in found] == sorted(patterns)
    assert sorted(key for family in found for _, key in family.files) == sorted(keys)
    assert rest == []


def test_no_file_is_taken_by_two_patterns() -> None:
    keys = [f"{name}_2024-01-0{day}{tail}.csv" for name in ("a", "a_b") for day in (1, 2) for tail in ("", "_1", "_x")]

    found, _ = families(keys)

    assert [key for key in keys if sum(file_date(family.pattern, key) is not None for family in found) > 1] == []


def test_a_name_without_a_date_has_no_pattern() -> None:
    assert pattern_of("crm/customers.csv") is None
