"""Lines of a delimited file, found by quotes and newlines alone: the gate that counts records (engines_notes 3.3).

A newline ends a line where no value is open (`csv_quotes`); CR, LF and CRLF all do (T59). Fields are not counted.
0.9 CPU seconds a million rows of 645 bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from heap_assets.feeds.decode.csv_quotes import NONE, Positions, QuoteReader
from heap_assets.feeds.decode.csv_source import CsvForm
from heap_assets.feeds.decode.model import MEBIBYTE

CR, LF = 13, 10
LONGEST_HEADER = 16 * MEBIBYTE


@dataclass(frozen=True)
class Window:
    """Some bytes with the lines that end in them.

    `ends`: where the ending of each line begins; `two_bytes`: which endings are CRLF; `blank`: which lines hold
    nothing; `inner`: newlines inside quotes; `cuts`: from where to where torn records are cut.
    """

    content: npt.NDArray[np.uint8]
    ends: Positions
    two_bytes: npt.NDArray[np.bool_]
    blank: npt.NDArray[np.bool_]
    inner: Positions
    cuts: tuple[Positions, Positions] = (NONE, NONE)


@dataclass
class LineScanner:
    """Cuts windows into lines; remembers what a window left open. `torn`: records with something improper in them."""

    form: CsvForm
    line_begun: bool = False
    torn: int = 0
    _torn: bool = False  # the line that is open
    _held: bytes = b""

    def __post_init__(self) -> None:
        self.quotes = QuoteReader(self.form)

    def scan(self, windows: Iterable[bytes]) -> Iterator[Window]:
        """Yield each window with its lines; afterwards `quotes` and `line_begun` tell how the file ended."""
        for window in windows:
            content = self._held + window
            cut = len(content) - self._open_bytes(content)
            self._held = content[cut:]
            yield self._window(content[:cut])
        yield self._window(self._held)
        self._held = b""

    def _open_bytes(self, content: bytes) -> int:
        """Bytes at the end that mean nothing without the next one: a CR, or escapes before what may be a quote."""
        if content.endswith(b"\r"):
            return 1
        escape = self.form.escape.encode()
        return len(content) - len(content.rstrip(escape)) if escape and self.form.escape != self.form.quote else 0

    def _window(self, held: bytes) -> Window:
        content = np.frombuffer(held, dtype=np.uint8)
        newlines, two_bytes = _newlines(held, content)
        begun_inside = self.quotes.inside
        turns, faults = self.quotes.turns(held, content)
        inside = ((np.searchsorted(turns, newlines) + begun_inside) & 1).astype(bool)
        ends, two_bytes, inner = newlines[~inside], two_bytes[~inside], newlines[inside]
        begins = np.append(0, ends + 1 + two_bytes)
        blank = ends == begins[:-1]
        if len(ends):
            blank[0] &= not self.line_begun
        self.line_begun = bool(begins[-1] < len(content)) or (self.line_begun and not len(ends))
        cuts = self._cuts(faults, ends, len(content)) if self._torn or len(faults) else (NONE, NONE)
        return Window(content, ends, two_bytes, blank, inner, cuts)

    def _cuts(self, faults: Positions, ends: Positions, size: int) -> tuple[Positions, Positions]:
        """From where to where the torn records of a window are left out: behind the first fault of each."""
        torn, first = np.unique(np.searchsorted(ends, faults), return_index=True)
        begins = faults[first] + 1
        if self._torn:
            ours = int(len(torn) > 0 and torn[0] == 0)
            torn, begins = np.append(0, torn[ours:]), np.append(0, begins[ours:])
        self.torn += len(torn) - self._torn
        self._torn = bool(len(torn)) and bool(torn[-1] == len(ends))
        return begins, np.append(ends, size)[torn]


def _newlines(held: bytes, content: npt.NDArray[np.uint8]) -> tuple[Positions, npt.NDArray[np.bool_]]:
    """Where endings of lines begin, inside of quotes or not, and which of them are CRLF.

    Most files hold no CR; to find none costs a tenth of marking every byte that is one.
    """
    if b"\r" not in held:
        newlines = np.flatnonzero(content == LF)
        return newlines, np.zeros(len(newlines), dtype=bool)
    returns = content == CR
    newlines = np.flatnonzero((content == LF) | returns)
    follows = np.zeros(len(newlines), dtype=bool)  # an LF behind a CR belongs to it
    follows[1:] = (np.diff(newlines) == 1) & returns[newlines[:-1]] & ~returns[newlines[1:]]
    two_bytes = np.append(follows[1:], False)[~follows] if len(newlines) else follows
    return newlines[~follows], two_bytes


@dataclass
class LineCount:
    """What one pass over a file found: its lines, which of them are blank or torn, and in which ways they end."""

    lines: int = 0
    blank: int = 0
    leading_blank: int = 0
    inner_newlines: int = 0
    endings: set[str] = field(default_factory=set)
    first_line: bytes = b""
    open_quote: bool = False
    stray_quotes: bool = False
    torn: int = 0

    @property
    def filled(self) -> int:
        """Lines that hold something."""
        return self.lines - self.blank


def count_lines(windows: Iterable[bytes], form: CsvForm) -> LineCount:
    """Count the lines of a file and keep the first that is not blank, cut off at 16 MiB."""
    count, scanner = LineCount(), LineScanner(form)
    begun: list[bytes] = []
    for window in scanner.scan(windows):
        count.lines += len(window.ends)
        count.blank += int(np.count_nonzero(window.blank))
        count.inner_newlines += len(window.inner)
        _note_endings(count.endings, window)
        if not count.first_line:
            count.leading_blank += _keep_first_line(window, begun, count)
    count.open_quote, count.stray_quotes = scanner.quotes.inside, scanner.quotes.stray
    count.torn = scanner.torn
    if scanner.line_begun:
        count.lines += 1
    if not count.first_line:
        count.first_line = b"".join(begun)[:LONGEST_HEADER]
    return count


def _note_endings(endings: set[str], window: Window) -> None:
    alone = window.content[window.ends[~window.two_bytes]]
    if len(alone) < len(window.ends):
        endings.add("CRLF")
    if (alone == LF).any():
        endings.add("LF")
    if (alone == CR).any():
        endings.add("CR")


def _keep_first_line(window: Window, begun: list[bytes], count: LineCount) -> int:
    """Keep what belongs to the first filled line; return how many blank lines stand before it in this window."""
    filled = np.flatnonzero(~window.blank)
    leading = int(filled[0]) if len(filled) else len(window.ends)
    begin = int(window.ends[leading - 1]) + 1 + int(window.two_bytes[leading - 1]) if leading else 0
    end = int(window.ends[filled[0]]) if len(filled) else len(window.content)
    begun.append(window.content[begin:end].tobytes()[:LONGEST_HEADER])
    if len(filled) or sum(map(len, begun)) >= LONGEST_HEADER:
        count.first_line = b"".join(begun)[:LONGEST_HEADER]
    return leading


def unified(windows: Iterable[bytes], form: CsvForm, leave_out_leading: bool) -> Iterator[bytes]:
    """Yield the file with LF at the end of every line and, if asked, no blank lines before the first filled one.

    DuckDB refuses mixed endings ("invalid state") and takes a leading blank line for the header. Newlines inside
    quotes stay as they are; a torn record ends with its first fault (`csv_quotes`).
    """
    leading = leave_out_leading
    for window in LineScanner(form).scan(windows):
        content = window.content.copy()
        content[window.ends] = LF
        begin = 0
        if leading:
            filled = np.flatnonzero(~window.blank)
            last_blank = (int(filled[0]) if len(filled) else len(window.ends)) - 1
            if last_blank >= 0:
                begin = int(window.ends[last_blank]) + 1 + int(window.two_bytes[last_blank])
            leading = not len(filled) and begin == len(content)
        kept = np.ones(len(content), dtype=bool)
        kept[window.ends[window.two_bytes] + 1] = False
        kept[:begin] = False
        cut = np.zeros(len(content) + 1, dtype=np.int8)
        cut[window.cuts[0]] += 1
        cut[window.cuts[1]] -= 1
        kept &= np.cumsum(cut[:-1], dtype=np.int8) == 0
        yield content[kept].tobytes()


class LineLocator:
    """Finds lines of a file by their number, in one pass for any count of them: ask in ascending order."""

    def __init__(self, windows: Iterable[bytes], form: CsvForm) -> None:
        self._windows = LineScanner(form).scan(windows)
        self._lines = self._blank = self._physical = 0  # before the window that is held
        self._blank_before = self._inner_before = np.zeros(1, dtype=np.int64)  # each line of it, and the one behind
        self._inner_open = 0  # newlines inside quotes, since the line that is still open began

    def places(self, numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return for each line number (from 0) the blank lines before it and its physical line, from 0.

        A physical line is what an editor shows: newlines inside quotes count.
        """
        blank, physical, done = np.zeros_like(numbers), numbers.copy(), 0
        while done < len(numbers):
            ends = int(np.searchsorted(numbers, self._lines + len(self._blank_before), side="left"))
            place = numbers[done:ends] - self._lines
            blank[done:ends] = self._blank + self._blank_before[place]
            physical[done:ends] = self._physical + place + self._inner_before[place]
            done = max(done, ends)
            if done < len(numbers) and not self._advance():
                blank[done:] = self._blank + self._blank_before[-1]
                break
        return blank, physical

    def _advance(self) -> bool:
        """Hold the next window; say whether there was one."""
        window = next(self._windows, None)
        if window is None:
            return False
        self._lines += len(self._blank_before) - 1
        self._blank += int(self._blank_before[-1])
        self._physical += len(self._inner_before) - 1 + int(self._inner_before[-1])
        count = len(window.ends)
        self._blank_before = np.concatenate(([0], np.cumsum(window.blank)))
        self._inner_before = np.concatenate(([0], np.searchsorted(window.inner, window.ends) + self._inner_open))
        closed = int(np.searchsorted(window.inner, window.ends[-1])) if count else 0
        self._inner_open = len(window.inner) - closed + (0 if count else self._inner_open)
        return True
