"""``nnviz film``: scenes joined to one video, with marks, captions and a contact sheet."""

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
        What it shows.
    title : str
        Title of its mark, and of its title card.
    caption : str
        A sentence for those who hear or see nothing else that tells; may be empty.
    """

    scene: SceneInfo
    title: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """What a film consists of.

    Attributes
    ----------
    name : str
        Name of the files that are made.
    title : str
        Title of the whole; may be empty.
    parts : tuple of Part
        In order.
    cards : bool
        Whether a title card comes before each part, on which the part before fades out.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    cards: bool = False

    def cuts(self, videos: Sequence[Path]) -> list[Cut]:
        """Return what is joined, given the parts' videos."""
        cuts: list[Cut] = []
        for part, video in zip(self.parts, videos, strict=True):
            lines = (part.title,) if cuts or not self.title else (self.title, part.title)
            card = lines if self.cards else ()
            cuts.append(Cut(video, part.title, part.caption, card))
        return cuts


def read_film(place: Path | None) -> Film:
    """Read which scenes a film consists of.

    Parameters
    ----------
    place : Path or None
        A TOML file, which names scenes of its folder, their titles and captions; or what
        :func:`scenes_in` takes, of which all scenes are taken, with their names as titles.

    Raises
    ------
    UsageError
        If there is no such place, something in the file makes no sense, or there is no such scene.
    """
    if place is None or place.suffix != _SUFFIX:
        scenes = scenes_in(place).scenes
        name = (Path() if place is None else place).resolve().stem
        return Film(name, "", tuple(Part(scene, _in_words(scene.name)) for scene in scenes))
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"there is no file {place} to read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from None
    title = content.pop("title", "")
    cards = content.pop("title_cards", False)
    entries = content.pop("scenes", None)
    right = isinstance(title, str) and isinstance(cards, bool) and isinstance(entries, list)
    if content or not right or not entries:
        raise UsageError(
            f"{place} has to hold a list of scenes, such as\n"
            '    scenes = [{ name = "Beginning", title = "How it began" }]\n'
            "and may hold a title, title_cards = true, and nothing else"
            + (f": not {' and '.join(content)}" if content else "")
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
            f"{place}: a scene has a name, and may have a title and a caption, all texts: {entry}"
        )
    scene = one_of(found, entry["name"], place.parent)
    title = entry.get("title") or _in_words(scene.name)
    return Part(scene, title, entry.get("caption", ""))


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def run(place: Path | None, quality: str, size: str, jobs: int) -> int:
    """Make a film: render all scenes, and join their videos.

    Parameters
    ----------
    place : Path or None
        For :func:`read_film`.
    quality : str
        Manim's letter.
    size : str
        What it stands for, in words.
    jobs : int
        Render so many scenes at a time.

    Returns
    -------
    int
        The exit status: 0 when the film is there, 1 when it could not be made. Then an earlier one
        is as it was.

    Raises
    ------
    UsageError
        As :func:`read_film`.
    """
    film = read_film(place)
    scenes = list(dict.fromkeys(part.scene for part in film.parts))
    options = [f"-q{quality}"]
    *videos, own = videos_of(
        [*options, str(scenes[0].file)],
        [*((scene.file.stem, scene.name) for scene in scenes), (film.name, film.name)],
    )
    # All of them: whether a scene has changed is known when it has run. What it shows is kept.
    print(f"Rendering {len(scenes)} scenes at {size}, {jobs} at a time.", flush=True)
    if not _rendered(scenes, options, jobs):
        return 1
    video_of = dict(zip(scenes, videos, strict=True))
    cuts = film.cuts([video_of[part.scene] for part in film.parts])
    sheet, captions = own.with_suffix(".png"), own.with_suffix(".vtt")
    try:
        if not is_joined(cuts, own, film.title):
            join(cuts, own, film.title)
        if not is_drawn(cuts, sheet):
            contact_sheet(cuts, sheet)
        spoken = [cue for _, cue in cues(cuts)]
    except JoinError as error:
        print(f"error: there is no film: {error}", file=sys.stderr)
        return 1
    if spoken:
        write_captions(spoken, captions)
    else:
        captions.unlink(missing_ok=True)
    made = (sheet, captions, own) if spoken else (sheet, own)
    print(*made, sep="\n", flush=True)
    return 0


def _rendered(scenes: Sequence[SceneInfo], options: Sequence[str], jobs: int) -> bool:
    """Render scenes to the first that fails; say how it goes, and whether all are there."""
    for position, outcome in enumerate(render_all(scenes, options, jobs), start=1):
        name = outcome.scene.name
        if outcome.status:
            said = "\n".join(outcome.output.splitlines()[-_LAST_LINES:])
            print(
                f"error: there is no film, as {name} ({outcome.scene.file}) failed. The last it "
                f"said:\n{textwrap.indent(said, '    ')}",
                file=sys.stderr,
            )
            return False
        if outcome.output.rstrip().endswith(".png"):
            print(
                f"error: there is no film, as {name} ({outcome.scene.file}) is a picture and no "
                "video: it plays nothing. Let it wait, or leave it out",
                file=sys.stderr,
            )
            return False
        print(f"[{position:2}/{len(scenes)}] {outcome.seconds:6.1f} s  {name}", flush=True)
    return True
