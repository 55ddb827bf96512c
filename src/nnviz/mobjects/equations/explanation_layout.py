"""What explanations share: they arrange their parts so that they are large in a box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from manim import VGroup

from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.quick_copies import FamilyCopiesQuickly

__all__ = ["Explanation"]


class Explanation(ShownInNotebooks, FamilyCopiesQuickly, VGroup):
    """Formulas beside a network, in one column or in two."""

    def __repr__(self) -> str:
        return type(self).__name__

    def _arrange(self, columns: int) -> None:
        """Put the parts below each other, or some of them side by side, at their present size."""
        raise NotImplementedError

    def _arrange_at_first(self, fit: tuple[float, float] | None) -> None:
        """Put the parts below each other, or into a box if one is given."""
        self._arrange(1)
        self.center()
        if fit is not None:
            self.fit_into(*fit)

    def fit_into(self, width: float, height: float) -> Self:
        """Become smaller if this is larger than a box, in one column or in two.

        Parameters
        ----------
        width, height : float
            Size of the box, in scene units.
        """
        center = self.get_center()
        scale, columns = _fitting(self._sizes(), width, height)
        self._arrange(columns)
        return self.scale(scale).move_to(center)

    def scales_to_fit_into(self, boxes: Iterable[tuple[float, float]]) -> list[float]:
        """Return the scale that :meth:`fit_into` would take for each box; nothing is moved.

        Parameters
        ----------
        boxes : iterable of (float, float)
            Widths and heights of the boxes, in scene units.

        Returns
        -------
        list of float
            Factors of the present size, at most 1.
        """
        sizes = self._sizes()
        return [_fitting(sizes, width, height)[0] for width, height in boxes]

    def _sizes(self) -> list[tuple[float, float]]:
        """Return width and height in one column and in two, at the present size."""
        trial, sizes = self.copy(), []
        for columns in (1, 2):
            trial._arrange(columns)
            sizes.append((trial.width, trial.height))
        return sizes


def _fitting(
    sizes: Sequence[tuple[float, float]], width: float, height: float
) -> tuple[float, int]:
    """Return scale and number of columns for a box: one column, if two are not larger."""
    scales = [min(1.0, width / wide, height / high) for wide, high in sizes]
    columns = int(np.argmax(scales))  # the first of equal ones
    return scales[columns], columns + 1
