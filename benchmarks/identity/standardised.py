"""Records made comparable for the benchmarks: from a plain table and its tags to the table that Stitch resolves."""

import pyarrow as pa

from heap_assets.engine import Engine, quote

_SUFFIX = r"[ ,]+(JR|JUNIOR|SR|SENIOR|II|III|IV|2ND|3RD|4TH)$"
_STREET = {
    "STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN", "BOULEVARD": "BLVD", "COURT": "CT",
    "PLACE": "PL", "STRASSE": "STR", "STRAAT": "STR",
}  # fmt: skip
_SHARED = {"email": 20, "phone": 20, "address": 40}
"""More distinct given names than this make a value one that is shared (amperity_behaviour.md 6.3)."""
_COMPARED = {
    "given-name": "given_name", "surname": "surname", "full-name": "full_name", "generational-suffix": "suffix_field",
    "email": "email", "phone": "phone", "address": "address", "postal": "postal", "city": "city", "state": "state",
    "birthdate": "birthdate",
}  # fmt: skip
_JUNK = "('UNKNOWN', 'N/A', 'NA', 'TEST', 'NONE', 'NULL', 'GUEST', '', 'GENERAL DELIVERY')"


def standardised(engine: Engine, table: pa.Table, tags: dict[str, str]) -> pa.Table:
    """One row a record: datasource, pk, and the compared values that Stitch takes; null where missing or junk.

    `tags` maps columns of the table to semantics; a tag `x-<name>` becomes the custom field `x_<name>`, `fk-<name>` a
    foreign key.
    """
    engine.bind_arrow("plain_records", table)
    by_tag = {tag: column for column, tag in tags.items()}
    read = [
        f"{quote(by_tag[tag])}::VARCHAR AS {name}" if tag in by_tag else f"NULL::VARCHAR AS {name}"
        for tag, name in _COMPARED.items()
    ]
    keys = {tag.replace("-", "_"): column for tag, column in by_tag.items() if tag.startswith(("x-", "fk-"))}
    read += [f"upper(nullif(trim({quote(column)}::VARCHAR), '')) AS {quote(name)}" for name, column in keys.items()]
    engine.keep("read", f"SELECT datasource, pk, {', '.join(read)} FROM plain_records")
    engine.keep(
        "compared",
        f"WITH {_NAMED} SELECT datasource, pk, NULL::BIGINT AS heap_user_id, {_VALUES} {''.join(', ' + quote(name) for name in keys)} FROM named",
    )
    engine.drop("read")
    shared = " ".join(
        f"LEFT JOIN (SELECT {name} AS bad_{name} FROM compared GROUP BY 1 HAVING count(*) > {most} AND count(DISTINCT given)"
        f" > {most}) AS b_{name} ON {name} = bad_{name}"
        for name, most in _SHARED.items()
    )
    blocked = ", ".join(f"CASE WHEN bad_{name} IS NULL THEN {name} END AS {name}" for name in _SHARED)
    found = engine.rows(
        f"SELECT * EXCLUDE ({', '.join('bad_' + name for name in _SHARED)}) REPLACE ({blocked}) FROM compared {shared}"
    )
    engine.drop("compared")
    kept = [name for name in found.schema.names if name == "heap_user_id" or found[name].null_count < found.num_rows]
    return found.select(kept)


def _plain(value: str) -> str:
    """Capitals without marks, umlauts spelt out, letters, digits and single blanks only."""
    spelt = f"upper({value})"
    for letter, letters in (("Ä", "AE"), ("Ö", "OE"), ("Ü", "UE"), ("ß", "SS"), ("'", ""), ("’", "")):
        spelt = f"replace({spelt}, '{letter.replace(chr(39), chr(39) * 2)}', '{letters}')"
    return rf"nullif(trim(regexp_replace(strip_accents({spelt}), '[^\p{{L}}\p{{N}}]+', ' ', 'g')), '')"


def _known(value: str) -> str:
    return f"CASE WHEN {value} NOT IN {_JUNK} THEN {value} END"


_NAMED = rf"""
    words AS (
        SELECT * REPLACE ({_plain("given_name")} AS given_name, {_plain("surname")} AS surname,
            {_plain("full_name")} AS full_name)
        FROM read
    ),
    bare AS (
        SELECT *, regexp_replace(surname, '{_SUFFIX}', '') AS last,
            coalesce(upper(suffix_field), nullif(regexp_extract(surname, '{_SUFFIX}', 1), ''),
                nullif(regexp_extract(full_name, '{_SUFFIX}', 1), '')) AS ending,
            regexp_replace(full_name, '{_SUFFIX}', '') AS whole
        FROM words
    ),
    named AS (
        SELECT *, coalesce(given_name, nullif(regexp_replace(whole, ' ?[^ ]+$', ''), '')) AS first_names,
            coalesce(last, regexp_extract(whole, '([^ ]+)$', 1)) AS family
        FROM bare
    )
"""
_STREETS = "CASE regexp_extract(street, '([^ ]+)$', 1) " + " ".join(
    f"WHEN '{word}' THEN regexp_replace(street, '[^ ]+$', '{short}')" for word, short in _STREET.items()
) + " ELSE street END"  # fmt: skip
_LINE = _plain("replace(address, '#', ' APT ')")
_ADDRESS = _STREETS.replace("street", f"regexp_replace({_LINE}, ' (APT|UNIT|STE|SUITE) ?[A-Z0-9]+$', '')")
_DIGITS = "regexp_replace(phone, '[^0-9]', '', 'g')"
_GIVEN = _known(r"regexp_replace(first_names, '^([^ ]+.*) [A-Z]$', '\1')")
_MAIL = "regexp_replace(upper(trim(email)), '[+][^@]*@', '@')"
_VALUES = rf"""
    {_GIVEN} AS given,
    nullif(regexp_extract(first_names, '^[^ ]+.* ([A-Z])$', 1), '') AS middle,
    {_known("family")} AS surname,
    CASE ending WHEN 'JUNIOR' THEN 'JR' WHEN 'SENIOR' THEN 'SR' WHEN '2ND' THEN 'II' WHEN '3RD' THEN 'III'
        WHEN '4TH' THEN 'IV' ELSE ending END AS suffix,
    CASE WHEN regexp_full_match({_MAIL}, '[^@ ]+@[^@ ]+[.][^@ ]+')
        AND NOT regexp_full_match({_MAIL}, '(TEST|NOEMAIL|NONE|NA)@.*') THEN {_MAIL} END AS email,
    CASE WHEN length({_DIGITS}) >= 7 AND NOT regexp_full_match({_DIGITS}, '0+|1+|5+|9+|1234567890')
        THEN right({_DIGITS}, 10) END AS phone,
    CASE WHEN birthdate NOT IN ('1900-01-01', '1899-12-31', '1920-01-01', '') THEN birthdate END AS birthdate,
    {_known(_ADDRESS)} AS address,
    CASE WHEN regexp_full_match(trim(postal), '[0-9]{{5}}-?[0-9]{{4}}') THEN left(trim(postal), 5)
        WHEN postal NOT IN ('00000', '11111', '') THEN {_plain("postal")} END AS postal,
    {_known(_plain("city"))} AS city, {_known(_plain("state"))} AS state
"""
