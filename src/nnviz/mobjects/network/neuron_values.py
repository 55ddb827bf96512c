"""What stands in neurons: activations, texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import Animation, Mobject, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.derivative_numbers import by_place
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.number_space import OneSize, check_height, longest
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.contrast import readable
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.painting import AtItsTurn, CountTo
from nnviz.mobjects.primitives.writing import written

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["ActivationNumbers", "NeuronText", "NeuronTexts"]

#: What stands in a neuron, by its layer and which unit of that it is, or what returns it.
NeuronText = Callable[[int, int], str | Mobject | None] | Mapping[tuple[int, int], str | Mobject]

#: Most width and height of numbers in a neuron, as shares of its diameter. The corners of the
#: largest are a tenth of the radius away from the rim.
_WIDTH_IN_NEURON, _HEIGHT_IN_NEURON = 0.78, 0.45


class ActivationNumbers(Annotation):
    """Activations as numbers in neurons: a group a layer, empty where none are shown.

    All are of one size, which is that of the layer with the least room.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    activations : sequence of ndarray of float
        An array a layer, the input first.
    decimals : int
        Decimals shown.
    layers : sequence of int or str or None
        Layers to show them in, if they have neurons; all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for numbers that can be read.
    """

    rank = 0

    def __init__(
        self,
        net: NetworkMobject,
        activations: Sequence[NDArray[np.float64]],
        decimals: int,
        layers: Sequence[int | str] | None,
    ) -> None:
        groups = [VGroup() for _ in net.layers]
        for k in _chosen(net, layers):
            groups[k].add(*_activation_numbers(net.layers[k], activations[k].ravel(), decimals))
        _fit_into_neurons(net, groups, f"activations with {decimals} decimals", "fewer decimals")
        for group, layer, values in zip(groups, net.layers, activations, strict=True):
            if len(group):
                for number, value in zip(group, values.ravel()[layer.shown_units], strict=True):
                    number.set_value(float(value))
        super().__init__(*groups)

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Write the activations into the neurons of the same layers; into new ones if all had some.

        Layers that show no activations have the numbers that they had.
        """
        places = self.places_again(net, after)
        if all(len(self[k]) for k in _chosen(net, None)):
            shown = [k for k in _chosen(after, None) if after.layers[k].activations is not None]
            places = dict.fromkeys(shown, -1) | places
        if not places:
            return
        values = [
            np.zeros(one.shape) if one.activations is None else one.activations
            for one in after.layers
        ]
        for k, old in places.items():
            if after.layers[k].activations is None:
                numbers: Any = self[old]
                known = [float(number.number) for number in numbers]
                values[k].reshape(-1)[after.layers[k].shown_units] = known
        number: Any = next(group[0] for group in self if len(group))
        decimals = number.num_decimal_places
        after.annotate(ActivationNumbers(after, values, decimals, sorted(places)))

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64] | None
    ) -> Iterator[Animation]:
        """Let the numbers count to other activations; they become smaller to have room."""
        picture, numbers = net.layers[layer], list(self[layer])
        if not numbers:
            return
        if values is None:
            yield from _stay_readable(numbers, picture, net.style)
            return
        limit, shown = picture.full(values), values.ravel()[picture.shown_units].tolist()
        for number, neuron, value in zip(numbers, picture.neurons, shown, strict=True):
            yield _Activate(number, value, limit, neuron, net.style)
        written = [net.layers[k] for k, group in enumerate(self) if len(group)]
        neurons = [neuron for one in written for neuron in one.neurons]
        yield OneSize(
            self,
            lambda: [_WIDTH_IN_NEURON * neuron.width for neuron in neurons],
            lambda: _HEIGHT_IN_NEURON * min(neuron.width for neuron in neurons),
            [one.values.is_signed for one in written for _ in one.neurons],
            layer,
            shown,
            net.style.min_number_height,
            f"activations in neurons of layer {layer},",
            "make the neurons larger (neuron_radius), or show the values with fewer decimals or "
            "without this layer (show_values(..., decimals, layers))",
        )


