"""A token that was drawn, on its way from its bar to the end of the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manim import VGroup, linear

from nnviz.animations.presence import Presence
from nnviz.animations.tracks import rise
from nnviz.mobjects.attention import NextTokens, TokenRow
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["DrawToken"]

#: The shares of the time at which a token that was drawn leaves its bar, and arrives.
_LEAVES, _ARRIVES = 0.35, 0.9


class DrawToken(AtItsTurn):
    """A token that was drawn: its bar is highlighted, and it goes to the end of the text.

    Parameters
    ----------
    bars : NextTokens
        Bars that it was drawn from.
    row : TokenRow
        The text so far; the token is added to it.
    token : int
        The token that was drawn.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the token's bar is not shown.
    """

    def __init__(
        self,
        bars: NextTokens,
        row: TokenRow,
        token: int,
        run_time: float = 1.5,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if bars.row_of(token) is None:
            bars.copy().choose(token)  # which raises the error
        self._bars, self._row, self._token = bars, row, token
        super().__init__(VGroup(bars, row), run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Add the token at the end, still invisible."""
        bars, row = self._bars, self._row
        bars.choose(self._token)
        found = bars.row_of(self._token)
        assert found is not None
        bar_word: Any = bars.words[found]
        row.append(bars.names[self._token], self._token)
        self._word: Any = row.words[-1]
        self._box = Presence(row.boxes[-1], *row.ids[len(row.words) - 1 :])
        self._ends = bar_word.anchor() - [bar_word.width / 2, 0, 0], self._word.anchor()
        self._heights = (
            bar_word.width / bar_word.width_of(bar_word.text, 1.0),
            self._word.width / self._word.width_of(self._word.text, 1.0),
        )
        self._box.show(0)

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        way = rise(share, _LEAVES, _ARRIVES - _LEAVES)
        at = (1 - way) * self._ends[0] + way * self._ends[1]
        height = (1 - way) * self._heights[0] + way * self._heights[1]
        self._word.say(self._word.text, at, height)
        self._box.show(rise(share, _LEAVES, 1 - _LEAVES))
