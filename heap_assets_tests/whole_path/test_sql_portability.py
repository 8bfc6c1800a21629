"""SQL is written once: every statement of a whole run, first and incremental, can be written for Spark (architecture.md 8)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from heap_assets.customer360.release import build_release
from heap_assets.domain.fold import domain_table, fold
from heap_assets.domain.migrations import build_resolved_users
from heap_assets.engine import Engine
from heap_assets.feeds.days import land_days
from heap_assets.settings import Settings
from heap_assets_tests.builders import BucketBuilder

SUPPLIED = {"damerau_levenshtein", "epoch_us", "hash", "make_timestamptz", "strip_accents", "try_strptime"}
"""Functions that Spark has not: its engine would have to register them. No further one without a reason.

`hash` is one of 64 bits, xxhash64 there: blocking keys as numbers cost a third less than as text. Which hash it is shows
in nothing but the names of blocks of records with several e-mails or phones.
"""

SCAN = re.compile(r"read_parquet\(.*?hive_partitioning = false\)", re.DOTALL)
"""How the DuckDB engine reads files; binding names to files is each engine's own business."""

FEED = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "last_updated": "updated",
    "stitch": True,
    "fields": {
        "updated": {"type": "datetime"},
        "visits": {"type": "integer"},
        "spent": {"type": "float"},
        "member": {"type": "boolean"},
        "since": {"type": "date", "format": "dd/MM/yyyy"},
        "born": {"type": "date"},
    },
    "semantics": {
        "id": ["ck", "fk-customer-id"],
        "email": "email",
        "mail2": "email",
        "tel": "phone",
        "full": "full-name",
        "street": "address",
        "land": "country",
        "born": "birthdate",
        "job": "occupation",
    },
}


FOREIGN = {"id": "b", "email": "info@b.org", "mail2": "b@b.org", "tel": "+49 30 901820", "full": "Zoë Núñez"}
FOREIGN |= {"street": "Hauptstraße 5", "land": "Österreich", "job": "Köchin"}


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Every statement that went through an engine while a bucket was landed, folded and released, twice."""
    bucket = BucketBuilder(tmp_path_factory.mktemp("bucket"))
    settings = bucket.settings(feeds=[FEED], stitch={"compare": {"occupation": "text"}})
    heard: dict[str, None] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("rows", 1), ("stream", 1), ("value", 1), ("keep", 2), ("define", 2)):
            patch.setattr(Engine, name, _overheard(getattr(Engine, name), place, heard))
        _deliver(bucket, 2, [{"id": "a", "email": "a@b.org", "visits": "5.0", "member": "yes"}, FOREIGN])
        _run(bucket, settings)
        _deliver(bucket, 3, [{"id": "a", "email": "a@b.org", "updated": "2026-01-03", "since": "01/02/2026"}])
        _run(bucket, settings)
    yield list(heard)


def _overheard(method, place, heard):
    def listening(*arguments, **named):
        heard.setdefault(arguments[place])
        return method(*arguments, **named)

    return listening


def _deliver(bucket: BucketBuilder, day: int, customers: list[dict[str, str]]) -> None:
    bucket.dump(
        day,
        modified=datetime(2026, 1, day, 6, tzinfo=UTC),
        users=[{"user_id": 1, "email": f"{day}@b.org", "last_modified": day}, {"user_id": day, "last_modified": 1}],
        pageviews=[{"user_id": 1, "event_id": 1, "time": "2026-01-01 10:00:00 UTC"}],
        sessions=[{"user_id": 1, "session_id": day, "time": "2026-01-01T10:00:00.5Z"}],
        user_migrations=[{"from_user_id": 3, "to_user_id": 1, "time": None}],
    )
    bucket.file(f"crm/2026-01-{day:02d}.csv", customers, [*FEED["fields"], *FOREIGN])


def _run(bucket: BucketBuilder, settings: Settings) -> None:
    lake = bucket.lake()
    for spec in settings.feed_specs():
        land_days(bucket.bucket(), lake, settings, spec, [date(2026, 1, day) for day in (2, 3)])
        fold(lake, spec)
    build_resolved_users(lake, lake.find(domain_table(settings.feed("heap/user_migrations"))))
    build_release(lake, settings)


def spoken(statement: str) -> exp.Expression:
    """A statement as sqlglot reads it, with values in the places where the engine binds them."""
    return sqlglot.parse_one(re.sub(r"\$\d+|\?", "NULL", SCAN.sub("files", statement)), read="duckdb")


def test_every_statement_can_be_written_for_spark(statements: list[str]) -> None:
    failed = {}
    for statement in statements:
        try:
            spoken(statement).sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
        except sqlglot.errors.SqlglotError as error:
            failed[statement] = str(error)

    assert failed == {}


def test_only_known_functions_are_missing_in_spark(statements: list[str]) -> None:
    called = {call.name.lower() for statement in statements for call in spoken(statement).find_all(exp.Anonymous)}

    assert called <= SUPPLIED


def test_statements_of_every_stage_were_heard(statements: list[str], tmp_path: Path) -> None:
    text = "\n".join(statements)

    assert len(statements) > 40
    assert all(
        word in text for word in ("_delivered", "winners", "block_members", "registry", "best_name", "hidden_pageviews")
    )
