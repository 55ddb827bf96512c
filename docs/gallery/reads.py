"""Two digits are read, and a step makes the last answer surer.

The network of 784, 16, 16 and 10 neurons is sure of the first digit, and less sure of the second.
Its edges show where a step down the gradient moves each weight. After the step it reads the digit
again.

Section: Networks
Shows: NetworkMobject, FeedForward, ShowGradient, pretrained, one_hot
Next: digits, backpropagate
"""

from manim import RIGHT, Create, FadeIn, FadeOut, Group, Scene, SurroundingRectangle, VGroup

from nnviz import (
    FeedForward,
    MNistMobject,
    NetworkMobject,
    ShowGradient,
    TakeStep,
    mnist,
    one_hot,
    pretrained,
)


class Reads(Scene):
    def construct(self):
        network, test = pretrained(), mnist.load().test
        middle = [*range(374, 382), *range(402, 410)]  # pixels at the image's edges are dark
        options = {"output_labels": "0123456789", "shown_units": {0: middle}, "fit": (9.5, 7.2)}
        net = NetworkMobject(network, **options).show_weights()
        place = MNistMobject(test.images[0], height=2.5)
        Group(place, net).arrange(RIGHT, buff=0.6)
        self.add(net)

        def answer():
            row = int(net.network.predict(x))
            both = VGroup(net.layers[-1].neurons[row], net.output_labels[row])
            return SurroundingRectangle(both, buff=(0.12, 0.02), corner_radius=0.1)

        for index in (0, 115):
            x, y = test.images[index], one_hot(test.labels[index])
            image = MNistMobject(x, height=2.5).move_to(place)
            self.play(FadeIn(image, shift=0.5 * RIGHT), run_time=0.4)
            self.play(FeedForward(net, x, run_time=1.2))
            box = answer()
            self.play(Create(box), run_time=0.4)
            self.wait(0.4)
            self.play(FadeOut(box, *([image] if index == 0 else [])), run_time=0.3)
        gradient = network.backprop(x, y)
        self.play(ShowGradient(net, gradient), run_time=0.8)
        self.play(TakeStep(net, gradient, learning_rate=0.5, run_time=1.2))
        self.play(FeedForward(net, x, run_time=1.0))
        self.play(Create(answer()), run_time=0.4)
        self.wait(0.6)
