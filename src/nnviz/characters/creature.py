"""Creatures: letters pi with a face, arms and moods."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any, Self, cast

import numpy as np
from manim import (
    ManimColor,
    Mobject,
    ParsableManimColor,
    VGroup,
    VMobject,
    interpolate_color,
)
from manim.typing import Point3DLike, Vector3DLike
from numpy.typing import NDArray

from nnviz.characters.eyes import EyePair, filled
from nnviz.characters.modes import MODES, get_mode
from nnviz.characters.outlines import FIXED, HEIGHT, Drawing, draw
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLACK, BLUE_B, BLUE_E, GREY_BROWN, RED, WHITE

__all__ = ["Creature", "Mortimer", "Randolph"]

_MOUTH_COLOR = BLACK
_TONGUE_COLOR = ManimColor("#C8443C")
#: How dark the lids and the arms' outlines are: shares of black in the body's colour.
_LID_SHADE, _OUTLINE_SHADE = 0.18, 0.62


@lru_cache(maxsize=64)
def _drawing(mode: str) -> Drawing:
    return draw(get_mode(mode))


class Creature(ShownInNotebooks, VGroup):
    """A letter pi that looks at things and has moods.

    Every mode has the same parts with the same number of points, so that
    ``creature.animate.change("happy", thing)`` is smooth from any mode to any
    other. Feet stay where they are when the mood changes. The state (mode,
    gaze, which way it faces) is read off the picture: copies, saved states and
    transformed creatures know theirs.

    Parameters
    ----------
    mode : str, optional
        One of :data:`~nnviz.characters.modes.MODES`.
    color : color, optional
        Colour of the body.
    height : float, optional
        Height of the creature in mode "plain", in scene units. Raised arms and brows add to it.
    flipped : bool, optional
        Whether it faces left.

    Raises
    ------
    ValueError
        If there is no such mode, or the height is not positive.

    Examples
    --------
    >>> from manim import RIGHT
    >>> from nnviz.characters import Creature
    >>> creature = Creature("confused", height=2)
    >>> creature.change("happy", RIGHT).mode
    'happy'
    """

    body: Part[VMobject] = Part(0, doc="Bar, arms and legs: one outline.")
    mouth: Part[VGroup] = Part(2, doc="The mouth: opening, teeth and tongue.")
    eyes: Part[EyePair] = Part(3, doc="Both eyes.")
    brows: Part[VGroup] = Part(
        4,
        doc="Both eyebrows; a mode without brows has them shrunk to a point behind the eyes.",
    )

    def __init__(
        self,
        mode: str = "plain",
        color: ParsableManimColor = BLUE_E,
        height: float = HEIGHT,
        flipped: bool = False,
        **kwargs: Any,
    ) -> None:
        if not height > 0:
            raise ValueError(f"a creature needs a height above 0, not {height}")
        drawing = _drawing(mode)
        super().__init__(
            filled(drawing.body, color),
            filled(drawing.blush, RED, 0.55),
            VGroup(map(filled, drawing.mouth, (_MOUTH_COLOR, WHITE, _TONGUE_COLOR))),
            EyePair(*drawing.eyes, color),
            VGroup(filled(brow, color) for brow in drawing.brows),
            filled(drawing.drops, BLUE_B),
            filled(drawing.contours, color),
            **kwargs,
        )
        self.set_color(color)
        self.eyes.set_gaze(MODES[mode].gaze)
        self.scale(height / HEIGHT, about_point=np.zeros(3))
        if flipped:
            self.flip(about_point=np.zeros(3))
        self.shift(-self._plain_center())

    def _shapes(self, drawing: Drawing) -> list[tuple[VMobject, NDArray[np.float64]]]:
        """Return each shape with its points in a drawing."""
        points = [
            *(drawing.body, drawing.blush, *drawing.mouth),
            *(getattr(eye, part.name) for eye in drawing.eyes for part in fields(eye)),
            *(*drawing.brows, drawing.drops, drawing.contours),
        ]
        shapes = cast("list[VMobject]", [m for m in self.get_family() if not m.submobjects])
        return list(zip(shapes, points, strict=True))

    def _frame(self) -> NDArray[np.float64]:
        """Return the matrix from a drawing's (x, y, 1) to the scene, shape (3, 3).

        Legs and feet are the same in every mode; where they are says where the creature is.
        """
        feet = _drawing("plain").body[FIXED]
        homogeneous = np.column_stack([feet, np.ones(len(feet))])
        fit = np.linalg.lstsq(homogeneous, self.body.points[FIXED], rcond=None)
        return np.asarray(fit[0], dtype=float)

    @property
    def mode(self) -> str:
        """The mood: the mode whose drawing is nearest to the picture."""
        frame = self._frame()
        to_drawing = np.linalg.pinv(frame[:2])

        def distance(mode: str) -> float:
            drawing = _drawing(mode)
            pairs = [
                (self.body, drawing.body),
                (self.mouth[0], drawing.mouth[0]),
                *zip(self.brows, drawing.brows, strict=True),
            ]
            return max(
                float(np.abs((shape.points - frame[2]) @ to_drawing - points).max())
                for shape, points in pairs
            )

        return min(MODES, key=distance)

    @property
    def is_flipped(self) -> bool:
        """Whether the creature faces left."""
        return bool(np.linalg.det(self._frame()[:2, :2]) < 0)

    def change(self, mode: str, look_at: Point3DLike | Mobject | None = None) -> Self:
        """Change the mood, and where to look.

        Feet, size and the way it faces stay. To see it happen:
        ``scene.play(creature.animate.change("happy", thing))``.

        Parameters
        ----------
        mode : str
            The new mood.
        look_at : array_like, Mobject, optional
            What to look at. By default the gaze stays, unless the creature has not
            been told where to look yet: then it is the new mode's own.

        Raises
        ------
        ValueError
            If there is no such mode.
        """
        drawing = _drawing(mode)
        gaze = self.eyes.gaze
        if np.allclose(gaze, MODES[self.mode].gaze, atol=1e-3):
            gaze = np.array(MODES[mode].gaze)
        frame = self._frame()
        for shape, points in self._shapes(drawing):
            shape.points = np.column_stack([points, np.ones(len(points))]) @ frame
        self.eyes.set_gaze(gaze)
        return self if look_at is None else self.look_at(look_at)

    def look(self, direction: Vector3DLike) -> Self:
        """Look in a direction of the scene; ``ORIGIN`` is straight ahead."""
        self.eyes.look(direction)
        return self

    def look_at(self, target: Point3DLike | Mobject) -> Self:
        """Look at a point, or at a mobject's centre; at its eyes if it is a creature."""
        self.eyes.look_at(target.eyes if isinstance(target, Creature) else target)
        return self

    def blink(self) -> Self:
        """Shut the eyes, until the next :meth:`change`. See :class:`~nnviz.animations.Blink`."""
        self.eyes.close()
        return self

    def set_color(  # type: ignore[override]
        self, color: ParsableManimColor, family: bool = True
    ) -> Self:
        """Colour the body, and lids, brows and the arms' outlines to match; the face stays.

        To colour everything use :meth:`set_fill`.
        """
        body = ManimColor(color)
        self.body.set_fill(body)
        for part in self.brows.submobjects:
            part.set_fill(body)
        self.eyes.set_lid_colors(interpolate_color(body, BLACK, _LID_SHADE), body)
        self.submobjects[-1].set_fill(interpolate_color(body, BLACK, _OUTLINE_SHADE))
        return self

    def get_color(self) -> ManimColor:
        """Return the body's colour."""
        return self.body.get_fill_color()

    def speaking_points(
        self, direction: Vector3DLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where a bubble on one side begins: beside the face, and above the shoulder.

        They do not depend on the mood.

        Parameters
        ----------
        direction : array_like
            ``LEFT`` or ``RIGHT``, in the scene.

        Returns
        -------
        face, shoulder
            Points of the scene, each of shape (3,).
        """
        frame = self._frame()
        front = 1.0 if float(np.dot(direction, frame[0])) > 0 else -1.0
        face, shoulder = np.array([[front * 0.95, 2.6, 1.0], [front * 1.44, HEIGHT, 1.0]]) @ frame
        return face, shoulder

    def _plain_center(self) -> NDArray[np.float64]:
        """Return the middle of the box that the plain creature would have here."""
        points = np.concatenate([_drawing("plain").body, _drawing("plain").eyes[1].white])
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        return np.asarray([*middle, 1.0] @ self._frame(), dtype=float)


class Randolph(Creature):
    """The blue creature; faces right."""


class Mortimer(Creature):
    """The grey-brown creature; faces left.

    Parameters
    ----------
    mode : str, optional
        Name of the mood at the start.
    color : color, optional
        Colour of the body.
    height : float, optional
        Height of the body, in scene units.
    flipped : bool, optional
        Whether it faces left.
    """

    def __init__(
        self,
        mode: str = "plain",
        color: ParsableManimColor = GREY_BROWN,
        height: float = HEIGHT,
        flipped: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(mode, color, height, flipped, **kwargs)
