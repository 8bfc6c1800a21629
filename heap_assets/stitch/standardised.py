"""From the columns of `records` to those that the stages compare: the one place that knows both names.

It goes when `records` makes the compared columns itself.
"""

import pyarrow as pa

from heap_assets.engine import Engine, quote

COMPARED = "compared_records"
CROWDS = {"email": 20, "phone": 20, "address": 40}
_RENAMED = {
    "given": "s_given_name",
    "surname": "s_surname",
    "suffix": "s_suffix",
    "email": "s_email",
    "phone": "s_phone",
    "birthdate": "s_birthdate",
}
_PLAIN = ("address", "city", "state", "company", "gender")


def define_compared(engine: Engine, records: str, schema: pa.Schema) -> str:
    """Make `compared_records` of the records; returns that name.

    An e-mail, phone or address that more given names than CROWDS use tells nobody apart (amperity_behaviour.md 6.3).
    """
    chosen = {to: quote(name) for to, name in _RENAMED.items() if name in schema.names}
    chosen |= {name: f"nullif(upper(trim({quote(name)}::VARCHAR)), '')" for name in _PLAIN if name in schema.names}
    if "postal" in schema.names:
        chosen["postal"] = "nullif(left(regexp_replace(upper(postal), '[^A-Z0-9]', '', 'g'), 5), '')"
    chosen |= {name.removeprefix("k_"): quote(name) for name in schema.names if name.startswith("k_fk_")}
    columns = ", ".join(f"{value} AS {quote(name)}" for name, value in chosen.items())
    engine.keep("renamed", f"SELECT datasource, pk, heap_user_id, {columns} FROM {quote(records)}")
    kept = [
        f"CASE WHEN {name} NOT IN ({_crowded(name)}) THEN {name} END AS {name}" if name in CROWDS else quote(name)
        for name in chosen
    ]
    engine.define(COMPARED, f"SELECT datasource, pk, heap_user_id, {', '.join(kept)} FROM renamed")
    return COMPARED


def _crowded(name: str) -> str:
    most = CROWDS[name]
    return f"""
        SELECT {name} FROM renamed WHERE {name} IN (SELECT {name} FROM renamed GROUP BY {name} HAVING count(*) > {most})
        GROUP BY {name} HAVING count(DISTINCT given) > {most}
    """
