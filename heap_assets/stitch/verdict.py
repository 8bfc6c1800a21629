"""The verdict on a pair in one sentence: one person, and by what; or two people, and what refused them.

It reads `people` (i, person, is_supersized), `released` (stitch_scores of the release) and `representatives`.
"""

from dataclasses import dataclass

from heap_assets.engine import literal
from heap_assets.stitch.chains import CONTACT, Link
from heap_assets.stitch.evidence import Evidence
from heap_assets.stitch.merging import REFUSED
from heap_assets.stitch.shared_keys import Keyring


@dataclass(frozen=True)
class Placed:
    """Where the release has put a pair: its persons, whether that is one, and whether the two were compared."""

    left: int
    right: int
    joined: bool
    compared: bool


def sentence(keyring: Keyring, placed: Placed, evidence: Evidence, links: tuple[Link, ...]) -> str:
    """Why the release has the pair as one person or as two."""
    return _one(placed, evidence, links) if placed.joined else _two(keyring, placed, evidence)


def _one(placed: Placed, evidence: Evidence, links: tuple[Link, ...]) -> str:
    if evidence.certain and not evidence.separated:
        return "One person: they share a foreign key."
    if evidence.strong and placed.compared:
        return "One person: the pair by itself is strong enough."
    if len(links) == 1 and links[0].by.startswith(CONTACT):
        contact = links[0].by.removeprefix(f"{CONTACT} ")
        return f"One person: a record without a name belongs to the only one who uses its {contact}."
    if links:
        others = "another record" if len(links) == 2 else f"{len(links) - 1} other records"
        return f"One person, through {others}: the pair by itself would not be enough."
    return "One person in this release; by the settings and records of now nothing joins them."


def _two(keyring: Keyring, placed: Placed, evidence: Evidence) -> str:
    if evidence.separated:
        return f"Two people: {evidence.decided_by} parts them."
    if evidence.unspoken:
        return "Two people: no rule speaks of them, and rules alone decide."
    if not evidence.strong:
        return "Two people: too little speaks for one."
    if not placed.compared and not evidence.certain:
        return "Two people: the pair would be strong enough, but no key brought them together to be compared."
    return f"Two people: the pair is strong enough, but {_refusal(keyring, placed)}."


def _refusal(keyring: Keyring, placed: Placed) -> str:
    """What kept two groups apart although a pair between them is strong (see `merging`)."""
    engine = keyring.engine
    sides = {
        side: f"(SELECT i FROM people WHERE person = (SELECT min(person) FROM people WHERE i = {number}))"
        for side, number in (("one", placed.left), ("other", placed.right))
    }
    rows = engine.rows(f"""
        SELECT a.datasource || '/' || a.pk AS one, b.datasource || '/' || b.pk AS other, s.evidence
        FROM released AS s
        JOIN members AS a ON s.l = a.i AND a."first" JOIN members AS b ON s.r = b.i AND b."first"
        WHERE (s.l IN {sides["one"]} AND s.r IN {sides["other"]} OR s.r IN {sides["one"]} AND s.l IN {sides["other"]})
            AND s.evidence <= {literal(REFUSED)}
        ORDER BY s.evidence, s.l, s.r LIMIT 1
    """).to_pylist()
    if rows:
        strength = -rows[0]["evidence"]
        ruled = "a separation key or rule parts" if strength >= 40 else f"{strength:.1f} bits speak against"
        return f"{ruled} {rows[0]['one']} and {rows[0]['other']}, who would then be one as well"
    if engine.value(f"SELECT bool_or(is_supersized) FROM people WHERE i IN ({placed.left}, {placed.right})"):
        cap = keyring.options.component_cap
        return f"their group has more than {cap:,} records, and was cut where it holds together least"
    if keyring.layout.has("given") and any(_vague(keyring, side) for side in sides.values()):
        return "one of them has no whole given name, and may be somebody else with whom the other has nothing to do"
    return "all that the records of both people say, taken together, is not"


def _vague(keyring: Keyring, side: str) -> bool:
    whole = f"SELECT count(*) FROM representatives WHERE i IN {side} AND length(given) > 1"
    return int(keyring.engine.value(whole)) == 0
