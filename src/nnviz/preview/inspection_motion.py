"""Find parts that jump from one place to another within a frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from manim import Mobject
from numpy.typing import NDArray

from nnviz.drawing.commands import Command, View
from nnviz.drawing.path_commands import Curves, Path
from nnviz.preview.inspection_looks import Look
from nnviz.preview.inspection_parts import Part, Parts, boxes_of

__all__ = ["Motion"]

#: Ratio of a jump to the distances on the frames before and after it.
_SUDDEN = 4.0
#: By which share of its size an outline may change for a mobject to look as it did.
_ALIKE = 0.1


class _At(NamedTuple):
    """The place of a mobject on the last frame.

    Attributes
    ----------
    mobject : Mobject
        The mobject.
    commands : tuple of Command
        Its draw commands.
    box : numpy.ndarray
        Its box, in pixels of the first frame's view.
    moved : float
        Distance from its place on the previous frame, in pixels.
    """

    mobject: Mobject
    commands: tuple[Command, ...]
    box: NDArray[np.float64]
    moved: float


class _Jump(NamedTuple):
    mobject: Mobject
    moved: float
    box: NDArray[np.float64]
    play: int
    frame: int


class Motion:
    """Follows all drawn mobjects from frame to frame.

    Parameters
    ----------
    limit : float
        Share of the frame's width from which on a jump counts.
    parts : Parts
        Knows which texts glyphs belong to.
    """

    def __init__(self, limit: float, parts: Parts) -> None:
        self._limit, self._parts = limit, parts
        self._view: View | None = None
        self._at: dict[int, _At] = {}
        self._waiting: dict[int, _Jump] = {}

    def forget(self) -> None:
        """Forget all places."""
        self._at, self._waiting = {}, {}

    def step(
        self,
        drawn: Sequence[tuple[Mobject, tuple[Command, ...]]],
        view: View,
        play: int,
        frame: int,
        *,
        whole: bool,
    ) -> list[tuple[Look, int, int]]:
        """Look at the next frame.

        Parameters
        ----------
        drawn : sequence of (Mobject, tuple of Command)
            What is drawn, or what of it may have moved.
        view : View
            View of the frame. The scene's plane is looked at, so that a camera may move.
        play, frame : int
            Their numbers.
        whole : bool
            Whether all is there that is drawn.

        Returns
        -------
        list of tuple of Look, int and int
            Jumps, with the number of the play and the frame.
        """
        self._view = self._view or view
        before = self._at
        now: dict[int, _At] = {} if whole else dict(before)
        changed: list[tuple[Mobject, tuple[Command, ...]]] = []
        for mobject, commands in drawn:
            last = before.get(id(mobject))
            if last is not None and last.commands == commands:
                now[id(mobject)] = last._replace(moved=0.0)
            elif len(commands) == 1:
                changed.append((mobject, commands))
        boxes = boxes_of([commands[0] for _, commands in changed], self._view)
        jumps: dict[int, _Jump] = {}
        for (mobject, commands), box in zip(changed, boxes, strict=True):
            last = before.get(id(mobject))
            moved = _shift(last.box, box) if last is not None else 0.0
            now[id(mobject)] = _At(mobject, commands, box, moved)
            if (
                last is not None
                and moved > self._limit * view.width
                and moved > _SUDDEN * last.moved
                and _looks_like(last, commands[0], box)
            ):
                jumps[id(mobject)] = _Jump(mobject, moved, box, play, frame)
        sure = [
            jump
            for key, jump in self._waiting.items()
            if (at := now.get(key)) is not None and jump.moved > _SUDDEN * at.moved
        ]
        self._at, self._waiting = now, jumps
        return self._looks(sure)

    def finish(self) -> list[tuple[Look, int, int]]:
        """Return what jumped last, and stood still to the end."""
        return self._looks(list(self._waiting.values()))

    def _looks(self, jumps: Sequence[_Jump]) -> list[tuple[Look, int, int]]:
        """Return what jumped: texts each, and all else of one class together."""
        groups: dict[Any, list[_Jump]] = defaultdict(list)
        for jump in jumps:
            part = self._parts.of(jump.mobject)
            groups[type(jump.mobject) if part is None else part].append(jump)
        looks = []
        for kind, some in groups.items():
            largest = max(some, key=lambda jump: jump.moved)
            size = largest.moved / (self._view.width if self._view else 1)
            name = kind.name if isinstance(kind, Part) else kind.__name__
            count = 1 if isinstance(kind, Part) else len(some)
            box: Any = tuple(np.rint(largest.box).astype(int).tolist())
            what = f"the {name} jumps" if count == 1 else f"{count} {name} jump"
            if isinstance(kind, Part):
                what = f"{kind.said} jumps"
            text = f"{what} by {size:.0%} of the frame's width"
            ids = tuple(id(jump.mobject) for jump in some)
            look = Look("jump", id(largest.mobject), (), ids, (name,), size, box, text)
            looks.append((look, largest.play, largest.frame))
        return looks


def _looks_like(last: _At, command: Command, box: NDArray[np.float64]) -> bool:
    """Return whether a mobject looks as it did, wherever it is."""
    before, after = _outline(last.commands[0]), _outline(command)
    if before is None or after is None:
        sizes = [np.maximum(each[2:] - each[:2], 1.0) for each in (last.box, box)]
        return bool(np.allclose(sizes[0], sizes[1], rtol=_ALIKE))
    if before.shape != after.shape:
        return False
    size = float(np.ptp(after, axis=0).max(initial=0.0))
    before, after = before - before.mean(axis=0), after - after.mean(axis=0)
    return bool(np.abs(before - after).max(initial=0.0) <= _ALIKE * size)


def _outline(command: Command) -> NDArray[np.float64] | None:
    """Return the points of a command; None if it is no line."""
    if isinstance(command, Path):
        return np.frombuffer(command.points).reshape(-1, 3)[:, :2]
    return command.curves.reshape(-1, 2) if isinstance(command, Curves) else None


def _shift(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Return the distance that a box moved. A box that only grows or shrinks has not moved."""
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return 0.0
    low, high = after[:2] - before[:2], after[2:] - before[2:]
    both = np.where(low * high > 0, np.minimum(np.abs(low), np.abs(high)), 0.0)
    return float(np.hypot(*both))
