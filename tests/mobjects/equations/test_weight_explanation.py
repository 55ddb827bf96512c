import itertools
import math
from functools import cache

import numpy as np
import pytest
from manim import Line, Text, VGroup
from manim.utils import tex_file_writing
from tests.mobjects.boxes import assert_apart

from nnviz._manim import temp_config
from nnviz.mobjects.equations.equation_parts import EquationColors, EquationParts, Fraction, lay_out
from nnviz.mobjects.equations.nudge_proof import NudgeProof
from nnviz.mobjects.equations.weight_explanation import (
    FactorRow,
    ProductRule,
    SumTable,
    WeightExplanation,
)
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.significant_digits import NumberFormat, SignificantNumber
from nnviz.mobjects.primitives.writing import LatexMissingError
from nnviz.network import COSTS, Network, NetworkError, ParameterDerivative, get_activation, one_hot

pytestmark = pytest.mark.slow

GROUPS = (VGroup, WeightExplanation, ProductRule, FactorRow, SumTable, NudgeProof)


def random_derivative(seed):
    """Draw a network of two to five layers and one of its weights or biases."""
    rng = np.random.RandomState(seed)
    output, cost = [
        ("softmax", "cross-entropy"),
        ("sigmoid", "quadratic"),
        ("identity", "quadratic"),
        ("softmax", "quadratic"),
        ("sigmoid", "cross-entropy"),
    ][seed % 5]
    assert COSTS[cost].accepts(get_activation(output))
    hidden = ["tanh", "relu", "leaky-relu", "sigmoid", "gelu", "softplus"][rng.randint(6)]
    sizes = rng.randint(1, 14, size=rng.randint(2, 5))
    network = Network.random(
        sizes, rng=rng, activations=[hidden] * (len(sizes) - 2) + [output], cost=cost
    )
    layer = rng.randint(len(network.layers))
    n_in, n_out = network.sizes[layer : layer + 2]
    i = None if rng.rand() < 0.2 else rng.randint(n_in)
    x = 10.0 ** rng.randint(-6, 3) * rng.randn(sizes[0])
    y = one_hot(rng.randint(sizes[-1]), sizes[-1])
    return ParameterDerivative(network, layer, i, rng.randint(n_out), x, y)


@cache
def explained(seed):
    """Return what is written of one of them; who changes it, takes a copy."""
    return WeightExplanation(random_derivative(seed), fit=(7.5, 7.4))


def cells(mobject):
    """Yield what stands for itself: fractions, numbers, signs, words."""
    if type(mobject) in GROUPS:
        for part in mobject.submobjects:
            yield from cells(part)
    elif len(mobject.family_members_with_points()):
        yield mobject


def assert_nothing_overlaps(explanation):
    parts = [part for part in cells(explanation) if not isinstance(part, Line)]
    assert len(parts) > 15
    assert_apart(parts)


# Each output with one, two and three layers; weights and biases; sums, deep ones, and none; zeros.
@pytest.mark.every(10)
@pytest.mark.parametrize("seed", [*range(11), 12, 14, 19])
def test_nothing_overlaps_in_explanations_without_latex(seed):
    explanation = explained(seed)
    assert_nothing_overlaps(explanation)
    assert explanation.width <= 7.5 + 1e-6
    assert explanation.height <= 7.4 + 1e-6
    assert explanation.product.joins[0].width > 0.5 * EquationParts().sign("=").width


@pytest.mark.every(5)
@pytest.mark.parametrize("seed", [1, 3, 9])
def test_nothing_overlaps_in_explanations_by_latex(seed):
    assert_nothing_overlaps(WeightExplanation(random_derivative(seed), fit=(7.5, 7.4)))


