"""Names of people: given, middle, surname and suffix out of their own fields, else out of the full name (6.2).

Three stages, each the columns that it adds to the one before, so that no expression is worked out twice.
"""

from heap_assets.engine.sql import literal
from heap_assets.stitch.standardise.texts import letters

SUFFIXES = {
    "JR": "JR",
    "JUNIOR": "JR",
    "JNR": "JR",
    "SR": "SR",
    "SENIOR": "SR",
    "SNR": "SR",
    "II": "II",
    "2ND": "II",
    "III": "III",
    "3RD": "III",
    "IV": "IV",
    "4TH": "IV",
}
_ONLY_IN_ITS_FIELD = {"I": "I", "1ST": "I", "V": "V", "5TH": "V"}  # behind a name they are initials
_SUFFIX = "|".join(SUFFIXES)
_AT_END = f" ({_SUFFIX})$"
_TITLES = "MR|MRS|MS|MISS|DR|PROF|HERR|FRAU|MME|MLLE|SIR|SENOR|SENORA|SIGNOR|SIGNORA"
_PARTICLES = (
    "VAN|VON|DE|DEN|DER|DEL|DELLA|DI|DA|DO|DOS|DAS|DU|LA|LE|LOS|LAS|TER|TEN|ZU|ZUM|ZUR|BIN|BINT|IBN|AL|EL|SAN|SANTA|ST"
)
_LAST = f"( (?:(?:{_PARTICLES}) )*[^ ]+)$"


def words() -> dict[str, str]:
    """Given, middle, surname, suffix and full name as words; in a full name `Smith, Ann` the given name comes first."""
    comma = f"contains(t_full, ',') AND NOT regexp_matches(t_full, '^[^,]+, *({_SUFFIX})[.]?$')"
    turned = f"regexp_replace(t_full, '^([^,]+), *([^,]+?)((?:[, ]+(?:{_SUFFIX})[.]?)?)$', '\\2 \\1 \\3')"
    return {
        "w_given": letters("t_given"),
        "w_middle": letters("t_middle"),
        "w_surname": letters("t_surname"),
        "w_suffix": letters("t_suffix"),
        "w_full": letters(f"(CASE WHEN {comma} THEN {turned} ELSE t_full END)"),
    }


def bare() -> dict[str, str]:
    """The names without suffix and title, and the suffix: its own field's, else that behind surname, given, full."""
    known = SUFFIXES | _ONLY_IN_ITS_FIELD
    own = " ".join(f"WHEN {literal(word)} THEN {literal(meant)}" for word, meant in known.items())
    found = " ".join(f"WHEN {literal(word)} THEN {literal(meant)}" for word, meant in SUFFIXES.items())
    behind = ", ".join(_suffix(name) for name in ("w_surname", "w_given", "w_full"))
    untitled = f"regexp_replace(w_full, '^((?:{_TITLES}) )+', '')"
    return {
        "suffix": f"coalesce(CASE WHEN w_suffix IS NOT NULL THEN CASE w_suffix {own} END END,"
        f" CASE coalesce({behind}) {found} END)",
        "b_given": _without_suffix("w_given"),
        "b_surname": _without_suffix("w_surname"),
        "b_full": _without_suffix(f"(CASE WHEN contains(w_full, ' ') THEN {untitled} ELSE w_full END)"),
    }


def parts() -> dict[str, str]:
    """What the full name would give: its last word is the surname, particles with it, the rest is given."""
    last = f"CASE WHEN contains(b_full, ' ') THEN regexp_extract(b_full, {literal(_LAST)}, 1) ELSE b_full END"
    own = "b_surname IS NOT NULL AND ends_with(b_full, ' ' || b_surname)"
    return {"f_last": f"CASE WHEN {own} THEN ' ' || b_surname ELSE {last} END"}


def filled() -> dict[str, str]:
    """Surname and given name; what has its own field wins, and only what is missing is filled from the full name.

    `full` is there only where it filled something: whoever calls it bad takes those names away.
    """
    rest = "nullif(left(b_full, length(b_full) - length(f_last)), '')"
    last = "CASE WHEN ltrim(f_last) IS DISTINCT FROM b_given THEN ltrim(f_last) END"
    between = "CASE WHEN b_given IS NOT NULL AND starts_with(b_full, b_given || ' ') THEN trim("
    between += "substr(b_full, length(b_given) + 1, length(b_full) - length(b_given) - length(f_last))) END"
    return {
        "surname": f"coalesce(b_surname, {last})",
        "g_given": f"coalesce(b_given, {rest})",
        "f_between": f"nullif({between}, '')",
        "full": "CASE WHEN b_given IS NULL OR b_surname IS NULL THEN b_full END",
    }


def given_and_middle() -> dict[str, str]:
    """Given name without a middle initial behind it; the middle name: its field, that initial, or the full name."""
    initial = "CASE WHEN contains(g_given, ' ') THEN nullif(regexp_extract(g_given, ' ([A-Z])$', 1), '') END"
    return {
        "given": "CASE WHEN contains(g_given, ' ') THEN regexp_replace(g_given, ' [A-Z]$', '') ELSE g_given END",
        "middle": f"coalesce(w_middle, {initial}, f_between)",
    }


def _suffix(name: str) -> str:
    return f"CASE WHEN contains({name}, ' ') THEN nullif(regexp_extract({name}, {literal(_AT_END)}, 1), '') END"


def _without_suffix(name: str) -> str:
    return f"CASE WHEN contains({name}, ' ') THEN regexp_replace({name}, {literal(_AT_END)}, '') ELSE {name} END"
