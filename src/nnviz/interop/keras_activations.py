"""Activation functions of Keras, by name, as layers and as operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_config import Config
from nnviz.network import Activation, clamp, elu, get_activation, leaky_relu

__all__ = ["ACTIVATIONS", "ACTIVATION_LAYERS", "ACTIVATION_OPERATIONS", "elementwise"]

#: Pointwise functions: Keras's names, and ours.
ACTIVATIONS: dict[str, str] = {
    "celu": "elu",
    "elu": "elu",
    "exponential": "exp",
    "gelu": "gelu",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "hard_tanh": "clamp",
    "leaky_relu": "leaky-relu(0.2)",
    "linear": "identity",
    "mish": "mish",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "sin": "sin",
    "softplus": "softplus",
    "softsign": "softsign",
    "swish": "silu",
    "tanh": "tanh",
}
#: Functions along the last axis, which are layers of their own where that is not the only one.
ALONG_AXIS = ("softmax", "log_softmax")


def elementwise(spec: Any, version: str = "") -> Activation | None:
    """Return an activation function; None for a softmax or its logarithm.

    Parameters
    ----------
    spec : object
        As a configuration has it: None, a name, or the description of a layer or a function.
    version : str, optional
        Version of the Keras that wrote it.

    Raises
    ------
    UnsupportedModelError
        If the function is not supported.
    """
    name = "linear" if spec is None else spec
    if isinstance(spec, Mapping):
        module = str(spec.get("module") or "keras").partition(".")[0]
        if spec.get("class_name") in ACTIVATION_LAYERS and module in ("keras", "tf_keras"):
            return ACTIVATION_LAYERS[str(spec["class_name"])](spec["config"])
        if spec.get("class_name") == "function" and module in ("builtins", "keras"):
            name = spec["config"]
    if isinstance(name, str) and name in ALONG_AXIS:
        return None
    if name == "hard_sigmoid" and version.startswith("2"):
        raise UnsupportedModelError(
            "the hard_sigmoid of Keras 2, min(max(z / 5 + 1/2, 0), 1), is not supported"
        )
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise UnsupportedModelError(
            f"the activation {spec!r} is not supported; supported are "
            f"{', '.join(sorted([*ACTIVATIONS, *ALONG_AXIS]))}"
        )
    return get_activation(ACTIVATIONS[name])


def _limit(value: Any, none: float) -> float:
    return none if value is None else float(value)


def _relu(config: Config) -> Activation:
    slope = _limit(config.get("negative_slope"), 0.0)
    high = _limit(config.get("max_value"), np.inf)
    if config.get("threshold") or (slope and high != np.inf):
        raise UnsupportedModelError(
            "a ReLU with a threshold, or with both max_value and negative_slope, is not supported"
        )
    if slope:
        return leaky_relu(slope)
    return get_activation({np.inf: "relu", 6.0: "relu6"}.get(high) or clamp(0.0, high))


def _leaky_relu(config: Config) -> Activation:
    numbers = [config[name] for name in ("negative_slope", "alpha") if name in config]
    if len(numbers) != 1:
        raise UnsupportedModelError("its negative_slope is missing")
    return leaky_relu(float(numbers[0]))


def _gelu(config: Config) -> Activation:
    return get_activation("gelu-tanh" if config["approximate"] else "gelu")


#: Layers that are only an activation function, as functions of their options.
ACTIVATION_LAYERS: dict[str, Callable[[Config], Activation]] = {
    "ELU": lambda config: elu(float(config["alpha"])),
    "LeakyReLU": _leaky_relu,
    "ReLU": _relu,
}


def _named(name: str) -> Callable[[Config], Activation]:
    return lambda config: get_activation(name)


#: Activation functions of keras.ops, as functions of their options.
ACTIVATION_OPERATIONS: dict[str, Callable[[Config], Activation]] = {
    "Celu": lambda config: elu(1.0) if config["alpha"] == 1 else _no_alpha(config),
    "Clip": lambda config: clamp(_limit(config["x_min"], -np.inf), _limit(config["x_max"], np.inf)),
    "Elu": lambda config: elu(float(config["alpha"])),
    "Exp": _named("exp"),
    "Gelu": _gelu,
    "HardSigmoid": _named("hardsigmoid"),
    "HardSilu": _named("hardswish"),
    "HardTanh": _named("clamp"),
    "LeakyRelu": _leaky_relu,
    "Relu": _named("relu"),
    "Relu6": _named("relu6"),
    "Selu": _named("selu"),
    "Sigmoid": _named("sigmoid"),
    "Silu": _named("silu"),
    "Sin": _named("sin"),
    "Softplus": _named("softplus"),
    "Softsign": _named("softsign"),
    "Tanh": _named("tanh"),
}


def _no_alpha(config: Config) -> Activation:
    raise UnsupportedModelError(
        f"celu with alpha {config['alpha']} is not supported; supported is 1"
    )
