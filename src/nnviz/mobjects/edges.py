"""The lines of a network, as arrays in one mobject, and parts of it.

A mobject a line has forty attributes, which Manim copies, hashes and walks at every play. Here
a hundred thousand lines are one mobject, and a part of them is a view, as NumPy's are.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Self, cast

import cairo
import numpy as np
from manim import (
    DEFAULT_STROKE_WIDTH,
    WHITE,
    Animation,
    Line,
    ManimColor,
    Mobject,
    ShowPartial,
    Transform,
    VGroup,
    VMobject,
    Write,
    interpolate,
    override_animation,
)
from manim.camera.camera import CAP_STYLE_MAP
from manim.utils.space_ops import rotation_about_z
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import DrawsItself, Place
from nnviz.manims import heed_rows
from nnviz.mobjects.copying import CopiesQuickly

__all__ = ["Edge", "EdgeArray", "EdgeSelection"]

#: Cairo strokes nothing thinner than a twentieth of a pixel, and a line fainter than this (its
#: width in pixels times its opacity) leaves no trace in 8 bits.
_THINNEST, _FAINTEST = 0.049, 1 / 1024
#: Manim's unit of stroke width, in scene units.
_WIDTH_UNIT = 0.01
#: Manim's cubic curve has four points.
_CURVE = 4
#: What the arrays are called, by Manim: colours and opacities (n, 4), and widths (n,).
_RGBAS = ("stroke_rgbas", "background_stroke_rgbas")
_WIDTHS = ("stroke_width", "background_stroke_width")
_VALUES = ("points", *_RGBAS, *_WIDTHS)

Rows = NDArray[np.int_]


class _Line(CopiesQuickly, Line):
    """An edge that has been copied out of its array."""


class _Known:
    """The parts of an array that somebody asked for: no part of what it is, nor of copies."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts: dict[tuple[int, bytes], EdgeSelection] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> _Known:
        return _Known()


