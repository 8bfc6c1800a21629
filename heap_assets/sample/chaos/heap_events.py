"""Odd Avro in two event tables that exist for it: columns that come, go and change, odd values, full copies."""

from typing import Any

from heap_assets.sample.chaos.bucket import ChaosBucket, avro, entry, record
from heap_assets.sample.chaos.model import LOOK_ALIKES, Chaos, Expected

TABLES = "event_tables: [promo_clicked, banner_seen]\n"
PROMO, BANNER = "heap/promo_clicked", "heap/banner_seen"
BASE = {
    "user_id": ["null", "long"],
    "event_id": ["null", "long"],
    "time": ["null", "string"],
    "label": ["null", "string"],
}
TEXTS = (
    *LOOK_ALIKES,
    "",
    None,
    "ünï 漢字 😀",
    'a "b", c\nd',
    " Ana+x@Ex.com ",
    "x" * 10_000,
)
"""Labels that some reader or other takes for something else (T54 to T56)."""
TIMES = {
    "2026-10-01 10:00:00": "2026-10-01T10:00:00+00:00",
    "2026-10-01 10:00:00.123456 UTC": "2026-10-01T10:00:00.123456+00:00",
    "2026-10-01T12:00:00+02:00": "2026-10-01T10:00:00+00:00",
    "1790848800": "2026-10-01T10:00:00+00:00",
    "1790848800000": "2026-10-01T10:00:00+00:00",
    "1790848800000000": "2026-10-01T10:00:00+00:00",
    "2100-01-01 00:00:00": "2100-01-01T00:00:00+00:00",
    "1970-01-01 00:00:01": "1970-01-01T00:00:01+00:00",
    "0": None,
    "": None,
    "Invalid date": None,
}
IDS = (2**53 - 1, 2**53 + 1, 2**63 - 1, -(2**63), -5, 0)

Row = dict[str, Any]


def plant(bucket: ChaosBucket, chaos: Chaos) -> None:
    """Plant all traps of this module."""
    chaos.event_tables = TABLES
    rows = chaos.rows["Heap:PromoClicked"] = []
    voided(bucket, chaos)
    rows += odd_values(bucket, chaos)
    rows += other_columns(bucket, chaos)
    rows += other_types(bucket, chaos)
    rows += same_keys(bucket, chaos)
    emptied(bucket, chaos)


def event(user_id: int | None, event_id: int | None, **more: Any) -> Row:
    """Return an event; what is not given is null."""
    return {"user_id": user_id, "event_id": event_id, "time": None, "label": None, **more}


def shown(row: Row, **more: Any) -> Row:
    """Return what the domain table says of a row, with every column that matters."""
    base = {"colour": None, "amount": None, "session_time": None, "mix": None, "nothing": None}
    return {**base, **row, "time": TIMES.get(row.get("time") or ""), **more}


def delivered(dump: int, status: str = "landed", feed: str = PROMO, **more: Any) -> tuple[Expected, ...]:
    """Return what is expected of one dump."""
    return (Expected(feed, str(dump), status, **more),)


def deliver(
    bucket: ChaosBucket, table: str, *parts: tuple[Any, list[Row]], incremental: bool = True
) -> tuple[int, str]:
    """Deliver a dump of one table; return its id and its manifest's key."""
    dump = bucket.next_dump()
    keys = [bucket.part(dump, table, avro(schema, rows)) for schema, rows in parts]
    return dump, bucket.manifest(dump, entry(table, *keys, incremental=incremental))


