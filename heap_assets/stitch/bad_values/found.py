"""The table of bad values that are in force: `stitch_bad_values`, with the rule that found each and how often it is.

It reads the records made comparable; who applies it is `records`.
"""

import re

import pyarrow as pa

from heap_assets.engine import Engine, literal, quote
from heap_assets.engine.sql import columns
from heap_assets.lake.derived import Rows
from heap_assets.settings.stitch import BadValueRule
from heap_assets.stitch.bad_values import lists
from heap_assets.stitch.bad_values.typed import blocklist_domains, typed_values
from heap_assets.stitch.build import Build, Step
from heap_assets.stitch.semantics import column_name
from heap_assets.stitch.source_records import SOURCE

BAD_VALUES = "stitch/stitch_bad_values"
EVERYWHERE = "*"
COLUMNS = ("datasource", "semantic", "value", "num_values", "num_proxy", "domain_table", "is_preprocessed", "rule")
_PLAIN = {
    "given-name": "_given",
    "middle-name": "_middle",
    "surname": "_surname",
    "full-name": "_full",
    "generational-suffix": "_suffix",
    "title": "_title",
    "birthdate": "_birthdate",
    "address": "_address",
    "po-box": "_po_box",
    "city": "_city",
    "state": "_state",
    "postal": "_postal",
    "country": "_country",
    "company": "_company",
    "gender": "_gender",
}
_COUNTED_ADDRESS = "nullif(concat_ws(', ', _address, _city, _state), '')"


def expressions(schema: pa.Schema) -> dict[str, list[str]]:
    """For every semantic, the columns of the source records that hold its standardised values."""
    found = {semantic: [name] for semantic, name in _PLAIN.items()}
    for base in ("email", "phone"):
        found[base] = [name for name in schema.names if name.startswith(f"_{base}_")]
    for name in schema.names:
        if name.startswith(("_fk_", "_x_")):
            found[name.removeprefix("_")] = [name]
    return found


def counted(semantic: str, schema: pa.Schema) -> list[str]:
    """What a rule counts: an address counts with its city and state, never with its postal code (6.3 b)."""
    if semantic == "address":
        return [f"CASE WHEN _address IS NOT NULL THEN {_COUNTED_ADDRESS} END"]
    name = column_name(semantic) if semantic.startswith("fk-") else semantic
    return [quote(column) for column in expressions(schema).get(name, [])]


def produce_bad_values(build: Build, engine: Engine) -> Rows:
    """(datasource, semantic, value) of every bad value, `*` for every source; counts are those of the records now."""
    schema = build.bind(engine, "source", SOURCE)
    stitch = build.settings.stitch
    business = "allow-business-email" in stitch.pre_processing_profiles
    engine.bind_arrow("typed", typed_values(build, engine))
    parts = [*listed_sql(schema, business), *(rule_sql(rule, schema) for rule in stitch.badvalues_config)]
    parts.append(typed_sql(schema))
    engine.keep("found", " UNION ALL ".join(part for part in parts if part))
    return engine.rows(f"""
        SELECT {columns(COLUMNS)} FROM found
        QUALIFY row_number() OVER (
            PARTITION BY datasource, semantic, value ORDER BY num_proxy DESC NULLS LAST, rule
        ) = 1
        ORDER BY datasource, semantic, value
    """)


def listed_sql(schema: pa.Schema, business_allowed: bool) -> list[str]:
    """A statement a semantic: the values of the global lists that occur."""
    statements = []
    for semantic, names in expressions(schema).items():
        listed = [*lists.ANY, *lists.BY_SEMANTIC.get(semantic, ()), *(lists.KEYS if semantic.startswith("fk_") else ())]
        condition = f"value IN ({', '.join(literal(word) for word in listed)})"
        if semantic == "email":
            condition += f" OR {junk_email_sql('value', business_allowed)}"
        statements.append(_row(semantic, _counts(names), "global list", condition))
    return statements


def junk_email_sql(value: str, business_allowed: bool) -> str:
    """Whether a standardised e-mail is of a pattern that says nobody, or a business where that is not allowed.

    One expression for every list: of a hundred comparisons of parts of the text, none is as cheap.
    """
    parts: tuple[str, ...] = lists.LOCAL_PARTS
    domains: tuple[str, ...] = lists.DOMAINS
    beginnings: tuple[str, ...] = ()
    if not business_allowed:
        parts, domains = parts + lists.BUSINESS_LOCAL_PARTS, domains + lists.BUSINESS_DOMAINS
        beginnings = lists.BUSINESS_BEGINNINGS
    told = [f"(?:{_either(parts)})(?:@.*)?", f"[^@]*@(?:{_either(domains)})(?:@.*)?"]
    told += [f"(?:{_either(beginnings)}).*"] if beginnings else []
    return f"regexp_full_match({value}, {literal('(?s)' + '|'.join(told))})"


