"""The heap_assets.yaml that runs on a sample; which settings there are is settled in `settings`, not here."""

from pathlib import Path

from heap_assets.sample.dumps import BUCKET
from heap_assets.sample.world import World

_HEAD = """\
# Runs on the sample world beside it: heap-assets run --config heap_assets.yaml
source:
  bucket: {bucket}{heap_connect}
start_date: {first_day}
timezone: UTC
lake: {{uri: lake}}
dagster_home: dagster
"""
_USERS = """\
feeds:
  - source: Heap
    feed: Users{delivery}
    semantics:
      identity: [ck, fk-customer-id]
      email: email
      first_name: given-name
      last_name: surname
      phone: phone
"""
_DATED_USERS = """
    delivery: files
    pattern: "heap/users_{yyyy}-{MM}-{dd}.csv.gz"
    fields:
      user_id: {type: integer}
      loyalty_points: {type: integer}
      lifetime_value: {type: float}
      newsletter_opt_in: {type: boolean}"""
_DATED_EVENTS = """\
  - source: Heap
    feed: Sessions
    delivery: files
    pattern: "heap/sessions_{yyyy}-{MM}-{dd}.csv.gz"
    fields: {event_id: {type: integer}, user_id: {type: integer}, session_id: {type: integer}}
  - source: Heap
    feed: Pageviews
    delivery: files
    pattern: "heap/pageviews_{yyyy}-{MM}-{dd}.csv.gz"
    fields: {event_id: {type: integer}, user_id: {type: integer}, session_id: {type: integer}}
  - source: Heap
    feed: UserMigrations
    delivery: files
    pattern: "heap/user_migrations_{yyyy}-{MM}-{dd}.csv"
    load: truncate_and_upsert
    fields: {from_user_id: {type: integer}, to_user_id: {type: integer}}
"""
_CUSTOMERS = """\
  - source: CRM
    feed: Customers
    delivery: files
    pattern: "crm/customers_{yyyy}-{MM}-{dd}.csv.gz"
    primary_key: [customer_id]
    last_updated: updated_at
    fields:
      birthdate: {type: date}
      updated_at: {type: datetime}
    semantics:
      customer_id: [ck, fk-customer-id]
      first_name: given-name
      last_name: surname
      suffix: generational-suffix
      email: email
      phone: phone
      address: address
      city: city
      state: state
      postal: postal
      birthdate: birthdate
      gender: gender
      loyalty_id: [loyalty-id, fk-loyalty-id]
      updated_at: update-dt
    stitch: true
"""


def write_configuration(
    path: Path, world: World, *, dated: bool = False, event_tables: str = "", feeds: str = ""
) -> None:
    """Write the configuration; its bucket is a folder relative to the file.

    `dated`: Heap's tables come as dated files. `event_tables` and `feeds`: what else there is, as YAML.
    """
    only_files = "\n  heap_connect: false" if dated else ""
    head = _HEAD.format(bucket=BUCKET, first_day=world.first_day.isoformat(), heap_connect=only_files)
    users = _USERS.format(delivery=_DATED_USERS if dated else "")
    path.write_text(
        head + event_tables + users + (_DATED_EVENTS if dated else "") + _CUSTOMERS + feeds, encoding="utf-8"
    )
