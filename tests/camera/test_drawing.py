"""Mobjects that draw themselves look the same in every camera of Manim's."""

from __future__ import annotations

import manim as mn
import numpy as np
import pytest
from manim.camera.multi_camera import MultiCamera

from nnviz.camera import DrawsItself, NNCamera
from nnviz.mobjects.edges import EdgeArray
from nnviz.mobjects.pixel_image import PixelImage, PixelsAsSquares


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


@pytest.mark.parametrize("angles", [(60, -90), (60, -50), (70, -120)])
def test_a_camera_that_is_turned_sees_images_in_perspective(angles: tuple[int, int]) -> None:
    phi, theta = (angle * mn.DEGREES for angle in angles)
    camera = mn.ThreeDCamera(phi=phi, theta=theta)
    pixels = np.random.RandomState(1).rand(4, 5, 3)
    image = PixelImage(pixels, 4).rotate(0.3).shift(mn.UP)
    squares = PixelsAsSquares(image).set_stroke(width=0)
    frames = []
    for mobject in (image, squares):
        camera.reset()
        camera.capture_mobjects([mobject])
        frames.append(camera.pixel_array[..., :3].astype(float) / 255)
    assert frames[1].any(axis=2).mean() > 0.05
    # Squares are drawn corner by corner; where two meet, what is behind shines through.
    assert np.abs(frames[0] - frames[1]).mean() < 0.004
    inside = camera.project_points(np.array([square.get_center() for square in squares]))
    unit = camera.pixel_height / 8
    columns = np.rint(camera.pixel_width / 2 + inside[:, 0] * unit).astype(int)
    rows = np.rint(camera.pixel_height / 2 - inside[:, 1] * unit).astype(int)
    np.testing.assert_allclose(frames[0][rows, columns], pixels.reshape(-1, 3), atol=0.05)


def test_one_that_does_not_say_how_is_an_error() -> None:
    camera = NNCamera()
    with pytest.raises(NotImplementedError):
        camera.capture_mobjects([DrawsItself().set_points_as_corners([mn.LEFT, mn.RIGHT])])
