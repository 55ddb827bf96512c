"""The command ``nnviz``: list, render, inspect and join scenes; write a model's page."""

from __future__ import annotations

import argparse
import configparser
import contextlib
import os
import sys
import textwrap
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import nnviz
from nnviz.cli import watch
from nnviz.cli.batch import render_all
from nnviz.cli.listing import ConfigurationError, UsageError, find, listing, scenes_in
from nnviz.files import MediaError
from nnviz.render.cores import cores

__all__ = ["main"]

_QUALITIES = {"l": "480p15", "m": "720p30", "h": "1080p60", "p": "1440p60", "k": "2160p60"}
_INTERRUPTED = 130
_FILM = """\
Render scenes, and join their videos to one, which is not encoded again.
Players show a mark for each scene. A contact sheet stands beside the film: a still of each scene,
when it begins, and its title. Every scene runs, and of each only what has changed is drawn.

A list of scenes is a TOML file in their folder:

    title = "All of it"
    scenes = [
        { name = "Beginning", title = "How it began" },
        { name = "End" },
    ]
"""
_WATCH = """\
Show a scene in the browser: its film, and its plays. Whenever the file is saved, or one that it
imports or reads, the scene is run again; of a play that has changed the last frame is shown first,
then its film. The page is served to this machine alone. Ctrl-C ends it.
"""
_PRESENT = """\
Show the sections of a scene (self.next_section) as slides in the browser: each is played, and waits
at its end for a key; the page's key ? lists them. In a scene without sections each play is a slide.
The last word of a section's type says what it does: "loop" goes round until you go on,
"complete_loop" then ends its round, "skip" goes on at once. Notes are the scene's subcaptions, and
the docstrings of its methods.
"""

