"""Where a visit comes from and which pages it shows: channels, query strings, titles; no users and no times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import numpy.typing as npt

from heap_assets.sample import site

Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_LEAK = 0.02
"""Share of newsletter links that carry the reader's e-mail: query strings leak personal data (heap_delivery 2.10)."""


@dataclass(frozen=True)
class Landings:
    """The landing columns of sessions, one element a session, and the index of each landing page in `site.PAGES`."""

    columns: dict[str, Objects]
    page: Ints


def land(draw: np.random.Generator, count: int) -> Landings:
    """Return how `count` sessions came to the site."""
    weights = np.cumsum([channel.weight for channel in site.CHANNELS])
    channel = np.minimum(np.searchsorted(weights, draw.random(count) * weights[-1]), len(site.CHANNELS) - 1)
    page = draw_pages(draw, count)
    luck, clicks = draw.random((count, 3)).tolist(), draw.integers(0, 2**62, count).tolist()
    rows = [
        _landing(site.CHANNELS[number], chances, click)
        for number, chances, click in zip(channel.tolist(), luck, clicks, strict=True)
    ]
    names = ("referrer", "landing_page_query", "search_keyword", *_PARAMETERS)
    columns = {name: objects([row[place] for row in rows]) for place, name in enumerate(names)}
    columns["landing_page"] = _URLS[page]
    columns["landing_page_hash"] = where(draw.random(count) < 0.02, "#main")
    return Landings(columns, page)


def _landing(channel: site.Channel, luck: list[float], click: int) -> tuple[str | None, ...]:
    """Return referrer, query string, search keyword and the five utm values of one session."""
    campaign = _pick(channel.campaigns, luck[0])
    term = _pick(channel.terms, luck[1])
    content = None if campaign is None or luck[2] < 0.4 else f"ad-{int(luck[2] * 1e6)}"
    tags = (channel.source, channel.medium, campaign, term, content)
    query = [f"{name}={quote_plus(value)}" for name, value in zip(_PARAMETERS, tags, strict=True) if value]
    if channel.click:
        query.append(f"{channel.click}=Cj0KCQ{click:x}")
    if channel.medium == "email" and luck[1] < _LEAK:
        query.append(f"email=reader{click % 100_000}%40mail.example")
    keyword = term if channel.medium == "cpc" else None
    return channel.referrer, "?" + "&".join(query) if query else None, keyword, *tags


def page_columns(
    draw: np.random.Generator, landing: Ints, landing_query: Objects, of: Ints, place: Ints
) -> dict[str, Objects]:
    """Return the page columns of pageviews; `of` is each one's session, `place` its place in the session from 0.

    The first page of a session is its landing page with the landing query; a previous page is the page before it.
    """
    first = place == 0
    page = np.where(first, landing[of], draw_pages(draw, len(of)))
    pick = (draw.random(len(of)) * _LENGTHS[page]).astype(np.int64)
    previous = np.roll(_URLS[page], 1)
    previous[first] = None
    local = np.flatnonzero(first & (draw.random(len(of)) < 0.0005))
    previous[local] = "/C:/Users/me/Downloads/receipt.html"
    return {
        "path": _PATHS[page],
        "query": np.where(first, landing_query[of], _QUERIES[page, pick]),
        "hash": _HASHES[page, np.roll(pick, 1) % _HASH_LENGTHS[page]],
        "title": _TITLES[page],
        "heap_previous_page": previous,
    }


def draw_pages(draw: np.random.Generator, count: int) -> Ints:
    """Return indices into `site.PAGES`, with a bias to the front."""
    return (draw.random(count) ** 2.2 * len(site.PAGES)).astype(np.int64)


def _pick(values: tuple[str, ...], luck: float) -> str | None:
    return values[int(luck * len(values))] if values else None


def objects(values: Sequence[Any]) -> Objects:
    """Return a numpy array of Python objects, so that columns keep null and integers stay integers."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def where(mask: npt.NDArray[np.bool_], value: str) -> Objects:
    """Return the value where the mask is true, null elsewhere."""
    return objects([value if yes else None for yes in mask.tolist()])


def _table(columns: list[tuple[str | None, ...]]) -> Objects:
    """Return a rectangle of the pages' choices, each row padded with null up to the longest."""
    table = np.full((len(columns), max(map(len, columns))), None, dtype=object)
    for place, values in enumerate(columns):
        table[place, : len(values)] = values
    return table


_PATHS = objects([page.path for page in site.PAGES])
_TITLES = objects([page.title for page in site.PAGES])
_URLS = objects([f"https://{site.DOMAIN}{page.path}" for page in site.PAGES])
_QUERIES = _table([page.queries for page in site.PAGES])
_HASHES = _table([page.hashes for page in site.PAGES])
_LENGTHS = np.array([len(page.queries) for page in site.PAGES])
_HASH_LENGTHS = np.array([len(page.hashes) for page in site.PAGES])
