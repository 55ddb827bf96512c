import numpy as np
import pytest
from manim import DOWN, LEFT, ORIGIN, PI, RIGHT, UP, Circle, ManimColor, Scene, Transform, linear

from nnviz._manim import temp_config
from nnviz.mobjects.primitives.palette import BLUE, RED, WHITE, YELLOW
from nnviz.mobjects.primitives.pixel_image import (
    MNistMobject,
    PixelImage,
    PixelsAsSquares,
    PixelsFromVect,
    signed_colors,
)
from nnviz.scene.nn_scene import NNScene

CHECKERS = np.array([[1.0, 0.0], [0.25, 0.5]])
#: Two rows of three pixels in red, green and blue.
COLOURS = np.array(
    [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0.2, 0.5, 0.9], [0, 0, 0], [0.7, 0.7, 0.1]]], dtype=float
)


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


@pytest.mark.slow
def test_squares_are_the_images_pixels_in_their_places(picture):
    image = PixelImage(CHECKERS, height=4).shift(RIGHT)
    squares = PixelsAsSquares(image)
    greys = [s.get_fill_color().to_rgb()[0] for s in squares]
    assert greys == pytest.approx([1, 0, 0.25, 0.5], abs=0.01)
    assert squares.get_center() == pytest.approx(image.get_center())
    assert_shows(drawn(picture, squares, scene_class=Scene), CHECKERS, RIGHT)
    assert len(PixelsFromVect(np.zeros(784))) == 784


@pytest.mark.parametrize("background", ["#000000", "#FFFFFF"])
def test_squares_of_any_image_look_as_the_image(picture, background):
    image = PixelImage(COLOURS, height=3).rotate(PI / 6).shift(RIGHT + UP)
    image.set_fill(YELLOW, opacity=0.7)
    squares = PixelsAsSquares(image).set_stroke(width=0)
    assert len(squares) == 6
    with temp_config({"background_color": background}):
        shown, like = (drawn(picture, mobject) for mobject in (squares, image))
    # Where squares meet, what is behind shines through, faintly.
    assert np.abs(shown - like).mean() < 0.003
    for square in squares:
        at = square.get_center()
        assert block(shown, at) == pytest.approx(block(like, at), abs=0.01)


def test_an_image_in_colours_is_drawn_in_them(picture):
    got = drawn(picture, PixelImage(COLOURS, height=4))
    for r, c in np.ndindex(2, 3):
        at = (1 - 2 * r) * UP + (2 * c - 2) * RIGHT
        assert block(got, at) == pytest.approx(COLOURS[r, c], abs=0.01)


def test_channels_may_be_first_as_networks_have_them():
    colours = np.random.RandomState(0).rand(2, 5, 3)
    first = PixelImage(np.moveaxis(colours, -1, 0))
    assert first.image == pytest.approx(colours, abs=0.5 / 255)
    assert first.width == pytest.approx(5)
    for grey in (CHECKERS[None], CHECKERS[..., None]):
        assert PixelImage(grey).image == pytest.approx(CHECKERS, abs=0.5 / 255)
    square = np.arange(27).reshape(3, 3, 3) / 26
    assert PixelImage(square, channel_axis=2).image == pytest.approx(square, abs=0.5 / 255)
    turned = PixelImage(square, channel_axis=0).image
    assert turned == pytest.approx(np.moveaxis(square, 0, -1), abs=0.5 / 255)


def test_grey_turns_into_colours(picture):
    image = PixelImage(np.full((2, 3), 0.4), height=4)
    transform = Transform(image, PixelImage(COLOURS, height=4))
    transform.begin()
    transform.interpolate(0.5)
    assert image.image == pytest.approx((0.4 + COLOURS) / 2, abs=1 / 255)


def test_an_image_can_be_set_and_animated():
    image = PixelImage(CHECKERS, height=3).shift(RIGHT)
    assert image.copy().set_image(1 - CHECKERS).image == pytest.approx(1 - CHECKERS, abs=0.01)
    animation = image.animate(rate_func=linear).set_image(1 - CHECKERS).build()
    animation.begin()
    animation.interpolate(0.25)
    assert image.image == pytest.approx(0.75 * CHECKERS + 0.25 * (1 - CHECKERS), abs=0.01)
    assert image.get_center() == pytest.approx(RIGHT)


