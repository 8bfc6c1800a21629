"""A small bucket in two ages, with all that a run may be cut off in: rejects, drift, a full copy, a withdrawal."""

from datetime import UTC, datetime
from pathlib import Path

from heap_assets.settings import Settings
from heap_assets_tests.builders import BucketBuilder

CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "last_updated": "updated",
    "semantics": {
        "id": "fk-customer-id",
        "given": "given-name",
        "family": "surname",
        "email": "email",
        "updated": "update-dt",
    },
    "stitch": True,
}
USERS = {
    "source": "Heap",
    "feed": "Users",
    "semantics": {"identity": ["ck", "fk-customer-id"]},
}


def day(number: int) -> datetime:
    """The morning of a day in January 2026."""
    return datetime(2026, 1, number, 6, tzinfo=UTC)


def settings_of(folder: Path, lake: str) -> Settings:
    """Settings of the bucket in a folder and a lake beside it."""
    return BucketBuilder(folder).settings(lake, feeds=[USERS, CUSTOMERS])


def first_age(folder: Path) -> None:
    """Three dumps and two files: some rows have no key, one table comes in full."""
    town = BucketBuilder(folder)
    town.dump(
        9,
        modified=day(2),
        users=[user(1, "c1"), user(2, None), {"user_id": None, "identity": "x"}],
        pageviews=views(1, 2),
    )
    town.dump(
        10,
        modified=day(3),
        full={"user_migrations"},
        users=[[user(3, "c2")], [user(2, "c2", at=5)]],
        pageviews=[*views(3), {"user_id": 1, "event_id": None}],
        user_migrations=[move(3, 2)],
        sessions=visits(1, 3),
    )
    town.dump(11, modified=day(4), users=[user(4, None), user(5, "c3", plan=5)], pageviews=views(4, 5))
    town.file(
        "crm/customers_2026-01-02.csv",
        [customer("c1", "Ada", "Lovelace"), customer("c2", "Grace", "Hopper")],
        modified=day(2),
    )
    town.file(
        "crm/customers_2026-01-03.csv",
        [customer("c3", "Mary", "Shelley"), customer(None, "No", "Body")],
        modified=day(3),
    )


def second_age(folder: Path) -> None:
    """A dump delivered again without one of its tables, another type, a later migration, an older day, a full copy."""
    town = BucketBuilder(folder)
    town.dump(
        9, modified=day(2), tag="-again", users=[user(1, "c1", at=7), user(6, None), {"user_id": None, "identity": "y"}]
    )
    town.dump(
        12,
        modified=day(5),
        full={"user_migrations", "sessions"},
        users=[user(5, "c3", plan="gold", at=9)],
        pageviews=views(2, 5, 6),
        user_migrations=[move(3, 2), move(2, 1), move(6, 5)],
        sessions=visits(1, 5),
    )
    town.file(
        "crm/customers_2026-01-04.csv",
        [customer("c2", "Grace", "Murray"), customer("c4", "Jane", "Austen")],
        modified=day(4),
    )
    town.file("crm/customers_2026-01-01.csv", [customer("c1", "Augusta", "Byron", "2025-01-01")], modified=day(5))


def user(number: int, identity: str | None, at: int = 1, **more: object) -> dict[str, object]:
    """A row of users; `at` orders rows of one user."""
    return {"user_id": number, "identity": identity, "last_modified": 1_767_225_600_000_000 + at, **more}


def views(*users: int) -> list[dict[str, object]]:
    """Two pageviews of each of these users, the second the same for all: what migrations make double."""
    return [
        {"user_id": number, "event_id": event, "time": f"2026-01-01 00:00:0{number}"}
        for number in users
        for event in (100 + number, 7)
    ]


def visits(*users: int) -> list[dict[str, object]]:
    """A session of each of these users."""
    return [{"user_id": number, "session_id": 50, "time": "2026-01-01 00:00:00"} for number in users]


def move(one: int, other: int) -> dict[str, object]:
    """A migration."""
    return {"from_user_id": one, "to_user_id": other, "time": "2026-01-03 00:00:00"}


def customer(number: str | None, given: str, family: str, updated: str = "2026-01-01") -> dict[str, str | None]:
    """A row of the CRM; the e-mail is shared by those of one given name."""
    return {"id": number, "given": given, "family": family, "email": f"{given.lower()}@example.com", "updated": updated}
