"""heap_assets.yaml of any content: settings, or a SettingsError; never another exception, and never the machine's memory."""

import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.errors import SettingsError
from heap_assets.feeds.types import base_columns
from heap_assets.settings import Settings, load_settings
from heap_assets_tests.fuzz.bounds import bounded, mutated, tried

GOOD = b"""\
source:
  bucket: s3://heap-rs3-acme
  prefix: ""
  access_key_id: {env: HEAP_KEY}
  secret_access_key: {env: HEAP_SECRET}
lake: {uri: lake, keep_releases: 14}
start_date: 2026-10-01
timezone: Europe/Paris
event_tables: [checkout_done]
feeds:
  - &users
    source: Heap
    feed: Users
    semantics: {identity: [ck, fk-customer-id], email: email}
  - source: CRM
    feed: Customers
    delivery: files
    pattern: "crm/customers_{yyyy}-{MM}-{dd}*.csv.gz"
    load: truncate_and_upsert
    primary_key: [customer_id]
    last_updated: updated_at
    settle: 10
    error_threshold: 1.5
    file: {format: csv, delimiter: ";", quote: '"', header: true, encoding: auto, compression: gzip}
    fields: {customer_id: {type: string, required: true}, born: {type: date, format: "dd/MM/yyyy"}, zip: {rename: postal}}
    semantics: {customer_id: [ck, fk-customer-id], postal: postal}
    stitch: true
stitch: {threshold: 3, allowed_empty_tables: []}
"""
SCALARS = st.sampled_from(
    (
        "~", "''", "yes", "0", "-1", "1e400", ".inf", ".nan", "9" * 5000, "0x", "1:99:99", "2026-02-30", "2026-10-01",
        "2026-10-01T25:00:00Z", "!!int ''", "!!int abc", "!!float x", "!!bool maybe", "!!timestamp x", "!!binary '%'",
        "!!null x", "!!python/name:os.system", "!mine x", "*nothing", "s3://", "s3:///x", '"\\0"', '"\\ud800"', "~nobody/x",
        "'{yyyy}-{MM}-{dd}*'", "CRM", "Heap", "Users", "files", "csv", '"\\n"', "é", "[]", "{}", "[[[]]]", "{? [a] : b}",
        "{1: 2}", "{~: x}", "{2026-10-01: x}", "{<<: x}", "[a, b]", "{env: X}", "string", "decimal(99,1)", "decimal(38,38)",
        "type", "America", "/etc/passwd", "../..",
    )
)  # fmt: skip
NAMES = st.sampled_from(
    (
        "source", "bucket", "prefix", "lake", "uri", "start_date", "timezone", "feeds", "feed", "event_tables", "pattern",
        "primary_key", "file", "format", "delimiter", "quote", "escape", "fields", "type", "rename", "semantics", "settle",
        "stitch", "threshold", "dagster_home", "required", "load", "table", "delivery", "tie_break", "keep_releases", "env",
        "1", "~", "<<", "? []", "heap_connect", "access_key_id",
    )
)  # fmt: skip


def flow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    mappings = st.lists(st.tuples(NAMES, inner), max_size=5)
    return st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]") | mappings.map(
        lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
    )


VALUES = st.recursive(SCALARS, flow, max_leaves=8)
SECTIONS = ("source", "lake", "start_date", "timezone", "event_tables", "feeds", "stitch", "sensors", "dagster_home")
DOCUMENTS = st.dictionaries(st.sampled_from(SECTIONS) | NAMES, VALUES, max_size=4).map(
    lambda given: "".join(
        f"{name}: {value}\n" for name, value in ({"source": "{bucket: b}", "start_date": "2026-10-01"} | given).items()
    ).encode()
)
ENTRIES = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(
    lambda pairs: (
        b"source: {bucket: b}\nstart_date: 2026-10-01\nfeeds:\n"
        b"  - source: CRM\n    feed: Customers\n    pattern: 'c_{yyyy}-{MM}-{dd}'\n    primary_key: [a]\n"
        + "".join(
            f"    {name}: {value}\n"
            for name, value in dict(pairs).items()
            if name not in ("source", "feed", "primary_key")
        ).encode()
    )
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "heap_assets.yaml"


def load(config: Path, content: bytes) -> Settings | None:
    """The settings, complete to the columns of every feed; None where they are refused, in words that can be written."""
    config.write_bytes(content)
    with bounded():
        try:
            settings = load_settings(config)
        except SettingsError as error:
            str(error).encode()
            return None
        for spec in settings.feed_specs():
            assert spec.name.encode()
            base_columns(spec)
    assert settings.start_date
    return settings


def test_the_good_one_is_good(config):
    assert load(config, GOOD) is not None
    assert yaml.safe_load(GOOD)["feeds"]


@tried(150)
@given(content=st.binary(max_size=120) | st.text(string.printable, max_size=60).map(str.encode))
def test_any_bytes(config, content):
    assert load(config, content) is None


@tried(100)
@given(content=mutated(GOOD))
def test_damaged_settings(config, content):
    load(config, content)


@tried(150)
@given(content=DOCUMENTS | ENTRIES)
def test_any_yaml(config, content):
    load(config, content)


@pytest.mark.fuzz
@tried(2_000)
@given(content=mutated(GOOD))
def test_many_damaged_settings(config, content):
    load(config, content)


@pytest.mark.fuzz
@tried(4_000)
@given(content=DOCUMENTS | ENTRIES)
def test_many_yaml_documents(config, content):
    load(config, content)
