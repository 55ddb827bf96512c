"""Read the graph of a traced forward of PyTorch, node by node."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.torch_constants import has, of_parameter, of_stacked, tensor, with_one
from nnviz.interop.torch_functions import BATCH, Both
from nnviz.interop.torch_joins import JOINS, OPERATORS, Learned, Live
from nnviz.interop.torch_layers import FUNCTIONS, MODULES
from nnviz.interop.torch_sequences import SEQUENCES, Stacked
from nnviz.network import Layer

__all__ = ["Reader"]

#: The tensor itself, and what torch.nn.functional passes on for its warnings.
_NO_OPTIONS = ("input", "_stacklevel")
#: What a value may be asked for without being changed.
_QUESTIONS = ("size", "dim", "ndimension", "numel", "shape", "device", "dtype", "ndim")
#: What works on each number by itself, or says along which dims: the examples may stand anywhere.
_ANY_ORDER = frozenset(
    (
        *("clamp", "clip", "contiguous", "dropout", "elu", "exp"),
        *("gelu", "hardsigmoid", "hardswish", "hardtanh", "layer_norm", "leaky_relu"),
        *("linear", "log_softmax", "mean", "mish", "relu", "relu6"),
        *("relu_", "selu", "sigmoid", "sigmoid_", "silu", "sin"),
        *("softmax", "softplus", "softsign", "sum", "tanh", "tanh_"),
        *("Dropout", "ELU", "GELU", "Hardsigmoid", "Hardswish", "Hardtanh"),
        *("Identity", "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax", "Mish"),
        *("RMSNorm", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid"),
        *("Softmax", "Softplus", "Softsign", "Tanh"),
    )
)
#: Python's functions of sizes.
_PLAIN = (
    operator.getitem,
    operator.mul,
    operator.floordiv,
    operator.add,
    operator.sub,
    operator.truediv,
    operator.pow,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.mod,
    math.prod,
    math.sqrt,
    min,
    max,
    int,
    float,
    len,
)
#: What makes constants of sizes.
_CREATES = ("arange", "zeros", "ones", "full", "tensor", "eye", "empty")


class Reader:
    """Reads the graph of a traced forward, node by node.

    Parameters
    ----------
    torch : object
        The module.
    module : object
        The traced module.
    builder : Builder
        Where the nodes go.
    made : mapping from type to callable
        From classes of modules to functions that give their layers.
    """

    def __init__(
        self,
        torch: Any,
        module: Any,
        builder: Builder,
        made: Mapping[type, Callable[[Any], Layer]],
    ) -> None:
        self._torch = torch
        self._module = module
        self._builder = builder
        self._made = made
        self._values: dict[Any, Any] = {}
        self._twins: dict[Any, Any] = {}
        self._inputs = iter(builder.inputs)
        spaces = (torch.nn.functional, torch)
        self._functions: dict[Any, Callable[..., Any]] = {}
        self._joins = dict(OPERATORS)
        for table, known in ((FUNCTIONS, self._functions), (JOINS, self._joins)):
            for name, build in table.items():
                for space in spaces:
                    if hasattr(space, name):
                        known[getattr(space, name)] = build
        self._names = {
            getattr(space, name): name
            for name in FUNCTIONS
            for space in spaces
            if hasattr(space, name)
        }
        self._modules = {
            getattr(torch.nn, name): (name, build)
            for name, build in {**MODULES, **SEQUENCES}.items()
            if hasattr(torch.nn, name)
        }

    def read(self, graph: Any, training: Any = None) -> Any:
        """Add every node to the builder, and return the result of forward.

        Parameters
        ----------
        graph : object
            Graph of the module after ``eval()``.
        training : object, optional
            Graph of the module after ``train()``; None if it could not be traced.
        """
        self._pair(graph, training)
        self._count(graph)
        result: Any = None
        for step, node in enumerate(graph.nodes):
            kind = node.target if isinstance(node.target, str) else node.target.__name__
            if node.op == "call_module":
                kind = type(self._module.get_submodule(node.target)).__name__
            place = node.target if node.op in ("call_module", "get_attr") else node.name
            with self._builder.at(f"{place} ({kind}), step {step} of forward"):
                self._builder.label = self._label(node)
                value = getattr(self, f"_{node.op}")(node)
                self._values[node] = value
                self._keep(node, value)
                result = value
        return result

    # --- before

    def _pair(self, graph: Any, training: Any) -> None:
        """Find for every node the one that stands there in training."""
        nodes = list(graph.nodes)
        others = [] if training is None else list(training.nodes)
        same = len(nodes) == len(others) and all(
            (a.op, a.target if a.op != "get_attr" else "")
            == (b.op, b.target if b.op != "get_attr" else "")
            for a, b in zip(nodes, others, strict=True)
        )
        if same:
            self._twins = dict(zip(nodes, others, strict=True))
        else:
            self._builder.notes.append(
                "forward does something else in training than after eval(): what the network "
                "does is the latter"
            )

    def _count(self, graph: Any) -> None:
        """Note which parameters occur at several places."""
        seen: dict[int, int] = {}
        for node in graph.nodes:
            if node.op == "call_module":
                module = self._module.get_submodule(node.target)
                found = list(module.parameters())
                if self._torch.nn.utils.parametrize.is_parametrized(module):
                    found += found if len(_calls(graph, node.target)) > 1 else []
                found += [one for one in module.buffers() if one.is_floating_point()]
                times = 1
            elif node.op == "get_attr":
                found, times = [self._attribute(node.target)], max(len(node.users), 1)
            else:
                continue
            for one in found:
                seen[id(one)] = seen.get(id(one), 0) + times
        self._builder.repeated.update(one for one, count in seen.items() if count > 1)

    def _label(self, node: Any) -> str:
        """Return what the nodes made here are called: by module, and there by function."""
        if node.op == "call_module":
            return str(node.target)
        stack = node.meta.get("nn_module_stack") or {}
        inside = ""
        for entry in stack.values():
            inside = str(entry[0] if isinstance(entry, tuple) else "")
        return f"{inside}.{node.name}" if inside and node.op.startswith("call") else ""

    def _keep(self, node: Any, value: Any) -> None:
        """Note that another node takes a value, too."""
        if isinstance(value, Live):
            users = [user for user in node.users if not _asks(user)]
            if len(users) > 1:
                self._builder.kept.add(value.name)

    # --- nodes

    def _placeholder(self, node: Any) -> Any:
        name = next(self._inputs, None)
        if name is None:
            if node.args:
                return node.args[0]
            raise UnsupportedModelError(
                "for several inputs, input_shape has to give the shapes of all, such as "
                "{'a': (3,), 'b': (3,)}"
            )
        return Live(name)

    def _attribute(self, target: str) -> Any:
        value: Any = self._module
        for name in target.split("."):
            value = getattr(value, name)
        return value

    def _get_attr(self, node: Any) -> Any:
        value = self._attribute(node.target)
        if isinstance(value, self._torch.nn.Parameter):
            return Learned(value, tuple(value.shape))
        if isinstance(value, self._torch.Tensor) and value.is_floating_point():
            return value.double()
        return value

    def _output(self, node: Any) -> Any:
        return self._given(node.args[0])

    def _call_module(self, node: Any) -> Any:
        module = self._module.get_submodule(node.target)
        kind = type(module)
        if kind in self._made:
            return self._own(node, module, self._made[kind])
        if self._torch.nn.utils.parametrize.is_parametrized(module):
            kind = kind.__mro__[1]
            if any(id(one) in self._builder.repeated for one in module.parameters()):
                raise UnsupportedModelError("a parametrised module used twice is not supported")
        if kind not in self._modules:
            raise UnsupportedModelError(
                f"{kind.__module__}.{kind.__name__} is not supported; supported modules are "
                f"{', '.join(sorted({**MODULES, **SEQUENCES}))}, and your own with modules="
            )
        name, build = self._modules[kind]
        if name in SEQUENCES:
            result = build(
                self._builder, module, *self._given(node.args), **self._given(node.kwargs)
            )
            return self._tip() if result is None else result
        if len(node.args) + len(node.kwargs) != 1:
            raise UnsupportedModelError(
                "a call with several arguments is not supported; supported is one value"
            )
        self._on(node, name)
        build(self._builder, module)
        self._replaced(node, getattr(module, "inplace", False))
        return self._tip()

    def _own(self, node: Any, module: Any, make: Callable[[Any], Layer]) -> Any:
        key = tuple(id(one) for one in module.parameters())
        layer = self._builder.shared(("own", id(module)), key, lambda: make(module))
        if not isinstance(layer, Layer):
            raise UnsupportedModelError(f"modules= has to give a Layer for it; it gave {layer!r}")
        values = [self._given(one) for one in (*node.args, *node.kwargs.values())]
        if any(not isinstance(one, Live) for one in values):
            raise UnsupportedModelError(
                "modules= supports modules whose arguments are all values of the network"
            )
        self._builder.add(layer, *(one.name for one in values))
        self._builder.batch = values[0].batch
        return self._tip()

    def _call_function(self, node: Any) -> Any:
        return self._call(node, node.target, node.target.__name__)

    def _call_method(self, node: Any) -> Any:
        return self._call(node, None, node.target)

    def _call(self, node: Any, target: Any, name: str) -> Any:
        args, kwargs = self._given(node.args), self._given(node.kwargs)
        if target is getattr:
            return self._asked(args[0], args[1])
        if not (has(Live, args) or has(Live, kwargs) or has(Stacked, args)):
            return self._folded(node, target, name, args, kwargs)
        first = args[0] if args else kwargs.get("input")
        if name in _QUESTIONS and target is None:
            return self._asked(first, name, *args[1:], **kwargs)
        if isinstance(first, Stacked):
            return of_stacked(name, first, args[1:])
        if name == "getitem" and not isinstance(args[0], Live):
            return args[0][args[1]]
        if target is None:
            is_tensor = hasattr(self._torch.Tensor, name)
            build, join = (FUNCTIONS.get(name), JOINS.get(name)) if is_tensor else (None, None)
        else:
            build, join = self._functions.get(target), self._joins.get(target)
            name = self._names.get(target, name)
        if join is not None:
            if "input" in kwargs:
                args, kwargs = [kwargs.pop("input"), *args], kwargs
            result = join(self._builder, *args, **self._differing(node, kwargs))
            self._replaced(node, name.endswith("_"))
            return self._tip() if result is None else result
        if build is None:
            raise UnsupportedModelError(
                f"{name} is not supported; supported functions are "
                f"{', '.join(sorted({**FUNCTIONS, **JOINS}))}"
            )
        return self._apply(node, build, name, args, kwargs)

    def _apply(
        self, node: Any, build: Callable[..., Any], name: str, args: Any, kwargs: Any
    ) -> Any:
        self._on(node, name)
        options = {key: value for key, value in kwargs.items() if key not in _NO_OPTIONS}
        rest = list(args[1:])
        if any(has(Live, one) for one in (rest, options)):
            raise UnsupportedModelError(
                f"{name} is supported with one value only, and constants as other arguments"
            )
        if name == "dropout" and len(rest) > 1:
            options["training"] = rest.pop(1)
        options = self._differing(node, options)
        build(
            self._builder,
            *(tensor(one) for one in rest),
            **{key: tensor(value) for key, value in options.items()},
        )
        self._replaced(node, name.endswith("_") or options.get("inplace", False))
        return self._tip()

    def _differing(self, node: Any, options: dict[str, Any]) -> dict[str, Any]:
        """Note which options are others in training."""
        twin = self._twins.get(node)
        if twin is None:
            return options
        named = dict(twin.kwargs)
        if "training" in options and "training" not in named and len(twin.args) > 2:
            named["training"] = twin.args[2]
        for name in ("training", "dropout_p"):
            if name in options and named.get(name) != options[name]:
                options = {**options, name: Both(options[name], named.get(name))}
        return options

    def _replaced(self, node: Any, in_place: bool) -> None:
        """Note an operation in place: later nodes take its result instead of its argument."""
        if in_place and node.args and not isinstance(node.args[0], tuple | list):
            self._values[node.args[0]] = self._tip()

    def _on(self, node: Any, name: str) -> None:
        """Go to the value that a node takes."""
        source = self._given(node.args[0] if node.args else next(iter(node.kwargs.values())))
        if not isinstance(source, Live):
            raise UnsupportedModelError(
                "its input has to be a value that depends on the model's input"
            )
        self._builder.tip, self._builder.batch = source
        if source.batch and name not in _ANY_ORDER:
            raise UnsupportedModelError(
                f"the examples must come first; here they are along dim {source.batch}"
            )

    def _tip(self) -> Live:
        return Live(self._builder.tip, self._builder.batch)

    def _given(self, arguments: Any) -> Any:
        """Return arguments with values in the place of nodes."""
        if isinstance(arguments, self._torch.fx.Node):
            return self._values[arguments]
        if isinstance(arguments, tuple):
            parts = [self._given(one) for one in arguments]
            kind: Any = type(arguments)
            return kind(*parts) if hasattr(arguments, "_fields") else tuple(parts)
        if isinstance(arguments, list):
            return [self._given(one) for one in arguments]
        if isinstance(arguments, slice):
            return slice(*map(self._given, (arguments.start, arguments.stop, arguments.step)))
        if isinstance(arguments, dict):
            return {key: self._given(value) for key, value in arguments.items()}
        return arguments

    # --- sizes and constants

    def _asked(self, value: Any, question: str, dim: int | None = None) -> Any:
        """Return the sizes of a value, or something else that it is asked for."""
        if not isinstance(value, Live):
            found = getattr(value, question)
            return found(*([] if dim is None else [dim])) if callable(found) else found
        if question == "device":
            return self._torch.device("cpu")
        if question == "dtype":
            return self._torch.float64
        if question not in ("shape", "size", "dim", "ndimension", "ndim", "T", "mT"):
            raise UnsupportedModelError(f"{question} of a tensor is not supported")
        if question == "shape" or question == "size":
            if dim == 0 and value.batch == 0:
                return BATCH
            shape = self._builder.shapes[value.name]
            if shape is None and dim is None:
                return (BATCH,)
            own = self._builder.known_shape(value.name)
            sizes = (*own[: value.batch], BATCH, *own[value.batch :])
            if dim is not None and not -len(sizes) <= dim < len(sizes):
                raise UnsupportedModelError(f"there is no size {dim}")
            return sizes if dim is None else sizes[dim]
        if question in ("T", "mT"):
            JOINS["transpose"](self._builder, value, -2, -1)
            return self._tip()
        return len(self._builder.known_shape(value.name)) + 1

    def _folded(self, node: Any, target: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Compute a node that does not depend on the input."""
        learned = [one for one in args if isinstance(one, Learned)]
        if learned:
            return of_parameter(name, learned[0], args[1:])
        if name == "_assert" or target is self._torch._assert:
            return None
        counts_examples = has(type(BATCH), args) or has(type(BATCH), kwargs)
        if counts_examples:
            if name in _CREATES and name != "arange":
                # The same for every example, so that one will do.
                args, kwargs = with_one(args), with_one(kwargs)
            elif name in ("expand", "repeat") and args[1:] and hasattr(args[0], "expand"):
                args = with_one(args)
            elif name not in ("getitem", "eq", "ne", "gt", "ge", "lt", "le"):
                raise UnsupportedModelError(
                    "it computes with the number of examples, which is not supported"
                )
        if isinstance(target, type(len)) or target in _PLAIN or target is None:
            call = target if target is not None else getattr(type(args[0]), name)
        elif getattr(target, "__module__", "").startswith(("torch", "_operator", "math")):
            call = target
        else:
            raise UnsupportedModelError(f"{name} is not supported")
        kwargs = {
            key: value if value is not self._torch.float32 else self._torch.float64
            for key, value in kwargs.items()
        }
        try:
            return call(*args, **kwargs)
        except (TypeError, IndexError, RuntimeError, AttributeError) as error:
            raise UnsupportedModelError(
                f"{name} of what does not depend on the input fails here ({error})"
            ) from None


def _calls(graph: Any, target: str) -> list[Any]:
    return [node for node in graph.nodes if node.op == "call_module" and node.target == target]


def _asks(node: Any) -> bool:
    """Return whether a node only asks for sizes and the like."""
    if node.op == "call_method":
        return node.target in _QUESTIONS
    return node.target is getattr and node.args[1] in _QUESTIONS
