"""Who is who as a whole: independent of order and engine, joined by keys, parted by separation keys, never without a label."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heap_assets.engine import Engine
from heap_assets.stitch import training
from heap_assets.stitch.model import Model
from heap_assets.stitch.options import Classifier, Condition, Rule, StitchOptions, Test
from heap_assets.stitch.resolve import resolve
from heap_assets_tests.stitch.crowd import crowd, grouped, people_of, table, together

ANN = {"given": "ANN", "surname": "LEE"}
CROWD = crowd(15)


def test_records_of_one_person_are_joined_and_the_household_is_not():
    people = people_of(crowd(60))

    wrong = [person for person in people if len({key[:-2] for key in person}) > 1]
    whole = [person for person in people if len(person) == 2]
    assert wrong == []
    assert len(whole) >= 110


def test_relatives_of_whom_only_names_and_a_town_are_known_are_two_people():
    towns = [f"{name} {number}" for name in ("BONN", "CORK", "LYON", "OSLO") for number in range(80)]
    chance = random.Random(3)
    living_in = [town for town in chance.choices(towns, k=1_000) for _ in range(4)]
    rows = [
        {"pk": row["pk"], "given": row["given"], "surname": row["surname"], "city": town}
        for row, town in zip(crowd(1_000), living_in, strict=True)
    ]

    people = people_of(rows)

    assert sum(len(person) == 2 for person in people) >= 1_990
    assert all(len({key.split("-")[0] for key in person}) == 1 for person in people)


@pytest.mark.parametrize(("threads", "files", "seed"), [(1, 1, 1), (4, 3, 2)])
def test_neither_row_order_nor_threads_nor_files_show(tmp_path, threads, files, seed):
    rows = list(CROWD)
    random.Random(seed).shuffle(rows)
    paths = [tmp_path / f"{place}.parquet" for place in range(files)]
    whole = table(rows)
    for place, path in enumerate(paths):
        pq.write_table(whole.take(pa.array(range(place, len(rows), files))), path)

    with Engine(threads=threads) as engine:
        engine.bind("records", [str(path) for path in paths], whole.schema)
        found = resolve(engine, "records")

    with Engine(threads=2) as engine:
        engine.bind_arrow("records", table(CROWD))
        first = resolve(engine, "records")
    order = [("datasource", "ascending"), ("pk", "ascending")]
    assert found.labels.sort_by(order).to_pylist() == first.labels.sort_by(order).to_pylist()
    assert found.model.to_json() == first.model.to_json()


def test_every_record_has_one_label():
    rows = [*CROWD, {"pk": "blank"}, {"pk": "lone", "heap_user_id": 7}, {"pk": "twin", "heap_user_id": 7}]

    people = people_of(rows)

    assert sorted(key for person in people for key in person) == sorted(row["pk"] for row in rows)
    assert together(people, "lone", "twin")


@pytest.mark.parametrize("rows", [[], [{"pk": "only", **ANN}], [{"pk": "blank"}, {"pk": "other"}]])
def test_next_to_nothing_is_no_trouble(rows):
    assert people_of(rows) == {frozenset([row["pk"]]) for row in rows}


def test_foreign_keys_join_one_after_the_other_whatever_else_is_said():
    rows = [
        {"pk": "a", **ANN, "fk_customer": "1"},
        {"pk": "b", "given": "BO", "surname": "EK", "fk_customer": "1", "fk_card": "9"},
        {"pk": "c", "given": "CY", "surname": "ORR", "fk_card": "9"},
    ]

    assert together(people_of([*CROWD, *rows]), "a", "b", "c")


def test_a_heap_user_with_nothing_to_compare_goes_with_its_user():
    rows = [
        {"pk": "a", **ANN, "email": "ANN@X.EXAMPLE", "heap_user_id": 5},
        {"pk": "b", "heap_user_id": 5},
        {"pk": "c", "heap_user_id": 6},
    ]

    people = people_of([*CROWD, *rows])

    assert together(people, "a", "b")
    assert frozenset("c") in people


def test_separation_keys_part_what_everything_else_joins():
    same = {**ANN, "email": "ANN@X.EXAMPLE", "phone": "2065550101"}
    rows = [{"pk": "a", **same, "sk_brand": "1"}, {"pk": "b", **same, "sk_brand": "2"}, {"pk": "c", **same}]

    people = people_of([*CROWD, *rows])

    assert not together(people, "a", "b")
    assert together(people, "a", "c") or together(people, "b", "c")


@pytest.mark.parametrize(("classifier", "joined"), [(Classifier.FK_FIRST, True), (Classifier.SK_FIRST, False)])
def test_the_classifier_says_which_key_comes_first(classifier, joined):
    rows = [
        {"pk": "a", **ANN, "fk_card": "1", "sk_brand": "1"},
        {"pk": "b", **ANN, "fk_card": "1", "sk_brand": "2"},
    ]

    assert together(people_of([*CROWD, *rows], StitchOptions(classifier=classifier)), "a", "b") is joined


def test_a_birthdate_that_separates_forgives_one_wrong_digit_and_a_swap():
    other = {"digit": "1981-09-18", "swap": "1981-08-09", "far": "1981-02-27"}
    rows = []
    for case, date in other.items():
        same = {"given": "ANN", "surname": case.upper(), "email": f"{case}@X.EXAMPLE"}
        rows += [
            {"pk": f"{case}-{at}", **same, "birthdate": born, "sk_birthdate": born}
            for at, born in enumerate(("1981-09-08", date))
        ]

    people = people_of([*CROWD, *rows])

    assert [case for case in other if together(people, f"{case}-0", f"{case}-1")] == ["digit", "swap"]


def test_the_first_rule_that_fits_decides():
    rows = [{"pk": "a", "given": "ANN", "x_seat": "7"}, {"pk": "b", "given": "BO", "x_seat": "7"}]
    part = Rule((Condition("given", Test.DIFFER),), separate=True)
    join = Rule((Condition("x_seat", Test.MATCH),))

    joined = people_of([*CROWD, *rows], StitchOptions(rules=(join, part)))
    parted = people_of([*CROWD, *rows], StitchOptions(rules=(part, join)))

    assert together(joined, "a", "b")
    assert not together(parted, "a", "b")


def test_where_no_rule_speaks_and_the_model_may_not_nobody_is_joined():
    rules = (Rule((Condition("email", Test.MATCH), Condition("given", Test.MATCH))),)

    people = people_of(CROWD, StitchOptions(rules=rules, model_decides=False))

    sharing = {row.get("email") for row in CROWD if row.get("email")}
    assert any(len(person) > 1 for person in people)
    assert all(len(person) == 1 or len(person) == 2 for person in people)
    assert len(people) >= len(CROWD) - len(sharing)


def test_a_poisoned_e_mail_does_not_make_one_person_of_a_crowd():
    rows = [row | {"email": "SHOP@X.EXAMPLE"} if place % 6 == 0 else row for place, row in enumerate(crowd(60))]

    people = people_of(rows)

    assert max(len({key[:-2] for key in person}) for person in people) == 1


def test_several_e_mails_are_equal_if_one_is():
    one, other = "ANN.LEE@X.EXAMPLE", "LEE@WORK.EXAMPLE"
    rows = [
        {"pk": "a", **ANN, "email": one, "emails": [one, other]},
        {"pk": "b", **ANN, "email": other, "emails": [other]},
    ]

    assert together(people_of([*CROWD, *rows]), "a", "b")


def test_a_model_is_kept_until_the_data_drifts_or_its_fields_change():
    with Engine() as engine:
        engine.bind_arrow("records", table(CROWD))
        first = resolve(engine, "records").model
        again = resolve(engine, "records", model=Model.from_json(first.to_json())).model
        engine.bind_arrow("records", table(CROWD[:-3]))
        near = resolve(engine, "records", model=first).model
        engine.bind_arrow("records", table([{k: v for k, v in row.items() if k != "phone"} for row in CROWD]))
        other = resolve(engine, "records", model=first)

    assert again.fingerprint == first.fingerprint
    assert near is first
    assert other.model.fingerprint != first.fingerprint
    assert len(grouped(other)) > 1


def test_people_of_one_address_are_learned_of_though_no_key_brings_them_together(monkeypatch):
    rows = [{name: value for name, value in row.items() if name != "phone"} for row in crowd(60)]
    by_email = StitchOptions(strategies=("email", "dnf1"))

    def homes() -> float:
        with Engine() as engine:
            engine.bind_arrow("records", table(rows))
            return resolve(engine, "records", by_email).model.mixture.sizes["H"]

    every = homes()
    monkeypatch.setattr(training, "HOME_PAIRS", 40)
    sampled = homes()
    monkeypatch.setattr(training, "_HOMES", training._HOMES.replace("BETWEEN 2 AND 10", "> 1000"))
    none = homes()

    assert every > 60
    assert sampled == pytest.approx(every, rel=0.4)
    assert none < 20
