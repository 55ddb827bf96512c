"""The code of backpropagation, and what the audience makes of it."""

from typing import ClassVar

from manim import DL, DOWN, LEFT, RIGHT, UL, UP, UR, Tex
from numpy.typing import NDArray

from backprop_code import code_of
from nnviz.scene.creature_scenes import PiCreatureScene, TeacherStudentsScene


class BackpropCodeAddOn(PiCreatureScene):
    """The creature beside the code goes from pondering over thinking to happy."""

    #: Where it looks first and then: the code of 2017's clip was above it.
    glances: ClassVar[tuple[NDArray, NDArray]] = (UL, DL)
    words: ClassVar[str] = r"The code you'd find \\ in Nielsen's book"

    def construct(self) -> None:
        words = Tex(self.words).to_corner(DL)
        morty = self.pi_creature.next_to(words, UP)
        self.add(words)
        for mode in ("pondering", "thinking", "happy"):
            self.play(morty.animate.change(mode).look(self.glances[0]))
            self.play(morty.animate.look(self.glances[1]))
            self.wait(2)


class ReadsTheCode(BackpropCodeAddOn):
    """The creature reads the code of backpropagation, from its first line to its last."""

    words = r"Code like that \\ in Nielsen's book"
    glances = (UR + 0.4 * DOWN, RIGHT + 0.6 * DOWN)

    def construct(self) -> None:
        self.add(code_of(width=8.6).to_edge(RIGHT, buff=0.4))
        super().construct()

    def setup(self) -> None:
        super().setup()
        self.pi_creature.flip().scale(0.8).to_corner(DOWN + LEFT)


class CannotFollowCode(TeacherStudentsScene):
    """A student cannot follow the code; the teacher offers the calculus instead."""

    writing = "latex"

    def construct(self) -> None:
        self.student_says(
            r"I...er...can't follow\\ that code at all.",
            target_mode="confused",
            student_index=1,
        )
        self.play(self.students[1].animate.change("sad"))
        self.change_student_modes("angry", "sad", "angry", look_at=self.teacher.eyes)
        self.play(self.teacher.animate.change("hesitant"))
        self.wait(2)
        self.teacher_says(
            r"Let's get to the \\ calculus then",
            target_mode="hooray",
            added_anims=[self.get_student_changes("plain", "plain", "plain")],
            run_time=1,
        )
        self.wait(2)
