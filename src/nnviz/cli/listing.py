"""List scenes, and find one by name."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from nnviz.cli.discover import Discovery, SceneInfo, discover, nearest

__all__ = ["ConfigurationError", "UsageError", "find", "listing", "no_scene", "one_of", "scenes_in"]


class ConfigurationError(Exception):
    """Manim's configuration has a value that is not valid."""


class UsageError(Exception):
    """The command line is wrong; the text says why, and what to do."""


def scenes_in(place: Path | None) -> Discovery:
    """Return the scenes of a folder or a file; by default of the current folder.

    A warning on standard error names each file that cannot be read.

    Raises
    ------
    UsageError
        If there is no such place, or there is no scene in it.
    """
    try:
        found = discover(place)
    except ValueError as error:
        raise UsageError(str(error)) from None
    for problem in found.problems:
        print(f"warning: {problem}", file=sys.stderr)
    if not found.scenes:
        raise UsageError(f"there are no scenes {_where(place)}")
    return found


def find(name: str, place: Path | None) -> SceneInfo:
    """Return the scene with a name.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    return one_of(scenes_in(place), name, place)


def one_of(found: Discovery, name: str, place: Path | None) -> SceneInfo:
    """Return the scene with a name among those that were found in a place.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    matches = found.called(name)
    if len(matches) == 1:
        return matches[0]
    if matches:
        files = " and ".join(str(scene.file) for scene in matches)
        raise UsageError(f"{files} each define a scene {name}: give the file and the scene")
    what = no_scene(name, _where(place), found.names)
    raise UsageError(f"{what}\n\nThe scenes are:\n{listing(found.scenes, by_file=place is None)}")


def no_scene(name: str, where: str, names: Iterable[str]) -> str:
    """Return the message that there is no scene with a name, with suggestions."""
    guesses = nearest(name, names)
    hint = f" Did you mean {' or '.join(guesses)}?" if guesses else ""
    return f"there is no scene {name!r} {where}.{hint}"


def listing(scenes: Sequence[SceneInfo], by_file: bool = False) -> str:
    """Return one line for each scene, its name and description, wrapped to the terminal's width.

    Parameters
    ----------
    scenes : sequence of SceneInfo
        Scenes to list.
    by_file : bool, optional
        Whether to group the scenes by file.
    """
    if by_file:
        return "\n\n".join(
            f"{file}\n{textwrap.indent(listing(list(some)), '    ')}"
            for file, some in groupby(scenes, key=lambda scene: scene.file)
        )
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


def _where(place: Path | None) -> str:
    return "in the current folder" if place is None else f"in {place}"
