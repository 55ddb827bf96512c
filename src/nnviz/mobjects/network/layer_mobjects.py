"""What all layers on screen have in common, and layers in a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, overload

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    Animation,
    Dot,
    ManimColor,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import Bearer, Part, State, is_end
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import Repaint
from nnviz.mobjects.primitives.writing import in_latex, plain_signs, written

__all__ = [
    "LayerGroup",
    "LayerMobject",
    "Range",
    "Shown",
    "shortened",
    "three_dots",
]

Indices = NDArray[np.int_]

#: How many parts are shown at most, or which.
Shown = int | Sequence[int]

#: Most lines that say which units are shown; their height and distance over a count's height.
_MOST_RUNS, _RUN_HEIGHT, _RUN_BUFF = 4, 0.6, 0.55


class Range(NamedTuple):
    """The range of a layer's activations, if its function has one.

    Attributes
    ----------
    low, high
        Bounds; None if the values are data, whose range is not known before.
    """

    low: float | None
    high: float | None

    @property
    def is_signed(self) -> bool:
        """Whether values below 0 are possible."""
        return self.low is None or self.low < 0

    def limit(self, values: NDArray[np.float64]) -> float:
        """Return the value that is shown as full."""
        largest = float(np.abs(values).max(initial=0.0))
        if self.low is None or self.high is None:
            return max(1.0, largest)
        if max(-self.low, self.high) <= 1:
            return 1.0
        return largest or 1.0


class LayerMobject(ShownInNotebooks, VGroup):
    """One layer on screen: neurons, feature maps, a matrix, tokens, or a box with words.

    Parameters
    ----------
    body : VGroup, optional
        What shows activations.
    shape : tuple of int, optional
        Shape of the layer's activations.
    shown : Indices
        Indices of the parts shown: neurons or maps.
    style : NetworkStyle, optional
        Style of the picture.
    values : Range, optional
        Range of its activations.
    limit : float, optional
        The activation shown as full, if that does not follow from `values`.

    Attributes
    ----------
    what : str
        Class attribute: what it is, for errors.
    activations
        What the layer shows, an array of its shape; None where it shows nothing.
    strengths
        What fills are multiplied by, shape (shown,): 1, and less beside a highlighted path.
    shown_units
        Which units the neurons are, or which channels the maps, from 0; shape (shown,).
    """

    what: ClassVar[str] = "a layer"
    shape: State[tuple[int, ...]] = State()
    style: State[NetworkStyle] = State()
    values: State[Range] = State()
    limit: State[float | None] = State()
    activations: State[NDArray[np.float64] | None] = State()
    strengths: State[NDArray[np.float64]] = State()
    shown_units: State[Indices] = State()
    body: Part[VGroup] = Part(0, doc="What shows activations: the neurons or the maps, in order.")
    dots: Part[VGroup] = Part(1, doc="The dots of a shortened layer; empty where all is shown.")
    size_label: Part[VGroup] = Part(
        2, doc="The true size of a shortened layer, with a brace at the input; else empty."
    )
    mark: Part[VGroup] = Part(
        3, doc="The sign of a join before it, the words of a box, numbers of tokens; else empty."
    )
    bias_unit: Part[VGroup] = Part(
        4, doc="The unit 1 before the neurons, whose edges are biases; empty without one."
    )

    def __init__(
        self,
        body: VGroup,
        shape: tuple[int, ...],
        shown: Indices,
        style: NetworkStyle,
        values: Range,
        limit: float | None = None,
    ) -> None:
        super().__init__(body, VGroup(), VGroup(), VGroup(), VGroup())
        self.shape, self.style, self.values, self.limit = shape, style, values, limit
        self.activations = None
        self.strengths = np.ones(len(shown))
        self.shown_units = shown

    @property
    def bearer(self) -> Bearer | None:
        """The first neuron, or the first map's image."""
        first = self.body.submobjects[0]
        bearer = first.submobjects[0] if first.submobjects else first
        assert isinstance(bearer, Bearer)
        return bearer

    @property
    def size(self) -> int:
        """How many activations the layer has."""
        return int(np.prod(self.shape))

    @property
    def outlines(self) -> list[VMobject]:
        """The outline of each neuron or map shown: a circle or a frame."""
        return list(self.body)

    @property
    def neurons(self) -> VGroup:
        """The neurons shown, in order; empty for a layer of maps."""
        return VGroup()

    @property
    def senders(self) -> list[VMobject]:
        """Where edges begin: the neurons shown and, last, the bias unit if there is one."""
        return [*self.neurons, *(unit[0] for unit in self.bias_unit)]

    @property
    def column(self) -> VGroup:
        """What shows activations, with the bias unit."""
        return VGroup(self.body, self.bias_unit)

    @property
    def maps(self) -> VGroup:
        """The feature maps shown, in order; empty for a layer of neurons."""
        return VGroup()

    @property
    def is_shortened(self) -> bool:
        """Whether not all neurons or maps are shown."""
        return len(self.dots) > 0

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of values for each part shown: a unit has its own, a map all of its own.

        Parameters
        ----------
        values : ndarray of float
            Values of the whole layer, in its shape.
        """
        of_parts: NDArray[np.float64] = values.reshape(self.shape[0], -1).sum(axis=1)
        return of_parts[self.shown_units]

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return activations over the one that is shown as full, cut to [-1, 1].

        Parameters
        ----------
        values : ndarray of float
            Values of the whole layer, any shape.
        """
        limit = self.full(values)
        result: NDArray[np.float64] = (values / limit).clip(-1 if self.values.is_signed else 0, 1)
        return result

    def full(self, values: NDArray[np.float64]) -> float:
        """Return the activation that is shown as full, where these are shown; it is finite."""
        return self.limit or self.values.limit(values[np.isfinite(values)])

    def show_activations(self, activations: ArrayLike) -> Self:
        """Show the layer's activations.

        Parameters
        ----------
        activations : array_like
            Activations of the whole layer, in its shape or flat.

        Raises
        ------
        ValueError
            If the number of activations is not the layer's size.
        """
        self.activations = self.checked(activations, "activations")
        self._fill(self.fractions(self.activations))
        return self

    def change_to(self, activations: ArrayLike | None, **kwargs: Any) -> Animation:
        """Return an animation after which the layer shows activations.

        Parameters
        ----------
        activations : array_like or None
            As for :meth:`show_activations`; None to show none.
        **kwargs
            For :class:`manim.Animation`.
        """
        shown = None if activations is None else self.checked(activations, "activations")
        return _ShowActivations(self, shown, **kwargs)

    @animation_for(show_activations)
    def _animate_activations(
        self, activations: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return self.change_to(activations, **(anim_args or {}))

    def empty(self) -> Self:
        """Show no activations."""
        self.activations = None
        self._fill(np.zeros(self.shape))
        return self

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """What activations change, and the attributes of it, for :class:`Repaint`."""
        raise NotImplementedError

    def checked(self, values: ArrayLike, what: str) -> NDArray[np.float64]:
        """Return values of the whole layer in its shape; another number of them is an error."""
        array = np.asarray(values, dtype=float)
        if array.size != self.size:
            raise ValueError(
                f"a layer of {self._words()} got {array.size} {what}"
                + (", of a batch? Show one example" if array.ndim > len(self.shape) else "")
            )
        return array.reshape(self.shape)

    def spread(self, buff: float) -> Self:
        """Put the parts at another distance, in scene units."""
        raise NotImplementedError

    @property
    def runs(self) -> list[Indices]:
        """The parts shown, as runs of parts that follow one another."""
        return np.split(self.shown_units, np.flatnonzero(np.diff(self.shown_units) > 1) + 1)

    @property
    def dots_after(self) -> int:
        """How many of the parts shown stand before the dots."""
        gaps = np.diff(self.shown_units)
        if len(gaps) and gaps.max() > 1:
            return int(gaps.argmax()) + 1
        first, last = self.shown_units[[0, -1]]
        return 0 if first > self._n_parts - 1 - last else len(self.shown_units)

    def count(self) -> VGroup:
        """Return the true size, written; below it which parts are shown, if those were chosen."""
        style, height = self.style, self.style.count_height
        lines = [self._count()]
        if not np.array_equal(self.shown_units, shortened(self._n_parts, len(self.shown_units))):
            runs = [_range(run) for run in self.runs]
            if len(runs) <= _MOST_RUNS:
                lines += runs
        words = VGroup(
            *(
                written(
                    plain_signs(line, style.writing),
                    height * share,
                    style.writing,
                    style.text_color,
                    "a layer's size",
                )
                for line, share in zip(lines, (1.0, *[_RUN_HEIGHT] * len(lines)), strict=False)
            )
        )
        return words.arrange(DOWN, buff=_RUN_BUFF * height)

    @property
    def _n_parts(self) -> int:
        """How many parts there are, of which some are shown."""
        return self.shape[0]

    def _count(self) -> str:
        return " × ".join(map(str, self.shape))

    def _words(self) -> str:
        return " x ".join(map(str, self.shape)) + " values"

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        raise NotImplementedError


class _ShowActivations(Repaint):
    """A layer changes to other activations."""

    def __init__(
        self, layer: LayerMobject, activations: NDArray[np.float64] | None, **kwargs: Any
    ) -> None:
        self._layer, self._activations = layer, activations
        parts, names = layer.painted
        super().__init__(layer, parts, names, self._wanted, **kwargs)

    def _wanted(self) -> list[VMobject]:
        copy = self._layer.copy()
        if self._activations is None:
            return copy.empty().painted[0]
        return copy.show_activations(self._activations).painted[0]

    def show(self, share: float) -> None:
        super().show(share)
        if is_end(share):
            self._layer.activations = self._activations


class LayerGroup(VGroup):
    """The layers of a network, input first."""

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[LayerMobject]: ...

        @overload
        def __getitem__(self, key: int) -> LayerMobject: ...
        @overload
        def __getitem__(self, key: slice) -> LayerGroup: ...
        def __getitem__(self, key: int | slice) -> LayerMobject | LayerGroup: ...

    def get_group_class(self) -> type[LayerGroup]:  # type: ignore[override]
        """Return the class of slices."""
        return LayerGroup


def _range(run: Indices) -> str:
    """Return which units a run of them is."""
    return str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}"


