"""Rendering one scene to a video."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from manim import Manager, Scene, config, tempconfig
from threadpoolctl import threadpool_limits

from nnviz import manims
from nnviz._copying import deep_copy
from nnviz.render.children import can_fork
from nnviz.render.errors import DivergedError, HandOver, LostError, SceneError, describe
from nnviz.render.film import FilmRenderer
from nnviz.render.formulas import whole_formulas
from nnviz.render.names import Surroundings
from nnviz.render.processes import cores, start_early
from nnviz.render.progress import Progress
from nnviz.render.replay import PlanRenderer, Studio, WorkersLostError
from nnviz.render.source import Source

__all__ = ["HandOverError", "WorkersLostError", "render_scene"]

#: So many times in a row may processes die.
_PATIENCE = 3
#: Where the number of a scene's frames is kept, beside its segments.
_RECORD = "frames.json"

_Result = TypeVar("_Result")


class HandOverError(Exception):
    """Manim should do it by itself; the text says why."""


def render_scene(
    file: Path | str,
    name: str,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    settings: dict[str, Any] | None = None,
    scene: type[Scene] | None = None,
    before: Surroundings | None = None,
) -> Path | None:
    """Render a scene.

    Parameters
    ----------
    file
        The scene's file.
    name
        The scene's class.
    jobs
        How many processes draw, this one among them; by default one a processor.
    executor
        Who draws instead of processes of this machine. Its workers need nnviz
        and the packages the scene imports; of files, they are sent the Python files in the
        scene's folder, and the formulas.
    settings
        Manim's configuration where it should be another than it is.
    scene
        The scene's class, if the file has just been imported.
    before
        What was taken from outside to import it.

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

    Notes
    -----
    On Linux the scene runs once, here, in the thread that calls this; with an executor, and where
    processes cannot go on after a fork, it runs once more in each process that draws. There, a
    program that calls this has to be a module that can be imported without doing so again
    (``if __name__ == "__main__":``), as always where Python starts processes.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is {jobs}: at least one process has to draw")
    if isinstance(executor, ThreadPoolExecutor):
        raise ValueError(
            "the executor runs threads of this process, and Manim can draw one scene in a "
            "process: give one with processes, such as ProcessPoolExecutor"
        )
    count = jobs or cores()
    source = Source(str(Path(file).resolve()), name)
    given = {"input_file": str(file), "scene_names": [name], **(settings or {})}
    with (
        tempconfig(given),
        Progress(name) as bar,
        tempconfig({"progress_bar": "none"}),  # Manim's own, one a play
        manims.patched(manims.Seam.COPY, deep_copy),
    ):
        try:
            if executor is None and (can_fork() or count == 1):
                return _film(source, scene, before or Surroundings(), count, bar)
            return _replay(source, count, executor, bar)
        except HandOver as error:
            raise HandOverError(str(error)) from None


def _film(
    source: Source,
    scene_class: type[Scene] | None,
    before: Surroundings,
    jobs: int,
    progress: Progress,
) -> Path | None:
    """Let the scene run once, and draw it on the way; again for what is lost."""
    drawn = set[Path]()
    for _ in range(_PATIENCE + 1):
        renderer: FilmRenderer | None = None

        def looked_at(camera: Any) -> None:
            if renderer is not None:  # noqa: B023 - while it is this one's turn
                renderer.looked_at(camera)  # noqa: B023

        with (
            # Threads of NumPy's that wait for each other would take the others' processors.
            threadpool_limits(max(1, cores() // jobs)),
            whole_formulas(),
            manims.watched_pictures(looked_at),
            manims.scenes_made(before.settle),
            before.listening(),
        ):
            manims.digits_made().clear()  # of an earlier scene's font
            try:
                scene = _guarded(scene_class or (lambda: source.load()()))
                renderer = FilmRenderer.begin_film(scene, jobs, progress, before, drawn)
                progress.look_up(renderer.file_writer.partial_movie_directory / _RECORD)
                progress.say_doing("drawing")
                Manager(scene)
                _guarded(scene.render)
                renderer.check()
                made: Path | None = getattr(renderer.file_writer, "final_file_path", None)
                if not config.from_animation_number and config.upto_animation_number == inf:
                    progress.note_down()
                    renderer.note_down(made)
                return made
            except LostError as error:
                progress.say(
                    f"A process that draws died ({error}); what it was drawing is drawn again."
                )
                progress.start_over()
                scene_class = None  # what the module keeps is no longer as it was
            finally:
                if renderer is not None:
                    renderer.end_film()
    raise WorkersLostError(
        f"A process that draws died {_PATIENCE + 1} times. Is there enough memory? "
        "With --jobs 1 a single process draws."
    )


def _replay(
    source: Source, jobs: int, executor: Executor | None, progress: Progress
) -> Path | None:
    """Let the scene run here to plan it, and in each process that draws."""
    formulas: dict[str, Path] = {}
    if executor is None:
        # Manim takes seconds to import: let the processes begin with it while the scene runs here.
        start_early()
    # What scenes draw by lot they have to draw alike in all processes.
    with (
        tempconfig({"seed": 0 if config.seed is None else config.seed}),
        whole_formulas(lambda svg: formulas.update({svg.name: svg})),
        Studio(jobs, executor, formulas, progress) as studio,
        (before := Surroundings()).listening(),
    ):
        manims.digits_made().clear()
        scene = _guarded(lambda: source.load()())
        renderer = PlanRenderer.begin_plan(scene, source, studio, before)
        progress.say_doing("planning and drawing")
        Manager(scene)
        _guarded(scene.render)
        result: Path | None = getattr(renderer.file_writer, "final_file_path", None)
        return result


def _guarded(call: Callable[[], _Result]) -> _Result:
    """Call what runs a scene's code, and tell its exceptions from ours."""
    try:
        return call()
    except (SceneError, HandOverError, LostError, WorkersLostError):
        raise
    except DivergedError as error:
        raise HandOver(f"it does something else each time it runs ({error})") from error
    except Exception as error:
        raise SceneError(describe(error)) from None
