"""Edges as arrays, and parts of them: values, copies, and their place on screen."""

import contextlib
import copy

import numpy as np
import pytest
from manim import (
    BLUE,
    PI,
    RED,
    RIGHT,
    UP,
    WHITE,
    CapStyleType,
    Circle,
    Dot,
    Line,
    ReplacementTransform,
    Scene,
    Square,
    ThreeDScene,
    Transform,
    VGroup,
    linear,
)
from manim.utils.hashing import get_json

from nnviz._manim_arrays import arrays_as_one
from nnviz.camera import NNCamera
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.edge import Edge
from nnviz.mobjects.primitives.edge_array import EdgeArray, EdgeSelection
from nnviz.network import Network
from nnviz.scene.nn_scene import NNScene


def test_an_array_without_edges_fades_as_any_mobject():
    array = EdgeArray(np.empty((0, 3)), np.empty((0, 3)))
    assert VGroup(Square(), array).fade(0.5)[0].get_stroke_opacity() == 0.5


@pytest.fixture
def ends():
    return np.random.RandomState(4).uniform(-3, 3, (2, 9, 3)) * (1.4, 1, 0)


@pytest.fixture
def edges(ends):
    rng = np.random.RandomState(5)
    array = EdgeArray(*ends)
    return array.set_stroke(
        rng.random_sample((9, 3)), rng.uniform(3, 30, 9), rng.uniform(0.4, 1, 9)
    )


def state(array):
    return [np.array(a) for a in (array.curves, array.stroke_rgbas, array.widths)]


def assert_equal(some, others):
    for one, other in zip(some, others, strict=True):
        np.testing.assert_array_equal(one, other)


# Values


def test_values_are_one_or_one_each(ends):
    array = EdgeArray(*ends, RED, 2)
    assert array.starts == pytest.approx(ends[0])
    assert array.ends == pytest.approx(ends[1])
    assert array.widths == pytest.approx(np.full(9, 2))
    array.set_stroke([RED, BLUE] * 4 + [WHITE], np.arange(9), np.linspace(0, 1, 9))
    assert array[7].get_stroke_color().to_hex() == BLUE.to_hex()
    assert [edge.get_stroke_width() for edge in array] == list(range(9))
    assert [edge.get_stroke_opacity() for edge in array] == pytest.approx(np.linspace(0, 1, 9))
    array.set_stroke(BLUE, 5, 0.5, background=True)
    assert array[3].get_stroke_width(background=True) == 5
    assert array[3].get_stroke_width() == 3
    array.set_opacity(0.25).fade(0.2)
    assert array.stroke_rgbas[:, 3] == pytest.approx(np.full(9, 0.2))
    assert Circle().match_style(array).get_stroke_width() == 0
    with pytest.raises(ValueError, match="3 widths for 9 curves"):
        array.set_stroke(width=[1, 2, 3])
    with pytest.raises(ValueError, match="2 colours for 9 curves"):
        array.set_stroke([RED, BLUE])


def test_edges_turn_about_their_own_middles(edges):
    middles = (edges.starts + edges.ends) / 2
    starts = edges.starts.copy()
    edges.turn(PI / 2)
    assert (edges.starts + edges.ends) / 2 == pytest.approx(middles)
    dots = np.einsum("ij,ij->i", edges.starts - middles, starts - middles)
    assert dots == pytest.approx(np.zeros(9), abs=1e-12)


# Parts


def test_parts_are_found_as_in_an_array_and_are_always_the_same(edges):
    assert [edge.rows[0] for edge in edges] == list(range(9))
    assert list(edges[2:7:2].rows) == [2, 4, 6]
    assert list(reversed(edges).rows) == list(range(8, -1, -1))
    assert list(edges[[3, -1]][::-1].rows) == [8, 3]
    assert list(edges[edges.widths > 10].rows) == list(np.flatnonzero(edges.widths > 10))
    assert edges[-1] is edges[8] is edges[4:][4]
    assert edges[2:4] is edges[[2, 3]] is not edges[[3, 2]]
    assert isinstance(edges[2], Edge)
    assert isinstance(edges[[2]], EdgeSelection)
    assert len(edges[2:4]) == 2
    with pytest.raises(IndexError, match="nothing at 9 in EdgeArray of 9"):
        edges[9]


