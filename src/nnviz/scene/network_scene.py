"""Base scenes with a network on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Create,
    FadeIn,
    FadeOut,
    ManimColor,
    MathTex,
    Mobject,
    VGroup,
)
from numpy.typing import ArrayLike

from nnviz import mnist
from nnviz.animations.engine import FeedForward, TakeStep
from nnviz.animations.network import flash_edges
from nnviz.mobjects.arrows import vector
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.network.neuron import hollow
from nnviz.mobjects.palette import BLUE, WHITE, stroke
from nnviz.mobjects.pixel_image import MNistMobject
from nnviz.network import Gradient, Network, one_hot
from nnviz.scene.base import NNScene
from nnviz.scene.captions import caption

__all__ = ["NetworkScene", "PreviewLearning"]

#: Of an image of MNIST.
_N_PIXELS = 28 * 28


class NetworkScene(NNScene):
    """A scene with one network on screen from the start.

    Attributes
    ----------
    sizes : tuple of int
        Class attribute: the layers of the randomly initialised network that
        :meth:`make_network` draws.
    style : NetworkStyle or None
        Class attribute: how it looks; None is the style for the background.
    output_labels : sequence of str or mobject
        Class attribute: texts beside the output neurons; none by default.
    network : Network
        The engine.
    network_mob : NetworkMobject
        Its picture. What is animated is computed by ``network_mob.network``, the network that is
        shown: ``self.network_mob.show_weights(other)`` shows another one.
    """

    sizes: ClassVar[tuple[int, ...]] = (784, 16, 16, 10)
    style: ClassVar[NetworkStyle | None] = None
    output_labels: ClassVar[Sequence[str | Mobject]] = ()

    def make_network(self) -> Network:
        """Return the network to show: standard normal parameters drawn from :attr:`rng`."""
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
        """Show an input travel through the network, a second a layer.

        Parameters
        ----------
        x
            Shape (n_in,).
        """
        for layer in range(len(self.network_mob.layers)):
            self.show_activation_of_layer(layer, x)

    def show_activation_of_layer(self, layer: int, x: ArrayLike) -> None:
        """Play one layer's part of :meth:`feed_forward`."""
        self.play(FeedForward(self.network_mob, x, layers=[layer], run_time=1))

    def activate_network(self, x: ArrayLike, *added: Animation) -> None:
        """Let an input run through the whole network in 1.5 s, the layers one after the other.

        Parameters
        ----------
        x
            Shape (n_in,).
        *added
            Animations to play with it.
        """
        self.play(FeedForward(self.network_mob, x, run_time=1.5), *added)


