"""The way from one record to another of the same person: why they are one though their own pair is too weak.

It reads `released` (stitch_scores of the release), `people` and `representatives`.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from heap_assets.engine import Engine
from heap_assets.stitch.options import Classifier
from heap_assets.stitch.shared_keys import Keyring
from heap_assets.stitch.stapling import RELAXED

CONTACT = "contact"
_Steps = Mapping[int, Mapping[int, str]]


@dataclass(frozen=True)
class Link:
    """Two records on the way and what joins them: `score 4.20`, a foreign key's name, or a contact of theirs alone."""

    left: str
    right: str
    by: str


def chain(keyring: Keyring, start: int, end: int) -> list[Link]:
    """A shortest way between two representatives of one person: over strong pairs and foreign keys, then contacts.

    Of ways equally short, the one of the least numbers; empty where there is none.
    """
    engine = keyring.engine
    engine.keep(
        "of_person",
        f"SELECT DISTINCT i FROM people WHERE person IN (SELECT person FROM people WHERE i = {start})",
    )
    steps = _joined(keyring)
    way = _shortest(steps, start, end)
    if not way:
        for left, right, by in _contacts(engine, keyring):
            steps[left].setdefault(right, by)
            steps[right].setdefault(left, by)
        way = _shortest(steps, start, end)
    names = _names(engine, way)
    return [Link(names[left], names[right], steps[left][right]) for left, right in pairwise(way)]


def _joined(keyring: Keyring) -> dict[int, dict[int, str]]:
    """What joins two of the person's representatives by itself: a strong pair, or an equal foreign key."""
    steps: dict[int, dict[int, str]] = defaultdict(dict)
    engine = keyring.engine
    rows = engine.rows(f"""
        SELECT l, r, bits, score FROM released WHERE l IN (FROM of_person) AND r IN (FROM of_person)
            AND (bits >= {keyring.options.bits} OR score = 0)
    """).to_pylist()
    parted = {(row["l"], row["r"]) for row in rows if row["score"] == 0}
    for row in rows:
        if row["bits"] >= keyring.options.bits:
            steps[row["l"]][row["r"]] = steps[row["r"]][row["l"]] = f"score {row['score']:.2f}"
    held: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in engine.rows(keyring.foreign_keys_sql("m.i IN (FROM of_person)")).to_pylist():
        held[row["name"], row["value"]].append(row["i"])
    shared = {key: sorted(numbers) for key, numbers in held.items() if len(numbers) > 1}
    holders = keyring.holders(sorted(shared))
    obeyed = parted if keyring.options.classifier is Classifier.SK_FIRST else set()
    for key, numbers in sorted(shared.items()):
        if keyring.counts(key[0], holders[key]):
            # each to the least, as `groups` joins them: every pair of a key of thousands would be millions
            for left, right in [(numbers[0], other) for other in numbers[1:]]:
                if (left, right) not in obeyed:
                    steps[left][right] = steps[right][left] = key[0]
    return steps


def _contacts(engine: Engine, keyring: Keyring) -> Iterable[tuple[int, int, str]]:
    """Pairs of which one has no name and that share an e-mail or phone: `stapling` joins by it where it is unique."""
    layout = keyring.layout
    contacts = [name for name in ("email", "phone") if layout.has(name)]
    names = [name for name in ("given", "surname") if layout.has(name)]
    if not keyring.options.staple or not contacts or not names:
        return
    nameless = " OR ".join("(" + " AND ".join(f"{side}.{name} IS NULL" for name in names) + ")" for side in "ab")
    for name in contacts:
        rows = engine.rows(f"""
            SELECT s.l, s.r FROM released AS s
            JOIN representatives AS a ON s.l = a.i JOIN representatives AS b ON s.r = b.i
            WHERE s.l IN (FROM of_person) AND s.r IN (FROM of_person) AND s.bits >= {RELAXED}
                AND a.{name} = b.{name} AND ({nameless})
            ORDER BY s.l, s.r
        """).to_pylist()
        yield from ((row["l"], row["r"], f"{CONTACT} {name}") for row in rows)


def _shortest(steps: _Steps, start: int, end: int) -> list[int]:
    came = {start: start}
    queue = deque([start])
    while queue and end not in came:
        here = queue.popleft()
        for other in sorted(steps.get(here, {})):
            if other not in came:
                came[other] = here
                queue.append(other)
    if end not in came:
        return []
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def _names(engine: Engine, numbers: Iterable[int]) -> dict[int, str]:
    wanted = ", ".join(str(number) for number in numbers)
    if not wanted:
        return {}
    named = f"""SELECT i, datasource || '/' || pk AS name FROM members WHERE "first" AND i IN ({wanted})"""
    rows = engine.rows(named)
    return dict(zip(rows["i"].to_pylist(), rows["name"].to_pylist(), strict=True))
