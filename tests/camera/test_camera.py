"""NNCamera against manim.Camera: the same pixels, however it got there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cairo
import manim as mn
import numpy as np
import pytest
from PIL import Image

from nnviz.camera import DrawsItself, NNCamera, NNMovingCamera
from nnviz.camera.drawing import Place

SIZE = (192, 108)


@pytest.fixture(autouse=True)
def small_frames() -> Iterator[None]:
    with mn.tempconfig({"pixel_width": SIZE[0], "pixel_height": SIZE[1]}):
        yield


@pytest.fixture(autouse=True)
def pillow_as_manim_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Manim 0.22 make an empty image with recent Pillow, which refuses its way of asking."""
    made_from = Image.fromarray

    def fromarray(array: np.ndarray, mode: str | None = None) -> Image.Image:
        if array.dtype == np.float64 and mode == "RGBA":
            return Image.new("RGBA", array.shape[::-1])
        return made_from(array)

    monkeypatch.setattr(Image, "fromarray", fromarray)


def picture(camera: mn.Camera, *mobjects: mn.Mobject) -> np.ndarray:
    camera.reset()
    camera.capture_mobjects(mobjects)
    return camera.pixel_array.copy()


def rgba_image() -> np.ndarray:
    image = np.random.RandomState(1).randint(0, 256, (9, 14, 4)).astype(np.uint8)
    image[2:5, :, 3] = 0
    return image


def several_subpaths() -> mn.VMobject:
    mobject = mn.VMobject(fill_color=mn.RED, fill_opacity=0.7, stroke_width=3)
    for polygon in (mn.Square(3), mn.Square(1), mn.RegularPolygon(5).shift(2 * mn.RIGHT)):
        mobject.append_points(polygon.points)
    return mobject.append_points(mn.Arc(angle=2).shift(2 * mn.LEFT).points)  # left open


def not_finite() -> mn.VMobject:
    square = mn.Square(fill_opacity=1)
    square.points[3, 1] = np.nan
    return square


def ragged() -> mn.VMobject:
    mobject = mn.VMobject(stroke_width=6).set_points_as_corners([mn.LEFT, mn.UP, mn.RIGHT])
    mobject.points = mobject.points[:-2]
    return mobject


def behind_and_before() -> mn.VGroup:
    colors = (mn.RED, mn.BLUE, mn.GREEN, mn.YELLOW, mn.WHITE)
    return mn.VGroup(
        *(
            mn.Square(2, color=color, fill_opacity=0.8).shift(i * mn.RIGHT / 2).set_z_index(z)
            for i, (color, z) in enumerate(zip(colors, (2, -1, 0, 5, 0), strict=True))
        )
    )


def twice_in_the_family() -> mn.VGroup:
    one, other = mn.Circle(2, fill_opacity=0.5), mn.Square(2, color=mn.BLUE, fill_opacity=0.5)
    return mn.VGroup(mn.VGroup(one, other), mn.VGroup(mn.VGroup(one)), other)


def joints() -> mn.VGroup:
    return mn.VGroup(
        *(mn.Star(joint_type=joint, stroke_width=14) for joint in mn.LineJointType)
    ).arrange()


def caps() -> mn.VGroup:
    return mn.VGroup(
        *(mn.Line(stroke_width=30).set_cap_style(cap) for cap in mn.CapStyleType)
    ).arrange(mn.DOWN)


def textured() -> mn.Mobject:
    texture = Image.fromarray(rgba_image())
    disc = mn.Circle(2, fill_opacity=1).color_using_background_image(texture)
    return mn.Group(mn.Square(2), disc, mn.Square(1))