def test_what_a_part_is_told_the_array_is_told(edges):
    before = state(edges)
    part = edges[[6, 2]]
    part.set_stroke([RED, BLUE], [1, 2], 0.5).shift(UP).scale(2).rotate(1)
    part.apply_function(lambda point: point + RIGHT)
    after = state(edges)
    for one, other in zip(before, after, strict=True):
        changed = (one.reshape(9, -1) != other.reshape(9, -1)).any(axis=1)
        assert list(np.flatnonzero(changed)) == [2, 6]
    assert edges.widths[[6, 2]] == pytest.approx([1, 2])
    edges.shift(RIGHT)
    assert part.curves == pytest.approx(edges.curves.reshape(9, 4, 3)[[6, 2]].reshape(-1, 3))


def test_asking_for_parts_changes_nothing(edges):
    before, drawn = get_json(edges), edges.drawing_state()
    assert edges[2].get_length() > 0
    assert len(edges[2:5].lines()) == 3
    assert get_json(edges) == before
    assert edges.drawing_state() == drawn
    edges[2].set_stroke(width=1)
    assert get_json(edges) != before
    assert edges.drawing_state() != drawn


def test_a_single_edge_is_a_line(edges, ends):
    edge, line = edges[3], Line(ends[0, 3], ends[1, 3])
    assert isinstance(edge, Line)
    for method in ("get_start", "get_end", "get_center", "get_length", "get_angle", "get_slope"):
        assert getattr(edge, method)() == pytest.approx(getattr(line, method)())
    dot = Dot()
    assert dot.next_to(edge, UP).get_center() == pytest.approx(
        dot.copy().next_to(line, UP).get_center()
    )
    edge.put_start_and_end_on(UP, RIGHT).set_stroke(RED, 7, 0.5)
    assert edges.starts[3] == pytest.approx(UP)
    assert edges.ends[3] == pytest.approx(RIGHT)
    edge.save_state()
    edge.shift(UP).set_color(BLUE).restore()
    assert edges.starts[3] == pytest.approx(UP)
    assert edge.get_stroke_color().to_hex() == RED.to_hex()
    assert edge.get_stroke_width() == 7.0
    edge.become(Line(RIGHT, UP, stroke_width=2))
    assert edges.starts[3] == pytest.approx(RIGHT)
    assert edges.widths[3] == 2


def test_copies_are_whole_and_their_own(edges):
    before = state(edges)
    edges[2].save_state()
    for made in (edges.copy(), copy.deepcopy(edges), edges.separate()):
        assert_equal(state(made), before)
        made[2:4].shift(UP).set_stroke(WHITE, 1)
        assert_equal(state(edges), before)
    part = edges[[6, 2]].copy()
    assert type(part) is EdgeArray
    assert_equal(state(part), state(edges[[6, 2]]))
    part.shift(UP).set_stroke(WHITE, 1)
    assert_equal(state(edges), before)
    line = edges[2].copy()
    assert isinstance(line, Line)
    assert not isinstance(line, EdgeArray)
    line.shift(UP).restore()
    assert line.points == pytest.approx(edges[2].points)
    lines = edges.lines()
    lines.shift(UP)
    assert_equal(state(edges), before)


def test_parts_have_states_targets_and_updaters(edges):
    part = edges[3:5]
    part.save_state()
    part.generate_target().shift(UP)
    part.shift(RIGHT).fade(0.5).restore()
    assert part.curves == pytest.approx(part.target.copy().shift(-UP).curves)
    part.add_updater(lambda m, dt: m.shift(dt * UP))
    edges[4].add_updater(lambda m, dt: m.shift(dt * UP))
    before = edges.ends[4, 1]
    edges.update(0.5)
    assert edges.ends[4, 1] == pytest.approx(before + 1)
    twin = edges.copy()
    twin.update(0.5)
    # A copy of the whole has the lines' updaters, and no groups of lines.
    assert twin.ends[4, 1] == pytest.approx(before + 1.5)


# On screen


@pytest.fixture(params=["slowly", "as one"])
def counting(request):
    """Have arrays be groups of lines to Manim, or one mobject."""
    with contextlib.nullcontext() if request.param == "slowly" else arrays_as_one():
        yield


