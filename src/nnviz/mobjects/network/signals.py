"""What travels along the lines of a network: products of weights and activations, and errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from manim import ManimColor, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.layer_pictures import units_in_both
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.network.matrices import TokenLayer
from nnviz.mobjects.primitives.edge_array import EdgeArray

if TYPE_CHECKING:
    from manim import ParsableManimColor

    from nnviz.mobjects.network.network_mobject import NetworkMobject
    from nnviz.network import BackwardPass

__all__ = ["Signal", "signals_back_from", "signals_into", "strokes_of_signal"]

#: Width of the strongest signal over that of the widest edge; a factor for the corners of windows,
#: which lie side by side.
_WIDTH, _IN_WINDOWS = 5.0, 0.4


class Signal(NamedTuple):
    """What travels along some lines of a picture.

    Attributes
    ----------
    lines
        Edges, or the path of an arrow; a part of the picture.
    strengths
        Strengths of each line, shape (n,): its sign, and in [-1, 1] how strong it is.
    width
        Width of the strongest signal, over that along edges.
    """

    lines: VMobject
    strengths: NDArray[np.float64]
    width: float = 1.0


def signals_into(
    net: NetworkMobject, layer: int, values: Sequence[NDArray[np.float64]]
) -> list[Signal]:
    """Return what travels into a layer when it is computed.

    Along the edge of a weight that is w a: 1 would be the strongest weight shown, out of a neuron
    that is full. Out of a bias unit it is b. Along the line between two neurons that are alike it
    is a. Along an arrow, and along the lines of a window, go all values of a layer: as strong as
    the largest, with the sign of their sum. Tokens are names, and as strong as can be.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    layer : int
        Which layer, counted with the input as 0.
    values : sequence of ndarray of float
        The activations of every layer, as :meth:`NetworkMobject.per_layer` returns them.
    """
    result = []
    sources = net.structure.sources(layer)
    if len(edges := net.edge_groups[layer - net.structure.n_inputs]):
        before = net.layers[sources[0]]
        sent = before.fractions(values[sources[0]]).ravel()[before.shown_units]
        sent = np.append(sent, np.ones(len(before.bias_unit)))
        result.append(Signal(edges, _products(net, layer, sent[:, None])))
    for source, lines in _ties(net, layer):
        before, sent = net.layers[source], values[source]
        fractions = _shares(before, sent)
        units = _units_of(net, layer, source, lines)
        strengths = fractions.ravel()[units] if units is not None else _of_all(fractions, sent)
        result.append(_alike(lines, strengths, units))
    return result


def signals_back_from(net: NetworkMobject, layer: int, backward: BackwardPass) -> list[Signal]:
    """Return what travels back from a layer to those before it: the errors dC/dz.

    Along the edge of a weight that is w dC/dz, a part of dC/da of the neuron before: 1 would be
    the strongest weight shown, times the largest error of its layer. Along other lines it is dC/dz
    itself, as :func:`signals_into` says it of activations.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    layer : int
        Which layer, counted with the input as 0.
    backward : BackwardPass
        The derivatives.
    """
    result = []
    errors = np.asarray(backward.errors[net.structure.things[layer].value])
    fractions = errors / (float(np.abs(errors).max(initial=0.0)) or 1.0)
    if len(edges := net.edge_groups[layer - net.structure.n_inputs]):
        sent = fractions.ravel()[net.layers[layer].shown_units]
        products = _products(net, layer, sent[None, :])
        # Nothing goes back to a unit that always is 1.
        products[len(products) - len(net.bias_edges(layer - net.structure.n_inputs)) :] = 0
        result.append(Signal(edges, products))
    for source, lines in _ties(net, layer):
        units = _units_of(net, layer, source, lines)
        strengths = fractions.ravel()[units] if units is not None else _of_all(fractions, errors)
        result.append(_alike(lines, strengths, units))
    return result


def strokes_of_signal(
    net: NetworkMobject,
    signal: Signal,
    positive: ParsableManimColor,
    negative: ParsableManimColor,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return colours, shape (n, 3), widths and opacities, shape (n,), that show strengths.

    Parameters
    ----------
    net : NetworkMobject
        The picture, whose style says how wide edges are, and with which exponent.
    signal : Signal
        What travels.
    positive, negative : color
        Colours by sign.
    """
    signs = np.array([ManimColor(negative).to_rgb(), ManimColor(positive).to_rgb()])
    sizes = np.abs(signal.strengths)
    widest = _WIDTH * signal.width * net.style.max_edge_width
    widths = widest * sizes**net.style.weight_exponent * (sizes > 0)
    return signs[(signal.strengths > 0).astype(int)], widths, sizes


def _products(net: NetworkMobject, layer: int, sent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is sent times the weights of the edges into a layer, over the largest weight."""
    weights = net.shown_weights(layer - net.structure.n_inputs)
    products: NDArray[np.float64] = weights / (np.abs(weights).max(initial=0.0) or 1.0) * sent
    return products.ravel()


def _ties(net: NetworkMobject, layer: int) -> list[tuple[int, VMobject]]:
    """Return the lines, apart from edges, that tie a layer to its inputs, with the input layers."""
    sources = net.structure.sources(layer)
    ties = list(net.connections[layer - net.structure.n_inputs])
    arrows = [one for one in ties if isinstance(one, LinkArrow)]
    found: list[tuple[int, VMobject]] = [
        (source, arrow.path) for source, arrow in zip(sources, arrows, strict=False)
    ]
    rest = [part for one in ties if one not in arrows for part in one.get_family()]
    found += [(sources[0], part) for part in rest if isinstance(part, EdgeArray) and len(part)]
    return found


def _units_of(
    net: NetworkMobject, layer: int, source: int, lines: VMobject
) -> NDArray[np.int_] | None:
    """Return which unit each line belongs to, of lines between neurons that are alike."""
    before, after = net.layers[source], net.layers[layer]
    if not (isinstance(lines, EdgeArray) and len(before.neurons) and len(after.neurons)):
        return None
    same, _, _ = units_in_both(before, after)
    return same if len(same) == len(lines) else None


def _shares(layer: LayerMobject, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return activations over the one that is shown as full."""
    return np.ones(values.shape) if isinstance(layer, TokenLayer) else layer.fractions(values)


def _of_all(fractions: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Return the largest share, with the sign of the values' sum."""
    largest = float(np.abs(fractions).max(initial=0.0))
    return -largest if values[np.isfinite(values)].sum() < 0 else largest


def _alike(lines: VMobject, strengths: ArrayLike, units: NDArray[np.int_] | None) -> Signal:
    """Return the signal along lines that are no edges, of one strength for all or of one each."""
    is_window = isinstance(lines, EdgeArray) and units is None
    width = _IN_WINDOWS if is_window else 1.0
    return Signal(lines, np.broadcast_to(np.asarray(strengths), _count(lines)), width)


def _count(lines: VMobject) -> int:
    return len(lines) if isinstance(lines, EdgeArray) else 1
