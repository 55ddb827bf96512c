"""Many terms at once, and the one that this chapter is about."""

from manim import DOWN, UL, UP, FadeIn, FadeOut, Tex, VGroup

from nnviz.animations import staggered
from nnviz.scene.creature_scenes import TeacherStudentsScene


class SwimmingInTerms(TeacherStudentsScene):
    """The students drown in new terms; the teacher keeps one: backpropagation."""

    def construct(self) -> None:
        terms = VGroup(
            Tex("Cost surface"),
            Tex("Stochastic gradient descent"),
            Tex("Mini-batches"),
            Tex("Backpropagation"),
        )
        terms.arrange(DOWN).to_edge(UP)

        self.play(
            staggered(FadeIn, terms),
            self.get_student_changes("horrified", "horrified", "horrified"),
        )
        self.wait()
        self.play(
            terms[-1].animate.next_to(self.teacher.get_corner(UL), UP),
            FadeOut(VGroup(*terms[:-1])),
            self.teacher.animate.change("raise_right_hand"),
            self.get_student_changes("pondering", "pondering", "pondering"),
        )
        self.wait()
