"""The chain rule through attention for one score, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from nnviz import words
from nnviz.mobjects.equations.equation_parts import EquationColors, EquationParts, lay_out
from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.equations.nudge_proof import NudgeProof
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.significant_digits import NumberFormat
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import ScoreDerivative, Symbol

__all__ = ["AverageTable", "ScoreExplanation", "ScoreRule"]

#: Heights and gaps in heights of a digit.
_ROW_GAP, _BLOCK_GAP, _COLUMN_GAP, _LEAST_HEIGHT = 0.7, 1.4, 3.0, 1.2
_C, _S, _P, _M, _V = (Symbol(letter, letter) for letter in "Cspmv")
_P_K = Symbol("p_{k}", "pₖ")
_QK = Symbol(r"(q\cdot k)", "(q·k)")


class ScoreRule(VGroup):
    """The derivative by a score: its formula, the numbers below, and the value.

    Parameters
    ----------
    derivative : ScoreDerivative
        What to write.
    parts : EquationParts
        What writes it.
    """

    left: Part[VGroup] = Part(0, doc="The left side: the derivative's name, and a sign.")
    share: Part[VMobject] = Part(1, doc="The letter of the pattern's share.")
    names: Part[VGroup] = Part(
        2, doc="What it is multiplied with: parenthesis, dC/dp, minus, the average, parenthesis."
    )
    numbers: Part[VGroup] = Part(
        3, doc="A sign, the share, and in parentheses dC/dp, minus, the average."
    )
    result: Part[VGroup] = Part(4, doc="Equals sign and value.")

    def __init__(self, derivative: ScoreDerivative, parts: EquationParts) -> None:
        pull, average = derivative.pattern_gradient, derivative.average
        form = NumberFormat.significant(max(pull, average, key=abs))
        left = VGroup(parts.fraction(_C, _S), parts.sign("="))
        share = parts.symbol(_P)
        names = VGroup(
            parts.sign("("),
            parts.fraction(_C, _P),
            parts.sign("-", "−"),
            parts.words(words.word("average")),
            parts.sign(")"),
        )
        numbers = VGroup(
            parts.sign("="),
            parts.number(derivative.weight),
            parts.sign("("),
            parts.in_form(pull, form),
            parts.sign("-", "−"),
            parts.enclosed(parts.in_form(average, form)),
            parts.sign(")"),
        )
        result = VGroup(parts.sign("="), parts.number(derivative.value, 4))
        result[1].set_color(parts.colors.highlight)
        rows: list[list[VMobject | None]] = [[*left, share, *names], [None, *numbers, *result]]
        _below_each_other(rows, parts)
        super().__init__(left, share, names, numbers, result)


class AverageTable(VGroup):
    """The average pull of the values that a query sees: shares times pulls, the largest first.

    Parameters
    ----------
    derivative : ScoreDerivative
        The derivative by one score.
    parts : EquationParts
        Writer of formulas.
    max_terms : int
        More keys than these are one row together, with their true sum. Where that would be one
        key, it is shown.

    Attributes
    ----------
    keys : tuple of int
        Those that have a row.
    """

    head: Part[VGroup] = Part(0, doc="What the average is the sum of.")
    rows: Part[VGroup] = Part(1, doc="One row a key.")
    rest: Part[VGroup] = Part(2, doc="The row of all other keys; empty where all have one.")
    total: Part[VGroup] = Part(3, doc="A line and the average.")

    def __init__(self, derivative: ScoreDerivative, parts: EquationParts, max_terms: int) -> None:
        terms = derivative.average_terms
        seen = [int(k) for k in np.flatnonzero(~derivative.computed.hidden[derivative.query])]
        order = sorted(seen, key=lambda k: -abs(terms[k]))
        count = len(order) if len(order) <= max_terms + 1 else max_terms
        self.keys: tuple[int, ...] = tuple(order[:count])
        form = NumberFormat.significant(max((float(terms[k]) for k in order), key=abs, default=0.0))
        pulls = derivative.pattern_gradients
        pull_form = NumberFormat.significant(
            max((float(pulls[k]) for k in self.keys), key=abs, default=0.0)
        )
        head = [
            parts.words(words.word("average")),
            parts.sign("="),
            parts.sign(r"\textstyle\sum_k", "Σₖ"),
            *parts.product([parts.symbol(_P_K), parts.fraction(_C, _P_K)]),
        ]
        grid: list[list[VMobject | None]] = [list(head)]
        for k in self.keys:
            factors = [
                parts.number(float(derivative.pattern[k])),
                parts.in_form(float(pulls[k]), pull_form),
            ]
            label = parts.sign(f"k={k}", f"k = {k}")
            term = parts.in_form(float(terms[k]), form)
            grid.append([None, None, label, *parts.product(factors), parts.sign("="), term])
        left_out = len(order) - count
        if left_out:
            rest = parts.in_form(float(sum(terms[k] for k in order[count:])), form)
            plus = parts.sign(r"+\cdots", "+ …")
            grid.append([None, None, plus, None, None, None, parts.sign("="), rest])
        total_number = parts.in_form(derivative.average, form)
        grid.append([None] * 7 + [total_number])
        rows = lay_out(
            grid,
            "rcr ncncn",
            parts.gap,
            0.4 * parts.height,
            _LEAST_HEIGHT * parts.height,
        )
        more = VGroup()
        if left_out:
            more.add(*rows[count + 1])
            text = parts.words(words.word("more", count=left_out))
            more.add(text.next_to(more[0], RIGHT, parts.gap))
        total = parts.total(VGroup(*(row.submobjects[-1] for row in rows[1:])))
        super().__init__(rows[0], VGroup(*rows[1 : count + 1]), more, total)


class ScoreExplanation(Explanation):
    """The chain rule for one score of attention: formula, factors, average, value, and the proof.

    With p for the share that softmax makes of the score s, v for the key's value and m for the sum
    of values that the query takes: a value pulls at the cost by dC/dp, the product of dC/dm and v;
    and a score matters as far as its value pulls more than the average of all that the query sees.
    Letters without an index are those of the score's own key, and k counts all keys.

    Its parts are found by name, also in copies. `ExplainScore` shows them one after the other.

    Parameters
    ----------
    derivative : ScoreDerivative
        What the engine says: :func:`~nnviz.network.score_derivative`.
    tokens : sequence of object, optional
        What the tokens are called, one a key (and a query); numbers are written if None.
    writing : type or str, optional
        What formulas are written by: ``"text"``, ``"latex"``, ``"typst"``, or a class or function
        such as ``Text`` or ``MathTex``.
    max_terms : int, optional
        Rows of the average; all other keys are one row with their true sum.
    h : float, optional
        The nudge; chosen by `ScoreDerivative.nudge` by default.
    height : float, optional
        Height of a digit, in scene units.
    fit : (float, float), optional
        Width and height that it is made to fit into (:meth:`fit_into`).
    colors : EquationColors, optional
        Colours of letters, signs, and of what is pointed out; those for the configured background
        by default.

    Raises
    ------
    LatexMissingError
        If it is written by LaTeX, which is not installed.
    ValueError
        If `max_terms` is not positive, or there is no writing of this name.
    NetworkError
        If the nudge is not positive.

    Examples
    --------
    >>> from nnviz.mobjects import ScoreExplanation
    >>> from nnviz.network import pretrained, score_derivative
    >>> network = pretrained("sort").with_inputs(14)
    >>> tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
    >>> found = score_derivative(network, tokens, 13 * [-1] + [6], "block0.attention", 1, -1, 5)
    >>> ScoreExplanation(found).rule.result[1].text
    '2.035 × 10⁻⁴'
    """

    title: Part[VMobject] = Part(0, doc="Which score it is, in words.")
    rule: Part[ScoreRule] = Part(1, doc="The derivative, its numbers and its value.")
    rows: Part[VGroup] = Part(
        2, doc="The share p; dC/dp, by dC/dm and v; and dC/d(q.k), what is before the scaling."
    )
    table: Part[AverageTable] = Part(3, doc="The average.")
    remark: Part[VGroup] = Part(
        4, doc="Why the derivative is 0, in words, where a mask hides the key; else empty."
    )
    proof: Part[NudgeProof] = Part(5, doc="What the cost does when the score is nudged.")

    def __init__(
        self,
        derivative: ScoreDerivative,
        tokens: Sequence[Any] | None = None,
        writing: Writing = "text",
        max_terms: int = 3,
        h: float | None = None,
        height: float = 0.22,
        fit: tuple[float, float] | None = None,
        colors: EquationColors | None = None,
    ) -> None:
        if max_terms < 1:
            raise ValueError(f"max_terms must be positive, not {max_terms}")
        self.derivative = derivative
        self.nudge = derivative.nudge(h)
        parts = EquationParts(height, writing, colors)
        self.colors = parts.colors
        place = {"asking": derivative.query, "seen": derivative.key}
        called = {
            name: k if tokens is None or k >= len(tokens) else tokens[k]
            for name, k in place.items()
        }
        remark = VGroup()
        if derivative.is_hidden:
            remark.add(parts.words(words.word("score_is_hidden")))
        super().__init__(
            parts.words(words.word("place_of_score", **called)),
            ScoreRule(derivative, parts),
            _rows(derivative, parts),
            AverageTable(derivative, parts, max_terms),
            remark,
            NudgeProof(derivative, self.nudge, parts),
        )
        self._height, self._sign_width = height, self.rule.left[1].width
        self._arrange_at_first(fit)

    def _arrange(self, columns: int) -> None:
        """Put the parts below each other, or the average beside the rows."""
        unit = self._height * self.rule.left[1].width / self._sign_width
        between = RIGHT if columns > 1 else DOWN
        gap = _COLUMN_GAP if columns > 1 else _BLOCK_GAP
        edge = UP if columns > 1 else LEFT
        middle = VGroup(self.rows, self.table).arrange(between, buff=gap * unit, aligned_edge=edge)
        remark = [self.remark] if len(self.remark) else []
        blocks = VGroup(self.title, self.rule, middle, *remark, self.proof)
        blocks.arrange(DOWN, buff=_BLOCK_GAP * unit, aligned_edge=LEFT)


def _rows(derivative: ScoreDerivative, parts: EquationParts) -> VGroup:
    """Return the factors: the share, how much the value pulls, and the scaling."""
    grid: list[list[VMobject | None]] = [
        [parts.symbol(_P), parts.sign("="), parts.number(derivative.weight)],
        [
            *(parts.fraction(_C, _P), parts.sign("="), parts.fraction(_C, _M)),
            *(parts.dot(), parts.symbol(_V), parts.sign("=")),
            parts.number(derivative.pattern_gradient),
        ],
        [
            *(parts.fraction(_C, _QK), parts.sign("="), parts.number(derivative.factor)),
            *(parts.dot(), parts.fraction(_C, _S), parts.sign("=")),
            parts.number(derivative.product_gradient),
        ],
    ]
    return _below_each_other(grid, parts)


def _below_each_other(grid: list[list[VMobject | None]], parts: EquationParts) -> VGroup:
    """Put equations below each other by their first equals signs, each with gaps of its own."""
    gap, height = parts.gap, parts.height
    lay_out([row[:2] for row in grid], "rc", gap, 2.5 * height)
    rows = VGroup()
    for row in grid:
        equals: Any = row[1]
        place = equals.get_center()
        (laid,) = lay_out([row], "r" + "c" * (len(row) - 1), gap, 0)
        laid.shift(place - equals.get_center())
        rows.add(laid)
    tops = [row.get_top()[1] for row in rows]
    for k in range(1, len(rows)):
        bottom = rows[k - 1].get_bottom()[1]
        rows[k].shift((bottom - _ROW_GAP * height - tops[k]) * UP)
    return rows
