"""E-mail addresses, and phones that need no library; others are `leftovers.phone`."""

from heap_assets.engine.sql import literal
from heap_assets.stitch.standardise.countries import NORTH_AMERICAN
from heap_assets.stitch.standardise.texts import is_leftover

_PLAIN = "[A-Za-z0-9._%-]+@[A-Za-z0-9.-]+[.][A-Za-z0-9-]+"


def unlike_plain_email(value: str) -> str:
    """What `email_written` makes of an e-mail, but null where it is plain and needs no more than capitals."""
    return f"CASE WHEN NOT regexp_full_match({value}, '{_PLAIN}') THEN {email_written(value)} END"


def email_written(value: str) -> str:
    """What may be an e-mail in capitals: without what stands around it (`Ann <ann@x.org>`) and without a `+tag`."""
    alone = f"regexp_extract(upper({value}), '[^\\s<>,;:\"()]+@[^\\s<>,;:\"()]+')"
    untagged = f"regexp_replace(upper({value}), '[+][^@]*@', '@')"
    both = f"regexp_replace({alone}, '[+][^@]*@', '@')"
    return (
        f"CASE WHEN regexp_matches({value}, '[<,;:(]') THEN {both} WHEN contains({value}, '+') THEN {untagged}"
        f" WHEN ends_with({value}, '.') THEN rtrim(upper({value}), '.') ELSE upper({value}) END"
    )


def email(written: str) -> str:
    """`LOCAL@DOMAIN` out of what `email_written` left; null where there is none."""
    return f"CASE WHEN regexp_full_match({written}, '[^@\\s]+@[^@\\s]+[.][^@\\s]+') THEN {written} END"


def login_trimmed(value: str) -> str:
    """The first five characters of a standardised e-mail's local part, which a blocking strategy uses (6.2)."""
    return f"left(split_part({value}, '@', 1), 5)"


def needs_library(value: str, country: str, home: str = "") -> str:
    """Whether a phone is outside the North American plan, or may be: another country's, `+` not 1, `00`, other digits.

    `home` is the region of rows that name no country, where it is not a North American one.
    """
    near = ", ".join(literal(name) for name in NORTH_AMERICAN)
    abroad = f"coalesce({country} NOT IN ({near}), {'TRUE' if home else 'FALSE'})"
    plus = f"(contains({value}, '+') AND NOT regexp_matches({value}, '^[^0-9]*[+] ?1'))"
    prefix = f"(starts_with({value}, '00') AND regexp_matches({value}, '^00[ -]?[1-9]'))"
    return f"({value} IS NOT NULL AND ({abroad} OR {plus} OR {prefix} OR {is_leftover(value)}))"


def phone_digits(value: str) -> str:
    """The digits of a phone."""
    bare = f"regexp_replace({value}, '[^0-9]', '', 'g')"
    return f"CASE WHEN regexp_full_match({value}, '[0-9]{{10}}') THEN {value} ELSE {bare} END"


def phone(digits: str, value: str) -> str:
    """The last ten digits, or seven; null for other lengths. An extension is left off where it shows as one."""
    bare = f"regexp_replace(regexp_replace({value}, '(?i)[ ,;]*(x|ext[a-z]*|#)[.: ]*[0-9]+ *$', ''), '[^0-9]', '', 'g')"
    shorter = f"right({bare}, 10)"
    return (
        f"CASE WHEN length({digits}) IN (7, 10) THEN {digits}"
        f" WHEN length({digits}) = 11 AND starts_with({digits}, '1') THEN right({digits}, 10)"
        f" WHEN length({digits}) > 10 AND length({shorter}) IN (7, 10) THEN {shorter} END"
    )
