"""The proof of a derivative: what the cost does when a number is nudged."""

from __future__ import annotations

from typing import Protocol

from manim import DOWN, LEFT, VGroup

from nnviz.mobjects.equations.equation_parts import EquationParts, Fraction, lay_out
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.significant_digits import NumberFormat
from nnviz.network import Nudge, Symbol

__all__ = ["AnyDerivative", "NudgeProof"]

#: Gaps and the least height of a row, in heights of a digit.
_GAP, _ROW_GAP, _LEAST_HEIGHT = 0.7, 0.4, 1.2
_C = Symbol("C", "C")


class AnyDerivative(Protocol):
    """The derivative of a cost by a named number."""

    @property
    def symbol(self) -> Symbol: ...  # noqa: D102 - a name says it

    @property
    def value(self) -> float: ...  # noqa: D102


class NudgeProof(VGroup):
    """What the cost does when a number is nudged, and the quotient beside the derivative.

    Parameters
    ----------
    derivative : AnyDerivative
        What the engine says: of a parameter, or of a value on the way to the cost.
    nudge : Nudge
        The nudge, and the cost after it.
    parts : EquationParts
        What writes it.
    """

    before: Part[VGroup] = Part(0, doc="The cost as it is: name, sign, number.")
    after: Part[VGroup] = Part(1, doc="The cost after the nudge: name, sign, number.")
    below: Part[VGroup] = Part(5, doc="The cost after the nudge the other way: name, sign, number.")
    parameter: Part[VGroup] = Part(2, doc="The number as it is: name, sign, number.")
    step: Part[VGroup] = Part(3, doc="The nudge: name, sign, number.")
    quotient: Part[VGroup] = Part(
        4, doc="The central difference, its number, a sign, the derivative's number and its name."
    )

    def __init__(self, derivative: AnyDerivative, nudge: Nudge, parts: EquationParts) -> None:
        w = derivative.symbol.tex[0]  # the letter without its indices
        form = NumberFormat.telling_apart(nudge.cost, nudge.cost_above)
        before, after, below = (
            parts.number(cost, form=form)
            for cost in (nudge.cost, nudge.cost_above, nudge.cost_below)
        )
        parameter = VGroup(parts.sign(w), parts.sign("="), parts.number(nudge.parameter))
        step = VGroup(parts.sign("h"), parts.sign("="), parts.number(nudge.h, 1))
        costs = lay_out(
            [
                [parts.sign(f"C({w})"), parts.sign("="), before, *parameter],
                [parts.sign(f"C({w}+h)", f"C({w} + h)"), parts.sign("="), after, *step],
                [parts.sign(f"C({w}-h)", f"C({w} − h)"), parts.sign("="), below],
            ],
            "rcn    rcn",
            parts.gap,
            _ROW_GAP * parts.height,
            _LEAST_HEIGHT * parts.height,
        )
        difference = Fraction(
            parts.sign(f"C({w}+h)-C({w}-h)", f"C({w} + h) − C({w} − h)"),
            parts.sign("2h"),
            0.3 * parts.height,
        )
        difference.bar.set_color(parts.colors.foreground)
        derived = parts.number(derivative.value, 4).set_color(parts.colors.highlight)
        if nudge.quotient == derivative.value:
            sign = parts.sign("=")
        else:
            sign = parts.sign(r"\approx", "≈") if nudge.agrees else parts.sign(r"\neq", "≠")
        (quotient,) = lay_out(
            [
                [
                    *(difference, parts.sign("="), parts.number(nudge.quotient, 4), sign),
                    *(derived, parts.sign("="), parts.fraction(_C, derivative.symbol)),
                ]
            ],
            "lclclcl",
            parts.gap,
            0,
        )
        quotient.next_to(costs, DOWN, _GAP * parts.height, aligned_edge=LEFT)
        before_row, after_row, below_row = (VGroup(*row[:3]) for row in costs)
        super().__init__(before_row, after_row, parameter, step, quotient, below_row)
