"""How a value gets written wrongly: slips of keyboard, ear and scanner. Which values are hit is the caller's business."""

import random

_NEIGHBOURS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfec", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hkn", "k": "jli", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "ol", "q": "wa", "r": "etf", "s": "adw",
    "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc", "y": "tuh", "z": "xa", "0": "9", "1": "2", "2": "13",
    "3": "24", "4": "35", "5": "46", "6": "57", "7": "68", "8": "79", "9": "80",
}  # fmt: skip
"""Keys beside a key on a QWERTY board."""

_ALIKE = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("l", "i"), ("o", "0"), ("ph", "f"), ("ie", "ei"), ("ei", "ie"),
    ("ck", "k"), ("c", "k"), ("y", "i"), ("th", "t"), ("z", "s"), ("ll", "l"), ("nn", "n"), ("e", "a"), ("u", "v"),
    ("sh", "sch"), ("b", "8"), ("s", "5"), ("5", "s"), ("8", "3"), ("1", "7"), ("6", "8"),
)  # fmt: skip
"""What a scanner or an ear takes for something else."""


def misprint(text: str, chance: random.Random) -> str:
    """The text with one slip; the first letter is spared in nine of ten cases, as people mind it more."""
    if len(text) < 3:
        return text
    place = 0 if chance.random() < 0.1 else chance.randrange(1, len(text))
    kind = chance.random()
    if kind < 0.28:
        return _neighbour(text, place, chance)
    if kind < 0.50:
        return text[:place] + text[place + 1 :]
    if kind < 0.66:
        return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :] if place else text[1:]
    if kind < 0.78:
        return text[:place] + text[place] + text[place:]
    return _alike(text, chance) or _neighbour(text, place, chance)


def _neighbour(text: str, place: int, chance: random.Random) -> str:
    keys = _NEIGHBOURS.get(text[place].lower())
    if not keys:
        return text[:place] + text[place + 1 :]
    wrong = chance.choice(keys)
    return text[:place] + (wrong.upper() if text[place].isupper() else wrong) + text[place + 1 :]


def _alike(text: str, chance: random.Random) -> str:
    """The text as misread or misheard; empty if nothing in it can be."""
    lower = text.lower()
    found = [(seen, meant) for meant, seen in _ALIKE if meant in lower[1:]]
    if not found:
        return ""
    seen, meant = chance.choice(found)
    place = lower.index(meant, 1)
    return text[:place] + seen + text[place + len(meant) :]


def wrong_digit(text: str, chance: random.Random) -> str:
    """A number with one digit wrong, or two neighbours swapped, or one lost; other letters stay where they are."""
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    if len(places) < 3:
        return text
    here = chance.randrange(len(places) - 1)
    first, second = places[here], places[here + 1]
    kind = chance.random()
    if kind < 0.5:
        return text[:first] + str(chance.randrange(10)) + text[first + 1 :]
    if kind < 0.85:
        letters = list(text)
        letters[first], letters[second] = letters[second], letters[first]
        return "".join(letters)
    return text[:first] + text[first + 1 :]


def wrong_date(text: str, chance: random.Random) -> str:
    """An ISO date misread: a digit, day and month swapped, the year off by one, or the first of January."""
    year, month, day = text.split("-")
    kind = chance.random()
    if kind < 0.30 and int(day) <= 12:
        return f"{year}-{day}-{month}"
    if kind < 0.45:
        return f"{int(year) + chance.choice((-10, -1, 1, 10))}-{month}-{day}"
    if kind < 0.55:
        return f"{year}-01-01"
    if kind < 0.80:
        return f"{year}-{month}-{chance.randrange(1, 29):02d}"
    return f"{year}-{chance.randrange(1, 13):02d}-{min(int(day), 28):02d}"
