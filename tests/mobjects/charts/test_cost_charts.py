"""Charts of the cost: what is on them is the engine's, where it says, and can be read."""

from itertools import combinations

import numpy as np
import pytest
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    PI,
    RIGHT,
    UP,
    Camera,
    Scene,
    Tex,
    ThreeDScene,
    VGroup,
    config,
    linear,
)

from nnviz._manim import temp_config
from nnviz.animations import Descend
from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.color_map import ColorMap, color_map_for, to_oklab
from nnviz.mobjects.charts.cost_map import CostMap
from nnviz.mobjects.charts.cost_scale import CostScale, number_text
from nnviz.mobjects.charts.cost_surface import CostSurface, Turn
from nnviz.mobjects.primitives.boxes import box_around, is_free
from nnviz.network import Network, NetworkError, ParameterPlane
from nnviz.scene.nn_scene import NNScene

pytestmark = pytest.mark.slow

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
CHARTS = [CostMap, CostSurface]
RESOLUTION = 21


@pytest.fixture(scope="module")
def descent():
    networks = [Network.random([2, 3, 1], seed=1)]
    for _ in range(320):
        networks.append(networks[-1].step(networks[-1].backprop(X, Y), 2.0))
    return networks[::8]


@pytest.fixture(scope="module")
def plane(descent):
    return ParameterPlane.principal(descent)


@pytest.fixture
def make(descent, plane):
    def make(kind, **options):
        options = {"spans": plane.spans(descent), "resolution": RESOLUTION} | options
        return kind(options.pop("plane", plane), X, Y, **options)

    return make


def texts(chart):
    """What is written on a chart and can be seen."""
    if isinstance(chart, CostMap):
        numbers, first, second = chart.axes[2], chart.axes[3], chart.axes[4]
        found = [*numbers, first, second]
        if len(chart.color_bar):
            found += [*chart.color_bar[3], chart.color_bar[4]]
        found += chart[4:]
    else:
        found = [*chart.numbers, *chart.names, *chart[2 + len(chart.numbers) + 3 :]]
    notes = [getattr(part, "note", part) for part in found]
    return [
        part
        for part in notes
        if part is not None and part.family_members_with_points()[0].get_fill_opacity() > 0
    ]


def assert_readable(chart):
    shown = texts(chart)
    assert len(shown) >= 3
    for one, other in combinations(shown, 2):
        assert is_free(box_around(one), [box_around(other)]), (one, other)
    for part in shown:
        low, high = box_around(part)
        assert (np.abs([low, high]) <= (config.frame_width / 2, config.frame_height / 2)).all()


# --- heights


@pytest.mark.parametrize("kind", CHARTS)
def test_heights_are_the_engines(kind, make, plane):
    chart = make(kind)
    (a, b), (i, j) = (chart.grid.across[4], chart.grid.up[17]), (17, 4)
    assert chart.grid.costs[i, j] == pytest.approx(plane.network_at(a, b).cost(X, Y), rel=1e-12)


@pytest.mark.parametrize("kind", CHARTS)
def test_a_point_is_where_the_axes_say(kind, make, plane):
    chart = make(kind).shift(RIGHT).scale(0.7).rotate(0.3)
    (a0, a1), (b0, b1) = chart.field.spans
    corner = chart.at(a0, b0)
    # The middle of a line on the floor is in the middle on screen.
    floor = chart.cost_scale.low
    ends = chart.places([(a0, b1), (a1, b0)], [floor, floor])
    middle = chart.places([((a0 + a1) / 2, (b0 + b1) / 2)], [floor])[0]
    assert middle == pytest.approx(ends.mean(axis=0))
    assert corner == pytest.approx(
        chart.places([(a0, b0)], [plane.network_at(a0, b0).cost(X, Y)])[0]
    )
    assert chart.point(plane.network_at(a0, b0)) == pytest.approx(corner)


def test_a_map_is_the_plane_undistorted(make):
    chart = make(CostMap, width=4, height=3).move_to(ORIGIN)
    chart.shift(-chart.raster.get_center())
    (a0, a1), (b0, b1) = chart.field.spans
    assert chart.at(a0, b0) == pytest.approx(2 * LEFT + 1.5 * DOWN)
    assert chart.at(a1, b1) == pytest.approx(2 * RIGHT + 1.5 * UP)
    assert chart.at((a0 + 3 * a1) / 4, (b0 + b1) / 2) == pytest.approx(RIGHT, abs=1e-9)