def test_all_numbers_are_the_engines():
    for seed in range(8):
        explanation = explained(seed)
        derivative = random_derivative(seed)
        product = explanation.product
        assert product.result[1].value == pytest.approx(derivative.value)
        values = [value[0].value for value in product.values]
        assert values == pytest.approx([factor.value for factor in derivative.factors])
        rows = [row.number.value for row in explanation.rows]
        assert rows == pytest.approx([f.value for f in derivative.factors if not f.terms])
        for table, factor in zip(explanation.tables, explanation.sums, strict=True):
            shown = sorted(factor.terms, key=lambda term: -abs(term.value))[: len(table.rows)]
            products = [row[-1].value for row in table.rows]
            assert products == pytest.approx([term.value for term in shown])
            if len(table.rest):
                left_out = factor.value - sum(products)
                assert table.rest[2].value == pytest.approx(left_out, rel=1e-6, abs=1e-12)
            if len(table.total):
                assert table.total[1].value == pytest.approx(factor.value)
        nudge = derivative.nudge()
        proof = explanation.proof
        assert proof.before[2].value == pytest.approx(nudge.cost)
        assert proof.after[2].value == pytest.approx(nudge.cost_above)
        assert proof.below[2].value == pytest.approx(nudge.cost_below)
        assert proof.parameter[2].value == pytest.approx(derivative.parameter)
        assert proof.step[2].value == pytest.approx(nudge.h)
        assert proof.quotient[2].value == pytest.approx(nudge.quotient)
        assert proof.quotient[4].value == pytest.approx(derivative.value)


def test_a_long_sum_is_shortened_to_its_largest_terms():
    network = Network.random([3, 2, 16, 10], seed=1)
    derivative = ParameterDerivative(network, 0, 0, 1, np.ones(3), one_hot(4, 10))
    first, second = WeightExplanation(derivative).tables
    factor = derivative.factors[-1]
    sizes = sorted((abs(term.value) for term in factor.terms), reverse=True)
    assert [abs(row[-1].value) for row in first.rows] == pytest.approx(sizes[:3])
    assert first.rest[3].text == "(13more)"
    # Below it stands the sum that the largest term's last factor is.
    largest = max(factor.terms, key=lambda term: abs(term.value))
    assert second.total[1].value == pytest.approx(largest.factors[-1].value)
    assert len(second.rows) == 3


def test_one_term_more_than_asked_for_is_not_left_out_alone():
    network = Network.random([2, 3, 4], seed=1)
    derivative = ParameterDerivative(network, 0, 0, 1, [1.0, 2.0], one_hot(0, 4))
    (table,) = WeightExplanation(derivative, max_terms=3).tables
    assert [len(table.rows), len(table.rest)] == [4, 0]
    (table,) = WeightExplanation(derivative, max_terms=2).tables
    assert [len(table.rows), len(table.rest)] == [2, 4]


def test_deep_sums_end_where_asked():
    network = Network.random([2, 3, 3, 3, 3, 3], seed=1)
    derivative = ParameterDerivative(network, 0, 0, 1, [1.0, 2.0], one_hot(0, 3))
    assert [len(WeightExplanation(derivative, max_sums=n).tables) for n in (1, 2, 9)] == [
        *(1, 2, 4)
    ]


def test_points_are_aligned_in_a_column():
    numbers = [SignificantNumber(x, 0.2) for x in (-1234.5, 0.012, 3.0, 1e-7)]
    lay_out([[number] for number in numbers], "n", 0.1, 0.1)
    assert np.ptp([number.point_x for number in numbers]) < 1e-9
    assert all(a.get_bottom()[1] > b.get_top()[1] for a, b in itertools.pairwise(numbers))


def test_parts_are_found_in_copies_and_where_it_was_moved():
    explanation = explained(4)
    copy = explanation.copy().shift([1, 2, 0])
    assert copy.product.result[1].value == explanation.product.result[1].value
    assert copy.proof.get_center() == pytest.approx(
        explanation.proof.get_center() + np.array([1, 2, 0])
    )
    assert copy.proof is not explanation.proof
    assert copy.derivative.value == explanation.derivative.value


def test_side_by_side_where_that_is_larger():
    network = Network.random([2, 3, 5, 4], seed=1)
    derivative = ParameterDerivative(network, 0, 0, 1, [1.0, 2.0], one_hot(0, 4))
    explanation = WeightExplanation(derivative, writing=Text)
    flat, tall = explanation.copy().fit_into(14, 4), explanation.copy().fit_into(4, 14)
    first, second = flat.tables
    assert first.get_right()[0] < second.get_left()[0]
    first, second = tall.tables
    assert first.get_bottom()[1] > second.get_top()[1]
    for fitted, room in ((flat, (14, 4)), (tall, (4, 14))):
        assert fitted.width <= room[0] + 1e-6
        assert fitted.height <= room[1] + 1e-6
        assert_nothing_overlaps(fitted)


def test_a_dark_input_is_said_to_be():
    network = Network.random([3, 2], seed=1)
    derivative = ParameterDerivative(network, 0, 1, 0, [1.0, 0.0, 1.0], [0, 1])
    explanation = WeightExplanation(derivative)
    assert explanation.remark[0].text == "Input1is0:nothingcomesthroughthisweight."
    assert explanation.product.result[1].text == "0"
    assert explanation.proof.quotient[3].text == "="


