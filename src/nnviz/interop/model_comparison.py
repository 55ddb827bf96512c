"""Compare a network with the model it was read from; the errors of reading."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.limits import Budget
from nnviz.network import Network, NetworkError, NetworkLimitError
from nnviz.network.workload import forward_work

__all__ = [
    "ROUNDING",
    "ModelMismatchError",
    "UnsupportedModelError",
    "check_not_transposed",
    "check_outputs",
    "drawn_inputs",
    "require",
]

#: Examples to compare with the framework.
EXAMPLES = 2
#: Largest gap that rounding explains, relative to the largest output, by the outputs' type.
ROUNDING = {"float64": 1e-9, "float32": 1e-4}


class UnsupportedModelError(NetworkError):
    """A model, or a part of it, is not supported. The text says which part."""


class ModelMismatchError(NetworkError):
    """A network computes something else than its model. The text says how large the gap is."""


def require(module: str, extra: str) -> Any:
    """Import a module of a framework; the error says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"from_{extra} needs {module.partition('.')[0]}, which cannot be imported ({error}): "
            f"pip install 'manim-nnviz[{extra}]'"
        ) from error


def check_outputs(
    network: Network,
    run: Callable[[Any], npt.ArrayLike],
    model: str,
    rounding: float | None = None,
    x: Any = None,
    budget: Budget | None = None,
) -> float:
    """Compare a network with the model it was read from, on random inputs.

    Parameters
    ----------
    network : Network
        As it was read.
    run : callable
        Function that computes the model's outputs for a batch shaped like the network's.
    model : str
        Name of the model in messages.
    rounding : float, optional
        Largest gap that rounding explains, relative to the largest output. By the type of the
        model's outputs if None.
    x : object, optional
        The batch to compare on; drawn by `drawn_inputs` if None.
    budget : Budget, optional
        Budget of computing the network's outputs; the default limits if None.

    Returns
    -------
    float
        The gap: the largest difference, divided by the largest output.

    Raises
    ------
    ModelMismatchError
        If the gap is more than rounding.
    NetworkLimitError
        If comparing would cost more than allowed; then nothing is computed.
    """
    if budget is None:
        budget = Budget(error=NetworkLimitError, is_timed=False)
    work, what = forward_work(network.graph, EXAMPLES), f"comparing the network with {model}"
    try:
        budget.spend(work.seconds, 8 * work.numbers, what)
        x = drawn_inputs(network) if x is None else x
        outputs = np.asarray(run(x))
    except NetworkLimitError as error:
        raise NetworkLimitError(f"{error}, or skip the comparison with check=False") from None
    ours = np.asarray(network.feedforward(x))
    if outputs.size != ours.size:
        raise ModelMismatchError(
            f"the outputs of {model} have shape {outputs.shape}, those of the network read from "
            f"it {ours.shape}"
        )
    theirs = outputs.astype(np.float64).reshape(ours.shape)
    gap = float(np.abs(ours - theirs).max() / (np.abs(theirs).max() or 1.0))
    allowed = ROUNDING.get(outputs.dtype.name, 1e-2) if rounding is None else rounding
    if not gap <= allowed:
        raise ModelMismatchError(
            f"the network read from {model} computes something else: on a random input its "
            f"outputs differ by {gap:.2g} of the largest output; rounding explains {allowed:.0e}. "
            "To get the network without this check, give check=False"
        )
    return gap


def drawn_inputs(network: Network) -> Any:
    """Draw a batch to compare with: numbers, or integers below their limit; by name if several."""
    rng = np.random.RandomState(0)
    batches = {}
    for name, shape in network.inputs.items():
        limit = network.graph.integer_inputs.get(name)
        if limit is not None:
            batches[name] = rng.randint(0, limit, (EXAMPLES, *shape))
            continue
        x = rng.randn(EXAMPLES, *shape)
        x[1:] *= (
            0.1  # Because the first may saturate a sigmoid or softmax, which hides differences.
        )
        # What every framework can be given as it is.
        batches[name] = x.astype(np.float32).astype(np.float64)
    return batches if len(batches) > 1 else next(iter(batches.values()))


def check_not_transposed(weights: tuple[int, ...], inputs: tuple[int, ...]) -> None:
    """Raise an error for weights that would fit if they were transposed."""
    if inputs != weights[1:] and inputs == weights[:1]:
        raise UnsupportedModelError(
            f"weights look transposed: their shape as (n_out, n_in) is {weights}, and the inputs "
            f"have shape {inputs}"
        )
