"""What a Heap Connect bucket looks like, with its traps: late, absent and full tables, rows that come twice."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

import fastavro

from heap_assets.sample import scale


def file_date(path):
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def test_every_avro_file_is_snappy_readable_and_listed_by_one_manifest(sample):
    listed = Counter(uri for each in sample.manifests() for entry in each["tables"] for uri in entry["files"])
    on_disk = {f"s3://{path.relative_to(sample.out).as_posix()}" for path in sample.bucket.rglob("*.avro")}

    assert set(listed) == on_disk
    assert set(listed.values()) == {1}
    for path in sample.bucket.rglob("*.avro"):
        with path.open("rb") as stream:
            reader = fastavro.reader(stream)
            assert reader.codec == "snappy"
            assert all(list(row) for row in reader)


def test_manifests_are_named_by_their_dump_and_say_all_that_heap_says(sample):
    for path in (sample.bucket / "manifests").iterdir():
        manifest = json.loads(path.read_text())

        assert path.name == f"sync_{manifest['dump_id']}.json"
        assert (sample.out / manifest["property_definitions"].removeprefix("s3://")).is_file()
        for entry in manifest["tables"]:
            assert isinstance(entry["incremental"], bool)
            for uri in entry["files"]:
                assert uri.startswith(f"s3://heap-rs3-acme/sync_{manifest['dump_id']}/{entry['name']}/part-")


def test_dump_ids_have_gaps_and_change_their_number_of_digits(sample):
    ids = [manifest["dump_id"] for manifest in sample.manifests()]

    assert len(ids) == sample.world.days
    assert len({len(str(dump_id)) for dump_id in ids}) > 1


def test_columns_of_the_manifest_are_those_of_the_files(sample):
    widths = {"sessions": 27, "pageviews": 33, "user_migrations": 3}
    for table, width in widths.items():
        for _, entry in sample.entries(table):
            assert len(entry["columns"]) == width
            assert all(list(row) == entry["columns"] for row in sample.rows(entry)[:1])


def test_a_user_property_appears_in_the_middle_of_the_sample(sample):
    widths = [len(entry["columns"]) for _, entry in sample.entries("users")]

    assert set(widths) == {6 + 11, 6 + 12}
    assert widths == sorted(widths)
    for _, entry in sample.entries("users"):
        assert all(list(row) == entry["columns"] for row in sample.rows(entry)[:1])


def test_one_manifest_is_later_than_that_of_a_greater_dump(sample):
    moments = [
        (sample.bucket / "manifests" / f"sync_{each['dump_id']}.json").stat().st_mtime for each in sample.manifests()
    ]

    late = [day for day in range(len(moments) - 1) if moments[day] > moments[day + 1]]
    assert late == [each["day"] for each in sample.summary.dumps if each["late"]]
    assert len(late) == 1


def test_parts_are_older_than_their_manifest_and_file_dates_are_those_of_the_summary(sample):
    for described in sample.summary.dumps:
        manifest = sample.bucket / "manifests" / f"sync_{described['dump_id']}.json"
        parts = (sample.bucket / f"sync_{described['dump_id']}").rglob("*.avro")

        assert file_date(manifest).isoformat() == described["file_date"]
        assert all(part.stat().st_mtime < manifest.stat().st_mtime for part in parts)


def test_a_table_is_absent_from_some_dump_and_its_rows_come_later(sample):
    absent = {each["dump_id"]: each["absent"] for each in sample.summary.dumps if each["absent"]}

    assert absent
    for manifest in sample.manifests():
        missing = {"users", "sessions", "pageviews", "user_migrations"} - {
            entry["name"] for entry in manifest["tables"]
        }
        assert missing == ({absent[manifest["dump_id"]]} if manifest["dump_id"] in absent else set())


def test_user_migrations_come_in_full_every_time(sample):
    sizes = [len(sample.rows(entry)) for _, entry in sample.entries("user_migrations")]

    assert not any(entry["incremental"] for _, entry in sample.entries("user_migrations"))
    assert sizes == sorted(sizes)
    assert sizes[-1] == sample.summary.domain_rows["Heap:UserMigrations"]


def test_the_full_copy_holds_all_events_so_far_and_voids_no_truth(sample):
    entries = sample.entries("pageviews")
    (full,) = [place for place, (_, entry) in enumerate(entries) if not entry["incremental"]]
    copied = {row["event_id"] for row in sample.rows(entries[full][1])}

    earlier = {row["event_id"] for _, entry in entries[:full] for row in sample.rows(entry)}
    assert earlier <= copied
    assert earlier


def test_rows_come_twice_with_the_same_content(sample):
    counted = Counter(tuple(row.values()) for _, entry in sample.entries("sessions") for row in sample.rows(entry))

    assert set(counted.values()) == {1, 2}


def test_users_are_sent_again_with_a_newer_last_modified(sample):
    sent: dict[int, set[int]] = {}
    for _, entry in sample.entries("users"):
        for row in sample.rows(entry):
            sent.setdefault(row["user_id"], set()).add(row["last_modified"])

    assert any(len(moments) > 1 for moments in sent.values())


def test_times_are_text_in_events_and_microseconds_in_users(sample):
    shape = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?")

    assert all(shape.fullmatch(row["time"]) for row in sample.live("pageviews").values())
    first = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1e6)
    days = sample.world.days * 86_400 * 1_000_000
    assert all(first <= row["joindate"] < first + days for row in sample.live("users").values())


def test_ids_are_integers_within_the_limit(sample):
    for user_id, event_id in sample.live("pageviews"):
        assert type(user_id) is type(event_id) is int
        assert 0 <= user_id < 2**53
        assert 0 <= event_id < 2**53


def test_half_of_the_custom_properties_are_nearly_empty(sample):
    users = list(sample.live("users").values())
    custom = list(max(users, key=len))[6:]
    anonymous = [row for row in users if row["identity"] is None]

    assert sum(all(row.get(name) is None for row in anonymous) for name in custom) >= 6


def test_the_three_scales_are_a_small_a_middle_and_a_large_world():
    assert scale("s").users < scale("m").users < scale("l").users
