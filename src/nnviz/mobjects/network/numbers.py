"""Numbers in a network's writing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.writing import digit_height

__all__ = ["number_of"]


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
