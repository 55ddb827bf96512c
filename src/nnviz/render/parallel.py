"""Render a scene with several processes.

This process runs the scene from beginning to end without drawing. Of each
play it finds out how many frames it has, and whether its segments are kept
from an earlier run. Those that are not it gives to an executor, as jobs. What comes back goes into
Manim's folder of segments, and is joined by Manim's own file writer, with all
it does for sections, subcaptions and sound.
"""

from __future__ import annotations

import queue
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from manim import Manager, Scene, config, tempconfig
from manim._config.video_encoder import VideoEncoderSpec, video_encoder_fingerprint
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.caching import prune_segment_cache
from manim.utils.hashing import get_hash_from_play_call
from tqdm import tqdm  # type: ignore[import-untyped]

from nnviz._copying import quick_copies
from nnviz.render.batch import cores
from nnviz.render.hashes import quick_hashes
from nnviz.render.plays import PlayRenderer, Walk, state_of
from nnviz.render.processes import Processes
from nnviz.render.segments import pieces
from nnviz.render.source import Source
from nnviz.render.whole_files import remove_leftovers, unfinished, whole_files, write_whole
from nnviz.render.worker import (
    DivergedError,
    Job,
    SceneError,
    Segment,
    describe,
    draw,
    forget_history,
)

__all__ = ["HandOverError", "WorkersLostError", "encoder_for", "render_scene"]

#: What of Manim's configuration decides how a scene goes and looks.
_SETTINGS = (
    "assets_dir",
    "background_color",
    "background_opacity",
    "format",
    "frame_height",
    "frame_rate",
    "frame_width",
    "from_animation_number",
    "media_dir",
    "pixel_height",
    "pixel_width",
    "seed",
    "tex_dir",
    "tex_template",
    "text_dir",
    "upto_animation_number",
)
#: So many times in a row may processes die without having drawn anything.
_PATIENCE = 3

_Result = TypeVar("_Result")


class HandOverError(Exception):
    """Manim should do it by itself; the text says why."""


class WorkersLostError(Exception):
    """Processes that draw die again and again."""


def render_scene(
    file: Path | str,
    name: str,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    settings: dict[str, Any] | None = None,
) -> Path | None:
    """Render a scene.

    A program that calls this has to be a module that can be imported without
    doing so again (``if __name__ == "__main__":``), as always where Python starts
    processes.

    Parameters
    ----------
    file
        The scene's file.
    name
        The scene's class.
    jobs
        How many processes draw; by default one a processor.
    executor
        Who draws instead of processes of this machine. Its workers need nnviz
        and the packages the scene imports; of files, they are sent the Python files in the
        scene's folder, and the formulas.
    settings
        Manim's configuration where it should be another than it is.

    Returns
    -------
    Path or None
        What was made: a video, or a picture of a scene that plays nothing.

    Raises
    ------
    SceneError
        If the scene raises an exception. The text is its traceback.
    HandOverError
        If Manim should render the scene by itself.
    WorkersLostError
        If the processes that draw die again and again.
    ValueError
        If ``jobs`` is below 1, the executor has threads instead of processes, or
        the file has no such scene.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is {jobs}: at least one process has to draw")
    if isinstance(executor, ThreadPoolExecutor):
        raise ValueError(
            "the executor runs threads of this process, and Manim can draw one scene in a "
            "process: give one with processes, such as ProcessPoolExecutor"
        )
    given = {
        "input_file": str(file),
        "scene_names": [name],
        # What scenes draw by lot they have to draw alike in all processes.
        "seed": 0 if config.seed is None else config.seed,
        **(settings or {}),
    }
    formulas: dict[str, Path] = {}
    with (
        tempconfig(given),
        whole_files(lambda svg: formulas.update({svg.name: svg})),
        quick_copies(),
        quick_hashes(),
        _Studio(name, jobs or cores(), executor, formulas) as studio,
    ):
        forget_history()
        source = Source(str(Path(file).resolve()), name)
        scene = _guarded(lambda: source.load()())
        renderer = _PlanningRenderer.begin(scene, source, studio)
        Manager(scene)
        _guarded(scene.render)
        result: Path | None = getattr(renderer.file_writer, "final_file_path", None)
        return result


def _guarded(call: Callable[[], _Result]) -> _Result:
    """Call what runs a scene's code, and tell its exceptions from ours."""
    try:
        return call()
    except (SceneError, HandOverError, WorkersLostError):
        raise
    except DivergedError as error:
        raise HandOverError(f"it does something else each time it runs ({error})") from error
    except Exception as error:
        raise SceneError(describe(error)) from None


