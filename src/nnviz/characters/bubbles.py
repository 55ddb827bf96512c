"""Bubbles for speech and thoughts."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Self

import numpy as np
from manim import LEFT, RIGHT, Mobject, VMobject, config
from manim.typing import Point3DLike, Vector3DLike
from numpy.typing import NDArray

from nnviz.characters.creature import Creature
from nnviz.characters.eyes import in_space
from nnviz.characters.outlines import Points, arc, ellipse, polyline
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLACK, WHITE, stroke

__all__ = ["Bubble", "SpeechBubble", "ThoughtBubble"]

#: Room left and right of the content, and above and below it with the tail, when a bubble fits it.
_AROUND = np.array([2.0, 2.5])
#: Half the body in shares of the outer size; its middle is so far above the tail's tip.
_HALF_BODY = np.array([0.5, 0.365])
_MIDDLE = 1 - _HALF_BODY[1]
#: How far in from the bubble's side the tail's tip is, as a share of the width.
_TIP_INSET = 0.075
#: Content never fills more than this share of a bubble's width, nor of its ellipse.
_WIDEST, _FULLEST = 0.75, 0.92
#: Least distance of the tail's tip from the body's middle, in radii.
_TIP_OFF = 1.15
#: The body stays this far from the edge of the picture.
_SCREEN_MARGIN = 0.1


class Bubble(ShownInNotebooks, VMobject):
    """A bubble with black fill and white outline: a body, and a tail that leads to the speaker.

    It does not own its content: group both to move them together, and animate
    them together or apart. Its geometry is read off its points, so copies and
    scaled bubbles keep working.

    Parameters
    ----------
    height, width : float, optional
        Outer size with the tail, in scene units. What is not given follows from
        the content.
    direction : array_like, optional
        Towards which side the tail leads: ``LEFT`` or ``RIGHT``.

    Raises
    ------
    ValueError
        If a size is not positive, or the direction is neither left nor right.

    Examples
    --------
    >>> from manim import Square
    >>> from nnviz.characters import Creature, SpeechBubble
    >>> creature, words = Creature(), Square()
    >>> bubble = SpeechBubble().pin_to(creature).add_content(words)
    >>> bool(np.allclose(bubble.body_center, words.get_center()))
    True
    """

    def __init__(
        self,
        height: float | None = None,
        width: float | None = None,
        direction: Vector3DLike = LEFT,
        **kwargs: Any,
    ) -> None:
        for name, given in (("height", height), ("width", width)):
            if given is not None and not given > 0:
                raise ValueError(f"a bubble needs a {name} above 0, not {given}")
        style: dict[str, Any] = {"fill_color": BLACK, "fill_opacity": 1.0}
        style |= {"stroke_color": WHITE, "stroke_width": stroke(3)}
        super().__init__(**(style | kwargs))
        self._fixed = (width is not None, height is not None)
        size = np.array([width or 4.0, height or 3.0])
        side = _side(direction)
        self._redraw(np.zeros(2), size, self._default_tip(size, side), side)
        self.center()

    # What a kind of bubble must know: how to draw itself, and where its tip is.

    #: How far the body reaches beyond the ellipse that content must stay in.
    _BULGE: float = 1.0
    #: Which points are the right, top and left of that ellipse.
    _RIGHT_TOP_LEFT: tuple[int, int, int]

    def _outline(self, radii: Points, tip: Points) -> Points:
        """Draw around the origin, with the tail to the lower left."""
        raise NotImplementedError

    @property
    def tip(self) -> NDArray[np.float64]:
        """The tail's tip, shape (3,)."""
        raise NotImplementedError

    @staticmethod
    def _default_tip(size: Points, side: int) -> Points:
        return np.asarray(size * [side * (0.5 - _TIP_INSET), -_MIDDLE], dtype=float)

    def _read(self) -> tuple[Points, Points, int]:
        """Return the body's middle, the outer size, and to which side the tail leads."""
        right, top, left = (self.points[k, :2] for k in self._RIGHT_TOP_LEFT)
        middle = (right + left) / 2
        across = right - middle
        radii = np.abs([across[0], (top - middle)[1]])
        return middle, radii * self._BULGE / _HALF_BODY, -1 if across[0] > 0 else 1

    def _redraw(self, middle: Points, size: Points, tip: Points, side: int) -> None:
        mirror = np.array([-side, 1])
        outline = self._outline(size * _HALF_BODY / self._BULGE, (tip - middle) * mirror)
        self.set_points(in_space(outline * mirror + middle))

    @property
    def body_center(self) -> NDArray[np.float64]:
        """The middle of the body without the tail, shape (3,): where content goes."""
        return np.array([*self._read()[0], 0.0])

    @property
    def body_size(self) -> NDArray[np.float64]:
        """Width and height of the body without the tail."""
        result: NDArray[np.float64] = 2 * _HALF_BODY * self._read()[1]
        return result

    def move_tip_to(self, point: Point3DLike) -> Self:
        """Move the whole bubble so that the tail's tip is at a point."""
        return self.shift(np.asarray(point, dtype=float) - self.tip)

    def pin_to(self, speaker: Mobject, direction: Vector3DLike | None = None) -> Self:
        """Put the tail's tip at a speaker's mouth, and the body above and beside it, on screen.

        Pin an empty bubble first and add the content then: content that is already
        there does not follow.

        Parameters
        ----------
        speaker : Mobject
            Usually a :class:`~nnviz.characters.Creature`; any mobject can speak.
        direction : array_like, optional
            On which side of the speaker the bubble goes; by default towards the
            middle of the picture.
        """
        if direction is None:
            direction = RIGHT if speaker.get_center()[0] < 0 else LEFT
        side = _side(direction)
        if isinstance(speaker, Creature):
            mouth, corner = speaker.speaking_points(side * RIGHT)
        else:
            mouth = corner = speaker.get_corner(np.array([side, 1, 0]))
        _, size, _ = self._read()
        middle = corner[:2] - self._default_tip(size, -side)
        self._redraw(self._placed(middle, size, mouth[:2], -side), size, mouth[:2], -side)
        return self

    def add_content(self, content: Mobject) -> Self:
        """Move a mobject into the body.

        A bubble without a fixed size takes the size that the content needs, growing
        away from its tail's tip and staying on screen. In one with a fixed size the
        content is made smaller if need be.

        Parameters
        ----------
        content : Mobject
            The content; it is moved, and not made part of the bubble.
        """
        middle, old_size, side = self._read()
        wanted = np.array([content.width, content.height])
        fixed = np.array(self._fixed)
        size = np.where(fixed, old_size, self._size_for(wanted))
        if not fixed.all():
            # The body grows away from the tail, whose tip stays wherever it was pinned.
            grown = self._default_tip(old_size, side) - self._default_tip(size, side)
            tip = self.tip[:2]
            self._redraw(self._placed(middle + grown, size, tip, side), size, tip, side)
        if fixed.any():
            filled = max(wanted[0] / size[0] / _WIDEST, self._filled(wanted, size) / _FULLEST)
            content.scale(1 / max(1.0, filled))
        content.move_to(self.body_center)
        return self

    @staticmethod
    def _placed(middle: Points, size: Points, tip: Points, side: int) -> Points:
        """Return the body's middle moved onto the screen, and there off the tail's tip."""
        middle = _on_screen(middle, size)
        body = size * _HALF_BODY
        rise = (tip - middle)[1] / body[1]
        aside = body[0] * float(np.sqrt(max(0.0, _TIP_OFF**2 - rise**2)))
        if abs((tip - middle)[0]) < aside:
            middle = _on_screen(np.array([tip[0] - side * aside, middle[1]]), size)
        return middle

    def _filled(self, content: Points, size: Points) -> float:
        """Return how far the content's corners reach to the ellipse of a bubble; 1 is its rim."""
        return float(np.hypot(*(content / 2 / (size * _HALF_BODY / self._BULGE))))

    def _size_for(self, content: Points) -> Points:
        """Return the outer size of a bubble around content of some size."""
        size = content + _AROUND
        return np.asarray(size * max(1.0, self._filled(content, size) / _FULLEST), dtype=float)


