"""What a network costs, as a number that counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.labels import targets_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report

__all__ = ["CostNumber"]


class CostNumber(Panel):
    """The cost of a network: a name, and a number that counts from one report to the next.

    As a curve over the epochs there is :class:`CostCurve`.

    Parameters
    ----------
    examples : (array_like, array_like), optional
        Examples for the cost: ``(x, y)``, one example or many. By default what the
        reports say is shown.
    width, height : float, optional
        Size of the panel, in scene units.
    name : str, optional
        What stands left of the number.
    decimals : int, optional
        Number of decimals.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Examples
    --------
    >>> from nnviz import CostNumber, Network
    >>> network = Network.random([2, 3, 1], seed=0)
    >>> panel = CostNumber(([0.0, 1.0], [1.0])).show_network(network)
    >>> panel.number.text == f"{network.cost([0.0, 1.0], [1.0]):.3f}"
    True
    """

    number: Part[Lettering] = Part(2, doc="The number, as a text.")

    def __init__(
        self,
        examples: tuple[ArrayLike, ArrayLike] | None = None,
        width: float = 3.0,
        height: float = 0.6,
        *,
        name: str | None = None,
        decimals: int = 3,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.examples = None if examples is None else tuple(map(np.asarray, examples))
        self._name = words.word("cost") if name is None else name
        self._decimals = decimals
        self.add(Lettering(ink(), (-1, 0), writing), Lettering(ink(), (-1, 0), writing))
        self._draw(None)

    def expect(self, reports: Sequence[Report]) -> None:
        """Raise an error if there is no cost."""
        told = any(report.cost is not None for report in reports)
        if self.examples is None and not told and any(report.epoch for report in reports):
            raise ValueError(
                "these reports say no cost: record it, or let the engine compute it, "
                "CostNumber((x, y))"
            )

    def measure(self, report: Report) -> FloatArray:
        """Return the cost, shape (1,); NaN where it was not measured."""
        if self.examples is None:
            return np.array([np.nan if report.cost is None else report.cost])
        x, y = self.examples
        network = report.network
        is_one = not network.input_shape or x.ndim == len(network.input_shape)
        return np.array([network.cost(x, y if is_one else targets_of(y, network))])

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Show a number on the way from the last report's to the next one's."""
        now, then = float(past[-1][0]), float(after[0])
        counted = now + share * (then - now) if share and not np.isnan(then) else now
        self._draw(None if np.isnan(counted) else counted)

    def _draw(self, number: float | None) -> None:
        _, name, digits = self.submobjects
        width, height = self.size
        size = min(0.28, 0.6 * height)
        start = (
            min(name.width_of(self._name, size) + 1.2 * size, 0.6 * width) if self._name else 0.0
        )
        left, right = self.place([(0, height / 2), (start, height / 2)])
        larger = self.enlargement
        name.say(self._name, left, size * larger, max(start - size, 0.4 * start) * larger)
        text = "" if number is None else words.number(f"{number:.{self._decimals}f}")
        text = text.replace("-", "\N{MINUS SIGN}")
        digits.say(text, right, size * larger, (width - start) * larger)
