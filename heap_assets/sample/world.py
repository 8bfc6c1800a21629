"""The parameters of a sample world, with their defaults and sources; nothing is generated here.

Figures marked "5" come from section 5 of the notes on Heap's delivery (public benchmarks and statistics of shops); the
others are our own choice, made so that each trap of identity resolution occurs in a small sample.
"""

from dataclasses import dataclass, replace
from datetime import date

from heap_assets.errors import UsageError


@dataclass(frozen=True)
class World:
    """Everything that decides what a sample looks like: equal worlds give equal bytes and file times.

    Shares are fractions of 1. Days count from `first_day`, which is day 0.
    """

    # Size
    seed: int = 7
    """Start of every random stream."""
    days: int = 14
    """Number of days, one Heap dump and one CRM file each."""
    users: int = 4_000
    """Distinct Heap user_ids: cookies, profiles made by identify, and bots."""
    first_day: date = date(2026, 10, 1)
    """Day 0; `start_date` of the configuration."""

    # Ids
    id_limit: int = 2**53 - 1
    """Greatest user_id, event_id and session_id; 2**63 - 1 is the stress profile (5)."""
    small_ids: int = 3
    """How many anonymous cookies have a user_id below 10 (5)."""
    dump_gap: int = 1_000_000
    """Dump ids grow by 1 to this much, so that their number of digits changes (5)."""
    first_dump: int = 852
    """Dump ids start above this number; 852 was seen in 2018."""

    # Who visits
    identified_share: float = 0.05
    """Cookies that call heap.identify (5: 95-99 % of traffic never does)."""
    extra_cookies: float = 0.56
    """Mean of the Poisson number of cookies that a known person has beyond the first (5)."""
    max_cookies: int = 10
    """Cookies of a person at most: Heap accepts ten user_ids an identity and month (5)."""
    chained_share: float = 0.03
    """Known customers who identify by e-mail first and by customer_id later: a migration chain of two hops."""
    known_customer_share: float = 0.7
    """Known people on the site who are also customers in the CRM."""
    identity_by_email_share: float = 0.2
    """Known customers for whom the site passes the e-mail as identity, not the customer_id."""
    anonymous_of_known_share: float = 0.08
    """Anonymous cookies that belong to a known person, which nothing in the delivery tells."""
    super_identity_every: int = 100_000
    """One site fault 'undefined' as identity in so many users (5); none in smaller worlds."""
    super_identity_cookies: int = 40
    """Cookies of different people that one such fault glues together."""
    bot_share: float = 0.0001
    """user_ids that are bots (5)."""
    bot_pages: tuple[int, int] = (1_000, 100_000)
    """Pageviews of a bot, log-uniform between the two (5)."""
    no_session_share: float = 0.01
    """Anonymous users without any session (made by server-side calls)."""
    present_share: float = 0.3
    """Users first seen on day 0; the others arrive evenly over the days."""

    # Visits
    sessions_anonymous: float = 1.3
    """Mean sessions of an anonymous cookie, 1 + geometric (5)."""
    sessions_known: float = 4.0
    """Mean sessions of a cookie that identifies (5)."""
    pages_mean: float = 4.7
    """Mean pages of a session (5)."""
    single_page_share: float = 0.4
    """Sessions of one page (5)."""
    pages_sigma: float = 1.0
    """Sigma of the log-normal number of pages of the longer sessions; 1.0 gives the heavy tail of the OTTO data (5)."""
    pages_cap: int = 500
    """Pages of a session at most (5)."""
    purchase_share: float = 0.02
    """Sessions with a purchase."""
    purchase_pages: float = 22.0
    """Mean pages of a session with a purchase (5)."""
    mobile_share: float = 0.6
    """Users on a phone or tablet (5)."""
    mobile_pages_ratio: float = 5.8 / 8.3
    """Pages of a mobile session for each page of a desktop session (5)."""
    dwell_seconds: float = 40.0
    """Mean seconds on a page, exponential, cut below the session gap."""
    gap_web_seconds: int = 1_800
    """Seconds without a pageview that end a web session (5)."""
    gap_mobile_seconds: int = 300
    """Seconds without activity that end an app session (5)."""
    stale_tab_share: float = 0.005
    """Sessions with a gap inside that is longer than the session gap (5)."""
    webview_share: float = 0.01
    """Mobile sessions that appear twice, once by the app and once by its web view (5)."""
    future_share: float = 0.001
    """Sessions whose clock runs up to ten years ahead (5)."""
    fraction_share: float = 0.2
    """Rows whose `time` has a fraction of a second."""
    late_share: float = 0.005
    """Sessions delivered one to three dumps after their day."""

    # Dumps
    repeated_share: float = 0.01
    """Event rows repeated in the next dump (5)."""
    resent_share: float = 0.003
    """Event rows sent again under the user_id that their cookie migrated to (5)."""
    users_resent_share: float = 0.05
    """Users sent again each day with a newer last_modified (5)."""
    absent_share: float = 0.1
    """Dumps that lack one table, at least one where there are five days or more (5)."""
    full_copy_every: int = 30
    """Days between full copies, the first in the middle of the sample (5); 0: none."""
    full_copy_table: str = "pageviews"
    """The table that the full copies are of: `pageviews` or `sessions`."""
    late_dump_days: int = 2
    """Days by which the manifest of one dump is late; 0: none is."""
    pageview_parts: int = 3
    """Avro parts of a day's pageviews at least."""
    part_sessions: int = 8_000
    """Sessions whose rows are held in memory, and written to one part, at once."""

    # User properties
    custom_properties: int = 12
    """Columns of users beyond Heap's own, 12 or more (5)."""
    new_property_after: float = 0.5
    """Part of the days before the last custom property is delivered: a column that appears; 0: it is always there."""
    long_note_share: float = 0.0005
    """Notes of ten thousand characters (5)."""

    # People and the CRM
    customers_per_user: float = 0.3
    """CRM customers for each Heap user_id."""
    household_sizes: tuple[float, ...] = (0.45, 0.33, 0.12, 0.10)
    """Shares of households of one, two, three, ... adults."""
    other_surname_share: float = 0.15
    """Couples with two surnames."""
    namesake_share: float = 0.04
    """Households of two or more with father and son of one name, Sr and Jr."""
    twins_share: float = 0.03
    """Households of two or more with twins."""
    shared_email_share: float = 0.06
    """Members of a household who use the e-mail of its first member."""
    landline_share: float = 0.3
    """Members of a household who give its shared phone number."""
    crm_twice_share: float = 0.04
    """Customers who have a second customer_id."""
    crm_new_share: float = 0.01
    """Customers who are added, each day."""
    crm_changed_share: float = 0.01
    """Customers who change phone, address or e-mail, each day."""
    typo_share: float = 0.03
    """Names with one letter wrong."""
    nickname_share: float = 0.1
    """Given names written as the nickname, where there is one."""
    plus_tag_share: float = 0.01
    """E-mails with a +tag."""
    missing_email_share: float = 0.12
    """Customers without an e-mail."""
    missing_phone_share: float = 0.15
    """Customers without a phone."""
    missing_birthdate_share: float = 0.3
    """Customers without a birthdate."""
    missing_suffix_share: float = 0.2
    """Juniors and seniors written without their suffix."""
    moved_share: float = 0.06
    """Customers whose first row still has an older address."""
    loyalty_share: float = 0.4
    """Customers with a loyalty_id, the same on both records of a person."""

    def __post_init__(self) -> None:
        """Refuse what cannot be generated."""
        if self.days < 1 or self.users < 1 or self.custom_properties < 12:
            raise UsageError(
                "a sample needs at least one day, one user and twelve user properties",
                where=f"days={self.days}, users={self.users}, custom_properties={self.custom_properties}",
                todo="Give larger numbers.",
            )
        if self.full_copy_table not in ("pageviews", "sessions"):
            raise UsageError(
                "full copies are of pageviews or of sessions", where=self.full_copy_table, todo="Name one of the two."
            )


SCALES = {
    "s": World(),
    "m": World(users=125_000, days=30),
    "l": World(users=1_150_000, days=30, customers_per_user=0.1, full_copy_table="sessions"),
}


def scale(name: str, seed: int = 7) -> World:
    """Return the world of a named size: `s` about 25,000 pageviews, `m` about a million, `l` about ten million."""
    if name not in SCALES:
        raise UsageError("there is no sample of this scale", where=name, todo="Use s, m or l.")
    return replace(SCALES[name], seed=seed)
