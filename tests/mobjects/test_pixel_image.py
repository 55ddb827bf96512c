import numpy as np
import pytest
from manim import DOWN, LEFT, ORIGIN, PI, RIGHT, UP, Circle, Scene, Transform

from nnviz.mobjects.palette import BLUE, WHITE, YELLOW
from nnviz.mobjects.pixel_image import (
    MNistMobject,
    PixelImage,
    PixelsAsSquares,
    PixelsFromVect,
)
from nnviz.scene.base import NNScene

CHECKERS = np.array([[1.0, 0.0], [0.25, 0.5]])


def block(picture, point, side=0.2):
    """Mean colour around a point of scene space."""
    height, width, _ = picture.shape
    unit = height / 8
    x, y = width / 2 + point[0] * unit, height / 2 - point[1] * unit
    r = max(1, round(side * unit / 2))
    return picture[round(y) - r : round(y) + r, round(x) - r : round(x) + r].mean(axis=(0, 1))


def quarters(center=ORIGIN, height=4.0):
    return [
        [center + height / 4 * (UP + LEFT), center + height / 4 * (UP + RIGHT)],
        [center + height / 4 * (DOWN + LEFT), center + height / 4 * (DOWN + RIGHT)],
    ]


def assert_shows(picture, values, center=ORIGIN, height=4.0, color=(1, 1, 1), tolerance=0.02):
    for row, points in zip(values, quarters(center, height), strict=True):
        for value, point in zip(row, points, strict=True):
            assert block(picture, point) == pytest.approx(np.multiply(value, color), abs=tolerance)


def drawn(picture, *mobjects, scene_class=NNScene):
    scene = scene_class()
    scene.add(*mobjects)
    return picture(scene)


def test_pixels_are_drawn_where_and_as_bright_as_they_are(picture):
    assert_shows(drawn(picture, PixelImage(CHECKERS, height=4)), CHECKERS)


def test_black_pixels_cover_what_is_behind(picture):
    behind = Circle(1.9, fill_color=YELLOW, fill_opacity=1)
    assert_shows(drawn(picture, behind, PixelImage(CHECKERS, height=4)), CHECKERS)


def test_it_moves_scales_tints_and_fades(picture):
    image = PixelImage(CHECKERS, height=2).scale(1.5).shift(2 * RIGHT)
    image.set_color(YELLOW)
    got = drawn(picture, image)
    assert_shows(got, CHECKERS, 2 * RIGHT, 3.0, (1, 1, 0))
    assert_shows(drawn(picture, image.set_opacity(0.5)), CHECKERS / 2, 2 * RIGHT, 3.0, (1, 1, 0))
    assert drawn(picture, image.set_opacity(0)).max() == 0


def test_it_rotates_with_its_outline(picture):
    image = PixelImage(CHECKERS, height=4).rotate(PI / 2)
    assert_shows(drawn(picture, image), np.rot90(CHECKERS))


def test_squashed_to_a_line_it_draws_nothing(picture):
    image = PixelImage(CHECKERS, height=4).stretch(0, 0)
    assert drawn(picture, image).max() == 0


def test_pixels_stay_crisp_when_large(picture):
    rows = drawn(picture, PixelImage([[1.0, 0.0]], height=3))
    middle = rows[60, :, 0]
    between = ((middle > 0.02) & (middle < 0.98)).sum()
    assert between <= 4  # the outline's two edges and the one between the pixels


def test_pixels_are_averaged_when_small(picture):
    stripes = np.tile([[0.0, 1.0]], (200, 100))
    got = drawn(picture, PixelImage(stripes, height=3))
    assert block(got, ORIGIN, 1.0) == pytest.approx([0.5] * 3, abs=0.03)
    assert got[60, 90:120].std() < 0.05


def test_a_transform_blends_pixels_of_one_size(picture):
    image, other = PixelImage(CHECKERS, height=4), PixelImage(1 - CHECKERS, height=4)
    transform = Transform(image, other)
    transform.begin()
    transform.interpolate(0.5)
    assert image.image == pytest.approx(np.full((2, 2), 0.5), abs=0.01)
    assert_shows(drawn(picture, image), np.full((2, 2), 0.5))
    transform.interpolate(1)
    assert image.image == pytest.approx(1 - CHECKERS, abs=0.01)


def test_turning_into_another_shape_keeps_the_picture_in_its_box(picture):
    image = PixelImage(CHECKERS, height=4)
    transform = Transform(image, Circle(2))
    transform.begin()
    transform.interpolate(0)
    assert_shows(drawn(picture, image), CHECKERS)


def test_copies_are_independent():
    image = PixelImage(CHECKERS)
    twin = image.copy().set_color(BLUE)
    assert image.get_fill_color() == WHITE
    assert twin.image == pytest.approx(image.image)


def test_mnist_mobject_is_an_image_in_a_frame():
    vector = np.linspace(0, 1, 784)
    mob = MNistMobject(vector, height=2)
    assert mob.image.image == pytest.approx(vector.reshape(28, 28), abs=1 / 255)
    assert mob.frame.height == pytest.approx(2.2)
    twin = mob.copy().scale_to_fit_height(1)
    assert twin.image.height == pytest.approx(2 / 2.2)
    assert mob.height == pytest.approx(2.2)


def test_squares_are_the_images_pixels_in_their_places(picture):
    image = PixelImage(CHECKERS, height=4).shift(RIGHT)
    squares = PixelsAsSquares(image)
    assert [s.get_fill_opacity() for s in squares] == pytest.approx([1, 0, 0.25, 0.5], abs=0.01)
    assert squares.get_center() == pytest.approx(image.get_center())
    assert_shows(drawn(picture, squares, scene_class=Scene), CHECKERS, RIGHT)
    assert len(PixelsFromVect(np.zeros(784))) == 784


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: MNistMobject(np.zeros(783)), "got 783"),
        (lambda: PixelImage(np.zeros(4)), r"\(4,\)"),
        (lambda: PixelImage([[0, 255]]), "0 to 1.*255"),
        (lambda: PixelImage([[0, np.nan]]), "0 to 1"),
    ],
)
def test_bad_images_are_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
