"""Title cards between the parts of a film: a picture fades out, a title comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nnviz._resources import fonts_dir
from nnviz.drawing.segments import Encoding, SegmentEncoder

__all__ = ["card_frames", "card_of"]

#: Seconds in which the picture before goes, the title comes, stays and goes, and of black after it.
_STAGES = (0.4, 0.3, 1.1, 0.3, 0.1)
#: Height of letters over that of the frame: of the first line, and of the others.
_SIZES = (0.085, 0.06)
_WIDEST = 0.88
_FONT = "SourceSans3-Regular.otf"


def card_frames(rate: Fraction) -> int:
    """Return how many frames a title card has at a frame rate."""
    return round(sum(_STAGES) * rate)


def card_of(lines: Sequence[str], before: Image.Image | None, encoding: Encoding) -> bytes:
    """Return a title card as a video.

    Parameters
    ----------
    lines : sequence of str
        What it says, in one size if it is one line; the first of several is larger.
    before : Image or None
        The frame that fades out on it; None for black.
    encoding : Encoding
        Size and rate of its frames, and how they are encoded.
    """
    size = encoding.width, encoding.height
    title = np.asarray(_written(lines, size), dtype=np.float64)
    picture = np.zeros_like(title) if before is None else np.asarray(before, dtype=np.float64)
    encoder = SegmentEncoder(encoding)
    ends = np.cumsum(_STAGES)
    for number in range(card_frames(encoding.frame_rate)):
        now = (number + 1) / float(encoding.frame_rate)
        old = _eased(1 - now / ends[0])
        new = min(_eased((now - ends[0]) / _STAGES[1]), _eased((ends[3] - now) / _STAGES[3]))
        frame = np.full((*title.shape[:2], 4), 255, dtype=np.uint8)
        frame[..., :3] = np.rint(old * picture + new * title)
        encoder.show(frame)
    return encoder.finish()


def _eased(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _written(lines: Sequence[str], size: tuple[int, int]) -> Image.Image:
    """Return lines in the middle of a black picture."""
    width, height = size
    page = Image.new("RGB", size)
    draw = ImageDraw.Draw(page)
    rows = []
    for position, line in enumerate(lines):
        letters = _SIZES[min(position, 1)] * height
        font = ImageFont.truetype(str(fonts_dir() / _FONT), letters)
        over = font.getlength(line) / (_WIDEST * width)
        rows.append((line, font.font_variant(size=letters / over) if over > 1 else font))
    step = 0.13 * height
    top = (height - step * (len(rows) - 1)) / 2
    for position, (line, font) in enumerate(rows):
        color = "#ffffff" if position == 0 else "#bbbbbb"
        draw.text((width / 2, top + step * position), line, fill=color, font=font, anchor="mm")
    return page
