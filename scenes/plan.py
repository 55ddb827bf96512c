"""The chapter's plan."""

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    BulletedList,
    Create,
    FadeIn,
    FadeOut,
    Line,
    Mobject,
    ScreenRectangle,
    Tex,
    VGroup,
    config,
)

from nnviz import mnist
from nnviz.animations import write
from nnviz.mobjects.equations.chain_rule import ChainRule
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.arrows import vector
from nnviz.mobjects.primitives.palette import BLUE, RED, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.network import Network, one_hot, pretrained
from nnviz.scene.nn_scene import NNScene
from preview_learning import PreviewLearning


class LayOutPlan(NNScene):
    """The plan: a recap, an intuitive walkthrough, and then the derivatives."""

    def construct(self) -> None:
        title = Tex("Plan").scale(1.5).to_edge(UP)
        line = Line(LEFT, RIGHT, stroke_width=stroke(4)).scale(config.frame_x_radius - 1)
        line.next_to(title, DOWN)
        items = BulletedList(
            "Recap",
            "Intuitive walkthrough",
            r"Derivatives in \\ computational graphs",
        ).to_edge(LEFT, buff=1)
        self.screen = screen = ScreenRectangle(stroke_width=stroke(4))
        screen.scale_to_fit_width(config.frame_width - items.width - 2)
        screen.next_to(items, RIGHT, buff=0.5)

        self.add(items)
        self.play(write(title), Create(line), Create(screen), run_time=2)
        for index in range(len(items)):
            self.play(items.animate.fade_all_but(index), *self.show_part(index))
            self.wait(2)

    def show_part(self, index: int) -> list[Animation]:
        """Return what shows a part of the plan on the screen, which stayed empty in 2017."""
        return []


class PlanInPictures(LayOutPlan):
    """The plan, and on the screen a picture of each of its parts."""

    digit = 2

    def setup(self) -> None:
        super().setup()
        self.x = mnist.first_of_each_digit()[self.digit][0]
        self.picture: Mobject | None = None

    def show_part(self, index: int) -> list[Animation]:
        before = self.picture
        self.picture = (self.recap, self.walkthrough, self.derivatives)[index]()
        self.picture.scale_to_fit_width(0.86 * self.screen.width)
        if self.picture.height > 0.82 * self.screen.height:
            self.picture.scale_to_fit_height(0.82 * self.screen.height)
        self.picture.move_to(self.screen)
        return [FadeIn(self.picture), *([] if before is None else [FadeOut(before)])]

    def get_network(self, network: Network) -> NetworkMobject:
        net = NetworkMobject(
            network,
            PreviewLearning.style,
            tuple("0123456789"),
            shown_units={0: PreviewLearning.middle_pixels},
        )
        label = net.layers[0].size_label
        label.remove(*label[2:])  # which of the 784 are shown is too small to read here
        return net.show_weights().show_activations(network.forward_pass(self.x))

    def recap(self) -> Mobject:
        """Return a trained network that reads a digit."""
        image = MNistMobject(self.x).scale_to_fit_height(1.6)
        return VGroup(image, self.get_network(pretrained())).arrange(RIGHT, buff=0.4)

    def walkthrough(self) -> Mobject:
        """Return outputs before training, and what one example asks of them."""
        network = Network.random((784, 16, 16, 10), rng=self.rng)
        outputs = self.get_network(network)
        layer, labels = outputs.layers[-1], outputs.output_labels
        arrows = VGroup()
        missing = one_hot(self.digit) - network.feedforward(self.x)
        for error, label in zip(missing, labels, strict=True):
            nudge = vector(0.32 * error * UP, color=BLUE if error > 0 else RED)
            arrows.add(nudge.next_to(label, RIGHT, buff=0.15))
        image = MNistMobject(self.x).scale_to_fit_height(2.0)
        column = VGroup(layer, labels, arrows)
        return VGroup(image, column).arrange(RIGHT, buff=1.2)

    def derivatives(self) -> Mobject:
        """Return the graph of one neuron a layer, and the chain rule on it."""
        w, z, a, cost = "w^{(L)}", "z^{(L)}", "a^{(L)}", "C_0"
        before, bias, wanted = "a^{(L-1)}", "b^{(L)}", "y"
        graph = ComputationalGraph(
            [[w, before, bias], [z], [a], [cost]],
            [(w, z), (before, z), (bias, z), (z, a), (a, cost), (wanted, cost)],
            beside={wanted: a},
        )
        return VGroup(graph, ChainRule(w, z, a, cost)).arrange(RIGHT, buff=0.6)
