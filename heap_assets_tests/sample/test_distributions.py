"""What the parameters promise is what comes out, within the noise of a sample of this size."""

import csv
from collections import Counter

import fastavro
import pytest

from heap_assets.sample import World, write_sample


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """Sessions and pageviews of a world without repeats, bots or copies, so that counting rows counts events."""
    world = World(users=3_000, days=2, repeated_share=0, resent_share=0, full_copy_every=0, pageview_parts=1)
    out = tmp_path_factory.mktemp("distributions")
    write_sample(out, world)
    found = {"sessions": [], "pageviews": []}
    for table, rows in found.items():
        for path in sorted(out.rglob(f"{table}/*.avro")):
            with path.open("rb") as stream:
                rows.extend(fastavro.reader(stream))
    return world, found


def test_pages_of_a_session(events):
    world, found = events
    counts = Counter(row["session_id"] for row in found["pageviews"])

    assert len(found["pageviews"]) / len(counts) == pytest.approx(world.pages_mean, rel=0.1)
    assert sum(count == 1 for count in counts.values()) / len(counts) == pytest.approx(0.39, abs=0.03)


def test_sessions_of_a_user(events):
    world, found = events
    expected = world.users * (world.sessions_anonymous + 0.05 * (world.sessions_known - world.sessions_anonymous))

    assert len(found["sessions"]) == pytest.approx(expected, rel=0.1)


def test_mobile_share(events):
    world, found = events
    devices = {row["heap_device_id"]: row["device_type"] for row in found["sessions"]}

    share = sum(kind != "Desktop" for kind in devices.values()) / len(devices)
    assert share == pytest.approx(world.mobile_share, abs=0.03)


def test_every_pageview_belongs_to_a_session_and_carries_its_columns(events):
    _, found = events
    sessions = {(row["user_id"], row["session_id"]): row for row in found["sessions"]}
    copied = ("browser", "ip", "referrer", "landing_page", "landing_page_query", "utm_campaign", "city")

    for row in found["pageviews"]:
        session = sessions[row["user_id"], row["session_id"]]
        assert [row[name] for name in copied] == [session[name] for name in copied]


def test_a_session_begins_on_its_landing_page(events):
    _, found = events
    first = {}
    for row in found["pageviews"]:
        first.setdefault(row["session_id"], row)

    assert all(row["landing_page"].endswith(row["path"]) for row in first.values())
    assert all(row["query"] == row["landing_page_query"] for row in first.values())


def test_query_strings_carry_campaigns_and_click_ids(events):
    _, found = events
    queries = {row["landing_page_query"] for row in found["sessions"]} - {None}

    assert any("gclid=" in query and "utm_campaign=" in query for query in queries)
    assert any("fbclid=" in query for query in queries)


def test_bots_and_a_super_identity_in_a_world_that_asks_for_them(tmp_path):
    world = World(users=400, days=3, bot_share=0.005, bot_pages=(600, 700), super_identity_every=200)
    summary = write_sample(tmp_path, world)

    with (tmp_path / "truth" / "records.csv").open(encoding="utf-8") as stream:
        persons = Counter(record["person"] for record in csv.DictReader(stream) if record["identified"] == "false")
    assert (summary.bots, summary.glued) == (2, 80)
    assert summary.domain_rows["Heap:Pageviews"] > 2_000
    assert max(persons.values()) < 40, "glued cookies are different people"


def test_the_stress_profile_of_ids_reaches_beyond_double_precision(tmp_path):
    write_sample(tmp_path, World(users=100, days=1, id_limit=2**63 - 1))

    with next(tmp_path.rglob("users/*.avro")).open("rb") as stream:
        assert max(row["user_id"] for row in fastavro.reader(stream)) > 2**53


@pytest.mark.parametrize(("users", "days"), [(1, 1), (2, 2), (9, 3), (30, 5)])
def test_the_smallest_worlds_are_written_too(tmp_path, users, days):
    summary = write_sample(tmp_path, World(users=users, days=days))

    assert summary.domain_rows["Heap:Users"] == users
    assert len(list(tmp_path.rglob("manifests/*.json"))) == days
