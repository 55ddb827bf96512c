"""Read modules of PyTorch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import (
    Builder,
    ModelMismatchError,
    Shape,
    UnsupportedModelError,
    check_outputs,
    require,
)
from nnviz.interop.torch_constants import chosen, parts_by_name
from nnviz.interop.torch_graph import Reader
from nnviz.interop.torch_joins import Live
from nnviz.limits import Budget, Limits
from nnviz.network import Layer, Network, NetworkLimitError

__all__ = ["from_torch"]


def from_torch(
    module: Any,
    input_shape: int | Sequence[int] | Mapping[str, int | Sequence[int]] | None = None,
    *,
    output: int | str | None = None,
    modules: Mapping[type, Callable[[Any], Layer]] | None = None,
    check: bool = True,
    limits: Limits | None = None,
) -> Network:
    """Read a module of PyTorch: ``torch.fx`` traces its forward to a graph.

    Branches that meet in sums, products and concatenations, modules used several times, which then
    share their parameters, recurrent layers and attention are supported. Nodes are named as the
    modules are: "layer1.0.conv1" is the node of that name in the block "layer1.0". The network is
    that of ``module.eval()``: dropout is a layer that does nothing until the network is trained.
    The module itself stays as it was, and may be on any device; its hooks are called once, by the
    comparison.

    A ``LogSoftmax`` at the end becomes a softmax: the network gives probabilities, and a warning
    says so. Another warning comes where forward does something else in training.

    Parameters
    ----------
    module : object
        Any whose forward can be traced, of what the table in the documentation lists.
    input_shape : int, sequence of int, mapping from str to int or sequence of int, optional
        Shape of one example, without the batch: (channels, height, width), (tokens,), (n,) or n. A
        mapping from names, in forward's order, where it takes several. May be left out where the
        first layer with parameters is linear.
    output : int, str, optional
        Which value to take where forward returns several: its position, or its name in a mapping or
        named tuple. "softmax" appends a softmax over the classes to a module that leaves that to
        torch's cross-entropy.
    modules : mapping from type to callable, optional
        Layers for modules of your own: a mapping from class to a function that takes the
        module, in double precision, and returns a `Layer`.
    check : bool, optional
        Compare the network with a copy of the module, in double precision, on random inputs.
    limits : Limits, optional
        Limits of reading and comparing; the defaults of `Limits` if None. Of the time only the
        comparison counts.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a part of the module is not supported; the text says which, and where.
    ModelMismatchError
        If the network computes something else.
    LimitError
        If it would cost more than `limits` allow. It is a `NetworkError`, too.
    ImportError
        If PyTorch is not installed.

    Examples
    --------
    A network of sine layers of a class of your own::

        from_torch(siren, 2, modules={Sine: lambda module: Activate("sin")})
    """
    torch = require("torch", "torch")
    name = type(module).__name__
    if name == "OptimizedModule" and hasattr(module, "_orig_mod"):
        module = module._orig_mod  # What torch.compile was given.
    if not isinstance(module, torch.nn.Module) or isinstance(module, torch.jit.ScriptModule):
        raise UnsupportedModelError(
            f"the type {name} is not supported; supported is a torch.nn.Module written in Python"
        )
    name = type(module).__name__
    budget = Budget(limits, NetworkLimitError, is_timed=False)
    builder = Builder(_shapes(input_shape), budget)
    double = _double_copy(torch, module, budget)
    hooks = [(m, _take_hooks(m)) for m in double.modules()]
    own = dict(modules or {})
    graph, traced = _traced(torch, double, name, tuple(own))
    result = Reader(torch, traced, builder, own).read(graph, _in_training(torch, double, own))
    softmax = output == "softmax" and "softmax" not in parts_by_name(result)
    output = None if softmax else output
    value = chosen(result, output)
    if not isinstance(value, Live):
        raise UnsupportedModelError(
            f"forward has to return values that depend on the input; it returned {value}"
        )
    builder.tip, builder.label = value.name, "softmax"
    if softmax:
        with builder.at("the softmax at the end"):
            builder.softmax(-3 if len(builder.known_shape()) == 3 else -1)
    network = builder.network()
    if builder.log_outputs:
        builder.notes.append(
            f"this {name} gives logarithms of probabilities, the network the probabilities"
        )
    for note in dict.fromkeys(builder.notes):
        warnings.warn(note, stacklevel=2)
    if check:
        for part, kept in hooks:
            part.__dict__.update(kept)
        with torch.no_grad():
            check_outputs(
                network,
                lambda x: _run(torch, double, builder, x, output, softmax),
                f"this {name}",
                budget=budget,
            )
    return network


def _shapes(
    given: int | Sequence[int] | Mapping[str, int | Sequence[int]] | None,
) -> dict[str, Shape | None]:
    if given is None:
        return {"x": None}
    named = given if isinstance(given, Mapping) else {"x": given}
    return {
        name: (shape,) if isinstance(shape, int) else tuple(shape) for name, shape in named.items()
    }


def _double_copy(torch: Any, module: Any, budget: Budget) -> Any:
    """Copy a module to work with: in double precision, as it is used, on the processor."""
    for name, parameter in [*module.named_parameters(), *module.named_buffers()]:
        if isinstance(parameter, torch.nn.parameter.UninitializedTensorMixin):
            raise UnsupportedModelError(
                f"{name} has no shape yet: run the module on one batch before it is read"
            )
        if parameter.is_meta:
            raise UnsupportedModelError(f"{name} has no values: it is on the device 'meta'")
        if parameter.is_complex() or parameter.is_quantized:
            raise UnsupportedModelError(
                f"{name} has the type {parameter.dtype}; supported are real numbers"
            )
    for name, part in module.named_modules():
        if "quantized" in type(part).__module__:
            raise UnsupportedModelError(
                f"{name} is a quantised {type(part).__name__}, which is not supported: read the "
                "module before quantisation"
            )
    numbers = sum(parameter.numel() for parameter in module.parameters())
    budget.hold(8 * numbers, "a copy of it in double precision")
    try:
        double = copy.deepcopy(module).cpu().double().eval()
        for part, before in zip(double.modules(), module.modules(), strict=True):
            if type(part).__name__ == "RMSNorm" and part.eps is None and before.weight is not None:
                part.eps = float(torch.finfo(before.weight.dtype).eps)
            # What is no buffer stays as it is.
            for key, value in vars(part).items():
                if isinstance(value, torch.Tensor) and value.is_floating_point():
                    part.__dict__[key] = value.cpu().double()
        return double
    except Exception as error:  # Whatever the classes of a module do when they are copied.
        raise UnsupportedModelError(
            f"this {type(module).__name__} cannot be copied ({error}): if it has weight_norm or "
            "spectral_norm, remove it first"
        ) from error


def _take_hooks(module: Any) -> dict[str, Any]:
    """Take the forward hooks off a module, which would be called with what traces it."""
    kept = {}
    for name in ("_forward_pre_hooks", "_forward_hooks"):
        kept[name] = module.__dict__[name]
        module.__dict__[name] = type(kept[name])()
    return kept


def _traced(torch: Any, module: Any, name: str, own: tuple[type, ...]) -> tuple[Any, Any]:
    """Return the graph of a module's forward, and the module that it names parts of."""

    class Tracer(torch.fx.Tracer):  # type: ignore[misc]
        proxy_buffer_attributes = True

        def is_leaf_module(self, part: Any, target: str) -> bool:
            return isinstance(part, own) or super().is_leaf_module(part, target)

    tracer = Tracer()
    if tracer.is_leaf_module(module, ""):
        module = torch.nn.Sequential(module)
    try:
        return tracer.trace(module), module
    except Exception as error:  # Whatever forward does with what stands for its input.
        raise UnsupportedModelError(
            f"the forward of this {name} cannot be traced ({error}). Supported are layers and "
            "functions without conditions or loops that depend on the input; to get one row for "
            "each example, use torch.flatten(x, 1)"
        ) from error


def _in_training(torch: Any, module: Any, own: Mapping[type, Any]) -> Any:
    """Return the graph of forward in training; None if it cannot be traced."""
    try:
        return _traced(torch, copy.deepcopy(module).train(), "", tuple(own))[0]
    except UnsupportedModelError:
        return None


def _run(
    torch: Any, module: Any, builder: Builder, x: Any, output: int | str | None, softmax: bool
) -> npt.NDArray[np.float64]:
    batches = [torch.from_numpy(one) for one in (x.values() if isinstance(x, dict) else (x,))]
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # Of what forward makes itself.
    try:
        outputs = chosen(module(*batches), output)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise ModelMismatchError(
            f"the module cannot be run in double precision on {len(batches[0])} examples of shape "
            f"{' and '.join(str(tuple(one.shape[1:])) for one in batches)} ({error}). To "
            "get the network without this check, give check=False"
        ) from error
    finally:
        torch.set_default_dtype(default)
    if softmax:
        outputs = outputs.softmax(1 if outputs.ndim == 4 else -1)
    if builder.log_outputs:
        outputs = outputs.exp()
    result: npt.NDArray[np.float64] = outputs.numpy()
    return result
