"""The code of backpropagation, and what the audience makes of it."""

from manim import DL, UL, UP, Tex

from nnviz.scene.pi_creature import PiCreatureScene, TeacherStudentsScene


class BackpropCodeAddOn(PiCreatureScene):
    """The creature beside the code goes from pondering over thinking to happy."""

    def construct(self) -> None:
        words = Tex(r"The code you'd find \\ in Nielsen's book").to_corner(DL)
        morty = self.pi_creature.next_to(words, UP)
        self.add(words)
        for mode in ("pondering", "thinking", "happy"):
            self.play(morty.animate.change(mode).look(UL))
            self.play(morty.animate.look(DL))
            self.wait(2)


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
