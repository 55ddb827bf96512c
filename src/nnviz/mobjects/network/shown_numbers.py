"""Numbers and texts on a network's picture, shown and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from numpy.typing import ArrayLike

from nnviz.mobjects.network.bias_numbers import BiasGradientNumbers, BiasNumbers
from nnviz.mobjects.network.edge_numbers import (
    EdgeGradientNumbers,
    EdgeNumberGrounds,
    EdgeNumbers,
    EdgeText,
    EdgeTexts,
    OnEdges,
)
from nnviz.mobjects.network.neuron_values import ActivationNumbers, NeuronText, NeuronTexts
from nnviz.network import ForwardPass, Gradient

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "hide_biases",
    "hide_edge_texts",
    "hide_edge_values",
    "hide_gradient_values",
    "hide_neuron_texts",
    "hide_values",
    "show_biases",
    "show_edge_texts",
    "show_edge_values",
    "show_gradient_values",
    "show_neuron_texts",
    "show_values",
]

Net = TypeVar("Net", bound="NetworkMobject")


def show_values(
    net: Net,
    activations: ForwardPass | Sequence[ArrayLike],
    decimals: int = 2,
    layers: Sequence[int | str] | None = None,
) -> Net:
    """Show activations, and write them into the neurons, black or white as can be read.

    From then on the numbers follow :meth:`show_activations`. All are of one size.

    Parameters
    ----------
    activations : ForwardPass or sequence of array_like
        As for :meth:`show_activations`.
    decimals : int, optional
        Decimals shown.
    layers : sequence of int or str, optional
        Layers to show them in, if they have neurons; all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for numbers that can be read.
    """
    numbers = ActivationNumbers(net, net.per_layer(activations), decimals, layers)
    hide_neuron_texts(net).annotate(numbers)
    return net.show_activations(activations)


def hide_values(net: Net) -> Net:
    """Take the numbers out of the neurons."""
    return net.unannotate(ActivationNumbers)


def show_neuron_texts(
    net: Net, texts: NeuronText, layers: Sequence[int | str] | None = None
) -> Net:
    """Write texts of your own into neurons, such as symbols, instead of numbers.

    Parameters
    ----------
    texts : NeuronText
        A mapping from the index of a layer (the input is 0) and of a unit in it, or a function of
        the two, to a text, a mobject, or None for nothing. Strings are set by the style's
        `writing`.
    layers : sequence of int or str, optional
        Layers to show them in, if they have neurons; all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for texts that can be read.

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0), neuron_radius=0.4)
    >>> net.show_neuron_texts(lambda layer, unit: f"a{unit + 1}", layers=[1])
    NetworkMobject
    """
    drawn = NeuronTexts(net, texts, layers)
    return hide_values(net).annotate(drawn)


def hide_neuron_texts(net: Net) -> Net:
    """Take the texts of :meth:`show_neuron_texts` away."""
    return net.unannotate(NeuronTexts)


def show_edge_values(
    net: Net,
    decimals: int = 2,
    layers: Sequence[int | str] | None = None,
    height: float = 0.15,
) -> Net:
    """Write the weights onto their edges; they follow :meth:`show_weights`.

    Parameters, and errors, are those of
    :class:`~nnviz.mobjects.network.edge_numbers.EdgeNumbers`.
    """
    return _put_on_edges(net, EdgeNumbers(net, decimals, height, layers))


def hide_edge_values(net: Net) -> Net:
    """Take the numbers off the edges."""
    return _without(net, EdgeNumbers)


def show_edge_texts(
    net: Net,
    texts: EdgeText,
    layers: Sequence[int | str] | None = None,
    height: float = 0.15,
) -> Net:
    """Write texts of your own onto edges, such as symbols, instead of numbers.

    Parameters
    ----------
    texts : EdgeText
        A mapping from the index of a layer, and of the units at the start and the end of an edge
        out of it, or a function of the three, to a text, a mobject, or None for nothing. Strings
        are set by the style's `writing`.
    layers : sequence of int or str, optional
        On the edges after which layers; on all by default.
    height : float, optional
        Height of a digit, in scene units.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """
    return _put_on_edges(net, EdgeTexts(net, texts, height, layers))


def hide_edge_texts(net: Net) -> Net:
    """Take the texts of :meth:`show_edge_texts` away."""
    return _without(net, EdgeTexts)


def show_biases(net: Net, decimals: int = 2, height: float = 0.15) -> Net:
    """Write biases beside the neurons of dense layers; they follow :meth:`show_weights`.

    Parameters, and errors, are those of
    :class:`~nnviz.mobjects.network.bias_numbers.BiasNumbers`.
    """
    biases = BiasNumbers(net, decimals, height)
    return net.unannotate(BiasGradientNumbers).annotate(biases)


def hide_biases(net: Net) -> Net:
    """Take the biases away."""
    return net.unannotate(BiasNumbers)


def show_gradient_values(
    net: Net,
    gradient: Gradient,
    decimals: int = 2,
    layers: Sequence[int | str] | None = None,
    height: float = 0.15,
) -> Net:
    """Write the derivatives of the cost: dC/dw onto edges, dC/db = dC/dz beside neurons.

    They take the places of weights and biases, and follow :meth:`show_gradient`. A number has the
    colour of what a step down the gradient does to its parameter: the style's ``decrease_color``
    where the derivative is positive, ``increase_color`` where it is negative.

    Parameters
    ----------
    gradient : Gradient
        Gradient of the cost, shaped like the network: what :meth:`Network.backprop` returns for one
        example, or the mean over several.
    decimals : int, optional
        Decimals shown.
    height : float, optional
        Height of a digit, in scene units.
    layers : sequence of int or str, optional
        On the edges after which layers; on all by default.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """
    on_edges = EdgeGradientNumbers(net, gradient, decimals, height, layers)
    beside = BiasGradientNumbers(net, gradient, decimals, height)
    return _put_on_edges(net, on_edges).unannotate(BiasNumbers).annotate(beside)


def hide_gradient_values(net: Net) -> Net:
    """Take the derivatives away."""
    return _without(net, EdgeGradientNumbers).unannotate(BiasGradientNumbers)


def _put_on_edges(net: Net, on_edges: OnEdges) -> Net:
    """Put something on edges, instead of what is there."""
    for kind in (EdgeNumbers, EdgeTexts, EdgeGradientNumbers):
        net.unannotate(kind)
    return net.annotate(EdgeNumberGrounds(on_edges, net.style.behind)).annotate(on_edges)


def _without(net: Net, kind: type[OnEdges]) -> Net:
    """Take something off the edges, with its grounds, if it is there."""
    if any(type(one) is kind for one in net.annotations):
        net.unannotate(kind).unannotate(EdgeNumberGrounds)
    return net
