"""Nothing personal and no secret where it does not belong: output, Dagster's event log, its compute logs, its run storage (T74)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from heap_assets_tests.conftest import Morning
from heap_assets_tests.mornings import MARKS
from heap_assets_tests.s3 import KEYS
from heap_assets_tests.worlds import SampleWorld


@pytest.fixture(params=["bad_morning", "skipped_morning"])
def morning(request: pytest.FixtureRequest) -> Morning:
    """A morning of damaged, refused and rejected deliveries, and of good ones: all hold marked personal values."""
    return request.getfixturevalue(request.param)


def kept_by_dagster(world: SampleWorld) -> Iterator[tuple[Path, bytes]]:
    """Every file of the Dagster instance: event logs, run storage, compute logs, also what SQLite has not folded in yet."""
    for path in sorted(Path(world.settings.dagster_home).rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def test_the_marks_are_in_the_bucket_and_in_the_lake(morning: Morning) -> None:
    lake = morning.world.lake()

    found = lake.sql('SELECT email, phone FROM "Heap:Users" WHERE user_id = 5').to_pylist()

    assert found == [{"email": "u5@planted-secret.example", "phone": "5550199887"}]


def test_output_tells_nothing_personal(morning: Morning) -> None:
    output = morning.run.stdout + morning.run.stderr

    assert [mark for mark in MARKS if mark in output] == []


def test_dagster_keeps_nothing_personal(morning: Morning) -> None:
    leaks = [
        (path.name, mark)
        for path, content in kept_by_dagster(morning.world)
        for mark in MARKS
        if mark.encode() in content
    ]

    assert leaks == []


def test_dagster_keeps_something_at_all(morning: Morning) -> None:
    assert any(b"crm/customers" in content or b"customers" in content for _, content in kept_by_dagster(morning.world))


def test_no_birthdate_or_phone_of_the_sample_is_kept_by_dagster(finished: SampleWorld) -> None:
    customers = finished.lake().read("CRM:Customers").to_pylist()
    values = {str(row[name]) for row in customers for name in ("birthdate", "phone", "email", "last_name") if row[name]}
    kept = b"".join(content for _, content in kept_by_dagster(finished))

    assert [value for value in values if len(value) > 8 and value.encode() in kept] == []


def test_the_quarantine_keeps_the_shape_of_a_rejected_row_only(bad_morning: Morning) -> None:
    rows = bad_morning.world.lake().read("quarantine").to_pylist()

    assert rows
    assert [mark for mark in MARKS if mark in repr(rows)] == []


def test_no_reason_of_a_delivery_tells_anything_personal(bad_morning: Morning) -> None:
    reasons = bad_morning.world.lake().read("deliveries", ["reason"])["reason"].to_pylist()

    assert [mark for mark in MARKS if mark in repr(reasons)] == []


@pytest.mark.parametrize("name", KEYS)
def test_secrets_stand_nowhere_on_disk(on_s3: SampleWorld, name: str) -> None:
    found = [
        path for path in sorted(on_s3.folder.rglob("*")) if path.is_file() and KEYS[name].encode() in path.read_bytes()
    ]

    assert found == []


def test_the_resource_that_the_ui_shows_names_the_secret_and_does_not_hold_it(on_s3: SampleWorld) -> None:
    from heap_assets import build_definitions

    repository = build_definitions(on_s3.settings).get_repository_def()

    shown = repr(repository.get_top_level_resources()) + repr(
        {name: resource.config_schema.default_value for name, resource in repository.get_top_level_resources().items()}
    )

    assert [name for name, secret in KEYS.items() if secret in shown] == []
