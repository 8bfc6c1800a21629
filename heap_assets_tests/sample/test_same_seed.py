"""A seed decides everything: bytes, names and file times."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from heap_assets.errors import UsageError
from heap_assets.sample import World, write_sample

TINY = World(users=120, days=5)


def digest(out: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(out).as_posix()} {path.stat().st_mtime_ns}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_file_times(tmp_path):
    for name in ("first", "second"):
        write_sample(tmp_path / name, TINY)

    assert digest(tmp_path / "first") == digest(tmp_path / "second")


@pytest.mark.parametrize(("form", "chaos"), [("csv", False), ("heap-connect", True), ("csv", True)])
def test_the_same_seed_gives_the_same_files_and_traps(form, chaos, tmp_path):
    for name in ("first", "second"):
        write_sample(tmp_path / name, TINY, form, chaos)

    assert digest(tmp_path / "first") == digest(tmp_path / "second")
    assert (tmp_path / "first" / "truth" / "chaos.json").exists() == chaos


def test_another_seed_gives_another_bucket(tmp_path):
    write_sample(tmp_path / "first", TINY)
    write_sample(tmp_path / "second", replace(TINY, seed=8))

    assert digest(tmp_path / "first") != digest(tmp_path / "second")


def test_hash_randomisation_and_time_zone_of_the_process_change_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from heap_assets.sample import World, write_sample;"
        "write_sample(Path(sys.argv[1]), World(users=120, days=5))"
    )
    for name, hash_seed, zone in (("first", "1", "UTC"), ("second", "2", "Pacific/Auckland")):
        surroundings = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", code, tmp_path / name], check=True, env=surroundings)

    assert digest(tmp_path / "first") == digest(tmp_path / "second")


def test_the_number_of_rows_held_in_memory_does_not_change_the_number_of_people(tmp_path):
    first = write_sample(tmp_path / "first", TINY)
    second = write_sample(tmp_path / "second", replace(TINY, part_sessions=20))

    assert (first.people, first.domain_rows["Heap:Users"]) == (second.people, second.domain_rows["Heap:Users"])


def test_a_bucket_that_is_there_already_is_refused(tmp_path):
    write_sample(tmp_path, TINY)

    with pytest.raises(UsageError, match="already"):
        write_sample(tmp_path, TINY)
