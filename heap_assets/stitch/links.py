"""What joins two records: an equal foreign key, or an equal e-mail or phone where the names agree.

Each function is one statement.

A link is (left, right, strength): two record numbers and how much it weighs, FOREIGN_KEY the most. The deep version's
scores take this module's place; components and clusters stay.
"""

import pyarrow as pa

from heap_assets.engine import Engine, quote

FOREIGN_KEY, TWO_CONTACTS, EMAIL, PHONE, UNNAMED = 5, 4, 3, 2, 1
COMPARED = {
    "s_given_name": "split_part(given, ' ', 1)",
    "s_surname": "replace(surname, ' ', '')",
    "s_suffix": "suffix",
    "s_email": "email",
    "s_phone": "phone",
    "s_birthdate": "birthdate",
}
CROWD = (
    40  # an e-mail or phone of more distinct named records than this tells nobody apart (bad values, rule 20/20/20/40)
)


def number_records(engine: Engine, keys: list[str]) -> None:
    """Make `numbered`: records that carry anything to compare, numbered by (datasource, pk), so that order is content.

    Heap users that carry nothing are left to one integer join (architecture.md 6).
    """
    carried = " OR ".join(f"{quote(name)} IS NOT NULL" for name in ["email", "phone", "surname", *keys])
    compared = ", ".join(f"{expression} AS {name}" for name, expression in COMPARED.items())
    engine.keep(
        "numbered",
        f"""
        SELECT row_number() OVER (ORDER BY datasource, pk) - 1 AS record, datasource, pk, heap_user_id,
            {", ".join([compared, *map(quote, keys)])}
        FROM records WHERE heap_user_id IS NULL OR {carried}
        """,
    )


def foreign_key_links(engine: Engine, key: str) -> pa.Table:
    """Records of one value of a foreign key, each joined to the least of them: a star says as much as every pair."""
    return engine.rows(f"""
        SELECT min(record) OVER (PARTITION BY {quote(key)}) AS "left", record AS "right",
            {FOREIGN_KEY}::BIGINT AS strength
        FROM numbered WHERE {quote(key)} IS NOT NULL
        QUALIFY "left" <> "right"
    """)


def contact_links(engine: Engine) -> pa.Table:
    """Pairs of named records that share an e-mail or a phone and whose names agree.

    The strongest evidence of each pair.
    """
    engine.define("named", "SELECT * FROM numbered WHERE s_given_name IS NOT NULL OR s_surname IS NOT NULL")
    return engine.rows(f"""
        WITH shared AS ({_shared("s_email")} UNION ALL {_shared("s_phone")}),
        contacts AS (
            SELECT "left", "right", count(*) AS kinds, bool_or(kind = 's_email') AS by_email
            FROM shared GROUP BY ALL
        )
        SELECT c."left", c."right",
            CASE WHEN kinds > 1 THEN {TWO_CONTACTS} WHEN by_email THEN {EMAIL} ELSE {PHONE} END::BIGINT AS strength
        FROM contacts AS c JOIN numbered AS a ON c."left" = a.record JOIN numbered AS b ON c."right" = b.record
        WHERE {names_agree_sql("a", "b")}
    """)


def unnamed_links(engine: Engine) -> pa.Table:
    """Records without a name, each joined by one contact alone to the people who use it, where that is one group alone.

    One contact, the e-mail before the phone: two would join the person of an e-mail with the person of a phone, and a
    phone without any name behind it would join every e-mail of a household. `grouped` (record, component) says which
    named records belong together so far.
    """
    return engine.rows(f"""
        WITH contact AS ({_unpivoted("s_email", 1)} UNION ALL {_unpivoted("s_phone", 2)}),
        placed AS (
            SELECT kind, value, record, named,
                count(DISTINCT CASE WHEN named THEN component END) OVER (PARTITION BY kind, value) AS groups,
                count(DISTINCT email) OVER (PARTITION BY kind, value) AS emails,
                count(*) OVER (PARTITION BY kind, value) AS users
            FROM contact JOIN grouped USING (record)
        ),
        used AS (
            SELECT kind, value, record, named FROM placed
            WHERE users > 1 AND (groups = 1 OR (groups = 0 AND emails <= 1))
            QUALIFY named OR row_number() OVER (PARTITION BY record ORDER BY kind) = 1
        ),
        around AS (
            SELECT record, named, first_value(record) OVER (PARTITION BY kind, value ORDER BY named DESC, record) AS hub
            FROM used
        )
        SELECT hub AS "left", record AS "right", {UNNAMED}::BIGINT AS strength
        FROM around WHERE NOT named AND hub <> record
    """)


def names_agree_sql(a: str, b: str) -> str:
    """Whether two names can be one person's: equal, an initial of the other, a nickname, or not given on one side."""
    given, other = f"{a}.s_given_name", f"{b}.s_given_name"
    shorter = f"least(length({given}), length({other}))"
    given_agree = (
        f"({given} IS NULL OR {other} IS NULL OR {given} = {other}"
        f" OR ({shorter} = 1 AND left({given}, 1) = left({other}, 1))"
        f" OR (levenshtein({given}, {other}) <= 1 AND {shorter} >= 4)"
        f" OR EXISTS (SELECT 1 FROM nicknames AS n WHERE n.name = {given} AND n.nickname = {other})"
        f" OR EXISTS (SELECT 1 FROM nicknames AS n WHERE n.name = {other} AND n.nickname = {given}))"
    )
    surnames = f"{a}.s_surname", f"{b}.s_surname"
    surname_agree = (
        f"({surnames[0]} IS NULL OR {surnames[1]} IS NULL OR {surnames[0]} = {surnames[1]}"
        f" OR (levenshtein({surnames[0]}, {surnames[1]}) <= 1"
        f" AND least(length({surnames[0]}), length({surnames[1]})) >= 4))"
    )
    return f"{given_agree} AND {surname_agree}"


def _shared(kind: str) -> str:
    return f"""
        SELECT a.record AS "left", b.record AS "right", '{kind}' AS kind
        FROM named AS a JOIN named AS b ON a.{kind} = b.{kind} AND a.record < b.record
        WHERE a.{kind} IN (SELECT {kind} FROM named GROUP BY {kind} HAVING count(*) <= {CROWD})
    """


def _unpivoted(column: str, kind: int) -> str:
    named = "s_given_name IS NOT NULL OR s_surname IS NOT NULL"
    return f"""
        SELECT {kind} AS kind, {column} AS value, record, s_email AS email, ({named}) AS named
        FROM numbered WHERE {column} IS NOT NULL
    """
