"""One neuron explained step by step on a network: inputs, sum, bias, activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from manim import linear
from numpy.typing import ArrayLike

from nnviz.animations.explanation_placement import place_beside
from nnviz.animations.explanation_story import TellStory
from nnviz.animations.neuron_story import NeuronStory
from nnviz.mobjects.equations.neuron_explanation import NeuronExplanation
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.box_layers import BoxLayer
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.unit_marks import spot_of
from nnviz.mobjects.network.views import VIEWS
from nnviz.mobjects.primitives.writing import Writing

__all__ = ["ExplainNeuron"]


class ExplainNeuron(TellStory):
    """Show how one neuron computes its activation: inputs times weights, sum, bias, activation.

    The rest of the network becomes faint. Then the largest products appear, one after the other:
    edge and input light up, both numbers fly into their row, and the sum counts on; the smaller
    products appear together. The bias is added, z finds its place on the curve of the activation
    function, or among the powers of e of a softmax, and the neuron fills. For a unit of a
    convolution or a pooling, its window lights up, and the products are grids; for a cell of an
    attention pattern, the rows of the query and the key light up.

    All numbers are the engine's, for the network that the picture has when the animation is made.
    In the end the picture is as before, except that the neuron shows its activation; the formulas
    stay on screen (`explanation`).

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    layer : int or str
        The unit's layer, by number (0 is the input) or name.
    unit : int or sequence of int
        The unit's number in its layer; (channel, row, column) for a unit of a map; for a cell of a
        matrix, one number for each of its axes: (query, key) in an attention pattern, after the
        head if there are several.
    x : array_like or mapping from str to array_like
        One input, as `Network.forward_pass` takes it.
    explanation : NeuronExplanation, optional
        Formulas that you have placed; by default they are placed beside the network,
        where there is most room.
    writing : type or str, optional
        As for the `NeuronExplanation` that is made by default.
    max_terms, decimals : int, optional
        As for the same.
    run_time : float, optional
        Run time in seconds; by default as long as its steps take.
    rate_func : callable, optional
        Function from the share of the time to the share of the explanation.
    **kwargs
        For :class:`manim.Animation`.

    Attributes
    ----------
    explanation : NeuronExplanation
        The formulas.

    Raises
    ------
    IndexError
        If there is no such layer, or the unit is not shown.
    KeyError
        If nothing of that name is drawn, such as a node of a closed block.
    NetworkError
        As for `unit_sum`.
    ValueError
        If the layer is drawn without units, there is no room beside the network, or the explanation
        is of another unit.

    Examples
    --------
    >>> from nnviz import ExplainNeuron, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([3, 4, 1], seed=1), fit=(4, 4)).shift([-4, 0, 0])
    >>> animation = ExplainNeuron(net, 1, 2, [0.5, 1.0, 0.2])
    >>> animation.explanation.unit.node
    'dense1'
    """

    def __init__(
        self,
        net: NetworkMobject,
        layer: int | str,
        unit: int | Sequence[int],
        x: ArrayLike | Mapping[str, ArrayLike],
        explanation: NeuronExplanation | None = None,
        *,
        writing: Writing | None = None,
        max_terms: int = 5,
        decimals: int = 2,
        run_time: float | None = None,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if not VIEWS[net.view].shows_units:
            raise ValueError(
                f"a neuron is not explained on view={net.view!r}, which shows none: make a "
                "NetworkMobject with view='layers' for that"
            )
        k = net.layer_index(layer)
        thing = net.structure.things[k]
        if thing.is_input or thing.is_block:
            what = "an input, where nothing is summed up"
            if thing.is_block:
                what = "a block, which is shut: open it first, net.open(...)"
            raise ValueError(f"layer {layer!r} is {what}")
        values = net.network.forward_pass(x)
        target: LayerMobject = net.layers[k]
        if isinstance(target, BoxLayer):
            raise ValueError(
                f"{thing.name} is drawn as one sign or box, without units: explain a unit of a "
                "layer after it, or use NeuronExplanation, which needs no picture"
            )
        own = NeuronExplanation(
            net.network,
            thing.name,
            unit,
            x,
            style=net.style,
            writing=writing,
            max_terms=max_terms,
            decimals=decimals,
            full=target.full(values[thing.name]),
        )
        if explanation is None:
            explanation = place_beside(own, net)
        elif explanation.unit != own.unit:
            raise ValueError(
                f"the explanation is of unit {explanation.unit.unit} of {explanation.unit.node}, "
                "or of another network or input"
            )
        if spot_of(target, explanation.unit.unit).part is None:
            raise IndexError(
                f"unit {unit} of {thing.name} is not shown: max_shown and max_maps say how many "
                "are, and shown_units which"
            )
        chosen = explanation
        super().__init__(
            net,
            chosen,
            lambda lights: NeuronStory(net, chosen, values, lights),
            run_time,
            rate_func,
            **kwargs,
        )
