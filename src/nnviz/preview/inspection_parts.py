"""The parts of a scene as a viewer sees them: texts with their glyphs, and other mobjects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from manim import (
    Cross,
    DecimalNumber,
    Group,
    Line,
    MarkupText,
    Mobject,
    Paragraph,
    Scene,
    SingleStringMathTex,
    SurroundingRectangle,
    SVGMobject,
    Text,
    Typst,
    Underline,
    VGroup,
    VMobject,
)
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from manim.utils.iterables import list_update
from numpy.typing import NDArray

from nnviz._manim import text_of_number
from nnviz._manim_arrays import as_one
from nnviz.drawing.commands import Command, View
from nnviz.drawing.path_commands import Path
from nnviz.preview.inspection_ink import FAINT, Mark, opacity

__all__ = ["Part", "Parts", "Picture", "boxes_of", "is_meant_to_cross"]

#: Manim's texts. Other texts have an attribute ``text`` or ``tex_string``.
_TEXTS = (Text, MarkupText, Paragraph, SingleStringMathTex, Typst, DecimalNumber)
#: What only groups others, and says nothing of what it is.
_GROUPS = {Mobject, VMobject, VGroup, Group}
#: Letters of a text that are shown.
_LONGEST = 40
#: Glyphs that are flatter than this are no letters: minus signs, bars of fractions.
_FLAT = 0.3


class Part(NamedTuple):
    """A text, or another mobject that is drawn.

    Attributes
    ----------
    mobject : Mobject
        The text, or what is drawn.
    name : str
        Its class, with what it says or what it belongs to.
    whole : Mobject
        The mobject of the scene that it belongs to.
    is_text : bool
        Whether it is a text.
    crosses : bool
        Whether it is there to be drawn across others.
    """

    mobject: Mobject
    name: str
    whole: Mobject
    is_text: bool
    crosses: bool = False

    @property
    def said(self) -> str:
        """The name of the part for a sentence."""
        if not self.is_text:
            return f"the {self.name}"
        kind, quote, said = self.name.partition(" '")
        return f"the text '{said}" if quote else f"the text ({kind})"


class Picture(NamedTuple):
    """The parts and draw commands of a frame.

    Attributes
    ----------
    view : View
        View of the frame.
    background : Command or None
        Background of the frame.
    parts : list of Part
        What is drawn, each once.
    marks : list of Mark
        Draw commands in order. Texts are numbered as ``parts`` are.
    owners : list of int
        The number of the part that each mark draws.
    leaves : list of Mobject
        The mobject that each mark draws.
    """

    view: View
    background: Command | None
    parts: list[Part]
    marks: list[Mark]
    owners: list[int]
    leaves: list[Mobject]

    @property
    def shown(self) -> set[int]:
        """Ids of what is drawn and of what it belongs to."""
        ids = set(map(id, self.leaves))
        return ids | {id(part.mobject) for part in self.parts}


class Parts:
    """Knows which part a mobject belongs to, also when a scene has taken a text to pieces."""

    def __init__(self) -> None:
        #: By the id of a mobject: the mobject, so that the id stays its own, and its part.
        self._known: dict[int, tuple[Mobject, Part]] = {}

    def of(self, mobject: Mobject) -> Part | None:
        """Return the text that a mobject has been seen to belong to."""
        known = self._known.get(id(mobject))
        return known[1] if known else None

    def picture(
        self,
        scene: Scene,
        drawn: Iterable[tuple[Mobject, tuple[Command, ...]]],
        view: View,
        background: Command | None,
    ) -> Picture:
        """Return the parts and draw commands of a frame.

        Parameters
        ----------
        scene : Scene
            The scene.
        drawn : iterable of (Mobject, tuple of Command)
            What is drawn of it, with commands.
        view : View
            View of the frame.
        background : Command or None
            Background of the frame.
        """
        with as_one():
            parts_of = self._parts_of(list_update(scene.mobjects, scene.foreground_mobjects))
        picture = Picture(view, background, [], [], [], [])
        numbers: dict[int, int] = {}
        for leaf, commands in drawn:
            part = parts_of.get(id(leaf)) or Part(leaf, _class(leaf), leaf, False)
            number = numbers.setdefault(id(part.mobject), len(picture.parts))
            if number == len(picture.parts):
                picture.parts.append(part)
            is_ink = part.is_text and not isinstance(leaf, SurroundingRectangle | Line)
            for command in commands:
                picture.marks.append(Mark(command, number if is_ink else None))
                picture.owners.append(number)
                picture.leaves.append(leaf)
        return picture

    def _parts_of(self, mobjects: Sequence[Mobject]) -> dict[int, Part]:
        found: dict[int, Part] = {}

        def visit(mobject: Mobject, whole: Mobject, within: str, text: Part | None) -> None:
            part = text
            crosses = isinstance(mobject, Cross | Underline)
            if text is None and _is_text(mobject):
                part = Part(mobject, _text_name(mobject), whole, True)
            if part is None and type(mobject) not in _GROUPS:
                within = within or type(mobject).__name__
            if mobject.has_points():
                found[id(mobject)] = part or self._loose(mobject, whole, within, crosses)
            if part is not None:
                self._known[id(mobject)] = mobject, part
            for member in mobject.submobjects:
                if crosses and part is None:
                    found[id(member)] = Part(member, _class(mobject), whole, False, True)
                else:
                    visit(member, whole, within, part)

        for mobject in mobjects:
            visit(mobject, mobject, "", None)
        return found

    def _loose(self, leaf: Mobject, whole: Mobject, within: str, crosses: bool) -> Part:
        """Return the part of something that is drawn and belongs to no text on screen."""
        known = self._known.get(id(leaf))
        if known is not None:
            return known[1]
        if type(leaf) is VMobjectFromSVGPath and within == type(leaf).__name__:
            # No drawing that it belongs to: a letter that was taken out of a text.
            return Part(whole, f"{_class(whole)} of letters", whole, True)
        kind = type(leaf).__name__
        name = kind if within in ("", kind) else f"{kind} of {within}"
        return Part(leaf, name, whole, False, crosses)


def _is_text(mobject: Mobject) -> bool:
    if isinstance(mobject, _TEXTS):
        return True
    if not isinstance(mobject, VMobject) or type(mobject) is SVGMobject:
        return False
    said = vars(mobject).get("text", vars(mobject).get("tex_string"))
    return isinstance(said, str)


def _class(mobject: Mobject) -> str:
    return type(mobject).__name__


def _text_name(mobject: Mobject) -> str:
    """Return the class of a text, and its content."""
    if isinstance(mobject, DecimalNumber):
        said = text_of_number(mobject)
    else:
        values = vars(mobject)
        names = ("original_text", "tex_string", "text", "typst_code")
        said = next((values[name] for name in names if isinstance(values.get(name), str)), "")
    if not said and isinstance(mobject, Paragraph):
        said = "\n".join(str(getattr(line, "text", "")) for line in mobject.submobjects)
    said = " ".join(said.split())
    short = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
    return f"{_class(mobject)} '{short}'" if said else _class(mobject)


def is_meant_to_cross(picture: Picture, place: int, text: int, above: bool) -> bool:
    """Return whether a line is there to cross a text: a cross, or what strikes it out.

    Parameters
    ----------
    picture : Picture
        The frame.
    place : int
        The place of the line among the marks.
    text : int
        The number of the text.
    above : bool
        Whether the line lies over the text.
    """
    if picture.parts[picture.owners[place]].crosses:
        return True
    leaf, mobject = picture.leaves[place], picture.parts[text].mobject
    if picture.owners[place] == text:
        return True
    if not above or not isinstance(leaf, Line):
        return False
    # Not much longer than the text, and about its middle.
    reach = 0.5 * mobject.height + 0.1
    ends = np.array([leaf.get_start(), leaf.get_end()])[:, :2]
    low = np.array([mobject.get_left()[0], mobject.get_bottom()[1]]) - reach
    high = np.array([mobject.get_right()[0], mobject.get_top()[1]]) + reach
    inside = bool(((ends > low) & (ends < high)).all())
    return inside and float(np.ptp(ends[:, 0])) > 0.5 * mobject.width


# --- geometry


def boxes_of(commands: Sequence[Command], view: View) -> NDArray[np.float64]:
    """Return the boxes of commands in pixels, also beyond the edges of the frame.

    Parameters
    ----------
    commands : sequence of Command
        The commands.
    view : View
        View of the frame.

    Returns
    -------
    numpy.ndarray
        Left, top, right and bottom, shape (n, 4). Not a number for what is invisible or of unknown
        extent.
    """
    result = np.full((len(commands), 4), np.nan)
    arrays, rows = [], []
    for row, command in enumerate(commands):
        extent = command.extent() if command.is_visible and opacity(command) >= FAINT else None
        if extent is not None and len(extent.points):
            arrays.append(extent.points[:, :2])
            rows.append(row)
    if not rows:
        return result
    starts = np.cumsum([0, *(len(array) for array in arrays[:-1])])
    with np.errstate(invalid="ignore", over="ignore"):
        places = np.concatenate(arrays) * (view.xx, view.yy) + (view.x0, view.y0)
    low, high = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
    result[rows] = np.concatenate([low, high], axis=1)
    # A single point is not visible.
    extents = result[:, 2:] - result[:, :2]
    result[(extents < 1e-3).all(axis=1)] = np.nan
    return result


def curves_box(path: Path, view: View) -> NDArray[np.float64]:
    """Return where the curves of a path reach, without their handles, with half the stroke."""
    points = np.frombuffer(path.points).reshape(-1, 3)[:, :2]
    curves = points[: len(points) // 4 * 4].reshape(-1, 4, 2)
    if not len(curves):
        curves = points.reshape(-1, 1, 2).repeat(4, axis=1)
    t = np.linspace(0, 1, 9)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    places = (weights @ curves).reshape(-1, 2) * (view.xx, view.yy) + (view.x0, view.y0)
    width = path.front_width if path.front else 0.0
    reach = width / 2 * abs(view.xx)
    return np.concatenate([places.min(axis=0) - reach, places.max(axis=0) + reach])


def letter_height(boxes: NDArray[np.float64]) -> float:
    """Return how high the letters of a text are, in pixels: what three quarters do not exceed.

    Parameters
    ----------
    boxes : ndarray of float
        Boxes of its glyphs, shape (n, 4). Larger sides count, so that a turned text is as high.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    sizes = sizes[np.isfinite(sizes).all(axis=1)]
    if not len(sizes):
        return np.inf
    large, small = sizes.max(axis=1), sizes.min(axis=1)
    letters = large[(small > _FLAT * large) | (sizes[:, 1] > sizes[:, 0])]
    return float(np.quantile(letters, 0.75)) if len(letters) else np.inf
