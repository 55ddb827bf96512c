"""What a network of one input computes, as a curve, with the data that it learns from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Dot, ParsableManimColor, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.chart_colors import CLASS_COLORS, class_colors
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import Plot, segments
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report

__all__ = ["FittedCurve"]

#: Points of the curve.
_POINTS = 161


class FittedCurve(Panel):
    """A network of one input as the curve that it computes, and the data.

    The curve is computed by the engine at 161 points; between two reports it is blended. What is
    above or below the axes stays at their ends.

    Parameters
    ----------
    x : array_like
        Inputs of the examples shown, shape (n,) or (n, 1).
    y : array_like
        Desired outputs, shape (n,) or (n, outputs).
    width, height : float, optional
        Size of the panel, in scene units.
    x_name, y_name : str, optional
        Words at the axes.
    colors : sequence of color, optional
        Colours of the examples and the curves, one an output.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is no room for axes.
    """

    plot: Part[Plot] = Part(1, doc="The axes.")
    curves: Part[VGroup] = Part(3, doc="A path an output.")

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        width: float = 5.0,
        height: float = 4.0,
        *,
        x_name: str = "",
        y_name: str = "",
        colors: Sequence[ParsableManimColor] | None = None,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        inputs, targets = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if inputs.size != len(inputs) or not len(inputs):
            raise ValueError(f"x must have shape (n,) or (n, 1), one input, not {inputs.shape}")
        if len(targets) != len(inputs):
            raise ValueError(f"{len(inputs)} examples in x, but {len(targets)} in y")
        inputs, targets = inputs.ravel(), targets.reshape(len(inputs), -1)
        plot = Plot(self, x_name, y_name)
        low, high = float(inputs.min()), float(inputs.max())
        margin = 0.04 * (high - low) or 1.0
        room = 0.15 * float(np.ptp(targets)) or 1.0
        plot.set_ranges(
            self,
            (low - margin, float(targets.min()) - room),
            (high + margin, float(targets.max()) + room),
        )
        #: Where the engine computes, shape (points, 1).
        self.inputs = np.linspace(low - margin, high + margin, _POINTS)[:, None]
        examples, curves = VGroup(), VGroup()
        radius = float(np.clip(0.16 / len(inputs) ** 0.25, 0.03, 0.07))
        for color, values in zip(class_colors(targets.shape[1], colors), targets.T, strict=True):
            dots = VMobject(fill_color=color, fill_opacity=0.75, stroke_width=0)
            outline = Dot(radius=radius).points
            places = plot.points_at(self, inputs, values)
            dots.points = (outline + places[:, None]).reshape(-1, 3)
            examples.add(dots)
            # One curve among many dots is seen best in another colour than theirs.
            alone = targets.shape[1] == 1 and colors is None
            color = CLASS_COLORS[1] if alone else color
            curves.add(VMobject(stroke_color=color, stroke_width=stroke(6)))
        self.add(plot, examples, curves)

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks of other inputs and outputs."""
        for report in reports[:1]:
            network, outputs = report.network, len(self.curves)
            if network.input_shape != (1,) or network.output_shape != (outputs,):
                raise ValueError(
                    f"the curve is that of a network of 1 input and {outputs} outputs, as the "
                    f"examples have them, not of {network!r}"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return the outputs at all points, shape (points, outputs)."""
        return report.network.feedforward(self.inputs)

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Draw the curves between two reports."""
        outputs = past[-1] + share * (after - past[-1])
        for curve, values in zip(self.curves, outputs.T, strict=True):
            points = self.plot.points_at(self, self.inputs[:, 0], values)
            curve.points = segments(points[:-1], points[1:])
