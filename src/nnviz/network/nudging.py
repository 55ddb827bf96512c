"""The proof of a derivative: a number is changed a little, and the cost is computed again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

from nnviz.network._types import NetworkError

__all__ = ["CanBeNudged", "Nudge"]

#: How large nudges are tried, from the one that is easiest to see.
_NUDGES = (0.1, 0.01, 1e-3, 1e-4, 1e-5)
#: A quotient this near to the derivative, relatively, has the same first three digits.
_NEAR = 1e-3


@dataclass(frozen=True)
class Nudge:
    """What becomes of the cost when a parameter is changed a little.

    Attributes
    ----------
    h
        The change.
    parameter, cost
        As they are.
    cost_above, cost_below
        With h added to the parameter, and taken from it.
    derivative
        What the chain rule says.
    """

    h: float
    parameter: float
    cost: float
    cost_above: float
    cost_below: float
    derivative: float

    @property
    def quotient(self) -> float:
        """The central difference, (C(w + h) - C(w - h)) / 2h."""
        return (self.cost_above - self.cost_below) / (2 * self.h)

    @property
    def agrees(self) -> bool:
        """Whether quotient and derivative are the same to three digits."""
        # The costs are rounded, and that is as much as can be asked of their difference.
        rounding = 1e-15 * max(1.0, abs(self.cost)) / abs(self.h)
        return abs(self.quotient - self.derivative) <= _NEAR * abs(self.derivative) + rounding


class Derivative(Protocol):
    """A derivative of the cost by one number."""

    @property
    def value(self) -> float:
        """The derivative."""

    @property
    def parameter(self) -> float:
        """The number as it is."""

    @property
    def cost_of_nudge(self) -> Callable[[float], float]:
        """The cost as a function of the number's change."""


class CanBeNudged:
    """What proves a derivative of the cost. It is a value: its copies are itself."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def nudge(self: Derivative, h: float | None = None) -> Nudge:
        """Change the number by h and by -h, and compute what the cost is then.

        Parameters
        ----------
        h : float, optional
            Positive. By default the largest of 0.1, 0.01... 0.00001 whose quotient has the
            derivative's first three digits: a larger one shows the curve, and beyond a corner of a
            ReLU another slope. Where none has, as at the corner itself, the nearest.

        Raises
        ------
        NetworkError
            If h is not positive and finite.
        """
        if h is not None and not (math.isfinite(h) and h > 0):
            raise NetworkError(f"a nudge is a positive number, not {h}")
        cost, at_rest = self.cost_of_nudge, self.cost_of_nudge(0.0)
        nudges = [
            Nudge(step, self.parameter, at_rest, cost(step), cost(-step), self.value)
            for step in (_NUDGES if h is None else (h,))
        ]
        for nudge in nudges:
            if nudge.agrees:
                return nudge
        return min(nudges, key=lambda nudge: abs(nudge.quotient - self.value))
