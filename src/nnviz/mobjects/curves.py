"""Many curves as arrays in one mobject, and parts of it that are views, as NumPy's are.

A mobject a curve has forty attributes, which Manim copies, hashes and walks at every play.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from manim import BLACK, ManimColor, Mobject, ShowPartial, Transform, VMobject, Wiggle, interpolate
from manim.camera.camera import CAP_STYLE_MAP
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import DrawsItself, Place
from nnviz.drawing.shapes import Curves
from nnviz.manims import heed_rows
from nnviz.mobjects.copying import CopiesQuickly
from nnviz.mobjects.notebook import ShownInNotebooks
from nnviz.mobjects.wiggling import wiggled

__all__ = ["CURVE", "VALUES", "CurveArray", "CurveSelection", "Rows", "places", "values_of_whole"]

#: Manim's cubic curve has four points.
CURVE = 4
#: Manim's unit of stroke width, in scene units.
_WIDTH_UNIT = 0.01
#: The arrays, as Manim calls them: colours with opacity (n, 4), widths (n,), points (4 n, 3).
_RGBAS = ("stroke_rgbas", "background_stroke_rgbas")
_WIDTHS = ("stroke_width", "background_stroke_width")
VALUES = ("points", *_RGBAS, *_WIDTHS)

Rows = NDArray[np.int_]


class CurveArray(ShownInNotebooks, CopiesQuickly, DrawsItself):
    """Separate strokes of one cubic curve each, as arrays in one mobject.

    To Manim's methods it is one mobject, whose ``points`` are those of n curves, and whose
    ``stroke_rgbas`` and ``stroke_width`` have a row a curve. To Manim's animations and scenes it
    is what a group of n mobjects is: each has its turn where there is a ``lag_ratio``.

    ``array[k]`` is a curve, and ``array[key]``, with a slice or an array of indices or booleans, a
    part (:class:`CurveSelection`). Both are views: styled, moved or animated, they change the
    array. The same part is always the same object. It is on screen where the array is; added to a
    scene it goes on top, and the rest stays where it was.

    Before it turns into something that is not as many curves, it becomes a group of mobjects.

    Parameters
    ----------
    points
        Shape (4 n, 3).
    color, width
        Of all strokes.
    """

    # The parts that somebody asked for: not of the state, which is in __dict__, nor of copies.
    __slots__ = ("_known",)

    def __init__(self, points: NDArray[np.float64], color: ManimColor, width: float) -> None:
        self._known: dict[tuple[int, bytes], Any] = {}
        #: Parts that turned into something else, which the array holds but does not draw.
        self._gone: list[tuple[VMobject, Rows]] = []
        self.points = np.zeros((0, 3))
        super().__init__()
        self.points = np.array(points, dtype=float)
        for name, stroke in zip(_RGBAS, (color, BLACK), strict=True):
            setattr(self, name, np.tile(stroke.to_rgba(), (len(self), 1)))
        for name, value in zip(_WIDTHS, (width, 0), strict=True):
            setattr(self, name, np.full(len(self), float(value)))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        result = super().__deepcopy__(memo)
        result._known = {}
        return result

    # What a kind of curves defines

    def _new(self, points: NDArray[np.float64]) -> Any:
        """Return an array of the kind that has values of its own."""
        raise NotImplementedError

    def _new_part(self, rows: Rows, *, single: bool) -> Any:
        """Return a view of some rows, or of one curve as such."""
        raise NotImplementedError

    def _as_mobjects(self) -> list[VMobject]:
        """Return a mobject of Manim's for each curve."""
        raise NotImplementedError

    # Parts

    def __len__(self) -> int:
        return len(self.points) // CURVE

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

    def covered(self, shown: Iterable[CurveArray]) -> list[Any]:
        """Return the whole and all of its known parts, if others have all their curves."""
        is_shown = np.zeros(len(self.whole), dtype=bool)
        for other in shown:
            if other.whole is self.whole:
                is_shown[other.rows] = True
        known = (self.whole, *self.whole._known.values())
        return [part for part in known if is_shown[part.rows].all()]

    def without(self, others: Sequence[Any]) -> Any:
        """Return the part that others have nothing of, or itself if that is all."""
        rows = [other.rows for other in others if other.whole is self.whole]
        rows += [gone for mobject, gone in self.whole._gone if mobject in others]
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
        result = self._new(self.points[places("points", rows)])
        result.cap_style, result.z_index = self.cap_style, self.z_index
        for name in VALUES[1:]:
            setattr(result, name, np.atleast_1d(getattr(self, name))[rows])
        return result

    def update(self, dt: float = 0, recursive: bool = True) -> Self:
        """Apply all updaters, those of parts too."""
        super().update(dt, recursive)
        if recursive and not self.updating_suspended:
            for part in self.covered([self]):
                if part is not self and part.updaters:
                    part.update(dt, recursive=False)
        return self

    # Style: Manim's methods, with a value a curve

    @property
    def widths(self) -> NDArray[np.float64]:
        """Stroke width of every curve, shape (n,)."""
        return np.atleast_1d(self.stroke_width)

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
        color
            One, or one a curve: a sequence of n colours, or red, green and blue in [0, 1] in an
            array of shape (n, 3).
        width, opacity
            Numbers, or arrays of shape (n,).
        background
            Set the stroke behind each curve instead.
        family
            Set submobjects too: what became of parts that turned into something else.

        Raises
        ------
        ValueError
            If there are neither one value nor n.
        """
        if not len(self):
            plain: Any = super()
            plain.set_stroke(color, width, opacity, background, family)
            return self
        rgbas = np.array(getattr(self, _RGBAS[background]))
        if color is not None:
            rgbas[:, :3] = _one_or_each("colours", _rgb(color), (len(self), 3))
        if opacity is not None:
            rgbas[:, 3] = _one_or_each("opacities", opacity, (len(self),))
        setattr(self, _RGBAS[background], rgbas)
        if width is not None:
            widths = _one_or_each("widths", width, (len(self),))
            setattr(self, _WIDTHS[background], widths.copy())
        for submobject in self.submobjects if family else ():
            submobject.set_stroke(color, width, opacity, background)  # type: ignore[arg-type]
        return self

    def get_stroke_width(self, background: bool = False) -> Any:
        """Return the width, as a number if there is one curve, else an array of shape (n,)."""
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

    def get_style(self, simple: bool = False) -> dict[str, Any]:
        """Return the style, of the first if there are several curves."""
        first: Any = super() if len(self) < 2 else self[0]
        style: dict[str, Any] = first.get_style(simple)
        return style

    def match_style(self, vmobject: VMobject, family: bool = True) -> Self:
        """Look as another mobject, curve by curve if that is as many curves."""
        if not len(self) and not self.submobjects:
            return self  # there is nothing to be seen
        if len(self) and self.faces(vmobject):
            return self.interpolate_color(vmobject, vmobject, 1)
        return super().match_style(vmobject, family)

    # What Manim's animations do with it

    def invert(self, recursive: bool = False) -> Self:
        """Reverse the order of the curves."""
        backwards = self.separate(np.arange(len(self))[::-1])
        for name in VALUES:
            setattr(self, name, getattr(backwards, name))
        return self

    def interpolate(
        self, mobject1: Any, mobject2: Any, alpha: Any, path_func: Any = interpolate
    ) -> Self:
        """Become a mixture of two others of as many curves.

        Parameters
        ----------
        mobject1, mobject2
            The others; for one curve also a Manim mobject of one.
        alpha
            The share of the second; of each curve, in shape (n,), if the path is straight.
        path_func
            Manim's, from points to points.
        """
        share = np.repeat(alpha, CURVE)[:, None] if np.ndim(alpha) else alpha
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

    def interpolate_rows(
        self, animation: Any, others: Sequence[Any], alphas: NDArray[np.float64]
    ) -> None:
        """Do what an animation does to n mobjects at times of their own, shape (n,)."""
        distinct, which = np.unique(alphas, return_inverse=True)
        how: Any = type(animation).interpolate_submobject
        if how is ShowPartial.interpolate_submobject:
            bounds = np.array([animation._get_bounds(alpha) for alpha in distinct])[which]
            self.pointwise_become_partial(others[0], *bounds.T)
            return
        if how is Wiggle.interpolate_submobject:
            self.points = wiggled(animation, self, others[0].points, alphas)
            return
        if how is Transform.interpolate_submobject:
            start, target = others
            if len(distinct) == 1 or animation.path_func is interpolate:
                share = alphas if len(distinct) > 1 else distinct[0]
                self.interpolate(start, target, share, animation.path_func)
                return
        for k, alpha in enumerate(distinct):
            rows = np.flatnonzero(which == k)
            piece = self.separate(rows)
            rest = [o.separate(rows) if isinstance(o, CurveArray) else o for o in others]
            animation.interpolate_submobject(piece, *rest, alpha)
            for name in VALUES:
                values = np.array(getattr(self, name))
                np.atleast_1d(values)[places(name, rows)] = getattr(piece, name)
                setattr(self, name, values)

    def align_points(self, vmobject: Any) -> Self:
        """Do nothing if the other has as many curves, else what Manim does."""
        return self if self.faces(vmobject) else super().align_points(vmobject)

    def faces(self, other: Mobject) -> bool:
        """Say whether another mobject is as many curves (or both are groups by now)."""
        if isinstance(other, CurveArray):
            return len(other) == len(self)
        if not len(self):
            return True
        is_bare = isinstance(other, VMobject) and not other.submobjects
        return len(self) == 1 and is_bare and len(other.points) == CURVE

    def become_mobjects(self) -> None:
        """Be a plain group of Manim's mobjects from now on."""
        self._become_group(*self._as_mobjects())

    def _become_group(self, *mobjects: VMobject) -> None:
        self._known, self._gone = {}, []
        self.points = np.zeros((0, 3))
        for name in _RGBAS:
            setattr(self, name, np.array([[0.0, 0.0, 0.0, 1.0]]))
        self.stroke_width, self.background_stroke_width = 0.0, 0.0
        self.add(*mobjects)

    # Drawing

    def _drawn(self) -> Rows:
        """Return which rows of the whole to draw, in which order."""
        gone = [rows for _, rows in self.whole._gone]
        return self.rows[~np.isin(self.rows, np.concatenate(gone))] if gone else self.rows

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_commands` depends on."""
        arrays = [getattr(self, name) for name in VALUES]
        if self.whole._gone:
            arrays.append(self._drawn())
        return (self.cap_style, *(np.asarray(array).tobytes() for array in arrays))

    def draw_commands(self, place: Place) -> tuple[Curves, ...]:
        """Return what draws every curve (see :class:`~nnviz.camera.DrawsItself`)."""
        whole, rows = self.whole, self._drawn()
        points = whole.points.reshape(-1, CURVE, 3)[rows]
        finite = np.isfinite(points).all(axis=(1, 2))
        strokes = []
        for rgbas_name, widths_name in zip(_RGBAS[::-1], _WIDTHS[::-1], strict=True):
            rgbas = getattr(whole, rgbas_name)[rows]
            widths = getattr(whole, widths_name)[rows] * _WIDTH_UNIT
            chosen = np.flatnonzero((widths > 0) & (rgbas[:, 3] > 0) & finite)
            at = place(points[chosen].reshape(-1, 3))[:, :2].reshape(-1, 2 * CURVE)
            strokes.append(np.column_stack([chosen, at, rgbas[chosen], widths[chosen]]))
        both = np.concatenate(strokes)
        # The stroke behind a curve comes just before it.
        both = both[np.argsort(both[:, 0], kind="stable")]
        if not len(both):
            return ()
        curves, colors, widths = np.split(both[:, 1:], [2 * CURVE, 2 * CURVE + 4], axis=1)
        return (Curves(curves, colors, widths[:, 0], int(CAP_STYLE_MAP[self.cap_style])),)


def values_of_whole(name: str, *, single: bool = False) -> Any:
    """Return a property of a selection: its rows of an array of the whole, or one number."""

    def read(self: CurveSelection) -> Any:
        values = getattr(self._whole, name)[places(name, self._rows)]
        return float(values[0]) if single else values

    def write(self: CurveSelection, value: Any) -> None:
        getattr(self._whole, name)[places(name, self._rows)] = value

    return property(read, write)


class CurveSelection(CurveArray):
    """A part of a :class:`CurveArray`: what it is told, the array is told.

    A copy is an array of its own.
    """

    def __init__(self, whole: CurveArray, rows: Rows) -> None:
        self._whole, self._rows = whole, rows
        # Everything about a mobject that is not a value of the array.
        blank = VMobject(cap_style=whole.cap_style, z_index=whole.z_index).__dict__
        self.__dict__.update({name: blank[name] for name in blank if name not in VALUES})
        self.name = type(self).__name__
        self.submobjects += [mobject for mobject, gone in whole._gone if np.isin(gone, rows).any()]

    points = values_of_whole("points")
    stroke_rgbas = values_of_whole("stroke_rgbas")
    stroke_width = values_of_whole("stroke_width")
    background_stroke_rgbas = values_of_whole("background_stroke_rgbas")
    background_stroke_width = values_of_whole("background_stroke_width")

    @property
    def whole(self) -> Any:
        """The array that has the values."""
        return self._whole

    @property
    def rows(self) -> Rows:
        """Which curves of the whole these are, shape (n,)."""
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = result = self._on_its_own()
        for name, value in self.__dict__.items():
            if name not in ("_whole", "_rows"):
                result.__dict__[name] = copy.deepcopy(value, memo)
        return result

    def _on_its_own(self) -> Any:
        """Return what a copy is, without what is no value of the array."""
        return self.separate()

    def set_anchors_and_handles(self, *anchors_and_handles: Any) -> Self:
        """Set all points, given by their place in their curve; four shapes (n, 3)."""
        self.points = np.stack(anchors_and_handles, axis=1).reshape(-1, 3)
        return self

    def become_mobjects(self) -> None:
        """Leave the whole, in which mobjects of Manim's stand from now on."""
        mobjects, whole, rows = self._as_mobjects(), self._whole, self._rows
        for key, part in list(whole._known.items()):
            if part is self:
                del whole._known[key]
            elif np.isin(rows, part.rows).any():
                part.submobjects.append(self)
        whole._gone.append((self, rows))
        whole.submobjects.append(self)
        self.__class__ = type(self._new(self.points))  # which has values of its own
        self._become_group(*mobjects)


def places(name: str, rows: Rows) -> Rows:
    """Return where some curves have their values in an array: four points each, or one row."""
    if name != "points":
        return rows
    return np.asarray((rows[:, None] * CURVE + np.arange(CURVE)).ravel())


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
        raise ValueError(f"{given} {what} for {shape[0]} curves: give one, or one each") from None


heed_rows(CurveArray)
