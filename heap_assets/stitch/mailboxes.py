"""What two e-mails say of two records: the same mailbox, the same name at another provider, a slip, or nothing.

The login is what stands before the @, without the marks between its words: `betty.smith` and `betty_smith` are one.
Whether it is but the name of its owner is worked out for those pairs alone whose logins are alike.
"""

from collections.abc import Mapping
from functools import reduce

from heap_assets.stitch.fields import Layout

SHORTEST = 5
_DIGITS = "regexp_replace({}, '[^0-9]', '', 'g')"


def login_sql(email: str) -> str:
    """The login of an e-mail."""
    return reduce(lambda text, mark: f"replace({text}, '{mark}', '')", "._-", f"split_part({email}, '@', 1)")


def login_nearness(layout: Layout) -> Mapping[str, str]:
    """Columns of a pair, before its levels: `logins` is 0 for equal logins, 1 for one slip between them, else null."""
    if not layout.has("email"):
        return {}
    slip = (
        f"abs(length(a_login) - length(b_login)) <= 1 AND least(length(a_login), length(b_login)) >= {SHORTEST}"
        " AND levenshtein(a_login, b_login) <= 2 AND damerau_levenshtein(a_login, b_login) <= 1"
        f" AND {_DIGITS.format('a_login')} = {_DIGITS.format('b_login')}"
    )
    return {
        "logins": f"CASE WHEN a_email <> b_email THEN CASE WHEN a_login = b_login THEN 0 WHEN {slip} THEN 1 END END"
    }


def login_plainness(layout: Layout) -> Mapping[str, str]:
    """Columns of a pair whose logins are alike: how many of the two, `plain_logins`, are but their owner's name."""
    if not layout.has("email"):
        return {}
    if not layout.has("surname"):
        return {"plain_logins": "0"}
    count = " + ".join(f"CASE WHEN {_plain(side)} THEN 1 ELSE 0 END" for side in "ab")
    return {"plain_logins": f"CASE WHEN logins IS NOT NULL THEN {count} END"}


def email_level(same: str, layout: Layout) -> str:
    """The level of the e-mails; `same` is the condition under which they are equal.

    A login made of the name alone says nothing beyond it: where the names agree it counts as missing.
    """
    agree = "FALSE"
    if layout.has("given", "surname"):
        agree = "v_given BETWEEN 1 AND 3 AND v_surname BETWEEN 1 AND 3"
    elsewhere = "split_part(a_email, '@', 2) <> split_part(b_email, '@', 2)"
    return f"""CASE
        WHEN a_email IS NULL OR b_email IS NULL THEN 0
        WHEN {same} THEN 1
        WHEN logins IS NULL THEN 4
        WHEN logins = 0 THEN CASE WHEN plain_logins = 0 THEN 2 WHEN {agree} THEN 0 ELSE 5 END
        WHEN plain_logins = 2 OR (plain_logins = 1 AND {elsewhere}) THEN CASE WHEN {agree} THEN 0 ELSE 4 END
        ELSE 3 END"""


def mailbox_level(layout: Layout) -> str:
    """Whether the mailbox that both use is named after the one whose given name is told: a family's often is not.

    1 where the given name is in it, 2 its initial and the surname, 3 neither.
    """
    owned = ", ".join(_owned(side, layout) for side in "ab")
    return f"CASE WHEN a_email = b_email THEN coalesce({owned}, 0) ELSE 0 END"


def _plain(side: str) -> str:
    """The surname, or a word of it, with letters around it."""
    login, surname = f"{side}_login", f"{side}_surname"
    ends = [f"split_part({surname}, ' ', {place})" for place in (1, -1)]
    words = " OR ".join(f"(length({word}) >= 3 AND contains({login}, {word}))" for word in ends)
    held = f"contains({login}, replace({surname}, ' ', '')) OR (contains({surname}, ' ') AND ({words}))"
    return f"(length({surname}) >= 3 AND ({held}) AND NOT regexp_matches({login}, '[0-9]'))"


def _owned(side: str, layout: Layout) -> str:
    login, given = f"{side}_login", f"{side}_given"
    initial = ""
    if layout.has("surname"):
        initial = f"WHEN contains({login}, left({given}, 1) || replace({side}_surname, ' ', '')) THEN 2"
    return f"CASE WHEN length({given}) > 2 THEN CASE WHEN contains({login}, {given}) THEN 1 {initial} ELSE 3 END END"
