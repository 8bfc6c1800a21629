"""Semantic tags: which there are, what each asks of its field, and which look like a slip of the pen.

What the fields of a stitched table mean together is in `stitch.semantics` (amperity_behaviour.md 5).
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

PROFILE_TAGS = (
    "given-name",
    "middle-name",
    "surname",
    "full-name",
    "title",
    "generational-suffix",
    "email",
    "phone",
    "address",
    "address2",
    "city",
    "state",
    "postal",
    "country",
    "birthdate",
    "gender",
    "company",
    "loyalty-id",
    "create-dt",
    "update-dt",
)
ADDRESS_TAGS = ("address", "address2", "city", "state", "postal", "country")
REPEATABLE = ("email", "phone", *ADDRESS_TAGS)
KEY_PREFIXES = ("fk-", "sk-", "bk-")
GROUPS = (
    "blv",
    "compliance",
    "db",
    "email-event",
    "email-opt",
    "email-summary",
    "fiscal",
    "loy",
    "loy-event",
    "nicknames",
    "pc",
    "sl",
    "sms-opt",
    "source",
    "txn-item",
)
OTHER_TAGS = ("pk", "ck", "database-key", "system-updated")
ONCE = ("given-name", "middle-name", "surname", "generational-suffix", "ck")
FIELD_TYPES = {"phone": ("string",), "postal": ("string",), "birthdate": ("date", "string")}
OUR_COLUMNS = (
    "amperity_id",
    "datasource",
    "pk",
    "component_id",
    "is_supersized",
    "supersized_id",
    "rep_ds",
    "rep_pk",
    "has_blv",
    "heap_user_id",
)
_ELSEWHERE = {  # what other products call our tags
    "first-name": "given-name",
    "firstname": "given-name",
    "forename": "given-name",
    "last-name": "surname",
    "lastname": "surname",
    "family-name": "surname",
    "name": "full-name",
    "suffix": "generational-suffix",
    "salutation": "title",
    "e-mail": "email",
    "mail": "email",
    "email-address": "email",
    "mobile": "phone",
    "phone-number": "phone",
    "telephone": "phone",
    "street": "address",
    "address1": "address",
    "address-line-1": "address",
    "address-line-2": "address2",
    "town": "city",
    "province": "state",
    "region": "state",
    "zip": "postal",
    "zip-code": "postal",
    "postal-code": "postal",
    "postcode": "postal",
    "dob": "birthdate",
    "date-of-birth": "birthdate",
    "birth-date": "birthdate",
    "birthday": "birthdate",
    "sex": "gender",
    "employer": "company",
    "updated-at": "update-dt",
    "created-at": "create-dt",
}


def base_of(tag: str) -> tuple[str, str]:
    """A tag's base and what tells it apart from others of that base: `email-work` is (email, work), `city` (city, '').

    Ordinals and namespaces stand only behind tags that a feed may have several times (5.2).
    """
    for base in REPEATABLE:
        if tag.startswith(f"{base}-") and tag.partition("/")[1] == "":
            return base, tag.removeprefix(f"{base}-")
    return tag, ""


def is_custom(tag: str) -> bool:
    """Whether a tag is one of the user's own: neither a profile tag, a key, nor of a group."""
    return not (tag in PROFILE_TAGS or tag in OTHER_TAGS or tag.startswith(KEY_PREFIXES) or "/" in tag)


def wrong_with(tag: str) -> str | None:
    """Why a tag cannot be, or None: keys need a namespace, and a column of ours is nobody else's."""
    for prefix in KEY_PREFIXES:
        if tag in (prefix, prefix.rstrip("-")):
            return f"a namespace is mandatory, such as {prefix}customer-id"
    column = tag.replace("-", "_").replace("/", "_").lower()
    if is_custom(tag) and (column in OUR_COLUMNS or column.startswith(("blv_", "x_", "fk_", "sk_", "bk_"))):
        return "is the name of a column of unified_coalesced that Stitch fills itself"
    if not tag.strip():
        return "must be a word"
    return None


def said_twice(fields: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[str, list[str]] | None:
    """The first tag that stands on several fields though it may be used once a feed, with these fields (5.2, 5.3)."""
    holders: dict[str, list[str]] = {}
    for name, tags in fields:
        for tag in dict.fromkeys(tags):
            if tag in ONCE or tag.startswith(KEY_PREFIXES):
                holders.setdefault(tag, []).append(name)
    return next(((tag, names) for tag, names in holders.items() if len(names) > 1), None)


def wrong_type(tag: str, kind: str | None) -> str | None:
    """The types that a tag needs where its field is declared of another, as text; None where it fits."""
    allowed = FIELD_TYPES.get(base_of(tag)[0])
    if allowed is None or (kind or "string") in allowed:
        return None
    return " or ".join(allowed)


def likely_meant(tag: str, known: Iterable[str] = ()) -> str | None:
    """The tag that an unknown one is probably meant to be: `emali` is email, `first-name` given-name; None if none."""
    if tag in PROFILE_TAGS or tag in OTHER_TAGS or tag in known:
        return None
    group, slash, _ = tag.partition("/")
    if slash:
        meant = get_close_matches(group, GROUPS, 1, 0.6) if group not in GROUPS else []
        return f"{meant[0]}/{tag.partition('/')[2]}" if meant else None
    if tag.startswith(KEY_PREFIXES) or base_of(tag)[1]:
        return None
    plain = tag.lower().replace("_", "-").replace(" ", "-")
    if plain in _ELSEWHERE:
        return _ELSEWHERE[plain]
    for base in (plain, plain.rpartition("-")[0]):
        meant = get_close_matches(base, (*PROFILE_TAGS, "ck", "pk"), 1, 0.79) if len(base) > 2 else []
        if meant and meant[0] != base:
            return meant[0] + plain.removeprefix(base)
        if plain in PROFILE_TAGS:
            return plain
    return None


def slips(tags_of: Mapping[str, Iterable[str]], known: Iterable[str] = ()) -> list[str]:
    """A sentence for every tag that looks like a slip of the pen; `tags_of` are tags by the place where they stand."""
    known = tuple(known)
    found = []
    for place, tags in tags_of.items():
        for tag in tags:
            meant = likely_meant(tag, known)
            if meant:
                found.append(f"{place}: {tag!r} is taken as a semantic of your own; did you mean {meant}?")
    return found
