"""What a feed's settings should say, from a sample of its files: form, types, key, tags, and the entry to paste.

Nothing is landed here, and nothing of the command line is known.
"""

from heap_assets.feeds.inference.entry import entry_yaml
from heap_assets.feeds.inference.infer import infer
from heap_assets.feeds.inference.model import ColumnGuess, FeedGuess, KeyGuess, Sample, TypeGuess
from heap_assets.feeds.inference.preview import preview_rows
from heap_assets.feeds.inference.sample import take_sample

__all__ = [
    "ColumnGuess",
    "FeedGuess",
    "KeyGuess",
    "Sample",
    "TypeGuess",
    "entry_yaml",
    "infer",
    "preview_rows",
    "take_sample",
]
