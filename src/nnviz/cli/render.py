"""``nnviz render``: scenes to videos, with Manim's own options.

Options are read, checked and applied by Manim's command, and scenes chosen by its rules. What nnviz
does not render goes to Manim's command, with the options that came.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click
import cloup
import manim
from manim import Scene, config, error_console, logger, tempconfig
from manim.cli.render.commands import render as manims_command
from manim.constants import RendererType
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.module_ops import get_scene_classes_from_module, get_scenes_to_render
from rich.logging import RichHandler

from nnviz.cli.listing import UsageError, find, no_scene
from nnviz.manims import OutputFormat, check_output_name, resolve_render_session
from nnviz.render.errors import SceneError, describe
from nnviz.render.names import Surroundings
from nnviz.render.processes import cores
from nnviz.render.progress import Progress
from nnviz.render.records import video_made
from nnviz.render.rendering import HandOverError, WorkersLostError, render_scene
from nnviz.render.segments import encoder_for
from nnviz.render.source import import_file

__all__ = ["Place", "places_of", "run"]

_GROUP = cloup.OptionGroup("nnviz options")
_OURS = [
    cloup.Option(
        ["-j", "--jobs"],
        group=_GROUP,
        type=cloup.IntRange(min=1),
        default=cores(),
        metavar="N",
        help=f"Let so many processes draw (default: one a processor, {cores()}).",
    ),
    cloup.Option(
        ["--no-cache"],
        group=_GROUP,
        is_flag=True,
        help="Draw again what is there (the same as --disable_caching).",
    ),
    cloup.Option(
        ["--scheduler"],
        group=_GROUP,
        metavar="ADDRESS",
        help="Let the workers of a Dask cluster draw: tcp://HOST:PORT.",
    ),
]
_HELP = """

SCENE [FILE or FOLDER] works, too: the scene is looked for there, by default below the current
folder.
"""
_MANIM = Path(manim.__file__).parent
#: Outputs that are not video, and why Manim makes them.
_NOT_VIDEO = {
    OutputFormat.PNG: "a picture is asked for, and no video",
    OutputFormat.PNG_SEQUENCE: "a picture a frame is asked for, and no video",
    OutputFormat.NONE: "no file is asked for",
}


@dataclass(frozen=True)
class _Order:
    """What a command line asks for.

    Attributes
    ----------
    file : Path
        The file with the scenes.
    names : list of str
        The scenes; none leaves the choice to Manim.
    values : dict
        Manim's options by name.
    words : dict
        Those that were given, as they would be given to Manim.
    jobs : int
        How many processes draw.
    scheduler : str or None
        Address of a cluster.
    """

    file: Path
    names: list[str]
    values: dict[str, Any]
    words: dict[str, list[str]]
    jobs: int
    scheduler: str | None


def run(words: Sequence[str]) -> int:
    """Carry out the command.

    Parameters
    ----------
    words
        What stands after ``nnviz render``.

    Returns
    -------
    int
        The exit status: 0 when all went well, 1 when a scene failed, 2 when the words make no
        sense; or that of Manim's command.

    Raises
    ------
    UsageError
        If there is no such file, or scene.
    """
    try:
        order = _read(words)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    with tempconfig({"input_file": ""}), _quiet(unless="verbosity" in order.words):
        try:
            config.digest_args(Namespace(**order.values))
            reason = _is_manims(order.file)
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from None
        if reason:
            return _hand_over(order, reason)
        try:
            before = Surroundings()
            scenes = _chosen(Path(config.input_file), before)
            with _executor(order.scheduler) as executor:
                return _render_all(order, scenes, before, executor)
        except (SceneError, WorkersLostError) as error:
            print(error, file=sys.stderr)
            return 1


@dataclass(frozen=True)
class Place:
    """Where a scene's video belongs.

    Attributes
    ----------
    video : Path
        The file.
    is_right : bool
        Whether it is there, and rendering would only make it again.
    """

    video: Path
    is_right: bool


def places_of(words: Sequence[str], scenes: Iterable[tuple[str, str]]) -> list[Place]:
    """Find the videos that a command is to make of scenes, or has made.

    Parameters
    ----------
    words
        What would stand after ``nnviz render``: options, and a file.
    scenes
        The name of each scene's file, without its suffix, and the scene's.

    Raises
    ------
    UsageError
        If nobody can do what the configuration says, or no video is asked for.
    """
    order = _read(words)
    with tempconfig({"input_file": ""}):
        try:
            config.digest_args(Namespace(**order.values))
            session = _session()
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from None
        if session.video_encoder is None:
            raise UsageError(f"{session.output.format.value} is asked for, and no video")
        encoder, suffix = encoder_for(session.video_encoder), session.output.artifact_extension
        places = []
        for module, scene in scenes:
            names = {"module_name": module, "scene_name": scene}
            video = Path.cwd() / config.get_dir("video_dir", **names) / f"{scene}{suffix}"
            segments = Path.cwd() / config.get_dir("partial_movie_dir", **names)
            places.append(Place(video, video_made(segments, encoder) == video))
    return places


def _render_all(
    order: _Order,
    scenes: Sequence[type[Scene]],
    before: Surroundings,
    executor: Executor | None,
) -> int:
    """Render scenes one after the other, as Manim does: to the first that fails.

    Each begins with the file as it is when it has just been imported.
    """
    imported: dict[str, Any] = {"scene": scenes[0], "before": before}
    for scene in scenes:
        try:
            made = render_scene(
                config.input_file, scene.__name__, jobs=order.jobs, executor=executor, **imported
            )
        except HandOverError as error:
            if status := _hand_over(order, str(error), scene.__name__):
                return status
        else:
            if made is not None:
                print(made, flush=True)
        imported = {}
    return 0


# --- what is asked for


def _command() -> cloup.Command:
    """Return Manim's command with our options added."""
    return cloup.Command(
        "render",
        params=[*manims_command.params, *_OURS],
        help=cleandoc(manims_command.help or "") + _HELP,
        epilog=manims_command.epilog,
        no_args_is_help=True,
    )


