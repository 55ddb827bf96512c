"""Frames around open blocks, with their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, ManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.box_layers import RoundedFrame
from nnviz.mobjects.network.structure import Structure, title_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.boxes import Box, box_around, is_free, padded, union
from nnviz.mobjects.primitives.group_parts import Part, State
from nnviz.mobjects.primitives.writing import written

__all__ = ["FRAME_PAD", "BlockFrame", "block_frames", "framed_blocks"]

#: Distance between a frame and what is in it, in scene units.
FRAME_PAD = 0.12
#: Share of it that is left out between a frame and a link along it.
_RAIL_SHARE = 0.2
#: A frame's stroke and corners; the height of its name over that of titles; around the name.
_WIDTH, _OPACITY, _CORNER, _NAME, _NAME_PAD = 1.5, 0.55, 0.12, 0.75, 0.05
#: Number of pieces of a curve that have a box each.
_PIECES = 8


class BlockFrame(VGroup):
    """The frame around what one row shows of an open block, with the block's name.

    Parameters
    ----------
    block : str, optional
        The block's name, with those of the blocks around it.
    frame : RoundedFrame, optional
        What runs around it.
    title : VMobject, optional
        The name on screen; without points where there is no room for it.
    """

    block: State[str] = State()
    frame: Part[RoundedFrame] = Part(0, doc="What runs around the block.")
    title: Part[VMobject] = Part(1, doc="Its name, in one row of several.")

    def __init__(self, block: str, frame: RoundedFrame, title: VMobject) -> None:
        super().__init__(frame, title)
        self.block = block

    @property
    def bearer(self) -> RoundedFrame:
        """The frame."""
        return self.frame


class _Piece(NamedTuple):
    """A frame around what one row shows of a block."""

    block: str
    row: int
    bounds: Box


def framed_blocks(structure: Structure) -> dict[str, list[int]]:
    """Return the places of what is in each open block that is framed, the innermost block first.

    A block that holds all nodes, or one thing only, has no frame.
    """
    nodes = [k for k, thing in enumerate(structure.things) if not thing.is_input]
    blocks = {}
    for block in sorted(structure.opened, key=lambda name: (-name.count("."), name)):
        members = [k for k in nodes if structure.things[k].name.startswith(f"{block}.")]
        if 1 < len(members) < len(nodes):
            blocks[block] = members
    return blocks


def block_frames(
    groups: Sequence[VMobject],
    rows: Sequence[int],
    paths: Sequence[Sequence[VMobject]],
    within: Sequence[Sequence[VMobject]],
    structure: Structure,
    style: NetworkStyle,
) -> VGroup:
    """Return a :class:`BlockFrame` for each open block, for each row that it takes part in.

    A frame is left out where something stands in it that is not in the block, and a name where
    there is no room for it.

    Parameters
    ----------
    groups : sequence of VMobject
        Parts of every thing, with its words, in its place.
    rows : sequence of int
        Which row each is in.
    paths : sequence of sequence of VMobject
        For every thing after the inputs, and for each of its sources, the path of the link.
    within : sequence of sequence of VMobject
        What of these is in the row of the thing.
    structure : Structure
        Parts of the network that are shown.
    style : NetworkStyle
        Style of the picture.
    """
    boxes = [box_around(group) for group in groups]
    pieces: list[_Piece] = []
    for block, members in framed_blocks(structure).items():
        for row in sorted({rows[k] for k in members}):
            here = [k for k in members if rows[k] == row]
            around = union([boxes[k] for k in here])
            inner = [
                padded(box, -_RAIL_SHARE * FRAME_PAD)
                for k in here
                for path in within[k - structure.n_inputs]
                for box in _pieces_of(path)
                if _is_beside(box, around, style)
            ]
            inner += [one.bounds for one in pieces if one.row == row and _is_in(one.block, block)]
            around = padded(union([around, *inner]), FRAME_PAD)
            if is_free(around, (box for k, box in enumerate(boxes) if k not in members)):
                pieces.append(_Piece(block, row, around))
    taken = [*boxes, *(box for some in paths for path in some for box in _pieces_of(path))]
    frames, named = VGroup(), set[str]()
    for piece in sorted(pieces, key=lambda one: (one.block.count("."), one.row)):
        others = [box for one in pieces if one is not piece for box in _sides(one.bounds)]
        name = _name(piece, style) if piece.block not in named else VMobject()
        if not _put_in_a_corner(name, piece.bounds, [*taken, *others]):
            name = VMobject()
        elif len(name):
            named.add(piece.block)
            taken.append(box_around(name))
        frames.add(BlockFrame(piece.block, _frame(piece.bounds, style), name))
    return frames


def _frame(bounds: Box, style: NetworkStyle) -> RoundedFrame:
    width, height = bounds[1] - bounds[0]
    return RoundedFrame(
        corner_radius=min(_CORNER, width / 2, height / 2),
        width=width,
        height=height,
        color=ManimColor(style.text_color),
        stroke_width=_WIDTH,
        stroke_opacity=_OPACITY,
    ).move_to(_point(bounds.mean(axis=0)))


def _name(piece: _Piece, style: NetworkStyle) -> VMobject:
    height = _NAME * style.title_height
    text = title_of(piece.block)
    return written(text, height, style.writing, style.text_color, "the name of a block")


def _put_in_a_corner(name: VMobject, bounds: Box, taken: Sequence[Box]) -> bool:
    """Put a name outside of a frame, or inside, where nothing is; return whether there is room."""
    if not name.family_members_with_points():
        return True
    frame = VMobject().set_points_as_corners([_point(corner) for corner in bounds])
    for is_outside, side, end in product((True, False), (UP, DOWN), (LEFT, RIGHT)):
        if is_outside:
            name.next_to(frame, side, _NAME_PAD).align_to(frame, end).shift(-end * _NAME_PAD)
        else:
            name.move_to(frame, side + end).shift(-(side + end) * 2 * _NAME_PAD)
        place = padded(box_around(name), _NAME_PAD / 2)
        if name.width < frame.width and is_free(place, taken):
            return True
    return False


def _point(place: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.append(place, 0.0)


def _is_in(block: str, other: str) -> bool:
    return block.startswith(f"{other}.")


def _sides(bounds: Box) -> Iterator[Box]:
    """Yield boxes around the four sides of a frame."""
    (left, low), (right, high) = bounds
    for box in ((left, low, right, low), (left, high, right, high)):
        yield np.array(box).reshape(2, 2)
    for box in ((left, low, left, high), (right, low, right, high)):
        yield np.array(box).reshape(2, 2)


def _is_beside(box: Box, around: Box, style: NetworkStyle) -> bool:
    """Return whether a box lies as far along as others, whatever its place across."""
    axis = 0 if style.direction == "right" else 1
    return bool(around[0, axis] <= box[0, axis] and box[1, axis] <= around[1, axis])


def _pieces_of(path: VMobject) -> Iterator[Box]:
    """Yield boxes around short pieces of a path."""
    t = np.linspace(0, 1, _PIECES + 1)[:, None]
    shares = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    for curve in path.points[:, :2].reshape(-1, 4, 2):
        points = shares @ curve
        for first, last in pairwise(points):
            yield np.array([np.minimum(first, last), np.maximum(first, last)])
