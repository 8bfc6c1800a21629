"""Charts as SVG text that needs nothing beside it. Where a chart is shown is the caller's business."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

_HEIGHT, _STEP, _BAR = 120, 14, 10


def bar_chart(counts: Mapping[str, int], title: str) -> str:
    """Bars of counts by label, in the order given; hovering over one tells its label and count."""
    top = max([*counts.values(), 1])
    parts = [f'<text x="4" y="14" font-size="12" font-family="sans-serif">{escape(title)}, at most {top:,}</text>']
    for place, (label, count) in enumerate(counts.items()):
        tall = round((_HEIGHT - 35) * count / top, 1)
        parts.append(
            f'<rect x="{_BAR + _STEP * place}" y="{_HEIGHT - 10 - tall}" width="{_BAR}" height="{tall}" fill="#4f43dd">'
            f"<title>{escape(label)}: {count:,}</title></rect>"
        )
    width = max(240, _STEP * len(counts) + 2 * _BAR)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}">{"".join(parts)}</svg>'
