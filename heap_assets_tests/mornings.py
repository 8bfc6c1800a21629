"""A morning on which much goes wrong at once: four dumps and two CRM files behind a finished sample, and how they are mended.

Names, e-mails and phones in it are marked, so that a test can look for them where nothing personal may ever stand.
"""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.worlds import SampleWorld

MARKS = ("planted-secret", "Plantedname", "5550199887")
"""What every planted e-mail, name and phone contains."""

CUT, MISSING, UNREADABLE, FOREIGN = 9_000_001, 9_000_002, 9_000_003, 9_000_004
CRM_GOOD, CRM_BAD = "crm/customers_2026-10-08.csv.gz", "crm/customers_2026-10-09.csv.gz"
CUT_KEY = f"sync_{CUT}/pageviews/part-00000.avro"
MISSING_KEY = f"sync_{MISSING}/sessions/part-00000.avro"
_HEADER = "customer_id,first_name,last_name,suffix,email,phone,address,city,state,postal,birthdate,gender,loyalty_id,updated_at"


def day(number: int) -> datetime:
    """Two in the morning of a day of October."""
    return datetime(2026, 10, number, 2, tzinfo=UTC)


def user(user_id: int) -> dict[str, Any]:
    """A user with marked personal values."""
    return {
        "user_id": user_id,
        "identity": f"planted-secret-{user_id}",
        "email": f"u{user_id}@planted-secret.example",
        "last_modified": 1_790_000_000_000_000 + user_id,
        "first_name": "Plantedname",
        "phone": "5550199887",
    }


def view(user_id: int, event_id: int) -> dict[str, Any]:
    """A page seen."""
    return {"user_id": user_id, "event_id": event_id, "time": "2026-10-07 10:00:00", "path": "/planted-secret"}


def customer(customer_id: str, **changed: str) -> str:
    """One line of the CRM's file."""
    row = dict.fromkeys(_HEADER.split(","), "") | {
        "customer_id": customer_id,
        "first_name": "Plantedname",
        "last_name": "Smith",
        "email": f"{customer_id}@planted-secret.example",
        "phone": "555-019-9887",
        "updated_at": "2026-10-08 01:00:00",
        **changed,
    }
    return ",".join(row.values())


def break_morning(world: SampleWorld) -> None:
    """Deliver the morning's dumps and files, broken as they came."""
    bucket = BucketBuilder(world.folder)
    deliver(bucket)
    whole = (bucket.root / CUT_KEY).read_bytes()
    bucket.put(CUT_KEY, whole[: len(whole) // 2], day(8))
    bucket.remove(MISSING_KEY)
    bucket.put(
        f"manifests/sync_{UNREADABLE}.json", b'{"dump_id": 9000003, "tables": [{"name": "planted-secret@x', day(10)
    )
    users = {"name": "users", "incremental": True, "columns": [], "files": ["s3://somebody-else/users/part-0.avro"]}
    pageviews = bucket.uri(f"sync_{FOREIGN}/pageviews/part-00000.avro")
    views = {"name": "pageviews", "incremental": True, "columns": [], "files": [pageviews]}
    bucket.manifest(FOREIGN, [users, views], day(11))
    lines = [
        _HEADER,
        customer("good-1"),
        "ragged@planted-secret.example,Plantedname",
        customer("bad-1", birthdate="5550199887"),
    ]
    bucket.put(CRM_GOOD, gzip.compress("\n".join(lines).encode() + b"\n", mtime=0), day(9))
    bucket.put(CRM_BAD, gzip.compress(b"x" * 4000, mtime=0)[:-9] + b"planted-secret@x.example", day(10))


def mend_morning(world: SampleWorld) -> None:
    """Deliver everything again as it should have come."""
    deliver(BucketBuilder(world.folder), later=1)


def deliver(bucket: BucketBuilder, later: int = 0) -> None:
    """The morning without a fault; `later` are the seconds after which it comes."""
    users, views = [user(5), user(6)], [view(5, 50), view(6, 60)]
    seconds = {number: day(number).replace(second=later) for number in (8, 9, 10, 11)}
    bucket.dump(CUT, modified=seconds[8], users=users, pageviews=views)
    bucket.dump(MISSING, modified=seconds[9], users=[user(7)], sessions=[session(7)], pageviews=[view(7, 70)])
    bucket.dump(UNREADABLE, modified=seconds[10], users=[user(8)])
    bucket.dump(FOREIGN, modified=seconds[11], users=[user(9)], pageviews=[view(9, 90)])
    for key, number, name in ((CRM_GOOD, 8, "good-1"), (CRM_BAD, 9, "good-2")):
        text = "\n".join([_HEADER, customer(name)]) + "\n"
        bucket.put(key, gzip.compress(text.encode(), mtime=0), seconds[number])


def session(user_id: int) -> dict[str, Any]:
    """A session."""
    return {"user_id": user_id, "session_id": user_id * 10, "time": "2026-10-07 10:00:00"}


def printed(output: str) -> Any:
    """What `--json` printed: stdout is one JSON document and nothing else."""
    return json.loads(output)
