"""What a network of two inputs makes of the plane: its regions, and the data in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from manim import ParsableManimColor, Rectangle, VGroup, VMobject, config
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.chart_colors import background, class_colors, ink, tint
from nnviz.mobjects.charts.labels import are_classes, labels_of
from nnviz.mobjects.charts.legend import Legend
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.charts.plot import Plot
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import PixelImage
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report

__all__ = ["DecisionBoundary"]

#: Share of the class's colour in its region; the rest is background.
_TINT = 0.5
#: Device pixels for a point at which the engine computes, and points a side at most.
_PIXELS_A_POINT, _MOST_POINTS = 2, 240
#: Activations to keep in memory at a time.
_AT_A_TIME = 4_000_000
#: Shades of data points of a regression.
_SHADES = 16
#: Corners of the classes' signs, in turn: circles are polygons of many.
_CORNERS = (24, 4, 3, 5, 6)


class DecisionBoundary(Panel):
    """The plane of two inputs, coloured by the network's output at each point, with the data.

    A network with one sigmoid output has two regions, with several outputs one for each that is
    the largest somewhere; any other single output is a shade between two colours, from the least
    desired output to the largest. The regions are one image, computed by the engine at the centres
    of its pixels in one go. Between two reports outputs are blended, and so the regions move.

    Classes have colours that people with any colour vision deficiency can tell apart, and signs of
    different forms, which a legend names. Ticks at round values say where things are.

    Parameters
    ----------
    x : array_like
        Inputs of the examples shown, shape (n, 2).
    y : array_like
        Their classes, whole numbers of shape (n,) or rows of shape (n, classes); or numbers of
        shape (n,) or (n, 1) for a regression.
    width, height : float, optional
        Size of the panel, in scene units, with axes and legend.
    names : sequence of str, optional
        Names of the classes, for the legend; there is none without.
    axes : bool, optional
        Whether there are ticks with numbers, and names; else the plane fills the panel.
    x_name, y_name : str, optional
        Names of the two inputs.
    blend : bool, optional
        Whether colours are mixed by probabilities, instead of that of the likeliest class alone.
        For sigmoid and softmax outputs, which are.
    x_range, y_range : (float, float), optional
        What of the plane is shown, (low, high) each; by default the data with a margin.
    resolution : int, optional
        Points along the height at which the engine computes. By default one for two pixels of the
        picture, at most 240.
    colors : sequence of color, optional
        One a class, or the two ends of a regression.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    ValueError
        If the shapes do not fit, a range is empty, a class has no name, or there is no room for
        axes.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz import DecisionBoundary, Network
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> panel = DecisionBoundary(x, y, resolution=50)
    >>> for report in Network.random([2, 4, 1], seed=1).sgd(x, y, epochs=3):
    ...     _ = panel.show_report(report)
    >>> panel.image.pixels.shape
    (50, 50, 3)
    """

    image: Part[PixelImage] = Part(1, doc="The regions.")
    signs: Part[VGroup] = Part(2, doc="The examples: a path a class.")
    plot: Part[VGroup] = Part(4, doc="The axes: a :class:`Plot`, or empty.")
    legend: Part[VGroup] = Part(5, doc="A group a class that has a name, its sign and the name.")

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        width: float = 4.0,
        height: float = 4.0,
        *,
        names: Sequence[str] | None = None,
        axes: bool = True,
        x_name: str = "x1",
        y_name: str = "x2",
        blend: bool = False,
        x_range: tuple[float, float] | None = None,
        y_range: tuple[float, float] | None = None,
        resolution: int | None = None,
        colors: Sequence[ParsableManimColor] | None = None,
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        points, targets = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"x must have shape (n, 2), two inputs an example, not {points.shape}")
        if len(targets) != len(points):
            raise ValueError(f"{len(points)} examples in x, but {len(targets)} in y")
        self.blend = blend
        self.colors = None if colors is None else class_colors(max(2, len(colors)), colors)
        ranges = (x_range, y_range)
        self.low, self.high = np.array(
            [_range(values, given) for values, given in zip(points.T, ranges, strict=True)]
        ).T
        #: Limit of the desired outputs, for shades.
        self.limits = (float(targets.min()), float(targets.max()))
        #: Names of the classes; empty if they have none.
        self.names = _names(names, targets)
        plot = VGroup()
        #: Lower left and upper right of the plane, from the lower left of the box.
        self.inside = np.array([[0.0, 0.0], self.size])
        if axes:
            plot = Plot(self, x_name, y_name, grid=False, above=bool(self.names))
            self.inside = plot.inside
            plot.set_ranges(self, self.low, self.high)
        elif self.names:
            raise ValueError("names stand above the axes: leave them out, or axes=False")
        width, height = (self.inside[1] - self.inside[0]).tolist()
        rows = _resolution(height) if resolution is None else resolution
        if rows < 2:
            raise ValueError(f"resolution must be 2 or more, not {rows}")
        #: Where the engine computes, row by row from the upper left: shape (rows, columns, 2).
        self.grid = self._grid(rows, max(2, round(rows * width / height)))
        blank = np.broadcast_to(background().to_rgb(), (*self.grid.shape[:2], 3))
        image = PixelImage(blank, height, channel_axis=2).stretch_to_fit_width(width)
        frame = Rectangle(width=width, height=height, stroke_color=ink(), stroke_width=stroke(2))
        (middle,) = self.place([self.inside.mean(axis=0)])
        signs = self._signs(points, targets)
        self.add(image.move_to(middle), signs, frame.move_to(middle), plot)
        self.add(self._legend(signs) if self.names else VGroup())

    def expect(self, reports: Sequence[Report]) -> None:
        """Refuse networks that have other inputs, or no probabilities to blend."""
        for report in reports[:1]:
            network = report.network
            if network.input_shape != (2,):
                raise ValueError(
                    f"a decision boundary is drawn for two inputs, and {network!r} takes "
                    f"{network.input_shape}"
                )
            if self.names and network.is_classifier:
                count = max(2, network.output_shape[0])
                if len(self.names) != count:
                    raise ValueError(f"{len(self.names)} names for {count} classes of {network!r}")
            output = network.activations[-1].name
            if self.blend and network.output_shape != (1,) and output not in ("sigmoid", "softmax"):
                raise ValueError(
                    f"blend=True mixes colours by probabilities, and {output} outputs are none: "
                    "end the network with a sigmoid or softmax"
                )

    def measure(self, report: Report) -> FloatArray:
        """Return the outputs in the grid: a number each for a regression, else one a class."""
        network, points = report.network, self.grid.reshape(-1, 2)
        size = max(1024, _AT_A_TIME // max(network.sizes))
        outputs = np.concatenate(
            [
                network.feedforward(points[start : start + size])
                for start in range(0, len(points), size)
            ]
        ).reshape(*self.grid.shape[:2], -1)
        if outputs.shape[2] > 1:
            return outputs
        alone = outputs[..., 0]
        return np.stack([1 - alone, alone], axis=2) if network.is_classifier else alone

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Colour the plane by outputs between two reports."""
        outputs = past[-1] + share * (after - past[-1]) if share else past[-1]
        self.image.pixels = np.rint(255 * self._colored(outputs)).astype(np.uint8)

    def _colored(self, outputs: FloatArray) -> FloatArray:
        if outputs.ndim == 2:
            return _shaded(outputs, self.limits, self._tints(2))
        tints = self._tints(outputs.shape[2])
        if not self.blend:
            colored: FloatArray = tints[np.argmax(outputs, axis=2)]
            return colored
        shares = outputs / np.maximum(outputs.sum(axis=2, keepdims=True), 1e-12)
        mixed: FloatArray = (shares @ tints).clip(0, 1)
        return mixed

    def _tints(self, count: int) -> FloatArray:
        return np.array([tint(color, _TINT) for color in class_colors(count, self.colors)])

    def _grid(self, rows: int, columns: int) -> FloatArray:
        across = (np.arange(columns) + 0.5) / columns
        down = (np.arange(rows) + 0.5) / rows
        (x_low, y_low), (x_high, y_high) = self.low, self.high
        xs, ys = np.meshgrid(x_low + across * (x_high - x_low), y_high - down * (y_high - y_low))
        return np.stack([xs, ys], axis=2)

    def _signs(self, points: FloatArray, targets: FloatArray) -> VGroup:
        """Return the examples: one path a class, or a shade."""
        inside = ((points >= self.low) & (points <= self.high)).all(axis=1)
        points, targets = points[inside], targets[inside]
        low, extent = self.inside[0], self.inside[1] - self.inside[0]
        radius = 0.2 / max(len(points), 1) ** 0.25 * min(1.0, min(self.size) / 3)
        radius = float(np.clip(radius, 0.025, 0.1))
        if are_classes(targets):
            groups = labels_of(targets)
            count = max(int(groups.max(initial=0)) + 1, len(self.names))
            paints = np.array([color.to_rgb() for color in class_colors(count, self.colors)])
            corners = [_CORNERS[k % len(_CORNERS)] for k in range(count)]
        else:
            least, most = self.limits
            shares = (targets.ravel() - least) / ((most - least) or 1.0)
            groups = (shares * (_SHADES - 1)).round().astype(np.int64)
            ends = np.array([color.to_rgb() for color in class_colors(2, self.colors)])
            paints = _shaded(np.linspace(0, 1, _SHADES)[None], (0, 1), ends)[0]
            corners = [_CORNERS[0]] * _SHADES
        signs = VGroup()
        for k, (paint, n) in enumerate(zip(paints, corners, strict=True)):
            sign = VMobject(fill_opacity=1, stroke_width=stroke(1.5), stroke_color=background())
            sign.set_fill(_hex(paint))
            # Not over the frame, however close to it the example is.
            spots = (points[groups == k] - self.low) / (self.high - self.low) * extent
            for place in self.place(low + spots.clip(radius, extent - radius)):
                sign.points = np.concatenate([sign.points, _polygon(n, radius) + place])
            signs.add(sign)
        return signs

    def _legend(self, signs: VGroup) -> Legend:
        """Return the names above the axes, at the right, beside the name of the upward one."""
        plot = self.plot
        assert isinstance(plot, Plot)
        outlines = [_polygon(_CORNERS[k % len(_CORNERS)], 1.0) for k in range(len(self.names))]
        marks = [VMobject().match_style(sign) for sign in signs]
        legend = Legend(self, self.names, marks, outlines)
        (left, _), (right, top) = self.inside
        letter = plot.letter
        room = right - left - plot.width_of_name()
        legend.draw(self, right, top + 1.4 * letter, letter, room)
        return legend