class EdgeArray(CopiesQuickly, DrawsItself):
    """Straight lines as arrays in one mobject.

    To Manim's methods it is one mobject, whose ``points`` are those of n separate lines, and whose
    ``stroke_rgbas`` and ``stroke_width`` have a row a line. To Manim's animations and scenes it is
    what a group of n lines is: each line has its turn where there is a ``lag_ratio``.

    ``edges[k]`` is a line of it (:class:`Edge`), and ``edges[key]``, with a slice or an array of
    indices or booleans, a part (:class:`EdgeSelection`). Both are views: styled, moved or animated,
    they change the array. The same part is the same object. On screen it is where the array is, in
    the order of its lines; added to a scene it goes on top, and leaves the rest where it was.

    Transformed into something that is not as many lines, it becomes a group of Manim's lines first.

    Parameters
    ----------
    starts, ends
        Shapes (n, 3).
    color, width
        Of all.

    Examples
    --------
    >>> import numpy as np
    >>> from manim import RED
    >>> from nnviz.mobjects.edges import EdgeArray
    >>> edges = EdgeArray(np.zeros((5, 3)), np.eye(5, 3), width=2)
    >>> edges[[0, 3]].set_stroke(RED, 4)
    EdgeSelection
    >>> edges.widths
    array([4., 2., 2., 4., 2.])
    >>> edges[1].get_length()
    np.float64(1.0)
    """

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        color: ManimColor = WHITE,
        width: float = DEFAULT_STROKE_WIDTH,
    ) -> None:
        self._known = _Known()
        #: Parts that turned into something else, which the array holds but does not draw.
        self._gone: list[tuple[VMobject, Rows]] = []
        self.points = np.zeros((0, 3))
        super().__init__()
        self.set_ends(np.asarray(starts, dtype=float), ends)
        for name, rgb in zip(_RGBAS, (color.to_rgb(), (0, 0, 0)), strict=True):
            setattr(self, name, np.tile([*rgb, 1.0], (len(self), 1)))
        for name, value in zip(_WIDTHS, (width, 0), strict=True):
            setattr(self, name, np.full(len(self), float(value)))

    # Parts

    def __len__(self) -> int:
        return len(self.points) // _CURVE

    def __getitem__(self, key: Any) -> Any:
        """Return an :class:`Edge` for an index, an :class:`EdgeSelection` for anything more."""
        try:
            return self.whole.part(self.rows[key])
        except IndexError:
            raise IndexError(f"no edge {key}: there are {len(self)}") from None

    def __iter__(self) -> Iterator[Edge]:
        return (self[k] for k in range(len(self)))

    def __reversed__(self) -> EdgeSelection:
        return cast("EdgeSelection", self[::-1])

    @property
    def whole(self) -> EdgeArray:
        """The array that has the values: itself, if it is no part of another."""
        return self

    @property
    def rows(self) -> Rows:
        """Which lines of the whole these are, shape (n,)."""
        return np.arange(len(self))

    def part(self, rows: Rows | np.int_) -> EdgeSelection:
        """Return the part with some rows of the whole, in that order."""
        key = (np.ndim(rows), np.asarray(rows).tobytes())
        known = self._known.parts
        if key not in known:
            known[key] = (EdgeSelection if key[0] else Edge)(self, np.atleast_1d(rows))
        return known[key]

    def parts(self) -> list[EdgeSelection]:
        """Return all parts of the whole that somebody asked for, if they are parts of this."""
        known = list(self.whole._known.parts.values())
        if not known or self is self.whole:
            return known
        mine = np.zeros(len(self.whole), dtype=bool)
        mine[self.rows] = True
        return [part for part in known if mine[part.rows].all()]

    def without(self, others: Sequence[EdgeArray]) -> EdgeArray:
        """Return the part that no other has in it, or itself if they have nothing in common."""
        rows = [other.rows for other in others if other.whole is self.whole]
        rows += [rows for mobject, rows in self.whole._gone if mobject in others]
        rest = ~np.isin(self.rows, np.concatenate(rows)) if rows else np.ones(len(self), bool)
        return self if rest.all() else self.whole.part(self.rows[rest])

    def separate(self, rows: Rows | None = None) -> EdgeArray:
        """Return an array of its own with the same values; of some lines only, if they are given."""
        result = EdgeArray(self.starts, self.ends)
        result.cap_style, result.z_index = self.cap_style, self.z_index
        for name in _VALUES:
            values = np.atleast_1d(getattr(self, name))
            setattr(result, name, values.copy() if rows is None else values[_places(name, rows)])
        return result

    def lines(self) -> VGroup:
        """Return Manim lines of their own that look the same."""
        return VGroup(*(edge.copy() for edge in self))

    def update(self, dt: float = 0, recursive: bool = True) -> Self:
        """Apply all updaters, those of parts too."""
        super().update(dt, recursive)
        for part in self.parts() if recursive else ():
            if part is not self and part.updaters:
                part.update(dt, recursive)
        return self

    # Values

    @property
    def widths(self) -> NDArray[np.float64]:
        """Stroke width of every line, shape (n,)."""
        return np.atleast_1d(self.stroke_width)

    @property
    def starts(self) -> NDArray[np.float64]:
        """Where the lines begin, shape (n, 3)."""
        return self.points[::_CURVE]

    @property
    def ends(self) -> NDArray[np.float64]:
        """Where the lines end, shape (n, 3)."""
        return self.points[_CURVE - 1 :: _CURVE]

    def set_ends(self, starts: ArrayLike, ends: ArrayLike) -> Self:
        """Let line k run from ``starts[k]`` to ``ends[k]``; shapes (n, 3), or (3,) for all."""
        places = np.broadcast_arrays(starts, ends, np.empty((len(self) or len(starts), 3)))
        shares = np.linspace(0, 1, _CURVE)[:, None]
        self.points = interpolate(*(p[:, None] for p in places[:2]), shares).reshape(-1, 3)
        return self

    def turn(self, angle: float) -> Self:
        """Turn every line about its own middle, by an angle in radians, counter-clockwise."""
        middle, half = (self.starts + self.ends) / 2, (self.ends - self.starts) / 2
        half = half @ rotation_about_z(angle).T
        return self.set_ends(middle - half, middle + half)

    # Style: Manim's methods, with a value a line

    def set_stroke(  # type: ignore[override]
        self,
        color: Any = None,
        width: ArrayLike | None = None,
        opacity: ArrayLike | None = None,
        background: bool = False,
        family: bool = True,
    ) -> Self:
        """Set strokes as Manim's method does, of all lines alike or of each.

        Parameters
        ----------
        color
            One, or one a line: a sequence of n colours, or red, green and blue in [0, 1] in an
            array of shape (n, 3).
        width, opacity
            Numbers, or arrays of shape (n,).
        background
            Set the stroke behind each line instead.
        family
            Set submobjects too: what is left of lines that became something else.

        Raises
        ------
        ValueError
            If there are neither one value nor n.
        """
        if not len(self):
            return super().set_stroke(color, width, opacity, background, family)  # type: ignore[arg-type]
        rgbas = np.array(getattr(self, _RGBAS[background]))
        if color is not None:
            rgbas[:, :3] = _one_or_each("colours", _rgb(color), (len(self), 3))
        if opacity is not None:
            rgbas[:, 3] = _one_or_each("opacities", opacity, (len(self),))
        if width is not None:
            widths = _one_or_each("widths", width, (len(self),))
            setattr(self, _WIDTHS[background], widths.copy())
        setattr(self, _RGBAS[background], rgbas)
        if family:
            for submobject in self.submobjects:
                submobject.set_stroke(color, width, opacity, background)
        return self

    def get_stroke_width(self, background: bool = False) -> Any:
        """Return the width, as a number if there is one line, else an array of shape (n,)."""
        widths = np.maximum(0.0, getattr(self, _WIDTHS[background]))
        return widths if widths.size > 1 else float(widths.item())

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Take away a part of the opacity, as Manim's method does."""
        if not len(self):
            return super().fade(darkness, family)
        for background, name in enumerate(_RGBAS):
            opacity = (1.0 - darkness) * getattr(self, name)[:, 3]
            self.set_stroke(opacity=opacity, background=bool(background), family=False)
        return Mobject.fade(self, darkness, family)

    def match_style(self, vmobject: VMobject, family: bool = True) -> Self:
        """Look as another mobject; line by line if that is as many lines."""
        if len(self) and self.faces(vmobject):
            return self.interpolate_color(vmobject, vmobject, 1)
        return super().match_style(vmobject, family)

    # What Manim's animations need

    def interpolate(
        self, mobject1: Any, mobject2: Any, alpha: Any, path_func: Any = interpolate
    ) -> Self:
        """Become a mixture of two others of as many lines.

        Parameters
        ----------
        mobject1, mobject2
            Arrays of n lines, or a Manim line where this is one.
        alpha
            The share of the second; of each line, in shape (n,), if the path is straight.
        path_func
            Manim's, from points to points.
        """
        share = np.repeat(alpha, _CURVE)[:, None] if np.ndim(alpha) else alpha
        self.points = path_func(mobject1.points, mobject2.points, share)
        return self.interpolate_color(mobject1, mobject2, alpha)

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: Any) -> Self:
        """Take on a mixture of two others' strokes; see :meth:`interpolate`."""
        if not len(self):
            return super().interpolate_color(mobject1, mobject2, alpha)
        column = np.reshape(alpha, (-1, 1))
        for share, names in ((column, _RGBAS), (column[:, 0], _WIDTHS)):
            for name in names:
                one, other = getattr(mobject1, name), getattr(mobject2, name)
                setattr(self, name, interpolate(one, other, share))
        return self

    def pointwise_become_partial(self, vmobject: VMobject, a: Any, b: Any) -> Self:
        """Become a part of each of another's lines, from a share of its length to another.

        The shares are numbers, or arrays of shape (n,).
        """
        points = vmobject.points.reshape(-1, _CURVE, 3)
        first, last = points[:, 0], points[:, -1]
        low, high = np.reshape(a, (-1, 1)), np.reshape(b, (-1, 1))
        self.set_ends(interpolate(first, last, low), interpolate(first, last, high))
        complete = ((low <= 0) & (high >= 1))[:, None]
        self.points = np.where(complete, points, self.points.reshape(points.shape)).reshape(-1, 3)
        return self

    def interpolate_rows(
        self, animation: Animation, others: Sequence[Any], alphas: NDArray[np.float64]
    ) -> None:
        """Do what an animation does to n mobjects at times of their own, shape (n,)."""
        distinct, which = np.unique(alphas, return_inverse=True)
        how = type(animation).interpolate_submobject
        if isinstance(animation, ShowPartial) and how is ShowPartial.interpolate_submobject:
            bounds = np.array([animation._get_bounds(alpha) for alpha in distinct])[which]
            self.pointwise_become_partial(others[0], *bounds.T)
        elif (
            isinstance(animation, Transform)
            and how is Transform.interpolate_submobject
            and (animation.path_func is interpolate or len(distinct) == 1)
        ):
            share = distinct[0] if len(distinct) == 1 else alphas
            self.interpolate(*others, share, animation.path_func)
        else:
            for k, alpha in enumerate(distinct):
                rows = np.flatnonzero(which == k)
                piece = self.separate(rows)
                animation.interpolate_submobject(
                    piece,
                    *(o.separate(rows) if isinstance(o, EdgeArray) else o for o in others),
                    alpha,
                )
                for name in _VALUES:
                    values = np.array(getattr(self, name))
                    np.atleast_1d(values)[_places(name, rows)] = getattr(piece, name)
                    setattr(self, name, values)

    @override_animation(Write)
    def _write(
        self, run_time: float | None = None, lag_ratio: float | None = None, **kwargs: Any
    ) -> Write:
        """Write as long as Manim writes n lines."""
        return Write(
            self,
            run_time=(1 if len(self) < 15 else 2) if run_time is None else run_time,
            lag_ratio=min(4.0 / len(self), 0.2) if lag_ratio is None else lag_ratio,
            use_override=False,
            **kwargs,
        )

    def align_points(self, vmobject: VMobject) -> Self:
        """Do nothing if the other has as many lines, else what Manim does."""
        return self if self.faces(vmobject) else super().align_points(vmobject)

    def faces(self, other: Mobject) -> bool:
        """Say whether another mobject is as many lines (or both are groups by now)."""
        if isinstance(other, EdgeArray):
            return len(other) == len(self)
        if not len(self):
            return True
        if len(self) > 1 or not isinstance(other, Line) or other.submobjects:
            return False
        return len(other.points) == _CURVE and len(other.stroke_rgbas) == 1

    def become_mobjects(self) -> None:
        """Be a plain group of Manim lines from now on."""
        self._become_group(self.lines())

    def _become_group(self, lines: VGroup) -> None:
        self.points = np.zeros((0, 3))
        for name in _RGBAS:
            setattr(self, name, np.array([[0.0, 0.0, 0.0, 1.0]]))
        self.stroke_width, self.background_stroke_width = 0.0, 0.0
        self.add(*lines)

    # Drawing

    def _drawn(self) -> Rows:
        """Return which rows of the whole to draw, in which order."""
        gone = [rows for _, rows in self.whole._gone]
        return self.rows[~np.isin(self.rows, np.concatenate(gone))] if gone else self.rows

    def drawing_state(self) -> tuple[bytes, ...]:
        """Return what :meth:`draw_on` depends on."""
        arrays = [getattr(self, name) for name in _VALUES]
        if self.whole._gone:
            arrays.append(self._drawn())
        return tuple(np.asarray(array).tobytes() for array in arrays)

    def drawing_reach(self) -> float:
        """Return the largest width: more than half of it, for square caps."""
        widths = [np.max(getattr(self, name), initial=0) for name in _WIDTHS]
        return float(max(widths)) * _WIDTH_UNIT

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        """Draw every line (see :class:`~nnviz.camera.DrawsItself`)."""
        whole, rows = self.whole, self._drawn()
        points = whole.points.reshape(-1, _CURVE, 3)[rows]
        context.set_line_cap(CAP_STYLE_MAP[self.cap_style])
        scale = context.user_to_device_distance(1, 0)[0]
        strokes = []
        for rgbas_name, widths_name in zip(_RGBAS[::-1], _WIDTHS[::-1], strict=True):
            rgbas = getattr(whole, rgbas_name)[rows]
            widths = getattr(whole, widths_name)[rows] * _WIDTH_UNIT
            pixels = widths * scale
            is_seen = (pixels > _THINNEST) & (pixels * rgbas[:, 3] > _FAINTEST)
            chosen = np.flatnonzero(is_seen & np.isfinite(points).all(axis=(1, 2)))
            at = place(points[chosen].reshape(-1, 3))[:, :2].reshape(-1, 2 * _CURVE)
            # Manim's frame buffer has blue and red exchanged.
            paint = rgbas[chosen][:, [2, 1, 0, 3]]
            strokes.append(np.column_stack([chosen, paint, widths[chosen], at]))
        both = np.concatenate(strokes)
        set_source, set_width = context.set_source_rgba, context.set_line_width
        move_to, curve_to, stroke = context.move_to, context.curve_to, context.stroke
        # The stroke behind a line comes just before it.
        for _, blue, green, red, alpha, width, x, y, *rest in both[
            np.argsort(both[:, 0], kind="stable")
        ].tolist():
            set_source(blue, green, red, alpha)
            set_width(width)
            move_to(x, y)
            curve_to(*rest)
            stroke()


