"""A feed of dated files in a small bucket, and what its laws of accounting say after each step."""

from pathlib import Path
from typing import Any

from heap_assets.domain.checks import count_bad_keys, count_rows
from heap_assets_tests.feeds.house import House

FEED = {"source": "CRM", "feed": "C", "pattern": "{yyyy}-{MM}-{dd}*.csv", "primary_key": ["id"]}
FILE = "2026-01-02.csv"


def crm(folder: Path, **changes: Any) -> House:
    """A house of the feed CRM:C with these settings."""
    return House(folder, "crm/c", feeds=[FEED | changes])


def landed(house: House, content: bytes | str, name: str = FILE) -> list[dict[str, Any]]:
    """The rows of the domain table once this file is in."""
    house.builder.put(name, content.encode() if isinstance(content, str) else content)
    return house.up_to_date()


def accounted(house: House) -> tuple[int, int, int]:
    """Rows read, landed and quarantined over all days, once every law of accounting holds."""
    reports = house.land().values()
    house.fold()
    read, rows, set_aside = (
        sum(getattr(report, name) for report in reports) for name in ("read", "landed", "quarantined")
    )
    assert read == rows + set_aside
    assert all(report.miscounted == 0 for report in reports)
    assert set_aside == len(house.quarantine())
    live, keys, held = count_rows(house.lake, house.spec)
    assert keys == held == len(house.rows())
    assert count_bad_keys(house.lake, house.spec) == (0, 0)
    assert live <= rows
    return read, rows, set_aside
