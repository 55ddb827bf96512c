"""One network's picture becomes that of another shape, readable all the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import (
    Animation,
    Mobject,
    MoveToTarget,
    ReplacementTransform,
    Restore,
    Scene,
    Transform,
    VGroup,
    VMobject,
)

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.highlighted_path import HighlightedPath
from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.primitives.edge_array import EdgeArray

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["NetworkMorph", "fits", "let_transforms_morph"]

#: Attributes whose last column is an opacity.
_RGBAS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")


def fits(net: NetworkMobject, other: NetworkMobject) -> bool:
    """Return whether two pictures have the same parts, so that Manim can turn them part by part."""
    return all(map(_fits, net.submobjects, other.submobjects))


def _fits(one: Mobject, other: Mobject) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, EdgeArray) and isinstance(other, EdgeArray):
        return len(one) == len(other)
    if isinstance(one, HighlightedPath) and isinstance(other, HighlightedPath):
        return all(map(np.array_equal, one.chosen, other.chosen))
    if type(one) is VGroup or isinstance(one, Annotation | LayerGroup | LayerMobject):
        return len(one.submobjects) == len(other.submobjects) and all(
            map(_fits, one.submobjects, other.submobjects)
        )
    return True  # Manim turns a word or a number into any other


class NetworkMorph(Animation):
    """A network's picture becomes another one, of another network or with other annotations.

    First all fades out but the neurons that both have, those of the same place in a layer of the
    same place, or of the same name where both show networks of the same nodes; these move to where
    the other picture has them; then the rest of that fades in. So no word is stretched, and no edge
    is seen without its neurons.

    Parameters
    ----------
    net : NetworkMobject
        The picture. In the end it is a picture of the other network, whose parts it has.
    target : NetworkMobject
        What it becomes; it stays as it is.
    replaces : bool, optional
        Whether the target is in the scene in the end, as after a ``ReplacementTransform``.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self, net: NetworkMobject, target: NetworkMobject, *, replaces: bool = False, **kwargs: Any
    ) -> None:
        self.target_mobject, self._replaces = target, replaces
        super().__init__(net, **kwargs)

    mobject: Any

    def create_starting_mobject(self) -> Any:
        """Return the picture itself: what it was is kept by :meth:`begin`."""
        return self.mobject

    def begin(self) -> None:
        """Hold both pictures in one."""
        net = self.mobject
        self._first, self._last = net.copy(), self.target_mobject.copy()
        self._pairs = _pairs(self._first, self._last)
        self._leaving, self._coming = self._first.copy(), self._last.copy()
        net.submobjects = [self._leaving, self._coming]
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show a share of the way."""
        share = self.rate_func(alpha)
        out, way, in_ = (min(max(3 * share - k, 0.0), 1.0) for k in range(3))
        _faded(self._leaving, self._first, 1 - out)
        _faded(self._coming, self._last, in_)
        for i, k in self._pairs:
            leaving, coming = self._leaving.layers[i], self._coming.layers[k]
            first, last = self._first.layers[i], self._last.layers[k]
            if isinstance(first, NeuronLayer) and isinstance(last, NeuronLayer):
                bodies = (leaving.body, coming.body, first.body, last.body)
                for old, new, start, end in zip(*bodies, strict=False):
                    # Until all else is gone, what stands in a neuron is over the old one.
                    _faded(old, start, float(out < 1))
                    new.interpolate(start, end, way)
                    if out < 1:
                        _faded(new, start, 0.0)

    def finish(self) -> None:
        """Leave the other picture."""
        super().finish()
        self.mobject.take_over(self._last)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Put the target in the picture's place, if it replaces that."""
        super().clean_up_from_scene(scene)
        if self._replaces:
            scene.replace(self.mobject, self.target_mobject)


def _pairs(first: NetworkMobject, last: NetworkMobject) -> list[tuple[int, int]]:
    """Return which layers of two pictures are the same."""
    if first.network.nodes.keys() != last.network.nodes.keys():
        return [(k, k) for k in range(min(len(first.layers), len(last.layers)))]
    places = {thing.name: k for k, thing in enumerate(last.structure.things)}
    return [
        (k, places[thing.name])
        for k, thing in enumerate(first.structure.things)
        if thing.name in places
    ]


def _faded(mobject: VMobject, like: VMobject, share: float) -> None:
    """Let a mobject look as another one with a share of its opacity."""
    for part, other in zip(mobject.get_family(), like.get_family(), strict=True):
        for name in _RGBAS:
            rgbas = getattr(other, name, None)
            if rgbas is not None:
                setattr(part, name, np.asarray(rgbas) * (1.0, 1.0, 1.0, share))


def let_transforms_morph(pictures: type[NetworkMobject]) -> None:
    """Let Manim's transforms turn pictures of networks of different shapes into each other, too.

    Parameters
    ----------
    pictures : subclass of NetworkMobject
        The class of the pictures.
    """
    for animation in (Transform, MoveToTarget, Restore, ReplacementTransform):
        pictures.add_animation_override(animation, _transform(pictures, animation))


def _transform(
    pictures: type[NetworkMobject], animation: type[Transform]
) -> Callable[..., Animation]:
    """Return what makes one of Manim's transforms, or a morph where pictures do not fit."""

    def transform(net: NetworkMobject, target: Mobject | None = None, **kwargs: Any) -> Animation:
        other = target
        if animation is MoveToTarget:
            other = net.target
        elif animation is Restore:
            other = getattr(net, "saved_state", None)
        if isinstance(other, pictures) and not fits(net, other):
            replaces = animation is ReplacementTransform
            return NetworkMorph(net, other, replaces=replaces, **kwargs)
        given = () if target is None else (target,)
        return animation(net, *given, **kwargs, use_override=False)

    return transform
