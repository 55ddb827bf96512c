"""A network learns before our eyes."""

from typing import ClassVar

import numpy as np
from manim import DOWN, RIGHT, UR, ChangingDecimal, FadeIn, FadeOut, Mobject, Tex, VGroup

from nnviz import mnist
from nnviz.animations.engine import TakeStep
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.palette import RED
from nnviz.network import one_hot
from nnviz.scene import network_scene


class PreviewLearning(network_scene.PreviewLearning):
    """Training in progress: fifteen examples, each with its gradient and a real step."""


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
        after = net.network.step(gradient, self.eta).cost(self.x, self.y)
        self.play(
            TakeStep(net, gradient, self.eta, pulse=False),
            ChangingDecimal(self.number, lambda share: after if share > 0 else self.number.number),
            run_time=self.quick_time,
        )
        self.remove(example)
        self.network = net.network
