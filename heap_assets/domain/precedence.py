"""Which row of a key wins: precedence as SQL order terms.

The same for rows of the feed and rows that hold already (interfaces.md 5).
"""

from heap_assets.engine import quote
from heap_assets.feeds.times import written_time
from heap_assets.settings import FeedSpec


def updated_sql(spec: FeedSpec, types: dict[str, str]) -> str:
    """`_updated` as a BIGINT expression over a feed row: the last-updated field, else the dump id, else the file date.

    `types` are SQL types by column. Datetimes count in microseconds UTC. Text counts as the number that it is, else as
    the time that it says, by the one normaliser.
    """
    field = spec.last_updated
    if field is None or field not in types:
        if spec.last_updated is not None:
            return "NULL::BIGINT"
        return "_delivery::BIGINT" if spec.delivery == "heap_connect" else "epoch_us(_file_date::TIMESTAMP)"
    kind, name = types[field], quote(field)
    if kind.startswith("TIMESTAMP"):
        return f"epoch_us({name})"
    if kind == "DATE":
        return f"epoch_us({name}::TIMESTAMP)"
    if kind == "VARCHAR":
        number = f"regexp_full_match(trim({name}), '[+-]?[0-9]+')"
        return f"CASE WHEN {number} THEN TRY_CAST(trim({name}) AS BIGINT) ELSE epoch_us({written_time(name)}) END"
    return f"TRY_CAST({name} AS BIGINT)"


def delivery_order_sql(spec: FeedSpec) -> list[str]:
    """A row's delivery as order terms: dump id as a number; else file date, then key."""
    if spec.delivery == "heap_connect":
        return ["_delivery::BIGINT"]
    return ["_file_date", "_delivery"]


def precedence_sql(spec: FeedSpec) -> str:
    """The ORDER BY list of a window over rows of one key, the winner first; total, for object place and row end it."""
    terms = ["_updated DESC NULLS LAST"] if spec.last_updated is not None else []
    terms += [f"{term} DESC" for term in delivery_order_sql(spec)]
    terms += [f"{quote(name)} DESC NULLS LAST" for name in spec.tie_break]
    return ", ".join([*terms, "_object_index DESC", "_row DESC"])


def precedence_columns(spec: FeedSpec) -> list[str]:
    """Columns that `precedence_sql` reads, beside `_updated`."""
    return list(dict.fromkeys(["_file_date", "_delivery", *spec.tie_break, "_object_index", "_row"]))
