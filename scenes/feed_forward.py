"""An image travels through the network."""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    Animation,
    ChangingDecimal,
    Create,
    FadeIn,
    FadeOut,
    MoveToTarget,
    SurroundingRectangle,
    VGroup,
)
from numpy.typing import ArrayLike, NDArray

from nnviz import mnist
from nnviz.animations import FeedForward
from nnviz.animations.timing import staggered
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.palette import WHITE, YELLOW, stroke
from nnviz.mobjects.pixel_image import MNistMobject, PixelsAsSquares
from nnviz.network import Network, pretrained
from nnviz.scene.network_scene import PreviewLearning


class TODOInsertFeedForwardAnimations(PreviewLearning):
    """Pixels of three digits flow into a trained network, whose largest output is its answer."""

    digits = (7, 2, 5)
    network_scale = 0.85
    image_height = 2.6
    number_height = 0.19

    def make_network(self) -> Network:
        return pretrained()

    def construct(self) -> None:
        self.initialize_network()
        self.add_numbers()
        for digit in self.digits:
            self.show_image(mnist.first_of_each_digit()[digit][0])
            self.feed_forward(self.x)
            self.mark_answer()
            self.clear_network()

    def initialize_network(self) -> None:
        self.network_mob.scale(self.network_scale).to_corner(DOWN + RIGHT, buff=0.4).shift(LEFT)
        self.network_mob.set_y(0)
        self.color_network_edges()

    def add_numbers(self) -> None:
        """Put a number right of every output, for its activation."""
        self.numbers = VGroup()
        for neuron in self.network_mob.layers[-1].neurons:
            number = QuickDecimalNumber(0).scale_to_fit_height(self.number_height)
            self.numbers.add(number.move_to(neuron).shift(0.9 * RIGHT))

    def show_image(self, x: NDArray[np.float64]) -> None:
        self.x = x
        self.image = MNistMobject(x).scale_to_fit_height(self.image_height)
        self.image.to_edge(LEFT, buff=0.6)
        self.play(FadeIn(self.image))

    def show_activation_of_layer(self, layer: int, x: ArrayLike) -> None:
        step: list[Animation] = [FeedForward(self.network_mob, x, layers=[layer], run_time=1)]
        if layer == 0:
            step.append(self.send_pixels_into_network())
        if layer == 1:
            step.append(FadeOut(self.pixels))
        if layer == len(self.network_mob.layers) - 1:
            for number, activation in zip(self.numbers, self.network.feedforward(x), strict=True):
                self.add(number.set_value(0).set_color(WHITE))
                step.append(ChangingDecimal(number, lambda t, a=activation: t * a))
        self.play(*step)

    def send_pixels_into_network(self) -> Animation:
        """Let every pixel that is not black fly to its neuron, or else to its row of the column.

        The column has the image's first pixel at the top and its last one at the bottom; the
        neurons shown are 16 of the 784.
        """
        inputs = self.network_mob.layers[0]
        heights = {
            int(unit): neuron.get_y()
            for unit, neuron in zip(inputs.shown_units, inputs.neurons, strict=True)
        }
        ends = inputs.neurons.get_top()[1], inputs.neurons.get_bottom()[1]
        self.pixels = VGroup()
        for index, pixel in enumerate(PixelsAsSquares(self.image)):
            if self.x[index] > 0:
                height = heights.get(index, np.interp(index, (0, len(self.x) - 1), ends))
                target = pixel.generate_target().scale(0.6)
                target.move_to((inputs.neurons.get_x(), height, 0))
                self.pixels.add(pixel)
        return staggered(MoveToTarget, self.pixels, share=0.4, path_arc=-PI / 3)

    def mark_answer(self) -> None:
        answer = self.network.predict(self.x)
        net = self.network_mob
        row = VGroup(net.layers[-1].neurons[answer], net.output_labels[answer])
        self.mark = SurroundingRectangle(
            VGroup(row, self.numbers[answer]), color=YELLOW, stroke_width=stroke(3), buff=0.04
        )
        self.play(Create(self.mark), self.numbers[answer].animate.set_color(YELLOW))
        self.wait()

    def clear_network(self) -> None:
        net = self.network_mob
        emptied = [np.zeros(size) for size in self.network.sizes]
        self.play(
            net.animate.show_activations(emptied),
            FadeOut(self.image, self.mark, self.numbers),
        )
