"""The way from one record to another over pairs that are strong enough: why they are one person though their pair is weak."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from heap_assets.engine import Engine


@dataclass(frozen=True)
class Link:
    """One pair on the way, with its score."""

    left: str
    right: str
    score: float


def chain(engine: Engine, bits: float, start: int, end: int) -> Iterator[Link]:
    """The shortest way between two representatives of one component; nothing where keys alone hold it together.

    Reads `scored`. Of ways equally short, the one of the least numbers.
    """
    component = _component(engine, bits, start)
    edges: dict[int, list[tuple[int, Link]]] = {}
    for row in component:
        there = Link(f"{row['source1']}/{row['pk1']}", f"{row['source2']}/{row['pk2']}", row["score"])
        back = Link(there.right, there.left, there.score)
        edges.setdefault(row["l"], []).append((row["r"], there))
        edges.setdefault(row["r"], []).append((row["l"], back))
    came: dict[int, tuple[int, Link]] = {}
    queue = deque([start])
    while queue and end not in came:
        here = queue.popleft()
        for other, link in sorted(edges.get(here, []), key=lambda item: item[0]):
            if other != start and other not in came:
                came[other] = here, link
                queue.append(other)
    links = []
    at = end
    while at in came:
        at, link = came[at]
        links.append(link)
    yield from reversed(links)


def _component(engine: Engine, bits: float, start: int) -> list[dict[str, object]]:
    """Strong pairs reached from a representative, wave by wave."""
    engine.keep("reached", f"SELECT {start}::BIGINT AS i")
    size = 0
    while True:
        engine.keep(
            "reached_now",
            f"""
            SELECT i FROM reached
            UNION SELECT s.r AS i FROM scored AS s JOIN reached AS h ON s.l = h.i WHERE s.bits >= {bits} OR s.score >= 5
            UNION SELECT s.l AS i FROM scored AS s JOIN reached AS h ON s.r = h.i WHERE s.bits >= {bits} OR s.score >= 5
            """,
        )
        engine.keep("reached", "SELECT i FROM reached_now")
        grown = int(engine.value("SELECT count(*) FROM reached"))
        if grown == size:
            break
        size = grown
    return engine.rows(
        f"SELECT s.l, s.r, s.source1, s.pk1, s.source2, s.pk2, s.score FROM scored AS s"
        f" WHERE (s.bits >= {bits} OR s.score >= 5) AND s.l IN (SELECT i FROM reached)"
        " ORDER BY s.l, s.r"
    ).to_pylist()
