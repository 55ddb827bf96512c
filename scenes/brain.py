"""How far the network's likeness to a brain goes."""

from manim import (
    LEFT,
    RIGHT,
    UP,
    UR,
    Create,
    FocusOn,
    GrowArrow,
    SurroundingRectangle,
    Tex,
    VGroup,
)

from nnviz.animations import ContinualEdgeUpdate, CreateThenErase, write
from nnviz.characters import Brain
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.arrows import arrow, double_arrow
from nnviz.mobjects.primitives.palette import BLUE, YELLOW, stroke
from nnviz.network import Network
from nnviz.scene.creature_scenes import TeacherStudentsScene
from style_of_2017 import style_of_2017


class NotANeuroScientist(TeacherStudentsScene):
    """A brain, a network, three question marks, and a teacher who makes no claims."""

    sizes = (6, 4, 4, 5)

    def construct(self) -> None:
        quote = Tex("``Neurons that fire together wire together''").to_edge(UP)
        asterisks = Tex("***").next_to(quote.get_corner(UR), RIGHT, buff=0.1).set_color(BLUE)
        brain = Brain(height=1.5)
        between = double_arrow(LEFT, RIGHT).next_to(brain, RIGHT)
        q_marks = Tex("???").next_to(between, UP)
        network = NetworkMobject(Network.random(self.sizes, rng=self.rng), style_of_2017())
        network.scale_to_fit_height(1.5).next_to(between, RIGHT)
        group = VGroup(brain, between, q_marks, network)
        group.next_to(self.students, UP, buff=1.5)
        self.add(quote, group)
        self.keep_changing(network)

        rect = SurroundingRectangle(group, color=YELLOW, stroke_width=stroke(4), buff=0.1)
        no_claim_words = Tex("No claims here...").next_to(rect, UP).set_color(YELLOW)
        words = Tex(r"Definitely not \\ a neuroscientist")
        words.next_to(self.teacher, UP, buff=1.5).shift_onto_screen()
        pointer = arrow(words.get_bottom(), self.teacher.get_top())

        self.play(
            write(words),
            GrowArrow(pointer),
            self.teacher.animate.change("guilty", words),
            run_time=1,
        )
        self.change_student_modes("sassy", "sassy", "sassy")
        self.play(
            Create(rect),
            write(no_claim_words, run_time=1),
            CreateThenErase(brain.outline()),
        )
        self.wait()
        self.play(CreateThenErase(brain.outline()))
        self.play(FocusOn(asterisks))
        self.play(write(asterisks, run_time=1))
        for _ in range(2):
            self.play(CreateThenErase(brain.outline()))
            self.wait()

    def keep_changing(self, network: NetworkMobject) -> None:
        """Let the edges change their colours and widths until the scene's end."""
        network.edges.add_updater(
            ContinualEdgeUpdate(network.edges, lambda: self.clock, self.rng, exponent=0.5)
        )
