"""Everything that Manim does with a group of lines it does with edges, in the same way."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import manim as mn
import numpy as np
import pytest
from PIL import Image

from nnviz._manim_arrays import arrays_as_one
from nnviz.mobjects.primitives.edge_array import EdgeArray

COUNT = 7
IMAGE = Image.fromarray(np.random.RandomState(1).randint(0, 255, (240, 428, 4), dtype=np.uint8))


def some_edges() -> EdgeArray:
    rng = np.random.RandomState(3)
    starts, ends = rng.uniform(-3, 3, (2, COUNT, 3)) * (1.4, 1, 0)
    edges = EdgeArray(starts, ends)
    return edges.set_stroke(rng.rand(COUNT, 3), rng.uniform(8, 30, COUNT), 0.8)


@pytest.fixture(params=["slowly", "as one"], autouse=True)
def counting(request: pytest.FixtureRequest) -> Iterator[None]:
    with contextlib.nullcontext() if request.param == "slowly" else arrays_as_one():
        yield


def frame(*mobjects: mn.Mobject) -> np.ndarray:
    camera = mn.Camera()
    camera.capture_mobjects(mobjects)
    return np.array(camera.pixel_array)


def line_to(point: Any) -> Callable[[Any], Any]:
    return lambda edge: edge.add_line_to(point)


def shine(group: Any) -> Any:
    """Let all shine, each in its own colour: Manim gives all the colour of the group itself."""
    if type(group) is mn.VGroup:
        for one in group:
            shine(one)
    else:
        group.set_sheen(0.5, mn.UP)
    return group


#: What is done to one edge, and to one line.
TO_ONE: dict[str, Callable[[Any], Any]] = {
    "z_index": lambda e: e.set_z_index(4),
    "z_index below": lambda e: e.set_z_index(-2),
    "cap style": lambda e: e.set_cap_style(mn.CapStyleType.ROUND),
    "joint type": lambda e: setattr(e, "joint_type", mn.LineJointType.BEVEL),
    "tip": lambda e: e.add_tip(),
    "tips": lambda e: e.add_tip(at_start=True).add_tip(),
    "tip and away": lambda e: e.add_tip().shift(mn.UP).scale(0.5),
    "path arc": lambda e: e.set_path_arc(1.5),
    "gradient": lambda e: e.set_stroke([mn.RED, mn.BLUE]),
    "color of two": lambda e: e.set_color([mn.RED, mn.BLUE]),
    "sheen": lambda e: e.set_sheen(0.7, mn.RIGHT),
    "sheen turned": lambda e: e.set_sheen(0.7, mn.RIGHT).rotate_sheen_direction(1),
    "more curves": lambda e: e.insert_n_curves(4),
    "corners": lambda e: e.set_points_as_corners([mn.LEFT, mn.UP, mn.RIGHT]),
    "on": line_to(mn.UP * 2),
    "points": lambda e: e.set_points(mn.Circle().points),
    "smooth": lambda e: e.make_smooth(),
    "bent": lambda e: e.apply_function(lambda p: p + np.sin(3 * p[0]) * mn.UP),
    "ends": lambda e: e.put_start_and_end_on(mn.UP, mn.RIGHT * 2),
    "angle": lambda e: e.set_angle(0.4),
    "length": lambda e: e.set_length(1.3),
    "becomes": lambda e: e.become(mn.Square(fill_opacity=0.5)),
    "becomes line": lambda e: e.become(mn.Line(mn.DOWN, mn.UP, stroke_width=20)),
    "becomes text": lambda e: e.become(mn.VGroup(mn.Circle(), mn.Square().shift(mn.UP))),
    "partial": lambda e: e.pointwise_become_partial(e.copy(), 0.2, 0.6),
    "reversed": lambda e: e.reverse_points().add_tip(),
    "subpath": lambda e: e.append_vectorized_mobject(mn.Circle()),
    "rectangle behind": lambda e: e.add_background_rectangle(color=mn.BLUE, opacity=0.5),
    "child": lambda e: e.add(mn.Dot()),
    "background stroke": lambda e: e.set_background_stroke(color=mn.RED, width=50),
    "fade": lambda e: e.fade(0.6),
    "opacity": lambda e: e.set_opacity(0.3),
    "style": lambda e: e.match_style(mn.Circle(color=mn.GREEN, stroke_width=2)),
    "save and restore": lambda e: (e.save_state(), e.add_tip().shift(mn.UP), e.restore()),
    "brace": lambda e: e.add(mn.Brace(e)),
}

#: What is done to all of a group.
TO_ALL: dict[str, Callable[[Any], Any]] = {
    "gradient": lambda g: g.set_color_by_gradient(mn.RED, mn.BLUE, mn.GREEN),
    "submobjects' gradient": lambda g: g.set_submobject_colors_by_gradient(mn.RED, mn.BLUE),
    "radial": lambda g: g.set_colors_by_radial_gradient(mn.ORIGIN, 3, mn.RED, mn.BLUE),
    "radial about": lambda g: g.set_submobject_colors_by_radial_gradient(mn.UP, 2, mn.RED, mn.BLUE),
    "sheen": lambda g: shine(g),
    "sheen direction": lambda g: shine(g).set_sheen_direction(mn.DOWN),
    "sheen turned": lambda g: shine(g).rotate_sheen_direction(1),
    "spaced": lambda g: g.space_out_submobjects(1.6),
    "sorted": lambda g: g.sort(),
    "sorted by height": lambda g: g.sort(lambda p: p[1]),
    "sorted by length": lambda g: g.sort(submob_func=lambda m: m.width),
    "shuffled": lambda g: (random.seed(3), g.shuffle()),
    "inverted": lambda g: g.invert(),
    "arranged": lambda g: g.arrange(mn.RIGHT, buff=0.1),
    "grid": lambda g: g.arrange_in_grid(2, buff=0.2),
    "z_index": lambda g: g.set_z_index(2),
    "positions": lambda g: g.apply_function_to_submobject_positions(lambda p: p * 0.3),
    "rectangles": lambda g: g.add_background_rectangle_to_submobjects(opacity=0.3, color=mn.RED),
    "all rectangles": lambda g: g.add_background_rectangle_to_family_members_with_points(
        opacity=0.3, color=mn.RED
    ),
    "handles": lambda g: g.scale_handle_to_anchor_distances(0.3),
    "anchor mode": lambda g: g.change_anchor_mode("jagged"),
    "image": lambda g: g.color_using_background_image(IMAGE),
    "shift": lambda g: g.shift(mn.UP),
    "scale": lambda g: g.scale(0.7),
    "scale strokes": lambda g: g.scale(0.7, scale_stroke=True),
    "rotate": lambda g: g.rotate(1, about_point=mn.RIGHT),
    "stretch": lambda g: g.stretch(0.5, 0),
    "flip": lambda g: g.flip(),
    "width": lambda g: g.scale_to_fit_width(3),
    "moved": lambda g: g.move_to(mn.LEFT),
    "next to": lambda g: g.next_to(mn.RIGHT, mn.UP),
    "corner": lambda g: g.to_corner(mn.UL),
    "mapped": lambda g: g.apply_function(lambda p: p + np.sin(p[0]) * mn.UP),
    "complex": lambda g: g.apply_complex_function(np.exp),
    "matrix": lambda g: g.apply_matrix([[1, 1], [0, 1]]),
    "color": lambda g: g.set_color(mn.YELLOW),
    "opacity": lambda g: g.set_opacity(0.4),
    "fade": lambda g: g.fade(0.4),
    "stroke": lambda g: g.set_stroke(mn.RED, 3, 0.5),
    "background": lambda g: g.set_background_stroke(color=mn.RED, width=40, opacity=0.5),
    "style": lambda g: g.match_style(mn.VGroup(*(mn.Circle(color=c) for c in (mn.RED, mn.BLUE)))),
    "added": lambda g: g.add(mn.Square(fill_opacity=0.5)).shift(mn.UP),
    "added behind": lambda g: g.add_to_back(mn.Square(fill_opacity=0.5)).scale(0.5),
    "inserted": lambda g: g.insert(2, mn.Square(fill_opacity=0.5)),
    "becomes": lambda g: g.become(mn.VGroup(*(mn.Square(s) for s in (1, 2, 3)))),
    "becomes one": lambda g: g.become(mn.Square(fill_opacity=0.4)),
    "becomes more": lambda g: g.become(mn.VGroup(*(mn.Dot(k * mn.RIGHT / 3) for k in range(9)))),
    "updated": lambda g: (
        [one.add_updater(lambda m, dt: m.shift(dt * mn.UP)) for one in g],
        g.update(0.7),
        g.suspend_updating(),
        g.update(0.9),
        g.clear_updaters(),
    ),
    "tips and gradient": lambda g: (
        [one.add_tip() for one in g],
        g.set_color_by_gradient("#f00", "#00f"),
    ),
    "one with a tip, and all": lambda g: (g[2].add_tip(), g.set_color(mn.RED), g.shift(mn.DOWN)),
    "one bent, and strokes": lambda g: (g[3].set_path_arc(2), g.set_stroke(width=4, opacity=0.5)),
    "one a child, and fade": lambda g: (g[3].add(mn.Dot()), g.fade(0.5), g.set_z_index(3)),
}


def alike(edges: Any, lines: Any, *shown: Any) -> None:
    """Check that edges and lines look alike, and so do copies of them."""
    dot = mn.Dot(radius=1, fill_opacity=0.7, z_index=1)
    with_edges = shown[0] if shown else edges
    with_lines = shown[1] if shown else lines
    wanted = frame(with_lines, dot)
    np.testing.assert_array_equal(frame(with_edges, dot), wanted)
    np.testing.assert_array_equal(frame(with_edges.copy(), dot), wanted)
    # What is quick and what is slow can follow each other.
    with arrays_as_one():
        np.testing.assert_array_equal(frame(with_edges, dot), wanted)
    assert edges.get_center() == pytest.approx(lines.get_center())
    assert (edges.width, edges.height) == pytest.approx((lines.width, lines.height))


@pytest.mark.every(3)
@pytest.mark.parametrize("name", TO_ONE)
def test_one_edge_does_what_a_line_does(name: str) -> None:
    edges = some_edges()
    lines = edges.lines()
    for mobject in (edges, lines):
        TO_ONE[name](mobject[3])
    alike(edges, lines)
    # and in the hands of others
    for mobject in (edges, lines):
        mobject.shift(mn.UP).set_stroke(opacity=0.5)
    alike(edges, lines)


@pytest.mark.slow
@pytest.mark.every(5)
@pytest.mark.parametrize("within", [False, True], ids=["alone", "in a group"])
@pytest.mark.parametrize("name", TO_ALL)
def test_edges_do_what_a_group_of_lines_does(name: str, within: bool) -> None:
    edges = some_edges()
    lines = edges.lines()
    groups = [mn.VGroup(mn.Square(), one) if within else one for one in (edges, lines)]
    for group in groups:
        is_indexed = within and ("one" in name or name in ("updated", "tips and gradient"))
        TO_ALL[name](group[1] if is_indexed else group)
    alike(*groups)


#: What a part then has more is its own: the whole does not show it.
NOT_OF_A_PART = {"becomes more", "added", "added behind", "inserted", "rectangles"}


@pytest.mark.every(4)
@pytest.mark.parametrize("name", [name for name in TO_ALL if name not in NOT_OF_A_PART])
def test_a_part_does_what_a_group_of_some_lines_does(name: str) -> None:
    edges = some_edges()
    lines = edges.lines()
    rows = [1, 2, 4, 6]
    TO_ALL[name](edges[rows])
    part = mn.VGroup(*(lines[k] for k in rows))
    TO_ALL[name](part)
    order = dict(zip(rows, part, strict=False)) if len(part) == len(rows) else {}
    whole = mn.VGroup(*(order.get(k, line) for k, line in enumerate(lines)))
    alike(edges, whole)


def test_a_curve_cannot_be_removed() -> None:
    edges = some_edges()
    for one in (edges[4], edges[2:5]):
        with pytest.raises(ValueError, match=r"EdgeArray keeps its 7 curves: hide some with"):
            edges.remove(one)
    dot = mn.Dot()
    edges.add(dot).remove(dot)
    assert len(edges.lines()) == COUNT
    alike(edges, edges.lines())


def test_points_that_are_not_of_the_curves_are_refused() -> None:
    with pytest.raises(ValueError, match=r"20 points are not 4 for each curve of EdgeArray of 7"):
        some_edges().points = np.zeros((20, 3))


def test_colors_for_another_number_of_curves_are_refused() -> None:
    for one in (some_edges(), mn.VGroup(some_edges())):
        with pytest.raises(ValueError, match="2 colours for 7 curves: give one, or one each"):
            one.set_stroke([mn.RED, mn.BLUE])


@pytest.mark.parametrize("count", [3, 13, 14, 15, 16, 40])
@pytest.mark.parametrize("kind", [mn.Write, mn.Unwrite])
def test_writing_takes_as_long_as_for_lines(kind: type[mn.Write], count: int) -> None:
    edges = EdgeArray(np.zeros((count, 3)), np.ones((count, 3)))
    lines, part = edges.lines(), edges[1:]
    cases = [
        (edges, lines),
        (part, part.lines()),
        (mn.VGroup(edges, mn.Square()), mn.VGroup(lines, mn.Square())),
    ]
    for mine, like in cases:
        timing = [(a.run_time, a.lag_ratio) for a in (kind(mine), kind(like))]
        assert timing[0] == timing[1]
    assert kind(edges, run_time=7, lag_ratio=0.5).run_time == 7
