"""The heap_assets.yaml that runs on a sample; which settings there are is settled in `settings`, not here."""

from pathlib import Path

from heap_assets.sample.dumps import BUCKET
from heap_assets.sample.world import World

_TEXT = """\
# Runs on the sample world beside it: heap-assets --config heap_assets.yaml run
source:
  bucket: {bucket}
start_date: {first_day}
timezone: UTC
lake: {{uri: lake}}
dagster_home: dagster
feeds:
  - source: Heap
    feed: Users
    semantics:
      identity: [ck, fk-customer-id]
      email: email
      first_name: given-name
      last_name: surname
      phone: phone
  - source: CRM
    feed: Customers
    delivery: files
    pattern: "crm/customers_{{yyyy}}-{{MM}}-{{dd}}.csv.gz"
    primary_key: [customer_id]
    last_updated: updated_at
    fields:
      birthdate: {{type: date}}
      updated_at: {{type: datetime}}
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


def write_configuration(path: Path, world: World) -> None:
    """Write the configuration; its bucket is a folder relative to the file."""
    path.write_text(_TEXT.format(bucket=BUCKET, first_day=world.first_day.isoformat()), encoding="utf-8")