def shortened(count: int, most: Shown) -> NDArray[np.int_]:
    """Return which of many parts are shown: as many from the start as from the end.

    Parameters
    ----------
    count : int
        Number of parts.
    most : Shown
        Most parts shown, or their indices.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    if not isinstance(most, int):
        if most[-1] >= count:
            raise ValueError(f"shown_units has {most[-1]}, but the layer has {count} parts, from 0")
        return np.array(most)
    if count <= most:
        return np.arange(count)
    return np.concatenate([np.arange((most + 1) // 2), np.arange(count - most // 2, count)])


def three_dots(style: NetworkStyle, is_vertical: bool | None = None) -> VMobject:
    """Return what stands for the parts that are not shown.

    Parameters
    ----------
    style : NetworkStyle
        Style of the network's picture.
    is_vertical : bool, optional
        Whether the dots stand above one another; by default as the neurons of a layer do.
    """
    down = style.direction == "right" if is_vertical is None else is_vertical
    if in_latex(style.writing) == "formulas":
        dots = r"\vdots" if down else r"\dots"
        what = "what stands for neurons not shown,"
        return written(dots, style.count_height, style.writing, style.text_color, what)
    radius = min(0.04, 0.2 * style.neuron_radius)
    return VGroup(
        *(Dot(radius=radius, color=ManimColor(style.text_color)) for _ in range(3))
    ).arrange(DOWN if down else RIGHT, buff=2 * radius)