def _of_whole(name: str, *, single: bool = False) -> Any:
    """Return a property that is some rows of an array of the whole, or a number of one row."""

    def read(self: EdgeSelection) -> Any:
        values = getattr(self._whole, name)[_places(name, self._rows)]
        return float(values[0]) if single else values

    def write(self: EdgeSelection, value: Any) -> None:
        getattr(self._whole, name)[_places(name, self._rows)] = value

    return property(read, write)


class EdgeSelection(EdgeArray):
    """A part of an :class:`EdgeArray`: what it is told, the array is told.

    A copy is an array of its own.
    """

    def __init__(self, whole: EdgeArray, rows: Rows) -> None:
        self._whole, self._rows = whole, rows
        # Everything about a mobject that is not a value of the array.
        blank = VMobject(cap_style=whole.cap_style, z_index=whole.z_index).__dict__
        self.__dict__.update({name: blank[name] for name in blank if name not in _VALUES})
        self.name = type(self).__name__
        for mobject, gone in whole._gone:
            if np.isin(gone, rows).any():
                self.submobjects.append(mobject)

    points = _of_whole("points")
    stroke_rgbas = _of_whole("stroke_rgbas")
    stroke_width = _of_whole("stroke_width")
    background_stroke_rgbas = _of_whole("background_stroke_rgbas")
    background_stroke_width = _of_whole("background_stroke_width")

    @property
    def whole(self) -> EdgeArray:
        """The array that has the values."""
        return self._whole

    @property
    def rows(self) -> Rows:
        """Which lines of the whole these are, shape (n,)."""
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        result = self._on_its_own()
        memo[id(self)] = result
        for name, value in self.__dict__.items():
            if name not in ("_whole", "_rows"):
                result.__dict__[name] = copy.deepcopy(value, memo)
        return result

    def _on_its_own(self) -> VMobject:
        """Return what a copy is, but for what is no value of the array."""
        return self.separate()

    def set_anchors_and_handles(self, *anchors_and_handles: Any) -> Self:
        """Set all points, given by their place in their curve; shapes (n, 3)."""
        self.points = np.stack(anchors_and_handles, axis=1).reshape(-1, 3)
        return self

    def become_mobjects(self) -> None:
        """Leave the whole, in which Manim lines stand from now on."""
        lines, whole, rows = self.lines(), self._whole, self._rows
        for key, part in list(whole._known.parts.items()):
            if part is self:
                del whole._known.parts[key]
            elif np.isin(rows, part.rows).any():
                part.submobjects.append(self)
        whole._gone.append((self, rows))
        whole.submobjects.append(self)
        self.__class__ = EdgeArray  # which has values of its own
        self._known, self._gone = _Known(), []
        self._become_group(lines)


