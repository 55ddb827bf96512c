"""What is taken for proven of a play is so."""

from __future__ import annotations

import functools
import hashlib
import math
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import manim as mn
import numpy as np
import pytest
from manim import Manager, Scene, tempconfig

from nnviz.render import plays, proofs
from nnviz.render.plays import Play, PlayRenderer

FACTOR = 3
LIST = [1, 2]


def helper(t: float) -> float:
    return min(1.0, t * FACTOR)


def bounded(t: float) -> float:
    return max(0.0, min(1.0, t))


def counts() -> Callable[[float], float]:
    seen = 0

    def rate(t: float) -> float:
        nonlocal seen
        seen += 1
        return t / seen

    return rate


def closes_over(value: Any) -> Callable[[float], Any]:
    return lambda t: t * value


GOOD = [
    lambda t: t,
    lambda t: mn.wiggle(t, 4),
    lambda t: helper(t) if t < 0.5 else abs(t - 1),
    lambda t: np.sin(t) + math.cos(t) ** 2,
    lambda t, power=2: t**power,
    closes_over(2.5),
    closes_over("x"),
    functools.partial(mn.squish_rate_func, mn.smooth),
    mn.squish_rate_func(mn.smooth, 0.2, 0.7),
    mn.there_and_back,
    np.floor,
]
BAD = [
    lambda t: LIST[0] * t,
    lambda t: time.time(),
    lambda t: random.random(),
    lambda t: np.random.rand(),
    lambda t: open("x"),  # noqa: SIM115, PTH123
    lambda t: [x for x in LIST][0],  # noqa: C416, RUF015
    lambda t: print(t),
    lambda t, seen=[]: len(seen),
    lambda t: globals(),
    counts(),
    closes_over([1]),
    closes_over(mn.Square()),
    mn.Square().shift,
    [].append,
]


@pytest.mark.parametrize("function", GOOD)
def test_functions_that_compute_with_their_arguments_alone(function: Any) -> None:
    assert proofs.is_function(function)


@pytest.mark.parametrize("function", BAD)
def test_functions_that_may_depend_on_anything(function: Any) -> None:
    assert not proofs.is_function(function)


def test_what_a_function_means_is_what_it_computes() -> None:
    same = [lambda t: t * 2, lambda t: t * 2]
    assert proofs.meaning_of(same[0]) == proofs.meaning_of(same[1])
    for other in (lambda t: t * 3, lambda t: t + 2, lambda t: helper(t) * 2, closes_over(2)):
        assert proofs.meaning_of(other) != proofs.meaning_of(same[0])
    assert proofs.meaning_of(closes_over(2)) != proofs.meaning_of(closes_over(3))


class Named(mn.VGroup):
    """A class of the user's that adds to Manim's, and changes nothing of it."""

    def light_up(self) -> Any:
        return self.animate.set_color(mn.YELLOW)


class Odd(mn.Square):
    """One that changes something."""

    def get_family(self, recurse: bool = True) -> Any:
        return super().get_family(recurse)


class OwnAnimation(mn.Animation):
    """An animation of the user's."""


class Derived(mn.FadeIn):
    """One that Manim's own is the base of."""


def begun(*animations: mn.Animation, added: tuple[mn.Mobject, ...] = ()) -> Scene:
    scene = Scene()
    Manager(scene)
    scene.add(*added)
    scene.compile_animation_data(*animations)
    scene.begin_animations()
    return scene


def updating() -> mn.Mobject:
    return mn.Dot().add_updater(lambda m: m)


SQUARE = mn.Square()
CLOSED = {
    "transform": (lambda: begun(mn.Square().animate.shift(mn.UP)), True),
    "named group": (lambda: begun(Named(mn.Square()).animate.shift(mn.UP)), True),
    "pure rate": (lambda: begun(mn.FadeIn(mn.Square(), rate_func=lambda t: t * t)), True),
    "wiggle": (lambda: begun(mn.Wiggle(mn.Square())), False),
    "group": (lambda: begun(mn.LaggedStart(mn.FadeIn(mn.Dot()), mn.Create(mn.Square()))), True),
    "flash": (lambda: begun(mn.Flash(mn.Dot())), True),
}
OPEN = {
    "updater": lambda: begun(mn.FadeIn(mn.Square()), added=(updating(),)),
    "updater of a target": lambda: begun(mn.Transform(mn.Dot(), updating())),
    "own mobject": lambda: begun(mn.FadeIn(mn.Square()), added=(Odd(),)),
    "own animation": lambda: begun(OwnAnimation(mn.Square())),
    "derived animation": lambda: begun(Derived(mn.Square())),
    "in a group": lambda: begun(mn.AnimationGroup(mn.FadeIn(mn.Dot()), OwnAnimation(mn.Dot()))),
    "rate": lambda: begun(mn.FadeIn(mn.Dot(), rate_func=lambda t: time.time())),
    "function": lambda: begun(mn.UpdateFromFunc(mn.Dot(), lambda m: m)),
    "speed": lambda: begun(mn.ChangeSpeed(mn.FadeIn(mn.Dot()), {0: 1, 1: 1})),
}


@pytest.mark.parametrize("kind", CLOSED)
def test_plays_that_run_no_code_of_the_users(kind: str) -> None:
    make, leaps = CLOSED[kind]
    scene = make()
    assert proofs.is_closed(scene)
    assert proofs.leaps(scene) == leaps


@pytest.mark.parametrize("kind", OPEN)
def test_plays_that_run_code_of_the_users(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mn.ChangeSpeed, "is_changing_dt", False)  # as one that begins leaves it
    assert not proofs.is_closed(OPEN[kind]())


class Watching(PlayRenderer):
    """Goes through a scene, and notes what is on screen in the middle of plays and after them."""

    seen: list[tuple[int, str]]
    leapt: int

    def begin(self, scene: Scene, play: Play) -> None:
        super().begin(scene, play)
        self.leapt += play.leaps

    def visits(self, play: Play) -> Iterator[int]:
        if not play.frozen:
            yield play.frames * 2 // 3

    def at(self, scene: Scene, play: Play, frame: int) -> None:
        if frame == play.frames * 2 // 3:
            self._note(scene, play)

    def end(self, scene: Scene, play: Play) -> None:
        self._note(scene, play)

    def _note(self, scene: Scene, play: Play) -> None:
        seen = hashlib.sha256()
        for mobject in scene.mobjects:
            for member in mobject.get_family():
                seen.update(type(member).__name__.encode())
                for name in ("points", "fill_rgbas", "stroke_rgbas", "stroke_width", "pixels"):
                    seen.update(np.asarray(getattr(member, name, 0)).tobytes())
        self.seen.append((play.number, seen.hexdigest()))


def watch(scene_class: type[Scene]) -> Watching:
    scene = scene_class()
    renderer = Watching.take_over(scene)
    renderer.seen, renderer.leapt = [], 0
    Manager(scene)
    scene.render()
    return renderer


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("backprop", "WalkThroughTwoExample"),
        ("mini_batches", "OrganizeDataIntoMiniBatches"),
    ],
)
def test_a_leap_ends_where_steps_do(
    module: str, name: str, chapter: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scene_class = getattr(chapter(module), name)
    with tempconfig({"frame_rate": 4}):
        leaping = watch(scene_class)
        monkeypatch.setattr(plays.proofs, "leaps", lambda scene: False)
        stepping = watch(scene_class)
    assert leaping.leapt > 5
    assert not stepping.leapt
    assert leaping.seen == stepping.seen
