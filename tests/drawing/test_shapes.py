"""Paths go as Manim's do, and arrays of curves as so many lines."""

from __future__ import annotations

import warnings
from typing import Any

import cairo
import manim as mn
import numpy as np
import pytest

from nnviz._manim import temp_config
from nnviz.camera.lister import Lister
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.path_commands import Curves
from nnviz.drawing.pieces import Frame, painted


def drawn(view: View, *commands: Command) -> np.ndarray:
    return painted(Frame(None, Layer(view, None, commands)))


@pytest.mark.parametrize("cap", mn.CapStyleType)
def test_curves_are_as_many_lines_of_manims(cap: mn.CapStyleType) -> None:
    rng = np.random.RandomState(5)
    with temp_config({"pixel_width": 320, "pixel_height": 180}):
        camera = mn.Camera()
        lines, rows = mn.VGroup(), []
        for start, end, color, width in zip(
            *(rng.uniform(-1, 1, (2, 60, 3)) * (7, 4, 0)),
            rng.rand(60, 4),
            rng.uniform(0, 9, 60),
            strict=True,
        ):
            line = mn.Line(start, end, stroke_width=width).set_cap_style(cap)
            line.stroke_rgbas = color[None]
            lines.add(line)
            rows.append(line.points[:, :2].ravel())
        camera.capture_mobjects([lines])
        (first, *_) = Lister().layer(camera, [lines]).commands
        curves = Curves(
            np.array(rows),
            np.array([line.stroke_rgbas[0] for line in lines]),
            np.array([line.get_stroke_width() for line in lines])
            * camera.cairo_line_width_multiple,
            first.cap,
        )
        view = Lister().layer(camera, [lines]).view
        layer = Layer(view, Lister().layer(camera, [], with_background=True).background, (curves,))
        np.testing.assert_array_equal(painted(Frame(None, layer)), camera.pixel_array)


def test_curves_that_leave_no_trace_are_left_out(view: View) -> None:
    curve = np.array([[-3.0, 0, -1, 2, 1, -2, 3, 0]])
    for alpha, width in ((0.0, 1.0), (1.0, 0.0), (1.0, 0.003), (0.001, 0.05)):
        command = Curves(curve, np.array([[1, 1, 1, alpha]]), np.array([width]), 0)
        assert not drawn(view, command).any()
    assert drawn(view, Curves(curve, np.ones((1, 4)), np.array([0.004]), 0)).any()


def test_curves_leave_the_context_as_it_was(samples: dict[str, Command], view: View) -> None:
    """A path without a line of its own way is drawn the same before them and after them."""
    path, curves, faces = samples["Path"], samples["Curves"], samples["Faces"]
    alone = drawn(view, path)
    for other in (curves, faces, samples["PixelGrid"], samples["Shades"]):
        after = drawn(view, other, path)
        below = drawn(view, other)
        same = (below == 0).all(axis=2)
        np.testing.assert_array_equal(after[same], alone[same])


def test_a_path_with_a_point_that_is_not_finite_is_not_drawn(path: Any, view: View) -> None:
    for bad in (np.nan, np.inf, -np.inf):
        for both in ([bad], [bad, -bad]):
            corners = np.array([(-2.0, -1), (2, -1), (0, 2), (-2, -1)])
            corners[1 : 1 + len(both), 0] = both
            command = path(corners)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert not drawn(view, command).any()


def test_an_empty_path_is_drawn_as_nothing(path: Any, view: View) -> None:
    assert not drawn(view, path(points=np.zeros((0, 3)))).any()


def test_a_path_is_kept_only_for_the_place_it_was_traced_at(path: Any, view: View) -> None:
    command = path(fill=b"", front=np.ones(4).tobytes(), front_width=0.3)
    for other in (view, view._replace(x0=40.5), view._replace(xx=20.0, yy=-20.0)) * 3:
        expected = drawn(other, path(fill=b"", front=np.ones(4).tobytes(), front_width=0.3))
        np.testing.assert_array_equal(drawn(other, command), expected)


def test_gradients_go_from_end_to_end(path: Any, colors: Any, view: View) -> None:
    corners = [(-4, -2), (4, -2), (4, 2), (-4, 2), (-4, -2)]
    ends = np.array([[-4.0, 0], [4, 0]]).tobytes()
    row = drawn(view, path(corners, fill=colors((1, 0, 0, 1), (0, 0, 1, 1)), ends=ends))[54]
    inside = row[45:147].astype(int)
    assert (np.diff(inside[:, 0]) <= 0).all()
    assert (np.diff(inside[:, 2]) >= 0).all()
    assert inside[0].tolist() == pytest.approx([255, 0, 0, 255], abs=9)
    assert inside[-1].tolist() == pytest.approx([0, 0, 255, 255], abs=9)


def test_faces_hide_what_is_behind_them_and_are_not_seen_through_each_other(
    samples: dict[str, Command], view: View
) -> None:
    picture = drawn(view, samples["Faces"])
    left, both, right = (picture[57, int(96 + 13.5 * x)] for x in (-1.5, -0.6, 1.2))
    assert left.tolist() == pytest.approx([255 * 0.7, 0, 0, 255 * 0.7], abs=1)
    np.testing.assert_array_equal(both, right)


def test_joins_and_caps_are_cairos(path: Any, colors: Any, view: View) -> None:
    line = {"fill": b"", "front": colors((1, 1, 1, 1)), "front_width": 0.8}
    corners = [(-3, -1), (0, 1), (3, -1)]
    joins = [
        drawn(view, path(corners, join=int(join), **line)) for join in cairo_numbers("LineJoin")
    ]
    caps = [drawn(view, path(corners, cap=int(cap), **line)) for cap in cairo_numbers("LineCap")]
    for pictures in (joins, caps):
        assert len({picture.tobytes() for picture in pictures}) == 3


def cairo_numbers(name: str) -> list[int]:
    kind = getattr(cairo, name)
    names = ("MITER", "ROUND", "BEVEL") if name == "LineJoin" else ("BUTT", "ROUND", "SQUARE")
    return [int(getattr(kind, one)) for one in names]