@pytest.fixture
def scene(counting):
    return NNScene()


def lines_on(scene):
    """Return what a scene shows, line by line, in order."""
    return [m for one in scene.mobjects for m in (one if isinstance(one, EdgeArray) else [one])]


def test_parts_are_on_screen_where_their_whole_is(scene, edges):
    scene.add(VGroup(Square(), edges), Dot())
    on_screen = list(scene.mobjects)
    part = edges[[2, 5]]
    assert part in scene.get_mobject_family_members()
    scene.play(part.animate.shift(UP))
    scene.play(Transform(edges[3], Line()))
    assert scene.mobjects == on_screen
    assert edges.starts[3] == pytest.approx([-1, 0, 0])


def test_a_part_can_go_and_come_back_on_top(scene, edges, picture):
    square, dot, part = Square(fill_opacity=1), Dot(), edges[[2, 5]]
    scene.add(VGroup(edges, square), dot)
    scene.remove(part)
    assert scene.mobjects == [edges[[0, 1, 3, 4, 6, 7, 8]], square, dot]
    assert part not in scene.get_mobject_family_members()
    assert edges[:2] in scene.get_mobject_family_members()
    scene.add(part)
    assert scene.mobjects[1:] == [square, dot, part]
    scene.add(edges[5:7])
    rest = [edges[[0, 1, 3, 4, 7, 8]], square, dot, edges[[2]], edges[5:7]]
    assert scene.mobjects == rest
    lines = edges.lines()
    mine, like = picture(scene), Scene()
    like.add(*(lines[k] for k in (0, 1, 3, 4, 7, 8)), square, dot, lines[2], lines[5], lines[6])
    np.testing.assert_array_equal(mine, picture(like))
    scene.add(edges)
    assert scene.mobjects == [square, dot, edges]
    scene.remove(edges)
    assert scene.mobjects == [square, dot]
    scene.add(edges, part)
    like.clear()
    like.add(square, dot, *(lines[k] for k in (0, 1, 3, 4, 6, 7, 8, 2, 5)))
    np.testing.assert_array_equal(picture(scene), picture(like))


def test_in_manims_scene_a_part_is_a_group_of_lines(counting, edges, picture):
    """The lines that such a group shares with another are taken out of it, and come on top."""
    lines = edges.lines()
    pictures = []
    for all_lines in (edges, lines):
        scene = Scene()
        square, dot = Square(fill_opacity=1), Dot(radius=1)
        part = VGroup(*(lines[2], lines[5])) if all_lines is lines else edges[[2, 5]]
        shown = []
        scene.add(VGroup(square, all_lines), dot)
        shown.append(picture(scene))
        scene.play(part.animate.shift(UP))
        shown.append(picture(scene))
        scene.play(all_lines[3].animate.shift(RIGHT))
        scene.remove(all_lines[4])
        shown.append(picture(scene))
        scene.replace(all_lines[7], Circle(3))
        scene.remove(part)
        shown.append(picture(scene))
        scene.add(all_lines)
        shown.append(picture(scene))
        pictures.append(shown)
    np.testing.assert_array_equal(*pictures)


def test_what_is_shown_twice_is_drawn_once(counting, edges, picture):
    lines = edges.lines()
    for whole, part in ((edges, edges[2:5]), (edges, edges[3]), (edges[1:6], edges[4:])):
        scene, like = Scene(), Scene()
        scene.add(VGroup(whole, Square(fill_opacity=0.5), part))
        rows = [k for k in whole.rows if k not in part.rows]
        like.add(*(lines[k] for k in rows), Square(fill_opacity=0.5))
        like.add(*(lines[k] for k in part.rows))
        np.testing.assert_array_equal(picture(scene), picture(like))


def test_a_part_is_replaced_where_it_is(scene, edges):
    square, dot, circle = Square(), Dot(), Circle()
    scene.add(VGroup(edges, square), dot)
    scene.replace(edges[[2, 4]], circle)
    assert scene.mobjects == [edges[:2], circle, edges[[3, 5, 6, 7, 8]], square, dot]
    scene.replace(circle, edges[2:])
    assert scene.mobjects == [edges[:2], edges[2:], square, dot]
    scene.play(ReplacementTransform(edges[:2], circle))
    assert scene.mobjects == [circle, edges[2:], square, dot]
    with pytest.raises(ValueError, match="Could not find"):
        scene.replace(edges[:2], Dot())


