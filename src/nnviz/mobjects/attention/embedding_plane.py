"""Embeddings in the plane in which they differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import Animation, Dot, Rectangle, VGroup
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.arrows import arrow
from nnviz.mobjects.primitives.boxes import Box, overlap
from nnviz.mobjects.primitives.group_parts import Part, is_end
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import token_texts, without_markup

__all__ = ["EmbeddingPlane"]

FloatArray = NDArray[np.float64]

#: In scene units: a digit's height, a dot's radius, and from a dot to its name.
_DIGIT, _DOT, _BUFF = 0.2, 0.045, 0.14
#: What is free at the edges.
_MARGIN = 0.4
#: Where a name may stand about its dot, the first of equally good places.
_PLACES = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1], [1, 0], [-1, 0], [0, 1], [0, -1]], float)


class EmbeddingPlane(ShownInNotebooks, VGroup):
    """Vectors by their two first principal components: as far apart as a plane shows them.

    Both axes have one scale, so that directions and distances in the plane are true. How much of
    the variance of what is shown lies in it is written below.

    Parameters
    ----------
    vectors : array_like
        Shape (n, features), such as ``network.nodes["embedding"].layer.weights``; n at least 3.
    names : object
        One a vector: a text, whose characters they are, or a sequence.
    width, height : float, optional
        Size of all, in scene units.
    including : array_like, optional
        Further vectors that have to find room, shape (..., features), such as those that will be
        shown later.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    vectors : NDArray
        As shown, shape (n, features).
    mean, directions : NDArray
        What is subtracted, and the two components, shapes (features,) and (2, features).
    share : float
        The part of the variance of `vectors` that lies in the plane.

    Raises
    ------
    ValueError
        If there are fewer than three vectors, all are equal, or the names do not fit.
    """

    dots: Part[VGroup] = Part(1, doc="A dot a vector.")
    words: Part[VGroup] = Part(2, doc="A name a vector.")

    def __init__(
        self,
        vectors: ArrayLike,
        names: Any,
        *,
        width: float = 6.0,
        height: float = 5.0,
        including: ArrayLike | None = None,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.vectors = np.array(vectors, dtype=float)
        if self.vectors.ndim != 2 or len(self.vectors) < 3 or self.vectors.shape[1] < 2:
            raise ValueError(
                f"vectors have shape (n, features), three or more of them, not {self.vectors.shape}"
            )
        texts = token_texts(names, len(self.vectors), "names")
        self.mean = self.vectors.mean(axis=0)
        _, sizes, components = np.linalg.svd(self.vectors - self.mean, full_matrices=False)
        if not sizes[0] > 0:
            raise ValueError("all vectors are equal: there is no plane in which they differ")
        # A component may point either way: here its largest number is positive.
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(len(components)), largest])
        self.directions = (components * signs[:, None])[:2]
        features = self.vectors.shape[1]
        others = np.empty(0) if including is None else np.asarray(including, dtype=float)
        if others.size and others.shape[-1] != features:
            raise ValueError(f"including has shape {others.shape}, not (..., {features})")
        flat = self.project(np.concatenate([self.vectors, others.reshape(-1, features)]))
        low, high = flat.min(axis=0), flat.max(axis=0)
        room = np.array([width, height - 2 * _DIGIT]) - 2 * _MARGIN
        unit = float((room / np.maximum(high - low, 1e-12)).min())
        self._size = (float(width), float(height))
        self._unit, self._middle = unit, (low + high) / 2
        box = Rectangle(width=width, height=height, stroke_width=0, stroke_opacity=0)
        color = self.style.neuron_stroke_color
        dots = VGroup(*(Dot((0, 0, 0), _DOT, color=color) for _ in texts))
        letters = VGroup(
            *(
                Lettering(self.style.text_color, (0, 0), without_markup(self.style.writing))
                for _ in texts
            )
        )
        note = Lettering(self.style.text_color, (0, -1), self.style.writing)
        super().__init__(box, dots, letters, note.set_fill(opacity=0.7), VGroup())
        self._texts = texts
        self.show_vectors(self.vectors)

    def project(self, vectors: ArrayLike) -> FloatArray:
        """Return the two components of vectors, shape (n, 2).

        Parameters
        ----------
        vectors : array_like
            Shape (n, features).
        """
        flat: FloatArray = (np.asarray(vectors, dtype=float) - self.mean) @ self.directions.T
        return flat

    def place(self, vectors: ArrayLike) -> FloatArray:
        """Return where vectors are on screen, shape (n, 3).

        Parameters
        ----------
        vectors : array_like
            Shape (n, features).
        """
        _, left, low, right = self[0].points[[0, 4, 8, 12]]
        width, height = self._size
        axes = np.array([(right - low) / width, (left - low) / height])
        flat = (self.project(vectors) - self._middle) * self._unit
        placed: FloatArray = low + (flat + np.array([width / 2, height / 2 + _DIGIT])) @ axes
        return placed

    def show_vectors(self, vectors: ArrayLike) -> Self:
        """Show others in the same plane, such as the embeddings after more training.

        Parameters
        ----------
        vectors : array_like
            Vectors of the same shape.
        """
        values = np.array(vectors, dtype=float)
        if values.shape != self.vectors.shape:
            raise ValueError(f"vectors have shape {self.vectors.shape}, not {values.shape}")
        self._put(self.place(values), self._offsets(values))
        self._say_share(values)
        self.vectors = values
        return self

    @animation_for(show_vectors)
    def _animate_vectors(
        self, vectors: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return _MoveVectors(self, np.array(vectors, dtype=float), **(anim_args or {}))

    def show_between(self, first: ArrayLike, last: ArrayLike, share: float) -> Self:
        """Show points on the straight way from some vectors to others.

        What is written is the share of the variance of the first ones.

        Parameters
        ----------
        first, last : array_like
            Vectors of the same shape.
        share : float
            Share of the way, in [0, 1).
        """
        if not share:
            return self.show_vectors(first)
        before, after = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
        self.vectors = before + share * (after - before)
        offsets = self._offsets(before), self._offsets(after)
        self._put(self.place(self.vectors), offsets[0] + share * (offsets[1] - offsets[0]))
        self._say_share(before)
        return self

    def _put(self, points: FloatArray, offsets: FloatArray) -> None:
        """Put dots at points, and names beside them, shapes (n, 3)."""
        word: Any
        for dot, word, text, point, offset in zip(
            self.dots, self.words, self._texts, points, offsets, strict=True
        ):
            dot.move_to(point)
            word.say(text, point + offset, _DIGIT * self._scale)

    def _offsets(self, vectors: FloatArray) -> FloatArray:
        """Return where names stand from their dots, shape (n, 3)."""
        points, scale = self.place(vectors), self._scale
        word: Any
        taken: list[Box] = []
        for word, text, point in zip(self.words, self._texts, points, strict=True):
            half = np.array([0.5 * word.width_of(text, _DIGIT) + 0.02, 0.6 * _DIGIT]) * scale
            at = _free_place(point, half, _BUFF * scale, points, taken)
            taken.append(np.array([at[:2] - half, at[:2] + half]))
        return np.column_stack([np.sum(taken, axis=1) / 2, np.zeros(len(taken))]) - points

    def _say_share(self, vectors: FloatArray) -> None:
        """Write how much of the variance of vectors lies in the plane."""
        centred = vectors - vectors.mean(axis=0)
        whole = float((centred**2).sum())
        self.share = float(((centred @ self.directions.T) ** 2).sum()) / whole if whole else 0.0
        percent = words.word("percent", number=words.number(f"{100 * self.share:.0f}"))
        text = words.word("share_of_variance", share=percent)
        width, _ = self._size
        at = self[0].get_bottom() + np.array([0.0, 0.05 * self._scale, 0.0])
        note: Any = self[3]
        note.say(text, at, 0.75 * _DIGIT * self._scale, width * self._scale)

    @property
    def _scale(self) -> float:
        """The height of the whole over its height at the beginning."""
        return float(self[0].height) / self._size[1]

    def distance(self, one: str, other: str) -> float:
        """Return how far apart two vectors are, in all their dimensions.

        Parameters
        ----------
        one, other : str
            Their names.
        """
        a, b = self._rows(one, other)
        return float(np.linalg.norm(self.vectors[b] - self.vectors[a]))

    def difference(self, one: str, other: str) -> VGroup:
        """Return an arrow from one vector to another, and how long it is in all dimensions.

        Parameters
        ----------
        one, other : str
            Their names.
        """
        a, b = self._rows(one, other)
        start, end = self.place(self.vectors[[a, b]])
        way = (end - start) / (np.linalg.norm(end - start) or 1.0)
        color = self.style.highlight_color
        line = arrow(start, end, color=color, buff=0.1, stroke_width=stroke(4))
        across = np.array([-way[1], way[0], 0.0])
        number = Lettering(color, (0, 0), self.style.writing)
        text = words.number(f"{self.distance(one, other):.2f}")
        half = np.array([number.width_of(text, _DIGIT) / 2, _DIGIT / 2, 0.0])
        away = float(np.abs(across) @ half) + 0.1
        number.say(text, (start + end) / 2 + away * across, _DIGIT)
        return VGroup(line, number)

    def _rows(self, *names: str) -> Sequence[int]:
        for name in names:
            if name not in self._texts:
                raise ValueError(f"there is no {name!r}: there are {', '.join(self._texts)}")
        return [self._texts.index(name) for name in names]


class _MoveVectors(AtItsTurn):
    """Points go straight from where they are."""

    def __init__(self, mobject: EmbeddingPlane, vectors: FloatArray, **kwargs: Any) -> None:
        self._new = vectors
        super().__init__(mobject, **kwargs)

    def start(self) -> None:
        """Keep the present vectors."""
        mobject: Any = self.mobject
        if self._new.shape != mobject.vectors.shape:
            raise ValueError(f"vectors have shape {mobject.vectors.shape}, not {self._new.shape}")
        self._old: FloatArray = mobject.vectors

    def show(self, share: float) -> None:
        """Show points on the way."""
        mobject: Any = self.mobject
        if is_end(share):
            mobject.show_vectors(self._new)
        else:
            mobject.show_between(self._old, self._new, share)


def _free_place(
    point: FloatArray,
    half: FloatArray,
    buff: float,
    points: FloatArray,
    taken: Sequence[Box],
) -> FloatArray:
    """Return where a name covers the fewest dots and other names."""

    def covers(at: FloatArray) -> int:
        dots = int((np.abs(points[:, :2] - at) < half).all(axis=1).sum())
        box = np.array([at - half, at + half])
        return dots + 2 * sum(overlap(box, other) for other in taken)

    places = [
        point[:2] + side * (half + 0.5 * buff * (np.abs(side).sum() < 2)) + 0.15 * buff * side
        for side in _PLACES
    ]
    best: FloatArray = min(places, key=covers)
    return np.array([*best, 0.0])
