"""A layer of neurons in a column or a row."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import Brace, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.layer_mobjects import LayerMobject, Range, Shown, shortened, three_dots
from nnviz.mobjects.network.neuron import Neuron
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.painting import FILL
from nnviz.mobjects.primitives.writing import written

__all__ = ["NeuronLayer"]

_SIZE_LABEL_BUFF = 0.25
#: Height of the digit in a bias unit over the unit's radius.
_ONE = 0.9


class NeuronLayer(LayerMobject):
    """A layer of neurons in a column (or a row), with dots where it is shortened.

    Parameters
    ----------
    size : int
        Number of neurons of the layer.
    style : NetworkStyle
        Style of the picture.
    values : Range, optional
        Range of its activations; between 0 and 1 by default.
    max_shown : Shown, optional
        Most neurons shown, or their indices; the style's number by default.
    limit : float, optional
        The activation that fills a neuron wholly, if that does not follow from `values`.
    """

    what = "neurons"

    def __init__(
        self,
        size: int,
        style: NetworkStyle,
        values: Range = Range(0.0, 1.0),  # noqa: B008 (a value)
        max_shown: Shown | None = None,
        limit: float | None = None,
    ) -> None:
        if max_shown is None:
            max_shown = style.max_shown if isinstance(style.max_shown, int) else size
        shown = shortened(size, max_shown)
        neurons = VGroup(*(Neuron(style) for _ in shown))
        super().__init__(neurons, (size,), shown, style, values, limit)
        if len(shown) < size:
            self.dots.add(three_dots(style))
        self.spread(style.neuron_buff)

    @property
    def neurons(self) -> VGroup:
        """The neurons shown, from the first to the last."""
        return self.body

    def neuron_of(self, unit: int) -> VMobject:
        """Return the neuron of a unit of the layer.

        Parameters
        ----------
        unit : int
            Counted from 0, negative from the end.

        Raises
        ------
        IndexError
            If there is no such unit, or it is among those that the dots stand for.
        """
        if not -self.size <= unit < self.size:
            raise IndexError(f"no unit {unit} in a layer of {self.size} neurons")
        found = np.flatnonzero(self.shown_units == unit % self.size)
        if not len(found):
            shown = " and ".join(f"from {run[0]} to {run[-1]}" for run in self.runs)
            raise IndexError(
                f"unit {unit} is not shown: of {self.size} those {shown} are; max_shown says how "
                "many, and shown_units which"
            )
        return self.neurons[int(found[0])]

    def spread(self, buff: float) -> Self:
        """Put the neurons at another distance, in scene units."""
        self.buff = buff
        across = self.style.across
        self.neurons.arrange(across, buff=buff)
        if self.dots:
            before = self.dots_after
            dots_buff = self.style.dots_buff * min(1.0, buff / (self.style.neuron_buff or 1.0))
            self.dots.move_to(self.neurons)
            for some, side in ((self.neurons[:before], -across), (self.neurons[before:], across)):
                if some:
                    some.next_to(self.dots, side, dots_buff)
        if len(self.bias_unit):
            shown = VGroup(self.neurons, self.dots) if self.dots else self.neurons
            self.bias_unit.next_to(shown, -across, buff)
        return self

    def add_bias_unit(self) -> Self:
        """Put a unit before the first neuron that always is 1: edges out of it are biases."""
        style = self.style
        one = written("1", _ONE * style.neuron_radius, style.writing, style.text_color, "a bias")
        neuron = Neuron(style)
        self.bias_unit.add(VGroup(neuron, one.move_to(neuron)))
        return self.spread(self.buff)

    def add_brace(self, larger: float = 1.0) -> Self:
        """Write the true size beside the layer, on the side that no edges leave.

        Parameters
        ----------
        larger : float, optional
            Factor by which the words are larger than in the style.
        """
        side = -self.style.along
        brace = Brace(self.neurons, side, color=self.style.text_color)
        words = self.count().scale(larger)
        words.next_to(brace, side, larger * _SIZE_LABEL_BUFF)
        words.shift((words.get_center() - words[0].get_center()) * (1 - np.abs(side)))
        self.size_label.add(brace, *words)
        return self

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """The neurons' fills."""
        return list(self.neurons), FILL

    def _words(self) -> str:
        return f"{self.size} neurons"

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        signed = self.values.is_signed
        full, negative = self.style.neuron_fill_color, self.style.negative_fill_color
        shares = fractions[self.shown_units] * self.strengths
        for neuron, share in zip(self.neurons, shares, strict=True):
            # Where no activation is below 0, the colour that a neuron has been given stays.
            color = (negative if share < 0 else full) if signed else None
            neuron.set_fill(color, opacity=abs(float(share)))
