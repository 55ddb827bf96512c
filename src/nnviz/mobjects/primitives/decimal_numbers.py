"""Numbers that change in a tenth of the time of Manim's, and numbers that belong to neurons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from manim import (
    ORIGIN,
    Animation,
    DecimalNumber,
    ManimColor,
    MathTex,
    Mobject,
    ParsableManimColor,
    VMobject,
)
from manim.typing import Vector3DLike
from numpy.typing import NDArray

from nnviz import words
from nnviz._manim import digit_cache
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.baselines import character
from nnviz.mobjects.primitives.contrast import readable
from nnviz.mobjects.primitives.group_parts import Bearer, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import CountTo
from nnviz.mobjects.primitives.palette import BLACK, BLUE, RED, WHITE
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import latex_needed, plain_signs

__all__ = ["ActivationNumber", "QuickDecimalNumber", "SignedNumber"]


class _Glyph(Bearer):
    """One character of a number: a path, where Manim has three mobjects around it."""

    def __init__(self, shape: _Shape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tex_string = shape.string
        self.points = shape.points.copy()


@dataclass(frozen=True, eq=False)
class _Shape:
    """What a character looks like at one font size.

    Attributes
    ----------
    points
        Its path, shape (n, 3).
    left, right, bottom, top
        Left, right, bottom and top of its anchors, which is what Manim aligns by.
    height
        Height of all its points, which is what Manim takes for the height.
    advance
        How far from x = 0, where it begins, the next one does, as its typeface says; it stands on
        y = 0 then. None where that is not known.
    """

    string: str
    points: NDArray[np.float64]
    left: float
    right: float
    bottom: float
    top: float
    height: float
    advance: float | None = None

    @classmethod
    def of(cls, string: str, points: NDArray[np.float64], advance: float | None = None) -> _Shape:
        (left, bottom, _), (right, top, _) = _extremes(points)
        height = float(np.ptp(points[:, 1]))
        box = float(left), float(right), float(bottom), float(top)
        return cls(string, points, *box, height, advance)


#: Angles below this, in radians, are none.
_STRAIGHT = 1e-4
#: How much two shapes have to be alike, of 1, for one to be the other rotated.
_ALIKE = 0.9
#: Width of a gap between groups of digits, of a digit's.
_GAP = 0.4

#: Kept as long as Manim's own characters are: it may forget them and make others.
_shapes: WeakKeyDictionary[Mobject, dict[float, _Shape]] = WeakKeyDictionary()
#: Characters in other writings than MathTex; Manim keeps them in one map for all writings.
_others: dict[tuple[Any, str], VMobject] = {}


@lru_cache(maxsize=1024)
def _shape_in_sans(string: str, font_size: float) -> _Shape:
    path, advance = character(string.replace("-", "\N{MINUS SIGN}"))
    return _Shape.of(string, path * font_size, advance * font_size)


def _space(string: str, font_size: float) -> _Shape:
    """Return a gap between groups of digits: an invisible character."""
    width = _GAP * (_shape_in_sans("0", font_size).advance or 0.0)
    nothing = np.zeros((4, 3))
    return _Shape(string, nothing, 0.0, width, 0.0, 0.0, 0.0, width)


def _extremes(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the largest coordinates of the anchors of cubic curves."""
    curves = points.reshape(-1, 4, 3)[:, (0, 3)].reshape(-1, 3)
    return curves.min(axis=0), curves.max(axis=0)


def _edge(points: NDArray[np.float64], direction: Vector3DLike) -> NDArray[np.float64]:
    """Return the middle of an edge of the box around the anchors."""
    low, high = _extremes(points)
    side = np.asarray(direction)
    return np.where(side < 0, low, np.where(side > 0, high, (low + high) / 2))


