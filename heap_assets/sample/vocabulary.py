"""Words that people are made of: names, nicknames, streets, places, mail domains. The site's words stand in `site`."""

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN_NAMES = {
    "F": _words(
        "Mary Jennifer Elizabeth Linda Patricia Barbara Susan Jessica Sarah Karen Nancy Margaret Sandra "
        "Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Sharon "
        "Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Katherine "
        "Christine Debra Rachel Carolyn Janet Maria Olivia Heather Catherine Diane Julie Victoria Joyce "
        "Lauren Kelly Christina Ruth Joan Virginia Judith Evelyn Hannah Andrea Megan Cheryl Jacqueline "
        "Madison Teresa Abigail Sofía Zoë Renée Inés Aiko Priya Yasmin Chloé Mei Ingrid Fatima Noor Siobhán "
        "Agnieszka"
    ),
    "M": _words(
        "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew "
        "Anthony Mark Donald Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald George Jason Edward "
        "Jeffrey Ryan Jacob Nicholas Gary Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel "
        "Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary "
        "Douglas Peter Kyle Noah Ethan Walter Jeremy Keith Roger Terry Austin Sean Gerald Carl José Björn "
        "Luís François Hiroshi Arjun Omar Dmitri Søren Wei Kwame Łukasz Tomás"
    ),
}

NICKNAMES = {
    "Elizabeth": ("Liz", "Beth", "Betty"), "Jennifer": ("Jen", "Jenny"), "Patricia": ("Pat", "Trish"),
    "Barbara": ("Barb",), "Susan": ("Sue",), "Jessica": ("Jess",), "Margaret": ("Maggie", "Peggy"),
    "Sandra": ("Sandy",), "Kimberly": ("Kim",), "Stephanie": ("Steph",), "Rebecca": ("Becky",),
    "Deborah": ("Deb", "Debbie"), "Cynthia": ("Cindy",), "Kathleen": ("Kathy",), "Katherine": ("Kate", "Katie"),
    "Pamela": ("Pam",), "Samantha": ("Sam",), "Christine": ("Chris",), "Christina": ("Tina",),
    "Catherine": ("Cathy",), "Victoria": ("Vicky",), "Jacqueline": ("Jackie",), "Teresa": ("Terry",),
    "Abigail": ("Abby",), "Madison": ("Maddie",), "Virginia": ("Ginny",), "Judith": ("Judy",), "Amanda": ("Mandy",),
    "James": ("Jim", "Jimmy"), "Robert": ("Bob", "Rob", "Bobby"), "John": ("Jack", "Johnny"), "Michael": ("Mike",),
    "David": ("Dave",), "William": ("Bill", "Will"), "Richard": ("Rick", "Dick"), "Joseph": ("Joe",),
    "Thomas": ("Tom",), "Christopher": ("Chris",), "Charles": ("Chuck", "Charlie"), "Daniel": ("Dan",),
    "Matthew": ("Matt",), "Anthony": ("Tony",), "Donald": ("Don",), "Steven": ("Steve",), "Andrew": ("Andy", "Drew"),
    "Joshua": ("Josh",), "Kenneth": ("Ken",), "Timothy": ("Tim",), "Ronald": ("Ron",), "Edward": ("Ed", "Ted"),
    "Jeffrey": ("Jeff",), "Nicholas": ("Nick",), "Jonathan": ("Jon",), "Stephen": ("Steve",), "Benjamin": ("Ben",),
    "Samuel": ("Sam",), "Gregory": ("Greg",), "Alexander": ("Alex",), "Raymond": ("Ray",), "Nathan": ("Nate",),
    "Henry": ("Hank",), "Zachary": ("Zach",), "Douglas": ("Doug",), "Walter": ("Walt",), "Gerald": ("Jerry",),
}  # fmt: skip

_COMMON = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez "
    "Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez "
    "Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker "
    "Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards "
    "Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey "
    "Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza "
    "Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez O'Brien O'Connor "
    "D'Angelo Muñoz Núñez Müller Grünwald Kowalski Nowak Ångström Şahin Ivanov Tanaka Chen Wang Okafor Haddad "
    "MacDonald Smith-Jones Saint-Pierre"
)

_FIRST_HALVES = _words(
    "Ash Black Brad Brook Burn Carl Chat Clay Cope Crom Dal East Fair Gold Hart Hather Holl Kirk Lang Lock "
    "Mar May Nor Pen Red Rock Sher Stan Thorn Wake Wald Whit Win Wood"
)
_SECOND_HALVES = _words(
    "bury by croft dale field ford gate ham hurst land ley man mont more ridge stone ton ward well worth"
)

SURNAMES = (
    *_COMMON,
    "de la Cruz",
    "Van Dyke",
    "von Braun",
    *(first + second for second in _SECOND_HALVES for first in _FIRST_HALVES),
)
"""Commonest first: names are drawn with a bias to the front."""

