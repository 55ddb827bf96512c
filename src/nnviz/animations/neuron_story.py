"""The story of one neuron, told on a network's picture: what is seen at which time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import UP, BackgroundRectangle, Line, Mobject, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.animations.explaining import (
    Presence,
    Track,
    emptied_and_filled,
    flown,
    rise,
    shown_for_a_while,
    there_and_back,
)
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.layers import LayerMobject
from nnviz.mobjects.network.links import has_edges, strokes_of_weights
from nnviz.mobjects.network.receptive_field import WindowLayer, receptive_field_of
from nnviz.mobjects.network.spots import Spot, row_mark, spot_of
from nnviz.mobjects.neuron_explanation import NeuronExplanation, TermTable
from nnviz.mobjects.unit_response import ActivationCurve, SoftmaxShare
from nnviz.network import ForwardPass, UnitTerm, ValuePlace

__all__ = ["NeuronStory"]

#: What the rest of the network keeps of its opacity, and edges that are not being told.
_DIM, _WAITING = 0.2, 0.55
#: Widths of lights over the widest edge, and of outlines.
_EDGE, _RING = 1.3, 4.0
#: Seconds: for the rest to step back, for each of the first terms, for each of the others, for all
#: smaller ones, for a row below the line, for the curve, the way on it, the neuron, and to look.
_BACK, _FIRST, _NEXT, _REST, _ROW, _PLOT, _WAY, _FILL, _LOOK = (
    *(0.8, 2.0, 1.2, 1.4, 1.2, 0.8),
    *(1.6, 1.4, 1.0),
)
#: So many terms are told slowly.
_SLOW = 2
#: How long numbers stay where they are from, when they have come to their row, and when their
#: product is there, in shares of a term's time.
_APPEARED, _CAME, _MULTIPLIED = 0.3, 0.6, 0.8
#: Where numbers may stand beside their edge, in shares of its length.
_ALONG = (0.5, 0.6, 0.4, 0.7, 0.3)
#: So many neurons that have stepped back are as bad to cover as one that is bright.
_BRIGHT = 3
#: The ground of numbers on the picture: its margin over their height, and its opacity.
_GROUND, _COVERING = 0.35, 0.85


class NeuronStory:
    """What happens when, while one neuron is explained.

    Parameters
    ----------
    net
        The network on screen.
    explanation
        The formulas.
    values
        The forward pass.
    lights
        A group that lies over the picture: the story puts its lights there.

    Attributes
    ----------
    length : float
        How long all takes, in seconds.
    """

    def __init__(
        self,
        net: NetworkMobject,
        explanation: NeuronExplanation,
        values: ForwardPass,
        lights: VGroup,
    ) -> None:
        self._net, self.explanation, self._values, self._lights = net, explanation, values, lights
        self._k = net.structure.index(explanation.unit.node)
        self.length, self._schedule = self._timed()

    def _timed(self) -> tuple[float, dict[str, list[float]]]:
        """Return how long all takes, and when each step begins."""
        said = self.explanation
        steps: list[tuple[str, float]] = [("back", _BACK)]
        if isinstance(said.terms, TermTable):
            steps += [("term", _FIRST if k < _SLOW else _NEXT) for k in range(len(said.terms.rows))]
            steps += [("rest", _REST)] * len(said.terms.rest)
            steps += [("row", _ROW)] * (len(said.terms.below) - 1)
        else:
            steps += [("window", _FIRST), ("products", _FIRST), ("total", _ROW)]
        if len(said.remark):
            steps.append(("remark", _ROW))
        if said.response is not None:
            steps += [("plot", _PLOT), ("way", _WAY)]
        steps += [("fill", _FILL), ("look", _LOOK), ("return", _BACK)]
        schedule: dict[str, list[float]] = {}
        time = 0.0
        for name, length in steps:
            schedule.setdefault(name, []).append(time)
            time += length
        return time, schedule

    def tracks(self) -> Iterator[Track]:
        """Make the lights where all stands now, and return what is done at each time."""
        net, said = self._net, self.explanation
        unit, when = said.unit, self._schedule
        spot = spot_of(net.layers[self._k], unit.unit)
        sources = self._source_layers()
        kept: list[Mobject] = [net.layers[k] for k in sources]
        if spot.part is not None:
            kept.append(spot.part)
        yield self._stepping_back(Presence(net, but=kept))
        for k, name in sources.items():
            yield self._borrowed(net.layers[k], self._values[name])
        yield self._filled()
        yield self._lit(spot.mark, when["back"][0], self.length, _RING)
        if isinstance(said.terms, TermTable):
            yield from self._tell_terms(said.terms, spot)
        else:
            yield from self._tell_window(unit.summed_in, spot)
        for part, step in ((said.remark, "remark"), (said.response, "plot")):
            if part is not None and step in when:
                yield from self._tell_answer(part, when[step][0])
        yield from self._tell_outcome()

    def _stepping_back(self, rest: Presence) -> Track:
        end = self._schedule["return"][0]

        def track(time: float) -> None:
            away = rise(time, 0, _BACK) - rise(time, end, _BACK)
            rest.show(1 - (1 - _DIM) * away)

        return track

    def _source_layers(self) -> dict[int, str]:
        """Return the layers on screen that the inputs and weights come from, and their names."""
        structure = self._net.structure
        found: dict[int, str] = {}
        for term in self.explanation.unit.terms:
            for place in (term.place, term.weight_place):
                name = None if place is None else self._shown(place.node)
                if name is not None:
                    found[structure.index(name)] = name
        return found

    def _shown(self, node: str) -> str | None:
        """Return the name of a node that has a picture of its own; None if it has none."""
        things = {thing.name for thing in self._net.structure.things if not thing.is_block}
        return node if node in things else None

    def _spot(self, place: ValuePlace | None) -> Spot | None:
        name = None if place is None else self._shown(place.node)
        if place is None or name is None:
            return None
        return spot_of(self._net[name], place.unit)

    def _borrowed(self, layer: LayerMobject, values: NDArray[np.float64]) -> Track:
        """Let a layer show its activations, and in the end what it showed before."""
        end, shown = self._schedule["return"][0], shown_for_a_while(layer, values)
        return lambda time: shown(rise(time, 0, _BACK) - rise(time, end, _BACK))

    def _filled(self) -> Track:
        """Let the unit be empty, and then fill to its activation."""
        unit, start = self.explanation.unit, self._schedule["fill"][0]
        fill = emptied_and_filled(self._net.layers[self._k], unit.unit, self._values[unit.node])
        return lambda time: fill(rise(time, 0, _BACK), rise(time, start, _FILL))

    # Lights, which lie over the picture

    def _lit(
        self,
        mark: VMobject | None,
        start: float,
        length: float,
        width: float,
        color: Any = None,
        opacity: float = 1.0,
    ) -> Track:
        """Let an outline or a line light up for some time."""
        if mark is None:
            return lambda time: None
        mark.set_fill(opacity=0)
        mark.set_stroke(color or self._net.style.highlight_color, width, opacity=0)
        self._lights.add(mark)
        going = self._schedule["return"][0] + _BACK

        def track(time: float) -> None:
            seen = there_and_back(time, start, min(length, going - start))
            mark.set_stroke(opacity=opacity * seen)

        return track

    # The terms

    def _tell_terms(self, table: TermTable, spot: Spot) -> Iterator[Track]:
        when, unit = self._schedule, self.explanation.unit
        summed = self._spot(ValuePlace(unit.summed_in, unit.unit)) or spot
        yield from self._waiting_edges()
        yield self._appearing(when["term"][0], table.head, table.rule, table.below[0][0])
        yield self._counting(table)
        limit = max((abs(term.weight) for term in unit.terms), default=0.0) or 1.0
        for k, (term, row) in enumerate(zip(table.terms, table.rows, strict=True)):
            length = _FIRST if k < _SLOW else _NEXT
            yield from self._tell_term(term, row, when["term"][k], length, summed, limit)
        for start in when.get("rest", ()):
            yield self._appearing(start, table.rest)
            yield from self._waiting_edges(start, _REST, 1.0)
        rows: list[Any] = list(table.below)
        for row, start in zip(rows[1:], when.get("row", ()), strict=True):
            words, number = row
            yield self._appearing(start, words)
            is_bias = unit.bias is not None and row is rows[1]
            beside = spot.middle + 2 * number.height * UP if is_bias else None
            yield from self._coming(number, beside, start, _ROW)

    def _tell_term(
        self,
        term: UnitTerm,
        row: Any,
        start: float,
        length: float,
        to: Spot,
        limit: float,
    ) -> Iterator[Track]:
        name, given, times, weight, equals, product = row
        style = self._net.style
        yield self._appearing(start, name)
        source, key = self._spot(term.place), self._spot(term.weight_place)
        beside: NDArray[np.float64] | None = None
        if source is not None:
            yield self._lit(source.mark, start, length, _RING)
        if key is not None:
            yield self._lit(key.mark, start, length, _RING)
        if source is not None and term.weight_place is None:
            line = _line(source, to)
            color = style.positive_color if term.weight > 0 else style.negative_color
            width = _EDGE * max(
                style.max_edge_width * (abs(term.weight) / limit) ** style.weight_exponent,
                style.max_edge_width / 2,
            )
            yield self._lit(line, start, length, width, color)
            beside = self._beside(line, VGroup(given, times, weight), term)
        elif source is not None and key is not None:
            beside = (source.middle + key.middle) / 2
        for place in (term.place, term.weight_place) if term.weight_place is not None else ():
            if place is not None and self._shown(place.node):
                mark = row_mark(self._net[place.node], place.unit)
                yield self._lit(mark, start, length, _RING / 2, opacity=_WAITING)
        yield from self._coming(VGroup(given, times, weight), beside, start, length)
        yield self._appearing(start + _CAME * length, equals, product)

    def _beside(self, line: Line, words: VMobject, term: UnitTerm) -> NDArray[np.float64]:
        """Return where words stand beside a line: where they cover the fewest neurons.

        Those that have stepped back count less. The words do not touch the line; of equal places
        the first is above the line's middle.
        """
        start, end = line.get_start_and_end()
        way = (end - start) / (float(np.linalg.norm(end - start)) or 1.0)
        across = np.array([-way[1], way[0], 0.0])
        across *= 1.0 if across[1] > 0 or (across[1] == 0 and across[0] > 0) else -1.0
        half = np.array([words.width, words.height, 0.0]) / 2
        away = float(np.abs(across) @ half) + words.height / 2
        assert term.place is not None
        bright, faint = self._net[term.place.node], self._net.layers[self._k]
        outlines = [*bright.outlines, *faint.outlines]
        counts = np.repeat([_BRIGHT, 1], [len(bright.outlines), len(faint.outlines)])
        middles = np.array([one.get_center() for one in outlines])
        halves = np.array([[one.width, one.height, 0.0] for one in outlines]) / 2
        places = [
            start + share * (end - start) + side * away * across
            for share in _ALONG
            for side in (1, -1)
        ]
        covered = [
            int(counts @ (np.abs(middles - place) < halves + half)[:, :2].all(axis=1))
            for place in places
        ]
        best: NDArray[np.float64] = places[int(np.argmin(covered))]
        return best

    def _waiting_edges(
        self, start: float = 0.0, length: float | None = None, opacity: float = _WAITING
    ) -> Iterator[Track]:
        """Let all edges into the unit be seen in the colours of their weights."""
        net, unit = self._net, self.explanation.unit
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
        self._lights.add(edges)
        length = self.length if length is None else length

        def track(time: float) -> None:
            edges.set_stroke(opacity=opacity * there_and_back(time, start, length))

        yield track

    def _counting(self, table: TermTable) -> Track:
        """Let the sum count on as products come."""
        number: Any = table.below[0][1]
        point, last = number.point_x, table.running[-1]
        times = [*self._schedule["term"], *self._schedule.get("rest", ())]
        lengths = [_FIRST if k < _SLOW else _NEXT for k in range(len(table.rows))]
        lengths += [_REST] * len(self._schedule.get("rest", ()))
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
            number.set_opacity(rise(time, first, _BACK))

        return track

    # A window

    def _tell_window(self, node: str, spot: Spot) -> Iterator[Track]:
        net, when, figure = self._net, self._schedule, self.explanation.terms
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
            self._lights.add(field)

            def light(time: float) -> None:
                end = self._schedule["return"][0] + _BACK
                field.reveal(there_and_back(time, starts[0], end - starts[0]))

            yield light
        ends = [when[name][0] for name in ("fill",)]

        def track(time: float) -> None:
            windows, products, total = (rise(time, start, _BACK) for start in starts)
            figure.reveal(windows, products, total, rise(time, ends[0], _BACK))

        yield track

    # From z to the activation

    def _tell_answer(self, part: VMobject, start: float) -> Iterator[Track]:
        if not isinstance(part, ActivationCurve | SoftmaxShare):
            yield self._appearing(start, part)
            return
        way = self._schedule["way"][0]
        if isinstance(part, SoftmaxShare):
            yield self._appearing(start, part.plot)
            yield self._appearing(way, part.equation)
            return
        moving = Presence(part.guides, part.dot)
        yield self._appearing(start, *(one for one in part if one not in (part.guides, part.dot)))

        def track(time: float) -> None:
            part.go(rise(time, way, _WAY))
            moving.show(rise(time, way, 0.15 * _WAY))

        yield track

    def _tell_outcome(self) -> Iterator[Track]:
        outcome, start = self.explanation.outcome, self._schedule["fill"][0]
        number: Any = outcome.number
        point, value = number.point_x, self.explanation.unit.a
        rest = [one for one in outcome.equation[0] if one is not number]
        yield self._appearing(start, *rest)
        neuron: Any = outcome.neuron
        stroke, fill = (np.array(one) for one in (neuron.stroke_rgbas, neuron.fill_rgbas))

        def track(time: float) -> None:
            seen, share = rise(time, start, _BACK / 2), rise(time, start, _FILL)
            for name, rgbas, part in (("stroke_rgbas", stroke, seen), ("fill_rgbas", fill, share)):
                painted = rgbas.copy()
                painted[:, 3] *= part
                setattr(neuron, name, painted)
            number.set_value(share * value if share < 1 else value)
            number.shift((point - number.point_x) * np.array([1.0, 0.0, 0.0]))
            number.set_opacity(seen)

        yield track

    # Parts that come

    def _appearing(self, start: float, *parts: Mobject) -> Track:
        presence = Presence(*parts)
        return lambda time: presence.show(rise(time, start, _BACK / 2))

    def _coming(
        self, part: VMobject, beside: NDArray[np.float64] | None, start: float, length: float
    ) -> Iterator[Track]:
        """Let numbers appear where they belong in the picture, stay, and go to their row."""
        come = _APPEARED * length
        yield self._appearing(start, part)
        if beside is None:
            return
        ground = BackgroundRectangle(
            part, color=self._net.style.behind, stroke_width=0, buff=_GROUND * part.height
        )
        ground.move_to(beside).set_fill(opacity=0)
        self._lights.add(ground)
        fly = flown(part, beside)

        def track(time: float) -> None:
            fly(rise(time, start + come, _CAME * length - come))
            here = there_and_back(time, start, come + 0.08 * length, 0.2)
            ground.set_fill(opacity=_COVERING * here)

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
