"""Where units of a network's picture look, and with which kernels, shown and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnviz.mobjects.network.kernels import ShownKernels, placed_kernels
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.receptive_field_frames import (
    ReceptiveFieldMobject,
    WindowLayer,
    middle_unit,
    receptive_field_of,
    window_layer,
)
from nnviz.network import Conv2D

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "hide_kernels",
    "hide_receptive_fields",
    "show_kernels",
    "show_receptive_field",
]


def show_receptive_field(
    net: NetworkMobject,
    layer: int | str,
    channel: int | None = None,
    row: int | None = None,
    column: int | None = None,
) -> NetworkMobject:
    """Show where one unit of a convolution or a pooling looks, on the maps before it.

    A small square is the unit, larger ones are its window on every map that it looks at, as far
    as that lies in the map; what lies in the padding is not drawn. A network is drawn with the
    receptive field of a unit near the middle in every such layer. The picture itself is
    ``net.connections[layer - 1][0]``.

    Parameters
    ----------
    layer : int or str
        The unit's layer, counted with the input as 0, or its name.
    channel, row, column : int, optional
        Channel, row and column of the unit in its layer, from 0; what is not given is near the
        middle.

    Raises
    ------
    ValueError
        If its units do not look through windows, or there is no such unit, or it is not shown.
    """
    k = _layer_with_windows(net, layer)
    windows, before, after = windows_of(net, k)
    middle = middle_unit(windows, before, after) or (0, 0, 0)
    unit = (
        middle[0] if channel is None else channel,
        middle[1] if row is None else row,
        middle[2] if column is None else column,
    )
    mark = receptive_field_of(windows, before, after, net.style, unit)
    net.hide_receptive_fields([k])
    net.connections[k - net.structure.n_inputs].add(mark)
    return net


def windows_of(net: NetworkMobject, k: int) -> tuple[WindowLayer, LayerMobject, LayerMobject]:
    """Return a layer whose units look through windows, what it looks at, and what shows it.

    Parameters
    ----------
    k : int
        Its index.

    Raises
    ------
    ValueError
        If its units do not look through windows, or not at maps that are shown.
    """
    node = net.node_of(k)
    assert node is not None
    before = net.layers[net.structure.sources(k)[0]]
    if not len(before.maps):
        raise ValueError(
            f"what layer {k} looks at is shown as {before.what}, in which no window can be seen"
        )
    return window_layer(node), before, net.layers[k]


def hide_receptive_fields(
    net: NetworkMobject, layers: Sequence[int | str] | None = None
) -> NetworkMobject:
    """Take receptive fields away.

    Parameters
    ----------
    layers : sequence of int or str, optional
        Those of units in which layers; all by default.
    """
    first = net.structure.n_inputs
    chosen = range(first, len(net.layers)) if layers is None else map(net.layer_index, layers)
    for k in chosen:
        ties = net.connections[k - first]
        ties.remove(*(one for one in ties if isinstance(one, ReceptiveFieldMobject)))
    return net


def show_kernels(net: NetworkMobject, layer: int | str, height: float = 0.5) -> NetworkMobject:
    """Show the kernels of a convolution as small images, above or below its maps.

    They follow :meth:`show_weights`.

    Parameters
    ----------
    layer : int or str
        Which layer, counted with the input as 0, or its name.
    height : float, optional
        Height of a kernel, in scene units; smaller where there is not the room.

    Raises
    ------
    ValueError
        If the layer is no convolution, or there is no room for images that can be seen.
    """
    k = _layer_with_windows(net, layer)
    convolution = net.node_of(k)
    if not isinstance(convolution, Conv2D):
        kind = "" if convolution is None else convolution.kind
        raise ValueError(f"layer {k} is {kind}, which has no kernels")
    net.hide_kernels([k])
    if not len(net.kernels):
        net.annotate(ShownKernels(len(net.layers)))
    net.kernels[k].add(placed_kernels(convolution, net, net.layers, k, height))
    return net


def hide_kernels(net: NetworkMobject, layers: Sequence[int | str] | None = None) -> NetworkMobject:
    """Take kernels away.

    Parameters
    ----------
    layers : sequence of int or str, optional
        Layers whose kernels these are; all by default.
    """
    for k in range(len(net.layers)) if layers is None else map(net.layer_index, layers):
        if len(net.kernels):
            net.kernels[k].remove(*net.kernels[k])
    return net


def _layer_with_windows(net: NetworkMobject, layer: int | str) -> int:
    k = net.layer_index(layer)
    if k < net.structure.n_inputs:
        raise ValueError(f"layer {k} is the input, which looks at nothing")
    node = net.node_of(k)
    if node is None:
        raise ValueError(f"layer {k} is a block, which is shut: open it first")
    window_layer(node)
    return k
