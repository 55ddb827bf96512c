"""The builder that all importers share: it makes a graph of named nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nnviz.interop.model_comparison import (
    ModelMismatchError,
    UnsupportedModelError,
    check_not_transposed,
    check_outputs,
    require,
)
from nnviz.interop.node_names import Names
from nnviz.interop.node_replacement import needed
from nnviz.limits import Budget
from nnviz.network import (
    Activate,
    Activation,
    AveragePool2D,
    BatchNorm,
    Constant,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MatMul,
    MaxPool2D,
    Network,
    NetworkError,
    NetworkLimitError,
    Node,
    Repeat,
    Reshape,
    Slice,
    Softmax,
    Transpose,
    get_activation,
)

__all__ = [
    "Builder",
    "ModelMismatchError",
    "Shape",
    "UnsupportedModelError",
    "check_outputs",
    "require",
]

Shape = tuple[int, ...]
Made = TypeVar("Made")


class Builder:
    """Builds the nodes of a graph, and computes the shape of one example after each.

    Every importer is a table from a framework's layers to calls of these methods. A method works
    on the value `tip` unless another is named, and its result becomes the tip.

    Parameters
    ----------
    inputs : tuple of int, or mapping of str to (tuple of int or None), optional
        Shape of one example, such as (n,) or (channels, height, width), or such shapes by name of
        the input. If None, the first layer with parameters determines it.
    budget : Budget, optional
        Budget of reading; the default limits if None.

    Attributes
    ----------
    inputs : dict of str to tuple of int or None
        Shapes of one example, by name of the input.
    nodes : dict of str to Node
        Nodes so far, by name.
    shapes : dict of str to tuple of int or None
        Shapes of all values, by name; None if unknown.
    tip : str
        Name of the value that the next layer takes.
    label : str
        Name of the next nodes; "" for a name by kind and number.
    batch : int
        Axis of the examples in the tip, as the model has it.
    notes : list of str
        Remarks for the user of the model.
    kept : set of str
        Values that other nodes take, too: no activation function is merged into their layer.
    views : dict of str to str
        Values that are other values in another shape, and these.
    logarithms : set of str
        Values whose logarithms the model has.
    names : Names
        Names of the nodes so far.
    repeated : set
        Identities of parameters that occur at several places of the model.
    budget : Budget
        Budget of reading.
    """

    def __init__(
        self,
        inputs: Shape | Mapping[str, Shape | None] | None = None,
        budget: Budget | None = None,
    ) -> None:
        given = inputs if isinstance(inputs, Mapping) else {"x": inputs}
        self.inputs: dict[str, Shape | None] = dict(given)
        self.nodes: dict[str, Node] = {}
        self.shapes: dict[str, Shape | None] = dict(given)
        self.tip = next(iter(given), "")
        self.label = ""
        self.batch = 0
        self.notes: list[str] = []
        self.kept: set[str] = set()
        self.repeated: set[Hashable] = set()
        self.logarithms: set[str] = set()
        self.views: dict[str, str] = {}
        self.names = Names(self.inputs)
        self._made: dict[Hashable, Any] = {}
        self._owners: dict[Hashable, str] = {}
        self._shared: set[int] = set()
        #: Identities of the layers whose arrays have been counted, all of them in `nodes`.
        self._held: set[int] = set()
        self.budget = budget or Budget(error=NetworkLimitError, is_timed=False)
        self.budget.check_nodes(len(given), "inputs")
        for shape in given.values():
            self.budget.check_memory(8 * math.prod(shape or ()), f"an input of shape {shape}")

    # --- values

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Add the place in the model to errors in a block."""
        try:
            yield
        except NetworkLimitError as error:
            raise NetworkLimitError(f"{place}: {error}") from None
        except NetworkError as error:
            raise UnsupportedModelError(f"{place}: {error}") from None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # Options of an unexpected kind, or a damaged file.
            raise UnsupportedModelError(
                f"{place}: its options are not valid or not supported "
                f"({type(error).__name__}: {error})"
            ) from error

    @property
    def shape(self) -> Shape | None:
        """Shape of one example's value at the tip; None if unknown."""
        return self.shapes[self.tip]

    @property
    def log_outputs(self) -> bool:
        """Whether the model has the logarithm of what the network has at the tip."""
        return self.tip in self.logarithms

    def known_shape(self, value: str | None = None) -> Shape:
        """Return the shape of a value, the tip's if None, which must be known."""
        shape = self.shapes[self.tip if value is None else value]
        if shape is None:
            raise UnsupportedModelError(
                "the shape of an example is not known here: give input_shape, "
                "such as (channels, height, width) or (n,)"
            )
        return shape

    def add(self, layer: Layer, *inputs: str, name: str = "") -> str:
        """Put a layer after values, the tip if none are given, and return its node's name.

        Parameters
        ----------
        layer : Layer
            The same object at several nodes shares its parameters.
        *inputs : str
            Names of values.
        name : str, optional
            Name of the node inside the block `label`.
        """
        sources = [self._solid(source) for source in inputs or (self.tip,)]
        if not self.logarithms.isdisjoint(sources):
            raise UnsupportedModelError(
                "a layer after a log-softmax is not supported: log-softmax has to be the last layer"
            )
        first = self.shapes[sources[0]]
        if first is None and layer.input_shape is not None:
            unknown = [one for one, shape in self.shapes.items() if shape is None]
            self.shapes.update(dict.fromkeys(unknown, layer.input_shape))
            self.inputs.update({one: self.shapes[one] for one in self.inputs})
            first = layer.input_shape
        after: Shape | None = None
        if first is not None or not isinstance(layer, Dropout | Activate):
            shapes = [self.known_shape(source) for source in sources]
            if isinstance(layer, Dense):
                check_not_transposed(layer.weights.shape, shapes[0])
            after = self._after(layer, shapes)
        made = self.names.node(layer, self.label, name)
        self._put(made, Node(layer, tuple(sources)))
        self.shapes[made] = after
        self.tip = made
        return made

    def include(self, nodes: Mapping[str, Node]) -> str:
        """Put nodes that a builder of blocks made after the others, under their own names."""
        for name, (layer, sources) in nodes.items():
            self.tip = name
            solid = tuple(self._solid(source) for source in sources)
            self._put(name, Node(layer, solid))
            self.shapes[name] = self._after(layer, [self.known_shape(one) for one in solid])
        return self.tip

    def block(self) -> str:
        """Return a name for a block of nodes, that of `label` where it is free."""
        return self.names.block(self.label)

    def shared(
        self, key: Hashable, parameters: Iterable[Hashable], make: Callable[[], Made]
    ) -> Made:
        """Return the object with some parameters: the same object wherever they are used.

        Parameters
        ----------
        key : hashable
            Kind of the object, and identities of its parameters.
        parameters : iterable of hashable
            These identities.
        make : callable
            Function that makes the object if there is none yet.

        Raises
        ------
        UnsupportedModelError
            If another object has some, but not all, of the parameters.
        """
        found = self._made.get(key)
        if found is not None:
            known: Made = found
            return known
        mine = [one for one in parameters if one in self.repeated]
        for one in mine:
            if one in self._owners:
                raise UnsupportedModelError(
                    f"it shares some parameters with {self._owners[one]}, but is not the same "
                    "layer; sharing is supported for whole layers"
                )
        made = make()
        self._made[key] = made
        self._owners.update(dict.fromkeys(mine, self.label or "another layer"))
        if mine:
            self._shared.add(id(made))
        return made

    def made(self, key: Hashable) -> Any:
        """Return the object that `shared` has made for a key; None if there is none."""
        return self._made.get(key)

    def _put(self, name: str, node: Node) -> None:
        """Add a node, and note its name and its cost."""
        self.budget.add_node()
        self.budget.hold(self.names.cost(name), "its name")
        if id(node.layer) not in self._held:
            self._held.add(id(node.layer))
            arrays = (getattr(node.layer, array) for array in node.layer.array_names())
            self.budget.hold(sum(array.nbytes for array in arrays), "the layer")
        self.nodes[name] = node
        self.names.put(name)

    def _after(self, layer: Layer, shapes: Sequence[Shape]) -> Shape:
        """Return the shape after a layer; raise an error if it cannot be computed."""
        after = layer.output_shape(*shapes)
        self.budget.check_memory(8 * layer.work(*shapes).numbers, f"one example, {shapes[0]},")
        return after

    def _solid(self, value: str) -> str:
        """Return a value that a node gives; a view of one becomes a node of its own."""
        if value not in self.views:
            return value
        before, tip = self.views.pop(value), self.tip
        self._put(value, Node(Reshape(self.known_shape(value)), (before,)))
        self.tip = tip
        return value

    # --- layers

    def may_change(self, *kinds: type[Layer]) -> bool:
        """Return whether the tip's layer is of a kind, linear, and nothing else takes its value."""
        node = self.nodes.get(self.tip)
        return (
            node is not None
            and isinstance(node.layer, kinds)
            and node.layer.activation.name == "identity"
            and self.tip not in self.kept
            and id(node.layer) not in self._shared
        )

    def change(self, **changes: Any) -> None:
        """Change arguments of the tip's layer."""
        node = self.nodes[self.tip]
        changed = node._replace(layer=node.layer.replace(**changes))
        self._held.discard(id(node.layer))
        self._held.add(id(changed.layer))
        self.nodes[self.tip] = changed

    def activate(self, activation: str | Activation) -> None:
        """Apply an activation function, as the last layer's own if that has none yet."""
        function = get_activation(activation)
        if function.axis is not None and self.shape is not None and len(self.shape) != 1:
            raise UnsupportedModelError(
                f"{function.name} over {self.shape} is not supported; supported are vectors"
            )
        if self.may_change(Dense, Conv1D, Conv2D, ConvTranspose2D, BatchNorm):
            self.change(activation=function)
        elif function.name != "identity":
            self.add(Activate(function))

    def softmax(self, axis: int = -1) -> None:
        """Apply a softmax along an axis of one example, counted from the end."""
        if axis == -1 and (self.shape is None or len(self.shape) == 1):
            self.activate("softmax")
        else:
            self.add(Softmax(axis))

    def log_softmax(self, axis: int = -1) -> None:
        """Apply a softmax whose logarithm the model gives."""
        self.softmax(axis)
        self.logarithms.add(self.tip)

    def pool(
        self,
        kind: type[MaxPool2D] | type[AveragePool2D],
        size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: Any = 0,
        dilation: int | Sequence[int] = 1,
        ceil_mode: bool = False,
        **options: Any,
    ) -> None:
        """Add a pooling, where dilation and ceil_mode make no difference."""
        if set(np.ravel(dilation).tolist()) != {1}:
            raise UnsupportedModelError(
                f"pooling with dilation {dilation} is not supported; supported is 1"
            )
        layer = kind(size, stride, padding, **options)
        if ceil_mode and isinstance(layer.padding, tuple):
            shape = self.known_shape()
            for n, pads, window, step in zip(
                shape[-2:], layer.padding, layer.size, layer.stride, strict=True
            ):
                if (n + sum(pads) - window) % step:
                    raise UnsupportedModelError(
                        "ceil_mode with windows that reach over the edge is not supported, as "
                        f"here for {shape}"
                    )
        self.add(layer)

    def global_average(self, keep_axes: bool = False) -> None:
        """Add the mean of each channel: (channels,), or seen as (channels, 1, 1)."""
        channels = self.add(GlobalAveragePool2D())
        if keep_axes:
            self.view((*self.known_shape(channels), 1, 1))

    def total(self, axes: Sequence[int], *, keep_axes: bool, is_mean: bool) -> None:
        """Add the mean or the sum over some axes of one example."""
        shape = self.known_shape()
        if len(shape) == 3 and list(axes) == [1, 2] and is_mean:
            self.global_average(keep_axes)
            return
        others = [axis for axis in range(len(shape)) if axis not in axes]
        count = math.prod(shape[axis] for axis in axes)
        rest = tuple(shape[axis] for axis in others)
        if [*others, *axes] != list(range(len(shape))):
            self.add(Transpose([*others, *axes]))
        self.reshape((math.prod(rest), count))
        ones = self.constant(np.broadcast_to(1.0 / count if is_mean else 1.0, (count, 1)))
        self.add(MatMul(), self.tip, ones)
        kept = tuple(1 if axis in axes else n for axis, n in enumerate(shape))
        self.reshape(kept if keep_axes else rest)

    def one_of(self, axis: int, place: int) -> None:
        """Take one place of an axis of every example; the axis goes."""
        single = len(self.known_shape()) == 1
        self.add(Slice(place, place + 1, axis=axis, squeezed=not single))
        if single:
            self.view(())

    # --- shapes

    def view(self, shape: Shape) -> None:
        """View the tip in another shape; a node is added only where the shape matters."""
        name = f"{self.tip}_seen"
        while name in self.shapes:
            name += "_"
        self.views[name] = self.tip
        self.shapes[name] = shape
        self.tip = name

    def flatten(self) -> None:
        """Flatten an image to a vector; leave a vector as it is.

        If the shape is unknown, it is a vector, as only a `Dense` can determine it.
        """
        if self.shape is not None and len(self.shape) > 1:
            self.reshape((math.prod(self.shape),))

    def reshape(self, shape: Shape) -> None:
        """Reshape every example; of a single number without axes there is only a view."""
        known = self.known_shape()
        if math.prod(known) != math.prod(shape):
            raise UnsupportedModelError(
                f"a reshape of {known} to {shape} is not supported: it would mix examples, as one "
                f"example has {math.prod(known)} numbers"
            )
        if not shape:
            self.view(shape)
            return
        if self.tip in self.views:
            self.tip = self.views[self.tip]
        if shape != self.shape:
            self.add(Flatten() if len(shape) == 1 else Reshape(shape))

    def broadcast(self, value: str, shape: Shape) -> str:
        """Repeat a value along the axes where it has one number, until it has a shape."""
        own = self.known_shape(value)
        if own == shape:
            return value
        tip, self.tip = self.tip, value
        wanted = (1,) * (len(shape) - len(own)) + own
        if len(wanted) != len(shape) or any(
            n not in (1, m) for n, m in zip(wanted, shape, strict=True)
        ):
            raise UnsupportedModelError(f"values of shape {own} and {shape} cannot be broadcast")
        self.reshape(wanted)
        for axis, (n, wide) in enumerate(zip(wanted, shape, strict=True)):
            if n != wide:
                self.add(Repeat(wide, axis))
        made, self.tip = self.tip, tip
        return made

    def join(self, layer: Layer, *values: str) -> str:
        """Add a layer with several inputs, after broadcasting them to one shape."""
        shapes = [self.known_shape(value) for value in values]
        try:
            common = np.broadcast_shapes(*shapes)
        except ValueError:
            raise UnsupportedModelError(
                f"values of shape {' and '.join(map(str, shapes))} cannot be broadcast"
            ) from None
        return self.add(layer, *(self.broadcast(value, common) for value in values))

    def constant(self, values: npt.ArrayLike) -> str:
        """Add values that are the same for every example, and return their name."""
        tip = self.tip
        self.budget.check_memory(16 * np.size(values), "a constant")
        made = self.add(Constant(values), tip, name="constant")
        self.tip = tip
        return made

    # --- the end

    def network(self) -> Network:
        """Make the network that computes the tip, with the cost that fits its outputs."""
        output = self.views.get(self.tip, self.tip)
        if output not in self.nodes:
            if self.nodes or len(self.inputs) > 1:
                raise UnsupportedModelError(f"its output is its input {output!r}, unchanged")
            raise UnsupportedModelError("it has no layers")
        shape, nodes = self.known_shape(output), needed(self.nodes, output)
        activation = nodes[output].layer.activation.name
        is_classifier = activation in ("sigmoid", "softmax") and len(shape) == 1
        cost = "cross-entropy" if is_classifier else "quadratic"
        used = {source for node in nodes.values() for source in node.inputs}
        unused = [name for name in self.inputs if name not in used]
        if unused:
            raise UnsupportedModelError(f"its output does not depend on {' and '.join(unused)}")
        inputs = {name: self.known_shape(name) for name in self.inputs}
        network = Network(inputs, nodes, output, cost)
        if network.graph.is_chain and self.names.unnamed.issuperset(nodes):
            (given,) = inputs.values()
            return Network(network.layers, cost, given)
        return network
