"""Arcs between tokens, as wide as their weights."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import DOWN, UP, Animation, ManimColor, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import Bearer, State, is_end
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import STROKE, Repaint
from nnviz.mobjects.primitives.palette import stroke

__all__ = ["AttentionArcs"]

FloatArray = NDArray[np.float64]

#: The opacity of an arc is its share of the full width to this power: thin ones are seen, too.
_EXPONENT = 0.5


class _Arc(Bearer):
    """An arc, which may bear the weights of all."""


class AttentionArcs(ShownInNotebooks, VGroup):
    """Arcs from the tokens that are seen to those that ask, as wide as the weights.

    Between two rows they go from one to the other; where both are the same row, they go over it.
    Weights may be negative, such as derivatives of the cost: then the colour is that of negative
    weights, and the largest is as wide as an arc may be.

    Parameters
    ----------
    keys, queries : object
        The tokens: a `TokenRow`, or a group whose members stand for them.
    weights : array_like, optional
        Shape (queries, keys), such as a head's pattern or ``backward["block0.attention.pattern"]``.
    width : float, optional
        Stroke width of weight 1 or, with `limit`, of that.
    limit : float, optional
        The size of weight that has the full width; 1 for patterns, and the largest of others, if
        None.
    buff : float, optional
        Distance of the arcs' ends from the tokens, in scene units.
    style : NetworkStyle, optional
        Colours.

    Attributes
    ----------
    weights : NDArray
        Weights that are shown, shape (queries, keys).

    Raises
    ------
    ValueError
        If the weights have not a row for each query and a column for each key.
    """

    weights: State[FloatArray] = State()

    def __init__(
        self,
        keys: Any,
        queries: Any,
        weights: ArrayLike,
        *,
        width: float = stroke(14),
        limit: float | None = None,
        buff: float = 0.06,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.full_width, self._limit = width, limit
        seen, asking = _boxes(keys), _boxes(queries)
        self.shape = len(asking), len(seen)
        values = self._checked(weights)
        if keys is queries:
            arcs = [_over(a, b, buff) for b in asking for a in seen]
        else:
            up = _middle(queries)[1] >= _middle(keys)[1]
            ends = (UP, DOWN) if up else (DOWN, UP)
            arcs = [_between(a, b, *ends, buff) for b in asking for a in seen]
        super().__init__(*arcs)
        self.show_weights(values)

    @property
    def bearer(self) -> Any:
        """What bears the weights."""
        return self.submobjects[0] if self.submobjects else None

    def arc(self, query: int, key: int) -> VMobject:
        """Return the arc from a key to a query.

        Parameters
        ----------
        query, key : int
            From 0.
        """
        rows, columns = self.shape
        found = self[range(rows)[query] * columns + range(columns)[key]]
        assert isinstance(found, VMobject)
        return found

    def into(self, query: int) -> VGroup:
        """Return all arcs to one query, key by key."""
        rows, columns = self.shape
        start = range(rows)[query] * columns
        return VGroup(*self.submobjects[start : start + columns])

    def show_weights(self, weights: ArrayLike) -> Self:
        """Show other weights; ``.animate.show_weights`` lets the arcs grow and shrink to them.

        Parameters
        ----------
        weights : array_like
            Shape (queries, keys).
        """
        values = self._checked(weights)
        for arc, (color, width, opacity) in zip(self, self._strokes(values), strict=True):
            arc.set_stroke(color, width, opacity)
        self.weights = values
        return self

    @animation_for(show_weights)
    def _animate_weights(
        self, weights: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        target = self.copy().show_weights(weights)
        return _ShowWeights(self, target, **(anim_args or {}))

    def only(self, query: int) -> Self:
        """Show the arcs to one query, and hide all others; the weights stay as they are."""
        strokes = self._strokes(self.weights)
        for k, (arc, (color, width, opacity)) in enumerate(zip(self, strokes, strict=True)):
            is_shown = k // self.shape[1] == range(self.shape[0])[query]
            arc.set_stroke(color, width, opacity if is_shown else 0)
        return self

    def _strokes(self, values: FloatArray) -> list[tuple[ManimColor, float, float]]:
        largest = float(np.abs(values).max())
        limit = self._limit or (1.0 if values.min() >= 0 and largest <= 1 else largest)
        strokes = []
        for value in values.ravel():
            share = min(1.0, abs(float(value)) / (limit or 1.0))
            color = self.style.positive_color if value >= 0 else self.style.negative_color
            strokes.append((ManimColor(color), share * self.full_width, share**_EXPONENT))
        return strokes

    def _checked(self, weights: ArrayLike) -> FloatArray:
        values = np.array(weights, dtype=float)
        if values.shape != self.shape or not np.isfinite(values).all():
            raise ValueError(
                f"weights are numbers of shape {self.shape}, a row for each query and a column for "
                f"each key, not {values.shape}"
            )
        return values


class _ShowWeights(Repaint):
    """Arcs take on other weights."""

    def __init__(self, arcs: AttentionArcs, target: AttentionArcs, **kwargs: Any) -> None:
        self._new = target.weights
        super().__init__(arcs, arcs, STROKE, target, **kwargs)

    def show(self, share: float) -> None:
        """Show arcs on the way, and keep the weights at its end."""
        super().show(share)
        if is_end(share):
            arcs: Any = self.mobject
            arcs.weights = self._new


def _boxes(tokens: Any) -> list[VMobject]:
    return list(getattr(tokens, "boxes", tokens))


def _middle(tokens: Any) -> FloatArray:
    middle: FloatArray = VGroup(*_boxes(tokens)).get_center()
    return middle


def _between(
    key: VMobject, query: VMobject, leave: FloatArray, arrive: FloatArray, buff: float
) -> _Arc:
    start = key.get_edge_center(leave) + buff * leave
    end = query.get_edge_center(arrive) + buff * arrive
    way = 0.5 * abs(end[1] - start[1])
    return _arc(start, start + way * leave, end + way * arrive, end)


def _over(key: VMobject, query: VMobject, buff: float) -> _Arc:
    """Return an arc over a row, a loop where a token sees itself."""
    start, end = (one.get_top() + buff * UP for one in (key, query))
    if key is query:
        aside = np.array([0.3 * key.width, 0, 0])
        start, end = start - aside, end + aside
        return _arc(start, start + (0.5 * key.width) * UP, end + (0.5 * key.width) * UP, end)
    high = (0.15 + 0.6 * abs(end[0] - start[0])) * UP
    return _arc(start, start + high, end + high, end)


def _arc(*points: FloatArray) -> _Arc:
    arc = _Arc(fill_opacity=0)
    arc.points = np.array(points, dtype=float)
    return arc
