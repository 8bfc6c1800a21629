"""Values made comparable, as SQL expressions over text (amperity_behaviour.md 6.2).

What was delivered stays beside them.
"""

from heap_assets.engine.sql import literal
from heap_assets.stitch import bad_values

SUFFIXES = {
    "JR": "JR",
    "JUNIOR": "JR",
    "SR": "SR",
    "SENIOR": "SR",
    "II": "II",
    "2ND": "II",
    "III": "III",
    "3RD": "III",
    "IV": "IV",
}
_SUFFIX_AT_END = r"[ ,]+(JR|JUNIOR|SR|SENIOR|II|III|IV)[.]?$"


def email(value: str) -> str:
    """`local@domain` in capitals without a `+tag`; null where it is none, or says nobody (TEST@, @NOEMAIL.COM)."""
    whole = f"regexp_replace(upper(trim({value})), '[+][^@]*@', '@')"
    local, domain = f"split_part({whole}, '@', 1)", f"split_part({whole}, '@', 2)"
    junk = ", ".join(literal(word) for word in bad_values.LOCAL_PARTS)
    nowhere = ", ".join(literal(word) for word in bad_values.DOMAINS)
    shaped = f"regexp_full_match({whole}, '[^@ ]+@[^@ ]+[.][^@ ]+')"
    return f"CASE WHEN {shaped} AND {local} NOT IN ({junk}) AND {domain} NOT IN ({nowhere}) THEN {whole} END"


def phone(value: str) -> str:
    """The last ten digits, or seven; null for other lengths and for numbers that nobody has."""
    digits = f"right(regexp_replace({value}, '[^0-9]', '', 'g'), 10)"
    listed = bad_values.unless_listed(digits, bad_values.PHONES)
    return f"CASE WHEN length({digits}) IN (7, 10) THEN {listed} END"


def given_name(value: str) -> str:
    """The first given name in capitals, without accents or punctuation: `Mary-Ann J.` is MARYANN."""
    first = f"split_part(replace({_letters(value)}, ',', ''), ' ', 1)"
    return bad_values.unless_listed(first, bad_values.GIVEN_NAMES, ("",))


def surname(value: str) -> str:
    """The surname in capitals, without accents, punctuation or a generational suffix at its end."""
    bare = f"regexp_replace({_letters(value)}, {literal(_SUFFIX_AT_END)}, '')"
    return bad_values.unless_listed(f"regexp_replace({bare}, '[ ,]', '', 'g')", bad_values.SURNAMES, ("",))


def suffix(explicit: str, *names: str) -> str:
    """JR, SR, II, III or IV: from its own field, else from the end of a name."""
    found = ", ".join(
        f"nullif(regexp_extract(upper(trim({name})), {literal(_SUFFIX_AT_END)}, 1), '')" for name in names
    )
    own = f"nullif(regexp_replace(upper(trim({explicit})), '[^A-Z0-9]', '', 'g'), '')"
    word = f"coalesce({own}, {found})" if found else own
    cases = " ".join(f"WHEN {literal(written)} THEN {literal(meant)}" for written, meant in SUFFIXES.items())
    return f"CASE {word} {cases} END"


def birthdate(value: str) -> str:
    """A date as ISO text; other text as it stands, for it is compared as text (interfaces.md 3)."""
    text = f"coalesce(TRY_CAST(TRY_CAST({value} AS DATE) AS VARCHAR), upper(trim({value})))"
    return bad_values.unless_listed(text, bad_values.BIRTHDATES, ("",))


def foreign_key(value: str) -> str:
    """A foreign key as it is compared.

    Trimmed, in capitals, null where it is a word that any page may send (`undefined`).
    """
    return bad_values.unless_listed(f"upper(trim({value}))", bad_values.KEYS, ("",))


def _letters(value: str) -> str:
    """Letters, digits, blanks and commas in capitals; `N/A` is told apart from the name Na before its stroke goes."""
    spaced = f"regexp_replace(strip_accents(nullif(upper(trim({value})), 'N/A')), '[^\\p{{L}}\\p{{N}} ,]', '', 'g')"
    return f"trim(regexp_replace({spaced}, ' +', ' ', 'g'))"
