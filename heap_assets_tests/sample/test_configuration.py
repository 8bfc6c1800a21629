"""The configuration beside a sample is one that heap_assets accepts, and names the sample's own columns."""

import pytest

from heap_assets.sample.crm import COLUMNS
from heap_assets.settings.load import load_settings


@pytest.fixture(scope="module")
def feeds(sample):
    return {spec.display: spec for spec in load_settings(sample.out / "heap_assets.yaml").feed_specs()}


def test_the_settings_are_accepted_and_start_on_the_first_day(sample):
    settings = load_settings(sample.out / "heap_assets.yaml")

    assert settings.start_date == sample.world.first_day
    assert settings.timezone == "UTC"


def test_there_are_the_four_heap_feeds_and_the_customers(feeds):
    assert set(feeds) == {"Heap:Users", "Heap:Sessions", "Heap:Pageviews", "Heap:UserMigrations", "CRM:Customers"}


def test_semantics_name_columns_that_are_delivered(sample, feeds):
    users = next(reversed(sample.entries("users")))[1]["columns"]

    assert set(feeds["Heap:Users"].tags) <= set(users)
    assert set(feeds["CRM:Customers"].tags) == set(COLUMNS)


def test_customers_and_the_sites_identity_share_a_foreign_key(feeds):
    assert "fk-customer-id" in feeds["Heap:Users"].tags["identity"]
    assert "fk-customer-id" in feeds["CRM:Customers"].tags["customer_id"]
