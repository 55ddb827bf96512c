"""The line on which letters stand: words side by side share it, whatever letters they have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import numpy as np
from manim import (
    UP,
    MarkupText,
    SingleStringMathTex,
    SVGMobject,
    Text,
    TexTemplate,
    Typst,
    VGroup,
    VMobject,
)
from numpy.typing import NDArray

from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import latex_needed

__all__ = ["baseline", "character", "lifts", "line_height", "put_beside", "put_on_a_line"]

#: What LaTeX does not set as one line of letters.
_NOT_PLAIN = re.compile(r"[\\^_{}&]")
#: A square that stands on the line, in LaTeX and in Typst.
_LATEX_STRUT = r"\rule{1em}{1em}"
_TYPST_STRUT = "#box(width: 1em, height: 1em, fill: black)"


def baseline(text: VMobject) -> float | None:
    """Return the height on which the letters of a text stand.

    It is where Pango, LaTeX or Typst puts the letters, in every script, and does not depend on
    which letters they are. The text may have been moved and scaled.

    Parameters
    ----------
    text : VMobject
        A ``Text`` or ``MarkupText``, ``Tex`` or ``MathTex``, ``Typst`` or ``MathTypst``. The first
        line counts where LaTeX or Typst breaks lines.

    Returns
    -------
    float or None
        None of anything else, and of several lines of Pango's.
    """
    while isinstance(text, VGroup) and len(text) == 1:
        text = text[0]
    share: float | None = None
    box: Any = text
    if isinstance(text, Text | MarkupText):
        if "\n" not in text.original_text:
            k, share = _share_in_letters(_file(text), len(text))
            box = text if k is None else text[k]
    elif isinstance(text, SingleStringMathTex):
        code = "".join(getattr(text, "tex_strings", [text.tex_string]))
        if _NOT_PLAIN.search(code.replace(r"\%", "")) is None:
            _, share = _share_in_letters(_file(text), 0)
        if share is None:
            share = _share_beside_strut(code, text.tex_environment, text.tex_template)
    elif isinstance(text, Typst):
        share = _share_beside_typst_strut(text.typst_code, text.typst_preamble)
    if share is None:
        return None
    bottom, top = box.get_bottom()[1], box.get_top()[1]
    return float(bottom + share * (top - bottom))


def line_height(texts: Sequence[VMobject]) -> float:
    """Return how high words are that stand on one line, in scene units: 0 without any."""
    spans = [_span(text) for text in texts]
    known = np.array([span for span in spans if span is not None])
    line = float(known.max(axis=0).sum()) if len(known) else 0.0
    return max([line, *(float(text.height) for text in texts)])


def lifts(texts: Sequence[VMobject]) -> list[float]:
    """Return by how much to lift words whose ends are level, for their letters to be; 0 or more."""
    spans = [_span(text) for text in texts]
    deepest = max((span[0] for span in spans if span is not None), default=0.0)
    return [0.0 if span is None else deepest - span[0] for span in spans]


def put_on_a_line(texts: Sequence[VMobject], side: NDArray[np.float64] = UP) -> None:
    """Give words side by side one baseline.

    Parameters
    ----------
    texts : sequence of VMobject
        What stands on a line, side by side. What has no baseline stays where it is.
    side : ndarray of float, optional
        Where the words may go, for none to come nearer to what is on the other side: up, where the
        highest of their baselines is taken, or down.
    """
    lows = [baseline(text) for text in texts]
    known = [low for low in lows if low is not None]
    for text, low in zip(texts, lows, strict=True):
        if low is not None:
            text.shift(((max if side[1] > 0 else min)(known) - low) * UP)


def put_beside(texts: Sequence[VMobject], heights: Sequence[float]) -> None:
    """Let each of several words stand in the middle of something, all of them alike.

    All baselines are equally far below their middles: as far as is best for half of the words.

    Parameters
    ----------
    texts : sequence of VMobject
        Words above one another. What has no baseline is put into its middle by its own size.
    heights : sequence of float
        Places of the middles.
    """
    spans = [_span(text) for text in texts]
    rises = [(above - below) / 2 for below, above in (span for span in spans if span is not None)]
    usual = median(rises) if rises else 0.0
    for text, span, height in zip(texts, spans, heights, strict=True):
        own = 0.0 if span is None else (span[1] - span[0]) / 2 - usual
        text.shift((height + own - text.get_center()[1]) * UP)


def _span(text: VMobject) -> tuple[float, float] | None:
    """Return how far a text reaches below its baseline, and above it."""
    low = baseline(text)
    if low is None:
        return None
    return float(low - text.get_bottom()[1]), float(text.get_top()[1] - low)


@cache
def character(letter: str) -> tuple[NDArray[np.float64], float]:
    """Return a character of the typeface that comes with nnviz, at font size 1.

    Characters side by side, each as far from the last as that says, are what Pango writes where
    nothing is drawn together, as in numbers.

    Parameters
    ----------
    letter : str
        The character.

    Returns
    -------
    tuple
        Its path, shape (n, 3), which begins at x = 0 and stands on y = 0, and how far from there
        the next one begins, in scene units.
    """
    if letter == " ":
        both = SansText("0 0")
        gap = float(both[1].get_left()[0] - both[0].get_left()[0]) / both.font_size
        return np.zeros((0, 3)), gap - character("0")[1]
    text = SansText(f"{letter}0")  # a digit behind it says how much room it has
    raw: Any = _as_it_is(_file(text))
    (x, _), *_, (after, _) = _origins(_file(text))
    scale = text.width / raw.width / text.font_size
    start = (x - raw.get_left()[0]) * scale + text.get_left()[0] / text.font_size
    line = baseline(text)
    assert line is not None
    paths = [part.points for part in text[:-1].family_members_with_points()]
    points = np.concatenate(paths) / text.font_size - (start, line / text.font_size, 0)
    points.setflags(write=False)
    return points, float(after - x) * scale


def _file(text: SVGMobject) -> Path:
    assert text.file_name is not None
    return Path(text.file_name)


@lru_cache(maxsize=4096)
def _origins(file: Path) -> tuple[tuple[float, float], ...]:
    """Return where each letter of a picture has its origin, x and y, which points down."""
    found = []
    for element in ElementTree.parse(file).iter():
        if element.tag.endswith("}use") and "x" in element.attrib and "y" in element.attrib:
            found.append((float(element.attrib["x"]), float(element.attrib["y"])))
    return tuple(found)


@lru_cache(maxsize=256)
def _as_it_is(file: Path) -> SVGMobject:
    """Return the picture of a text in the file's own units, in the box that it has there."""
    return SVGMobject(file, should_center=False, height=None, width=None, use_svg_cache=False)


