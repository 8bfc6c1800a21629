"""How systems write people down: whose values, of what time, in which form. What goes wrong in it: `slips`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .belongings import Addresses
from .inventory import Inventory, inventory
from .population import People
from .slips import Draft, Slips, leave_out, shared, slip

SOURCES = ("crm", "loyalty", "shop", "heap_users")
COLUMNS = (
    "given_name", "surname", "full_name", "generational_suffix", "email", "phone", "address", "city", "state",
    "postal", "country", "birthdate", "gender", "loyalty_id",
)  # fmt: skip


def write_down(people: People, addresses: Addresses, slips: Slips, seed: int) -> Draft:
    """All records of all people, in the people's order."""
    chance, words = np.random.default_rng([seed, 2]), inventory()
    per_person = np.array(slips.per_person)
    repeats = 1 + chance.choice(len(per_person), len(people), p=per_person / per_person.sum())
    person = np.repeat(np.arange(len(people)), repeats)
    count = len(person)
    spelling = chance.random(count)
    form = np.where(spelling < slips.plain_spelling, 1, np.where(spelling < slips.plain_spelling + 0.1, 2, 0))
    form = np.where(people.country[person] == 0, chance.integers(0, 3, count), form)
    draft = Draft(person, chance.random(count), chance.choice(4, count, p=[0.36, 0.18, 0.30, 0.16]), form, {})
    _names(draft, people, words, slips, chance)
    _contacts(draft, people, words, slips, chance)
    _places(draft, people, addresses, words, chance)
    _rest(draft, people, chance)
    leave_out(draft, slips, chance)
    slip(draft, slips, chance, seed)
    _whole_names(draft, people, words, chance)
    shared(draft, slips, chance)
    _cases(draft, chance)
    _repeat(draft, slips, chance)
    return draft


def _names(draft: Draft, people: People, words: Inventory, slips: Slips, chance) -> None:
    person, count = draft.person, len(draft.person)
    by_nickname = (people.nickname[person] >= 0) & (chance.random(count) < 0.6)
    given_form = np.where(people.country[person] == 0, 0, draft.form)
    given = np.where(by_nickname, people.nickname[person], people.given[person])
    draft.columns["given_name"] = words.given.column().take(pa.array(given_form * words.given.size + given))
    column, size = words.surnames.column(), words.surnames.size
    maiden = (people.maiden[person] >= 0) & (draft.moment < people.married_at[person])
    surname = column.take(pa.array(given_form * size + np.where(maiden, people.maiden[person], people.surname[person])))
    second = column.take(pa.array(given_form * size + np.maximum(people.second_surname[person], 0)))
    both = (people.second_surname[person] >= 0) & (chance.random(count) < 0.5)
    american = pa.array(people.country[person] == 0)
    joined = pc.if_else(
        american, pc.binary_join_element_wise(second, surname, "-"), pc.binary_join_element_wise(surname, second, " ")
    )
    draft.columns["surname"] = pc.if_else(pa.array(both), joined, surname)
    _initials(draft, people, words, slips, chance)


def _initials(draft: Draft, people: People, words: Inventory, slips: Slips, chance) -> None:
    """`J.` for the given name, and `Mary A` for Mary with a middle name."""
    person, count = draft.person, len(draft.person)
    given = draft.columns["given_name"]
    short = pa.array((chance.random(count) < slips.initial_only) & (people.country[person] == 0))
    given = pc.if_else(short, pc.utf8_slice_codeunits(given, 0, 1), given)
    middle = words.given.column().take(pa.array(np.maximum(people.middle[person], 0)))
    initial = pc.utf8_slice_codeunits(middle, 0, 1)
    shown = pa.array((people.middle[person] >= 0) & (people.country[person] == 0) & (chance.random(count) < 0.12))
    draft.columns["given_name"] = pc.if_else(shown, pc.binary_join_element_wise(given, initial, " "), given)


def _contacts(draft: Draft, people: People, words: Inventory, slips: Slips, chance) -> None:
    person, count = draft.person, len(draft.person)
    at = pa.array(person)
    private, work, old = people.email.take(at), people.work_email.take(at), people.old_email.take(at)
    email = pc.if_else(pa.array(draft.moment < people.changed_email_at[person]), old, private)
    at_work = pc.and_(work.is_valid(), pa.array(chance.random(count) < slips.work_email))
    email = pc.if_else(at_work, work, email)
    tagged = pc.replace_substring(email, "@", "+shop@")
    draft.columns["email"] = pc.if_else(pa.array(chance.random(count) < slips.plus_tag), tagged, email)
    own = np.where(draft.moment < people.changed_phone_at[person], people.old_phone[person], people.phone[person])
    home = (people.landline[person] >= 0) & (chance.random(count) < 0.4)
    number = np.where(home, people.landline[person], own)
    styles, nations = chance.random(count), people.country[person]
    dial = ["1", *(country.phone[0] for country in words.countries[1:])]
    draft.columns["phone"] = pa.array(
        [
            _phone(str(digits), dial[nation], style)
            for digits, nation, style in zip(number.tolist(), nations.tolist(), styles.tolist(), strict=True)
        ]
    )


def _phone(digits: str, dial: str, style: float) -> str:
    """A national number as people write it."""
    if dial == "1":
        if style < 0.4:
            return digits
        area, exchange, line = digits[:3], digits[3:6], digits[6:]
        if style < 0.6:
            return f"({area}) {exchange}-{line}"
        if style < 0.8:
            return f"{area}-{exchange}-{line}"
        return f"+1 {area} {exchange} {line}" if style < 0.9 else f"1{digits}"
    if style < 0.35:
        return f"+{dial} {digits[:2]} {digits[2:]}"
    if style < 0.5:
        return f"00{dial}{digits}"
    trunk = {"7": "8", "34": ""}.get(dial, "0")
    if style < 0.85:
        return f"{trunk}{digits[:3]} {digits[3:]}"
    return f"+{dial} (0){digits}" if trunk == "0" else f"+{dial}-{digits[:3]}-{digits[3:]}"


