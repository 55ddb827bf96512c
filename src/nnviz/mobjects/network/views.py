"""How a network as a whole is drawn: unit by unit, or as volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from manim import VGroup, VMobject

from nnviz.mobjects.network import layout
from nnviz.mobjects.network.graph_layout import arrange_graph
from nnviz.mobjects.network.layer_mobjects import LayerGroup
from nnviz.mobjects.network.layer_pictures import layers_of, ranges_of
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.network.links import ties_of
from nnviz.mobjects.network.structure import Open, Structure, structure_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.volume_layout import projection_at, put_in_a_strip, put_legend
from nnviz.mobjects.network.volume_plan import VolumePlan, planned
from nnviz.mobjects.network.volumes import VolumeLayer, legend_of, volume_layers
from nnviz.network import Network

__all__ = ["VIEWS", "Arranged", "View", "Volumes", "needs_units", "view_of"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
#: Volumes are drawn at this size where branches stand above one another.
_BRANCHED = 0.6


class Arranged(NamedTuple):
    """What stands around layers in their places.

    Attributes
    ----------
    connections
        For everything after the inputs a group of what ties it to what it takes.
    frames
        Frames around blocks, or around parts that are drawn once.
    legend
        What colours mean.
    """

    connections: VGroup
    frames: VGroup
    legend: VGroup


class View:
    """Layers with their units: neurons, maps, cells. Others are subclasses, and entries in `VIEWS`.

    Attributes
    ----------
    shows_units : bool
        Class attribute: whether weights, numbers, kernels and the like have places on it.
    """

    shows_units = True

    def structure(self, network: Network, opened: Open, style: NetworkStyle) -> Structure:
        """Return what is drawn of a network.

        Parameters
        ----------
        network : Network
            Any.
        opened : Open
            Which blocks are open.
        style : NetworkStyle
            Style of the picture.
        """
        return structure_of(network, opened)

    def layers(
        self, network: Network, structure: Structure, style: NetworkStyle, keep_output: bool
    ) -> LayerGroup:
        """Return the pictures of all that is drawn, not arranged yet: see `layers_of`."""
        return layers_of(network, structure, style, keep_output)

    def arrange(
        self,
        network: Network,
        layers: LayerGroup,
        words: layout.Words,
        structure: Structure,
        style: NetworkStyle,
    ) -> Arranged:
        """Put layers and words into their places, and draw what ties them.

        Parameters
        ----------
        network : Network
            Network that is drawn.
        structure : Structure
            Parts of the network that are shown.
        layers : LayerGroup
            The layers to be placed.
        words : Words
            The labels and titles to be placed.
        style : NetworkStyle
            Style of the picture.
        """
        paths, frames = None, VGroup()
        if structure.is_row:
            layout.arrange(layers, words, style)
        else:
            paths, frames = arrange_graph(layers, words, structure, style)
        ties = ties_of(network, structure, layers, paths, style)
        return Arranged(ties, frames, VGroup())


class Volumes(View):
    """Layers as cuboids, as papers draw deep convolutional networks: see :class:`VolumeLayer`."""

    shows_units = False

    def structure(self, network: Network, opened: Open, style: NetworkStyle) -> Structure:
        """Return the volumes; with "all" open, nothing is folded.

        Raises
        ------
        ValueError
            If blocks are named, bias units are asked for, or the signal does not go to the right.
        """
        if opened not in (None, "all"):
            raise ValueError(
                "a picture of volumes has no blocks: open is 'all', to draw every layer that is "
                f"folded, or None, not {opened!r}"
            )
        if style.bias_units:
            raise ValueError("volumes have no units: bias_units is for view='layers'")
        if style.direction != "right":
            raise ValueError(
                f"volumes go to the right: direction {style.direction!r} is for layers"
            )
        return planned(network, is_folded=opened is None)

    def layers(
        self, network: Network, structure: Structure, style: NetworkStyle, keep_output: bool
    ) -> LayerGroup:
        """Return the volumes, not arranged yet."""
        assert isinstance(structure, VolumePlan)
        return volume_layers(structure, style, ranges_of(network))

    def arrange(
        self,
        network: Network,
        layers: LayerGroup,
        words: layout.Words,
        structure: Structure,
        style: NetworkStyle,
    ) -> Arranged:
        """Put volumes into a strip, or as any graph where there are branches, over a legend."""
        assert isinstance(structure, VolumePlan)
        legend = legend_of(structure, style)
        if structure.is_strip:
            strip = put_in_a_strip(layers, words.titles, legend, structure, style)
            ties, frames = strip.ties, strip.frames
        else:
            for layer in layers:
                if isinstance(layer, VolumeLayer):
                    layer.resize(_BRANCHED)
            paths, frames = arrange_graph(layers, words, structure, style)
            ties = _arrows(paths, structure, style)
        put_legend(legend, VGroup(layers, ties, frames, words.titles), style)
        return Arranged(ties, frames, legend)


def _arrows(paths: Sequence[Sequence[VMobject]], plan: VolumePlan, style: NetworkStyle) -> VGroup:
    """Return an arrow along every path, and what stands on it."""
    ties = VGroup()
    for k, some in enumerate(paths, start=plan.n_inputs):
        tie = VGroup(*(LinkArrow(path, style) for path in some))
        for path, source in zip(some, plan.things[k].sources, strict=True):
            if source in plan.volumes[k].projected:
                tie.add(projection_at(path.point_from_proportion(0.5), style))
        ties.add(tie)
    return ties


VIEWS: dict[str, View] = {"layers": View(), "volumes": Volumes()}
"""How networks are drawn, by the name that ``NetworkMobject(view=...)`` takes."""


def view_of(name: str) -> View:
    """Return a view by its name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in VIEWS:
        raise ValueError(f"view is one of {', '.join(VIEWS)}, not {name!r}")
    return VIEWS[name]


def needs_units(method: Callable[Concatenate[Any, _P], _T]) -> Callable[Concatenate[Any, _P], _T]:
    """Let a method of a network's picture say where it is not supported: on views without units.

    Parameters
    ----------
    method : callable
        A method of :class:`NetworkMobject`.
    """

    @wraps(method)
    def checked(net: Any, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not VIEWS[net.view].shows_units:
            name = method.__name__.removeprefix("_animate_")
            raise ValueError(
                f"{name} is not supported on view={net.view!r}, which shows no units, weights or "
                "blocks: make a NetworkMobject with view='layers' for that"
            )
        return method(net, *args, **kwargs)

    return checked  # type: ignore[return-value]
