"""The command ``nnviz``: list, render and inspect scenes, join them to a film, write a page."""

from __future__ import annotations

import argparse
import configparser
import contextlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import nnviz
from nnviz.cli import preview, watch
from nnviz.cli.listing import ConfigurationError, UsageError, find, listing, scenes_in
from nnviz.files import MediaError
from nnviz.render.cores import cores

__all__ = ["main"]

_QUALITIES = {"l": "480p15", "m": "720p30", "h": "1080p60", "p": "1440p60", "k": "2160p60"}
_INTERRUPTED = 130
_FILM = """\
Render scenes and join their videos to one film. The videos are not encoded again.
Players show a chapter mark for each scene. A contact sheet is written beside the film: a still of
each scene, the time at which it begins, and its title. All scenes run; only frames that have
changed are drawn again. With --no-render no scene runs.

The list of scenes is a TOML file in the folder of the scenes:

    title = "All of it"
    scenes = [
        { name = "Beginning", title = "How it began" },
        { name = "End" },
    ]
"""
_WATCH = """\
Show a scene and its plays in the browser. When you save the file, or a file that it imports or
reads, the scene runs again. For each play that has changed, the page shows its last frame first,
then its video. Only this computer can open the page. Press Ctrl-C to stop.
"""
_PRESENT = """\
Show the sections of a scene (self.next_section) as slides in the browser. Each slide plays and
then waits for a key. Press ? for a list of the keys. In a scene without sections, each play is a
slide. The last word of a section's type says what the slide does: "loop" repeats until you go on,
"complete_loop" also repeats, and finishes its last round, "skip" goes on at once. The speaker's
notes are the scene's subcaptions and the docstrings of its methods.
"""
_INSPECT = """\
Run scenes and report what a careful viewer would object to: parts outside the frame, texts over
other texts or over lines, texts that are too small or have too little contrast, parts that jump,
and seconds in which nothing is visible. A contact sheet shows the end of each play.

List intended exceptions, each with a reason, in inspect.toml:

    [[except]]
    scene = "Beginning"
    kind = "text-over-edge"
    mobject = "Text 'cost'"
    reason = "the line leads into the word"
"""
#: Options of inspect by the name of the threshold: the unit, and the help.
_THRESHOLDS = {
    "outside": ("PIXELS", "Largest distance that a part may leave the frame (default: 3)"),
    "overlap": ("SHARE", "Largest share of a text that may cover other text (default: 0.05)"),
    "crossing": ("SHARE", "Largest share of a text that lines may cross (default: 0.05)"),
    "text": ("PIXELS", "Smallest height of letters (default: 6)"),
    "contrast": ("RATIO", "Smallest contrast of texts, as WCAG defines it (default: 3)"),
    "jump": ("SHARE", "Longest jump of a part, as a share of the frame width (default: 0.05)"),
    "empty": ("SECONDS", "Longest time in which nothing is visible (default: 1.5)"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``nnviz``. Default: the arguments of the process.

    Returns
    -------
    int
        The exit status: 0 on success, 1 if a scene failed, 2 if the arguments are wrong, 130 if
        interrupted.
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
    except BrokenPipeError:  # the reader, such as head, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnviz",
        description="List, render, watch, present and inspect Manim scenes; write a model's page.",
    )
    parser.add_argument("--version", action="version", version=f"nnviz {nnviz.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    # Manim's own command reads the options of render.
    commands.add_parser("render", help="Render scenes to videos, with all options of Manim")

    command = commands.add_parser(
        "watch",
        help="Show a scene in the browser and update it when its file is saved",
        description=_WATCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_page_of_scene(command, quality="l")
    command.set_defaults(run=run_watch)

    command = commands.add_parser(
        "present",
        help="Show a scene's sections as slides in the browser, or write them to one file",
        description=_PRESENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_page_of_scene(command, quality="h")
    command.add_argument(
        "--export",
        type=Path,
        metavar="FILE.html",
        help="Write the slides to one file that needs no server, and exit",
    )
    command.add_argument(
        "--notes", action="store_true", help="Include the notes in the file that --export writes"
    )
    command.set_defaults(run=run_present)

    text = "Render all scenes of a folder at low quality"
    command = commands.add_parser("preview", help=text, description=f"{text}.")
    _add_folder(command)
    _add_rendering(command, quality="l")
    command.add_argument(
        "--inspect",
        action="store_true",
        help="Also inspect the scenes, as nnviz inspect --no-sheets does, while they are rendered",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="With --inspect: exit with status 1 if there is a finding",
    )
    command.set_defaults(run=run_preview)

    command = commands.add_parser(
        "film",
        help="Join scenes to one video with a chapter mark for each",
        description=_FILM,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "place",
        nargs="?",
        type=Path,
        metavar="FILM.toml or FOLDER",
        help="List of scenes, or a folder or file with scenes (default: the current folder)",
    )
    _add_rendering(command, quality="h")
    command.add_argument(
        "--no-render",
        action="store_true",
        help="Run no scene: join the videos that are there, of nnviz preview, nnviz render or an "
        "earlier film of this quality, as they are, even if scenes have changed since",
    )
    command.set_defaults(run=run_film)

    command = commands.add_parser(
        "cache",
        help="Show the size of the cache, or clear it",
        description="Show the size of the cache of earlier renders (video segments, formulas and "
        "texts), or clear it.",
    )
    command.add_argument("--clear", action="store_true", help="Clear the cache; videos are kept")
    command.add_argument(
        "--media_dir",
        type=Path,
        metavar="FOLDER",
        help="Media folder (default: the one that manim.cfg names, or media)",
    )
    command.set_defaults(run=run_cache)

    command = commands.add_parser(
        "inspect",
        help="Report what a careful viewer would object to, and draw a contact sheet",
        description=_INSPECT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_inspecting(command)
    command.set_defaults(run=run_inspect)

    command = commands.add_parser(
        "page",
        help="Write a model as one interactive page",
        description="Write a model as one interactive HTML file. The page runs the network in "
        "the browser: change the inputs and see the outputs. It needs no server and no internet "
        "connection.",
    )
    _add_page(command)
    command.set_defaults(run=run_page)

    text = "List the scenes with a one-line description of each"
    command = commands.add_parser("list", help=text, description=f"{text}.")
    _add_folder(command)
    command.set_defaults(run=run_list)

    text = "Print the file that defines a scene"
    command = commands.add_parser("find", help=text, description=f"{text}.")
    command.add_argument("scene", metavar="SCENE", help="Name of the scene")
    _add_folder(command)
    command.set_defaults(run=run_find)
    return parser


def _add_rendering(
    command: argparse.ArgumentParser, quality: str, jobs: str = "Number of scenes at a time"
) -> None:
    sizes = ", ".join(f"{key}: {size}" for key, size in _QUALITIES.items())
    command.add_argument(
        "-q",
        "--quality",
        choices=_QUALITIES,
        default=quality,
        help=f"Quality: {sizes} (default: %(default)s)",
    )
    command.add_argument(
        "-j",
        "--jobs",
        type=int,
        default=cores(),
        metavar="N",
        help=f"{jobs} (default: all processors, %(default)s)",
    )


def _add_page_of_scene(command: argparse.ArgumentParser, quality: str) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="Python file with the scene")
    command.add_argument(
        "scene",
        nargs="?",
        metavar="SCENE",
        help="Scene to show (default: the one that was chosen last, or the first)",
    )
    _add_rendering(command, quality, jobs="Number of processes")
    command.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="N",
        help="Port of the page (default: any free port)",
    )
    command.add_argument(
        "--no-browser", action="store_true", help="Print the address and do not open a browser"
    )


def _add_inspecting(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "what",
        nargs="*",
        metavar="FILE, FOLDER or SCENE",
        help="Files and folders with scenes, and names of scenes (default: all scenes of the "
        "current folder)",
    )
    _add_rendering(command, quality="l")
    command.add_argument("--json", action="store_true", help="Print the report as JSON")
    command.add_argument(
        "--strict", action="store_true", help="Exit with status 1 if there is a finding"
    )
    command.add_argument(
        "--every",
        type=float,
        metavar="SECONDS",
        help="Time between two pictures on the contact sheet (default: one for each play)",
    )
    command.add_argument(
        "--sheets",
        type=Path,
        metavar="FOLDER",
        help="Folder for the contact sheets (default: inspect in the media folder)",
    )
    command.add_argument("--no-sheets", action="store_true", help="Draw no contact sheets")
    command.add_argument(
        "--exceptions",
        type=Path,
        metavar="FILE",
        help="List of exceptions (default: inspect.toml in the folder of the scene's file or in "
        "one of its parents)",
    )
    for name, (unit, text) in _THRESHOLDS.items():
        command.add_argument(f"--{name}", type=float, metavar=unit, help=text)


def _add_page(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "model", type=Path, metavar="MODEL", help="Model file: .onnx, .npz or .keras"
    )
    command.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="File to write (default: the model's name with .html)",
    )
    command.add_argument("--title", help="Title of the page (default: the model's name)")
    command.add_argument("--description", default="", help="Text below the title")
    command.add_argument(
        "--examples",
        type=Path,
        metavar="FILE.npz",
        help="Examples to choose from: a file written by numpy.savez with the array inputs and, "
        "if known, the array answers",
    )
    for side in ("input", "output"):
        command.add_argument(
            f"--{side}-labels", metavar="A,B,C", help=f"Names of the {side}s, separated by commas"
        )


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="Folder or file with the scenes (default: the current folder)",
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
    """Show at once that the command has started: importing Manim takes seconds."""
    is_terminal = sys.stderr.isatty()
    if is_terminal:
        print("starting", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    except Exception as error:
        if message := _configuration_problem(error):
            raise ConfigurationError(message) from None
        raise
    finally:
        if is_terminal:
            print("        ", end="\r", file=sys.stderr, flush=True)


def _configuration_problem(error: Exception) -> str | None:
    """Return what is wrong with manim.cfg if it keeps Manim from being imported."""
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
                return f"manim.cfg: {key} = {value} is not valid: {said}"
    return f"manim.cfg, or the user's own configuration of Manim, is not valid: {said}"


def run_cache(options: argparse.Namespace) -> int:
    """Print the size of the cache, or clear it."""
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
    return film.run(
        options.place,
        options.quality,
        _QUALITIES[options.quality],
        options.jobs,
        renders=not options.no_render,
    )


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
        raise UsageError(f"--jobs is {jobs}: it has to be 1 or more")


def run_watch(options: argparse.Namespace) -> int:
    """Serve a page that shows a scene and follows its file."""
    return watch.run(options)


def run_present(options: argparse.Namespace) -> int:
    """Show a scene's sections as slides, or write them to a file."""
    return watch.run_present(options)


def run_preview(options: argparse.Namespace) -> int:
    """Render all scenes of a folder, and inspect them if asked to."""
    _check_jobs(options.jobs)
    return preview.run(options, _QUALITIES[options.quality])
