"""A small sample, written once, and a reader of it that shares no code with the generator (fastavro, csv, dict)."""

import csv
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import fastavro
import pytest

from heap_assets.sample import SampleSummary, World, write_sample

SMALL = World(users=700, days=9, identified_share=0.2, resent_share=0.02, chained_share=0.3, absent_share=0.3)
KEYS = {
    "users": ("user_id",),
    "sessions": ("user_id", "session_id"),
    "pageviews": ("user_id", "event_id"),
    "user_migrations": ("from_user_id",),
}


@dataclass(frozen=True)
class Written:
    """A sample on disk."""

    world: World
    out: Path
    summary: SampleSummary

    @property
    def bucket(self) -> Path:
        return self.out / "heap-rs3-acme"

    def manifests(self) -> list[dict]:
        found = [json.loads(path.read_text()) for path in (self.bucket / "manifests").iterdir()]
        return sorted(found, key=lambda manifest: manifest["dump_id"])

    def entries(self, table: str) -> list[tuple[dict, dict]]:
        """Manifest and table entry, in the order of dump ids."""
        return [(each, entry) for each in self.manifests() for entry in each["tables"] if entry["name"] == table]

    def rows(self, entry: dict) -> list[dict]:
        """The rows of one table of one dump, from the files that its manifest lists."""
        found = []
        for uri in entry["files"]:
            with (self.out / uri.removeprefix("s3://")).open("rb") as stream:
                found.extend(fastavro.reader(stream))
        return found

    def live(self, table: str) -> dict[tuple, dict]:
        """The newest row of each key, once a full copy has voided what came before it."""
        found: dict[tuple, dict] = {}
        for _, entry in self.entries(table):
            if not entry["incremental"]:
                found.clear()
            for row in self.rows(entry):
                key = tuple(row[name] for name in KEYS[table])
                if table != "users" or key not in found or row["last_modified"] >= found[key]["last_modified"]:
                    found[key] = row
        return found

    def resolve(self) -> dict[int, int]:
        """Each migrated user_id and where it ends."""
        step = {key[0]: row["to_user_id"] for key, row in self.live("user_migrations").items()}

        def end(user_id: int) -> int:
            while user_id in step:
                user_id = step[user_id]
            return user_id

        return {user_id: end(user_id) for user_id in step}

    def customers(self) -> list[dict]:
        """All lines of the CRM's files, oldest file first."""
        found = []
        for path in sorted((self.bucket / "crm").iterdir()):
            with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
                found.extend(csv.DictReader(stream))
        return found

    def records(self) -> list[dict]:
        with (self.out / "truth" / "records.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Written:
    out = tmp_path_factory.mktemp("sample")
    return Written(SMALL, out, write_sample(out, SMALL))
