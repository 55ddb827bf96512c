"""How one number of a token's embedding acts on the cost, position by position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from nnviz import words
from nnviz.mobjects.equations.equation_parts import EquationColors, EquationParts, lay_out
from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.equations.nudge_proof import NudgeProof
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.significant_digits import NumberFormat
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import EmbeddingDerivative, Symbol

__all__ = ["TokenExplanation", "TokenTable"]

#: Heights and gaps in heights of a digit.
_BLOCK_GAP, _COLUMN_GAP, _LEAST_HEIGHT = 1.4, 3.0, 1.2
_C = Symbol("C", "C")


class TokenTable(VGroup):
    """The derivative by one number of an embedding as a sum over positions, and its total.

    Parameters
    ----------
    derivative : EmbeddingDerivative
        What to write.
    tokens : sequence of object
        What the tokens of the sequence are called.
    parts : EquationParts
        What writes it.
    max_terms : int
        More positions than these of each part are one row together, with their true sum.
    """

    rows: Part[VGroup] = Part(
        0, doc="One row a position, and one for all others of a part where there are too many."
    )
    total: Part[VGroup] = Part(1, doc="A line and the sum.")

    def __init__(
        self,
        derivative: EmbeddingDerivative,
        tokens: Sequence[Any],
        parts: EquationParts,
        max_terms: int,
    ) -> None:
        every = [term.value for term in derivative.terms]
        form = NumberFormat.significant(max(every, key=abs, default=0.0))
        grid: list[list[VMobject | None]] = []
        uses = (False, True) if derivative.is_tied else (False,)
        for is_score in uses:
            # Positions that nothing is asked of have 0.
            terms = [one for one in derivative.terms if one.is_score == is_score and one.value]
            terms.sort(key=lambda term: -abs(term.value))
            count = len(terms) if len(terms) <= max_terms + 1 else max_terms
            name = words.word("as_score" if is_score else "as_embedding")
            for n, term in enumerate(terms[:count]):
                place = {"position": term.position, "token": tokens[term.position]}
                label = parts.words(words.word("at_position", **place))
                first = parts.words(name) if n == 0 else None
                grid.append([first, label, parts.in_form(term.value, form)])
            if len(terms) > count:
                left_out = sum(term.value for term in terms[count:])
                text = parts.words(words.word("more", count=len(terms) - count))
                grid.append([None, text, parts.in_form(left_out, form)])
            if not terms:
                grid.append([parts.words(name), None, parts.number(0.0)])
        grid.append([None, None, parts.in_form(derivative.value, form)])
        rows = lay_out(grid, "l ln", parts.gap, 0.4 * parts.height, _LEAST_HEIGHT * parts.height)
        total = parts.total(VGroup(*(row.submobjects[-1] for row in rows)))
        super().__init__(VGroup(*rows[:-1]), total)


class TokenExplanation(Explanation):
    """How one number of a token's embedding acts on the cost: an exact sum, and the proof.

    A row a position where the token stands, and, where the table also makes the scores of the next
    token, a row a position where it is scored.

    Parameters
    ----------
    derivative : EmbeddingDerivative
        What the engine says: :func:`~nnviz.network.embedding_derivative`.
    tokens : sequence of object, optional
        What the tokens of the sequence are called; they are numbers if None.
    name : str, optional
        What the token of the row is called; its number if None.
    writing : type or str, optional
        What formulas are written by, as for `ScoreExplanation`.
    max_terms : int, optional
        Rows of each of the two parts; all other terms are one row with their true sum.
    h : float, optional
        The nudge; chosen by `EmbeddingDerivative.nudge` by default.
    height : float, optional
        Height of a digit, in scene units.
    fit : (float, float), optional
        Width and height that it is made to fit into.
    colors : EquationColors, optional
        By default those for the configured background.

    Raises
    ------
    ValueError
        If `max_terms` is not positive, or there are not as many tokens as positions.
    NetworkError
        If the nudge is not positive.

    Examples
    --------
    >>> from nnviz.mobjects import TokenExplanation
    >>> from nnviz.network import embedding_derivative, pretrained
    >>> network = pretrained("sort").with_inputs(9)
    >>> tokens, labels = [3, 1, 4, 1, 5, 9, 2, 6, 1], 8 * [-1] + [1]
    >>> found = embedding_derivative(network, tokens, labels, 1, 0)
    >>> len(TokenExplanation(found, tokens).table.rows)
    4
    """

    title: Part[VMobject] = Part(0, doc="Which number it is, in words.")
    rule: Part[VGroup] = Part(1, doc="The derivative's name, a sign, and its value.")
    table: Part[TokenTable] = Part(2, doc="What each position has of it, and the sum.")
    proof: Part[NudgeProof] = Part(3, doc="What the cost does when the number is nudged.")

    def __init__(
        self,
        derivative: EmbeddingDerivative,
        tokens: Sequence[Any] | None = None,
        name: str | None = None,
        writing: Writing = "text",
        max_terms: int = 3,
        h: float | None = None,
        height: float = 0.22,
        fit: tuple[float, float] | None = None,
        colors: EquationColors | None = None,
    ) -> None:
        if max_terms < 1:
            raise ValueError(f"max_terms must be positive, not {max_terms}")
        called = derivative.tokens if tokens is None else tokens
        if len(called) != len(derivative.tokens):
            raise ValueError(f"{len(called)} tokens are given for {len(derivative.tokens)}")
        self.derivative = derivative
        self.nudge = derivative.nudge(h)
        parts = EquationParts(height, writing, colors)
        self.colors = parts.colors
        row = derivative.token if name is None else name
        title = words.word("place_in_table", token=row, feature=derivative.feature)
        value = parts.number(derivative.value, 4).set_color(parts.colors.highlight)
        (rule,) = lay_out(
            [[parts.fraction(_C, derivative.symbol), parts.sign("="), value]], "rcl", parts.gap, 0
        )
        super().__init__(
            parts.words(title),
            rule,
            TokenTable(derivative, called, parts, max_terms),
            NudgeProof(derivative, self.nudge, parts),
        )
        self._height, self._sign_width = height, rule[1].width
        self._arrange_at_first(fit)

    def _arrange(self, columns: int) -> None:
        """Put the parts below each other, or the proof beside the table."""
        unit = self._height * self.rule[1].width / self._sign_width
        upper = VGroup(self.title, self.rule, self.table)
        upper.arrange(DOWN, buff=_BLOCK_GAP * unit, aligned_edge=LEFT)
        if columns > 1:
            VGroup(upper, self.proof).arrange(RIGHT, buff=_COLUMN_GAP * unit, aligned_edge=UP)
        else:
            VGroup(upper, self.proof).arrange(DOWN, buff=_BLOCK_GAP * unit, aligned_edge=LEFT)
