"""What a process that draws plays does.

A job is a run of frames of one play. To draw it, a process has to bring the
scene to where the play begins; having drawn it, it keeps the scene there, so
that its next job, mostly a later one, goes on from that point. The scene runs
in a thread of its own, which waits between jobs.
"""

from __future__ import annotations

import contextlib
import os
import queue
import tempfile
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from manim import Manager, Scene, tempconfig
from manim._config.video_encoder import VideoEncoderSpec
from manim.mobject.text import numbers
from manim.utils.iterables import list_update

from nnviz._copying import quick_copies
from nnviz.camera import NNCamera
from nnviz.render.plays import PlayRenderer, State, Walk, same_state, state_of
from nnviz.render.processes import stopping
from nnviz.render.segments import SegmentEncoder
from nnviz.render.source import Source
from nnviz.render.whole_files import whole_files

__all__ = ["DivergedError", "Job", "SceneError", "Segment", "describe", "draw", "forget_history"]


class SceneError(Exception):
    """A scene raised an exception; the text is its traceback."""


class DivergedError(Exception):
    """A scene did something else here than where it was planned."""


class _Abandoned(BaseException):
    """Nobody wants the rest of a run: its thread ends."""


@dataclass(frozen=True, slots=True)
class Job:
    """Frames to draw.

    Attributes
    ----------
    run : str
        Names the rendering this is part of; a process keeps its scene for one.
    source : Source
        The scene.
    settings : dict
        Manim's configuration.
    formulas : tuple of (str, bytes)
        LaTeX made so far, as names and contents of SVG files, for processes
        that do not share the folder.
    encoder : VideoEncoderSpec
        What to encode to.
    play : int
        Which play of the scene; they count from 0.
    first, last : int
        The first frame of it to draw, and the one after the last.
    frames : int
        How many frames the play has.
    state : State
        The scene's state when the play's animations have begun.
    """

    run: str
    source: Source
    settings: dict[str, Any]
    formulas: tuple[tuple[str, bytes], ...]
    encoder: VideoEncoderSpec
    play: int
    first: int
    last: int
    frames: int
    state: State


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames drawn: a video file's contents."""

    data: bytes
    process: int


_lock = threading.Lock()
_run: _Run | None = None


def draw(job: Job) -> Segment:
    """Draw frames of a scene.

    Raises
    ------
    SceneError
        If the scene raises an exception.
    DivergedError
        If the scene is not in the state, or not of the length, that was planned.
    """
    global _run
    with _lock:
        if _run is None or not _run.leads_to(job):
            if _run is not None:
                _run.abandon()
            _run = _Run(job)
        return Segment(_run.draw(job), os.getpid())


class _Run:
    """A scene under way, in a thread."""

    def __init__(self, job: Job) -> None:
        self.id = job.run
        self.desk = _Desk()
        self._thread = threading.Thread(target=self._perform, args=(job,), daemon=True)
        self._thread.start()

    def leads_to(self, job: Job) -> bool:
        """Say whether the scene has yet to come to the frames of a job."""
        return (
            self.id == job.run
            and self._thread.is_alive()
            and (job.play, job.first) >= self.desk.position
        )

    def draw(self, job: Job) -> bytes:
        self.desk.jobs.put(job)
        while True:
            with contextlib.suppress(queue.Empty):
                result = self.desk.results.get(timeout=1)
                break
            if not self._thread.is_alive() and self.desk.results.empty():
                raise SceneError("the scene's thread ended for no known reason")
        if isinstance(result, bytes):
            return result
        self._thread.join()
        raise result

    def abandon(self) -> None:
        self.desk.jobs.put(None)
        self._thread.join()

    def _perform(self, job: Job) -> None:
        try:
            with _set_up(job):
                scene = job.source.load()()
                renderer = _DrawingRenderer.take_over(scene)
                renderer.desk = self.desk
                self.desk.next()
                Manager(scene)
                scene.render()
            raise DivergedError(f"the scene ended before play {self.desk.job.play}")
        except _Abandoned:
            pass
        except DivergedError as error:
            self.desk.results.put(error)
        except BaseException as error:
            self.desk.results.put(SceneError(describe(error)))


