"""A network learns before our eyes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    UR,
    Animation,
    ChangingDecimal,
    Create,
    FadeIn,
    FadeOut,
    ManimColor,
    MathTex,
    Mobject,
    Tex,
    VGroup,
)
from numpy.typing import ArrayLike

from nnviz import mnist
from nnviz.animations import FeedForward, TakeStep, flash_edges
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.neuron import hollow
from nnviz.mobjects.primitives.arrows import vector
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import BLUE, RED, WHITE, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.network import Gradient, one_hot
from nnviz.scene.network_scene import NetworkScene
from style_of_2017 import style_of_2017

__all__ = ["LearningLowersCost", "PreviewLearning", "TODOInsertPreviewLearning"]

#: The number of pixels of an image of MNIST.
_N_PIXELS = 28 * 28


class PreviewLearning(NetworkScene):
    """Training in progress: fifteen examples, each with its gradient and a real step.

    Attributes
    ----------
    learning_rate : float
        Class attribute: the learning rate.
    n_examples : int
        Class attribute: how many examples are shown.
    """

    style = style_of_2017(
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
    learning_rate: ClassVar[float] = 3.0
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
        self.add(Tex(r"Training in \\ progress$\dots$").scale(1.5).to_corner(UP + LEFT))

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
        x : array_like
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
        x, y : array_like
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
            TakeStep(self.network_mob, gradient, self.learning_rate, pulse=False, run_time=1),
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


class TODOInsertPreviewLearning(PreviewLearning):
    """Training in progress, where the chapter calls for it."""


class LearningLowersCost(PreviewLearning):
    """Training in progress, three examples in full and then quicker, and the cost that falls."""

    slow_examples: ClassVar[int] = 3
    n_examples: ClassVar[int] = 64
    quick_time: ClassVar[float] = 0.3
    #: The cost is the mean over so many examples.
    n_measured: ClassVar[int] = 2000

    def add_training_words(self) -> None:
        super().add_training_words()
        train = mnist.load().train
        self.x = train.images[: self.n_measured]
        self.y = one_hot(train.labels[: self.n_measured])
        self.number = QuickDecimalNumber(self.cost(), color=RED).scale(1.2)
        words = Tex("Cost").scale(1.2).set_color(RED)
        self.counter = VGroup(words, self.number).arrange(RIGHT, buff=0.3, aligned_edge=DOWN)
        self.add(self.counter.to_corner(UR, buff=0.6))

    def cost(self) -> float:
        return self.network_mob.network.cost(self.x, self.y)

    def show_training(self) -> None:
        train = mnist.load().train
        examples = zip(train.images[: self.n_examples], train.labels, strict=False)
        for position, (x, label) in enumerate(examples):
            example = self.get_labelled_example(x, int(label))
            if position < self.slow_examples:
                self.activate_network(x, FadeIn(example))
                self.backprop_one_example(x, one_hot(label), FadeOut(example))
                self.number.set_value(self.cost())
            else:
                self.learn_quickly(x, one_hot(label), example)
        self.wait()

    def learn_quickly(self, x: np.ndarray, y: np.ndarray, example: Mobject) -> None:
        """Show an example, and take its step at once."""
        net = self.network_mob
        net.show_activations(net.network.forward_pass(x))
        self.add(example)
        gradient = net.network.backprop(x, y)
        after = net.network.step(gradient, self.learning_rate).cost(self.x, self.y)
        self.play(
            TakeStep(net, gradient, self.learning_rate, pulse=False),
            ChangingDecimal(self.number, lambda share: after if share > 0 else self.number.number),
            run_time=self.quick_time,
        )
        self.remove(example)
        self.network = net.network
