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
from heap_assets.orchestration.partitions import bounded, range_tags
from heap_assets.orchestration.resources import BucketResource, LakeResource
from heap_assets.settings import Settings
from heap_assets.triggers.days import days_of_full_copies, missing_days
from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB, RELEASE_JOB

IMPLICIT_JOB = "__ASSET_JOB"  # the name that dagster gives runs of automation and of the materialise button
REQUEST = "heap_assets/request"  # the run tag by which a request finds the runs that it led to
MAX_PAUSE = 60
UNDER_WAY = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED)
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
        if _under_way(context.instance, (FEEDS_JOB,)):
            yield dg.SkipReason("feeds are being landed")
            return
        house = lake.open()
        discover(bucket.open(), house, settings)
        known = statuses(house, settings)
        now = datetime.now(UTC)
        ready = [row for row in known if row.to_read and is_due(row, now)]
        beyond_reading = [row for row in known if row.outstanding and not row.to_read]
        asked = {row.delivery.file_date for row in ready} | missing_days(context.instance, settings, known)
        days = (day for day in asked if day <= settings.today())
        runs = next(iter(bounded(days, days_of_full_copies(settings, ready))), [])
        told = [*ready, *beyond_reading]
        requests = [request_for(context.instance, first, last, told, now) for first, last in runs]
        if not any(requests):
            yield dg.SkipReason(
                "nothing new in the bucket" if not runs else "what failed waits before it is tried again"
            )
        yield from (request for request in requests if request is not None)

    return heap_bucket_sensor


def request_for(
    instance: dg.DagsterInstance, first: date, last: date, ready: Sequence[DeliveryStatus], now: datetime
) -> dg.RunRequest | None:
    """A run over a stretch of days, asked for once as long as nothing more happens to its content; None while it waits.

    A delivery that failed counts its attempts itself. A run that died (killed, out of memory) leaves none behind: then
    the runs that ended without success are counted, or nobody would ever ask again.
    """
    content = sorted(
        (row.delivery.feed, row.delivery.delivery, row.delivery.fingerprint, str(row.arrival.last_event))
        for row in ready
        if first <= row.delivery.file_date <= last
    )
    key = f"{first}..{last}#{hash62(content):x}"
    ended = dg.RunsFilter(tags={REQUEST: key}, statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
    died = instance.get_run_records(ended, limit=MAX_PAUSE)
    if died and now - died[0].update_timestamp.astimezone(UTC) < pause_after(len(died)):
        return None
    attempt = f"~{len(died)}" if died else ""
    return dg.RunRequest(run_key=key + attempt, tags={**range_tags(first, last), REQUEST: key}, job_name=FEEDS_JOB)


def pause_after(attempts: int) -> timedelta:
    """What failed is tried again after two, four, eight … minutes, at most an hour apart."""
    return timedelta(minutes=min(MAX_PAUSE, 2 ** min(attempts, 6)))


def is_due(row: DeliveryStatus, now: datetime) -> bool:
    """Whether a delivery may be tried now: it has not failed, or has waited."""
    if row.status is not Status.FAILED:
        return True
    return row.arrival.last_event is None or now - row.arrival.last_event >= pause_after(row.arrival.attempts)


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
        if _under_way(context.instance, (FEEDS_JOB, DOMAIN_JOB, IMPLICIT_JOB)):
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


def _under_way(instance: dg.DagsterInstance, job_names: Sequence[str]) -> bool:
    """Whether a run of one of these jobs is queued or running."""
    runs = instance.get_runs(dg.RunsFilter(statuses=list(UNDER_WAY)))
    return any(run.job_name in job_names for run in runs)
