"""The base scene in which the chain rule is told for one weight."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from manim import config
from numpy.typing import ArrayLike

from nnviz.animations.explain_weight import ExplainWeight
from nnviz.scene.network_scene import NetworkScene

__all__ = ["ExplainWeightScene"]

#: A small network is not made more than so many times as large.
_LARGEST = 2.0


class ExplainWeightScene(NetworkScene):
    """A network at the left, and at the right how one of its weights acts on the cost.

    Say which network (`make_network`), which example (`example`) and which weight (`weight`).

    Attributes
    ----------
    weight : tuple
        Class attribute: layer, i and j, as for `ExplainWeight`; i is None for a bias.
    writing
        Class attribute: what formulas are written by: ``"text"``, ``"latex"``, or a class or
        function such as ``Text`` or ``MathTex``.
    network_share : float
        Class attribute: the part of the frame's width that the network has.

    Examples
    --------
    ::

        class Explained(ExplainWeightScene):
            weight = (1, 2, 0)

            def make_network(self):
                return Network.load("xor.npz")

            def example(self):
                return [0, 1], [1]
    """

    sizes = (2, 3, 1)
    output_labels = ()
    weight: ClassVar[tuple[int, int | None, int]] = (0, 0, 0)
    writing: ClassVar[Literal["text", "latex"] | type[Any]] = "text"
    network_share: ClassVar[float] = 0.42

    def example(self) -> tuple[ArrayLike, ArrayLike]:
        """Return one input and its desired output, shapes (n_in,) and (n_out,)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no example: let example(self) return an input and its "
            "desired output"
        )

    def construct(self) -> None:
        """Show the script."""
        self.place_network()
        self.show_example()
        self.explain_weight()

    def place_network(self) -> None:
        """Put the network at the left, its edges coloured by their weights."""
        net = self.network_mob
        buff = 0.5
        width = self.network_share * config.frame_width - buff
        net.scale(min(width / net.width, (config.frame_height - 2 * buff) / net.height, _LARGEST))
        net.set_x(-config.frame_width / 2 + buff + width / 2).set_y(0)
        net.show_weights()

    def show_example(self) -> None:
        """Let the example run through the network."""
        x, _ = self.example()
        self.activate_network(x)

    def explain_weight(self) -> None:
        """Tell the chain rule for the weight."""
        explain = ExplainWeight(
            self.network_mob, *self.weight, *self.example(), writing=self.writing
        )
        self.play(explain)
        self.wait()