@lru_cache(maxsize=4096)
def _share_in_letters(file: Path, count: int) -> tuple[int | None, float | None]:
    """Return where the origins of most letters are between the lowest and the highest point.

    Accents, marks and signs that are put together have others.

    Parameters
    ----------
    file : Path
        The picture.
    count : int
        Number of letters of the mobject.

    Returns
    -------
    tuple
        Of which letter these points are, or None for those of all letters; and the share, None if
        it cannot be told.
    """
    rows = Counter(round(y, 2) for _, y in _origins(file))
    if not rows:
        return None, None
    most = max(rows.values())
    low = max(y for y, count in rows.items() if count == most)
    raw: Any = _as_it_is(file)
    k = None
    turned = raw.get_top()[1] + raw.get_bottom()[1] - low  # as Manim turns it over
    if len(raw) == count and count:
        # One letter is as good as all, and others may have been moved.
        k = int(np.argmax([letter.height for letter in raw]))
        raw = raw[k]
    bottom, top = raw.get_bottom()[1], raw.get_top()[1]
    return k, float((turned - bottom) / (top - bottom)) if top > bottom else None


#: Of formulas, by their code, environment and template.
_shares: dict[tuple[str, str | None, str], float | None] = {}


def _share_beside_strut(code: str, environment: str | None, template: TexTemplate) -> float | None:
    key = code, environment, repr(template)
    if key not in _shares:
        with latex_needed(f"the line on which {code!r} stands is found by LaTeX"):
            both = SingleStringMathTex(
                _LATEX_STRUT + code, tex_environment=environment, tex_template=template
            )
        _shares[key] = _share_of_rest(both)
    return _shares[key]


@lru_cache(maxsize=1024)
def _share_beside_typst_strut(code: str, preamble: str) -> float | None:
    formula = re.fullmatch(r"\$ (.*) \$", code, re.DOTALL)
    both = f"$ {_TYPST_STRUT} {formula[1]} $" if formula else _TYPST_STRUT + code
    return _share_of_rest(Typst(both, typst_preamble=preamble))


def _share_of_rest(both: VMobject) -> float | None:
    """Return where a square at the beginning stands, between the ends of what follows it."""
    strut, *rest = both.submobjects
    box = VMobject().add(*rest)
    bottom, top = box.get_bottom()[1], box.get_top()[1]
    return float((strut.get_bottom()[1] - bottom) / (top - bottom)) if top > bottom else None
