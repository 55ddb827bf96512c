"""Measure in pixels what lies over and under the ink of texts on one frame.

The frame's draw commands are painted in their order, but only where texts are. Two more canvases
are painted with them. One holds the lines that can be seen so far: strokes are added to it, and
what is filled wipes out the lines that it covers. The other holds the ink of texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

import cairo
import numpy as np
from numpy.typing import NDArray

from nnviz.drawing.canvas import Pixels, Surface, filled, measure
from nnviz.drawing.commands import Command, View
from nnviz.drawing.path_commands import Curves, Faces, Path
from nnviz.drawing.pixel_boxes import Box, area, around, touching
from nnviz.drawing.pixel_commands import PixelGrid, Shades

__all__ = ["FAINT", "Ink", "Mark", "contrast", "lines_in", "luminance", "opacity", "read_ink"]

#: Fainter things count as invisible: they are fading in or out.
FAINT = 0.1
#: Smallest coverage of a pixel, of 255, with which a line is visible. Manim's backgrounds, 75 %
#: opaque, leave a quarter of what lies below them.
_SEEN = 64
#: Share of the largest coverage from which a pixel belongs to the ink of a text.
_CORE = 0.5
#: Lines with less contrast to the background than this are not reported.
_PALE = 1.3
_OPAQUE = np.array([0.0, 0.0, 0.0, 1.0]).tobytes()

_linear = np.arange(256) / 255
_linear = np.where(_linear <= 0.04045, _linear / 12.92, ((_linear + 0.055) / 1.055) ** 2.4)

#: Red, green, blue and alpha, from 0 to 1.
Color = NDArray[np.float64]


def luminance(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return WCAG's relative luminance of sRGB colours from 0 to 1, shape (..., 3)."""
    levels = np.rint(np.clip(colors, 0, 1) * 255).astype(np.int64)
    result: NDArray[np.float64] = _linear[levels] @ np.array([0.2126, 0.7152, 0.0722])
    return result


