"""Dates in names: the whole key must match, and the date must be one (T65)."""

from datetime import date

import pytest

from heap_assets.bucket.patterns import file_date
from heap_assets.errors import SettingsError

PATTERN = "crm/users_{yyyy}-{MM}-{dd}*.csv.gz"


@pytest.mark.parametrize("key", ["crm/users_2024-02-29.csv.gz", "crm/users_2024-02-29_part2.csv.gz"])
def test_a_key_that_matches_in_full_has_its_date(key):
    assert file_date(PATTERN, key) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "key",
    [
        "crm/users_2024-02-30.csv.gz",
        "crm/users_2023-02-29.csv.gz",
        "crm/users_2024-2-3.csv.gz",
        "crm/users_24-02-03.csv.gz",
        "crm/users_2024-13-01.csv.gz",
        "crm/users_0000-01-01.csv.gz",
        "crm/users_2024-02-29.csv",
        "crm/users_2024-02-29.csv.gz.tmp",
        "old/crm/users_2024-02-29.csv.gz",
        "crm/users_2024-02-29/a.csv.gz",
        "crm/users_eu_2024-02-29.csv.gz",
        "crm/users_٢٠٢٤-02-29.csv.gz",
        "crm/users_2024-02-29.csv.gz\n",
    ],
)
def test_t65_a_key_that_almost_matches_has_none(key):
    assert file_date(PATTERN, key) is None


def test_other_signs_of_a_pattern_stand_for_themselves():
    assert file_date("a.b(c)[d]+/{yyyy}{MM}{dd}", "a.b(c)[d]+/20240229") == date(2024, 2, 29)
    assert file_date("a.b/{yyyy}{MM}{dd}", "axb/20240229") is None


def test_a_part_of_the_date_named_twice_is_a_mistake_in_the_settings():
    with pytest.raises(SettingsError):
        file_date("{yyyy}/{yyyy}-{MM}-{dd}.csv", "2024/2024-02-29.csv")