def _either(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, words))


def rule_sql(rule: BadValueRule, schema: pa.Schema) -> str:
    """Values seen with more distinct proxies than the rule allows; proxies are told apart only where rows suffice."""
    proxies = counted(rule.proxy, schema)
    subjects = counted(rule.semantic, schema)
    if not proxies or not subjects:
        return ""
    source = _CROWDED_ADDRESSES.format(threshold=rule.threshold) if rule.semantic == "address" else "source"
    seen = " UNION ALL ".join(
        f"SELECT {subject} AS value, {proxy} AS proxy FROM {source} WHERE {subject} IS NOT NULL AND {proxy} IS NOT NULL"
        for subject in subjects
        for proxy in proxies
    )
    often = " UNION ALL ".join(f"SELECT {subject} AS value FROM {source}" for subject in subjects)
    told = f"{rule.semantic} by {rule.proxy} {rule.threshold}"
    semantic = column_name(rule.semantic) if rule.semantic.startswith("fk-") else rule.semantic
    return f"""
        SELECT {literal(EVERYWHERE)} AS datasource, {literal(semantic)} AS semantic, s.value,
            max(o.num_values) AS num_values, count(DISTINCT s.proxy) AS num_proxy, NULL::VARCHAR AS domain_table,
            'true' AS is_preprocessed, {literal(told)} AS rule
        FROM ({seen}) AS s JOIN (
            SELECT value, count(*) AS num_values FROM ({often}) WHERE value IS NOT NULL
            GROUP BY value HAVING count(*) > {rule.threshold}
        ) AS o ON s.value = o.value
        GROUP BY s.value HAVING count(DISTINCT s.proxy) > {rule.threshold}
    """


_CROWDED_ADDRESSES = """(
    SELECT * FROM source WHERE _address IN (
        SELECT _address FROM source WHERE _address IS NOT NULL GROUP BY _address HAVING count(*) > {threshold}
    )
)"""
"""An address with its city is no commoner than without: long texts are built and counted for few rows alone."""


def typed_sql(schema: pa.Schema) -> str:
    """Values of the settings and of blocklists, with how often each occurs in the records that it is meant for."""
    parts = [
        f"SELECT datasource, {literal(semantic)} AS semantic, {quote(name)} AS value FROM source"
        f" WHERE {quote(name)} IN (SELECT value FROM typed WHERE semantic = {literal(semantic)})"
        for semantic, names in expressions(schema).items()
        for name in names
    ]
    return f"""
        SELECT t.datasource, t.semantic, t.value, count(o.value) AS num_values, NULL::BIGINT AS num_proxy,
            t.domain_table, t.is_preprocessed, t.rule
        FROM typed AS t LEFT JOIN ({" UNION ALL ".join(parts)}) AS o
            ON t.semantic = o.semantic AND t.value = o.value AND t.datasource IN ('*', o.datasource)
        GROUP BY t.datasource, t.semantic, t.value, t.domain_table, t.is_preprocessed, t.rule
    """


def _counts(names: list[str]) -> str:
    parts = " UNION ALL ".join(f"SELECT {quote(name)} AS value FROM source" for name in names)
    return f"SELECT value, count(*) AS num_values FROM ({parts}) WHERE value IS NOT NULL GROUP BY value"


def _row(semantic: str, counts: str, rule: str, condition: str) -> str:
    return f"""
        SELECT {literal(EVERYWHERE)} AS datasource, {literal(semantic)} AS semantic, value, num_values,
            NULL::BIGINT AS num_proxy, NULL::VARCHAR AS domain_table, 'true' AS is_preprocessed, {literal(rule)} AS rule
        FROM ({counts}) WHERE {condition}
    """


BAD_VALUES_STEP = Step(
    BAD_VALUES,
    "Values that are not used for matching: of the global lists, shared by too many people, typed, or blocklisted",
    produce_bad_values,
    (SOURCE,),
    domains=blocklist_domains,
    obeys=lambda build: build.settings.stitch.model_dump(
        mode="json", include={"badvalues_config", "bad_values", "pre_processing_profiles"}
    ),
)
