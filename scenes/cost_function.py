"""What the cost function is."""

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Line,
    MathTex,
    Tex,
    VGroup,
)
from numpy.typing import ArrayLike

from nnviz import mnist
from nnviz.animations import staggered, write
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.palette import RED, YELLOW, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.network import one_hot
from preview_learning import PreviewLearning


class TODOInsertDefinitionOfCostFunction(PreviewLearning):
    """The cost of one example is a sum of squares; the cost is the average over all examples."""

    seed = 3001  # the network of GradientNudging, before training
    weight_exponent = 1.0
    network_scale = 0.7
    row_height = 0.45
    row_scale = 0.8
    image_height = 1.4
    # One whose decimals on screen add up without a remainder, and whose cost is not the average.
    example = 13
    others = (0, 1, 2, 3, 5, 6, 7)

    def construct(self) -> None:
        self.load_examples()
        self.initialize_network()
        self.show_example()
        self.compare_with_what_is_wanted()
        self.add_up_squares()
        self.gather_examples()
        self.take_average()

    def load_examples(self) -> None:
        train = mnist.load().train
        self.x, self.y = train.images, one_hot(train.labels)

    def initialize_network(self) -> None:
        net = self.network_mob.scale(self.network_scale).to_corner(DOWN + LEFT)
        net.shift(0.5 * RIGHT)
        neurons = net.layers[-1].neurons.scale(1.3)
        for row, (neuron, label) in enumerate(zip(neurons, net.output_labels, strict=True)):
            neuron.set_y((4.5 - row) * self.row_height - 0.6)
            label.scale(1.3).next_to(neuron, RIGHT, buff=0.15)
        net.put_edges_on_neurons()
        net.show_weights(exponent=self.weight_exponent)

    def show_example(self) -> None:
        x = self.x[self.example]
        self.image = self.get_image(x).to_corner(UP + LEFT)
        self.activate_network(x, FadeIn(self.image))

    def get_image(self, x: ArrayLike) -> MNistMobject:
        return MNistMobject(x).scale_to_fit_height(self.image_height)

    def compare_with_what_is_wanted(self) -> None:
        """Write each output with what it should be; the difference, squared; and the formula."""
        self.show_what_is_wanted()
        formula = ("C_0", "=", r"\sum_j", "(", "a_j", "-", "y_j", ")^2")
        outputs = self.network.feedforward(self.x[self.example])
        self.rows = VGroup()
        for output, wanted in zip(outputs, self.y[self.example], strict=True):
            square = (output - wanted) ** 2
            numbers = (f"{output:.2f}", "-", f"{wanted:.2f}", ")^2", "=", f"{square:.2f}")
            self.rows.add(MathTex("(", *numbers).scale(self.row_scale))
        for row, neuron in zip(self.rows, self.network_mob.layers[-1].neurons, strict=True):
            row[3].set_color(YELLOW)
            row[-1].set_color(RED)
            row.match_y(neuron).set_x(4.6)
        words = Tex("Cost of one example").set_color(RED)
        self.formula = VGroup(words, Formula(*formula)).arrange(DOWN, buff=0.12)
        self.formula.scale(0.85).next_to(self.rows, UP, buff=0.2)
        outputs_of_rows = VGroup(*(row[1] for row in self.rows))
        wanted_of_rows = VGroup(*(row[3] for row in self.rows))
        signs = VGroup(*(VGroup(row[0], row[2], row[4]) for row in self.rows))
        self.play(staggered(FadeIn, outputs_of_rows, run_time=1.5))
        self.play(staggered(FadeIn, wanted_of_rows, run_time=1.5))
        self.play(FadeIn(signs), FadeIn(self.formula[0]), write(self.formula[1]))
        self.wait()

    def show_what_is_wanted(self) -> None:
        """Put beside the outputs a layer that is as it should be, with words above both."""
        net = self.network_mob
        given = VGroup(net.layers[-1].neurons, net.output_labels)
        layer = net.layers[-1].neurons.copy().shift(1.5 * RIGHT)
        for neuron, activation in zip(layer, self.y[self.example], strict=True):
            neuron.set_fill(opacity=float(activation)).set_stroke(YELLOW)
        labels = net.output_labels.copy().shift(1.5 * RIGHT)
        heads = VGroup(
            Tex("given").scale(0.7).next_to(given, UP, buff=0.25),
            Tex("wanted").scale(0.7).set_color(YELLOW),
        )
        heads[1].next_to(VGroup(layer, labels), UP, buff=0.25)
        heads[1].shift((heads[0][0][1].get_bottom() - heads[1][0][1].get_bottom())[1] * UP)
        self.wanted = VGroup(layer, labels, heads)
        self.play(FadeIn(self.wanted))

    def add_up_squares(self) -> None:
        squares = VGroup(*(row[5:] for row in self.rows))
        cost = self.network.cost(self.x[self.example], self.y[self.example])
        self.total = MathTex("C_0", "=", f"{cost:.2f}").set_color(RED)
        line = Line(squares.get_left(), squares.get_right(), stroke_width=stroke(3))
        self.line = line.next_to(self.rows, DOWN, buff=0.15).match_x(squares)
        self.total.next_to(line, DOWN, buff=0.2).align_to(squares, RIGHT)
        self.play(staggered(FadeIn, squares))
        self.play(Create(line), write(self.total))
        self.wait(2)

    def gather_examples(self) -> None:
        """Show more examples, each with its cost."""
        self.examples = VGroup()
        for position, index in enumerate((self.example, *self.others)):
            cost = self.network.cost(self.x[index], self.y[index])
            words = MathTex(f"C_{position}", "=", f"{cost:.2f}").scale(0.8).set_color(RED)
            self.examples.add(VGroup(self.get_image(self.x[index]), words).arrange(DOWN))
        dots = MathTex(r"\cdots")
        self.examples.arrange_in_grid(rows=2, buff=(1.0, 0.25)).to_edge(UP)
        dots.next_to(self.examples, RIGHT, buff=0.5)
        first = self.examples[0]
        self.play(
            FadeOut(self.network_mob, self.wanted, self.rows, self.line, self.formula),
            self.image.animate.move_to(first[0]),
            self.total.animate.become(first[1]),
        )
        self.play(staggered(FadeIn, VGroup(*self.examples[1:], dots), run_time=3))

    def take_average(self) -> None:
        count = len(self.x)
        average = self.network.cost(self.x, self.y)
        last = f"{count - 1:,}".replace(",", "{,}")
        words = Tex(f"Cost: average over all {count:,} training examples")
        formula = Formula(
            "C",
            "=",
            rf"\frac{{1}}{{{count:,}}}".replace(",", "{,}"),
            rf"\sum_{{k=0}}^{{{last}}}",
            "C_k",
            "=",
            f"{average:.2f}",
        )
        formula[-1].set_color(RED)
        VGroup(words, formula).arrange(DOWN, buff=0.3).to_edge(DOWN)
        self.play(FadeIn(words))
        self.play(write(VGroup(*formula[:-2])))
        self.play(write(VGroup(*formula[-2:])))
        self.wait(2)
