"""Checks of feeds: what was read is landed or quarantined, to the row."""

from collections.abc import Sequence

import dagster as dg

from heap_assets.feeds.days import DayReport


def accounting_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check that every feed's run reports."""
    return dg.AssetCheckSpec(
        "accounting", asset=key, blocking=True, description="Rows read = rows landed + rows quarantined"
    )


def accounting_result(reports: Sequence[DayReport]) -> dg.AssetCheckResult:
    """Rows that the decoder gave, against rows committed and rows set aside, over all days of the run."""
    return dg.AssetCheckResult(
        check_name="accounting",
        passed=all(report.miscounted == 0 for report in reports),
        metadata={
            "read": sum(report.read for report in reports),
            "landed": sum(report.landed for report in reports),
            "quarantined": sum(report.quarantined for report in reports),
            "miscounted": sum(report.miscounted for report in reports),
        },
    )
