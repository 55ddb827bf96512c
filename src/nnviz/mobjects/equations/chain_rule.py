"""Derivatives as fractions, and chains of them whose factors are worked out one by one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from manim import DOWN, LARGE_BUFF, MED_LARGE_BUFF, MED_SMALL_BUFF, RIGHT, UP, VGroup, VMobject

from nnviz.camera.letter_sizes import KeepsLettersTogether
from nnviz.mobjects.equations.equation_parts import level, put_level
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = [
    "ChainRule",
    "Derivative",
    "FactorEquation",
]


class Derivative(Formula):
    r"""A partial derivative as a fraction, each term in its quantity's colour.

    Parameters
    ----------
    of, by : str
        TeX of the quantities: ``Derivative("C_0", "w^{(L)}")`` is dC/dw.

    Examples
    --------
    >>> from nnviz.mobjects.equations.chain_rule import Derivative
    >>> Derivative("C_0", "w").denominator.tex_string
    '\\partial w}'
    """

    numerator: Part[VMobject] = Part(0, doc="What is differentiated.")
    bar: Part[VMobject] = Part(1, doc="The fraction's bar.")
    denominator: Part[VMobject] = Part(2, doc="What it is differentiated by.")

    def __init__(self, of: str, by: str, **kwargs: Any) -> None:
        self.of, self.by = of, by
        super().__init__(rf"{{\partial {of}", r"\over", rf"\partial {by}}}", **kwargs)


class FactorEquation(KeepsLettersTogether, ShownInNotebooks, VGroup):
    """A factor of a chain, and what it is: fraction, equals sign, value.

    Parameters
    ----------
    fraction : Derivative
        The left side.
    right : Formula
        The right side, starting with its equals sign, which is put level with the
        fraction's bar.
    """

    fraction: Part[Derivative] = Part(0, doc="The left side.")
    equals: Part[VMobject] = Part(1, doc="The equals sign.")
    value: Part[VGroup] = Part(2, doc="The terms of the right side.")

    def __init__(self, fraction: Derivative, right: Formula) -> None:
        equals = right["="]
        gap = fraction.get_right()[0] + MED_SMALL_BUFF - equals.get_left()[0]
        right.shift(gap * RIGHT + (level(fraction) - level(equals)) * UP)
        super().__init__(fraction, equals, right.after("="))


class ChainRule(ShownInNotebooks, VGroup):
    """The derivative of a last quantity by a first one, as a product along their chain.

    Parameters
    ----------
    *chain
        TeX of the quantities, from the first cause to the last effect.
    scale : float, optional
        Size of the formula.

    Raises
    ------
    ValueError
        If there are fewer than three quantities: a derivative of neighbours is one fraction.

    Examples
    --------
    >>> from nnviz.mobjects.equations.chain_rule import ChainRule
    >>> rule = ChainRule("w", "z", "a", "C_0")  # dC/dw = dz/dw da/dz dC/da
    >>> [(factor.of, factor.by) for factor in rule.factors]
    [('z', 'w'), ('a', 'z'), ('C_0', 'a')]
    """

    left: Part[Derivative] = Part(0, doc="The left side.")
    equals: Part[Formula] = Part(1, doc="The equals sign.")
    factors: Part[VGroup] = Part(2, doc="The fractions of the right side, from cause to effect.")

    def __init__(self, *chain: str, scale: float = 1.0) -> None:
        if len(chain) < 3:
            raise ValueError(f"a chain needs three quantities or more, not {len(chain)}: {chain}")
        self._chain = chain
        left = Derivative(chain[-1], chain[0])
        equals = Formula("=")
        factors = VGroup(*(Derivative(effect, cause) for cause, effect in pairwise(chain)))
        for before, part in pairwise([left, equals, *factors]):
            part.next_to(before, RIGHT, MED_SMALL_BUFF)
        for fraction in (left, *factors):
            put_level(fraction, equals)
        super().__init__(left, equals, factors)
        self.scale(scale)

    @property
    def chain(self) -> tuple[str, ...]:
        """TeX of the quantities, from the first cause to the last effect."""
        return self._chain

    def equations(self, *rights: Formula) -> VGroup:
        """Return an equation for each factor, in a column under the left side.

        The rule itself stays as it is. The equations (:class:`FactorEquation`) come in the
        order of the factors; the column starts with the last, the effect's.

        Parameters
        ----------
        *rights
            What each factor is: a formula that starts with its equals sign.

        Raises
        ------
        ValueError
            If there is not one right side a factor.
        """
        if len(rights) != len(self.factors):
            raise ValueError(f"{len(rights)} right sides for {len(self.factors)} factors")
        copies: Any = self.factors.copy()
        fractions: list[Derivative] = list(copies)
        column = VGroup(*reversed(fractions)).arrange(DOWN, buff=MED_LARGE_BUFF)
        column.next_to(self.left, DOWN, LARGE_BUFF)
        return VGroup(
            *(
                FactorEquation(fraction, right)
                for fraction, right in zip(fractions, rights, strict=True)
            )
        )
