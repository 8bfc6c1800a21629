"""Traps of Avro parts from the bucket to the domain table (T24 to T35); those of the decoder are in `feeds/decode`."""

import io
import json
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import fastavro
import pytest

from heap_assets.bucket.status import Status
from heap_assets_tests.feeds.house import House

PART = "sync_9/users/part-00000.avro"


@pytest.fixture
def users(tmp_path) -> House:
    return House(tmp_path, "heap/users")


def part(rows: list[dict], codec: str = "snappy", **types: Any) -> bytes:
    """One Avro file whose columns have these types, as fastavro writes them."""
    fields = [{"name": name, "type": kind} for name, kind in {"user_id": "long", **types}.items()]
    stream = io.BytesIO()
    fastavro.writer(stream, fastavro.parse_schema({"type": "record", "name": "r", "fields": fields}), rows, codec=codec)
    return stream.getvalue()


def deliver(house: House, dump: int, *parts: bytes, **changed: Any) -> None:
    keys = [f"sync_{dump}/users/part-{place:05d}.avro" for place in range(len(parts))]
    for key, content in zip(keys, parts, strict=True):
        house.builder.put(key, content)
    files = [house.builder.uri(key) for key in keys]
    house.builder.manifest(dump, [{"name": "users", "incremental": True, "columns": [], "files": files, **changed}])


def column(house: House, name: str) -> dict[int, Any]:
    return {row["user_id"]: row[name] for row in house.rows()}


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_t24_a_part_without_rows_teaches_its_columns(users, codec):
    deliver(users, 9, part([], codec, plan=["null", "long"]))

    assert users.up_to_date() == []
    assert "plan" in users.lake.open("domain/heap_users").schema.names
    assert users.statuses() == {"9": Status.LANDED}


def test_t24_parts_of_one_dump_may_be_packed_differently(users):
    packed = [part([{"user_id": place}], codec) for place, codec in enumerate(("null", "deflate", "snappy"))]
    deliver(users, 9, *packed)

    assert [row["user_id"] for row in users.up_to_date()] == [0, 1, 2]


@pytest.mark.parametrize("codec", ["bzip2", "xz"])
def test_t24_a_codec_that_is_not_read_is_named_with_those_that_are(users, codec):
    deliver(users, 9, part([{"user_id": 1}], codec))

    assert users.up_to_date() == []
    assert users.statuses() == {"9": Status.REFUSED}
    assert f"the codec '{codec}'" in users.reason("9")
    assert "deflate, null, snappy" in users.reason("9")


@pytest.mark.parametrize("content", [b"", b"Obj", b"Obj\x01", part([{"user_id": 1}])[:40]])
def test_t25_a_part_that_is_empty_or_has_half_a_header_names_its_key(users, content):
    deliver(users, 9, part([{"user_id": 1}]), content)

    assert users.up_to_date() == []
    assert users.statuses() == {"9": Status.REFUSED}
    assert "sync_9/users/part-00001.avro" in users.reason("9")


def test_t29_columns_that_come_and_go_are_null_where_they_are_not(users):
    deliver(users, 9, part([{"user_id": 1, "a": "x"}, {"user_id": 2, "a": "y"}], a="string"))
    deliver(users, 10, part([{"b": "z", "user_id": 2}], b="string"), part([{"user_id": 3, "a": "w"}], a="string"))

    users.up_to_date()

    assert column(users, "a") == {1: "x", 2: None, 3: "w"}
    assert column(users, "b") == {1: None, 2: "z", 3: None}


def test_t30_the_file_wins_over_the_manifests_columns_and_the_difference_is_told(users):
    deliver(users, 9, part([{"user_id": 1, "a": "x"}], a="string"), columns=["User_ID", "b"])

    users.up_to_date()

    assert column(users, "a") == {1: "x"}
    assert users.statuses() == {"9": Status.LANDED}
    assert "only in the manifest: b; only in the file: a" in users.reason("9")
    deliver(users, 9, part([{"user_id": 1, "b": "x"}], b="string"), columns=["user_id", "b"])
    users.up_to_date()
    assert users.reason("9") == ""