_INSPECT = """\
Run scenes, and say what a careful viewer would object to: parts outside of the frame, texts over
texts or over lines, texts that are small or hard to tell from what lies under them, parts that
jump, and seconds in which nothing is seen. A contact sheet shows each play's end.

What is as it should be is listed with a reason, in inspect.toml:

    [[except]]
    scene = "Beginning"
    kind = "text-over-edge"
    mobject = "Text 'cost'"
    reason = "the line leads into the word"
"""
#: Options of inspect, by the names of thresholds: what they count, and what they do.
_THRESHOLDS = {
    "outside": ("PIXELS", "how far a part may reach beyond the frame (default: 3)"),
    "overlap": ("SHARE", "how much of a text's ink may lie over another text (default: 0.05)"),
    "crossing": ("SHARE", "how much of a text's ink lines may cross (default: 0.05)"),
    "text": ("PIXELS", "how high letters have to be (default: 6)"),
    "contrast": ("RATIO", "which contrast, by WCAG, texts have to have (default: 3)"),
    "jump": ("SHARE", "of the frame's width, by which a part may jump (default: 0.05)"),
    "empty": ("SECONDS", "for how long nothing may be seen (default: 1.5)"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``nnviz``; those of the process by default.

    Returns
    -------
    int
        The exit status: 0 when all went well, 1 when a scene failed, 2 when the arguments make
        no sense, 130 when interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["render"]:
            return run_render(words[1:])
        options = _parser().parse_args(words)
        status: int = options.run(options)
        return status
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnviz",
        description="List Manim scenes, render and inspect them, and join them to a film.",
    )
    parser.add_argument("--version", action="version", version=f"nnviz {nnviz.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    # Its words are read by Manim's own command: nnviz render --help.
    commands.add_parser("render", help="render scenes to videos, with Manim's options and ours")

    command = commands.add_parser(
        "watch",
        help="show a scene in the browser, and what changes when its file is saved",
        description=_WATCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_page_of_scene(command, quality="l")
    command.set_defaults(run=run_watch)

    command = commands.add_parser(
        "present",
        help="show a scene's sections as slides in the browser, or write them to one file",
        description=_PRESENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_page_of_scene(command, quality="h")
    command.add_argument(
        "--export",
        type=Path,
        metavar="FILE.html",
        help="write the slides to one file that needs no server, and end",
    )
    command.add_argument(
        "--notes", action="store_true", help="with --export: put the notes into the file, too"
    )
    command.set_defaults(run=run_present)

    command = commands.add_parser("preview", help="render all scenes of a folder, small")
    _add_folder(command)
    _add_rendering(command, quality="l")
    command.set_defaults(run=run_preview)

    command = commands.add_parser(
        "film",
        help="join scenes to one video, with a mark for each",
        description=_FILM,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "place",
        nargs="?",
        type=Path,
        metavar="FILM.toml or FOLDER",
        help="which scenes: a list, or a folder or file (default: all below the current folder)",
    )
    _add_rendering(command, quality="h")
    command.set_defaults(run=run_film)

    command = commands.add_parser(
        "cache",
        help="say how large is what is kept of earlier renders, or remove it",
        description="What is kept of earlier renders: segments, formulas, texts.",
    )
    command.add_argument("--clear", action="store_true", help="remove it; videos stay")
    command.add_argument(
        "--media_dir",
        type=Path,
        metavar="FOLDER",
        help="the media folder (default: the one that manim.cfg names, media)",
    )
    command.set_defaults(run=run_cache)

    command = commands.add_parser(
        "inspect",
        help="say what a careful viewer would object to, and draw a contact sheet",
        description=_INSPECT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_inspecting(command)
    command.set_defaults(run=run_inspect)

    command = commands.add_parser(
        "page",
        help="write a model as one interactive page",
        description="Write a model as one HTML file that computes by itself: touch it, and see "
        "what follows. It needs no server, and asks nobody for anything.",
    )
    _add_page(command)
    command.set_defaults(run=run_page)

    command = commands.add_parser("list", help="list the scenes, each with a line about it")
    _add_folder(command)
    command.set_defaults(run=run_list)

    command = commands.add_parser("find", help="say which file defines a scene")
    command.add_argument("scene", metavar="SCENE")
    _add_folder(command)
    command.set_defaults(run=run_find)
    return parser


def _add_rendering(
    command: argparse.ArgumentParser, quality: str, jobs: str = "number of scenes at a time"
) -> None:
    sizes = ", ".join(f"{key}: {size}" for key, size in _QUALITIES.items())
    command.add_argument(
        "-q",
        "--quality",
        choices=_QUALITIES,
        default=quality,
        help=f"{sizes} (default: %(default)s)",
    )
    command.add_argument(
        "-j",
        "--jobs",
        type=int,
        default=cores(),
        metavar="N",
        help=f"{jobs} (default: one a processor, %(default)s)",
    )


def _add_page_of_scene(command: argparse.ArgumentParser, quality: str) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="the file with the scene")
    command.add_argument(
        "scene",
        nargs="?",
        metavar="SCENE",
        help="the scene to begin with (default: the one that was chosen last, or the first)",
    )
    _add_rendering(command, quality, jobs="number of processes that draw")
    command.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="N",
        help="the port of the page (default: any that is free)",
    )
    command.add_argument(
        "--no-browser", action="store_true", help="only print the address, and open no browser"
    )


def _add_inspecting(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "what",
        nargs="*",
        metavar="FILE, FOLDER or SCENE",
        help="where scenes are, and which (default: all scenes below the current folder)",
    )
    _add_rendering(command, quality="l")
    command.add_argument("--json", action="store_true", help="write the report as JSON")
    command.add_argument(
        "--strict", action="store_true", help="end with status 1 if something was found"
    )
    command.add_argument(
        "--every",
        type=float,
        metavar="SECONDS",
        help="seconds between pictures on the contact sheet (default: at each play's end)",
    )
    command.add_argument(
        "--sheets",
        type=Path,
        metavar="FOLDER",
        help="where contact sheets go (default: inspect in the media folder)",
    )
    command.add_argument("--no-sheets", action="store_true", help="draw no contact sheets")
    command.add_argument(
        "--exceptions",
        type=Path,
        metavar="FILE",
        help="what is as it should be (default: inspect.toml beside the scene's file or above it)",
    )
    for name, (unit, text) in _THRESHOLDS.items():
        command.add_argument(f"--{name}", type=float, metavar=unit, help=text)


def _add_page(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", type=Path, metavar="MODEL", help="a file .onnx, .npz or .keras")
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the page (default: the model's name with .html)",
    )
    command.add_argument("--title", help="what stands above (default: the model's name)")
    command.add_argument("--description", default="", help="what stands below the title")
    command.add_argument(
        "--examples",
        type=Path,
        metavar="FILE.npz",
        help="examples to choose from: a file of numpy.savez with inputs, and answers if known",
    )
    for side in ("input", "output"):
        command.add_argument(
            f"--{side}-labels", metavar="A,B,C", help=f"names of the {side}s, with commas between"
        )


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the folder, or the file, with the scenes (default: all below the current folder)",
    )


def run_list(options: argparse.Namespace) -> int:
    """Print the scenes of a folder."""
    found = scenes_in(options.folder)
    print(listing(found.scenes, by_file=options.folder is None), flush=True)
    return 0


def run_find(options: argparse.Namespace) -> int:
    """Print the file of a scene."""
    print(find(options.scene, options.folder).file)
    return 0


def run_render(words: Sequence[str]) -> int:
    """Render scenes."""
    with _starting():
        from nnviz.cli.render import run
    return run(words)


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """Say at once that something is happening: Manim takes seconds to import."""
    is_seen = sys.stderr.isatty()
    if is_seen:
        print("starting", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    except Exception as error:
        if trouble := _trouble_with_configuration(error):
            raise ConfigurationError(trouble) from None
        raise
    finally:
        if is_seen:
            print("        ", end="\r", file=sys.stderr, flush=True)


def _trouble_with_configuration(error: Exception) -> str | None:
    """Return what is wrong with manim.cfg where Manim cannot be imported because of it."""
    frames = traceback.extract_tb(error.__traceback__)
    if not any(Path(frame.filename).parts[-2:-1] == ("_config",) for frame in frames):
        return None
    if isinstance(error, configparser.Error):
        return f"manim.cfg cannot be read: {' '.join(str(error).split())}"
    said = " ".join(str(error.args[0] if error.args else error).split())
    parser = configparser.ConfigParser(interpolation=None)
    with contextlib.suppress(OSError, configparser.Error, UnicodeDecodeError):
        parser.read("manim.cfg", encoding="utf-8")
    for section in parser.sections():
        for key, value in parser.items(section):
            if key in said or (value and value in said):
                return f"manim.cfg: {key} = {value} is not possible: {said}"
    return f"manim.cfg, or Manim's configuration for this user, is not possible: {said}"


def run_cache(options: argparse.Namespace) -> int:
    """Say what is kept, or remove it."""
    with _starting():
        from nnviz.cli import cache
    try:
        return cache.run(options.media_dir, options.clear)
    except MediaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run_film(options: argparse.Namespace) -> int:
    """Join scenes to one video."""
    _check_jobs(options.jobs)
    with _starting():
        from nnviz.cli import film
    return film.run(options.place, options.quality, _QUALITIES[options.quality], options.jobs)


def run_inspect(options: argparse.Namespace) -> int:
    """Inspect scenes."""
    _check_jobs(options.jobs)
    with _starting():
        from nnviz.cli import inspect
    thresholds = {name: getattr(options, name) for name in _THRESHOLDS}
    return inspect.run(options, thresholds)


def run_page(options: argparse.Namespace) -> int:
    """Write a model's page."""
    with _starting():
        from nnviz.cli import page
    return page.run(options)


def _check_jobs(jobs: int) -> None:
    if jobs < 1:
        raise UsageError(f"--jobs is {jobs}: at least one scene at a time is needed")


def run_watch(options: argparse.Namespace) -> int:
    """Serve a page that follows a file."""
    return watch.run(options)


def run_present(options: argparse.Namespace) -> int:
    """Show a scene's sections as slides, or write them to a file."""
    return watch.run_present(options)


def run_preview(options: argparse.Namespace) -> int:
    """Render all scenes of a folder; say at the end which failed, if any did."""
    found = scenes_in(options.folder)
    _check_jobs(options.jobs)
    began = time.monotonic()
    count = len(found.scenes)
    print(
        f"Rendering {count} scenes at {_QUALITIES[options.quality]}, {options.jobs} at a time.",
        flush=True,
    )
    failed: list[str] = []
    outcomes = render_all(found.scenes, [f"-q{options.quality}"], options.jobs)
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
