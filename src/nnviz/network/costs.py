"""Cost functions: each a pair of functions, looked up by name in `COSTS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.network._checks import look_up
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import Activation

__all__ = ["COSTS", "Cost", "CostForm", "get_cost"]


@dataclass(frozen=True)
class CostForm:
    """A cost as functions of an output layer's weighted inputs z, activations a and targets y.

    All take one example, shape (n,), or batches, (batch, n).

    Attributes
    ----------
    function
        ``function(z, a, y) -> C``, one cost an example, shape () or (batch,).
    gradient
        ``gradient(a, y) -> dC/da``, shaped like a.
    error
        ``error(z, a, y) -> dC/dz``, shaped like z, where going through dC/da would lose digits
        because the activation saturates. None: the activation's pullback of `gradient`.
    """

    function: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    gradient: Callable[[FloatArray, FloatArray], FloatArray]
    error: Callable[[FloatArray, FloatArray, FloatArray], FloatArray] | None = None


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
        """Whether the cost is defined for outputs of this activation function."""
        return self.form is not None or activation.name in self.forms

    def form_for(self, activation: Activation) -> CostForm:
        """Choose the cost's form for outputs of this activation function.

        Raises
        ------
        NetworkError
            If the cost is not defined there.
        """
        form = self.forms.get(activation.name, self.form)
        if form is None:
            raise NetworkError(
                f"the cost {self.name} is not defined for {activation.name} outputs, "
                f"only for {' and '.join(self.forms)}"
            )
        return form

    def error_for(
        self, activation: Activation
    ) -> Callable[[FloatArray, FloatArray, FloatArray], FloatArray]:
        """Return ``error(z, a, y) -> dC/dz`` for outputs of this activation function."""
        form = self.form_for(activation)
        if form.error is not None:
            return form.error
        gradient, pullback = form.gradient, activation.pullback
        return lambda z, a, y: pullback(z, a, gradient(a, y))


def _quadratic(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """C_0 = sum over j of (a_j - y_j)^2: no factor 1/2, so that its derivative is 2(a - y)."""
    total: FloatArray = np.square(a - y).sum(axis=-1)
    return total


def _quadratic_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = 2 (a_j - y_j)."""
    return 2.0 * (a - y)


def _sigmoid_cross_entropy(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """-y ln s(z) - (1 - y) ln(1 - s(z)) = ln(1 + e^z) - y z, summed over the outputs."""
    with np.errstate(under="ignore"):
        total: FloatArray = (np.logaddexp(0.0, z) - y * z).sum(axis=-1)
    return total


def _sigmoid_cross_entropy_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = (1 - y_j) / (1 - a_j) - y_j / a_j, a term with numerator 0 being 0."""
    with np.errstate(divide="ignore"):
        miss: FloatArray = np.divide(1.0 - y, 1.0 - a, out=np.zeros_like(a), where=y != 1)
        hit: FloatArray = np.divide(y, a, out=np.zeros_like(a), where=y != 0)
    gradient: FloatArray = miss - hit
    return gradient


def _sigmoid_cross_entropy_error(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """s'(z) = a (1 - a) cancels the denominators of the gradient; a - y is left."""
    return a - y


def _softmax_cross_entropy(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """-sum over j of y_j ln a_j, with ln a_j = z_j - ln(sum of e^z)."""
    shifted = z - z.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore"):
        log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    total: FloatArray = (y * (log_total - shifted)).sum(axis=-1)
    return total


def _softmax_cross_entropy_gradient(a: FloatArray, y: FloatArray) -> FloatArray:
    """dC_0/da_j = -y_j / a_j, 0 where y_j is."""
    with np.errstate(divide="ignore"):
        hit: FloatArray = np.divide(y, a, out=np.zeros_like(a), where=y != 0)
    return -hit


def _softmax_cross_entropy_error(z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
    """sum(y) a - y, which is a - y where the desired outputs sum to 1."""
    error: FloatArray = a * y.sum(axis=-1, keepdims=True) - y
    return error


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
    )
}
"""Every cost function by name. Adding one here is all it takes to use and test it.

``quadratic`` is C_0 = sum (a - y)^2 with derivative 2(a - y), as in the chapter: no factor 1/2.
``cross-entropy`` is -sum y ln a + (1 - y) ln(1 - a) for sigmoid outputs, -sum y ln a for softmax.
"""


def get_cost(cost: str | Cost) -> Cost:
    """Look a cost function up by name; a `Cost` is returned as it is.

    Raises
    ------
    NetworkError
        If there is none of that name.
    """
    return cost if isinstance(cost, Cost) else look_up(cost, COSTS, "cost function")
