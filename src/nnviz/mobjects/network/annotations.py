"""What is put on a network and follows what it shows: numbers, rings, lit paths, kernels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from manim import Animation, VGroup
from numpy.typing import NDArray

if TYPE_CHECKING:
    import numpy as np

    from nnviz.mobjects.network.network_mobject import NetworkMobject
    from nnviz.network import Gradient, Network

__all__ = ["Annotation"]


class Annotation(VGroup):
    """A part added to a network's picture that follows its changes.

    :meth:`NetworkMobject.annotate` puts it there. It is a part of the picture, moves and is copied
    with it, and is asked for changes when the picture changes to other activations or other
    parameters. One of your own is a subclass with the methods that it needs.

    Attributes
    ----------
    rank : int
        Class attribute: annotations of higher ranks are drawn above those of lower ones.
    """

    rank: ClassVar[int] = 10

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64] | None
    ) -> Iterable[Animation]:
        """Return animations for a layer's change to other activations; none by default.

        Parameters
        ----------
        net : NetworkMobject
            The picture.
        layer : int
            Which layer, counted with the input as 0.
        values : ndarray of float or None
            Its activations, in its shape; None if it will show none.

        Raises
        ------
        ValueError
            If there is no room for them. An animation of the engine asks when it is made, so that
            the error comes before anything is drawn.
        """
        return ()

    def gradient_changes(
        self, net: NetworkMobject, layer: int, gradient: Gradient
    ) -> Iterable[Animation]:
        """Return animations for a layer's change to another gradient; none by default.

        Parameters
        ----------
        net : NetworkMobject
            The picture.
        layer : int
            Which layer, with the edges into it.
        gradient : Gradient
            Gradient of the cost, shaped like the network.
        """
        return ()

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterable[Animation]:
        """Return animations for the picture's change to other parameters; none by default.

        Parameters
        ----------
        net : NetworkMobject
            The picture.
        network : Network
            With the parameters.
        """
        return ()

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Put the same on a picture of the same network that has other blocks open.

        What has a place there, such as numbers of a layer that both show, is shown again. What has
        none, as its block is shut, goes. By default it is not supported.

        Parameters
        ----------
        net : NetworkMobject
            The picture that it is on.
        after : NetworkMobject
            The other one, in its place, which shows the same activations and parameters.

        Raises
        ------
        ValueError
            If it is not supported, or there is no room.
        """
        raise ValueError(
            f"{type(self).__name__} cannot be shown again when blocks are opened or shut: take it "
            "off the picture first, and show it again after"
        )

    def places_again(
        self, net: NetworkMobject, after: NetworkMobject, first: int = 0
    ) -> dict[int, int]:
        """Return the groups that have something, by the group of the same name in another picture.

        Parameters
        ----------
        net, after : NetworkMobject
            As for :meth:`show_again_on`.
        first : int, optional
            Index of the layer that the first group is for.
        """
        names = [thing.name for thing in net.structure.things[first:]]
        filled = {name: k for k, name in enumerate(names) if len(self[k])}
        things = after.structure.things[first:]
        return {k: filled[one.name] for k, one in enumerate(things) if one.name in filled}
