"""Delimited files through a feed: what lands, what is set aside with its place, what is refused (T57 to T64)."""

import gzip

import pytest

from heap_assets.bucket.status import Status
from heap_assets.errors import SettingsError
from heap_assets_tests.feeds.house import House
from heap_assets_tests.traps.crm import FILE, accounted, crm, landed

CLEAN = 'id,v\n1,Ann\n2,"B, ""b"""\n3,"two\nlines"\n'
VALUES = {"1": "Ann", "2": 'B, "b"', "3": "two\nlines"}


def values(house: House) -> dict[str, str | None]:
    return {row["id"]: row["v"] for row in house.rows()}


def places(house: House) -> list[tuple[int, int | None, str]]:
    return sorted((row["row"], row["line"], row["reason"]) for row in house.quarantine())


def test_t57_header_only_file_has_the_schema_of_the_settings(tmp_path):
    house = crm(tmp_path, fields={"n": {"type": "integer"}})

    assert landed(house, "id,n,v\n") == []

    table = house.lake.open("domain/crm_c")
    assert [(name, str(table.schema.field(name).type)) for name in ("id", "n", "v")] == [
        ("id", "string"),
        ("n", "int64"),
        ("v", "string"),
    ]
    assert (house.statuses(), house.reason(FILE)) == ({FILE: Status.LANDED}, "")


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\r\n\r\n", gzip.compress(b""), b"\xef\xbb\xbf"],
    ids=["nothing", "LF", "CRLF", "gzip", "BOM"],
)
def test_t58_zero_byte_file(tmp_path, content):
    house = crm(tmp_path)

    assert landed(house, content) == []

    assert (house.statuses(), house.reason(FILE)) == ({FILE: Status.LANDED}, f"empty file: {FILE}")
    assert accounted(house) == (0, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CLEAN.encode(),
        CLEAN.encode("utf-16"),
        b"\xfe\xff" + CLEAN.encode("utf-16-be"),
        gzip.compress(CLEAN.encode("utf-16")),
        CLEAN.replace("Ann\n", "Ann\r").replace("v\n", "v\r\n").encode(),
        CLEAN.rstrip("\n").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 BE", "UTF-16 in gzip", "mixed endings", "no last newline"],
)
def test_t59_encodings_and_endings_equal_the_clean_file(tmp_path, content):
    house = crm(tmp_path)
    landed(house, content)

    assert values(house) == VALUES
    assert [row["_row"] for row in house.rows()] == [0, 1, 2]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_t59_utf_16_without_a_mark_is_read_where_it_is_declared_and_told_where_not(tmp_path, order):
    house = crm(tmp_path)
    landed(house, CLEAN.encode(order))
    assert "say encoding: utf-16" in house.reason(FILE)

    declared = crm(tmp_path / "declared", file={"encoding": "utf-16"})
    landed(declared, CLEAN.encode(order))
    assert values(declared) == VALUES


def test_t60_packed_files(tmp_path):
    packed = gzip.compress(CLEAN.encode())
    halves = gzip.compress(CLEAN[:9].encode()) + gzip.compress(CLEAN[9:].encode())
    for number, content in enumerate((packed, halves, packed + bytes(512))):
        house = crm(tmp_path / str(number))
        landed(house, content)
        assert values(house) == VALUES


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(CLEAN.encode())[:-9], "gzip is cut short or damaged"),
        (gzip.compress(CLEAN.encode()) + b"garbage", "gzip is cut short or damaged"),
        (b"PK\x03\x04" + bytes(30), "a zip archive"),
        (b"Obj\x01" + bytes(30), "an Avro file"),
        (b"PAR1" + bytes(30), "a Parquet file"),
        (gzip.compress(bytes(257) + b"ustar"), "a tar archive"),
        (gzip.compress(gzip.compress(CLEAN.encode())), "packed by gzip once more"),
    ],
    ids=["cut", "garbage behind", "zip", "Avro", "Parquet", "tar", "gzip twice"],
)
def test_t60_what_is_damaged_or_no_text_is_refused_and_heals(tmp_path, content, told):
    house = crm(tmp_path)

    assert landed(house, content) == []
    assert house.statuses() == {FILE: Status.REFUSED}
    assert told in house.reason(FILE)

    landed(house, CLEAN)
    assert values(house) == VALUES


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_t61_wrong_delimiter(tmp_path, delimiter):
    content = f"id{delimiter}v\n1{delimiter}x\n"
    house = crm(tmp_path)
    assert landed(house, content) == []
    assert "HA-3007: the file has no column id" in house.reason(FILE)
    assert "Check the delimiter" in house.reason(FILE)

    house.configure(feeds=[house_feed(file={"delimiter": delimiter})])
    house.up_to_date()
    assert values(house) == {"1": "x"}


def house_feed(**changes):
    return {"source": "CRM", "feed": "C", "pattern": "{yyyy}-{MM}-{dd}*.csv", "primary_key": ["id"], **changes}


def test_t61_wrong_delimiter_without_a_header(tmp_path):
    house = crm(tmp_path, file={"header": False}, fields={"id": {}, "v": {}})

    assert landed(house, "1;x\n2;y\n") == []

    assert "no record has the 2 fields that are declared" in house.reason(FILE)


def test_t62_quotes_escapes_nul_and_lines_in_fields(tmp_path):
    house = crm(tmp_path, file={"escape": "\\"})
    landed(house, 'id,v\n1,"a \\"b\\" c\\\\"\n2,x\0y\n3,"1\r\n2\r3\n4"\n4,say "hi" now\n')

    assert values(house) == {"1": 'a "b" c\\', "2": "x\0y", "3": "1\r\n2\r3\n4", "4": 'say "hi" now'}


