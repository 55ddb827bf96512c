import numpy as np
import pytest
from manim import (
    AnimationGroup,
    ApplyMethod,
    Circle,
    FadeIn,
    Mobject,
    ReplacementTransform,
    Scene,
    Square,
    TransformMatchingShapes,
    Triangle,
    VGroup,
)

from nnviz._copying import deep_copy
from nnviz._manim import temp_config
from nnviz.animations import staggered
from nnviz.camera import NNCamera
from nnviz.scene.nn_scene import NNScene


class Waits(NNScene):
    seed = 3

    def construct(self):
        self.readings = [self.clock]
        self.drawn_number = self.rng.random_sample()
        for seconds in (0.5, 1 / 3, 1):
            self.wait(seconds)
            self.readings.append(self.clock)


@pytest.mark.parametrize("frame_rate", [5, 7])
@pytest.mark.parametrize("skip", [False, True])
def test_clock_reads_the_same_at_any_frame_rate_and_when_skipped(frame_rate, skip):
    with temp_config({"frame_rate": frame_rate}):
        scene = Waits(skip_animations=skip)
        scene.render()
    assert scene.readings == pytest.approx([0, 0.5, 0.5 + 1 / 3, 1.5 + 1 / 3])


def test_chance_is_the_seeds():
    scenes = [Waits(skip_animations=True) for _ in range(2)]
    for scene in scenes:
        scene.render()
    assert scenes[0].drawn_number == scenes[1].drawn_number
    assert scenes[0].drawn_number == np.random.RandomState(3).random_sample()


def test_the_camera_is_ours_and_draws_as_manims(picture):
    pictures = []
    for scene_class in (NNScene, Scene):
        scene = scene_class()
        scene.add(Square(3, fill_opacity=0.5), Circle(stroke_width=9))
        pictures.append(picture(scene))
    assert isinstance(NNScene().camera, NNCamera)
    assert np.abs(pictures[0] - pictures[1]).max() <= 1 / 255


def test_updaters_stand_at_the_plays_exact_end():
    class Timed(NNScene):
        def construct(self):
            self.square = Square().add_updater(lambda m: m.move_to([self.clock, 0, 0]))
            self.add(self.square)
            self.play(FadeIn(Circle()), run_time=0.9)
            self.position = self.square.get_center()[0]

    for skip in (False, True):
        scene = Timed(skip_animations=skip)
        scene.render()
        assert scene.position == pytest.approx(0.9)


def test_animated_parts_stay_in_their_whole_and_in_its_place():
    class Parts(NNScene):
        def construct(self):
            self.whole = VGroup(*(Square() for _ in range(4)))
            self.above = Circle()
            self.add(self.whole, self.above)
            self.play(
                staggered(ApplyMethod, self.whole, lambda m: (m.scale, 2)),
                AnimationGroup(FadeIn(new := Square())),
            )
            self.new = new

    scene = Parts(skip_animations=True)
    scene.render()
    shown = [m for m in scene.mobjects if m.family_members_with_points()]
    assert shown == [scene.whole, scene.above, scene.new]


def test_a_group_of_parts_on_screen_can_be_replaced():
    class Replaced(NNScene):
        def construct(self):
            parts = [Square(), Circle()]
            self.add(*parts)
            self.target = VGroup(Circle(), Square())
            self.play(ReplacementTransform(VGroup(*parts), self.target))

    scene = Replaced(skip_animations=True)
    scene.render()
    assert scene.mobjects == [scene.target]


def test_a_group_of_animations_that_tidies_up_leaves_what_manim_leaves():
    class Matched(NNScene):
        def construct(self):
            source = VGroup(Square(), Circle(), Triangle())
            self.add(source)
            self.target = VGroup(Square(), Triangle().rotate(1))
            self.play(TransformMatchingShapes(source, self.target))

    scene = Matched(skip_animations=True)
    scene.render()
    assert scene.mobjects == [scene.target]


def test_mobjects_are_copied_quickly_while_a_scene_runs_and_not_after():
    class Copies(NNScene):
        def construct(self):
            self.how = Mobject.__deepcopy__

    scene = Copies()
    scene.render()
    assert scene.how is deep_copy
    assert Mobject.__deepcopy__ is not deep_copy
