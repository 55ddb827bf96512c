"""The chain rule for one weight, step by step on a network and in formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manim import linear
from numpy.typing import ArrayLike

from nnviz.animations.explanation_placement import place_beside
from nnviz.animations.explanation_story import TellStory
from nnviz.animations.weight_story import WeightStory
from nnviz.mobjects.equations.weight_explanation import WeightExplanation
from nnviz.mobjects.equations.weight_path import derivative_of_shown
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.writing import Writing

__all__ = ["ExplainWeight"]


class ExplainWeight(TellStory):
    """Show how one weight or bias acts on the cost: the chain rule, with true numbers.

    The weight's edge lights up, then its paths to the cost; neurons and edges that carry more of
    the derivative are brighter. The derivative is written as a product, and its factors appear one
    at a time: each beside its place in the picture, while all else is faint, and then in its row
    and in the product. Factors that are sums over neurons are computed term by term. Then come the
    value and the proof: the weight is nudged up and down, and the cost, computed again, changes as
    predicted.

    Afterwards the picture is as before, and so is its network. The formulas stay on screen
    (`explanation`).

    Parameters
    ----------
    net : NetworkMobject
        The network on screen, of dense layers.
    layer : int
        The layer that the weight comes from; 0 is the input. As for ``net.edge(layer, i, j)``.
    i : int or None
        *Shown* neuron of that layer; None for the bias of neuron `j`. In layers that are shown
        whole these numbers are the units' own; a unit that a shortened layer does not show has no
        edge to explain. The formulas have the units' own numbers.
    j : int
        Shown neuron of the next layer.
    x, y : array_like
        One example: input and desired output, shapes (n_in,) and (n_out,).
    explanation : WeightExplanation, optional
        Formulas that you have placed; by default they are placed beside the network,
        where there is most room.
    writing : type or str, optional
        As for the `WeightExplanation` that is made by default.
    max_terms, max_sums : int, optional
        As for the same.
    h : float, optional
        As for the same.
    run_time : float, optional
        Run time in seconds; by default as long as its steps take.
    rate_func : callable, optional
        Function from the share of the time to the share of the explanation.
    **kwargs
        For :class:`manim.Animation`.

    Attributes
    ----------
    explanation : WeightExplanation
        The formulas.

    Raises
    ------
    IndexError
        If there is no such layer, or no such neuron on screen.
    NetworkError
        If a layer is not dense, or x and y are not one example.
    ValueError
        If there is no room beside the network, or the explanation is of another weight.

    Examples
    --------
    >>> from nnviz import ExplainWeight, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=1), fit=(4, 4)).shift([-4, 0, 0])
    >>> animation = ExplainWeight(net, 0, 1, 2, [0.5, 1.0], [1.0])
    >>> animation.explanation.derivative
    ParameterDerivative(w₂₁⁽¹⁾, 0.01926)
    """

    def __init__(
        self,
        net: NetworkMobject,
        layer: int,
        i: int | None,
        j: int,
        x: ArrayLike,
        y: ArrayLike,
        explanation: WeightExplanation | None = None,
        *,
        writing: Writing = "text",
        max_terms: int = 3,
        max_sums: int = 3,
        h: float | None = None,
        run_time: float | None = None,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        derivative = derivative_of_shown(net, layer, i, j, x, y)
        if explanation is None:
            explanation = place_beside(
                WeightExplanation(derivative, writing, max_terms, max_sums, h), net
            )
        elif explanation.derivative != derivative:
            raise ValueError(
                f"the explanation is of {explanation.derivative!r}, but the network on screen, "
                f"its neurons {i} and {j}, and the example have {derivative!r}"
            )
        chosen = explanation
        super().__init__(
            net,
            chosen,
            lambda lights: WeightStory(net, chosen, i, j, lights),
            run_time,
            rate_func,
            **kwargs,
        )
