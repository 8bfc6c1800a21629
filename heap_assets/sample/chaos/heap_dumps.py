"""Traps in Heap's own four tables: order, manifests, damaged parts, migrations. Every row in them has come before."""

from typing import Any

from heap_assets.sample.chaos.bucket import ChaosBucket, avro, entry, header_bytes, record
from heap_assets.sample.chaos.model import Chaos, Expected
from heap_assets.sample.draws import hex_name, singles
from heap_assets.sample.dumps import BUCKET

FEEDS = (
    "heap/users",
    "heap/sessions",
    "heap/pageviews",
    "heap/user_migrations",
    "heap/promo_clicked",
    "heap/banner_seen",
)
"""Feeds that fail together where a manifest is no good."""


def plant(bucket: ChaosBucket, chaos: Chaos) -> None:
    """Plant all traps of this module."""
    shuffled_names(bucket, chaos)
    migrations(bucket, chaos)
    late_and_low(bucket, chaos)
    missing_and_unlisted(bucket, chaos)
    damaged_parts(bucket, chaos)
    manifests_that_are_none(bucket, chaos)
    addresses(bucket, chaos)
    rows_again(bucket, chaos)


def of(feed: str, dump: int, status: str, code: str | None = None, **more: Any) -> Expected:
    """Return what is expected of a Heap table in a dump."""
    return Expected(f"heap/{feed}", str(dump), status, code, **more)


