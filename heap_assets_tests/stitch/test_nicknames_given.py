"""Nicknames that feeds bring: one row a pair, in capitals, and whoever removes a pair wins."""

from pathlib import Path

from heap_assets_tests.people import CUSTOMERS, USERS, house

FEED = {
    "source": "Lists",
    "feed": "Names",
    "pattern": "names/{yyyy}-{MM}-{dd}.csv",
    "primary_key": ["id"],
    "semantics": {
        "name": "nicknames/canonical-name",
        "short": "nicknames/nickname",
        "kind": "nicknames/update-type",
    },
}
ROWS = [
    {"id": "1", "name": "José", "short": "Pepe", "kind": "ADD"},
    {"id": "2", "name": "robert", "short": "Bob", "kind": "remove"},
    {"id": "3", "name": "Robert", "short": "bob", "kind": "ADD"},
    {"id": "4", "name": "Ann", "short": "ann", "kind": "ADD"},
    {"id": "5", "name": "Ann", "short": None, "kind": "ADD"},
    {"id": "6", "name": "Ann", "short": "Nan"},
]


def test_pairs(tmp_path: Path) -> None:
    made = house(tmp_path, USERS, CUSTOMERS, FEED, crm_customers=[{"customer_id": "1"}], lists_names=ROWS)
    made.release()

    assert made.read().read("nicknames").to_pylist() == [
        {"canonical_name": "ANN", "nickname": "NAN", "update_type": "ADD"},
        {"canonical_name": "JOSE", "nickname": "PEPE", "update_type": "ADD"},
        {"canonical_name": "ROBERT", "nickname": "BOB", "update_type": "REMOVE"},
    ]


def test_no_feed_no_pair(tmp_path: Path) -> None:
    made = house(tmp_path, crm_customers=[{"customer_id": "1"}])
    made.release()

    assert made.read().count("nicknames") == 0