class NeuronTexts(Annotation):
    """Texts of one's own in neurons, such as symbols: a group a layer; all of one size.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    texts : NeuronText
        The text of a neuron by the index of its layer, the input being 0, and of its unit: a
        mapping, or a function of the two. None leaves the neuron free.
    layers : sequence of int or str or None
        Layers to show them in, if they have neurons; all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for texts that can be read.
    IndexError
        If a mapping names a neuron that is not shown.
    """

    rank = 0

    def __init__(
        self, net: NetworkMobject, texts: NeuronText, layers: Sequence[int | str] | None
    ) -> None:
        style = net.style
        groups = [VGroup() for _ in net.layers]
        places = {
            (k, unit) for k in _chosen(net, None) for unit in net.layers[k].shown_units.tolist()
        }
        text_of = by_place(texts, places, "neuron (layer, unit)")
        for k in _chosen(net, layers):
            for unit in net.layers[k].shown_units.tolist():
                text = text_of(k, unit) or ""
                groups[k].add(written(text, 1.0, style.writing, None, "text in a neuron"))
        _fit_into_neurons(net, groups, "texts", "shorter texts")
        super().__init__(*groups)
        for layer, group in zip(net.layers, groups, strict=True):
            for text, neuron in zip(group, layer.neurons, strict=False):
                _make_readable(text, neuron, style)

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Write the texts into the neurons of the same layers."""
        texts = {
            (k, unit): text.copy()
            for k, old in self.places_again(net, after).items()
            for unit, text in zip(net.layers[old].shown_units.tolist(), self[old], strict=True)
        }
        if texts:
            after.annotate(NeuronTexts(after, texts, sorted({k for k, _ in texts})))

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64] | None
    ) -> Iterator[Animation]:
        """Let the texts be readable on what neurons are filled with."""
        yield from _stay_readable(self[layer], net.layers[layer], net.style)


class _Activate(CountTo):
    """The number of a neuron counts to an activation, readable on the neuron all the way."""

    def __init__(
        self, number: VMobject, value: float, limit: float, neuron: VMobject, style: NetworkStyle
    ) -> None:
        self._limit, self._neuron, self._style = limit, neuron, style
        super().__init__(number, value)

    def start(self) -> None:
        super().start()
        self.mobject.limit = self._limit

    def show(self, share: float) -> None:
        super().show(share)
        _make_readable(self.mobject, self._neuron, self._style)


class _StayReadable(AtItsTurn):
    """A text is readable on its neuron, while that is filled."""

    def __init__(self, text: VMobject, neuron: VMobject, style: NetworkStyle) -> None:
        self._neuron, self._style = neuron, style
        super().__init__(text)

    def show(self, share: float) -> None:
        _make_readable(self.mobject, self._neuron, self._style)


def _stay_readable(
    texts: Iterable[VMobject], picture: LayerMobject, style: NetworkStyle
) -> Iterator[Animation]:
    for text, neuron in zip(texts, picture.neurons, strict=False):
        yield _StayReadable(text, neuron, style)


def _make_readable(text: Any, neuron: VMobject, style: NetworkStyle) -> None:
    fill = style.behind.interpolate(neuron.get_fill_color(), float(neuron.get_fill_opacity()))
    text.set_fill(readable(fill, style.text_color, style.contrast_color))


def _chosen(net: NetworkMobject, layers: Sequence[int | str] | None) -> list[int]:
    """Return the indices of the chosen layers that have neurons."""
    chosen = range(len(net.layers)) if layers is None else map(net.layer_index, layers)
    return sorted({k for k in chosen if isinstance(net.layers[k], NeuronLayer)})


def _fit_into_neurons(
    net: NetworkMobject, groups: Sequence[VGroup], what: str, remedy: str
) -> None:
    """Put texts into neurons, all in the size in which the largest fits.

    Raises
    ------
    ValueError
        If that is too small to be read.
    """
    share, least = np.inf, 0
    for k, (layer, group) in enumerate(zip(net.layers, groups, strict=True)):
        drawn = [text for text in group if text.family_members_with_points()]
        if not drawn:
            continue
        diameter = layer.neurons[0].width
        fitting = min(
            _WIDTH_IN_NEURON * diameter / max(text.width for text in drawn),
            _HEIGHT_IN_NEURON * diameter / max(text.height for text in drawn),
        )
        if fitting < share:
            share, least = fitting, k
    if not np.isfinite(share):
        return
    height = share * max(text.height for text in groups[least])
    radius = net.layers[least].neurons[0].width / 2
    check_height(
        height,
        net.style.min_number_height,
        f"{what} in neurons of radius {radius:.2f}, in layer {least},",
        f"make the neurons larger (neuron_radius, fewer with max_shown), ask for {remedy}, or "
        "leave the layer out (layers=...)",
    )
    for layer, group in zip(net.layers, groups, strict=True):
        for text, neuron in zip(group, layer.neurons, strict=False):
            text.scale(share).move_to(neuron)


def _activation_numbers(
    layer: LayerMobject, values: NDArray[np.float64], decimals: int
) -> list[ActivationNumber]:
    """Return the activations of the neurons shown, as wide as they can get, in their natural size.

    Parameters
    ----------
    layer : LayerMobject
        Layer of the neurons.
    values : ndarray of float
        Values of the whole layer, shape (size,).
    decimals : int
        Decimals shown.
    """
    style, limit, shown = layer.style, layer.full(values), values[layer.shown_units]
    # Where signs may change, there is room for them from the beginning.
    signed = -np.abs(shown) if layer.values.is_signed else shown
    widest = [longest(value, decimals) for value in signed.tolist()]
    return [
        ActivationNumber(
            value,
            num_decimal_places=decimals,
            mob_class=style.writing,
            color=style.text_color,
            contrast_color=style.contrast_color,
            fill_color=style.neuron_fill_color,
            negative_fill_color=style.negative_fill_color,
            background=style.behind,
            limit=limit,
        )
        for value in widest
    ]