def test_a_surface_is_as_high_as_the_cost(make, plane):
    chart = make(CostSurface, elevation=0, azimuth=0, width=4, height=2)
    scale = chart.cost_scale
    low, high = chart.places([(0, 0), (0, 0)], [scale.low, scale.high])
    assert high - low == pytest.approx(2 * UP)
    cost = plane.network_at(0.5, 0.25).cost(X, Y)
    share = (cost - scale.low) / (scale.high - scale.low)
    assert chart.at(0.5, 0.25)[1] - low[1] == pytest.approx(2 * share)
    # From above it is a map.
    chart.turn(elevation=90)
    (a0, a1), (b0, b1) = chart.field.spans
    across = chart.at(a1, b0) - chart.at(a0, b0)
    assert across == pytest.approx(4 / np.sqrt(2) * RIGHT)
    assert chart.at(a0, b1) - chart.at(a0, b0) == pytest.approx(4 / np.sqrt(2) * UP)


def test_contours_run_at_their_level(make, plane):
    chart = make(CostMap, levels=[0.15, 0.2])
    assert chart.levels == (0.15, 0.2)
    found = chart.field.contours(chart.levels)
    for level, lines in zip(chart.levels, found, strict=True):
        points = np.concatenate(lines)
        # Between the points of the grid the cost is not linear.
        assert plane.costs(X, Y, points) == pytest.approx(np.full(len(points), level), abs=4e-3)
    for lines, contour in zip(found, chart.contours, strict=True):
        corners = np.concatenate([chart.places(line[:-1]) for line in lines])
        assert contour.points[::4] == pytest.approx(corners)


# --- paths


@pytest.mark.parametrize("kind", CHARTS)
def test_points_of_a_path_are_at_the_engines_cost(kind, make, plane, descent):
    chart = make(kind).scale(0.8).shift(UP)
    path = chart.path(descent)
    points, distances = plane.project(descent)
    assert path.distances == pytest.approx(distances)
    for point, cost, place in zip(points, path.costs, path.places, strict=True):
        assert cost == pytest.approx(plane.network_at(*point).cost(X, Y), rel=1e-12)
        assert place == pytest.approx(chart.places([point], [cost])[0], abs=1e-9)
        assert place == pytest.approx(chart.at(*point), abs=1e-9)
    assert path in chart.submobjects
    # The line lies on the surface between the networks, too.
    between = (points[0] + points[1]) / 2
    middle = path.line.points[4 * 4]
    assert middle == pytest.approx(chart.at(*between), abs=1e-9)


def test_what_is_off_the_plane_is_said(make, descent, plane):
    chart = make(CostMap)
    path = chart.path(descent)
    far = plane.project(descent).distances.max()
    assert path.off_plane.any()
    assert number_text(float(f"{far:.3g}")) in path.note.original_text
    assert "rings" in path.note.original_text
    assert len(path.rings.points) == path.off_plane.sum() * len(path.rings.points[:32])
    bare = make(CostMap).path(descent, dot_radius=0)
    assert "the path lies off this plane" in bare.note.original_text
    on = [plane.network_at(0, 0), plane.network_at(0.1, 0.2)]
    assert make(CostMap).path(on).note is None
    assert make(CostMap).path(descent, note=False).note is None


@pytest.mark.parametrize("kind", CHARTS)
def test_places_off_the_chart_are_refused(kind, make, descent):
    chart = make(kind, spans=((-0.1, 0.1), (-0.1, 0.1)))
    with pytest.raises(ValueError, match=r"outside of the chart.*plane.spans"):
        chart.path(descent)
    with pytest.raises(ValueError, match="outside"):
        chart.at(0.2, 0)
    with pytest.raises(ValueError, match="too few"):
        chart.path([descent[-1]])


@pytest.mark.parametrize("kind", CHARTS)
def test_costs_that_are_cut_off_are_said(kind, make):
    chart = make(kind, highest=0.2)
    assert any(
        "costs above 0.2 are cut off" in getattr(t, "original_text", "") for t in texts(chart)
    )
    (a0, _), (b0, _) = chart.field.spans
    assert chart.field.costs((a0, b0)) > 0.2
    assert chart.at(a0, b0) == pytest.approx(chart.places([(a0, b0)], [0.2])[0])
    whole = make(kind, highest=10)
    assert not any("cut off" in getattr(t, "original_text", "") for t in texts(whole))


def test_a_logarithmic_scale_says_so(make):
    assert make(CostMap, logarithmic=True).color_bar[4].original_text == "cost (logarithmic)"
    assert make(CostSurface).names[2].original_text == "cost"


