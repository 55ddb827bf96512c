"""What of a network is drawn as volumes: layers with what follows them, and repeats once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from nnviz.mobjects.network.box_layers import SIGNS
from nnviz.mobjects.network.structure import Structure, Thing
from nnviz.network import Layer, Network
from nnviz.network.layers import (
    Activate,
    AdaptiveAveragePool2D,
    Add,
    AveragePool2D,
    BatchNorm,
    CausalMask,
    Constant,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    GroupNorm,
    LayerNorm,
    MaxPool2D,
    MergeHeads,
    Pad,
    PositionalEmbedding,
    PReLU,
    Repeat,
    Reshape,
    RMSNorm,
    RotaryPositions,
    Scale,
    SinusoidalPositions,
    Softmax,
    SplitHeads,
    Standardise,
    Transpose,
    Upsample,
)

__all__ = ["VOLUME_KINDS", "Repeated", "Volume", "VolumeKind", "VolumePlan", "kind_of", "planned"]


@dataclass(frozen=True)
class VolumeKind:
    """A kind of layer among volumes.

    Attributes
    ----------
    name
        In the legend.
    dark, light
        Its colour on dark and on light backgrounds, as hex strings.
    goes
        "alone": a volume of its own. "before": drawn with the layer before, where nothing else
        takes that. "after": drawn with the layer after.
    """

    name: str
    dark: str
    light: str
    goes: Literal["alone", "before", "after"] = "alone"


_GREY = "#9AA0A6", "#C9CDD2"
INPUT = VolumeKind("input", *_GREY)
JOIN = VolumeKind("", *_GREY)
_CONVOLUTION = VolumeKind("convolution", "#58C4DD", "#8CBDE6")
_POOLING = VolumeKind("pooling", "#FC6255", "#EE8A7D")
_DENSE = VolumeKind("dense", "#83C167", "#A5D08C")
_ELEMENTWISE = VolumeKind("element by element", "#B8A06A", "#E0CD9B", "before")
_REARRANGING = VolumeKind("other order", *_GREY, "after")

VOLUME_KINDS: dict[type[Layer], VolumeKind] = {
    Layer: VolumeKind("other", *_GREY),  # type: ignore[type-abstract]
    **dict.fromkeys((Conv1D, Conv2D), _CONVOLUTION),
    **dict.fromkeys(
        (MaxPool2D, AveragePool2D, GlobalAveragePool2D, AdaptiveAveragePool2D), _POOLING
    ),
    ConvTranspose2D: VolumeKind("transposed convolution", "#B794E6", "#BFA3DE"),
    Upsample: VolumeKind("upsampling", "#E39AC8", "#E3A8CC"),
    Dense: _DENSE,
    Embedding: VolumeKind("embedding", "#5CD0B3", "#8FD3C0"),
    **dict.fromkeys(
        (
            Activate,
            BatchNorm,
            CausalMask,
            Dropout,
            GroupNorm,
            LayerNorm,
            PositionalEmbedding,
            PReLU,
            RMSNorm,
            RotaryPositions,
            Scale,
            SinusoidalPositions,
            Softmax,
            Standardise,
        ),
        _ELEMENTWISE,
    ),
    **dict.fromkeys(
        (Flatten, MergeHeads, Pad, Repeat, Reshape, SplitHeads, Transpose), _REARRANGING
    ),
    Constant: VolumeKind("constant", *_GREY),
}
"""What volumes are called and coloured; a layer is of the kind of its nearest base class.

