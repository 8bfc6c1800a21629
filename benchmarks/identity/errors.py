"""What is wrongly joined and wrongly left apart, by kind; for generated records only, which belong to nobody."""

import pyarrow.parquet as pq

from heap_assets.engine import Engine

from .labelled import Labelled
from .opponents import Run

SHOWN = ("given", "middle", "surname", "suffix", "email", "phone", "birthdate", "address", "postal", "city")


def show_errors(labelled: Labelled, run: Run, most: int) -> str:
    """Counts of both kinds of error by what the two people are to each other, and examples of each."""
    with Engine() as engine:
        _prepare(engine, labelled, run)
        names = pq.read_schema(run.folder / "standardised.parquet").names
        shown = [name for name in SHOWN if name in names]
        equal = " || ".join(
            f"CASE WHEN a.{name} IS NULL OR b.{name} IS NULL THEN '' WHEN a.{name} = b.{name} THEN '{name}= ' ELSE '{name}# ' END"
            for name in shown
        )
        engine.keep("wrong", f"SELECT {_KIND} AS kind, {equal} AS fields, a.n AS l, b.n AS r FROM {_JOINED}")
        engine.keep(
            "missed",
            f"SELECT {equal} AS fields, s.bits IS NOT NULL AS compared, coalesce(s.bits, -99) AS bits, a.n AS l, b.n AS r FROM {_MISSED}",
        )
        lines = ["", f"## Errors of {labelled.name}", "", "wrongly joined pairs by what they are to each other:"]
        lines += _listed(engine, "SELECT kind, count(*) AS n FROM wrong GROUP BY 1 ORDER BY n DESC, kind LIMIT 12")
        lines += ["", "and by fields (= equal, # unequal, else missing):"]
        lines += _listed(
            engine, f"SELECT kind, fields, count(*) AS n FROM wrong GROUP BY ALL ORDER BY n DESC, fields LIMIT {most}"
        )
        lines += ["", "missed pairs that were never compared / scored below the threshold / scored above it:"]
        lines += _listed(
            engine,
            "SELECT CASE WHEN NOT compared THEN 'never compared' WHEN bits < 2 THEN 'scored below' ELSE 'scored above, refused or lost' END AS why, count(*) AS n FROM missed GROUP BY 1 ORDER BY n DESC",
        )
        lines += ["", "scored pairs that are judged worse than they are, by fields: pairs, true share, mean promised:"]
        lines += _listed(engine, _PATTERNS.format(equal=equal, most=most, order="(share - promised)"))
        lines += ["", "and better than they are:"]
        lines += _listed(engine, _PATTERNS.format(equal=equal, most=most, order="(promised - share)"))
        lines += ["", "missed by fields:"]
        lines += _listed(
            engine,
            f"SELECT compared, fields, count(*) AS n FROM missed GROUP BY ALL ORDER BY n DESC, fields LIMIT {most}",
        )
        values = ", ".join(f"coalesce(a.{name}, '') AS {name}_l, coalesce(b.{name}, '') AS {name}_r" for name in shown)
        for table in ("wrong", "missed"):
            lines += ["", f"examples, {table}:"]
            lines += _examples(
                engine,
                f"SELECT t.*, {values} FROM (SELECT * FROM {table} ORDER BY hash(l * 31 + r) LIMIT {most}) AS t JOIN known AS a ON t.l = a.n JOIN known AS b ON t.r = b.n",
                shown,
            )
    return "\n".join(lines)


def _prepare(engine: Engine, labelled: Labelled, run: Run) -> None:
    for name in ("standardised", "labels", "edges", "members"):
        path = run.folder / f"{name}.parquet"
        engine.bind(name, [str(path)], pq.read_schema(path))
    engine.bind_arrow("truth", labelled.truth)
    engine.keep(
        "known",
        "SELECT row_number() OVER (ORDER BY s.datasource, s.pk) AS n, s.*, t.person, t.home, t.role, l.cluster, m.i"
        " FROM standardised AS s JOIN truth AS t USING (datasource, pk) JOIN labels AS l USING (datasource, pk)"
        " LEFT JOIN members AS m USING (datasource, pk)",
    )
    engine.keep("scores", "SELECT least(l, r) AS l, greatest(l, r) AS r, max(bits) AS bits FROM edges GROUP BY ALL")


_PATTERNS = """
    WITH firsts AS (SELECT i, min(n) AS n FROM known GROUP BY i),
    judged AS (
        SELECT {equal} AS fields, a.person = b.person AS hit, 1 / (1 + pow(2, -s.bits)) AS p
        FROM scores AS s JOIN firsts AS fa ON s.l = fa.i JOIN firsts AS fb ON s.r = fb.i
        JOIN known AS a ON a.n = fa.n JOIN known AS b ON b.n = fb.n
    ),
    counted AS (SELECT fields, count(*) AS n, avg(hit::INT) AS share, avg(p) AS promised FROM judged GROUP BY 1)
    SELECT fields, n, round(share, 3) AS share, round(promised, 3) AS promised FROM counted
    WHERE n >= 20 AND {order} > 0.03 ORDER BY n * {order} DESC LIMIT {most}
"""
_JOINED = "known AS a JOIN known AS b ON a.cluster = b.cluster AND a.n < b.n AND a.person <> b.person"
_MISSED = (
    "known AS a JOIN known AS b ON a.person = b.person AND a.n < b.n AND a.cluster <> b.cluster"
    " LEFT JOIN scores AS s ON s.l = least(a.i, b.i) AND s.r = greatest(a.i, b.i)"
)
_KIND = (
    "CASE WHEN a.home = b.home THEN 'one home: ' || least(a.role, b.role) || ' and ' || greatest(a.role, b.role)"
    " ELSE 'strangers' END"
)


def _listed(engine: Engine, statement: str) -> list[str]:
    return ["- " + ", ".join(str(value) for value in row.values()) for row in engine.rows(statement).to_pylist()]


def _examples(engine: Engine, statement: str, shown: list[str]) -> list[str]:
    lines = []
    for row in engine.rows(statement).to_pylist():
        about = " ".join(f"{name}={row[name]}" for name in ("kind", "compared", "bits") if name in row)
        for side in ("l", "r"):
            lines.append(
                f"  {about if side == 'l' else '':40} | " + " | ".join(row[f"{name}_{side}"] for name in shown)
            )
        lines.append("")
    return lines