@pytest.mark.parametrize("background", ["#000000", "#FFFFFF", "#123456"])
def test_signed_values_run_from_negative_through_the_background_to_positive(picture, background):
    values = np.array([[-4.0, -2.0, 0.0], [1.0, 2.0, 4.0]])
    ends = {1: np.array(BLUE.to_rgb()), -1: np.array(RED.to_rgb())}
    with temp_config({"background_color": background}):
        behind = np.array(ManimColor(background).to_rgb())
        got = drawn(picture, PixelImage.signed(values, height=4))
        clipped = drawn(picture, PixelImage.signed(values, limit=2, height=4))
    for (r, c), value in np.ndenumerate(values):
        at = (1 - 2 * r) * UP + (2 * c - 2) * RIGHT
        for shown, limit in ((got, 4), (clipped, 2)):
            share = min(abs(value) / limit, 1)
            want = (1 - share) * behind + share * ends[-1 if value < 0 else 1]
            assert block(shown, at) == pytest.approx(want, abs=0.01)


def test_signed_takes_colours_of_ones_own_and_nothing_but_zeros():
    colors = signed_colors([[-1, 0, 1]], positive="#00FF00", negative=YELLOW, neutral="#808080")
    assert colors == pytest.approx(np.array([[[1, 1, 0], [128 / 255] * 3, [0, 1, 0]]]))
    assert signed_colors(np.zeros((2, 2)), neutral=WHITE) == pytest.approx(np.ones((2, 2, 3)))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: MNistMobject(np.zeros(783)), "got 783"),
        (lambda: PixelImage(np.zeros(4)), r"\(4,\)"),
        (lambda: PixelImage([[0, 255]]), "0 to 1.*255"),
        (lambda: PixelImage([[0, np.nan]]), "0 to 1"),
        (lambda: PixelImage([[-1, 1]]), "-1.0 to 1.0.*PixelImage.signed"),
        (lambda: PixelImage(np.zeros((0, 3))), r"pixels.*\(0, 3\)"),
        (lambda: PixelImage(np.zeros((3, 5, 3))), r"\(3, 5, 3\).*first or last.*channel_axis=0"),
        (lambda: PixelImage(np.zeros((1, 5, 3))), "first or last"),
        (lambda: PixelImage(np.zeros((4, 5, 6))), r"1 or 3 channels, got \(4, 5, 6\)"),
        (lambda: PixelImage(np.zeros((5, 6, 4))), "leave transparency out"),
        (lambda: PixelImage(np.zeros((3, 5, 6)), channel_axis=2), "1 or 3 channels"),
        (lambda: PixelImage(np.zeros((3, 5, 6)), channel_axis=1), "0 or 2, got 1"),
        (lambda: PixelImage(np.zeros((5, 6)), channel_axis=0), r"got \(5, 6\)"),
        (lambda: PixelImage.signed(np.zeros((3, 5, 6))), r"\(3, 5, 6\).*values\[0\]"),
        (lambda: PixelImage.signed([[np.inf]]), "finite"),
        (lambda: PixelImage.signed([[1]], limit=0), "above 0, got 0"),
    ],
)
def test_bad_images_are_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_an_image_that_only_moves_keeps_its_pixels():
    """Its copies have equal pixels, which a large image would take long to blend."""
    image = PixelImage(np.random.RandomState(0).rand(5, 7, 3))
    start, target, pixels = image.copy(), image.copy().shift(RIGHT), image.pixels
    for alpha in (0.0, 0.3, 1.0):
        image.interpolate(start, target, alpha)
        assert image.pixels is pixels
    other = PixelImage(np.random.RandomState(1).rand(5, 7, 3))
    image.interpolate(start, other, 0.5)
    assert np.abs(image.pixels - (start.pixels / 2 + other.pixels / 2)).max() <= 0.5
    image.interpolate(start, target, 1.0)
    np.testing.assert_array_equal(image.pixels, target.pixels)
    target.pixels[:] = 0
    assert image.pixels.any(), "nothing is shared"
