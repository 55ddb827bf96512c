"""Cost functions: each a pair of functions, looked up by name in `COSTS`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.network._checks import look_up
from nnviz.network._families import With, family_name, numbers_in
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import Activation

__all__ = ["COSTS", "Cost", "CostForm", "get_cost", "huber"]

Function = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
Slope = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class CostForm:
    """A cost as functions of an output node's weighted inputs z, activations a and targets y.

    All take batches, shape (batch, ...).

    Attributes
    ----------
    function
        ``function(z, a, y) -> C``, one cost an example, shape (batch,).
    gradient
        ``gradient(a, y) -> dC/da``, shaped like a.
    error
        ``error(z, a, y) -> dC/dz``, shaped like z, where going through dC/da would lose digits
        because the activation saturates. None: the activation's pullback of `gradient`.
    """

    function: Function
    gradient: Slope
    error: Function | None = None

    def along(self, axis: int) -> "CostForm":
        """Return the form for outputs whose classes lie along another axis than the last."""
        function, gradient, error = self.function, self.gradient, self.error

        def last(*arrays: FloatArray) -> list[FloatArray]:
            return [np.moveaxis(array, axis, -1) for array in arrays]

        return CostForm(
            lambda z, a, y: function(*last(z, a, y)),
            lambda a, y: np.moveaxis(gradient(*last(a, y)), -1, axis),
            None if error is None else lambda z, a, y: np.moveaxis(error(*last(z, a, y)), -1, axis),
        )


@dataclass(frozen=True)
class Cost:
    """The cost of one example and its gradient.

    Attributes
    ----------
    name
        Key in `COSTS`, and what a saved network stores.
    form
        The cost whatever the output activation is; None if it is defined for those in `forms` only.
    forms
        By the output activation's name: what to use there instead of `form`.
    """

    name: str
    form: CostForm | None
    forms: Mapping[str, CostForm] = field(default_factory=dict, hash=False)

    def accepts(self, activation: Activation) -> bool:
        """Return whether the cost is defined for outputs of this activation function."""
        return self.form is not None or _family(activation) in self.forms

    def form_for(self, activation: Activation) -> CostForm:
        """Choose the cost's form for outputs of this activation function.

        Raises
        ------
        NetworkError
            If the cost is not defined there.
        """
        form = self.forms.get(_family(activation), self.form)
        if form is None:
            raise NetworkError(
                f"the cost {self.name} is not defined for {activation.name} outputs, "
                f"only for {' and '.join(self.forms)}"
            )
        if activation.axis not in (None, -1) and form is not self.form:
            return form.along(activation.axis)
        return form

    def error_for(self, activation: Activation) -> Function:
        """Return ``error(z, a, y) -> dC/dz`` for outputs of this activation function."""
        form = self.form_for(activation)
        if form.error is not None:
            return form.error
        gradient, pullback = form.gradient, activation.pullback
        return lambda z, a, y: pullback(z, a, gradient(a, y))


def _family(activation: Activation) -> str:
    """Return the name by which a cost knows an activation: softmax, whatever its axis."""
    return activation.name if activation.axis is None else "softmax"


def _total(each: FloatArray) -> FloatArray:
    """Sum the outputs of every example, shape (batch,)."""
    total: FloatArray = each.reshape(len(each), -1).sum(axis=-1)
    return total


def _mean(each: FloatArray) -> FloatArray:
    """Return the mean over the outputs of every example, shape (batch,)."""
    mean: FloatArray = each.reshape(len(each), -1).mean(axis=-1)
    return mean


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide; where the numerator is 0, so is the ratio."""
    with np.errstate(divide="ignore"):
        ratio: FloatArray = np.divide(above, below, out=np.zeros_like(below), where=above != 0)
    return ratio


def _n_outputs(a: FloatArray) -> int:
    return math.prod(a.shape[1:])


