"""Odd dated files, in two feeds of the CRM that exist for them: form, names, records, days, truncation."""

import gzip
from datetime import timedelta
from typing import Any

from heap_assets.sample.chaos.bucket import ChaosBucket
from heap_assets.sample.chaos.model import LOOK_ALIKES, Chaos, Expected

CONTACTS, SEGMENTS = "crm/contacts", "crm/segments"
FEEDS = """\
  - source: CRM
    feed: Contacts
    delivery: files
    pattern: "contacts/contacts_{yyyy}-{MM}-{dd}*.csv"
    primary_key: [contact_id]
    error_threshold: 60
    fields: {score: {type: integer}}
  - source: CRM
    feed: Segments
    delivery: files
    pattern: "segments/segments_{yyyy}-{MM}-{dd}*.csv"
    load: truncate_and_upsert
    primary_key: [segment_id]
"""
HEAD = "contact_id,name,note,score\n"
TEXTS = (
    *LOOK_ALIKES,
    "12345678901234567890123",
    'said ""hi"", then',
    "two\nlines",
    "é漢",
)

Row = dict[str, Any]


def plant(bucket: ChaosBucket, chaos: Chaos) -> None:
    """Plant all traps of this module."""
    chaos.feeds = FEEDS
    rows = chaos.rows["CRM:Contacts"] = []
    rows += odd_texts(bucket, chaos)
    rows += forms(bucket, chaos)
    rows += bad_records(bucket, chaos)
    rows += headers(bucket, chaos)
    rows += days_and_names(bucket, chaos)
    refused_files(bucket, chaos)
    near_misses(bucket, chaos)
    truncation(bucket, chaos)


def key_of(bucket: ChaosBucket, day: int, behind: str = "", feed: str = "contacts") -> str:
    """Return the key of a file of a day of the sample."""
    return f"{feed}/{feed}_{bucket.world.first_day + timedelta(days=day):%Y-%m-%d}{behind}.csv"


def contact(
    contact_id: str, name: str | None = None, note: str | None = None, score: int | None = None, **more: Any
) -> Row:
    """Return a contact as its domain table shows it."""
    return {"contact_id": contact_id, "name": name, "note": note, "score": score, "colour": None, **more}


def file(bucket: ChaosBucket, day: int, behind: str, content: str | bytes) -> str:
    """Write a file of contacts and return its key."""
    return bucket.put(key_of(bucket, day, behind), content.encode() if isinstance(content, str) else content)


def of(key: str, status: str = "landed", code: str | None = None, **more: Any) -> tuple[Expected, ...]:
    """Return what is expected of a file of contacts."""
    return (Expected(CONTACTS, key, status, code, **more),)


