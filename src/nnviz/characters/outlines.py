"""The creature's drawing: from a mood's numbers to cubic Bézier curves.

A creature is a thick letter pi. Everything is drawn in the plane, with y up: the
plain creature stands on y = 0, is :data:`HEIGHT` high and faces right. Every
mode gives the same parts with the same number of curves, so that any of them
can be interpolated to any other; a part that a mode does not need is shrunk to
a point inside the body. Shapes are filled, never stroked, so that they scale.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from manim.utils.bezier import get_smooth_cubic_bezier_handle_points
from numpy.typing import ArrayLike, NDArray

from nnviz.characters.modes import MODES, Arm, Brow, EyeShape, Mode, Mouth

__all__ = ["FIXED", "HEIGHT", "Drawing", "EyeDrawing", "draw", "draw_eye"]

Points = NDArray[np.float64]

#: Height of the plain creature.
HEIGHT = 3.0

#: Half width and half height of a plain eye.
EYE_RADII = np.array([0.33, 0.42])
#: Behind and in front.
EYE_CENTERS = np.array([(-0.3, 2.58), (0.4, 2.58)])

_CHEEKS = [(-0.42, 2.02), (0.52, 2.02)]
_UNDER_EYE, _TEMPLE = (-0.47, 2.3), (-0.78, 2.75)

_SHOULDER = np.array([0.62, 2.0])
_SHOULDER_RADIUS = 0.36
_ARM_SAMPLES = np.array([0.25, 0.45, 0.65, 0.83, 1.0])
_CONTOUR_SAMPLES = np.linspace(0.6, 1.0, 6)

# The legs, from the armpit round the foot to the crotch: back leg, then front leg.
_CHIN = [(0.36, 1.6), (0.05, 1.57), (-0.26, 1.6)]
_BACK_LEG = [
    (-0.26, 1.6),
    (-0.29, 1.15),
    (-0.4, 0.64),
    (-0.53, 0.24),
    (-0.7, 0.04),
    (-0.94, 0.06),
    (-1.03, 0.28),
    (-0.92, 0.62),
    (-0.77, 1.1),
    (-0.7, 1.66),
]
_FRONT_LEG = [
    (0.76, 1.66),
    (0.76, 1.12),
    (0.81, 0.66),
    (0.95, 0.4),
    (1.09, 0.25),
    (1.05, 0.06),
    (0.84, 0.0),
    (0.57, 0.06),
    (0.4, 0.32),
    (0.34, 0.82),
    (0.36, 1.6),
]
_HEAD_TOP = [(0.62, 2.385), (0.2, 2.42), (-0.2, 2.42), (-0.62, 2.385)]

#: The leaning begins above this height.
_HIP, _NECK = 1.0, 2.0


def spline(points: ArrayLike) -> Points:
    """Return the smooth curve through n points as n - 1 cubic curves, shape (4 * (n - 1), 2)."""
    anchors = np.asarray(points, dtype=float)
    in_space = np.column_stack([anchors, np.zeros(len(anchors))])
    first, second = (h[:, :2] for h in get_smooth_cubic_bezier_handle_points(in_space))
    return np.stack([anchors[:-1], first, second, anchors[1:]], axis=1).reshape(-1, 2)


def polyline(points: ArrayLike) -> Points:
    """Return straight lines through n points as n - 1 cubic curves."""
    anchors = np.asarray(points, dtype=float)
    a, b = anchors[:-1], anchors[1:]
    return np.stack([a, (2 * a + b) / 3, (a + 2 * b) / 3, b], axis=1).reshape(-1, 2)


def arc(start: float, end: float, curves: int = 8) -> Points:
    """Return an arc of the unit circle as cubic curves, shape (4 * curves, 2)."""
    angles = np.linspace(start, end, curves + 1)
    anchors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tangents = np.stack([-anchors[:, 1], anchors[:, 0]], axis=1)
    reach = 4 / 3 * np.tan((end - start) / curves / 4)
    a, b = anchors[:-1], anchors[1:]
    return np.stack([a, a + reach * tangents[:-1], b - reach * tangents[1:], b], axis=1).reshape(
        -1, 2
    )


def ellipse(center: ArrayLike, radii: ArrayLike) -> Points:
    """Return an ellipse, starting at its right."""
    return np.asarray(center) + np.asarray(radii) * arc(0, 2 * np.pi)


def _arm_spine(side: int, arm: Arm) -> Points:
    return np.array([_SHOULDER * (side, 1), arm.leave, arm.arrive, arm.hand], dtype=float)


def _on_spine(spine: Points, t: Points) -> tuple[Points, Points]:
    """Return points on a cubic curve and the unit normals to their left."""
    p0, p1, p2, p3 = spine
    s = 1 - t[:, None]
    t = t[:, None]
    at = s**3 * p0 + 3 * s**2 * t * p1 + 3 * s * t**2 * p2 + t**3 * p3
    along = s**2 * (p1 - p0) + 2 * s * t * (p2 - p1) + t**2 * (p3 - p2)
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    return at, np.stack([-along[:, 1], along[:, 0]], axis=1)


def _half_width(t: Points, arm: Arm) -> Points:
    """Return half the arm's width: it narrows to the wrist."""
    return arm.size + (_SHOULDER_RADIUS - arm.size) * (1 - t) ** 2


