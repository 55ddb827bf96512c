"""The chain rule for one weight, told step by step on a network and in formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    ApplyMethod,
    Indicate,
    Mobject,
    Scene,
    Succession,
    Transform,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    Wait,
    linear,
    there_and_back_with_pause,
)
from numpy.typing import ArrayLike

from nnviz.animations.placing import place_beside
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.weight_explanation import FactorRow, WeightExplanation
from nnviz.mobjects.weight_path import WeightPath, derivative_of_shown
from nnviz.mobjects.writing import Writing
from nnviz.network import EdgePlace, Factor, NeuronPlace

__all__ = ["ExplainWeight"]

#: What the network's own edges lose of their opacity, and the way's light while a part is marked.
_DARKNESS, _FAINTER = 0.7, 0.5
#: Seconds: for what appears, for a part that is pointed at, for a row of a sum, for the nudge.
_APPEAR, _POINT, _ROW, _NUDGE = 0.6, 1.4, 0.9, 2.0
#: So many times its width the weight's edge has while it is nudged.
_NUDGED = 1.8


class ExplainWeight(Animation):
    """Show how one weight or bias acts on the cost: the chain rule, with true numbers.

    The weight's edge lights up, then its ways to the cost, each neuron and edge as bright as what
    it carries of the derivative. The derivative is written as a product, and each factor gets its
    number, while its place in the picture is pointed out; factors that are sums over neurons are
    worked out term by term. Then the value, and the proof: the weight is nudged, and the cost,
    computed anew, moves by what was said.

    The network's picture is as it was when all is over, and its network too. The formulas stay on
    screen (`explanation`).

    Parameters
    ----------
    net
        The network on screen, of dense layers.
    layer, i, j
        As for ``net.edge(layer, i, j)``: the weight from *shown* neuron i of layer ``layer`` (0 is
        the input) to shown neuron j of the next. In layers that are shown whole these are the
        units' own numbers; a unit that a shortened layer does not show has no edge to explain. The
        formulas say the units' own numbers. With i None it is the bias of shown neuron j of layer
        ``layer + 1``.
    x, y
        One example: input and desired output, shapes (n_in,) and (n_out,).
    explanation
        The formulas, where you have placed them; by default they are placed beside the network,
        where there is most room.
    writing, max_terms, max_sums, h
        For the `WeightExplanation` that is made by default.
    run_time
        In seconds; by default as long as its steps take.

    Attributes
    ----------
    explanation : WeightExplanation
        The formulas.

    Raises
    ------
    IndexError
        If there is no such layer, or no such neuron on screen.
    NetworkError
        If a layer is not dense, or x and y are not one example.
    ValueError
        If there is no room beside the network, or the explanation is of another weight.

    Examples
    --------
    >>> from nnviz import ExplainWeight, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=1)).shift([-4, 0, 0])
    >>> animation = ExplainWeight(net, 0, 1, 2, [0.5, 1.0], [1.0])
    >>> animation.explanation.derivative
    ParameterDerivative(w₂₁⁽¹⁾, 0.01926)
    """

    def __init__(
        self,
        net: NetworkMobject,
        layer: int,
        i: int | None,
        j: int,
        x: ArrayLike,
        y: ArrayLike,
        explanation: WeightExplanation | None = None,
        *,
        writing: Writing = "text",
        max_terms: int = 3,
        max_sums: int = 3,
        h: float | None = None,
        run_time: float | None = None,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        derivative = derivative_of_shown(net, layer, i, j, x, y)
        if explanation is None:
            explanation = place_beside(
                WeightExplanation(derivative, writing, max_terms, max_sums, h), net
            )
        elif explanation.derivative != derivative:
            raise ValueError(
                f"the explanation is of {explanation.derivative!r}, but the network on screen, "
                f"its neurons {i} and {j}, and the example have {derivative!r}"
            )
        self.explanation = explanation
        self._net = net
        self._path = WeightPath(net, explanation.derivative, i, j)
        self._lit = self._path.copy()
        self._faint = self._lit.copy().fade(_FAINTER)
        self._marks = VGroup()
        self._story = Succession(*self._steps())
        own = self._story.run_time if run_time is None else run_time
        super().__init__(net, run_time=own, rate_func=rate_func, **kwargs)

    # Manim's life of an animation; the story inside is Manim's own Succession

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._path, self._marks, self.explanation)
        self._story._setup_scene(scene)

    def begin(self) -> None:
        """Hide all that is to come."""
        _, _, cost = self.explanation.proof.after
        cost.set_value(self.explanation.nudge.cost)
        for group in (self._path, self._marks, self.explanation):
            for part in group.family_members_with_points():
                part.set_opacity(0)
        self._story.begin()
        super().begin()

    def interpolate(self, alpha: float) -> None:
        """Go to a moment of the story."""
        self._story.interpolate(self.rate_func(alpha))

    def finish(self) -> None:
        """End the story."""
        self._story.finish()
        super().finish()

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Take the lights away."""
        super().clean_up_from_scene(scene)
        scene.remove(self._path, self._marks)

    # The story

    def _steps(self) -> Iterator[Animation]:
        said, path = self.explanation, self._path
        dimmed = _Dim(self._net.edges)
        yield AnimationGroup(dimmed, _to(path.start, self._lit.start), run_time=1.0)
        yield _appear(said.product.left, said.product.fractions)
        for stage, lit in zip(path.stages, self._lit.stages, strict=True):
            yield _to(stage, lit)
        yield Wait(0.5)
        yield _to(path.stages, self._faint.stages)
        rows: Iterator[Any] = iter(said.rows)
        for k, factor in enumerate(said.derivative.factors):
            if not factor.terms:
                yield from self._explain_factor(k, factor, next(rows))
            else:
                yield from self._explain_sums(k)
        yield _appear(said.product.result)
        if len(said.remark):
            yield _appear(said.remark)
        yield Wait(1.0)
        yield from self._prove()
        yield AnimationGroup(
            _Undim(dimmed),
            *(
                ApplyMethod(part.set_stroke, {"opacity": 0})
                for part in path.family_members_with_points()
            ),
            run_time=1.0,
        )

    def _explain_factor(self, k: int, factor: Factor, row: FactorRow) -> Iterator[Animation]:
        product = self.explanation.product
        yield _appear(row)
        yield AnimationGroup(
            self._point(row),
            self._point(product.fractions[k]),
            *self._light(factor.place),
            _appear(product.joins[k], product.values[k]),
            run_time=_POINT,
        )

    def _explain_sums(self, k: int) -> Iterator[Animation]:
        said = self.explanation
        above: VMobject = said.product.fractions[k]
        tables: list[Any] = list(said.tables)
        for depth, (table, factor) in enumerate(zip(tables, said.sums, strict=True)):
            yield AnimationGroup(
                _appear(table.head), self._point(above), *self._light(factor.place), run_time=_POINT
            )
            for row, term in zip(table.rows, table.terms, strict=True):
                yield AnimationGroup(
                    _appear(row),
                    *self._light(*(part.place for part in term.factors[:1]), term.place),
                    run_time=_ROW,
                )
            ending = [*table.rest, *table.total]
            if depth == 0:
                ending += [said.product.joins[k], said.product.values[k]]
            if ending:
                yield _appear(*ending)
            above = table.rows[0]

    def _prove(self) -> Iterator[Animation]:
        proof, nudge = self.explanation.proof, self.explanation.nudge
        cost = self.explanation.derivative.cost_of_nudge
        start, number = self._path.start, proof.after[2]

        def count(shown: Any, share: float) -> None:
            shown.set_value(cost(share * nudge.h))

        yield _appear(proof.before, proof.parameter)
        yield _appear(proof.after, proof.step)
        yield AnimationGroup(
            UpdateFromAlphaFunc(number, count),
            ApplyMethod(
                start.set_stroke,
                {"width": _NUDGED * np.max(start.get_stroke_width())},
                rate_func=there_and_back_with_pause,
            ),
            self._point(proof.step),
            run_time=_NUDGE,
        )
        yield _appear(proof.quotient)
        yield Wait(1.5)

    def _light(self, *places: NeuronPlace | EdgePlace) -> list[Animation]:
        """Return lights on places, which go out again."""
        found = [mark for place in places if len(mark := self._path.mark(self._net, place))]
        self._marks.add(*found)
        return [
            ApplyMethod(mark.set_stroke, {"opacity": 1}, rate_func=there_and_back_with_pause)
            for mark in found
        ]

    def _point(self, part: VMobject) -> Animation:
        color = self.explanation.colors.highlight
        return Indicate(part, scale_factor=1.0, color=color, rate_func=there_and_back_with_pause)


class _Dim(Transform):
    """Let edges step back, and remember how they were."""

    def create_target(self) -> Mobject:
        edges: Any = self.mobject
        self.before: Mobject = edges.copy()
        target: Mobject = edges.copy().fade(_DARKNESS)
        return target


class _Undim(Transform):
    """Make edges what they were before they were dimmed."""

    def __init__(self, dimmed: _Dim, **kwargs: Any) -> None:
        self._dimmed = dimmed
        edges: Any = dimmed.mobject
        super().__init__(edges, **kwargs)

    def create_target(self) -> Mobject:
        return self._dimmed.before


def _appear(*parts: VMobject) -> Animation:
    return AnimationGroup(
        *(ApplyMethod(part.set_opacity, 1) for part in parts),
        run_time=_APPEAR,
    )


def _to(part: VMobject, target: VMobject) -> Animation:
    return Transform(part, target, run_time=_APPEAR)
