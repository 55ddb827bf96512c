"""What the chapter does with a chain rule: its product of values, and another cause."""

from collections.abc import Sequence

from manim import LEFT, MED_SMALL_BUFF, RIGHT, SMALL_BUFF, VGroup

from nnviz.mobjects.equations.chain_rule import ChainRule, FactorEquation
from nnviz.mobjects.equations.equation_parts import put_level
from nnviz.mobjects.equations.formula import Formula

#: Fractions do not come nearer to their neighbours than this.
_TIGHT_BUFF = 0.15
#: An exponent is set this much smaller than a factor.
_EXPONENT_TO_FACTOR = 1.5


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
    VGroup(base, formula.after(base_start)).shift((factor.width + SMALL_BUFF) * RIGHT)
    factor.next_to(base, LEFT, SMALL_BUFF)
    return formula


def product_of(rule: ChainRule, equations: Sequence[FactorEquation]) -> VGroup:
    """Return the product of the equations' values, to the right of a rule.

    Returns
    -------
    VGroup
        An equals sign, and a copy of each value at its place in the product.
    """
    equals = Formula("=").next_to(rule, RIGHT, MED_SMALL_BUFF)
    put_level(equals, rule.equals)
    result = VGroup(equals)
    for equation in equations:
        value = equation.value.copy()
        height = value.get_y() - equation.equals.get_y()
        buff = MED_SMALL_BUFF if len(result) == 1 else SMALL_BUFF
        value.next_to(result[-1], RIGHT, buff).set_y(equals.get_y() + height)
        result.add(value)
    return result


def with_cause(rule: ChainRule, cause: str) -> ChainRule:
    """Return the rule for another cause of the same effect, where a rule stands.

    Left side and first factor are other fractions in the same places. Where they need more room,
    the left side goes to the left, and the other factors to the right. The equals sign stays.

    Parameters
    ----------
    rule : ChainRule
        The rule, which stays as it is.
    cause : str
        TeX of the quantity that takes the first one's place.
    """
    other = ChainRule(cause, *rule.chain[1:])
    other.scale(rule.equals.width / other.equals.width)
    other.equals.move_to(rule.equals)
    for fraction, old in zip((other.left, *other.factors), (rule.left, *rule.factors), strict=True):
        fraction.set_x(old.get_x())
        put_level(fraction, other.equals)
    first, *others = other.factors
    start, end = other.equals.get_right()[0], others[0].get_left()[0]
    missing = max(0.0, first.width + 2 * _TIGHT_BUFF - (end - start))
    VGroup(*others).shift(missing * RIGHT)
    first.set_x((start + end + missing) / 2)
    overlap = other.left.get_right()[0] + _TIGHT_BUFF - other.equals.get_left()[0]
    other.left.shift(max(0.0, overlap) * LEFT)
    return other
