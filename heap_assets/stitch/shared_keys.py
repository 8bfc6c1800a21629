"""Which keys two representatives share, and whether they counted: blocking keys, foreign keys, separation keys.

Everything here reads what the stages left in the engine: records, `members`, `representatives`, `block_members`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from heap_assets.engine import Engine, literal, quote
from heap_assets.stitch.blocking import keys_of_sql
from heap_assets.stitch.fields import Layout
from heap_assets.stitch.levels import date_near_sql
from heap_assets.stitch.options import StitchOptions, Strategy
from heap_assets.stitch.strategies import strategies_of

HEAP_USER = "heap_user_id"
SEPARATION = "separation key"
_DIFFERENT_NAMES = (5, 6, 7)


@dataclass(frozen=True)
class SharedKey:
    """A key that both have: whether it counted, and if not, why."""

    kind: str
    name: str
    value: str
    used: bool
    remark: str = ""

    def turned(self) -> "SharedKey":
        """The same with its sides exchanged: a separation key has a value for each."""
        if self.kind != SEPARATION:
            return self
        return replace(self, value=" / ".join(reversed(self.value.split(" / "))))


@dataclass(frozen=True)
class Keyring:
    """Where the keys of one resolution are looked up; `count` is its number of representatives."""

    engine: Engine
    records: str
    layout: Layout
    options: StitchOptions
    count: int

    def blocking(self, left: int, right: int) -> Iterable[SharedKey]:
        """Blocking keys of every strategy that both have, in the order of the strategies."""
        strategies = strategies_of(self.layout, self.options, self.count)
        rows = self.engine.rows(f"""
            WITH keys AS (SELECT * FROM ({keys_of_sql(self.layout, strategies)}) AS k WHERE i IN ({left}, {right}))
            SELECT a.number, string_agg(DISTINCT a.bk, ', ' ORDER BY a.bk) AS value, EXISTS (
                SELECT 1 FROM block_members AS x JOIN block_members AS y
                ON x.strategy = y.strategy AND x.cut = y.cut AND x.block = y.block
                WHERE x.strategy = a.number AND x.i = {left} AND y.i = {right}) AS used
            FROM keys AS a JOIN keys AS b ON a.number = b.number AND a.bk = b.bk AND a.i = {left} AND b.i = {right}
            GROUP BY a.number ORDER BY a.number
        """).to_pylist()
        for row in rows:
            strategy = strategies[row["number"]]
            remark = "" if row["used"] else self._not_used(strategy, left, right)
            yield SharedKey("blocking", strategy.name, row["value"], row["used"], remark)

    def _not_used(self, strategy: Strategy, left: int, right: int) -> str:
        """A block is too large for its cap, and then cut by a second key, or for what is left of an allowance."""
        members = int(
            self.engine.value(f"""
                WITH keys AS (SELECT i, bk FROM ({keys_of_sql(self.layout, [strategy])}) AS k),
                shared AS (SELECT bk FROM keys WHERE i IN ({left}, {right}) GROUP BY bk HAVING count(DISTINCT i) = 2)
                SELECT coalesce(min(n), 0)
                FROM (SELECT count(DISTINCT i) AS n FROM keys WHERE bk IN (SELECT bk FROM shared) GROUP BY bk) AS sized
            """)
        )
        cap = strategy.cap or self.options.block_cap
        if strategy.allowance is not None and members <= cap:
            return f"{members:,} have it, and rarer keys have used up what this strategy may compare"
        if strategy.allowance is not None:
            return f"{members:,} have it, more than {cap:,}"
        return f"{members:,} have it, more than {cap:,}, and no second key brought the two together"

    def foreign(self, left: int, right: int) -> Iterable[SharedKey]:
        """Equal foreign keys; records that are equal in everything compared share theirs."""
        rows = self.engine.rows(f"""
            SELECT name, value FROM ({self.foreign_keys_sql(f"m.i IN ({left}, {right})")}) AS held
            GROUP BY name, value HAVING count(DISTINCT i) = 2 ORDER BY name, value
        """).to_pylist()
        counts = self.holders([(row["name"], row["value"]) for row in rows])
        for row in rows:
            name, holders = row["name"], counts[row["name"], row["value"]]
            used = self.counts(name, holders)
            remark = "" if used else f"{holders:,} have it, more than {self.options.fk_block_cap:,}: it joins nobody"
            yield SharedKey("foreign key", name, row["value"], used, remark)

    def foreign_keys_sql(self, where: str) -> str:
        """One row a foreign key and representative (name, value, i) for which `where` holds (m is members)."""
        statements = [
            f"""
            SELECT DISTINCT {literal(name)} AS name, r.{quote(name)}::VARCHAR AS value, m.i
            FROM {quote(self.records)} AS r JOIN members AS m ON r.datasource = m.datasource AND r.pk = m.pk
            WHERE r.{quote(name)} IS NOT NULL AND {where}
            """
            for name in (HEAP_USER, *self.layout.keys("fk_"))
        ]
        return " UNION ALL ".join(statements)

    def holders(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """How many representatives have each of these foreign keys."""
        if not keys:
            return {}
        wanted = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in keys)
        rows = self.engine.rows(f"""
            SELECT name, value, count(*) AS n FROM ({self.foreign_keys_sql("TRUE")}) AS held
            WHERE (name, value) IN ({wanted}) GROUP BY name, value
        """).to_pylist()
        return {(row["name"], row["value"]): row["n"] for row in rows}

    def counts(self, name: str, holders: int) -> bool:
        """Whether a foreign key of so many holders joins them: a Heap user always does."""
        return name == HEAP_USER or holders <= self.options.fk_block_cap

    def separation(self, left: int, right: int, levels: Sequence[int]) -> Iterable[SharedKey]:
        """Separation keys that differ; one near enough to be a slip does not part."""
        names = [("suffix", "suffix")] if self.options.hard_suffix and self.layout.index("suffix") is not None else []
        names += [(key, key) for key in self.layout.keys("sk_")]
        for name, column in names:
            row = self.engine.rows(f"""
                SELECT a.{quote(column)} AS one, b.{quote(column)} AS other
                FROM representatives AS a JOIN representatives AS b ON a.i = {left} AND b.i = {right}
            """).to_pylist()[0]
            one, other = row["one"], row["other"]
            if one is None or other is None or one == other:
                continue
            remark = self._tolerated(name, levels, one, other)
            yield SharedKey(SEPARATION, name, f"{one} / {other}", not remark, remark)

    def _tolerated(self, name: str, levels: Sequence[int], one: str, other: str) -> str:
        given, suffix = self.layout.index("given"), self.layout.index("suffix")
        if name == "suffix" and suffix is not None and levels[suffix] == 1:
            return "one generation under two names"
        if name == "sk_given_name" and given is not None and levels[given] not in _DIFFERENT_NAMES:
            return "may be names of one person"
        if name == "sk_birthdate" and bool(self.engine.value(f"SELECT {date_near_sql(literal(one), literal(other))}")):
            return "near enough to be a slip"
        return ""