def shuffled_names(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T01: parts of the first dump under names that are only hexadecimal, so that no listing is in their order."""
    dump = bucket.dumps[0]
    document = bucket.read_manifest(dump)
    for table in document["tables"]:
        if table["name"] not in ("sessions", "pageviews"):
            continue
        moved = []
        for uri in table["files"]:
            key = uri.removeprefix(f"s3://{BUCKET}/")
            new = f"{key.rpartition('/')[0]}/{hex_name('shuffled', key)}.avro"
            (bucket.folder / key).rename(bucket.folder / new)
            moved.append(f"s3://{BUCKET}/{new}")
        table["files"] = moved
    bucket.rewrite_manifest(dump, document)
    chaos.add(
        "T01",
        "parts whose names say nothing of their order",
        f"manifests/sync_{dump}.json",
        deliveries=(of("sessions", dump, "landed"),),
    )


def migrations(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T42 to T45: a chain written backwards, a self loop, cycles, one id given twice; none of the ids has a user."""
    rows: list[tuple[int, int, int | None]] = [(-104, -105, 5), (-103, -104, 4), (-102, -103, 3), (-101, -102, 2)]
    rows += [(-110, -110, 1), (-120, -121, 1), (-121, -120, 1), (-131, -132, 1), (-132, -133, 1), (-133, -131, 1)]
    rows += [(-140, -141, None), (-140, -142, 2), (-140, -143, 2), (-150, -105, 1)]
    terminal = {-101: -105, -102: -105, -103: -105, -104: -105, -110: -110, -120: -121, -121: -121}
    terminal |= {-131: -133, -132: -133, -133: -133, -140: -142, -150: -105}
    dump = bucket.dumps[-1]
    schema = record({"from_user_id": "long", "to_user_id": "long", "time": ["null", "string"]})
    day = bucket.world.first_day.isoformat()
    written = [
        {"from_user_id": one, "to_user_id": other, "time": None if hour is None else f"{day} 0{hour}:00:00"}
        for one, other, hour in rows
    ]
    key = bucket.part(dump, "user_migrations", avro(schema, written), f"part-99999-{hex_name(dump)}")
    document = bucket.read_manifest(dump)
    next(each for each in document["tables"] if each["name"] == "user_migrations")["files"].append(
        f"s3://{BUCKET}/{key}"
    )
    bucket.rewrite_manifest(dump, document)
    chaos.resolved |= {str(one): str(other) for one, other in terminal.items()}
    for trap, what in (
        ("T42", "a chain of four, written backwards"),
        ("T43", "a self loop and cycles of two and three"),
        ("T44", "an id with three targets: the latest time, then the greatest target wins"),
        ("T45", "targets without a user"),
    ):
        chaos.add(trap, what, key, deliveries=(of("user_migrations", dump, "landed"),))


def late_and_low(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T02, T04: a dump of one digit that comes last of all, with older content of rows that came since."""
    dump, tables, world = 9, [], bucket.world
    replaced: dict[str, dict[str, Any]] = {"users": {"last_modified": 1, "email": "stale@mail.example"}}
    replaced["sessions"] = {"country": "Atlantis"}
    for table in ("users", "sessions", "pageviews"):
        schema, rows = bucket.newest(table)
        stale = [row | replaced.get(table, {}) for row in rows]
        tables.append(entry(table, bucket.part(dump, table, avro(schema, stale))))
    key = bucket.manifest(dump, *tables)
    whole = world.full_copy_table if any(_is_full(bucket, each, world.full_copy_table) for each in bucket.dumps) else ""
    expected = tuple(
        of(each, dump, "superseded" if each == whole else "landed") for each in ("users", "sessions", "pageviews")
    )
    for trap in ("T02", "T04"):
        chaos.add(trap, "the lowest dump comes last, with older content", key, deliveries=expected)


def _is_full(bucket: ChaosBucket, dump: int, table: str) -> bool:
    return any(each["name"] == table and not each["incremental"] for each in bucket.read_manifest(dump)["tables"])


def missing_and_unlisted(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T03, T05, T06, T07, T14: what a manifest lists and is not there, and the reverse."""
    schema, rows = bucket.newest("users")
    ghost = [rows[0] | {"user_id": -999}]
    dump = bucket.next_dump()
    absent = f"sync_{dump}/sessions/part-00000-gone.avro"
    users = bucket.part(dump, "users", avro(schema, rows))
    key = bucket.manifest(dump, entry("users", users), entry("sessions", absent), entry("never_heard_of", users))
    chaos.add(
        "T06",
        "a listed part is missing",
        key,
        absent,
        deliveries=(of("users", dump, "landed"), of("sessions", dump, "failed", "HA-2002")),
    )
    chaos.add("T14", "a table that no feed takes", key, deliveries=(of("never_heard_of", dump, "ignored"),))
    extra = bucket.part(dump, "users", avro(schema, ghost), "part-00777-unlisted")
    chaos.add("T07", "a part that no manifest lists", extra, absent=(("Heap:Users", "-999"),))
    alone = bucket.next_dump()
    part = bucket.part(alone, "users", avro(schema, ghost))
    chaos.add("T05", "a folder without a manifest", part, no_delivery=(str(alone),), absent=(("Heap:Users", "-999"),))
    chaos.add("T03", "ids have gaps", "manifests/", no_delivery=(str(bucket.dumps[-1] - 1),))


def damaged_parts(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T24 to T27: no rows, no bytes, cut, one bit flipped."""
    dump = bucket.next_dump()
    (users, user_rows), (sessions, session_rows), (views, view_rows) = map(
        bucket.newest, ("users", "sessions", "pageviews")
    )
    whole = avro(users, user_rows)
    place = header_bytes(whole) + (len(whole) - header_bytes(whole)) // 2
    flipped = bytearray(whole)
    flipped[place] ^= 1 << singles(bucket.world, "flip").randrange(8)
    cut = avro(sessions, session_rows)[:-40]
    keys = [
        bucket.part(dump, "users", bytes(flipped)),
        bucket.part(dump, "sessions", cut),
        bucket.part(dump, "pageviews", avro(views, view_rows)),
        bucket.part(dump, "pageviews", b""),
    ]
    key = bucket.manifest(dump, entry("users", keys[0]), entry("sessions", keys[1]), entry("pageviews", *keys[2:]))
    for trap, what, table, code in (
        ("T27", "one bit of a snappy block is flipped", "users", "HA-3001"),
        ("T26", "a part is cut in its last block", "sessions", "HA-3001"),
        ("T25", "a part has no bytes, the other is good", "pageviews", "HA-3002"),
    ):
        chaos.add(trap, what, key, deliveries=(of(table, dump, "refused", code),))
    dump = bucket.next_dump()
    empty = bucket.part(dump, "pageviews", avro(views, []))
    key = bucket.manifest(dump, entry("pageviews", empty))
    chaos.add("T24", "a part without rows", key, deliveries=(of("pageviews", dump, "landed"),))


def manifests_that_are_none(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T12, T18, T19: manifests that say too little, are cut, are two, are no manifests, or begin with a mark."""
    schema, rows = bucket.newest("users")

    def users() -> tuple[int, dict[str, Any]]:
        dump = bucket.next_dump()
        return dump, entry("users", bucket.part(dump, "users", avro(schema, rows)))

    dump, table = users()
    del table["incremental"]
    failed = tuple(Expected(feed, str(dump), "failed", "HA-2004") for feed in FEEDS)
    chaos.add("T12", "a table is neither incremental nor full", bucket.manifest(dump, table), deliveries=failed)
    dump, table = users()
    failed = tuple(Expected(feed, str(dump), "failed", "HA-2004") for feed in FEEDS)
    chaos.add("T19", "a manifest is cut", bucket.manifest(dump, table, cut=30), deliveries=failed)
    dump, table = users()
    key = bucket.manifest(dump, table, lead=b"\xef\xbb\xbf")
    chaos.add("T19", "a manifest with a byte order mark", key, deliveries=(of("users", dump, "landed"),))
    dump, table = users()
    names = (f"sync_{dump}.json.tmp", f"sync_{dump}.JSON", f"sync_x{dump}.json", "README.json")
    keys = [bucket.manifest(dump, table, name=name) for name in names]
    chaos.add("T19", "names beside manifests", *keys, no_delivery=(str(dump),))
    dump, table = users()
    keys = [bucket.manifest(dump, table), bucket.manifest(dump, table, name=f"sync_000{dump}.json")]
    refused = tuple(Expected(feed, str(dump), "refused", "HA-3003") for feed in FEEDS)
    chaos.add("T18", "two manifests of one dump", *keys, deliveries=refused)


def addresses(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T20: another bucket, another scheme, names with a blank and with a percent sign."""
    schema, rows = bucket.newest("sessions")
    dump = bucket.next_dump()
    foreign = entry("sessions", f"sync_{dump}/sessions/part-0.avro", bucket="s3://somebody-else/")
    key = bucket.manifest(dump, foreign)
    chaos.add("T20", "an address in another bucket", key, deliveries=(of("sessions", dump, "refused", "HA-3004"),))
    dump = bucket.next_dump()
    names = ("part 0 of 2", "part%201", "pärt-2")
    keys = [bucket.part(dump, "sessions", avro(schema, rows), name) for name in names]
    key = bucket.manifest(dump, entry("sessions", *keys, bucket=f"s3a://{BUCKET}/"))
    chaos.add("T20", "s3a, and names that need quoting", key, *keys, deliveries=(of("sessions", dump, "landed"),))


def rows_again(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T36, T51: the same rows twice in a dump, and rows without a key."""
    schema, rows = bucket.newest("pageviews")
    dump = bucket.next_dump()
    keys = [bucket.part(dump, "pageviews", avro(schema, rows)) for _ in range(2)]
    sessions, session_rows = bucket.newest("sessions")
    nulls = [row | {"session_id": None} for row in session_rows[:2]]
    keyless = bucket.part(dump, "sessions", avro(sessions, [*session_rows[2:], *nulls]))
    key = bucket.manifest(dump, entry("pageviews", *keys), entry("sessions", keyless))
    chaos.add(
        "T36",
        "the same rows in two parts of a dump and in an earlier dump",
        key,
        deliveries=(of("pageviews", dump, "landed"),),
    )
    lost = of("sessions", dump, "landed", quarantined=2, reason="null-in-key")
    chaos.add("T51", "two rows without a session_id", keyless, deliveries=(lost,))
