"""The products and the sum behind one unit of a convolution, or a pooling's window, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Arrow,
    Line,
    ManimColor,
    Square,
    VGroup,
    VMobject,
    config,
)
from numpy.typing import NDArray

from nnviz import words
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.network.layer_mobjects import shortened, three_dots
from nnviz.mobjects.network.matrix_cells import CellGrid, height_in_cells, widest
from nnviz.mobjects.network.receptive_field_frames import WindowLayer, window_layer
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.baselines import put_on_a_line
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLACK, WHITE
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.mobjects.primitives.writing import plain_signs, written
from nnviz.network import Conv2D, MaxPool2D, Network, UnitSum, UnitSums

__all__ = ["ConvolutionSum"]

#: Natural sizes, in scene units, before all is scaled into its box.
_CELL, _SIGN, _GAP, _NUMBER, _CAPTION = 0.6, 0.2, 0.25, 0.3, 0.18
#: How many of the numbers below stand before the activation: sum, bias, z.
_BEFORE_ACTIVATION = 3
#: Grids are at most so high and wide; of larger windows the cells are smaller.
_MOST_HEIGHT, _MOST_WIDTH = 3.0, 4.0


class ConvolutionSum(ShownInNotebooks, VGroup):
    """What one unit of a convolution computes, as grids of cells: window times kernel is products.

    Below stand their sum, the bias, the pre-activation z and the activation. A pooling has its
    window alone, with the largest number marked, or the sum of the numbers over their count. All
    numbers are the engine's. A cell's shade says its value: a window's is that of its map, a
    kernel's and a product's is blue above 0 and red below, as edges are. Cells in the padding are
    fainter, and left out where they do not count.

    Parameters
    ----------
    network : Network
        The engine.
    layer : int
        Index into ``network.layers`` of a convolution or a pooling.
    x : array_like or mapping from str to array_like
        One input, shape (*network.input_shape,), as `Network.forward_pass` takes it.
    channel, row, column : int, optional
        Place of the unit, counted from 0; `row` and `column` are near the middle by default.
    style : NetworkStyle, optional
        Style of the picture; by default the style for the background.
    decimals : int, optional
        In cells; None for two, or one where two have no room, or no numbers at all where one has
        none: :attr:`has_numbers` says so.
    max_channels : int, optional
        So many of the channels that the unit looks at are shown, with dots for the others. The sum
        is over all of them.
    fit : (float, float), optional
        The box, (width, height) in scene units, that it is shrunk into; the frame with half a unit
        to spare by default.

    Raises
    ------
    ValueError
        If the layer has no windows, there is no such unit, the input does not fit, or there is no
        room for numbers of as many decimals as were asked for.

    Examples
    --------
    >>> from nnviz import pretrained
    >>> from nnviz.mobjects.network import ConvolutionSum
    >>> network = pretrained("cnn")
    >>> x = np.linspace(0, 1, 784).reshape(1, 28, 28)
    >>> figure = ConvolutionSum(network, 0, x, channel=3, row=10, column=12)
    >>> z = network.forward_pass(x).zs[0][3, 10, 12]
    >>> bool(np.isclose(figure.total[2].number, z))
    True
    """

    total: Part[VGroup] = Part(
        3, doc="The numbers below: sum, bias, z, a; the largest; or sum, count, mean."
    )

    def __init__(
        self,
        network: Network,
        layer: int,
        x: npt.ArrayLike | Mapping[str, npt.ArrayLike],
        channel: int = 0,
        row: int | None = None,
        column: int | None = None,
        *,
        style: NetworkStyle | None = None,
        decimals: int | None = None,
        max_channels: int = 2,
        fit: tuple[float, float] | None = None,
    ) -> None:
        self.style = style or NetworkStyle()
        index = network.graph.node_index(layer)
        self.layer: WindowLayer = window_layer(network.layers[index])
        self.sums, self._node = UnitSums(network, x), list(network.nodes)[index]
        self._is_convolution = isinstance(self.layer, Conv2D)
        rows, columns = (*network.shapes[self._node], 1, 1)[1:3]
        row, column = rows // 2 if row is None else row, columns // 2 if column is None else column
        first = self._unit(channel, row, column)
        count, *size = first.shape
        self._shown = shortened(count, max_channels)
        cell = min(_CELL, _MOST_HEIGHT / size[0], _MOST_WIDTH / size[1])
        lines = VGroup(*(self._line((size[0], size[1]), cell) for _ in self._shown))
        dots = (
            VGroup(three_dots(replace(self.style, direction="right")))
            if len(self._shown) < count
            else VGroup()
        )
        parts = list(lines)
        if dots:
            parts.insert((len(parts) + 1) // 2, dots)
        VGroup(*parts).arrange(DOWN, buff=_GAP)
        captions = self._captions(lines)
        total, around = self._total(count)
        super().__init__(lines, dots, captions, total, around)
        VGroup(total, around).next_to(VGroup(lines, captions), DOWN, buff=1.5 * _GAP)
        box = fit or (config.frame_width - 1, config.frame_height - 1)
        share = min(1.0, box[0] / self.width, box[1] / self.height)
        self._write_numbers(cell, share, decimals)
        self.scale(share).center()
        self.show_unit(channel, row, column)

    @property
    def windows(self) -> list[CellGrid]:
        """What the unit sees, a grid for each channel shown."""
        return self._grids(0)

    @property
    def kernels(self) -> list[CellGrid]:
        """The kernels, a grid for each channel shown; empty for a pooling."""
        return self._grids(1) if self._is_convolution else []

    @property
    def products(self) -> list[CellGrid]:
        """The products, a grid for each channel shown; empty for a pooling."""
        return self._grids(2) if self._is_convolution else []

    @property
    def has_numbers(self) -> bool:
        """Whether there was room for numbers in the cells."""
        return len(self.windows[0].numbers) > 0

    def show_unit(self, channel: int, row: int, column: int) -> Self:
        """Show what another unit of the layer computes.

        Raises
        ------
        ValueError
            If there is no such unit.
        """
        unit, layer = self._unit(channel, row, column), self.layer
        inside = unit.is_inside[0]
        counts = isinstance(layer, Conv2D) or getattr(layer, "count_padding", False)
        for k, grid in zip(self._shown, self.windows, strict=True):
            values = unit.inputs[k]
            grid.show_values(values, self._window_colors(values), inside, counts)
        if isinstance(layer, Conv2D):
            limit = float(np.abs(layer.kernels).max()) or 1.0
            of_products = limit * float(np.abs(self._images).max()) or 1.0
            for k, kernel, products in zip(self._shown, self.kernels, self.products, strict=True):
                weights, both = unit.weights[k], unit.products[k]
                kernel.show_values(
                    weights, self._weight_colors(weights, limit), np.ones_like(inside)
                )
                products.show_values(both, self._weight_colors(both, of_products), inside)
        elif isinstance(layer, MaxPool2D):
            largest = np.unravel_index(int(unit.weights.argmax()), inside.shape)
            self[0][0][1].move_to(self.windows[0].middle(*map(int, largest)))
        number: Any
        for number, value in zip(self.total, self._terms(unit), strict=True):
            number.set_value(value)
        return self

    def reveal(
        self,
        windows: float = 1.0,
        products: float = 1.0,
        total: float = 1.0,
        activation: float | None = None,
    ) -> Self:
        """Let parts be seen by shares of their opacity.

        Parameters
        ----------
        windows : float, optional
            Windows and kernels, and what is written beside them.
        products : float, optional
            The products, or the mark of the largest.
        total : float, optional
            The sum and what follows from it.
        activation : float, optional
            The arrow from z, and the activation; as `total` by default.
        """
        late = {2, 4} if self._is_convolution else {1}
        for line in self[0]:
            for k, part in enumerate(line):
                share = products if k in late else windows
                if isinstance(part, CellGrid):
                    part.reveal(share)
                else:
                    part.set_stroke(opacity=share)
        captions: Any = self[2]
        for group, share in (
            (self[1], windows),
            (captions[:2], windows),
            (captions[2:], products),
            (self[3], total),
            (self[4][0], total),
        ):
            group.set_fill(opacity=share)
        self[4][1].set_opacity(total)
        if activation is not None and len(self.total) > _BEFORE_ACTIVATION:
            captions, signs = self[4]
            for part in (self.total[-1], captions[-1]):
                part.set_fill(opacity=activation)
            signs[-1].set_opacity(activation)
        return self

    # Inside

    @property
    def _images(self) -> NDArray[np.float64]:
        """What the layer looks at."""
        (source,) = self.sums.network.nodes[self._node].inputs
        return self.sums.forward[source]

    def _unit(self, channel: int, row: int, column: int) -> UnitSum:
        # A unit that stands for a whole channel is the only one of its map.
        is_map = len(self.sums.network.shapes[self._node]) > 1
        return self.sums.of(self._node, (channel, row, column) if is_map else channel)

    def _grids(self, place: int) -> list[CellGrid]:
        found: Any = self[0]
        return [line[place] for line in found]

    def _line(self, size: tuple[int, ...], cell: float) -> VGroup:
        """Return the grids of one channel: windows, kernels and products first, signs after."""
        rows, columns = size
        window = CellGrid(rows, columns, cell, self.style)
        if not self._is_convolution:
            mark = Square(cell, color=self.style.highlight_color, stroke_width=4)
            if not isinstance(self.layer, MaxPool2D):
                mark.set_stroke(width=0)
            return VGroup(window, mark.move_to(window.middle(0, 0)))
        kernel, products = (CellGrid(rows, columns, cell, self.style) for _ in range(2))
        times, equals = self._sign("times"), self._sign("equals")
        VGroup(window, times, kernel, equals, products).arrange(RIGHT, buff=_GAP)
        return VGroup(window, kernel, products, times, equals)

    def _sign(self, name: str) -> VGroup:
        half = _SIGN / 2
        strokes = {
            "times": [(UP + LEFT, DOWN + RIGHT), (UP + RIGHT, DOWN + LEFT)],
            "plus": [(UP * 1.3, DOWN * 1.3), (LEFT * 1.3, RIGHT * 1.3)],
            "equals": [(LEFT + UP / 2, RIGHT + UP / 2), (LEFT + DOWN / 2, RIGHT + DOWN / 2)],
            "over": [(DOWN + LEFT / 2, UP + RIGHT / 2)],
        }
        color = ManimColor(self.style.text_color)
        if name == "to":
            arrow = Arrow(
                ORIGIN, 2 * _SIGN * RIGHT, buff=0, color=color, stroke_width=2, tip_length=0.12
            )
            return VGroup(arrow)
        return VGroup(
            *(
                Line(half * start, half * end, color=color, stroke_width=2.5)
                for start, end in strokes[name]
            )
        )

    def _words(self, text: str) -> VMobject:
        style = self.style
        text = plain_signs(words.named(text), style.writing)
        return written(text, _CAPTION, style.writing, style.text_color, "a caption")

    def _captions(self, lines: VGroup) -> VGroup:
        """Return what stands above the grids of the first channel."""
        names = ("window", "kernel", "products") if self._is_convolution else ("window",)
        captions = VGroup()
        for name, _ in zip(names, lines[0], strict=False):
            captions.add(self._words(name))
        widths = [1.2 * grid.width + _GAP for grid in lines[0]]
        share = min(1.0, *(most / one.width for one, most in zip(captions, widths, strict=False)))
        for caption, grid in zip(captions, lines[0], strict=False):
            caption.scale(share).next_to(grid, UP, buff=0.12)
        put_on_a_line(captions.submobjects)
        return captions

    def _total(self, count: int) -> tuple[VGroup, VGroup]:
        """Return the numbers below, and the words and signs around them."""
        layer, forward = self.layer, self.sums.forward
        z, a = forward.zs[self._node], forward[self._node]
        extremes: list[NDArray[np.float64]]
        if isinstance(layer, Conv2D):
            is_whole = len(self._shown) == count
            sum_name = "sum" if is_whole else words.word("sum_over_channels", count=count)
            names = [sum_name, "bias", "z", layer.activation.name]
            extremes = [z - layer.biases[:, None, None], layer.biases, z, a]
            signs = ["plus", "equals", "to"]
            if layer.activation.name == "identity":
                names, extremes, signs = names[:-1], extremes[:-1], signs[:-1]
        elif isinstance(layer, MaxPool2D):
            names, extremes, signs = ["maximum"], [z], []
        else:
            area = np.array(float(np.prod(self.windows_shape())))
            names, extremes, signs = (
                ["sum", "count", "mean"],
                [z * area, area, z],
                ["over", "equals"],
            )
        numbers, captions, drawn, parts = VGroup(), VGroup(), VGroup(), VGroup()
        for k, (name, values) in enumerate(zip(names, extremes, strict=True)):
            decimals = 0 if name == "count" else 2
            number = number_of(widest(np.asarray(values), decimals), decimals, _NUMBER, self.style)
            caption = self._words(name).next_to(number, DOWN, buff=0.12)
            numbers.add(number)
            captions.add(caption)
            if k:
                sign = self._sign(signs[k - 1])
                drawn.add(sign)
                parts.add(VGroup(sign))
            parts.add(VGroup(number, caption))
        x = 0.0
        for part in parts:  # numbers on one line, with captions below
            part.shift((x - part.get_left()[0]) * RIGHT - part[0].get_center()[1] * UP)
            x = part.get_right()[0] + _GAP
        lowest = min(caption.get_bottom()[1] for caption in captions)
        put_on_a_line(captions.submobjects)
        captions.shift((lowest - captions.get_bottom()[1]) * UP)
        return numbers, VGroup(captions, drawn)

    def windows_shape(self) -> tuple[int, int]:
        """Return the height and the width of a window, in pixels."""
        field = self.layer.receptive_field(0, 0, self._images.shape)
        return len(field.rows), len(field.columns)

    def _terms(self, unit: UnitSum) -> list[float]:
        if unit.kind == "maximum":
            return [unit.z]
        if unit.kind == "mean":
            return [unit.total, round(1 / unit.factor), unit.z]
        return [unit.total, unit.bias or 0.0, unit.z, unit.a][: len(self.total)]

    def _write_numbers(self, cell: float, share: float, decimals: int | None) -> None:
        """Write numbers into all cells, as many decimals as there is room for."""
        grids = [*self.windows, *self.kernels, *self.products]
        values = [self._images.ravel()]
        if isinstance(self.layer, Conv2D):
            kernels = self.layer.kernels.ravel()
            ends = np.array([values[0].min(), 0, values[0].max()])
            values += [kernels, np.outer([kernels.min(), kernels.max()], ends).ravel()]
        every = np.concatenate(values)
        for places in (2, 1) if decimals is None else (decimals,):
            height = height_in_cells(cell, every, places, self.style)
            if height * share >= self.style.min_number_height:
                for grid in grids:
                    grid.add_numbers(height, places)
                return
        if decimals is not None:
            rows, columns = self.windows_shape()
            raise ValueError(
                f"there is no room for numbers of {decimals} decimals in windows of {rows} x "
                f"{columns}: they would be {height * share:.3f} units high, and can be read from "
                f"{self.style.min_number_height} on (min_number_height). Give a larger fit, fewer "
                "channels (max_channels), or no decimals, which leaves out what has no room"
            )

    def _window_colors(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        images = self._images
        limit = max(1.0 if images.min() >= 0 and images.max() <= 1 else 0.0, np.abs(images).max())
        return signed_colors(
            values, float(limit) or 1.0, WHITE, self.style.negative_fill_color, BLACK
        )

    def _weight_colors(self, values: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
        return signed_colors(values, limit, self.style.positive_color, self.style.negative_color)
