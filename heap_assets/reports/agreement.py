"""How a grouping of records agrees with a known one: by pairs of records, by record (B-cubed) and by whole groups.

Counted from the sizes of groups and of their intersections, so no pair is ever formed. Where the two groupings come
from is the caller's business.
"""

from dataclasses import dataclass

from heap_assets.engine import Engine, quote


@dataclass(frozen=True)
class Agreement:
    """Counts of one comparison, and what is computed from them.

    A pair is two records of one group: `true_pairs` of the known groups, `found_pairs` of the found ones, `right_pairs`
    of both. `same_groups` are found exactly as they are. `own_precision` and `own_recall` are B-cubed: the mean over
    records of the share of its found (known) group that is right.
    """

    records: int
    people: int
    found: int
    true_pairs: int
    found_pairs: int
    right_pairs: int
    same_groups: int
    own_precision: float
    own_recall: float

    @property
    def precision(self) -> float:
        """Share of joined pairs that are one person."""
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that were joined."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of pairs."""
        return harmonic(self.precision, self.recall)

    @property
    def own_f1(self) -> float:
        """Harmonic mean of B-cubed precision and recall."""
        return harmonic(self.own_precision, self.own_recall)

    @property
    def group_precision(self) -> float:
        """Share of found groups that are a known group, no record more or less."""
        return self.same_groups / self.found if self.found else 1.0

    @property
    def group_recall(self) -> float:
        """Share of known groups that were found, no record more or less."""
        return self.same_groups / self.people if self.people else 1.0


def harmonic(precision: float, recall: float) -> float:
    """The F1 of a precision and a recall; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def agreement(engine: Engine, labels: str, known: str, found: str) -> Agreement:
    """Compare two columns of the view `labels`, one row a record; groups are equal values, nulls are left out.

    B-cubed after Amigó et al. 2009, "A comparison of extrinsic clustering evaluation metrics".
    """
    statement = _COUNTED.format(labels=quote(labels), known=quote(known), found=quote(found))
    return Agreement(**engine.rows(statement).to_pylist()[0])


_COUNTED = """
    WITH cells AS (
        SELECT {known} AS person, {found} AS id, count(*) AS n FROM {labels}
        WHERE {known} IS NOT NULL AND {found} IS NOT NULL GROUP BY ALL
    ),
    people AS (SELECT person, sum(n)::BIGINT AS size FROM cells GROUP BY person),
    ids AS (SELECT id, sum(n)::BIGINT AS size FROM cells GROUP BY id),
    sized AS (
        SELECT c.n, p.size AS person_size, i.size AS id_size
        FROM cells AS c JOIN people AS p USING (person) JOIN ids AS i USING (id)
    ),
    records AS (SELECT coalesce(sum(n), 0)::BIGINT AS n FROM cells)
    SELECT (SELECT n FROM records) AS records,
        (SELECT count(*) FROM people) AS people,
        (SELECT count(*) FROM ids) AS found,
        (SELECT coalesce(sum(size * (size - 1) // 2), 0) FROM people)::BIGINT AS true_pairs,
        (SELECT coalesce(sum(size * (size - 1) // 2), 0) FROM ids)::BIGINT AS found_pairs,
        coalesce(sum(n * (n - 1) // 2), 0)::BIGINT AS right_pairs,
        count(*) FILTER (n = person_size AND n = id_size) AS same_groups,
        coalesce(sum(n::DOUBLE * n / id_size) / (SELECT n FROM records), 1.0) AS own_precision,
        coalesce(sum(n::DOUBLE * n / person_size) / (SELECT n FROM records), 1.0) AS own_recall
    FROM sized
"""
