"""Eyes that look at things and blink: on a creature, or on top of anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import DOWN, Mobject, ParsableManimColor, VGroup, VMobject
from manim.typing import Point3DLike, Vector3DLike
from numpy.typing import NDArray

from nnviz.characters.modes import EyeShape
from nnviz.characters.outlines import EyeDrawing, Points, draw_eye
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLACK, GREY, WHITE

__all__ = ["Eye", "EyePair", "Eyes"]

#: A pupil stays this far inside the white, as a share of the white's radius.
_MARGIN = 0.06
#: Share of the pupil's radius that a lid may hide.
_HIDDEN_BY_LID = 0.5


def filled(points: Points, color: ParsableManimColor, opacity: float = 1.0) -> VMobject:
    """Return a shape without outline from plane cubic curves, shape (n, 2)."""
    shape = VMobject(fill_color=color, fill_opacity=opacity, stroke_width=0)
    shape.set_points(in_space(points))
    return shape


def in_space(points: Points) -> NDArray[np.float64]:
    """Return plane points, shape (n, 2), as points of the scene, shape (n, 3)."""
    return np.column_stack([points, np.zeros(len(points))])


class Eye(VGroup):
    """One eye: white, pupil, glint and two lids, found by position.

    All its geometry is relative to the white's own axes, so it keeps working
    when it is scaled, flipped, stretched or turned.
    """

    white: Part[VMobject] = Part(0, doc="The white.")
    pupil: Part[VMobject] = Part(1, doc="The pupil, without its glint.")

    def __init__(self, drawing: EyeDrawing, lid_color: ParsableManimColor, **kwargs: Any) -> None:
        super().__init__(
            filled(drawing.white, WHITE),
            filled(drawing.pupil, BLACK),
            filled(drawing.glint, WHITE),
            filled(drawing.upper_lid, lid_color),
            filled(drawing.lower_lid, lid_color),
            **kwargs,
        )

    @property
    def lids(self) -> VGroup:
        """The upper and the lower lid."""
        return VGroup(*self.submobjects[3:5])

    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the white's middle, and its half axes to front and top as rows."""
        right, top, left = (self.white.points[8 * k] for k in range(3))
        middle = (right + left) / 2
        return middle, np.array([right - middle, top - middle])

    def _local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        middle, axes = self._axes()
        return np.asarray(points - middle) @ np.linalg.pinv(axes)

    def _range(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return middle and half axes of the pupil's range, in the white's axes."""
        pupil = self._local(self.pupil.points)
        radius = np.ptp(pupil, axis=0) / 2
        most = 1 - _MARGIN - radius
        # The middle of a lid's edge is the start of its last curve.
        upper, lower = (float(self._local(lid.points[-4:])[0, 1]) for lid in self.submobjects[3:5])
        hide = (1 - _HIDDEN_BY_LID) * radius[1]
        high = min(most[1], upper - hide)
        low = max(-most[1], lower + hide)
        middle = (high + low) / 2
        # The widest ellipse about that middle that stays in the eye.
        width = most[0] * np.sqrt(max(0.0, 1 - abs(middle) / most[1]))
        return np.array([0.0, middle]), np.clip([width, (high - low) / 2], 1e-3, None)

    @property
    def gaze(self) -> NDArray[np.float64]:
        """Where the pupil is in its range: forwards and up, a vector in the unit disc."""
        center, reach = self._range()
        pupil = self._local(self.pupil.points).reshape(-1, 4, 2)[:, 0].mean(axis=0)
        result: NDArray[np.float64] = (pupil - center) / reach
        return result

    def set_gaze(self, gaze: Sequence[float] | NDArray[np.float64]) -> Self:
        """Move the pupil to a place in its range; longer vectors than 1 stop at its rim."""
        center, reach = self._range()
        aim = np.asarray(gaze, dtype=float)
        aim = aim / max(1.0, float(np.linalg.norm(aim)))
        here = self._local(self.pupil.points).reshape(-1, 4, 2)[:, 0].mean(axis=0)
        step = (center + reach * aim - here) @ self._axes()[1]
        for part in self.submobjects[1:3]:
            part.shift(step)
        return self

    def look(self, direction: Vector3DLike) -> Self:
        """Look in a direction of the scene; the zero vector is straight ahead."""
        middle, _ = self._axes()
        along = self._local(middle + np.asarray(direction, dtype=float)) / self._range()[1]
        length = float(np.linalg.norm(along))
        return self.set_gaze(along / length if length > 1e-9 else np.zeros(2))

    def look_at(self, point: Point3DLike) -> Self:
        """Look at a point: as near to it as the pupil can go."""
        center, reach = self._range()
        return self.set_gaze((self._local(np.asarray(point, dtype=float)) - center) / reach)

    def close(self, amount: float = 1.0) -> Self:
        """Squash the eye towards its bottom line; 1 shuts it."""
        middle, axes = self._axes()
        inverse = np.linalg.pinv(axes)
        for part in self.submobjects:
            above = (part.points - middle) @ inverse[:, 1] + 1
            part.points = part.points - amount * above[:, None] * axes[1]
        return self


def as_point(target: Point3DLike | Mobject) -> NDArray[np.float64]:
    """Return the point to look at: a mobject's centre, or the point itself.

    Raises
    ------
    ValueError
        If it is neither a mobject nor three finite coordinates.
    """
    if isinstance(target, Mobject):
        return np.asarray(target.get_center(), dtype=float)
    point = np.asarray(target, dtype=float)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise ValueError(f"look_at needs a mobject or a finite point (x, y, z), not {target!r}")
    return point


class EyePair(ShownInNotebooks, VGroup):
    """Two eyes that look the same way.

    Parameters
    ----------
    back, front : EyeDrawing
        The eyes.
    lid_color : color
        Colour of their lids.
    """

    def __init__(
        self, back: EyeDrawing, front: EyeDrawing, lid_color: ParsableManimColor, **kwargs: Any
    ) -> None:
        super().__init__(Eye(back, lid_color), Eye(front, lid_color), **kwargs)

    @property
    def gaze(self) -> NDArray[np.float64]:
        """Each eye's :attr:`Eye.gaze`, shape (2, 2)."""
        return np.array([eye.gaze for eye in self.submobjects])

    def set_gaze(self, gaze: Sequence[float] | NDArray[np.float64]) -> Self:
        """Set one gaze for both, shape (2,), or one for each, shape (2, 2)."""
        for eye, each in zip(self.submobjects, np.broadcast_to(gaze, (2, 2)), strict=True):
            eye.set_gaze(each)
        return self

    def look(self, direction: Vector3DLike) -> Self:
        """Look in a direction of the scene; ``ORIGIN`` is straight ahead."""
        for eye in self.submobjects:
            eye.look(direction)
        return self

    def look_at(self, target: Point3DLike | Mobject) -> Self:
        """Look at a point, or at a mobject's centre."""
        point = as_point(target)
        for eye in self.submobjects:
            eye.look_at(point)
        return self

    def set_lid_colors(self, upper: ParsableManimColor, lower: ParsableManimColor) -> Self:
        """Colour the lids."""
        for eye in self.submobjects:
            for lid, color in zip(eye.submobjects[3:5], (upper, lower), strict=True):
                lid.set_fill(color)
        return self

    def close(self, amount: float = 1.0) -> Self:
        """Squash both eyes to their bottom line; 1 shuts them, 0.5 half."""
        for eye in self.submobjects:
            eye.close(amount)
        return self

    @property
    def eyes(self) -> EyePair:
        """The pair itself, as of anything that can blink."""
        return self


class Eyes(EyePair):
    """A pair of eyes on top of any mobject.

    They stand on its upper edge; group them with it and they go where it goes.

    Parameters
    ----------
    mobject : Mobject
        What gets eyes.
    height : float, optional
        Height of the eyes.
    lid_color : color, optional
        Colour of their lids, which are open.

    Examples
    --------
    >>> from manim import UP, Square, VGroup
    >>> from nnviz.characters import Eyes
    >>> square = Square()
    >>> seeing = VGroup(square, Eyes(square)).scale(2)
    >>> [float(up.round(3)) for forwards, up in seeing[1].look(UP).gaze]
    [1.0, 1.0]
    """

    #: Each eye's width, and the distance of their centres, in eye heights.
    _WIDTH, _APART = 1.0, 1.5

    def __init__(
        self,
        mobject: Mobject,
        height: float = 0.25,
        lid_color: ParsableManimColor = GREY,
        **kwargs: Any,
    ) -> None:
        if not height > 0:
            raise ValueError(f"eyes need a height above 0, not {height}")
        radii = (self._WIDTH / 2, 0.5)
        x = self._APART / 2
        super().__init__(
            draw_eye((-x, 0.0), radii, EyeShape(), 1),
            draw_eye((x, 0.0), radii, EyeShape(), -1),
            lid_color,
            **kwargs,
        )
        self.scale(height).move_to(mobject.get_top(), DOWN)