@pytest.mark.parametrize("background", ["#000000", "#FFFFFF", "#F4EED7", "#112233"])
def test_every_colour_can_be_read_on_the_background(background):
    with temp_config({"background_color": background}):
        colors = EquationColors.on()

    def luminance(color):
        channels = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.to_rgb()
        ]
        return float(np.dot(channels, [0.2126, 0.7152, 0.0722]))

    ground = luminance(type(colors.foreground)(background))
    for color in (*colors.roles.values(), colors.foreground, colors.highlight):
        dark, bright = sorted([ground, luminance(color)])
        assert (bright + 0.05) / (dark + 0.05) > 4.5, color  # WCAG's contrast for text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1.00"),
        (-0.7314, "−0.731"),
        (0.0123456, "0.0123"),
        (0.000999949, "0.00100"),
        (-0.0000123456, "−1.23 × 10⁻⁵"),
        (123.456, "123"),
        (99999.0, "1.00 × 10⁵"),
        (99940.0, "99940"),
        (0.9996, "1.00"),
        (1.64e-9, "1.64 × 10⁻⁹"),
    ],
)
def test_significant_digits(value, text):
    number = SignificantNumber(value, 0.2)
    assert number.text == text
    drawn = "".join(glyph.tex_string for glyph in number.mantissa)
    assert drawn.replace("-", "−") == text.partition(" ")[0]
    assert number.mantissa[-1].height == pytest.approx(0.2, rel=0.1)


def test_a_number_changes_in_its_own_form():
    number = SignificantNumber(1.2e-5, 0.2, writing=Text)
    assert number.set_value(-3.456e-5).text == "−3.46 × 10⁻⁵"
    assert number.value == pytest.approx(-3.456e-5)
    assert number.set_value(-1e-9).text == "0.00 × 10⁻⁵"


@pytest.mark.parametrize(
    ("a", "b", "decimals", "exponent"),
    [
        (0.82922, 0.82864, 5, 0),
        (0.5, 0.5, 3, 0),
        (1.0203e-5, 1.0205e-5, 5, -5),
        (0.3, 0.3 + 3e-9, 10, 0),
        (12345.0, 12346.0, 3, 0),
    ],
)
def test_two_numbers_are_told_apart(a, b, decimals, exponent):
    form = NumberFormat.telling_apart(a, b)
    assert form == (decimals, exponent)


def test_fractions_are_told_to_stand_on_their_bar():
    parts = EquationParts()
    network = Network.random([1, 1, 1, 1], seed=0)
    row = FactorRow(ParameterDerivative(network, 0, 0, 0, [0.5], [1.0]).factors[0], parts)
    lay_out([row.cells()], "rclcn", 0.1, 0.1)
    assert isinstance(row.fraction, Fraction)
    assert row.fraction.bar.get_y() == pytest.approx(row[1].get_y())
    # Digits stand where letters do.
    digit = min(row.number.mantissa, key=lambda glyph: glyph.get_bottom()[1])
    assert digit.get_bottom()[1] == pytest.approx(baseline(row[1]), abs=0.005)


def test_without_latex_there_is_one_clear_error(monkeypatch, tmp_path):
    def missing(*_args, **_kwargs):
        raise FileNotFoundError(2, "No such file or directory", "latex")

    monkeypatch.setattr(tex_file_writing, "compile_tex", missing)
    derivative = random_derivative(0)
    with (
        temp_config({"tex_dir": str(tmp_path)}),
        pytest.raises(LatexMissingError, match=r"MathTex.*latex.*writing='text'"),
    ):
        WeightExplanation(derivative, writing="latex")
    assert WeightExplanation(derivative).width > 1


def test_bad_options_are_refused():
    derivative = ParameterDerivative(Network.random([1, 1], seed=0), 0, 0, 0, [0.5], [1.0])
    with pytest.raises(ValueError, match="max_terms and max_sums must be positive, not 0 and 3"):
        WeightExplanation(derivative, max_terms=0)
    with pytest.raises(ValueError, match="writing is 'text', 'latex'"):
        WeightExplanation(derivative, writing="markdown")
    with pytest.raises(NetworkError, match="positive number"):
        WeightExplanation(derivative, h=-1)
    assert math.isclose(WeightExplanation(derivative, h=0.5).nudge.h, 0.5)
