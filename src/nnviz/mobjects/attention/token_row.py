"""Tokens in a row, each in a box, spaces visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from manim import DOWN, RIGHT, ManimColor, RoundedRectangle, VGroup, interpolate_color
from numpy.typing import NDArray

from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.token_texts import token_texts, visible_text, without_markup

__all__ = ["TokenRow", "light_up", "token_box"]

#: Of a box's height: a digit's height, what is free beside a text, the corners, an id's height and
#: how far below the box it stands.
_DIGIT, _BESIDE, _CORNER, _ID, _BELOW = 0.42, 0.22, 0.15, 0.26, 0.24
#: Opacity of a box's fill, and of one that stands out.
_FILL, _LIT_FILL = 0.12, 0.3


def token_box(width: float, height: float, style: NetworkStyle) -> RoundedRectangle:
    """Return the box of a token.

    Parameters
    ----------
    width, height : float
        In scene units.
    style : NetworkStyle
        Colours and width of the line.
    """
    box = RoundedRectangle(
        corner_radius=min(_CORNER * height, width / 2),
        width=width,
        height=height,
        stroke_width=style.neuron_stroke_width,
    )
    return light_up(box, style, 0.0)


def light_up(
    box: RoundedRectangle, style: NetworkStyle, share: float, seen: float = 1.0
) -> RoundedRectangle:
    """Let the box of a token stand out.

    Parameters
    ----------
    box : RoundedRectangle
        Painted in place.
    style : NetworkStyle
        Its colours.
    share : float
        Degree to which it stands out, from 0 to 1.
    seen : float, optional
        Its opacity, from 0 to 1.
    """
    ends = ManimColor(style.neuron_stroke_color), ManimColor(style.highlight_color)
    color = interpolate_color(*ends, share)
    box.set_stroke(color, opacity=seen)
    box.set_fill(color, seen * (_FILL + share * (_LIT_FILL - _FILL)))
    return box


class TokenRow(ShownInNotebooks, VGroup):
    """Tokens side by side, each in a box; a space is written as ␣.

    Parameters
    ----------
    tokens : object
        A text, whose characters they are, or a sequence of texts or numbers.
    height : float, optional
        Height of a box, in scene units.
    ids : sequence of int, optional
        Integers that a model reads in their place, written below the boxes; None for none.
    pitch : float, optional
        From one box's middle to the next one's, in scene units, the same for all: so a row stands
        below another. None: boxes are as wide as their texts, one beside the other.
    buff : float, optional
        The gap between boxes, in scene units.
    direction : {"right", "down"}, optional
        "right", or "down" for a column.
    style : NetworkStyle, optional
        Colours and writing; tokens are written as they are, never by LaTeX.

    Raises
    ------
    ValueError
        If there are no tokens, or not as many ids.

    Examples
    --------
    >>> row = TokenRow(["to", " be"])
    >>> row.texts
    ['to', '␣be']
    """

    boxes: Part[VGroup] = Part(0, doc="A box a token.")
    words: Part[VGroup] = Part(1, doc="A text a token.")
    ids: Part[VGroup] = Part(2, doc="An id a token, or nothing.")

    def __init__(
        self,
        tokens: Any,
        height: float = 0.6,
        *,
        ids: Sequence[int] | None = None,
        pitch: float | None = None,
        buff: float = 0.1,
        direction: Literal["right", "down"] = "right",
        style: NetworkStyle | None = None,
    ) -> None:
        texts = token_texts(tokens)
        self.style = NetworkStyle() if style is None else style
        self.box_height, self.pitch, self.buff = height, pitch, buff
        self.direction = direction
        super().__init__(VGroup(), VGroup(), VGroup())
        numbers = [None] * len(texts) if ids is None else token_texts(ids, len(texts), "ids")
        for text, number in zip(texts, numbers, strict=True):
            self._add(text, number)
        if direction == "down":
            widest = max(box.width for box in self.boxes)
            for box in self.boxes:
                box.stretch_to_fit_width(widest)
        self.center()

    @property
    def texts(self) -> list[str]:
        """The texts of the tokens."""
        words: Any = self.words
        return [word.text for word in words]

    def middles(self) -> NDArray[np.float64]:
        """Return the middles of the boxes, shape (n, 3)."""
        return np.array([box.get_center() for box in self.boxes])

    def edges(self, side: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the middles of one side of the boxes, shape (n, 3).

        Parameters
        ----------
        side : ndarray of float
            Such as ``UP``.
        """
        return np.array([box.get_edge_center(side) for box in self.boxes])

    def append(self, token: object, token_id: int | None = None) -> Self:
        """Add a token at the end; the others stay where they are.

        Parameters
        ----------
        token : object
            A text, or a number.
        token_id : int, optional
            Its id, where ids are shown.
        """
        number = None if token_id is None or not len(self.ids) else str(token_id)
        self._add(visible_text(token), number)
        return self

    def _add(self, text: str, number: str | None) -> None:
        last = self.boxes[-1] if len(self.boxes) else None
        scale = last.height / self.box_height if last is not None else 1.0
        height = self.box_height * scale
        writing = without_markup(self.style.writing)
        word = Lettering(self.style.text_color, (0, 0), writing)
        width = max(height, word.width_of(text, _DIGIT * height) + 2 * _BESIDE * height)
        limit = np.inf
        if self.pitch is not None and self.direction == "right":
            width = (self.pitch - self.buff) * scale
            limit = 0.9 * width
        box = token_box(width, height, self.style)
        if last is not None and self.direction == "down":
            step = height + self.buff * scale if self.pitch is None else self.pitch * scale
            box.move_to(last).shift(step * DOWN)
        elif last is not None:
            box.next_to(last, RIGHT, buff=self.buff * scale)
        self.boxes.add(box)
        word.say(text, box.get_center(), _DIGIT * height, limit)
        self.words.add(word)
        if number is not None:
            below = Lettering(self.style.text_color, (0, 0), writing)
            below.set_fill(opacity=0.7)
            at = box.get_bottom() + _BELOW * height * DOWN
            self.ids.add(below.say(number, at, _ID * height, width))

    def mark(self, *tokens: int) -> Self:
        """Let some boxes stand out, and no others.

        Parameters
        ----------
        *tokens
            Which, from 0; from the end below 0.
        """
        marked = {range(len(self.boxes))[token] for token in tokens}
        box: Any
        for k, box in enumerate(self.boxes):
            light_up(box, self.style, float(k in marked))
        return self
