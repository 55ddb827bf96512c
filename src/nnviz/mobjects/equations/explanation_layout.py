"""What explanations share: they arrange their parts so that they are large in a box."""

from __future__ import annotations

from typing import Self

from manim import VGroup

from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = ["Explanation"]


class Explanation(ShownInNotebooks, VGroup):
    """Formulas beside a network, in one column or in two."""

    def __repr__(self) -> str:
        return type(self).__name__

    def _arrange(self, columns: int) -> None:
        """Put the parts below each other, or some of them side by side, at their present size."""
        raise NotImplementedError

    def fit_into(self, width: float, height: float) -> Self:
        """Become smaller if this is larger than a box, in one column or in two.

        Parameters
        ----------
        width, height : float
            Size of the box, in scene units.
        """
        center = self.get_center()
        scale, columns = self._fitting(width, height)
        self._arrange(columns)
        return self.scale(scale).move_to(center)

    def scale_to_fit_into(self, width: float, height: float) -> float:
        """Return the scale that :meth:`fit_into` would take, at most 1; nothing is moved.

        Parameters
        ----------
        width, height : float
            Size of the box, in scene units.
        """
        return self._fitting(width, height)[0]

    def _fitting(self, width: float, height: float) -> tuple[float, int]:
        """Return scale and number of columns: one column, if two are not larger."""
        trial, choices = self.copy(), []
        for columns in (1, 2):
            trial._arrange(columns)
            choices.append((min(1.0, width / trial.width, height / trial.height), columns))
        return max(choices, key=lambda choice: (choice[0], -choice[1]))