def _arm_edges(
    side: int, arm: Arm, samples: Points, inset: float | Points = 0.0
) -> tuple[Points, Points, Points]:
    """Return an arm's outline as seen from the shoulder: right edge out, hand, left edge back.

    The edges are anchors, the hand's half circle is curves.
    """
    at, normal = _on_spine(_arm_spine(side, arm), samples)
    width = (_half_width(samples, arm) - inset)[:, None]
    across = normal[-1]
    along = np.array([across[1], -across[0]])
    half_circle = width[-1, 0] * arc(-np.pi / 2, np.pi / 2, 4) @ np.array([along, across])
    return at - width * normal, at[-1] + half_circle, (at + width * normal)[::-1]


def _body(mode: Mode) -> Points:
    # Counter-clockwise from the armpit in front: the arm, the head, the other arm, the legs.
    front_out, front_hand, front_in = _arm_edges(1, mode.arms[1], _ARM_SAMPLES)
    back_out, back_hand, back_in = _arm_edges(-1, mode.arms[0], _ARM_SAMPLES)
    return np.concatenate(
        [
            spline([_FRONT_LEG[0], *front_out]),
            front_hand,
            spline([*front_in, *_HEAD_TOP, *back_out]),
            back_hand,
            spline([*back_in, _BACK_LEG[-1]]),
            spline(_BACK_LEG[::-1]),
            spline(_CHIN[::-1]),
            spline(_FRONT_LEG[::-1]),
        ]
    )


def _contour(side: int, arm: Arm) -> Points:
    """Return a thin line around the forearm and the hand, fading in along the arm."""
    thickness = 0.042 * np.linspace(0, 1, len(_CONTOUR_SAMPLES)) ** 0.5
    out, hand, back = _arm_edges(side, arm, _CONTOUR_SAMPLES)
    in_out, in_hand, in_back = _arm_edges(side, arm, _CONTOUR_SAMPLES, thickness)
    line = np.concatenate(
        [
            spline(out),
            hand,
            spline(back),
            spline(in_back[::-1]),
            in_hand[::-1],
            spline(in_out[::-1]),
        ]
    )
    return line if arm.outlined else np.repeat([arm.hand], len(line), axis=0)


@dataclass(frozen=True)
class EyeDrawing:
    """The shapes of one eye, bottom to top."""

    white: Points
    pupil: Points
    glint: Points
    upper_lid: Points
    lower_lid: Points


