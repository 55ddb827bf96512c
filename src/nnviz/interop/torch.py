"""Modules of PyTorch."""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.chain import Chain, UnsupportedModelError, check_outputs, require
from nnviz.interop.torch_layers import BATCH, FUNCTIONS, MODULES
from nnviz.network import Network

__all__ = ["from_torch"]


def from_torch(
    module: Any, input_shape: int | Sequence[int] | None = None, *, check: bool = True
) -> Network:
    """Read a module of PyTorch whose forward is a chain: one operation after the other.

    Nested ``Sequential`` are, and whatever ``torch.fx`` can trace to a chain: functional forms,
    ``view(x.size(0), -1)`` and the like among them. The network is that of ``module.eval()``:
    dropout is a layer that does nothing until the network is trained. The module itself stays as
    it was, and may be on any device; its hooks are called once, by the comparison.

    torch's cross-entropy takes a linear output, and so does the network read from such a module.
    For probabilities, put the softmax into the last layer::

        last = network.layers[-1].replace(activation="softmax")
        network.replace(layers=[*network.layers[:-1], last], cost="cross-entropy")

    A ``LogSoftmax`` at the end becomes a softmax: the network gives probabilities.

    Parameters
    ----------
    module
        With linear layers, 2D convolutions and poolings, batch normalisation, dropout, flattening
        and activation functions.
    input_shape
        Of one example, without the batch: (channels, height, width), or (n,) or n. May be left
        out where the first layer with parameters is linear.
    check
        Compare the network with a copy of the module, in double precision, on random inputs.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a part of the module is nothing a network can have: which, and where.
    ModelMismatchError
        If the network computes something else.
    ImportError
        If PyTorch is not installed.
    """
    torch = require("torch", "torch")
    if not isinstance(module, torch.nn.Module) or isinstance(module, torch.jit.ScriptModule):
        raise UnsupportedModelError(
            f"from_torch reads a torch.nn.Module, written in Python, not a {type(module).__name__}"
        )
    shape = (input_shape,) if isinstance(input_shape, int) else input_shape
    chain = Chain(None if shape is None else tuple(shape))
    name = type(module).__name__
    double = _double_copy(torch, module)
    hooks = [(m, _take_hooks(m)) for m in double.modules()]
    graph, traced = _traced(torch, double, name)
    _Reader(torch, traced, chain).read(graph)
    network = chain.network()
    if check:
        for part, kept in hooks:
            part.__dict__.update(kept)
        with torch.no_grad():
            check_outputs(network, lambda x: _run(torch, double, chain, x), f"this {name}")
    return network


def _double_copy(torch: Any, module: Any) -> Any:
    """Copy a module to work with: in double precision, as it is used, on the processor."""
    for name, parameter in [*module.named_parameters(), *module.named_buffers()]:
        if isinstance(parameter, torch.nn.parameter.UninitializedTensorMixin):
            raise UnsupportedModelError(
                f"{name} has no shape yet: run the module on one batch before it is read"
            )
        if parameter.is_complex() or parameter.is_quantized or parameter.is_meta:
            raise UnsupportedModelError(f"{name} holds no real numbers, but {parameter.dtype}")
    try:
        return copy.deepcopy(module).cpu().double().eval()
    except Exception as error:  # Whatever the classes of a module do when they are copied.
        raise UnsupportedModelError(
            f"this {type(module).__name__} cannot be copied ({error}): if it has weight_norm or "
            "spectral_norm, remove that before it is read"
        ) from error


def _take_hooks(module: Any) -> dict[str, Any]:
    """Take the forward hooks off a module, which would be called with what traces it."""
    kept = {}
    for name in ("_forward_pre_hooks", "_forward_hooks"):
        kept[name] = module.__dict__[name]
        module.__dict__[name] = type(kept[name])()
    return kept


def _traced(torch: Any, module: Any, name: str) -> tuple[Any, Any]:
    """Return the graph of a module's forward, and the module that it names parts of."""
    tracer = torch.fx.Tracer()
    if tracer.is_leaf_module(module, ""):
        module = torch.nn.Sequential(module)
    try:
        return tracer.trace(module), module
    except Exception as error:  # Whatever forward does with what stands for its input.
        raise UnsupportedModelError(
            f"the forward of this {name} cannot be traced ({error}). A chain of layers and "
            "functions can, without conditions or loops that depend on the input; "
            "for a row an example torch.flatten(x, 1)"
        ) from error


