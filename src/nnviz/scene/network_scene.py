"""The base scene with a network on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from manim import (
    Animation,
    Mobject,
)
from numpy.typing import ArrayLike

from nnviz.animations import FeedForward
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.network import Network
from nnviz.scene.nn_scene import NNScene

__all__ = ["NetworkScene"]


class NetworkScene(NNScene):
    """A scene with one network on screen from the start.

    Attributes
    ----------
    sizes : tuple of int
        Class attribute: sizes of the layers of the random network that :meth:`make_network`
        returns.
    style : NetworkStyle or None
        Class attribute: its look; None for the style that fits the background.
    output_labels : sequence of str or mobject
        Class attribute: texts beside the output neurons; none by default.
    network : Network
        The engine.
    network_mob : NetworkMobject
        Its picture. Animations compute with ``network_mob.network``, the network that is shown:
        ``self.network_mob.show_weights(other)`` shows another one.
    """

    sizes: ClassVar[tuple[int, ...]] = (784, 16, 16, 10)
    style: ClassVar[NetworkStyle | None] = None
    output_labels: ClassVar[Sequence[str | Mobject]] = ()

    def make_network(self) -> Network:
        """Return the network to show; by default with random parameters from :attr:`rng`."""
        return Network.random(self.sizes, rng=self.rng)

    def make_picture(self) -> NetworkMobject:
        """Return the picture of :attr:`network`, in the scene's style and with its labels."""
        style = (self.style or NetworkStyle()).on(self.camera)
        return NetworkMobject(self.network, style, self.output_labels)

    def setup(self) -> None:
        """Make the network and put its picture on screen."""
        super().setup()
        self.network = self.make_network()
        self.network_mob = self.make_picture()
        self.add(self.network_mob)

    def feed_forward(self, x: ArrayLike) -> None:
        """Show how an input travels through the network, one second for each layer.

        Parameters
        ----------
        x : array_like
            One input, shape (n_in,).
        """
        for layer in range(len(self.network_mob.layers)):
            self.show_activation_of_layer(layer, x)

    def show_activation_of_layer(self, layer: int, x: ArrayLike) -> None:
        """Play one layer's part of :meth:`feed_forward`."""
        self.play(FeedForward(self.network_mob, x, layers=[layer], run_time=1))

    def activate_network(self, x: ArrayLike, *added: Animation) -> None:
        """Show how an input travels through the network, in 1.5 seconds.

        Parameters
        ----------
        x : array_like
            One input, shape (n_in,).
        *added : Animation
            Animations to play at the same time.
        """
        self.play(FeedForward(self.network_mob, x, run_time=1.5), *added)
