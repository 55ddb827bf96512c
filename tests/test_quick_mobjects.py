"""Colours that are set in less time are those that Manim sets."""

from __future__ import annotations

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
