"""The lines of a network: one mobject each, or all of them as arrays in one mobject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, Self

import cairo
import numpy as np
from manim import Line, ManimColor, VGroup, VMobject
from manim.camera.camera import CAP_STYLE_MAP
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import DrawsItself, Place
from nnviz.mobjects.copying import CopiesQuickly

__all__ = ["EdgeArray", "EdgeGroup", "EdgeLines"]

#: Fainter than this (width in device pixels times opacity) a line leaves no trace in 8 bits.
_INVISIBLE = 1 / 512
#: Manim's unit of stroke width, in scene units.
_WIDTH_UNIT = 0.01
#: Manim's cubic curve has four points.
_CURVE = 4


class EdgeGroup(Protocol):
    """What both kinds of edges between two layers can do; see :class:`EdgeLines`."""

    def __len__(self) -> int: ...
    def set_ends(self, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Self:
        """Move edge k to run from ``starts[k]`` to ``ends[k]``, shapes (n, 3)."""

    def set_strokes(self, colors: NDArray[np.float64], widths: ArrayLike) -> Self:
        """Give edge k the colour ``colors[k]`` (red, green, blue in [0, 1]) and a width."""


class _EdgeLine(CopiesQuickly, Line):
    """One edge."""


class EdgeLines(VGroup):
    """Edges as one Manim ``Line`` each: everything that Manim can do with a line works.

    Parameters
    ----------
    starts, ends
        Shapes (n, 3).
    color, width
        Of all.
    """

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        color: ManimColor,
        width: float,
    ) -> None:
        super().__init__(
            *(
                _EdgeLine(start, end, stroke_color=color, stroke_width=width)
                for start, end in zip(starts, ends, strict=True)
            )
        )

    def get_group_class(self) -> type[VGroup]:  # type: ignore[override]
        """Return the class of slices: a group of lines."""
        return VGroup

    def set_ends(self, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Self:
        """Move edge k to run from ``starts[k]`` to ``ends[k]``, shapes (n, 3)."""
        for edge, start, end in zip(self.submobjects, starts, ends, strict=True):
            edge.put_start_and_end_on(start, end)
        return self

    def set_strokes(self, colors: NDArray[np.float64], widths: ArrayLike) -> Self:
        """Give edge k the colour ``colors[k]`` (red, green, blue in [0, 1]) and ``widths[k]``."""
        for edge, color, width in zip(
            self.submobjects, colors, np.broadcast_to(widths, len(self)), strict=True
        ):
            assert isinstance(edge, VMobject)
            edge.set_stroke(ManimColor.from_rgb(tuple(color)), float(width))
        return self


class EdgeArray(DrawsItself):
    """Edges as arrays in one mobject: a hundred thousand lines move, change and are drawn as one.

    To Manim it is one path of n separate lines, so that it moves, scales, fades, is
    created and turns into another ``EdgeArray`` as any mobject does. Colours and widths
    are kept a line: ``stroke_rgbas`` has shape (n, 4), ``stroke_width`` (n,).

    ``edges[k]`` takes line k out as a ``Line`` of its own, a submobject that can be
    styled and animated by itself; from then on the array leaves drawing it to Manim.

    Parameters
    ----------
    starts, ends
        Shapes (n, 3).
    color, width
        Of all.
    """

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        color: ManimColor,
        width: float,
    ) -> None:
        super().__init__(stroke_color=color, fill_opacity=0)
        count = len(starts)
        self._place_of: dict[int, int] = {}
        self.stroke_rgbas = np.tile([*color.to_rgb(), 1.0], (count, 1))
        self.stroke_width = np.full(count, float(width))  # type: ignore[assignment]
        self.set_ends(starts, ends)

    def __len__(self) -> int:
        return len(self.points) // _CURVE

    def __getitem__(self, key: Any) -> Any:
        """Take one line out as a ``Line``, or a slice of them as a group."""
        if isinstance(key, slice):
            return VGroup(*(self[k] for k in range(*key.indices(len(self)))))
        count = len(self)
        if not -count <= key < count:
            raise IndexError(f"no edge {key}: there are {count}")
        index = int(key) % count
        if index not in self._place_of:
            first = index * _CURVE
            rgba = self.stroke_rgbas[index]
            line = _EdgeLine(
                self.points[first],
                self.points[first + _CURVE - 1],
                stroke_color=ManimColor.from_rgb(tuple(rgba[:3])),
                stroke_opacity=float(rgba[3]),
                stroke_width=float(self.widths[index]),
            )
            self._place_of[index] = len(self.submobjects)
            self.add(line)
        return self.submobjects[self._place_of[index]]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    @property
    def widths(self) -> NDArray[np.float64]:
        """Stroke width of every line, shape (n,)."""
        return np.broadcast_to(np.asarray(self.stroke_width, dtype=float), len(self))

    @property
    def starts(self) -> NDArray[np.float64]:
        """Where the lines begin, shape (n, 3)."""
        return self.points[::_CURVE]

    @property
    def ends(self) -> NDArray[np.float64]:
        """Where the lines end, shape (n, 3)."""
        return self.points[_CURVE - 1 :: _CURVE]

    def set_ends(self, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Self:
        """Move edge k to run from ``starts[k]`` to ``ends[k]``, shapes (n, 3)."""
        shares = np.linspace(0, 1, _CURVE)[None, :, None]
        lines = starts[:, None, :] * (1 - shares) + ends[:, None, :] * shares
        self.points = lines.reshape(-1, 3)
        return self.carry_taken_out()

    def set_strokes(self, colors: NDArray[np.float64], widths: ArrayLike) -> Self:
        """Give edge k the colour ``colors[k]`` (red, green, blue in [0, 1]) and ``widths[k]``."""
        self.stroke_rgbas = np.column_stack([colors, self.stroke_rgbas[:, 3]])
        self.stroke_width = np.array(np.broadcast_to(widths, len(self)), dtype=float)  # type: ignore[assignment]
        return self.carry_taken_out()

    def carry_taken_out(self) -> Self:
        """Give lines that were taken out the place and style that the arrays have for them."""
        for index, place in self._place_of.items():
            line = self.submobjects[place]
            assert isinstance(line, VMobject)
            line.set_points(self.points[index * _CURVE : (index + 1) * _CURVE])
            red, green, blue, alpha = self.stroke_rgbas[index]
            color = ManimColor.from_rgb((red, green, blue))
            line.set_stroke(color, float(self.widths[index]), float(alpha))
        return self

    def drawing_state(self) -> tuple[bytes, ...]:
        """Return what :meth:`draw_on` depends on."""
        taken_out = np.array(sorted(self._place_of))
        arrays = (self.points, self.stroke_rgbas, self.widths, taken_out)
        return tuple(array.tobytes() for array in arrays)

    def drawing_reach(self) -> float:
        """Return the largest width: more than half of it, for square caps."""
        return float(self.widths.max(initial=0)) * _WIDTH_UNIT

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        """Draw every line (see :class:`~nnviz.camera.DrawsItself`)."""
        if not len(self):
            return
        widths = self.widths * _WIDTH_UNIT
        scale = context.user_to_device_distance(1, 0)[0]
        visible = widths * scale * self.stroke_rgbas[:, 3] > _INVISIBLE
        visible[list(self._place_of)] = False
        chosen = np.flatnonzero(visible)
        # Manim's frame buffer has blue and red exchanged.
        rows = np.column_stack(
            [
                self.stroke_rgbas[chosen][:, [2, 1, 0, 3]],
                widths[chosen],
                place(self.starts[chosen])[:, :2],
                place(self.ends[chosen])[:, :2],
            ]
        ).tolist()
        context.save()
        context.new_path()
        context.set_line_cap(CAP_STYLE_MAP[self.cap_style])
        set_source, set_width = context.set_source_rgba, context.set_line_width
        move_to, line_to, stroke = context.move_to, context.line_to, context.stroke
        for blue, green, red, alpha, width, x0, y0, x1, y1 in rows:
            set_source(blue, green, red, alpha)
            set_width(width)
            move_to(x0, y0)
            line_to(x1, y1)
            stroke()
        context.restore()