MOBJECTS: dict[str, Callable[[], mn.Mobject]] = {
    "square": lambda: mn.Square(2.3).rotate(0.3),
    "nothing to see": lambda: mn.VGroup(
        mn.Square(fill_opacity=0, stroke_width=0),
        mn.Square(fill_opacity=0, stroke_opacity=0),
        mn.Square(fill_opacity=0.4, stroke_width=0),
    ),
    "see-through": lambda: mn.VGroup(
        mn.Circle(2, fill_opacity=0.3, stroke_opacity=0.4, stroke_width=20),
        mn.Circle(1, color=mn.RED, fill_opacity=0.5).shift(mn.RIGHT),
    ),
    "gradient": lambda: mn.Circle(3).set_fill([mn.RED, mn.YELLOW, mn.BLUE], opacity=0.8),
    "gradient stroke": lambda: mn.Square(3).set_stroke([mn.RED, mn.BLUE], width=12),
    "gradient over a family": lambda: (
        mn.Square(2).set_fill([mn.RED, mn.BLUE], 1).add(mn.Dot(3 * mn.RIGHT))
    ),
    "sheen": lambda: mn.Circle(2, color=mn.BLUE, fill_opacity=1).set_sheen(-0.4, mn.UL),
    "background stroke": lambda: mn.Text("edge").set_background_stroke(color=mn.RED, width=8),
    "joints": joints,
    "caps": caps,
    "lines": lambda: mn.VGroup(
        *(mn.Line(mn.ORIGIN, 3 * mn.UP).rotate(a, about_point=mn.ORIGIN) for a in range(50))
    ),
    "dashes": lambda: mn.DashedLine(3 * mn.LEFT, 3 * mn.RIGHT + mn.UP),
    "text": lambda: mn.Text("Backpropagation, 0.97"),
    "plane": mn.NumberPlane,
    "hole": lambda: mn.Annulus(0.5, 2, fill_opacity=0.8),
    "subpaths": several_subpaths,
    "partial": lambda: mn.Circle(2).pointwise_become_partial(mn.Circle(2), 0.1, 0.63),
    "not finite": not_finite,
    "ragged": ragged,
    "out of frame": lambda: mn.VGroup(mn.Square(30), mn.Circle().shift(20 * mn.UP), mn.Circle(7)),
    "z-index": behind_and_before,
    "twice": twice_in_the_family,
    "integer points": lambda: mn.Square().set_points(mn.Square(2).points.astype(int)),
    "image": lambda: mn.ImageMobject(rgba_image()).scale_to_fit_height(3).rotate(0.3),
    "image out of frame": lambda: mn.ImageMobject(rgba_image()).scale(9).shift(6 * mn.LEFT),
    "image over shapes": lambda: mn.Group(
        mn.Square(4, fill_opacity=0.7),
        mn.ImageMobject(rgba_image()).set_opacity(0.5),
        mn.Circle(0.5),
    ),
    "thin image": lambda: mn.ImageMobject(rgba_image()).stretch(1e-4, 0),
    "points": lambda: mn.Group(mn.Circle(), mn.PointCloudDot(radius=1), mn.Square(3)),
    "no picture": lambda: mn.Group(mn.ValueTracker(3), mn.Square()),
    "texture": textured,
}


@pytest.mark.parametrize("name", MOBJECTS)
def test_draws_what_manim_draws(name: str) -> None:
    mobject = MOBJECTS[name]()
    expected = picture(mn.Camera(), mobject)
    camera = NNCamera()
    # Three times: drawn anew, drawn while its path is kept, drawn from the path kept.
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


