"""A model is kept from release to release; `run --retrain` learns it anew from the data as it is now."""

import pytest

from heap_assets.customer360.release import publish_build
from heap_assets.customer360.steps import all_steps
from heap_assets.engine import Engine
from heap_assets.lake import current_release
from heap_assets.stitch.build import Build, pin_domains, run_step
from heap_assets.stitch.model import Model
from heap_assets.stitch.stages import MODEL, bind_model
from heap_assets_tests.laws.test_publishing import Shop

PEOPLE = [{"id": str(n), "key": None, "email": f"p{n}@x.example", "family": f"Name{n % 25}"} for n in range(40)]


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path)
    shop.builder.file("crm/customers_2026-01-02.csv", PEOPLE)
    shop.fold()
    return shop


def release(shop: Shop, *, retrain: bool = False, afresh: bool = False) -> Model:
    """The model of a new release."""
    build = Build.begin(shop.lake, shop.settings)
    build.retrain, build.afresh = retrain, afresh
    pin_domains(build)
    for step in all_steps(shop.settings):
        run_step(build, step)
    publish_build(build, None)
    with Engine() as engine:
        return bind_model(Build.begin(shop.lake, shop.settings), engine)


def one_more(shop: Shop) -> None:
    shop.builder.file("crm/customers_2026-01-03.csv", [{**PEOPLE[0], "id": "new", "email": "new@x.example"}])
    shop.fold()


def test_a_model_stays_until_somebody_asks_for_a_new_one(shop):
    first = release(shop)
    one_more(shop)

    kept, rebuilt, asked = release(shop), release(shop, afresh=True), release(shop, retrain=True)

    assert first.fingerprint == kept.fingerprint == rebuilt.fingerprint
    assert (first.representatives, asked.representatives) == (40, 41)


def test_the_new_model_is_the_one_that_is_kept(shop):
    release(shop)
    one_more(shop)
    asked = release(shop, retrain=True)
    before = current_release(shop.lake)

    assert release(shop).fingerprint == asked.fingerprint
    assert current_release(shop.lake) == before


def test_a_new_model_of_the_same_data_is_the_same_model(shop):
    first = release(shop)

    assert release(shop, retrain=True).fingerprint == first.fingerprint
    assert MODEL in {entry.table for entry in current_release(shop.lake).tables.values()}
