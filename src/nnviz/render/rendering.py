"""Rendering one scene to a video."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from manim import Manager, Scene, config
from threadpoolctl import threadpool_limits

from nnviz import _manim
from nnviz._manim import temp_config
from nnviz._manim_arrays import arrays_as_one
from nnviz._quick_mobjects import quick_mobjects
from nnviz.drawing.pieces import Frame
from nnviz.drawing.segments import Encoding
from nnviz.files import MediaError, media_errors, remove_leftovers
from nnviz.render.cluster import Cluster, ClusterError
from nnviz.render.cores import cores
from nnviz.render.drawing_queue import DrawingQueue, WorkerPool
from nnviz.render.errors import SceneError, describe, is_raised_by_scene
from nnviz.render.formulas import whole_formulas
from nnviz.render.listener import Listener
from nnviz.render.progress import Progress
from nnviz.render.recorder import FrameReceiver, Recorder, Recording, record
from nnviz.render.source import Source, import_file
from nnviz.render.store import Store
from nnviz.render.timeline import Timeline
from nnviz.render.workers import DrawingError, Workers, WorkersLostError

__all__ = ["Watcher", "WorkersLostError", "encoding_of", "render_scene", "watch_scene"]

_Result = TypeVar("_Result")
#: What keeps Manim from writing a film, and from showing one.
_NO_FILM = {
    "dry_run": True,
    "preview": False,
    "show_in_file_browser": False,
    "live_preview": False,
    "enable_gui": False,
}


def render_scene(
    file: Path | str,
    name: str,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    settings: dict[str, Any] | None = None,
    scene: type[Scene] | None = None,
    workers: WorkerPool | None = None,
    listener: Listener | None = None,
    records_first: bool = False,
    watching: Callable[[Scene], Watcher] | None = None,
) -> Path | None:
    """Render a scene.

    Parameters
    ----------
    file : Path or str
        The scene's file.
    name : str
        The scene's class.
    jobs : int, optional
        How many processes draw, this one among them; by default one a processor.
    executor : Executor, optional
        What draws instead of processes of this machine: a
        :class:`concurrent.futures.Executor`, such as one of a Dask cluster. Its workers need
        nnviz, and nothing of the scene's.
    settings : dict from str to object, optional
        Manim's configuration where it should be another than it is.
    scene : subclass of Scene, optional
        The scene's class, if the file has just been imported.
    workers : WorkerPool, optional
        Processes that were started before, instead of ``jobs`` or ``executor``.
    listener : Listener, optional
        What is told of the progress; by default a line on standard error, if that is a terminal.
    records_first : bool, optional
        Whether all is recorded before this process draws: for previews, whose plays appear sooner,
        while the film takes as long.
    watching : callable, optional
        Called with the new scene; returns what is given each frame as well, and told of the
        scene's end, as with :func:`watch_scene`. The film is the same.

    Returns
    -------
    Path or None
        What was made: a video, or a picture of a scene that plays nothing. Where the configuration
        asks for something else than video, what Manim makes of that; None if that is no file.

    Raises
    ------
    SceneError
        If the scene raises an exception. The text is its traceback.
    MediaError
        If a file in the media folder cannot be written or read.
    WorkersLostError
        If the processes that draw die again and again.
    ClusterError
        If the executor does not draw.
    DrawingError
        If a worker cannot draw what it is given.
    ValueError
        If ``jobs`` is below 1, the file has no such scene, or ``watching`` is given where the
        configuration asks for something else than video: Manim's own code draws then.

    Notes
    -----
    The scene runs once, here, in the thread that calls this.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is {jobs}: at least one process has to draw")
    source = Source(str(Path(file).resolve()) if str(file) != "-" else "-", name)
    given = {"input_file": str(file), "scene_names": [name], **(settings or {})}
    with contextlib.ExitStack() as stack:
        pool = workers
        if pool is None and executor is not None:
            pool = Cluster(executor)
        elif pool is None:
            pool = stack.enter_context(Workers((jobs or cores()) - 1))
        stack.enter_context(temp_config(given))
        if listener is None:
            listener = stack.enter_context(Progress(name))
        # Threads of NumPy's that wait for each other would take the workers' processors.
        threads = max(1, cores() // (pool.count + 1) if pool.parent_draws else cores())
        stack.enter_context(_manim_prepared(threads))
        made = _rendered(source, scene, pool, listener, records_first, watching)
        listener.on_end(made)
        return made


class Watcher(FrameReceiver, Protocol):
    """What receives a scene's frames, and makes no film of them."""

    def finish(self) -> None:
        """Note that the scene is over. It is as its last play left it."""


class _Both:
    """Gives frames to a film and to what watches the scene. The pieces are those of the film."""

    def __init__(self, film: FrameReceiver, watcher: FrameReceiver) -> None:
        self._film, self._watcher = film, watcher

    def check(self) -> None:
        self._film.check()
        self._watcher.check()

    def begin_play(self, expected: int) -> None:
        self._film.begin_play(expected)
        self._watcher.begin_play(expected)

    def add(self, frame: Frame, times: int = 1) -> list[str]:
        names = self._film.add(frame, times)
        self._watcher.add(frame, times)
        return names

    def end_play(self, play: dict[str, Any]) -> list[str]:
        names = self._film.end_play(play)
        self._watcher.end_play(play)
        return names

    def give_up(self) -> None:
        self._film.give_up()
        self._watcher.give_up()


def watch_scene(
    file: Path | str,
    name: str,
    taking: Callable[[Scene], Watcher],
    *,
    settings: dict[str, Any] | None = None,
    scene: type[Scene] | None = None,
) -> None:
    """Run a scene as :func:`render_scene` does, but make no film of its frames.

    Parameters
    ----------
    file : Path or str
        The scene's file.
    name : str
        The scene's class.
    taking : callable
        Called with the new scene; returns what is given each frame, and told of the scene's end.
    settings : dict from str to object, optional
        Manim's configuration where it should be another than it is.
    scene : subclass of Scene, optional
        The scene's class, if the file has just been imported.

    Raises
    ------
    SceneError
        If the scene raises an exception. The text is its traceback.
    ValueError
        If the file has no such scene.
    """
    source = Source(str(Path(file).resolve()) if str(file) != "-" else "-", name)
    given = {"input_file": str(file), "scene_names": [name], **(settings or {})} | _NO_FILM
    recorder: Recorder | None = None

    def before_reading(camera: Any) -> None:
        if recorder is not None:
            recorder.fill_pixels(camera)

    with temp_config(given), _manim_prepared(1), _manim.watched_pictures(before_reading):
        kind = scene or source.scene_in(_guarded(lambda: import_file(Path(source.file))))
        made = _guarded(kind)
        watcher = taking(made)
        recorder = record(made, watcher)
        Manager(made)
        _guarded(made.render)
        watcher.finish()


@contextlib.contextmanager
def _manim_prepared(threads: int) -> Iterator[None]:
    """Let Manim do what it does in less time, and leave no half-written files."""
    with (
        temp_config({"progress_bar": "none"}),  # Manim's own line, one a play
        quick_mobjects(),
        arrays_as_one(),
        threadpool_limits(threads),
        whole_formulas(),
    ):
        _manim.digit_cache().clear()  # of an earlier scene's font
        yield


def _rendered(
    source: Source,
    scene_class: type[Scene] | None,
    pool: WorkerPool,
    listener: Listener,
    records_first: bool,
    watching: Callable[[Scene], Watcher] | None,
) -> Path | None:
    recorder: Recorder | None = None

    def before_reading(camera: Any) -> None:
        if recorder is not None:
            recorder.fill_pixels(camera)

    with _manim.watched_pictures(before_reading):
        scene = _guarded(scene_class or (lambda: source.load()()))
        renderer: Any = scene.renderer
        encoding = encoding_of(scene.session_spec)
        timeline = watcher = None
        if encoding is None and watching is not None:
            raise ValueError("a scene can be watched only where a video is made of it")
        if encoding is not None:
            writer = renderer.file_writer
            folder = writer.partial_movie_directory
            with media_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(
                folder,
                writer.movie_file_path.parent,
                config.get_dir("tex_dir"),
                config.get_dir("text_dir"),
            )
            listener.on_start(folder)
            suffix = writer.output_plan.segment_path("x").suffix
            store = Store(folder, suffix, not config.disable_caching)
            queue = DrawingQueue(store, pool, listener, records_first)
            timeline = Timeline(folder, type(scene).__name__, float(encoding.frame_rate))
            receiver: FrameReceiver = Recording(encoding, queue, timeline, listener)
            if watching is not None:
                watcher = watching(scene)
                receiver = _Both(receiver, watcher)
            recorder = record(scene, receiver, queue)
        listener.on_stage("recording")
        Manager(scene)
        _guarded(scene.render)
        if watcher is not None:
            watcher.finish()
        if timeline is not None:
            timeline.write(complete=True)
    made: Path | None = getattr(renderer.file_writer, "final_file_path", None)
    return made


def encoding_of(session: Any) -> Encoding | None:
    """Return what frames are encoded to; None if the output is no video.

    Parameters
    ----------
    session : object
        What Manim has resolved its configuration to.
    """
    spec = session.video_encoder
    if spec is None or not session.output.is_video:
        return None
    names = Encoding._fields
    return Encoding(*(getattr(spec, name) for name in names)).quick()


def _guarded(call: Callable[[], _Result]) -> _Result:
    """Call what runs a scene's code, and tell its exceptions from ours."""
    try:
        return call()
    except (SceneError, MediaError, WorkersLostError, ClusterError, DrawingError):
        raise
    except OSError as error:
        file = error.filename
        media = Path(config.get_dir("media_dir")).absolute()
        if isinstance(file, str) and not is_raised_by_scene(error):
            path = Path(file).absolute()
            with media_errors(path, within=media):
                if path.is_relative_to(media) or media.is_relative_to(path):
                    raise
        raise SceneError(describe(error)) from None
    except Exception as error:
        raise SceneError(describe(error)) from None
