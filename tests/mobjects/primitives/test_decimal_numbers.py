"""Quick numbers against Manim's own: the same picture at every value, by other means."""

import numpy as np
import pytest
from manim import BLUE, ORIGIN, RED, RIGHT, UP, Camera, ChangingDecimal, DecimalNumber, linear

from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber, QuickDecimalNumber

OPTIONS = {
    "plain": {},
    "signed": {"include_sign": True},
    "whole": {"num_decimal_places": 0},
    "no commas": {"group_with_commas": False, "num_decimal_places": 1},
    "right": {"edge_to_fix": RIGHT},
    "centred and small": {"edge_to_fix": ORIGIN, "font_size": 30},
    "outlined": {"color": RED, "stroke_width": 2},
    "with a unit": {"unit": "^{\\circ}", "include_sign": True},
    "with dots": {"show_ellipsis": True},
}
VALUES = (2.5, -2.5, 0, -0.001, 9.996, 1234567.8, -11111, 1, float(np.pi), -0.4)


def looks(number):
    parts = number.family_members_with_points()
    styles = [
        (part.fill_rgbas.tolist(), part.stroke_rgbas.tolist(), part.stroke_width) for part in parts
    ]
    return np.concatenate([part.points for part in parts]), styles


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_it_looks_as_manims_does_at_every_value(options):
    quick, manims = QuickDecimalNumber(1.5, **options), DecimalNumber(1.5, **options)
    for number in (quick, manims):
        number.scale(1.7).shift(RIGHT + 2 * UP).set_color(BLUE)
    for value in VALUES:
        quick.set_value(value)
        manims.set_value(value)
        points, styles = looks(quick)
        expected_points, expected_styles = looks(manims)
        np.testing.assert_allclose(points, expected_points, atol=1e-9)
        assert styles == expected_styles
        assert quick.font_size == pytest.approx(manims.font_size)
        assert quick.get_value() == value


def test_the_picture_is_the_same():
    pictures = []
    for kind in (QuickDecimalNumber, DecimalNumber):
        camera = Camera(pixel_width=192, pixel_height=108)
        camera.capture_mobjects([kind(0).scale(3).set_value(-7.25)])
        pictures.append(camera.pixel_array)
    np.testing.assert_array_equal(*pictures)
    assert pictures[0][..., :3].max() == 255


def test_digits_are_kept_and_those_no_longer_needed_disappear():
    number = QuickDecimalNumber(12.34)
    before = list(number)
    number.set_value(5.67)
    assert list(number) == before[:4]
    assert not before[4].points.any()
    number.set_value(123.45)
    assert list(number)[:4] == before[:4]
    assert [glyph.tex_string for glyph in number] == list("123.45")


def test_a_digit_that_was_coloured_takes_the_numbers_colour_again():
    number = QuickDecimalNumber(12.34)
    number[1].set_color(RED)
    number.set_value(12.35)
    assert {glyph.get_color().to_hex() for glyph in number} == {"#FFFFFF"}


def test_copies_change_by_themselves_and_animations_count():
    number = QuickDecimalNumber(1)
    other = number.copy().set_value(2)
    assert number.number == 1
    assert [glyph.tex_string for glyph in number] == list("1.00")
    counting = ChangingDecimal(other, lambda share: 2 + share)
    counting.begin()
    counting.interpolate(0.5)
    assert other.number == pytest.approx(2.5)
    assert [glyph.tex_string for glyph in other] == list("2.50")


def test_another_kind_of_number_may_come():
    number = QuickDecimalNumber(1)
    number.set_value(1 + 2j)
    assert len(number) == len("1.00+2.00i")
    number.set_value(3)
    assert [glyph.tex_string for glyph in number] == list("3.00")


@pytest.mark.parametrize("kind", [QuickDecimalNumber, ActivationNumber])
def test_it_counts_when_it_is_animated(kind):
    number = kind(0.2, num_decimal_places=2)
    animation = number.animate(rate_func=linear, run_time=3).set_value(0.8).build()
    assert animation.run_time == 3
    animation.begin()
    for share, value in ((0.25, 0.35), (0.5, 0.5)):
        animation.interpolate(share)
        assert number.number == pytest.approx(value)
        wanted = kind(value, num_decimal_places=2)
        assert [glyph.tex_string for glyph in number] == [glyph.tex_string for glyph in wanted]
    animation.finish()
    assert number.number == 0.8
