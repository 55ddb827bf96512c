"""The chain rule for one weight, with its numbers: what stands beside the network."""

from __future__ import annotations

from typing import Any

from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from nnviz import words
from nnviz.mobjects.equations.equation_parts import EquationParts, Fraction, lay_out
from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.equations.nudge_proof import NudgeProof
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.significant_digits import NumberFormat, SignificantNumber
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Factor, ParameterDerivative, Symbol, Term

__all__ = ["FactorRow", "ProductRule", "SumTable", "WeightExplanation"]

#: Factors on one line of the product: more would be too small to be read.
_FACTORS_A_LINE = 7
#: Factors in one column.
_FACTORS_A_COLUMN = 3
#: Heights and gaps in heights of a digit.
_ROW_GAP, _BLOCK_GAP, _COLUMN_GAP, _LEAST_HEIGHT = 0.7, 1.4, 3.0, 1.2
_C = Symbol("C", "C")


class ProductRule(VGroup):
    """A derivative as a product: the factors' names, their numbers below them, and the value.

    Parameters
    ----------
    derivative : ParameterDerivative
        What to write; more than seven factors go on in a second line.
    parts : EquationParts
        What writes it.
    """

    left: Part[VGroup] = Part(0, doc="The left side, and the signs between the factors.")
    fractions: Part[VGroup] = Part(1, doc="The factors' names, in the order of the chain.")
    joins: Part[VGroup] = Part(2, doc="The sign before each number.")
    values: Part[VGroup] = Part(
        3, doc="The factors' numbers; those below 0 have parentheses, after the first."
    )
    result: Part[VGroup] = Part(4, doc="Equals sign and value.")

    def __init__(self, derivative: ParameterDerivative, parts: EquationParts) -> None:
        upper: list[list[VMobject | None]] = []
        lower: list[list[VMobject | None]] = []
        fractions, values, joins, dots = VGroup(), VGroup(), VGroup(), VGroup()
        left, equals = parts.fraction(_C, derivative.symbol), parts.sign("=")
        count = len(derivative.factors)
        lines = -(-count // _FACTORS_A_LINE)
        for k, factor in enumerate(derivative.factors):
            if k % -(-count // lines) == 0:
                upper.append([None] if k else [left])
                lower.append([None])
            if k:
                dots.add(parts.dot())
            fractions.add(parts.fraction(factor.of, factor.by))
            value = parts.number(factor.value)
            values.add(parts.enclosed(value) if k else VGroup(value))
            joins.add(parts.dot() if k else parts.sign("="))
            upper[-1] += [dots[-1] if k else equals, fractions[-1]]
            lower[-1] += [joins[-1], values[-1]]
        result = VGroup(parts.sign("="), parts.number(derivative.value, 4))
        result[1].set_color(parts.colors.highlight)
        lower[-1] += list(result)
        rows = [row for pair in zip(upper, lower, strict=True) for row in pair]
        columns = "r" + "cc" * (max(map(len, rows)) // 2 + 1)
        lay_out(rows, columns, parts.gap, _ROW_GAP * parts.height)
        super().__init__(VGroup(left, equals, dots), fractions, joins, values, result)


class FactorRow(VGroup):
    """One factor: its name, what it is, and its number."""

    fraction: Part[Fraction] = Part(0, doc="The derivative.")
    number: Part[SignificantNumber] = Part(3, doc="Its number.")

    def __init__(self, factor: Factor, parts: EquationParts) -> None:
        means = VGroup()
        if factor.meaning is not None:
            means.add(parts.symbol(factor.meaning), parts.sign("="))
        super().__init__(
            parts.fraction(factor.of, factor.by),
            parts.sign("="),
            means,
            parts.number(factor.value),
        )

    def cells(self) -> list[VMobject | None]:
        """Return its parts for columns; without a meaning, its number is in that column."""
        name, equals, means, number = self
        return [name, equals, *means, number] if len(means) else [name, equals, number]


class SumTable(VGroup):
    """A factor that is a sum over neurons: one row a term, the largest first, and their total.

    Parameters
    ----------
    factor : Factor
        With terms.
    parts : EquationParts
        What writes it.
    max_terms : int, optional
        More terms than these are one row together, with their true sum. Where that would be one
        term, it is shown.

    Attributes
    ----------
    terms : tuple of Term
        Those that have a row.
    """

    head: Part[VGroup] = Part(
        0, doc="The factor's name and its terms' factors, and below them what these are."
    )
    rows: Part[VGroup] = Part(1, doc="One row a term.")
    rest: Part[VGroup] = Part(2, doc="The row of all other terms; empty where all have one.")
    total: Part[VGroup] = Part(3, doc="A line and the sum; empty where there is one term.")

    def __init__(self, factor: Factor, parts: EquationParts, max_terms: int = 3) -> None:
        order = sorted(factor.terms, key=lambda term: -abs(term.value))
        count = len(order) if len(order) <= max_terms + 1 else max_terms
        self.terms: tuple[Term, ...] = tuple(order[:count])
        is_sum = len(order) > 1
        summand = factor.summand if is_sum else order[0].factors
        # One format for all terms, so that they are seen to add up.
        form = NumberFormat.significant(order[0].value)
        sigma = parts.sign(r"\textstyle\sum_k", "Σₖ") if is_sum else None
        head = [
            parts.fraction(factor.of, factor.by),
            parts.sign("="),
            sigma,
            *parts.product([parts.fraction(part.of, part.by) for part in summand]),
        ]
        grid: list[list[VMobject | None]] = [head]
        if all(part.meaning is not None or part.terms for part in summand):
            meanings = [parts.symbol(f.meaning) if f.meaning else None for f in summand]
            grid.append([None, None, None, *_spaced(meanings)])
        first_term = len(grid)
        for term in self.terms:
            unit = term.place.unit
            grid.append(
                [
                    None,
                    None if is_sum else parts.sign("="),
                    parts.sign(f"k={unit}", f"k = {unit}") if is_sum else None,
                    *parts.product([parts.number(part.value) for part in term.factors]),
                    parts.sign("="),
                    parts.in_form(term.value, form),
                ]
            )
        empty = [None] * (2 * len(summand) - 1)
        left_out = len(order) - count
        if left_out:
            rest = sum(term.value for term in order[count:])
            plus = parts.sign(r"+\cdots", "+ …")
            grid.append([None, None, plus, *empty, parts.sign("="), parts.in_form(rest, form)])
        if is_sum:
            is_small = abs(factor.value) < abs(order[0].value) / 10
            total_number = parts.number(factor.value, form=None if is_small else form)
            grid.append([None, None, None, *empty, None, total_number])
        columns = "rcr " + "nc" * (len(summand) - 1) + "ncn"
        gap, height = parts.gap, parts.height
        rows = lay_out(grid, columns, gap, 0.4 * height, _LEAST_HEIGHT * height)
        more, total = VGroup(), VGroup()
        if left_out:
            more.add(*rows[first_term + count])
            more.add(parts.words(words.word("more", count=left_out)).next_to(more[0], RIGHT, gap))
        if is_sum:
            products = VGroup(*(row.submobjects[-1] for row in rows[first_term:]))
            total.add(*parts.total(products))
        super().__init__(
            VGroup(*rows[:first_term]), VGroup(*rows[first_term : first_term + count]), more, total
        )

    @property
    def fraction(self) -> Fraction:
        """The factor's name."""
        first: Any = self.head[0]
        fraction: Fraction = first[0]
        return fraction


class WeightExplanation(Explanation):
    """The chain rule for one weight or bias: product, factors, sums, value, and the proof.

    From top to bottom: dC/dw as the product of its factors, with their numbers below them and its
    value; each factor, what it is, and its number; the sums over neurons that factors are, one
    table after the other on the way to the output: below a sum, the largest term's own; and what
    the cost does when the parameter is nudged.

    Its parts are found by name, also in copies. `ExplainWeight` shows them one after the
    other.

    Parameters
    ----------
    derivative : ParameterDerivative
        What the engine says.
    writing : type or str, optional
        What formulas are written by: ``"text"``, ``"latex"``, or a class or function such as
        ``Text`` or ``MathTex``.
    max_terms : int, optional
        Rows of a sum; all other terms are one row with their true sum.
    max_sums : int, optional
        Sums that are shown in full; those nested deeper are numbers.
    h : float, optional
        The nudge; chosen by `ParameterDerivative.nudge` by default.
    height : float, optional
        Height of a digit, in scene units.
    fit : (float, float), optional
        Width and height that it is made to fit into (:meth:`fit_into`).

    Raises
    ------
    LatexMissingError
        If it is written by LaTeX, which is not installed.
    ValueError
        If `max_terms` or `max_sums` is not positive, or there is no writing of this name.
    NetworkError
        If the nudge is not positive.

    Examples
    --------
    >>> from nnviz.mobjects.equations.weight_explanation import WeightExplanation
    >>> from nnviz.network import Network, ParameterDerivative
    >>> network = Network.random([2, 3, 1], seed=1)
    >>> derivative = ParameterDerivative(network, 0, 1, 2, [0.5, 1.0], [1.0])
    >>> explanation = WeightExplanation(derivative)
    >>> explanation.product.result[1].text
    '0.01926'
    """

    product: Part[ProductRule] = Part(0, doc="The derivative as a product.")
    rows: Part[VGroup] = Part(
        1, doc="Each factor that is no sum (:class:`FactorRow`), in the order of the chain."
    )
    tables: Part[VGroup] = Part(
        2, doc="The sums (:class:`SumTable`), from the factor on to the output."
    )
    remark: Part[VGroup] = Part(3, doc="Why the derivative is 0, in words; empty where it is not.")
    proof: Part[NudgeProof] = Part(4, doc="What the cost does when the parameter is nudged.")

    def __init__(
        self,
        derivative: ParameterDerivative,
        writing: Writing = "text",
        max_terms: int = 3,
        max_sums: int = 3,
        h: float | None = None,
        height: float = 0.22,
        fit: tuple[float, float] | None = None,
    ) -> None:
        if max_terms < 1 or max_sums < 1:
            raise ValueError(
                f"max_terms and max_sums must be positive, not {max_terms} and {max_sums}"
            )
        self.derivative = derivative
        self.nudge = derivative.nudge(h)
        parts = EquationParts(height, writing)
        self.colors = parts.colors
        rows = [FactorRow(factor, parts) for factor in derivative.factors if not factor.terms]
        self._sums = _sums(derivative, max_sums)
        tables = [SumTable(factor, parts, max_terms) for factor in self._sums]
        remark = VGroup()
        if (zero := derivative.zero) is not None:
            remark.add(parts.words(words.word(zero.why, **zero.place._asdict())))
        super().__init__(
            ProductRule(derivative, parts),
            _in_columns(rows, parts, are_short=bool(tables)),
            VGroup(*tables),
            remark,
            NudgeProof(derivative, self.nudge, parts),
        )
        self._height, self._sign_width = height, self.product.left[1].width
        self._arrange_at_first(fit)

    def _arrange(self, columns: int) -> None:
        """Put the parts below each other, with tables in rows of some columns."""
        # All grows and shrinks together, as this sign does.
        unit = self._height * self.product.left[1].width / self._sign_width
        lines = [
            VGroup(*self.tables[start : start + columns]).arrange(
                RIGHT, buff=_COLUMN_GAP * unit, aligned_edge=UP
            )
            for start in range(0, len(self.tables), columns)
        ]
        rows = [self.rows] if len(self.rows) else []
        remark = [self.remark] if len(self.remark) else []
        blocks = VGroup(self.product, *rows, *lines, *remark, self.proof)
        blocks.arrange(DOWN, buff=_BLOCK_GAP * unit, aligned_edge=LEFT)

    @property
    def sums(self) -> tuple[Factor, ...]:
        """The factors that the tables show."""
        return self._sums


def _sums(derivative: ParameterDerivative, most: int) -> tuple[Factor, ...]:
    """Return the factor that is a sum, then its largest term's, and so on."""
    result: list[Factor] = []
    factor = derivative.factors[-1]
    while factor.terms and len(result) < most:
        result.append(factor)
        largest = max(factor.terms, key=lambda term: abs(term.value))
        factor = largest.factors[-1]
    return tuple(result)


def _in_columns(rows: list[FactorRow], parts: EquationParts, are_short: bool) -> VGroup:
    """Put rows into one column, or into two where they are many or tables need the height."""
    length = -(-len(rows) // 2) if are_short or len(rows) > _FACTORS_A_COLUMN else len(rows)
    left = 0.0
    for start in range(0, len(rows), length):
        column = rows[start : start + length]
        lay_out([row.cells() for row in column], "rclcn", parts.gap, _ROW_GAP * parts.height)
        block = VGroup(*column)
        block.shift((left - block.get_left()[0]) * RIGHT)
        left = block.get_right()[0] + _COLUMN_GAP * parts.height
    return VGroup(*rows)


def _spaced(parts: list[VMobject | None]) -> list[VMobject | None]:
    """Put empty cells between, where products have their dots."""
    return [cell for part in parts for cell in (part, None)][:-1]
