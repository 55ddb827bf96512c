"""The chapter's plan."""

from manim import DOWN, LEFT, RIGHT, UP, BulletedList, Create, Line, ScreenRectangle, Tex, config

from nnviz.animations.timing import write
from nnviz.mobjects.palette import stroke
from nnviz.scene.base import NNScene


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
        screen = ScreenRectangle(stroke_width=stroke(4))
        screen.scale_to_fit_width(config.frame_width - items.width - 2)
        screen.next_to(items, RIGHT, buff=0.5)

        self.add(items)
        self.play(write(title), Create(line), Create(screen), run_time=2)
        for index in range(len(items)):
            self.play(items.animate.fade_all_but(index))
            self.wait(2)
