import numpy as np
import pytest
from manim import (
    DL,
    DR,
    LEFT,
    RIGHT,
    UL,
    UP,
    Animation,
    Circle,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    Square,
    Tex,
    VGroup,
    Wait,
    config,
)

from nnviz.animations import Blink, staggered
from nnviz.characters import Mortimer, Randolph, SpeechBubble, ThoughtBubble
from nnviz.mobjects.primitives.palette import BLUE, BLUE_D, BLUE_E, GREY_BROWN
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.scene.creature_scenes import CreatureScene, PiCreatureScene, TeacherStudentsScene


def run(scene_class, script):
    """Run a script in a scene; returns the scene, with every play's animations recorded."""

    class Scripted(scene_class):
        def construct(self):
            script(self)

        def compile_animations(self, *args, **kwargs):
            animations = super().compile_animations(*args, **kwargs)
            self.played.append(animations)
            return animations

    Scripted.played = []
    scene = Scripted(skip_animations=True)
    scene.render()
    return scene


def looks_at(creature, point):
    """Whether a creature's pupils are where looking at the point would put them."""
    there = creature.copy().look_at(point).eyes.gaze
    return np.allclose(creature.eyes.gaze, there, atol=1e-3)


def kinds(scene):
    """What the seconds were: 'blink', 'wait' or 'play'."""
    names = {Blink: "blink", Wait: "wait"}
    return [names.get(type(animations[0]), "play") for animations in scene.played]


# Who stands where


def test_one_creature_watches_from_the_lower_right():
    scene = run(PiCreatureScene, lambda self: self.wait())
    assert isinstance(scene.pi_creature, Mortimer)
    assert scene.pi_creature in scene.mobjects
    corner = np.array([config.frame_x_radius - 0.5, -config.frame_y_radius + 0.5, 0])
    assert scene.pi_creature.get_corner(DR) == pytest.approx(corner, abs=0.01)


def test_another_creature_can_watch():
    class Other(PiCreatureScene):
        def create_pi_creature(self):
            return Randolph("happy").to_corner(DL)

    scene = run(Other, lambda self: self.wait())
    assert isinstance(scene.pi_creature, Randolph)
    assert scene.creatures == [scene.pi_creature]


def test_three_students_and_their_teacher_face_each_other():
    scene = run(TeacherStudentsScene, lambda self: self.wait())
    assert [student.get_color() for student in scene.students] == [BLUE_D, BLUE_E, BLUE]
    assert scene.teacher.get_color() == GREY_BROWN
    assert [c.is_flipped for c in (*scene.students, scene.teacher)] == [False] * 3 + [True]
    # As measured in the original: from 6.6 left of the middle to 1.4 right of it, 3.4 to 6.6.
    assert scene.students.get_left()[0] == pytest.approx(-6.6, abs=0.05)
    assert scene.students.get_right()[0] == pytest.approx(1.4, abs=0.05)
    assert scene.students.height == pytest.approx(2.4, abs=0.02)
    assert scene.teacher.get_left()[0] == pytest.approx(3.44, abs=0.05)
    for student in scene.students:
        assert looks_at(student, scene.teacher)
    assert looks_at(scene.teacher, scene.students[-1])


# Watching


@pytest.mark.parametrize(
    "animate",
    [
        FadeIn,
        Create,
        lambda m: m.shift(3 * LEFT).animate.shift(3 * RIGHT),
        lambda m: FadeIn(m, run_time=3),
        lambda m: staggered(FadeIn, VGroup(m, m.copy())),
    ],
)
def test_everybody_looks_at_where_the_first_animation_ends(animate):
    target = Circle().move_to(UP + LEFT)

    def script(self):
        self.play(animate(target), FadeIn(Dot(5 * RIGHT)))

    scene = run(TeacherStudentsScene, script)
    for creature in (*scene.students, scene.teacher):
        assert looks_at(creature, UP + LEFT)
    assert target.get_center() == pytest.approx(UP + LEFT)


