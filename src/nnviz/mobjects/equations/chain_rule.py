"""Derivatives as fractions, and chains of them whose factors are worked out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from nnviz.camera.letter_sizes import KeepsLettersTogether
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = [
    "ChainRule",
    "Derivative",
    "FactorEquation",
    "bring_down_exponent",
]

_SMALL_BUFF, _MED_SMALL_BUFF, _MED_LARGE_BUFF, _LARGE_BUFF = 0.1, 0.25, 0.5, 1.0
#: Fractions do not come nearer to their neighbours than this.
_TIGHT_BUFF = 0.15
#: An exponent is set this much smaller than a factor.
_EXPONENT_TO_FACTOR = 1.5


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

    def __init__(self, of: str, by: str, **kwargs: Any) -> None:
        self.of, self.by = of, by
        super().__init__(rf"{{\partial {of}", r"\over", rf"\partial {by}}}", **kwargs)

    @property
    def numerator(self) -> VMobject:
        """What is differentiated."""
        return self[0]  # type: ignore[no-any-return]

    @property
    def bar(self) -> VMobject:
        """The fraction's bar."""
        return self[1]  # type: ignore[no-any-return]

    @property
    def denominator(self) -> VMobject:
        """What it is differentiated by."""
        return self[2]  # type: ignore[no-any-return]


def bring_down_exponent(formula: Formula, base_start: str, exponent: str = "^2") -> Formula:
    """Make a power's exponent a factor in front of its base, as its derivative has it.

    Parameters
    ----------
    formula : Formula
        Changed in place. Its order of terms stays: only places and size change.
    base_start : str
        Name of the base's first term, such as an opening parenthesis.
    exponent : str, optional
        Name of the exponent.

    Returns
    -------
    Formula
        The same formula.
    """
    factor, base = formula[exponent], formula.part(base_start)
    factor.scale(_EXPONENT_TO_FACTOR)
    VGroup(base, formula.after(base_start)).shift((factor.width + _SMALL_BUFF) * RIGHT)
    factor.next_to(base, LEFT, _SMALL_BUFF)
    return formula


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

    def __init__(self, fraction: Derivative, right: Formula) -> None:
        equals = right["="]
        gap = fraction.get_right()[0] + _MED_SMALL_BUFF - equals.get_left()[0]
        right.shift(gap * RIGHT + (fraction.bar.get_y() - equals.get_y()) * UP)
        super().__init__(fraction, equals, right.after("="))

    @property
    def fraction(self) -> Derivative:
        """The left side."""
        return self[0]  # type: ignore[return-value]

    @property
    def equals(self) -> VMobject:
        """The equals sign."""
        return self[1]

    @property
    def value(self) -> VGroup:
        """The terms of the right side."""
        return self[2]  # type: ignore[return-value]


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

    def __init__(self, *chain: str, scale: float = 1.0) -> None:
        if len(chain) < 3:
            raise ValueError(f"a chain needs three quantities or more, not {len(chain)}: {chain}")
        self._chain = chain
        left = Derivative(chain[-1], chain[0])
        equals = Formula("=")
        factors = VGroup(*(Derivative(effect, cause) for cause, effect in pairwise(chain)))
        for before, part in pairwise([left, equals, *factors]):
            part.next_to(before, RIGHT, _MED_SMALL_BUFF)
        for fraction in (left, *factors):
            _level(fraction, equals)
        super().__init__(left, equals, factors)
        self.scale(scale)

    @property
    def chain(self) -> tuple[str, ...]:
        """TeX of the quantities, from the first cause to the last effect."""
        return self._chain

    @property
    def left(self) -> Derivative:
        """The left side."""
        return self[0]  # type: ignore[return-value]

    @property
    def equals(self) -> Formula:
        """The equals sign."""
        return self[1]  # type: ignore[return-value]

    @property
    def factors(self) -> VGroup:
        """The fractions of the right side, from cause to effect."""
        return self[2]  # type: ignore[return-value]

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
        fractions = self.factors.copy()
        column = VGroup(*reversed(fractions)).arrange(DOWN, buff=_MED_LARGE_BUFF)
        column.next_to(self.left, DOWN, _LARGE_BUFF)
        return VGroup(
            *(
                FactorEquation(fraction, right)  # type: ignore[arg-type]
                for fraction, right in zip(fractions, rights, strict=True)
            )
        )

    def product(self, equations: Sequence[FactorEquation]) -> VGroup:
        """Return the product of the equations' values, to the right of the rule.

        Returns
        -------
        VGroup
            An equals sign, and a copy of each value at its place in the product.
        """
        equals = Formula("=").next_to(self, RIGHT, _MED_SMALL_BUFF)
        equals.shift((self.equals.get_y() - equals.get_y()) * UP)
        result = VGroup(equals)
        for equation in equations:
            value = equation.value.copy()
            height = value.get_y() - equation.equals.get_y()
            buff = _MED_SMALL_BUFF if len(result) == 1 else _SMALL_BUFF
            value.next_to(result[-1], RIGHT, buff).set_y(equals.get_y() + height)
            result.add(value)
        return result

    def with_cause(self, cause: str) -> ChainRule:
        """Return the rule for another cause of the same effect, where this one stands.

        Left side and first factor are other fractions in the same places. Where they need more
        room, the left side goes to the left, and the other factors to the right. The equals
        sign stays.

        Parameters
        ----------
        cause : str
            TeX of the quantity that takes the first one's place.
        """
        rule = ChainRule(cause, *self.chain[1:])
        rule.scale(self.equals.width / rule.equals.width)
        rule.equals.move_to(self.equals)
        for fraction, old in zip(rule._fractions(), self._fractions(), strict=True):
            fraction.set_x(old.get_x())
            _level(fraction, rule.equals)
        first, *others = rule.factors
        start, end = rule.equals.get_right()[0], others[0].get_left()[0]
        missing = max(0.0, first.width + 2 * _TIGHT_BUFF - (end - start))
        VGroup(*others).shift(missing * RIGHT)
        first.set_x((start + end + missing) / 2)
        overlap = rule.left.get_right()[0] + _TIGHT_BUFF - rule.equals.get_left()[0]
        rule.left.shift(max(0.0, overlap) * LEFT)
        return rule

    def _fractions(self) -> list[Derivative]:
        return [self.left, *self.factors]


def _level(fraction: Derivative, equals: VMobject) -> None:
    """Put a fraction's bar at the height of an equals sign."""
    fraction.shift((equals.get_y() - fraction.bar.get_y()) * UP)
