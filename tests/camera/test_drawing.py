"""Mobjects that draw themselves look the same in every camera of Manim's."""

from __future__ import annotations

import manim as mn
import numpy as np
import pytest
from manim.camera.multi_camera import MultiCamera

from nnviz.camera import DrawsItself, NNCamera
from nnviz.mobjects.edges import EdgeArray
from nnviz.mobjects.pixel_image import PixelImage


def pictured() -> list[mn.Mobject]:
    rng = np.random.RandomState(0)
    starts, ends = rng.uniform(-3, 3, (2, 20, 3)) * (1, 1, 0)
    edges = EdgeArray(starts, ends, width=3)
    edges.set_stroke(rng.rand(20, 3), rng.uniform(0, 8, 20))
    return [edges, PixelImage(rng.rand(7, 5), 2).shift(3 * mn.RIGHT), mn.Circle(0.5)]


@pytest.mark.parametrize("kind", [mn.Camera, mn.MovingCamera, mn.ThreeDCamera, MultiCamera])
def test_in_every_camera(kind: type[mn.Camera]) -> None:
    ours, theirs = NNCamera(), kind()
    for camera in (ours, theirs):
        camera.reset()
        camera.capture_mobjects(pictured())
    np.testing.assert_array_equal(ours.pixel_array, theirs.pixel_array)
    assert ours.pixel_array[..., :3].any()


def test_a_camera_that_is_turned_sees_them_turned() -> None:
    camera = mn.ThreeDCamera(phi=60 * mn.DEGREES, theta=-90 * mn.DEGREES)
    tops = []
    for mobject in (PixelImage(np.ones((2, 2)), 4), mn.Square(4, fill_opacity=1, stroke_width=0)):
        camera.reset()
        camera.capture_mobjects([mobject])
        rows = np.flatnonzero(camera.pixel_array[..., 0].any(axis=1))
        tops.append((rows[0], rows[-1]))
    # An image is drawn as a parallelogram: its lower corners follow from the other two.
    np.testing.assert_allclose(tops[0], tops[1], atol=0.1 * camera.pixel_height)


def test_one_that_does_not_say_how_is_an_error() -> None:
    camera = NNCamera()
    with pytest.raises(NotImplementedError):
        camera.capture_mobjects([DrawsItself().set_points_as_corners([mn.LEFT, mn.RIGHT])])
