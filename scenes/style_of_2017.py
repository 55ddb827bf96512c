"""How networks looked in the chapter of 2017."""

from __future__ import annotations

from typing import Any

from manim import MathTex

from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.primitives.palette import BLUE_C, ORANGE, YELLOW

__all__ = ["style_of_2017"]


def style_of_2017(**changes: Any) -> NetworkStyle:
    """Return the look of the chapter: small neurons, texts set by LaTeX, natural size.

    Parameters
    ----------
    **changes
        Other attributes of the style.
    """
    look: dict[str, Any] = {
        "fit": None,
        "neuron_radius": 0.15,
        "neuron_buff": 0.25,
        "layer_buff": 1.0,
        "writing": MathTex,
        "label_height": 0.75,
        "label_buff": 0.54,
        "label_alignment": "middle",
        "count_height": 0.3427148,  # as MathTex sets it
        "increase_color": BLUE_C,
        "decrease_color": ORANGE,
        "highlight_color": YELLOW,
        "neuron_ground": None,
    }
    return NetworkStyle.dark(**look | changes)
