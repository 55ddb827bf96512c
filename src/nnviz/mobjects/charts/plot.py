"""Axes that grow with their numbers, as a handful of mobjects that stay the same."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from manim import VGroup, VMobject, interpolate
from numpy.typing import ArrayLike

from nnviz.mobjects.charts.colors import ink
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.palette import stroke

__all__ = ["Plot", "log_ticks", "nice_ticks", "segments", "tick_text"]

#: Ticks on an axis, at most.
_MOST = 7


def nice_ticks(low: float, high: float, most: int = 5, whole: bool = False) -> FloatArray:
    """Return the multiples in a range of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high
        The range; low < high.
    most
        How many there may be.
    whole
        Whether only whole numbers will do.
    """
    if most < 1:
        return np.empty(0)
    power = floor(log10((high - low) / most))
    step = 10.0**power
    for step in (m * 10.0**p for p in range(power, power + 20) for m in (1, 2, 5)):
        # A hair more than the range, lest rounding leave out an end.
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first < most and (step >= 1 or not whole):
            break
    ticks: FloatArray = np.arange(first, last + 1, dtype=np.float64) * step
    return ticks


def log_ticks(low: float, high: float, most: int = 5) -> FloatArray:
    """Return powers of ten in a range, and 2 and 5 times those, or 3 times, if they are few."""
    powers = 10.0 ** np.arange(floor(log10(low)), ceil(log10(high)) + 1)
    for within in ((1, 2, 5), (1, 3), (1,)):
        ticks = np.outer(powers, within).ravel()
        ticks = ticks[(ticks >= low * (1 - 1e-9)) & (ticks <= high * (1 + 1e-9))]
        if len(ticks) <= most:
            break
    return ticks[:: ceil(len(ticks) / most)]


def tick_text(value: float, step: float) -> str:
    """Return a number as it stands at a tick, with the decimals that tell it from the next one."""
    if value == 0:
        return "0"
    place = floor(log10(step) + 1e-9)
    if step < 1e-4 or abs(value) >= 1e5:
        digits = max(0, floor(log10(abs(value)) + 1e-9) - place)
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:.{max(0, -place)}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def segments(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return separate straight lines as points of one path, shape (4 n, 3)."""
    points: FloatArray = interpolate(starts[:, None], ends[:, None], np.linspace(0, 1, 4)[:, None])
    return points.reshape(-1, 3)