STREETS = _words(
    "Main Oak Maple Cedar Pine Elm Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset "
    "Railroad Jackson Cherry Highland Forest Jefferson River Meadow Franklin Chestnut Dogwood Hickory Lincoln "
    "Madison Adams Center Prospect Park Valley Birch Magnolia Garfield Grant Juniper Laurel Monroe Orchard "
    "Poplar Summit Sycamore Vine Winding Woodland 1st 2nd 3rd 4th 5th 12th 21st 42nd"
)
STREET_TYPES = ("St", "Street", "Ave", "Avenue", "Rd", "Dr", "Drive", "Ln", "Blvd", "Ct", "Way")

PLACES = (
    ("Seattle", "WA", "981", "206"), ("Tacoma", "WA", "984", "253"), ("Portland", "OR", "972", "503"),
    ("Eugene", "OR", "974", "541"), ("San Francisco", "CA", "941", "415"), ("Oakland", "CA", "946", "510"),
    ("San Jose", "CA", "951", "408"), ("Los Angeles", "CA", "900", "213"), ("San Diego", "CA", "921", "619"),
    ("Sacramento", "CA", "958", "916"), ("Fresno", "CA", "937", "559"), ("Las Vegas", "NV", "891", "702"),
    ("Phoenix", "AZ", "850", "602"), ("Tucson", "AZ", "857", "520"), ("Denver", "CO", "802", "303"),
    ("Boulder", "CO", "803", "720"), ("Salt Lake City", "UT", "841", "801"), ("Boise", "ID", "837", "208"),
    ("Albuquerque", "NM", "871", "505"), ("Dallas", "TX", "752", "214"), ("Houston", "TX", "770", "713"),
    ("Austin", "TX", "787", "512"), ("San Antonio", "TX", "782", "210"), ("El Paso", "TX", "799", "915"),
    ("Oklahoma City", "OK", "731", "405"), ("Kansas City", "MO", "641", "816"), ("St. Louis", "MO", "631", "314"),
    ("Omaha", "NE", "681", "402"), ("Minneapolis", "MN", "554", "612"), ("Saint Paul", "MN", "551", "651"),
    ("Madison", "WI", "537", "608"), ("Milwaukee", "WI", "532", "414"), ("Chicago", "IL", "606", "312"),
    ("Springfield", "IL", "627", "217"), ("Indianapolis", "IN", "462", "317"), ("Detroit", "MI", "482", "313"),
    ("Columbus", "OH", "432", "614"), ("Cleveland", "OH", "441", "216"), ("Cincinnati", "OH", "452", "513"),
    ("Louisville", "KY", "402", "502"), ("Nashville", "TN", "372", "615"), ("Memphis", "TN", "381", "901"),
    ("Atlanta", "GA", "303", "404"), ("Savannah", "GA", "314", "912"), ("Miami", "FL", "331", "305"),
    ("Orlando", "FL", "328", "407"), ("Tampa", "FL", "336", "813"), ("Charlotte", "NC", "282", "704"),
    ("Raleigh", "NC", "276", "919"), ("Charleston", "SC", "294", "843"), ("Richmond", "VA", "232", "804"),
    ("Washington", "DC", "200", "202"), ("Baltimore", "MD", "212", "410"), ("Philadelphia", "PA", "191", "215"),
    ("Pittsburgh", "PA", "152", "412"), ("Newark", "NJ", "071", "973"), ("New York", "NY", "100", "212"),
    ("Brooklyn", "NY", "112", "718"), ("Buffalo", "NY", "142", "716"), ("Hartford", "CT", "061", "860"),
    ("Boston", "MA", "021", "617"), ("Worcester", "MA", "016", "508"), ("Providence", "RI", "029", "401"),
    ("Burlington", "VT", "054", "802"), ("Portland", "ME", "041", "207"),
)  # fmt: skip
"""City, state, first three digits of the ZIP code (leading zeros matter), area code."""

REGIONS = {
    "AZ": "Arizona", "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KY": "Kentucky",
    "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine", "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri",
    "NC": "North Carolina", "NE": "Nebraska", "NJ": "New Jersey", "NM": "New Mexico", "NV": "Nevada",
    "NY": "New York", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia", "VT": "Vermont",
    "WA": "Washington", "WI": "Wisconsin",
}  # fmt: skip
"""State to the region's name as Heap writes it."""

MAIL_DOMAINS = (
    "gmail.example", "yahoo.example", "hotmail.example", "outlook.example", "icloud.example", "aol.example",
    "comcast.example", "proton.example", "uni.example.edu", "firm.example.com",
)  # fmt: skip
"""Commonest first; all below reserved names, so that no sample address belongs to anyone."""

NOTES = (
    "came from the spring catalogue", 'asked for the "blue" one', "size 9, wide", "prefers e-mail, not phone",
    "line one\nline two", "naïve café, 東京 → Zürich", "emoji 👟 and tab\there", "=1+1", "NA", "null", "00123",
    "1e5", "",
    "it's, said \"she\", fine\r\nthanks", "\u202eright to left", "back\\slash;semi|pipe",
)  # fmt: skip
"""Free text of a user property: quotes, commas, newlines, unicode, and words that readers take for nulls or numbers."""


def plain(name: str) -> str:
    """Return a name as people put it into an e-mail address: ASCII, lower case, letters only."""
    folded = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").replace("ø", "o"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha()).lower()
