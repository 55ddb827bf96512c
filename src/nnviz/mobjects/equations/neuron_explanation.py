"""One neuron's arithmetic, with its numbers: what stands beside the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Circle,
    Line,
    ManimColor,
    Square,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.equations.equation_parts import EquationColors, EquationParts, lay_out
from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.equations.unit_response import ActivationCurve, SoftmaxShare, response_to
from nnviz.mobjects.network.convolution_sum import ConvolutionSum
from nnviz.mobjects.network.receptive_field_frames import WindowLayer
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.contrast import readable_shade
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import BLACK, WHITE
from nnviz.mobjects.primitives.significant_digits import NumberFormat, SignificantNumber
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Network, Symbol, UnitSum, UnitTerm, unit_sum

__all__ = ["NeuronExplanation", "Outcome", "TermTable"]

#: Gaps and sizes in heights of a digit.
_ROW_GAP, _LEAST_ROW, _RULE_GAP, _BLOCK_GAP, _RADIUS = 0.55, 1.2, 0.6, 1.6, 1.1
#: Length of the index of a unit of a map; maps are grey.
_AXES_OF_MAPS = 3
#: Most width and height of a window's grids, in heights of a digit.
_GRIDS = 34.0, 22.0


class TermTable(VGroup):
    """Inputs times weights, the largest products first, their sum, z and a.

    Parameters
    ----------
    unit : UnitSum
        What a unit computes.
    parts : EquationParts
        What writes, and how large.
    style : NetworkStyle
        Colours of numbers above and below 0: those of edges.
    max_terms : int, optional
        More terms than these are one row together, with their true sum. Where that would be one
        term, it is shown.
    decimals : int, optional
        Decimals of numbers that are not very small or large.

    Attributes
    ----------
    terms : tuple of UnitTerm
        Those that have a row.
    running : tuple of float
        The sum of the products after each row, and in the end that of all.
    """

    head: Part[VGroup] = Part(0, doc="What the columns are called.")
    rows: Part[VGroup] = Part(
        1, doc="A row a term: its number, input, sign, weight, sign, product."
    )
    rest: Part[VGroup] = Part(
        2, doc="The row of all other terms, words and number; empty where all have one."
    )
    rule: Part[VMobject] = Part(3, doc="The line above the sum.")
    below: Part[VGroup] = Part(
        4, doc="Words and numbers below the line: the sum, what is done to it, z."
    )

    def __init__(
        self,
        unit: UnitSum,
        parts: EquationParts,
        style: NetworkStyle,
        max_terms: int = 5,
        decimals: int = 2,
    ) -> None:
        count = len(unit.terms)
        shown = count if count <= max_terms + 1 else max_terms
        self.terms, rest = unit.largest(shown)
        products = [term.product for term in self.terms]
        self.running = (*map(float, np.cumsum(products)), unit.total)
        self._signs = [
            readable_shade(color, style.behind)
            for color in (style.negative_color, style.positive_color)
        ]
        of_sums = _form([*products, unit.total, unit.bias or 0.0, unit.score], decimals)
        of_inputs = _form([term.input for term in self.terms], decimals)
        of_weights = _form([term.weight for term in self.terms], decimals)
        grid: list[list[VMobject | None]] = [self._head(unit, parts)]
        for term in self.terms:
            grid.append(
                [
                    parts.words(_number_of(term)),
                    parts.number(term.input, form=of_inputs),
                    parts.sign(r"\times", "×"),
                    self._signed(parts.number(term.weight, form=of_weights), term.weight),
                    parts.sign("="),
                    self._signed(parts.number(term.product, form=of_sums), term.product),
                ]
            )
        texts: list[str] = []
        below: list[list[VMobject | None]] = []

        def add(text: str, value: float, sign: str = "") -> None:
            texts.append(text)
            number = parts.number(value, form=of_sums)
            below.append([None, None, None, None, parts.sign(sign) if sign else None, number])

        if count > shown:
            add(words.word("smaller", count=words.number(f"{count - shown:,}")), rest)
            self._signed(below[-1][-1], rest)
        before = len(below)
        changes = unit.factor != 1 or unit.bias is not None
        if changes:
            add(words.word("sum"), unit.total)
        if unit.bias is not None:
            add(words.word("bias"), unit.bias)
        factor = words.number(f"{unit.factor:.{max(decimals, 2)}f}")
        scaled = f"z = {factor} × {words.word('sum')}"
        add("z" if unit.factor == 1 else scaled, unit.score)
        rows = lay_out(
            [*grid, *below],
            "l ncncn",
            parts.gap,
            _ROW_GAP * parts.height,
            _LEAST_ROW * parts.height,
        )
        table: list[Any] = list(rows)
        lines, right = VGroup(), max(float(row.get_right()[0]) for row in table)
        left = min(float(row.get_left()[0]) for row in table)
        end = float(table[1][4].get_left()[0]) - parts.gap
        for text, row in zip(texts, table[len(grid) :], strict=True):
            drawn = parts.words(text)
            drawn.shift((end - float(drawn.get_right()[0])) * RIGHT)
            _on_line_of(row[-1], drawn)
            left = min(left, float(drawn.get_left()[0]))
            lines.add(VGroup(drawn, row[-1]))
        for row in table[1 : len(grid)]:
            _on_line_of(row[1], row[0])
        others, sums = VGroup(*lines[:before]), VGroup(*lines[before:])
        sums.shift(_RULE_GAP * parts.height * DOWN)
        y = (table[len(grid) + before - 1].get_bottom()[1] + sums.get_top()[1]) / 2
        rule = Line(np.array([left, y, 0]), np.array([right, y, 0]), stroke_width=1.5)
        rule.set_color(parts.colors.foreground)
        super().__init__(rows[0], VGroup(*table[1 : len(grid)]), others, rule, sums)

    def _head(self, unit: UnitSum, parts: EquationParts) -> list[VMobject | None]:
        names = [Symbol(f"{letter}_i", f"{letter}ᵢ") for letter in _letters(unit)]
        both = Symbol(f"{names[0].tex} {names[1].tex}", f"{names[0].text} {names[1].text}")
        return [
            parts.sign("i"),
            parts.symbol(names[0]),
            None,
            parts.symbol(names[1]),
            None,
            parts.symbol(both),
        ]

    def _signed(self, number: Any, value: float) -> Any:
        return number.set_color(self._signs[int(value > 0)]) if value else number


class NeuronExplanation(Explanation):
    """What one unit computes: inputs times weights, the sum, the bias, the activation.

    The terms are a table, the largest products first; a unit with a window has its grids instead
    (:class:`~nnviz.mobjects.network.ConvolutionSum`). Below or beside them a picture shows how the
    activation comes from z: on the curve of the activation function, or as a share of the powers of
    e, where that is a softmax. The last part is the neuron, as bright as its activation. All
    numbers are the engine's.

    `ExplainNeuron` shows the parts one after the other.

    Parameters
    ----------
    network : Network
        As for `unit_sum`.
    node : str or int
        As for `unit_sum`.
    unit : int or sequence of int
        As for `unit_sum`.
    x : array_like or mapping of str to array_like
        As for `unit_sum`.
    style : NetworkStyle, optional
        Colours; by default the style for the background.
    writing : type or str, optional
        What formulas are written by; the style's by default.
    max_terms : int, optional
        Rows of the table; all other terms are one row with their true sum.
    decimals : int, optional
        Decimals of numbers that are not very small or large.
    full : float, optional
        The activation that is shown as full; by default the larger of 1 and its own size.
    height : float, optional
        Height of a digit, in scene units.
    fit : (float, float), optional
        Width and height that it is made to fit into (:meth:`fit_into`).

    Attributes
    ----------
    unit : UnitSum
        What the engine says.

    Raises
    ------
    NetworkError
        As `unit_sum`.
    ValueError
        If `max_terms` is not positive, or `decimals` negative.
    LatexMissingError
        If it is written by LaTeX, which is not installed.

    Examples
    --------
    >>> from nnviz import Network
    >>> from nnviz.mobjects import NeuronExplanation
    >>> network = Network.dense([[[2.0, -1.0]]], [[0.5]])
    >>> explanation = NeuronExplanation(network, "dense1", 0, [1.0, 3.0])
    >>> [row[-1].text for row in explanation.terms.rows]
    ['−3.00', '2.00']
    >>> explanation.outcome.number.text
    '0.38'
    """

    outcome: Part[Outcome] = Part(2, doc="The neuron, and its activation in numbers.")
    remark: Part[VGroup] = Part(
        3, doc="That a mask hides the unit, in words; empty where none does."
    )
    terms: Part[TermTable | ConvolutionSum] = Part(0, doc="The products and their sum.")

    def __init__(
        self,
        network: Network,
        node: str | int,
        unit: int | Sequence[int],
        x: ArrayLike | Mapping[str, ArrayLike],
        *,
        style: NetworkStyle | None = None,
        writing: Writing | None = None,
        max_terms: int = 5,
        decimals: int = 2,
        full: float | None = None,
        height: float = 0.28,
        fit: tuple[float, float] | None = None,
    ) -> None:
        if max_terms < 1 or decimals < 0:
            raise ValueError(
                f"max_terms is positive and decimals not negative, not {max_terms} and {decimals}"
            )
        style = style or NetworkStyle()
        if writing is not None:
            style = replace(style, writing=writing)
        self.unit = unit_sum(network, node, unit, x)
        colors = EquationColors.on(style.behind)
        parts = EquationParts(height, style.writing, colors)
        terms: TermTable | ConvolutionSum
        if isinstance(network.nodes[self.unit.summed_in].layer, WindowLayer):
            index = network.graph.node_index(self.unit.summed_in)
            channel, row, column = (*self.unit.unit, 0, 0)[:3]
            box = _GRIDS[0] * height, _GRIDS[1] * height
            terms = ConvolutionSum(network, index, x, channel, row, column, style=style, fit=box)
        else:
            terms = TermTable(self.unit, parts, style, max_terms, decimals)
        response = response_to(self.unit, parts)
        outcome = Outcome(self.unit, parts, style, decimals, full)
        remark = VGroup()
        if self.unit.is_masked:
            remark.add(parts.words(words.word("mask_hides_unit")))
        super().__init__(terms, VGroup() if response is None else response, outcome, remark)
        self._height, self._rule_width = height, outcome.neuron.width
        self._arrange_at_first(fit)

    @property
    def response(self) -> ActivationCurve | SoftmaxShare | None:
        """How the activation comes from z; None where it is z itself."""
        found: Any = self[1]
        return found if isinstance(found, ActivationCurve | SoftmaxShare) else None

    def _arrange(self, columns: int) -> None:
        # All grows and shrinks together, as the neuron does.
        gap = _BLOCK_GAP * self._height * self.outcome.neuron.width / self._rule_width
        answer = VGroup(*(part for part in (self[1], self.outcome) if len(part)))
        answer.arrange(RIGHT if columns == 1 else DOWN, buff=gap)
        first = VGroup(*(part for part in (self.terms, self.remark) if len(part)))
        first.arrange(DOWN, buff=gap / 2)
        VGroup(first, answer).arrange(DOWN if columns == 1 else RIGHT, buff=gap)


class Outcome(VGroup):
    """The unit as it is on screen, as bright as its activation, and that in numbers."""

    neuron: Part[VMobject] = Part(0, doc="The neuron; a square for a unit of a map or a matrix.")
    equation: Part[VGroup] = Part(1, doc="Name, sign and number.")
    number: Part[SignificantNumber] = Part(1, 0, 2, doc="The activation.")

    def __init__(
        self,
        unit: UnitSum,
        parts: EquationParts,
        style: NetworkStyle,
        decimals: int,
        full: float | None,
    ) -> None:
        size = _RADIUS * parts.height
        is_neuron = len(unit.unit) == 1
        shape: VMobject = Circle(size) if is_neuron else Square(2 * size)
        shape.set_stroke(style.neuron_stroke_color, style.neuron_stroke_width)
        share = float(np.clip(unit.a / (full or max(1.0, abs(unit.a))), -1, 1))
        color = ManimColor(style.neuron_fill_color if share >= 0 else style.negative_fill_color)
        if len(unit.unit) == _AXES_OF_MAPS:
            shape.set_fill(BLACK.interpolate(WHITE if share >= 0 else color, abs(share)), 1.0)
        else:
            shape.set_fill(color, abs(share))
        number = parts.number(unit.a, form=_form([unit.a], decimals))
        equation = lay_out(
            [[parts.symbol(Symbol("a", "a")), parts.sign("="), number]], "lcl", parts.gap, 0
        )
        equation.next_to(shape, RIGHT, parts.height)
        super().__init__(shape, equation)


def _on_line_of(number: SignificantNumber, text: VMobject) -> None:
    """Put words on the line on which a number's digits stand."""
    low = baseline(text)
    own = float(text.get_bottom()[1]) if low is None else low
    text.shift((number.foot - own) * UP)


def _letters(unit: UnitSum) -> tuple[str, str]:
    """Return the letters of inputs and weights; in attention, query and key, or also value."""
    pairs = [
        (term.place.unit[-1], term.weight_place.unit[-1])
        for term in unit.terms
        if term.place is not None and term.weight_place is not None
    ]
    if len(pairs) < 2:
        return "a", "w"
    # A score runs over the features of a query and of a key; what it mixes, over tokens' values.
    return ("q", "k") if all(first == second for first, second in pairs) else ("a", "v")


def _number_of(term: UnitTerm) -> str:
    """Return the input's number in what comes in; of a place in a map all three."""
    if term.place is None:
        return ""
    index = term.place.unit
    if term.weight_place is not None:
        return str(index[-1])
    return ", ".join(map(str, index)) if len(index) == 3 else str(index[-1])


def _form(values: Iterable[float], decimals: int) -> NumberFormat:
    """Return the format of a column's numbers: with these decimals, if these show any digit."""
    form = NumberFormat.significant(max(map(abs, values)), 2)
    return form if form.exponent else NumberFormat(max(decimals, form.decimals))
