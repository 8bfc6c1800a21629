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
    ],
)
def test_a_file_that_is_no_mapping_is_refused_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(written(tmp_path / "heap_assets.yaml", text))


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
