"""Words of the sample shop's site: pages, channels, devices as Heap describes them. Who visits stands in `visits`."""

from dataclasses import dataclass

DOMAIN = "www.acme-outfitters.example"
APP_NAME = "Acme Outfitters"
COUNTRY = "United States"


@dataclass(frozen=True, slots=True)
class Device:
    """A kind of device; `library` and the rest are Heap's columns, `user_agent` a custom property."""

    library: str
    platform: str
    device_type: str
    device: str | None
    carrier: str | None
    browser: str | None
    user_agent: str


def _chrome(system: str, version: str) -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36"


def _safari(system: str, version: str, tail: str) -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version} {tail}"


_IPHONE = "iPhone; CPU iPhone OS 19_1 like Mac OS X"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_IPAD = "iPad; CPU OS 19_0 like Mac OS X"
_MOBILE = "Mobile Safari/604.1"
_PIXEL = "Linux; Android 16; Pixel 9"
_GALAXY = "Linux; Android 15; SM-S921B"
_WINDOWS = "Windows NT 10.0; Win64; x64"
_FIREFOX = "Mozilla/5.0 ({}; rv:143.0) Gecko/20100101 Firefox/143.0"

DESKTOPS = (
    Device("web", "Windows 10", "Desktop", None, None, "Chrome 141.0.7390.54", _chrome(_WINDOWS, "141.0.0.0")),
    Device("web", "Windows 11", "Desktop", None, None, "Chrome 140.0.7339.207", _chrome(_WINDOWS, "140.0.0.0")),
    Device(
        "web", "Windows 10", "Desktop", None, None, "Edge 141.0.3537.57", _chrome(_WINDOWS, "141.0.0.0") + " Edg/141.0"
    ),
    Device("web", "Mac OS X 10.15", "Desktop", None, None, "Safari 19.0", _safari(_MAC, "19.0", "Safari/605.1.15")),
    Device("web", "Mac OS X 10.15", "Desktop", None, None, "Chrome 141.0.7390.55", _chrome(_MAC, "141.0.0.0")),
    Device("web", "Windows 10", "Desktop", None, None, "Firefox 143.0", _FIREFOX.format(_WINDOWS)),
    Device("web", "Linux", "Desktop", None, None, "Firefox 143.0", _FIREFOX.format("X11; Linux x86_64")),
)
PHONES = (
    Device("web", "iOS 19.1", "Mobile", "iPhone", None, "Mobile Safari 19.1", _safari(_IPHONE, "19.1", _MOBILE)),
    Device("web", "Android 16", "Mobile", "Pixel 9", None, "Chrome Mobile 141.0", _chrome(_PIXEL, "141.0 Mobile")),
    Device("web", "Android 15", "Mobile", "SM-S921B", None, "Samsung Internet 28", _chrome(_GALAXY, "130.0 Mobile")),
    Device("web", "iPadOS 19.0", "Tablet", "iPad", None, "Mobile Safari 19.0", _safari(_IPAD, "19.0", _MOBILE)),
    Device("ios", "iOS 19.1", "Mobile", "iPhone 17", "Verizon", None, "AcmeOutfitters/5.12.0 (iPhone; iOS 19.1)"),
    Device("android", "Android 16", "Mobile", "Pixel 9", "T-Mobile", None, "AcmeOutfitters/5.12.0 (Android 16)"),
)  # fmt: skip
DEVICES = DESKTOPS + PHONES
"""Desktops first, then phones and tablets; the last two are the apps."""
FIRST_APP = len(DEVICES) - 2
"""Index of the first app in `DEVICES`."""
CRAWLER = Device(
    "web",
    "Linux",
    "Desktop",
    None,
    None,
    "Chrome 119.0.6045.105",
    _chrome("X11; Linux x86_64", "119.0.6045.105 HeadlessChrome"),
)


