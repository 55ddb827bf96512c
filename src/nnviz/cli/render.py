"""``nnviz render``: render scenes to videos, with Manim's own options.

Manim's command reads, checks and applies the options, and chooses the scenes. What nnviz does not
render, Manim's command renders with the same options.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click
import cloup
from manim import Scene, config
from manim.cli.render.commands import render as manims_command
from manim.constants import RendererType
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.module_ops import get_scene_classes_from_module, get_scenes_to_render

from nnviz._manim import check_output_name, resolve_render_session, temp_config
from nnviz.cli.batch import Inspected
from nnviz.cli.listing import ConfigurationError, UsageError, find, no_scene
from nnviz.files import MediaError
from nnviz.render.cluster import Cluster, ClusterError
from nnviz.render.cores import cores
from nnviz.render.drawing_queue import WorkerPool
from nnviz.render.errors import REPORT, SceneError, describe
from nnviz.render.messages import quiet
from nnviz.render.progress import Progress
from nnviz.render.rendering import Watcher, encoding_of, render_scene
from nnviz.render.source import import_file
from nnviz.render.workers import DrawingError, Workers, WorkersLostError

__all__ = ["run", "videos_of"]

_GROUP = cloup.OptionGroup("nnviz options")
_OURS = [
    cloup.Option(
        ["-j", "--jobs"],
        group=_GROUP,
        type=cloup.IntRange(min=1),
        default=cores(),
        metavar="N",
        help=f"Number of processes (default: all processors, {cores()}).",
    ),
    cloup.Option(
        ["--no-cache"],
        group=_GROUP,
        is_flag=True,
        help="Draw all frames again (same as --disable_caching).",
    ),
    cloup.Option(
        ["--scheduler"],
        group=_GROUP,
        metavar="ADDRESS",
        help="Draw on the workers of a Dask cluster: tcp://HOST:PORT or tls://HOST:PORT.",
    ),
    cloup.Option(
        ["--scheduler-timeout"],
        group=_GROUP,
        type=cloup.FloatRange(min=0, min_open=True),
        default=300.0,
        metavar="SECONDS",
        help="Stop if the cluster has drawn nothing for this time (default: 300).",
    ),
    cloup.Option(
        ["--inspect"],
        group=_GROUP,
        is_flag=True,
        help="Also inspect the scenes, as nnviz inspect --no-sheets does, and print the report.",
    ),
    cloup.Option(
        ["--strict"],
        group=_GROUP,
        is_flag=True,
        help="With --inspect: exit with status 1 if there is a finding.",
    ),
    # For nnviz preview, which adds up what its processes have found.
    cloup.Option(["--inspect-to"], type=click.Path(path_type=Path), group=_GROUP, hidden=True),
]
_HELP = """

