"""Inspect a scene while it runs: take pictures of its plays, and collect findings.

Most is looked at where things rest: at the first frame of each play, which shows what the play
before it has left, and when the scene is over. What is on its way through other things is no fault.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from manim import Scene, Wait
from PIL import Image, ImageDraw

from nnviz._manim_arrays import as_one
from nnviz.drawing.canvas import measure
from nnviz.drawing.commands import Command, View
from nnviz.drawing.pieces import Frame, Screen
from nnviz.drawing.pixel_boxes import area
from nnviz.drawing.sheets import WIDTH, Still
from nnviz.preview.inspection_findings import Finding, Play, Thresholds, relative
from nnviz.preview.inspection_looks import Look, look_at
from nnviz.preview.inspection_motion import Motion
from nnviz.preview.inspection_parts import Parts
from nnviz.render.recorder import Recorder

__all__ = ["Watch"]

#: Shortest rest in seconds: shorter ones cannot be read.
_BRIEF = 0.4
#: By how much, of 255, pictures differ that are not the same.
_VISIBLE = 48
#: Colour of boxes around findings on the contact sheet.
_MARK = "#ff5050"


class _Noted(NamedTuple):
    """Something that was looked at, before it is known in which line the play was called."""

    look: Look
    play: int
    at: str
    seconds: float


class _Shot(NamedTuple):
    """A picture for the contact sheet.

    Attributes
    ----------
    picture : PIL.Image.Image
        The picture, as wide as on the sheet.
    width : int
        Width of the frame in pixels.
    first, last : int
        Numbers of the plays that end with it.
    where : str
        The line that played; empty where it was taken within a play.
    seconds : float
        Time at which it was taken.
    """

    picture: Image.Image
    width: int
    first: int
    last: int
    where: str
    seconds: float


class Watch:
    """Watches one scene.

    Parameters
    ----------
    scene : Scene
        The scene, before it runs.
    thresholds : Thresholds
        Thresholds of the findings.
    every : float, optional
        Seconds between two pictures; None takes one at each play's end.
    pictures : bool, optional
        Whether to take pictures.
    """

    def __init__(
        self,
        scene: Scene,
        thresholds: Thresholds,
        every: float | None = None,
        pictures: bool = True,
    ) -> None:
        self._takes_pictures = pictures
        #: The scene's file; unknown where it was typed in.
        self._file = ""
        self._scene, self._thresholds, self._every = scene, thresholds, every
        with contextlib.suppress(OSError, TypeError):
            self._file = relative(inspect.getfile(type(scene)))
        self.rate = float(scene.camera.frame_rate)
        self._parts = Parts()
        self._motion = Motion(thresholds.jump, self._parts)
        self._screen = Screen()
        self._frames = self._began = 0
        self._is_first, self._is_brief = True, False
        self._last: Frame | None = None
        self._view: View | None = None
        #: What was shown when the play before ended.
        self._left: set[int] = set()
        self._noted: dict[tuple[Any, ...], _Noted] = {}
        self._until: dict[tuple[Any, ...], float] = {}
        #: When what was noted at rest is not seen any more.
        self._gone: dict[tuple[Any, ...], float] = {}
        #: Candidates that are no finding where the mobject is seen well at another time.
        self._at_best: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
        self._fine: set[tuple[str, int]] = set()
        self._looked_at: Frame | None = None
        self._looked_when = -_BRIEF
        #: What was wrong when things rested last.
        self._current: list[tuple[Any, ...]] = []
        #: Since which frame, and in which play, nothing is seen.
        self._blank: tuple[int, int] | None = None
        self._next_picture = 0.0
        self._shots: list[_Shot] = []
        self.plays: list[Play] = []
        self.size = (0, 0)
        #: Frames that Manim itself had to paint, of which nothing is known but pixels.
        self.unlisted = 0

    # --- calls of the recorder

    def check(self) -> None:
        """Nothing can have gone wrong."""

    def begin_play(self, expected: int) -> None:
        """Begin a play."""
        self._is_first, self._began = True, self._frames
        self._is_brief = expected < _BRIEF * self.rate

    def add(self, frame: Frame, times: int = 1) -> list[str]:
        """Look at a frame."""
        recorder = self._recorder
        number = self._number
        if recorder is None or not _is_listed(frame):
            self.unlisted += times
            self._motion.forget()
        else:
            whole = self._is_first
            self._settle(frame)
            drawn = _drawn(recorder, self._scene, None if whole else self._scene.moving_mobjects)
            jumps = self._motion.step(drawn, _view_of(frame), number, self._frames, whole=whole)
            self._note_jumps(jumps)
            if whole:
                self._look(frame, self._resting(drawn), number)
        self._is_first = False
        self._note_blank(frame, number)
        self._take_pictures(frame, times)
        self._last = frame
        self._frames += times
        return []

    def end_play(self, play: dict[str, Any]) -> list[str]:
        """End a play."""
        file, line = relative(play["file"]), play["line"]
        start, end = self._began / self.rate, self._frames / self.rate
        self.plays.append(Play(play["play"], file, line, start, end))
        if self._last is not None:
            if self._every is None and self._takes_pictures:
                own = file == self._file
                where = f"line {line}" if own else f"{file.rpartition('/')[2]}:{line}"
                self._add_picture(self._last, play["play"], where, end)
            if self._recorder is not None:
                drawn = _drawn(self._recorder, self._scene, None)
                self._left = {id(mobject) for mobject, _ in drawn}
        return []

    def give_up(self) -> None:
        """End a play that raised an exception."""

    def finish(self) -> None:
        """Look at the last frame of the scene."""
        self._end_blank()
        self._note_jumps(self._motion.finish())
        recorder = self._recorder
        if recorder is None:
            return
        recorder.static_image = None
        recorder.update_frame(self._scene)
        frame = recorder.frame
        if frame is None or not _is_listed(frame):
            return
        self._settle(frame)
        self._look(frame, _drawn(recorder, self._scene, None), None)
        if not self.plays and self._takes_pictures:
            self._add_picture(frame, 0, "", 0.0)

    # --- results

    @property
    def seconds(self) -> float:
        """Length of the film in seconds."""
        return self._frames / self.rate

    def findings(self) -> list[Finding]:
        """Return the findings in the order in which they are seen."""
        hidden = {key for best, keys in self._at_best.items() if best in self._fine for key in keys}
        plays = {play.play: play for play in self.plays}
        found: dict[tuple[Any, ...], Finding] = {}
        for key, noted in self._noted.items():
            if key in hidden or self._gone.get(key, np.inf) - noted.seconds < _BRIEF:
                continue
            look, play = noted.look, plays.get(noted.play)
            finding = Finding(
                kind=look.kind,
                play=noted.play,
                at=noted.at,
                file=play.file if play else "",
                line=play.line if play else 0,
                seconds=noted.seconds,
                until=max(self._until[key], noted.seconds),
                mobjects=look.names,
                size=look.size,
                box=look.box,
                text=look.text,
            )
            # Mobjects that are made again look like those before them.
            alike = (finding.kind, finding.mobjects, finding.line, look.box)
            found.setdefault(alike, finding)
        return sorted(found.values(), key=lambda finding: (finding.seconds, finding.play))

    def stills(self) -> list[Still]:
        """Return the pictures of the contact sheet."""
        stills = []
        for shot in self._shots:
            plays = f"play {shot.first}"
            if shot.last != shot.first:
                plays = f"plays {shot.first}-{shot.last}"
            words = (plays if self.plays else "", shot.where, f"{shot.seconds:.1f} s")
            stills.append(Still(shot.picture, ", ".join(filter(None, words))))
        return stills

    def marked(self, findings: Iterable[Finding]) -> list[Still]:
        """Return the pictures with boxes around what was found when they were taken."""
        found = [finding for finding in findings if finding.excepted is None]
        result = []
        for shot, still in zip(self._shots, self.stills(), strict=True):
            picture = still.picture.copy()
            draw, scale = ImageDraw.Draw(picture), picture.width / max(1, shot.width)
            for finding in found:
                if finding.seconds - 1e-6 <= shot.seconds <= finding.until + 1e-6:
                    left, top, right, bottom = (side * scale for side in finding.box)
                    draw.rectangle((left - 3, top - 3, right + 2, bottom + 2), outline=_MARK)
            result.append(Still(picture, still.caption))
        return result

    # --- looking

    @property
    def _recorder(self) -> Recorder | None:
        renderer: Any = self._scene.renderer
        return renderer if isinstance(renderer, Recorder) else None

    @property
    def _number(self) -> int:
        return int(self._scene.renderer.num_plays)

    def _settle(self, frame: Frame) -> None:
        """Note where the camera is when something is seen for the first time."""
        if self._view is None and any(_commands(frame)):
            self._view = _view_of(frame)

    def _resting(self, drawn: list[Any]) -> list[Any]:
        """Return what does not just begin to come on screen, such as a copy on its way."""
        animations: Any = self._scene.animations
        if all(isinstance(animation, Wait) for animation in animations):
            return drawn
        with as_one():
            moved = {id(m) for each in animations for m in each.mobject.get_family()}
            moved |= {id(m) for each in self._scene.moving_mobjects for m in each.get_family()}
        return [
            (mobject, commands)
            for mobject, commands in drawn
            if id(mobject) in self._left or id(mobject) not in moved
        ]

    def _look(self, frame: Frame, drawn: list[Any], number: int | None) -> None:
        """Look at things at rest; ``number`` is that of the play that begins."""
        seconds = self._frames / self.rate
        if number is not None and self._is_brief and seconds - self._looked_when < _BRIEF:
            # One of many pictures that flicker by: what was wrong may be gone.
            if self._looked_at is not None and not _is_same(self._looked_at, frame):
                for key in self._current:
                    self._gone.setdefault(key, seconds)
            return
        self._looked_when = seconds
        if self._looked_at is not None and _is_same(self._looked_at, frame):
            for key in self._current:
                self._until[key] = seconds
            return
        self._looked_at = frame
        view, background = _view_of(frame), (frame.below or frame.above).background
        picture = self._parts.picture(self._scene, drawn, view, background)
        self.size = (view.width, view.height)
        last = self.plays[-1].play if self.plays else 0
        before, self._current = self._current, []
        for look in look_at(picture, self._thresholds, at_home=view == self._view):
            if look.is_fine:
                self._fine.add((look.kind, look.subject))
                continue
            was_there = number is None or (bool(self.plays) and set(look.leaves) <= self._left)
            play, at = (last, "end") if was_there else (number or 0, "start")
            key = (look.kind, look.subject, *look.others)
            self._noted.setdefault(key, _Noted(look, play, at, seconds))
            self._until[key] = seconds
            self._gone.pop(key, None)
            self._current.append(key)
            if look.best:
                self._at_best.setdefault((look.kind, look.subject), []).append(key)
        for key in set(before) - set(self._current):
            self._gone.setdefault(key, seconds)

    def _note_jumps(self, jumps: Iterable[tuple[Look, int, int]]) -> None:
        for look, play, frame in jumps:
            key = ("jump", look.subject, frame)
            self._noted[key] = _Noted(look, play, "during", frame / self.rate)
            self._until[key] = frame / self.rate

    def _note_blank(self, frame: Frame, number: int) -> None:
        if any(_is_seen(command, _view_of(frame)) for command in _commands(frame)):
            self._end_blank()
        elif self._blank is None:
            self._blank = self._frames, number

    def _end_blank(self) -> None:
        if self._blank is None:
            return
        first, number = self._blank
        self._blank = None
        seconds = (self._frames - first) / self.rate
        if seconds > self._thresholds.empty:
            start = first / self.rate
            look = Look("empty", 0, (), (), (), seconds, (0, 0, *self.size), "")
            look = look._replace(text=f"nothing is seen for {seconds:.1f} s")
            key = ("empty", first)
            self._noted[key] = _Noted(look, number, "during", start)
            self._until[key] = self._frames / self.rate

    # --- pictures

    def _take_pictures(self, frame: Frame, times: int) -> None:
        if self._every is None or not self._takes_pictures:
            return
        end = (self._frames + times) / self.rate
        while self._next_picture < end - 1e-9:
            seconds = self._next_picture
            self._add_picture(frame, self._number, "", seconds)
            self._next_picture += self._every

    def _add_picture(self, frame: Frame, number: int, where: str, seconds: float) -> None:
        self._screen.show(frame)
        whole = Image.fromarray(self._screen.pixels[..., :3])
        height = max(1, round(WIDTH * whole.height / whole.width))
        small = whole.resize((WIDTH, height), Image.Resampling.BICUBIC)
        last = self._shots[-1] if self._shots and self._every is None else None
        if last is not None and _look_alike(last.picture, small):
            # A wait shows what the play before it has left, or nearly had.
            self._shots[-1] = last._replace(picture=small, last=number, seconds=seconds)
            return
        self._shots.append(_Shot(small, whole.width, number, number, where, seconds))


def _look_alike(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two pictures of one size are nearly the same everywhere."""
    difference = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))
    return bool(difference.max(initial=0) < _VISIBLE)


