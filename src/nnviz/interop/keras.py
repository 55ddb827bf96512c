"""Models of Keras, alive or from a file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError, check_outputs
from nnviz.interop.keras_archive import KerasFile, open_keras_file
from nnviz.interop.keras_chain import layers_in_order
from nnviz.network import (
    Activation,
    AveragePool2D,
    BatchNorm,
    Dropout,
    MaxPool2D,
    Network,
    elu,
    leaky_relu,
)

__all__ = ["from_keras"]

Arrays = Sequence[npt.NDArray[np.float64]]
Config = Mapping[str, Any]


def from_keras(model_or_path: Any, *, check: bool = True) -> Network:
    """Read a model of Keras: a ``Sequential``, or a functional one that is a chain.

    Keras has images as (height, width, channels); the network takes them, as all of its kind, as
    (channels, height, width): ``images.transpose(0, 3, 1, 2)`` makes the one into the other.
    Images (height, width) become (1, height, width). The weights after a ``Flatten`` are put into
    the order that goes with that. A ``Rescaling`` becomes part of the weights that follow.

    Parameters
    ----------
    model_or_path
        A model, or the path of a .keras file as Keras 3 saves it. For a file it takes h5py, but not
        Keras: Keras's own loader can be made to run code.
    check
        Compare the network with the model on random inputs. Files are not compared: for that, load
        the model with Keras.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a layer is nothing a network can have, or layers do not make a chain: which, and where.
    ModelMismatchError
        If the network computes something else.
    NetworkError
        If a file is damaged.
    ImportError
        If a file is given and h5py is not installed.
    """
    if isinstance(model_or_path, str | os.PathLike):
        with open_keras_file(model_or_path) as file:
            return _network(file.model, _arrays_of_file(file))[0]
    model = model_or_path
    if not all(hasattr(model, name) for name in ("get_config", "get_weights", "layers")):
        raise UnsupportedModelError(
            f"from_keras reads a Keras model or the path of one, not a {type(model).__name__}"
        )
    try:
        described = {"class_name": type(model).__name__, "config": model.get_config()}
    except NotImplementedError:
        described = {"class_name": type(model).__name__, "config": {}}
    network, reader = _network(described, _arrays_of_model(model))
    if check:
        check_outputs(network, lambda x: reader.run(model, x), f"this {type(model).__name__}")
    return network


class _Source(NamedTuple):
    """Where to find the arrays of a model's layers, and of the models in it."""

    arrays: Callable[[int, Config], Arrays]
    inner: Callable[[int, Config], _Source]


def _arrays_of_file(file: KerasFile, *above: str) -> _Source:
    def folders(i: int, layer: Config) -> tuple[str, ...]:
        return *above, layer["folder"]

    return _Source(
        lambda i, layer: file.arrays(folders(i, layer)),
        lambda i, layer: _arrays_of_file(file, *folders(i, layer)),
    )


def _arrays_of_model(model: Any) -> _Source:
    by_name = {layer.name: layer for layer in model.layers}

    def arrays(i: int, layer: Config) -> Arrays:
        # A Sequential does not count its InputLayer.
        found = by_name.get(layer["config"]["name"])
        return [] if found is None else [np.asarray(w) for w in found.get_weights()]

    return _Source(arrays, lambda i, layer: _arrays_of_model(by_name[layer["config"]["name"]]))


def _network(model: Config, source: _Source) -> tuple[Network, _Reader]:
    reader = _Reader()
    reader.read(model, source, "")
    return reader.network(), reader


# --- what each becomes