def test_t62_a_field_of_a_million_lines_is_one_value_and_later_lines_are_found(tmp_path):
    house = crm(tmp_path)
    landed(house, 'id,v\n1,"' + "\n" * 1_000_000 + '"\n2\n')

    assert {name: len(value or "") for name, value in values(house).items()} == {"1": 1_000_000}
    assert places(house) == [(1, 1_000_003, "too-few-fields")]


def test_t62_a_quote_that_never_closes_refuses_the_file(tmp_path):
    house = crm(tmp_path)

    assert landed(house, 'id,v\n1,"x\n2,y\n') == []

    assert "a quote is never closed" in house.reason(FILE)


def test_t63_ragged_rows_are_set_aside_with_their_place_and_rows_keep_their_number(tmp_path):
    house = crm(tmp_path)
    content = b'id,v\n1\n2,x\n"3",y,z\n4,"a\nb"\n5,\xff\n,no key\n6,z"z\n7,ok\n6,"q"q\n'

    found = {row["id"]: row["_row"] for row in landed(house, content.replace(b'z"z', b"zz"))}

    assert found == {"2": 1, "4": 3, "6": 6, "7": 7}
    assert places(house) == [
        (0, 2, "too-few-fields"),
        (2, 4, "too-many-fields"),
        (4, 7, "bad-encoding"),
        (5, None, "null-in-key"),
        (8, 11, "unquoted-value"),
    ]
    assert accounted(house) == (9, 4, 5)


def test_t63_threshold_refuses_the_whole_file(tmp_path):
    house = crm(tmp_path, error_threshold=10)

    assert landed(house, "id,v\n" + "1,x\n" * 8 + "2\n") == []

    assert house.statuses() == {FILE: Status.REFUSED}
    assert "HA-3005" in house.reason(FILE)


@pytest.mark.parametrize("header", ["id,id,v", "id,ID,v", "id,,v", "id, ,v", "id,v,"])
def test_t64_a_header_that_names_no_columns_is_refused_without_telling_it(tmp_path, header):
    house = crm(tmp_path)

    assert landed(house, f"{header}\n1,2,3\n") == []

    assert "HA-3002" in house.reason(FILE)
    assert "column" in house.reason(FILE)


def test_t64_a_missing_header_is_told_without_its_values(tmp_path):
    house = crm(tmp_path)
    landed(house, "ana@planted.example,ana@planted.example\n1,2\n")

    assert "columns 1 and 2 of the header have one name" in house.reason(FILE)
    assert "planted" not in house.reason(FILE)


def test_t64_columns_go_by_name(tmp_path):
    house = crm(tmp_path, fields={"id": {"required": True}, "Mail": {"rename": "email"}})
    landed(house, "id,mail,v\n1,a@b.c,x\n")
    landed(house, '\ufeff V ,"ID",MAIL,more\ny,2,d@e.f,z\n', "2026-01-03.csv")
    landed(house, "id,v\n3,w\n", "2026-01-04.csv")
    landed(house, "v,mail\nno,key\n", "2026-01-05.csv")

    found = [(row["id"], row["v"], row["email"], row["more"]) for row in house.rows()]

    assert found == [("1", "x", "a@b.c", None), ("2", "y", "d@e.f", "z"), ("3", "w", None, None)]
    assert house.statuses()["2026-01-05.csv"] is Status.REFUSED


def test_t64_a_header_may_hold_anything_but_what_is_ours(tmp_path):
    house = crm(tmp_path)
    names = ["_pk", "_row", "_updated", "_x_", "a;b", "select", "naïve é", "n" * 300, "a\nb"]
    header = ",".join(f'"{name}"' for name in ["id", *names])
    (row,) = landed(house, header + "\n" + ",".join(["1", *(f"v{place}" for place in range(len(names)))]) + "\n")

    held = {value: name for name, value in row.items() if isinstance(value, str) and value.startswith("v")}

    assert [held[f"v{place}"].split("__")[0] for place in range(len(names))] == names
    assert (row["_pk"], row["_row"]) == ("1", 0)


def test_t64_headerless_files_have_the_declared_fields_and_a_short_first_row_is_set_aside(tmp_path):
    house = crm(tmp_path, file={"header": False}, fields={"id": {}, "zip": {"rename": "v"}})
    landed(house, "1\n2,x\n3,y\n")

    assert values(house) == {"2": "x", "3": "y"}
    assert places(house) == [(0, 1, "too-few-fields")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"file": {"delimiter": "||"}}, "file.delimiter: '||'"),
        ({"file": {"delimiter": "§"}}, "one ASCII character"),
        ({"file": {"quote": "«"}}, "one ASCII character"),
        ({"file": {"delimiter": "\n"}}, "other than a line end"),
        ({"file": {"delimiter": '"'}}, "delimiter must differ from quote and escape"),
        ({"file": {"header": False}}, "every field must be declared"),
        ({"file": {"header": False}, "fields": {"v": {}}}, "must be declared in order: id"),
        ({"fields": {"a": {"rename": "x"}, "b": {"rename": "X"}}}, "are both the column X"),
        ({"fields": {"u": {"type": "float"}}, "last_updated": "U"}, "last_updated: needs a field of type integer"),
        ({"fields": {"a": {"rename": "_pk"}}}, "a column of our own"),
        ({"fields": {"a": {"format": "dd/MM/yyyy"}}}, "format goes with the type date or datetime"),
        ({"fields": {"a": {"type": "date", "format": "DD/MM/YYYY"}}}, "holds YYYY, which is not understood"),
    ],
)
def test_settings_by_which_no_file_can_be_read_are_refused(tmp_path, change, told):
    with pytest.raises(SettingsError) as caught:
        crm(tmp_path, **change)

    assert told in str(caught.value)
