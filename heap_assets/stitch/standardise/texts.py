"""Text in capitals, keys, dates, genders, titles: what needs no words of its own. Expressions over one column each."""

from heap_assets.engine.sql import literal

NOTHING = "N/A"  # it is told apart from the name Na before its stroke goes


def is_leftover(value: str) -> str:
    """Whether a text holds more than ASCII, and so goes through `leftovers.fold` (bytes against characters)."""
    return f"bit_length({value}) <> 8 * length({value})"


def letters(value: str) -> str:
    """Words of letters and digits, one blank between them, apostrophes dropped; `value` is in capitals already.

    Most texts are words of ASCII letters already: the test for that costs a tenth of the replacements.
    """
    dropped = f"regexp_replace({value}, '[''`\u2018\u2019]', '', 'g')"
    spaced = f"trim(regexp_replace({dropped}, '[^\\p{{L}}\\p{{M}}\\p{{N}}]+', ' ', 'g'))"
    return (
        f"CASE WHEN regexp_full_match({value}, '[A-Z0-9]+(?: [A-Z0-9]+)*') OR {value} = {literal(NOTHING)} THEN {value}"
        f" ELSE nullif({spaced}, '') END"
    )


def code(value: str) -> str:
    """A code of letters and digits alone, in capitals: `ab-12 3` is AB123."""
    return f"nullif(regexp_replace(upper({value}), '[^\\p{{L}}\\p{{M}}\\p{{N}}]', '', 'g'), '')"


def key(value: str, case_sensitive: bool = False) -> str:
    """A key as it is compared: trimmed, and in capitals unless its case tells customers apart (6.2)."""
    trimmed = f"nullif(trim({value}), '')"
    return trimmed if case_sensitive else f"upper({trimmed})"


def birthdate(value: str, day_first: bool = False) -> str:
    """A date as ISO text, whatever the order and the marks of its parts; what is no date is compared as text.

    The year is the part of four digits. Of the other two the month comes first, with `day_first` the day, unless only
    the other way round is a date: whoever wrote 25/03/1990 meant March. A slip in a part leaves the others in their
    places, for dates are compared by character.
    """
    parts = f"regexp_extract({value}, {literal(_PARTS)}, ['a', 'b', 'year'])"
    year_first = f"regexp_full_match({value}, '{_YEAR}{_MONTH}{_DAY}')"
    year_last = f"regexp_full_match({value}, '{_DAY}{_DAY}{_YEAR}')"
    return f"""CASE
        WHEN {value} IS NULL OR regexp_full_match({value}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {value}
        WHEN regexp_full_match({value}, {literal(_PARTS)})
            THEN {_ordered(f"{parts}['year']", f"{parts}['a']", f"{parts}['b']", day_first)}
        WHEN regexp_full_match({value}, '{_YEAR}[0-9]{{4}}') AND ({year_first} OR NOT {year_last})
            THEN left({value}, 4) || '-' || substr({value}, 5, 2) || '-' || right({value}, 2)
        WHEN regexp_full_match({value}, '[0-9]{{4}}{_YEAR}')
            THEN {_ordered(f"right({value}, 4)", f"left({value}, 2)", f"substr({value}, 3, 2)", day_first)}
        ELSE coalesce(TRY_CAST(TRY_CAST({value} AS DATE) AS VARCHAR), upper(nullif(trim({value}), ''))) END"""


_YEAR, _MONTH, _DAY = "(?:1[89]|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_PARTS = " *([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}) *"


def _ordered(year: str, first: str, second: str, day_first: bool) -> str:
    """Year, month and day; the other way round where the month would be none."""
    month, day = (f"lpad({part}, 2, '0')" for part in ((second, first) if day_first else (first, second)))
    turned = f"{month} > '12' AND {day} <= '12'"
    return f"{year} || CASE WHEN {turned} THEN '-' || {day} || '-' || {month} ELSE '-' || {month} || '-' || {day} END"


def postal(value: str) -> str:
    """A postal code of letters and digits; nine digits, as in the US, are cut to five."""
    bare = f"regexp_replace({value}, '[^A-Z0-9]', '', 'g')"
    return (
        f"CASE WHEN regexp_full_match({value}, '[0-9]{{5}}') THEN {value}"
        f" WHEN regexp_full_match({bare}, '[0-9]{{9}}') THEN left({bare}, 5) ELSE nullif({bare}, '') END"
    )


def postal_nine(value: str) -> str:
    """The nine digits of a US postal code, where all are there."""
    whole = f"regexp_extract({value}, '^([0-9]{{5}})[ -]?([0-9]{{4}})$')"
    return f"CASE WHEN length({value}) >= 9 THEN nullif({whole}, '') END"


_GENDERS = {
    "F": "F FEMALE WOMAN W WEIBLICH FEMININ FEMENINO",
    "M": "M MALE MAN MAENNLICH MASCULIN MASCULINO",
    "X": "X NONBINARY NON-BINARY ENBY NB OTHER D DIVERS",
}
_TITLES = {
    "F": "MRS MS MISS MISSUS MADAM MADAME LADY DAME FRAU MME MLLE SRA SRTA SENORA SENORITA SIGNORA MEVROUW",
    "M": "MR MISTER SIR LORD HERR M MONSIEUR SR SENOR SIGNOR SIG MENEER DHR",
}


def _lookup(value: str, groups: dict[str, str]) -> str:
    return (
        "CASE "
        + " ".join(
            f"WHEN {value} IN ({', '.join(literal(word) for word in words.split())}) THEN {literal(meant)}"
            for meant, words in groups.items()
        )
        + " END"
    )


def gender(value: str) -> str:
    """F, M or X for what is accepted as one of them (5.2), in capitals already; null for everything else."""
    return _lookup(value, _GENDERS)


def gender_of_title(value: str) -> str:
    """The gender that a title tells, or null: Dr. tells none."""
    told = _lookup(f"regexp_extract({value}, '^([A-Z]+)', 1)", _TITLES)
    return f"CASE WHEN {value} IS NOT NULL THEN {told} END"


def title_of_gender(value: str) -> str:
    """The title that a gender suggests where none was given."""
    return f"CASE {value} WHEN 'F' THEN 'MS' WHEN 'M' THEN 'MR' END"


_LEGAL_FORM = (
    " (INC|INCORPORATED|LLC|LLP|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLC|GMBH|AG|KG|SE|SA|SAS|SARL|SRL|SPA|BV|NV"
    "|AB|AS|OY|PTY|PTE|KK|SP Z O O)$"
)


def company(value: str) -> str:
    """A company's name without the legal form behind it, `value` being words in capitals."""
    return f"CASE WHEN contains({value}, ' ') THEN regexp_replace({value}, {literal(_LEGAL_FORM)}, '') ELSE {value} END"
