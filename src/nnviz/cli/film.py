"""``nnviz film``: join scenes to one video with marks, captions and a contact sheet."""

from __future__ import annotations

import re
import sys
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nnviz.cli.batch import render_all
from nnviz.cli.discover import Discovery, SceneInfo
from nnviz.cli.listing import UsageError, one_of, scenes_in
from nnviz.cli.render import videos_of
from nnviz.render.captions import write_captions
from nnviz.render.joining import Cut, JoinError, contact_sheet, cues, is_drawn, is_joined, join

__all__ = ["Film", "Part", "read_film", "run"]

_SUFFIX = ".toml"
_LAST_LINES = 40


class Part(NamedTuple):
    """A part of a film.

    Attributes
    ----------
    scene : SceneInfo
        The scene.
    title : str
        Title of its mark and of its title card.
    caption : str
        Caption that describes the scene; may be empty.
    """

    scene: SceneInfo
    title: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """A film: its scenes in order, and its titles.

    Attributes
    ----------
    name : str
        Name of the files that are written, without suffix.
    title : str
        Title of the film; may be empty.
    parts : tuple of Part
        The parts in order.
    cards : bool
        Whether a title card comes before each part. The previous part fades out on it.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    cards: bool = False

    def cuts(self, videos: Sequence[Path]) -> list[Cut]:
        """Return the cuts to join, given the parts' videos."""
        cuts: list[Cut] = []
        for part, video in zip(self.parts, videos, strict=True):
            lines = (part.title,) if cuts or not self.title else (self.title, part.title)
            card = lines if self.cards else ()
            cuts.append(Cut(video, part.title, part.caption, card))
        return cuts


def read_film(place: Path | None) -> Film:
    """Read which scenes make a film.

    Parameters
    ----------
    place : Path or None
        A TOML file with the names, titles and captions of scenes in its folder; or a folder, a
        file or None as for :func:`scenes_in`, for all its scenes, with their names as titles.

    Raises
    ------
    UsageError
        If there is no such place or scene, or the file has wrong content.
    """
    if place is None or place.suffix != _SUFFIX:
        scenes = scenes_in(place).scenes
        name = (Path() if place is None else place).resolve().stem
        return Film(name, "", tuple(Part(scene, _in_words(scene.name)) for scene in scenes))
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None
    title = content.pop("title", "")
    cards = content.pop("title_cards", False)
    entries = content.pop("scenes", None)
    right = isinstance(title, str) and isinstance(cards, bool) and isinstance(entries, list)
    if content or not right or not entries:
        raise UsageError(
            f"{place} needs a list of scenes, such as\n"
            '    scenes = [{ name = "Beginning", title = "How it began" }]\n'
            "It may also have title (a text) and title_cards (true or false)"
            + (f"; {' and '.join(content)} is not supported" if content else "")
        )
    found = scenes_in(place.parent)
    return Film(place.stem, title, tuple(_part(entry, found, place) for entry in entries), cards)


def _part(entry: Any, found: Discovery, place: Path) -> Part:
    if isinstance(entry, str):
        entry = {"name": entry}
    if (
        not isinstance(entry, dict)
        or "name" not in entry
        or not entry.keys() <= {"name", "title", "caption"}
        or not all(isinstance(value, str) for value in entry.values())
    ):
        raise UsageError(
            f"{place}: a scene has a name, and optionally a title and a caption, all of them "
            f"texts; got {entry}"
        )
    scene = one_of(found, entry["name"], place.parent)
    title = entry.get("title") or _in_words(scene.name)
    return Part(scene, title, entry.get("caption", ""))


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def run(place: Path | None, quality: str, size: str, jobs: int, *, renders: bool = True) -> int:
    """Render scenes and join their videos to a film.

    Parameters
    ----------
    place : Path or None
        List, folder or file, as for :func:`read_film`.
    quality : str
        Manim's letter for the quality.
    size : str
        The same quality in words.
    jobs : int
        Number of scenes rendered at a time.
    renders : bool, optional
        Whether to render the scenes first. Otherwise the videos that are there are joined.

    Returns
    -------
    int
        The exit status: 0 if the film is complete, 1 if it could not be made. An earlier film is
        then kept.

    Raises
    ------
    UsageError
        As for :func:`read_film`.
    """
    film = read_film(place)
    scenes = list(dict.fromkeys(part.scene for part in film.parts))
    options = [f"-q{quality}"]
    *videos, own = videos_of(
        [*options, str(scenes[0].file)],
        [*((scene.file.stem, scene.name) for scene in scenes), (film.name, film.name)],
    )
    video_of = dict(zip(scenes, videos, strict=True))
    if renders:
        # Every scene runs: only then is it known what has changed. Other segments are kept.
        print(f"Rendering {len(scenes)} scenes at {size}, {jobs} at a time", flush=True)
        if not _rendered(scenes, options, jobs):
            return 1
    elif missing := [scene for scene, video in video_of.items() if not video.is_file()]:
        folder = place if place is None or place.suffix != _SUFFIX else place.parent
        names = "\n".join(f"    {scene.name} ({scene.file})" for scene in missing)
        print(
            f"error: the film was not made: these scenes have no video at {size}:\n{names}\n"
            f"Render them first (nnviz preview {folder or '.'} --quality={quality}), or leave out "
            "--no-render. A scene that plays nothing has no video: add a self.wait()",
            file=sys.stderr,
        )
        return 1
    cuts = film.cuts([video_of[part.scene] for part in film.parts])
    sheet, captions = own.with_suffix(".png"), own.with_suffix(".vtt")
    try:
        if not is_joined(cuts, own, film.title):
            join(cuts, own, film.title)
        if not is_drawn(cuts, sheet):
            contact_sheet(cuts, sheet)
        spoken = [cue for _, cue in cues(cuts)]
    except JoinError as error:
        print(f"error: the film was not made: {error}", file=sys.stderr)
        return 1
    if spoken:
        write_captions(spoken, captions)
    else:
        captions.unlink(missing_ok=True)
    made = (sheet, captions, own) if spoken else (sheet, own)
    print(*made, sep="\n", flush=True)
    return 0


def _rendered(scenes: Sequence[SceneInfo], options: Sequence[str], jobs: int) -> bool:
    """Render scenes until one fails; print the progress; return whether all succeeded."""
    for position, outcome in enumerate(render_all(scenes, options, jobs), start=1):
        name = outcome.scene.name
        if outcome.status:
            said = "\n".join(outcome.output.splitlines()[-_LAST_LINES:])
            print(
                f"error: the film was not made: {name} ({outcome.scene.file}) failed. Its last "
                f"output:\n{textwrap.indent(said, '    ')}",
                file=sys.stderr,
            )
            return False
        if outcome.output.rstrip().endswith(".png"):
            print(
                f"error: the film was not made: {name} ({outcome.scene.file}) plays nothing, so "
                "it is a picture and not a video. Add a self.wait() or leave the scene out",
                file=sys.stderr,
            )
            return False
        print(f"[{position:2}/{len(scenes)}] {outcome.seconds:6.1f} s  {name}", flush=True)
    return True
