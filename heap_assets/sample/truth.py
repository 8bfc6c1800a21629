"""The truth beside the bucket: whose a record is, the counts a reader must arrive at; never read by any stage."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from heap_assets.sample import dated
from heap_assets.sample.chaos import Chaos
from heap_assets.sample.dated import DatedBucket
from heap_assets.sample.dumps import HeapBucket
from heap_assets.sample.identify import Population, Role, customer_id
from heap_assets.sample.schedule import Dump

_COLUMNS = ("datasource", "pk", "person", "household", "identified")


@dataclass(frozen=True)
class SampleSummary:
    """The true counts of a sample; `truth/summary.json` holds the same names."""

    seed: int
    days: int
    first_day: str
    people: int
    """People with at least one record."""
    people_identified: int
    """People with at least one identified record: what Stitch can find at best, anonymous cookies left out."""
    people_in_both: int
    """People with an identified record in Heap and one in the CRM."""
    households: int
    households_identified: int
    domain_rows: dict[str, int]
    """Distinct keys of live rows by domain table, user_ids as delivered."""
    resolved_rows: dict[str, int]
    """Distinct users, sessions and pageviews after user_migrations; users are those that have a row."""
    delivered_rows: dict[str, int]
    """Rows in all files, repeats and voided ones included."""
    identities: int
    """Profiles, the super-identity and first hops of chains included."""
    bots: int
    glued: int
    """Cookies that a super-identity glues together; they count as not identified."""
    dumps: list[dict[str, object]]
    """Per dump: day, dump_id, file_date, late, absent, full."""


def write_truth(
    folder: Path, bucket: HeapBucket, dumps: tuple[Dump, ...], customer_lines: int, planted: Chaos | None = None
) -> SampleSummary:
    """Write records.csv, summary.json and, where traps were planted, chaos.json below `folder`; return the summary."""
    folder.mkdir(parents=True, exist_ok=True)
    population = bucket.population
    people, identified, homes, homes_identified = set[int](), set[int](), set[int](), set[int]()
    with (folder / "records.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for source, pk, person, known in _records(population):
            home = population.household(person)
            writer.writerow((source, pk, f"P-{person:08d}", f"H-{home:010d}", "true" if known else "false"))
            people.add(person)
            homes.add(home)
            if known:
                identified.add(person)
                homes_identified.add(home)
    summary = _summary(bucket, dumps, customer_lines, (people, identified, homes, homes_identified))
    if planted is not None:
        (folder / "chaos.json").write_text(json.dumps(planted.told(), indent=1) + "\n", encoding="utf-8")
        summary.domain_rows["Heap:UserMigrations"] += len(planted.resolved)
    (folder / "summary.json").write_text(json.dumps(asdict(summary), indent=1) + "\n", encoding="utf-8")
    return summary


def _records(population: Population) -> Iterator[tuple[str, str, int, bool]]:
    """Yield data source, key, person's number and whether the record is identified, one a record."""
    visitors = population.visitors
    known = np.isin(visitors.role, (Role.KNOWN, Role.PROFILE))
    rows = zip(visitors.user_id.tolist(), visitors.person.tolist(), known.tolist(), strict=True)
    for user_id, person, identified in rows:
        yield "Heap:Users", str(user_id), person, identified
    for index, person in enumerate(population.customers):
        yield "CRM:Customers", customer_id(index), person, True


def _summary(
    bucket: HeapBucket,
    dumps: tuple[Dump, ...],
    customer_lines: int,
    counted: tuple[set[int], set[int], set[int], set[int]],
) -> SampleSummary:
    visitors, world, streams = bucket.population.visitors, bucket.world, bucket.streams
    people, identified, homes, homes_identified = counted
    customers = len(bucket.population.customers)
    heap_people = set(visitors.person[visitors.role == Role.PROFILE].tolist())
    moving = int(np.count_nonzero(visitors.target >= 0))
    domain = {"Heap:Users": len(visitors.role), "Heap:UserMigrations": moving, "CRM:Customers": customers}
    domain |= {f"Heap:{table.title()}": stream.distinct_keys(dumps) for table, stream in streams.items()}
    return SampleSummary(
        seed=world.seed,
        days=world.days,
        first_day=world.first_day.isoformat(),
        people=len(people),
        people_identified=len(identified),
        people_in_both=len(heap_people & set(bucket.population.customers)),
        households=len(homes),
        households_identified=len(homes_identified),
        domain_rows=domain,
        resolved_rows={"users": len(visitors.role) - moving}
        | {name: each.fresh_rows for name, each in streams.items()},
        delivered_rows=bucket.rows | {"customers": customer_lines},
        identities=len(visitors.identity),
        bots=int(np.count_nonzero(visitors.role == Role.BOT)),
        glued=int(np.count_nonzero(visitors.role == Role.GLUED)),
        dumps=[_described(bucket, dump) for dump in dumps],
    )


def _described(bucket: HeapBucket, dump: Dump) -> dict[str, object]:
    """Return what the summary says of a dump; its file date is the UTC day of its manifest's time, or in names."""
    file_date = str(np.datetime64(dump.written, "s").astype("datetime64[D]"))
    if isinstance(bucket, DatedBucket):
        file_date = dated.file_date(bucket.world, dump).isoformat()
    described: dict[str, object] = {"day": dump.day, "dump_id": dump.dump_id, "file_date": file_date}
    return described | {"late": dump.late, "absent": dump.absent, "full": dump.full}
