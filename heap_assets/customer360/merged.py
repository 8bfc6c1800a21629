"""Survivorship: one row a person, each group of values from the one source record that fills it best.

The order of the rules is Amperity's (amperity_behaviour.md 7.13).
"""

from dataclasses import dataclass

from heap_assets.engine import Engine, quote
from heap_assets.lake.derived import Rows
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.coalesced import COALESCED

MERGED = "customer_360/merged_customers"


@dataclass(frozen=True)
class MergeGroup:
    """Columns that always come from the same record; `flag` is the column that marks a bad value among them."""

    name: str
    columns: tuple[str, ...]
    flag: str | None = None


GROUPS = (
    MergeGroup("name", ("full_name", "given_name", "surname", "generational_suffix", "title"), "blv_surname"),
    MergeGroup("address", ("address", "address2", "city", "state", "postal", "country"), "blv_address"),
    MergeGroup("email", ("email",), "blv_email"),
    MergeGroup("phone", ("phone",), "blv_phone"),
    MergeGroup("birthdate", ("birthdate",)),
    MergeGroup("gender", ("gender",)),
    MergeGroup("company", ("company",)),
    MergeGroup("loyalty_id", ("loyalty_id",)),
    MergeGroup("create_dt", ("create_dt",)),
)
_SEVERAL = ("email", "phone")
_WITH_SOURCE = ("name", "address", "email", "phone", "birthdate", "gender")


def produce_merged(build: Build, engine: Engine) -> Rows:
    """One row an Amperity ID.

    In each group completeness comes before recency, and the least (datasource, pk) ends it.
    """
    present = set(build.bind(engine, "coalesced", COALESCED).names)
    joins, columns = [], []
    for group in GROUPS:
        held = [name for name in group.columns if name in present]
        if held:
            engine.define(f"best_{group.name}", _best_sql(group, held))
            joins.append(f"LEFT JOIN best_{group.name} USING (amperity_id)")
            columns += [f"best_{group.name}.{quote(name)}" for name in held]
            if group.name in _WITH_SOURCE:
                extra = (f"{group.name}_{part}" for part in ("pk", "datasource", "update_dt", "completion"))
                columns += [f"best_{group.name}.{name}" for name in extra]
    return engine.stream(f"""
        WITH people AS (
            SELECT amperity_id, max({_moment("update_dt")}) AS update_dt, count(*) AS source_records
            FROM coalesced GROUP BY amperity_id
        )
        SELECT amperity_id, {", ".join(columns)}, people.update_dt, people.source_records
        FROM people {" ".join(joins)}
    """)


def _best_sql(group: MergeGroup, held: list[str]) -> str:
    completion = _completion_sql(group.name, held)
    flagged = f"{group.flag} ASC, " if group.flag else ""
    columns = ", ".join(_one_sql(name) for name in held)
    return f"""
        SELECT amperity_id, {columns}, pk AS {group.name}_pk, datasource AS {group.name}_datasource,
            {_moment("update_dt")} AS {group.name}_update_dt, {completion} AS {group.name}_completion
        FROM coalesced WHERE {completion} > 0
        QUALIFY row_number() OVER (
            PARTITION BY amperity_id
            ORDER BY {completion} DESC, {flagged}{_moment("update_dt")} DESC NULLS LAST, pk, datasource
        ) = 1
    """


def _one_sql(name: str) -> str:
    """One value of a column: a record with several e-mails or phones holds them joined by commas, the first counts."""
    column = quote(name)
    return f"trim(split_part({column}, ',', 1)) AS {column}" if name in _SEVERAL else column


def _completion_sql(group: str, held: list[str]) -> str:
    """How complete a record is in a group: names 1 with both names or a full name; addresses 0 to 4.

    The rest 0 or 1.
    """
    filled = {name: f"(nullif(trim({quote(name)}::VARCHAR), '') IS NOT NULL)" for name in held}
    if group == "name":
        whole = filled.get("full_name", "FALSE")
        return f"({whole})::INTEGER"
    if group == "address":
        counted = [filled[name] for name in ("address", "city", "state", "postal") if name in filled]
        return " + ".join(f"{part}::INTEGER" for part in counted) or "0"
    return f"{filled[held[0]]}::INTEGER"


def _moment(name: str) -> str:
    return f"TRY_CAST({name} AS TIMESTAMPTZ)"


MERGED_STEP = Step(
    MERGED,
    "One row a person: for name, address, e-mail, phone, birthdate and gender the source record that fills it best",
    produce_merged,
    (COALESCED,),
)
