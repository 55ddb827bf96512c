"""A kernel that slides over an image, and the feature map that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import Animation, AnimationGroup, SurroundingRectangle, VMobject, linear, smooth
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nnviz.animations.tracks import rise
from nnviz.mobjects.network import ConvolutionSum, MapLayer, NetworkMobject, ReceptiveFieldMobject
from nnviz.mobjects.network.free_space import frame, free_place
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.receptive_field_frames import (
    Box,
    box_of_field,
    images_before,
    part_of_channel,
    window_layer,
)
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.pixel_image import PixelImage
from nnviz.network import ReceptiveField
from nnviz.network.examples import check_one_example

__all__ = ["Convolve", "Progress"]

#: Shares of the time in which the window and the sum appear, and disappear.
_COMING, _GOING = 0.04, 0.04
#: Of the rest, the share of the first, slow positions, if there are others.
_SLOW = 0.6
#: At a slow position: when the window has moved, and products and the sum have appeared.
_MOVED, _MULTIPLIED, _SUMMED = 0.25, 0.55, 0.85
#: A sum is shown beside the network if it fits at this share of its natural size, at least.
_LEAST_SUM = 0.25


class Progress:
    """The position that a kernel has reached: slowly at some, faster and faster at the others.

    Parameters
    ----------
    count : int
        How many positions there are.
    slow : iterable of int
        Numbers of the slow ones, from 0.
    """

    def __init__(self, count: int, slow: Iterable[int]) -> None:
        self._is_slow = np.zeros(count, dtype=bool)
        self._is_slow[list(slow)] = True
        slow_ones, others = int(self._is_slow.sum()), int((~self._is_slow).sum())
        part_of_slow = (1.0 if not others else _SLOW) if slow_ones else 0.0
        parts = np.empty(count)
        parts[self._is_slow] = part_of_slow / max(slow_ones, 1)
        # The n-th of the others is reached after the square root of n's share of their time.
        ends = np.sqrt(np.linspace(0, 1, others + 1))
        parts[~self._is_slow] = (1 - part_of_slow) * np.diff(ends)
        self._ends = np.cumsum(parts)
        self._parts = parts

    def at(self, alpha: float) -> tuple[int, float]:
        """Return the position, from 0, and how much of the time at it has passed.

        Parameters
        ----------
        alpha : float
            Share of the whole time that has passed, from 0 to 1.
        """
        share = (alpha - _COMING) / (1 - _COMING - _GOING)
        last = len(self._ends) - 1
        position = int(np.searchsorted(self._ends, share, side="right"))
        if position > last:
            return last, 1.0
        start = self._ends[position] - self._parts[position]
        return position, float(np.clip((share - start) / self._parts[position], 0, 1))

    def is_slow(self, position: int) -> bool:
        """Return whether a position is among the slow ones."""
        return bool(self._is_slow[position])

    def presence(self, alpha: float) -> float:
        """Return the opacity of the window and the sum, which are there for the animation only."""
        return smooth(min(alpha / _COMING, (1 - alpha) / _GOING, 1.0))


class Convolve(AnimationGroup):
    """The kernel slides over the maps before, and the feature map fills in, pixel by pixel.

    A window moves over the maps that the units see. Beside the network, where there is room,
    products and their sum appear (:class:`~nnviz.mobjects.network.ConvolutionSum`), with numbers in
    them where they can be read: leave some of the frame free for that, as in the example. The
    window begins with slow positions, where there is something to see; then it goes through all
    others, faster and faster, from the upper left on. A pooling's window moves in the same way. In
    the end the layer's map and the layer before show their activations; window and sum are gone.

    A kernel by itself is a network of one layer:
    ``Network([Conv2D([[kernel]], [0])], input_shape=(1, height, width))``.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    layer : int
        The layer, a convolution or a pooling; the input is 0.
    x : array_like
        One input, shape (*network.input_shape,).
    channel : int, optional
        The channel whose map fills in.
    all_channels : bool, optional
        Whether all maps of the layer fill in; window and sum are those of `channel`.
    slow : int or sequence of (int, int), optional
        The first positions, at which the kernel stays long enough to be read: their number, for
        neighbours where the pixels that it sees vary most, such as on a stroke; or positions (row,
        column) in the map.
    figure : ConvolutionSum, bool, optional
        Your own sum, which stays on screen; None for one that appears in a free place, if there is
        one, and disappears; False for none.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.

    Raises
    ------
    ValueError
        If the layer has no windows, the channel is not shown, the input does not fit, or the
        network is no chain.

    Examples
    --------
    .. manim:: Convolution

        from nnviz import Convolve, NetworkMobject, mnist, pretrained

        class Convolution(Scene):
            def construct(self):
                net = NetworkMobject(pretrained("cnn"), fit=(13, 4.2)).to_edge(DOWN)
                x = mnist.first_of_each_digit(1)[3].reshape(1, 28, 28)
                self.add(net)
                self.play(Convolve(net, 1, x, channel=1, run_time=8))
    """

    def __init__(
        self,
        net: NetworkMobject,
        layer: int,
        x: npt.ArrayLike,
        channel: int = 0,
        *,
        all_channels: bool = False,
        slow: int | Sequence[tuple[int, int]] = 3,
        figure: ConvolutionSum | bool | None = None,
        run_time: float = 6.0,
        rate_func: Callable[[float], float] = linear,
    ) -> None:
        count = len(net.layers)
        if not -count < layer < count or layer % count == 0:
            raise ValueError(f"layers 1 to {count - 1} can be convolved into, not {layer}")
        layer %= count
        if not net.structure.is_row:
            raise ValueError(
                "Convolve works on chains of layers, and this picture has branches or blocks: show "
                "a unit's window with show_receptive_field(name)"
            )
        windows = window_layer(net.network.layers[layer - 1])
        before, after = net.layers[layer - 1], net.layers[layer]
        images = images_before(windows, before, channel)
        target = part_of_channel(after, channel)
        forward = net.network.forward_pass(x)
        check_one_example(net.network.graph, forward)
        activations = forward.activations
        rows, columns = after.shape[1:] if isinstance(after, MapLayer) else (1, 1)
        in_rows = [(row, column) for row in range(rows) for column in range(columns)]
        fields = [windows.receptive_field(row, column, before.shape) for row, column in in_rows]
        if isinstance(slow, int):
            first = _most_varied(slow, columns, activations[layer - 1], fields)
        else:
            first = _places_of(slow, in_rows)
        order = [*first, *(k for k in range(len(in_rows)) if k not in first)]
        positions, fields = [in_rows[k] for k in order], [fields[k] for k in order]
        progress = Progress(len(positions), range(len(first)))
        boxes = [box_of_field(field) for field in fields]
        pixels = len(fields[0].rows), len(fields[0].columns)
        mark = ReceptiveFieldMobject(len(images), net.style.highlight_color, stroke(2.5))
        timing: dict[str, Any] = {"run_time": run_time, "rate_func": rate_func}
        chosen = after.shown_units.tolist() if all_channels else [channel]
        parts: list[Animation] = [
            _Filled(before, activations[layer - 1], None, Progress(1, []), **timing),
            _Filled(after, activations[layer], chosen, progress, order, **timing),
            _Sliding(mark, images, boxes, pixels, target, positions, progress, **timing),
        ]
        parts += [
            _HiddenField(mark, progress, **timing)
            for mark in net.connections[layer - 1]
            if isinstance(mark, ReceptiveFieldMobject)
        ]
        comes = figure is None or figure is True
        shown = _figure_beside(net, layer, x, channel) if comes else figure
        if isinstance(shown, ConvolutionSum):
            parts.append(_Summed(shown, channel, positions, progress, comes, **timing))
        # As the group of what moves is the network, a scene keeps the network whole.
        super().__init__(*parts, group=net, rate_func=linear)


class _Filled(Animation):
    """A layer's maps, filled with activations as far as the kernel has come."""

    def __init__(
        self,
        layer: LayerMobject,
        activations: NDArray[np.float64],
        channels: list[int] | None,
        progress: Progress,
        order: Sequence[int] = (),
        **kwargs: Any,
    ) -> None:
        self._layer, self._values, self._progress = layer, activations, progress
        self._order = np.array(order, dtype=int)
        self._channels = layer.shown_units.tolist() if channels is None else channels
        self._is_done = channels is None
        super().__init__(layer.body, **kwargs)

    def begin(self) -> None:
        """Find out what the maps look like when they are full."""
        full = self._layer.copy().show_activations(self._values)
        places = [k for k, one in enumerate(self._layer.shown_units) if int(one) in self._channels]
        self._pairs: list[tuple[VMobject, VMobject]] = [
            (self._part(self._layer, k), self._part(full, k)) for k in places
        ]
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the pixels that have been computed at this time."""
        done = self._done(self.rate_func(alpha))
        for part, full in self._pairs:
            if isinstance(part, PixelImage) and isinstance(full, PixelImage):
                pixels = full.pixels.copy()
                pixels.reshape(-1, *pixels.shape[2:])[self._order[done:]] = 0
                part.pixels = pixels
            else:
                part.set_fill(full.get_fill_color(), full.get_fill_opacity() * (done > 0))

    def _done(self, alpha: float) -> int:
        if self._is_done or alpha >= 1:
            return int(self._values.size)
        position, share = self._progress.at(alpha)
        return position + (share >= (_SUMMED if self._progress.is_slow(position) else 0.0))

    def _part(self, layer: LayerMobject, place: int) -> VMobject:
        part: Any = layer.body[place]
        return part[0] if isinstance(layer, MapLayer) else part  # type: ignore[no-any-return]


class _Sliding(Animation):
    """A window that slides over images, and its unit over the map."""

    def __init__(
        self,
        mark: ReceptiveFieldMobject,
        images: list[PixelImage],
        boxes: list[Box],
        pixels: tuple[int, int],
        target: VMobject,
        positions: list[tuple[int, int]],
        progress: Progress,
        **kwargs: Any,
    ) -> None:
        self._mark, self._images, self._target, self._progress = mark, images, target, progress
        self._boxes, self._pixels, self._positions = boxes, pixels, positions
        super().__init__(mark, introducer=True, remover=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Put the window where the kernel is at this time."""
        alpha = self.rate_func(alpha)
        position, share = self._progress.at(alpha)
        window: Box = self._boxes[position]
        unit: tuple[float, ...] = self._positions[position]
        if position and self._progress.is_slow(position) and share < _MOVED:
            way = smooth(share / _MOVED)
            window = _between(self._boxes[position - 1], window, way)
            unit = _between(self._positions[position - 1], unit, way)
        self._mark.put(self._images, window, self._target, (unit[0], unit[1]), self._pixels)
        self._mark.reveal(self._progress.presence(alpha))


