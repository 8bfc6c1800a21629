"""Floating numbers as canonical text, the one way: 5, 5.5, 1e+16. What other types are as text is no question."""

import pyarrow as pa
import pyarrow.compute as pc

WHOLE = 2.0**53


def float_text(values: pa.Array) -> pa.Array:
    """The text of each number, which reads back as the same one; that of a whole number is that of the integer.

    A single-precision number is the double of its value first: its own shortest text (-40292030) is another number.
    """
    doubles = values.cast(pa.float64())
    whole = pc.and_(pc.equal(doubles, pc.floor(doubles)), pc.less(pc.abs(doubles), WHOLE))
    integers = pc.if_else(whole, doubles, None).cast(pa.int64())
    return pc.coalesce(integers.cast(pa.string()), doubles.cast(pa.string()))