class Plot(VGroup):
    """Two axes with ticks and numbers in the box of a panel.

    Parameters
    ----------
    panel
        In whose box they stand.
    x_name, y_name
        Words at the axes; none if empty.
    whole_x
        Whether only whole numbers stand at the horizontal axis.
    log
        Whether the vertical axis is logarithmic.

    Raises
    ------
    ValueError
        If there is no room for axes in the box.
    """

    def __init__(
        self,
        panel: Panel,
        x_name: str = "",
        y_name: str = "",
        *,
        whole_x: bool = False,
        log: bool = False,
    ) -> None:
        self._names = (x_name, y_name)
        self._whole_x, self._log = whole_x, log
        width, height = panel.size
        #: Height of a digit.
        self.letter = letter = float(np.clip(min(0.065 * height, 0.035 * width), 0.11, 0.2))
        low = (4.4 * letter, (4.4 if x_name else 2.4) * letter)
        high = (width - 1.8 * letter, height - (2.4 if y_name else 0.8) * letter)
        #: Lower left and upper right of what is inside the axes, from the lower left of the box.
        self.inside = np.array([low, high])
        if not (self.inside[1] - self.inside[0] > 2 * letter).all():
            raise ValueError(f"a box of {width:g} x {height:g} is too small for axes with numbers")
        #: The numbers there, (x, y) each.
        self.ranges = np.array([[0.0, 0.0], [1.0, 1.0]])
        color = ink()
        grid = VMobject(stroke_color=color, stroke_width=stroke(1), stroke_opacity=0.2)
        axes = VMobject(stroke_color=color, stroke_width=stroke(2.5), stroke_opacity=0.8)
        across = VGroup(*(Lettering(color, (0, 1)) for _ in range(_MOST)))
        up = VGroup(*(Lettering(color, (1, 0)) for _ in range(_MOST)))
        names = VGroup(Lettering(color, (1, 0)), Lettering(color, (-1, 0)))
        super().__init__(grid, axes, across, up, names)

    def set_ranges(self, panel: Panel, low: ArrayLike, high: ArrayLike) -> None:
        """Let the axes go from ``low`` to ``high``, (x, y) each, in the panel as it is now."""
        self.ranges = np.array([low, high], dtype=float)
        (x_low, y_low), (x_high, y_high) = self.ranges
        (left, bottom), (right, top) = self.inside
        letter, scale = self.letter, panel.enlargement
        most = int(np.clip((right - left) / (5.5 * letter), 2, _MOST))
        xs = nice_ticks(x_low, x_high, most, self._whole_x)
        most = int(np.clip((top - bottom) / (3 * letter), 2, _MOST))
        ys = (log_ticks if self._log else nice_ticks)(y_low, y_high, most)
        at_x = self._inside(np.column_stack([xs, np.full(len(xs), y_low)]))[:, 0]
        at_y = self._inside(np.column_stack([np.full(len(ys), x_low), ys]))[:, 1]

        grid, axes, across, up, names = self.submobjects
        axes.set_points_as_corners(panel.place([(left, top), (left, bottom), (right, bottom)]))
        starts = [*((x, bottom) for x in at_x), *((left, y) for y in at_y)]
        ends = [*((x, top) for x in at_x), *((right, y) for y in at_y)]
        grid.points = segments(panel.place(starts), panel.place(ends))
        texts = _texts(xs), _texts(ys, each=self._log)
        below = panel.place([(x, bottom - 0.7 * letter) for x in at_x])
        beside = panel.place([(left - 0.6 * letter, y) for y in at_y])
        for labels, words, spots, room in (
            (across, texts[0], below, 3.6),
            (up, texts[1], beside, 3.7),
        ):
            for k, label in enumerate(labels):
                word, spot = (words[k], spots[k]) if k < len(words) else ("", panel.box.points[0])
                label.say(word, spot, letter * scale, room * letter * scale)
        spots = panel.place([(right, 0.9 * letter), (left, top + 1.4 * letter)])
        for label, name, spot in zip(names, self._names, spots, strict=True):
            label.say(name, spot, letter * scale)

    def points_at(self, panel: Panel, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Return where numbers are on screen, shape (n, 3); those beyond the axes at their ends."""
        low, high = self.ranges
        return panel.place(self._inside(np.column_stack([x, y]).clip(low, high)))

    def width_of_name(self) -> float:
        """Return the width of the word at the vertical axis, as the box is at the beginning."""
        name = self[4][1]
        assert isinstance(name, Lettering)
        return name.width_of(self._names[1], self.letter)

    def _inside(self, values: FloatArray) -> FloatArray:
        """Return where numbers are in the box, shape (n, 2)."""
        values, low, high = (np.array(v, dtype=float) for v in (values, *self.ranges))
        if self._log:
            for part in (values, low, high):
                part[..., 1] = np.log10(part[..., 1])
        start, end = self.inside
        placed: FloatArray = start + (values - low) / (high - low) * (end - start)
        return placed


def _texts(ticks: FloatArray, each: bool = False) -> list[str]:
    """Return what stands at ticks; each on its own where the steps between them differ."""
    if each:
        return [tick_text(tick, tick) for tick in ticks]
    if len(ticks) == 1:
        return [f"{ticks[0]:g}".replace("-", "\N{MINUS SIGN}")]
    return [tick_text(tick, ticks[1] - ticks[0]) for tick in ticks]
