"""What SQL cannot standardise: letters beyond ASCII, and phones outside the North American plan.

Each distinct value once, in Python, kept in a table of the lake (`cache`). Everything here is a function of its
arguments and of RULES, which is bumped with any change and names the versions of the libraries.
"""

import re
import unicodedata
from importlib.metadata import version

import anyascii
import phonenumbers

from heap_assets.stitch.standardise.countries import CODES

RULES = (
    f"1 phonenumbers-{phonenumbers.__version__} anyascii-{version('anyascii')} unicode-{unicodedata.unidata_version}"
)
_GERMANIC = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE", "Å": "AA", "Æ": "AE", "Œ": "OE", "ー": "", "°": ""}
)
_NO_READING = re.compile(  # Hebrew, Arabic, Indic to Khmer, Hangul, Han: no reading letter by letter
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u0900-\u0fff\u1000-\u109f\u1780-\u17ff"
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\uac00-\ud7af\u3400-\u9fff\uf900-\ufaff]")
_THREE_HANGUL = re.compile("[\uac00-\ud7af]{3}")
SHORTEST = 7  # digits of a phone
_UNSEEN = ("Cf", "So", "Sk", "Cc")


def fold(text: str) -> str:
    """Text in capitals and ASCII: umlauts in two letters, marks off, other alphabets by letter.

    Text in a script without a reading by letter stays as it is, normalised.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN)
    plain = unicodedata.normalize("NFC", plain.upper()).translate(_GERMANIC)
    if _NO_READING.search(plain):
        return plain.strip()
    return anyascii.anyascii(plain).upper().strip()


def fold_full_name(text: str) -> str:
    """A full name folded, the surname last: with Han, kana or Hangul it is the first word."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("・", " ").replace("、", " ")
    if _THREE_HANGUL.fullmatch(plain):
        plain = f"{plain[0]} {plain[1:]}"
    first, _, rest = plain.partition(" ")
    if rest and _EAST_ASIAN.search(plain):
        plain = f"{rest} {first}"
    return fold(plain)


def phone(text: str, country: str | None, home: str = "US") -> str | None:
    """Ten digits of the North American plan, else `+`, country code and number; null where it cannot be a phone.

    `country` is as written; without one a number is read as one of `home`.
    """
    written = re.sub(r"^(\D*)00", r"\1+", unicodedata.normalize("NFKC", text).strip())
    written = re.sub(r"\(0\)", "", written) if "+" in written else written
    region = region_of(country) or home
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return _digits(written)
    if not phonenumbers.is_possible_number(number):
        return _digits(written)
    if number.country_code == 1:
        return str(number.national_number)
    whole = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return whole if len(whole) > SHORTEST else None


def region_of(country: str | None) -> str | None:
    """The two-letter code of a country as people write it, or None."""
    if not country:
        return None
    name = " ".join(re.findall(r"\w+", fold(country)))
    code = CODES.get(name, name)
    return code if code in phonenumbers.SUPPORTED_REGIONS else None


def _digits(written: str) -> str | None:
    """Digits without leading zeros; a phone of zeros alone stays as it is listed among bad values."""
    digits = "".join(str(unicodedata.decimal(sign)) for sign in written if sign.isdecimal())
    bare = digits.lstrip("0")
    return bare if len(bare) >= SHORTEST else ("0" * 10 if len(digits) >= SHORTEST and not bare else None)