def test_a_path_comes_to_be_at_an_even_pace(make, descent):
    chart = make(CostMap)
    path = chart.path(descent)
    places, steps = path.places, len(descent) - 1
    dot = VGroup(*chart.level_labels()[:1])
    lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
    half_a_step_on = (lengths[:10].sum() + lengths[10] / 2) / lengths.sum()
    assert half_a_step_on < 8 / steps  # the first steps are short ones
    assert path.steps_at(half_a_step_on) == pytest.approx(10.5)
    assert [path.steps_at(0.0), path.steps_at(1.0)] == pytest.approx([0, steps])
    animation = Descend(path, dot, rate_func=linear)
    animation.begin()
    assert not path.dots[1].has_points() or len(path.rings.points) == 32
    animation.interpolate(half_a_step_on)
    assert path.line.points[-1] == pytest.approx((places[10] + places[11]) / 2)
    assert dot.get_center() == pytest.approx(path.line.points[-1])
    assert (len(path.rings.points) + len(path[1].points)) == 11 * 32
    animation.finish()
    assert path.places == pytest.approx(places)
    assert dot.get_center() == pytest.approx(places[-1])
    assert path.step(3).points[0] == pytest.approx(places[3])
    assert path.step(3).points[-1] == pytest.approx(places[4])
    with pytest.raises(IndexError, match="from 0 to 39"):
        path.step(40)


# --- turning


def test_a_turn_takes_everything_along(make, descent):
    chart = make(CostSurface)
    path = chart.path(descent)
    middle = chart.relief.get_center()
    turned = make(CostSurface, azimuth=100, elevation=55)
    chart.turn(100, 55)
    other = turned.path(descent)
    assert chart.relief.get_center() == pytest.approx(middle)
    turned.shift(chart.relief.get_center() - turned.relief.get_center())
    assert path.places == pytest.approx(other.places)
    for one, same in zip(texts(chart), texts(turned), strict=True):
        assert one.get_center() == pytest.approx(same.get_center())
    assert chart.axes.points == pytest.approx(turned.axes.points)


def test_a_turn_is_exact_on_the_way(make, descent, half_time):
    class Turned(NNScene):
        def construct(self):
            self.chart = make(CostSurface, azimuth=10, elevation=30)
            self.path = self.chart.path(descent)
            self.add(self.chart)
            self.play(self.chart.animate(rate_func=lambda t: t).turn(azimuth=110, elevation=50))

    scene = half_time(Turned, 0)
    assert (scene.chart.azimuth, scene.chart.elevation) == pytest.approx((60, 40))
    assert isinstance(scene.animations[0], Turn)
    point = scene.path.points_on_plane[7]
    assert scene.path.places[7] == pytest.approx(scene.chart.at(*point), abs=1e-9)


@pytest.mark.parametrize("elevation", [-1, 91])
def test_views_from_below_are_refused(elevation, make):
    with pytest.raises(ValueError, match=r"0 .* to 90"):
        make(CostSurface, elevation=elevation)
    with pytest.raises(ValueError, match=r"0 .* to 90"):
        Turn(make(CostSurface), elevation=elevation)


# --- what can be read


@pytest.mark.every(8)
@pytest.mark.parametrize("elevation", [0, 8, 30, 60, 90])
def test_texts_of_a_surface_are_readable_from_everywhere(elevation, make, descent):
    chart = make(CostSurface, elevation=elevation, highest=0.25, label_height=0.2)
    chart.path(descent)
    for azimuth in range(-175, 180, 25):
        assert_readable(chart.turn(azimuth).move_to(ORIGIN))


@pytest.mark.parametrize("size", [(5, 5), (3, 4.5), (7, 2)])
def test_texts_of_a_map_are_readable(size, make, descent):
    width, height = size
    chart = make(CostMap, width=width, height=height, highest=0.25)
    chart.path(descent)
    assert_readable(chart.move_to(ORIGIN))


def test_level_labels_stand_on_their_lines_and_clear_of_all(make, descent):
    chart = make(CostMap)
    path = chart.path(descent)
    labels = chart.level_labels()
    assert len(labels) >= 3
    for one, other in combinations(labels, 2):
        assert is_free(box_around(one), [box_around(other)])
    for label in labels:
        low, high = box_around(label)
        walked = path.line.points[:, :2]
        assert not ((low < walked) & (walked < high)).all(axis=1).any()
        near = [np.linalg.norm(c.points - label.get_center(), axis=1).min() for c in chart.contours]
        assert min(near) < 1e-6
        assert label.text == number_text(chart.levels[int(np.argmin(near))])