The joins, which have signs, are not among them.
"""

#: What legends call layers that are drawn with another one.
_WORDS: dict[type[Layer], str] = {
    BatchNorm: "norm",
    GroupNorm: "norm",
    LayerNorm: "norm",
    RMSNorm: "norm",
    PReLU: "prelu",
    Softmax: "softmax",
}


def kind_of(layer: Layer) -> VolumeKind:
    """Return the kind of a layer."""
    if layer.kind in SIGNS:
        return JOIN
    return next(VOLUME_KINDS[one] for one in type(layer).__mro__ if one in VOLUME_KINDS)


@dataclass(frozen=True)
class Volume:
    """One volume, or a join's sign.

    Attributes
    ----------
    kind
        Kind of its layer.
    shape
        Shape of what it gives.
    sign
        One of :data:`~nnviz.mobjects.network.box_layers.SIGNS`, drawn instead; "" for none.
    times
        Number of equal layers, one after the other, that it stands for.
    words
        What else is drawn with the layer, as the legend calls it: norms, activation functions.
    projected
        Names of the sources whose values come through a 1 x 1 convolution, which is drawn on the
        link.
    """

    kind: VolumeKind
    shape: tuple[int, ...]
    sign: str = ""
    times: int = 1
    words: tuple[str, ...] = ()
    projected: frozenset[str] = frozenset()


class Repeated(NamedTuple):
    """Volumes that stand for equal ones after them, too.

    Attributes
    ----------
    first, last
        Their places.
    times
        Number of them.
    """

    first: int
    last: int
    times: int


@dataclass(frozen=True)
class VolumePlan(Structure):
    """What is drawn of a network as volumes.

    Attributes
    ----------
    volumes
        One for each of the things.
    repeats
        Layers that are drawn once for several.
    """

    volumes: tuple[Volume, ...] = ()
    repeats: tuple[Repeated, ...] = ()

    @property
    def is_strip(self) -> bool:
        """Whether one thing comes after the other, with skips past some."""
        return all(len(column) == 1 for column in self.by_columns)


@dataclass(eq=False, repr=False)
class _Unit:
    """A volume while it is being found."""

    name: str
    kind: VolumeKind
    nodes: list[str]
    sources: list[_Unit]
    value: str
    main: Layer | None = None
    times: int = 1
    words: list[str] = field(default_factory=list)
    projected: list[_Unit] = field(default_factory=list)


def planned(network: Network, *, is_folded: bool = True) -> VolumePlan:
    """Return what is drawn of a network as volumes.

    A norm, an activation function and whatever else takes numbers one by one belongs to the volume
    of the layer before, and what only brings them into another order to that of the layer after. A
    1 x 1 convolution on a skip to a sum is drawn on its link.

    Parameters
    ----------
    network : Network
        Any.
    is_folded : bool, optional
        Whether equal layers in a row are one volume, and equal parts in a row are drawn once.
    """
    units = _without_projections(_units(network), network)
    repeats: list[Repeated] = []
    if is_folded:
        units = _with_runs(units, network)
        units, repeats = _with_repeats(units, network)
    found = _plan(units, network, repeats)
    if repeats and not found.is_strip:
        units = _with_runs(_without_projections(_units(network), network), network)
        found = _plan(units, network, [])
    return found


def _plan(units: Sequence[_Unit], network: Network, repeats: Sequence[Repeated]) -> VolumePlan:
    things, volumes = [], []
    for unit in units:
        taken = network.nodes[unit.nodes[0]].inputs[0] if unit.nodes else ""
        sources = tuple(source.name for source in unit.sources)
        things.append(Thing(unit.name, tuple(unit.nodes), sources, taken, unit.value))
        volumes.append(
            Volume(
                unit.kind,
                network.shapes[unit.value],
                unit.main.kind if unit.main is not None and unit.kind is JOIN else "",
                unit.times,
                tuple(dict.fromkeys(unit.words)),
                frozenset(source.name for source in unit.projected),
            )
        )
    return VolumePlan(
        tuple(things), frozenset(), False, volumes=tuple(volumes), repeats=tuple(repeats)
    )


def _units(network: Network) -> list[_Unit]:
    """Return a unit for every input, and for every layer with what is drawn with it."""
    takers = Counter(source for node in network.nodes.values() for source in node.inputs)
    takers[network.output] += 1
    units = [_Unit(name, INPUT, [], [], name) for name in network.inputs]
    of = {unit.name: unit for unit in units}
    for name, (layer, inputs) in network.nodes.items():
        kind = kind_of(layer)
        before = of[inputs[0]]
        follows = len(inputs) == 1 and before.nodes and takers[inputs[0]] == 1
        if follows and kind.goes != "alone" and (kind.goes == "before" or _is_loose(before)):
            before.nodes.append(name)
            before.value = name
            before.words += _words(layer)
        elif follows and kind is not JOIN and _is_loose(before):
            before.nodes.append(name)
            before.name, before.kind, before.main, before.value = name, kind, layer, name
            before.words = _words(layer)
        else:
            sources = [of[source] for source in inputs]
            of[name] = _Unit(name, kind, [name], sources, name, layer, words=_words(layer))
            units.append(of[name])
            continue
        of[name] = before
    return units


def _is_loose(unit: _Unit) -> bool:
    """Return whether a unit may become part of the one after."""
    return bool(unit.nodes) and unit.kind.goes != "alone"


def _words(layer: Layer) -> list[str]:
    words = [_WORDS[one] for one in type(layer).__mro__ if one in _WORDS][:1]
    if layer.activation.name != "identity":
        words.append(layer.activation.name)
    return words


def _takers(units: Sequence[_Unit]) -> dict[_Unit, list[_Unit]]:
    takers: dict[_Unit, list[_Unit]] = {unit: [] for unit in units}
    for unit in units:
        for source in unit.sources:
            takers[source].append(unit)
    return takers


def _without_projections(units: list[_Unit], network: Network) -> list[_Unit]:
    """Give 1 x 1 convolutions on skips to the joins that they lead to."""
    takers = _takers(units)
    above: dict[_Unit, set[_Unit]] = {}
    for unit in units:
        above[unit] = {one for s in unit.sources for one in (s, *above[s])}
    gone = set()
    for join in (unit for unit in units if isinstance(unit.main, Add)):
        for k, way in enumerate(join.sources):
            if not _is_projection(way) or takers[way] != [join] or network.output in way.nodes:
                continue
            (start,) = way.sources
            others = [one for i, one in enumerate(join.sources) if i != k]
            if not any(start in above[one] and one is not start for one in others):
                continue
            join.nodes = [*way.nodes, *join.nodes]
            join.sources = [start if one is way else one for one in join.sources]
            join.projected.append(start)
            gone.add(way)
    return [unit for unit in units if unit not in gone]


def _is_projection(unit: _Unit) -> bool:
    return isinstance(unit.main, Conv2D) and set(unit.main.kernels.shape[2:]) == {1}


def _signature(unit: _Unit, network: Network) -> tuple[Any, ...]:
    """Return what has to be the same for units to be folded."""
    kernels = getattr(unit.main, "kernels", None)
    size = None if kernels is None else kernels.shape[2:]
    words = () if unit.kind is JOIN else tuple(unit.words)
    return type(unit.main), size, network.shapes[unit.value], unit.times, words


def _with_runs(units: Sequence[_Unit], network: Network) -> list[_Unit]:
    """Fold layers with parameters that are equal, one after the other, into one unit."""
    takers = _takers(units)
    kept: list[_Unit] = []
    last: dict[_Unit, _Unit] = {}
    for unit in units:
        unit.sources = [last.get(source, source) for source in unit.sources]
        unit.projected = [last.get(source, source) for source in unit.projected]
        before = kept[-1] if kept else None
        if (
            before is not None
            and isinstance(unit.main, Conv1D | Conv2D | ConvTranspose2D | Dense)
            and unit.sources == [before]
            and takers[before] == [unit]
            and network.output not in before.nodes
            and _signature(before, network)[:3] == _signature(unit, network)[:3]
        ):
            before.nodes += unit.nodes
            before.value = unit.value
            before.times += unit.times
            before.words = [word for word in before.words if word in unit.words]
            takers[before] = takers[unit]
            last[unit] = before
        else:
            kept.append(unit)
    return kept


def _with_repeats(units: list[_Unit], network: Network) -> tuple[list[_Unit], list[Repeated]]:
    """Draw equal parts, one after the other, once."""
    kept: list[_Unit] = []
    repeats = []
    start = 0
    while start < len(units):
        length, times = _repeat_at(units, start, network)
        part = units[start : start + length]
        for k in range(1, times):
            for i, unit in enumerate(part):
                copy = units[start + k * length + i]
                unit.nodes += copy.nodes
                unit.value = copy.value
        if times > 1:
            repeats.append(Repeated(len(kept), len(kept) + length - 1, times))
            last = units[start + times * length - 1]
            for unit in units[start + times * length :]:
                unit.sources = [part[-1] if one is last else one for one in unit.sources]
                unit.projected = [part[-1] if one is last else one for one in unit.projected]
        kept += part
        start += times * length
    return kept, repeats


def _repeat_at(units: Sequence[_Unit], start: int, network: Network) -> tuple[int, int]:
    """Return the length of the shortest part that is repeated from there, and how often."""
    places = {unit: k for k, unit in enumerate(units)}
    for length in range(2, (len(units) - start) // 2 + 1):
        times = 1
        while _is_again(units, start, length, times, network, places):
            times += 1
        if times > 1 and _is_closed(units, start, length, times, network, places):
            return length, times
    return 1, 1


def _is_again(
    units: Sequence[_Unit],
    start: int,
    length: int,
    k: int,
    network: Network,
    places: dict[_Unit, int],
) -> bool:
    """Return whether the part at a place stands there a k-th time again."""

    def token(i: int) -> tuple[Any, ...]:
        offsets = tuple(i - places[source] for source in units[i].sources)
        through = tuple(i - places[source] for source in units[i].projected)
        return *_signature(units[i], network), offsets, through

    first = start + k * length
    return first + length <= len(units) and all(
        units[start + i].nodes and token(start + i) == token(first + i) for i in range(length)
    )


def _is_closed(
    units: Sequence[_Unit],
    start: int,
    length: int,
    times: int,
    network: Network,
    places: dict[_Unit, int],
) -> bool:
    """Return whether only the last value of each part is taken outside, by the next one."""
    stop = start + times * length
    for i, unit in enumerate(units):
        for source in unit.sources:
            k = places[source]
            if start <= i < stop and i - k > (i - start) % length + 1:
                return False
            if i >= stop and start <= k < stop - 1:
                return False
    return not any(network.output in unit.nodes for unit in units[start : stop - 1])
