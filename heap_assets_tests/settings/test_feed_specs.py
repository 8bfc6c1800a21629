"""From entries under `feeds:` to complete feeds: built-in ones changed, new ones added, names made."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets.settings import FeedSpec, Settings, parse_settings, snake_case

CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["customer_id"],
}


def settings_with(*feeds: dict[str, Any], **others: Any) -> Settings:
    content = {"source": {"bucket": "bucket"}, "start_date": "2026-10-01", "feeds": list(feeds), **others}
    return parse_settings(content, Path("/nowhere"))


def spec_of(settings: Settings, display: str) -> FeedSpec:
    return next(spec for spec in settings.feed_specs() if spec.display == display)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Users", "users"),
        ("UserMigrations", "user_migrations"),
        ("UsersEU", "users_eu"),
        ("CRM", "crm"),
        ("HTTPLogs", "http_logs"),
        ("Orders2024", "orders2024"),
        ("loyalty_Members", "loyalty_members"),
    ],
)
def test_names_in_keys(name: str, written: str) -> None:
    assert snake_case(name) == written


@pytest.mark.parametrize(
    ("display", "key", "order"),
    [
        ("Heap:Users", ("user_id",), ("last_modified", ())),
        ("Heap:Sessions", ("user_id", "session_id"), (None, ())),
        ("Heap:Pageviews", ("user_id", "event_id"), (None, ())),
        ("Heap:UserMigrations", ("from_user_id",), (None, ("time", "to_user_id"))),
    ],
)
def test_heaps_own_feeds(display: str, key: tuple[str, ...], order: tuple[str | None, tuple[str, ...]]) -> None:
    spec = spec_of(settings_with(), display)

    assert spec.primary_key == key
    assert (spec.last_updated, spec.tie_break) == order
    assert spec.delivery == "heap_connect"
    assert spec.stitch is (display == "Heap:Users")


def test_an_entry_changes_only_what_it_names() -> None:
    changed = {"source": "Heap", "feed": "Users", "semantics": {"identity": ["ck", "fk-customer-id"]}, "stitch": False}

    before, after = spec_of(settings_with(), "Heap:Users"), spec_of(settings_with(changed), "Heap:Users")

    assert after.tags == {**before.tags, "identity": ("ck", "fk-customer-id")}
    assert not after.stitch
    kept = ("primary_key", "last_updated", "table", "time_fields", "delivery", "load", "file")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]


def test_a_new_feed_of_dated_files_has_defaults() -> None:
    spec = spec_of(settings_with(CUSTOMERS), "CRM:Customers")

    assert (spec.name, spec.domain_name, spec.display) == ("crm/customers", "crm_customers", "CRM:Customers")
    assert (spec.delivery, spec.load, spec.last_updated) == ("files", "upsert", None)
    assert (spec.required, spec.settle, spec.error_threshold, spec.on_failed_delivery) == (False, 0, None, "fail")
    assert not spec.stitch


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t"), ("psv", "|")])
def test_the_format_implies_the_delimiter_and_escape_is_the_quote(form: str, delimiter: str) -> None:
    spec = spec_of(settings_with({**CUSTOMERS, "file": {"format": form, "quote": "'"}}), "CRM:Customers")

    assert (spec.file.delimiter, spec.file.quote, spec.file.escape) == (delimiter, "'", "'")


def test_a_renamed_field_keeps_what_it_is_delivered_as() -> None:
    fields = {"zip": {"type": "string", "rename": "postal"}, "id": {"required": True}}

    spec = spec_of(settings_with({**CUSTOMERS, "fields": fields}), "CRM:Customers")

    assert [(item.delivered, item.name, item.required) for item in spec.fields] == [
        ("zip", "postal", False),
        ("id", "id", True),
    ]


def test_further_event_tables_by_name() -> None:
    spec = spec_of(settings_with(event_tables=["add_to_cart"]), "Heap:AddToCart")

    assert (spec.table, spec.name, spec.primary_key) == ("add_to_cart", "heap/add_to_cart", ("user_id", "event_id"))


def test_a_second_heap_source_reads_the_table_that_it_names() -> None:
    entry = {"source": "Web", "feed": "Cart", "delivery": "heap_connect", "table": "add_to_cart"}

    spec = spec_of(settings_with(entry), "Web:Cart")

    assert (spec.table, spec.primary_key, spec.name) == ("add_to_cart", ("user_id", "event_id"), "web/cart")


def test_without_heap_connect_there_are_no_heap_feeds() -> None:
    content = {
        "source": {"bucket": "bucket", "heap_connect": False},
        "start_date": "2026-10-01",
        "feeds": [CUSTOMERS],
    }

    settings = parse_settings(content, Path("/nowhere"))

    assert [spec.display for spec in settings.feed_specs()] == ["CRM:Customers"]