def _side(direction: Vector3DLike) -> int:
    x = float(np.asarray(direction, dtype=float)[0])
    if x == 0 or not np.isfinite(x):
        raise ValueError(f"a bubble's direction must be LEFT or RIGHT, not {direction!r}")
    return 1 if x > 0 else -1


def _on_screen(middle: Points, size: Points) -> Points:
    """Return the nearest middle where the whole body is on screen."""
    frame = np.array([config.frame_width, config.frame_height]) / 2
    room = np.clip(frame - _SCREEN_MARGIN - size * _HALF_BODY, 0, None)
    return np.clip(middle, -room, room)


class SpeechBubble(Bubble):
    """A bubble for speech: an ellipse with a pointed tail."""

    _RIGHT_TOP_LEFT = (4 * 2, 4 * 4, 4 * 6)
    #: Half the width of the tail where it leaves the body, in degrees of the ellipse.
    _TAIL = 8.0

    def _outline(self, radii: Points, tip: Points) -> Points:
        # Where the tail leaves the body, in degrees from its bottom: a little towards the tip
        # when that is below, straight to it when it is beside.
        to_tip = (np.degrees(np.arctan2(*(tip / radii)[::-1])) + 270) % 360 - 180
        root = float(np.clip(to_tip * (0.4 + 0.6 * (to_tip / 90) ** 2), -78, 78)) + 270
        start, end = root + self._TAIL, root - self._TAIL + 360
        corners = [start, (start + 360) / 2, 360, 405, 450, 495, 540, (540 + end) / 2, end]
        body = np.concatenate([arc(a, b, 1) for a, b in pairwise(np.radians(corners))])
        body = body * radii
        tail = polyline([body[-1], tip, body[0]])
        return np.concatenate([body, tail])

    @property
    def tip(self) -> NDArray[np.float64]:
        """The tail's tip, shape (3,)."""
        return np.array(self.points[-4])


