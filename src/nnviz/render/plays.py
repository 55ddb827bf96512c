"""Going through a scene's plays without drawing them, in a way that drawing would not change.

Several processes run the same scene, and each draws other plays of it. So a
play that is passed over has to leave the scene as a drawn one does. Manim's
own skipping does not: it takes one step to the end of a play, which is another
thing to whatever counts frames or sums up time steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isclose
from typing import Any, Self

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    Camera,
    MaintainPositionRelativeTo,
    Mobject,
    MovingCamera,
    Scene,
    UpdateFromFunc,
    VMobject,
    config,
)
from manim.renderer.cairo_renderer import CairoRenderer

from nnviz.camera import NNCamera, NNMovingCamera

__all__ = ["PlayRenderer", "State", "Walk", "lean_camera", "state_of"]

#: Number of mobjects with points, sum of their coordinates, sum of their colours.
State = tuple[int, float, float]


class Walk:
    """A way through one play that has begun, frame by frame or in leaps.

    Parameters
    ----------
    scene
        Its play has begun: animations are compiled, and begun.

    Attributes
    ----------
    frozen : bool
        Whether all frames are one picture.
    leaps : bool
        Whether a frame can be reached without going through those before it.
    frames : int
        How many frames the play has. A wait for a condition may turn out to have
        fewer, once it has been walked through.
    """

    def __init__(self, scene: Scene) -> None:
        assert scene.animations is not None
        self._scene = scene
        self._shown = -1
        step = 1 / config["frame_rate"]
        self.frozen = bool(scene.is_current_animation_frozen_frame())
        scene.duration = scene.get_run_time(scene.animations)
        self._times = np.arange(0, scene.duration, step).tolist()
        # As Manim counts, which is one way for a still picture and another for a play.
        self.frames = max(1, int(scene.duration / step)) if self.frozen else len(self._times)
        self.leaps = self.frozen or _can_leap(scene)

    @property
    def next_frame(self) -> int:
        """The first frame that can still be reached."""
        return 0 if self.frozen else self._shown + 1

    def to(self, frame: int) -> None:
        """Bring the scene to how it is at ``frame``; frames count from 0, and never go back."""
        if self.frozen:
            return
        steps = (frame,) if self.leaps else range(self._shown + 1, frame + 1)
        for step in steps:
            if step >= self.frames:
                return
            self._scene.update_to_time(self._times[step])
            self._shown = step
            if self._scene.stop_condition is not None and self._scene.stop_condition():
                self.frames = step + 1

    def to_last(self) -> None:
        """Bring the scene to how it is at the last frame."""
        if self._shown < self.frames - 1:
            self.to(self.frames - 1)

    def finish(self) -> None:
        """Bring the scene to how it is when the play has ended."""
        if self.frozen:
            return
        self.to_last()
        for animation in self._scene.animations or ():
            animation.finish()
            animation.clean_up_from_scene(self._scene)
        self._scene.update_mobjects(0)


def _can_leap(scene: Scene) -> bool:
    """Say whether the scene at a frame of the current play depends on the time alone."""
    if scene.stop_condition is not None:
        return False
    if getattr(scene, "frames_depend_on_time_alone", False):
        return True
    animations = list(_single(scene.animations or ()))
    if scene.updaters or scene.always_update_mobjects:
        return False
    if not all(_is_function_of_time(animation) for animation in animations):
        return False
    mobjects: list[Any] = [*scene.mobjects, *(animation.mobject for animation in animations)]
    return not any(member.updaters for mobject in mobjects for member in mobject.get_family())


def _single(animations: Iterable[Animation]) -> Iterator[Animation]:
    for animation in animations:
        yield animation
        if isinstance(animation, AnimationGroup):
            yield from _single(animation.animations)


def _is_function_of_time(animation: Animation) -> bool:
    # Manim's own animations start from the mobject as it was, except those of a user's function
    # and that which follows another mobject. A class of the scene's author may do anything.
    is_manims = type(animation).__module__.startswith("manim.")
    return is_manims and not isinstance(animation, UpdateFromFunc | MaintainPositionRelativeTo)


def state_of(scene: Scene) -> State:
    """Return numbers that two runs of a scene have in common if they are in the same state."""
    count, points, colors = 0, 0.0, 0.0
    seen: set[int] = set()
    for mobject in scene.mobjects:
        for member in mobject.get_family():
            if id(member) in seen:
                continue
            seen.add(id(member))
            count += 1
            points += float(np.sum(member.points))
            if isinstance(member, VMobject):
                colors += float(np.sum(member.get_fill_rgbas()))
                colors += float(np.sum(member.get_stroke_rgbas()))
    return count, points, colors


def same_state(one: State, other: State) -> bool:
    """Say whether two states are the same, but for rounding on different machines."""
    return one[0] == other[0] and all(
        isclose(a, b, rel_tol=1e-6, abs_tol=1e-6 * (1 + one[0])) or (a != a and b != b)
        for a, b in zip(one[1:], other[1:], strict=True)
    )


def lean_camera(camera: Camera) -> Camera:
    """Return a camera that draws as ``camera``, in less time where we know how."""
    lean: type[NNCamera] | None = {Camera: NNCamera, MovingCamera: NNMovingCamera}.get(type(camera))
    return camera if lean is None else lean.like(camera)


class PlayRenderer(CairoRenderer):
    """A renderer that goes through plays, and leaves it to subclasses what becomes of them."""

    @classmethod
    def take_over(cls, scene: Scene) -> Self:
        """Put a renderer of this class in the place of a new scene's own."""
        renderer = cls.__new__(cls)
        renderer.__dict__.update(vars(scene.renderer))
        renderer.camera = lean_camera(renderer.camera)
        scene.renderer = renderer
        return renderer

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Go through a play."""
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        self.compiled(scene)
        scene.begin_animations()
        self.static_image = None
        if self.skip_animations:  # the scene wants it left out
            if not scene.is_current_animation_frozen_frame():
                scene.play_internal()
            self.time += scene.duration
        else:
            walk = Walk(scene)
            self.walk(scene, walk)
            walk.finish()
            self.time += walk.frames / self.camera.frame_rate
        self.static_image = None
        self.num_plays += 1

    def compiled(self, scene: Scene) -> None:
        """Do what is to be done before a play's animations begin."""

    def walk(self, scene: Scene, walk: Walk) -> None:
        """Do what is to be done with a play that is not left out."""

    def render(
        self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None
    ) -> None:
        """Draw nothing: Manim asks for frames of plays that are left out, too."""
