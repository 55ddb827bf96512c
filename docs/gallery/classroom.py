"""A class and its teacher.

They look at what is animated, blink, and speak in turn.

Section: Creatures
Shows: TeacherStudentsScene, CreatureScene
Next: bubbles, watched
"""

from nnviz.scene.creature_scenes import TeacherStudentsScene


class Classroom(TeacherStudentsScene):
    def construct(self):
        self.teacher_says("Any questions?")
        self.student_says("Why?", target_mode="confused", student_index=0)
        self.change_student_modes("plain", "sassy", "happy", look_at=self.students[0])
        self.wait()
