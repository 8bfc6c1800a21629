"""What `open_lake` returns: tables by name, pinned, exact, of one release together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from heap_assets import open_lake
from heap_assets.errors import QueryFailed, UnknownTable
from heap_assets.settings import parse_settings
from heap_assets_tests.conftest import Morning
from heap_assets_tests.people import House, house, moment
from heap_assets_tests.worlds import SampleWorld

BIG = 2**53 + 1
LARGEST = 2**63 - 1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two releases: Ann alone; then Ann, and Bo who looked at a page."""
    made = house(
        tmp_path_factory.mktemp("small"),
        heap_users=[{"user_id": BIG, "first_name": "Ann", "last_modified": moment("2026-01-01")}, {"user_id": -1}],
        crm_customers=[{"customer_id": "a|b\\c", "given_name": "Ann", "email": "ann@example.net"}],
        heap_pageviews=[],
    )
    made.release()
    made.add("heap_users", [{"user_id": LARGEST, "first_name": "Bo"}])
    made.add("heap_pageviews", [{"user_id": LARGEST, "event_id": 7, "time": moment("2026-01-02 03:04"), "path": "/"}])
    made.release()
    return made


def test_names_of_every_kind_are_there(finished: SampleWorld) -> None:
    names = finished.lake().tables()

    assert {"Heap:Users", "CRM:Customers", "deliveries", "quarantine", "releases", "heap_resolved_users"} <= set(names)
    assert {"unified_coalesced", "unified_users", "unified_pageviews", "merged_customers", "customer_360"} <= set(names)
    assert names == sorted(names)


def test_a_domain_table_has_its_fields_and_then_the_system_columns(finished: SampleWorld) -> None:
    names = finished.lake().read("Heap:Users").schema.names

    assert names[0] == "user_id"
    assert names[-7:] == ["_pk", "_file_date", "_delivery", "_object", "_object_version", "_row", "_updated"]
    assert "_object_index" not in names


@pytest.mark.parametrize("name", ["unified_pageviews", "unified_sessions"])
def test_clickstream_is_shown_with_person_and_terminal_user(finished: SampleWorld, name: str) -> None:
    lake = finished.lake()
    own = lake.read({"unified_pageviews": "Heap:Pageviews", "unified_sessions": "Heap:Sessions"}[name]).schema.names

    assert lake.read(name).schema.names == [*own, "resolved_user_id", "amperity_id"]


def test_columns_and_rows_can_be_chosen(small: House) -> None:
    table = small.read().read("Heap:Users", columns=["first_name", "user_id"], where="first_name = 'Bo'")

    assert table.to_pylist() == [{"first_name": "Bo", "user_id": LARGEST}]


def test_ids_are_exact_in_frames_with_nulls_and_without(small: House) -> None:
    frame = small.read().frame("Heap:Users")

    assert sorted(frame["user_id"].tolist()) == [-1, BIG, LARGEST]
    assert str(frame["user_id"].dtype) == "int64[pyarrow]"
    assert frame["_updated"].isna().sum() == 2
    assert str(frame["_updated"].dtype) == "int64[pyarrow]"
    assert frame["_updated"].dropna().tolist() == [int(moment("2026-01-01").timestamp()) * 1_000_000]


def test_options_of_read_work_on_frames(small: House) -> None:
    assert small.read().frame("Heap:Users", columns=["user_id"], where="user_id > 0").shape == (2, 1)


def test_the_key_as_text_is_unambiguous(small: House) -> None:
    assert small.read().read("CRM:Customers", columns=["_pk"]).to_pylist() == [{"_pk": "a|b\\c"}]
    assert small.read().read("Heap:Pageviews", columns=["_pk"]).to_pylist() == [{"_pk": f"{LARGEST}|7"}]


def test_parts_of_a_key_are_escaped(tmp_path: Path) -> None:
    feed = {"source": "Shop", "feed": "Lines", "pattern": "{yyyy}{MM}{dd}.csv", "primary_key": ["order", "line"]}
    made = house(tmp_path, feed)
    rows = pa.table({"order": ["a|", "a", "a\\"], "line": ["b", "|b", "b"]})
    made.lake.append("domain/shop_lines", rows)

    found = made.read().read("Shop:Lines", columns=["_pk"])["_pk"].to_pylist()

    assert found == ["a\\||b", "a|\\|b", "a\\\\|b"]


