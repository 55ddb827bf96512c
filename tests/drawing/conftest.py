"""Draw commands of every kind, made without Manim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import cairo
import numpy as np
import pytest

from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Patch, Raster, Solid
from nnviz.drawing.path_commands import Curves, Faces, Path
from nnviz.drawing.pixel_commands import Nested, Picture, PixelGrid, Points, Shades, Textured

WIDTH, HEIGHT = 192, 108
#: As Manim's: 8 units high, the origin in the middle, y upwards.
VIEW = View(WIDTH, HEIGHT, 13.5, -13.5, 96.0, 54.0)
RED, GREEN, BLUE = (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 0.5), (0.1, 0.2, 1.0, 1.0)


def paint(*colors: Sequence[float]) -> bytes:
    return np.array(colors, np.float64).tobytes()


def corners_as_curves(corners: Sequence[Sequence[float]]) -> np.ndarray:
    """Return points of straight curves from corner to corner, shape (4 n, 3)."""
    steps = np.linspace(0, 1, 4)[:, None]
    ends = np.array(corners, np.float64)
    with np.errstate(invalid="ignore"):
        curves = [(1 - steps) * one + steps * other for one, other in pairwise(ends)]
    return np.column_stack([np.concatenate(curves), np.zeros(4 * (len(ends) - 1))])


def make_path(corners: Any = None, points: Any = None, **values: Any) -> Path:
    """Return a path through corners, red inside unless something else is said."""
    if points is None:
        points = corners_as_curves(
            ((-2, -1), (2, -1), (0, 2), (-2, -1)) if corners is None else corners
        )
    given = {
        "points": np.asarray(points, np.float64).tobytes(),
        "fill": paint(RED),
        "back": b"",
        "front": b"",
        "back_width": 0.0,
        "front_width": 0.0,
        "ends": b"",
        "join": int(cairo.LineJoin.MITER),
        "cap": int(cairo.LineCap.BUTT),
        "tolerance": 1e-6,
    }
    return Path(*(given | values).values())


def an_image(seed: int = 1, size: tuple[int, int] = (9, 14)) -> np.ndarray:
    pixels = np.random.RandomState(seed).randint(0, 256, (*size, 4)).astype(np.uint8)
    pixels[2:5, :, 3] = 0
    return pixels


def make_samples() -> dict[str, Command]:
    """Return one command of every kind, each with something in all of its values."""
    rng = np.random.RandomState(3)
    whole = rng.randint(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    around = np.array([[-3.0, 2], [3, 2.5], [-3, -2], [3, -1.5]])
    device = np.array([[30.0, 10.5], [120, 20], [25, 90], [130.25, 80]])
    path = make_path(
        fill=paint(RED, GREEN),
        back=paint(BLUE),
        front=paint(GREEN, RED, BLUE),
        back_width=0.5,
        front_width=0.2,
        ends=np.array([[-2.0, 0], [2, 1]]).tobytes(),
    )
    small = View(64, 36, 4.5, -4.5, 32.0, 18.0)
    return {
        "Path": path,
        "Curves": Curves(rng.uniform(-3, 3, (5, 8)), rng.rand(5, 4), rng.uniform(0.05, 0.4, 5), 1),
        "Faces": Faces(
            np.array(
                [[[-2.0, -2], [0, -2], [0, 0], [-2, 0]], [[-1, -1], [2, -1], [2, 1], [-1, 1]]]
            ),
            np.array([[1.0, 0, 0], [0, 1, 1]]),
            np.array([[-2.0, -2, 0, 0], [-1, -1, 2, 1]]),
            np.array([0, 1]),
            BLUE,
            0.1,
            0.7,
            0.5,
        ),
        "Solid": Solid((10, 20, 30, 255)),
        "Raster": Raster(whole),
        "Patch": Patch(whole[20:50, 30:90].copy(), 12, 7),
        "PixelGrid": PixelGrid(an_image()[..., :3].copy(), (0.5, 1.0, 0.25, 0.8), around),
        "Shades": Shades(an_image()[..., :3].copy(), around[:3].copy(), 0.6),
        "Picture": Picture(an_image(), device, around, 2),
        "Nested": Nested(Layer(small, Solid((0, 60, 0, 255)), (path,)), device, 2),
        "Points": Points(
            rng.randint(-5, 200, (40, 2)), rng.randint(0, 256, (40, 4)).astype(np.uint8)
        ),
        "Textured": Textured(Raster(whole), VIEW, (path,)),
    }


@pytest.fixture
def view() -> View:
    return VIEW


@pytest.fixture
def samples() -> dict[str, Command]:
    return make_samples()


@pytest.fixture
def path() -> Callable[..., Path]:
    return make_path


@pytest.fixture
def image() -> Callable[..., np.ndarray]:
    return an_image


@pytest.fixture
def colors() -> Callable[..., bytes]:
    return paint
