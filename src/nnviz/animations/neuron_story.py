"""How one neuron is explained on a network's picture: what is seen at which time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import UP, Line, Mobject, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.animations.explanation_story import CAME, STEP, Story, along
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import (
    Track,
    blend_to_activations,
    empty_and_fill,
    rise,
    there_and_back,
)
from nnviz.mobjects.equations.neuron_explanation import NeuronExplanation, TermTable
from nnviz.mobjects.equations.unit_response import ActivationCurve, SoftmaxShare
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.links import has_edges, strokes_of_weights
from nnviz.mobjects.network.receptive_field_frames import WindowLayer, receptive_field_of
from nnviz.mobjects.network.unit_marks import Spot, row_mark, spot_of
from nnviz.network import ForwardPass, UnitTerm, ValuePlace

__all__ = ["NeuronStory"]

#: Opacity of edges that are not being explained.
_WAITING = 0.55
#: Widths of lights over the widest edge, and of outlines.
_EDGE, _RING = 1.3, 4.0
#: Seconds: for each of the first terms, for each of the next ones, for all smaller ones together,
#: for a row below the line, for the curve, for the way along it, for the neuron, and to look.
_FIRST, _NEXT, _REST, _ROW, _PLOT, _WAY, _FILL, _LOOK = 2.0, 1.2, 1.4, 1.2, 0.8, 1.6, 1.4, 1.0
#: How many terms are explained slowly.
_SLOW = 2
#: The share of a term's time at which its product appears.
_MULTIPLIED = 0.8


class NeuronStory(Story[NetworkMobject]):
    """The explanation of one neuron, step by step.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    explanation : NeuronExplanation
        The formulas.
    values : ForwardPass
        The forward pass.
    lights : VGroup
        A group over the picture, for the lights of the story.

    Attributes
    ----------
    length : float
        Length of all steps, in seconds.
    """

    def __init__(
        self,
        net: NetworkMobject,
        explanation: NeuronExplanation,
        values: ForwardPass,
        lights: VGroup,
    ) -> None:
        self.explanation, self._values = explanation, values
        self._k = net.structure.index(explanation.unit.node)
        super().__init__(net, lights)

    def steps(self) -> Iterator[tuple[str, float]]:
        """Return the steps, and how long each takes, in seconds."""
        formulas = self.explanation
        yield "back", STEP
        if isinstance(formulas.terms, TermTable):
            yield from (("term", self._term_length(k)) for k in range(len(formulas.terms.rows)))
            yield from [("rest", _REST)] * len(formulas.terms.rest)
            yield from [("row", _ROW)] * (len(formulas.terms.below) - 1)
        else:
            yield from (("window", _FIRST), ("products", _FIRST), ("total", _ROW))
        if len(formulas.remark):
            yield "remark", _ROW
        if formulas.response is not None:
            yield from (("plot", _PLOT), ("way", _WAY))
        yield from (("fill", _FILL), ("look", _LOOK), ("return", STEP))

    @staticmethod
    def _term_length(k: int) -> float:
        return _FIRST if k < _SLOW else _NEXT

    def tracks(self) -> Iterator[Track]:
        """Make the lights on the picture as it is now, and return all tracks."""
        net, formulas = self.net, self.explanation
        unit, when = formulas.unit, self.schedule
        spot = spot_of(net.layers[self._k], unit.unit)
        sources = self._source_layers()
        kept: list[Mobject] = [net.layers[k] for k in sources]
        if spot.part is not None:
            kept.append(spot.part)
        yield self.fading_back(Presence(net, but=kept))
        for k, name in sources.items():
            yield self._showing_activations(net.layers[k], self._values[name])
        yield self._filling()
        yield self.lit(spot.mark, when["back"][0], self.length, _RING)
        if isinstance(formulas.terms, TermTable):
            yield from self._explain_terms(formulas.terms, spot)
        else:
            yield from self._explain_window(unit.summed_in)
        for part, step in ((formulas.remark, "remark"), (formulas.response, "plot")):
            if part is not None and step in when:
                yield from self._explain_activation(part, when[step][0])
        yield from self._explain_outcome()

    def _source_layers(self) -> dict[int, str]:
        """Return the layers on screen that inputs and weights come from, and their names."""
        structure = self.net.structure
        found: dict[int, str] = {}
        for term in self.explanation.unit.terms:
            for place in (term.place, term.weight_place):
                name = None if place is None else self._shown(place.node)
                if name is not None:
                    found[structure.index(name)] = name
        return found

    def _shown(self, node: str) -> str | None:
        """Return the node's name if it has a picture of its own, else None."""
        things = {thing.name for thing in self.net.structure.things if not thing.is_block}
        return node if node in things else None

    def _spot(self, place: ValuePlace | None) -> Spot | None:
        name = None if place is None else self._shown(place.node)
        if place is None or name is None:
            return None
        return spot_of(self.net[name], place.unit)

    def _showing_activations(self, layer: LayerMobject, values: NDArray[np.float64]) -> Track:
        """Let a layer show its activations, and in the end the same as before."""
        end, shown = self.schedule["return"][0], blend_to_activations(layer, values)
        return lambda time: shown(rise(time, 0, STEP) - rise(time, end, STEP))

    def _filling(self) -> Track:
        """Empty the unit, and then fill it to its activation."""
        unit, start = self.explanation.unit, self.schedule["fill"][0]
        fill = empty_and_fill(self.net.layers[self._k], unit.unit, self._values[unit.node])
        return lambda time: fill(rise(time, 0, STEP), rise(time, start, _FILL))

    # The terms

    def _explain_terms(self, table: TermTable, spot: Spot) -> Iterator[Track]:
        when, unit = self.schedule, self.explanation.unit
        summed = self._spot(ValuePlace(unit.summed_in, unit.unit)) or spot
        yield from self._waiting_edges()
        yield self.appearing(when["term"][0], table.head, table.rule, table.below[0][0])
        yield self._counting(table)
        limit = max((abs(term.weight) for term in unit.terms), default=0.0) or 1.0
        for k, (term, row) in enumerate(zip(table.terms, table.rows, strict=True)):
            length = self._term_length(k)
            yield from self._explain_term(term, row, when["term"][k], length, summed, limit)
        for start in when.get("rest", ()):
            yield self.appearing(start, table.rest)
            yield from self._waiting_edges(start, _REST, 1.0)
        rows: list[Any] = list(table.below)
        for row, start in zip(rows[1:], when.get("row", ()), strict=True):
            words, number = row
            yield self.appearing(start, words)
            is_bias = unit.bias is not None and row is rows[1]
            yield self.appearing(start, number)
            if is_bias:
                above = spot.middle + 2 * number.height * UP
                yield self.flying(number, above, start, _ROW)

    def _explain_term(
        self,
        term: UnitTerm,
        row: Any,
        start: float,
        length: float,
        to: Spot,
        limit: float,
    ) -> Iterator[Track]:
        name, given, times, weight, equals, product = row
        style = self.net.style
        yield self.appearing(start, name)
        source, key = self._spot(term.place), self._spot(term.weight_place)
        beside: NDArray[np.float64] | None = None
        if source is not None:
            yield self.lit(source.mark, start, length, _RING)
        if key is not None:
            yield self.lit(key.mark, start, length, _RING)
        if source is not None and term.weight_place is None:
            line = _line(source, to)
            color = style.positive_color if term.weight > 0 else style.negative_color
            width = _EDGE * max(
                style.max_edge_width * (abs(term.weight) / limit) ** style.weight_exponent,
                style.max_edge_width / 2,
            )
            yield self.lit(line, start, length, width, color)
            numbers = VGroup(given, times, weight)
            assert term.place is not None
            layers = [self.net[term.place.node]], [self.net.layers[self._k]]
            beside = self.best_place(numbers, along(line, numbers), *layers)
        elif source is not None and key is not None:
            beside = (source.middle + key.middle) / 2
        for place in (term.place, term.weight_place) if term.weight_place is not None else ():
            if place is not None and self._shown(place.node):
                mark = row_mark(self.net[place.node], place.unit)
                yield self.lit(mark, start, length, _RING / 2, opacity=_WAITING)
        yield self.appearing(start, given, times, weight)
        if beside is not None:
            yield self.flying(VGroup(given, times, weight), beside, start, length)
        yield self.appearing(start + CAME * length, equals, product)

    def _waiting_edges(
        self, start: float = 0.0, length: float | None = None, opacity: float = _WAITING
    ) -> Iterator[Track]:
        """Show all edges into the unit in the colours of their weights."""
        net, unit = self.net, self.explanation.unit
        k = net.structure.index(unit.summed_in)
        if not has_edges(net.network, net.structure, net.layers, k):
            return
        j = net.layers[k].shown_units.tolist().index(unit.unit[-1])
        edges = net.edges_into(k, j).separate()
        weights = net.shown_weights(k - net.structure.n_inputs)[:, j]
        style = net.style
        colors, widths = strokes_of_weights(
            [weights], style.positive_color, style.negative_color, style, None
        )
        edges.stroke_rgbas = np.column_stack([colors, np.zeros(len(colors))])
        edges.stroke_width = widths
        self.lights.add(edges)
        length = self.length if length is None else length

        def track(time: float) -> None:
            edges.set_stroke(opacity=opacity * there_and_back(time, start, length))

        yield track

    def _counting(self, table: TermTable) -> Track:
        """Let the sum count on as products appear."""
        number: Any = table.below[0][1]
        point, last = number.point_x, table.running[-1]
        times = [*self.schedule["term"], *self.schedule.get("rest", ())]
        lengths = [self._term_length(k) for k in range(len(table.rows))]
        lengths += [_REST] * len(self.schedule.get("rest", ()))
        sums = [0.0, *table.running[: len(times) - 1], last]
        first = times[0]

        def track(time: float) -> None:
            value = 0.0
            for k, (start, length) in enumerate(zip(times, lengths, strict=True)):
                come = _MULTIPLIED * length
                share = rise(time, start + come, length - come)
                value = sums[k] + share * (sums[k + 1] - sums[k]) if share else value
            number.set_value(last if time >= times[-1] + lengths[-1] else value)
            number.shift((point - number.point_x) * np.array([1.0, 0.0, 0.0]))
            number.set_opacity(rise(time, first, STEP))

        return track

    # A window

    def _explain_window(self, node: str) -> Iterator[Track]:
        net, when, figure = self.net, self.schedule, self.explanation.terms
        assert not isinstance(figure, TermTable)
        starts = [when[name][0] for name in ("window", "products", "total")]
        k = net.structure.index(node)
        layer = net.network.nodes[node].layer
        before = net.layers[net.structure.sources(k)[0]]
        if isinstance(layer, WindowLayer) and len(before.maps):
            channel, row, column = (*self.explanation.unit.unit, 0, 0)[:3]
            field = receptive_field_of(
                layer, before, net.layers[k], net.style, (channel, row, column)
            )
            field.reveal(0.0)
            self.lights.add(field)

            def light(time: float) -> None:
                end = self.schedule["return"][0] + STEP
                field.reveal(there_and_back(time, starts[0], end - starts[0]))

            yield light

        def track(time: float) -> None:
            windows, products, total = (rise(time, start, STEP) for start in starts)
            figure.reveal(windows, products, total, rise(time, when["fill"][0], STEP))

        yield track

    # From z to the activation

    def _explain_activation(self, part: VMobject, start: float) -> Iterator[Track]:
        if not isinstance(part, ActivationCurve | SoftmaxShare):
            yield self.appearing(start, part)
            return
        way = self.schedule["way"][0]
        if isinstance(part, SoftmaxShare):
            yield self.appearing(start, part.plot)
            yield self.appearing(way, part.equation)
            return
        moving = Presence(part.guides, part.dot)
        yield self.appearing(start, *(one for one in part if one not in (part.guides, part.dot)))

        def track(time: float) -> None:
            part.go(rise(time, way, _WAY))
            moving.show(rise(time, way, 0.15 * _WAY))

        yield track

    def _explain_outcome(self) -> Iterator[Track]:
        outcome, start = self.explanation.outcome, self.schedule["fill"][0]
        number: Any = outcome.number
        point, value = number.point_x, self.explanation.unit.a
        rest = [one for one in outcome.equation[0] if one is not number]
        yield self.appearing(start, *rest)
        neuron: Any = outcome.neuron
        stroke, fill = (np.array(one) for one in (neuron.stroke_rgbas, neuron.fill_rgbas))

        def track(time: float) -> None:
            seen, share = rise(time, start, STEP / 2), rise(time, start, _FILL)
            for name, rgbas, part in (("stroke_rgbas", stroke, seen), ("fill_rgbas", fill, share)):
                painted = rgbas.copy()
                painted[:, 3] *= part
                setattr(neuron, name, painted)
            number.set_value(share * value if share < 1 else value)
            number.shift((point - number.point_x) * np.array([1.0, 0.0, 0.0]))
            number.set_opacity(seen)

        yield track


def _line(source: Spot, target: Spot) -> Line:
    """Return a line from a unit to another, from outline to outline."""
    way = target.middle - source.middle
    length = float(np.linalg.norm(way)) or 1.0
    ends = [
        (spot.mark.width / 2 if spot.mark is not None and spot.pixel is None else 0.0) / length
        for spot in (source, target)
    ]
    return Line(source.middle + ends[0] * way, target.middle - ends[1] * way)