You can also write SCENE [FILE or FOLDER]: nnviz then searches the file or folder (by default the
current folder) for the scene.
"""
#: Seconds in which a scheduler has to answer, and in which its client has to close.
_CONNECTS_WITHIN, _CLOSES_WITHIN = 20.0, 2.0


@dataclass(frozen=True)
class _Request:
    """A command line that has been read.

    Attributes
    ----------
    file : Path
        The file with the scenes.
    names : list of str
        Names of the scenes. Manim chooses if there are none.
    values : dict
        Manim's options by name.
    words : dict
        Options that were given, by name, as words of Manim's command line.
    jobs : int
        Number of processes that draw.
    scheduler : str or None
        Address of the scheduler of a Dask cluster.
    timeout : float
        Seconds to wait for the cluster.
    inspects : bool
        Whether to inspect the scenes as well.
    strict : bool
        Whether the command fails if there is a finding.
    summary : Path or None
        Where to write what was found, for another process.
    """

    file: Path
    names: list[str]
    values: dict[str, Any]
    words: dict[str, list[str]]
    jobs: int
    scheduler: str | None
    timeout: float
    inspects: bool
    strict: bool
    summary: Path | None


def run(words: Sequence[str]) -> int:
    """Run the command.

    Parameters
    ----------
    words : sequence of str
        Words after ``nnviz render``.

    Returns
    -------
    int
        The exit status: 0 on success; 1 if a scene failed or, with ``--inspect --strict``, if there
        is a finding; 2 if the arguments are wrong; or the status of Manim's command.

    Raises
    ------
    UsageError
        If there is no such file or scene.
    """
    try:
        request = _read(words)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    with temp_config({"input_file": ""}), quiet(unless="verbosity" in request.words):
        try:
            config.digest_args(Namespace(**request.values))
            session = _session() if config.renderer == RendererType.CAIRO else None
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from None
        if session is None:
            if request.inspects:
                raise UsageError("--inspect needs Cairo: scenes in OpenGL cannot be inspected")
            return _run_manim(request, "OpenGL is not supported; nnviz draws with Cairo")
        draws = encoding_of(session) is not None
        if request.inspects and not draws:
            raise UsageError("--inspect needs a video; nnviz inspect makes none")
        try:
            # Before the scene's file is imported.
            with _pool(request, draws) as pool:
                return _render_all(request, _chosen(Path(config.input_file)), pool)
        except (SceneError, MediaError, WorkersLostError, ClusterError) as error:
            print(error, file=sys.stderr)
            return 1
        except DrawingError as error:
            print(f"{error}\n{REPORT}", file=sys.stderr)
            return 1


def videos_of(words: Sequence[str], scenes: Iterable[tuple[str, str]]) -> list[Path]:
    """Return the paths of the videos that a command writes.

    Parameters
    ----------
    words : sequence of str
        Words after ``nnviz render``: options and a file.
    scenes : iterable of (str, str)
        Name of each scene's file, without its suffix, and name of the scene.

    Raises
    ------
    UsageError
        If the configuration is not possible, or asks for no video.
    """
    request = _read(words)
    with temp_config({"input_file": ""}):
        try:
            config.digest_args(Namespace(**request.values))
            session = _session()
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from None
        if session.video_encoder is None:
            raise UsageError(f"the format is {session.output.format.value}, which is not a video")
        suffix = session.output.artifact_extension
        return [
            Path.cwd()
            / config.get_dir("video_dir", module_name=module, scene_name=scene)
            / f"{scene}{suffix}"
            for module, scene in scenes
        ]


def _render_all(request: _Request, scenes: Sequence[type[Scene]], pool: WorkerPool) -> int:
    """Render scenes one after the other, and stop at the first that fails, as Manim does.

    The file is imported again for each scene.
    """
    inspection = _Inspection(Path(config.input_file)) if request.inspects else None
    imported: type[Scene] | None = scenes[0]
    for scene in scenes:
        name = scene.__name__
        watching = inspection.watching(name) if inspection else None
        made = render_scene(
            config.input_file, name, scene=imported, workers=pool, watching=watching
        )
        if made is not None:
            print(made, flush=True)
        if inspection is not None:
            print(inspection.report(), flush=True)
        imported = None
    if inspection is None:
        return 0
    if request.summary is not None:
        inspection.found.save(request.summary)
    return int(request.strict and inspection.found.is_objected_to)


class _Inspection:
    """Inspects scenes of a file, one after the other, and adds up what was found."""

    def __init__(self, file: Path) -> None:
        # Not loaded by renders without it.
        from nnviz.preview.inspection import Inspector, report
        from nnviz.preview.inspection_exceptions import exceptions_for

        try:
            self._exceptions = exceptions_for(file)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._file, self._kind, self._report = file, Inspector, report
        self.found = Inspected()

    def watching(self, name: str) -> Callable[[Scene], Watcher]:
        """Return what `render_scene` takes to have the next scene inspected."""
        self._inspector = self._kind(self._file, name, self._exceptions, pictures=False)
        return self._inspector.watch

    def report(self) -> str:
        """Return the report of the scene that has run."""
        inspection = self._inspector.inspection()
        text = self._report(inspection)
        self.found += Inspected(text, len(inspection.objections), len(inspection.unused))
        return text


# --- reading the command line


def _command() -> cloup.Command:
    """Return Manim's command with our options added."""
    return cloup.Command(
        "render",
        params=[*manims_command.params, *_OURS],
        help=cleandoc(manims_command.help or "") + _HELP,
        epilog=manims_command.epilog,
        no_args_is_help=True,
    )


def _read(words: Sequence[str]) -> _Request:
    command = _command()
    try:
        context = command.make_context("nnviz render", list(words))
    except SystemExit as error:  # Manim has printed what is wrong, and exits without a status
        raise click.exceptions.Exit(error.code if isinstance(error.code, int) else 2) from None
    values = dict(context.params)
    jobs, scheduler = values.pop("jobs"), values.pop("scheduler")
    timeout = values.pop("scheduler_timeout")
    inspects, strict = values.pop("inspect"), values.pop("strict")
    summary = values.pop("inspect_to")
    if strict and not inspects:
        raise UsageError("--strict needs --inspect")
    if values.pop("no_cache"):
        values["disable_caching"] = True
    file, names = _where(values["file"], list(values["scene_names"]))
    values |= {"file": file, "scene_names": names}
    given = _given(context, words)
    return _Request(file, names, values, given, jobs, scheduler, timeout, inspects, strict, summary)


