"""Base scenes that explain one weight's derivative, or one neuron's activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from manim import config
from numpy.typing import ArrayLike

from nnviz.animations import ExplainNeuron, ExplainWeight
from nnviz.scene.network_scene import NetworkScene

__all__ = ["ExplainNeuronScene", "ExplainWeightScene"]

#: A small network is enlarged at most by this factor.
_LARGEST = 2.0


class _ExplainScene(NetworkScene):
    """A network at the left, with room for formulas at the right."""

    sizes = (2, 3, 1)
    output_labels = ()
    writing: ClassVar[Literal["text", "latex"] | type[Any]] = "text"
    network_share: ClassVar[float] = 0.42

    def place_network(self) -> None:
        """Put the network at the left, its edges coloured by their weights."""
        net = self.network_mob
        buff = 0.5
        width = self.network_share * config.frame_width - buff
        net.scale(min(width / net.width, (config.frame_height - 2 * buff) / net.height, _LARGEST))
        net.set_x(-config.frame_width / 2 + buff + width / 2).set_y(0)
        net.show_weights()


class ExplainNeuronScene(_ExplainScene):
    """A network, and beside it how one of its neurons computes its activation.

    Define the network (`make_network`), the input (`example`) and the neuron (`neuron`).

    Attributes
    ----------
    neuron : tuple
        Class attribute: layer and unit, as for `ExplainNeuron`.
    writing : type or str
        Class attribute: how formulas are written, as for `ExplainWeightScene`.
    network_share : float
        Class attribute: the network's share of the frame's width.

    Examples
    --------
    ::

        class Explained(ExplainNeuronScene):
            neuron = (1, 2)

            def make_network(self):
                return Network.load("xor.npz")

            def example(self):
                return [0, 1]
    """

    neuron: ClassVar[tuple[int | str, int | Sequence[int]]] = (1, 0)

    def example(self) -> ArrayLike:
        """Return one input, shape (n_in,)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no example: let example(self) return an input"
        )

    def construct(self) -> None:
        """Play the script."""
        self.place_network()
        self.activate_network(self.example())
        self.explain_neuron()

    def explain_neuron(self) -> None:
        """Explain what the neuron computes."""
        layer, unit = self.neuron
        net, x = self.network_mob, self.example()
        self.play(ExplainNeuron(net, layer, unit, x, writing=self.writing))
        self.wait()


class ExplainWeightScene(_ExplainScene):
    """A network at the left, and at the right how one of its weights acts on the cost.

    Define the network (`make_network`), the example (`example`) and the weight (`weight`).

    Attributes
    ----------
    weight : tuple
        Class attribute: layer, i and j, as for `ExplainWeight`; i is None for a bias.
    writing : type or str
        Class attribute: how formulas are written: ``"text"``, ``"latex"``, or a class or function
        such as ``Text`` or ``MathTex``.
    network_share : float
        Class attribute: the network's share of the frame's width.

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

    weight: ClassVar[tuple[int, int | None, int]] = (0, 0, 0)

    def example(self) -> tuple[ArrayLike, ArrayLike]:
        """Return one input and its desired output, shapes (n_in,) and (n_out,)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no example: let example(self) return an input and its "
            "desired output"
        )

    def construct(self) -> None:
        """Play the script."""
        self.place_network()
        self.show_example()
        self.explain_weight()

    def show_example(self) -> None:
        """Let the example run through the network."""
        x, _ = self.example()
        self.activate_network(x)

    def explain_weight(self) -> None:
        """Explain the chain rule for the weight."""
        explain = ExplainWeight(
            self.network_mob, *self.weight, *self.example(), writing=self.writing
        )
        self.play(explain)
        self.wait()