def _quadratic(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """C_0 = sum over j of (a_j - y_j)^2: no factor 1/2, so that its derivative is 2(a - y)."""
    return _total(np.square(a - y))


def _quadratic_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = 2 (a_j - y_j)."""
    return 2.0 * (a - y)


def _mean_squared(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    return _mean(np.square(a - y))


def _mean_squared_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    return (2.0 / _n_outputs(a)) * (a - y)


def _absolute(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    return _mean(np.abs(a - y))


def _absolute_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    # The derivative at the corner is taken as 0, as is usual.
    slope: FloatArray = np.sign(a - y) / _n_outputs(a)
    return slope


def _huber(z: FloatArray, a: FloatArray, y: FloatArray, delta: float) -> FloatArray:
    gap = np.abs(a - y)
    return _mean(np.where(gap <= delta, 0.5 * gap * gap, delta * (gap - 0.5 * delta)))


def _huber_gradient(a: FloatArray, y: FloatArray, delta: float) -> FloatArray:
    slope: FloatArray = np.clip(a - y, -delta, delta) / _n_outputs(a)
    return slope


def _yes_or_no(z: FloatArray, y: FloatArray) -> FloatArray:
    """-y ln s(z) - (1 - y) ln(1 - s(z)) = ln(1 + e^z) - y z, of every output."""
    with np.errstate(under="ignore"):
        each: FloatArray = np.logaddexp(0.0, z) - y * z
    return each


def _sigmoid_cross_entropy(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """-y ln s(z) - (1 - y) ln(1 - s(z)), summed over the outputs."""
    return _total(_yes_or_no(z, y))


def _sigmoid_cross_entropy_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = (1 - y_j) / (1 - a_j) - y_j / a_j, a term with numerator 0 being 0."""
    return _ratio(1.0 - y, 1.0 - a) - _ratio(y, a)


def _sigmoid_cross_entropy_error(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """s'(z) = a (1 - a) cancels the denominators of the gradient; a - y is left."""
    return a - y


def _binary(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    return _mean(_yes_or_no(z, y))


def _binary_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    return _sigmoid_cross_entropy_gradient(a, y) / _n_outputs(a)


def _binary_error(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    return (a - y) / _n_outputs(a)


def _softmax_cross_entropy(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """-sum over j of y_j ln a_j, with ln a_j = z_j - ln(sum of e^z): the mean over positions."""
    shifted = z - z.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore"):
        log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    each: FloatArray = (y * (log_total - shifted)).sum(axis=-1)
    return each if each.ndim == 1 else _total(each) / _that_count(y)


def _softmax_cross_entropy_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = -y_j / a_j, 0 where y_j is."""
    return -_over_positions(_ratio(y, a), y)


def _softmax_cross_entropy_error(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """sum(y) a - y, which is a - y where the desired outputs sum to 1."""
    error: FloatArray = a * y.sum(axis=-1, keepdims=True) - y
    return _over_positions(error, y)


def _that_count(y: FloatArray) -> FloatArray:
    """Return in how many positions of every example something is desired, at least 1."""
    counts: FloatArray = (y != 0).any(axis=-1).reshape(len(y), -1).sum(axis=-1)
    return np.maximum(counts, 1.0)


def _over_positions(values: FloatArray, y: FloatArray) -> FloatArray:
    if values.ndim == 2:
        return values
    return values / _that_count(y).reshape(-1, *(1,) * (values.ndim - 1))


def huber(delta: float = 1.0) -> Cost:
    """Make the cost that is quadratic up to delta, and linear beyond it: ``huber(delta)``.

    The mean over the outputs of ``(a - y)^2 / 2`` where that gap is at most delta, and of
    ``delta (|a - y| - delta / 2)`` beyond (P. Huber, "Robust Estimation of a Location Parameter",
    1964).

    Parameters
    ----------
    delta : float, optional
        Above 0.
    """
    name = family_name("huber", (delta, 1.0))
    if not delta > 0:
        raise NetworkError(f"delta must be above 0, not {delta}")
    return Cost(name, CostForm(With(_huber, delta=delta), With(_huber_gradient, delta=delta)))


COSTS: dict[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("quadratic", CostForm(_quadratic, _quadratic_gradient)),
        # With softmax the outputs are one distribution, and the terms in 1 - y are left out; with
        # sigmoid each output is a yes or no of its own. Other outputs have no logarithm.
        Cost(
            "cross-entropy",
            None,
            {
                "sigmoid": CostForm(
                    _sigmoid_cross_entropy,
                    _sigmoid_cross_entropy_gradient,
                    _sigmoid_cross_entropy_error,
                ),
                "softmax": CostForm(
                    _softmax_cross_entropy,
                    _softmax_cross_entropy_gradient,
                    _softmax_cross_entropy_error,
                ),
            },
        ),
        Cost("mean-squared", CostForm(_mean_squared, _mean_squared_gradient)),
        Cost("absolute", CostForm(_absolute, _absolute_gradient)),
        huber(),
        Cost(
            "binary-cross-entropy",
            None,
            {"sigmoid": CostForm(_binary, _binary_gradient, _binary_error)},
        ),
    )
}
"""Every cost function by name. Adding one here is all it takes to use and test it.

========================  ==========================================================================
``quadratic``             sum (a - y)^2 over the outputs, with derivative 2(a - y), as in the
                          chapter: no factor 1/2.
``cross-entropy``         -sum y ln a + (1 - y) ln(1 - a) for sigmoid outputs. For softmax outputs
                          -sum y ln a over the classes, and the mean over positions, of which those
                          do not count where all y are 0.
``mean-squared``          The mean of (a - y)^2 over the outputs.
``absolute``              The mean of abs(a - y) over the outputs.
``huber``                 See `huber`; ``huber(0.5)`` is that with another delta.
``binary-cross-entropy``  The mean of -y ln a - (1 - y) ln(1 - a) over sigmoid outputs, as for every
                          pixel of an image.
========================  ==========================================================================
"""


def get_cost(cost: str | Cost) -> Cost:
    """Look a cost function up by name; a `Cost` is returned as it is.

    Raises
    ------
    NetworkError
        If there is none of that name.
    """
    if isinstance(cost, Cost):
        return cost
    parts = numbers_in(cost)
    if parts is not None and parts[0] == "huber" and len(parts[1]) == 1:
        return huber(*parts[1])
    return look_up(cost, COSTS, "cost function")