def test_looking_takes_a_second_or_the_plays_run_time():
    def script(self):
        self.play(FadeIn(Circle(), run_time=3))
        self.play(FadeIn(Dot()), run_time=0.5)

    scene = run(PiCreatureScene, script)
    assert [animations[-1].run_time for animations in scene.played] == [1, 0.5]
    assert scene.clock == pytest.approx(3.5)


def test_a_mood_without_a_gaze_follows_too_and_a_gaze_of_its_own_stays():
    def script(self):
        teacher, students = self.teacher, self.students
        self.play(
            FadeIn(Circle().move_to(3 * UP)),
            teacher.animate.change("happy", students[0]),
            students[0].animate.change("sad"),
            students[1].animate.change("angry").look(LEFT),
            students[2].animate.shift(0.1 * UP),
        )

    scene = run(TeacherStudentsScene, script)
    assert looks_at(scene.teacher, scene.students[0])
    assert looks_at(scene.students[0], 3 * UP)
    assert scene.students[1].eyes.gaze[0] == pytest.approx([-1, 0], abs=1e-6)
    assert [c.mode for c in scene.creatures] == ["sad", "angry", "plain", "happy"]


def test_nobody_stares_at_a_creature_that_changes_its_mood():
    def script(self):
        self.gazes = [student.eyes.gaze for student in self.students]
        self.play(self.teacher.animate.change("guilty"))

    scene = run(TeacherStudentsScene, script)
    assert [len(animations) for animations in scene.played] == [1]
    for student, gaze in zip(scene.students, scene.gazes, strict=True):
        assert student.eyes.gaze == pytest.approx(gaze)


def test_creatures_off_screen_are_left_off():
    def script(self):
        self.remove(self.pi_creature)
        self.play(FadeIn(Circle()))
        self.wait(2)

    scene = run(PiCreatureScene, script)
    assert scene.pi_creature not in scene.mobjects
    assert kinds(scene) == ["play", "wait", "wait"]


def test_fading_creatures_with_other_things_works():
    def script(self):
        self.play(FadeOut(VGroup(square, *self.students)))
        self.play(FadeIn(square))

    square = Square()
    scene = run(TeacherStudentsScene, script)
    assert not set(scene.students) & set(scene.mobjects)
    assert looks_at(scene.teacher, square)


# Waiting


@pytest.mark.parametrize(
    ("scene_class", "waits", "expected"),
    [
        (PiCreatureScene, (1, 2, 1), "blink wait wait blink"),
        (PiCreatureScene, (4,), "blink wait wait blink"),
        (TeacherStudentsScene, (1, 1, 3), "blink wait blink wait blink"),
        (TeacherStudentsScene, (0.5, 2.5), "wait blink wait wait"),
    ],
)
def test_waits_are_seconds_with_blinks_among_them(scene_class, waits, expected):
    def script(self):
        for seconds in waits:
            self.wait(seconds)

    scene = run(scene_class, script)
    assert kinds(scene) == expected.split()
    assert scene.clock == pytest.approx(sum(waits))


def test_the_seed_decides_who_blinks():
    def script(self):
        self.wait(9)

    def blinkers(seed):
        class Seeded(TeacherStudentsScene):
            pass

        Seeded.seed = seed
        scene = run(Seeded, script)
        played = (animations[0] for animations in scene.played)
        return [scene.creatures.index(a.mobject) for a in played if isinstance(a, Blink)]

    assert blinkers(1) == blinkers(1)
    assert len({tuple(blinkers(seed)) for seed in range(4)}) > 1


def test_a_wait_for_something_is_manims():
    def script(self):
        self.wait(2, stop_condition=lambda: True)

    assert kinds(run(PiCreatureScene, script)) == ["wait"]


# Speaking


def test_a_student_speaks_to_the_teacher_in_a_bubble():
    def script(self):
        self.student_says("Why is\nthat?", target_mode="confused", student_index=0)

    scene = run(TeacherStudentsScene, script)
    bubble = next(m for m in scene.mobjects if isinstance(m, SpeechBubble))
    words = next(m for m in scene.mobjects if isinstance(m, SansText))
    student = scene.students[0]
    assert words.get_center() == pytest.approx(bubble.body_center)
    assert np.linalg.norm(bubble.tip - student.eyes.get_center()) < 1
    assert student.mode == "confused"
    assert looks_at(student, scene.teacher)
    assert looks_at(scene.students[1], bubble)
    assert looks_at(scene.teacher, bubble)
    assert scene.clock == pytest.approx(2)  # as long as it takes to write ten glyphs


