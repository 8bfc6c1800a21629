"""Feeds as assets, partitioned by file date: each day lands what was delivered for it, and one bad day fails alone."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from heap_assets.bucket.status import feed_table
from heap_assets.feeds.checks import accounting_result, accounting_spec, drift_line, drift_result, drift_spec
from heap_assets.feeds.days import DayReport, land_days
from heap_assets.feeds.progress import Meter, listening
from heap_assets.orchestration.metadata import bars, markdown_table, table_metadata
from heap_assets.orchestration.options import run_options
from heap_assets.orchestration.partitions import file_dates
from heap_assets.orchestration.resources import BucketResource, LakeResource
from heap_assets.settings import FeedSpec, Settings

LOG_SECONDS = 30.0
DAYS_TOLD = 7  # a line of the log costs 5 ms of CPU, and each day's figures stand in its metadata


def feed_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset a feed, in the order of the settings."""
    return [feed_asset(settings, spec) for spec in settings.feed_specs()]


def feed_key(spec: FeedSpec) -> dg.AssetKey:
    """The asset key of a feed: `heap/users`."""
    return dg.AssetKey(spec.name.split("/"))


def feed_asset(settings: Settings, spec: FeedSpec) -> dg.AssetsDefinition:
    """The asset of one feed: lands its deliveries of the asked file dates, reports each day apart."""
    key = feed_key(spec)

    @dg.asset(
        key=key,
        group_name="feeds",
        partitions_def=file_dates(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[accounting_spec(key), drift_spec(key)],
        description=_description(spec),
        kinds={"s3" if settings.source.is_s3 else "file", "deltalake"},
        metadata={"dagster/table_name": spec.display},
        retry_policy=dg.RetryPolicy(max_retries=1, delay=1),
    )
    def feed(
        context: dg.AssetExecutionContext, lake: LakeResource, bucket: dg.ResourceParam[BucketResource]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        days = [date.fromisoformat(key) for key in context.partition_keys]
        asked = run_options(context.run.tags)
        house = lake.open()
        meter = Meter(lambda line: context.log.info(f"{spec.display}: {line}"), LOG_SECONDS)
        with listening(meter):
            reports = land_days(bucket.open(), house, settings, spec, days, asked.skip_failed, asked.reread)
        meter.tell()
        for report in reports:
            _log(context, spec, report, len(reports) <= DAYS_TOLD)
        yield drift_result(key, spec, reports)
        common = table_metadata(house.open(feed_table(spec)), spec.display)
        if not all(report.complete for report in reports):
            _fail(context, key, reports, common)
        for report in reports:
            context.add_asset_metadata(_day_metadata(report), partition_key=report.day.isoformat())
        if len(reports) > 1:  # to the last day alone: metadata of a result is written with each of its days
            shown = bars({str(r.day): r.landed for r in reports}, "rows by file date")
            context.add_asset_metadata({"rows_by_file_date": shown}, partition_key=reports[-1].day.isoformat())
        yield dg.MaterializeResult(metadata=common, check_results=[accounting_result(reports)])

    return feed


def _description(spec: FeedSpec) -> str:
    if spec.delivery == "heap_connect":
        return f"Rows of Heap's table `{spec.table}` as delivered, by the day on which the dump's manifest was written."
    return f"Rows of the files `{spec.pattern}` as delivered, by the date in their names."


def _log(context: dg.AssetExecutionContext, spec: FeedSpec, report: DayReport, each_day: bool) -> None:
    for row in report.deliveries:
        if row.outstanding:
            context.log.error(
                f"{spec.display} {report.day} delivery {row.delivery.delivery}: {row.status} {row.reason}"
            )
    for item in report.drift:
        context.log.warning(drift_line(spec, [item]) if item.changes else f"{item.delivery}: {item.remark}")
    if report.deliveries and each_day:
        context.log.info(
            f"{spec.display} {report.day}: {report.read:,} rows read, {report.landed:,} landed,"
            f" {report.quarantined:,} quarantined"
        )


def _day_metadata(report: DayReport) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "dagster/partition_row_count": report.landed,
        "rows_read": report.read,
        "rows_landed": report.landed,
        "rows_quarantined": report.quarantined,
        "objects": sum(len(row.delivery.objects) for row in report.deliveries),
        "bytes": sum(row.delivery.bytes for row in report.deliveries),
        "deliveries": dg.MetadataValue.md(_deliveries_table(report)),
    }
    if report.unreadable_times:
        shown["unreadable_times"] = report.unreadable_times
    return shown


def _deliveries_table(report: DayReport) -> str:
    if not report.deliveries:
        return "no delivery for this day"
    rows = [
        (
            row.delivery.delivery,
            row.status,
            len(row.delivery.objects),
            f"{row.delivery.bytes:,}",
            f"{row.rows:,}",
            row.reason or "",
        )
        for row in report.deliveries
    ]
    return markdown_table(("delivery", "status", "objects", "bytes", "rows", "reason"), rows)


def _fail(
    context: dg.AssetExecutionContext, key: dg.AssetKey, reports: Sequence[DayReport], common: dict[str, Any]
) -> None:
    """Record the good days as materialised, then fail.

    A plain raise would record none of a range (dagster_notes 1.5).
    """
    failed = [report for report in reports if not report.complete]
    for report in reports:
        if report.complete:
            metadata = {**common, **_day_metadata(report)}
            context.log_event(
                dg.AssetMaterialization(asset_key=key, partition=report.day.isoformat(), metadata=metadata)
            )
    reasons = [row.reason or "" for report in failed for row in report.deliveries if row.outstanding]
    raise dg.Failure(
        description=f"{len(failed)} of {len(reports)} file dates are not complete: {reasons[0] if reasons else ''}",
        metadata={
            "failed_days": ", ".join(str(report.day) for report in failed),
            "deliveries": dg.MetadataValue.md("\n\n".join(_deliveries_table(report) for report in failed)),
        },
        allow_retries=False,
    )