class _Progress:
    """A bar over the frames of the scene, as far as it is known."""

    def __init__(self, name: str) -> None:
        self._bar = tqdm(
            total=0,
            desc=name,
            unit="frame",
            smoothing=0,  # frames come many at a time
            dynamic_ncols=True,
            disable=config.progress_bar == "none",
        )
        self._silent = bool(self._bar.disable)

    def expect(self, frames: int) -> None:
        """Count frames that are to come."""
        if not self._silent:
            self._bar.total += frames
            self._bar.refresh()

    def advance(self, frames: int, kept: bool = False) -> None:
        """Count frames that are there; ``kept`` ones say nothing about how long drawing takes."""
        if not self._silent:
            if kept:
                self._bar.initial += frames
            self._bar.update(frames)

    def say(self, text: str) -> None:
        """Print a line without spoiling the bar."""
        self._bar.write(text, file=sys.stderr)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class _Studio:
    """Has jobs done, and keeps what comes of them."""

    def __init__(
        self, name: str, jobs: int, executor: Executor | None, formulas: dict[str, Path]
    ) -> None:
        self._jobs = jobs
        self._executor = self._given = executor
        self._formulas = formulas
        self._sent: dict[str, bytes] = {}
        self._waiting: dict[Path, Job] = {}
        self._done: queue.SimpleQueue[tuple[Path, Future[Segment]]] = queue.SimpleQueue()
        self._losses = 0
        self._progress = _Progress(name)

    @property
    def elsewhere(self) -> bool:
        """Whether those who draw do not share this machine's files."""
        return self._given is not None

    def want(self, path: Path, job: Job) -> None:
        """Have a segment drawn, unless it is there."""
        if path in self._waiting:
            return
        frames = job.last - job.first
        self._progress.expect(frames)
        if not config.disable_caching and path.exists() and path.stat().st_size > 0:
            self._progress.advance(frames, kept=True)
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
                self._progress.advance(job.last - job.first)
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
        self._progress.say(
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
        self._progress.close()


class _PlanningRenderer(PlayRenderer):
    """Goes through a scene, and has a studio draw what it shows."""

    source: Source
    studio: _Studio
    encoder: VideoEncoderSpec
    settings: dict[str, Any]
    run: str
    key: str

    @classmethod
    def begin(cls, scene: Scene, source: Source, studio: _Studio) -> Self:
        """Prepare a scene that has just been made.

        Raises
        ------
        HandOverError
            If what is asked for is not a video, or not to be drawn with Cairo.
        """
        output, spec = scene.session_spec.output, scene.session_spec.video_encoder
        if type(scene.renderer) is not CairoRenderer:
            raise HandOverError(f"it is drawn by {type(scene.renderer).__name__}, not by Cairo")
        if spec is None or not output.is_video:
            raise HandOverError(f"the output is {output.format.value}, not video")
        renderer = cls.take_over(scene)
        renderer.source = source.with_files() if studio.elsewhere else source
        renderer.studio = studio
        renderer.encoder = encoder_for(spec)
        # Now that the file is imported: it may set something, too.
        renderer.settings = {key: config[key] for key in _SETTINGS}
        renderer.run = uuid.uuid4().hex
        renderer.file_writer = _FileWriter(
            replace(
                scene.file_writer_settings,
                video_encoder=renderer.encoder,
                max_files_cached=-1,  # a limit below the scene's own would undo the caching
            )
        )
        remove_leftovers(
            renderer.file_writer.partial_movie_directory,
            renderer.file_writer.movie_file_path.parent,
            config.get_dir("tex_dir"),
            config.get_dir("text_dir"),
        )
        return renderer

    def compiled(self, scene: Scene) -> None:
        """Find out what a play's segments are called."""
        if self.skip_animations:
            self.file_writer.add_partial_movie_file(None)
            return
        if config.disable_caching:
            self.key = f"uncached_{self.num_plays:05}"
            return
        assert scene.animations is not None
        self.key = get_hash_from_play_call(
            scene,
            self.camera,
            scene.animations,
            scene.mobjects,
            backend="cairo",
            encoder_fingerprint=video_encoder_fingerprint(self.encoder),
            renderer_state=(),
        )

    def walk(self, scene: Scene, walk: Walk) -> None:
        """Have a play drawn."""
        state = state_of(scene)
        if not walk.leaps:
            walk.to_last()  # so that its length is known, and its formulas are made
        parts = pieces(walk.frames)
        for first, last in parts:
            key = self.key if len(parts) == 1 else f"{self.key}_{first:06}"
            self.file_writer.add_partial_movie_file(key)
            job = Job(
                run=self.run,
                source=self.source,
                settings=self.settings,
                formulas=(),
                encoder=self.encoder,
                play=self.num_plays,
                first=first,
                last=last,
                frames=walk.frames,
                state=state,
            )
            self.studio.want(self.file_writer.output_plan.segment_path(key), job)

    def scene_finished(self, scene: Scene) -> None:
        """Wait for what is still being drawn, and join it."""
        self.studio.collect()
        super().scene_finished(scene)


def encoder_for(spec: VideoEncoderSpec) -> VideoEncoderSpec:
    """Return the encoder to use: quick where nobody said how, and one thread a process."""
    if spec.codec != "libx264":
        return spec
    options = {
        "preset": "superfast",
        "bf": "0",
        "threads": "1",
        # So that a frame is there when it has been encoded, not one later.
        "x264-params": "force-cfr=1",
    } | dict(spec.options)
    return replace(spec, options=tuple(sorted(options.items())))


class _FileWriter(SceneFileWriter):
    """Joins segments to files that appear when they are complete."""

    def combine_files(
        self, input_files: list[str], output_file: Path, *args: Any, **kwargs: Any
    ) -> None:
        """Join segments as Manim does."""
        draft = unfinished(output_file)
        output_file.parent.mkdir(parents=True, exist_ok=True)
        super().combine_files(input_files, draft, *args, **kwargs)
        draft.replace(output_file)

    def finish(self) -> None:
        """Make the video, then forget segments that have not been used for long."""
        super().finish()
        used = len(self.partial_movie_files)
        limit = config.max_files_cached
        if limit != -1:
            prune_segment_cache(self.partial_movie_directory, max(limit, 2 * used))
