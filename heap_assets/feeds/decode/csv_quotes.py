"""Which quotes of a delimited file open and close a value, as the engine's parser sees it; no lines, no fields.

A quote opens a value where a field begins, behind one blank at most; any other outside a value is a character like
the next. Behind a closing quote, blanks apart, only a delimiter or a newline is proper, or where quotes are doubled
one more quote: it goes on. Anything else tears the record: the engine rejects it. With two such faults in one record
DuckDB 2.0 makes rows of what is left, so a torn record is given to it only up to its first fault (`unified`).
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from heap_assets.feeds.decode.csv_source import CsvForm

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.intp]
NONE: Positions = np.empty(0, dtype=np.intp)
_BLANK = ord(" ")
_blanks = re.compile(b" *")


@dataclass
class QuoteReader:
    """Goes through a file window by window; remembers what a window left open.

    `inside`: a value is open; `stray`: the file has quotes that the count of quotes alone would take wrongly.
    """

    form: CsvForm
    inside: bool = False
    stray: bool = False
    _goes_on: int = -1  # where what follows a closed value and its blanks stands in this window; -1 behind a fault
    _before: bytes = b"\n\n"  # the last two bytes

    def turns(self, held: bytes, content: Bytes) -> tuple[Positions, Positions]:
        """Places of the quotes that open or close a value, by turns, and places of faults.

        `held` and `content` are the same bytes. Most windows hold no quote but where one must stand: there all of them
        count, and looking at their neighbours costs little; the others are gone through quote by quote.
        """
        quotes = self._quotes(content)
        turns: list[Positions] = []
        faults: list[int] = []
        if self._goes_on == 0:
            self._goes_on = self._behind(held, 0, faults)
        first, last = np.searchsorted(quotes, (2, len(held) - 2))  # those at the edges lack a neighbour
        for part in (quotes[:first], quotes[first:last], quotes[max(first, last) :]):
            if len(part):
                turns.append(self._turns(held, content, part, faults))
        found = turns[0] if len(turns) == 1 else np.concatenate([NONE, *turns])
        self.stray |= len(found) < len(quotes) or len(faults) > 0
        self._goes_on = 0 if self._goes_on == len(held) else -1
        self._before = (self._before + held[-2:])[-2:]
        return found, np.array(faults, dtype=np.intp)

    def _turns(self, held: bytes, content: Bytes, quotes: Positions, faults: list[int]) -> Positions:
        if not self._is_orderly(content, quotes):
            return self._followed(held, quotes, faults)
        self.inside ^= bool(len(quotes) & 1)
        self._goes_on = -1 if self.inside else self._behind(held, int(quotes[-1]) + 1, faults)
        return quotes

    @cached_property
    def _doubled(self) -> bool:
        return self.form.escape in ("", self.form.quote)

    @cached_property
    def _separators(self) -> bytes:
        return self.form.delimiter.encode() + b"\r\n"

    @cached_property
    def _separates(self) -> npt.NDArray[np.bool_]:
        table = np.zeros(256, dtype=bool)
        table[list(self._separators)] = True
        return table

    @cached_property
    def _beside_quotes(self) -> npt.NDArray[np.bool_]:
        """Which bytes may stand beside a value's quotes on the outer side."""
        table = self._separates.copy()
        table[ord(self.form.quote)] = self._doubled
        return table

    def _quotes(self, content: Bytes) -> Positions:
        """Places of quotes; where the escape is another character, without those behind an odd run of escapes."""
        if not self.form.quote:
            return NONE
        quotes = np.flatnonzero(content == ord(self.form.quote))
        if self._doubled:
            return quotes
        escapes = np.flatnonzero(content == ord(self.form.escape))
        if not len(escapes):
            return quotes
        first = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
        run_begins = escapes[first][np.searchsorted(first, np.arange(len(escapes)), side="right") - 1]
        last = np.searchsorted(escapes, quotes) - 1
        behind = (last >= 0) & (escapes[last] == quotes - 1)
        escaped = behind & ((quotes - run_begins[last]) % 2 == 1)
        return np.delete(quotes, np.flatnonzero(escaped))

    def _is_orderly(self, content: Bytes, quotes: Positions) -> bool:
        """Whether every quote is where it must be; at the window's edge, or behind one looked at before, say no."""
        if quotes[0] < 2 or quotes[-1] > len(content) - 3 or content[quotes[0] - 1] == ord(self.form.quote):
            return False
        for places, side in ((quotes[self.inside :: 2], -1), (quotes[1 - self.inside :: 2], 1)):
            others = places[content.take(places + side) != ord(self.form.delimiter)]  # most often, none or few
            others = others[~self._beside_quotes[content[others + side]]]
            blanks_apart = self._separates[content[others + 2 * side]] & (content[others + side] == _BLANK)
            if not blanks_apart.all():
                return False
        return True

    def _followed(self, held: bytes, quotes: Positions, faults: list[int]) -> Positions:
        turns: list[int] = []
        for place in quotes.tolist():
            if self.inside:
                self.inside = False
                turns.append(place)
                self._goes_on = self._behind(held, place + 1, faults)
            elif place == self._goes_on or self._begins_field(held, place):
                self.inside = True
                self._goes_on = -1
                turns.append(place)
        return np.array(turns, dtype=np.intp)

    def _behind(self, held: bytes, place: int, faults: list[int]) -> int:
        """Where the first byte behind a closed value and its blanks stands; -1, and a fault, where it is improper."""
        if self.form.delimiter != " ":
            blanks = _blanks.match(held, place)
            place = blanks.end() if blanks else place
        following = held[place : place + 1]  # nothing at the end of a window, which is in whatever there is
        if following in self._separators or (self._doubled and following == self.form.quote.encode()):
            return place
        faults.append(place)
        return -1

    def _begins_field(self, held: bytes, place: int) -> bool:
        last, byte = held[place - 2 : place] if place > 1 else (self._before + held[:place])[-2:]
        return byte in self._separators or (byte == _BLANK and last in self._separators)
