"""What each level of likeness means, in words; how levels are made is in `compare`."""

from heap_assets.stitch.fields import AREAS, Field

MISSING = "missing on a side: says nothing"
_MEANINGS = {
    "given": (
        "equal",
        "an initial that fits",
        "a nickname, a short form, a slip of spelling, or swapped with the surname",
        "alike",
        "different",
        "alike, but two names that people bear",
        "two different names that people bear",
    ),
    "surname": (
        "equal",
        "a slip of spelling, or swapped with the given name",
        "alike, or one is part of the other",
        "different",
    ),
    "middle": ("equal", "an initial that fits, or a slip of spelling", "different"),
    "suffix": ("equal", "another generation"),
    "email": (
        "equal",
        "the same name at another provider",
        "one slip in the name before the @",
        "different",
        "the same name before the @, or nearly, but it is only that of the person",
    ),
    "phone": ("equal", "at most two digits apart", "different"),
    "birthdate": (
        "equal",
        "one slip, or day and month swapped",
        "two slips, or the same year",
        "different",
        "twelve years apart or more",
    ),
    "mailbox": (
        "the shared mailbox has the given name in it",
        "the shared mailbox has initial and surname in it",
        "the shared mailbox is named after somebody or something else",
    ),
    "lone_suffix": ("neither has a suffix", "one alone has a suffix"),
    "exact": ("equal", "different"),
    "text": ("equal", "a slip of spelling", "alike", "different"),
    "code": ("equal", "a slip", "different"),
    "date": ("equal", "one slip, or day and month swapped", "two slips, or the same year", "different"),
}
_ADDRESS = ("address missing", "the same address", "nearly the same address", "a similar address", "another address")
_AREA = (
    "",
    "the same postal code",
    "postal codes one slip apart",
    "postal codes two slips apart",
    "the same city",
    "nearly the same city",
    "a similar city",
    "another area",
    "the same city, no postal code to compare",
    "nearly the same city, no postal code to compare",
    "a similar city, no postal code to compare",
    "another city, no postal code to compare",
)


def meaning(one: Field, level: int) -> str:
    """A level of a field in words."""
    if not level:
        return MISSING
    if one.name == "place":
        return ", ".join(part for part in (_ADDRESS[level // AREAS], _AREA[level % AREAS]) if part)
    return _MEANINGS[one.kind][level - 1]
