"""The network as the page computes it: nodes with operations, and arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nnviz.network import Network
from nnviz.network import layers as kinds
from nnviz.network.activations import Activation, get_activation
from nnviz.network.costs import get_cost
from nnviz.network.layers._windows import Windows
from nnviz.page.lengths import steps_of_lengths

__all__ = ["OPERATIONS", "Arrays", "PageError", "specification"]

Shape = tuple[int, ...]
Array = NDArray[Any]
Options = dict[str, Any]

#: Images with more pixels have no matrix of a layer.
_MOST_PIXELS = 16_384
#: Number of columns of such a matrix that are computed at a time.
_AT_ONCE = 256


class PageError(ValueError):
    """Something cannot be shown on a page."""


class Arrays:
    """The arrays of a page, each once, referred to by index."""

    def __init__(self) -> None:
        self.all: Final[list[Array]] = []

    def add(self, array: Any) -> int:
        """Add an array, and return its index."""
        self.all.append(np.ascontiguousarray(array))
        return len(self.all) - 1


def specification(
    network: Network, arrays: Arrays, examples: Mapping[str, Array]
) -> tuple[Options, list[str]]:
    """Return the specification for the page's engine, and the nodes that it cannot compute.

    Parameters
    ----------
    network : Network
        The network of the page.
    arrays : Arrays
        Arrays that parameters and constants are added to.
    examples : mapping from str to ndarray
        A batch of every input. Of a node whose layer is not among `OPERATIONS`, or whose activation
        function is not nnviz's own, the page holds the values for these.

    Returns
    -------
    spec : dict
        For JSON. Inputs, nodes, parameters and the cost, as ``engine.js`` reads them.
    fixed : list of str
        Names of the nodes of which values are held.

    Raises
    ------
    PageError
        If the cost is none of `COSTS`.
    """
    graph, shapes = network.graph, network.shapes
    known = _operations(network)
    fixed = [name for name, found in known.items() if found is None]
    forward = network.forward_pass(_given(network, examples)) if fixed else None
    nodes = []
    for (name, (layer, sources)), owner in zip(network.nodes.items(), graph.owner_of, strict=True):
        options = known[name]
        if options is None:
            assert forward is not None
            options = {"op": "fixed", "constants": [forward[name]], "activation": ["identity"]}
        nodes.append(
            {
                "name": name,
                "kind": layer.kind,
                "shape": shapes[name],
                "sources": [shapes.names.index(one) for one in sources],
                "owner": owner,
                "activation": _activation(layer.activation),
                **options,
                "constants": [arrays.add(one) for one in options.get("constants", ())],
            }
        )
    spec = {
        "inputs": [{"name": name, "shape": shape} for name, shape in network.inputs.items()],
        "nodes": nodes,
        "parameters": [
            [arrays.add(one) for one in layer.parameters] if layer.parameter_names else []
            for layer in graph.owners
        ],
        "output": shapes.names.index(network.output),
        "cost": _cost(network),
        "steps": steps_of_lengths(network, _operations),
    }
    return spec, fixed


def _operations(network: Network) -> dict[str, Options | None]:
    """Return how the page computes every node; None where it cannot."""
    shapes = network.shapes
    return {
        name: _operation(layer, [shapes[one] for one in sources], shapes[name])
        for name, (layer, sources) in network.nodes.items()
    }


def _given(network: Network, examples: Mapping[str, Array]) -> Any:
    return examples if len(network.inputs) > 1 else next(iter(examples.values()))


def _operation(layer: kinds.Layer, given: Sequence[Shape], made: Shape) -> Options | None:
    """Return how the page computes a layer; None if it cannot."""
    make = OPERATIONS.get(layer.kind)
    if make is None or kinds.LAYERS.get(layer.kind) is not type(layer):
        return None
    if _activation(layer.activation) is None:
        return None
    return make(layer, given, made)


def _activation(activation: Activation) -> list[Any] | None:
    """Return the family of an activation function and its numbers; None if it has none."""
    try:
        if get_activation(activation.name) != activation:
            return None
    except ValueError:
        return None
    if activation.axis is not None:
        return ["softmax", activation.axis]
    family, _, rest = activation.name.partition("(")
    if rest:
        return [family, *(_number(float(one)) for one in rest.rstrip(")").split(","))]
    return [family, *_USUAL.get(family, ())]


#: Default numbers of families.
_USUAL = {"leaky-relu": (0.01,), "elu": (1.0,), "softplus": (1.0,), "clamp": (-1.0, 1.0)}


def _number(value: float) -> float:
    """Return a number as JSON can represent it."""
    return value if math.isfinite(value) else math.copysign(1.7e308, value)


def _cost(network: Network) -> list[Any]:
    cost = network.cost_function
    family, _, rest = cost.name.partition("(")
    try:
        is_known = get_cost(cost.name) == cost
    except ValueError:
        is_known = False
    if not is_known:
        raise PageError(
            f"a page cannot compute the cost {cost.name!r}, which is none of nnviz.network.COSTS: "
            "give the network another one, as with replace(cost='quadratic')"
        )
    return [family, float(rest.rstrip(")")) if rest else 1.0]


# --- Layers


def _image(shape: Shape) -> Shape:
    """Return a sequence (channels, length) as an image of one row."""
    return shape if len(shape) == 3 else (shape[0], 1, shape[1])


def _windowed(windows: Windows, image: Shape, small: Shape) -> Options:
    return {
        "image": _image(image),
        "small": _image(small),
        "stride": windows.stride,
        "dilation": windows.dilation,
        "pads": [pads[0] for pads in windows.pads(_image(image))],
    }


def _dense(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    n_out, n_in = layer.weights.shape
    return {"op": "dense", "n_in": n_in, "n_out": n_out}


def _conv(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    shape = layer.kernels.shape
    kernels = shape if len(shape) == 4 else (*shape[:2], 1, shape[2])
    placed = _windowed(layer._windows, given[0], made)
    return {"op": "conv", "kernels": kernels, "groups": layer.groups, **placed}


def _conv_transpose(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    placed = _windowed(layer._windows, made, given[0])
    kernels = layer.kernels.shape
    return {"op": "conv_transpose", "kernels": kernels, "groups": layer.groups, **placed}


def _max_pool(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    placed = _windowed(layer._windows, given[0], made)
    return {"op": "max_pool", "kernels": (1, 1, *layer.size), "groups": 1, **placed}


def _linear(layer: Any, given: Sequence[Shape], made: Shape) -> Options | None:
    """Compute the matrix of a layer from its output for each pixel of a channel."""
    channels, height, width = given[0]
    pixels = height * width
    if pixels > _MOST_PIXELS:
        return None
    rows, columns, shares = [], [], []
    for first in range(0, pixels, _AT_ONCE):
        some = np.arange(first, min(first + _AT_ONCE, pixels))
        images = np.zeros((len(some), 1, pixels))
        images[np.arange(len(some)), 0, some] = 1.0
        found = layer.forward(images.reshape(-1, 1, height, width))[0].reshape(len(some), -1)
        column, row = np.nonzero(found)
        rows.append(row)
        columns.append(some[column])
        shares.append(found[column, row])
    row, column, share = (np.concatenate(one) for one in (rows, columns, shares))
    order = np.lexsort((column, row))
    count = math.prod(made) // channels
    starts = np.searchsorted(row[order], np.arange(count + 1))
    constants = [starts.astype(np.int32), column[order].astype(np.int32), share[order]]
    return {"op": "linear", "channels": channels, "size": pixels, "constants": constants}


def _gather(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    """Compute where a layer moves each number."""
    fill = 0.0
    if isinstance(layer, kinds.Pad):
        fill, layer = layer.value, layer.replace(value=0.0)
    numbered = np.arange(1.0, math.prod(given[0]) + 1).reshape(1, *given[0])
    places = layer.forward(numbered)[0].ravel().astype(np.int32) - 1
    return {"op": "gather", "fill": fill, "constants": [places]}


def _concatenate(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    return {"op": "concatenate", "outer": math.prod(made[: layer.axis % len(made)])}


def _matmul(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    return {
        "op": "matmul",
        "stacks": math.prod(made[:-2]),
        "sizes": (made[-2], given[0][-1], made[-1]),
        "transposed": layer.transposed,
        "factor": layer.factor,
    }


def _channel(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    constants: list[Array] = []
    if isinstance(layer, kinds.BatchNorm):
        constants = [layer.running_mean, np.sqrt(layer.running_variance + layer.epsilon)]
    elif isinstance(layer, kinds.Standardise):
        constants = [layer.mean, layer.deviation]
    count = (*layer.parameters, *constants)[0].size
    return {"op": "channel", "channels": count, "constants": constants}


def _norm(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    size = math.prod(made)
    by_channel = isinstance(layer, kinds.GroupNorm)
    return {
        "op": "norm",
        "length": size // layer.groups if by_channel else layer.scale.size,
        "by_channel": by_channel,
        "each": size // layer.scale.size,
        "centred": not isinstance(layer, kinds.RMSNorm),
        "epsilon": layer.epsilon,
    }


def _embedding(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    n_tokens, width = layer.weights.shape
    if len(given[0]) == 1:
        return {"op": "embedding", "width": width}
    return {"op": "dense", "n_in": width, "n_out": n_tokens}


def _waves(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    return {"op": "plus", "constants": [layer.forward(np.zeros((1, *made)))[0]]}


def _rotary(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    # The point (1, 0) of every plane is rotated to (cos, sin).
    tokens, half = made[-2], made[-1] // 2
    points = np.zeros((1, tokens, 2 * half))
    points[..., :half] = 1.0
    turned = layer.forward(points)[0][0]
    constants = [turned[:, :half], turned[:, half:]]
    return {"op": "turn", "half": half, "tokens": tokens, "constants": constants}


def _causal_mask(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    seen = np.isfinite(layer.forward(np.zeros((1, *made[-2:])))[0])
    return {"op": "mask", "constants": [seen.astype(np.int32)]}


def _constant(layer: Any, given: Sequence[Shape], made: Shape) -> Options:
    return {"op": "constant", "constants": [layer.values]}


def _plain(op: str) -> Callable[[Any, Sequence[Shape], Shape], Options]:
    return lambda layer, given, made: {"op": op}


#: How the page computes every kind of layer, from the layer and the shapes of inputs and output.
OPERATIONS: dict[str, Callable[[Any, Sequence[Shape], Shape], Options | None]] = {
    "dense": _dense,
    "conv1d": _conv,
    "conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "max_pool2d": _max_pool,
    **dict.fromkeys(
        ("average_pool2d", "global_average_pool2d", "adaptive_average_pool2d", "upsample"), _linear
    ),
    **dict.fromkeys(
        (
            *("flatten", "reshape", "transpose", "slice", "repeat", "split_heads"),
            *("merge_heads", "pad"),
        ),
        _gather,
    ),
    **dict.fromkeys(("dropout", "activate", "softmax"), _plain("same")),
    **{name: _plain(name) for name in ("add", "subtract", "multiply", "mask", "prelu")},
    "concatenate": _concatenate,
    "matmul": _matmul,
    **dict.fromkeys(("batch_norm", "scale", "standardise"), _channel),
    **dict.fromkeys(("layer_norm", "rms_norm", "group_norm"), _norm),
    "constant": _constant,
    "embedding": _embedding,
    "positional_embedding": _plain("plus"),
    "sinusoidal_positions": _waves,
    "rotary_positions": _rotary,
    "causal_mask": _causal_mask,
}