def test_t27_t30_a_bit_flipped_in_the_name_of_a_column_is_told(users):
    whole = part([{"user_id": 1, "email": "x"}], email="string")
    deliver(users, 9, part([]), whole.replace(b'"email"', b'"emaim"'), columns=["user_id", "email"])

    users.up_to_date()

    assert "part-00000.avro" in users.reason("9")
    assert "1 more" in users.reason("9")


def test_t27_a_part_without_the_key_is_refused_and_not_quarantined_whole(users):
    deliver(users, 9, part([{"user_id": 1}]), part([{"user_id": 2}]).replace(b'"user_id"', b'"user_ie"'))

    assert users.up_to_date() == []
    assert users.statuses() == {"9": Status.REFUSED}
    assert "HA-3007: the object has no column user_id [sync_9/users/part-00001.avro]" in users.reason("9")


WIDENED = {
    "text": ("long", 2**53 + 1, "string", "x", ["9007199254740993", "x"]),
    "double": ("long", 2**53 + 1, "double", 5.5, ["9007199254740993", "5.5"]),
    "flag": ("boolean", True, "string", "no", ["true", "no"]),
    "integer": ("int", 7, "long", 2**40, [7, 2**40]),
    "float": ("float", 0.5, "double", 0.25, [0.5, 0.25]),
    "null": (["null", "string"], None, "long", 5, [None, "5"]),
}


@pytest.mark.parametrize("dumps", [(9, 10), (10, 9), (9, 9)])
def test_t31_a_type_that_changes_widens_without_loss(users, dumps):
    old = {name: (kind, value) for name, (kind, value, _, _, _) in WIDENED.items()}
    new = {name: (kind, value) for name, (_, _, kind, value, _) in WIDENED.items()}
    parts = [
        part(
            [{"user_id": user, **{name: value for name, (_, value) in columns.items()}}],
            **{name: kind for name, (kind, _) in columns.items()},
        )
        for user, columns in ((1, old), (2, new))
    ]
    if len(set(dumps)) == 1:
        deliver(users, 9, *parts)
    else:
        for dump, content in zip(dumps, parts, strict=True):
            deliver(users, dump, content)

    users.up_to_date()

    assert {name: list(column(users, name).values()) for name in WIDENED} == {
        name: found for name, (_, _, _, _, found) in WIDENED.items()
    }


def test_t31_an_id_is_never_taken_from_a_float_that_is_several_integers(users):
    rows = [{"user_id": float(number)} for number in (5, 2**53 - 1, 2**53, 2**60)]
    deliver(
        users,
        9,
        part([{"user_id": "7"}, {"user_id": "9007199254740993"}], user_id="string"),
        part(rows, user_id="double"),
    )

    users.up_to_date()

    assert sorted(row["user_id"] for row in users.rows()) == [5, 7, 2**53 - 1, 2**53 + 1]
    assert [(row["row"], row["reason"]) for row in users.quarantine()] == [
        (2, "not-of-its-type"),
        (3, "not-of-its-type"),
    ]


def test_t34_session_time_may_change_its_type(tmp_path):
    sessions = House(tmp_path, "heap/sessions")
    row = {"user_id": 1, "session_id": 1}
    sessions.builder.dump(9, sessions=[{**row, "session_time": "2026-01-01 00:00:00"}])
    sessions.builder.dump(10, sessions=[{**row, "session_id": 2, "session_time": 30}])

    assert [row["session_time"] for row in sessions.up_to_date()] == ["2026-01-01 00:00:00", "30"]


