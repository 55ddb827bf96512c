"""What the scenes on one head share: which head, which token asks, and where the tokens stand."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, FadeIn, Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.attention import TokenRow
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import AttentionHead, attention_head
from telling import ROW, ToldScene

__all__ = ["ASKING", "BLOCK", "HEAD", "ONES", "WRITTEN", "OneHeadScene", "TokenBars"]

FloatArray = NDArray[np.float64]

#: The head that is looked at: it asks for the digit that comes next, the smallest one after all
#: have been read.
BLOCK, HEAD = "block0.attention", 1
#: Where the last digit of the row stands, which asks; where the ones stand, which it finds; and
#: what the model writes after the row, as far as it is looked at.
ASKING, ONES, WRITTEN = 7, (1, 3), (1, 1, 2, 3)
#: In scene units: from token to token, height of their boxes, and of the digits of numbers.
_PITCH, _BOX, _NUMBER = 1.08, 0.72, 0.25


class OneHeadScene(ToldScene, ABC):
    """A scene on one head, with the row of tokens below, in the same place in all of them.

    Attributes
    ----------
    head : AttentionHead
        What the head computes of the row.
    row : TokenRow
        The tokens below; there is room for those that the model writes.
    """

    def setup(self) -> None:
        """Compute, and place the row."""
        super().setup()
        self.head = self.head_of(ROW)
        self.row = self.placed(ROW)

    def head_of(self, tokens: Sequence[int]) -> AttentionHead:
        """Return what the head computes of tokens."""
        network = self.network.with_inputs(len(tokens))
        return attention_head(network, self.forward_pass(tokens), BLOCK, HEAD)

    def placed(self, tokens: Sequence[int]) -> TokenRow:
        """Return tokens in their places below."""
        row = TokenRow(tokens, _BOX, pitch=_PITCH, style=self.look)
        first = -0.5 * _PITCH * (len(ROW) + len(WRITTEN) - 1)
        row.shift(first * RIGHT - row.boxes[0].get_center())
        return row.set_y(self.bottom + 0.55 * _BOX)

    def show_row(self) -> None:
        """Let the tokens come, and the last one stand out, which asks."""
        self.play(FadeIn(self.row, shift=0.3 * UP), run_time=0.8)
        self.play(self.row.animate.mark(ASKING), run_time=0.5)

    def tell_and_show(self, text: str, *animations: Any, run_time: float) -> None:
        """Tell a sentence, and then show what it says, which takes longer than to tell it.

        Parameters
        ----------
        text : str
            The sentence.
        *animations
            What is played after it.
        run_time : float
            Of these, in seconds.
        """
        self.tell(text, wait=False)
        self.play(*animations, run_time=run_time)
        self.wait(max(0.4, self.seconds_to_read(text) - 1.0 - run_time))

    def numbers_above(self, values: ArrayLike, things: Any, buff: float = 0.2) -> VGroup:
        """Return a number above each of some things, with two decimals.

        Parameters
        ----------
        values : array_like
            One each.
        things : sequence of Mobject
            What they stand above.
        buff : float, optional
            How far, in scene units.
        """
        numbers = VGroup(*(number_of(value, 2, _NUMBER, self.look) for value in np.ravel(values)))
        for number, one in zip(numbers, things, strict=True):
            number.next_to(one, UP, buff=buff)
        return numbers

    def words(self, text: str, color: Any = None, size: float = 28) -> VMobject:
        """Return words beside a picture.

        Parameters
        ----------
        text : str
            What is written.
        color : color, optional
            Its colour; by default that of the look.
        size : float, optional
            Size of the font.
        """
        return SansText(text, font_size=size, color=color or self.look.text_color)


class TokenBars(VGroup):
    """A bar above each token, with its number on top.

    Parameters
    ----------
    row : TokenRow
        The tokens.
    scene : OneHeadScene
        Whose colours and numbers they have.
    color : color, optional
        Colour of the bars.

    Attributes
    ----------
    values, heights : NDArray
        What the numbers say, and how high the bars are in scene units, shape (tokens,).
    """

    def __init__(self, row: TokenRow, scene: OneHeadScene, color: Any = None) -> None:
        color = scene.look.positive_color if color is None else color
        bars = VGroup()
        for box in row.boxes:
            bar = Rectangle(width=0.6 * _PITCH, height=1, stroke_width=stroke(2))
            bar.set_fill(color, 1).set_stroke(scene.look.behind).next_to(box, UP, buff=0.1)
            bars.add(bar)
        self._base = float(bars.get_bottom()[1])
        zeros = np.zeros(len(bars))
        super().__init__(bars, scene.numbers_above(zeros, bars))
        self.show(zeros, zeros)

    @property
    def bars(self) -> VGroup:
        """The bars."""
        return self[0]  # type: ignore[return-value]

    @property
    def numbers(self) -> VGroup:
        """The numbers."""
        return self[1]  # type: ignore[return-value]

    def show(self, values: ArrayLike, heights: ArrayLike) -> TokenBars:
        """Show values.

        Parameters
        ----------
        values, heights : array_like
            What the numbers say, 0 or more, and how high the bars are, shape (tokens,).
        """
        self.values = np.array(values, dtype=float)
        self.heights = np.array(heights, dtype=float)
        number: QuickDecimalNumber
        parts = zip(self.bars, self.numbers, self.values, self.heights, strict=True)
        for bar, number, value, height in parts:
            bar.stretch_to_fit_height(max(1e-3, height)).set_y(self._base, direction=DOWN)
            number.set_value(value)
            number.next_to(bar, UP, buff=0.14)
        return self

    def change_to(self, values: ArrayLike, unit: float, **kwargs: Any) -> ChangeBars:
        """Return an animation to other values.

        Parameters
        ----------
        values : array_like
            Shape (tokens,), 0 or more.
        unit : float
            Height of a bar of value 1 at the end, in scene units.
        **kwargs
            For the animation.
        """
        new = np.array(values, dtype=float)
        return ChangeBars(self, new, unit * new, **kwargs)

    def come(self, values: ArrayLike, unit: float, **kwargs: Any) -> ChangeBars:
        """Return an animation that lets bars grow, and numbers appear; it is as `change_to`."""
        new = np.array(values, dtype=float)
        return ChangeBars(self, new, unit * new, appears=True, **kwargs)


class ChangeBars(AtItsTurn):
    """Bars go on to other values."""

    def __init__(
        self,
        bars: TokenBars,
        values: FloatArray,
        heights: FloatArray,
        *,
        appears: bool = False,
        **kwargs: Any,
    ) -> None:
        self._bars, self._values, self._heights = bars, values, heights
        self._appears = appears
        super().__init__(bars, **kwargs)

    def start(self) -> None:
        """Keep what there is."""
        self._from = self._bars.values, self._bars.heights

    def show(self, share: float) -> None:
        """Show a moment."""
        values, heights = self._from
        self._bars.show(
            values + share * (self._values - values), heights + share * (self._heights - heights)
        )
        if self._appears:
            self._bars.numbers.set_fill(opacity=share)
