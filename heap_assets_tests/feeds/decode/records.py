"""Records of a delimited file by a reference that goes character by character, as the engine's parser does."""

from dataclasses import dataclass

from heap_assets.feeds.decode import CsvForm


@dataclass
class Record:
    """`text` without its ending; `fault`: where in it the first improper character behind a closed value stands."""

    text: str = ""
    fields: int = 1
    fault: int | None = None


def records_of(text: str, form: CsvForm) -> tuple[list[Record], bool]:
    """Records, the last one only if it holds something, and whether a value is open at the end."""
    records, record, state, place = [], Record(), "begin", 0
    doubled = form.escape in ("", form.quote)
    while place < len(text):
        char = text[place]
        if state == "inside" and not doubled and char == form.escape:
            record.text, place = record.text + text[place : place + 2], place + 2
            continue
        if state != "inside" and char in "\r\n":
            place += len("\r\n") if text.startswith("\r\n", place) else 1
            records.append(record)
            record, state = Record(), "begin"
            continue
        was, state = state, following(state, char, form)
        record.fields += was != "inside" and char == form.delimiter
        if (was, state) == ("closed", "plain") and record.fault is None:
            record.fault = len(record.text)
        record.text += char
        place += 1
    return records + [record] * bool(record.text), state == "inside"


def following(state: str, char: str, form: CsvForm) -> str:
    if state == "inside":
        return "closed" if char == form.quote else "inside"
    if char == form.delimiter:
        return "begin"
    if char == form.quote:
        opens = state in ("begin", "blank") or (state == "closed" and form.escape in ("", form.quote))
        return "inside" if opens else "plain"
    if char == " ":
        return {"begin": "blank", "closed": "closed"}.get(state, "plain")
    return "plain"
