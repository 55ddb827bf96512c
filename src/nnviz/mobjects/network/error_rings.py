"""Rings around neurons and maps, which show the errors of backpropagation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from manim import Animation, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.neuron import hollow
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.painting import STROKE, Repaint
from nnviz.network import BackwardPass

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "ErrorRings",
    "hide_errors",
    "prepared_rings",
    "rings_by_errors",
    "show_errors",
]

Net = TypeVar("Net", bound="NetworkMobject")


class ErrorRings(Annotation):
    """Rings that show dC/dz, as :meth:`NetworkMobject.show_errors` says: a group a layer.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    errors : sequence of array_like
        dC/dz of each layer after the input, in its shape or flat.

    Raises
    ------
    ValueError
        If layers or sizes do not fit.
    """

    rank = 5

    def __init__(self, net: NetworkMobject, errors: Sequence[ArrayLike]) -> None:
        layers = net.layers[net.structure.n_inputs :]
        if len(errors) != len(layers):
            raise ValueError(
                f"a network of {len(layers)} layers after the input got errors for {len(errors)}"
            )
        super().__init__(*map(_rings_around, layers, errors))

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Put the rings around the same neurons and maps; there are none around new ones."""
        rings = after.prepared_rings()
        for k, old in self.places_again(net, after, net.structure.n_inputs).items():
            for ring, mine in zip(rings[k], self[old], strict=True):
                ring.match_style(mine)

    @property
    def rings(self) -> list[VMobject]:
        """The rings of all layers."""
        return [ring for group in self for ring in group]

    def unseen(self) -> Self:
        """Return a transparent copy."""
        copy = self.copy()
        for ring in copy.rings:
            ring.set_stroke(opacity=0)
        return copy

    def prepare_for(self, other: ErrorRings) -> Self:
        """Take on the colours and widths of others where these are transparent."""
        for ring, wanted in zip(self.rings, other.rings, strict=True):
            if not ring.get_stroke_opacity():
                ring.match_style(wanted).set_stroke(opacity=0)
        return self

    def change_to(
        self,
        net: NetworkMobject,
        other: ErrorRings,
        layers: Iterable[int] | None = None,
        **kwargs: Any,
    ) -> Animation:
        """Return an animation in which the rings take on the look of others.

        Parameters
        ----------
        net : NetworkMobject
            The picture. The rings stay on its neurons and maps.
        other : ErrorRings
            Rings around the same neurons and maps.
        layers : iterable of int, optional
            Those of which layers, counted with the input as 0; all by default.
        **kwargs
            For :class:`manim.Animation`.
        """
        first = net.structure.n_inputs
        chosen = range(first, len(net.layers)) if layers is None else list(layers)
        outlines = [outline for k in chosen for outline in net.layers[k].outlines]
        ours, others = (
            [ring for k in chosen for ring in rings[k - first]] for rings in (self, other)
        )
        return _ChangeRings(outlines, self, ours, others, **kwargs)


class _ChangeRings(Repaint):
    """Rings take on the look of others, and stay around their neurons and maps."""

    def __init__(
        self,
        outlines: list[VMobject],
        rings: ErrorRings,
        ours: list[VMobject],
        others: list[VMobject],
        **kwargs: Any,
    ) -> None:
        self._outlines = outlines
        super().__init__(rings, ours, STROKE, others, **kwargs)

    def show(self, share: float) -> None:
        super().show(share)
        for ring, outline in zip(self.painted, self._outlines, strict=True):
            ring.points = outline.points.copy()


def _rings_around(layer: LayerMobject, errors: ArrayLike) -> VGroup:
    of_parts = layer.sums(layer.checked(errors, "errors"))
    style, most = layer.style, float(np.abs(of_parts).max(initial=0.0)) or 1.0
    rings = VGroup()
    for outline, error in zip(layer.outlines, of_parts, strict=True):
        strength = abs(float(error)) / most
        color = style.increase_color if error < 0 else style.decrease_color
        width = style.neuron_stroke_width * (1 + 2 * strength)
        rings.add(hollow(outline).set_stroke(color, width, opacity=strength))
    return rings


def show_errors(net: Net, backward: BackwardPass | Sequence[ArrayLike]) -> Net:
    """Draw rings around neurons and maps that show dC/dz, the errors of backpropagation.

    A ring has the style's ``increase_color`` where dC/dz is negative, so that a larger z
    lowers the cost, and ``decrease_color`` where it is positive. Within a layer it is as
    opaque as dC/dz is large in absolute value, from nothing to the largest shown, and its
    width grows with that from one to three of a neuron's own. A feature map has the sum over
    its values, which is what raising all of them alike would do. The input has no z.

    Parameters
    ----------
    backward : BackwardPass or sequence of array_like
        What :meth:`Network.backward_pass` returned for one example, or dC/dz as one array for
        each layer after the input.

    Raises
    ------
    ValueError
        If layers or sizes do not fit.
    """
    return net.annotate(net.rings_by_errors(backward))


@animation_for(show_errors)
def _animate_errors(
    net: NetworkMobject,
    backward: BackwardPass | Sequence[ArrayLike],
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Fade the rings in, or change the present ones."""
    rings = net.rings_by_errors(backward)
    return net.prepared_rings().prepare_for(rings).change_to(net, rings, **(anim_args or {}))


def hide_errors(net: Net) -> Net:
    """Take the rings of :meth:`show_errors` away."""
    return net.unannotate(ErrorRings)


def rings_by_errors(
    net: NetworkMobject, backward: BackwardPass | Sequence[ArrayLike]
) -> ErrorRings:
    """Return new rings, as :meth:`show_errors` draws them."""
    if isinstance(backward, BackwardPass):
        things = net.structure.things[net.structure.n_inputs :]
        return ErrorRings(net, [backward.errors[thing.value] for thing in things])
    return ErrorRings(net, backward)


def prepared_rings(net: NetworkMobject) -> ErrorRings:
    """Return the picture's rings; where there are none, transparent ones are put on it."""
    rings = net.errors
    if not isinstance(rings, ErrorRings):
        after = net.layers[net.structure.n_inputs :]
        rings = ErrorRings(net, [np.zeros(layer.shape) for layer in after])
        net.annotate(rings)
    return rings
