"""An image travels through the network."""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Animation,
    AnimationGroup,
    ChangingDecimal,
    Create,
    FadeIn,
    FadeOut,
    Mobject,
    MoveToTarget,
    SurroundingRectangle,
    VGroup,
)
from numpy.typing import ArrayLike, NDArray

from nnviz import mnist
from nnviz.animations import FeedForward, staggered
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import WHITE, YELLOW, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject, PixelsAsSquares
from nnviz.network import Network, pretrained
from preview_learning import PreviewLearning


class TODOInsertFeedForwardAnimations(PreviewLearning):
    """Pixels of three digits flow into a trained network, whose largest output is its answer."""

    #: Of the training images the first of these digits, and then a hard one of the test images.
    digits = (7, 2)
    hard_example = 115
    network_scale = 0.85
    image_height = 2.4
    number_height = 0.22
    #: Of the column that the image unrolls into, one slot a pixel.
    column_size = (0.22, 6.4)
    #: Seconds in which the first image unrolls, and each of the others.
    unrolling_times = (4.0, 1.5)

    def make_network(self) -> Network:
        return pretrained()

    def construct(self) -> None:
        self.initialize_network()
        self.add_numbers()
        self.unrolling_time = self.unrolling_times[0]
        for x in self.examples():
            self.show_image(x)
            self.unroll_image()
            self.feed_forward(self.x)
            self.mark_answer()
            self.clear_network()
            self.unrolling_time = self.unrolling_times[1]

    def examples(self) -> list[NDArray[np.float64]]:
        easy = [mnist.first_of_each_digit()[digit][0] for digit in self.digits]
        return [*easy, mnist.load().test.images[self.hard_example]]

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
        self.image.to_edge(LEFT, buff=0.4)
        self.play(FadeIn(self.image))

    def show_activation_of_layer(self, layer: int, x: ArrayLike) -> None:
        step: list[Animation] = [FeedForward(self.network_mob, x, layers=[layer], run_time=1)]
        if layer == 0:
            step.append(self.send_pixels_into_network())
        if layer == 1:
            step.append(FadeOut(self.pixels, self.senders))
        if layer == len(self.network_mob.layers) - 1:
            for number, activation in zip(self.numbers, self.network.feedforward(x), strict=True):
                self.add(number.set_value(0).set_color(WHITE))
                step.append(ChangingDecimal(number, lambda t, a=activation: t * a))
        self.play(*step)

    def slot(self, index: int) -> NDArray[np.float64]:
        """Return the middle of a pixel's slot in the column, from the top downwards."""
        height, count = self.column_size[1], len(self.x)
        x = (self.image.get_right()[0] + self.network_mob.get_left()[0]) / 2
        return np.array([x, height * (0.5 - (index + 0.5) / count), 0.0])

    def unroll_image(self) -> None:
        """Let the pixels that are not black leave the image, row after row, for the column."""
        width, height = self.column_size
        self.pixels = VGroup()
        self.pixel_of: dict[int, Mobject] = {}
        for index, pixel in enumerate(PixelsAsSquares(self.image)):
            if self.x[index] > 0:
                target = pixel.generate_target().set_stroke(width=0)
                target.stretch_to_fit_width(width).stretch_to_fit_height(height / len(self.x))
                target.move_to(self.slot(index))
                self.pixel_of[index] = pixel
                self.pixels.add(pixel)
        self.play(
            staggered(MoveToTarget, self.pixels, share=0.3, run_time=self.unrolling_time),
        )

    def send_pixels_into_network(self) -> Animation:
        """Let the pixels whose neurons are shown go on to them, from their slots."""
        inputs = self.network_mob.layers[0]
        self.senders, moves = VGroup(), []
        for unit, neuron in zip(inputs.shown_units, inputs.neurons, strict=True):
            if int(unit) in self.pixel_of:
                sender = self.pixel_of[int(unit)].copy()
                self.senders.add(sender)
                size = 0.9 * neuron.width
                moves.append(
                    sender.animate.stretch_to_fit_width(size)
                    .stretch_to_fit_height(size)
                    .set_fill(opacity=0)
                    .move_to(neuron)
                )
        return AnimationGroup(*moves)

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
