"""Values in the feed's types: times (T33), declared fields, the text in which types are joined."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heap_assets.engine import Engine
from heap_assets.feeds.drift import join_types, joined_columns
from heap_assets.feeds.types import UTC_MICROS, canonical_text, coerce, normalise_times
from heap_assets.settings import FeedSpec
from heap_assets.settings.feeds import FieldSpec

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
MICROS = 1_767_355_200_000_000


@pytest.fixture(scope="module")
def engine():
    with Engine() as held:
        yield held


def times(values: pa.Array, engine: Engine) -> list[datetime | None]:
    return [moment.as_py() for moment in normalise_times(values, engine)[0]]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02 12:00:00", NOON),
        ("2026-01-02 12:00:00 UTC", NOON),
        ("2026-01-02 12:00:00 GMT", NOON),
        ("2026-01-02T12:00:00Z", NOON),
        ("2026-01-02T12:00:00+00:00", NOON),
        ("2026-01-02 14:00:00+02", NOON),
        ("2026-01-02T04:00:00-08:00", NOON),
        ("2026-01-02 12:00:00.123456", NOON.replace(microsecond=123456)),
        ("2026-01-02 12:00:00.5 UTC", NOON.replace(microsecond=500000)),
        ("2026-01-02", NOON.replace(hour=0)),
        (" 2026-01-02 12:00:00 ", NOON),
        ("1767355200", NOON),
        ("1767355200000", NOON),
        ("1767355200000000", NOON),
        ("1767355200000000000", NOON),
        ("1969-12-31 23:59:59", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2100-01-01 00:00:00", datetime(2100, 1, 1, tzinfo=UTC)),
        ("0", None),
        ("", None),
        ("  ", None),
        ("Invalid date", None),
        ("2026-02-30 00:00:00", None),
        ("99999999999999999999999", None),
        ("nan", None),
    ],
)
def test_t33_times_as_text_among_others(text, moment, engine):
    assert times(pa.array([text, "Invalid date", None]), engine) == [moment, None, None]


def test_times_as_text_all_alike_take_the_fast_way(engine):
    assert times(pa.array(["2026-01-02 12:00:00", None]), engine) == [NOON, None]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02 12",
        "2026-01-02T12:00",
        "2026-01-02 12:00:00.123456789",
        "20260102",
        "2026-1-2",
        "0000-01-01",
        "2026-01-02 24:00:00",
        "2026-01-02 23:59:60",
        "9999-12-31 23:59:59",
        "1767355200.5",
    ],
)
def test_a_time_does_not_depend_on_its_neighbours(text, engine):
    alone, beside = (normalise_times(pa.array(values), engine)[0] for values in ([text], [text, "Invalid date"]))

    assert alone.cast(pa.int64())[0] == beside.cast(pa.int64())[0]


@pytest.mark.parametrize("number", [MICROS // 10**6, MICROS // 1000, MICROS, MICROS * 1000])
def test_t33_epochs_by_magnitude(number, engine):
    assert times(pa.array([number, None]), engine) == [NOON, None]
    assert times(pa.array([number, 0, -1]), engine) == [NOON, None, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)]


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 10**17, 10**14 - 1, 10**11, -(10**17)])
def test_no_number_is_too_great_for_a_time(number, engine):
    made, unreadable = normalise_times(pa.array([number], pa.int64()), engine)

    assert (len(made), unreadable) == (1, 0)


def test_typed_times_pass_in_microseconds(engine):
    assert times(pa.array([MICROS], pa.timestamp("us", "UTC")), engine) == [NOON]
    assert times(pa.array([date(2026, 1, 2)]), engine) == [NOON.replace(hour=0)]


def test_unreadable_times_are_counted_and_blank_ones_are_not(engine):
    assert normalise_times(pa.array(["Invalid date", "soon", "", "0", None, "2026-01-02"]), engine)[1] == 2


def declared(kind: str, form: str | None = None) -> FeedSpec:
    return FeedSpec("CRM", "C", "files", ("id",), fields=(FieldSpec("v", "v", kind, form),))


@pytest.mark.parametrize(
    ("kind", "form", "text", "value"),
    [
        ("integer", None, "42", 42),
        ("integer", None, " -7 ", -7),
        ("integer", None, "5.0", 5),
        ("integer", None, "9223372036854775807", 2**63 - 1),
        ("float", None, "1e5", 1e5),
        ("boolean", None, "Yes", True),
        ("boolean", None, "0", False),
        ("date", None, "2026-01-02", date(2026, 1, 2)),
        ("date", "dd/MM/yyyy", "02/01/2026", date(2026, 1, 2)),
        ("datetime", None, "2026-01-02T12:00:00Z", NOON),
        ("datetime", "dd/MM/yyyy HH:mm:ss", "02/01/2026 12:00:00", NOON),
        ("string", None, "00123", "00123"),
    ],
)
def test_declared_fields_take_their_type(kind, form, text, value, engine):
    made = coerce(declared(kind, form), "v", pa.array([text, None, ""]), engine)

    assert made.values[0].as_py() == value
    assert made.values[1].as_py() is None
    assert made.refused is None or not any(made.refused.to_pylist())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "4.5"),
        ("integer", "9223372036854775808"),
        ("float", "x"),
        ("boolean", "perhaps"),
        ("date", "2026-02-30"),
        ("datetime", "soon"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_marked(kind, text, engine):
    made = coerce(declared(kind), "v", pa.array([text, None, " "]), engine)

    assert made.refused.to_pylist() == [True, False, False]


@pytest.mark.parametrize("kind", ["integer", "float", "date", "decimal(10,2)"])
@pytest.mark.parametrize(
    "text", ["0x1F", "+1", "1.", ".5", "1e3", "Infinity", " 1", "007", "1_000", "-0", "1,5", "2026-01-02"]
)
def test_a_value_does_not_depend_on_its_neighbours(kind, text, engine):
    alone, beside = (coerce(declared(kind), "v", pa.array(values), engine) for values in ([text], [text, "zzz"]))

    assert alone.values[0] == beside.values[0]
    assert (alone.refused is not None) == beside.refused[0].as_py()


def test_canonical_text(engine):
    def text(values: pa.Array) -> list[str | None]:
        return canonical_text(values, engine).to_pylist()

    assert text(pa.array([5, None, 2**63 - 1])) == ["5", None, "9223372036854775807"]
    assert text(pa.array([5.0, 5.5, None, -0.25, 1e300])) == ["5", "5.5", None, "-0.25", "1e+300"]
    assert text(pa.array([-40292032.0, 0.5], pa.float32())) == ["-40292032", "0.5"]
    assert text(pa.array([True, False, None])) == ["true", "false", None]
    assert text(pa.array([date(2026, 1, 2)])) == ["2026-01-02"]
    assert text(pa.array([Decimal("1.50")])) == ["1.50"]


KINDS = (
    pa.bool_(),
    pa.int32(),
    pa.int64(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.date32(),
    pa.timestamp("us", "UTC"),
)


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (pa.int32(), pa.int64(), pa.int64()),
        (pa.float32(), pa.float64(), pa.float64()),
        (pa.int64(), pa.float64(), pa.string()),
        (pa.bool_(), pa.int64(), pa.string()),
        (pa.date32(), pa.timestamp("us", "UTC"), pa.string()),
        (pa.null(), pa.int64(), pa.int64()),
    ],
)
def test_types_join_without_loss(one, other, joined):
    assert join_types(one, other) == join_types(other, one) == joined


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_types_join_without_regard_to_order(kinds, order):
    shuffled = list(kinds)
    order.shuffle(shuffled)

    assert joined_columns({}, [{"v": kind} for kind in kinds]) == joined_columns({}, [{"v": kind} for kind in shuffled])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([-99_999_999_999, MICROS]),
        pa.array([2**62, MICROS], UTC_MICROS),
        pa.array([-(2**62), MICROS], UTC_MICROS),
        pa.array(["0000-01-01", "2026-01-02 12:00:00"]),
        pa.array(["0000-01-01", "2026-01-02 12:00:00Z"]),
    ],
    ids=["epoch", "after", "before", "text", "text with a zone"],
)
def test_t33_a_time_outside_of_the_calendar_is_null_and_counted(values, engine):
    made, unreadable = normalise_times(values, engine)

    assert (made.to_pylist(), unreadable) == ([None, NOON], 1)


@pytest.mark.parametrize("days", [2**31 - 1, -(2**31), -719_163, 2_932_897])
def test_t33_a_date_outside_of_the_calendar_is_null_whether_declared_or_not(days, engine):
    values = pa.array([days, None, -719_162, 2_932_896], pa.date32())
    ends = [None, None, date(1, 1, 1), date(9999, 12, 31)]

    kept, held = coerce(declared("float"), "other", values, engine), coerce(declared("date"), "v", values, engine)

    assert (kept.values.to_pylist(), kept.unreadable) == (ends, 1)
    assert (held.values.to_pylist(), held.refused.to_pylist()) == (ends, [True, False, False, False])