def _read(words: Sequence[str]) -> _Order:
    command = _command()
    try:
        context = command.make_context("nnviz render", list(words))
    except SystemExit as error:  # Manim has said what is wrong, and leaves without a status
        raise click.exceptions.Exit(error.code if isinstance(error.code, int) else 2) from None
    values = dict(context.params)
    jobs, scheduler = values.pop("jobs"), values.pop("scheduler")
    if values.pop("no_cache"):
        values["disable_caching"] = True
    file, names = _where(values["file"], list(values["scene_names"]))
    values |= {"file": file, "scene_names": names}
    return _Order(file, names, values, _given(context, words), jobs, scheduler)


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
        raise UsageError(f"{first} is a folder: name a file, or SCENE {first}")
    if first.suffix or len(first.parts) > 1:
        raise UsageError(f"there is no file {first}")
    if len(others) > 1:
        raise UsageError(f"there is no file {first}: give FILE SCENE..., or SCENE FILE")
    place = Path(others[0]) if others else None
    if place is not None and place.is_file():
        return place, [str(first)]
    scene = find(str(first), place)
    return scene.file, [scene.name]


def _chosen(file: Path, before: Surroundings) -> list[type[Scene]]:
    """Import a file, and choose its scenes as Manim does, but refuse those that are not there."""
    with Progress(file.name), before.listening():
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


# --- what others do


def _is_manims(file: Path) -> str | None:
    """Say why Manim should do all of it, if it should.

    Raises
    ------
    ValueError
        If nobody can do what the configuration says.
    """
    if str(file) == "-":
        return "the scenes are typed in, and not in a file"
    if config.renderer != RendererType.CAIRO:
        return "it is to be drawn by OpenGL, and nnviz draws by Cairo"
    return _NOT_VIDEO.get(_session().output.format)


def _session() -> Any:
    """Return what the configuration comes to; a ValueError if nobody can do it."""
    return resolve_render_session(config, CairoRenderer.capabilities, renderer_name="Cairo")


def _hand_over(order: _Order, reason: str, name: str | None = None) -> int:
    """Let Manim's command do it, or one scene of it; return its exit status."""
    given, names = order.words, order.names
    if name is not None:
        given, names = {key: given[key] for key in given if key != "write_all"}, [name]
    what = " and ".join(names) or order.file
    print(f"Manim renders {what} by itself, in one process: {reason}.", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "manim", "render", *(w for ws in given.values() for w in ws)]
    status = subprocess.run([*command, "--", str(order.file), *names], check=False).returncode
    return status if status >= 0 else 128 - status


@contextlib.contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    """Connect to a Dask cluster; without an address there is nothing to connect to."""
    if address is None:
        yield None
        return
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask's package distributed: pip install 'manim-nnviz[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=20)
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no Dask scheduler at {address}: {error}") from None
    with client:
        # Not pure: what has been drawn is in the folder of segments, or is to be drawn again.
        yield client.get_executor(pure=False)


@contextlib.contextmanager
def _quiet(unless: bool) -> Iterator[None]:
    """Let Manim tell of trouble alone, on standard error, unless somebody asked for more."""
    handlers = [handler for handler in logger.handlers if isinstance(handler, RichHandler)]
    consoles = [handler.console for handler in handlers]
    # INFO is what the configuration says when nobody says anything.
    is_wanted = _is_asked_for if config.verbosity == "INFO" and not unless else None
    for handler in handlers:
        handler.console = error_console
        if is_wanted:
            handler.addFilter(is_wanted)
    try:
        yield
    finally:
        for handler, console in zip(handlers, consoles, strict=True):
            handler.console = console
            if is_wanted:
                handler.removeFilter(is_wanted)


def _is_asked_for(record: logging.LogRecord) -> bool:
    """Say whether a message is a warning, or one of the scene's own."""
    own = not record.name.startswith("libav") and _MANIM not in Path(record.pathname).parents
    return own or record.levelno >= logging.WARNING
