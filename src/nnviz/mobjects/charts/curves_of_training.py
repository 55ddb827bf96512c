"""How the cost and the accuracy go on: curves over epochs, on axes that grow with them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from manim import Dot, ParsableManimColor, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.colors import class_colors, ink
from nnviz.mobjects.charts.labels import labels_of, targets_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import Plot, segments
from nnviz.mobjects.palette import stroke
from nnviz.network import Network, Report

__all__ = ["AccuracyCurve", "CostCurve"]

#: Inputs and desired outputs.
Examples = tuple[ArrayLike, ArrayLike]
#: How much more than the largest number the vertical axis shows.
_ROOM = 1.08
#: In the legend, in heights of letters: a curve's line, and about half of what is between names.
_LINE, _LEGEND_GAP = 1.6, 0.8


class _TrainingCurves(Panel):
    """One curve for each of several sets of examples, over the epochs of a training."""

    memory = None
    #: What is measured: at the axis, and in errors.
    quantity: ClassVar[str]

    def __init__(
        self,
        examples: Mapping[str, Examples] | None = None,
        width: float = 5.0,
        height: float = 3.0,
        *,
        log: bool = False,
        x_name: str = "epoch",
        colors: Sequence[ParsableManimColor] | None = None,
    ) -> None:
        super().__init__(width, height)
        self.log = log
        #: Names and examples of the curves; one of the reports' own numbers if there are none.
        self.examples = {
            name: (np.asarray(x), np.asarray(y)) for name, (x, y) in (examples or {}).items()
        }
        names = list(self.examples) or [""]
        plot = Plot(self, x_name, self.quantity, whole_x=True, log=log)
        curves, tips, legend = VGroup(), VGroup(), VGroup()
        for name, color in zip(names, class_colors(len(names), colors), strict=True):
            curves.add(VMobject(stroke_color=color, stroke_width=stroke(4)))
            tips.add(VMobject(fill_color=color, fill_opacity=1, stroke_width=0))
            if name:
                line = VMobject(stroke_color=color, stroke_width=stroke(6))
                legend.add(VGroup(line, Lettering(ink(), (1, 0))))
        self.add(plot, curves, tips, legend)
        self._draw_frame([0.0, *([np.nan] * len(names))])

    @property
    def plot(self) -> Plot:
        """The axes."""
        return self[1]  # type: ignore[return-value]

    @property
    def curves(self) -> VGroup:
        """A path a set of examples."""
        return self[2]  # type: ignore[return-value]

    @abstractmethod
    def _reported(self, report: Report) -> float | None:
        """Return the report's own number."""

    @abstractmethod
    def _computed(self, network: Network, x: FloatArray, y: FloatArray) -> float:
        """Compute the number for a set of examples."""

    def measure(self, report: Report) -> FloatArray:
        """Return the epoch and the number of each curve, NaN where nobody measured it."""
        if self.examples:
            values = [self._computed(report.network, x, y) for x, y in self.examples.values()]
        else:
            reported = self._reported(report)
            values = [np.nan if reported is None else reported]
        return np.array([report.epoch, *values], dtype=float)

    def expect(self, reports: Sequence[Report]) -> None:
        """Complain if nobody measured anything."""
        at_all = any(self._reported(report) is not None for report in reports)
        # What was there before the first epoch nobody has measured, as a rule.
        if not self.examples and not at_all and any(report.epoch for report in reports):
            raise ValueError(
                f"these reports say no {self.quantity}: record it, or let the engine compute it, "
                f'{type(self).__name__}({{"train": (x, y)}})'
            )

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Draw the curves up to a point between two measurements, and axes for what is seen."""
        tip = past[-1] + share * (after - past[-1])
        # A number that begins to be known at the next report is not known on the way to it.
        table = np.array([*past, tip] if share else past)
        self._draw_frame(table)

    def _draw_frame(self, table: ArrayLike) -> None:
        rows = np.atleast_2d(np.asarray(table, dtype=float))
        epochs, values = rows[:, 0], rows[:, 1:]
        self.plot.set_ranges(self, *self._ranges(epochs, values[np.isfinite(values)]))
        _, _, curves, tips, _ = self.submobjects
        outline = Dot(radius=0.28 * self.plot.letter * self.enlargement).points
        for curve, tip, series in zip(curves, tips, values.T, strict=True):
            known = np.isfinite(series)
            points = self.plot.points_at(self, epochs[known], series[known])
            if len(points) > 1:
                curve.points = segments(points[:-1], points[1:])
            else:
                curve.clear_points()
            tip.points = outline + points[-1] if len(points) else np.zeros((0, 3))
        self._draw_legend()

    def _draw_legend(self) -> None:
        """Put the curves' names at the upper right, beside the name of the axis."""
        legend = [*zip(self.examples, self.submobjects[4], strict=True)]
        (left, _), (x, top) = self.plot.inside
        letter = self.plot.letter
        # Smaller where there is too little room; lengths of lines and gaps in letters.
        widths = [word.width_of(name, 1.0) for name, (_, word) in legend]
        needed = sum(widths) + len(widths) * (_LINE + 2 * _LEGEND_GAP)
        room = x - left - self.plot.width_of_name()
        letter = min(letter, room / max(needed, 1.0))
        y = top + 1.4 * self.plot.letter
        for (name, (line, word)), width in zip(legend[::-1], widths[::-1], strict=True):
            word.say(name, self.place([(x, y)])[0], letter * self.enlargement)
            x -= (width + 0.6 * _LEGEND_GAP) * letter
            ends = self.place([(x - _LINE * letter, y), (x, y)])
            line.points = segments(ends[:1], ends[1:])
            x -= (_LINE + 1.4 * _LEGEND_GAP) * letter

    def _ranges(self, epochs: FloatArray, known: FloatArray) -> tuple[list[float], list[float]]:
        first, last = float(epochs[0]), float(epochs[-1])
        low, high = self._values_range(known)
        return [first, low], [max(last, first + 1), high]

    def _values_range(self, known: FloatArray) -> tuple[float, float]:
        if self.log:
            positive = known[known > 0]
            if not len(positive):
                return 0.1, 1.0
            least, most = float(positive.min()), float(positive.max())
            # A power of ten at least, so that something stands at the axis.
            return min(least / 1.25, most / 8), most * 1.25
        low, high = min(0.0, float(known.min(initial=0.0))), float(known.max(initial=0.0))
        return low * _ROOM, high * _ROOM or 1.0


