"""NNCamera against manim.Camera: the same pixels, however it got there."""

from __future__ import annotations

from collections.abc import Callable

import manim as mn
import numpy as np
import pytest
from manim.renderer.cairo_renderer import CairoRenderer

from nnviz._manim import temp_config
from nnviz.camera import QUICK, NNCamera, NNMovingCamera


def picture(camera: mn.Camera, *mobjects: mn.Mobject, **kwargs: object) -> np.ndarray:
    camera.reset()
    camera.capture_mobjects(mobjects, **kwargs)
    return camera.pixel_array.copy()


def test_draws_what_manim_draws(flat_mobject: Callable[[], mn.Mobject]) -> None:
    mobject = flat_mobject()
    expected = picture(mn.Camera(), mobject)
    camera = NNCamera()
    # Three times: drawn, drawn while its path is kept, drawn from the path kept.
    for _ in range(3):
        np.testing.assert_array_equal(picture(camera, mobject), expected)


def test_moving_camera_zooms_as_manims() -> None:
    pictures = []
    for kind in (mn.MovingCamera, NNMovingCamera):
        camera = kind()
        frames = []
        for _ in range(3):
            frames.append(picture(camera, mn.Text("zoom"), mn.Circle()))
            camera.frame.scale(0.8).shift(0.3 * mn.UP)
        pictures.append(frames)
    np.testing.assert_array_equal(*pictures)


def test_kept_paths_follow_points_written_in_place() -> None:
    camera, circle = NNCamera(), mn.Circle(2)
    for _ in range(3):
        picture(camera, circle)
    circle.points[:, 0] += 1
    np.testing.assert_array_equal(picture(camera, circle), picture(mn.Camera(), circle))
    circle.stroke_rgbas[:, 1] = 0.3
    np.testing.assert_array_equal(picture(camera, circle), picture(mn.Camera(), circle))


def test_what_is_left_out_is_what_manim_leaves_out() -> None:
    one, other = mn.Square(2).add(mn.Circle(1)), mn.Dot()
    for kwargs in ({"include_submobjects": False}, {"excluded_mobjects": [one[0]]}):
        expected = picture(mn.Camera(), one, other, **kwargs)
        np.testing.assert_array_equal(picture(NNCamera(), one, other, **kwargs), expected)


def test_a_camera_draws_on_what_is_there() -> None:
    frames = []
    for camera in (mn.Camera(), NNCamera()):
        for mobject in (mn.Square(4, fill_opacity=0.5), mn.Circle(fill_opacity=0.5), mn.Dot()):
            camera.capture_mobject(mobject)
        frames.append(camera.pixel_array.copy())
    np.testing.assert_array_equal(*frames)


def test_a_camera_of_another_size() -> None:
    frames = []
    for kind in (mn.Camera, NNCamera):
        camera, text = kind(), mn.Text("larger")
        picture(camera, text)
        camera.reset_pixel_shape(200, 300)
        frames.append(picture(camera, text))
    assert frames[1].shape == (200, 300, 4)
    np.testing.assert_array_equal(*frames)


def test_what_cannot_be_listed_is_drawn_by_manim() -> None:
    class Odd(mn.Square):
        def consider_points_equals_2d(self, p0: object, p1: object) -> bool:
            return False

    odd = Odd(4, stroke_width=40)
    expected = picture(mn.Camera(), odd)
    np.testing.assert_array_equal(picture(NNCamera(), odd), expected)
    assert not np.array_equal(expected, picture(mn.Camera(), mn.Square(4, stroke_width=40)))


def test_what_it_remembers_is_not_part_of_a_plays_hash() -> None:
    camera = NNCamera()
    picture(camera, mn.Circle())
    assert set(vars(camera)) == set(vars(mn.Camera()))


@pytest.mark.parametrize("kind", [mn.Camera, mn.MovingCamera])
def test_scenes_of_stock_manim_give_the_same_frames(kind: type[mn.Camera]) -> None:
    def film(camera_class: type[mn.Camera]) -> list[np.ndarray]:
        frames = []

        class Renderer(CairoRenderer):
            def add_frame(self, frame: np.ndarray, num_frames: int = 1) -> None:
                frames.extend([frame.copy()] * num_frames)
                super().add_frame(frame, num_frames)

        class Film(mn.Scene):
            def construct(self) -> None:
                square, text = mn.Square(), mn.Text("film")
                self.play(mn.Create(square), mn.FadeIn(text, shift=mn.UP))
                if isinstance(self.camera, mn.MovingCamera):
                    self.play(self.camera.frame.animate.scale(0.5))
                self.play(square.animate.set_fill(mn.RED, 1).rotate(1))
                self.wait(0.5)

        with temp_config({"frame_rate": 6}):
            Film(renderer=Renderer(camera_class=camera_class), camera_class=camera_class).render()
        return frames

    ours, theirs = film(QUICK[kind]), film(kind)
    assert len(ours) == len(theirs) > 10
    np.testing.assert_array_equal(ours, theirs)