@dataclass(frozen=True, slots=True)
class Channel:
    """How a visit comes to the site; `click` is the ad network's query parameter."""

    weight: float
    referrer: str | None = None
    source: str | None = None
    medium: str | None = None
    campaigns: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    click: str = ""


_TERMS = (
    "trail running shoes",
    "rain jacket men",
    "waterproof boots",
    "acme outfitters",
    "kids' backpack",
    "50% off tent",
)
CHANNELS = (
    Channel(0.34),
    Channel(0.26, "https://www.google.com/"),
    Channel(0.03, "https://www.bing.com/"),
    Channel(
        0.14, "https://www.google.com/", "google", "cpc", ("brand_us", "pmax-shoes", "fall sale 2026"), _TERMS, "gclid"
    ),
    Channel(0.09, "https://l.facebook.com/", "facebook", "paid_social", ("retarget_7d", "lookalike-3%"), (), "fbclid"),
    Channel(0.08, None, "newsletter", "email", ("2026-10_weekly", "welcome_2", "cart_reminder")),
    Channel(0.03, "https://couponhub.example/acme?ref=1", "couponhub", "affiliate", ("code10",)),
    Channel(0.03, "https://www.pinterest.com/", "pinterest", "social", ("boards",)),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `queries` are the query strings that it is shown with, null among them."""

    path: str
    title: str
    queries: tuple[str | None, ...] = (None,)
    hashes: tuple[str | None, ...] = (None,)


_KINDS = ("Sneaker", "Boot", "Jacket", "Tent", "Backpack", "Bottle", "Lantern", "Hat", "Glove", "Sock", "Rope", "Stove")
_LINES = (
    "Canyon",
    "Glacier",
    "Trail",
    "Summit",
    "Río",
    "Coast",
    "Dune",
    "Nordic",
    "Café Rider",
    "Kids' First",
    "Alpine",
    "Mesa",
)
_GROUPS = ("women", "men", "kids", "sale")


def _products() -> list[Page]:
    found = []
    for number, (line, kind) in enumerate((line, kind) for kind in _KINDS for line in _LINES):
        slug = f"{line}-{kind}".lower().replace(" ", "-").replace("'", "")
        queries = (None, None, None, f"?color=blue&size={6 + number % 8}", "?ref=recommended&pos=3")
        title = f"{line} {kind}, {('Blue', 'Red', 'Green')[number % 3]} | Acme Outfitters"
        found.append(Page(f"/p/{slug}-{1000 + 7 * number}", title, queries, (None, None, None, None, "#reviews")))
    return found


def _categories() -> list[Page]:
    queries = (None, None, "?sort=price_asc", "?page=2", "?size=10&size=11&brand=caf%C3%A9")
    return [
        Page(f"/c/{group}/{kind.lower()}s", f"{group.title()}'s {kind}s — Acme Outfitters", queries)
        for kind in _KINDS
        for group in _GROUPS
    ]


_SEARCHES = tuple("?q=" + term.replace(" ", "+").replace("'", "%27").replace("%", "%25") for term in _TERMS)
HOME = Page("/", 'Acme Outfitters | Gear for "everywhere"')
ACCOUNT = (
    Page("/account/login", "Sign in", (None, "?return=%2Fcart")),
    Page("/account/orders", "Your orders", (None,)),
    Page("/account/reset", "Reset your password", ("?token=9f8e7d6c5b4a", "?email=someone%40mail.example")),
)
CHECKOUT = (
    Page("/cart", "Your cart"),
    Page("/checkout/shipping", "Checkout: shipping"),
    Page("/checkout/payment", "Checkout: payment"),
    Page("/checkout/complete", "Thank you for your order!", ("?order=A-0012345",)),
)
SEARCH = Page("/search", "Search results", _SEARCHES)
PAGES = (HOME, SEARCH, *CHECKOUT[:1], *ACCOUNT, *_categories(), *_products(), *CHECKOUT[1:])
"""Most visited first: a page is drawn with a bias to the front; the steps of the checkout stand at the end."""
