"""How large the letters of mobjects are, and figures whose letters have a size in points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from manim import DecimalNumber, MarkupText, Mobject, SingleStringMathTex, Tex, Text, VMobject
from numpy.typing import NDArray

__all__ = ["COLUMN_WIDTHS", "KeepsLettersTogether", "Letters", "em_of", "set_letters"]

_MM: Final = 1 / 25.4
#: Widths of figures in inches, by the name of the publisher; "-double" is that of two columns.
#: Their sources are in :func:`~nnviz.save_figure`.
COLUMN_WIDTHS: dict[str, float] = {
    "article": 345 / 72.27,
    "iclr": 5.5,
    "icml": (6.75 - 0.25) / 2,
    "icml-double": 6.75,
    "ieee": 3.5,
    "ieee-double": 7.16,
    "nature": 89 * _MM,
    "nature-double": 183 * _MM,
    "neurips": 5.5,
}

#: An em in scene units over a ``font_size``: of Pango's texts, which Manim makes at a twentieth of
#: their size on paper, and of LaTeX's, whose letters are of 10 points.
_PANGO, _LATEX = 1 / 72, 0.010379
#: How often a figure is measured before its letters count as too large for its width.
_TRIES = 24
#: By what share a figure's scale may still change at the end, and the factor by which it may shrink
#: as letters grow.
_SETTLED, _SHRUNK = 1e-5, 4.0


@runtime_checkable
class Letters(Protocol):
    """A mobject of letters that returns their size."""

    def em(self) -> float:
        """Return the size of the font, an em, in scene units: 12 points in a font of 12 points."""

    def anchor(self) -> NDArray[np.float64]:
        """Return the point that stays where it is when the letters grow, shape (3,)."""


class KeepsLettersTogether:
    """A mobject of several texts, such as a formula, which grow together."""


def em_of(mobject: Mobject) -> float:
    """Return how large the letters of a text are: an em, in scene units; the largest of several.

    Parameters
    ----------
    mobject : Mobject
        A text of Manim, a number, or a group of such.
    """
    if isinstance(mobject, Letters):
        return float(mobject.em())
    if isinstance(mobject, (Text, MarkupText)):
        return _font_size(mobject) * _PANGO
    if isinstance(mobject, SingleStringMathTex):
        return _font_size(mobject) * _LATEX
    if isinstance(mobject, DecimalNumber):
        writing: Any = getattr(mobject, "mob_class", SingleStringMathTex)
        is_tex = isinstance(writing, type) and issubclass(writing, SingleStringMathTex)
        return float(mobject.font_size) * (_LATEX if is_tex else _PANGO)
    return max((em_of(part) for part in mobject.submobjects), default=0.0)


def set_letters(
    mobject: Mobject,
    text_size: float,
    inches_per_unit: Callable[[Mobject], float],
    width: float | None = None,
) -> Mobject:
    """Return a copy of a mobject whose letters have one size on paper.

    Each text grows or shrinks where it stands; all else stays as it is.

    Parameters
    ----------
    mobject : Mobject
        What has the texts.
    text_size : float
        Size of the font in points, of 1/72 inch.
    inches_per_unit : callable
        How large a scene unit of the figure is, which may depend on what is seen.
    width : float, optional
        Width of the figure in inches, if it is fixed.

    Raises
    ------
    ValueError
        If there is no text, the letters do not fit into the figure, two texts that stood apart
        would overlap, or one would no longer fit into the shape that it stands in, as a number into
        its neuron.
    """
    if not 0 < text_size < np.inf:
        raise ValueError(f"text_size is a number of points above 0, not {text_size}")
    shown = mobject.copy()
    texts = [text for text in _texts(shown) if _is_seen(text)]
    if not texts:
        raise ValueError(
            f"there is no text in {mobject} that text_size could be the size of: leave it out"
        )
    first = scale = inches_per_unit(shown)
    apart, shapes = _apart(texts), _shapes_around(texts, shown)
    for _ in range(_TRIES):
        goal = text_size / (72 * scale)
        # Letters that fill the figure leave no room for anything else, and make it larger forever.
        widest = max(text.width * goal / em_of(text) for text in texts) * scale
        if scale < first / _SHRUNK or (width is not None and widest >= width):
            break
        for text in texts:
            about = text.anchor() if isinstance(text, Letters) else text.get_center()
            text.scale(goal / em_of(text), about_point=about)
        before, scale = scale, inches_per_unit(shown)
        if abs(scale / before - 1) < _SETTLED:
            _check_overlaps(texts, apart, text_size)
            _check_shapes(texts, shapes, text_size)
            return shown
    raise ValueError(
        f"letters of {text_size:g} points are too large for a figure of this width: give a "
        "smaller text_size, or a larger width"
    )


def _texts(mobject: Mobject) -> Iterator[Any]:
    """Yield the texts of a family, each whole."""
    kinds = (Text, MarkupText, SingleStringMathTex, DecimalNumber, Letters, KeepsLettersTogether)
    if isinstance(mobject, kinds):
        if mobject.family_members_with_points() and em_of(mobject) > 0:
            yield mobject
        return
    for part in mobject.submobjects:
        yield from _texts(part)


def _is_seen(text: Any) -> bool:
    return any(
        part.get_fill_opacity() > 0 or part.get_stroke_opacity() * part.get_stroke_width() > 0
        for part in text.family_members_with_points()
    )


def _font_size(text: Any) -> float:
    """Return Manim's font size of a text as large as it is now, upright or turned by a quarter."""
    if not _lies_on_its_side(text):
        return float(text.font_size)
    # Manim computes it from the height, which is the width now.
    return float(text.font_size * text.width / text.height)