def _names(names: Sequence[str] | None, targets: FloatArray) -> tuple[str, ...]:
    """Return the names of classes, which have to be as many as there are classes."""
    if names is None:
        return ()
    if not are_classes(targets):
        raise ValueError("names are of classes, and y holds numbers: leave the names out")
    most = int(labels_of(targets).max()) + 1
    if len(names) < most:
        raise ValueError(f"{len(names)} names for {most} classes in y")
    return tuple(map(str, names))


def _hex(rgb: FloatArray) -> str:
    return "#" + "".join(f"{round(255 * part):02X}" for part in rgb)


def _shaded(values: FloatArray, limits: tuple[float, float], ends: FloatArray) -> FloatArray:
    """Return colours from one end to the other, shape (*values.shape, 3)."""
    low, high = limits
    shares = ((values - low) / ((high - low) or 1.0)).clip(0, 1)[..., None]
    shaded: FloatArray = ends[0] + shares * (ends[1] - ends[0])
    return shaded


def _polygon(corners: int, radius: float) -> NDArray[np.float64]:
    """Return the points of a regular polygon about the origin, one corner up, shape (4 n, 3)."""
    # As large as a circle, by area.
    radius *= float(np.sqrt(2 * np.pi / (corners * np.sin(2 * np.pi / corners))))
    angles = np.pi / 2 + 2 * np.pi * np.arange(corners + 1) / corners
    outline = radius * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(corners + 1)])
    points: FloatArray = VMobject().set_points_as_corners(outline).points
    return points


def _range(values: FloatArray, given: tuple[float, float] | None) -> tuple[float, float]:
    if given is not None:
        low, high = map(float, given)
        if not low < high:
            raise ValueError(f"a range needs low < high, not {given}")
        return low, high
    margin = 0.12 * float(np.ptp(values)) or 1.0
    return float(values.min()) - margin, float(values.max()) + margin


def _resolution(height: float) -> int:
    """Return how many points to compute along a height, by what the picture can show."""
    pixels = height / config.frame_height * config.pixel_height
    return int(np.clip(ceil(pixels / _PIXELS_A_POINT), 24, _MOST_POINTS))
