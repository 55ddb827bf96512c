"""A height field seen at an angle, drawn as one mobject."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin
from typing import Any, Self

import numpy as np
from manim import ManimColor, Mobject
from numpy.typing import NDArray

from nnviz.camera.draws_itself import DrawsItself, Place
from nnviz.drawing.path_commands import Faces
from nnviz.mobjects.charts.color_map import ColorMap
from nnviz.mobjects.charts.cost_raster import affine, rectangle

__all__ = ["Relief", "View"]

#: Where the light comes from, seen by the viewer: right, away, up. And the darkest a face can be.
_LIGHT = np.array([-0.45, -0.35, 0.82])
_SHADE = 0.55
#: Faces reach over their edges, in pixels: the seams between them are covered by the nearer ones.
_OVERLAP = 0.6
_LINE_OPACITY = 0.6


class View:
    """From a box to the screen: turned about its upright axis, then tilted towards the viewer.

    The box reaches from -1 to 1 along both directions, and from 0 to `height` upwards. There is no
    perspective: what is equally long is drawn equally long.

    Parameters
    ----------
    azimuth, elevation : float
        In degrees. At 0 the first direction leads to the right; an elevation of 90 is from above.
    height : float
        Height of the box.
    """

    def __init__(self, azimuth: float, elevation: float, height: float) -> None:
        self.azimuth, self.elevation, self.height = azimuth, elevation, height
        turn, tilt = radians(azimuth), radians(elevation)
        self._turn = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
        self._lean, self._rise = sin(tilt), cos(tilt)

    def flat(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points of the box, shape (..., 3), are on the screen, shape (..., 2)."""
        right, away = np.moveaxis(box[..., :2] @ self._turn.T, -1, 0)
        return np.stack([right, away * self._lean + box[..., 2] * self._rise], axis=-1)

    def away(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far points, shape (..., 2 or more), are from the viewer, along the ground."""
        return np.asarray(box[..., :2] @ self._turn[1])

    def turned(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return vectors, shape (..., 3), as right, away and up of the viewer."""
        flat = vectors[..., :2] @ self._turn.T
        return np.concatenate([flat, vectors[..., 2:]], axis=-1)

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lower left and upper right of the box on the screen, shape (2, 2)."""
        sides = np.array([(a, b) for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
        corners = np.array([(*side, level) for side in sides for level in (0.0, self.height)])
        flat = self.flat(corners)
        return np.array([flat.min(axis=0), flat.max(axis=0)])


class Relief(DrawsItself):
    """A height field as shaded faces with lines on it, drawn from the farthest to the nearest.

    To Manim it is the rectangle around its box as it is seen.

    Parameters
    ----------
    shares : ndarray of float
        Heights at the points of a grid, from 0 to 1, shape (rows, columns).
    lines : sequence of ndarray of float
        Lines on the surface: each in shares of the two spans and of the height, shape (n, 3), with
        a corner wherever it goes from one face to the next.
    colors : ColorMap
        Colours of heights.
    line_color : ManimColor
        Colour of the lines.
    line_width : float
        Width of the lines, in scene units.
    scale : float
        Scene units of half a span.
    azimuth, elevation, height : float
        As for `View`.

    Attributes
    ----------
    view : View
        The view.
    """

    def __init__(
        self,
        shares: NDArray[np.float64],
        lines: Sequence[NDArray[np.float64]],
        colors: ColorMap,
        line_color: ManimColor,
        line_width: float,
        scale: float,
        azimuth: float,
        elevation: float,
        height: float,
    ) -> None:
        super().__init__(fill_opacity=1, stroke_width=0)
        self._seen = (float(azimuth), float(elevation), float(height))
        rows, columns = shares.shape
        grid = np.empty((rows, columns, 3))
        grid[..., 0], grid[..., 1] = np.meshgrid(
            np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)
        )
        grid[..., 2] = height * shares
        #: Corners of the faces, one face after the other, shape (faces, 4, 3).
        self._faces = np.stack(
            [grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2
        ).reshape(-1, 4, 3)
        self._colors = colors(self._faces[..., 2].mean(axis=1) / height)
        across, up = self._faces[:, 2] - self._faces[:, 0], self._faces[:, 3] - self._faces[:, 1]
        normals = np.cross(across, up)
        self._normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        pieces = np.concatenate(
            [np.empty((0, 2, 3)), *(np.stack([line[:-1], line[1:]], axis=1) for line in lines)]
        )
        middles = (pieces.mean(axis=1)[:, :2] * (columns - 1, rows - 1)).astype(int)
        column, row = middles.clip(0, (columns - 2, rows - 2)).T
        #: Pieces of the lines, shape (pieces, 2, 3), and on which face each lies.
        self._pieces = pieces * (2, 2, height) - (1, 1, 0)
        self._lies_on = row * (columns - 1) + column
        self._line_color = line_color.to_hex()
        self._line_width = float(line_width)
        left_bottom, right_top = self.view.bounds
        self.set_points_as_corners(rectangle(*(scale * (right_top - left_bottom))))

    @property
    def view(self) -> View:
        """The present view."""
        return View(*self._seen)

    def look(self, azimuth: float, elevation: float) -> Self:
        """See it from elsewhere; the middle of the box stays where it is on screen."""
        _, upper_right, lower_left = affine(self)
        middle = (upper_right + lower_left) / 2
        _, across, up = self.axes_on_screen()
        self._seen = (float(azimuth), float(elevation), self._seen[2])
        left_bottom, right_top = self.view.bounds
        corners = np.array(rectangle(*(right_top - left_bottom)))
        self.set_points_as_corners(middle + corners[:, :1] * across + corners[:, 1:2] * up)
        return self

    def axes_on_screen(self) -> NDArray[np.float64]:
        """Return where the middle of the floor is, and the screen's units, shape (3, 3)."""
        upper_left, upper_right, lower_left = affine(self)
        (left, bottom), (right, top) = self.view.bounds
        across = (upper_right - upper_left) / (right - left)
        up = (upper_left - lower_left) / (top - bottom)
        return np.array([lower_left - left * across - bottom * up, across, up])

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Blend colours, and see it from between two views."""
        super().interpolate_color(mobject1, mobject2, alpha)  # type: ignore[arg-type]
        if isinstance(mobject1, Relief) and isinstance(mobject2, Relief):
            pairs = zip(mobject1._seen, mobject2._seen, strict=True)
            azimuth, elevation, height = ((1 - alpha) * a + alpha * b for a, b in pairs)
            self._seen = (azimuth, elevation, height)
        return self

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_commands` depends on."""
        arrays = (self.points, self.fill_rgbas, self._faces, self._colors, self._pieces)
        line = (self._line_color, self._line_width)
        return (self._seen, line, *(array.tobytes() for array in arrays))

    def draw_commands(self, place: Place) -> tuple[Faces, ...]:
        """Return what draws faces and lines (see :class:`~nnviz.camera.DrawsItself`)."""
        alpha = float(self.fill_rgbas[0, 3])
        if alpha <= 0 or not self.has_points():
            return ()
        origin, right, up = self.axes_on_screen()
        seen = place(np.array([origin, origin + right, origin + up]))[:, :2]
        unit = seen[1:] - seen[0]
        if abs(unit[0, 0] * unit[1, 1] - unit[0, 1] * unit[1, 0]) < 1e-12:
            return ()
        view = self.view
        corners = view.flat(self._faces) @ unit + seen[0]
        light = (view.turned(self._normals) @ (_LIGHT / np.linalg.norm(_LIGHT))).clip(0, 1)
        # Seen from above there is no shade: the colours are those of the map.
        darkest = 1 - (1 - _SHADE) * cos(radians(view.elevation))
        colors = self._colors * (darkest + (1 - darkest) * light)[:, None]
        farthest_first = np.argsort(-view.away(self._faces.mean(axis=1)), kind="stable")
        turn = np.empty_like(farthest_first)
        turn[farthest_first] = np.arange(len(turn))
        red, green, blue = ManimColor(self._line_color).to_rgb().tolist()
        return (
            Faces(
                corners[farthest_first],
                colors[farthest_first],
                (view.flat(self._pieces) @ unit + seen[0]).reshape(-1, 4),
                turn[self._lies_on],
                (red, green, blue, _LINE_OPACITY),
                self._line_width,
                alpha,
                _OVERLAP,
            ),
        )
