"""What heap_assets.yaml may not say: every error names the path in the file, the value, and what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from heap_assets.errors import SettingsError
from heap_assets.settings import parse_settings

CUSTOMERS = {
    "source": "CRM",
    "feed": "Customers",
    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["customer_id"],
}


def refusal(change: dict[str, Any]) -> str:
    content = {"source": {"bucket": "bucket"}, "start_date": "2026-10-01", **change}
    with pytest.raises(SettingsError) as caught:
        parse_settings(content, Path("/nowhere"), "heap_assets.yaml")
    return str(caught.value)


def feed(**change: Any) -> dict[str, Any]:
    return {"feeds": [{**CUSTOMERS, **change}]}


@pytest.mark.parametrize(
    ("change", "path", "value", "allowed"),
    [
        ({"sensors": "on"}, "sensors", "'on'", "'running' or 'stopped'"),
        ({"start_date": "2026-13-45"}, "start_date", "'2026-13-45'", "valid date"),
        ({"timezone": "Mars/Phobos"}, "timezone", "'Mars/Phobos'", "such as UTC"),
        ({"timezone": "Europe"}, "timezone", "'Europe'", "such as UTC"),
        ({"lake": {"uri": "ftp://somewhere/lake"}}, "lake.uri", "'ftp://somewhere/lake'", "local folder"),
        ({"lake": {"keep_releases": 0}}, "lake.keep_releases", "0", "greater than or equal to 1"),
        ({"source": "s3://x"}, "source", "'s3://x'", "mapping"),
        ({"stitch": {"threshold": 9}}, "stitch.threshold", "9", "less than or equal to 5"),
        (feed(error_threshold=101), "feeds[0].error_threshold", "101", "less than or equal to 100"),
        (feed(load="replace"), "feeds[0].load", "'replace'", "'upsert' or 'truncate_and_upsert'"),
        (feed(source="Stitch"), "feeds[0].source", "'Stitch'", "reserved"),
        (feed(source="customer_360"), "feeds[0].source", "'customer_360'", "reserved"),
        (feed(feed="Cust omers"), "feeds[0].feed", "'Cust omers'", "match pattern"),
        (feed(file={"delimiter": ";;"}), "feeds[0].file.delimiter", "';;'", "at most 1 character"),
        (feed(file={"format": "xlsx"}), "feeds[0].file.format", "'xlsx'", "'csv', 'tsv' or 'psv'"),
        (feed(fields={"a": {"type": "money"}}), "feeds[0].fields.a.type", "'money'", "'string', 'integer'"),
        ({"start_date": 0}, "start_date", "0", "such as 2026-01-31"),
        ({"start_date": 20261001}, "start_date", "20261001", "such as 2026-01-31"),
        ({"source": {"bucket": "s3://"}}, "source.bucket", "'s3://'", "such as s3://heap-rs3-acme"),
        ({"source": {"bucket": "a\0b"}}, "source.bucket", "'a\\x00b'", "is no path"),
        ({"lake": {"uri": "~nobody-of-this-name/lake"}}, "lake.uri", "'~nobody-of-this-name/lake'", "is no path"),
        ({"lake": {"keep_releases": 10**30}}, "lake.keep_releases", "1000000", "less than or equal to 100000"),
        ({"event_tables": ["___"]}, "event_tables[0]", "'___'", "match pattern"),
        ({"sensors": "x" * 5000}, "sensors", f"'{'x' * 99}… ", "'running' or 'stopped'"),
        (feed(settle=float("inf")), "feeds[0].settle", "inf", "less than or equal to 525600"),
        (feed(file={"delimiter": "\n"}), "feeds[0].file.delimiter", "'\\n'", "one ASCII character"),
        (feed(file={"quote": "é"}), "feeds[0].file.quote", "'é'", "one ASCII character"),
        (feed(fields={"type": {"size": 1}}), "feeds[0].fields.type.size", "no such setting", "format, rename, required, type"),
        (feed(primary_key=[""]), "feeds[0].primary_key[0]", "''", "at least 1 character"),
        (feed(pattern="c_{yyyy}-{MM}.csv"), "feeds[0].pattern", "'c_{yyyy}-{MM}.csv'", "{yyyy}, {MM}, {dd} once"),
        (feed(pattern="c_{YYYY}-{MM}-{dd}.csv"), "feeds[0].pattern", "{YYYY}", "{yyyy}, {MM}, {dd} once"),
        (feed(pattern="{yyyy}/{yyyy}-{MM}-{dd}.csv"), "feeds[0].pattern", "{yyyy}/", "{yyyy}, {MM}, {dd} once"),
    ],
)  # fmt: skip
def test_a_wrong_value(change: dict[str, Any], path: str, value: str, allowed: str) -> None:
    told = refusal(change)

    assert told.startswith(f"HA-1001: {path}: ")
    assert value in told
    assert allowed in told
    assert "[heap_assets.yaml]" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"source": {}}, "source.bucket: field required"),
        ({"start_date": None}, "start_date: "),
        (feed(primary_key=None), "feeds[0]: CRM:Customers needs a primary_key"),
        (feed(pattern=None), "feeds[0]: CRM:Customers needs a pattern"),
        (feed(delivery="heap_connect", pattern=None), "feeds[0]: CRM:Customers needs the name of its Heap table"),
        (feed(primary_key=[]), "feeds[0].primary_key: "),
    ],
)
def test_something_is_missing(change: dict[str, Any], told: str) -> None:
    assert told in refusal(change)


@pytest.mark.parametrize(
    ("change", "path", "allowed"),
    [
        ({"sensorz": "running"}, "sensorz", ["sensors", "start_date", "timezone"]),
        ({"lake": {"url": "x"}}, "lake.url", ["uri", "keep_releases"]),
        (feed(primary_keys=["a"]), "feeds[0].primary_keys", ["primary_key", "pattern"]),
        (feed(file={"separator": ";"}), "feeds[0].file.separator", ["delimiter", "encoding"]),
        (feed(fields={"a": {"typ": "string"}}), "feeds[0].fields.a.typ", ["type", "rename"]),
    ],
)
def test_a_name_that_is_no_setting_is_answered_with_those_that_are(
    change: dict[str, Any], path: str, allowed: list[str]
) -> None:
    told = refusal(change)

    assert f"{path}: there is no such setting; allowed here: " in told
    assert all(name in told.split("allowed here: ")[1] for name in allowed)


def test_all_errors_are_told_at_once() -> None:
    told = refusal({"sensors": "on", "timezone": "Mars/Phobos"})

    assert "sensors: 'on'" in told
    assert "timezone: 'Mars/Phobos'" in told


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
@pytest.mark.parametrize("value", ["hunter2", {"env": "NAME", "value": "hunter2"}, {"env": ""}, ["hunter2"]])
def test_a_secret_written_as_it_is_is_refused_and_never_repeated(name: str, value: Any) -> None:
    told = refusal({"source": {"bucket": "s3://x", name: value}})

    assert f"source.{name}" in told
    assert "{env: NAME}" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key"])
def test_half_of_the_credentials_is_refused(name: str) -> None:
    assert "go together" in refusal({"source": {"bucket": "s3://x", name: {"env": "NAME"}}})


def test_a_secret_under_a_mistyped_name_is_never_repeated() -> None:
    assert "hunter2" not in refusal({"source": {"bucket": "s3://x", "secret_key": "hunter2"}})


@pytest.mark.parametrize(
    ("fields", "semantics", "told"),
    [
        ({"tel": {"type": "integer"}}, {"tel": "phone"}, "semantics.tel: phone needs a field of type string"),
        ({"zip": {"type": "integer"}}, {"zip": "postal"}, "semantics.zip: postal needs a field of type string"),
        (
            {"born": {"type": "datetime"}},
            {"born": ["birthdate"]},
            "semantics.born: birthdate needs a field of type date or string",
        ),
        (
            {"plz": {"type": "integer", "rename": "zip"}},
            {"zip": "postal"},
            "semantics.zip: postal needs a field of type string",
        ),
        ({}, {"loyalty": "pk"}, "semantics.loyalty: the tag pk disagrees with primary_key"),
    ],
)
def test_tags_must_fit_types_and_key(fields: dict[str, Any], semantics: dict[str, Any], told: str) -> None:
    assert told in refusal(feed(fields=fields, semantics=semantics))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fields": {"a": {"rename": "_row"}}}, "feeds[0]: fields.a.rename: _row is a column of our own"),
        ({"primary_key": ["customer_id", "_Delivery"]}, "feeds[0]: primary_key: _Delivery is a column of our own"),
        ({"last_updated": "_file_date"}, "feeds[0]: last_updated: _file_date is a column of our own"),
        ({"fields": {"a": {"rename": "B"}, "b": {}}}, "feeds[0]: fields.b and fields.a are both the column b"),
        ({"fields": {"a": {}, "A": {"rename": "c"}}}, "feeds[0]: fields: a stands there twice"),
        ({"primary_key": ["a", "A"]}, "feeds[0]: primary_key: A stands there twice"),
        ({"file": {"delimiter": '"'}}, "feeds[0].file: delimiter must differ from quote and escape"),
        ({"file": {"escape": ","}}, "feeds[0].file: delimiter must differ from quote and escape"),
    ],
)
def test_names_and_marks_that_cannot_be_told_apart(change: dict[str, Any], told: str) -> None:
    assert told in refusal(feed(**change))


def test_two_feeds_of_one_name_in_keys_are_refused_with_the_place() -> None:
    told = refusal({"feeds": [CUSTOMERS, {**CUSTOMERS, "source": "crm"}]})

    assert "feeds[1]: crm:Customers and CRM:Customers would share the name crm_customers" in told