class QuickDecimalNumber(ShownInNotebooks, DecimalNumber):
    """A :class:`manim.DecimalNumber` that changes in a tenth of the time.

    Manim makes every digit again at every new value; here they stay the mobjects they are, and
    get other points. Numbers with a unit, an ellipsis or a background are left to Manim, and so
    are complex ones. What is on screen is the same; but numbers in nnviz's own typeface
    (`mob_class=SansText`) have digits of one width, as the typeface has them, and a number that was
    rotated stays so. ``number.animate.set_value(...)`` counts.

    Parameters
    ----------
    number : float, optional
        The number.
    **kwargs
        For :class:`manim.DecimalNumber`. With ``mob_class=Text`` no LaTeX is needed.

    Examples
    --------
    >>> number = QuickDecimalNumber(0.25)
    >>> digits = list(number)
    >>> number.set_value(0.31)
    DecimalNumber
    >>> all(now is before for now, before in zip(number, digits))
    True
    """

    number: State[float] = State()
    initial_height: State[float] = State()
    num_decimal_places: State[int] = State()

    def __init__(self, number: float = 0, **kwargs: Any) -> None:
        #: The marks of the language in which it was made.
        self._marks = words.marks()
        with latex_needed(f"the number {number} is written by LaTeX", "or give mob_class=SansText"):
            super().__init__(number, **kwargs)
        if self._in_sans or any(map(str.isspace, self._get_num_string(number))):
            # Manim puts characters side by side as if they had no room of their own.
            QuickDecimalNumber.set_value(self, number).center()

    @property
    def bearer(self) -> Bearer | None:
        """The first character."""
        parts = self.__dict__.get("submobjects")  # Manim sets attributes before it has them
        return parts[0] if parts and isinstance(parts[0], Bearer) else None

    def __repr__(self) -> str:
        return "DecimalNumber"

    def set_value(self, number: float) -> Self:
        """Show another number, with the place, size and style of the one before."""
        glyphs: list[Any] = self.submobjects
        if (
            isinstance(number, complex)
            or self.unit is not None
            or self.show_ellipsis
            or self.include_background_rectangle
            or not glyphs
            or not all(type(glyph) is _Glyph and len(glyph.points) for glyph in glyphs)
        ):
            return super().set_value(number)
        if abs(angle := self.angle) > _STRAIGHT:
            about = self.get_center()
            self.rotate(-angle, about_point=about)
            return self.set_value(number).rotate(angle, about_point=about)
        shapes = [self._shape(character) for character in self._get_num_string(number)]
        points = np.concatenate([glyph.points for glyph in glyphs])
        size = float(np.ptp(points[:, 1])) / self.initial_height * self._font_size
        fixed = _edge(points, self.edge_to_fix)

        for glyph in glyphs[len(shapes) :]:
            glyph.points = np.zeros_like(glyph.points)  # it may be on screen by itself
        kept = glyphs[: len(shapes)]
        added = [_Glyph(shape) for shape in shapes[len(glyphs) :]]
        glyphs = [*kept, *added]
        self.submobjects = glyphs
        for glyph, shape, place in zip(glyphs, shapes, self._places(shapes), strict=True):
            glyph.points = shape.points + place
            glyph.tex_string = shape.string
        points = np.concatenate([glyph.points for glyph in glyphs])
        self.initial_height = float(np.ptp(points[:, 1]))
        self.number = number
        # As large as it was, and its edge where it was.
        scale = size / self._font_size
        edge = _edge(points, self.edge_to_fix)
        for glyph in glyphs:
            glyph.points = (glyph.points - edge) * scale + fixed
        if added or not self._is_of_one_style():
            self.init_colors()
        return self

    @animation_for(set_value)
    def _animate_set_value(
        self, number: float, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        """Count: glyphs that turn into others cannot be read on the way."""
        return CountTo(self, number, **(anim_args or {}))

    @property
    def _in_sans(self) -> bool:
        write: Any = self.mob_class
        return write is SansText

    @property
    def angle(self) -> float:
        """Its rotation in radians, counter-clockwise; 0 if it was also mirrored."""
        return float(np.angle(self._turn))

    @property
    def enlargement(self) -> float:
        """The factor by which it was scaled since it was made."""
        return float(abs(self._turn))

    @property
    def _turn(self) -> complex:
        """The complex number that characters were multiplied with: rotation and scale."""
        glyph: Any = self.submobjects[0] if self.submobjects else None
        if type(glyph) is not _Glyph:
            return 1
        upright = self._shape(glyph.tex_string).points
        if upright.shape != glyph.points.shape:
            return 1
        before, after = (
            (points - points.mean(axis=0))[:, :2] @ (1, 1j) for points in (upright, glyph.points)
        )
        sizes = float(np.linalg.norm(before)), float(np.linalg.norm(after))
        turn = complex(np.vdot(before, after))
        if abs(turn) > _ALIKE * sizes[0] * sizes[1] > 0:
            return turn / sizes[0] ** 2
        return sizes[1] / (sizes[0] or 1.0)

    def _places(self, shapes: list[_Shape]) -> NDArray[np.float64]:
        """Return the shift of each character to its place in a row; shape (n, 3)."""
        places = np.zeros((len(shapes), 3))
        advances = [shape.advance for shape in shapes if shape.advance is not None]
        if len(advances) == len(shapes):
            places[1:, 0] = np.cumsum(advances[:-1])
            return places
        buff = self.digit_buff_per_font_unit * self._font_size
        right = -buff
        for i, shape in enumerate(shapes):
            places[i, :2] = right + buff - shape.left, -shape.bottom
            right += buff + shape.right - shape.left
        for i, shape in enumerate(shapes):
            if shape.string == "-" and i + 1 < len(shapes):
                # At half the height of what it belongs to.
                after = shapes[i + 1]
                places[i, 1] += after.top - after.bottom - after.height / 2
                places[i, 1] -= shape.top - shape.bottom
            elif shape.string == ",":
                places[i, 1] -= shape.height / 2
        return places

    def _is_of_one_style(self) -> bool:
        """Return whether all characters have the number's own style."""

        def style(mobject: VMobject) -> tuple[Any, ...]:
            return (
                mobject.fill_rgbas.tobytes(),
                mobject.stroke_rgbas.tobytes(),
                mobject.stroke_width,
                mobject.background_stroke_rgbas.tobytes(),
                mobject.background_stroke_width,
                mobject.sheen_factor,
            )

        own = style(self)
        return self.sheen_factor == 0 and all(style(glyph) == own for glyph in self.submobjects)

    def _shape(self, string: str) -> _Shape:
        """Return a character at the number's font size; Manim's own, without what is around it."""
        if string.isspace():
            return _space(string, self._font_size)
        if self._in_sans:
            return _shape_in_sans(string, self._font_size)
        if self.mob_class is not MathTex:
            return self._shape_in_other_writing(string)
        template = digit_cache().get(string)
        known = _shapes.get(template, {}) if template is not None else {}
        if self._font_size not in known:
            drawn = super()._string_to_mob(string)
            paths = [part.points for part in drawn.family_members_with_points()]
            known[self._font_size] = _Shape.of(string, np.concatenate(paths))
            _shapes[digit_cache()[string]] = known
        return known[self._font_size]

    def _shape_in_other_writing(self, string: str) -> _Shape:
        key = self.mob_class, string
        if key not in _others:
            text = plain_signs(string.replace("-", "\N{MINUS SIGN}"), self.mob_class)
            _others[key] = self.mob_class(text)
        known = _shapes.setdefault(_others[key], {})
        if self._font_size not in known:
            drawn: Any = _others[key].copy()
            drawn.font_size = self._font_size
            paths = [part.points for part in drawn.family_members_with_points()]
            known[self._font_size] = _Shape.of(string, np.concatenate(paths))
        return known[self._font_size]

    def spelled(self, text: str) -> str:
        """Return a number that Python has formatted, with the marks that this one has."""
        return text.translate(self._marks)

    def _get_num_string(self, number: float | complex) -> str:
        return self.spelled(super()._get_num_string(number))

    def _string_to_mob(self, string: str, mob_class: Any = None, **kwargs: Any) -> VMobject:
        if mob_class is not None or len(string) > 1:  # a unit, or dots
            return super()._string_to_mob(string, mob_class, **kwargs)
        return _Glyph(self._shape(string), fill_opacity=1, stroke_width=0)


class ActivationNumber(QuickDecimalNumber):
    """An activation written into its neuron: black or white, as can be read on its fill.

    The fill follows from the number: its colour over the background, as opaque as the number is
    large. So the colour follows as well, and animating the number
    (:class:`manim.ChangingDecimal`, or ``.animate.set_value``) is enough.

    Parameters
    ----------
    activation : float
        The number.
    neuron : VMobject, optional
        Neuron that it stands in; it fills ``share`` of the neuron's width.
    share : float, optional
        Width of the number over the neuron's.
    num_decimal_places : int, optional
        Decimals shown.
    limit : float, optional
        The activation whose neuron is full.
    color, contrast_color : color, optional
        That of the two which has more contrast with the fill, black or white if neither can be
        read: see :func:`~nnviz.mobjects.primitives.contrast.readable`.
    fill_color, negative_fill_color, background : color, optional
        Fill colour, negative fill colour and background of the neuron, for numbers above and below
        0, and of what is behind it.
    bright : float, optional
        If given, `contrast_color` is taken where the number is more than this share of the limit,
        whatever can be read.
    """

    limit: State[float] = State()

    def __init__(
        self,
        activation: float,
        neuron: VMobject | None = None,
        share: float = 0.7,
        num_decimal_places: int = 1,
        limit: float = 1.0,
        color: ParsableManimColor = WHITE,
        contrast_color: ParsableManimColor = BLACK,
        fill_color: ParsableManimColor = WHITE,
        negative_fill_color: ParsableManimColor = WHITE,
        background: ParsableManimColor = BLACK,
        bright: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.limit, self._bright = limit, bright
        self._colors = ManimColor(color), ManimColor(contrast_color)
        self._fills = ManimColor(fill_color), ManimColor(negative_fill_color)
        self._background = ManimColor(background)
        # Centred: a number that changes its width must not wander out of its neuron.
        super().__init__(
            float(activation),
            num_decimal_places=num_decimal_places,
            edge_to_fix=ORIGIN,
            **kwargs,
        )
        if neuron is not None:
            self.scale_to_fit_width(share * neuron.width).move_to(neuron)
        self._contrast()

    def set_value(self, number: float) -> Self:
        """Show another number, black or white as it needs."""
        super().set_value(number)
        self._contrast()
        return self

    @animation_for(set_value)
    def _animate_activation(
        self, number: float, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return CountTo(self, number, **(anim_args or {}))

    def _contrast(self) -> None:
        if self._bright is not None:
            self.set_fill(self._colors[int(abs(self.number) > self._bright * self.limit)])
            return
        share = min(1.0, abs(self.number) / (self.limit or 1.0))
        fill = self._fills[int(self.number < 0)]
        self.set_fill(readable(self._background.interpolate(fill, share), *self._colors))


class SignedNumber(QuickDecimalNumber):
    """A number in one colour while it is positive, and in another while it is negative.

    The colour follows the number as it is written: what rounds to zero is not negative.

    Parameters
    ----------
    number : float
        The number.
    positive_color, negative_color : ManimColor, optional
        Its colours; the first is zero's, too.
    num_decimal_places : int, optional
        Decimals shown.
    **kwargs
        For :class:`manim.DecimalNumber`; numbers keep their centre when they change.
    """

    def __init__(
        self,
        number: float,
        positive_color: ManimColor = BLUE,
        negative_color: ManimColor = RED,
        num_decimal_places: int = 2,
        **kwargs: Any,
    ) -> None:
        self.positive_color, self.negative_color = positive_color, negative_color
        super().__init__(
            float(number),
            num_decimal_places=num_decimal_places,
            **({"edge_to_fix": ORIGIN} | kwargs),
        )
        self._show_sign()

    def set_value(self, number: float) -> Self:
        """Show another number, in the colour of its sign."""
        super().set_value(float(number))
        return self._show_sign()

    def _show_sign(self) -> Self:
        negative = round(self.number, self.num_decimal_places) < 0
        return self.set_color(self.negative_color if negative else self.positive_color)
