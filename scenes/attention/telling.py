"""How the film on attention tells: a question above, one sentence below, a picture between."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar

from manim import ManimColor, ParsableManimColor

from nnviz.mobjects.primitives.palette import GREEN, MAROON_B, TEAL
from nnviz.network import ForwardPass, pretrained
from nnviz.scene import told_scene

__all__ = ["COLORS", "KEY", "QUERY", "ROW", "VALUE", "ToldScene"]

#: The digits that the sorter reads in every scene: the first eight of pi.
ROW = (3, 1, 4, 1, 5, 9, 2, 6)
#: Colours of the three vectors that a head makes of every token, in words and around pictures. Blue
#: and red are the signs of numbers, and yellow is what the eye should look at.
QUERY, KEY, VALUE = TEAL, GREEN, MAROON_B
#: What is written in a colour of its own in every sentence.
COLORS: Mapping[str, ManimColor] = {
    "query": QUERY,
    "queries": QUERY,
    "key": KEY,
    "keys": KEY,
    "value": VALUE,
    "values": VALUE,
}


class ToldScene(told_scene.ToldScene, ABC):
    """A scene of the film: it has the model that it is about.

    Attributes
    ----------
    model : str
        Class attribute: the network, by its name for `nnviz.network.pretrained`.
    network : Network
        That network.
    """

    colors: ClassVar[Mapping[str, ParsableManimColor]] = COLORS
    model = "sort"

    def setup(self) -> None:
        """Load the model."""
        super().setup()
        self.network = pretrained(self.model)

    def forward_pass(self, tokens: Any = ROW) -> ForwardPass:
        """Return what the network computes of tokens."""
        return self.network.with_inputs(len(tokens)).forward_pass(tokens)
