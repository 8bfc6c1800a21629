"""Street addresses: punctuation, post-office boxes, units, directions, ordinals and street words (6.2).

Stages over `t_address` (address and address2 in one, in capitals); those that need `address_words` are joins on one
word of the address each, which costs a fraction of a regular expression a word.
"""

from heap_assets.engine.sql import literal
from heap_assets.stitch.standardise.address_words import UNIT_WORDS, UNITS
from heap_assets.stitch.standardise.texts import is_leftover

_POST_OFFICE = r"(?:\bP ?O ?B(?:OX)?|\bPOST OFFICE BOX|\bPOSTAL BOX|^BOX) ?([0-9][0-9A-Z-]*)"
_ABROAD = (
    r"\b(?:POSTFACH|POSTBUS|POSTBOKS|POSTBOX|BOITE POSTALE|BP|APARTADO(?: POSTAL| DE CORREOS)?|CASILLA(?: POSTAL)?"
    r"|CAIXA POSTAL|CASELLA POSTALE) ([0-9]{1,3}(?: [0-9]{2,3})+|[0-9][0-9A-Z-]*)"
)
_NUMBERED = r"(?:[0-9]{1,5}[A-Z]?|[A-Z]|[A-Z]-?[0-9]{1,4}|[0-9]{1,4}-[0-9A-Z]{1,4})"
_UNIT_AT_END = rf"((?: (?:{UNIT_WORDS}) ?(?:# ?)?{_NUMBERED})+)$"
_UNIT_FIRST = rf"^((?:FLAT|UNIT|APT|APARTMENT|SUITE|STE|SHOP|LEVEL|LVL|ROOM) (?:# )?{_NUMBERED}) (?:[0-9])"
_UNIT_ANYWHERE = rf"( (?:{UNIT_WORDS}) ?{_NUMBERED})(?: |$)"


def stages() -> list[tuple[dict[str, str], str]]:
    """All of it: the columns that each stage adds, with its joins.

    In: `t_address`, `country`; out: address, unit, po_box.
    """
    plain = (words, post_office, without_box, unit, without_unit, house_number, first_words, second_words)
    return [*((stage(), "") for stage in plain), leading(), (last_words(), ""), (words_before(), ""), trailing()]


def words() -> dict[str, str]:
    """Words, numbers, `#`, `/` and hyphens; dots go, but part a word from a number behind it (`Apt.4`)."""
    dotless = "regexp_replace(replace(regexp_replace({0}, '[.]([0-9])', ' \\1', 'g'), '.', ''), '[''`]', '', 'g')"
    marked = f"CASE WHEN regexp_matches({{0}}, '[.''`]') THEN {dotless} ELSE {{0}} END".format("t_address")
    hashed = f"replace({marked}, '#', ' # ')"
    ascii_only = f"regexp_replace({hashed}, '[^A-Z0-9#/-]+', ' ', 'g')"
    any_letter = f"regexp_replace({hashed}, '[^\\p{{L}}\\p{{M}}\\p{{N}}#/-]+', ' ', 'g')"
    spaced = f"CASE WHEN {is_leftover('t_address')} THEN {any_letter} ELSE {ascii_only} END"
    plain = "regexp_full_match(t_address, '#?[A-Z0-9]+(?: #?[A-Z0-9]+)*')"
    cleaned = f"nullif(trim(replace({spaced}, ' - ', ' ')), '')"
    return {"a_words": f"CASE WHEN t_address IS NULL OR {plain} THEN t_address ELSE {cleaned} END"}


def post_office() -> dict[str, str]:
    """The number of the post-office box; where no mark of one stands in the address, no expression is tried."""
    marks = ("BOX", "PO", "BP ", "APARTADO", "CASILLA")
    here = " OR ".join(f"contains(a_words, {literal(mark)})" for mark in marks)
    found = (
        f"coalesce(nullif(regexp_extract(a_words, {literal(_POST_OFFICE)}, 1), ''),"
        f" nullif(regexp_extract(a_words, {literal(_ABROAD)}, 1), ''))"
    )
    return {"a_box": f"CASE WHEN {here} OR starts_with(a_words, 'P') THEN {found} END"}


def without_box() -> dict[str, str]:
    """The address without its box."""
    bare = f"trim(regexp_replace(regexp_replace(a_words, {literal(_POST_OFFICE)}, ''), {literal(_ABROAD)}, ''))"
    return {
        "po_box": "'PO BOX ' || replace(a_box, ' ', '')",
        "a_place": f"CASE WHEN a_box IS NULL THEN a_words ELSE {bare} END",
    }


def unit() -> dict[str, str]:
    """The unit: behind the address, before its number (`Flat 2 10 High Street`), or 3/12 in Australia.

    A unit ends in a number or a single letter: two characters tell most addresses without one.
    """
    behind = f"regexp_extract(right(a_place, 30), {literal(_UNIT_AT_END)}, 1)"
    before = f"regexp_extract(a_place, {literal(_UNIT_FIRST)}, 1)"
    anywhere = f"regexp_extract(a_place, {literal(_UNIT_ANYWHERE)}, 1)"
    stroke = "regexp_extract(a_place, '^([0-9]+[A-Z]?)/[0-9]', 1)"
    return {
        "u_words": f"""nullif(CASE
            WHEN country IN ('AU', 'NZ') AND {stroke} <> '' THEN {stroke}
            WHEN {_number_first("a_place")} THEN CASE WHEN {_ends_numbered("a_place")} THEN {behind} END
            WHEN {before} <> '' THEN {before} ELSE {anywhere} END, '')""",
    }


