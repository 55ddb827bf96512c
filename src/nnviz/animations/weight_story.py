"""How one weight is explained on a network's picture: what is seen at which time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import Line, Mobject, VGroup

from nnviz.animations.derivative_story import END, FACTOR, HEAD, PROOF, ROW, DerivativeStory
from nnviz.animations.explanation_story import CAME, STEP, along, around
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, rise
from nnviz.mobjects.equations.weight_explanation import SumTable, WeightExplanation
from nnviz.mobjects.equations.weight_path import WeightPath
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import EdgePlace, NeuronPlace

__all__ = ["WeightStory"]

#: The opacity of the path, as a share, while a part of it is explained.
_FAINT = 0.5
#: Seconds in which the light on the path reaches the next layer.
_STAGE = 0.8
#: How much wider the weight's edge is while it is nudged up, and narrower while it is nudged down,
#: as shares of its width.
_WIDER, _NARROWER = 0.8, 0.5
#: Neurons that carry less than this share of the derivative are faint.
_CARRIES = 0.01

Place = NeuronPlace | EdgePlace


class WeightStory(DerivativeStory[NetworkMobject]):
    """The explanation of one weight or bias, step by step.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    explanation : WeightExplanation
        The formulas.
    i : int or None
        Shown neuron from which the weight's edge comes; None for a bias.
    j : int
        Shown neuron to which it leads, or whose bias it is.
    lights : VGroup
        A group over the picture, for the lights of the story.
    """

    explanation: WeightExplanation

    def __init__(
        self,
        net: NetworkMobject,
        explanation: WeightExplanation,
        i: int | None,
        j: int,
        lights: VGroup,
    ) -> None:
        self._ends = i, j
        super().__init__(net, explanation, lights)

    def steps(self) -> Iterator[tuple[str, float]]:
        """Return the steps, and how long each takes, in seconds."""
        formulas = self.explanation
        yield from (("back", STEP), ("names", PROOF))
        yield from [("stage", _STAGE)] * len(formulas.derivative.neuron_flows)
        yield "faint", STEP
        for factor in formulas.derivative.factors:
            if not factor.terms:
                yield "factor", FACTOR
                continue
            for table in self._tables:
                yield "head", HEAD
                yield from [("term", ROW)] * len(table.rows)
                yield "end", END
        yield from (("result", PROOF), ("remark", PROOF if len(formulas.remark) else 0.0))
        yield from self.steps_of_proof()

    def tracks(self) -> Iterator[Track]:
        """Make the lights on the picture as it is now, and return all tracks."""
        formulas, when = self.explanation, self.schedule
        color = formulas.colors.highlight
        path = WeightPath(self.net, formulas.derivative, *self._ends, color)
        self.lights.add(path)
        yield self.fading_back(Presence(self.net, but=self._carrying()))
        yield from self._light_path(path)
        rows: list[Any] = list(formulas.rows)
        yield self.appearing_among_factors(
            when["names"][0], formulas.product.left, formulas.product.fractions
        )
        factors = [k for k, one in enumerate(formulas.derivative.factors) if not one.terms]
        for n, (k, start) in enumerate(zip(factors, when.get("factor", ()), strict=True)):
            yield from self._explain_factor(path, k, rows[n], start)
        sums = [k for k, one in enumerate(formulas.derivative.factors) if one.terms]
        for k in sums:
            yield from self._explain_sums(path, k)
        yield self.appearing(when["result"][0], formulas.product.result)
        yield self.appearing(when["remark"][0], formulas.remark)
        yield from self._prove_on(path)

    # The picture

    @property
    def _tables(self) -> list[SumTable]:
        return list(self.explanation.tables)  # type: ignore[arg-type]

    def _carrying(self) -> list[Mobject]:
        """Return the neurons on the weight's path to the cost, and the one before the weight."""
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

    def _light_path(self, path: WeightPath) -> Iterator[Track]:
        """Let the weight's edge light up, and then its paths to the cost, layer by layer."""
        when = self.schedule
        starts = [when["back"][0], *when["stage"]]
        for k, (part, start) in enumerate(zip((path.start, *path.stages), starts, strict=True)):
            yield self._part_of_path(Presence(part), start, _FAINT if k else 1.0)

    def _part_of_path(self, presence: Presence, start: float, opacity_after: float) -> Track:
        faint, end = (self.schedule[name][0] for name in ("faint", "return"))

        def track(time: float) -> None:
            there = rise(time, start, STEP) - rise(time, end, STEP)
            presence.show(there * (1 - (1 - opacity_after) * rise(time, faint, STEP)))

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

    def _explain_factor(self, path: WeightPath, k: int, row: Any, start: float) -> Iterator[Track]:
        """Show a factor beside its place in the picture, and then in its row."""
        formulas = self.explanation
        place = formulas.derivative.factors[k].place
        yield from self._marked(path, start, FACTOR, place)
        mark = path.mark(self.net, place)
        beside = None
        if isinstance(place, EdgePlace) and len(mark):
            edge: Any = mark
            beside = along(Line(edge.starts[0], edge.ends[0]), row)
        elif len(mark.points):
            beside = around(mark, row)
        middle = None if beside is None else self.best_place(row, beside, list(self.net.layers))
        yield self.appearing_among_factors(start, row, own=start)
        if middle is not None:
            yield self.flying(row, middle, start, FACTOR)
        came = start + CAME * FACTOR
        yield self.appearing_among_factors(
            came, formulas.product.joins[k], formulas.product.values[k]
        )

    def _explain_sums(self, path: WeightPath, k: int) -> Iterator[Track]:
        formulas, when = self.explanation, self.schedule
        terms = iter(when["term"])
        for depth, (table, factor) in enumerate(zip(self._tables, formulas.sums, strict=True)):
            head, end = when["head"][depth], when["end"][depth]
            yield self.appearing(head, table.head)
            yield from self._marked(path, head, HEAD, factor.place)
            for row, term in zip(table.rows, table.terms, strict=True):
                start = next(terms)
                yield self.appearing(start, row)
                places = (*(one.place for one in term.factors[:1]), term.place)
                yield from self._marked(path, start, ROW, *places)
            yield self.appearing(end, table.rest, table.total)
            if depth == 0:
                yield self.appearing(end, formulas.product.joins[k], formulas.product.values[k])

    def _prove_on(self, path: WeightPath) -> Iterator[Track]:
        """Let the weight's edge and the cost move while the weight is nudged, up and down."""
        yield from self.prove()
        start: Any = path.start
        widths = np.array(start.get_stroke_width())

        def track(time: float) -> None:
            up, down = self.nudges(time)
            start.set_stroke(width=widths * (1 + _WIDER * up - _NARROWER * down))

        yield track
