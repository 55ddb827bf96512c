"""The story of one weight, told on a network's picture: what is seen at which time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import Line, Mobject, VGroup

from nnviz.animations.explanation_story import CAME, STEP, Story, along, around
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, rise, there_and_back
from nnviz.mobjects.equations.weight_explanation import SumTable, WeightExplanation
from nnviz.mobjects.equations.weight_path import WeightPath
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import EdgePlace, NeuronPlace

__all__ = ["WeightStory"]

#: What the way keeps of its light, and what formulas keep of their opacity, while a part is told.
_FAINT, _ASIDE = 0.5, 0.35
#: Seconds: for the way to reach the next layer, for a factor, for the head and a row of a sum, for
#: what ends it, for the cost to move, for a row of the proof, and to look.
_STAGE, _FACTOR, _HEAD, _ROW, _END, _NUDGE, _PROOF, _LOOK = 0.8, 3.2, 2.2, 1.4, 1.0, 2.4, 1.2, 1.5
#: So many times its width the weight's edge gains while it is nudged up, and loses down.
_WIDER, _NARROWER = 0.8, 0.5
#: What carries less of the derivative than this share steps back.
_CARRIES = 0.01

Place = NeuronPlace | EdgePlace


class WeightStory(Story[NetworkMobject]):
    """What happens when, while one weight is explained.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    explanation : WeightExplanation
        The formulas.
    i, j
        Shown neurons between which the weight's edge is; i is None for a bias.
    lights : VGroup
        A group that lies over the picture: the story puts its lights there.
    """

    def __init__(
        self,
        net: NetworkMobject,
        explanation: WeightExplanation,
        i: int | None,
        j: int,
        lights: VGroup,
    ) -> None:
        self.explanation, self._ends = explanation, (i, j)
        #: When something is told on its own, and how long that takes, in seconds.
        self._told: list[tuple[float, float]] = []
        super().__init__(net, lights)

    def steps(self) -> Iterator[tuple[str, float]]:
        """Return what happens, and how long each step takes."""
        formulas = self.explanation
        yield from (("back", STEP), ("names", _PROOF))
        yield from [("stage", _STAGE)] * len(formulas.derivative.neuron_flows)
        yield "faint", STEP
        for factor in formulas.derivative.factors:
            if not factor.terms:
                yield "factor", _FACTOR
                continue
            for table in self._tables:
                yield "head", _HEAD
                yield from [("term", _ROW)] * len(table.rows)
                yield "end", _END
        yield from (("result", _PROOF), ("remark", _PROOF if len(formulas.remark) else 0.0))
        yield from (("before", _PROOF), ("up", _NUDGE), ("down", _NUDGE), ("quotient", _PROOF))
        yield from (("look", _LOOK), ("return", STEP))

    def tracks(self) -> Iterator[Track]:
        """Make the lights where all stands now, and return what is done at each time."""
        formulas, when = self.explanation, self.schedule
        color = formulas.colors.highlight
        path = WeightPath(self.net, formulas.derivative, *self._ends, color)
        self.lights.add(path)
        yield self.stepping_back(Presence(self.net, but=self._carrying()))
        yield from self._way(path)
        rows: list[Any] = list(formulas.rows)
        self._told = [(start, CAME * _FACTOR) for start in when.get("factor", ())]
        yield self._seen(when["names"][0], formulas.product.left, formulas.product.fractions)
        factors = [k for k, one in enumerate(formulas.derivative.factors) if not one.terms]
        for n, (k, start) in enumerate(zip(factors, when.get("factor", ()), strict=True)):
            yield from self._tell_factor(path, k, rows[n], start)
        sums = [k for k, one in enumerate(formulas.derivative.factors) if one.terms]
        for k in sums:
            yield from self._tell_sums(path, k)
        yield self.appearing(when["result"][0], formulas.product.result)
        yield self.appearing(when["remark"][0], formulas.remark)
        yield from self._prove(path)

    # The picture

    @property
    def _tables(self) -> list[SumTable]:
        return list(self.explanation.tables)  # type: ignore[arg-type]

    def _carrying(self) -> list[Mobject]:
        """Return the neurons that the weight's way leads through, and where it comes from."""
        derivative, net = self.explanation.derivative, self.net
        i, _ = self._ends
        carrying: list[Mobject] = []
        if i is not None:
            carrying.append(net.layers[derivative.layer].neurons[i])
        for layer, flow in derivative.neuron_flows.items():
            least = _CARRIES * float(np.abs(flow).max())
            for neuron, unit in zip(
                net.layers[layer].neurons, net.layers[layer].shown_units, strict=True
            ):
                if abs(flow[unit]) > least:
                    carrying.append(neuron)
        return carrying

    def _way(self, path: WeightPath) -> Iterator[Track]:
        """Let the weight's edge light up, and then its ways to the cost, layer by layer."""
        when = self.schedule
        starts = [when["back"][0], *when["stage"]]
        for k, (part, start) in enumerate(zip((path.start, *path.stages), starts, strict=True)):
            yield self._part_of_way(Presence(part), start, _FAINT if k else 1.0)

    def _part_of_way(self, presence: Presence, start: float, keeps: float) -> Track:
        faint, end = (self.schedule[name][0] for name in ("faint", "return"))

        def track(time: float) -> None:
            there = rise(time, start, STEP) - rise(time, end, STEP)
            presence.show(there * (1 - (1 - keeps) * rise(time, faint, STEP)))

        return track

    def _marked(
        self, path: WeightPath, start: float, length: float, *places: Place
    ) -> Iterator[Track]:
        for place in places:
            mark = path.mark(self.net, place)
            if len(mark.points) or len(mark.submobjects):
                width = float(np.max(mark.get_stroke_width()))
                yield self.lit(mark, start, length, width, self.explanation.colors.highlight)

    # The formulas

    def _seen(self, start: float, *parts: Mobject, own: float | None = None) -> Track:
        """Let formulas appear, and step aside while a factor is told that is not their own."""
        presence = Presence(*parts)
        others = [told for told in self._told if told[0] != own]

        def track(time: float) -> None:
            aside = max((there_and_back(time, *told) for told in others), default=0.0)
            presence.show(rise(time, start, STEP / 2) * (1 - (1 - _ASIDE) * aside))

        return track

    def _tell_factor(self, path: WeightPath, k: int, row: Any, start: float) -> Iterator[Track]:
        """Let a factor be seen beside its place in the picture, and then in its row."""
        formulas = self.explanation
        place = formulas.derivative.factors[k].place
        yield from self._marked(path, start, _FACTOR, place)
        mark = path.mark(self.net, place)
        beside = None
        if isinstance(place, EdgePlace) and len(mark):
            edge: Any = mark
            beside = along(Line(edge.starts[0], edge.ends[0]), row)
        elif len(mark.points):
            beside = around(mark, row)
        middle = None if beside is None else self.best_place(row, beside, list(self.net.layers))
        yield self._seen(start, row, own=start)
        if middle is not None:
            yield self.flying(row, middle, start, _FACTOR)
        came = start + CAME * _FACTOR
        yield self._seen(came, formulas.product.joins[k], formulas.product.values[k])

    def _tell_sums(self, path: WeightPath, k: int) -> Iterator[Track]:
        formulas, when = self.explanation, self.schedule
        terms = iter(when["term"])
        for depth, (table, factor) in enumerate(zip(self._tables, formulas.sums, strict=True)):
            head, end = when["head"][depth], when["end"][depth]
            yield self.appearing(head, table.head)
            yield from self._marked(path, head, _HEAD, factor.place)
            for row, term in zip(table.rows, table.terms, strict=True):
                start = next(terms)
                yield self.appearing(start, row)
                places = (*(one.place for one in term.factors[:1]), term.place)
                yield from self._marked(path, start, _ROW, *places)
            yield self.appearing(end, table.rest, table.total)
            if depth == 0:
                yield self.appearing(end, formulas.product.joins[k], formulas.product.values[k])

    def _prove(self, path: WeightPath) -> Iterator[Track]:
        """Let the cost move while the weight is nudged, up and down."""
        proof, when, nudge = self.explanation.proof, self.schedule, self.explanation.nudge
        yield self.appearing(when["before"][0], proof.before, proof.parameter)
        yield self.appearing(when["up"][0], proof.step)
        yield self.appearing(when["quotient"][0], proof.quotient)
        for row, step, h in ((proof.after, "up", nudge.h), (proof.below, "down", -nudge.h)):
            yield self.appearing(when[step][0], *row[:2])
            yield self._counting(row[2], when[step][0], h)
        start: Any = path.start
        widths = np.array(start.get_stroke_width())

        def track(time: float) -> None:
            up, down = (there_and_back(time, when[step][0], _NUDGE, 0.8) for step in ("up", "down"))
            start.set_stroke(width=widths * (1 + _WIDER * up - _NARROWER * down))

        yield track

    def _counting(self, number: Any, start: float, h: float) -> Track:
        """Let a cost count from what it is to what it becomes, with the engine's values."""
        cost = self.explanation.derivative.cost_of_nudge

        def track(time: float) -> None:
            number.set_value(cost(rise(time, start + STEP / 2, _NUDGE - STEP) * h))
            number.set_fill(opacity=rise(time, start, STEP / 2))

        return track
