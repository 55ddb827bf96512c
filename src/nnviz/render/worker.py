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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manim import Manager, Scene, tempconfig

from nnviz import manims
from nnviz._copying import deep_copy
from nnviz.manims import VideoEncoderSpec
from nnviz.render.errors import DivergedError, SceneError, describe
from nnviz.render.formulas import whole_formulas
from nnviz.render.painter import Painter
from nnviz.render.plays import Play, PlayRenderer, State, same_state, state_of
from nnviz.render.processes import stopping
from nnviz.render.source import Source

__all__ = ["Job", "Segment", "draw"]


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
                renderer = _JobRenderer.take_over(scene)
                renderer.desk, renderer.painter = self.desk, Painter(renderer)
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


class _JobRenderer(PlayRenderer):
    """Draws the frames that jobs ask for, and passes over the others."""

    desk: _Desk
    painter: Painter

    def begin(self, scene: Scene, play: Play) -> None:
        """See whether a play is wanted, and is the one that was planned."""
        super().begin(scene, play)
        job = self.desk.job
        if job.play < play.number:
            raise DivergedError(f"play {job.play} is left out here")
        self._wanted = job.play == play.number
        if self._wanted:
            _check(scene, play, job)
            self.painter.stand_still(scene)

    def visits(self, play: Play) -> Iterator[int]:
        """Yield the frames of one job after another, for as long as they are of this play."""
        while self.desk.job.play == play.number:
            job = self.desk.job
            yield from (job.first,) if play.frozen else range(job.first, job.last)

    def at(self, scene: Scene, play: Play, frame: int) -> None:
        """Draw a frame that the job asks for."""
        job = self.desk.job
        if job.play != play.number or not job.first <= frame < job.last:
            return
        if stopping():
            raise _Abandoned
        if frame == job.first:
            self.painter.begin(job.encoder)
        self.painter.draw(scene, scene.moving_mobjects)
        if play.frozen:
            frame += self.painter.hold(job.last - frame - 1)
        if frame + 1 == job.last:
            self.desk.position = (play.number, 0 if play.frozen else frame + 1)
            self.desk.results.put(self.painter.finish())
            self.desk.next()

    def end(self, scene: Scene, play: Play) -> None:
        """See that the job of a play that is over was done."""
        if self.desk.job.play == play.number:
            raise DivergedError(f"play {play.number} is shorter than planned")


def _check(scene: Scene, play: Play, job: Job) -> None:
    state = state_of(scene)
    if not same_state(state, job.state):
        raise DivergedError(f"play {job.play} begins with {state}, where {job.state} was planned")
    if play.frames != job.frames and scene.stop_condition is None:
        raise DivergedError(f"play {job.play} has {play.frames} frames, and {job.frames} planned")


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
        stack.enter_context(whole_formulas())
        stack.enter_context(manims.patched(manims.Seam.COPY, deep_copy))
        manims.digits_made().clear()  # of an earlier scene's font
        yield
