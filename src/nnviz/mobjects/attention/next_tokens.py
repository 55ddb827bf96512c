"""What a language model expects next: scores, their softmax at a temperature, bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from manim import RIGHT, UP, Animation, ManimColor, Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import Bearer, Part, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import ChangeValue
from nnviz.mobjects.primitives.token_texts import visible_text, without_markup
from nnviz.network import next_distribution

__all__ = ["NextTokens"]

FloatArray = NDArray[np.float64]

#: Of a row's height: a bar's, a digit's in tokens and in numbers. Of the width: what tokens and
#: numbers take at the sides.
_BAR, _TOKEN, _NUMBER = 0.62, 0.5, 0.42
_TOKENS, _NUMBERS = 0.16, 0.2
#: Opacity of bars that are left out of the drawing of lots, and of those not chosen.
_LEFT_OUT, _NOT_CHOSEN = 0.35, 0.45


class _Bar(Bearer, Rectangle):
    """A bar; the first bears what is shown."""


class NextTokens(ShownInNotebooks, VGroup):
    """The likeliest next tokens as bars: the softmax of scores at a temperature.

    A bar is as long as its probability, with which the next token is drawn: the softmax of
    logits / temperature over the `top_k` likeliest tokens, as `Network.generate` draws.
    Tokens keep their order, which is that of the first logits, until others are shown.

    Parameters
    ----------
    logits : array_like, optional
        A score a token, shape (n_tokens,).
    names : sequence of object, optional
        What tokens are called: a text, whose characters they are, or a sequence of texts; their
        numbers if None.
    shown : int, optional
        Number of the likeliest tokens that are shown.
    width, height : float, optional
        Size of all, in scene units.
    temperature : float, optional
        What logits are divided by; 0 takes the likeliest.
    top_k : int, optional
        Number of the likeliest tokens that may be drawn; all if None.
    title : bool, optional
        Whether the temperature is written above, as a number.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    logits, probabilities : NDArray
        Logits and probabilities of all tokens, shape (n_tokens,).
    order : NDArray
        The tokens shown, from the top.
    temperature : float
        As shown.

    Raises
    ------
    ValueError
        If the logits are not finite numbers in a row, or there are not as many names.
    NetworkError
        If the temperature is below 0.
    """

    logits: State[FloatArray] = State()
    probabilities: State[FloatArray] = State()
    temperature: State[float] = State()
    order: State[NDArray[np.int64]] = State()

    bars: Part[VGroup] = Part(1, doc="A bar a token, from the top.")
    words: Part[VGroup] = Part(2, doc="The tokens beside the bars.")
    numbers: Part[VGroup] = Part(3, doc="The probabilities in per cent.")
    title: Part[VMobject] = Part(4, doc="The temperature, as written above.")

    def __init__(
        self,
        logits: ArrayLike,
        names: Sequence[Any] | None = None,
        *,
        shown: int = 8,
        width: float = 4.5,
        height: float = 4.0,
        temperature: float = 1.0,
        top_k: int | None = None,
        title: bool = True,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        values = _checked(logits)
        tokens = range(len(values)) if names is None else names
        self.names = [visible_text(name) for name in tokens]
        if len(self.names) != len(values):
            raise ValueError(f"{len(self.names)} names are given for {len(values)} tokens")
        self.top_k, self.size = top_k, (float(width), float(height))
        rows = min(int(shown), len(values))
        if rows < 1:
            raise ValueError(f"shown is how many tokens are seen, at least 1, not {shown}")
        pitch = height / (rows + bool(title))
        color = ManimColor(self.style.positive_color)
        bars, texts, numbers = VGroup(), VGroup(), VGroup()
        for _ in range(rows):
            bars.add(
                _Bar(width=1, height=_BAR * pitch, stroke_width=0, fill_color=color, fill_opacity=1)
            )
            writing = without_markup(self.style.writing)
            texts.add(Lettering(self.style.text_color, (1, 0), writing))
            numbers.add(self._word((-1, 0)))
        box = Rectangle(width=width, height=height, stroke_width=0, stroke_opacity=0)
        super().__init__(box, bars, texts, numbers, self._word((-1, 0)))
        self._has_title, self._pitch = bool(title), pitch
        self.temperature = float(temperature)
        self.show_logits(values)

    @property
    def bearer(self) -> Any:
        """What bears the values."""
        return self.submobjects[1].submobjects[0] if self.submobjects else None

    def row_of(self, token: int) -> int | None:
        """Return which bar is a token's, from the top; None if it is not shown."""
        (found,) = np.nonzero(self.order == token)
        return int(found[0]) if len(found) else None

    def show_logits(self, logits: ArrayLike) -> Self:
        """Show other scores, the likeliest at the top.

        Parameters
        ----------
        logits : array_like
            Shape (n_tokens,).
        """
        values = _checked(logits)
        if len(values) != len(self.names):
            raise ValueError(f"{len(values)} logits are given for {len(self.names)} tokens")
        self.logits = values
        self.order = np.argsort(-values, kind="stable")[: len(self.bars)]
        return self.set_temperature(self.temperature)

    def set_temperature(self, temperature: float) -> Self:
        """Show the softmax at another temperature; ``.animate.set_temperature`` goes there.

        Parameters
        ----------
        temperature : float
            From 0 up.
        """
        self.probabilities = next_distribution(self.logits, temperature, self.top_k)
        self.temperature = float(temperature)
        self._draw(self.probabilities)
        return self

    @animation_for(set_temperature)
    def _animate_temperature(
        self, temperature: float, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return ChangeValue(
            self, "temperature", float(temperature), self.set_temperature, **(anim_args or {})
        )

    def choose(self, token: int) -> Self:
        """Let one token's bar stand out; it has to be shown.

        Parameters
        ----------
        token : int
            Which.
        """
        row = self.row_of(token)
        if row is None:
            raise ValueError(
                f"token {token}, {self.names[token]!r}, is not among the {len(self.bars)} shown: "
                "show more"
            )
        for k, bar in enumerate(self.bars):
            color = self.style.highlight_color if k == row else self.style.positive_color
            bar.set_fill(color, 1 if k == row else _NOT_CHOSEN)
        return self

    def _word(self, align: tuple[float, float]) -> Lettering:
        return Lettering(self.style.text_color, align, self.style.writing)

    def _draw(self, probabilities: FloatArray) -> None:
        _, left, low, right = self[0].points[[0, 4, 8, 12]]
        up, across = left - low, right - low
        scale = float(np.linalg.norm(up)) / self.size[1]
        pitch = self._pitch * scale
        length = (1 - _TOKENS - _NUMBERS) * across
        start = left + _TOKENS * across
        gap = 0.2 * pitch * RIGHT
        # All numbers are of one size: that in which the widest has room beside the longest bar.
        title: Any = self.title
        widest = max(title.width_of(_percent(share), 1.0) for share in (1.0, 0.088))
        digit = min(_NUMBER * pitch, (_NUMBERS * across[0] - gap[0]) / widest)
        bar: Any
        for k, (bar, word, number) in enumerate(
            zip(self.bars, self.words, self.numbers, strict=True)
        ):
            token = int(self.order[k])
            share = float(probabilities[token])
            at = start - up / np.linalg.norm(up) * pitch * (k + 0.5 + self._has_title)
            end = at + max(share, 1e-4) * length
            half = 0.5 * _BAR * pitch * UP
            bar.set_points_as_corners([end + half, at + half, at - half, end - half, end + half])
            bar.set_fill(self.style.positive_color, 1 if share > 0 else _LEFT_OUT)
            word.say(self.names[token], at - gap, _TOKEN * pitch, 0.9 * _TOKENS * across[0])
            word.set_fill(opacity=1 if share > 0 else _LEFT_OUT)
            number.say(_percent(share), end + gap, digit)
            number.set_fill(opacity=1 if share > 0 else _LEFT_OUT)
        if self._has_title:
            text = words.word("temperature", number=words.number(f"{self.temperature:.2f}"))
            at = start - up / np.linalg.norm(up) * 0.5 * pitch
            height = _NUMBER * min(pitch, 0.55 * scale)
            title.say(text, at, height, (1 - _TOKENS) * across[0])

    def values(self) -> Mapping[str, float]:
        """Return the probabilities shown, by the tokens' names."""
        return {self.names[k]: float(self.probabilities[k]) for k in self.order}


def _percent(share: float) -> str:
    """Return a probability as it is written."""
    number = f"{100 * share:.{0 if share >= 0.0995 or share == 0 else 1}f}"
    return words.word("percent", number=words.number(number))


def _checked(logits: ArrayLike) -> FloatArray:
    values = np.array(logits, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(
            f"logits are finite numbers, one a token, of shape (n_tokens,), not {values.shape}"
        )
    return values
