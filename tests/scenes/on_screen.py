"""What a scene has written on the screen after each of its plays, to be compared with the engine's.

A scene's test says which numbers may be there; a number that it does not know is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from manim import DecimalNumber, Scene
from numpy.typing import ArrayLike

from nnviz._manim import text_of_number
from whole_runs import run

_NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-−]?\d+)?(?![\w])")


def texts_of(scene: Scene) -> list[str]:
    """Return what can be read on the screen, each text once where it stands."""
    found: list[str] = []
    inside: set[int] = set()
    for mobject in scene.get_mobject_family_members():
        one: Any = mobject
        if id(one) in inside:
            continue
        if isinstance(one, DecimalNumber):
            text = text_of_number(one)
        else:
            # Manim takes the spaces out of a Text's own.
            names = ("original_text", "text", "tex_string")
            text = next((t for name in names if (t := getattr(one, name, None))), None)
        if not isinstance(text, str) or not text:
            continue
        inside.update(map(id, one.get_family()))
        parts = one.family_members_with_points()
        if any(part.get_fill_opacity() > 0.05 for part in parts):
            found.append(text)
    return found


def numbers_of(texts: Iterable[str]) -> list[str]:
    """Return the numbers in texts, as they are written, with a plain minus sign."""
    return [
        number.replace("−", "-").replace(",", "") for t in texts for number in _NUMBER.findall(t)
    ]


def is_rounded(written: str, values: ArrayLike) -> bool:
    """Return whether a number is one of some values, rounded to its digits."""
    mantissa, _, power = written.partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(power or 0)
    half = 0.5 * 10.0**-decimals
    near = np.abs(np.asarray(values, dtype=float).ravel() - float(written))
    return bool((near <= half * (1 + 1e-9) + 1e-12).any())


def played(scene: Scene, name: str | None = None) -> list[list[str]]:
    """Run a whole scene to its end, and return what is to be read after each play.

    Parameters
    ----------
    scene
        A scene that has not been rendered.
    name
        The scene's name, if its class is a subclass of it that only looks.
    """
    seen: list[list[str]] = []
    play = scene.play

    def play_and_read(*args: Any, **kwargs: Any) -> None:
        play(*args, **kwargs)
        seen.append(texts_of(scene))

    scene.play = play_and_read
    run(scene, name)
    return seen
