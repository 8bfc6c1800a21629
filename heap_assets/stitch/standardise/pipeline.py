"""All of standardising as one statement: stages over one input, each adding columns that the next ones need.

In: a relation with text columns `i_…` (trimmed, null where empty). Out: its `kept` columns as they are, and columns
`_given`, `_email_1` … beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from heap_assets.engine import Engine, quote
from heap_assets.engine.sql import literal
from heap_assets.stitch.bad_values.lists import ANY
from heap_assets.stitch.standardise import addresses, contacts, names, texts
from heap_assets.stitch.standardise.address_words import address_words
from heap_assets.stitch.standardise.countries import CODES, STATES

_NULL = "NULL::VARCHAR"
NAMES = ("given", "middle", "surname", "suffix")
TEXTS = (*NAMES, "title", "gender", "company", "address", "city", "state", "postal", "country")
ALWAYS = (*NAMES, "full", "birthdate", "address", "unit", "po_box", "postal", "postal_nine", "city", "state", "country")
OUT = (*ALWAYS, "company", "gender", "title")
VALUES = "standardised_values"


@dataclass(frozen=True)
class Shape:
    """Which inputs there are beyond the usual ones, and the profiles that standardising obeys.

    `further` are `x_…` and `sk_…` columns with the kind in which they are compared, `keys` `fk_…` and `bk_…` columns.
    `present` are the usual inputs that some table fills: what needs none of the others is left out.
    """

    emails: int = 1
    phones: int = 1
    further: Mapping[str, str] = None  # type: ignore[assignment]
    keys: tuple[str, ...] = ()
    case_sensitive: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset(TEXTS)
    leftover: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "further", dict(self.further or {}))

    @property
    def home(self) -> str:
        """The region of phones of rows that name no country."""
        return "AU" if "australian-customer" in self.profiles else "US"

    @property
    def day_first(self) -> bool:
        """Whether 05/03/1990 is the fifth of March."""
        return self.home == "AU"

    @property
    def texts(self) -> list[str]:
        """Inputs whose letters may need folding."""
        return [*TEXTS, *(name for name, kind in self.further.items() if kind in ("exact", "text", "code"))]

    @property
    def numbers(self) -> list[str]:
        """Inputs that are phones."""
        own = [name for name, kind in self.further.items() if kind == "phone"]
        return [*(f"phone_{place}" for place in range(1, self.phones + 1)), *own]

    @property
    def inputs(self) -> list[str]:
        """Every input column without its `i_`."""
        emails = [f"email_{place}" for place in range(1, self.emails + 1)]
        dates = ["birthdate", *(name for name, kind in self.further.items() if kind == "date")]
        return list(dict.fromkeys([*self.texts, "full", *emails, *self.numbers, *dates, *self.keys]))

    @property
    def outputs(self) -> list[str]:
        """Every standardised column without its `_`."""
        emails = [f"email_{place}" for place in range(1, self.emails + 1)]
        return list(dict.fromkeys([*OUT, *emails, *self.numbers, *self.further, *self.keys]))


def bind_words(engine: Engine) -> None:
    """Make `known_words`: words of addresses, countries and states with what they stand for."""
    rows = [("country", word, code) for word, code in CODES.items()]
    rows += [("state", word, code) for word, code in STATES.items()]
    own = {name: [row[index] for row in rows] for index, name in enumerate(("place", "word", "meant"))}
    engine.bind_arrow("address_words", pa.concat_tables([address_words(), pa.table(own)]))


def standardise(relation: str, kept: Iterable[str], shape: Shape) -> str:
    """The statement; `address_words` must be bound, and the values of `leftovers` where `shape` says there are some."""
    nowhere = {"address": _NULL, "unit": _NULL, "po_box": _NULL}
    somewhere = "address" in shape.present
    stages = [
        _texts(shape),
        (_words(shape), ""),
        ({**names.bare(), **_places(shape), **_gender(shape)}, _place_joins(shape)),
        ({**names.parts(), "title": _title()}, ""),
        (names.filled(), ""),
        (names.given_and_middle(), ""),
        *(addresses.stages() if somewhere else [(nowhere, "")]),
    ]
    ctes, before = [], relation
    for place, (columns, joins) in enumerate(stages):
        added = ", ".join(f"{expression} AS {quote(name)}" for name, expression in columns.items())
        ctes.append(f"stage_{place} AS (SELECT s.*, {added} FROM {before} AS s {joins})")
        before = f"stage_{place}"
    outputs = ", ".join(f"{quote(_RENAMED.get(name, name))} AS {quote('_' + name)}" for name in shape.outputs)
    return f"WITH {', '.join(ctes)} SELECT {', '.join([*kept, outputs])} FROM {before}"


_RENAMED = {"postal": "n_postal", "city": "n_city", "state": "n_state", "gender": "n_gender"} | {
    "company": "n_company",
    "birthdate": "n_birthdate",
    "postal_nine": "n_postal_nine",
}


def _texts(shape: Shape) -> tuple[dict[str, str], str]:
    """Inputs in capitals; those beyond ASCII as they were folded."""
    columns, joins = {}, []
    for name in [*shape.texts, "full"]:
        kind = "full" if name == "full" else "text"
        value = f"s.{quote('i_' + name)}"
        if kind in shape.leftover:
            alias = quote("f_" + name)
            joins.append(
                f"LEFT JOIN {VALUES} AS {alias} ON {alias}.kind = {literal(kind)}"
                f" AND {alias}.value = CASE WHEN {texts.is_leftover(value)} THEN {value} END"
            )
            columns[f"t_{name}"] = f"coalesce({alias}.standardised, upper({value}))"
        else:
            columns[f"t_{name}"] = f"upper({value})"
    for name in shape.numbers:
        value = f"s.{quote('i_' + name)}"
        if "phone" in shape.leftover:
            alias = quote("f_" + name)
            away = contacts.needs_library(value, "upper(s.i_country)", _abroad(shape))
            joins.append(
                f"LEFT JOIN {VALUES} AS {alias} ON {alias}.kind = 'phone'"
                f" AND {alias}.value = CASE WHEN {away} THEN {value} END"
                f" AND {alias}.country = coalesce(s.i_country, {literal(shape.home)})"
            )
            columns |= {f"l_{name}": f"{alias}.kind IS NOT NULL", f"l_{name}_value": f"{alias}.standardised"}
        columns[f"d_{name}"] = contacts.phone_digits(value)
    for place in range(1, shape.emails + 1):
        columns[f"d_email_{place}"] = contacts.unlike_plain_email(f"s.i_email_{place}")
    return columns, " ".join(joins)


def _phone(name: str, shape: Shape) -> str:
    fast = texts_or_nothing(contacts.phone(quote(f"d_{name}"), quote(f"i_{name}")), quote(f"i_{name}"))
    if "phone" not in shape.leftover:
        return fast
    return f"CASE WHEN {quote(f'l_{name}')} THEN {quote(f'l_{name}_value')} ELSE {fast} END"


def _abroad(shape: Shape) -> str:
    return "" if shape.home == "US" else shape.home


def leftovers_of(shape: Shape) -> dict[str, tuple[str, str]]:
    """For every input that may need Python: its kind, and the condition under which it does."""
    found = {name: ("text", texts.is_leftover(quote("i_" + name))) for name in shape.texts}
    found["full"] = ("full", texts.is_leftover("i_full"))
    for name in shape.numbers:
        away = contacts.needs_library(quote("i_" + name), "upper(i_country)", _abroad(shape))
        found[name] = ("phone", away)
    return found


def some_leftover(shape: Shape) -> str:
    """Whether any input of a row needs Python: most rows need none, and are looked at once."""
    return " OR ".join(f"({condition})" for _, condition in leftovers_of(shape).values())


def texts_or_nothing(expression: str, value: str) -> str:
    """The expression; where it yields nothing for a word that says nothing (`none`), that word, for it is on a list.

    An expression and not IN: the engine makes a join of a long list, and works it out for every row.
    """
    listed = "|".join(ANY)
    return (
        f"coalesce({expression},"
        f" CASE WHEN regexp_full_match(upper({value}), {literal(listed)}) THEN upper({value}) END)"
    )


def _words(shape: Shape) -> dict[str, str]:
    emails = {
        f"email_{place}": f"CASE WHEN d_email_{place} IS NULL THEN upper(i_email_{place})"
        f" ELSE {texts_or_nothing(contacts.email(f'd_email_{place}'), f'i_email_{place}')} END"
        for place in range(1, shape.emails + 1)
    }
    keys = {name: texts.key(quote("i_" + name), case_sensitive=name in shape.case_sensitive) for name in shape.keys}
    return {
        **names.words(),
        **emails,
        **{name: _phone(name, shape) for name in shape.numbers},
        **keys,
        **{name: _further(name, kind, shape) for name, kind in shape.further.items() if kind != "phone"},
        "n_birthdate": texts.birthdate("i_birthdate", shape.day_first),
        "n_postal": texts_or_nothing(texts.postal("t_postal"), "t_postal"),
        "n_postal_nine": texts.postal_nine("t_postal"),
        "w_country": texts.letters("t_country"),
        "w_state": texts.letters("t_state"),
        "w_city": texts.letters("t_city"),
        "n_company": texts.company(f"({texts.letters('t_company')})"),
    }


def _further(name: str, kind: str, shape: Shape) -> str:
    if kind == "date":
        return texts.birthdate(quote("i_" + name), shape.day_first)
    value = quote("t_" + name)
    return {"exact": value, "text": texts.letters(value), "code": texts.code(value)}[kind]


def _place_joins(shape: Shape) -> str:
    country = "LEFT JOIN address_words AS wc ON wc.place = 'country' AND wc.word = w_country"
    state = "LEFT JOIN address_words AS ws ON ws.place = 'state' AND ws.word = w_state"
    return " ".join(join for name, join in (("country", country), ("state", state)) if name in shape.present)


def _places(shape: Shape) -> dict[str, str]:
    saint = "CASE WHEN starts_with(w_city, 'SAINT ') THEN 'ST ' || substr(w_city, 7) ELSE w_city END"
    return {
        "country": "coalesce(wc.meant, w_country)" if "country" in shape.present else "w_country",
        "n_state": "coalesce(ws.meant, w_state)" if "state" in shape.present else "w_state",
        "n_city": saint,
    }


def _title() -> str:
    return f"coalesce({texts.letters('t_title')}, {texts.title_of_gender('n_gender')})"


def _gender(shape: Shape) -> dict[str, str]:
    """Gender as the profiles have it: normalised, derived from the title where it is missing, or first."""
    profiles = shape.profiles
    if not {"gender", "title"} & shape.present:
        return {"n_gender": _NULL}
    delivered = texts.gender("t_gender") if "normalize-gender" in profiles else "t_gender"
    derived = texts.gender_of_title("t_title")
    if "skip-derive-gender" in profiles:
        found = delivered
    elif "prioritize-derived-gender" in profiles:
        found = f"coalesce({derived}, {delivered})"
    else:
        found = f"coalesce({delivered}, {derived})"
    return {"n_gender": found}