class CostCurve(_TrainingCurves):
    """The cost from epoch to epoch, on axes that grow with the numbers.

    Parameters
    ----------
    examples
        What to compute the cost of, by name: ``{"train": (x, y), "test": (x_test, y_test)}``. By
        default the one curve is of what the reports say.
    width, height
        Of the panel, in scene units.
    log
        Whether the cost's axis is logarithmic; a cost of 0 stands at its lower end.
    x_name
        At the horizontal axis: "step", where reports are of steps.
    colors
        Of the curves.

    Raises
    ------
    ValueError
        If there is no room for axes.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz import CostCurve, Network
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> panel = CostCurve({"train": (x, y)})
    >>> for report in Network.random([2, 4, 1], seed=1).sgd(x, y, epochs=3):
    ...     _ = panel.show_report(report)
    >>> [int(epoch) for epoch, cost in panel.measured]
    [1, 2, 3]
    """

    quantity = "cost"

    def _reported(self, report: Report) -> float | None:
        return report.cost

    def _computed(self, network: Network, x: FloatArray, y: FloatArray) -> float:
        return network.cost(x, targets_of(y, network))


class AccuracyCurve(_TrainingCurves):
    """The share of examples in the right class, from epoch to epoch.

    Parameters
    ----------
    examples, width, height, x_name, colors
        As for :class:`CostCurve`.
    """

    quantity = "accuracy"

    def __init__(
        self,
        examples: Mapping[str, Examples] | None = None,
        width: float = 5.0,
        height: float = 3.0,
        *,
        x_name: str = "epoch",
        colors: Sequence[ParsableManimColor] | None = None,
    ) -> None:
        super().__init__(examples, width, height, x_name=x_name, colors=colors)

    def _reported(self, report: Report) -> float | None:
        return report.accuracy

    def _computed(self, network: Network, x: FloatArray, y: FloatArray) -> float:
        return network.accuracy(x, labels_of(y))

    def _values_range(self, known: FloatArray) -> tuple[float, float]:
        return 0.0, 1.0
