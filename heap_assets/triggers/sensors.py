"""The sensors: over the bucket, over automation of domain tables, over domain tables.

They are on unless settings turn that round.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import DeliveryStatus, Status, statuses
from heap_assets.domain.assets import domain_key
from heap_assets.lake import hash62
from heap_assets.orchestration.partitions import range_tags, stretches
from heap_assets.orchestration.resources import BucketResource, LakeResource
from heap_assets.settings import Settings
from heap_assets.triggers.days import missing_days
from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB, RELEASE_JOB

MAX_DAYS = 60
IMPLICIT_JOB = "__ASSET_JOB"  # the name that dagster gives runs of automation and of the materialise button
BUCKET_SECONDS = 60
CHAIN_SECONDS = 30


def sensors(settings: Settings) -> Sequence[dg.SensorDefinition]:
    """One trigger a seam (architecture.md 10)."""
    on = settings.sensors == "running"
    status = dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED
    automation = dg.AutomationConditionSensorDefinition(
        "domain_table_automation",
        target=dg.AssetSelection.groups("domain_tables"),
        default_status=status,
        minimum_interval_seconds=CHAIN_SECONDS,
        description="Folds a domain table once its feed has landed something",
    )
    return [bucket_sensor(settings, status), automation, release_sensor(settings, status)]


def bucket_sensor(settings: Settings, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """Asks for every file date with something to read, and for the gaps before them, so that no day stays grey."""

    @dg.sensor(
        name="heap_bucket_sensor",
        job_name=FEEDS_JOB,
        default_status=status,
        minimum_interval_seconds=BUCKET_SECONDS,
        description="Looks at the bucket and lands what is new, re-sent or late, by file date",
    )
    def heap_bucket_sensor(
        context: dg.SensorEvaluationContext, lake: LakeResource, bucket: dg.ResourceParam[BucketResource]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        house = lake.open()
        discover(bucket.open(), house, settings)
        known = [row for row in statuses(house, settings) if row.status is not Status.IGNORED]
        ready = [row for row in known if row.to_read and _due(row, datetime.now(UTC))]
        asked = {row.delivery.file_date for row in ready} | missing_days(context.instance, settings, known)
        due = sorted((day for day in asked if day <= settings.today()), reverse=True)[:MAX_DAYS]
        if not due:
            yield dg.SkipReason("nothing new in the bucket")
        for first, last in stretches(due):
            yield dg.RunRequest(run_key=run_key(first, last, ready), tags=range_tags(first, last), job_name=FEEDS_JOB)

    return heap_bucket_sensor


def run_key(first: date, last: date, ready: Sequence[DeliveryStatus]) -> str:
    """A stretch with the content that is to be read in it and how often that was tried.

    The same request is made once.
    """
    content = sorted(
        (row.delivery.feed, row.delivery.delivery, row.delivery.fingerprint, row.arrival.attempts)
        for row in ready
        if first <= row.delivery.file_date <= last
    )
    return f"{first}..{last}#{hash62(content):x}"


def _due(row: DeliveryStatus, now: datetime) -> bool:
    """Failed deliveries are tried again after one, two, four … minutes, at most an hour apart."""
    if row.status is not Status.FAILED:
        return True
    pause = timedelta(minutes=min(60, 2 ** min(row.arrival.attempts, 6)))
    return row.arrival.last_event is None or now - row.arrival.last_event >= pause


def release_sensor(settings: Settings, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """Carries domain tables on to a release, in one run for all that changed together."""
    keys = [domain_key(spec) for spec in settings.feed_specs()]
    if any(spec.table == "user_migrations" for spec in settings.feed_specs()):
        keys.append(dg.AssetKey(["domain", "heap_resolved_users"]))

    @dg.sensor(
        name="release_sensor",
        job_name=RELEASE_JOB,
        default_status=status,
        minimum_interval_seconds=CHAIN_SECONDS,
        description="Resolves people and publishes the customer 360 once domain tables have changed",
    )
    def release_sensor_body(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        newest = newest_materialisations(context.instance, keys)
        if len(newest) < len(keys):
            return dg.SkipReason("a domain table was not materialised yet")
        told = json.dumps(newest, sort_keys=True)
        if told == context.cursor:
            return dg.SkipReason("no domain table has changed")
        if _busy(context.instance):
            return dg.SkipReason("feeds or domain tables are being written")
        context.update_cursor(told)
        return dg.RunRequest(run_key=told, job_name=RELEASE_JOB)

    return release_sensor_body


def newest_materialisations(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dict[str, int]:
    """The storage id of the newest materialisation of each asset that has one."""
    found: dict[str, int] = {}
    for key in keys:
        records = instance.fetch_materializations(key, limit=1).records
        if records:
            found[key.to_user_string()] = records[0].storage_id
    return found


def _busy(instance: dg.DagsterInstance) -> bool:
    """Whether a run of an earlier seam is under way: its tables would only ask for the chain once more."""
    under_way = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    runs = instance.get_runs(dg.RunsFilter(statuses=under_way))
    return any(run.job_name in (FEEDS_JOB, DOMAIN_JOB, IMPLICIT_JOB) for run in runs)
