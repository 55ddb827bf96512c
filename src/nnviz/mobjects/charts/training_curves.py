"""How the cost and the accuracy go on: curves over the epochs of a training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from manim import Dot, ParsableManimColor, VGroup, VMobject
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from nnviz import words
from nnviz.mobjects.charts.chart_colors import class_colors, ink
from nnviz.mobjects.charts.labels import labels_for, targets_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import Plot, letter_of, segments
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Network, Report

__all__ = ["AccuracyCurve", "CostCurve"]

#: Inputs and desired outputs.
Examples = tuple[ArrayLike, ArrayLike]
#: How much more than the largest number the vertical axis shows.
_ROOM = 1.08
#: In heights of letters: from a curve's tip to its name, and from one name to the next.
_LEADER, _LINE_HEIGHT = 1.4, 1.5
#: Names take at most this share of the panel's width.
_NAMES = 0.3


class _TrainingCurves(Panel):
    """One curve for each of several sets of examples, over the epochs of a training."""

    memory = None
    #: What is measured: at the axis the word of this key, and in errors.
    quantity: ClassVar[str]

    plot: Part[Plot] = Part(1, doc="The axes.")
    curves: Part[VGroup] = Part(2, doc="A path a set of examples.")
    labels: Part[VGroup] = Part(
        4, doc="A group a curve that has a name: a line from the curve's tip, and the name."
    )

    def __init__(
        self,
        examples: Mapping[str, Examples] | None = None,
        width: float = 5.0,
        height: float = 3.0,
        *,
        log: bool = False,
        epochs: int | None = None,
        x_name: str | None = None,
        colors: Sequence[ParsableManimColor] | None = None,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.log = log
        self._epochs = epochs
        #: Names and examples of the curves; one of the reports' own numbers if there are none.
        self.examples = {
            name: (np.asarray(x), np.asarray(y)) for name, (x, y) in (examples or {}).items()
        }
        names = list(self.examples) or [""]
        #: Measurements that will be shown, if they are known.
        self._ahead = np.empty((0, 1 + len(names)))
        word = Lettering(ink(), writing=writing)
        widest, letter = max(word.width_of(name, 1.0) for name in names), letter_of(self)
        #: How high a digit is in the curves' names, as the box is at the beginning.
        self._letter = min(letter, _NAMES * width / max(widest, 1.0), height / (3 * len(names)))
        # There is some room at the right anyway.
        right = max(0.0, (widest + _LEADER) * self._letter - 1.5 * letter) if widest else 0.0
        x_name = words.word("epoch") if x_name is None else x_name
        y_name = words.word(self.quantity)
        plot = Plot(self, x_name, y_name, whole_x=True, log=log, right=right)
        curves, tips, labels = VGroup(), VGroup(), VGroup()
        for name, color in zip(names, class_colors(len(names), colors), strict=True):
            curves.add(VMobject(stroke_color=color, stroke_width=stroke(4)))
            tips.add(VMobject(fill_color=color, fill_opacity=1, stroke_width=0))
            if name:
                line = VMobject(stroke_color=color, stroke_width=stroke(3))
                labels.add(VGroup(line, Lettering(ink(), (-1, 0), writing)))
        self.add(plot, curves, tips, labels)
        self._draw_frame([0.0, *([np.nan] * len(names))])

    @abstractmethod
    def _reported(self, report: Report) -> float | None:
        """Return the report's own number."""

    @abstractmethod
    def _computed(self, network: Network, x: FloatArray, y: FloatArray) -> float:
        """Return the number, computed for a set of examples."""

    def measure(self, report: Report) -> FloatArray:
        """Return the epoch and the number of each curve, NaN where it was not measured."""
        if self.examples:
            values = [self._computed(report.network, x, y) for x, y in self.examples.values()]
        else:
            reported = self._reported(report)
            values = [np.nan if reported is None else reported]
        return np.array([report.epoch, *values], dtype=float)

    def expect(self, reports: Sequence[Report]) -> None:
        """Raise an error if nothing was measured."""
        at_all = any(self._reported(report) is not None for report in reports)
        # As a rule, nothing was measured before the first epoch.
        if not self.examples and not at_all and any(report.epoch for report in reports):
            raise ValueError(
                f"these reports say no {self.quantity}: record it, or let the engine compute it, "
                f'{type(self).__name__}({{"train": (x, y)}})'
            )

    def foresee(self, measured: Sequence[FloatArray]) -> None:
        """Let the axes reach as far as all measurements, from the beginning."""
        self._ahead = np.array(measured, dtype=float)

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Draw the curves up to a point between two measurements, and axes for what is seen."""
        tip = past[-1] + share * (after - past[-1])
        # A number that begins to be known at the next report is not known on the way to it.
        table = np.array([*past, tip] if share else past)
        self._draw_frame(table)

    def _draw_frame(self, table: ArrayLike) -> None:
        rows = np.atleast_2d(np.asarray(table, dtype=float))
        epochs, values = rows[:, 0], rows[:, 1:]
        known_rows = np.concatenate([self._ahead, rows])
        known_values = known_rows[:, 1:]
        self.plot.set_ranges(
            self, *self._ranges(known_rows[:, 0], known_values[np.isfinite(known_values)])
        )
        _, _, curves, tips, _ = self.submobjects
        outline = Dot(radius=0.28 * self.plot.letter * self.enlargement).points
        spots: list[FloatArray] = []
        for curve, tip, series in zip(curves, tips, values.T, strict=True):
            known = np.isfinite(series)
            points = self.plot.points_at(self, epochs[known], series[known])
            if len(points) > 1:
                curve.points = segments(points[:-1], points[1:])
            else:
                curve.clear_points()
            tip.points = outline + points[-1] if len(points) else np.zeros((0, 3))
            spots.append(self.plot.spots(epochs[known][-1:], series[known][-1:]).ravel())
        self._draw_labels(spots, known_rows[np.argmax(known_rows[:, 0]), 1:])

    def _draw_labels(self, spots: Sequence[FloatArray], last: FloatArray) -> None:
        """Put names beside the curves' tips, in the order of their last values known.

        That order stays while a training is shown, and so no name jumps over another. Names that
        would meet are moved apart, by as little as possible.

        Parameters
        ----------
        spots : sequence of ndarray of float
            Where the tips are in the box, shape (2,) each, or empty where there is none.
        last : ndarray of float
            The last values, one a curve.
        """
        shown = [k for k, spot in enumerate(spots) if len(spot)]
        shown.sort(key=lambda k: (np.nan_to_num(last[k]), -k))
        letter, (_, bottom), (_, top) = self._letter, *self.plot.inside
        step = _LINE_HEIGHT * letter
        heights = np.array([spots[k][1] for k in shown])
        if shown and self.examples:
            room = np.arange(len(shown)) * step
            least, most = bottom + 0.5 * letter, top - 0.5 * letter - room[-1]
            heights = isotonic_regression(heights - room).x.clip(least, max(least, most)) + room
        at = dict(zip(shown, heights.tolist(), strict=True))
        for k, (name, (line, word)) in enumerate(zip(self.examples, self.labels, strict=True)):
            if k not in at:
                line.clear_points()
                word.say("", self.place([(0, 0)])[0], 0)
                continue
            x, y = spots[k]
            start, end, place = self.place(
                [(x, y), (x + 0.75 * _LEADER * letter, at[k]), (x + _LEADER * letter, at[k])]
            )
            line.points = segments(start[None], end[None])
            word.say(name, place, letter * self.enlargement)

    def _ranges(self, epochs: FloatArray, known: FloatArray) -> tuple[list[float], list[float]]:
        first, last = float(epochs.min()), float(epochs.max())
        low, high = self._values_range(known)
        return [first, low], [max(last, first + 1, self._epochs or 0), high]

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
    """The cost from epoch to epoch, with a name at each curve's end.

    In a :class:`~nnviz.animations.train.Train` the axes are those of the whole training from its
    beginning. Shown report by report they grow with the numbers.

    Parameters
    ----------
    examples : mapping of str to (array_like, array_like), optional
        What to compute the cost of, by name: ``{"train": (x, y), "test": (x_test, y_test)}``. By
        default the one curve is of what the reports say.
    width, height : float, optional
        Size of the panel, in scene units.
    log : bool, optional
        Whether the cost's axis is logarithmic; a cost of 0 stands at its lower end.
    epochs : int, optional
        Where the horizontal axis ends, at least. By default at the last epoch that is known.
    x_name : str, optional
        Name of the horizontal axis: "step", where reports are of steps.
    colors : sequence of color, optional
        Colours of the curves.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

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
    examples : mapping of str to (array_like, array_like), optional
        What to compute the accuracy of, by name. By default the one curve is of what the reports
        say.
    width, height : float, optional
        Size of the panel, in scene units.
    epochs : int, optional
        Where the horizontal axis ends, at least. By default at the last epoch that is known.
    x_name : str, optional
        Name of the horizontal axis: "step", where reports are of steps.
    colors : sequence of color, optional
        Colours of the curves.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.
    """

    quantity = "accuracy"

    def __init__(
        self,
        examples: Mapping[str, Examples] | None = None,
        width: float = 5.0,
        height: float = 3.0,
        *,
        epochs: int | None = None,
        x_name: str | None = None,
        colors: Sequence[ParsableManimColor] | None = None,
        writing: Writing = "text",
    ) -> None:
        super().__init__(
            examples, width, height, epochs=epochs, x_name=x_name, colors=colors, writing=writing
        )

    def _reported(self, report: Report) -> float | None:
        return report.accuracy

    def _computed(self, network: Network, x: FloatArray, y: FloatArray) -> float:
        return network.accuracy(x, labels_for(y, network))

    def _values_range(self, known: FloatArray) -> tuple[float, float]:
        return 0.0, 1.0