class PreviewLearning(NetworkScene):
    """A network learns, one training example after the other, each by a real gradient step.

    Attributes
    ----------
    eta : float
        Class attribute: the learning rate.
    n_examples : int
        Class attribute: how many examples are shown.
    """

    style = NetworkStyle.chapter(
        neuron_stroke_color=WHITE,
        neuron_stroke_width=stroke(2),
        neuron_fill_color=WHITE,
        neuron_buff=0.1,
        layer_buff=2.0,
        edge_width=stroke(1),
        weight_exponent=3.0,
    )
    output_labels = tuple("0123456789")
    network_scale: ClassVar[float] = 0.7
    #: The pixels shown of an image of MNIST, in the middle of its two middle rows: those at its
    #: edges, the first and the last, are always dark.
    middle_pixels: ClassVar[Sequence[int]] = (*range(374, 382), *range(402, 410))
    eta: ClassVar[float] = 3.0
    n_examples: ClassVar[int] = 15

    def make_picture(self) -> NetworkMobject:
        """Return the picture of :attr:`network`; of an image it shows the pixels in the middle."""
        shown: dict[int | str, Sequence[int]] | None = (
            {0: self.middle_pixels} if self.network.sizes[0] == _N_PIXELS else None
        )
        return NetworkMobject(self.network, self.style, self.output_labels, shown_units=shown)

    def construct(self) -> None:
        """Show the script."""
        self.initialize_network()
        self.add_training_words()
        self.show_training()

    def initialize_network(self) -> None:
        """Place the network and colour its edges by their weights."""
        self.network_mob.scale(self.network_scale).to_edge(DOWN)
        self.color_network_edges()

    def color_network_edges(self) -> None:
        """Show every weight's sign and strength."""
        self.network_mob.show_weights()

    def add_training_words(self) -> None:
        """Say what is going on."""
        words = (
            caption("training_in_progress", dots=(r"$\dots$", "…")).scale(1.5).to_corner(UP + LEFT)
        )
        self.add(words)

    def show_training(self) -> None:
        """Show every example, what the network makes of it, and the step it asks for."""
        train = mnist.load().train
        for x, label in zip(train.images[: self.n_examples], train.labels, strict=False):
            example = self.get_labelled_example(x, int(label))
            self.activate_network(x, FadeIn(example))
            self.backprop_one_example(x, one_hot(label), FadeOut(example))

    def activate_network(self, x: ArrayLike, *added: Animation) -> None:
        """Light the whole network up for one input in 1.5 s, with a flash over all edges.

        Parameters
        ----------
        x
            Shape (n_in,).
        *added
            Animations to play with it.
        """
        net = self.network_mob
        lag = 1 / len(net.network.layers)  # each layer takes half of the time
        self.play(
            flash_edges(net.edges, net.style.highlight_color, 1.5 * net.style.edge_width),
            FeedForward(net, x, flash=False, run_time=1.5, lag_ratio=lag),
            *added,
        )

    def get_labelled_example(self, x: ArrayLike, label: int) -> VGroup:
        """Return the image, an arrow and the digit that it shows, at the upper edge."""
        image = MNistMobject(x).scale_to_fit_height(1)
        digit = MathTex(str(label)).scale(1.5)
        return VGroup(image, vector(RIGHT, color=BLUE), digit).arrange(RIGHT).to_edge(UP)

    def backprop_one_example(self, x: ArrayLike, y: ArrayLike, *outro: Animation) -> None:
        """Show the gradient for one example, from the last layer back, and take the step.

        Parameters
        ----------
        x, y
            Input and desired output, shapes (n_in,) and (n_out,).
        *outro
            Animations to play with the step.
        """
        gradient = self.network.backprop(x, y)
        edges, rings = self.get_requested_changes(gradient)
        for group, ring in zip(reversed(edges), reversed(rings), strict=True):
            self.play(Create(group), FadeIn(ring), run_time=0.5)
        emptied = [np.zeros(size) for size in self.network.sizes]
        self.play(
            TakeStep(self.network_mob, gradient, self.eta, pulse=False, run_time=1),
            self.network_mob.animate.show_activations(emptied),
            FadeOut(edges),
            FadeOut(rings),
            *outro,
        )
        self.network = self.network_mob.network

    def get_requested_changes(self, gradient: Gradient) -> tuple[VGroup, VGroup]:
        """Return edges and rings that show what a gradient step would do.

        Returns
        -------
        edges : VGroup
            The edges of each weight matrix, coloured and as wide as the weights' changes.
        rings : VGroup
            A group a layer after the input, coloured as the biases' changes.
        """
        net = self.network_mob
        painted = net.edges_by_gradient(gradient, exponent=1)
        edges = VGroup(*(painted[group.rows] for group in net.edge_groups))
        rings = VGroup()
        for layer, changes in zip(net.layers[1:], gradient.biases, strict=True):
            ring = VGroup(*map(hollow, layer.neurons))
            for neuron, change in zip(ring, changes[layer.shown_units], strict=True):
                color = net.style.increase_color if change < 0 else net.style.decrease_color
                neuron.set_stroke(ManimColor(color))
            rings.add(ring)
        return edges, rings
