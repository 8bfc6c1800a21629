"""`heap-assets run`: what the sensors do, once, in this process.

Three Dagster runs, each started whatever became of the one before.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heap_assets.bucket.deliveries import Delivery, ObjectMeta
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.heap_connect import belongs_to_heap
from heap_assets.bucket.manifests import is_misnamed
from heap_assets.bucket.near_misses import near_misses
from heap_assets.bucket.status import TAKE_OUT, DeliveryStatus, Status, statuses
from heap_assets.cli.progress import watching
from heap_assets.cli.selection import require_selection, selected
from heap_assets.customer360.release import is_release_behind
from heap_assets.domain.fold import is_behind
from heap_assets.feeds.memory import take_memory_sparingly
from heap_assets.feeds.quarantine import QUARANTINE
from heap_assets.lake import Lake, current_release
from heap_assets.orchestration.options import RunOptions
from heap_assets.orchestration.source import open_bucket
from heap_assets.settings import Settings
from heap_assets.triggers.instance import open_instance

if TYPE_CHECKING:
    import dagster as dg

DONE, FAILED, WITH_REMARKS = 0, 1, 3
ROUNDS = 3
NOTES = 20
WARN = "WARN"
CHECK_FAILED = "DagsterAssetCheckFailedError"


@dataclass(frozen=True)
class Request:
    """What a run is asked for: file dates from (inclusive) and to (exclusive), a Dagster selection, options.

    With `only`, pairs of feed and file date, nothing else is read.
    """

    first: date | None = None
    end: date | None = None
    select: str | None = None
    options: RunOptions = field(default_factory=RunOptions)
    only: frozenset[tuple[str, date]] | None = None

    def wants(self, day: date) -> bool:
        """Whether a file date is inside the window."""
        if self.only is not None and all(day != other for _, other in self.only):
            return False
        return (self.first is None or day >= self.first) and (self.end is None or day < self.end)


@dataclass
class RunReport:
    """How a run ended: exit code, the release that is current, the Dagster runs, and what stands in the way.

    `remarks` are input that was left out (exit 3); `notes` are worth knowing and change no exit code.
    """

    exit_code: int = DONE
    release: str | None = None
    published: bool = False
    runs: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def bring_up_to_date(settings: Settings, request: Request, say: Callable[[str], None]) -> RunReport:
    """Discover, land, fold, stitch, publish.

    Where nothing is new, nothing is read or written and Dagster is not imported.
    """
    take_memory_sparingly()
    if request.select:
        require_selection(settings, request.select)
    lake = Lake(Path(settings.lake.uri))
    bucket = open_bucket(settings)
    listing = {meta.key: meta for meta in bucket.list(settings.source.root)}
    discover(bucket, lake, settings, listing=listing)
    before, began = current_release(lake), datetime.now(UTC)
    report = RunReport(notes=[*settings.warnings(), *_notes(settings, listing)])
    if _anything_to_do(lake, settings, request):
        _three_runs(lake, settings, request, report, say)
    else:
        stuck = any(row.status in (Status.FAILED, Status.REFUSED) for row in statuses(lake, settings))
        say("nothing is new" if stuck else "everything is up to date")
    _judge(lake, settings, report, began)
    release = current_release(lake)
    report.release = release.release if release else None
    report.published = release is not None and (before is None or before.release != release.release)
    return report


def _anything_to_do(lake: Lake, settings: Settings, request: Request) -> bool:
    if request.options.reread or request.options.rebuild or request.options.retrain:
        return True
    known = [row for row in statuses(lake, settings) if _has_come(row, settings)]
    if any(row.to_read and request.wants(row.delivery.file_date) for row in known):
        return True
    if request.options.skip_failed and any(row.outstanding for row in known):
        return True
    if _unshown(settings, request, known):
        return True
    specs = settings.feed_specs()
    missing = any(not lake.exists(f"feeds/{spec.name}") for spec in specs)
    stuck = any(row.status in (Status.FAILED, Status.REFUSED) for row in known)
    behind = any(is_behind(lake, spec) for spec in specs)
    return missing or behind or (not stuck and is_release_behind(lake, settings))


def _unshown(settings: Settings, request: Request, known: Sequence[DeliveryStatus]) -> bool:
    """Whether a day that reading cannot mend does not stand as failed in Dagster yet."""
    if not any(row.outstanding and not row.to_read for row in known):
        return False
    from heap_assets.triggers.days import missing_days

    with open_instance(settings) as instance:
        return any(request.wants(day) for day in missing_days(instance, settings, known))


def _three_runs(
    lake: Lake, settings: Settings, request: Request, report: RunReport, say: Callable[[str], None]
) -> None:
    import dagster as dg

    from heap_assets.definitions import build_definitions
    from heap_assets.orchestration.partitions import bounded, range_tags
    from heap_assets.triggers.days import days_of_full_copies
    from heap_assets.triggers.jobs import DOMAIN_JOB, FEEDS_JOB, RELEASE_JOB

    defs = build_definitions(settings)
    with open_instance(settings) as instance:
        runner = _Runner(dg, defs, instance, request, report, say)
        days = _days(lake, settings, request, instance)
        for _ in range(ROUNDS):
            known = statuses(lake, settings)
            with watching(_to_read(known, days, request), say):
                for first, last in chain.from_iterable(bounded(days, days_of_full_copies(settings, known))):
                    runner.run(FEEDS_JOB, f"feeds {first} to {last}", range_tags(first, last))
            days = _due(lake, settings, request) if days else []
        runner.run(DOMAIN_JOB, "domain tables", {})
        runner.run(RELEASE_JOB, "Stitch, customer 360, release", {})


def _days(lake: Lake, settings: Settings, request: Request, instance: "dg.DagsterInstance") -> list[date]:
    """File dates to materialise: those with something to read, and the gaps up to the newest day delivered.

    Where nothing was delivered at all the first day is, so that every table is there, empty.
    """
    from heap_assets.triggers.days import missing_days

    known = [row for row in statuses(lake, settings) if _has_come(row, settings)]
    asked = {row.delivery.file_date for row in known if _tried(row, request)}
    asked |= missing_days(instance, settings, known)
    delivered = any(row.status is not Status.IGNORED for row in known)
    if not delivered and settings.start_date <= settings.today():
        asked = {settings.start_date}
    return sorted(day for day in asked if request.wants(day))


def _due(lake: Lake, settings: Settings, request: Request) -> list[date]:
    """File dates that became due by what was just done: a full copy was taken out, and what it had replaced counts."""
    known = [row for row in statuses(lake, settings) if row.status is Status.PENDING and _has_come(row, settings)]
    return sorted({row.delivery.file_date for row in known if request.wants(row.delivery.file_date)})


def _to_read(known: Sequence[DeliveryStatus], days: Collection[date], request: Request) -> list[Delivery]:
    """What runs over these days will read, for the progress shown; what a full copy among it voids is left out."""
    asked = set(days)
    rows = [row for row in known if row.delivery.file_date in asked and _tried(row, request) and row.reason != TAKE_OUT]
    latest = {row.delivery.feed: number for number, row in enumerate(rows) if row.delivery.full}
    return [row.delivery for number, row in enumerate(rows) if number >= latest.get(row.delivery.feed, 0)]


def _has_come(row: DeliveryStatus, settings: Settings) -> bool:
    return settings.start_date <= row.delivery.file_date <= settings.today()


def _tried(row: DeliveryStatus, request: Request) -> bool:
    options = request.options
    anew = row.status in (Status.LANDED, Status.REFUSED) and (options.reread or options.rebuild)
    return row.to_read or anew or (options.skip_failed and row.outstanding)


@dataclass
class _Runner:
    dagster: Any
    defs: "dg.Definitions"
    instance: "dg.DagsterInstance"
    request: Request
    report: RunReport
    say: Callable[[str], None]

    def run(self, job_name: str, told: str, tags: dict[str, str]) -> None:
        """One Dagster run in this process; what fails is told and remembered."""
        chosen = self._chosen(job_name)
        if not chosen:
            return
        self.say(f"{told} …")
        result = self.defs.resolve_job_def(job_name).execute_in_process(
            instance=self.instance,
            asset_selection=chosen,
            raise_on_error=False,
            tags={**tags, **self.request.options.tags()},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        self.report.runs.append({"job": job_name, "run_id": result.run_id, "success": result.success})
        self.report.notes += _warnings(result)
        if not result.success:
            self.report.errors += [f"{told}: {line}" for line in _failures(result)]

    def _chosen(self, job_name: str) -> list[Any]:
        job = self.defs.resolve_job_def(job_name)
        keys = set(job.asset_layer.executable_asset_keys)
        if self.request.select:
            keys &= selected(self.defs, self.request.select)
        if self.request.only is not None:
            feeds = {self.dagster.AssetKey(feed.split("/")) for feed, _ in self.request.only}
            others = {key for key in keys if self.defs.get_assets_def(key).group_names_by_key[key] == "feeds"} - feeds
            keys -= others
        return sorted(keys)


def _failures(result: Any) -> Sequence[str]:
    lines = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause or error
            if cause.cls_name == CHECK_FAILED:  # the check itself says more, below
                continue
            lines.append(f"{event.step_key}: {' '.join(cause.message.split())}")
    for e in result.get_asset_check_evaluations():
        if not e.passed and e.severity.value != WARN:
            told = f": {e.description}" if e.description else ""
            lines.append(f"check {e.check_name} of {e.asset_key.to_user_string()} failed{told}")
    return lines


def _warnings(result: Any) -> Iterator[str]:
    """What checks warn of, such as drift: worth a line, and no failure."""
    for e in result.get_asset_check_evaluations():
        if not e.passed and e.severity.value == WARN and e.description:
            yield e.description


def _judge(lake: Lake, settings: Settings, report: RunReport, began: datetime) -> None:
    """Errors, remarks and exit code; what failed outside of the window asked for holds the release back too."""
    known = statuses(lake, settings)
    stuck = [row for row in known if row.status in (Status.FAILED, Status.REFUSED)]
    told = [f"{row.delivery.feed} {row.delivery.delivery} is {row.status}: {row.reason}" for row in stuck]
    report.errors = told + [line for line in report.errors if not _said_by(line, stuck)]
    skipped = [row for row in known if row.status in (Status.SKIPPED, Status.EXCLUDED)]
    report.remarks = [f"{row.delivery.feed} {row.delivery.delivery} is {row.status}: {row.reason}" for row in skipped]
    fresh = [row for row in known if row.arrival.last_event is not None and row.arrival.last_event >= began]
    remarked = [row for row in fresh if row.status is Status.LANDED and row.reason]
    report.notes += [f"{row.delivery.feed} {row.delivery.delivery}: {row.reason}" for row in remarked]
    quarantine = lake.find(QUARANTINE)
    if quarantine is not None and quarantine.rows:
        rows = "1 row is" if quarantine.rows == 1 else f"{quarantine.rows:,} rows are"
        report.remarks.append(f"{rows} quarantined: heap-assets quarantine list")
    if report.errors or any(not run["success"] for run in report.runs):
        report.exit_code = FAILED
    elif report.remarks:
        report.exit_code = WITH_REMARKS


def _notes(settings: Settings, listing: Mapping[str, ObjectMeta]) -> list[str]:
    """Misnamed manifests, and near misses of a pattern: what a feed was perhaps meant to take (interfaces.md 6)."""
    specs, root = settings.feed_specs(), settings.source.root
    heap = any(spec.delivery == "heap_connect" for spec in specs)
    keys = sorted(key for key in listing if not (heap and belongs_to_heap(key, root)))
    misnamed = sorted(key for key in listing if heap and is_misnamed(key, root))
    told = [f"{key} is no manifest by its name, which is manifests/sync_N.json" for key in misnamed]
    told += [str(found) for found in near_misses(specs, root, keys)]
    more = [f"{len(told) - NOTES} more names almost match a pattern: heap-assets browse"] if len(told) > NOTES else []
    return told[:NOTES] + more


def _said_by(line: str, stuck: Sequence[DeliveryStatus]) -> bool:
    return any(row.reason and row.reason in line for row in stuck)
