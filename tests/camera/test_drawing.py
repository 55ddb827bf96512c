"""Mobjects that draw themselves look the same in every camera of Manim's."""

from __future__ import annotations

import manim as mn
import numpy as np
import pytest
from manim.camera.multi_camera import MultiCamera

from nnviz.camera import DrawsItself, NNCamera
from nnviz.camera.draws_itself import Place
from nnviz.camera.lister import Lister
from nnviz.drawing.commands import Command
from nnviz.drawing.path_commands import Curves
from nnviz.drawing.pieces import Frame, painted
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.pixel_image import PixelImage, PixelsAsSquares


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


class Cross(DrawsItself):
    """Draws itself, and may say when it would look different."""

    size = 1.0
    says = True

    def __init__(self) -> None:
        super().__init__()
        self.set_points([mn.ORIGIN])
        self.asked = 0

    def draw_commands(self, place: Place) -> list[Command]:
        self.asked += 1
        one = np.array([[-1.0, -1, 0], [0, 0, 0], [0, 0, 0], [1, 1, 0]]) * self.size
        curves = place(one)[:, :2].reshape(1, 8)
        return [Curves(curves, np.array([[1, 0.5, 0, 1]]), np.array([0.3]), 0)]

    def drawing_state(self) -> float | None:
        return self.size if self.says else None


def test_what_it_says_is_drawn() -> None:
    cross = Cross()
    camera = NNCamera()
    camera.capture_mobjects([cross])
    assert tuple(camera.pixel_array[54, 96]) == (255, 128, 0, 255)
    others = [mn.Square(1).shift(5 * mn.LEFT), cross, mn.Circle(1)]
    for kind in (mn.Camera, mn.MovingCamera, mn.ThreeDCamera):
        stock = kind()
        stock.capture_mobjects(others)
        layer = Lister().layer(kind(), others, with_background=True)
        np.testing.assert_array_equal(painted(Frame(None, layer)), stock.pixel_array)


def test_it_is_asked_again_only_when_it_would_look_different() -> None:
    camera, lister, cross = mn.Camera(), Lister(), Cross()
    layers = [lister.layer(camera, [cross]) for _ in range(3)]
    assert layers[0] is layers[2]
    assert cross.asked == 1
    cross.size = 2
    assert lister.layer(camera, [cross]).digest != layers[0].digest
    assert cross.asked == 2


def test_it_is_asked_at_every_frame_if_it_does_not_say() -> None:
    camera, lister, cross = mn.Camera(), Lister(), Cross()
    cross.says = False
    layers = [lister.layer(camera, [cross]) for _ in range(3)]
    assert cross.asked == 3
    assert len({layer.digest for layer in layers}) == 1


def test_in_space_it_is_asked_when_the_camera_turns() -> None:
    camera, lister, cross = mn.ThreeDCamera(phi=1), Lister(), Cross()
    for _ in range(2):
        before = lister.layer(camera, [cross])
    assert cross.asked == 1
    camera.set_phi(1.2)
    assert lister.layer(camera, [cross]).digest != before.digest
    camera.add_fixed_in_frame_mobjects(cross)
    fixed = lister.layer(camera, [cross])
    assert cross.asked == 3
    camera.set_phi(0.3)
    assert fixed.commands[0].digest == lister.layer(camera, [cross]).commands[0].digest
    camera.remove_fixed_in_frame_mobjects(cross)
    camera.add_fixed_orientation_mobjects(cross, center_func=lambda: mn.UP * cross.size)
    asked = cross.asked
    for _ in range(2):
        lister.layer(camera, [cross])
    assert cross.asked == asked + 2, "only asking tells where it is"


def test_one_that_does_not_say_how_is_an_error() -> None:
    nothing = DrawsItself().set_points_as_corners([mn.LEFT, mn.RIGHT])
    for camera in (NNCamera(), mn.Camera()):
        with pytest.raises(NotImplementedError):
            camera.capture_mobjects([nothing])