class _Reader:
    """A chain, and in which way Keras would have its numbers.

    Attributes
    ----------
    order
        Of a vector that was an image: ``ours[order] == Keras's``. None where they are the same.
    affine
        Scale and offset that wait for the weights to come.
    """

    def __init__(self) -> None:
        self.builder = Builder()
        self.input_axes: int | None = None
        self.order: npt.NDArray[np.int64] | None = None
        self.affine = (1.0, 0.0)

    def read(self, model: Config, source: _Source, above: str) -> None:
        """Put the layers of a model, or of a model in it, into the chain."""
        for i, layer in layers_in_order(model):
            kind, config = str(layer["class_name"]), layer["config"]
            place = f"{above}layers[{i}] {config.get('name')!r} ({kind})"
            if kind in ("Sequential", "Functional", "Model"):
                self.read(layer, source.inner(i, layer), f"{place}, ")
                continue
            with self.builder.at(place):
                module = layer.get("module") or "keras"
                if kind not in LAYERS or module.partition(".")[0] not in ("keras", "tf_keras"):
                    raise UnsupportedModelError(
                        f"a {kind} of {module} is not supported; {', '.join(LAYERS)} of Keras are"
                    )
                if kind != "InputLayer" and self.input_axes is None:
                    self.input(layer.get("build_config", {}).get("input_shape", ()), config)
                if self.affine != (1.0, 0.0) and kind not in (*UNWEIGHTED, *WEIGHTED):
                    raise UnsupportedModelError(
                        f"it comes after a Rescaling, after which {', '.join(WEIGHTED)} are taken"
                    )
                LAYERS[kind](self, config, source.arrays(i, layer))

    def network(self) -> Network:
        """Finish."""
        if self.order is not None or self.affine != (1.0, 0.0):
            raise UnsupportedModelError("after the last Flatten or Rescaling a Dense must come")
        return self.builder.network()

    def run(self, model: Any, x: npt.NDArray[np.float64]) -> npt.ArrayLike:
        """Let the model itself compute, with images as the network has them."""
        if x.ndim == 4:
            x = x.transpose(0, 2, 3, 1) if self.input_axes == 3 else x[:, 0]
        outputs = np.asarray(model.predict_on_batch(x.astype(np.float32)))
        if self.builder.log_outputs:
            outputs = np.exp(outputs)
        return outputs.transpose(0, 3, 1, 2) if outputs.ndim == 4 else outputs

    # Steps of several kinds of layers.

    def input(self, batch_shape: Any, config: Config) -> None:
        """Begin with what the model takes, shape (batch, ...) in Keras's words."""
        sizes = batch_shape[1:]
        if self.input_axes is not None:
            return  # The input of a model in the model.
        if not 1 <= len(sizes) <= 3 or not all(isinstance(n, int) and n > 0 for n in sizes):
            raise UnsupportedModelError(
                f"its input has shape {tuple(sizes)}; taken is (n,), (height, width) or (height, "
                "width, channels), in numbers: build the model for such"
            )
        self.input_axes = len(sizes)
        shape = {1: sizes, 2: (1, *sizes), 3: (*sizes[2:], *sizes[:2])}[len(sizes)]
        self.builder = Builder(tuple(shape))

    def flatten(self) -> None:
        """Let an image become a vector, and note in which order Keras has it."""
        shape = self.builder.known_shape()
        self.builder.flatten()
        if len(shape) == 3:
            places = np.arange(math.prod(shape))
            order = places.reshape(shape).transpose(1, 2, 0).ravel()
            self.order = None if np.array_equal(order, places) else order

    def sorted(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Put the last axis, one number for each of a vector's, into our order."""
        if self.order is None or values.shape[-1] != len(self.order):
            return values
        result = np.empty_like(values)
        result[..., self.order] = values
        return result

    def activate(self, spec: Any) -> None:
        """Apply an activation function, by name or described as a layer."""
        if isinstance(spec, Mapping) and spec.get("class_name") in ACTIVATION_LAYERS:
            ACTIVATION_LAYERS[str(spec["class_name"])](self, spec["config"], ())
        elif spec == "log_softmax":
            self._softmax_order()
            self.builder.log_softmax()
        elif spec is None or (isinstance(spec, str) and spec in ACTIVATIONS):
            if spec == "softmax":
                self._softmax_order()
            self.builder.activate(ACTIVATIONS[spec or "linear"])
        else:
            raise UnsupportedModelError(
                f"the activation {spec!r} is not supported; {', '.join(ACTIVATIONS)} are"
            )

    def _softmax_order(self) -> None:
        if self.order is not None:
            raise UnsupportedModelError("a softmax over a flattened image is not supported")

    def rescale(self, scale: float, offset: float) -> None:
        """Note that all numbers are scaled and shifted."""
        before_scale, before_offset = self.affine
        self.affine = (before_scale * scale, before_offset * scale + offset)

    def unscaled(
        self,
        weights: npt.NDArray[np.float64],
        biases: npt.NDArray[np.float64] | None,
        padded: bool = False,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return weights and biases that scale and shift by themselves."""
        scale, offset = self.affine
        self.affine = (1.0, 0.0)
        if padded and offset:
            raise UnsupportedModelError(
                "a Rescaling with an offset before a convolution with padding is not supported"
            )
        if biases is None:
            biases = np.zeros(len(weights))
        if offset and biases.shape == weights.shape[:1]:
            biases = biases + offset * weights.sum(axis=tuple(range(1, weights.ndim)))
        return weights * scale, biases


#: Keras's names of activation functions, and ours.
ACTIVATIONS: dict[str, str] = {
    "elu": "elu",
    "gelu": "gelu",
    "leaky_relu": "leaky-relu(0.2)",
    "linear": "identity",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softmax": "softmax",
    "softplus": "softplus",
    "swish": "silu",
    "tanh": "tanh",
}


def _count(arrays: Arrays, *names: str | bool) -> list[npt.NDArray[np.float64] | None]:
    """Return arrays by the names of those that there should be; None where there should not."""
    wanted = [name for name in names if name]
    if len(arrays) != len(wanted):
        raise UnsupportedModelError(
            f"has {len(arrays)} arrays of weights, not {len(wanted)}: {', '.join(map(str, wanted))}"
        )
    left = iter(arrays)
    return [np.asarray(next(left), np.float64) if name else None for name in names]


def _expect(config: Config, key: str, expected: object) -> None:
    if config.get(key, expected) != expected:
        raise UnsupportedModelError(f"{key} {config[key]!r} is not supported, {expected!r} is")


def _padding(config: Config) -> str:
    if config["padding"] not in ("valid", "same"):
        raise UnsupportedModelError(f"padding {config['padding']!r} is not supported")
    return str(config["padding"])


def _dense(reader: _Reader, config: Config, arrays: Arrays) -> None:
    kernel, biases = _count(arrays, "kernel", config["use_bias"] and "bias")
    assert kernel is not None
    if kernel.ndim != 2:
        raise UnsupportedModelError(f"its kernel must have two axes, not shape {kernel.shape}")
    reader.builder.dense(*reader.unscaled(reader.sorted(kernel.T), biases))
    reader.order = None
    reader.activate(config["activation"])


def _conv(reader: _Reader, config: Config, arrays: Arrays) -> None:
    _expect(config, "data_format", "channels_last")
    kernel, biases = _count(arrays, "kernel", config["use_bias"] and "bias")
    assert kernel is not None
    if kernel.ndim != 4:
        raise UnsupportedModelError(f"its kernel must have four axes, not shape {kernel.shape}")
    reader.builder.conv(
        *reader.unscaled(kernel.transpose(3, 2, 0, 1), biases, _padding(config) != "valid"),
        stride=config["strides"],
        padding=_padding(config),
        dilation=config["dilation_rate"],
        groups=config.get("groups", 1),
    )
    reader.activate(config["activation"])


def _pooling(kind: type[MaxPool2D] | type[AveragePool2D]) -> Callable[..., None]:
    def pool(reader: _Reader, config: Config, arrays: Arrays) -> None:
        _expect(config, "data_format", "channels_last")
        reader.builder.pool(kind, config["pool_size"], config["strides"], _padding(config))

    return pool


def _global_average(reader: _Reader, config: Config, arrays: Arrays) -> None:
    _expect(config, "data_format", "channels_last")
    reader.builder.global_average()


def _batch_norm(reader: _Reader, config: Config, arrays: Arrays) -> None:
    axes = len(reader.builder.known_shape())
    axis = np.ravel(config["axis"]).tolist()
    if axis not in ([-1], [axes]) or config.get("renorm"):
        raise UnsupportedModelError(f"it must normalise the last axis, not {axis}")
    scale, shift, mean, variance = _count(
        arrays,
        config["scale"] and "gamma",
        config["center"] and "beta",
        "moving_mean",
        "moving_variance",
    )
    assert mean is not None
    assert variance is not None
    reader.builder.add(
        BatchNorm(
            reader.sorted(np.ones_like(mean) if scale is None else scale),
            reader.sorted(np.zeros_like(mean) if shift is None else shift),
            reader.sorted(mean),
            reader.sorted(variance),
            config["epsilon"],
            1.0 - config["momentum"],
            unbiased=False,
        )
    )


def _reshape(reader: _Reader, config: Config, arrays: Arrays) -> None:
    shape, target = reader.builder.known_shape(), tuple(config["target_shape"])
    if target in ((-1,), (math.prod(shape),)):
        reader.flatten()
    elif target != (*shape[1:], *shape[:1]):
        raise UnsupportedModelError(
            f"to {target} is not supported, only to one row an example: give the input that shape"
        )


def _flatten(reader: _Reader, config: Config, arrays: Arrays) -> None:
    _expect(config, "data_format", "channels_last")
    reader.flatten()


def _dropout(reader: _Reader, config: Config, arrays: Arrays) -> None:
    _expect(config, "noise_shape", None)
    reader.builder.add(Dropout(config["rate"]))


def _rescaling(reader: _Reader, config: Config, arrays: Arrays) -> None:
    if not all(isinstance(config[name], int | float) for name in ("scale", "offset")):
        raise UnsupportedModelError("its scale and offset must be one number each")
    reader.rescale(config["scale"], config["offset"])


def _relu(reader: _Reader, config: Config, arrays: Arrays) -> None:
    _expect(config, "max_value", None)
    _expect(config, "threshold", 0.0)
    slope = config.get("negative_slope", 0.0)
    reader.builder.activate(leaky_relu(float(slope)) if slope else "relu")


def _family(
    make: Callable[[float], Activation], *names: str
) -> Callable[[_Reader, Config, Arrays], None]:
    """Make the entry of an activation function with a number, under one of these names."""

    def activate(reader: _Reader, config: Config, arrays: Arrays) -> None:
        numbers = [config[name] for name in names if name in config]
        if len(numbers) != 1:
            raise UnsupportedModelError(f"it must say its {names[0]}")
        reader.builder.activate(make(float(numbers[0])))

    return activate


def _softmax(reader: _Reader, config: Config, arrays: Arrays) -> None:
    if config.get("axis", -1) not in (-1, 1):
        raise UnsupportedModelError(f"it must be taken over the last axis, not {config['axis']}")
    reader.activate("softmax")


ACTIVATION_LAYERS: dict[str, Callable[[_Reader, Config, Arrays], None]] = {
    "ELU": _family(elu, "alpha"),
    "LeakyReLU": _family(leaky_relu, "negative_slope", "alpha"),
    "ReLU": _relu,
    "Softmax": _softmax,
}
#: Kinds of layers that may come between a Rescaling and the weights it becomes a part of.
UNWEIGHTED = ("InputLayer", "Flatten", "Dropout", "Rescaling")
WEIGHTED = {"Conv2D": _conv, "Dense": _dense}
LAYERS: dict[str, Callable[[_Reader, Config, Arrays], None]] = {
    **ACTIVATION_LAYERS,
    **WEIGHTED,
    "Activation": lambda reader, config, arrays: reader.activate(config["activation"]),
    "AveragePooling2D": _pooling(AveragePool2D),
    "BatchNormalization": _batch_norm,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_average,
    "InputLayer": lambda reader, config, arrays: reader.input(
        config.get("batch_shape") or config.get("batch_input_shape") or (), config
    ),
    "MaxPooling2D": _pooling(MaxPool2D),
    "Rescaling": _rescaling,
    "Reshape": _reshape,
}
