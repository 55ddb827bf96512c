"""One head's attention pattern while a network learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.attention.pattern import AttentionPattern
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.network import Report, attention_head

__all__ = ["PatternPanel"]


class PatternPanel(Panel):
    """One head's attention pattern for given tokens, from report to report.

    At a report it is the pattern that the report's network computes. On the way to the next one
    weights go straight from one pattern to the other, so that those of a row always add up to 1.
    What a mask hides is grey.

    Parameters
    ----------
    tokens : array_like
        What the network reads: integers, shape (n,).
    block : str, optional
        Name of the block with attention, such as "block0.attention".
    head : int, optional
        Index of the head, from 0.
    width, height : float, optional
        Size of the panel, in scene units. The pattern is as large as fits.
    names : sequence of str, optional
        What tokens are called, by their numbers; the numbers by default.
    queries : sequence of int, optional
        Positions of the tokens that ask, a row each; all by default.
    view : {"dots", "cells"}, optional
        "dots" or "cells", as for `AttentionPattern`.
    title : str, optional
        What stands above; the head's number by default.
    style : NetworkStyle, optional
        Colours and writing.

    Raises
    ------
    ValueError
        If there are no tokens, or one has no name, or a query is none of their positions.

    Examples
    --------
    >>> from nnviz import PatternPanel
    >>> from nnviz.network import recorded
    >>> training = recorded("sort")
    >>> panel = PatternPanel([3, 1, 4, 1, 5, 9, 2, 6], head=1).show_report(training[-1])
    >>> forward = training[-1].network.with_inputs(8).forward_pass(panel.tokens)
    >>> bool((panel.pattern.pattern == forward["block0.attention.pattern"][1]).all())
    True
    """

    def __init__(
        self,
        tokens: ArrayLike,
        block: str = "block0.attention",
        head: int = 0,
        width: float = 4.0,
        height: float = 4.0,
        *,
        names: Sequence[str] | None = None,
        queries: Sequence[int] | None = None,
        view: Literal["dots", "cells"] = "dots",
        title: str | None = None,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        super().__init__(width, height, self.style.writing)
        self.tokens = np.asarray(tokens)
        if self.tokens.ndim != 1 or not self.tokens.size or self.tokens.dtype.kind not in "iu":
            raise ValueError(
                f"tokens are integers of shape (n,), at least one, not {self.tokens.dtype} of "
                f"shape {self.tokens.shape}"
            )
        self.block, self.head, self.view = block, head, view
        self._words = called(self.tokens, names)
        count = len(self.tokens)
        self.queries = list(range(count) if queries is None else queries)
        if not self.queries or not all(-count <= query < count for query in self.queries):
            raise ValueError(
                f"queries are positions of the {count} tokens, from 0 to {count - 1}, at least "
                f"one, not {self.queries}"
            )
        self._title = words.word("head", number=head + 1) if title is None else title

    @property
    def pattern(self) -> AttentionPattern | None:
        """The pattern on screen; None as long as nothing has been shown."""
        shown = self[1] if len(self) > 1 else None
        return shown if isinstance(shown, AttentionPattern) else None

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks that have no such head, or do not read these tokens."""
        for report in reports[:1]:
            self.measure(report)

    def measure(self, report: Report) -> FloatArray:
        """Return the weights, shape (queries, keys); NaN where a mask hides a key."""
        network = report.network
        if network.input_shape != self.tokens.shape:
            network = network.with_inputs(self.tokens.shape)
        forward = network.forward_pass(self.tokens)
        computed = attention_head(network, forward, self.block, self.head)
        weights = np.where(computed.hidden, np.nan, computed.pattern)
        if weights.shape != (len(self.tokens),) * 2:
            raise ValueError(
                f"{self.block} has a pattern of shape {weights.shape}, which is none of "
                f"{len(self.tokens)} tokens that see each other"
            )
        return weights[self.queries]

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Show the last pattern, or one on the way to the next."""
        values = past[-1] + share * (after - past[-1]) if share else past[-1]
        if self.pattern is None:
            self.add(self._made(values))
        else:
            self.pattern.show_pattern(np.nan_to_num(values))

    def _made(self, values: FloatArray) -> AttentionPattern:
        """Return the pattern where the panel is now."""
        width, height = self.size
        size, made = max(width, height), self._of_size(values, max(width, height))
        for _ in range(4):  # letters do not shrink as cells do
            fits = min(width / made.width, height / made.height)
            if fits >= 1:
                break
            size *= 0.995 * fits
            made = self._of_size(values, size)
        lower_left, lower_right = self.place([(0, 0), (width, 0)])
        along = lower_right - lower_left
        made.scale(min(1.0, width / made.width, height / made.height) * self.enlargement)
        made.rotate(float(np.arctan2(along[1], along[0])))
        return made.move_to(self.place([(width / 2, height / 2)])[0])

    def _of_size(self, values: FloatArray, size: float) -> AttentionPattern:
        return AttentionPattern(
            np.nan_to_num(values),
            [self._words[query] for query in self.queries],
            self._words,
            view=self.view,
            size=size,
            title=self._title,
            hidden=np.isnan(values),
            style=self.style,
        )


def called(tokens: Any, names: Sequence[str] | None) -> list[str]:
    """Return the names of tokens.

    Parameters
    ----------
    tokens : object
        Integers.
    names : sequence of str or None
        By their numbers; the numbers if None.

    Raises
    ------
    ValueError
        If one has no name.
    """
    found = [int(token) for token in tokens]
    if names is None:
        return [str(token) for token in found]
    for token in found:
        if not 0 <= token < len(names):
            raise ValueError(
                f"token {token} has no name: there are {len(names)} names, from 0 to "
                f"{len(names) - 1}"
            )
    return [str(names[token]) for token in found]