def _drawn(recorder: Recorder, scene: Scene, mobjects: Any) -> list[Any]:
    with as_one():
        return recorder.displayed(scene, mobjects)


def _commands(frame: Frame) -> Iterator[Command]:
    yield from frame.above.commands
    if frame.below is not None:
        yield from frame.below.commands


def _view_of(frame: Frame) -> View:
    """Return where the plane lies. A layer without paths has no place of its own."""
    view = frame.above.view
    if frame.below is not None and view == View(view.width, view.height, 1.0, 1.0, 0.0, 0.0):
        return frame.below.view
    return view


def _is_listed(frame: Frame) -> bool:
    """Return whether a frame's commands draw mobjects, and are no pixels of Manim's."""
    names = {type(command).__name__ for command in _commands(frame)}
    return names.isdisjoint({"Raster", "Patch"})


def _is_seen(command: Command, view: View) -> bool:
    if not command.is_visible:
        return False
    measure([command], view)
    return command.box is None or area(command.box) > 0


def _is_same(one: Frame, other: Frame) -> bool:
    """Return whether two frames look the same."""
    first, second = (tuple(_commands(frame)) for frame in (one, other))
    if _view_of(one) != _view_of(other) or len(first) != len(second):
        return False
    one_ids, other_ids = sorted(map(id, first)), sorted(map(id, second))
    return one_ids == other_ids
