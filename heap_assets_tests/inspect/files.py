"""Small dated files of every kind that a warehouse unloads, with the people who stand in them."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from heap_assets.cli import cli
from heap_assets.errors import HeapAssetsError

DAY, NEXT = "2026-11-20", "2026-11-21"
GIVEN = ("Ana", "Rui", "Mia", "Jose", "Zoe", "Tom", "Pia", "Ole")
SURNAMES = ("Lima", "O'Brien", "Smith", "Costa", "Nunez", "Berg", "Dahl", "Ek")
SECRET = "planted-secret.example"


def person(number: int) -> dict[str, str]:
    given, surname = GIVEN[number % 8], SURNAMES[number % 7]
    return {
        "given": given,
        "surname": surname,
        "email": f"{given.lower()}{number}@{SECRET}",
        "phone": f"+49 30 {1_000_000 + number}",
        "day": f"{1 + number % 28:02d}",
        "month": f"{1 + number % 12:02d}",
    }


def lines(header: str, line: str, count: int = 40) -> str:
    """A header (or none) and one line a person; `{n:06d}` and the person's words stand in the line."""
    return header + "".join(
        line.format(n=number, price=number * 1.25, **person(number)) for number in range(1, count + 1)
    )


def contents() -> Iterator[tuple[str, bytes]]:
    """Key and content of each file; a family a delimiter, an encoding or a trap."""
    semicolon = "{n:06d};{given};{surname};{email};{day}/{month}/1970;{price:.2f};{n:05d}\n"
    yield (
        f"erp/kunden_{DAY}.csv",
        lines("kunden_id;vorname;nachname;email;geburtsdatum;umsatz;plz\n", semicolon).encode(),
    )
    tab = "{n}\t{n:06d}\t2026-11-19 10:00:{day}\t{price:.2f}\tpaid\n"
    yield (
        f"pos/orders_{DAY.replace('-', '')}.tsv",
        lines("Order ID\tCustomer ID\tOrder Date\tTotal\tStatus\n", tab).encode(),
    )
    marked = "{email},{given},{surname},true,2026-11-{day}T10:00:00Z\n"
    text = lines("Email Address,First Name,Last Name,Opt-In,Updated At\n", marked)
    yield f"web/subscribers_{DAY}.csv", b"\xef\xbb\xbf" + text.encode()
    quoted = '{n:08d}|{given} {surname}|{phone}|"two\nlines ""and"" | more"|{month}/{day}/2026 08:00:00\n'
    yield (
        f"loyalty/members_{DAY}.psv.gz",
        gzip.compress(lines("member_no|full_name|phone|notes|modified\n", quoted).encode()),
    )
    yield (
        f"lines/lines_{DAY}.csv",
        ("order_id,line,qty\n" + "".join(f"{o},{n},{n}\n" for o in range(9) for n in (1, 2))).encode(),
    )
    yield f"raw/feedback_{DAY}.csv", lines("", "{n},{email},4,2026-11-{day}\n", 25).encode()
    yield f"hr/staff_{DAY}.csv", lines("id,name,email\n", "{n},{given} {surname},{email}\n").encode("utf-16")
    yield (
        f"single/contacts_{DAY}.csv",
        lines("'id','name'\n", "'{n}','{given}, {surname}'\n").replace("O'B", "OB").encode(),
    )
    escaped = '{n},"say \\"hi\\", please",{email}\n'
    yield f"escaped/contacts_{DAY}.csv", lines("id,text,email\n", escaped).encode()
    yield f"alone/addresses_{DAY}.csv", lines("email\n", "{email}\n").encode()


def write_files(folder: Path) -> Path:
    """All of them below a folder."""
    for key, content in contents():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@dataclass(frozen=True)
class Ended:
    """How a command ended in this process: exit code, what it printed, and the error that it raised."""

    code: int
    stdout: str
    stderr: str
    error: HeapAssetsError | None


def command(*arguments: str) -> Ended:
    """`heap-assets …` in this process."""
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    error = done.exception if isinstance(done.exception, HeapAssetsError) else None
    assert error is not None or done.exception is None, done.exception
    return Ended(error.exit_code if error else done.return_value, done.stdout, done.stderr, error)
