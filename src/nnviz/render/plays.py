"""Going through a scene's plays as Manim does, and leaving to others what becomes of the frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import isclose
from typing import Any, Self

import numpy as np
from manim import Mobject, Scene, VMobject, config
from manim.renderer.cairo_renderer import CairoRenderer

from nnviz.render import proofs

__all__ = ["LONGEST", "Play", "PlayRenderer", "State", "pieces", "same_state", "state_of"]

#: Most frames in one piece. Short enough to share a long play among processes, long enough
#: that the complete picture each piece begins with is a small part of it.
LONGEST = 150

#: Number of mobjects with points, sum of their coordinates, sum of their colours.
State = tuple[int, float, float]


def pieces(frames: int) -> list[tuple[int, int]]:
    """Cut ``frames`` frames into runs of nearly equal length, none above :data:`LONGEST`.

    Returns
    -------
    list of tuple
        First frame and the one after the last, of each piece. They depend on
        ``frames`` alone: pieces are found again whoever draws them.
    """
    count = max(1, -(-frames // LONGEST))
    cuts = [round(frames * i / count) for i in range(count + 1)]
    return list(pairwise(cuts))


@dataclass
class Play:
    """A play whose animations have begun.

    Attributes
    ----------
    number : int
        They count from 0, those that are left out too.
    times : list of float
        Seconds from its beginning to each of its frames. A wait for a condition may have fewer.
    frozen : bool
        Whether all frames are one picture.
    closed : bool
        Whether it runs no code of the user's.
    leaps : bool
        Whether a frame can be made without those before it.
    pieces : list of tuple
        First frame of each piece, and the one after its last.
    changing : frozenset of int or None
        Ids of the mobjects that may change; None if it may be any.
    """

    number: int
    times: list[float]
    frozen: bool
    closed: bool
    leaps: bool
    changing: frozenset[int] | None
    pieces: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        # A still picture costs nothing to hold.
        self.pieces = [(0, self.frames)] if self.frozen else pieces(self.frames)

    @property
    def frames(self) -> int:
        """How many frames it has, as far as is known."""
        return len(self.times)

    @classmethod
    def of(cls, scene: Scene, number: int) -> Self:
        """Return what is known of the current play."""
        assert scene.animations is not None
        frozen = bool(scene.is_current_animation_frozen_frame())
        step = 1 / config["frame_rate"]
        duration = scene.get_run_time(scene.animations)
        # As Manim counts, which is one way for a still picture and another for a play.
        count = max(1, int(duration / step)) if frozen else len(np.arange(0, duration, step))
        times = [0.0] * count if frozen else np.arange(0, duration, step).tolist()
        closed = proofs.is_closed(scene)
        leaps = not frozen and closed and proofs.leaps(scene)
        changing = proofs.changing(scene) if leaps else None
        return cls(number, times, frozen, closed, leaps, changing)


def _to(scene: Scene, seconds: float) -> None:
    """Do what Manim does at a frame of a play in which nothing has an updater."""
    for animation in scene.animations or ():
        animation.interpolate(seconds / animation.run_time)
    scene.last_t = seconds


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


class PlayRenderer(CairoRenderer):
    """A renderer that goes through plays, and leaves it to subclasses what becomes of them."""

    _play: Play
    #: The next frame of a play that is gone through frame by frame.
    _frame: int

    @classmethod
    def take_over(cls, scene: Scene) -> Self:
        """Make a new scene's own renderer one of this class; whoever holds it holds it on."""
        renderer: Any = scene.renderer
        renderer.__class__ = cls
        result: Self = renderer
        return result

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Go through a play."""
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        self.static_image = None
        if self.skip_animations:
            self.time += scene.duration
            self.file_writer.add_partial_movie_file(None)
            self.animations_hashes.append(None)
            scene.begin_animations()
            if not scene.is_current_animation_frozen_frame():
                scene.play_internal()
            self.skipped(scene)
        else:
            scene.begin_animations()
            play = Play.of(scene, self.num_plays)
            self._frame = 0
            self.begin(scene, play)
            if play.frozen:
                self._hold(scene, play)
            elif play.leaps:
                self._leap(scene, play)
            else:
                scene.play_internal()  # which calls render at every frame
            self.end(scene, play)
        self.static_image = None
        self.num_plays += 1

    def _hold(self, scene: Scene, play: Play) -> None:
        for frame in self.visits(play):
            self.at(scene, play, frame)
        self._frame = play.frames
        self.time += play.frames / self.camera.frame_rate

    def _leap(self, scene: Scene, play: Play) -> None:
        """Go to the frames that are wanted, and to the end of the play."""
        reached = -1
        for frame in self.visits(play):
            _to(scene, play.times[frame])
            reached = frame
            self.at(scene, play, frame)
        if reached < play.frames - 1:
            _to(scene, play.times[-1])
        self._frame = play.frames
        for _ in play.times:  # summed up as Manim does
            self.time += 1 / self.camera.frame_rate
        # From here on as Manim's own loop ends.
        for animation in scene.animations or ():
            animation.finish()
            animation.clean_up_from_scene(scene)
        scene.update_mobjects(0)

    def render(
        self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None
    ) -> None:
        """Take note of a frame of a play that is gone through frame by frame."""
        if self.skip_animations:
            return
        self.at(scene, self._play, self._frame)
        self._frame += 1
        self.time += 1 / self.camera.frame_rate

    def skipped(self, scene: Scene) -> None:
        """Do what is to be done after a play that is left out."""

    def begin(self, scene: Scene, play: Play) -> None:
        """Do what is to be done before a play's first frame."""
        self._play = play

    def visits(self, play: Play) -> Iterator[int]:
        """Yield the frames wanted of a play that can be leapt through; 0 for one that is still."""
        return iter(())

    def at(self, scene: Scene, play: Play, frame: int) -> None:
        """Do what is to be done at a frame, to which the scene has been brought."""

    def end(self, scene: Scene, play: Play) -> None:
        """Do what is to be done after a play's last frame."""
