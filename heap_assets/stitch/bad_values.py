"""Values that say nothing about a person: the global lists (amperity_behaviour.md 6.3).

They are ignored in matching, never removed.
"""

from heap_assets.engine.sql import literal


def _words(text: str, *phrases: str) -> tuple[str, ...]:
    return (*text.split(), *phrases)


ANY = _words(
    "BLOCKED COLLECT DECLINE DECLINED DECLINES DENIED EMPTY INFO N/A NAME NONE NOTAVAILABLE NULL REFUSED TBD TDB TEST"
    " TRAVEL UNKNOWN UNDEFINED NAN",
    "NONE GIVEN",
    "NO VALUE",
    "NOT AVAILABLE",
    "NOT GIVEN",
)
KEYS = ("USER", "ANONYMOUS", "GUEST", "0", "-1", "FALSE", "TRUE", "[OBJECT OBJECT]")
GIVEN_NAMES = _words("BLOCK CARDHOLDER CONTACT GIFT GUEST GUESTS PREPAID RESERVED USE VISA", "NO NAME")
SURNAMES = _words("CARDHOLDER CONTACT GUESTS RESERVED USE", "NO NAME")
PHONES = ("0000000001", "1234567890", "1234567891", *(str(digit) * 10 for digit in range(10)))
BIRTHDATES = ("1899-12-31", "1900-01-01", "1920-01-01", "0000-02-29")
LOCAL_PARTS = _words(
    "123 1234 99 ABC ABC123 DECLINE DECLINED DENIED FAKENAME JUNK NO NOEMAIL NOMAIL NONE NONENONE NOREPLY NOTHANKS"
    " NOTHANKYOU REFUSED 0000000000 ADMIN BOOKING CLIENT CLIENTS CONFIRMATION CONFIRMATIONS CONTACT CUSTOMERSERVICE"
    " CUSTOMERSERVICES EMAIL EXAMPLE GUEST GUESTS HELP HELPS INFO MAIL ME NAME QUERIES QUERY RESERVATION RESERVATIONS"
    " SAMPLE SAMPLES SERVICE SHOP TEST TESTING TESTEMAIL TRAVEL UNDEFINED NULL VENDOR VENDORS",
    "X" * 3,
)
DOMAINS = ("NOEMAIL.COM", "NOMAIL.COM", "GOAWAY.COM", "EMAIL.TST")


def unless_listed(value: str, *lists: tuple[str, ...]) -> str:
    """A SQL expression: `value` (already upper case), or null where it stands in a global list."""
    words = ", ".join(literal(word) for words in (ANY, *lists) for word in words)
    return f"CASE WHEN {value} NOT IN ({words}) THEN {value} END"
