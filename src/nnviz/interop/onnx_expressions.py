"""Activation functions that an ONNX graph writes out: ``x * sigmoid(x)`` for SiLU and the like.

An expression is brought into a normal form, a polynomial of x and of functions of such, and has to
be that of an activation function, term by term. No values are compared: functions that differ from
others only far away, or between two numbers, have another form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from nnviz.network import Activation, clamp, elu, get_activation, leaky_relu, softplus

if TYPE_CHECKING:
    from nnviz.interop.onnx_graph import Graph

__all__ = ["recognised"]

#: Limits of nodes, terms and letters of the form of an activation function.
MOST_NODES = 16
MOST_TERMS = 24
LONGEST_FORM = 500
#: Operators that alone are not an activation function, as a division by a constant.
POLYNOMIAL = ("Add", "Mul", "Neg", "Pow", "Sub")
#: Relative tolerance of numbers: constants in files are rounded to single precision.
NEAR = 1e-6
#: From here on a softplus counts as z: it differs by 2e-9.
SOFTPLUS_THRESHOLD = 20.0


class Atom(NamedTuple):
    """x, or a function of polynomials.

    Attributes
    ----------
    name : str
        Name of the function; "x" if it is none.
    arguments : tuple of Polynomial
        Its arguments.
    form : str
        Both as a text, without the coefficients inside.
    """

    name: str
    arguments: tuple[Polynomial, ...]
    form: str


Monomial = tuple[tuple[Atom, int], ...]


class Polynomial(NamedTuple):
    """Monomials with their coefficients, none of which is 0, in order."""

    terms: tuple[tuple[Monomial, float], ...]

    @property
    def number(self) -> float | None:
        """Its value if it is the same for every x."""
        if not self.terms:
            return 0.0
        ((monomial, number), *others) = self.terms
        return number if not others and not monomial else None


class _TooLongError(Exception):
    """An expression is longer than that of any activation function."""


def _made(terms: Mapping[Monomial, float]) -> Polynomial:
    kept = {monomial: number for monomial, number in terms.items() if number != 0}
    if len(kept) > MOST_TERMS:
        raise _TooLongError
    return Polynomial(tuple(sorted(kept.items(), key=lambda term: _order(term[0]))))


def _order(monomial: Monomial) -> str:
    """Return the sort key of a monomial: its form without the coefficients inside."""
    return " ".join(sorted(f"{atom.form}^{power}" for atom, power in monomial))


def _number(value: float) -> Polynomial:
    return _made({(): value})


def _of(name: str, *arguments: Polynomial) -> Polynomial:
    inside = (", ".join(_order(one) for one, _ in part.terms) for part in arguments)
    form = f"{name}({'; '.join(inside)})"
    if len(form) > LONGEST_FORM:
        raise _TooLongError
    return Polynomial(((((Atom(name, arguments, form), 1),), 1.0),))


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    terms = dict(a.terms)
    for monomial, number in b.terms:
        terms[monomial] = terms.get(monomial, 0.0) + number
    return _made(terms)


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    terms: dict[Monomial, float] = {}
    for one, first in a.terms:
        for other, second in b.terms:
            powers = dict(one)
            for atom, power in other:
                powers[atom] = powers.get(atom, 0) + power
            monomial = tuple(sorted(powers.items(), key=lambda pair: pair[0].form))
            terms[monomial] = terms.get(monomial, 0.0) + first * second
    return _made(terms)


def _times(a: Polynomial, number: float) -> Polynomial:
    return _product(a, _number(number))


def _quotient(a: Polynomial, b: Polynomial) -> Polynomial:
    if b.number:
        return _times(a, 1.0 / b.number)
    return _product(a, _of("inverse", b))


def _power(a: Polynomial, b: Polynomial) -> Polynomial:
    if b.number not in (2.0, 3.0):
        raise _TooLongError
    return _product(a, a) if b.number == 2.0 else _product(a, _product(a, a))


def _limited(a: Polynomial, low: float, high: float) -> Polynomial:
    return _of("clip", a, _number(low), _number(high))


def _larger(a: Polynomial, b: Polynomial) -> Polynomial:
    if b.number is None and a.number is not None:
        a, b = b, a
    if b.number is not None:
        return _limited(a, b.number, math.inf)
    return _of("max", *sorted((a, b), key=lambda one: [_order(term) for term, _ in one.terms]))


def _smaller(a: Polynomial, b: Polynomial) -> Polynomial:
    if b.number is None and a.number is not None:
        a, b = b, a
    if b.number is not None:
        return _limited(a, -math.inf, b.number)
    raise _TooLongError


def _hard_sigmoid(a: Polynomial, alpha: float = 0.2, beta: float = 0.5) -> Polynomial:
    """``clip(alpha z + beta, 0, 1)``, as ``alpha clip(z + beta / alpha, 0, 1 / alpha)``."""
    if alpha <= 0:
        raise _TooLongError
    moved = _sum(a, _number(beta / alpha))
    return _times(_limited(moved, 0.0, 1.0 / alpha), alpha)


#: Operators as functions of polynomials.
FUNCTIONS: dict[str, Callable[..., Polynomial]] = {
    "Abs": lambda a: _of("abs", a),
    "Add": _sum,
    "Div": _quotient,
    "Erf": lambda a: _of("erf", a),
    "Exp": lambda a: _of("exp", a),
    "Greater": lambda a, b: _of("greater", a, b),
    "HardSigmoid": _hard_sigmoid,
    "Less": lambda a, b: _of("greater", b, a),
    "Log": lambda a: _of("log", a),
    "Max": _larger,
    "Min": _smaller,
    "Mul": _product,
    "Neg": lambda a: _times(a, -1.0),
    "Pow": _power,
    "Reciprocal": lambda a: _quotient(_number(1.0), a),
    "Relu": lambda a: _limited(a, 0.0, math.inf),
    "Sigmoid": lambda a: _of("sigmoid", a),
    "Softplus": lambda a: _of("softplus", a),
    "Sub": lambda a, b: _sum(a, _times(b, -1.0)),
    "Tanh": lambda a: _of("tanh", a),
    "Where": lambda condition, a, b: _of("where", condition, a, b),
}

_X = _of("x")
_ONE = _number(1.0)
_HALF_X = _times(_X, 0.5)
_EXP_MINUS = _of("exp", _times(_X, -1.0))
_SOFTPLUS = _of("log", _sum(_of("exp", _X), _ONE))
_ABOVE_0 = _of("greater", _X, _number(0.0))
_CUBIC = _sum(_X, _times(_product(_X, _product(_X, _X)), 0.044715))

#: The forms of activation functions.
FORMS: list[tuple[Polynomial, str]] = [
    (_product(_HALF_X, _sum(_of("erf", _times(_X, 0.5**0.5)), _ONE)), "gelu"),
    (
        _product(_HALF_X, _sum(_of("tanh", _times(_CUBIC, (2 / math.pi) ** 0.5)), _ONE)),
        "gelu-tanh",
    ),
    (_product(_X, _of("sigmoid", _X)), "silu"),
    (_quotient(_X, _sum(_EXP_MINUS, _ONE)), "silu"),
    (_quotient(_ONE, _sum(_EXP_MINUS, _ONE)), "sigmoid"),
    (_SOFTPLUS, "softplus"),
    (_product(_X, _of("tanh", _of("softplus", _X))), "mish"),
    (_product(_X, _of("tanh", _SOFTPLUS)), "mish"),
    (_hard_sigmoid(_X, 1 / 6, 0.5), "hardsigmoid"),
    (_product(_X, _hard_sigmoid(_X, 1 / 6, 0.5)), "hardswish"),
    (_quotient(_X, _sum(_of("abs", _X), _ONE)), "softsign"),
    (_of("where", _ABOVE_0, _X, _number(0.0)), "relu"),
]


def recognised(graph: Graph, output: str) -> tuple[str, Activation] | None:
    """Find the activation function that the nodes before a tensor spell out.

    They are followed back to the one tensor that all depend on.

    Returns
    -------
    tuple of str and Activation, or None
        Name of that tensor, and the activation function. None if they are not such.
    """
    node = graph.producer(output)
    if node.op_type not in ("Add", "Div", "Log", "Max", "Mul", "Reciprocal", "Where"):
        return None
    inner: list[str] = []
    is_polynomial = True
    front = {output}
    while len(inner) < MOST_NODES:
        at = max(front, key=graph.index)
        if graph.index(at) < 0:
            return None
        node = graph.producer(at)
        if not _is_pointwise(graph, node) or at != node.output[0]:
            return None
        inner.append(at)
        is_polynomial = is_polynomial and _is_polynomial(graph, node)
        front = (front - {at}) | set(graph.live(node))
        if len(front) == 1 and not is_polynomial:
            (source,) = front
            try:
                form = _form_of(graph, inner, source)
            except (_TooLongError, TypeError):  # Or options that these functions do not have.
                return None
            found = _activation(form)
            if found is not None:
                return source, found
        if not front:
            return None
    return None


def _is_pointwise(graph: Graph, node: Any) -> bool:
    """Return whether a node computes each number by itself, with constants of one number."""
    return (
        node.domain in ("", "ai.onnx")
        and (node.op_type in FUNCTIONS or node.op_type == "Clip")
        and all(
            math.prod(graph.shape(name)) == 1
            for name in node.input
            if name and graph.is_constant(name)
        )
    )


def _is_polynomial(graph: Graph, node: Any) -> bool:
    """Return whether a node gives a polynomial of its inputs."""
    return node.op_type in POLYNOMIAL or (
        node.op_type == "Div" and graph.is_constant(node.input[-1])
    )


def _form_of(graph: Graph, inner: list[str], source: str) -> Polynomial:
    values = {source: _X}
    for name in reversed(inner):
        node = graph.producer(name)
        parts = [
            values[part] if part in values else _number(float(graph.constant(part).ravel()[0]))
            for part in node.input
            if part
        ]
        options = graph.attributes(node)
        if node.op_type == "Clip":
            values[name] = _clipped(parts, node, options)
        elif node.op_type in ("Max", "Min") and len(parts) != 2:
            raise _TooLongError
        else:
            values[name] = FUNCTIONS[node.op_type](*parts, **options)
    return values[inner[0]]


def _clipped(parts: list[Polynomial], node: Any, options: Mapping[str, float]) -> Polynomial:
    limits = [options.get("min", -math.inf), options.get("max", math.inf)]
    given = iter(parts[1:])
    for k, name in enumerate(node.input[1:3]):
        if name:
            number = next(given).number
            if number is None:
                raise _TooLongError
            limits[k] = number
    return _limited(parts[0], limits[0], limits[1])


def _activation(form: Polynomial) -> Activation | None:
    for known, name in FORMS:
        if _agrees(form, known):
            return get_activation(name)
    return _with_number(form)


def _with_number(form: Polynomial) -> Activation | None:
    """Return a leaky ReLU, an ELU, a clamp, or a softplus with a threshold."""
    if len(form.terms) != 1:
        return None
    ((monomial, factor),) = form.terms
    if len(monomial) == 1 and monomial[0][1] == 1:
        beta = _softplus_beta(monomial[0][0], factor)
        if beta is not None:
            return softplus(beta)
    if factor != 1.0 or len(monomial) != 1 or monomial[0][1] != 1:
        return None
    name, arguments, _ = monomial[0][0]
    if name == "max":
        slopes = [slope for slope in map(_slope, arguments) if slope is not None]
        if len(slopes) == 2 and max(slopes) == 1.0 > min(slopes):
            return leaky_relu(min(slopes))
    if name == "where" and _agrees(arguments[0], _ABOVE_0) and arguments[1] == _X:
        slope = _slope(arguments[2])
        if slope is not None and slope != 1.0:
            return leaky_relu(slope)
        return _elu(arguments[2])
    if name == "where" and arguments[1] == _X and len(arguments[2].terms) == 1:
        ((monomial, factor),) = arguments[2].terms
        beta = _softplus_beta(monomial[0][0], factor) if len(monomial) == 1 else None
        if beta is not None and monomial[0][1] == 1 and _is_far(arguments[0], beta):
            return softplus(beta)
    if name == "clip" and arguments[0] == _X:
        low, high = arguments[1].number, arguments[2].number
        if low is not None and high is not None and low < high:
            return get_activation("relu") if (low, high) == (0.0, math.inf) else clamp(low, high)
    return None


def _slope(form: Polynomial) -> float | None:
    """Return c, if the form is c x."""
    if len(form.terms) == 1 and form.terms[0][0] == _X.terms[0][0]:
        return float(f"{form.terms[0][1]:.7g}")
    return None


def _elu(below: Polynomial) -> Activation | None:
    """Return an ELU, if what it is below 0 is alpha (exp(x) - 1)."""
    alpha = -dict(below.terms).get((), 0.0)
    if alpha > 0 and _agrees(below, _times(_sum(_of("exp", _X), _number(-1.0)), alpha)):
        return elu(float(f"{alpha:.7g}"))
    return None


def _softplus_beta(atom: Atom, factor: float) -> float | None:
    """Return beta, if a factor times a function is ``softplus(beta x) / beta``."""
    beta = _slope(atom.arguments[0]) if atom.name == "softplus" else None
    near = beta is not None and beta > 0 and math.isclose(factor * beta, 1.0, rel_tol=NEAR)
    return beta if near else None


def _is_far(condition: Polynomial, beta: float) -> bool:
    """Return whether a condition is beta x > c, with c so large that a softplus is x there."""
    if len(condition.terms) != 1 or len(condition.terms[0][0]) != 1:
        return False
    (((atom, power),), factor) = condition.terms[0]
    if atom.name != "greater" or (power, factor) != (1, 1.0):
        return False
    slope, number = _slope(atom.arguments[0]), atom.arguments[1].number
    if slope is None or slope <= 0 or number is None:
        return False
    return number / slope * beta >= SOFTPLUS_THRESHOLD * (1 - NEAR)


def _agrees(a: Polynomial, b: Polynomial) -> bool:
    """Return whether two forms are the same but for the rounding of their numbers."""
    if len(a.terms) != len(b.terms):
        return False
    for (one, first), (other, second) in zip(a.terms, b.terms, strict=True):
        if not math.isclose(first, second, rel_tol=NEAR) or len(one) != len(other):
            return False
        for (atom, power), (known, expected) in zip(one, other, strict=True):
            if (atom.name, power) != (known.name, expected):
                return False
            if len(atom.arguments) != len(known.arguments) or not all(
                map(_agrees, atom.arguments, known.arguments)
            ):
                return False
    return True
