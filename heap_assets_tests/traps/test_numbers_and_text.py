"""Numbers, text and times through a feed: exact, as delivered, or set aside (T53 to T56, T74, T75)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from heap_assets import open_lake
from heap_assets.engine import Engine, literal
from heap_assets.feeds.times import normalise_times
from heap_assets.settings.date_formats import date_format
from heap_assets.stitch.standardise.contacts import email, email_written
from heap_assets_tests.feeds.house import House
from heap_assets_tests.traps.crm import FILE, accounted, crm, landed

IDS = (9007199254740991, 9007199254740993, 9223372036854775807)
NOON = datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine():
    with Engine() as held:
        yield held


@pytest.mark.parametrize("source", ["Avro", "CSV"])
def test_t53_great_ids_beside_nulls_stay_exact_in_every_output(tmp_path, source):
    if source == "Avro":
        house = House(tmp_path, "heap/users")
        house.builder.dump(9, users=[{"user_id": number, "other": number} for number in IDS] + [{"user_id": 1}])
    else:
        fields = {"user_id": {"type": "integer"}, "other": {"type": "integer"}}
        house = crm(tmp_path, primary_key=["user_id"], fields=fields)
        house.builder.file(FILE, [{"user_id": number, "other": number} for number in IDS] + [{"user_id": 1}])
    house.up_to_date()
    lake, name = open_lake(house.settings), house.spec.display

    wanted = [None, *IDS]

    assert lake.read(name).sort_by("user_id")["other"].to_pylist() == wanted
    frame = lake.frame(name).sort_values("user_id")
    assert str(frame["other"].dtype) == "int64[pyarrow]"
    assert frame["other"].dropna().tolist() == list(IDS)
    assert sorted(row["_pk"] for row in house.rows()) == sorted(map(str, (1, *IDS)))
    told = lake.sql(f'SELECT to_json(other) AS other FROM "{name}" WHERE other IS NOT NULL ORDER BY other')
    assert [json.loads(value) for value in told["other"].to_pylist()] == list(IDS)


TEXTS = ("00123", "1e5", "1234567890123456789012", "NA", "null", "None", "nan", "TRUE", "0x1F", " x ", "1,5", "-0")


def test_t54_text_that_looks_like_something_else_stays_that_text(tmp_path):
    house = crm(tmp_path)
    landed(house, "id,v\n" + "".join(f'{text.replace(",", ";")},"{text}"\n' for text in TEXTS))

    assert {row["v"] for row in house.rows()} == set(TEXTS)
    assert {row["_pk"] for row in house.rows()} == {text.replace(",", ";") for text in TEXTS}


def test_t55_empty_text_and_null(tmp_path):
    house = crm(tmp_path, fields={"n": {"type": "integer"}})
    landed(house, 'id,v,n\n1,"",""\n2,,\n"","key",7\n')
    users = House(tmp_path / "avro", "heap/users")
    users.builder.dump(9, users=[{"user_id": 1, "v": ""}, {"user_id": 2, "v": None}])

    assert [(row["_pk"], row["v"], row["n"]) for row in house.rows()] == [
        ("", "key", 7),
        ("1", "", None),
        ("2", None, None),
    ]
    assert [row["v"] for row in users.up_to_date()] == ["", None]


def test_t56_emails_stay_as_delivered_and_are_normalised_apart(tmp_path, engine):
    written = (" Ana.B+tag@EX.com ", "müller@bücher.example", "no mail")
    house = crm(tmp_path)
    landed(house, "id,v\n" + "".join(f"{number},{text}\n" for number, text in enumerate(written)))

    assert tuple(row["v"] for row in house.rows()) == written
    made = [
        engine.value(f"SELECT {email(email_written(literal(text.strip())))}") for text in (written[0], "ana.b@ex.com")
    ]
    assert made[0] == made[1] != written[0]


DATES = (
    "20260102", "2026-01-02", "2026/01/02", "01/02/2026", "01/02/26", "02-Jan-2026", "02-Jan-26", "02 Jan 2026",
    "02Jan2026",
)  # fmt: skip
TIMES = (
    "120005Z", "120005", "120005.000000000Z", "120005.000000000", "12:00:05.000 UTC", "12:00:05.000000000Z",
    "12:00:05.000000000", "12:00:05Z", "12:00:05", "12:00:05 PM", "14:00:05+0200", "14:00:05 +02:00",
)  # fmt: skip


def test_every_date_order_with_every_time_order_is_one_moment(engine):
    written = [f"{day} {clock}" for day in DATES for clock in TIMES]
    times, unreadable = normalise_times(pa.array([*written, *DATES, "soon"]), engine)

    assert set(zip(written, times.to_pylist()[: len(written)], strict=True)) == {(text, NOON) for text in written}
    assert times.to_pylist()[len(written) :] == [*[MIDNIGHT] * len(DATES), None]
    assert unreadable == 1


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [("12", 12, 0), ("12:34", 12, 34), ("3", 3, 0), ("3:04 pm", 15, 4), ("03:04 AM", 3, 4), ("12:04 am", 0, 4),
     ("12:04PM UTC", 12, 4)],
)  # fmt: skip
def test_hours_and_minutes(engine, text, hour, minute):
    (moment, _), _ = normalise_times(pa.array([f"01/02/2026 {text}", "soon"]), engine)

    assert moment.as_py() == MIDNIGHT.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    "text",
    ["02-01-2026", "02-01-26", "13/01/2026", "2026-02-30", "2026-01-02 25:00", "2026-01-02 13:04 PM", "2026-01-02x",
     "12:00:05", "infinity", "epoch", "now", "January 2, 2026", "0000-00-00", "1767355200.5"],
)  # fmt: skip
def test_what_is_in_no_order_is_no_time(engine, text):
    times, unreadable = normalise_times(pa.array([text, "2026-01-02 12:00:05 UTC"]), engine)

    assert (times.to_pylist(), unreadable) == ([None, NOON], 1)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("dd/MM/yyyy HH:mm:ss", "02/01/2026 12:00:05", NOON),
        ("d.M.yyyy H:m:s", "2.1.2026 12:0:5", NOON),
        ("yyyyMMddHHmmss", "20260102120005", NOON),
        ("MMM dd, yyyy hh:mm:ss a", "Jan 02, 2026 12:00:05 pm", NOON),
        ("EEE, dd MMMM yyyy HH:mm:ss Z", "Fri, 02 January 2026 14:00:05 +0200", NOON),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSz", "2026-01-02T12:00:05.000UTC", NOON),
        ("dd/MM/yy 'at' HH 'o''clock'", "02/01/26 at 12 o'clock", NOON.replace(second=0)),
        ("yyyy-DDD HH:mm:ss", "2026-002 12:00:05", NOON),
        ("dd/MM/yyyy", "02/01/2026", MIDNIGHT),
        ("dd/MM/yyyy", "02/01/26", None),
        ("dd/MM/yyyy", "31/02/2026", None),
        ("dd/MM/yyyy", "2026-01-02", None),
        ("dd/MM/yyyy", "02/01/2026 12:00", None),
    ],
)
def test_declared_formats(tmp_path, form, text, value):
    house = crm(tmp_path, fields={"at": {"type": "datetime", "format": form}, "on": {"type": "date", "format": form}})
    landed(house, f'id,at,on\n1,"{text}","{text}"\n2,,\n')

    found = {row["id"]: (row["at"], row["on"]) for row in house.rows()}

    assert found == ({"1": (value, value.date())} if value else {}) | {"2": (None, None)}
    assert accounted(house) == (2, 1 + bool(value), int(value is None))


@pytest.mark.parametrize(
    "form", ["", "HH:mm", "MM/yyyy", "dd/MM/yyyy hh:mm", "YYYY-MM-dd", "yyyy-MM-dd VV", "dd/dd/yyyy MM"]
)
def test_formats_that_mean_nothing(form):
    with pytest.raises(ValueError, match=r"must name|needs a|not understood|twice"):
        date_format(form)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", {"-7": -7, "5.0": 5, "9223372036854775807": 2**63 - 1}, ["9223372036854775808", "1e5", "5.5", "x"]),
        ("float", {"1e5": 1e5, "-.5": -0.5, "7": 7.0}, ["nan", "inf", "1e400", "0x1F", "1,5"]),
        ("decimal(5,2)", {"1.5": Decimal("1.50"), "2.100": Decimal("2.10"), "-7": Decimal(-7)}, ["1.005", "1000", "1e2", "."]),
        ("boolean", {"TRUE": True, "yes": True, "0": False, "No": False, "NULL": None}, ["2", "y"]),
        ("date", {"01/02/2026": date(2026, 1, 2), "2026-01-02T23:00:00-08:00": date(2026, 1, 2)}, ["2026-01-02x", "1767355200"]),
    ],
)  # fmt: skip
def test_declared_types_take_a_value_whole_or_set_its_row_aside(tmp_path, kind, good, bad):
    house = crm(tmp_path, primary_key=["v"], fields={"t": {"type": kind}})
    landed(house, "v,t\n" + "".join(f'"{text}","{text}"\n' for text in [*good, *bad]))

    assert {row["v"]: row["t"] for row in house.rows()} == good
    assert {(row["row"], row["column"], row["reason"]) for row in house.quarantine()} == {
        (len(good) + place, "t", "not-of-its-type") for place in range(len(bad))
    }


def test_renames_come_before_key_order_and_tags_and_win_over_a_field_of_that_name(tmp_path):
    fields = {"ZIP": {"type": "string", "rename": "postal"}, "nr": {"rename": "id"}, "chg": {"rename": "at"}}
    house = crm(tmp_path, fields=fields, last_updated="at", semantics={"postal": "postal"})
    landed(house, "nr,zip,postal,chg\n1,new,other,2\n1,old,other,1\n")

    (row,) = house.rows()

    assert (row["id"], row["postal"], row["_updated"]) == ("1", "new", 2)
    assert [name for name in row if name.startswith("postal__")]


def test_a_field_declared_later_in_other_letters_is_the_same_column(tmp_path):
    house = crm(tmp_path)
    landed(house, "id,plan,at\n1,a,1\n1,b,2\n")
    house.configure(
        feeds=[house_feed(fields={"Plan": {"type": "string"}, "AT": {"type": "string"}}, last_updated="At")]
    )

    landed(house, "id,plan,at\n1,c,3\n1,d,1\n", "2026-01-03.csv")

    assert [(row["plan"], row["_updated"]) for row in house.rows()] == [("c", 3)]


def house_feed(**changes):
    return {"source": "CRM", "feed": "C", "pattern": "{yyyy}-{MM}-{dd}*.csv", "primary_key": ["id"], **changes}


def test_t74_what_is_refused_or_set_aside_tells_nothing_personal(tmp_path):
    house = crm(tmp_path, fields={"n": {"type": "integer"}})
    for number, content in enumerate(
        (
            "ana@planted.example,ana@planted.example\n",
            'id,n\n1,"ana@planted.example\n',
            "id,n\n1,ana@planted.example,x\n2,planted\n",
        )
    ):
        landed(house, content, f"2026-01-02_{number}.csv")

    told = [house.reason(name) for name in house.statuses()] + house.quarantine()

    assert len(house.quarantine()) == 2
    assert "planted" not in repr(told)


def test_t75_times_of_the_future_and_of_1970_are_rows_and_move_nothing(tmp_path):
    house = House(tmp_path, "heap/pageviews")
    times = ("1970-01-01 00:00:00", "2038-01-19 03:14:08", "2100-01-01 00:00:00")
    house.builder.dump(9, pageviews=[{"user_id": 1, "event_id": n, "time": time} for n, time in enumerate(times)])
    house.up_to_date()
    house.builder.dump(10, pageviews=[{"user_id": 1, "event_id": 7, "time": "2026-01-01 00:00:00"}])

    found = [row["time"].year for row in house.up_to_date()]

    assert found == [1970, 2038, 2100, 2026]
    assert accounted(house) == (4, 4, 0)