def voided(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T08, T10: an increment, and two full copies behind it; only the last counts, and what it voids is not read."""
    first, _ = deliver(bucket, "promo_clicked", (record(BASE), [event(1, 1, label="void")]))
    second, _ = deliver(bucket, "promo_clicked", (record(BASE), [event(1, 2, label="void")]), incremental=False)
    third, key = deliver(bucket, "promo_clicked", (record(BASE), [event(1, 3, label="kept")]), incremental=False)
    chaos.rows["Heap:PromoClicked"].append(shown(event(1, 3, label="kept")))
    expected = (*delivered(first, "superseded"), *delivered(second, "superseded"), *delivered(third))
    for trap in ("T08", "T10"):
        chaos.add(trap, "full copies void what is before them", key, deliveries=expected)


def odd_values(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T33, T51, T53 to T56: ids at the edges, texts, times, keys that are null."""
    rows = [event(2, place, label=text) for place, text in enumerate(TEXTS)]
    rows += [event(3, place, time=text) for place, text in enumerate(TIMES)]
    rows += [event(number, number, label=str(number)) for number in IDS]
    lost = [event(None, 1), event(4, None), event(None, None)]
    dump, key = deliver(bucket, "promo_clicked", (record(BASE), rows), (record(BASE), [*lost, event(4, 4)]))
    expected = delivered(dump, quarantined=3, reason="null-in-key")
    for trap, what in (
        ("T33", "times in every form"),
        ("T51", "keys that are null, zero and negative"),
        ("T53", "ids that no float holds"),
        ("T54", "texts that look like something else"),
        ("T55", "empty text is not null"),
        ("T56", "e-mail text stays as it is"),
    ):
        chaos.add(trap, what, key, deliveries=expected)
    return [shown(row) for row in [*rows, event(4, 4)]]


def other_columns(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T29, T32: a new column, one that is missing, another order, names that differ only by case or are ours."""
    fields = {"colour": ["null", "string"], "event_id": "long", "user_id": "long"}
    dump, key = deliver(bucket, "promo_clicked", (record(fields), [{"colour": "red", "event_id": 1, "user_id": 5}]))
    chaos.add("T29", "a new column, missing ones, another order", key, deliveries=delivered(dump))
    names = BASE | {"Label": "string", "_row": "string", "héhé " * 9: "string", "select": "string", "n" * 300: "string"}
    odd = event(5, 2, label="small") | {
        "Label": "great",
        "_row": "theirs",
        "héhé " * 9: "h",
        "select": "s",
        "n" * 300: "n",
    }
    dump, key = deliver(bucket, "promo_clicked", (record(names), [odd]))
    chaos.add("T32", "names that differ by case, are ours, long, or reserved words", key, deliveries=delivered(dump))
    kept = {name: odd[name] for name in (*BASE, "select", "n" * 300)}
    return [shown(event(5, 1), colour="red"), shown(kept)]


def other_types(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T28, T31, T34: one column an integer, a float and a boolean in turn, unions of several types, only nulls."""
    kinds: tuple[tuple[Any, Any, str], ...] = (
        ("long", 2**53 + 1, "9007199254740993"),
        (["null", "double"], 5.5, "5.5"),
        ("double", 6.0, "6"),
        ("boolean", True, "true"),
    )
    rows = []
    for place, (kind, value, text) in enumerate(kinds):
        fields = BASE | {"amount": kind}
        dump, key = deliver(bucket, "promo_clicked", (record(fields), [event(6, place, amount=value)]))
        chaos.add("T31", "a column of another type each time", key, deliveries=delivered(dump))
        rows.append(shown(event(6, place), amount=text))
    for place, (kind, value) in enumerate((("string", "12"), ("long", 12))):
        fields = BASE | {"session_time": kind}
        dump, key = deliver(bucket, "promo_clicked", (record(fields), [event(7, place, session_time=value)]))
        chaos.add("T34", "session_time as text, then as a number", key, deliveries=delivered(dump))
        rows.append(shown(event(7, place), session_time="12"))
    fields = BASE | {"mix": ["null", "long", "string", "boolean"], "nothing": "null"}
    mixed = (5, "five", True, None)
    written = [event(8, place, mix=value, nothing=None) for place, value in enumerate(mixed)]
    dump, key = deliver(bucket, "promo_clicked", (record(fields), written))
    chaos.add("T28", "a union of four types, a column of nulls", key, deliveries=delivered(dump))
    texts = ("5", "five", "true", None)
    return rows + [shown(event(8, place), mix=text) for place, text in enumerate(texts)]


def same_keys(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T36, T37: one key in two parts and in two dumps; one event_id of two users."""
    early = [event(9, 1, label="first dump"), event(9, 2, label="only")]
    first, _ = deliver(bucket, "promo_clicked", (record(BASE), early))
    later = [event(9, 1, label="first row"), event(9, 1, label="second row")]
    dump, key = deliver(
        bucket,
        "promo_clicked",
        (record(BASE), later),
        (record(BASE), [event(9, 1, label="later part"), event(10, 1, label="of another")]),
    )
    chaos.add(
        "T36", "one key four times: later dump, later part", key, deliveries=(*delivered(first), *delivered(dump))
    )
    chaos.add("T37", "one event_id of two users", key, deliveries=delivered(dump))
    return [
        shown(event(9, 1, label="later part")),
        shown(event(9, 2, label="only")),
        shown(event(10, 1, label="of another")),
    ]


def emptied(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T09: a full copy without a file empties its table."""
    first, _ = deliver(bucket, "banner_seen", (record(BASE), [event(1, 1)]))
    dump, key = deliver(bucket, "banner_seen", incremental=False)
    expected = (*delivered(first, "superseded", BANNER), *delivered(dump, feed=BANNER))
    chaos.add("T09", "a full copy without a file", key, deliveries=expected)
    chaos.rows["Heap:BannerSeen"] = []
