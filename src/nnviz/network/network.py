"""The network itself: a value made of nodes and a cost, and what it computes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, overload

import numpy as np
import numpy.typing as npt

from nnviz.limits import Limits
from nnviz.network import (
    changed_networks,
    evaluation,
    generation,
    page_methods,
    prediction,
    receptive_fields,
    storage,
    training,
)
from nnviz.network._named import Named
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation
from nnviz.network.classes import Classes
from nnviz.network.costs import Cost, get_cost
from nnviz.network.gradient import Gradient
from nnviz.network.graph import Graph, Node
from nnviz.network.layers import Dense, Layer
from nnviz.network.layers.dense import dense_layers, random_parameters
from nnviz.network.network_arguments import graph_and_cost, show_keywords
from nnviz.network.parameters import ParameterPlace, Parameters
from nnviz.network.summary import Summary, described

__all__ = ["Network"]


class Network:
    """A neural network: layers as the nodes of a graph, and the cost of what comes out.

    There are two ways to write one. ``Network(layers, cost, input_shape)`` is a chain, each layer
    taking what the one before gives; its input is called "x", and its nodes by kind and number:
    "dense1", "conv1". ``Network(inputs, nodes, output, cost)`` is any graph whose nodes can be
    computed one after the other. Names may have dots, which make blocks: "encoder.0.query" lies in
    the block "encoder.0".

    A network is a value: its arrays are read-only, nothing changes it, and a step of gradient
    descent gives a new one. So copies need no copying: `copy.copy` and `copy.deepcopy` return the
    network itself.

    ``network(x)`` is the output for an input x, and `forward_pass` has all values on the way.

    Every method takes one example, a vector (n,), an image (channels, height, width), a sequence
    (tokens, features) or (tokens,) of integers, or a batch of them, with one axis before, and
    returns one result or a batch in the same way. Where there are several inputs it takes a
    mapping from their names.

    Parameters
    ----------
    layers : iterable of Layer
        At least one, each taking what the one before gives. For fully connected layers alone there
        is `Network.dense`.
    cost : str or Cost, optional
        Cost function: a name from `COSTS` or a `Cost`.
    input_shape : int or sequence of int, optional
        Shape of one example: (channels, height, width), or an integer or (n,) for vectors. May be
        left out where the first layer's parameters say it, as a `Dense` one's do.
    inputs : mapping from str to int or sequence of int
        Mapping from the name of every input to its shape.
    nodes : mapping from str to Node
        Mapping from name to `Node`, in an order in which they can be computed. The same layer
        object at two nodes shares its parameters, and the derivatives by them add up.
    output : str
        Name of the node whose activations are the output.
    graph : Graph
        All of that as one value, such as another network's.

    Attributes
    ----------
    inputs : mapping from str to tuple of int
        Shape of every input.
    nodes : mapping from str to Node
        In the order in which they are computed.
    output : str
        Name of the output node.
    layers : tuple of Layer
        One per node.
    shapes : Named
        Shapes of one example's activations, the inputs' first: by name, and by number.
    cost_function : Cost
        The cost of one example.
    cost_form : CostForm
        Its form for this output.
    classes : Classes or None
        What the outputs stand for; None where they are numbers.
    graph : Graph
        The nodes and what follows from them.
    parameters : Parameters
        All parameters as one vector.

    Raises
    ------
    NetworkError
        If a layer does not fit what it takes, a name or the input's shape is missing, a function is
        unknown, or the cost is not defined for the output activation.

    Examples
    --------
    >>> network = Network.random([784, 16, 16, 10], seed=0)
    >>> network.n_parameters
    13002
    >>> network(np.zeros(784)).shape
    (10,)
    >>> from nnviz.network import Add, Conv2D, Flatten, MaxPool2D
    >>> rng = np.random.RandomState(0)
    >>> Network(
    ...     [
    ...         Conv2D.random(1, 4, 3, rng, activation="relu"),
    ...         MaxPool2D(2),
    ...         Flatten(),
    ...         Dense.random(36, 2, rng, "softmax"),
    ...     ],
    ...     cost="cross-entropy",
    ...     input_shape=(1, 8, 8),
    ... ).shapes
    ((1, 8, 8), (4, 6, 6), (4, 3, 3), (36,), (2,))
    >>> skip = Network(
    ...     {"x": (3,)},
    ...     {
    ...         "hidden": Node(Dense.random(3, 3, rng, "tanh"), ("x",)),
    ...         "sum": Node(Add(), ("x", "hidden")),
    ...     },
    ...     output="sum",
    ... )
    >>> skip.forward_pass([1.0, 2.0, 3.0])["hidden"].shape
    (3,)
    """

    @overload
    def __init__(
        self,
        layers: Iterable[Layer],
        cost: str | Cost = "quadratic",
        input_shape: int | Sequence[int] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        inputs: Mapping[str, int | Sequence[int]],
        nodes: Mapping[str, Node],
        output: str,
        cost: str | Cost = "quadratic",
    ) -> None: ...
    @overload
    def __init__(self, graph: Graph, cost: str | Cost = "quadratic") -> None: ...
    @show_keywords
    def __init__(self, *arguments: Any, **options: Any) -> None:
        graph, cost = graph_and_cost(*arguments, **options)
        activation = graph.nodes[graph.output].layer.activation
        self.graph: Final = graph
        self.cost_function: Final = get_cost(cost)
        # Raises an error where the cost is not defined for this output layer.
        self.cost_form: Final = self.cost_function.form_for(activation)
        self.classes: Final = Classes.of(activation, graph.shapes[graph.output])
        self.parameters: Final = Parameters(graph)

    @classmethod
    def dense(
        cls,
        weights: Iterable[npt.ArrayLike],
        biases: Iterable[npt.ArrayLike],
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost = "quadratic",
    ) -> Self:
        """Make a network of fully connected layers: ``z = weights[l] @ a + biases[l]``.

        Parameters
        ----------
        weights, biases : iterable of array_like
            One array per layer after the input, shapes (n_out, n_in) and (n_out,).
        activations : str, Activation, sequence of str or Activation, optional
            Activation function of every layer after the input, one for all or one per layer: names
            from `ACTIVATIONS` or `Activation` objects. Sigmoid if None.
        cost : str or Cost, optional
            Cost function: a name from `COSTS` or a `Cost`.

        Raises
        ------
        NetworkError
            If shapes do not fit each other, a number is NaN or infinite, a function is unknown, or
            the cost is not defined for the output activation.
        """
        return cls(dense_layers(weights, biases, activations), cost)

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        seed: int | None = None,
        *,
        rng: np.random.RandomState | None = None,
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost = "quadratic",
        scaled: bool = False,
    ) -> Self:
        """Draw a dense network from the standard normal distribution.

        The order is that of the 2017 videos, so that a seed gives their numbers: first the biases,
        layer by layer, then the weights, layer by layer.

        Parameters
        ----------
        sizes : sequence of int
            Number of neurons in every layer, the input included.
        seed : int, optional
            Seed of NumPy's legacy generator, whose stream never changes: equal seeds give equal
            networks. If None, and there is no `rng`, every call draws another network.
        rng : RandomState, optional
            Draw from this generator instead, and leave it advanced.
        activations : str, Activation, sequence of str or Activation, optional
            As for `Network.dense`.
        cost : str or Cost, optional
            As for `Network.dense`.
        scaled : bool, optional
            Divide each weight by the square root of its layer's number of inputs, so that large
            layers do not start saturated. Better for training.

        Raises
        ------
        NetworkError
            If there are fewer than two layers, a size is not a positive integer, or both `seed`
            and `rng` are given.
        """
        return cls.dense(*random_parameters(sizes, seed, rng, scaled), activations, cost)

    # --- what it is

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Shape of every input, by name."""
        return self.graph.inputs

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Every node by name, in the order in which they are computed."""
        return self.graph.nodes

    @property
    def output(self) -> str:
        """Name of the output node."""
        return self.graph.output

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layer of every node."""
        return self.graph.layers

    @property
    def shapes(self) -> Named[Shape]:
        """Shapes of one example's activations, the inputs' first, by number or name."""
        return self.graph.shapes

    @property
    def is_chain(self) -> bool:
        """Whether every node takes the one before and nothing else, and none share parameters."""
        return self.graph.is_chain

    @property
    def input_shape(self) -> Shape:
        """Shape of one input, where there is a single one."""
        if len(self.inputs) > 1:
            raise NetworkError(f"there are several inputs, {', '.join(self.inputs)}: see inputs")
        return self.shapes[0]

    @property
    def output_shape(self) -> Shape:
        """Shape of one output."""
        return self.shapes[self.output]

    @property
    def sizes(self) -> Named[int]:
        """Number of activations of every input and every node."""
        return Named(map(math.prod, self.shapes), self.shapes.names)

    @property
    def activations(self) -> Named[Activation]:
        """Activation function of every node."""
        return Named((layer.activation for layer in self.layers), self.nodes)

    @property
    def weights(self) -> tuple[FloatArray, ...]:
        """Weights of a dense network: one array (n_out, n_in) a layer."""
        return tuple(layer.weights for layer in self._dense_layers())

    @property
    def biases(self) -> tuple[FloatArray, ...]:
        """Biases of a dense network: one array (n_out,) a layer."""
        return tuple(layer.biases for layer in self._dense_layers())

    @property
    def is_classifier(self) -> bool:
        """Whether outputs stand for classes: see `predict`."""
        return self.classes is not None

    @property
    def parameter_shapes(self) -> tuple[tuple[Shape, ...], ...]:
        """Shapes of all parameters, layer by layer; one that nodes share stands here once."""
        return self.parameters.shapes

    @property
    def n_parameters(self) -> int:
        """Number of weights, biases and all else that training changes."""
        return self.parameters.count

    def with_graph(self, graph: Graph, cost: str | Cost | None = None) -> Self:
        """Make a network of another graph, with the same cost or another one."""
        return type(self)(graph, self.cost_function if cost is None else cost)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self.cost_function == other.cost_function and self.graph == other.graph

    def __hash__(self) -> int:
        return hash((self.layers, self.shapes, self.cost_function.name))

    def __setattr__(self, name: str, value: object) -> None:
        # The parameters are what the constructor sets last.
        if hasattr(type(self), name) or "parameters" in self.__dict__:
            raise AttributeError(
                f"a network is a value: its {name} cannot be set; make another network, as with "
                f"replace({name}=...)"
            )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a network is a value: its {name} cannot be deleted")

    def __repr__(self) -> str:
        return described(self)

    def summary(self) -> Summary:
        """Return a table of the layers: kind, shape, activation function, parameters."""
        return Summary.of(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows where the network is a cell's value."""
        return self.summary()._repr_html_()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.graph, self.cost_function)

    # --- its parts

    def __getitem__(self, part: slice) -> Self:
        """Make a network of some consecutive layers of a chain, with the same cost.

        ``network[k:]`` is what happens to the activations of layer k. Where another layer becomes
        the last one, the cost must be defined for it. Of other graphs there is `after`.
        """
        return self.with_graph(self.graph.cut(part))

    # --- its parameters

    def flatten(self) -> FloatArray:
        """All parameters as one vector, shape (n_parameters,), in the order of a gradient's."""
        return self.parameters.flatten()

    def with_parameters(self, vector: npt.ArrayLike) -> Self:
        """Make a network of the same functions from a vector in the order of `flatten`."""
        return self.with_graph(self.parameters.with_vector(vector))

    def locate(self, index: int) -> ParameterPlace:
        """Return which parameter stands at an index of `flatten`: see `Parameters.locate`."""
        return self.parameters.locate(index)

    def index_of(self, layer: int | str, name: str, position: Sequence[int]) -> int:
        """Return at which index of `flatten` a parameter stands: the inverse of `locate`."""
        return self.parameters.index_of(layer, name, position)

    def nudged(self, index: int, change: float) -> Self:
        """Make a network that differs in one parameter, the one at an index of `flatten`."""
        return self.with_graph(self.parameters.nudged(index, change))

    def __add__(self, change: Gradient) -> Self:
        return self.step(change, -1.0) if isinstance(change, Gradient) else NotImplemented

    def __sub__(self, change: Gradient) -> Self:
        return self.step(change, 1.0) if isinstance(change, Gradient) else NotImplemented

    # --- others that differ in something

    replace = changed_networks.replace
    with_inputs = changed_networks.with_inputs
    after = changed_networks.after
    step = changed_networks.step

    # --- what it computes, and how it learns: each in the module of that name

    feedforward = evaluation.feedforward
    __call__ = evaluation.feedforward
    forward_pass = evaluation.forward_pass
    cost = evaluation.cost
    backward_pass = evaluation.backward_pass
    output_error = evaluation.output_error
    backprop = evaluation.backprop
    backprop_each = evaluation.backprop_each
    input_gradient = evaluation.input_gradient
    receptive_field = receptive_fields.receptive_field
    predict = prediction.predict
    accuracy = prediction.accuracy
    generate = generation.generate
    extend = generation.extend
    train = training.train
    sgd = training.sgd

    # --- keeping it

    save = storage.save
    page = page_methods.page
    save_page = page_methods.save_page

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, limits: Limits | None = None) -> Self:
        """Read a network from a file that `save` wrote.

        Parameters
        ----------
        path : str or path
            The file.
        limits : Limits, optional
            What reading may cost, so that a file from elsewhere cannot use up memory and time; the
            defaults of `Limits` if None.

        Raises
        ------
        NetworkError
            If the file is not such a file: what is wrong, in which array, and the shape it should
            have. Nothing in a file is ever run.
        LimitError
            If reading it would cost more than `limits` allow. It is a `NetworkError`, too.
        OSError
            If the file cannot be read at all.
        """
        return cls(*storage.load(path, limits))

    # --- inside

    def _dense_layers(self) -> Iterator[Dense]:
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Dense):
                raise NetworkError(
                    f"not all layers are dense, and layers[{i}] is a {layer.kind}: ask the layers "
                    "for their own parameters"
                )
            yield layer