class _Desk:
    """Where a run finds its job, and leaves what it made."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.results: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self.job: Job
        #: The first play and frame that the run can still draw.
        self.position = (0, 0)

    def next(self) -> None:
        """Wait for a job."""
        job = self.jobs.get()
        if job is None:
            raise _Abandoned
        self.job = job


class _DrawingRenderer(PlayRenderer):
    """Draws the frames that jobs ask for, and passes over the others."""

    desk: _Desk

    def walk(self, scene: Scene, walk: Walk) -> None:
        """Draw what jobs want of a play."""
        desk = self.desk
        if desk.job.play < self.num_plays:
            raise DivergedError(f"play {desk.job.play} is left out here")
        if desk.job.play > self.num_plays:
            return
        _check(scene, walk, desk.job)
        # What stands still is drawn once, and as it was when the play began.
        self.save_static_frame_data(scene, scene.static_mobjects)
        while desk.job.play == self.num_plays:
            segment = self._draw(scene, walk, desk.job)
            desk.position = (self.num_plays, walk.next_frame)
            desk.results.put(segment)
            desk.next()

    def _draw(self, scene: Scene, walk: Walk, job: Job) -> bytes:
        encoder = SegmentEncoder(job.encoder)
        for frame in range(job.first, job.last):
            if stopping():
                raise _Abandoned
            if frame > job.first and walk.frozen:
                encoder.hold(job.last - frame)
                break
            walk.to(frame)
            # Manim draws everything again where nothing moves; so it looks, and so we do.
            mobjects = scene.moving_mobjects or list_update(
                scene.mobjects, scene.foreground_mobjects
            )
            camera = self.camera
            if isinstance(camera, NNCamera):
                background = camera.background if self.static_image is None else self.static_image
                changed = camera.redraw(np.asarray(background), mobjects)
                if changed or frame == job.first:
                    encoder.show(camera.pixel_array, changed)
                else:
                    encoder.repeat()
            else:
                self.update_frame(scene, mobjects)
                encoder.show(camera.pixel_array)
        return encoder.finish()


def _check(scene: Scene, walk: Walk, job: Job) -> None:
    state = state_of(scene)
    if not same_state(state, job.state):
        raise DivergedError(f"play {job.play} begins with {state}, where {job.state} was planned")
    if walk.frames != job.frames and walk.leaps:
        raise DivergedError(f"play {job.play} has {walk.frames} frames, and {job.frames} planned")


@contextlib.contextmanager
def _set_up(job: Job) -> Iterator[None]:
    """Configure Manim for a job."""
    own: dict[str, Any] = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR"}
    with contextlib.ExitStack() as stack:
        if job.source.sent:  # from a machine whose folders are not here
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nnviz-"))
            own |= {"media_dir": folder, "tex_dir": folder, "text_dir": folder}
            for name, content in job.formulas:
                (Path(folder) / name).write_bytes(content)
        stack.enter_context(tempconfig(job.settings | own))
        stack.enter_context(whole_files())
        stack.enter_context(quick_copies())
        forget_history()
        yield


def forget_history() -> None:
    """Make scenes independent of those that this process has run before.

    Manim keeps the digits of numbers by what they say alone, so that the first number's
    font is that of all.
    """
    numbers.string_to_mob_map.clear()


def describe(error: BaseException) -> str:
    """Return the traceback of a scene's exception, from the scene's own line on."""
    steps = error.__traceback__
    while steps is not None and _is_ours(steps):
        steps = steps.tb_next
    lines = traceback.format_exception(type(error), error, steps or error.__traceback__)
    return "".join(lines).rstrip()


def _is_ours(step: TracebackType) -> bool:
    module = str(step.tb_frame.f_globals.get("__name__", ""))
    return module.startswith(
        ("nnviz.render.", "manim.manager", "manim.scene.", "manim.utils.module_ops", "importlib.")
    )