def contrast(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return WCAG's contrast ratio, from 1 to 21, of two relative luminances."""
    result: NDArray[np.float64] = (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
    return result


class Mark(NamedTuple):
    """A draw command of a frame.

    Attributes
    ----------
    command : Command
        The command.
    text : int or None
        The number of the text whose ink it draws; None if it draws something else.
    """

    command: Command
    text: int | None


class _Run(NamedTuple):
    """Ink that was painted at once.

    Attributes
    ----------
    rows, columns : slice
        Its place on the frame.
    cover : numpy.ndarray
        How much of each pixel it covers, from 0 to 1.
    crossed : numpy.ndarray
        Whether a line is visible at each pixel.
    place : int
        Its place among the marks.
    """

    rows: slice
    columns: slice
    cover: NDArray[np.float64]
    crossed: NDArray[np.bool_]
    place: int


@dataclass
class Ink:
    """Measurements of the ink of a text.

    Attributes
    ----------
    amount, core : float
        Amount of ink in pixels, and the amount without its pale rims.
    opacity : float
        Opacity of its most opaque glyph.
    crossed : float
        Share of the ink that visible lines cross.
    over : dict of int to float
        By the number of a text below it, how many pixels of ink they share.
    contrast : float
        Ratio to what lies below, which three quarters of the ink reach.
    solid_contrast : float
        The same ratio for opaque ink.
    """

    amount: float = 0.0
    core: float = 0.0
    opacity: float = 0.0
    crossed: float = 0.0
    over: dict[int, float] = field(default_factory=dict)
    contrast: float = 21.0
    solid_contrast: float = 21.0
    runs: list[_Run] = field(default_factory=list)
    ratios: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=list)


def opacity(command: Command) -> float:
    """Return the opacity of the most opaque paint of a command, as far as it is known."""
    if isinstance(command, Path):
        paints = [paint for paint in (command.fill, command.front, command.back) if paint]
        return max((float(_colors(paint)[:, 3].max()) for paint in paints), default=0.0)
    if isinstance(command, Curves):
        return float(command.colors[:, 3].max(initial=0.0))
    if isinstance(command, PixelGrid):
        return command.tint[3]
    if isinstance(command, Faces | Shades):
        return float(command.alpha)
    return 1.0


def _colors(paint: bytes) -> NDArray[np.float64]:
    return np.frombuffer(paint).reshape(-1, 4)


def _with(path: Path, fill: bytes = b"", back: bytes = b"", front: bytes = b"") -> Path:
    """Return a path with other paints."""
    return Path(
        path.points,
        fill,
        back,
        front,
        path.back_width,
        path.front_width,
        path.ends if max(map(len, (fill, back, front))) > len(_OPAQUE) else b"",
        path.join,
        path.cap,
        path.tolerance,
    )


def _black(paint: bytes) -> bytes:
    """Return a paint of the same opacity, of one colour."""
    if not paint:
        return b""
    return np.array([0.0, 0.0, 0.0, _colors(paint)[:, 3].max()]).tobytes()


class _Frame:
    """Canvases of one frame on which marks are painted."""

    def __init__(self, view: View, background: Command | None) -> None:
        self.view = view
        self.pixels = filled(view, background)
        self.shown = Surface.of(self.pixels, view)
        #: Lines that are seen so far; their opacity counts.
        self.lines: Pixels = np.zeros_like(self.pixels)
        #: Ink of texts that is seen so far, and whose it is.
        self.inked: Pixels = np.zeros_like(self.pixels)
        self.owners = np.full(self.pixels.shape[:2], -1, np.int64)
        self._lines, self._inked = Surface.of(self.lines, view), Surface.of(self.inked, view)
        # What the frame shows where nothing is.
        self.ground = luminance(np.median(self.pixels[::16, ::16, :3], axis=(0, 1)) / 255)

    def paint(self, command: Command, parts: Sequence[Box]) -> None:
        """Paint something that is not text."""
        self.shown.parts = self._lines.parts = list(parts)
        self.shown.paint([command])
        if isinstance(command, Path):
            if command.back:
                self._add(_with(command, back=self._line(command.back)))
            if command.fill:
                self._wipe(_with(command, fill=_black(command.fill)))
            if command.front:
                self._add(_with(command, front=self._line(command.front)))
        elif isinstance(command, Curves):
            colors = np.zeros_like(command.colors)
            colors[:, 3] = command.colors[:, 3] * self._is_seen(command.colors)
            self._add(Curves(command.curves, colors, command.widths, command.cap))
        elif isinstance(command, Faces | PixelGrid | Shades):
            self._wipe(command)
        elif (box := command.pixels_covered(self.view)) is not None:
            left, top, right, bottom = box
            self.lines[top:bottom, left:right] = 0
            self.inked[top:bottom, left:right] = 0

    def _is_seen(self, colors: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which lines differ from the background."""
        seen: NDArray[np.bool_] = contrast(luminance(colors[:, :3]), self.ground) >= _PALE
        return seen

    def _line(self, paint: bytes) -> bytes:
        colors = _colors(paint)
        seen = colors[:, 3] * self._is_seen(colors)
        return np.array([0.0, 0.0, 0.0, seen.max()]).tobytes() if seen.any() else b""

    def _add(self, command: Command) -> None:
        self._lines.paint([command])

    def _wipe(self, command: Command) -> None:
        for surface in (self._lines, self._inked):
            surface.context.set_operator(cairo.OPERATOR_DEST_OUT)
            surface.paint([command])
            surface.context.set_operator(cairo.OPERATOR_OVER)

    # --- texts

    def write(self, text: int, paths: Sequence[Path], place: int, ink: Ink) -> None:
        """Paint ink of one kind, and note what lies below it."""
        box = around([path.box or (0, 0, self.view.width, self.view.height) for path in paths])
        strength = max(map(opacity, paths))
        if strength < FAINT or not area(box):
            self.shown.paint(paths)
            return
        left, top, right, bottom = box
        rows, columns = slice(top, bottom), slice(left, right)
        for path in paths:
            if path.back and opacity(_with(path, back=path.back)) > FAINT:
                self._wipe(_with(path, back=_black(path.back)))
        cover = cover_of([_ink(path) for path in paths], self.view, box)
        core = cover >= _CORE * cover.max() if cover.any() else np.zeros_like(cover, bool)
        if core.any():
            ink.opacity = max(ink.opacity, strength)
            ink.amount += float(cover.sum())
            ink.core += float(cover[core].sum())
            crossed = self.lines[rows, columns, 3] > _SEEN
            free = core & ~self._note_texts_below(text, ink, core, rows, columns, cover)
            ink.ratios.append(_ratios(paths[0], self.pixels[rows, columns, :3][free] / 255))
            ink.runs.append(_Run(rows, columns, cover, crossed, place))
        self.shown.paint(paths)
        self.owners[rows, columns][core] = text
        self.inked[rows, columns][core] = 255

    def _note_texts_below(
        self,
        text: int,
        ink: Ink,
        core: NDArray[np.bool_],
        rows: slice,
        columns: slice,
        cover: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Note which texts lie below ink; return where they do."""
        there = self.inked[rows, columns, 3] > 127
        owners = np.where(there & core, self.owners[rows, columns], -1)
        for other in np.unique(owners[owners >= 0]).tolist():
            if other != text:
                shared = float(cover[owners == other].sum())
                ink.over[other] = ink.over.get(other, 0.0) + shared
        others: NDArray[np.bool_] = (owners >= 0) & (owners != text)
        return others


def _ink(path: Path) -> Path:
    """Return the ink of a glyph: its fill and its outline."""
    fill, front = path.fill, path.front
    return _with(
        path,
        fill=_OPAQUE if fill and _colors(fill)[:, 3].max() >= FAINT else b"",
        front=_OPAQUE if front and _colors(front)[:, 3].max() >= FAINT else b"",
    )


def cover_of(commands: Iterable[Command], view: View, box: Box) -> NDArray[np.float64]:
    """Return how much of each pixel of a box commands cover, from 0 to 1."""
    left, top, right, bottom = box
    moved = View(right - left, bottom - top, view.xx, view.yy, view.x0 - left, view.y0 - top)
    pixels = np.zeros((moved.height, moved.width, 4), np.uint8)
    Surface.of(pixels, moved).paint(commands)
    return pixels[..., 3] / 255


def _ratios(
    path: Path, below: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return contrasts of ink to the pixels below it: as it is, and for opaque ink."""
    paint = path.fill if path.fill and _colors(path.fill)[:, 3].max() >= FAINT else path.front
    red, green, blue, alpha = _colors(paint or path.back or _OPAQUE).mean(axis=0)
    color = np.array([red, green, blue])
    ground = luminance(below)
    dark = luminance(alpha * color + (1 - alpha) * below)
    found, solid = contrast(dark, ground), contrast(luminance(color), ground)
    if path.back:
        # An outline separates the ink from the pixels below.
        outline = _colors(path.back).mean(axis=0)
        around_it = outline[3] * outline[:3] + (1 - outline[3]) * below
        edge = luminance(around_it)
        found, solid = (
            np.maximum(found, contrast(dark, edge)),
            np.maximum(solid, contrast(luminance(color), edge)),
        )
    return found, solid


def read_ink(view: View, background: Command | None, marks: Sequence[Mark]) -> dict[int, Ink]:
    """Paint a frame, and note what lies over and under the ink of its texts.

    Parameters
    ----------
    view : View
        View of the frame.
    background : Command or None
        Background of the frame.
    marks : sequence of Mark
        What is drawn, in order.

    Returns
    -------
    dict of int to Ink
        By the number of the text; those without ink on the frame are left out.
    """
    measure((mark.command for mark in marks), view)
    whole = (0, 0, view.width, view.height)
    boxes: dict[int, Box] = {}
    for mark in marks:
        if mark.text is not None and (box := mark.command.box) and area(box):
            boxes[mark.text] = around([boxes.get(mark.text, box), box])
    if not boxes:
        return {}
    parts = list(boxes.values())
    places = np.array([mark.command.box or whole for mark in marks]).reshape(-1, 4)
    near = set(touching(places, parts).tolist())
    frame, found = _Frame(view, background), {text: Ink() for text in boxes}
    for text, group in groupby(enumerate(marks), lambda pair: pair[1].text):
        for key, run in groupby(group, lambda pair: _paints(pair[1].command)):
            some = [(place, mark.command) for place, mark in run if place in near]
            if not some:
                continue
            paths = [command for _, command in some if isinstance(command, Path)]
            if text is not None and key is not None and len(paths) == len(some):
                frame.write(text, paths, some[0][0], found[text])
            else:
                for _, command in some:
                    frame.paint(command, parts)
    for ink in found.values():
        _conclude(ink, frame)
    return {text: ink for text, ink in found.items() if ink.amount}


def _paints(command: Command) -> tuple[bytes, ...] | None:
    if not isinstance(command, Path):
        return None
    return command.fill, command.front, command.back


def _conclude(ink: Ink, frame: _Frame) -> None:
    if not ink.amount:
        return
    hit = 0.0
    for run in ink.runs:
        run.crossed[:] |= frame.lines[run.rows, run.columns, 3] > _SEEN
        hit += float((run.cover * run.crossed).sum())
    ink.crossed = hit / ink.amount
    found, solid = (np.concatenate(some) for some in zip(*ink.ratios, strict=True))
    if len(found):
        ink.contrast = float(np.quantile(found, 0.25))
        ink.solid_contrast = float(np.quantile(solid, 0.25))


def lines_in(ink: Ink, marks: Sequence[Mark], view: View) -> Iterator[tuple[int, float, bool]]:
    """Yield which lines cross the ink of a text.

    Yields
    ------
    tuple of int, float and bool
        The place among the marks, the share of the ink, and whether the line lies over the text.
    """
    box = around([(r.columns.start, r.rows.start, r.columns.stop, r.rows.stop) for r in ink.runs])
    whole = (0, 0, view.width, view.height)
    places = np.array([mark.command.box or whole for mark in marks]).reshape(-1, 4)
    for place in touching(places, [box]).tolist():
        mark = marks[place]
        line = _line_of(mark.command)
        if mark.text is not None or line is None:
            continue
        share, above = 0.0, False
        for run in ink.runs:
            here = (run.columns.start, run.rows.start, run.columns.stop, run.rows.stop)
            hit = run.cover * run.crossed * (cover_of([line], view, here) > _SEEN / 255)
            share += float(hit.sum()) / ink.amount
            above |= bool(hit.any()) and place > run.place
        if share:
            yield place, share, above


def _line_of(command: Command) -> Command | None:
    """Return what draws only the lines of a command."""
    if isinstance(command, Curves):
        return command
    if isinstance(command, Path) and (command.front or command.back):
        return _with(command, back=command.back, front=command.front)
    return None
