"""Records without any name: a contact that one person alone uses is enough to belong to them (Amperity's staple, 6.13).

The threshold is relaxed to an even chance, for the contact's uniqueness says what no pair of records can. Named records
are never joined here, so no chain leads from one person to another.
"""

import numpy as np
import pyarrow as pa

from heap_assets.engine import Engine
from heap_assets.stitch.components import Numbers, connected
from heap_assets.stitch.fields import Layout

RELAXED = 0.0
"""Bits: as likely as not."""


def staple(engine: Engine, layout: Layout, clusters: Numbers) -> Numbers:
    """The clusters, those without a name joined to the only person of their e-mail, or else of their phone.

    Reads `representatives` and `scored`. Where nobody with a name uses an e-mail, those who do are one; a phone alone
    does not say so, for a household has many e-mails.
    """
    contacts = [name for name in ("email", "phone") if layout.has(name)]
    if not contacts or not (layout.has("given") or layout.has("surname")):
        return clusters
    names = [name for name in ("given", "surname") if layout.has(name)]
    named = " OR ".join(f"r.{name} IS NOT NULL" for name in names)
    used = " UNION ALL ".join(
        f"SELECT r.i, {rank} AS kind, r.{name} AS value, ({named}) AS named FROM representatives AS r"
        f" WHERE r.{name} IN (SELECT r.{name} FROM representatives AS r WHERE NOT ({named}))"
        for rank, name in enumerate(contacts)
    )
    contacts_used = engine.rows(used)
    placed = pa.array(clusters[contacts_used["i"].to_numpy()], pa.int64())
    engine.bind_arrow("used", contacts_used.append_column("cluster", placed))
    rows = engine.rows(_STAPLES.format(relaxed=RELAXED))
    return _joined(clusters, rows["l"].to_numpy(), clusters[rows["r"].to_numpy()])


def _joined(clusters: Numbers, left: Numbers, right: Numbers) -> Numbers:
    """The clusters once those in `left` are those in `right`: few of them, and named by their least still."""
    stapled = np.unique(np.concatenate([left, right]))
    names = np.arange(len(clusters))
    joined = connected(len(stapled), np.searchsorted(stapled, left), np.searchsorted(stapled, right))
    names[stapled] = stapled[joined]
    renamed: Numbers = names[clusters]
    return renamed


_STAPLES = """
    WITH people AS (SELECT DISTINCT cluster FROM used WHERE named),
    placed_contacts AS (
        SELECT u.*, p.cluster IS NOT NULL AS of_person FROM used AS u LEFT JOIN people AS p ON u.cluster = p.cluster
    ),
    users AS (
        SELECT kind, value, min(CASE WHEN of_person THEN cluster END) AS person,
            max(CASE WHEN of_person THEN cluster END) AS last_person, min(cluster) AS least, max(cluster) AS greatest
        FROM placed_contacts GROUP BY kind, value
    ),
    wishes AS (
        SELECT p.i, p.kind, p.value, coalesce(u.person, u.least) AS target,
            row_number() OVER (PARTITION BY p.cluster ORDER BY p.kind, p.i) AS choice
        FROM placed_contacts AS p JOIN users AS u ON p.kind = u.kind AND p.value = u.value
        WHERE NOT p.of_person AND u.least < u.greatest
            AND (u.person = u.last_person OR (u.person IS NULL AND p.kind = 0))
    )
    SELECT DISTINCT w.target AS l, w.i AS r
    FROM wishes AS w
    JOIN placed_contacts AS m ON m.cluster = w.target AND m.kind = w.kind AND m.value = w.value
    JOIN scored AS s ON s.l = least(m.i, w.i) AND s.r = greatest(m.i, w.i)
    WHERE w.choice = 1 AND s.bits >= {relaxed}
"""
