"""Three digits are read, and what would make the last answer better.

The network of 784, 16, 16 and 10 neurons sees three handwritten digits. Then the edges show where
a step down the gradient would move each weight.

Section: Networks
Shows: NetworkMobject, FeedForward, ShowGradient, pretrained, one_hot
"""

from manim import LEFT, RIGHT, FadeIn, FadeOut, Group, Indicate, Scene

from nnviz import (
    FeedForward,
    MNistMobject,
    NetworkMobject,
    ShowGradient,
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
        for index in (0, 1, 4):
            x = test.images[index]
            image = MNistMobject(x, height=2.5).move_to(place)
            self.play(FadeIn(image, shift=0.5 * RIGHT), run_time=0.5)
            self.play(FeedForward(net, x, run_time=1.6))
            answer = int(network.predict(x))
            self.play(Indicate(net.layers[-1].neurons[answer], scale_factor=1.6), run_time=0.7)
            if index != 4:
                self.play(FadeOut(image, shift=0.5 * LEFT), run_time=0.3)
        gradient = network.backprop(x, one_hot(test.labels[4]))
        self.play(ShowGradient(net, gradient))
        self.wait()
