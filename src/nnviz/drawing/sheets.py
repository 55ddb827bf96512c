"""Contact sheets: many pictures on one page, each with a line below."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

__all__ = ["WIDTH", "Still", "sheet_of"]

#: Default width of a picture on the page, in pixels.
WIDTH = 400
_GAP, _TEXT = 16, 20
_SHADE, _PAPER, _INK = "#303030", "#1b1b1b", "#ffffff"


class Still(NamedTuple):
    """A picture and what stands below it.

    Attributes
    ----------
    picture : PIL.Image.Image
        A picture of any size.
    caption : str
        One line, which is shortened where it does not fit.
    """

    picture: Image.Image
    caption: str


def sheet_of(stills: Sequence[Still], columns: int = 4, width: int = WIDTH) -> Image.Image:
    """Return a page with pictures in rows.

    Parameters
    ----------
    stills : sequence of Still
        The pictures, in order; at least one.
    columns : int, optional
        Most pictures in a row.
    width : int, optional
        Width of each picture, in pixels.
    """
    font = ImageFont.load_default(_TEXT)
    columns = min(columns, len(stills))
    rows = ceil(len(stills) / columns)
    sizes = [(width, round(width * each.picture.height / each.picture.width)) for each in stills]
    height = max(size[1] for size in sizes)
    across, down = width + _GAP, height + 2 * _GAP + _TEXT
    page = Image.new("RGB", (columns * across + _GAP, rows * down + _GAP), _PAPER)
    draw = ImageDraw.Draw(page)
    for position, (still, size) in enumerate(zip(stills, sizes, strict=True)):
        x = _GAP + position % columns * across
        y = _GAP + position // columns * down
        small = still.picture
        if small.size != size:
            small = small.resize(size, Image.Resampling.LANCZOS)
        draw.rectangle((x - 1, y - 1, x + small.width, y + small.height), outline=_SHADE)
        page.paste(small, (x, y))
        draw.text((x, y + height + 4), _fitted(still.caption, font, width), fill=_INK, font=font)
    return page


def _fitted(words: str, font: Any, width: int) -> str:
    """Return words, shortened to what fits below a picture."""
    if font.getlength(words) <= width:
        return words
    while font.getlength(words + "...") > width:
        words = words[:-1]
    return words.rstrip() + "..."