def _given(context: click.Context, words: Sequence[str]) -> dict[str, list[str]]:
    """Return Manim's options among the words, by name."""
    raw, _, _ = context.command.make_parser(context).parse_args(list(words))
    given: dict[str, list[str]] = {}
    for option in manims_command.params:
        if not isinstance(option, click.Option) or option.name not in raw:
            continue
        value, flag = raw[option.name], option.opts[-1]
        if option.is_flag:
            given[option.name] = [flag if value else option.secondary_opts[-1]]
        else:
            every = value if option.multiple else [value]
            given[option.name] = [word for one in every for word in (flag, one)]
    if "no_cache" in raw:
        given["disable_caching"] = ["--disable_caching"]
    return given


def _where(first: Path, others: list[str]) -> tuple[Path, list[str]]:
    """Tell FILE SCENE... from SCENE [FILE or FOLDER]."""
    if str(first) == "-":
        return first, others
    if first.is_file():
        if first.suffix not in (".py", ".cfg"):
            raise UsageError(f"{first} is not a Python file")
        return first, others
    if first.is_dir():
        raise UsageError(f"{first} is a folder: give a file, or SCENE {first}")
    if first.suffix or len(first.parts) > 1:
        raise UsageError(f"there is no file {first}")
    if len(others) > 1:
        raise UsageError(f"there is no file {first}: give FILE SCENE..., or SCENE FILE")
    place = Path(others[0]) if others else None
    if place is not None and place.is_file():
        return place, [str(first)]
    scene = find(str(first), place)
    return scene.file, [scene.name]


def _chosen(file: Path) -> list[type[Scene]]:
    """Import a file and choose its scenes as Manim does; raise a UsageError for unknown names."""
    with Progress(file.name):
        try:
            classes = get_scene_classes_from_module(import_file(file))
        except Exception as error:
            raise SceneError(describe(error)) from None
    if not classes:
        raise UsageError(f"there are no scenes in {file}")
    known = [scene.__name__ for scene in classes]
    for name in config.scene_names:
        if name not in known and not config.write_all:
            what = no_scene(name, f"in {file}", known)
            raise UsageError(f"{what}\n\nThe scenes are:\n" + "\n".join(known))
    chosen: list[type[Scene]] = get_scenes_to_render(classes)
    try:
        check_output_name(chosen)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return chosen


# --- who renders and draws


def _session() -> Any:
    """Return Manim's render session for the configuration; raise a ValueError if there is none."""
    try:
        for key in ("tex_dir", "text_dir", "partial_movie_dir"):
            config.get_dir(key, module_name="module", scene_name="scene")
    except KeyError as error:
        raise ConfigurationError(f"manim.cfg: {error.args[0]}") from None
    return resolve_render_session(config, CairoRenderer.capabilities, renderer_name="Cairo")


def _run_manim(request: _Request, reason: str) -> int:
    """Run Manim's command in this process; return its exit status."""
    what = " and ".join(request.names) or request.file
    print(f"Manim's own command renders {what}: {reason}", file=sys.stderr, flush=True)
    words = [word for some in request.words.values() for word in some]
    try:
        manims_command.main(
            [*words, "--", str(request.file), *request.names], standalone_mode=False
        )
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    return 0


@contextlib.contextmanager
def _pool(request: _Request, draws: bool) -> Iterator[WorkerPool]:
    """Start what draws: processes on this computer, or the workers of a Dask cluster."""
    if request.scheduler is None or not draws:
        with Workers(request.jobs - 1 if draws else 0) as workers:
            yield workers
        return
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask's package distributed: pip install 'manim-nnviz[cluster]'"
        ) from None
    # When a scene ends early, Dask logs its cancelled tasks to standard error, partly through
    # Tornado, which runs its callbacks.
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(
            request.scheduler, timeout=min(request.timeout, _CONNECTS_WITHIN), set_as_default=False
        )
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())
        raise UsageError(f"there is no Dask scheduler at {request.scheduler}: {text}") from None
    try:
        count = sum(client.nthreads().values())
        # Not pure: a segment that is not in the folder of segments has to be drawn again.
        yield Cluster(client.get_executor(pure=False), count, request.timeout)
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=_CLOSES_WITHIN)
