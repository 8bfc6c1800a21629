"""What one look at the bucket records: each delivery once, again where its content or its reading changed (T13, T14, T22)."""

from datetime import date

import pytest

from heap_assets.bucket.arrivals import EVENTS, SCHEMA, read_arrivals
from heap_assets.bucket.discovery import discover
from heap_assets.bucket.status import Status, statuses
from heap_assets.bucket.store import FolderBucket
from heap_assets.errors import BucketUnreachable
from heap_assets.feeds.days import land_days
from heap_assets.settings import Settings
from heap_assets_tests.builders import BucketBuilder

CRM = {"source": "CRM", "feed": "C", "pattern": "crm/{yyyy}-{MM}-{dd}*.csv", "primary_key": ["id"]}


@pytest.fixture
def builder(tmp_path) -> BucketBuilder:
    return BucketBuilder(tmp_path)


def look(builder: BucketBuilder, settings: Settings | None = None) -> dict[tuple[str, str], Status]:
    """Look once; the status of everything known."""
    held = settings or builder.settings()
    discover(builder.bucket(), builder.lake(), held)
    return {(row.delivery.feed, row.delivery.delivery): row.status for row in statuses(builder.lake(), held)}


def test_each_table_of_a_dump_is_a_delivery(builder):
    builder.dump(9, users=[{"user_id": 1}], pageviews=[])

    assert look(builder) == {("heap/users", "9"): Status.PENDING, ("heap/pageviews", "9"): Status.PENDING}


def test_looking_again_records_nothing(builder):
    builder.dump(9, users=[{"user_id": 1}], checkout=[])
    builder.dump(10)
    builder.file("crm/2026-01-02.csv", [{"id": "1"}])
    settings = builder.settings(feeds=[CRM])
    look(builder, settings)
    version = builder.lake().open(EVENTS).version

    look(builder, settings)

    assert builder.lake().open(EVENTS).version == version


def test_t21_a_record_of_arrivals_that_was_made_and_never_written_to_is_an_empty_one(builder):
    """What a run leaves that is killed before its first append, and what another sees in between."""
    builder.lake().create(EVENTS, SCHEMA)

    assert read_arrivals(builder.lake()) == {}

    builder.dump(9, users=[{"user_id": 1}])
    assert look(builder) == {("heap/users", "9"): Status.PENDING}


def test_t14_unknown_tables_are_ignored_until_they_are_named(builder):
    builder.dump(9, users=[{"user_id": 1}], checkout=[{"user_id": 1, "event_id": 1}], _event_metadata=None)
    seen = look(builder)
    assert seen["heap/checkout", "9"] is seen["heap/_event_metadata", "9"] is Status.IGNORED

    seen = look(builder, builder.settings(event_tables=["checkout"]))

    assert seen["heap/checkout", "9"] is Status.PENDING


def test_a_change_of_how_a_feed_is_read_makes_its_deliveries_due_again(builder):
    builder.file("crm/2026-01-02.csv", [{"id": "1"}])
    look(builder, builder.settings(feeds=[CRM]))
    before = read_arrivals(builder.lake())["crm/c", "crm/2026-01-02.csv"].delivery.fingerprint

    look(builder, builder.settings(feeds=[CRM | {"fields": {"id": {"type": "integer"}}}]))
    typed = read_arrivals(builder.lake())["crm/c", "crm/2026-01-02.csv"].delivery.fingerprint
    look(builder, builder.settings(feeds=[CRM | {"fields": {"id": {"type": "integer"}}, "stitch": True}]))

    assert typed != before
    assert read_arrivals(builder.lake())["crm/c", "crm/2026-01-02.csv"].delivery.fingerprint == typed


def test_t13_a_table_that_a_dump_lacks_is_no_news_of_it(builder):
    builder.dump(9, users=[{"user_id": 1}])
    builder.dump(10, pageviews=[])

    assert ("heap/users", "10") not in look(builder)


def test_only_what_is_below_the_prefix_counts(tmp_path):
    inside = BucketBuilder(tmp_path, "heap-rs3-acme/here/now")
    outside = BucketBuilder(tmp_path, "heap-rs3-acme")
    inside.dump(9, users=[{"user_id": 1}])
    outside.dump(10, users=[{"user_id": 2}])
    inside.manifest(11, [{"name": "users", "incremental": True, "files": ["s3://heap-rs3-acme/sync_10/users/a.avro"]}])
    settings = outside.settings(source={"bucket": str(outside.root), "prefix": "here/now/"})

    assert look(outside, settings) == {("heap/users", "9"): Status.PENDING, ("heap/users", "11"): Status.REFUSED}


def test_a_copied_bucket_goes_by_the_name_that_its_manifests_use(tmp_path):
    builder = BucketBuilder(tmp_path, "original")
    builder.dump(9, users=[{"user_id": 1}])
    builder.root.rename(tmp_path / "copy")
    settings = builder.settings(source={"bucket": str(tmp_path / "copy"), "manifest_bucket": "original"})

    discover(FolderBucket(tmp_path / "copy", "copy"), builder.lake(), settings)

    assert [row.status for row in statuses(builder.lake(), settings)] == [Status.PENDING]


def test_a_listing_that_fails_proves_nothing(builder):
    builder.dump(9, users=[{"user_id": 1}])
    look(builder)
    builder.root.rename(builder.folder / "away")

    with pytest.raises(BucketUnreachable):
        look(builder)

    assert [row.status for row in statuses(builder.lake(), builder.settings())] == [Status.PENDING]


def test_a_landed_file_that_leaves_a_truncated_day_stays_part_of_it(builder):
    settings = builder.settings(feeds=[CRM | {"load": "truncate_and_upsert"}])
    for name in ("a", "b"):
        builder.file(f"crm/2026-01-02_{name}.csv", [{"id": name}])
    land_days(builder.bucket(), builder.lake(), settings, settings.feed("crm/c"), [date(2026, 1, 2)])
    builder.remove("crm/2026-01-02_a.csv")

    look(builder, settings)

    held = read_arrivals(builder.lake())["crm/c", "2026-01-02"].delivery
    assert [ref.key for ref in held.objects] == ["crm/2026-01-02_a.csv", "crm/2026-01-02_b.csv"]
