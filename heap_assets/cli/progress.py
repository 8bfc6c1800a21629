"""Progress of landing as `heap-assets` shows it: one line that moves on a terminal, a line now and then elsewhere.

What is counted stands in `feeds.progress`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from heap_assets.bucket.deliveries import Delivery
from heap_assets.feeds.progress import Meter, listening

TERMINAL_SECONDS, PLAIN_SECONDS = 0.5, 15.0


@contextmanager
def watching(planned: Sequence[Delivery], say: Callable[[str], None]) -> Iterator[None]:
    """Show how far the landing of these deliveries is while the block runs, on stderr; lines go to `say`.

    Nothing is shown where nothing is to be read.
    """
    if not planned:
        yield
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        with listening(Meter(say, PLAIN_SECONDS, planned)):
            yield
        return
    with console.status("reading …") as shown:
        meter = Meter(shown.update, TERMINAL_SECONDS, planned)
        with listening(meter):
            yield
        meter.tell()