def test_values_of_any_shape_are_kept_as_text_or_in_their_type(users):
    inner = {"type": "record", "name": "q", "fields": [{"name": "z", "type": ["null", "long", "string"]}]}
    types = {
        "nested": {"type": "record", "name": "o", "fields": [{"name": "q", "type": ["null", inner]}]},
        "list": {"type": "array", "items": ["null", "long", {"type": "array", "items": "string"}]},
        "map": {"type": "map", "values": {"type": "map", "values": ["null", "double"]}},
        "maybe_map": ["null", {"type": "map", "values": "boolean"}],
        "enum": ["null", {"type": "enum", "name": "e", "symbols": ["RED", "BLUE"]}],
        "fixed": ["null", {"type": "fixed", "name": "f", "size": 3}],
        "none": "null",
        "money": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        "day": {"type": "int", "logicalType": "date"},
        "uuid": {"type": "string", "logicalType": "uuid"},
        "clock": {"type": "int", "logicalType": "time-millis"},
        "odd": {"type": "long", "logicalType": "of-tomorrow"},
    }
    row = {
        "user_id": 1,
        "nested": {"q": {"z": 2**60}},
        "list": [None, 5, ["a", "ö"]],
        "map": {"k": {"x": None, "y": 0.5}},
        "maybe_map": {"t": True},
        "enum": "BLUE",
        "fixed": b"abc",
        "none": None,
        "money": Decimal("12.50"),
        "day": date(2026, 1, 2),
        "uuid": UUID(int=5),
        "clock": time(0, 0, 1),
        "odd": 7,
    }
    empty = row | {
        "user_id": 2,
        "nested": {"q": None},
        "list": [],
        "map": {},
        "maybe_map": None,
        "enum": None,
        "fixed": None,
    }
    deliver(users, 9, part([row, empty], **types))

    full, bare = users.up_to_date()

    assert json.loads(full["nested"]) == row["nested"]
    assert json.loads(full["list"]) == row["list"]
    assert json.loads(full["map"]) == row["map"]
    assert (full["maybe_map"], full["enum"], full["fixed"], full["none"]) == ('{"t":true}', "BLUE", b"abc", None)
    assert (full["money"], full["day"], full["clock"], full["odd"]) == ("12.50", date(2026, 1, 2), 1000, 7)
    assert full["uuid"] == "00000000-0000-0000-0000-000000000005"
    assert (json.loads(bare["nested"]), bare["list"], bare["map"]) == ({"q": None}, "[]", "{}")
    assert (bare["maybe_map"], bare["enum"], bare["fixed"]) == (None, None, None)


@pytest.mark.slow
def test_t35_more_than_ten_thousand_tiny_parts_are_one_delivery(users):
    contents = [part([{"user_id": place}], "null") for place in range(3)]
    deliver(users, 9, *(contents[place % 3] for place in range(10_001)))

    report = next(report for report in users.land().values() if report.deliveries)

    assert (report.landed, report.complete, users.bucket.objects) == (10_001, True, 10_001)
    assert [(row["user_id"], row["_object"]) for row in (users.fold(), users.rows())[1]] == [
        (0, "sync_9/users/part-09999.avro"),
        (1, "sync_9/users/part-10000.avro"),
        (2, "sync_9/users/part-09998.avro"),
    ]


@pytest.mark.parametrize(
    ("kind", "far"),
    [
        ({"type": "long", "logicalType": "timestamp-micros"}, 10**18),
        ({"type": "long", "logicalType": "timestamp-millis"}, 10**16),
        ({"type": "int", "logicalType": "date"}, 2**31 - 5),
    ],
    ids=["micros", "millis", "days"],
)
def test_t33_a_moment_beyond_the_calendar_sets_its_row_aside_where_its_field_is_declared(tmp_path, kind, far):
    """And is null where it is not, or a time of Heap's own; its neighbours land."""
    born = {"source": "Heap", "feed": "Users", "fields": {"born": {"type": "datetime"}}}
    users = House(tmp_path, "heap/users", feeds=[born])
    rows = [{"user_id": 1, "born": far, "seen": 17}, {"user_id": 2, "born": 17, "seen": far}]
    deliver(users, 9, part(rows, born=kind, seen=kind))

    assert [(row["user_id"], row["seen"]) for row in users.up_to_date()] == [(2, None)]
    assert [(row["row"], row["column"], row["reason"]) for row in users.quarantine()] == [
        (0, "born", "not-of-its-type")
    ]