def test_what_turns_into_something_else_stays_in_its_place(scene, edges, picture):
    scene.add(edges)
    part, before = edges[2:4], edges.starts.copy()
    scene.play(Transform(part, VGroup(Circle(), Square(), Dot())))
    assert scene.mobjects == [edges]
    assert len(part.submobjects) == 3
    assert part in edges.submobjects
    center = part.get_center()
    edges.shift(UP)
    assert part.get_center() == pytest.approx(center + UP)
    others = [0, 1, 4, 5, 6, 7, 8]
    assert edges.starts[others] == pytest.approx(before[others] + UP)
    twin = edges.copy().shift(-UP)
    (became,) = [one for one in twin.submobjects if len(one.submobjects) == 3]
    assert became.get_center() == pytest.approx(center)
    like = Scene()
    lines = edges.lines()
    like.add(*lines[:2], *(one.copy() for one in part.submobjects), *lines[4:])
    np.testing.assert_array_equal(picture(scene), picture(like))
    scene.remove(part)
    assert lines_on(scene) == [edges[k] for k in others]


def test_others_become_as_many_lines(counting, edges, picture):
    scene, like = Scene(), Scene()
    scene.add(Square().become(edges))
    like.add(edges.lines())
    np.testing.assert_array_equal(picture(scene), picture(like))


def test_only_what_moves_is_drawn_anew(scene, edges):
    below, above = Square(), Dot()
    scene.add(below, edges, above)
    scene.begin_animations = lambda: None
    scene.compile_animation_data(edges[2:4].animate(rate_func=linear).shift(UP))
    moving, static = scene.get_moving_and_static_mobjects(scene.animations)
    assert [m for m in moving if len(m.points)] == [*edges.family_members_with_points(), above]
    assert static == [below]


@pytest.mark.parametrize("camera", ["moved", "three dimensions"])
def test_other_cameras_see_the_same(edges, camera, picture):
    pictures = []
    for mobject in (edges, edges.lines()):
        if camera == "three dimensions":
            scene = ThreeDScene()
            scene.set_camera_orientation(phi=1, theta=0.5)
        else:
            scene = NNScene(camera_class=NNCamera)
            mobject.shift(UP + RIGHT).rotate(1, axis=UP)
        scene.add(mobject)
        pictures.append(picture(scene))
    assert pictures[0].max() > 0.5
    np.testing.assert_array_equal(*pictures)


@pytest.mark.exhaustive
@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("hidden", [32, 128])
def test_a_large_network_shows_every_edge(hidden):
    network = Network.random([784, hidden, 64, 10], seed=0)
    net = NetworkMobject(network, max_shown=784, neuron_radius=0.02, neuron_buff=0.01)
    assert len(net.edges) == {32: 27_776, 128: 109_184}[hidden]
    assert [len(group) for group in net.edge_groups] == [784 * hidden, hidden * 64, 64 * 10]
    net.show_weights()
    middle = net.edge_groups[1].widths.reshape(hidden, 64)
    matrix = network.weights[1]
    wanted = net.style.max_edge_width * np.abs(matrix.T) / np.abs(matrix).max()
    assert middle == pytest.approx(wanted)


def test_everything_that_changes_how_it_is_drawn_changes_its_state(edges):
    changes = [
        lambda: edges.shift(UP),
        lambda: edges[2].set_stroke(RED),
        lambda: edges[[1, 4]].set_stroke(width=11),
        lambda: edges.set_background_stroke(width=7),
        lambda: edges.set_cap_style(CapStyleType.ROUND),
        lambda: edges.set_stroke(opacity=0.2),
    ]
    shown = [(edges.drawing_state(), drawn_by(edges))]
    for change in changes:
        change()
        shown.append((edges.drawing_state(), drawn_by(edges)))
    assert len({commands for _, commands in shown}) == len(shown)
    assert len({state for state, _ in shown}) == len(shown)


def drawn_by(array):
    return tuple(command.digest for command in array.draw_commands(lambda points: points))