def without_unit() -> dict[str, str]:
    """The address without its unit, and the unit as it is written; `spelled_unit` has it in full words."""
    stroke = "regexp_full_match(u_words, '[0-9]+[A-Z]?')"
    return {
        "unit": f"CASE WHEN {stroke} THEN 'UNIT ' || u_words ELSE ltrim(u_words) END",
        "a_bare": f"""CASE WHEN u_words IS NULL THEN nullif(a_place, '')
            WHEN {stroke} THEN substr(a_place, length(u_words) + 2)
            ELSE trim(replace(a_place || ' ', u_words || ' ', ' ')) END""",
    }


def spelled_unit(unit: str) -> str:
    """A unit in full words: `STE 5` is SUITE 5, `#12` and `APT # 12` are UNIT 12 and APARTMENT 12."""
    spelled = f"regexp_replace({unit}, '([A-Z]) # ?', '\\1 ')"
    for short, long in UNITS.items():
        ends = " |[0-9A-Z]" if short == "#" else " |[0-9]"
        found, meant = f"(^| ){short}({ends})", rf"\1{long} \2"
        spelled = f"regexp_replace({spelled}, {literal(found)}, {literal(meant)})"
    return f"regexp_replace({spelled}, ' +', ' ', 'g')"


def house_number() -> dict[str, str]:
    """The address in one form whatever its language: where the street comes first, its number and word are settled."""
    unnumbered = "regexp_replace(a_bare, ' (?:NO|NR|NRO|NUM|NUMERO|NUMMER|N|CISLO) ?([0-9])', ' \\1')"
    floorless = f"regexp_replace({unnumbered}, '^(.* [0-9]+[A-Z]?) [0-9]{{1,2}}[OA] ?[A-Z0-9]{{0,4}}$', '\\1')"
    street = f"regexp_replace({floorless}, '(?:STRASSE|STRAAT|STR)( |$)', 'STR\\1')"
    lettered = f"regexp_replace({street}, ' ([0-9]+)[ -]([A-Z])$', ' \\1\\2')"
    return {
        "number_first": _number_first("a_bare"),
        "a_settled": f"CASE WHEN {_number_first('a_bare')} THEN a_bare ELSE {lettered} END",
    }


def first_words() -> dict[str, str]:
    """Where the first word ends, and what stands behind it: positions cost a fifth of splitting."""
    return {
        "p_end": "CASE WHEN contains(a_settled, ' ') THEN strpos(a_settled, ' ') - 1 ELSE length(a_settled) END",
        "p_rest": "CASE WHEN contains(a_settled, ' ') THEN substr(a_settled, strpos(a_settled, ' ') + 1) END",
    }


def second_words() -> dict[str, str]:
    """The second word, where it may have a meaning; the third, behind a second that may be a direction."""
    return {
        "p_1": "CASE WHEN NOT number_first THEN left(a_settled, p_end) END",
        "p_2": "CASE WHEN number_first AND strpos(p_rest, ' ') BETWEEN 2 AND 6"
        " THEN left(p_rest, strpos(p_rest, ' ') - 1) END",
        "p_3": "CASE WHEN number_first AND strpos(p_rest, ' ') BETWEEN 2 AND 3 THEN split_part(p_rest, ' ', 2) END",
    }


def leading() -> tuple[dict[str, str], str]:
    """Direction, ordinal or street word behind the number; before the name where the street comes first. With joins."""
    joins = """
        LEFT JOIN address_words AS w1 ON w1.place = 'first' AND w1.word = p_1
        LEFT JOIN address_words AS w2 ON w2.place = 'second' AND w2.word = p_2
        LEFT JOIN address_words AS w3 ON w3.place = 'third' AND w3.word = p_3"""
    return {
        "a_led": """CASE
            WHEN w1.meant IS NOT NULL THEN w1.meant || substr(a_settled, p_end + 1)
            WHEN w2.meant IS NULL THEN a_settled
            WHEN w3.meant IS NOT NULL THEN left(a_settled, p_end + 1) || w2.meant || ' ' || w3.meant
                || substr(p_rest, length(p_2) + length(p_3) + 2)
            ELSE left(a_settled, p_end + 1) || w2.meant || substr(p_rest, length(p_2) + 1) END""",
    }, joins


def last_words() -> dict[str, str]:
    """The last word, whole if it has up to six letters."""
    return {"p_last": "split_part(right(a_led, 7), ' ', -1)"}


def words_before() -> dict[str, str]:
    """The word before the last, where that may be a direction."""
    return {"p_before": "CASE WHEN length(p_last) <= 2 THEN split_part(a_led, ' ', -2) END"}


def trailing() -> tuple[dict[str, str], str]:
    """The street word at the end, or before a direction at the end; a box alone is the address. With joins."""
    joins = """
        LEFT JOIN address_words AS wl ON wl.place = 'last' AND wl.word = p_last
        LEFT JOIN address_words AS wb ON wb.place = 'last' AND wb.word = p_before"""
    short = "left(a_led, length(a_led) - length(p_last)"
    return {
        "address": f"""coalesce(CASE WHEN wl.meant IS NULL THEN a_led
            WHEN wb.meant IS NULL THEN {short}) || wl.meant
            ELSE {short} - length(p_before) - 1) || wb.meant || ' ' || wl.meant END, po_box)""",
    }, joins


def _number_first(value: str) -> str:
    return f"({value} >= '0' AND {value} < ':')"


def _ends_numbered(value: str) -> str:
    return f"regexp_matches(right({value}, 2), '[0-9 ]')"