def _lid(height: float, tilt: float, from_above: bool) -> Points:
    """Return a lid over the unit disc: an arc of its rim and a sagging edge across."""
    turn = np.arctan(tilt)
    level = float(np.clip(height, -1, 1))
    # A little more than the white, so that none of it shines through; an open lid shows nothing.
    rim = 1 + min(0.05, 1 - level if from_above else 1 + level)
    a = np.arcsin(level)
    start, end = (a, np.pi - a) if from_above else (np.pi - a, 2 * np.pi + a)
    outline = rim * arc(start + turn, end + turn)
    p, q = outline[-1], outline[0]
    sag = 0.1 * np.linalg.norm(p - q)
    middle = (p + q) / 2 + np.array([0, -sag if from_above else sag])
    return np.concatenate([outline, spline([p, middle, q])])


def draw_eye(center: ArrayLike, radii: ArrayLike, shape: EyeShape, nose: int) -> EyeDrawing:
    """Draw an eye that looks straight ahead.

    Parameters
    ----------
    center, radii : array_like
        Centre and radii of the white.
    shape : EyeShape
        Its pupil and lids.
    nose : int
        On which side the nose is: 1 right, -1 left.
    """
    center = np.asarray(center, dtype=float)
    radii = np.asarray(radii, dtype=float) * shape.size
    pupil = shape.pupil * float(radii.mean())
    light = center + pupil * np.array([-0.38, 0.42])
    tilt = -nose * shape.tilt
    return EyeDrawing(
        white=ellipse(center, radii),
        pupil=ellipse(center, (pupil, pupil)),
        glint=ellipse(light, (shape.glint * pupil, shape.glint * pupil)),
        upper_lid=center + radii * _lid(shape.upper, tilt, from_above=True),
        lower_lid=center + radii * _lid(shape.lower, 0.0, from_above=False),
    )


def _brow(brow: Brow, center: Points, nose: int) -> Points:
    u = np.sin(np.linspace(-1, 1, 7) * np.pi / 2)
    x = u * brow.length / 2
    y = -nose * brow.tilt * x + brow.bend * (1 - u**2) + brow.height * EYE_RADII[1]
    line = center + np.stack([x, y], axis=1)
    if brow.length == 0:
        line = np.repeat([center], len(u), axis=0)
    thickness = 0.14 * brow.length * np.sqrt(1.02 - u**2)
    half = np.stack([np.zeros_like(u), thickness], axis=1)
    return _between(line - half, line + half)


def _lips(mouth: Mouth) -> tuple[Points, Points, Points]:
    """Return the mouth's abscissae in [-1, 1] and its lips, each of shape (n, 2)."""
    u = np.linspace(-1, 1, 9)
    x = mouth.center[0] + u * mouth.width / 2
    base = mouth.center[1] + mouth.tilt * u / 2 + mouth.wave * np.sin(1.5 * np.pi * u)
    profile = 1 - u**2
    line = 0.028 * (1 - 0.6 * u**4)
    upper = np.stack([x, base - mouth.upper * profile + line], axis=1)
    lower = np.stack([x, base - mouth.lower * profile - line], axis=1)
    return u, upper, lower


def _between(lower: Points, upper: Points) -> Points:
    """Return the closed outline of what lies between two lips."""
    return np.concatenate(
        [
            spline(lower),
            polyline([lower[-1], upper[-1]]),
            spline(upper[::-1]),
            polyline([upper[0], lower[0]]),
        ]
    )


_TEETH = 6
#: Teeth and tongue begin so far behind the lips.
_GUM = np.array([0.0, 0.02])


