"""The command ``nnviz``: list a folder's scenes, and render them."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from nnviz.render.batch import cores, render_all
from nnviz.render.discover import Discovery, SceneInfo, discover, nearest
from nnviz.render.processes import start_early

__all__ = ["main"]

QUALITIES = {"l": "480p15", "m": "720p30", "h": "1080p60", "p": "1440p60", "k": "2160p60"}
SCENES = Path("scenes")


class UsageError(Exception):
    """The command cannot be carried out as given; its text says why, and what would do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        The words after ``nnviz``; those of the process by default.

    Returns
    -------
    int
        The exit status: 0 when all went well, 2 when the arguments make no sense.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nnviz", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="list the scenes, each with a line about it")
    command.add_argument("folder", nargs="?", type=Path, default=SCENES, metavar="FOLDER")
    command.set_defaults(run=run_list)

    command = commands.add_parser("find", help="say which file defines a scene")
    _add_scene(command)
    command.set_defaults(run=run_find)

    command = commands.add_parser("render", help="render one scene to a video")
    _add_scene(command)
    _add_quality(command, default=None)
    command.add_argument(
        "-j",
        "--jobs",
        type=int,
        default=cores(),
        metavar="N",
        help="let so many processes draw (default: one a processor, %(default)s)",
    )
    command.add_argument(
        "--no-cache", action="store_true", help="draw again what an earlier run has drawn"
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="let the workers of a Dask cluster draw: tcp://HOST:PORT",
    )
    command.set_defaults(run=run_render)

    command = commands.add_parser("preview", help="render all scenes of a folder, small")
    command.add_argument("folder", nargs="?", type=Path, default=SCENES, metavar="FOLDER")
    _add_quality(command, default="l")
    command.add_argument(
        "-j",
        "--jobs",
        type=int,
        default=cores(),
        metavar="N",
        help="render so many at a time (default: one a processor, %(default)s)",
    )
    command.set_defaults(run=run_preview)
    return parser


def _add_scene(command: argparse.ArgumentParser) -> None:
    command.add_argument("scene", metavar="SCENE")
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=SCENES,
        metavar="FOLDER",
        help="the folder, or the file, with the scene (default: %(default)s)",
    )


def _add_quality(command: argparse.ArgumentParser, default: str | None) -> None:
    sizes = ", ".join(f"{key}: {size}" for key, size in QUALITIES.items())
    fallback = default or "as manim.cfg says"
    command.add_argument(
        "-q",
        "--quality",
        choices=QUALITIES,
        default=default,
        help=f"{sizes} (default: {fallback})",
    )


def run_list(options: argparse.Namespace) -> int:
    """Print the scenes of a folder."""
    found = _discover(options.folder)
    if not found.scenes:
        raise UsageError(f"there are no scenes in {options.folder}")
    print(_table(found.scenes))
    return 0


def run_find(options: argparse.Namespace) -> int:
    """Print the file of a scene."""
    print(_find(options.scene, options.folder).file)
    return 0


def run_render(options: argparse.Namespace) -> int:
    """Render a scene with several processes; leave to Manim what they cannot do."""
    scene = _find(options.scene, options.folder)
    if options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: at least one process has to draw")
    if options.scheduler is None:
        # Manim takes seconds to import: let the processes begin with it, then begin here.
        start_early()
    from manim.constants import QUALITIES as MANIMS

    from nnviz.render.errors import SceneError
    from nnviz.render.rendering import HandOverError, WorkersLostError, render_scene

    settings: dict[str, Any] = {}
    if options.quality:
        flags = {quality["flag"]: name for name, quality in MANIMS.items()}
        settings["quality"] = flags[options.quality]
    if options.no_cache:
        settings["disable_caching"] = True
    try:
        with _executor(options.scheduler) as executor:
            render_scene(
                scene.file, scene.name, jobs=options.jobs, executor=executor, settings=settings
            )
    except HandOverError as error:
        print(f"Manim renders {scene.name} by itself, in one process: {error}.", file=sys.stderr)
        return render(scene, options.quality)
    except (SceneError, WorkersLostError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


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


def run_preview(options: argparse.Namespace) -> int:
    """Render all scenes of a folder; say at the end which failed, if any did."""
    found = _discover(options.folder)
    if not found.scenes:
        raise UsageError(f"there are no scenes in {options.folder}")
    if options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: at least one scene at a time is needed")
    began = time.monotonic()
    count = len(found.scenes)
    print(f"Rendering {count} scenes at {QUALITIES[options.quality]}, {options.jobs} at a time.")
    failed: list[str] = []
    outcomes = render_all(found.scenes, options.quality, options.jobs)
    for position, outcome in enumerate(outcomes, start=1):
        name, file = outcome.scene.name, outcome.scene.file
        if outcome.status:
            failed.append(f"{name} ({file})")
            print(f"\n{name} failed, with status {outcome.status}. The last it said:")
            print(textwrap.indent("\n".join(outcome.output.splitlines()[-40:]), "    "))
        verdict = "FAILED" if outcome.status else "done"
        print(f"[{position:2}/{count}] {verdict:6} {outcome.seconds:6.1f} s  {name}", flush=True)
    print(f"{count - len(failed)} of {count} scenes in {time.monotonic() - began:.0f} s.")
    if failed or found.problems:
        print("Not rendered:", *failed, *found.problems, sep="\n    ", file=sys.stderr)
        return 1
    return 0


def render(scene: SceneInfo, quality: str | None) -> int:
    """Render a scene with Manim's own command line.

    Parameters
    ----------
    scene
        The scene.
    quality
        A key of Manim's ``-q``; None leaves it to the configuration.

    Returns
    -------
    int
        Manim's exit status.
    """
    command = [sys.executable, "-m", "manim", "render"]
    command += [f"-q{quality}"] if quality else []
    command += [str(scene.file), scene.name]
    return subprocess.run(command, check=False).returncode


def _discover(folder: Path) -> Discovery:
    try:
        found = discover(folder)
    except ValueError as error:
        raise UsageError(str(error)) from None
    for problem in found.problems:
        print(f"warning: {problem}", file=sys.stderr)
    return found


def _find(name: str, folder: Path) -> SceneInfo:
    found = _discover(folder)
    matches = found.called(name)
    if len(matches) == 1:
        return matches[0]
    if matches:
        files = " and ".join(str(scene.file) for scene in matches)
        raise UsageError(f"{files} each define a scene {name}: name the file after the scene")
    message = f"there is no scene {name!r} in {folder}."
    guesses = nearest(name, found.names)
    if guesses:
        message += f" Did you mean {' or '.join(guesses)}?"
    if found.scenes:
        message += f"\n\nThe scenes are:\n{_table(found.scenes)}"
    raise UsageError(message)


def _table(scenes: Sequence[SceneInfo]) -> str:
    """Return a line a scene: its name, and what it shows; folded to the terminal's width."""
    width = max(len(scene.name) for scene in scenes) + 2
    columns = shutil.get_terminal_size(fallback=(1000, 24)).columns
    return "\n".join(
        textwrap.fill(
            f"{scene.name:<{width}}{scene.description}".rstrip(),
            width=max(columns, width + 30),
            subsequent_indent=" " * width,
            break_on_hyphens=False,
        )
        for scene in scenes
    )


if __name__ == "__main__":
    sys.exit(main())
