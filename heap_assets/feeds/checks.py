"""Checks of feeds: what was read is landed or quarantined, to the row; and whether columns are what they were."""

from collections.abc import Sequence

import dagster as dg

from heap_assets.feeds.days import DayReport
from heap_assets.feeds.drift import Drift
from heap_assets.orchestration.metadata import markdown_table
from heap_assets.settings import FeedSpec

TOLD = 3


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


def drift_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check that warns, and never stands in the way."""
    told = "The columns of each delivery are those of the one before it, in name, spelling and type"
    return dg.AssetCheckSpec("drift", asset=key, blocking=False, description=told)


def drift_result(key: dg.AssetKey, spec: FeedSpec, reports: Sequence[DayReport]) -> dg.AssetCheckResult:
    """What is other in the deliveries that this run read; a warning, with the delivery and its file date."""
    found = [item for report in reports for item in report.drift]
    told = [item for item in found if item.changes]
    rows = [
        (item.delivery, item.file_date, change)
        for item in found
        for change in (*item.changes, *([item.remark] if item.remark else ()))
    ]
    shown = dg.MetadataValue.md(markdown_table(("delivery", "file date", "change"), rows))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="drift",
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=drift_line(spec, told) if told else None,
        metadata={"drifted_deliveries": len(found), **({"changes": shown} if found else {})},
    )


def drift_line(spec: FeedSpec, found: Sequence[Drift]) -> str:
    """The drift of a feed in one line."""
    more = f"; and {len(found) - TOLD} deliveries more" if len(found) > TOLD else ""
    return f"{spec.display} drifted: {'; '.join(map(str, found[:TOLD]))}{more}"