def _run(
    torch: Any, module: Any, chain: Chain, x: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    outputs = module(torch.from_numpy(x))
    if chain.log_outputs:
        outputs = outputs.exp()
    result: npt.NDArray[np.float64] = outputs.numpy()
    return result


# --- the graph


#: The tensor itself, and what torch.nn.functional passes on for its warnings.
_NO_OPTIONS = ("input", "_stacklevel")


class _Reader:
    """Follows the graph of a traced forward, node by node."""

    def __init__(self, torch: Any, module: Any, chain: Chain) -> None:
        self._torch = torch
        self._module = module
        self._chain = chain
        self._values: dict[Any, Any] = {}
        self._tip: Any = None
        self._shapes: dict[Any, Any] = {}
        self._used: dict[int, str] = {}
        spaces = (torch.nn.functional, torch)
        self._functions = {
            getattr(space, name): build
            for name, build in FUNCTIONS.items()
            for space in spaces
            if hasattr(space, name)
        }
        self._modules = {getattr(torch.nn, name): build for name, build in MODULES.items()}

    def read(self, graph: Any) -> None:
        """Put every node into the chain."""
        for step, node in enumerate(graph.nodes):
            kind = node.target if isinstance(node.target, str) else node.target.__name__
            if node.op == "call_module":
                kind = type(self._module.get_submodule(node.target)).__name__
            place = node.target if node.op in ("call_module", "get_attr") else node.name
            with self._chain.at(f"{place} ({kind}), step {step} of forward"):
                getattr(self, f"_{node.op}")(node)

    def _placeholder(self, node: Any) -> None:
        if self._tip is not None:
            raise UnsupportedModelError("a second input is not taken, a network has one")
        self._advance(node)

    def _advance(self, node: Any) -> None:
        """Note that a node's result is now the last one."""
        self._tip = node
        self._shapes[node] = self._chain.shape

    def _get_attr(self, node: Any) -> None:
        value: Any = self._module
        for name in node.target.split("."):
            value = getattr(value, name)
        self._note_use(value, node.target)
        self._values[node] = value

    def _output(self, node: Any) -> None:
        if node.args[0] is not self._tip:
            raise UnsupportedModelError(
                "forward must return the last result alone, which a network can give, and not "
                f"{node.args[0]}"
            )

    def _call_module(self, node: Any) -> None:
        module = self._module.get_submodule(node.target)
        kind = type(module)
        if self._torch.nn.utils.parametrize.is_parametrized(module):
            kind = kind.__mro__[1]
        if kind not in self._modules:
            raise UnsupportedModelError(
                f"{kind.__name__} is not taken; of the modules {', '.join(MODULES)} are"
            )
        self._on_tip(node)
        for name, parameter in module.named_parameters():
            self._note_use(parameter, f"{node.target}.{name}")
        self._modules[kind](self._chain, module)
        self._advance(node)

    def _call_function(self, node: Any) -> None:
        if node.target in self._functions:
            self._apply(node, self._functions[node.target])
        elif node.target in (getattr, operator.getitem, operator.mul, operator.floordiv, math.prod):
            self._values[node] = self._of_sizes(node)
        else:
            self._refuse_function(node, node.target.__name__)

    def _call_method(self, node: Any) -> None:
        if node.target == "size":
            try:
                self._values[node] = self._sizes(node, *node.args[1:], **node.kwargs)
            except (TypeError, IndexError):
                self._chain.known_shape()
                raise UnsupportedModelError(f"there is no size {node.args[1:]}") from None
        elif node.target in FUNCTIONS and hasattr(self._torch.Tensor, node.target):
            self._apply(node, FUNCTIONS[node.target])
        else:
            self._refuse_function(node, node.target)

    def _apply(self, node: Any, build: Callable[..., None]) -> None:
        args, kwargs = self._arguments(node)
        build(self._chain, *args, **kwargs)
        self._advance(node)

    def _arguments(self, node: Any) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments after the tensor, which must be the chain's last result."""
        self._on_tip(node)
        node_map = self._torch.fx.node.map_arg
        kwargs = {name: value for name, value in node.kwargs.items() if name not in _NO_OPTIONS}
        args = node.args[1:] if node.args else ()
        plain = node_map((args, kwargs), self._value)
        return list(plain[0]), dict(plain[1])

    def _value(self, node: Any) -> Any:
        if node not in self._values:
            raise UnsupportedModelError(
                f"it takes {node.name} besides, so that two branches meet here; a network is one "
                "chain, without skip connections"
            )
        return self._values[node]

    def _on_tip(self, node: Any) -> None:
        source = node.args[0] if node.args else node.kwargs.get("input")
        if source is not self._tip:
            raise UnsupportedModelError(
                f"it takes {source}, from which another branch has gone already, and not the last "
                "result; a network is one chain, without skip connections"
            )
        if node.op == "call_module" and len(node.args) + len(node.kwargs) > 1:
            raise UnsupportedModelError("it takes several arguments, and not the last result alone")

    def _note_use(self, value: Any, name: str) -> None:
        if id(value) in self._used:
            raise UnsupportedModelError(
                f"{name} is used here again, after {self._used[id(value)]}: layers that share "
                "parameters are not taken"
            )
        self._used[id(value)] = name

    def _refuse_function(self, node: Any, name: str) -> None:
        if len([n for n in node.all_input_nodes if n not in self._values]) > 1:
            raise UnsupportedModelError(
                f"{name} joins {' and '.join(str(n) for n in node.all_input_nodes)}: two branches "
                "meet here, as in a skip connection, and a network is one chain"
            )
        raise UnsupportedModelError(
            f"{name} is not taken; of the functions {', '.join(FUNCTIONS)} are"
        )

    # What forward does with sizes.

    def _sizes(self, node: Any, dim: int | None = None) -> Any:
        """Return the sizes of a result, not only of the last one, or one of them."""
        source = node.args[0]
        if source not in self._shapes:
            raise UnsupportedModelError(f"{source} has no sizes that are known")
        if dim == 0:
            return BATCH
        shape = self._shapes[source]
        sizes = (BATCH,) if shape is None else (BATCH, *shape)
        return sizes if dim is None else sizes[dim]

    def _of_sizes(self, node: Any) -> Any:
        if node.target is getattr:
            if node.args[1] != "shape":
                raise UnsupportedModelError(f"{node.args[1]} of a tensor is not taken")
            return self._sizes(node)
        values = self._torch.fx.node.map_arg(node.args, self._value)
        try:
            return node.target(*values)
        except (TypeError, IndexError):
            self._chain.known_shape()
            raise UnsupportedModelError(
                "it computes with sizes in a way that is not taken"
            ) from None
