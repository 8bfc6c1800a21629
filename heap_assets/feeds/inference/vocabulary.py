"""What fields with a meaning are called, and how their values look. Deciding by them is in `meanings`."""

import re

_ROLES = r"(billing|shipping|home|mailing|work|primary|contact)_?"
_MOMENT = r"(_?(at|on|date|time|datetime|ts|dt|timestamp))?"

NAMES = {
    "email": rf"e_?mails?|e_?mail_?(address|adresse|addr)|mail|correo|courriel|(customer_|user_|{_ROLES})e_?mail",
    "phone": rf"({_ROLES})?((tele)?phone|mobile|cell)(_?(phone|number|no|nr))?|tel|telefon|handy|msisdn",
    "given-name": r"(first|given)_?name|fname|forename|vorname|prenom|nombre",
    "surname": r"(last|family)_?name|surname|lname|nachname|apellidos?|nom",
    "full-name": r"full_?name|(customer|contact|person|display|client|member)_?name|name",
    "title": r"salutation|honorific|name_?prefix|anrede",
    "generational-suffix": r"(name_?)?suffix|generational_?suffix",
    "address": rf"({_ROLES}|street_?|postal_?)?addr(ess)?|(address|addr)_?(line_?)?1|street|strasse",
    "address2": r"(address|addr)_?(line_?)?2|apartment|apt|unit",
    "city": rf"({_ROLES})?(city|town)|ort|stadt|ville|ciudad",
    "state": rf"({_ROLES})?(state|province)(_?code)?|region|bundesland",
    "postal": rf"({_ROLES})?(postal|zip|post)(_?code)|postal|zip|plz|cp",
    "country": r"country(_?code)?|land|pays",
    "birthdate": r"birth_?date|date_?of_?birth|dob|birthday|born(_on)?|geburtsdatum|bday",
    "gender": r"gender|sex|geschlecht",
    "company": r"company(_?name)?|employer|firma",
    "loyalty-id": r"(loyalty|rewards?|membership|member_?card)_?(id|number|no|nr|card|key)",
    "update-dt": rf"(last_?)?(updated?|modified|changed?){_MOMENT}|(geae?ndert|aktualisiert)(_am)?",
    "create-dt": rf"created?{_MOMENT}|(angelegt|erstellt)(_am)?"
    r"|(registered|signup|sign_up|joined)(_?(at|on|date))?|joindate",
}
CUSTOMER_KEY = re.compile(
    r"(customer|client|cust|crm|account|acct|member|contact|shopper|profile|person|guest|subscriber|buyer|household|user"
    r"|kunden?)_?(id|key|no|nr|number|code|ref|uuid|guid|nummer)|heap_?user(_?id)?|identity|uid"
)
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
FORMATTED_PHONE = r"\+\d[\d ().-]{6,}\d|\(\d{2,4}\) ?\d[\d -]{4,}|\d{3}[-. ]\d{3}[-. ]\d{4}"
SHAPES = {
    "email": EMAIL,
    "phone": r"[+(]?[\d][\d ().\-/+x]{5,}\d",
    "postal": r"[A-Za-z0-9][A-Za-z0-9 -]{1,9}",
    "gender": r"(?i)f|female|woman|m|male|man|x|nonbinary|non-binary|enby|nb|other|none|u|unknown|w|d|divers",
    "given-name": r"[^\d@]{1,60}",
    "surname": r"[^\d@]{1,60}",
    "full-name": r"[^\d@]{1,100}",
    "city": r"[^\d@]{1,80}",
    "state": r"[^@]{1,40}",
    "address": r"[^@]{3,}",
}
COMMON_GIVEN_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        james mary john patricia robert jennifer michael linda david elizabeth william barbara richard susan joseph
        jessica thomas sarah karen daniel nancy matthew lisa anthony betty mark sandra paul ashley steven kimberly
        andrew emily kevin brian george laura anna maria jose ana peter julia hans sophie marie pierre emma olivia
        noah liam lucas mia
        """,
    )
)


def tag_of_name(name: str) -> str | None:
    """The profile tag that a field's name in snake_case suggests by itself, or None."""
    return next((tag for tag, names in NAMES.items() if re.fullmatch(names, name)), None)
