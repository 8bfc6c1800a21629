"""Why two records are one person, or are not: everything that Stitch knew of the pair, from keys to the verdict.

It reads the tables of the current release and compares the pair anew by the released model, so that a pair which no
blocking key brought together is explained too. How it is printed is the command line's affair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.errors import UsageError
from heap_assets.stitch.blocking import keys_of_sql
from heap_assets.stitch.build import Build
from heap_assets.stitch.chains import Link, chain
from heap_assets.stitch.coalesced import COALESCED
from heap_assets.stitch.compare import compare
from heap_assets.stitch.fields import Field, Layout
from heap_assets.stitch.meanings_of_levels import meaning
from heap_assets.stitch.merging import REFUSED
from heap_assets.stitch.nicknames import nickname_links
from heap_assets.stitch.options import Classifier, StitchOptions
from heap_assets.stitch.representatives import frequencies
from heap_assets.stitch.rules import MATCHED, SEPARATED, verdicts
from heap_assets.stitch.scores import Scorer, all_equal, class_of, score_sql
from heap_assets.stitch.stages import (
    BLOCKS,
    MEMBERS,
    SCORES,
    bind_model,
    bind_records,
    bind_representatives,
    options_of,
)
from heap_assets.stitch.strategies import strategies_of

CLASSES = {
    "M": "one person",
    "U": "two people at random",
    "S": "namesakes",
    "H": "one household",
    "N": "same name, another generation",
    "T": "twins",
}
_PLACE = ("address", "postal", "city")


@dataclass(frozen=True)
class Side:
    """One of the two records: its key, its Amperity ID, what of it is compared, and what was blocked as a bad value."""

    record: str
    amperity_id: str
    representative: int | None
    values: Mapping[str, str]
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True)
class SharedKey:
    """A blocking or foreign key that both have: whether it brought them together, or why it did not."""

    name: str
    value: str
    used: bool
    remark: str = ""


@dataclass(frozen=True)
class Likeness:
    """One field: both values, what their level means, and what it is worth in bits; positive speaks for one person."""

    field: str
    left: str | None
    right: str | None
    level: int
    meaning: str
    bits: float


@dataclass(frozen=True)
class Explanation:
    """Everything known of a pair; `bits` are posterior odds, `classes` the probability of each kind of pair."""

    left: Side
    right: Side
    joined: bool
    score: float
    category: str
    decided_by: str
    verdict: str
    blocking: tuple[SharedKey, ...] = ()
    foreign_keys: tuple[SharedKey, ...] = ()
    fields: tuple[Likeness, ...] = ()
    prior_bits: float = 0.0
    commonness_bits: float = 0.0
    bits: float | None = None
    classes: Mapping[str, float] = field(default_factory=dict)
    chain: tuple[Link, ...] = ()


def explain(build: Build, first: str, second: str) -> Explanation:
    """Explain two records, each named `Source:Feed/pk`, by the tables of the build (the current release).

    Raises UsageError where a record is not known to Stitch, and ReleaseIncomplete where nothing was released yet.
    """
    with Engine() as engine:
        return _Explainer(build, engine).explain(first, second)


class _Explainer:
    """One engine with the release's tables bound."""

    def __init__(self, build: Build, engine: Engine) -> None:
        self.build, self.engine = build, engine
        self.options: StitchOptions = options_of(build)
        self.records, self.layout = bind_records(build, engine)
        self.count = bind_representatives(build, engine)
        build.bind(engine, "members", MEMBERS)
        build.bind(engine, "coalesced", COALESCED)
        build.bind(engine, "block_members", BLOCKS)
        build.bind(engine, "scored", SCORES)
        engine.bind_arrow("nicknames", nickname_links())
        self.scorer = Scorer(bind_model(build, engine))

    def explain(self, first: str, second: str) -> Explanation:
        left, right = self._side(first), self._side(second)
        joined = left.amperity_id == right.amperity_id
        if left.record == right.record:
            return Explanation(left, right, True, 5.0, "Exact", "one record", "It is one and the same record.")
        a, b = left.representative, right.representative
        if a is None or b is None:
            return self._without_comparison(left, right, joined)
        if a == b:
            told = "Everything compared is equal: both stand as one record from the start."
            return Explanation(left, right, joined, 5.0, "Exact", "trivial duplicate", told)
        return self._compared(left, right, joined, min(a, b), max(a, b))

    def _side(self, name: str) -> Side:
        datasource, pk = self._split(name)
        where = f"datasource = {literal(datasource)} AND pk = {literal(pk)}"
        rows = self.engine.rows(f"SELECT * FROM coalesced WHERE {where}").to_pylist()
        if not rows:
            raise UsageError(
                f"Stitch knows no record {name}",
                todo="Name it Source:Feed/pk, as datasource and pk of unified_coalesced have it.",
            )
        compared = self.engine.rows(f"SELECT * FROM {quote(self.records)} WHERE {where}").to_pylist()[0]
        numbers = self.engine.rows(f"SELECT i FROM members WHERE {where}")["i"].to_pylist()
        shown = {n: str(v) for n, v in compared.items() if v is not None and n not in ("datasource", "pk")}
        blocked = tuple(n.removeprefix("blv_") for n, v in rows[0].items() if n.startswith("blv_") and v)
        return Side(f"{datasource}/{pk}", rows[0]["amperity_id"], numbers[0] if numbers else None, shown, blocked)

    def _split(self, name: str) -> tuple[str, str]:
        """A record's name as data source and key; either may hold a slash, so the known sources decide."""
        known = [spec.display for spec in self.build.settings.feed_specs()]
        found = [source for source in known if name.startswith(f"{source}/")]
        if not found:
            raise UsageError(
                f"{name} names no table that Stitch reads",
                todo=f"Begin it with one of {', '.join(known)}, then a slash.",
            )
        source = max(found, key=len)
        return source, name[len(source) + 1 :]

    def _without_comparison(self, left: Side, right: Side, joined: bool) -> Explanation:
        told = "A Heap user that carries nothing to compare belongs to whom its user_id, after user_migrations, belongs to."
        score, category = (5.0, "Exact") if joined else (0.0, "Non-match")
        return Explanation(left, right, joined, score, category, "user_migrations", told)

    def _compared(self, left: Side, right: Side, joined: bool, l: int, r: int) -> Explanation:  # noqa: E741
        engine, known = self.engine, frequencies(self.engine, self.layout)
        engine.bind_arrow("asked", pa.table({"l": pa.array([l], pa.int64()), "r": pa.array([r], pa.int64())}))
        row = engine.rows(compare(engine, self.layout, known, self.options, "asked")).to_pylist()[0]
        vector = np.array([row["vector"]], dtype=np.int64)
        levels, adjust = self.layout.levels_of(vector), float(row["adjust"])
        keys = tuple(self._foreign_keys(left, right))
        certain = any(key.used for key in keys)
        ruled = int(verdicts(self.layout, self.options, levels, self.layout.conflicts_of(vector))[0])
        bits = float(self.scorer.bits(levels, np.array([adjust]))[0])
        score, category = self._score(bits, certain, ruled, bool(all_equal(self.layout, levels)[0]))
        links = tuple(chain(engine, self.options.bits, l, r)) if joined and score < self.options.threshold else ()
        return Explanation(
            left,
            right,
            joined,
            score,
            category,
            self._decided_by(certain, ruled),
            self._verdict(joined, score, certain, links, l, r),
            tuple(self._blocking(l, r)),
            keys,
            tuple(self._likenesses(left, right, levels[0])),
            self._prior(),
            -adjust,
            round(bits, 2),
            self._classes(levels, adjust),
            links,
        )

    def _score(self, bits: float, certain: bool, ruled: int, equal: bool) -> tuple[float, str]:
        separated = ruled == SEPARATED and not (certain and self.options.classifier is Classifier.FK_FIRST)
        sure = certain or ruled == MATCHED or (equal and bits >= 6.63)
        row = self.engine.rows(
            f"SELECT *, {class_of('score')} AS category"
            f" FROM (SELECT {score_sql(literal(round(bits, 6)), str(sure).upper(), str(separated).upper())} AS score) AS s"
        ).to_pylist()[0]
        return float(row["score"]), str(row["category"])

    def _decided_by(self, certain: bool, ruled: int) -> str:
        if certain and (ruled != SEPARATED or self.options.classifier is Classifier.FK_FIRST):
            return "an equal foreign key"
        return {SEPARATED: "a separation key or rule", MATCHED: "a rule"}.get(ruled, "the model")

    def _verdict(
        self,
        joined: bool,
        score: float,
        certain: bool,
        links: Sequence[Link],
        l: int,
        r: int,  # noqa: E741
    ) -> str:
        strong = score >= self.options.threshold
        if joined and strong:
            return "One person: the pair itself is strong enough."
        if joined and links:
            return f"One person, through {len(links) - 1} other record(s): the pair itself is too weak, but nothing in the group contradicts."
        if joined:
            return "One person: nothing in the group contradicts, and a contact that nobody else uses, or a key, joins them."
        if strong or certain:
            conflict = self._strongest_conflict(l, r)
            return f"Two people: the pair is strong enough, but their groups contradict each other{conflict}."
        return "Two people: too little speaks for one."

    def _strongest_conflict(self, l: int, r: int) -> str:  # noqa: E741
        rows = self.engine.rows(f"""
            WITH placed_now AS (
                SELECT DISTINCT m.i, c.amperity_id FROM members AS m
                JOIN coalesced AS c ON m.datasource = c.datasource AND m.pk = c.pk
            ), ones AS (SELECT i FROM placed_now WHERE amperity_id IN (SELECT amperity_id FROM placed_now WHERE i = {l})),
            others AS (SELECT i FROM placed_now WHERE amperity_id IN (SELECT amperity_id FROM placed_now WHERE i = {r}))
            SELECT s.source1 || '/' || s.pk1 AS one, s.source2 || '/' || s.pk2 AS other, s.evidence FROM scored AS s
            WHERE (s.l IN (SELECT i FROM ones) AND s.r IN (SELECT i FROM others)
                OR s.r IN (SELECT i FROM ones) AND s.l IN (SELECT i FROM others)) AND s.evidence <= {REFUSED / 2}
            ORDER BY s.evidence, s.l, s.r LIMIT 1
        """).to_pylist()
        return (
            f": {rows[0]['one']} and {rows[0]['other']} speak against it by {-rows[0]['evidence']:.1f} bits"
            if rows
            else ""
        )

    def _blocking(self, l: int, r: int) -> list[SharedKey]:  # noqa: E741
        strategies = strategies_of(self.layout, self.options, self.count)
        rows = self.engine.rows(f"""
            WITH keys AS ({keys_of_sql(self.layout, strategies, [l, r])})
            SELECT DISTINCT a.strategy, a.bk AS value, EXISTS (
                SELECT 1 FROM block_members AS x JOIN block_members AS y
                ON x.strategy = y.strategy AND x.cut = y.cut AND x.block = y.block
                WHERE x.strategy = a.number AND x.i = {l} AND y.i = {r}) AS used
            FROM keys AS a JOIN keys AS b ON a.strategy = b.strategy AND a.bk = b.bk AND a.i = {l} AND b.i = {r}
            ORDER BY a.strategy, value
        """).to_pylist()
        dropped = (
            f"too common to compare (more than {self.options.block_cap} records, or beyond the strategy's allowance)"
        )
        return [SharedKey(x["strategy"], x["value"], x["used"], "" if x["used"] else dropped) for x in rows]

    def _foreign_keys(self, left: Side, right: Side) -> list[SharedKey]:
        """Equal foreign keys of the two records themselves, and their Heap user after user_migrations."""
        found = []
        for name in ("heap_user_id", *self.layout.keys("fk_")):
            value = left.values.get(name)
            if value is None or right.values.get(name) != value:
                continue
            holders = int(
                self.engine.value(
                    f"SELECT count(*) FROM {quote(self.records)} WHERE {quote(name)}::VARCHAR = {literal(value)}"
                )
            )
            used = name == "heap_user_id" or holders <= self.options.fk_block_cap
            remark = (
                ""
                if used
                else f"held by {holders:,} records, more than {self.options.fk_block_cap:,}: it means nothing"
            )
            found.append(SharedKey(name, value, used, remark))
        return found

    def _likenesses(self, left: Side, right: Side, levels: Any) -> list[Likeness]:
        same, random = self.scorer.classes.index("M"), self.scorer.classes.index("U")
        told = []
        for place, one in enumerate(self.layout.fields):
            level = int(levels[place])
            bits = float(self.scorer.logs[same, place, level] - self.scorer.logs[random, place, level])
            if one.name == "mailbox" and not level:
                continue
            a, b = (_shown(one, side.values) for side in (left, right))
            told.append(Likeness(one.name, a, b, level, meaning(one, level), round(bits, 2) if one.modelled else 0.0))
        return told

    def _prior(self) -> float:
        """How much commoner pairs at random are than pairs of one person, in bits; it always speaks against."""
        sizes = self.scorer.model.mixture.sizes
        return round(float(np.log2(sizes["M"]) - np.log2(sizes["U"])), 2)

    def _classes(self, levels: Any, adjust: float) -> dict[str, float]:
        logs = self.scorer.class_logs(levels)[:, 0] + self.scorer.log_sizes
        chance = [at for at, name in enumerate(self.scorer.classes) if name in ("U", "S")]
        logs[chance] += adjust
        shares = np.exp2(logs - logs.max())
        shares /= shares.sum()
        return {CLASSES[name]: round(float(share), 4) for name, share in zip(self.scorer.classes, shares, strict=True)}


def _shown(one: Field, values: Mapping[str, str]) -> str | None:
    if one.name == "place":
        return ", ".join(values[name] for name in _PLACE if name in values) or None
    if one.name == "mailbox":
        return values.get("email")
    return values.get(one.name)


__all__ = ["CLASSES", "Explanation", "Layout", "Likeness", "SharedKey", "Side", "explain"]
