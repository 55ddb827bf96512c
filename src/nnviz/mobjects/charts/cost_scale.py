"""From costs to heights and colours, and the round numbers to write beside them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.plot import nice_ticks

__all__ = ["CostScale", "number_text"]

#: A scale whose ends differ by more than this factor is logarithmic by default.
_WORTH_A_LOGARITHM = 100.0


def number_text(value: float) -> str:
    """Return a number as charts write it."""
    return words.number(f"{value:.4g}".replace("e+0", "e").replace("e-0", "e-"))


@dataclass(frozen=True)
class CostScale:
    """Costs as shares of a chart's height.

    Attributes
    ----------
    low, high
        Costs at 0 and at 1.
    logarithmic
        Whether equal factors are equally high, not equal differences.
    cut_off
        Whether there are costs above `high`, which the chart shows as `high`.
    """

    low: float
    high: float
    logarithmic: bool
    cut_off: bool

    @classmethod
    def of(
        cls, costs: NDArray[np.float64], highest: float | None, logarithmic: bool | None
    ) -> CostScale:
        """Make the scale of a grid of costs.

        Parameters
        ----------
        costs : ndarray of float
            At least one finite.
        highest : float or None
            Where to cut off; nowhere if None, but for what is not finite.
        logarithmic : bool or None
            If None, where the costs are positive and span more than two decades.

        Raises
        ------
        ValueError
            If there is nothing left to show, or a logarithm is asked of costs that are not
            positive.
        """
        finite = costs[np.isfinite(costs)]
        if not finite.size:
            raise ValueError("no cost on this plane is a finite number: choose smaller spans")
        low, high = float(finite.min()), float(finite.max())
        if highest is not None:
            if not highest > low:
                raise ValueError(f"highest = {highest} leaves nothing: the lowest cost is {low:g}")
            high = min(high, float(highest))
        if logarithmic is None:
            logarithmic = low > 0 and high > _WORTH_A_LOGARITHM * low
        elif logarithmic and not low > 0:
            raise ValueError(f"a logarithmic scale needs positive costs, and there is {low:g}")
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            high = low + (abs(low) or 1.0)  # a plain: there is a height to give, if not a hill
        return cls(low, high, bool(logarithmic), bool((~(costs <= high)).any()))

    def transformed(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Return costs, or their logarithms, within the scale; NaN counts as above it."""
        values = np.nan_to_num(np.asarray(costs, dtype=np.float64), nan=np.inf, posinf=np.inf)
        values = values.clip(self.low, self.high)
        return np.log(values) if self.logarithmic else values

    def shares(self, costs: ArrayLike) -> NDArray[np.float64]:
        """Return costs as numbers from 0 to 1, shape (...,)."""
        first, last = self.transformed([self.low, self.high])
        result: NDArray[np.float64] = (self.transformed(costs) - first) / (last - first)
        return result

    def levels(self, most: int) -> NDArray[np.float64]:
        """Return round costs inside the scale, at most a given number."""
        if not self.logarithmic:
            found = nice_ticks(self.low, self.high, most)
        else:
            powers = 10.0 ** np.arange(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            for factors in ((1, 2, 5), (1, 3), (1,)):
                found = np.multiply.outer(powers, factors).ravel()
                found = found[(found >= self.low) & (found <= self.high)]
                if len(found) <= most:
                    break
            found = found[:: max(ceil(len(found) / most), 1)] if most else found[:0]
        return found

    def words(self) -> str:
        """Return the scale in words."""
        return words.word("cost_logarithmic" if self.logarithmic else "cost")
