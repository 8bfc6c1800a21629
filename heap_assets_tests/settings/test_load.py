"""Where heap_assets.yaml is looked for, how its paths are read, and what it must not be."""

from datetime import date
from pathlib import Path

import pytest

from heap_assets.errors import SettingsError, SettingsMissing
from heap_assets.settings import find_config, load_settings, parse_settings

MINIMAL = "source:\n  bucket: bucket\nstart_date: 2026-10-01\n"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and no $HEAP_ASSETS_CONFIG."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEAP_ASSETS_CONFIG", raising=False)
    return tmp_path


def written(path: Path, text: str = MINIMAL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_places_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, named = written(tmp_path / "given.yaml"), written(tmp_path / "named.yaml")
    demo = written(tmp_path / ".heap_assets" / "demo" / "heap_assets.yaml")

    found = [find_config()]
    here = written(tmp_path / "heap_assets.yaml")
    found.append(find_config())
    monkeypatch.setenv("HEAP_ASSETS_CONFIG", str(named))
    found += [find_config(), find_config(given)]

    assert [path and path.resolve() for path in found] == [demo, here, named, given]


def test_nothing_found_says_where_it_was_looked_for_and_what_to_do() -> None:
    with pytest.raises(SettingsMissing, match=r"(?s)no demo bucket yet.*\./heap_assets\.yaml.*make demo"):
        load_settings()


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_a_named_file_that_is_missing_is_never_replaced_by_another(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "heap_assets.yaml")
    if how == "environment":
        monkeypatch.setenv("HEAP_ASSETS_CONFIG", "elsewhere.yaml")

    with pytest.raises(SettingsMissing, match=r"elsewhere\.yaml"):
        load_settings("elsewhere.yaml" if how == "argument" else None)


def test_relative_paths_are_taken_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path / "conf" / "heap_assets.yaml", MINIMAL + "lake: {uri: ../lake}\ndagster_home: home\n")
    monkeypatch.chdir("/")

    settings = load_settings(config)

    assert settings.source.bucket == str(tmp_path / "conf" / "bucket")
    assert settings.lake.uri == str(tmp_path / "lake")
    assert settings.dagster_home == str(tmp_path / "conf" / "home")


def test_only_bucket_and_start_date_are_needed(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path / "heap_assets.yaml"))

    assert settings.start_date == date(2026, 10, 1)
    assert settings.lake.uri == str(tmp_path / ".heap_assets" / "lake")
    assert settings.dagster_home == str(tmp_path / ".heap_assets" / "dagster")
    assert (settings.sensors, settings.timezone, settings.lake.keep_releases) == ("running", "UTC", 14)
    assert [spec.display for spec in settings.feed_specs()] == [
        "Heap:Users",
        "Heap:Sessions",
        "Heap:Pageviews",
        "Heap:UserMigrations",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source: [\nstart_date: 2026-10-01", r"not valid YAML \[.*line 2\]"),
        ("- source", "must hold a mapping"),
        ("", "must hold a mapping"),
        ("just text", "must hold a mapping"),
        (MINIMAL + "start_date: 2026-10-02", r"a name stands twice in one mapping \[.*line 4\]"),
        ("source: {bucket: b}\nstart_date: 2026-02-30", r"not what it looks like; put it in quotes .* line 2\]"),
        ("a: !!timestamp x", "not what it looks like"),
        ("a: !!bool maybe", "not what it looks like"),
        ("a: !!int ''", "not what it looks like"),
        ("a: " + "9" * 5000, "not what it looks like"),
        ('source: {bucket: "\\0"}', r"no name can hold \[.*line 1\]"),
        ('source: {bucket: "\\ud800"}', "no name can hold"),
        ("a: " + "[" * 5000, "more than 50 levels deep"),
        ("a: " + "{b: " * 5000, "more than 50 levels deep"),
        ("a: &a {? [b] : c}", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(written(tmp_path / "heap_assets.yaml", text))


def test_a_bomb_of_merges_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    bomb = ["a0: &a0 {" + ", ".join(f"k{number}: 1" for number in range(10)) + "}"]
    bomb += [f"a{level + 1}: &a{level + 1} {{<<: [{', '.join([f'*a{level}'] * 10)}]}}" for level in range(9)]

    # from PyYAML 6.0.4 on equal names are merged as they come, and the bomb is ten wrong names
    with pytest.raises(SettingsError, match=r"too many names .*line \d+\]|a9: there is no such setting"):
        load_settings(written(tmp_path / "heap_assets.yaml", "\n".join(bomb)))


def test_a_bomb_of_aliases_is_one_wrong_value(tmp_path: Path) -> None:
    bomb = ["a0: &a0 [x, x, x]"]
    bomb += [f"a{level + 1}: &a{level + 1} [{', '.join([f'*a{level}'] * 10)}]" for level in range(20)]

    with pytest.raises(SettingsError, match="a20: there is no such setting"):
        load_settings(written(tmp_path / "heap_assets.yaml", MINIMAL + "\n".join(bomb)))


def test_an_anchor_may_be_used_again(tmp_path: Path) -> None:
    feed = "{source: CRM, feed: A, pattern: 'a_{yyyy}-{MM}-{dd}', primary_key: [id], stitch: true}"
    text = f"{MINIMAL}feeds:\n  - &a {feed}\n  - {{<<: *a, feed: B, pattern: 'b_{{yyyy}}-{{MM}}-{{dd}}'}}\n"

    settings = load_settings(written(tmp_path / "heap_assets.yaml", text))

    assert [(spec.display, spec.stitch) for spec in settings.feed_specs()[4:]] == [("CRM:A", True), ("CRM:B", True)]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "heap_assets.yaml").write_bytes(b"\xff\xfe\x00start")

    with pytest.raises(SettingsError, match="not valid YAML"):
        load_settings()


@pytest.mark.parametrize(
    ("bucket", "prefix", "name", "root"),
    [
        ("s3://heap-rs3-acme", "", "heap-rs3-acme", ""),
        ("s3://heap-rs3-acme/", "", "heap-rs3-acme", ""),
        ("s3://heap-rs3-acme", "heap", "heap-rs3-acme", "heap/"),
        ("s3://heap-rs3-acme", "/heap/", "heap-rs3-acme", "heap/"),
        ("s3://heap-rs3-acme/copy", "heap/", "heap-rs3-acme", "copy/heap/"),
        ("folder/heap-rs3-acme", "heap", "heap-rs3-acme", "heap/"),
    ],
)
def test_bucket_and_prefix_with_slashes_or_without(
    bucket: str, prefix: str, name: str, root: str, tmp_path: Path
) -> None:
    content = {"source": {"bucket": bucket, "prefix": prefix}, "start_date": "2026-10-01"}

    source = parse_settings(content, tmp_path).source

    assert (source.bucket_name, source.root) == (name, root)


def test_a_secret_is_looked_up_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        "access_key_id": {"env": "HEAP_SETTINGS_TEST_ID"},
        "secret_access_key": {"env": "HEAP_SETTINGS_TEST_SECRET"},
    }
    source = {"bucket": "s3://heap-rs3-acme", **keys}
    settings = parse_settings({"source": source, "start_date": "2026-10-01"}, tmp_path)
    secret = settings.source.secret_access_key
    assert secret is not None

    with pytest.raises(SettingsError, match="HEAP_SETTINGS_TEST_SECRET is not set"):
        secret.resolve()
    monkeypatch.setenv("HEAP_SETTINGS_TEST_SECRET", "hunter2")

    assert secret.resolve() == "hunter2"
    assert "hunter2" not in repr(settings)
