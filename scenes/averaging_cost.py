"""The cost is an average over all training examples."""

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Brace,
    FadeIn,
    Tex,
    VGroup,
    wiggle,
)
from numpy.typing import ArrayLike

from nnviz import mnist
from nnviz.animations import flip_edges, wiggle_edges
from nnviz.mobjects.primitives.arrows import double_arrow
from nnviz.mobjects.primitives.palette import RED, WHITE, YELLOW
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from preview_learning import PreviewLearning


class ShowAveragingCost(PreviewLearning):
    """Many examples flicker by: the cost is their average, and each step adjusts every weight."""

    network_scale = 0.8
    weight_exponent = 1.0
    image_height = 1.2
    start_examples_time = 5
    examples_per_adjustment_time = 2
    n_adjustments = 5
    time_per_example = 1 / 15

    def construct(self) -> None:
        self.setup_network()
        self.setup_diff_words()
        self.show_many_examples()

    def setup_network(self) -> None:
        self.network_mob.scale(self.network_scale).to_edge(DOWN).shift(LEFT)
        self.network_mob.show_weights(exponent=self.weight_exponent)

    def setup_diff_words(self) -> None:
        net = self.network_mob
        self.desired_layer = net.layers[-1].copy()
        self.desired_labels = net.output_labels.copy()
        self.desired_output = VGroup(self.desired_layer, self.desired_labels).shift(1.5 * RIGHT)
        self.double_arrow = double_arrow(net.output_labels, self.desired_output, color=RED)
        self.brace = Brace(VGroup(net.layers[-1], self.desired_output), UP)
        self.cost_words = self.brace.get_text(r"Cost of \\ one example").set_color(RED)
        self.add(self.desired_output, self.double_arrow, self.brace, self.cost_words)

    def show_many_examples(self) -> None:
        average_words = Tex("Average over all training examples")
        average_words.next_to([-1, 0, 0], RIGHT).to_edge(UP)
        self.add(average_words)

        train = mnist.load().train

        def flicker_through_examples(seconds: float) -> None:
            for n in range(round(seconds / self.time_per_example)):
                self.show_one_example(train.images[n], int(train.labels[n]))
                self.wait(self.time_per_example)

        flicker_through_examples(self.start_examples_time)
        self.play(
            wiggle_edges(self.network_mob.edges, rate_func=lambda t: wiggle(t, 4), run_time=3)
        )

        words = Tex(
            r"Each step \\ uses every \\ example\\",
            r"$\dots$theoretically",
            tex_environment="flushleft",
        )
        words.set_color(YELLOW).scale(0.8).to_corner(UP + LEFT)
        for adjustment in range(self.n_adjustments):
            if adjustment < len(words):
                self.play(FadeIn(words[adjustment]))
            flicker_through_examples(self.examples_per_adjustment_time)
            self.play(flip_edges(reversed(self.network_mob.edges)))
            if adjustment >= len(words):
                self.wait()

    def show_one_example(self, x: ArrayLike, label: int) -> None:
        if hasattr(self, "image"):
            self.remove(self.image)
        self.image = MNistMobject(x).scale_to_fit_height(self.image_height)
        self.image.next_to(self.network_mob.layers[0].neurons, UP, aligned_edge=LEFT)
        self.network_mob.show_activations(self.network.forward_pass(x))
        self.desired_layer.neurons.set_fill(opacity=0)
        self.desired_layer.neurons[label].set_fill(WHITE, opacity=1)
        self.add(self.image, self.desired_output)
