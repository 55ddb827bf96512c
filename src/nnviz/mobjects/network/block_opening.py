"""A network's picture with other blocks open, which shows the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from manim import ORIGIN, Animation, Mobject
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.morph import NetworkMorph
from nnviz.mobjects.network.structure import structure_of
from nnviz.mobjects.network.views import needs_units
from nnviz.mobjects.primitives.animated_methods import animation_for

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["copied_words", "open", "opened_and", "reopened", "shut", "shut_without"]

Net = TypeVar("Net", bound="NetworkMobject")


def copied_words(texts: Any) -> Any:
    """Return texts for a network's words as they are, with copies of mobjects among them."""
    return [text.copy() if isinstance(text, Mobject) else text for text in texts]


def opened_and(net: NetworkMobject, names: Iterable[str]) -> frozenset[str]:
    """Return which blocks are open when some more are.

    Raises
    ------
    ValueError
        If there is no such block.
    """
    return structure_of(net.network, [*net.structure.opened, *names]).opened


def shut_without(net: NetworkMobject, names: Iterable[str]) -> frozenset[str]:
    """Return which blocks are open when some are not, and neither are those within.

    Raises
    ------
    ValueError
        If one of them is not open.
    """
    opened = net.structure.opened
    for name in names:
        if name not in opened:
            shown = f"those are {', '.join(sorted(opened))}" if opened else "none is"
            raise ValueError(f"there is no open block {name!r} to be shut; {shown}")
        opened = frozenset(one for one in opened if not f"{one}.".startswith(f"{name}."))
    return opened


def reopened(net: NetworkMobject, opened: Iterable[str]) -> NetworkMobject:
    """Return a picture with some blocks open and all others shut, in the same place and size.

    It shows the same activations and annotations, and edges look the same. What is newly shown
    shows what the network computes from the inputs shown.

    Parameters
    ----------
    net : NetworkMobject
        The present picture.
    opened : iterable of str
        Names of all blocks that will be open.

    Raises
    ------
    ValueError
        If an annotation cannot be shown again: see :meth:`Annotation.show_again_on`.
    """
    before, after = (_made(net, names) for names in (net.structure.opened, opened))
    share = net.layers.width / (before.layers.width or 1.0)
    after.scale(share, about_point=ORIGIN)
    after.shift(net.layers.get_center() - share * before.layers.get_center())
    _show_same_activations(net, after)
    _paint_same_edges(net, after)
    for one in net.annotations:
        if isinstance(one, Annotation):
            one.show_again_on(net, after)
    return after


def _made(net: NetworkMobject, opened: Iterable[str]) -> NetworkMobject:
    """Return a new picture of the same network with those of its words that have a place."""
    structure = structure_of(net.network, opened)
    names = [thing.name for thing in structure.things]
    words = net.words_given
    titles = words["layer_titles"]
    output = structure.things[structure.index(net.network.output)]
    made = type(net)(
        net.network,
        net.style,
        input_labels=copied_words(words["input_labels"]),
        output_labels=() if output.is_block else copied_words(words["output_labels"]),
        layer_titles={
            name: title
            for name, title in zip(titles, copied_words(titles.values()), strict=True)
            if name in names
        },
        open=opened,
    )
    made.words_given = words
    return made


def _show_same_activations(net: NetworkMobject, after: NetworkMobject) -> None:
    shown = {
        thing.value: layer.activations
        for thing, layer in zip(net.structure.things, net.layers, strict=True)
        if layer.activations is not None
    }
    computed = _computed(net, shown)
    for thing, layer in zip(after.structure.things, after.layers, strict=True):
        value: NDArray[np.float64] | None = shown.get(thing.value)
        if value is None and net[thing.value].activations is not None:
            value = computed.get(thing.value)
        if value is not None:
            layer.show_activations(value)


def _computed(
    net: NetworkMobject, shown: dict[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Return all that the network computes from the inputs shown, if that is what is shown."""
    inputs = net.network.inputs
    if not all(name in shown for name in inputs):
        return {}
    integers = net.network.graph.integer_inputs
    given = {name: shown[name].astype(int if name in integers else float) for name in inputs}
    activations = net.network.forward_pass(given).activations
    if not all(np.allclose(activations[name], value) for name, value in shown.items()):
        return {}
    return dict(activations.items())


def _paint_same_edges(net: NetworkMobject, after: NetworkMobject) -> None:
    painted = net.edges_by_weights()
    if net.shows_weights and all(
        np.allclose(*(getattr(one, name) for one in (painted, net.edges)))
        for name in ("stroke_rgbas", "widths")
    ):
        after.show_weights()
        return
    groups = dict(zip(_names(net), net.edge_groups, strict=True))
    for name, group in zip(_names(after), after.edge_groups, strict=True):
        if len(group) and len(groups.get(name, ())) == len(group):
            rows = np.asarray(groups[name].rows)
            colors = net.edges.stroke_rgbas[rows]
            group.set_stroke(colors[:, :3], net.edges.widths[rows], opacity=colors[:, 3])


def _names(net: NetworkMobject) -> list[str]:
    return [thing.name for thing in net.structure.things[net.structure.n_inputs :]]


def open(net: Net, *names: str) -> Net:
    """Open blocks: their nodes, and the blocks in them, are drawn instead of boxes.

    The picture keeps its place, and is fitted as before. Activations that it shows are shown
    on: what is new shows what the network computes from the inputs shown. So are numbers,
    biases, rings and kernels, where the layers are that have them.

    Parameters
    ----------
    *names
        Names of blocks.

    Raises
    ------
    ValueError
        If there is no such block, what is on the picture cannot be shown again, such as a path
        or derivatives in numbers, or there is no room for it.
    """
    return net.take_over(reopened(net, opened_and(net, names)))


@animation_for(open)
@needs_units
def _animate_open(
    net: NetworkMobject, *names: str, anim_args: dict[str, Any] | None = None
) -> Animation:
    return NetworkMorph(net, reopened(net, opened_and(net, names)), **(anim_args or {}))


def shut(net: Net, *names: str) -> Net:
    """Shut blocks: a box is drawn instead of what is in them.

    Parameters
    ----------
    *names
        Names of blocks that are open.

    Raises
    ------
    ValueError
        If one of them is not open, or what is on the picture cannot be shown again.
    """
    return net.take_over(reopened(net, shut_without(net, names)))


@animation_for(shut)
@needs_units
def _animate_shut(
    net: NetworkMobject, *names: str, anim_args: dict[str, Any] | None = None
) -> Animation:
    return NetworkMorph(net, reopened(net, shut_without(net, names)), **(anim_args or {}))
