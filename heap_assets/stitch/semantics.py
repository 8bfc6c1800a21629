"""What each field of a stitched table means: tags of the settings, and for Heap users those that field names suggest.

How values are cleaned is in `standardise`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from heap_assets.settings import FeedSpec, snake_case

PROFILE_TAGS = (
    "given-name",
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
_SUGGESTED = {
    "given-name": ("first_name", "firstname", "given_name"),
    "surname": ("last_name", "lastname", "surname", "family_name"),
    "full-name": ("full_name", "fullname"),
    "phone": ("phone", "phone_number", "mobile", "mobile_phone"),
    "address": ("address", "street_address", "address1"),
    "city": ("city",),
    "state": ("state",),
    "postal": ("postal", "postal_code", "zip", "zip_code"),
    "birthdate": ("birthdate", "birth_date", "date_of_birth", "dob"),
    "gender": ("gender",),
    "email": ("_email", "email_address"),
}


@dataclass(frozen=True)
class TableSemantics:
    """Fields of one stitched table by meaning; several fields of one tag keep the order of the settings."""

    spec: FeedSpec
    profile: dict[str, list[str]]
    foreign_keys: dict[str, list[str]]
    customer_key: str | None
    custom: dict[str, list[str]]


def column_name(tag: str) -> str:
    """The column of unified_coalesced that holds a tag's values.

    `given-name` is `given_name`, `fk-customer-id` `fk_customer_id`.
    """
    return snake_case(tag)


def semantics_of(spec: FeedSpec, fields: Iterable[str]) -> TableSemantics:
    """The meaning of a table's fields; tags on fields that the table does not have yet are left out."""
    present = set(fields)
    found = TableSemantics(spec, {}, {}, None, {})
    customer_key = None
    for name, tags in spec.semantics:
        for tag in tags if name in present else ():
            if tag == "ck":
                customer_key = name
            elif tag.startswith("fk-"):
                found.foreign_keys.setdefault(tag, []).append(name)
            elif tag in PROFILE_TAGS:
                found.profile.setdefault(tag, []).append(name)
            elif tag != "pk" and not tag.startswith(("sk-", "bk-")):
                found.custom.setdefault(tag, []).append(name)
    if spec.source == "Heap" and spec.table == "users":
        _suggest(found, present)
    return TableSemantics(spec, found.profile, found.foreign_keys, customer_key, found.custom)


def _suggest(found: TableSemantics, present: set[str]) -> None:
    tagged = {name for name, _ in found.spec.semantics}
    for tag, names in _SUGGESTED.items():
        name = next((name for name in names if name in present and name not in tagged), None)
        if name is not None and tag not in found.profile:
            found.profile[tag] = [name]