def _places(draft: Draft, people: People, addresses: Addresses, words: Inventory, chance) -> None:
    from heap_assets.sample import vocabulary

    person, count = draft.person, len(draft.person)
    where = np.where(draft.moment < people.moved_at[person], people.old_address[person], people.address[person])
    street = words.streets.column().take(pa.array(draft.form * words.streets.size + addresses.street[where]))
    house = pc.cast(pa.array(addresses.house[where]), pa.string())
    first = np.array([c is None or c.number_first for c in words.countries])[people.country[person]]
    text = pc.if_else(
        pa.array(first),
        pc.binary_join_element_wise(house, street, " "),
        pc.binary_join_element_wise(street, house, " "),
    )
    unit = addresses.unit[where]
    numbered = pc.binary_join_element_wise(
        text, pa.array([" Apt ", ", Unit ", " #"]).take(pa.array(draft.form)), pc.cast(pa.array(unit), pa.string()), ""
    )
    shown = (unit > 0) & (people.country[person] == 0) & (chance.random(count) < 0.85)
    draft.columns["address"] = pc.if_else(pa.array(shown), numbered, text)
    city, form = addresses.city[where], draft.form
    draft.columns["city"] = words.cities.column().take(pa.array(form * words.cities.size + city))
    states = [state for _, state, *_ in vocabulary.PLACES]
    states += [None] * (words.cities.size - len(states))
    draft.columns["state"] = pa.array(states, pa.string()).take(pa.array(city))
    digits = np.array([5 if c is None else c.postal_digits for c in words.countries])[people.country[person]]
    begins, ends = pa.array(words.city_postal).take(pa.array(city)), addresses.postal[where]
    draft.columns["postal"] = pa.array(
        [(start + f"{end:06d}")[:length] if nation else start + f"{end % 100:02d}"
         for start, end, length, nation in zip(begins.to_pylist(), ends.tolist(), digits.tolist(), people.country[person].tolist(), strict=True)]
    )  # fmt: skip
    names = [("US", "USA", "United States"), *(country.names for country in words.countries[1:])]
    flat = pa.array([name[place] for place in range(3) for name in names])
    draft.columns["country"] = flat.take(pa.array(form * len(names) + people.country[person]))


def _rest(draft: Draft, people: People, chance) -> None:
    person = draft.person
    days = people.born[person].astype("datetime64[D]")
    draft.columns["birthdate"] = pc.strftime(pa.array(days), "%Y-%m-%d")
    draft.columns["gender"] = pa.array(["M", "F"]).take(pa.array(people.female[person].astype(int)))
    suffixes = pa.array([None, "Sr", "Jr", "III", None, "Senior", "Junior", "3rd"], pa.string())
    draft.columns["generational_suffix"] = suffixes.take(
        pa.array(people.suffix[person] + 4 * (chance.random(len(person)) < 0.15))
    )
    draft.columns["loyalty_id"] = pa.array([f"LY{number:08d}" for number in person.tolist()])


def _whole_names(draft: Draft, people: People, words: Inventory, chance) -> None:
    """A third of the shop's records hold one name field; a suffix without a field stands behind the surname."""
    count = len(draft.person)
    suffix, surname, given = (draft.columns[name] for name in ("generational_suffix", "surname", "given_name"))
    behind = pa.array(chance.random(count) < 0.5)
    with_suffix = pc.if_else(
        pc.and_(suffix.is_valid(), behind), pc.binary_join_element_wise(surname, suffix, " "), surname
    )
    draft.columns["surname"] = with_suffix
    draft.columns["generational_suffix"] = pc.if_else(behind, pa.scalar(None, pa.string()), suffix)
    eastern = pa.array((people.country[draft.person] == len(words.countries) - 2) & (draft.form == 0))
    western_order = pc.binary_join_element_wise(given, with_suffix, " ")
    whole = pc.if_else(eastern, pc.binary_join_element_wise(with_suffix, given, " "), western_order)
    chosen = pc.and_(pa.array((draft.source == 2) & (chance.random(count) < 0.33)), whole.is_valid())
    draft.columns["full_name"] = pc.if_else(chosen, whole, pa.scalar(None, pa.string()))
    for name in ("given_name", "surname"):
        draft.columns[name] = pc.if_else(chosen, pa.scalar(None, pa.string()), draft.columns[name])


def _cases(draft: Draft, chance) -> None:
    count = len(draft.person)
    style = chance.random(count)
    for name in ("given_name", "surname", "full_name", "email", "address", "city"):
        column = draft.columns[name]
        column = pc.if_else(pa.array(style < 0.08), pc.utf8_upper(column), column)
        draft.columns[name] = pc.if_else(pa.array(style > 0.95), pc.utf8_lower(column), column)


def _repeat(draft: Draft, slips: Slips, chance) -> None:
    """Some records repeat the one before of the same person."""
    count = len(draft.person)
    same = np.append(False, draft.person[1:] == draft.person[:-1])
    copy = same & (chance.random(count) < slips.copies)
    origin = np.maximum.accumulate(np.where(copy, 0, np.arange(count)))
    at = pa.array(origin)
    draft.columns = {name: column.take(at) for name, column in draft.columns.items()}
    draft.source = draft.source[origin]