def changes(rng: np.random.RandomState, mobjects: list[mn.Mobject]) -> None:
    """Change something about some of the mobjects, or none."""
    for _ in range(rng.randint(4)):
        i, what = rng.randint(len(mobjects)), rng.randint(8)
        mobject = mobjects[i]
        if what == 0:
            mobject.shift([*rng.normal(size=2) / 3, 0])
        elif what == 1:
            mobject.points[: len(mobject.points) // 2] *= 1.05
        elif what == 2:
            mobject.set_fill(opacity=rng.rand())
        elif what == 3:
            mobject.set_stroke(width=rng.uniform(9), opacity=rng.randint(2))
        elif what == 4:
            mobjects[i] = mn.Star().move_to([*rng.normal(size=2) * 3, 0])
        elif what == 5:
            mobjects.append(mn.Square(rng.rand(), fill_opacity=1).shift(rng.uniform(6) * mn.LEFT))
        elif what == 6 and len(mobjects) > 6:
            mobjects.pop(i)
        elif rng.rand() < 0.2:
            mobjects.reverse()


@pytest.mark.parametrize("seed", range(8))
def test_redrawing_what_changed_gives_the_whole_picture(seed: int) -> None:
    rng = np.random.RandomState(seed)
    camera, manims = NNCamera(), mn.Camera()
    background = picture(manims, mn.Circle(3, fill_opacity=0.5), mn.Line(9 * mn.LEFT, 9 * mn.UR))
    mobjects: list[mn.Mobject] = [
        mn.RegularPolygon(rng.randint(3, 9), fill_opacity=rng.rand(), stroke_width=rng.uniform(12))
        .scale(rng.uniform(0.1, 2))
        .move_to([rng.uniform(-7, 7), rng.uniform(-4, 4), 0])
        for _ in range(10)
    ]
    mobjects[2].set_fill([mn.RED, mn.BLUE])
    in_part = 0
    for _ in range(20):
        before = camera.pixel_array.copy()
        boxes = camera.redraw(background, mobjects)
        manims.set_frame_to_background(background)
        manims.capture_mobjects(mobjects)
        np.testing.assert_array_equal(camera.pixel_array, manims.pixel_array)
        for left, top, right, bottom in boxes:
            before[top:bottom, left:right] = camera.pixel_array[top:bottom, left:right]
        np.testing.assert_array_equal(before, camera.pixel_array, "changed outside the boxes")
        in_part += 0 < sum((r - le) * (b - t) for le, t, r, b in boxes) < SIZE[0] * SIZE[1]
        changes(rng, mobjects)
    assert in_part > 3


def test_redraw_says_that_nothing_changed() -> None:
    camera, background = NNCamera(), NNCamera().pixel_array
    circle, image = mn.Circle(), mn.ImageMobject(rgba_image())
    assert camera.redraw(background, [circle, image]) == [(0, 0, *SIZE)]
    assert camera.redraw(background, [circle, image]) == []
    image.pixel_array[3, 3] = 7
    assert camera.redraw(background, [circle, image]) == [(0, 0, *SIZE)]
    assert camera.redraw(background, [circle]) == [(0, 0, *SIZE)]
    camera.capture_mobjects([mn.Square()])
    assert camera.redraw(background, [circle]) == [(0, 0, *SIZE)], "drawn over since"


class Cross(DrawsItself):
    """Draws itself, and says when it would look different."""

    size = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.set_points([mn.ORIGIN])

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        context.set_source_rgba(0, 0.5, 1, 1)
        context.set_line_width(0.3)
        context.move_to(-self.size, -self.size)
        context.line_to(self.size, self.size)
        context.stroke()

    def drawing_state(self) -> float:
        return self.size


def test_mobjects_that_draw_themselves() -> None:
    camera, cross = NNCamera(), Cross()
    background = camera.pixel_array.copy()
    others = [mn.Square(1).shift(5 * mn.LEFT), mn.Circle(1)]
    camera.redraw(background, [others[0], cross, others[1]])
    assert tuple(camera.pixel_array[SIZE[1] // 2, SIZE[0] // 2]) == (255, 128, 0, 255)
    assert camera.redraw(background, [others[0], cross, others[1]]) == []
    others[1].shift(mn.RIGHT)
    boxes = camera.redraw(background, [others[0], cross, others[1]])
    assert len(boxes) == 1
    assert boxes != [(0, 0, *SIZE)]
    np.testing.assert_array_equal(
        camera.pixel_array, picture(NNCamera(), others[0], cross, others[1])
    )
    cross.size = 2
    assert camera.redraw(background, [others[0], cross, others[1]]) == [(0, 0, *SIZE)]


def test_what_it_remembers_is_not_part_of_a_plays_hash() -> None:
    camera = NNCamera()
    picture(camera, mn.Circle())
    assert set(vars(camera)) == set(vars(mn.Camera()))
