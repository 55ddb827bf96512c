"""What every mood looks like: one entry a mode, nothing but numbers.

Coordinates are those of :mod:`nnviz.characters.outlines`: the plain creature
stands on y = 0, is 3 high, faces right and has its middle at x = 0. "Front" is
the side it faces, "back" the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["MODES", "Arm", "Brow", "EyeShape", "Mode", "Mouth", "get_mode"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Arm:
    """An arm of the letter: a cubic Bézier curve from the shoulder to the hand.

    Parameters
    ----------
    leave, arrive : ndarray of float
        The curve's two handles.
    hand : ndarray of float
        Place of the hand.
    size : float, optional
        Radius of the hand.
    outlined : bool, optional
        Whether the arm passes before the body and needs an outline to be seen.
    """

    leave: Point
    arrive: Point
    hand: Point
    size: float = 0.17
    outlined: bool = False


@dataclass(frozen=True)
class EyeShape:
    """One eye.

    Parameters
    ----------
    size : float, optional
        Factor on the plain eye's size.
    pupil : float, optional
        Radius of the pupil, as a share of the eye's.
    glint : float, optional
        Radius of the light in it, as a share of the pupil's.
    upper, lower : float, optional
        Height of the lids' edges at the middle of the eye: 1 is its top, -1 its bottom.
    tilt : float, optional
        Slope of the upper lid's edge; positive falls towards the nose.
    """

    size: float = 1.0
    pupil: float = 0.46
    glint: float = 0.34
    upper: float = 1.0
    lower: float = -1.0
    tilt: float = 0.0


@dataclass(frozen=True)
class Brow:
    """One eyebrow.

    Parameters
    ----------
    height : float, optional
        Height of its middle over the eye's centre, in the plain eye's heights.
    tilt : float, optional
        Slope; positive falls towards the nose.
    bend : float, optional
        Height of its arch.
    length : float, optional
        0 for none.
    """

    height: float = 1.25
    tilt: float = 0.0
    bend: float = 0.07
    length: float = 0.5


@dataclass(frozen=True)
class Mouth:
    """The mouth: an upper and a lower lip between two corners.

    Parameters
    ----------
    upper, lower : float, optional
        Depth of the lips below the line between the corners; negative is above.
    width : float, optional
        From corner to corner.
    tilt : float, optional
        Height of the front corner above the back one.
    wave : float, optional
        Height of a wave along both lips.
    teeth, tongue : float, optional
        Share of the opening they fill, from above and from below.
    bite : float, optional
        Width of the gaps between the teeth, as a share of a tooth.
    center : ndarray of float, optional
        Middle between the corners.
    """

    upper: float = 0.03
    lower: float = 0.03
    width: float = 0.42
    tilt: float = 0.0
    wave: float = 0.0
    teeth: float = 0.0
    tongue: float = 0.0
    bite: float = 0.0
    center: Point = (0.05, 1.98)


#: Arms of the letter at rest: the curl behind, the short bar in front.
REST_BACK = Arm(leave=(-1.1, 2.18), arrive=(-1.43, 1.98), hand=(-1.475, 1.53), size=0.11)
REST_FRONT = Arm(leave=(0.9, 2.04), arrive=(1.1, 2.1), hand=(1.345, 2.12), size=0.24)

NO_BROW = Brow(length=0.0)


@dataclass(frozen=True)
class Mode:
    """One mood.

    Parameters
    ----------
    mouth : Mouth, optional
        The mouth.
    eyes : (EyeShape, EyeShape), optional
        The eye behind and the eye in front.
    brows : (Brow, Brow), optional
        The brow behind and the brow in front.
    arms : (Arm, Arm), optional
        The arm behind and the arm in front.
    lean : float, optional
        Lean of the head forwards (positive) or back.
    gaze : ndarray of float, optional
        Gaze where nothing to look at was given: forwards and up, in the unit disc.
    blush : float, optional
        Size of the red cheeks; 0 for none.
    tear : float, optional
        Size of a drop under the back eye; 0 for none.
    sweat : float, optional
        Size of a drop at the temple; 0 for none.
    """

    mouth: Mouth = Mouth()
    eyes: tuple[EyeShape, EyeShape] = (EyeShape(), EyeShape())
    brows: tuple[Brow, Brow] = (NO_BROW, NO_BROW)
    arms: tuple[Arm, Arm] = (REST_BACK, REST_FRONT)
    lean: float = 0.0
    gaze: Point = (0.35, 0.0)
    blush: float = 0.0
    tear: float = 0.0
    sweat: float = 0.0


_DROOPING_BACK = Arm(leave=(-1.05, 2.05), arrive=(-1.25, 1.6), hand=(-1.2, 1.1), size=0.13)
_DROOPING_FRONT = Arm(leave=(1.05, 2.05), arrive=(1.25, 1.6), hand=(1.2, 1.1), size=0.13)
_FIST_BACK = Arm(leave=(-1.2, 2.1), arrive=(-1.5, 1.7), hand=(-1.25, 1.2), size=0.2)
_FIST_FRONT = Arm(leave=(1.2, 2.1), arrive=(1.5, 1.7), hand=(1.25, 1.2), size=0.2)
_UP_BACK = Arm(leave=(-1.2, 2.0), arrive=(-1.5, 2.4), hand=(-1.52, 3.15), size=0.19)
_UP_FRONT = Arm(leave=(1.2, 2.0), arrive=(1.5, 2.4), hand=(1.52, 3.15), size=0.19)
_CHIN_BACK = Arm(
    leave=(-1.75, 2.15), arrive=(-1.55, 0.75), hand=(-0.2, 1.62), size=0.17, outlined=True
)
_CHIN_FRONT = Arm(
    leave=(1.75, 2.15), arrive=(1.55, 0.75), hand=(0.32, 1.62), size=0.17, outlined=True
)
_CHEEK_BACK = Arm(
    leave=(-1.9, 1.7), arrive=(-1.5, 1.1), hand=(-0.62, 2.02), size=0.17, outlined=True
)
_CHEEK_FRONT = Arm(
    leave=(1.95, 1.7), arrive=(1.6, 1.1), hand=(0.72, 2.02), size=0.17, outlined=True
)
_CLASPED_BACK = Arm(
    leave=(-1.5, 1.8), arrive=(-1.2, 0.75), hand=(-0.08, 1.33), size=0.17, outlined=True
)
_CLASPED_FRONT = Arm(
    leave=(1.5, 1.8), arrive=(1.3, 0.75), hand=(0.2, 1.33), size=0.17, outlined=True
)
_AKIMBO = Arm(leave=(-1.75, 2.0), arrive=(-1.7, 1.15), hand=(-0.82, 1.2), size=0.16, outlined=True)
_SHRUG_BACK = Arm(leave=(-1.25, 1.55), arrive=(-1.6, 1.6), hand=(-1.62, 2.25), size=0.19)
_SHRUG_FRONT = Arm(leave=(1.25, 1.55), arrive=(1.6, 1.6), hand=(1.62, 2.25), size=0.19)

_WORRIED = Brow(height=1.3, tilt=-0.4, bend=0.03)

#: Every mode by name. A new mood is one more entry.
MODES: dict[str, Mode] = {
    "plain": Mode(),
    "confused": Mode(
        mouth=Mouth(upper=0.0, lower=0.0, width=0.5, tilt=0.08, wave=0.055),
        eyes=(EyeShape(size=0.92, upper=0.5, tilt=0.1), EyeShape(size=1.1, pupil=0.4)),
        brows=(Brow(height=0.98, tilt=0.25, bend=0.02), Brow(height=1.55, tilt=-0.25, bend=0.12)),
        lean=-0.1,
    ),
    "pondering": Mode(
        mouth=Mouth(upper=-0.03, lower=-0.03, width=0.3, tilt=-0.05, center=(0.12, 2.0)),
        eyes=(EyeShape(upper=0.5),) * 2,
        brows=(Brow(height=1.02, tilt=0.16, bend=0.03),) * 2,
        arms=(_CHIN_BACK, REST_FRONT),
        lean=0.06,
        gaze=(0.5, 0.7),
    ),
    "thinking": Mode(
        mouth=Mouth(upper=0.09, lower=0.09, width=0.44, tilt=0.06, center=(0.0, 2.03)),
        brows=(Brow(height=1.35, tilt=-0.1, bend=0.1),) * 2,
        arms=(REST_BACK, _CHIN_FRONT),
        gaze=(0.5, 0.8),
    ),
    "happy": Mode(
        mouth=Mouth(upper=0.04, lower=0.34, width=0.72, teeth=0.4, center=(0.05, 2.07)),
        eyes=(EyeShape(lower=-0.62),) * 2,
        brows=(Brow(height=1.32, bend=0.13),) * 2,
    ),
    "sad": Mode(
        mouth=Mouth(upper=-0.16, lower=-0.16, width=0.46, center=(0.05, 1.83)),
        eyes=(EyeShape(upper=0.42, tilt=-0.45),) * 2,
        brows=(Brow(height=1.1, tilt=-0.45, bend=0.03),) * 2,
        arms=(_DROOPING_BACK, _DROOPING_FRONT),
        gaze=(0.2, -0.7),
        tear=1.0,
    ),
    "angry": Mode(
        mouth=Mouth(
            upper=-0.2, lower=-0.02, width=0.62, teeth=0.85, bite=0.14, center=(0.05, 1.82)
        ),
        eyes=(EyeShape(upper=0.38, tilt=0.5, pupil=0.4),) * 2,
        brows=(Brow(height=0.85, tilt=0.55, bend=0.0, length=0.62),) * 2,
        arms=(_FIST_BACK, _FIST_FRONT),
        lean=0.08,
    ),
    "hesitant": Mode(
        mouth=Mouth(
            upper=-0.06, lower=0.08, width=0.6, wave=0.02, teeth=1.0, bite=0.14, center=(0.05, 1.93)
        ),
        eyes=(EyeShape(pupil=0.36),) * 2,
        brows=(replace(_WORRIED, height=1.25), replace(_WORRIED, height=1.4)),
        arms=(_DROOPING_BACK, REST_FRONT),
        lean=-0.14,
        sweat=1.0,
    ),
    "guilty": Mode(
        mouth=Mouth(upper=-0.07, lower=-0.07, width=0.3, tilt=-0.06, center=(-0.02, 1.9)),
        eyes=(EyeShape(upper=0.55, tilt=-0.25),) * 2,
        brows=(replace(_WORRIED, height=1.02),) * 2,
        arms=(
            Arm(leave=(-1.4, 1.8), arrive=(-1.1, 0.6), hand=(-0.1, 1.1), size=0.15, outlined=True),
            Arm(leave=(1.4, 1.8), arrive=(1.2, 0.6), hand=(0.22, 1.1), size=0.15, outlined=True),
        ),
        gaze=(-0.8, -0.6),
        lean=-0.1,
        blush=1.0,
    ),
    "sassy": Mode(
        mouth=Mouth(upper=0.06, lower=0.06, width=0.48, tilt=0.14, center=(0.14, 1.97)),
        eyes=(EyeShape(upper=0.2, tilt=0.1), EyeShape(upper=0.55, tilt=-0.1)),
        brows=(Brow(height=0.95, tilt=0.1, bend=0.02), Brow(height=1.5, tilt=-0.15, bend=0.16)),
        arms=(_AKIMBO, REST_FRONT),
        lean=-0.08,
    ),
    "horrified": Mode(
        mouth=Mouth(upper=-0.17, lower=0.22, width=0.42, tongue=0.35, center=(0.05, 1.86)),
        eyes=(EyeShape(size=1.12, pupil=0.22, glint=0.3),) * 2,
        brows=(Brow(height=1.65, tilt=-0.3, bend=0.08),) * 2,
        arms=(_CHEEK_BACK, _CHEEK_FRONT),
    ),
    "pleading": Mode(
        mouth=Mouth(upper=-0.06, lower=-0.06, width=0.24, center=(0.05, 1.86)),
        eyes=(EyeShape(size=1.08, pupil=0.66, glint=0.42),) * 2,
        brows=(Brow(height=1.38, tilt=-0.5, bend=0.02),) * 2,
        arms=(_CLASPED_BACK, _CLASPED_FRONT),
        lean=0.06,
    ),
    "maybe": Mode(
        mouth=Mouth(upper=-0.04, lower=-0.04, width=0.5, tilt=0.16, center=(0.05, 1.95)),
        eyes=(EyeShape(upper=0.45), EyeShape(upper=0.75)),
        brows=(Brow(height=1.05, tilt=0.0, bend=0.06), Brow(height=1.45, tilt=-0.12, bend=0.12)),
        arms=(_SHRUG_BACK, _SHRUG_FRONT),
        lean=-0.04,
    ),
    "speaking": Mode(
        mouth=Mouth(
            upper=-0.03, lower=0.27, width=0.5, teeth=0.22, tongue=0.5, center=(0.05, 2.03)
        ),
        brows=(Brow(height=1.25, bend=0.1),) * 2,
        arms=(REST_BACK, Arm(leave=(1.1, 1.75), arrive=(1.35, 1.55), hand=(1.75, 1.95), size=0.18)),
    ),
    "raise_right_hand": Mode(
        mouth=Mouth(upper=0.12, lower=0.12, width=0.5, center=(0.05, 2.02)),
        brows=(Brow(height=1.25, bend=0.08),) * 2,
        arms=(REST_BACK, replace(_UP_FRONT, hand=(1.55, 2.92))),
        gaze=(0.6, 0.5),
    ),
    "hooray": Mode(
        mouth=Mouth(upper=0.0, lower=0.42, width=0.74, teeth=0.3, tongue=0.45, center=(0.05, 2.08)),
        brows=(Brow(height=1.4, bend=0.15),) * 2,
        arms=(_UP_BACK, _UP_FRONT),
        gaze=(0.2, 0.4),
    ),
}


def get_mode(name: str) -> Mode:
    """Return a mode by its name.

    Raises
    ------
    ValueError
        If there is no such mode.
    """
    try:
        return MODES[name]
    except KeyError:
        raise ValueError(
            f"no creature mode {name!r}; the modes are {', '.join(sorted(MODES))}"
        ) from None
