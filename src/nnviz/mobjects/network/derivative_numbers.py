"""Numbers in a network's writing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Self

import numpy as np

from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.contrast import readable_shade
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.writing import digit_height

__all__ = ["DerivativeNumber", "by_place", "height_of", "number_of"]


def number_of(
    value: float, decimals: int, height: float, style: NetworkStyle
) -> QuickDecimalNumber:
    """Return a number in a style's writing, with digits of a height, that stays centred."""
    writing: Any = style.writing
    number = QuickDecimalNumber(
        float(value),
        num_decimal_places=decimals,
        mob_class=writing,
        color=style.text_color,
        edge_to_fix=np.zeros(3),
    )
    number.scale(height / digit_height(writing))
    return number


def height_of(number: QuickDecimalNumber, style: NetworkStyle) -> float:
    """Return how high digits of a number in a style's writing are, in scene units."""
    return float(number.enlargement) * digit_height(style.writing)


def by_place(
    texts: Callable[..., Any] | Mapping[Any, Any], places: Collection[Any], what: str
) -> Callable[..., Any]:
    """Return a function from a place to its text, None where there is none.

    Parameters
    ----------
    texts : callable or mapping from object to object
        Such a function, or a mapping.
    places : collection of object
        All there are.
    what : str
        Word for a place, for the error.

    Raises
    ------
    IndexError
        If a mapping names another place.
    """
    if not isinstance(texts, Mapping):
        return texts
    for place in texts:
        if place not in places:
            raise IndexError(f"a text is for the {what} {place!r}, which is not shown")
    return lambda *place: texts.get(place)


class DerivativeNumber(QuickDecimalNumber):
    """A derivative of the cost, coloured by the direction of a step down the gradient.

    A step lowers a parameter whose derivative is positive: the number has the style's
    ``decrease_color``, and ``increase_color`` below 0. A number that is shown as 0 has the colour
    of texts. Where a colour could not be read on the background, it is a shade that can.

    Parameters
    ----------
    value : float
        The derivative.
    decimals : int
        Decimals shown.
    height : float
        Height of a digit, in scene units.
    style : NetworkStyle
        Style of the picture.
    """

    def __init__(self, value: float, decimals: int, height: float, style: NetworkStyle) -> None:
        ground, writing = style.behind, style.writing
        mob_class: Any = writing
        self._colors = [
            readable_shade(color, ground)
            for color in (style.text_color, style.decrease_color, style.increase_color)
        ]
        super().__init__(
            float(value),
            num_decimal_places=decimals,
            mob_class=mob_class,
            edge_to_fix=np.zeros(3),
        )
        self.scale(height / digit_height(writing))
        self._paint()

    def set_value(self, number: float) -> Self:
        """Show another derivative, in its colour."""
        super().set_value(number)
        self._paint()
        return self

    def _paint(self) -> None:
        shown = round(float(self.number), self.num_decimal_places)
        self.set_fill(self._colors[int(np.sign(shown))])
