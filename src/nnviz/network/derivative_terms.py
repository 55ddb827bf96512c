"""Parts of a chain of derivatives: named factors, and sums of their products."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

__all__ = ["EdgePlace", "Factor", "NeuronPlace", "Symbol", "Term", "Zero"]

_SUPERSCRIPTS = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
_SUBSCRIPTS = str.maketrans("0123456789k", "₀₁₂₃₄₅₆₇₈₉ₖ")


class NeuronPlace(NamedTuple):
    """A neuron: its layer, counted from the input, which is 0, and its number there."""

    layer: int
    unit: int


class EdgePlace(NamedTuple):
    """A weight: it leads from a neuron of a layer, the input being 0, to one of the next."""

    layer: int
    source: int
    unit: int


class Zero(NamedTuple):
    """Why a derivative is 0.

    Attributes
    ----------
    why
        The input or the neuron that the weight comes from is 0, a weight on the way is, a neuron's
        activation function is flat there, nothing that a neuron does changes the cost, or the cost
        is flat as the output is right.
    place
        Place of that neuron or weight.
    """

    why: Literal[
        "input_is_zero",
        "neuron_is_zero",
        "weight_is_zero",
        "neuron_is_flat",
        "neuron_has_no_effect",
        "output_is_right",
    ]
    place: NeuronPlace | EdgePlace


class Summed(int):
    """A neuron that stands for all that a sum runs over: its number is written k."""

    def __str__(self) -> str:
        return "k"


class Symbol(NamedTuple):
    """A quantity's name.

    Attributes
    ----------
    tex, text
        In TeX, and in plain characters.
    """

    tex: str
    text: str


@dataclass(frozen=True)
class Term:
    """A product of factors: one summand of a `Factor`."""

    factors: tuple[Factor, ...]
    #: The neuron that the term goes through.
    place: NeuronPlace

    def __deepcopy__(self, memo: dict[int, Any]) -> Term:
        return self

    @property
    def value(self) -> float:
        """The product."""
        return math.prod(factor.value for factor in self.factors)


@dataclass(frozen=True)
class Factor:
    """One partial derivative of a chain.

    Attributes
    ----------
    of, by
        What is differentiated, and by what.
    meaning
        What that is, such as a_3 or σ′(z_2); None where there is no more to say than its number.
    value
        Its number.
    place
        Where it belongs in the network.
    """

    of: Symbol
    by: Symbol
    meaning: Symbol | None
    value: float
    place: NeuronPlace | EdgePlace
    _sum: Sum | None = field(default=None, repr=False, compare=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Factor:
        return self

    @property
    def tex(self) -> str:
        r"""The derivative in TeX: ``\frac{\partial z}{\partial w}``."""
        return rf"\frac{{\partial {self.of.tex}}}{{\partial {self.by.tex}}}"

    @property
    def text(self) -> str:
        """The derivative in plain characters: ``∂z/∂w``."""
        return f"∂{self.of.text}/∂{self.by.text}"

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What it is the sum of, one term per neuron; empty where it is not a sum."""
        if self._sum is None:
            return ()
        return tuple(self._sum.term(k) for k in range(self._sum.n_terms))

    @property
    def summand(self) -> tuple[Factor, ...]:
        """The factors of its first term, their names with k for the neuron's number.

        Empty where it is not a sum.
        """
        return () if self._sum is None else self._sum.term(Summed(0)).factors


class Sum(NamedTuple):
    """A sum over neurons: how many there are, and a function that returns the term of each."""

    n_terms: int
    term: Callable[[int], Term]


def indexed(letter: str, layer: int | None, *units: int | None, comma: str = "") -> Symbol:
    """Name a quantity: a letter, its layer above, and below the neurons' numbers that matter."""
    below = comma.join(str(unit) for unit in units if unit is not None)
    above = "" if layer is None else f"({layer})"
    tex = letter + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return Symbol(tex, letter + below.translate(_SUBSCRIPTS) + above.translate(_SUPERSCRIPTS))
