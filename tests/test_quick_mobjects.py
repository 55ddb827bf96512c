"""What is done in less time comes to what Manim does: colours, and points of boxes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import manim
import numpy as np
import pytest
from manim import HSV, ManimColor, VMobject

from nnviz._manim import original_of
from nnviz._quick_mobjects import quick_mobjects

COLORS = [
    None,
    manim.BLUE,
    ManimColor("#12345678"),
    ManimColor((0.123456789, 0.5, 0.987654321)),
    ManimColor((0.123456780, 0.5, 0.987654321)),
    "#ff8000",
    "teal",
    HSV((0.3, 0.5, 0.7)),
    (255, 0, 128),
    [manim.RED, manim.GREEN, "#0000ff"],
]
OPACITIES = [None, 0, 1, 0.3, np.float64(0.7), [0.2, 0.9]]


@pytest.mark.parametrize("sheen", [0.0, 0.4])
def test_colours_are_manims(sheen: float) -> None:
    mobject = VMobject(sheen_factor=sheen)
    pairs = list(product(COLORS, OPACITIES))
    plain = original_of(VMobject.generate_rgbas_array)
    assert plain.__module__.startswith("manim.")
    expected = [plain(mobject, *pair) for pair in pairs]
    with quick_mobjects():
        assert VMobject.generate_rgbas_array is not plain
        for _ in range(2):
            for pair, values in zip(pairs, expected, strict=True):
                found = mobject.generate_rgbas_array(*pair)
                np.testing.assert_array_equal(found, values, err_msg=str(pair))
                found[:] = 9  # which nobody else sees


def test_every_pair_is_its_own() -> None:
    mobject = VMobject()
    colors = np.random.RandomState(0).random_sample((5000, 4))
    with quick_mobjects():
        for *rgb, opacity in colors:
            found = mobject.generate_rgbas_array(ManimColor(rgb), opacity)
            np.testing.assert_allclose(found, [[*rgb, opacity]])


def test_an_error_is_manims() -> None:
    with quick_mobjects(), pytest.raises(ValueError, match="nocolour"):
        VMobject().generate_rgbas_array("nocolour", 1.0)


class Corners(VMobject):
    """A mobject whose anchors are all of its points."""

    def get_anchors(self) -> list[np.ndarray]:
        return list(self.points)


def some_points(n: int) -> VMobject:
    return VMobject().set_points(np.random.RandomState(n).randn(n, 3))


@pytest.mark.parametrize(
    "make",
    [
        VMobject,
        manim.VGroup,
        manim.Circle,
        lambda: manim.MathTex("x^2", "+", "1"),
        lambda: manim.Text("two words"),
        lambda: manim.DashedLine(),
        lambda: manim.VGroup(manim.Square(), manim.VGroup(), VMobject(), manim.Arrow()),
        lambda: manim.Square().add(manim.Dot(), some_points(8)),
        lambda: some_points(1),
        lambda: manim.VGroup(manim.Square(), some_points(1)),
        lambda: Corners().set_points(np.eye(3)[[0, 1, 2, 0]]),
        lambda: manim.VGroup(Corners().set_points(np.eye(3)[[0, 1, 2, 0]]), manim.Circle()),
        manim.ThreeDAxes,
    ],
)
def test_points_of_boxes_are_manims(make: Callable[[], VMobject]) -> None:
    mobject = make()
    plain = original_of(VMobject.get_points_defining_boundary)
    assert plain.__module__.startswith("manim.")
    with quick_mobjects():
        found = mobject.get_points_defining_boundary()
    np.testing.assert_array_equal(found, plain(mobject))
    assert found.shape == plain(mobject).shape


def test_a_curve_that_ends_too_early_is_manims_error() -> None:
    with quick_mobjects(), pytest.raises(ValueError, match="shorter"):
        some_points(6).get_points_defining_boundary()


def test_what_a_user_puts_in_the_place_of_manims_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Manim's own answer is remembered."""
    square = manim.Square()
    with quick_mobjects():
        square.generate_rgbas_array(manim.BLUE, 0.5)
    rgbas, points = np.full((1, 4), 0.25), np.ones((2, 3))
    for name, values in (
        ("generate_rgbas_array", rgbas),
        ("get_points_defining_boundary", points),
        ("get_anchors", points),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(VMobject, name, lambda *_, values=values: values)
            with quick_mobjects():
                if name == "generate_rgbas_array":
                    found = square.generate_rgbas_array(manim.BLUE, 0.5)
                else:
                    found = square.get_points_defining_boundary()
        np.testing.assert_array_equal(found, values, err_msg=name)