def _lies_on_its_side(text: Any) -> bool:
    """Return whether a line of letters runs up or down, as no formula does."""
    if isinstance(text, SingleStringMathTex) and not isinstance(text, Tex):
        return False
    letters = text.family_members_with_points()
    if len(letters) < 2 or "\n" in getattr(text, "original_text", ""):
        return False
    x, y, _ = np.abs(letters[-1].get_center() - letters[0].get_center())
    return bool(y > x)


def _boxes(texts: Sequence[Any]) -> NDArray[np.float64]:
    """Return left, bottom, right and top of mobjects, shape (n, 4)."""
    points = [
        np.concatenate([part.points[:, :2] for part in text.family_members_with_points()])
        for text in texts
    ]
    return np.array([[*p.min(axis=0), *p.max(axis=0)] for p in points])


def _apart(texts: list[Any]) -> NDArray[np.bool_]:
    """Return which pairs of texts do not overlap, shape (n, n)."""
    left, bottom, right, top = _boxes(texts).T
    across = (left[:, None] >= right) | (right[:, None] <= left)
    along = (bottom[:, None] >= top) | (top[:, None] <= bottom)
    result: NDArray[np.bool_] = across | along
    return result


def _check_overlaps(texts: list[Any], apart: NDArray[np.bool_], text_size: float) -> None:
    meet = np.argwhere(apart & ~_apart(texts))
    if len(meet):
        first, second = (_words(texts[k]) for k in meet[0])
        raise ValueError(
            f"at {text_size:g} points {first} and {second} would overlap: give a smaller "
            "text_size, or a larger width"
        )


def _shapes_around(texts: list[Any], mobject: Mobject) -> list[Mobject | None]:
    """Return the smallest thing seen around each text, if there is one."""
    letters = {id(part) for text in texts for part in text.get_family()}
    shapes = [
        part
        for part in mobject.family_members_with_points()
        if id(part) not in letters and isinstance(part, VMobject) and _is_seen(part)
    ]
    if not shapes:
        return [None] * len(texts)
    left, bottom, right, top = _boxes(shapes).T
    areas = (right - left) * (top - bottom)
    found: list[Mobject | None] = []
    for x0, y0, x1, y1 in _boxes(texts):
        around = (left <= x0) & (bottom <= y0) & (right >= x1) & (top >= y1)
        k = int(np.where(around, areas, np.inf).argmin())
        found.append(shapes[k] if around[k] else None)
    return found


def _check_shapes(texts: list[Any], shapes: list[Mobject | None], text_size: float) -> None:
    for text, shape in zip(texts, shapes, strict=True):
        if shape is None:
            continue
        (x0, y0, x1, y1), (left, bottom, right, top) = _boxes([text, shape])
        if x0 < left or y0 < bottom or x1 > right or y1 > top:
            raise ValueError(
                f"at {text_size:g} points {_words(text)} would stand out of what is around it: "
                "give a smaller text_size, or a larger width"
            )


def _words(text: Any) -> str:
    for name in ("original_text", "text", "tex_string", "number"):
        words = getattr(text, name, None)
        if words not in (None, ""):
            return repr(words) if isinstance(words, str) else f"the number {words:.3g}"
    return str(text)
