"""Layers painted on arrays of pixels; only dirty rectangles are drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from typing import Any

import cairo
import numpy as np
from numpy.typing import NDArray

from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.pixel_boxes import Box, area, around, boxes_around, merged, touching

__all__ = ["Canvas", "Pixels", "Surface", "filled", "measure"]

#: Shape (height, width, 4): red, green, blue and alpha.
Pixels = NDArray[np.uint8]

#: Above this share of the frame, drawing it all is cheaper than drawing parts of it.
_WORTH_PARTS = 0.7
_MOST_PARTS = 12
#: With more changes than this, finding dirty rectangles takes longer than they save.
_MOST_CHANGES = 100


class Surface:
    """The target that commands paint on.

    Parameters
    ----------
    context : cairo.Context
        Cairo's context. Its user space is the scene's plane, and blue and red are exchanged.
    view : View
        Where the plane lies.
    pixels : ndarray of uint8, optional
        The array on which the context draws; None where it makes vectors.

    Attributes
    ----------
    parts : list of tuple or None
        The dirty rectangles: what overlaps none of them need not be drawn. None stands for the
        whole array.
    """

    __slots__ = ("context", "parts", "pixels", "view")

    def __init__(
        self, context: cairo.Context[Any], view: View, pixels: Pixels | None = None
    ) -> None:
        self.context, self.view, self.pixels = context, view, pixels
        self.parts: list[Box] | None = None

    @classmethod
    def of(cls, pixels: Pixels, view: View) -> Surface:
        """Return a surface on an array, which has to be contiguous."""
        target = cairo.ImageSurface.create_for_data(
            pixels.data, cairo.FORMAT_ARGB32, view.width, view.height
        )
        context = cairo.Context(target)
        context.set_matrix(cairo.Matrix(view.xx, 0, 0, view.yy, view.x0, view.y0))
        return cls(context, view, pixels)

    def look(self, view: View) -> None:
        """Change where the plane lies."""
        if view is not self.view:
            self.context.set_matrix(cairo.Matrix(view.xx, 0, 0, view.yy, view.x0, view.y0))
            self.view = view

    def paint(self, commands: Iterable[Command]) -> None:
        """Draw those of the commands that can be seen, one after the other."""
        for command in commands:
            if command.is_visible:
                command.paint(self)


def filled(view: View, background: Command | None) -> Pixels:
    """Return an array with nothing on it but a background."""
    pixels = np.zeros((view.height, view.width, 4), np.uint8)
    if background is not None:
        background.paint(Surface.of(pixels, view))
    return pixels


class Canvas:
    """An array of pixels that shows one layer after another.

    Parameters
    ----------
    width, height : int
        Size in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Pixels = np.zeros((height, width, 4), np.uint8)
        self._width, self._height = width, height
        self._surface: Surface | None = None
        self._scratch: Surface | None = None
        #: What the array shows: the picture below, and the layer on it.
        self._shown: tuple[Pixels, Layer] | None = None

    def show(self, layer: Layer, below: Pixels) -> list[Box]:
        """Show a layer's commands over a picture, drawing only what changes.

        Parameters
        ----------
        layer : Layer
            What to draw; its background is left out.
        below : ndarray of uint8
            Shape (height, width, 4). The same array as before must have the same pixels.

        Returns
        -------
        list of tuple
            The dirty rectangles, in which pixels may have changed, as (left, top, right, bottom);
            empty if nothing has.
        """
        boxes = None
        if self._shown is not None and self._shown[0] is below:
            boxes = self._changes(self._shown[1], layer)
        if self._surface is None:
            self._surface = Surface.of(self.pixels, layer.view)
        if boxes is None:
            np.copyto(self.pixels, below)
            self._surface.look(layer.view)
            self._surface.paint(layer.commands)
            boxes = [(0, 0, self._width, self._height)]
        elif boxes:
            self._draw_parts(layer, below, boxes)
        self._shown = below, layer
        return boxes

    def _draw_parts(self, layer: Layer, below: Pixels, boxes: list[Box]) -> None:
        # Cairo rounds differently where it clips. So all that overlaps the boxes is drawn without
        # clipping on a second surface, and the boxes are copied from there.
        if self._scratch is None:
            self._scratch = Surface.of(np.empty_like(self.pixels), layer.view)
        aside = self._scratch.pixels
        assert aside is not None
        parts = [np.s_[top:bottom, left:right] for left, top, right, bottom in boxes]
        for part in parts:
            aside[part] = below[part]
        self._scratch.look(layer.view)
        self._scratch.parts = boxes
        self._scratch.paint(self._touching(layer.commands, boxes))
        for part in parts:
            self.pixels[part] = aside[part]

    def _changes(self, shown: Layer, layer: Layer) -> list[Box] | None:
        """Return the dirty rectangles, or None if all should be drawn."""
        before, after = shown.commands, layer.commands
        if shown.view != layer.view:
            return None
        if len(before) == len(after) and all(map(is_, before, after)):
            return []
        old, new = set(map(id, before)), set(map(id, after))
        if [id(c) for c in before if id(c) in new] != [id(c) for c in after if id(c) in old]:
            return None  # the drawing order changed
        boxes: list[Box] = []
        alike: set[int] = set()
        if len(before) == len(after):  # mostly the same mobjects, before and after
            for one, other in zip(before, after, strict=True):
                if one is not other and (found := one.differences(other, layer.view)) is not None:
                    boxes += found
                    alike |= {id(one), id(other)}
        gone = [c for c in before if id(c) not in new and c.is_visible and id(c) not in alike]
        come = [c for c in after if id(c) not in old and c.is_visible and id(c) not in alike]
        measure([*gone, *come, *after], layer.view)
        for command in [*gone, *come]:
            if command.box is None:
                return None
            boxes.append(command.box)
        boxes = [box for box in boxes if area(box)]
        if len(boxes) <= _MOST_CHANGES:
            boxes = merged(boxes)
        if len(boxes) > _MOST_PARTS:
            boxes = [around(boxes)]
        total = sum(map(area, boxes))
        return boxes if total <= _WORTH_PARTS * self._width * self._height else None

    def _touching(self, commands: tuple[Command, ...], boxes: list[Box]) -> list[Command]:
        """Return the commands that may overlap a box."""
        frame = (0, 0, self._width, self._height)
        places = np.array([command.box or frame for command in commands]).reshape(-1, 4)
        return [commands[i] for i in touching(places, boxes)]


def measure(commands: Iterable[Command], view: View) -> None:
    """Set the boxes of commands on a frame (all at once, as a call of NumPy takes long)."""
    waiting, extents = [], []
    for command in commands:
        if command.measured_in == view:
            continue
        command.measured_in = view
        extent = command.extent()
        if extent is None:
            command.box = command.pixels_covered(view)
        elif len(extent.points) == 0:
            command.box = (0, 0, 0, 0)
        else:
            waiting.append(command)
            extents.append(extent)
    if not waiting:
        return
    arrays = [extent.points[:, :2] for extent in extents]
    starts = np.cumsum([0, *(len(array) for array in arrays[:-1])])
    reach = np.array([extent.reach for extent in extents])
    margin = np.array([extent.margin for extent in extents])
    boxes = boxes_around(np.concatenate(arrays), starts, reach, view, margin).tolist()
    for command, (left, top, right, bottom) in zip(waiting, boxes, strict=True):
        command.box = (left, top, right, bottom)
