"""The line scanner against a reference that goes byte by byte, whatever the windows are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heap_assets.feeds.decode.csv_lines import LineLocator, count_lines, unified
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets_tests.feeds.decode.records import records_of

CONTENT = st.lists(st.sampled_from(["a", ",", '"', '"', ',"', '",', "\n", "\r", "\r\n", "\\", " "]), max_size=40).map(
    "".join
)
FORMS = st.sampled_from([CsvForm(), CsvForm(quote="", escape=""), CsvForm(escape="\\")])


def lines_of(text: str, form: CsvForm) -> tuple[list[str], bool]:
    records, open_quote = records_of(text, form)
    return [record.text for record in records], open_quote


def windows(text: str, size: int) -> list[bytes]:
    return [text[begin : begin + size].encode() for begin in range(0, len(text), size)]


@given(CONTENT, FORMS, st.integers(1, 9))
def test_lines_blank_lines_and_open_quotes(text, form, size):
    count, (lines, quoted) = count_lines(windows(text, size), form), lines_of(text, form)
    assert (count.lines, count.blank, count.open_quote) == (len(lines), lines.count(""), quoted)
    assert count.torn == sum(record.fault is not None for record in records_of(text, form)[0])
    filled = [line for line in lines if line]
    assert count.first_line.decode() == (filled[0] if filled else "")
    assert count.leading_blank == (lines.index(filled[0]) if filled else len(lines))


@given(CONTENT, FORMS, st.integers(1, 9))
def test_unified_lines(text, form, size):
    lines = [record.text[: None if record.fault is None else record.fault + 1] for record in records_of(text, form)[0]]
    while lines and not lines[0]:
        lines = lines[1:]
    written = b"".join(unified(windows(text, size), form, True)).decode()
    every_line_ended = "".join(f"{line}\n" for line in lines)
    assert written in (every_line_ended, every_line_ended.removesuffix("\n"))


@given(CONTENT, FORMS, st.integers(1, 9), st.integers(1, 9))
def test_places_of_lines(text, form, size, asked):
    lines, _ = lines_of(text, form)
    locator = LineLocator(windows(text, size), form)
    numbers = np.arange(len(lines))
    answers = [locator.places(numbers[begin : begin + asked]) for begin in range(0, len(lines), asked)]
    found = [place for blank, physical in answers for place in zip(blank.tolist(), physical.tolist(), strict=True)]
    physical = 0
    for number, line in enumerate(lines):
        assert found[number] == (lines[:number].count(""), physical)
        physical += 1 + len(line.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
