"""Display lists against Manim's cameras: painted, they are the same pixels."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import manim as mn
import numpy as np
import pytest
from manim.mobject.types.image_mobject import ImageMobjectFromCamera
from PIL import Image

from nnviz.camera.lister import Lister, NotListedError, family
from nnviz.drawing.commands import Layer
from nnviz.drawing.frame_commands import Raster, Solid
from nnviz.drawing.path_commands import Path
from nnviz.drawing.pieces import Frame, Screen, painted
from nnviz.drawing.pixel_boxes import area
from nnviz.drawing.pixel_commands import Picture
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.pixel_image import PixelImage


def stock(camera: mn.Camera, *mobjects: mn.Mobject, **kwargs: Any) -> np.ndarray:
    """Return what Manim draws."""
    camera.reset()
    camera.capture_mobjects(mobjects, **kwargs)
    return camera.pixel_array.copy()


def listed(
    camera: mn.Camera, *mobjects: mn.Mobject, lister: Lister | None = None, **kwargs: Any
) -> Layer:
    return (lister or Lister()).layer(camera, mobjects, with_background=True, **kwargs)


def drawn(layer: Layer) -> np.ndarray:
    return painted(Frame(None, layer))


def assert_drawn_as_manim_draws(
    make_camera: Callable[[], mn.Camera], *mobjects: mn.Mobject
) -> None:
    """Check a display list: fresh, from a lister that has made one before, and after a journey."""
    expected = stock(make_camera(), *mobjects)
    camera, lister = make_camera(), Lister()
    for _ in range(2):
        layer = listed(camera, *mobjects, lister=lister)
        np.testing.assert_array_equal(drawn(layer), expected)
        sent = pickle.loads(pickle.dumps(layer))
        assert sent.digest == layer.digest
        np.testing.assert_array_equal(drawn(sent), expected)
    assert listed(make_camera(), *mobjects).digest == layer.digest, "made again, it is the same"


@pytest.mark.slow
def test_flat(flat_mobject: Callable[[], mn.Mobject]) -> None:
    assert_drawn_as_manim_draws(mn.Camera, flat_mobject())


@pytest.mark.every(3)
def test_zoomed(flat_mobject: Callable[[], mn.Mobject]) -> None:
    def camera() -> mn.Camera:
        made = mn.MovingCamera()
        made.frame.scale(0.6).shift(0.7 * mn.UR)
        return made

    assert_drawn_as_manim_draws(camera, flat_mobject())


@pytest.mark.slow
@pytest.mark.every(5)
@pytest.mark.parametrize("angles", [(0, -90), (60, -50), (100, 170)])
@pytest.mark.parametrize("shading", [True, False])
def test_in_space(
    space_mobject: Callable[[], mn.Mobject], angles: tuple[int, int], shading: bool
) -> None:
    def camera() -> mn.Camera:
        phi, theta = (angle * mn.DEGREES for angle in angles)
        return mn.ThreeDCamera(phi=phi, theta=theta, zoom=0.8, should_apply_shading=shading)

    assert_drawn_as_manim_draws(camera, space_mobject())


def test_lines_and_images_of_nnviz_in_space() -> None:
    rng = np.random.RandomState(0)
    edges = EdgeArray(*rng.uniform(-3, 3, (2, 20, 3)), width=3)
    image = PixelImage(rng.rand(7, 5), 2).rotate(0.5, mn.UP)

    def camera() -> mn.Camera:
        made = mn.ThreeDCamera(phi=1, theta=0.5)
        made.add_fixed_in_frame_mobjects(image)
        return made

    assert_drawn_as_manim_draws(camera, edges, image, edges[3:5])
    assert_drawn_as_manim_draws(mn.ThreeDCamera, edges, image)


# --- backgrounds


def test_backgrounds(tmp_path: Any, image: np.ndarray) -> None:
    file = tmp_path / "back.png"
    large = np.repeat(np.repeat(image, 20, axis=0), 20, axis=1)
    large[..., 3] = 255
    Image.fromarray(large).save(file)
    for options, kind in (
        ({}, Solid),
        ({"background_color": mn.BLUE}, Solid),
        ({"background_opacity": 0}, Solid),
        ({"background_color": mn.RED, "background_opacity": 0.4}, Solid),
        ({"background_image": str(file)}, Raster),
    ):

        def camera(options: dict[str, Any] = options) -> mn.Camera:
            return mn.Camera(**options)

        assert type(listed(camera(), mn.Dot()).background) is kind
        assert_drawn_as_manim_draws(camera, mn.Dot(), mn.Circle(fill_opacity=0.5))


def test_a_background_that_changes(image: np.ndarray) -> None:
    camera, dot, lister = mn.Camera(), mn.Dot(), Lister()
    first = listed(camera, dot, lister=lister)
    assert listed(camera, dot, lister=lister) is first
    changes = [
        lambda: setattr(camera, "background_color", mn.BLUE),
        lambda: camera.background.__setitem__(np.s_[10:20, 30:40], 77),
        lambda: camera.background.__setitem__(np.s_[10:20, 30:40], 78),
        lambda: camera.set_background(np.full_like(camera.background, 200)),
        lambda: setattr(camera, "background_opacity", 0.5),
    ]
    for change in changes:
        change()
        layer = listed(camera, dot, lister=lister)
        assert layer.digest != first.digest
        np.testing.assert_array_equal(drawn(layer), stock(camera, dot))
        assert listed(camera, dot, lister=lister) is layer
        first = layer


def test_a_layer_without_a_background_leaves_what_is_there() -> None:
    layer = Lister().layer(mn.Camera(), [mn.Dot()])
    assert layer.background is None
    still = listed(mn.Camera(), mn.Square(4, fill_opacity=1))
    expected = stock(mn.Camera(), mn.Square(4, fill_opacity=1), mn.Dot())
    np.testing.assert_array_equal(painted(Frame(still, layer)), expected)


# --- one frame after another


def changes(rng: np.random.RandomState, mobjects: list[mn.Mobject]) -> None:
    """Change something about some of the mobjects, or nothing."""
    for _ in range(rng.randint(4)):
        i, what = rng.randint(len(mobjects)), rng.randint(14)
        mobject = mobjects[i]
        if what == 0:
            mobject.shift([*rng.normal(size=2) / 3, 0])
        elif what == 1:
            mobject.points[: len(mobject.points) // 2] *= 1.05
        elif what == 2 and isinstance(mobject, mn.VMobject):
            mobject.set_fill(opacity=rng.rand())
        elif what == 3 and isinstance(mobject, mn.VMobject):
            mobject.set_stroke(width=rng.uniform(9), opacity=rng.randint(2))
        elif what == 4:
            mobjects[i] = mn.Star().move_to([*rng.normal(size=2) * 3, 0])
        elif what == 5:
            mobjects.append(mn.Square(rng.rand(), fill_opacity=1).shift(rng.uniform(6) * mn.LEFT))
        elif what == 6 and len(mobjects) > 6:
            mobjects.pop(i)
        elif what == 7 and rng.rand() < 0.2:
            mobjects.reverse()
        elif what == 8:
            mobject.set_z_index(rng.randint(-1, 2))
        elif what == 9 and type(mobject) is mn.RegularPolygon:
            mobject.set_sheen(rng.uniform(-1, 1), mn.UR)
        elif what == 10 and type(mobject) is mn.RegularPolygon:
            mobject.set_background_stroke(color=mn.GREEN, width=rng.uniform(9))
        elif what == 11 and isinstance(mobject, mn.ImageMobject):
            mobject.pixel_array[rng.randint(9)] = rng.randint(256)
        elif what == 12 and isinstance(mobject, mn.VMobject):
            mobject.joint_type = rng.choice(list(mn.LineJointType))
            mobject.cap_style = rng.choice(list(mn.CapStyleType))
        elif what == 13 and mobject.submobjects:
            mobject.submobjects[0].shift(0.2 * mn.UP)


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("seed", range(16))
def test_a_lister_follows_what_changes(seed: int, image: np.ndarray) -> None:
    rng = np.random.RandomState(seed)
    camera, manims, lister, screen = mn.MovingCamera(), mn.MovingCamera(), Lister(), Screen()
    mobjects: list[mn.Mobject] = [
        mn.RegularPolygon(rng.randint(3, 9), fill_opacity=rng.rand(), stroke_width=rng.uniform(12))
        .scale(rng.uniform(0.1, 2))
        .move_to([rng.uniform(-7, 7), rng.uniform(-4, 4), 0])
        for _ in range(8)
    ]
    mobjects[2].set_fill([mn.RED, mn.BLUE]).add(mn.Dot(2 * mn.LEFT))
    cloud = mn.PMobject().add_points(rng.normal(size=(9, 3)))
    mobjects += [mn.ImageMobject(image).scale(4), EdgeArray(*rng.uniform(-3, 3, (2, 6, 3))), cloud]
    still = [mn.Circle(3, fill_opacity=0.5), mn.Line(9 * mn.LEFT, 9 * mn.UR)]
    in_part = unchanged = 0
    for step in range(25):
        if rng.rand() < 0.05:
            for one in (camera, manims):
                one.frame.scale(0.97)
        below = listed(camera, *still) if step % 8 < 6 else None
        above = lister.layer(camera, mobjects, with_background=below is None)
        boxes = screen.show(Frame(below, above))
        manims.reset()
        if below is not None:
            manims.capture_mobjects(still)
        manims.capture_mobjects(mobjects)
        np.testing.assert_array_equal(screen.pixels, manims.pixel_array)
        whole = camera.pixel_width * camera.pixel_height
        in_part += 0 < sum(map(area, boxes)) < whole
        unchanged += not boxes
        changes(rng, mobjects)
    assert in_part + unchanged > 0


@pytest.mark.slow
@pytest.mark.every(4)
@pytest.mark.parametrize("seed", range(6))
def test_a_lister_follows_a_camera_in_space(seed: int, image: np.ndarray) -> None:
    rng = np.random.RandomState(seed)
    cameras = camera, manims = mn.ThreeDCamera(phi=1), mn.ThreeDCamera(phi=1)
    lister, screen = Lister(), Screen()
    sphere, label = mn.Sphere(resolution=(4, 4)), mn.Text("label").scale(0.5)
    title, edges = mn.Text("title").to_edge(mn.UP), EdgeArray(*rng.uniform(-3, 3, (2, 6, 3)))
    mobjects = [sphere, label, title, edges, mn.ImageMobject(image), mn.Square(shade_in_3d=True)]
    steps: list[Callable[[mn.ThreeDCamera], object]] = [
        lambda c: c.set_phi(c.get_phi() + 0.1),
        lambda c: c.set_theta(c.get_theta() + 0.2),
        lambda c: c.set_gamma(c.get_gamma() + 0.1),
        lambda c: c.set_zoom(c.get_zoom() * 0.95),
        lambda c: c.set_focal_distance(c.get_focal_distance() + 1),
        lambda c: c.light_source.shift(mn.LEFT),
        lambda c: setattr(c, "should_apply_shading", not c.should_apply_shading),
        lambda c: setattr(c, "exponential_projection", not c.exponential_projection),
        lambda c: c.add_fixed_in_frame_mobjects(title),
        lambda c: c.remove_fixed_in_frame_mobjects(title),
        lambda c: c.add_fixed_orientation_mobjects(label),
        lambda c: c.remove_fixed_orientation_mobjects(label),
        lambda c: c.add_fixed_in_frame_mobjects(edges),
        lambda c: c._frame_center.shift(0.1 * mn.UP),
        lambda c: label.shift(0.05 * mn.RIGHT),
        lambda c: sphere[3].set_fill(mn.RED, 0.5),
        lambda c: None,
    ]
    for _ in range(14):
        screen.show(Frame(None, listed(camera, *mobjects, lister=lister)))
        np.testing.assert_array_equal(screen.pixels, stock(manims, *mobjects))
        step = steps[rng.randint(len(steps))]
        for one in cameras:
            step(one)


def test_what_did_not_change_is_not_made_again(image: np.ndarray) -> None:
    camera, lister = mn.Camera(), Lister()
    mobjects = [mn.Square(), mn.Text("a"), mn.ImageMobject(image), EdgeArray(*np.ones((2, 3, 3)))]
    first = listed(camera, *mobjects, lister=lister)
    assert listed(camera, *mobjects, lister=lister) is first
    mobjects[0].shift(mn.UP)
    second = listed(camera, *mobjects, lister=lister)
    assert second.commands[0] is not first.commands[0]
    assert second.commands[1:] == first.commands[1:]
    # Put back, it has the old digest, by which it is found.
    mobjects[0].points[:, 1] = mn.Square().points[:, 1]
    assert listed(camera, *mobjects, lister=lister).digest == first.digest


def test_what_moves_with_the_camera_looks_the_same() -> None:
    camera = mn.MovingCamera()
    before = listed(camera, mn.Square())
    camera.frame.shift(mn.RIGHT)
    assert listed(camera, mn.Square()).digest != before.digest


@pytest.mark.parametrize(
    ("name", "value"),
    [("tolerance_for_point_equality", 3.0), ("joint_type", mn.LineJointType.ROUND)],
)
def test_every_attribute_that_counts_is_compared(name: str, value: Any) -> None:
    open_path = mn.VMobject(stroke_width=20).set_points_as_corners(
        [[-1, 0, 0], [0, 1, 0], [1, 0, 0]]
    )
    camera, lister = mn.Camera(), Lister()
    before = drawn(listed(camera, open_path, lister=lister))
    setattr(open_path, name, value)
    expected = stock(mn.Camera(), open_path)
    assert not np.array_equal(before, expected)
    np.testing.assert_array_equal(drawn(listed(camera, open_path, lister=lister)), expected)


def test_line_widths_follow_the_camera() -> None:
    camera, lister, square = mn.Camera(), Lister(), mn.Square()
    listed(camera, square, lister=lister)
    camera.cairo_line_width_multiple = 0.03
    layer = listed(camera, square, lister=lister)
    np.testing.assert_array_equal(drawn(layer), stock(camera, square))


@pytest.mark.slow
def test_mobjects_that_are_gone_are_forgotten() -> None:
    camera, lister = mn.Camera(), Lister()
    for _ in range(4):
        listed(camera, *(mn.Dot() for _ in range(900)), lister=lister)
    assert len(lister._known) < 3000


def test_a_family_is_manims(flat_mobject: Callable[[], mn.Mobject]) -> None:
    mobject = flat_mobject()
    some = [mobject, mn.Dot(), *mobject.submobjects]
    expected = mn.Camera(use_z_index=False).get_mobjects_to_display(some)
    assert list(map(id, family(some))) == list(map(id, expected))


def test_a_deep_family() -> None:
    deep = mn.VGroup(mn.Dot())
    for _ in range(400):
        deep = mn.VGroup(deep)
    assert_drawn_as_manim_draws(mn.Camera, deep)


def test_what_capturing_takes_is_taken() -> None:
    one, other = mn.Square(2).add(mn.Circle(1)), mn.Dot()
    for kwargs in ({"include_submobjects": False}, {"excluded_mobjects": [one[0]]}):
        expected = stock(mn.Camera(), one, other, **kwargs)
        np.testing.assert_array_equal(drawn(listed(mn.Camera(), one, other, **kwargs)), expected)


def test_order_without_z_index() -> None:
    squares = [
        mn.Square(fill_opacity=1, color=color).set_z_index(z)
        for color, z in ((mn.RED, 2), (mn.BLUE, 1))
    ]
    assert_drawn_as_manim_draws(lambda: mn.Camera(use_z_index=False), *squares)
    assert_drawn_as_manim_draws(lambda: mn.Camera(use_z_index=True), *squares)


# --- cameras within the camera


def zoomed(large: bool, **options: Any) -> tuple[mn.MultiCamera, list[Any]]:
    """Return a camera with two windows on other cameras; large ones see the windows, too."""
    displays = []
    for x, width in ((-3, 3), (3, 4)):
        inner = mn.MovingCamera()
        size = (13, 7) if large else (2, 1.2)
        inner.frame.stretch_to_fit_width(size[0]).stretch_to_fit_height(size[1])
        inner.frame.shift((x / 9, 0.3, 0))
        display = ImageMobjectFromCamera(inner).stretch_to_fit_width(width)
        display.stretch_to_fit_height(1.8).shift((x, -1.5, 0)).add_display_frame()
        displays.append(display)
    return mn.MultiCamera(displays[: options.pop("count", 2)], **options), displays


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("count", [1, 2])
def test_cameras_within_the_camera(count: int, own: bool, large: bool) -> None:
    def film(draw: Callable[..., np.ndarray]) -> list[np.ndarray]:
        options = {"count": count, "allow_cameras_to_capture_their_own_display": own}
        camera, displays = zoomed(large, **options)
        mobjects = [mn.NumberPlane(), mn.Text("zoomed"), *displays[:count]]
        frames = []
        for step in range(5):
            frames.append(draw(camera, *mobjects))
            displays[0].camera.frame.shift(0.1 * mn.RIGHT)
            if step == 2:
                displays[0].shift(0.4 * mn.UP).scale(1.2)
            if step == 3:
                camera.frame.scale(0.8)
        return frames

    lister = Lister()
    try:
        ours = film(lambda *args: drawn(listed(*args, lister=lister)))
    except NotListedError:
        assert count == 2 or own, "what a camera sees of itself or of others Manim has to draw"
        return
    for one, other in zip(ours, film(stock), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_window_that_nobody_updates() -> None:
    frames = []
    for draw in (stock, lambda *args: drawn(listed(*args))):
        inner = mn.MovingCamera()
        inner.capture_mobjects([mn.Circle(fill_opacity=1)])
        frames.append(draw(mn.Camera(), mn.Square(), ImageMobjectFromCamera(inner).scale(2)))
    np.testing.assert_array_equal(*frames)


def test_a_zoomed_scene_looks_as_it_does_in_manim() -> None:
    class Zoomed(mn.ZoomedScene):
        def construct(self) -> None:
            self.add(mn.NumberPlane(), mn.Dot().shift(mn.UL))
            self.activate_zooming(animate=False)
            self.zoomed_camera.frame.move_to(mn.UL)

    scenes = [Zoomed(), Zoomed()]
    for scene in scenes:
        scene.setup()
        scene.construct()
    ours = drawn(listed(scenes[0].camera, *scenes[0].mobjects))
    np.testing.assert_array_equal(ours, stock(scenes[1].camera, *scenes[1].mobjects))


# --- what Manim refuses


def test_points_of_no_width_are_not_seen() -> None:
    cloud = mn.PMobject(stroke_width=0).add_points(np.random.RandomState(0).normal(size=(5, 3)))
    assert_drawn_as_manim_draws(mn.Camera, mn.Square(), cloud)


@pytest.mark.parametrize("name", ["LANCZOS", "BOX", "HAMMING"])
def test_what_pillow_cannot_resample_is_refused_while_the_scene_runs(
    name: str, image: np.ndarray
) -> None:
    """As in Manim, where the line of the scene is known, and not in a worker afterwards."""
    wrong = mn.ImageMobject(image)
    wrong.resampling_algorithm = int(Image.Resampling[name])
    with pytest.raises(ValueError, match="cannot be used"):
        stock(mn.Camera(), wrong)
    with pytest.raises(Exception, match=r".+"):
        listed(mn.Camera(), wrong)


def test_an_image_nowhere_is_refused_while_the_scene_runs(image: np.ndarray) -> None:
    wrong = mn.ImageMobject(image)
    wrong.points[1, 0] = np.nan
    with pytest.raises(TypeError, match="not iterable"):
        stock(mn.Camera(), wrong)
    with pytest.raises(Exception, match=r".+"):
        listed(mn.Camera(), wrong)


def test_images_are_copied(image: np.ndarray) -> None:
    """What a scene does to an image later does not change a frame that waits to be drawn."""
    mobject, camera, lister = mn.ImageMobject(image).scale(5), mn.Camera(), Lister()
    layer = listed(camera, mobject, lister=lister)
    (command,) = layer.commands
    assert isinstance(command, Picture)
    before = drawn(layer)
    mobject.pixel_array[:] = 255
    np.testing.assert_array_equal(drawn(layer), before)


def test_points_are_copied() -> None:
    square, camera = mn.Square(), mn.Camera()
    edges = EdgeArray(*np.random.RandomState(1).uniform(-3, 3, (2, 4, 3)))
    cloud = mn.PMobject().add_points(np.zeros((3, 3)))
    layer = listed(camera, square, edges, cloud)
    before = drawn(layer)
    for mobject in (square, edges, cloud):
        mobject.points *= 2
    edges.stroke_rgbas[:] = 0.3
    square.fill_rgbas[:] = 1
    cloud.rgbas[:] = 0.5
    np.testing.assert_array_equal(drawn(layer), before)
    assert isinstance(layer.commands[0], Path)
