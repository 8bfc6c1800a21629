"""Why two records are one person, or are not: everything that Stitch knew of the pair, from keys to the verdict.

It reads the tables of the current release. What speaks for a pair is weighed in `evidence`, how a way leads from one
to the other is in `chains`; how it is printed is the command line's affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from heap_assets.engine import Engine, literal, quote
from heap_assets.errors import UsageError
from heap_assets.stitch.bad_values.found import BAD_VALUES
from heap_assets.stitch.build import Build, is_made
from heap_assets.stitch.chains import Link, chain
from heap_assets.stitch.coalesced import COALESCED
from heap_assets.stitch.evidence import Evidence, Scales
from heap_assets.stitch.fields import COLUMN_OF
from heap_assets.stitch.records import FLAG_OF
from heap_assets.stitch.scores import Scorer
from heap_assets.stitch.semantics import column_name
from heap_assets.stitch.shared_keys import HEAP_USER, Keyring
from heap_assets.stitch.source_records import SOURCE
from heap_assets.stitch.stages import (
    BLOCKS,
    CLUSTERS,
    CLUSTERS_STEP,
    MEMBERS,
    PAIR_SCORES,
    bind_model,
    bind_nicknames,
    bind_records,
    bind_representatives,
    options_of,
)
from heap_assets.stitch.verdict import Placed, sentence

BY_HEAP_USER = "user_migrations"
_NOT_COMPARED = {"datasource", "pk", "has_blv", *(f"blv_{name}" for name in FLAG_OF), "blv_email", "blv_phone"}
_TOLD_WHY = ("given-name", "surname", "email", "phone", "address", "birthdate")


@dataclass(frozen=True)
class Side:
    """One of the two records: its key, its Amperity ID, what of it is compared, and why delivered values are not.

    `representative` is the number under which it is compared, None for a Heap user that carries nothing to compare.
    """

    record: str
    amperity_id: str
    representative: int | None
    values: Mapping[str, str]
    blocked: Mapping[str, str]


@dataclass(frozen=True)
class Explanation:
    """Everything known of a pair. `compared` is how it came to be compared; without evidence there was no need to.

    `stale` is whether settings have changed since the release: then scores are those of now, persons those of then.
    """

    left: Side
    right: Side
    joined: bool
    verdict: str
    decided_by: str
    compared: str | None = None
    threshold: float = 3.0
    stale: bool = False
    evidence: Evidence | None = None
    chain: tuple[Link, ...] = ()


def explain(build: Build, first: str, second: str) -> Explanation:
    """Explain two records, each named `Source:Feed/pk`, by the tables of the build (the current release).

    Raises UsageError where a record is not known to Stitch, and ReleaseIncomplete where nothing was released yet.
    """
    with Engine() as engine:
        return Explainer(build, engine).explain(first, second)


class Explainer:
    """One engine with the release's tables bound: what is the same for every pair is looked up once."""

    def __init__(self, build: Build, engine: Engine) -> None:
        self.build, self.engine = build, engine
        build.bind(engine, "coalesced", COALESCED)
        build.bind(engine, "members", MEMBERS)
        build.bind(engine, "source", SOURCE)
        build.bind(engine, "bad", BAD_VALUES)
        self.records, self.layout = bind_records(build, engine)

    def explain(self, first: str, second: str) -> Explanation:
        """As the function of this name."""
        left, right = self._side(first), self._side(second)
        joined = left.amperity_id == right.amperity_id
        if left.record == right.record:
            return Explanation(left, right, joined, "It is one and the same record.", "its key")
        a, b = left.representative, right.representative
        if a is None or b is None:
            return Explanation(left, right, joined, _by_heap_user(left, right, joined), BY_HEAP_USER)
        if a == b:
            told = "One person: everything compared is equal, so both stand as one record from the start."
            return Explanation(left, right, joined, told, "equality of everything compared")
        return self._compared(left, right, joined, (a, b))

    def _side(self, name: str) -> Side:
        datasource, pk = self._split(name)
        where = f"datasource = {literal(datasource)} AND pk = {literal(pk)}"
        rows = self.engine.rows(f"SELECT * FROM coalesced WHERE {where}").to_pylist()
        if not rows:
            raise UsageError(
                f"Stitch knows no record of {datasource} with that key",
                todo="Name it Source:Feed/pk, as datasource and pk of unified_coalesced have it.",
            )
        compared = self.engine.rows(f"SELECT * FROM {quote(self.records)} WHERE {where}").to_pylist()[0]
        numbers = self.engine.rows(f"SELECT i FROM members WHERE {where}")["i"].to_pylist()
        shown = {n: _text(v) for n, v in compared.items() if v is not None and n not in _NOT_COMPARED}
        return Side(
            f"{datasource}/{pk}",
            rows[0]["amperity_id"],
            numbers[0] if numbers else None,
            shown,
            self._blocked(where, rows[0], compared),
        )

    def _blocked(self, where: str, delivered: Mapping[str, Any], compared: Mapping[str, Any]) -> dict[str, str]:
        """Why values that were delivered are not compared, by the name of the delivered column."""
        found = {}
        for semantic in _TOLD_WHY:
            name, column = column_name(semantic), COLUMN_OF.get(semantic, semantic)
            value = delivered.get(name)
            if value is None or not str(value).strip() or compared.get(column) is not None or column not in compared:
                continue
            rule = self._rule(where, semantic, column)
            crowd = rule is not None and " by " in rule
            found[name] = "too many people have it to tell them apart" if crowd else "a placeholder, or not valid"
        return found

    def _rule(self, where: str, semantic: str, column: str) -> str | None:
        """The rule by which a value of a record is bad; None where it is not readable at all."""
        source = self.engine.rows(f"SELECT * FROM source WHERE {where}").to_pylist()[0]
        values = {
            str(v) for n, v in source.items() if v is not None and (n == f"_{column}" or n.startswith(f"_{column}_"))
        }
        if column == "address":  # a crowd at an address is counted with its city and state
            parts = (source.get(name) for name in ("_address", "_city", "_state"))
            values.add(", ".join(str(part) for part in parts if part is not None))
        rules = self.engine.rows(f"SELECT value, rule FROM bad WHERE semantic = {literal(semantic)}").to_pylist()
        return next((str(row["rule"]) for row in rules if row["value"] in values), None)

    def _split(self, name: str) -> tuple[str, str]:
        """A record's name as data source and key; either may hold a slash, so the known sources decide."""
        known = [spec.display for spec in self.build.settings.feed_specs() if spec.stitch]
        found = [source for source in known if name.startswith(f"{source}/")]
        if not found:
            raise UsageError(
                "a record is named whose table Stitch does not read",
                todo=f"Begin its name with one of {', '.join(known)}, then a slash and its key.",
            )
        source = max(found, key=len)
        return source, name[len(source) + 1 :]

    @cached_property
    def _scales(self) -> Scales:
        build, engine = self.build, self.engine
        count = bind_representatives(build, engine)
        build.bind(engine, "block_members", BLOCKS)
        build.bind(engine, "released", PAIR_SCORES)
        build.bind(engine, "clusters", CLUSTERS)
        bind_nicknames(build, engine)
        model = bind_model(build, engine)
        keyring = Keyring(engine, self.records, self.layout, model.told(options_of(build)), count)
        return Scales(keyring, Scorer(model))

    def _compared(self, left: Side, right: Side, joined: bool, numbers: tuple[int, int]) -> Explanation:
        ring, engine = self._scales.keyring, self.engine
        self._keep_people(left, right)
        a, b = numbers
        names = (left.values, right.values) if a < b else (right.values, left.values)
        evidence = self._scales.weigh(min(a, b), max(a, b), names)
        if a > b:
            evidence = evidence.turned()
        rows = engine.rows(f"SELECT inside FROM released WHERE l = {min(a, b)} AND r = {max(a, b)}").to_pylist()
        links = () if not joined or (evidence.strong and (rows or evidence.certain)) else tuple(chain(ring, a, b))
        return Explanation(
            left=left,
            right=right,
            joined=joined,
            verdict=sentence(ring, Placed(a, b, joined, bool(rows)), evidence, links),
            decided_by=evidence.decided_by,
            compared=self._brought(evidence, rows),
            threshold=ring.options.threshold,
            stale=not is_made(self.build, CLUSTERS_STEP),
            evidence=evidence,
            chain=links,
        )

    def _brought(self, evidence: Evidence, rows: list[dict[str, Any]]) -> str | None:
        if not rows:
            return None
        if any(key.kind == "blocking" and key.used for key in evidence.keys):
            return "blocking"
        return "group" if rows[0]["inside"] else "every pair"

    def _keep_people(self, left: Side, right: Side) -> None:
        """Make `people`: the representatives of the two persons."""
        self.engine.keep(
            "people",
            f"""
            SELECT DISTINCT m.i, c.amperity_id AS person, k.is_supersized
            FROM (
                SELECT datasource, pk, amperity_id FROM coalesced
                WHERE amperity_id IN ({literal(left.amperity_id)}, {literal(right.amperity_id)})
            ) AS c JOIN members AS m ON c.datasource = m.datasource AND c.pk = m.pk
            JOIN clusters AS k ON c.datasource = k.datasource AND c.pk = k.pk
            """,
        )


def _by_heap_user(left: Side, right: Side, joined: bool) -> str:
    """A record that carries nothing to compare is placed by one join on the user that it became."""
    bare = " and ".join(side.record for side in (left, right) if side.representative is None)
    same = left.values.get(HEAP_USER) == right.values.get(HEAP_USER)
    rule = f"{bare}: nothing to compare, so the Heap user after user_migrations decides"
    if joined:
        return f"One person ({rule}{', and it is the same' if same else ', and that person has it'})."
    return f"Two people ({rule})."


def _text(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