def _cloud(bumps: int, swell: float) -> Points:
    """Return the outline of a round cloud whose notches are on the unit circle."""
    turn = np.linspace(0, 2 * np.pi, bumps + 1)
    notches = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    bump = arc(0, np.pi, 3)
    return np.concatenate(
        [
            (a + b) / 2 + bump @ np.array([(a - b) / 2, swell * (a + b) / 2])
            for a, b in pairwise(notches)
        ]
    )


class ThoughtBubble(Bubble):
    """A bubble for thoughts: a cloud with a trail of puffs."""

    _UNIT_CLOUD = _cloud(12, 0.24)
    _BULGE = float(_UNIT_CLOUD.max())
    _RIGHT_TOP_LEFT = (0, len(_UNIT_CLOUD) // 4, len(_UNIT_CLOUD) // 2)

    def _outline(self, radii: Points, tip: Points) -> Points:
        edge = tip / float(np.hypot(*(tip / radii))) * self._BULGE
        puff = 0.16 * float(radii.min())
        trail = [
            ellipse(edge + share * (tip - edge), (1.3 * size * puff, size * puff))
            for share, size in ((0.22, 1.0), (0.62, 0.7), (1.0, 0.42))
        ]
        return np.concatenate([self._UNIT_CLOUD * radii, *trail])

    @property
    def tip(self) -> NDArray[np.float64]:
        """The middle of the last puff, shape (3,)."""
        right, left = self.points[-32], self.points[-16]
        result: NDArray[np.float64] = (right + left) / 2
        return result
