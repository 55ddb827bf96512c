"""What the tests of cameras draw: mobjects of every kind, flat and in space."""

from __future__ import annotations

from collections.abc import Callable

import manim as mn
import numpy as np
import pytest
from manim.constants import RESAMPLING_ALGORITHMS
from PIL import Image

from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.pixel_image import PixelImage

SIZE = (192, 108)


@pytest.fixture(autouse=True)
def small_frames(tiny: None) -> None:
    mn.config.pixel_width, mn.config.pixel_height = SIZE


@pytest.fixture(autouse=True)
def pillow_as_manim_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Manim 0.22 make an empty image with recent Pillow, which refuses its way of asking."""
    made_from = Image.fromarray

    def fromarray(array: np.ndarray, mode: str | None = None) -> Image.Image:
        if array.dtype == np.float64 and mode == "RGBA":
            return Image.new("RGBA", array.shape[::-1])
        return made_from(array)

    monkeypatch.setattr(Image, "fromarray", fromarray)


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


def resampled(name: str) -> Callable[[], mn.Mobject]:
    def make() -> mn.Mobject:
        image = mn.ImageMobject(rgba_image()).scale_to_fit_height(3).rotate(0.2)
        return image.set_resampling_algorithm(RESAMPLING_ALGORITHMS[name])

    return make


def in_perspective() -> mn.Mobject:
    image = mn.ImageMobject(rgba_image()).scale_to_fit_height(4)
    image.points[1] += (0.7, 0.9, 0)
    image.points[2] += (-0.5, 0.4, 0)
    return image


def textures() -> mn.Mobject:
    """Several images, those next to each other the same, with other things between them."""
    one, other = Image.fromarray(rgba_image()), Image.fromarray(rgba_image()[::-1, :, [2, 0, 1, 3]])
    shapes = [
        mn.Square(2, fill_opacity=k, stroke_width=8).shift((k - 0.5) * 3 * mn.RIGHT)
        for k in (0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    for shape, image in zip(shapes, (one, one, other, None, one), strict=True):
        if image is not None:
            shape.color_using_background_image(image)
    return mn.Group(*shapes[:2], mn.ValueTracker(2), *shapes[2:], mn.Dot())


def clouds() -> mn.Mobject:
    rng = np.random.RandomState(2)
    thick = mn.PMobject(stroke_width=5).add_points(rng.normal(size=(30, 3)) * (3, 2, 0))
    thick.set_color_by_gradient(mn.RED, mn.BLUE)
    far = mn.PMobject().add_points([[30, 0, 0], [0, 0, 0], [0, -30, 0]])
    return mn.Group(thick, far, mn.PointCloudDot(radius=0.5, density=5), mn.PMobject())


def everything() -> mn.Mobject:
    return mn.Group(
        mn.NumberPlane(), textured(), in_perspective(), clouds(), behind_and_before(), edges()
    )


def edges() -> mn.Mobject:
    rng = np.random.RandomState(0)
    starts, ends = rng.uniform(-3, 3, (2, 20, 3)) * (1, 1, 0)
    made = EdgeArray(starts, ends, width=3)
    made.set_stroke(rng.rand(20, 3), rng.uniform(0, 8, 20))
    return mn.Group(made, PixelImage(rng.rand(7, 5), 2).shift(3 * mn.RIGHT))


MOBJECTS |= {
    **{f"resampled, {name}": resampled(name) for name in ("none", "nearest", "linear", "cubic")},
    "image in perspective": in_perspective,
    "image with a default": lambda: mn.ImageMobject(rgba_image()[..., :3]).rotate(2),
    "gray image": lambda: mn.ImageMobject(rgba_image()[..., 0]),
    "textures": textures,
    "clouds": clouds,
    "everything": everything,
    "background and gradient": lambda: (
        mn.Circle(2)
        .set_stroke([mn.RED, mn.GREEN], width=20)
        .set_stroke([mn.BLUE, mn.WHITE], width=50, background=True)
        .set_fill([mn.YELLOW, mn.PINK], 0.5)
        .set_sheen_direction(mn.UR)
    ),
    "many colours": lambda: mn.Circle(2).set_color([mn.RED, mn.YELLOW, mn.GREEN, mn.BLUE]),
    "faint colours first": lambda: mn.Square(3).set_fill([mn.RED, mn.BLUE], [0, 1]),
    "no points left over": lambda: mn.VMobject().set_points(np.zeros((3, 3))),
    "one point": lambda: mn.VMobject(stroke_width=9).set_points(np.ones((1, 3))),
    "all in one place": lambda: (
        mn.VMobject(stroke_width=30)
        .set_points(np.ones((4, 3)))
        .set_cap_style(mn.CapStyleType.ROUND)
    ),
    "loop": lambda: mn.VMobject(stroke_width=20).set_points(
        [[2, 0, 0], [-4, 0.9, 0], [-4, -0.9, 0], [2, 0, 0]]
    ),
    "infinite": lambda: mn.Square().apply_function(lambda p: p if p[0] < 0 else p * np.inf),
    "huge": lambda: mn.Square().scale(1e7),
    "edges": edges,
    "formula": lambda: mn.DecimalNumber(-3.14159, num_decimal_places=4).scale(2),
    "graph": lambda: mn.Axes().add(mn.FunctionGraph(np.sin, color=mn.YELLOW)),
    "3-d mobjects": lambda: mn.VGroup(mn.Cube(2).rotate(1, mn.UP), mn.Sphere(resolution=(6, 6))),
}


def turned_image() -> mn.Mobject:
    return mn.ImageMobject(rgba_image()).scale_to_fit_height(3).rotate(0.5, axis=mn.UR)


#: What is seen in three dimensions.
IN_SPACE: dict[str, Callable[[], mn.Mobject]] = {
    "sphere": lambda: mn.Sphere(radius=2, resolution=(8, 8)),
    "surface": lambda: mn.Surface(
        lambda u, v: np.array([u, v, np.sin(u) * np.cos(v)]),
        u_range=(-2, 2),
        v_range=(-2, 2),
        resolution=(9, 9),
        fill_opacity=0.7,
    ).set_style(stroke_width=2),
    "cube and text": lambda: mn.Group(mn.Cube(2, fill_opacity=0.8), mn.Text("flat"), mn.Circle(3)),
    "axes": mn.ThreeDAxes,
    "solids": lambda: mn.VGroup(
        mn.Cone(resolution=6), mn.Torus(resolution=(6, 8)), mn.Prism(), mn.Dot3D(2 * mn.RIGHT)
    ).arrange(),
    "shade": lambda: mn.Square(
        3, fill_opacity=1, shade_in_3d=True, color=[mn.RED, mn.BLUE, mn.RED]
    ),
    "image": turned_image,
    "flat": everything,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test that asks for a mobject be run with one of every kind."""
    for name, made in (("flat_mobject", MOBJECTS), ("space_mobject", IN_SPACE)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, made.values(), ids=made)


@pytest.fixture
def image() -> np.ndarray:
    return rgba_image()