def odd_texts(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T54, T55, T62: texts that look like something else, empty text and null, quotes, newlines."""
    lines = [f't{place},"{text}",,{place}\n' for place, text in enumerate(TEXTS)]
    lines += ['e1,"",,\n', 'e2,,"",9007199254740993\n']
    key = file(bucket, 0, "", HEAD + "".join(lines))
    for trap, what in (
        ("T54", "texts that look like something else"),
        ("T55", "empty text and null"),
        ("T62", "quotes, newlines"),
    ):
        chaos.add(trap, what, key, deliveries=of(key))
    rows = [contact(f"t{place}", text.replace('""', '"'), None, place) for place, text in enumerate(TEXTS)]
    return [*rows, contact("e1", ""), contact("e2", None, "", 9007199254740993)]


def forms(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T57 to T60: encodings, line endings, packing, files without rows."""
    text = HEAD + "{0},Ann,é,1\n{0}b,Bob,,2\n"
    marked = {
        "bom": text.format("bom").encode("utf-8-sig"),
        "utf16": text.format("utf16").encode("utf-16"),
        "crlf": text.format("crlf").replace("\n", "\r\n").encode(),
        "cr": text.format("cr").replace("\n", "\r").rstrip("\r").encode(),
        "mixed": text.format("mixed").replace("\n", "\r\n", 1).encode(),
    }
    rows = []
    for name, content in marked.items():
        key = file(bucket, 1, f"_{name}", content)
        chaos.add("T59", f"a file in another form: {name}", key, deliveries=of(key))
        rows += [contact(name, "Ann", "é", 1), contact(f"{name}b", "Bob", None, 2)]
    halves = text.format("gz").encode()
    content = gzip.compress(halves[:20], mtime=0) + gzip.compress(halves[20:], mtime=0)
    key = file(bucket, 1, "_members", content)
    chaos.add("T60", "gzip in two members, without its suffix", key, deliveries=of(key))
    for trap, name, nothing in (("T57", "header", HEAD), ("T58", "nothing", ""), ("T58", "newlines", "\n\r\n\n")):
        key = file(bucket, 1, f"_{name}", nothing)
        chaos.add(trap, f"a file without rows: {name}", key, deliveries=of(key))
    return [*rows, contact("gz", "Ann", "é", 1), contact("gzb", "Bob", None, 2)]


def bad_records(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T51, T62, T63: records that are not of the header's width, without a key, or not of a field's type."""
    good = "".join(f"b{place},Ann,,1\n" for place in range(8))
    for trap, what, lines, reason in (
        ("T63", "records with too few fields", "x1\nx2,Ann\n", "too-few-fields"),
        ("T63", "records with too many fields", "x3,Ann,,1,1\nx4,Ann,,1,,1\n", "too-many-fields"),
        ("T51", "records without a key", ",Ann,,1\n,Bob,,2\n", "null-in-key"),
        ("T31", "values that are none of their type", "x5,Ann,,one\nx6,Ann,,1.5\n", "not-of-its-type"),
        ("T62", "text behind a closing quote", 'x7,"Ann"a,,1\nx8,"Ann"-"B",,1\n', "unquoted-value"),
    ):
        key = file(bucket, 2, f"_{trap}_{reason}", HEAD + good + lines)
        chaos.add(trap, what, key, deliveries=of(key, quarantined=2, reason=reason), absent=(("CRM:Contacts", "x1"),))
    return [contact(f"b{place}", "Ann", None, 1) for place in range(8)]


def headers(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T64: columns in another order and case, one more, one less."""
    key = file(bucket, 3, "_columns", "Colour,SCORE,Contact_ID,name\nred,5,h1,Ann\n,,h2,Bob\n")
    chaos.add("T64", "columns in another order and case, a new one, one that is missing", key, deliveries=of(key))
    return [contact("h1", "Ann", None, 5, colour="red"), contact("h2", "Bob")]


def days_and_names(bucket: ChaosBucket, chaos: Chaos) -> list[Row]:
    """T66, T67: two files of a day, and a file of an older day that comes after a newer one."""
    parts = [file(bucket, 4, f"_part{number}", f"{HEAD}d1,part {number},,\nd2-{number},,,\n") for number in (2, 10, 1)]
    chaos.add(
        "T66", "three files of one day: the greatest name wins", *parts, deliveries=tuple(of(key)[0] for key in parts)
    )
    newer = file(bucket, 5, "_a", HEAD + "l1,newer,,\n")
    late = file(bucket, 4, "_late", HEAD + "l1,older,,\nl2,older,,\n")
    chaos.add("T67", "a file of an older day comes later", newer, late, deliveries=(*of(newer), *of(late)))
    rows = [contact("d1", "part 2"), *(contact(f"d2-{number}") for number in (1, 2, 10))]
    return [*rows, contact("l1", "newer"), contact("l2", "older")]


def refused_files(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T60 to T64: what cannot be read whole, of which not even the good records land."""
    good = HEAD + "refused,Ann,,1\n"
    packed = gzip.compress(good.encode() * 50, mtime=0)
    for trap, what, behind, content, code in (
        ("T60", "gzip that is cut", "_cut", packed[:-12], "HA-3001"),
        ("T60", "gzip with a wrong checksum", "_crc", packed[:-8] + bytes(8), "HA-3001"),
        ("T61", "another delimiter", "_semicolon", good.replace(",", ";").encode(), "HA-3007"),
        ("T62", "a quote that is never closed", "_quote", (good + 'refused,"Ann,,2\n').encode(), "HA-3002"),
        ("T64", "a name twice in the header", "_twice", (HEAD[:-1] + ",Name\nrefused,,,,\n").encode(), "HA-3002"),
        ("T64", "a column without a name", "_blank", (HEAD[:-1] + ",\nrefused,,,,\n").encode(), "HA-3002"),
        ("T63", "more bad records than allowed", "_threshold", (good + "x\n" * 3).encode(), "HA-3005"),
    ):
        key = file(bucket, 6, behind, content)
        chaos.add(trap, what, key, deliveries=of(key, "refused", code), absent=(("CRM:Contacts", "refused"),))


def near_misses(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T65: names that are almost those of the feed."""
    year = bucket.world.first_day.year
    names = [f"contacts_{year}-02-30.csv", f"contacts_{year}-2-3.csv", f"contacts_{year % 100:02d}-02-03.csv"]
    names += [f"contacts_{year}-02-03.csv.tmp", f"Contacts_{year}-02-03.csv", f"old/contacts_{year}-02-03.csv"]
    keys = [bucket.put(f"contacts/{name}", (HEAD + "nearly,Ann,,1\n").encode()) for name in names]
    chaos.add("T65", "names that nearly match", *keys, no_delivery=tuple(keys), absent=(("CRM:Contacts", "nearly"),))


def truncation(bucket: ChaosBucket, chaos: Chaos) -> None:
    """T68: all files of the newest day are the table."""
    for day, behind, lines in ((0, "", "s1,old\ns2,old\n"), (1, "_a", "s2,new\ns3,new\n"), (1, "_b", "s3,newest\n")):
        bucket.put(key_of(bucket, day, behind, "segments"), f"segment_id,name\n{lines}".encode())
    first, second = ((bucket.world.first_day + timedelta(days=day)).isoformat() for day in (0, 1))
    expected = (Expected(SEGMENTS, first, "superseded"), Expected(SEGMENTS, second, "landed"))
    chaos.add("T68", "a day's files replace all that was", "segments/", deliveries=expected)
    chaos.rows["CRM:Segments"] = [{"segment_id": "s2", "name": "new"}, {"segment_id": "s3", "name": "newest"}]