def test_latex_writes_numbers_as_formulas(make):
    chart = make(CostMap, writing=Tex)
    assert any(number.tex_string.startswith("$-") for number in chart.axes[2])


# --- colours and pixels


@pytest.mark.parametrize("background", ["#000000", "#ffffff", "#1e1e1e", "#f4ecd8"])
def test_colours_are_even_and_stand_out(background):
    colors = color_map_for(background)
    lightness = to_oklab(colors(np.linspace(0, 1, 101)))[:, 0]
    steps = np.diff(lightness)
    assert (np.sign(steps) == np.sign(steps[0])).all()
    assert np.abs(steps) == pytest.approx(np.full(100, np.abs(steps).mean()), rel=0.25)
    assert np.ptp(lightness) > 0.45
    # Axes and texts do, too.
    seen = to_oklab([ink(background).to_rgb(), colors(0.0)])[:, 0]
    assert abs(seen[0] - seen[1]) > 0.5


def test_a_colour_map_goes_one_way():
    with pytest.raises(ValueError, match="lighter"):
        ColorMap(["#000000", "#ffffff", "#888888"])
    with pytest.raises(ValueError, match="two or more"):
        ColorMap(["#000000"])
    ends = ColorMap(["#102030", "#fedcba"])([-1, 0, 1, 2])
    assert ends[[0, 1]] * 255 == pytest.approx(np.array([[16, 32, 48]] * 2), abs=0.6)
    assert ends[[2, 3]] * 255 == pytest.approx(np.array([[254, 220, 186]] * 2), abs=0.6)


@pytest.mark.parametrize("background", ["#000000", "#ffffff"])
@pytest.mark.parametrize("kind", CHARTS)
def test_pixels_have_the_colour_of_the_cost(kind, background, make, picture):
    with temp_config({"background_color": background, "pixel_width": 428, "pixel_height": 240}):
        chart = make(kind, levels=0, resolution=61)
        if kind is CostSurface:
            chart.turn(0, 90)
        chart.shift(-chart.body.get_center())
        scene = NNScene()
        scene.add(chart)
        seen = picture(scene)
        for share in ((0.2, 0.3), (0.5, 0.5), (0.8, 0.6)):
            first, last = chart.field.spans.T
            a, b = first + np.array(share) * (last - first)
            place = chart.at(a, b)
            row, column = int(120 - 30 * place[1]), int(214 + 30 * place[0])
            wanted = chart.colors(chart.cost_scale.shares(chart.field.costs((a, b))))
            assert seen[row, column] == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize("kind", CHARTS)
def test_ours_and_manims_camera_draw_the_same(kind, make, descent):
    chart = make(kind).move_to(ORIGIN)
    chart.path(descent)
    scene = NNScene()
    scene.add(chart)
    camera = Camera()
    camera.capture_mobjects(scene.mobjects)
    scene.renderer.update_frame(scene)
    np.testing.assert_array_equal(scene.renderer.get_frame(), camera.pixel_array)


def test_the_nearer_face_covers_the_farther(picture):
    # A wall in front of a valley: from the side nothing of the valley is seen.
    network = Network.dense([[[1.0]]], [[0.0]], "identity")
    plane = ParameterPlane(network, np.eye(2))
    x, y = [[0.0], [0.0]], [0.0, 0.0]  # the cost is b squared, whatever a is
    chart = CostSurface(plane, x, y, azimuth=0, elevation=5, levels=0, resolution=11)
    chart.shift(-chart.relief.get_center())
    scene = Scene()
    scene.add(chart.relief)
    seen = picture(scene)
    first, second = chart.places([(0, -0.99), (0, -0.2)], [0.95**2, 0.4**2])[:, 1]
    assert first > second
    lit = seen[int(60 - 15 * second), 107]
    front = seen[int(60 - 15 * first) + 1, 107]
    # At the place of the valley there is the wall's outer side, which is as light as its top.
    assert lit.sum() > 0.5 * front.sum()


@pytest.mark.parametrize("kind", CHARTS)
def test_it_fades_as_one(kind, make, picture):
    chart = make(kind, levels=0)
    chart.shift(-chart.body.get_center())
    scene = NNScene()
    scene.add(chart.body)
    whole = picture(scene)
    chart.body.set_opacity(0.5)
    assert picture(scene) == pytest.approx(whole / 2, abs=0.02)
    chart.body.set_opacity(0)
    assert picture(scene).max() == 0


