"""From a pre-activation to an activation: a point on a curve, or a share among powers of e."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Axes,
    Dot,
    Line,
    ManimColor,
    Rectangle,
    VGroup,
    VMobject,
)

from nnviz import words
from nnviz.mobjects.charts.plot import nice_ticks, tick_text
from nnviz.mobjects.equations.equation_parts import EquationParts, Fraction, lay_out
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import GREY
from nnviz.network import UnitSum

__all__ = ["ActivationCurve", "SoftmaxShare", "response_to"]

#: Width and height of the plot, and gaps, in heights of a digit.
_WIDTH, _HEIGHT, _GAP = 12.0, 7.0, 0.9
#: How far the z axis goes at least on both sides, and beyond the unit's own z by what factor.
_LEAST_REACH, _BEYOND = 4.0, 1.25
#: Range of z of a curve, and number of its steps; height of a tick's letters over a digit's.
_STEPS, _TICK_HEIGHT = 400, 0.75
#: How many units are shown at most, the largest first; how many have their numbers below.
_MOST_BARS, _MOST_NAMES = 24, 12
#: From this z on, powers of e are of z less the largest.
_LARGE = 20.0
#: Opacity of the bars of other units.
_FAINT = 0.45


class ActivationCurve(VGroup):
    """The curve of an activation function, and a unit's z and a on it.

    Parameters
    ----------
    unit : UnitSum
        What the unit computes.
    parts : EquationParts
        What writes, and how large.
    """

    guides: Part[VGroup] = Part(3, doc="The line from z to the curve, and the one from there to a.")
    dot: Part[Dot] = Part(4, doc="The dot, which is at (z, a).")

    def __init__(self, unit: UnitSum, parts: EquationParts) -> None:
        height = parts.height
        reach = max(_LEAST_REACH, _BEYOND * abs(unit.z))
        z = np.union1d(np.linspace(-reach, reach, _STEPS + 1), [0.0, unit.z])
        a = unit.activation.function(z[np.newaxis])[0]
        ends = unit.activation.low, unit.activation.high
        low, high = (
            float(end) if np.isfinite(end) else float(seen)
            for end, seen in zip(ends, (a.min(), a.max()), strict=True)
        )
        low, high = min(0.0, low), max(0.0, high)
        if high - low < 1e-9:
            high = low + 1.0
        axes = Axes(
            [-reach, reach, reach],
            [low, high, high - low],
            _WIDTH * height,
            _HEIGHT * height,
            tips=False,
            axis_config={
                "include_ticks": False,
                "color": ManimColor(GREY),
                "stroke_width": 1.5,
            },
        )
        curve = VMobject(stroke_color=parts.colors.foreground, stroke_width=2.5)
        curve.set_points_as_corners(axes.c2p(np.stack([z, a], axis=1)))
        labels = VGroup(parts.words(words.named(unit.activation.name)))
        labels[0].next_to(axes, UP, _GAP * height)
        # Only the ends of a's axis: between them the curve may run where a number would stand.
        step_z, step_a = nice_ticks(-reach, reach, 5), nice_ticks(low, high, 3)[[0, -1]]
        for ticks, side, along in ((step_z, DOWN, (1.0, 0.0)), (step_a, LEFT, (0.0, 1.0))):
            step = float(np.diff(ticks).min(initial=1.0))
            for tick in ticks:
                if abs(tick) > 1e-9:
                    word = parts.words(tick_text(float(tick), step)).scale(_TICK_HEIGHT)
                    labels.add(
                        word.next_to(axes.c2p(*np.multiply(tick, along)), side, 0.35 * height)
                    )
        color = parts.colors.highlight
        here, dot = axes.c2p(unit.z, unit.a), Dot(radius=0.28 * height, color=color)
        guides = VGroup(
            Line(axes.c2p(unit.z, 0), here, color=color, stroke_width=2),
            Line(here, axes.c2p(0, unit.a), color=color, stroke_width=2),
        )
        super().__init__(axes, curve, labels, guides, dot.move_to(here))
        self._at = unit.z, unit.a

    def go(self, share: float) -> Self:
        """Let the dot be at a share of its way: from z to the curve.

        Parameters
        ----------
        share : float
            From 0 to 1. From half of the way on the second guide runs from the curve to a.
        """
        axes: Any = self[0]
        z, a = self._at
        corners = [axes.c2p(z, 0), axes.c2p(z, a), axes.c2p(0, a)]
        shares = min(2 * share, 1.0), max(2 * share - 1, 0.0)
        for line, first, last, part in zip(
            self.guides, corners[:-1], corners[1:], shares, strict=True
        ):
            line.set_points_as_corners([first, first + part * (last - first)])
        self.dot.move_to(corners[0] + shares[0] * (corners[1] - corners[0]))
        return self


class SoftmaxShare(VGroup):
    """The powers of e of all z that a softmax runs over, as bars, and a unit's share of their sum.

    Parameters
    ----------
    unit : UnitSum
        What the unit computes.
    parts : EquationParts
        What writes, and how large.
    """

    plot: Part[VGroup] = Part(
        0, doc="The bars, the units' numbers below them, and the line between."
    )
    equation: Part[VGroup] = Part(1, doc="The share, by name and in numbers.")

    def __init__(self, unit: UnitSum, parts: EquationParts) -> None:
        height, z = parts.height, np.array(unit.row)
        shift = float(z.max()) if abs(float(z.max())) > _LARGE else 0.0
        powers = np.exp(z - shift)
        order = np.argsort(-powers, kind="stable")[:_MOST_BARS]
        shown = sorted({*map(int, order), unit.position})
        side = min(_WIDTH * height / len(shown), 2.2 * height)
        bars, names = VGroup(), VGroup()
        for k, which in enumerate(shown):
            is_own = which == unit.position
            color = parts.colors.highlight if is_own else parts.colors.foreground
            tall = max(float(powers[which] / powers.max()) * _HEIGHT * height, 0.02 * height)
            bar = Rectangle(width=0.7 * side, height=tall, stroke_width=0)
            bar.set_fill(color, opacity=1.0 if is_own else _FAINT)
            bars.add(bar.move_to((k + 0.5) * side * RIGHT + tall / 2 * UP))
            if is_own or len(shown) <= _MOST_NAMES:
                name = parts.words(str(which)).scale(_TICK_HEIGHT).set_color(color)
                names.add(name.next_to(bar, DOWN, 0.4 * height))
        line = Line(ORIGIN, len(shown) * side * RIGHT, color=ManimColor(GREY), stroke_width=1.5)
        power = ("e^{z-m}", "eᶻ⁻ᵐ") if shift else ("e^z", "eᶻ")
        by_name = Fraction(
            parts.sign(*power),
            parts.sign(rf"\textstyle\sum {power[0]}", f"Σ {power[1]}"),
            0.3 * height,
        )
        own = float(powers[unit.position])
        in_numbers = Fraction(parts.number(own), parts.number(float(powers.sum())), 0.3 * height)
        for fraction in (by_name, in_numbers):
            fraction.bar.set_color(parts.colors.foreground)
        rows: list[list[VMobject | None]] = [[by_name, parts.sign("="), in_numbers]]
        if shift:
            rows.append([parts.sign("m"), parts.sign("="), parts.number(shift)])
        equation = lay_out(rows, "rcl", parts.gap, 0.7 * height)
        plot = VGroup(bars, names, line)
        super().__init__(plot, equation.next_to(plot, DOWN, 1.2 * height))


def response_to(unit: UnitSum, parts: EquationParts) -> ActivationCurve | SoftmaxShare | None:
    """Return the picture of how a unit's activation comes from its z; None where it is z itself."""
    if unit.row:
        return SoftmaxShare(unit, parts)
    return None if unit.activation.name == "identity" else ActivationCurve(unit, parts)
