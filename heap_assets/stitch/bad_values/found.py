"""The table of bad values that are in force: `stitch_bad_values`, with the rule that found each and how often it is.

It reads the records made comparable; who applies it is `records`.
"""

import re
from collections.abc import Iterable

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
_COUNTED_ADDRESS_PARTS = ["_address", "_city", "_state"]
_COUNTED_ADDRESS = f"nullif(concat_ws(', ', {columns(_COUNTED_ADDRESS_PARTS)}), '')"


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
    return [quote(column) for column in expressions(schema).get(_told(semantic), [])]


def _told(semantic: str) -> str:
    """A semantic as the table of bad values has it: keys by the name of their column."""
    return column_name(semantic) if semantic.startswith("fk-") else semantic


def produce_bad_values(build: Build, engine: Engine) -> Rows:
    """(datasource, semantic, value) of every bad value, `*` for every source; counts are those of the records now."""
    schema = build.bind(engine, "source", SOURCE)
    stitch = build.settings.stitch
    business = "allow-business-email" in stitch.pre_processing_profiles
    engine.bind_arrow("typed", typed_values(build, engine))
    parts = [*listed_sql(schema, business), *rules_sql(stitch.badvalues_config, schema)]
    parts.append(typed_sql(schema))
    engine.keep("found", " UNION ALL ".join(parts))
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


def rules_sql(rules: Iterable[BadValueRule], schema: pa.Schema) -> list[str]:
    """A statement a semantic and threshold: values seen with more distinct proxies than the rules allow.

    What is in more rows than that is found by its hash first: long texts are built, counted and told apart for few.
    That value and proxy are there is left to the join and the count: the engine would test it on every row.
    """
    together: dict[tuple[str, int], list[BadValueRule]] = {}
    for rule in rules:
        if counted(rule.semantic, schema) and counted(rule.proxy, schema):
            together.setdefault((rule.semantic, rule.threshold), []).append(rule)
    return [_rules_of(semantic, threshold, of, schema) for (semantic, threshold), of in together.items()]


def _rules_of(semantic: str, threshold: int, rules: Iterable[BadValueRule], schema: pa.Schema) -> str:
    subjects = counted(semantic, schema)
    often = " UNION ALL ".join(f"SELECT {subject} AS value FROM crowded" for subject in subjects)
    return f"""SELECT * FROM (
        WITH hashed AS ({_crowded_hashes(semantic, threshold, schema)}),
        crowded AS MATERIALIZED (
            SELECT {columns(_asked(rules, schema))} FROM source WHERE {_is_crowded(semantic, schema)}
        ),
        often AS (
            SELECT value, count(*) AS num_values FROM ({often}) GROUP BY value HAVING count(*) > {threshold}
        )
        {" UNION ALL ".join(_rule_sql(rule, schema) for rule in rules)}
    )"""


def _crowded_hashes(semantic: str, threshold: int, schema: pa.Schema) -> str:
    values = " UNION ALL ".join(
        f"SELECT hash({value}) AS h FROM source WHERE {value} IS NOT NULL" for value in _rougher(semantic, schema)
    )
    return f"SELECT h FROM ({values}) GROUP BY h HAVING count(*) > {threshold}"


def _is_crowded(semantic: str, schema: pa.Schema) -> str:
    return " OR ".join(f"hash({value}) IN (SELECT h FROM hashed)" for value in _rougher(semantic, schema))


def _rougher(semantic: str, schema: pa.Schema) -> list[str]:
    """What is counted, or what is no rarer: an address with its city is no commoner than without."""
    return ["_address"] if semantic == "address" else counted(semantic, schema)


def _asked(rules: Iterable[BadValueRule], schema: pa.Schema) -> list[str]:
    """Columns that rules read: wide rows cost more than finding them."""
    found = []
    for semantic in (of for rule in rules for of in (rule.semantic, rule.proxy)):
        found += _COUNTED_ADDRESS_PARTS if semantic == "address" else expressions(schema)[_told(semantic)]
    return list(dict.fromkeys(found))


def _rule_sql(rule: BadValueRule, schema: pa.Schema) -> str:
    seen = " UNION ALL ".join(
        f"SELECT {subject} AS value, {proxy} AS proxy FROM crowded"
        for subject in counted(rule.semantic, schema)
        for proxy in counted(rule.proxy, schema)
    )
    name = f"{rule.semantic} by {rule.proxy} {rule.threshold}"
    return f"""
        SELECT {literal(EVERYWHERE)} AS datasource, {literal(_told(rule.semantic))} AS semantic, s.value,
            max(o.num_values) AS num_values, count(DISTINCT s.proxy) AS num_proxy, NULL::VARCHAR AS domain_table,
            'true' AS is_preprocessed, {literal(name)} AS rule
        FROM ({seen}) AS s JOIN often AS o ON s.value = o.value
        GROUP BY s.value HAVING count(DISTINCT s.proxy) > {rule.threshold}
    """


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
