"""Many curves as arrays in one mobject, and parts of it that are views, as NumPy's are.

A mobject a curve has forty attributes, which Manim copies, hashes and walks at every play.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from manim import (
    BLACK,
    CapStyleType,
    ManimColor,
    Mobject,
    VMobject,
    interpolate,
)
from manim.typing import Vector3DLike
from numpy.typing import ArrayLike, NDArray

from nnviz._copying import deep_copy
from nnviz._manim_arrays import one_by_one, register_array
from nnviz.camera.draws_itself import DrawsItself, Place
from nnviz.drawing.path_commands import Curves
from nnviz.mobjects.primitives.curve_members import Members, curve_by_curve
from nnviz.mobjects.primitives.curve_turns import interpolate_rows
from nnviz.mobjects.primitives.curve_values import (
    CURVE,
    RGBAS,
    VALUES,
    WIDTHS,
    Rows,
    one_or_each,
    places,
    rgb_of,
    strokes_of,
)
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = ["CurveArray"]

_NO_POINTS = np.zeros((0, 3))


class CurveArray(ShownInNotebooks, DrawsItself):
    """Separate strokes of one cubic curve each, as arrays in one mobject.

    To Manim it is a group of one mobject a curve, in every method, animation and scene: each has
    its turn where there is a ``lag_ratio``. While a scene of ours or our renderer counts arrays as
    one (:mod:`nnviz._manim_arrays`), it is one mobject with the ``points`` of n curves, to the same
    frames in less time; :attr:`curves` has these always. ``stroke_rgbas`` and ``stroke_width`` have
    a row a curve.

    ``array[k]`` is a curve, and ``array[key]``, with a slice or an array of indices or booleans, a
    part (:class:`CurveSelection`). Both are views: styled, moved or animated, they change the
    array. The same part is always the same object. In a scene of ours it is on screen where the
    array is; added to a scene it goes on top, and the rest stays where it was.

    A curve that gets what an array cannot hold, such as a tip, a gradient, a z-index of its own or
    the points of another shape, has that for itself, in its place. ``sort``, ``shuffle`` and
    ``invert`` change the order on screen and in animations; ``array[k]`` stays the curve it is.

    Parameters
    ----------
    points : ndarray of float
        Shape (4 n, 3).
    color : ManimColor
        Colour of all strokes.
    width : float
        Width of all strokes.

    Attributes
    ----------
    curves : NDArray
        Points of all curves, shape (4 n, 3).
    """

    # Set on request: no part of the state, which is in __dict__, nor of copies.
    __slots__ = ("_known", "members")

    needs_camera_patch = False
    is_single = False
    curves: NDArray[np.float64]

    def __init__(self, points: NDArray[np.float64], color: ManimColor, width: float) -> None:
        self._known: dict[tuple[int, bytes], Any] = {}
        self.members = Members(self)
        self.curves = _NO_POINTS
        super().__init__()
        self.curves = np.array(points, dtype=float)
        self.members = Members(self)
        for name, stroke in zip(RGBAS, (color, BLACK), strict=True):
            setattr(self, name, np.tile(stroke.to_rgba(), (len(self), 1)))
        for name, value in zip(WIDTHS, (width, 0), strict=True):
            setattr(self, name, np.full(len(self), float(value)))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # Members are views of the copy, not copies of views.
        result = deep_copy(self, memo, leave_out=("submobjects",))
        result._known, result.members = {}, Members(result)
        self.members.copy_to(result.members, memo, copy.deepcopy)
        return result

    # What a kind of curves defines

    def _new(self, points: NDArray[np.float64]) -> Any:
        """Return an array of the kind that has values of its own."""
        raise NotImplementedError

    def _new_part(self, rows: Rows, *, single: bool) -> Any:
        """Return a view of some rows, or of one curve as such."""
        raise NotImplementedError

    # What it is to Manim

    @property
    def is_one(self) -> bool:
        """Whether Manim counts it as one mobject, now."""
        return self.members.is_one

    @property
    def is_whole(self) -> bool:
        """Whether it has all of its curves, in order, none with a way of its own, and no more."""
        return self.members.is_whole

    @property
    def points(self) -> NDArray[np.float64]:
        """What Manim moves and draws of the array itself: the curves where it is one, or nothing.

        Raises
        ------
        ValueError
            If it is set to something else than n curves.
        """
        return self.curves if self.is_one else _NO_POINTS

    @points.setter
    def points(self, value: ArrayLike) -> None:
        points = np.asarray(value, dtype=float)
        if len(points) == CURVE * len(self):
            self.curves = points
        elif len(points):
            raise ValueError(
                f"{len(points)} points are not {CURVE} for each curve of {type(self).__name__} of "
                f"{len(self)}: take array[k] or array.lines(), which can have any"
            )

    @property
    def submobjects(self) -> list[Any]:
        """The curves, one by one; none where Manim counts the array as one mobject."""
        return self.members.current()

    @submobjects.setter
    def submobjects(self, value: list[Any]) -> None:
        self.members.set(value)

    @property
    def draws_itself(self) -> bool:
        """Whether it is drawn as a whole."""
        return self.is_one

    def stand_apart(self) -> None:
        """Be a group of one mobject a curve from now on, wherever Manim looks."""
        self.members.stand_apart(self.rows)

    add = curve_by_curve("add")
    add_to_back = curve_by_curve("add_to_back")
    arrange = curve_by_curve("arrange")
    arrange_in_grid = curve_by_curve("arrange_in_grid")
    apply_function_to_submobject_positions = curve_by_curve(
        "apply_function_to_submobject_positions"
    )
    add_background_rectangle_to_submobjects = curve_by_curve(
        "add_background_rectangle_to_submobjects"
    )
    color_using_background_image = curve_by_curve("color_using_background_image")
    insert = curve_by_curve("insert")
    invert = curve_by_curve("invert", orders=True)
    shuffle = curve_by_curve("shuffle", orders=True)
    sort = curve_by_curve("sort", orders=True)
    space_out_submobjects = curve_by_curve("space_out_submobjects")
    split = curve_by_curve("split")

    def remove(self, *mobjects: Mobject) -> Self:
        """Remove what was added to the array.

        Raises
        ------
        ValueError
            If a curve of the array is to be removed: its rows are what others count on.
        """
        if any(getattr(one, "whole", None) is self.whole for one in mobjects):
            raise ValueError(
                f"{type(self).__name__} keeps its {len(self)} curves: hide some with "
                "set_stroke(opacity=0), take the others as array[rows], or remove from "
                "array.lines(), a VGroup"
            )
        with one_by_one():
            return super().remove(*mobjects)

    def get_points_defining_boundary(self) -> NDArray[np.float64]:
        """Return where curves begin and end, and what others defines the boundary of the array."""
        ends = self.value("curves").reshape(-1, CURVE, 3)[:, [0, -1]].reshape(-1, 3)
        others = (*self.members.apart_curves(), *self.members.others())
        return np.concatenate([ends, *(one.get_points_defining_boundary() for one in others)])

    def set_sheen(
        self, factor: float, direction: Vector3DLike | None = None, family: bool = True
    ) -> Self:
        """Let each curve shine in its own colour; Manim would give all the colour of the group."""
        with one_by_one():
            for one in self.submobjects if family else ():
                one.set_sheen(factor, direction)
        return self

    def set_cap_style(self, cap_style: CapStyleType) -> Self:
        """Set the cap style of all curves."""
        self.cap_style = cap_style
        for curve in self.members.apart_curves():
            curve.cap_style = cap_style
        return self

    def set_z_index(self, z_index_value: float, family: bool = True) -> Self:
        """Set the z-index of all curves; of the array alone it says nothing."""
        if family:
            self.z_index = z_index_value
            for one in (*self.members.apart_curves(), *self.members.others()):
                one.set_z_index(z_index_value)
        return self

    # Parts

    def __len__(self) -> int:
        return len(self.curves) // CURVE

    def __getitem__(self, key: Any) -> Any:
        """Return a curve for an index, a part for anything more."""
        try:
            rows = self.rows[key]
        except IndexError:
            raise IndexError(f"nothing at {key} in {type(self).__name__} of {len(self)}") from None
        return self.whole.part(rows)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __reversed__(self) -> Any:
        return self[::-1]

    @property
    def whole(self) -> Any:
        """The array that has the values: itself, if it is no part of another."""
        return self

    @property
    def rows(self) -> Rows:
        """Which curves of the whole these are, shape (n,)."""
        return np.arange(len(self))

    def part(self, rows: Rows | np.int_) -> Any:
        """Return the part with some rows of the whole, in that order."""
        single, known = np.ndim(rows) == 0, self._known
        key = (np.ndim(rows), np.asarray(rows).tobytes())
        if key not in known:
            known[key] = self._new_part(np.atleast_1d(rows), single=single)
        return known[key]

    def covered(self, shown: Iterable[Any]) -> list[Any]:
        """Return the whole and all of its known parts, if others have all their curves."""
        whole = self.whole
        is_shown = np.zeros(len(whole), dtype=bool)
        for other in shown:
            if other.whole is whole:
                is_shown[other.row if other.is_single else other.rows] = True
        return [
            part
            for part in (whole, *whole._known.values())
            if (is_shown[part.row] if part.is_single else is_shown[part.rows].all())
        ]

    def without(self, others: Sequence[Any]) -> Any:
        """Return the part that others have nothing of, or itself if that is all."""
        rows = [other.rows for other in others if other.whole is self.whole]
        rest = ~np.isin(self.rows, np.concatenate(rows)) if rows else np.ones(len(self), bool)
        return self if rest.all() else self.whole.part(self.rows[rest])

    def around(self, part: CurveArray) -> tuple[Any, Any]:
        """Return the parts below and above the place of another part, without it."""
        is_other = np.isin(self.rows, part.rows)
        below = np.arange(len(self)) < np.argmax(is_other)
        return tuple(self.whole.part(self.rows[~is_other & side]) for side in (below, ~below))

    def separate(self, rows: Rows | None = None) -> Any:
        """Return an array of its own with the same values; of some rows only, if given."""
        rows = np.arange(len(self)) if rows is None else rows
        result = self._new(self.value("curves")[places("curves", rows)])
        result.cap_style, result.z_index = self.cap_style, self.z_index
        for name in VALUES[1:]:
            setattr(result, name, np.atleast_1d(self.value(name))[rows])
        return result

    def value(self, name: str) -> Any:
        """Return an array of values, with those that curves have for themselves."""
        values = getattr(self, name)
        own = self.members.own_curves()
        if own:
            values = np.array(values)
            for curve in own:
                (k,) = np.flatnonzero(self.rows == curve.row)
                values[places(name, np.array([k]))] = curve.one_value(name)
        return values

    def update(self, dt: float = 0, recursive: bool = True) -> Self:
        """Apply all updaters, those of parts too."""
        super().update(dt, recursive)
        if recursive and not self.updating_suspended:
            for part in self.covered([self]):
                if part is not self and not part.is_single and part.updaters:
                    part.update(dt, recursive=False)
        return self

    # Style: Manim's methods, with a value a curve

    @property
    def widths(self) -> NDArray[np.float64]:
        """Stroke width of every curve, shape (n,)."""
        return np.atleast_1d(self.value("stroke_width"))

    def set_stroke(
        self,
        color: Any = None,
        width: ArrayLike | None = None,
        opacity: ArrayLike | None = None,
        background: bool = False,
        family: bool = True,
    ) -> Self:
        """Set strokes as Manim's method does, of all curves alike or of each.

        Parameters
        ----------
        color : object, optional
            One, or one a curve: a sequence of n colours, or red, green and blue in [0, 1] in an
            array of shape (n, 3).
        width, opacity : array_like, optional
            Numbers, or arrays of shape (n,).
        background : bool, optional
            Set the stroke behind each curve instead.
        family : bool, optional
            Set the curves too, where Manim counts them one by one.

        Raises
        ------
        ValueError
            If there are neither one value nor n.
        """
        if not len(self):
            plain: Any = super()
            plain.set_stroke(color, width, opacity, background, family)
            return self
        if not (family or self.is_one):
            return self  # the array itself shows nothing
        count = len(self)
        rgbas = np.array(getattr(self, RGBAS[background]))
        colors = opacities = each = None
        if color is not None:
            rgbas[:, :3] = colors = one_or_each("colours", rgb_of(color), (count, 3))
        if opacity is not None:
            rgbas[:, 3] = opacities = one_or_each("opacities", opacity, (count,))
        setattr(self, RGBAS[background], rgbas)
        if width is not None:
            each = one_or_each("widths", width, (count,))
            setattr(self, WIDTHS[background], each.copy())
        for curve in self.members.apart_curves():
            (k,) = np.flatnonzero(self.rows == curve.row)
            curve.set_stroke(
                None if colors is None else ManimColor.from_rgb(colors[k]),
                None if each is None else float(each[k]),
                None if opacities is None else float(opacities[k]),
                background,
            )
        is_for_all = color is None or np.ndim(rgb_of(color)) < 2
        if is_for_all and all(value is None or np.ndim(value) == 0 for value in (width, opacity)):
            for other in self.members.others():
                other.set_stroke(color, width, opacity, background)
        return self

    def set_fill(self, color: Any = None, opacity: Any = None, family: bool = True) -> Self:
        """Fill what was added, and what curves turned into: a curve of the array has no fill."""
        if not len(self):
            return super().set_fill(color, opacity, family)
        for one in (*self.members.apart_curves(), *self.members.others()) if family else ():
            one.set_fill(color, opacity)
        return self

    def get_stroke_width(self, background: bool = False) -> Any:
        """Return the width, as a number if there is one curve, else an array of shape (n,)."""
        widths = np.maximum(0.0, getattr(self, WIDTHS[background]))
        return widths if widths.size > 1 else float(widths.item())

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Take away a part of the opacity, as Manim's method does."""
        if not len(self):  # which has no opacity
            return self
        for name in RGBAS:
            rgbas = np.array(getattr(self, name))
            rgbas[:, 3] *= 1.0 - darkness
            setattr(self, name, rgbas)
        others = self.members.others()
        for curve in self.members.apart_curves():
            others += [curve] if curve.has_values else curve.submobjects
        for one in others if family else ():
            one.fade(darkness)
        return self

    def get_style(self, simple: bool = False) -> dict[str, Any]:
        """Return the style, of the first if there are several curves."""
        if not len(self):
            return super().get_style(simple)
        style: dict[str, Any] = self[0].get_style(simple)
        return style

    def match_style(self, vmobject: VMobject, family: bool = True) -> Self:
        """Look as another mobject, curve by curve if that is as many curves."""
        if not len(self) and not self.submobjects:
            return self  # there is nothing to be seen
        if isinstance(vmobject, CurveArray) and len(self) == len(vmobject) and self.is_whole:
            return self._blend_strokes(vmobject, vmobject, 1)
        with one_by_one():
            return super().match_style(vmobject, family)

    # What Manim's animations do with it

    def interpolate(
        self, mobject1: Any, mobject2: Any, alpha: Any, path_func: Any = interpolate
    ) -> Self:
        """Become a mixture of two others of as many curves.

        Parameters
        ----------
        mobject1, mobject2 : object
            The others; for one curve also a Manim mobject of one.
        alpha : object
            The share of the second; of each curve, in shape (n,), if the path is straight.
        path_func : object, optional
            Manim's, from points to points.
        """
        share = np.repeat(alpha, CURVE)[:, None] if np.ndim(alpha) else alpha
        self.curves = path_func(mobject1.curves, mobject2.curves, share)
        return self._blend_strokes(mobject1, mobject2, alpha)

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: Any) -> Self:
        """Take on a mixture of two others' strokes; see :meth:`interpolate`."""
        if not len(self):
            return super().interpolate_color(mobject1, mobject2, alpha)
        if isinstance(mobject2, CurveArray) and len(mobject2) == len(self):
            return self._blend_strokes(mobject1, mobject2, alpha)
        return self  # the strokes of a group are those of its members

    def _blend_strokes(self, mobject1: Any, mobject2: Any, alpha: Any) -> Self:
        column = np.reshape(alpha, (-1, 1))
        for share, names in ((column, RGBAS), (column[:, 0], WIDTHS)):
            for name in names:
                one, other = (np.atleast_1d(m.value(name)) for m in (mobject1, mobject2))
                setattr(self, name, interpolate(one, other, share))
        return self

    def interpolate_rows(
        self, animation: Any, others: Sequence[Any], alphas: NDArray[np.float64]
    ) -> None:
        """Do what an animation does to n mobjects at times of their own, shape (n,)."""
        interpolate_rows(self, animation, others, alphas)

    def align_points(self, vmobject: Any) -> Self:
        """Do nothing if the other has as many curves, else what Manim does."""
        return self if self.faces(vmobject) else super().align_points(vmobject)

    def faces(self, other: Mobject) -> bool:
        """Return whether the members of another array fit those of this one, one for one."""
        return isinstance(other, CurveArray) and self.members.fit(other.members)

    # Drawing

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_commands` depends on."""
        arrays = (getattr(self, name) for name in VALUES)
        return (self.cap_style, *(np.asarray(array).tobytes() for array in arrays))

    def draw_commands(self, place: Place) -> tuple[Curves, ...]:
        """Return what draws every curve (see :class:`~nnviz.camera.DrawsItself`)."""
        return strokes_of(self, place)


register_array(CurveArray)