def test_only_one_speaks_at_a_time_and_the_other_calms_down():
    def script(self):
        self.student_says("One", student_index=2, target_mode="angry")
        self.teacher_says("Two", run_time=1)
        self.mode_then = self.students[2].mode
        self.student_says("Three", student_index=2, target_mode="happy")
        self.student_says("Four", student_index=2, target_mode="sad")

    scene = run(TeacherStudentsScene, script)
    assert sum(isinstance(m, SpeechBubble) for m in scene.mobjects) == 1
    assert [m.text for m in scene.mobjects if isinstance(m, SansText)] == ["Four"]
    assert (scene.mode_then, scene.students[2].mode, scene.teacher.mode) == (
        *("plain", "sad"),
        "plain",
    )


def test_words_may_be_latex():
    def script(self):
        self.writing = "latex"
        self.student_says(r"$x^2$\\ so", target_mode="confused")

    scene = run(TeacherStudentsScene, script)
    assert [m.tex_string for m in scene.mobjects if isinstance(m, Tex)] == [r"$x^2$\\ so"]


def test_other_animations_of_the_last_speaker_win():
    def script(self):
        self.student_says("One", target_mode="angry")
        self.teacher_says(
            "Two",
            added_anims=[self.get_student_changes("happy", "happy", "happy")],
            run_time=1,
        )

    scene = run(TeacherStudentsScene, script)
    assert [student.mode for student in scene.students] == ["happy"] * 3
    assert scene.clock == pytest.approx(3)
    speech = next(m for m in scene.mobjects if isinstance(m, SpeechBubble))
    assert all(looks_at(student, speech) for student in scene.students)


def test_the_one_creature_thinks_and_falls_silent():
    def script(self):
        self.says(Square(), target_mode="pondering", bubble=ThoughtBubble(), look_at=5 * UL)
        self.bubbles = [m for m in self.mobjects if isinstance(m, ThoughtBubble)]
        self.be_silent(FadeIn(Dot(3 * UP)))

    scene = run(PiCreatureScene, script)
    assert len(scene.bubbles) == 1
    assert [type(m) for m in scene.mobjects] == [Mortimer, Dot]
    assert scene.pi_creature.mode == "plain"
    scene.be_silent(FadeIn(Dot()))


def test_students_change_together_one_shortly_after_the_other():
    def script(self):
        self.change_student_modes("angry", "sad", "happy", look_at=self.teacher)

    scene = run(TeacherStudentsScene, script)
    assert [student.mode for student in scene.students] == ["angry", "sad", "happy"]
    assert all(looks_at(student, scene.teacher) for student in scene.students)
    assert looks_at(scene.teacher, scene.students)
    assert scene.clock == pytest.approx(2)
    with pytest.raises(ValueError, match="3 modes, one a student, got 2"):
        scene.get_student_changes("sad", "sad")


def test_students_without_a_target_keep_looking_where_they_looked():
    def script(self):
        self.play(FadeIn(Dot(3 * UP)))
        self.gazes = [student.eyes.gaze for student in self.students]
        self.change_student_modes("sassy", "sassy", "sassy")

    scene = run(TeacherStudentsScene, script)
    for student, gaze in zip(scene.students, scene.gazes, strict=True):
        assert student.eyes.gaze == pytest.approx(gaze)


def test_a_scene_of_ones_own():
    class Crowd(CreatureScene):
        blink_every = 1

        def create_creatures(self):
            return [Randolph(height=1).shift(x * RIGHT) for x in (-2, 0, 2)]

    def script(self):
        self.play(FadeIn(Circle()))
        self.wait(2)
        self.play(*self.get_speech(self.creatures[1], "Hi"))

    scene = run(Crowd, script)
    assert kinds(scene) == ["play", "blink", "blink", "play"]
    assert all(isinstance(a, Animation) for played in scene.played for a in played)
    assert scene.creatures[1].mode == "speaking"
