"""Axes whose numbers may change, as a handful of mobjects that stay the same.

Manim's ``Axes`` makes its ticks and numbers once, as mobjects of its own. Those of a panel follow
what is measured, frame by frame, and so they are paths that are given other points.
"""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from manim import VGroup, VMobject, interpolate
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.primitives.palette import stroke

__all__ = ["Plot", "letter_of", "log_ticks", "nice_ticks", "segments", "tick_text"]

#: Ticks on an axis, at most.
_MOST = 7
#: Length of a tick, in heights of a digit.
_TICK = 0.4


def nice_ticks(low: float, high: float, most: int = 5, whole: bool = False) -> FloatArray:
    """Return the multiples in a range of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        The range; low < high.
    most : int, optional
        Largest number of ticks.
    whole : bool, optional
        Whether only whole numbers will do.
    """
    if most < 1:
        return np.empty(0)
    power = floor(log10((high - low) / most))
    step = 10.0**power
    for step in (m * 10.0**p for p in range(power, power + 20) for m in (1, 2, 5)):
        # A little more than the range, so that rounding leaves out no end.
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
    """Return a number as it stands at a tick, with decimals enough to differ from the next one."""
    if value == 0:
        return "0"
    place = floor(log10(step) + 1e-9)
    if step < 1e-4 or abs(value) >= 1e5:
        digits = max(0, floor(log10(abs(value)) + 1e-9) - place)
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:.{max(0, -place)}f}"
    return words.number(text).replace("-", "\N{MINUS SIGN}")


def segments(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return separate straight lines as points of one path, shape (4 n, 3)."""
    points: FloatArray = interpolate(starts[:, None], ends[:, None], np.linspace(0, 1, 4)[:, None])
    return points.reshape(-1, 3)


def letter_of(panel: Panel) -> float:
    """Return the height of a digit at the axes of a panel, in its box at the beginning."""
    width, height = panel.size
    return float(np.clip(min(0.065 * height, 0.035 * width), 0.11, 0.2))


class Plot(VGroup):
    """Two axes with ticks and numbers in the box of a panel.

    Parameters
    ----------
    panel : Panel
        The panel with the box that the axes stand in.
    x_name, y_name : str, optional
        Words at the axes; none if empty.
    whole_x : bool, optional
        Whether only whole numbers stand at the horizontal axis.
    log : bool, optional
        Whether the vertical axis is logarithmic.
    grid : bool, optional
        Whether lines of a grid go through what is inside; else ticks point outwards, as is wanted
        around an image.
    above : bool, optional
        Whether there is a line of words above the axes, also without a name of the vertical one.
    right : float, optional
        Extra room at the right, in scene units.

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
        grid: bool = True,
        above: bool = False,
        right: float = 0.0,
    ) -> None:
        self._names = (x_name, y_name)
        self._grid = grid
        self._whole_x, self._log = whole_x, log
        width, height = panel.size
        #: Height of a digit.
        self.letter = letter = letter_of(panel)
        tick = 0.0 if grid else _TICK
        # Ticks bring numbers and name closer together.
        below = (4.4 - 1.5 * tick if x_name else 2.4) + tick
        low = ((4.4 + tick) * letter, below * letter)
        top = height - (2.4 if y_name or above else 0.8) * letter
        high = (width - 1.8 * letter - right, top)
        #: Lower left and upper right of what is inside the axes, from the lower left of the box.
        self.inside = np.array([low, high])
        if not (self.inside[1] - self.inside[0] > 2 * letter).all():
            raise ValueError(f"a box of {width:g} x {height:g} is too small for axes with numbers")
        #: The numbers there, (x, y) each.
        self.ranges = np.array([[0.0, 0.0], [1.0, 1.0]])
        color = ink()
        lines = VMobject(stroke_color=color, stroke_width=stroke(1), stroke_opacity=0.2)
        axes = VMobject(stroke_color=color, stroke_width=stroke(2.5), stroke_opacity=0.8)
        writing = panel.writing
        across = VGroup(*(Lettering(color, (0, 1), writing) for _ in range(_MOST)))
        up = VGroup(*(Lettering(color, (1, 0), writing) for _ in range(_MOST)))
        names = VGroup(Lettering(color, (1, 0), writing), Lettering(color, (-1, 0), writing))
        super().__init__(lines, axes, across, up, names)

    def set_ranges(self, panel: Panel, low: ArrayLike, high: ArrayLike) -> None:
        """Let the axes go from ``low`` to ``high``, (x, y) each, in the panel as it is now."""
        self.ranges = np.array([low, high], dtype=float)
        (x_low, y_low), (x_high, y_high) = self.ranges
        (left, bottom), (right, top) = self.inside
        letter, scale = self.letter, panel.enlargement
        # Whole numbers are as wide as the last one, others may have many decimals.
        room = 1.8 + 0.8 * len(f"{x_high:.0f}") if self._whole_x else 5.5
        most = int(np.clip((right - left) / (room * letter), 2, _MOST))
        xs = nice_ticks(x_low, x_high, most, self._whole_x)
        most = int(np.clip((top - bottom) / (3 * letter), 2, _MOST))
        ys = (log_ticks if self._log else nice_ticks)(y_low, y_high, most)
        at_x = self._inside(np.column_stack([xs, np.full(len(xs), y_low)]))[:, 0]
        at_y = self._inside(np.column_stack([np.full(len(ys), x_low), ys]))[:, 1]

        lines, axes, across, up, names = self.submobjects
        tick = 0.0 if self._grid else _TICK * letter
        starts = panel.place([*((x, bottom) for x in at_x), *((left, y) for y in at_y)])
        if self._grid:
            axes.set_points_as_corners(panel.place([(left, top), (left, bottom), (right, bottom)]))
            ends = [*((x, top) for x in at_x), *((right, y) for y in at_y)]
            lines.points = segments(starts, panel.place(ends))
        else:
            ends = [*((x, bottom - tick) for x in at_x), *((left - tick, y) for y in at_y)]
            axes.points = segments(starts, panel.place(ends))
        texts = _texts(xs), _texts(ys, each=self._log)
        below = panel.place([(x, bottom - 0.7 * letter - tick) for x in at_x])
        beside = panel.place([(left - 0.6 * letter - tick, y) for y in at_y])
        for labels, tick_texts, spots, room in (
            (across, texts[0], below, 3.6),
            (up, texts[1], beside, 3.7),
        ):
            for k, label in enumerate(labels):
                word, spot = (
                    (tick_texts[k], spots[k]) if k < len(tick_texts) else ("", panel.box.points[0])
                )
                label.say(word, spot, letter * scale, room * letter * scale)
        spots = panel.place([(right, 0.9 * letter), (left, top + 1.4 * letter)])
        for label, name, spot in zip(names, self._names, spots, strict=True):
            label.say(name, spot, letter * scale, (right - left) * scale)

    def points_at(self, panel: Panel, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Return where numbers are on screen, shape (n, 3); those beyond the axes at their ends."""
        return panel.place(self.spots(x, y))

    def spots(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Return where numbers are in the box, shape (n, 2); those beyond the axes at their ends.

        From the lower left corner, in units of the size at the beginning.
        """
        low, high = self.ranges
        return self._inside(np.column_stack([x, y]).clip(low, high))

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
        return [words.number(f"{ticks[0]:g}").replace("-", "\N{MINUS SIGN}")]
    return [tick_text(tick, ticks[1] - ticks[0]) for tick in ticks]