def _teeth(mouth: Mouth) -> Points:
    u, upper, lower = _lips(mouth)
    edges = np.linspace(-0.86, 0.86, _TEETH + 1)
    gap = mouth.bite * (edges[1] - edges[0]) / 2

    def at(lip: Points, where: float) -> Points:
        return np.array([np.interp(where, u, lip[:, k]) for k in (0, 1)])

    teeth = []
    for sides in zip(edges[:-1] + gap, edges[1:] - gap, strict=True):
        high = [at(upper, v) - _GUM for v in sides]
        low = [
            h + mouth.teeth * (at(lower, v) + _GUM - h) for h, v in zip(high, sides, strict=True)
        ]
        corners = np.array([low[0], low[1], high[1], high[0], low[0]])
        teeth.append(polyline(corners if mouth.teeth else np.repeat([mouth.center], 5, axis=0)))
    return np.concatenate(teeth)


def _tongue(mouth: Mouth) -> Points:
    u, upper, lower = _lips(mouth)
    share = mouth.tongue * np.clip(1 - (u / 0.75) ** 2, 0, None)[:, None]
    inside = lower + _GUM if mouth.tongue else np.repeat([mouth.center], len(u), axis=0)
    return _between(inside, inside + share * (upper - lower))


def _drop(point: ArrayLike, size: float) -> Points:
    """Return a drop hanging from a point."""
    side = [(-0.055, -0.11), (-0.04, -0.19)]
    outline = [(0, 0), *side, *((-x, y) for x, y in side[::-1]), (0, 0)]
    return np.asarray(point) + size * spline(outline)


@dataclass(frozen=True)
class Drawing:
    """All shapes of a creature in one mode, bottom to top, looking straight ahead.

    The mouth is its opening, the teeth and the tongue; of two, the first is behind.
    """

    body: Points
    blush: Points
    mouth: tuple[Points, Points, Points]
    eyes: tuple[EyeDrawing, EyeDrawing]
    brows: tuple[Points, Points]
    drops: Points
    contours: Points


def _leaning(points: Points, lean: float) -> Points:
    """Return points sheared above the hip, more and more up to the neck."""
    rise = np.clip((points[:, 1] - _HIP) / (_NECK - _HIP), 0, None)
    share = np.where(rise < 1, rise**2 / 2, rise - 0.5)
    return points + np.stack([lean * share, np.zeros(len(points))], axis=1)


def draw(mode: Mode) -> Drawing:
    """Draw a creature."""
    lean = mode.lean
    cheek = 0.13 * mode.blush * np.array([1.3, 0.75])
    sides = list(zip(EYE_CENTERS, (1, -1), strict=True))
    _, upper_lip, lower_lip = _lips(mode.mouth)

    def eye(shape: EyeShape, center: Points, nose: int) -> EyeDrawing:
        straight = draw_eye(center, EYE_RADII, shape, nose)
        return EyeDrawing(*(_leaning(getattr(straight, f.name), lean) for f in fields(EyeDrawing)))

    back_eye, front_eye = (eye(e, *side) for e, side in zip(mode.eyes, sides, strict=True))
    back_brow, front_brow = (
        _leaning(_brow(b, *side), lean) for b, side in zip(mode.brows, sides, strict=True)
    )
    mouth = (_between(lower_lip, upper_lip), _teeth(mode.mouth), _tongue(mode.mouth))
    return Drawing(
        body=_leaning(_body(mode), lean),
        blush=_leaning(np.concatenate([ellipse(at, cheek) for at in _CHEEKS]), lean),
        mouth=(_leaning(mouth[0], lean), _leaning(mouth[1], lean), _leaning(mouth[2], lean)),
        eyes=(back_eye, front_eye),
        brows=(back_brow, front_brow),
        drops=_leaning(
            np.concatenate([_drop(_UNDER_EYE, mode.tear), _drop(_TEMPLE, mode.sweat)]), lean
        ),
        contours=_leaning(
            np.concatenate([_contour(-1, mode.arms[0]), _contour(1, mode.arms[1])]), lean
        ),
    )


_PLAIN_BODY = _body(MODES["plain"])
#: Which points of the body no mode moves: legs and feet, below the hip.
FIXED = np.flatnonzero(_PLAIN_BODY[:, 1] < _HIP)
