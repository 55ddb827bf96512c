"""Rendering a scene with processes that each run it for themselves: on a cluster, for instance.

This process runs the scene from beginning to end without drawing. Of each play it finds out how
many frames it has, and whether its pieces are kept from an earlier run. Those that are not it gives
to an executor, as jobs.
"""

from __future__ import annotations

import queue
import uuid
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from manim import Scene, config

from nnviz.files import write_whole
from nnviz.manims import VideoEncoderSpec
from nnviz.render.film import check, prepare_files
from nnviz.render.names import SETTINGS, Surroundings, name_of_play
from nnviz.render.plays import Play, PlayRenderer, State, pieces, state_of
from nnviz.render.processes import Processes
from nnviz.render.progress import Progress
from nnviz.render.source import Source
from nnviz.render.worker import Job, Segment, draw

__all__ = ["PlanRenderer", "Studio", "WorkersLostError"]

#: So many times in a row may processes die without having drawn anything.
_PATIENCE = 3


class WorkersLostError(Exception):
    """Processes that draw die again and again."""


class Studio:
    """Has jobs done, and keeps what comes of them."""

    def __init__(
        self,
        jobs: int,
        executor: Executor | None,
        formulas: dict[str, Path],
        progress: Progress,
    ) -> None:
        self._jobs = jobs
        self._executor = self._given = executor
        self._formulas = formulas
        self._sent: dict[str, bytes] = {}
        self._waiting: dict[Path, Job] = {}
        self._done: queue.SimpleQueue[tuple[Path, Future[Segment]]] = queue.SimpleQueue()
        self._losses = 0
        self.progress = progress

    @property
    def elsewhere(self) -> bool:
        """Whether those who draw do not share this machine's files."""
        return self._given is not None

    def want(self, path: Path, job: Job) -> None:
        """Have a segment drawn, unless it is there."""
        if path in self._waiting:
            return
        frames = job.last - job.first
        self.progress.expect(frames)
        if not config.disable_caching and path.exists() and path.stat().st_size > 0:
            self.progress.advance(frames, kept=True)
            return
        if self.elsewhere:
            for name, svg in self._formulas.items():
                if name not in self._sent:
                    self._sent[name] = svg.read_bytes()
            job = replace(job, formulas=tuple(self._sent.items()))
        self._waiting[path] = job
        self._submit(path, job)
        self.collect(wait=False)

    def collect(self, wait: bool = True) -> None:
        """Keep the segments that have been drawn; on demand, wait for all."""
        while self._waiting:
            try:
                path, future = self._done.get(block=wait)
            except queue.Empty:
                return
            if path not in self._waiting or future.cancelled():
                continue
            error = future.exception()
            if error is None:
                job = self._waiting.pop(path)
                write_whole(path, future.result().data)
                self.progress.advance(job.last - job.first)
                self._losses = 0
            elif isinstance(error, BrokenExecutor):
                self._begin_again(error)
            else:
                raise error

    def _submit(self, path: Path, job: Job) -> None:
        if self._executor is None:
            self._executor = Processes(self._jobs)
        try:
            future = self._executor.submit(draw, job)
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda future: self._done.put((path, future)))

    def _begin_again(self, error: BrokenExecutor) -> None:
        """Start other processes in place of those that died, and give them what is left."""
        self._losses += 1
        if self.elsewhere or self._losses > _PATIENCE:
            raise WorkersLostError(
                f"The processes that draw died {self._losses} times in a row. They may need "
                "more memory than there is: try fewer (--jobs 1), or a lower quality."
            ) from error
        first = min(job.play for job in self._waiting.values())
        self.progress.say(
            f"A process that draws died. What it was drawing is drawn again, from play {first} on."
        )
        self._dismiss()
        self._done = queue.SimpleQueue()  # what else comes from the old ones is of no use
        for path, job in self._waiting.items():
            self._submit(path, job)

    def _dismiss(self) -> None:
        if isinstance(self._executor, Processes):
            self._executor.dismiss(give_up=bool(self._waiting))
        self._executor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._dismiss()


class PlanRenderer(PlayRenderer):
    """Goes through a scene, and has a studio draw what it shows."""

    _source: Source
    _studio: Studio
    _before: Surroundings
    _spec: VideoEncoderSpec
    _settings: dict[str, Any]
    _run: str
    #: When the play began.
    _state: State

    @classmethod
    def begin_plan(cls, scene: Scene, source: Source, studio: Studio, before: Surroundings) -> Self:
        """Prepare a scene that has just been made.

        Raises
        ------
        HandOver
            If Manim should render it by itself.
        """
        spec = check(scene)
        renderer = cls.take_over(scene)
        renderer._source = source.with_files() if studio.elsewhere else source
        renderer._studio, renderer._before, renderer._spec = studio, before, spec
        # Now that the file is imported: it may set something, too.
        renderer._settings = {key: config[key] for key in SETTINGS}
        renderer._run = uuid.uuid4().hex
        prepare_files(renderer, spec)
        return renderer

    def begin(self, scene: Scene, play: Play) -> None:
        """Find out what a play's pieces are called."""
        super().begin(scene, play)
        self._state = state_of(scene)
        self._name = name_of_play(
            scene, self._spec, closed=play.closed, play=play.number, before=self._before
        )
        self.animations_hashes.append(self._name)

    def end(self, scene: Scene, play: Play) -> None:
        """Have a play drawn, now that its length is known and its formulas are made."""
        parts = play.pieces if play.frozen else pieces(self._frame)
        for first, last in parts:
            name = self._name if len(parts) == 1 else f"{self._name}_{first:06}"
            self.file_writer.add_partial_movie_file(name)
            job = Job(
                run=self._run,
                source=self._source,
                settings=self._settings,
                formulas=(),
                encoder=self._spec,
                play=play.number,
                first=first,
                last=last,
                frames=self._frame,
                state=self._state,
            )
            self._studio.want(self.file_writer.output_plan.segment_path(name), job)

    def scene_finished(self, scene: Scene) -> None:
        """Wait for what is still being drawn, and join it."""
        self._studio.collect()
        self._studio.progress.say_doing("joining")
        super().scene_finished(scene)