class Edge(EdgeSelection, Line):
    """One line of an :class:`EdgeArray`, with all that a Manim ``Line`` can do.

    A copy is a Manim line of its own.
    """

    path_arc = 0.0
    buff = 0.0
    stroke_width = _of_whole("stroke_width", single=True)
    background_stroke_width = _of_whole("background_stroke_width", single=True)

    def put_start_and_end_on(self, start: ArrayLike, end: ArrayLike) -> Self:
        """Let the line run from a point to another, shapes (3,)."""
        return self.set_ends(start, end)

    def _on_its_own(self) -> VMobject:
        line = _Line(*self.points[[0, -1]])
        for name in _VALUES:
            setattr(line, name, getattr(self, name))
        return line


def _places(name: str, rows: Rows) -> Rows:
    """Return where some lines have their values in an array: four points each, or one row."""
    if name != "points":
        return rows
    return np.asarray((rows[:, None] * _CURVE + np.arange(_CURVE)).ravel())


def _rgb(color: Any) -> NDArray[np.float64]:
    """Return one colour's red, green and blue, or those of many, shape (n, 3)."""
    if isinstance(color, np.ndarray) and color.ndim == 2:
        return color
    if isinstance(color, (list, tuple)) and not isinstance(color[0], (int, float)):
        return np.array([ManimColor(one).to_rgb() for one in color])
    return np.array(ManimColor(color).to_rgb())


def _one_or_each(what: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    try:
        return np.broadcast_to(np.asarray(values, dtype=float), shape)
    except ValueError:
        given = len(np.asarray(values))
        raise ValueError(f"{given} {what} for {shape[0]} lines: give one, or one a line") from None


heed_rows(EdgeArray)
