"""How long and how hard the readers are tried, and what no input may do: hang, take memory without end, end otherwise than refused."""

import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from hypothesis import HealthCheck
from hypothesis import strategies as st

from heap_assets_tests.examples import random_examples

SECONDS = 60
MEMORY = 700 << 20
_UNIT = 1 if sys.platform == "darwin" else 1024


tried = partial(random_examples, many=200, unheeded=tuple(HealthCheck))


@contextmanager
def bounded(memory: int = MEMORY) -> Iterator[None]:
    """Fail where what is inside takes more than a minute, or makes the process grow by more than `memory` bytes."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"no end within {SECONDS} seconds")

    held = signal.signal(signal.SIGALRM, too_long)
    before = _peak()
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, held)
    assert _peak() - before < memory, "the process grew too much"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


@st.composite
def mutated(draw: Callable, good: st.SearchStrategy[bytes] | bytes) -> bytes:
    """Good bytes after one to four accidents: a bit flipped, a piece cut out, doubled, moved, or replaced by a huge number."""
    content = bytearray(good if isinstance(good, bytes) else draw(good))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 40))
        match draw(st.sampled_from(("flip", "cut", "tail", "repeat", "splice", "insert"))):
            case "flip" if place < len(content):
                content[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[place : place + length]
            case "tail":
                del content[place:]
            case "repeat":
                content[place:place] = content[place : place + length] * draw(st.integers(1, 50))
            case "splice":
                other = draw(st.integers(0, len(content)))
                content[place : place + length] = content[other : other + length]
            case _:
                content[place : place + draw(st.integers(0, 8))] = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    return bytes(content)


PIECES = (
    b"\xff" * 9 + b"\x01",
    b"\xfe" + b"\xff" * 8 + b"\x01",
    b"\xff" * 4 + b"\x0f",
    b"\x80" * 12,
    b"\x00" * 16,
    b"9" * 30,
    b"9" * 5000,
    b"1e999",
    b"-0",
    b"NaN",
    b"[" * 2000,
    b'{"a":' * 2000,
    b'"',
    b"\\",
    b"\\ud800",
    b"\r",
    b"\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"&a [*a]",
    b"!!int ''",
    b"!!timestamp x",
    b"2026-13-45",
    b"<<: *a",
)