class _HiddenField(Animation):
    """A receptive field that is hidden while the window slides."""

    def __init__(self, mark: ReceptiveFieldMobject, progress: Progress, **kwargs: Any) -> None:
        self._mark, self._progress = mark, progress
        super().__init__(mark, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Hide it as far as the window is visible."""
        self._mark.reveal(1 - self._progress.presence(self.rate_func(alpha)))


class _Summed(Animation):
    """The products and the sum at the kernel's position."""

    def __init__(
        self,
        figure: ConvolutionSum,
        channel: int,
        positions: list[tuple[int, int]],
        progress: Progress,
        comes: bool,
        **kwargs: Any,
    ) -> None:
        self._figure, self._channel, self._comes = figure, channel, comes
        self._positions, self._progress = positions, progress
        super().__init__(figure, introducer=True, remover=comes, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show what the unit at the kernel's position computes, as far as the time goes."""
        alpha = self.rate_func(alpha)
        position, share = self._progress.at(alpha)
        # The last sum stays until the window has moved.
        moves = position > 0 and self._progress.is_slow(position) and share < _MOVED
        row, column = self._positions[position - moves]
        self._figure.show_unit(self._channel, row, column)
        there = self._progress.presence(alpha) if self._comes else 1.0
        shares = [1.0, 1.0]
        if self._progress.is_slow(position) and not moves:
            shares = [
                rise(share, start, end - start)
                for start, end in ((_MOVED, _MULTIPLIED), (_MULTIPLIED, _SUMMED))
            ]
        self._figure.reveal(there, there * shares[0], there * shares[1])


def _most_varied(
    count: int,
    columns: int,
    values: NDArray[np.float64],
    fields: Sequence[ReceptiveField],
) -> list[int]:
    """Return positions that follow one another, in one row if a row is long enough.

    They are those where the pixels that the kernel sees vary most; the first ones if none vary.

    Parameters
    ----------
    count : int
        How many positions to return.
    columns : int
        How many positions a row has.
    values : ndarray of float
        Maps that the kernel slides over, shape (channels, height, width).
    fields : sequence of ReceptiveField
        What it sees at every position.
    """
    variances = []
    for field in fields:
        rows, places = field.inside
        seen = values[:, rows][:, :, places].reshape(len(values), -1)
        variances.append(float(seen.var(axis=1).sum()) if seen.size else 0.0)
    count = min(count, len(fields))
    if not count:
        return []
    sums = sliding_window_view(np.array(variances), count).sum(axis=1)
    if count <= columns:
        sums = np.where(np.arange(len(sums)) % columns <= columns - count, sums, -1.0)
    start = int(sums.round(9).argmax())
    return list(range(start, start + count))


def _places_of(slow: Sequence[tuple[int, int]], positions: Sequence[tuple[int, int]]) -> list[int]:
    """Return the numbers of positions among all."""
    missing = [place for place in slow if tuple(place) not in positions]
    if missing:
        raise ValueError(f"slow: no unit {missing[0]} in a map that ends at {positions[-1]}")
    return list(dict.fromkeys(positions.index((row, column)) for row, column in slow))


def _between(first: tuple[float, ...], second: tuple[float, ...], share: float) -> Any:
    return tuple((1 - share) * a + share * b for a, b in zip(first, second, strict=True))


def _figure_beside(
    net: NetworkMobject, layer: int, x: npt.ArrayLike, channel: int
) -> ConvolutionSum | None:
    """Return the sum in a free place of the frame, near the layer; None if there is none.

    It shows one channel if two leave no room for numbers.
    """
    best: ConvolutionSum | None = None
    for channels in (2, 1):
        options: dict[str, Any] = {"style": net.style, "max_channels": channels}
        figure = ConvolutionSum(net.network, layer - 1, x, channel, **options)
        place = free_place(
            (figure.width, figure.height),
            [net, SurroundingRectangle(*(net.layers[k].body for k in (layer - 1, layer)))],
            frame(),
            net.layers[layer].get_center(),
            _LEAST_SUM,
        )
        if place is not None:
            box = figure.width * place.share, figure.height * place.share
            shown = ConvolutionSum(net.network, layer - 1, x, channel, fit=box, **options)
            shown.move_to(place.middle)
            if shown.has_numbers:
                return shown
            best = best or shown
    return best