def test_sql_joins_tables_of_every_kind(small: House) -> None:
    rows = small.read().sql(
        'SELECT p.path, c.pageviews FROM unified_pageviews AS p JOIN "Heap:Users" AS u USING (user_id)'
        " JOIN customer_360 AS c ON p.amperity_id = c.amperity_id"
    )

    assert rows.to_pylist() == [{"path": "/", "pageviews": 1}]


def test_sql_is_read_only(small: House) -> None:
    with pytest.raises(QueryFailed, match="only one read-only statement"):
        small.read().sql("CREATE TABLE x AS SELECT 1")


def test_a_table_that_is_not_there_is_named(small: House) -> None:
    with pytest.raises(UnknownTable, match="no table Heap:Nothing"):
        small.read().read("Heap:Nothing")


def test_a_release_can_be_read_by_its_id_and_by_time(small: House) -> None:
    lake = small.read()
    first, second = lake.read("releases").sort_by("release").to_pylist()

    def users(as_of: str | datetime | None) -> tuple[int, int]:
        return lake.read("Heap:Users", as_of=as_of).num_rows, lake.read("unified_users", as_of=as_of).num_rows

    assert users(first["release"]) == users(first["created_at"]) == (2, 2)
    assert users(second["release"]) == users(datetime.now(UTC)) == users(None) == (3, 3)
    assert users(datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)) == (3, 3)
    assert lake.read("unified_pageviews", as_of=first["release"]).num_rows == 0


@pytest.mark.parametrize("as_of", ["r00099-abcdef", datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_release_that_never_was_is_refused(small: House, as_of: str | datetime) -> None:
    with pytest.raises(UnknownTable, match="no release as of"):
        small.read().read("customer_360", as_of=as_of)


def test_a_reader_stays_where_it_is_until_it_is_refreshed(tmp_path: Path) -> None:
    made = house(tmp_path, heap_users=[{"user_id": 1}])
    made.release()
    lake = made.read()
    made.add("heap_users", [{"user_id": 2}])
    made.release()

    before = (lake.count("Heap:Users"), lake.count("customer_360"))
    lake.refresh()

    assert before == (1, 1)
    assert (lake.count("Heap:Users"), lake.count("customer_360")) == (2, 2)


def test_domain_tables_are_the_newest_and_released_tables_those_of_the_release(
    bad_morning: Morning, finished: SampleWorld
) -> None:
    lake, before = bad_morning.world.lake(), finished.lake()
    release = lake.release
    assert release is not None

    assert lake.count("Heap:Users") == before.count("Heap:Users") + 3
    assert lake.read("Heap:Users", as_of=release.release).num_rows == before.count("Heap:Users")
    assert lake.count("unified_users") == before.count("unified_users")
    assert lake.count("unified_pageviews") == before.count("unified_pageviews")


def test_before_anything_was_run_there_is_nothing_to_read_but_it_can_be_asked(tmp_path: Path) -> None:
    lake = open_lake(parse_settings({"source": {"bucket": "b"}, "start_date": "2026-01-01"}, tmp_path))

    assert lake.release is None
    assert lake.tables() == ["deliveries", "releases"]
    assert lake.read("deliveries").num_rows == 0
    assert not (tmp_path / ".heap_assets").exists()


def test_reading_needs_no_credentials_and_no_bucket(on_s3: SampleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in on_s3.environment:
        monkeypatch.delenv(name)
    settings = on_s3.settings
    source = settings.source.model_copy(update={"endpoint_url": "http://127.0.0.1:9"})

    lake = open_lake(settings.model_copy(update={"source": source}))

    assert lake.count("customer_360") > 0
    assert lake.count("deliveries") > 0


def test_a_configuration_file_can_be_given_as_it_is(finished: SampleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAP_ASSETS_CONFIG", str(finished.config))

    assert open_lake().tables() == open_lake(str(finished.config)).tables() == finished.lake().tables()
