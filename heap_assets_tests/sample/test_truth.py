"""The truth agrees with what an independent reader finds in the bucket."""

from collections import Counter


def test_rows_of_domain_tables_are_the_live_keys_of_the_bucket(sample):
    names = {
        "Heap:Users": "users",
        "Heap:Sessions": "sessions",
        "Heap:Pageviews": "pageviews",
        "Heap:UserMigrations": "user_migrations",
    }
    found = {name: len(sample.live(table)) for name, table in names.items()}
    found["CRM:Customers"] = len({row["customer_id"] for row in sample.customers()})

    assert found == sample.summary.domain_rows


def test_events_are_distinct_after_migrations(sample):
    ends = sample.resolve()
    found = {
        table: len({(ends.get(user_id, user_id), event) for user_id, event in sample.live(table)})
        for table in ("sessions", "pageviews")
    }
    found["users"] = len({ends.get(user_id, user_id) for (user_id,) in sample.live("users")})

    assert found == sample.summary.resolved_rows
    assert found["pageviews"] < sample.summary.domain_rows["Heap:Pageviews"], "no event came under two user_ids"


def test_rows_delivered_are_counted(sample):
    found = {
        table: sum(len(sample.rows(entry)) for _, entry in sample.entries(table))
        for table in ("users", "sessions", "pageviews", "user_migrations")
    }

    assert found | {"customers": len(sample.customers())} == sample.summary.delivered_rows


def test_every_record_of_the_bucket_has_one_truth(sample):
    expected = {("Heap:Users", str(user_id)) for (user_id,) in sample.live("users")}
    expected |= {("CRM:Customers", row["customer_id"]) for row in sample.customers()}
    found = Counter((record["datasource"], record["pk"]) for record in sample.records())

    assert set(found) == expected
    assert set(found.values()) == {1}


def test_identified_are_the_records_that_lead_to_an_identity(sample):
    users, ends = sample.live("users"), sample.resolve()
    for record in sample.records():
        if record["datasource"] == "Heap:Users":
            end = ends.get(int(record["pk"]), int(record["pk"]))
            assert (record["identified"] == "true") == (users[(end,)]["identity"] is not None)


def test_a_customer_id_as_identity_names_the_same_person_on_both_sides(sample):
    person = {(record["datasource"], record["pk"]): record["person"] for record in sample.records()}
    shared = 0
    for (user_id,), row in sample.live("users").items():
        if row["identity"] and row["identity"].startswith("C-"):
            shared += 1
            assert person["Heap:Users", str(user_id)] == person["CRM:Customers", row["identity"]]

    assert shared


def test_migrations_stay_within_a_person(sample):
    person = {record["pk"]: record["person"] for record in sample.records() if record["datasource"] == "Heap:Users"}

    assert all(person[str(start)] == person[str(end)] for start, end in sample.resolve().items())


def test_some_migrations_are_chains(sample):
    migrations = sample.live("user_migrations")

    assert any((row["to_user_id"],) in migrations for row in migrations.values())


def test_people_and_households_are_counted_from_the_records(sample):
    records, summary = sample.records(), sample.summary
    known = [record for record in records if record["identified"] == "true"]

    assert len({record["person"] for record in records}) == summary.people
    assert len({record["person"] for record in known}) == summary.people_identified
    assert len({record["household"] for record in records}) == summary.households
    assert len({record["household"] for record in known}) == summary.households_identified