def test_it_works_in_three_dimensions(make, picture):
    chart = make(CostSurface)
    flat = NNScene()
    flat.add(chart)
    wanted = picture(flat)

    scene = ThreeDScene()
    scene.set_camera_orientation(phi=PI / 3, theta=-PI / 4)
    scene.add_fixed_in_frame_mobjects(chart)
    scene.renderer.camera.reset()
    scene.renderer.camera.capture_mobjects(scene.mobjects)
    got = scene.renderer.camera.pixel_array[:, :, :3] / 255
    assert np.abs(got - wanted).mean() < 0.01


def test_copies_are_whole_and_share_what_was_computed(make, descent):
    chart = make(CostSurface)
    chart.path(descent)
    twin = chart.copy().shift(RIGHT).turn(azimuth=80)
    assert twin.field is chart.field
    assert twin.relief is not chart.relief
    assert chart.azimuth == 30
    assert twin.at(0, 0)[0] != pytest.approx(chart.at(0, 0)[0])


# --- kept, and what is wrong


@pytest.mark.parametrize("kind", CHARTS)
def test_frames_are_the_same_from_the_cache(kind, make, picture, plane, monkeypatch):
    from nnviz.network import plane_costs

    frames = []
    with temp_config({"disable_caching": False}):
        for _ in range(2):
            plane_costs._memory.clear()
            scene = NNScene()
            scene.add(make(kind))
            frames.append(picture(scene))
            kept = list((config.get_dir("media_dir") / "costs").iterdir())
            monkeypatch.setattr(ParameterPlane, "costs", None)  # must not be asked again
    assert len(kept) == 1
    np.testing.assert_array_equal(*frames)


def test_directions_by_name(make, descent):
    network = descent[-1]
    options = {"plane": network, "spans": ((-0.5, 0.5),) * 2}
    chart = make(CostMap, **options, directions="gradient", seed=3)
    assert chart.plane == ParameterPlane.gradient(network, X, Y, seed=3)
    assert make(CostMap, **options, seed=2).plane == ParameterPlane.random(network, 2)
    with pytest.raises(NetworkError, match="'random' or 'gradient'"):
        make(CostMap, **options, directions="north")
    with pytest.raises(TypeError, match="Network or a ParameterPlane"):
        make(CostMap, plane="network")


def test_scales_that_show_nothing_are_refused(make):
    with pytest.raises(ValueError, match="leaves nothing"):
        make(CostMap, highest=0.0)
    zero = Network.dense([[[0.0]]], [[0.0]], "identity")
    plain = ParameterPlane(zero, np.eye(2))
    with pytest.raises(ValueError, match="positive costs"):
        CostMap(plain, [[0.0]], [0.0], logarithmic=True, resolution=3)
    with pytest.raises(ValueError, match="smaller spans"):
        CostMap(plain, [[1.0]], [0.0], spans=((1e200, 2e200), (1e200, 2e200)), resolution=3)


def test_a_plain_is_drawn_as_one():
    plane = ParameterPlane(Network.dense([[[0.0]]], [[2.0]], "relu"), [[1.0, 0.0], [0.0, -1e-9]])
    for kind in CHARTS:
        chart = kind(plane, [[0.0]], [0.0], resolution=3)
        assert np.isfinite(chart.at(0, 0)).all()


def test_what_is_not_finite_is_cut_off():
    costs = np.array([[1.0, 2.0], [np.inf, np.nan]])
    scale = CostScale.of(costs, None, None)
    assert (scale.low, scale.high, scale.cut_off) == (1, 2, True)
    assert scale.shares(costs) == pytest.approx(np.array([[0, 1], [1, 1]]))


def test_scales():
    assert CostScale.of(np.array([0.01, 2.0]), None, None).logarithmic
    assert not CostScale.of(np.array([0.03, 2.0]), None, None).logarithmic
    assert not CostScale.of(np.array([0.0, 2.0]), None, None).logarithmic
    scale = CostScale.of(np.array([0.01, 100.0]), None, None)
    assert scale.shares([0.01, 1, 100]) == pytest.approx([0, 0.5, 1])
    assert scale.levels(5) == pytest.approx([0.01, 0.1, 1, 10, 100])


def test_a_surface_whose_directions_have_no_names_turns_as_any():
    network = Network.random([2, 3, 1], seed=0)
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    surface = CostSurface(network, x, y, direction_names=("", ""), resolution=9).turn(azimuth=10)
    assert not VGroup(*surface.names[:2]).family_members_with_points()
