"""`heap-assets init`: a configuration that works, for Heap Connect, for dated files, for a copy under another name."""

from pathlib import Path

import pytest

from heap_assets.settings import load_settings
from heap_assets_tests.builders import BucketBuilder
from heap_assets_tests.inspect.files import command
from heap_assets_tests.s3 import KEYS, S3Server

CUSTOMERS = "id,email,first_name,last_name\n1,a@b.example,Ana,Lima\n2,c@d.example,Rui,Costa\n"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketBuilder:
    monkeypatch.chdir(tmp_path)
    return BucketBuilder(tmp_path)


def test_heap_connect_and_dated_files_are_found(bucket: BucketBuilder) -> None:
    bucket.dump(7, users=[{"user_id": 1}], sign_up=[{"user_id": 1, "event_id": 2}], _event_metadata=[{"x": 1}])
    bucket.file("crm/customers_2025-12-30.csv", CUSTOMERS)
    bucket.file("crm/customers_2025-12-31.csv", CUSTOMERS)

    done = command("init", bucket.name)
    settings = load_settings("heap_assets.yaml")

    assert done.code == 0
    assert {spec.display for spec in settings.feed_specs()} >= {"Heap:Users", "Heap:SignUp", "CRM:Customers"}
    assert (str(settings.start_date), settings.event_tables) == ("2025-12-30", ["sign_up"])
    assert "next: heap-assets browse" in done.stderr


def test_without_manifests_there_is_no_heap(bucket: BucketBuilder) -> None:
    bucket.file("crm/customers_2026-01-02.csv", CUSTOMERS)

    command("init", bucket.name)
    settings = load_settings("heap_assets.yaml")

    assert not settings.source.heap_connect
    assert [spec.display for spec in settings.feed_specs()] == ["CRM:Customers"]


def test_a_copy_under_another_name_keeps_the_name_in_its_manifests(bucket: BucketBuilder, tmp_path: Path) -> None:
    bucket.dump(7, users=[{"user_id": 1}])
    bucket.root.rename(tmp_path / "copy")

    command("init", "copy")

    assert load_settings("heap_assets.yaml").source.manifest_bucket == bucket.name


def test_what_is_there_is_not_overwritten(bucket: BucketBuilder, tmp_path: Path) -> None:
    (tmp_path / "heap_assets.yaml").write_text("mine", encoding="utf-8")

    done = command("init", bucket.name)

    assert done.code == 2
    assert (tmp_path / "heap_assets.yaml").read_text(encoding="utf-8") == "mine"


def test_a_bucket_of_nothing_is_wrong_usage(bucket: BucketBuilder) -> None:
    bucket.file("readme.txt", "x")

    done = command("init", bucket.name)

    assert done.code == 2
    assert not Path("heap_assets.yaml").exists()


def test_a_family_that_no_feed_reads_is_left_out_and_told(bucket: BucketBuilder) -> None:
    bucket.file("crm/customers_2026-01-02.csv", CUSTOMERS)
    bucket.put("crm/export_2026-01-02.parquet", b"PAR1xxxx")

    done = command("init", bucket.name)

    assert "Parquet" in done.stderr
    assert [spec.feed for spec in load_settings("heap_assets.yaml").feed_specs()] == ["Customers"]


def test_an_s3_bucket_is_looked_at_too(
    bucket: BucketBuilder, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS["HEAP_TEST_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS["HEAP_TEST_SECRET"])
    bucket.dump(7, users=[{"user_id": 1}])
    bucket.file("crm/customers_2026-01-01.csv", CUSTOMERS)
    s3_server.upload(bucket.root, "heap-rs3-inspected")

    done = command("init", "s3://heap-rs3-inspected", "--region", "us-east-1", "--endpoint-url", s3_server.endpoint)
    settings = load_settings("heap_assets.yaml")

    assert done.code == 0
    assert (settings.source.endpoint_url, settings.source.manifest_bucket) == (s3_server.endpoint, bucket.name)
    assert "CRM:Customers" in {spec.display for spec in settings.feed_specs()}
