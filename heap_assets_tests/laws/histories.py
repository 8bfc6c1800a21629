"""Random histories of a bucket, over a key space so small that every rule of precedence is met at once (hypothesis)."""

from collections.abc import Sequence

from hypothesis import strategies as st

from heap_assets_tests.laws.world import (
    DUMPS,
    TABLES,
    Configure,
    Damage,
    Decide,
    Dump,
    File,
    Land,
    Overwrite,
    Step,
)

MOMENTS = (None, 1_767_225_600_000_000, 1_767_225_600_000_001, 1_767_312_000_000_000)
TIMES = (None, "2026-01-01 00:00:00", "2026-01-01 00:00:01")
CHANGES = (None, "2026-01-01", "2026-01-02T00:00:00+00:00", "17")
PLANS = ((1, 2**53 + 1), (0.5, 2.0), (True, False), ("gold", "5"))
DAYS = 3


@st.composite
def _users(draw, rows):
    plans = draw(st.none() | st.sampled_from(PLANS))
    row = {
        "user_id": st.sampled_from((1, 2, 3, -1, 2**53 + 1, None)),
        "last_modified": st.sampled_from(MOMENTS),
        "identity": st.sampled_from((None, "", "a", "b")),
    }
    if plans is not None:
        row["plan"] = st.none() | st.sampled_from(plans)
    return tuple(draw(st.lists(st.fixed_dictionaries(row), max_size=rows)))


_PAGEVIEW = {
    "user_id": st.sampled_from((1, 2)),
    "event_id": st.sampled_from((1, 2, 2**62, None)),
    "time": st.sampled_from(TIMES),
    "title": st.sampled_from(("x", "y")),
}
_MIGRATION = {
    "from_user_id": st.sampled_from((1, 2, 3)),
    "to_user_id": st.sampled_from((1, 2, 3, 4)),
    "time": st.sampled_from(TIMES),
}
_LINE = {
    "id": st.sampled_from(("1", "2", "3", None)),
    "changed": st.sampled_from(CHANGES),
    "text": st.sampled_from((None, "", "x", "y")),
}
CHANGED_SETTINGS = (
    {},
    {"last_updated": "changed"},
    {"primary_key": ["id", "text"]},
    {"load": "truncate_and_upsert"},
    {"fields": {"text": {"required": True}}},
    {"fields": {"changed": {"rename": "altered"}}},
)
PART = {
    "users": _users(4),
    "pageviews": st.lists(st.fixed_dictionaries(_PAGEVIEW), max_size=4).map(tuple),
    "user_migrations": st.lists(st.fixed_dictionaries(_MIGRATION), max_size=4).map(tuple),
}
_LINES = st.lists(st.fixed_dictionaries(_LINE), max_size=4).map(tuple)


@st.composite
def _dump(draw, tables: tuple[str, ...]) -> Dump:
    chosen = draw(st.lists(st.sampled_from(tables), max_size=len(tables), unique=True))
    held = {
        table: (draw(st.sampled_from((False, False, False, True))), tuple(draw(st.lists(PART[table], max_size=2))))
        for table in chosen
    }
    return Dump(draw(st.sampled_from(DUMPS)), held, draw(st.sampled_from(("", "-again"))))


@st.composite
def _overwrite(draw, tables: tuple[str, ...]) -> Overwrite:
    table = draw(st.sampled_from(tables))
    return Overwrite(draw(st.sampled_from(DUMPS)), table, draw(st.integers(0, 1)), draw(PART[table]))


def _file(feeds: tuple[str, ...]) -> st.SearchStrategy[File]:
    name = st.sampled_from(("a", "b"))
    return st.builds(File, st.sampled_from(feeds), st.integers(0, DAYS - 1), name, _LINES)


def _land(feeds: tuple[str, ...]) -> st.SearchStrategy[Land]:
    some = st.frozensets(st.sampled_from(feeds), min_size=1)
    return st.builds(Land, st.frozensets(st.integers(0, DAYS - 1), min_size=1), some, some)


_DAMAGE = st.builds(Damage, st.integers(0, 9))
_DECISION = st.builds(Decide, st.integers(0, 9), st.booleans())


def _configure(feeds: tuple[str, ...]) -> st.SearchStrategy[Configure]:
    return st.builds(Configure, st.sampled_from(feeds), st.sampled_from(CHANGED_SETTINGS))


def heap_histories(*tables: str, length: int = 7, trouble: bool = False) -> st.SearchStrategy[list[Step]]:
    """Dumps, re-deliveries, withdrawals, overwritten parts, full copies early and late; landing at random points.

    With `trouble` moreover damaged objects, and deliveries that a person takes out and puts back.
    """
    feeds = tuple(TABLES[table] for table in tables)
    steps = [_dump(tables), _dump(tables), _dump(tables), _overwrite(tables), _land(feeds)]
    steps += [_DAMAGE, _DECISION, _land(feeds)] if trouble else []
    return st.lists(st.one_of(steps), min_size=4, max_size=length)


def file_histories(
    *feeds: str, length: int = 7, trouble: bool = False, configured: bool = False
) -> st.SearchStrategy[list[Step]]:
    """Dated files, several of one date, written again, with landing at random points.

    With `trouble` as of dumps; with `configured` settings of the feeds change in between.
    """
    landing = _land(tuple(f"crm/{feed}" for feed in feeds))
    steps = [_file(feeds), _file(feeds), landing]
    steps += [_DAMAGE, _DECISION, landing] if trouble else []
    steps += [_configure(feeds), landing] if configured else []
    return st.lists(st.one_of(steps), min_size=4, max_size=length)


def is_eventful(steps: Sequence[Step]) -> bool:
    """Whether rows came, some were landed, and something happened after that."""
    delivered = [place for place, step in enumerate(steps) if not isinstance(step, Land) and _rows(step)]
    landed = [place for place, step in enumerate(steps) if isinstance(step, Land)]
    return any(first < place < last for place in landed for first in delivered[:1] for last in delivered[-1:])


def _rows(step: Step) -> int:
    if isinstance(step, Dump):
        return sum(len(part) for _, parts in step.tables.values() for part in parts)
    return len(step.rows) if isinstance(step, Overwrite | File) else 0


def landings(*feeds: str) -> st.SearchStrategy[list[Land]]:
    """Some other way in which a bucket is landed, bit by bit."""
    return st.lists(_land(feeds), max_size=3)
