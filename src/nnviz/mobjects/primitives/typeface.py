"""The typeface that comes with nnviz, and Manim's ``Text`` in it."""

from __future__ import annotations

import unicodedata
import warnings
from functools import cache
from typing import Any

import manimpango  # type: ignore[import-untyped]
from manim import DOWN, Text, config

from nnviz import _manim
from nnviz._resources import fonts_dir
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.quick_copies import FamilyCopiesQuickly

__all__ = ["FAMILY", "SansText", "register_typeface"]

#: The family that comes with nnviz: regular, italic and semibold, which serves as bold.
FAMILY = "Source Sans 3"

#: Manim sets texts on a page as large as the video in pixels, where longer lines are broken. A wide
#: page keeps them whole, and alike at every quality.
_PAGE = 7680, 1080
#: Left-to-right mark, right-to-left isolate and its end, of Unicode's bidirectional algorithm.
_LEFT_TO_RIGHT, _ISOLATE, _END = "\u200e", "\u2067", "\u2069"
#: Lowered letters that the typeface has only raised, and those.
_RAISED = str.maketrans("ₐₑₒₖₘₙₚₜᵢᵤᵥ", "ᵃᵉᵒᵏᵐⁿᵖᵗⁱᵘᵛ")


@cache
def register_typeface() -> None:
    """Make the typeface known to Pango, once in each process.

    Warns
    -----
    UserWarning
        If Pango does not take it: texts are in a font of the system then.
    """
    taken = [manimpango.register_font(str(file)) for file in sorted(fonts_dir().glob("*.otf"))]
    if not all(taken):
        warnings.warn(
            f"the fonts in {fonts_dir()} cannot be registered: texts are written in a font of the "
            "system instead",
            stacklevel=2,
        )
    _manim.forget_fonts()


class SansText(ShownInNotebooks, FamilyCopiesQuickly, Text):
    """A :class:`manim.Text` in the typeface that comes with nnviz, Source Sans 3.

    It looks the same on every system: it has Latin, Greek and Cyrillic letters, and digits of one
    width. Pango takes what it does not have, such as Chinese letters, from a font of the system.
    Words from right to left, Arabic or Hebrew, are written as well, and so are lowered letters such
    as ₖ, of which Unicode has more than the typeface. Lines are never broken; Manim breaks those of
    a :class:`manim.Text` that are longer than the video in pixels.

    Parameters
    ----------
    text : str
        What to write.
    **kwargs
        For :class:`manim.Text`: ``weight="BOLD"``, ``slant="ITALIC"``, ``font_size=36``, another
        ``font`` and so on.

    Examples
    --------
    >>> SansText("0 and 1", slant="ITALIC").font
    'Source Sans 3'
    """

    def __init__(self, text: str, **kwargs: Any) -> None:
        register_typeface()
        options: dict[str, Any] = {
            "font": FAMILY,
            # That the typeface is there is known; a font of the user's is looked for.
            "warn_missing_font": "font" in kwargs,
            # Parsing glyphs takes most of the time: equal texts are copies of the first.
            "use_svg_cache": True,
        }
        options |= kwargs
        marked = _isolated(text.translate(_RAISED))
        size = config.pixel_width, config.pixel_height
        config.pixel_width, config.pixel_height = _PAGE
        try:
            super().__init__(marked, **options)
        finally:
            config.pixel_width, config.pixel_height = size
        if marked != text:
            self.original_text = text
            self.text = "".join(text.split())
            self._lower()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.original_text!r})"

    def _lower(self) -> None:
        """Lower the letters that stand raised in the place of lowered ones."""
        if len(self) != len(self.text):
            return
        # Manim tells the font size by the height, which changes here.
        way = self.font_size * _between_raised_and_lowered() * DOWN
        for letter, glyph in zip(self.text, self, strict=True):
            if ord(letter) in _RAISED:
                glyph.shift(way)
        self.center()
        self.initial_height = self.height


@cache
def _between_raised_and_lowered() -> float:
    """Return how far the typeface's lowered signs are below its raised ones, at font size 1."""
    both = SansText("²₂")
    return float(both[0].get_bottom()[1] - both[1].get_bottom()[1]) / both.font_size


def _isolated(text: str) -> str:
    """Return a text that begins at the left, also where it runs from right to left.

    Pango aligns lines that begin with a letter from right to left at the right end of the room it
    has, where Manim does not look. The marks around such a line are not drawn, and leave the order
    of its letters as it is.
    """
    return "\n".join(
        f"{_LEFT_TO_RIGHT}{_ISOLATE}{line}{_END}" if _runs_to_the_left(line) else line
        for line in text.split("\n")
    )


def _runs_to_the_left(line: str) -> bool:
    """Return whether the first letter with a direction runs to the left."""
    for letter in line:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
